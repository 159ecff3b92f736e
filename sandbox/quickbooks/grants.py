"""OAuth grants of companies to the app: codes, access tokens, refresh tokens that rotate, and their ends."""

import secrets
from dataclasses import dataclass
from typing import Any

from sandbox.quickbooks.store import Store

CODE_SECONDS = 300
ACCESS_SECONDS = 3600
REFRESH_SECONDS = 8_726_400
HARD_SECONDS = 5 * 365 * 86_400
ROTATION_HOURS = 24.0
SCOPES = {
    *("com.intuit.quickbooks.accounting", "com.intuit.quickbooks.payment", "openid", "profile", "email", "phone"),
    *("address", "project-management.project", "payroll.compensation.read", "intuit_name"),
    *("app-foundations.custom-field-definitions.read", "app-foundations.custom-field-definitions"),
    "indirect-tax.tax-calculation.quickbooks",
}
ACCOUNTING = "com.intuit.quickbooks.accounting"


class Refused(Exception):
    """The OAuth error code of the token endpoint, with its description if it has one."""

    def __init__(self, error: str, description: str = "", status: int = 400) -> None:
        self.error, self.description, self.status = error, description, status
        super().__init__(f"{error} {description}".strip())


@dataclass(frozen=True)
class Grant:
    id: int
    realm: str
    scope: str
    consented: float
    refresh_token: str
    issued: float
    revoked: bool
    code: str


class Grants:
    def __init__(self, store: Store) -> None:
        self.store = store

    def _now(self) -> float:
        return self.store.clock.now().timestamp()

    # ------------------------------------------------------------ consent and tokens

    def consent(self, realm: str, scope: str, redirect_uri: str) -> str:
        """A code, good once and for a few minutes."""
        code = "AB1" + secrets.token_urlsafe(40)
        values = (code, realm, scope, redirect_uri, self._now() + CODE_SECONDS)
        self.store.execute("insert into codes values (?, ?, ?, ?, ?, 0)", values)
        return code

    def exchange(self, code: str, redirect_uri: str) -> Grant:
        """A grant for a code. A code used twice ends the grant it made. Raises Refused."""
        row = self.store.execute("select realm, scope, redirect_uri, expires, used from codes where code = ?", (code,))
        found = row.fetchone()
        if found is None or found[2] != redirect_uri:
            raise Refused("invalid_grant")
        if found[4]:
            self.store.execute("update grants set revoked = 1 where code = ?", (code,))
            raise Refused("invalid_grant")
        self.store.execute("update codes set used = 1 where code = ?", (code,))
        if found[3] < self._now():
            raise Refused("invalid_grant")
        return self.open(found[0], found[1], code)

    def open(self, realm: str, scope: str, code: str | None = None) -> Grant:
        """A fresh grant; what the same company granted before is dead."""
        now = self._now()
        with self.store.transaction():
            self.store.execute("update grants set revoked = 1 where realm = ?", (realm,))
            values = (realm, scope, now, new_refresh_token(), now, code)
            sql = "insert into grants (realm, scope, consented, refresh_token, issued, code) values (?, ?, ?, ?, ?, ?)"
            id = self.store.execute(sql, values).lastrowid
        return self._grant("id = ?", id) or self._missing()

    def refresh(self, token: str) -> Grant:
        """The grant of a live refresh token, which rotates when its time has come. Raises Refused."""
        grant = self._grant("refresh_token = ?", token) or self._in_grace(token)
        now = self._now()
        if grant is None or grant.revoked or grant.issued + REFRESH_SECONDS < now:
            self._count("refused_refreshes")
            raise Refused("invalid_grant", "Incorrect or invalid refresh token")
        if grant.consented + HARD_SECONDS < now:
            raise Refused("invalid_grant", "Incorrect or invalid refresh token")
        self._count("refreshes")
        if self._must_rotate(grant, now):
            return self._rotate(grant, now)
        return grant

    def _must_rotate(self, grant: Grant, now: float) -> bool:
        hours = self.store.setting("rotation_hours", ROTATION_HOURS)
        once = self.store.setting("rotate_next", False)
        always = self.store.setting("rotate_each_refresh", False)
        return bool(once or always or now - grant.issued >= hours * 3600)

    def _rotate(self, grant: Grant, now: float) -> Grant:
        grace = self.store.setting("rotation_grace_seconds", 0)
        with self.store.transaction():
            values = (grant.refresh_token, grant.id, now + grace)
            self.store.execute("insert into old_refresh_tokens values (?, ?, ?)", values)
            self.store.execute(
                "update grants set refresh_token = ?, issued = ? where id = ?", (new_refresh_token(), now, grant.id)
            )
            self.store.set("rotate_next", False)
        return self._grant("id = ?", grant.id) or self._missing()

    def _in_grace(self, token: str) -> Grant | None:
        sql = "select grant_id from old_refresh_tokens where token = ? and until > ?"
        row = self.store.execute(sql, (token, self._now())).fetchone()
        return self._grant("id = ?", row[0]) if row else None

    def access_token(self, grant: Grant) -> str:
        """A new one; earlier ones stay good until they expire."""
        token = f"eyJlbmMiOiJBMTI4Q0JDLUhTMjU2IiwiYWxnIjoiZGlyIn0..{secrets.token_urlsafe(64)}"
        values = (token, grant.id, self._now() + ACCESS_SECONDS)
        self.store.execute("insert into access_tokens values (?, ?, ?)", values)
        return token

    def token_answer(self, grant: Grant, with_hard_expiry: bool) -> dict[str, Any]:
        now = self._now()
        answer = {
            **{"token_type": "bearer", "access_token": self.access_token(grant), "expires_in": ACCESS_SECONDS},
            "refresh_token": grant.refresh_token,
            "x_refresh_token_expires_in": round(grant.issued + REFRESH_SECONDS - now),
        }
        if with_hard_expiry:
            answer["x_refresh_token_hard_expires_in"] = round(grant.consented + HARD_SECONDS - now)
        return answer

    # ------------------------------------------------------------ checking and ending

    def of_access_token(self, token: str) -> tuple[Grant | None, bool]:
        """The grant behind a token, and whether the token has expired."""
        row = self.store.execute("select grant_id, expires from access_tokens where token = ?", (token,)).fetchone()
        if row is None:
            return None, False
        return self._grant("id = ?", row[0]), row[1] <= self._now()

    def revoke(self, token: str) -> bool:
        """Ends the whole grant behind either kind of token; False if there is none."""
        grant = self._grant("refresh_token = ?", token) or self.of_access_token(token)[0]
        if grant is None or grant.revoked:
            return False
        self.store.execute("update grants set revoked = 1 where id = ?", (grant.id,))
        return True

    def disconnect(self, realm: str | None = None) -> int:
        """What a user does under Apps in QuickBooks. Gives the number of grants that ended."""
        where, values = ("realm = ?", (realm,)) if realm else ("1", ())
        return self.store.execute(f"update grants set revoked = 1 where revoked = 0 and {where}", values).rowcount

    def expire_access_tokens(self, realm: str | None = None) -> int:
        where = "grant_id in (select id from grants where realm = ?)" if realm else "1"
        values = (self._now(), realm) if realm else (self._now(),)
        return self.store.execute(f"update access_tokens set expires = ? where {where}", values).rowcount

    def is_connected(self, realm: str) -> bool:
        sql = "select 1 from grants where realm = ? and revoked = 0 and scope like ?"
        return self.store.execute(sql, (realm, f"%{ACCOUNTING}%")).fetchone() is not None

    def counts(self) -> dict[str, int]:
        return {name: self.store.setting(name, 0) for name in ("refreshes", "refused_refreshes")}

    def _count(self, name: str) -> None:
        self.store.set(name, self.store.setting(name, 0) + 1)

    def _grant(self, where: str, value: Any) -> Grant | None:
        columns = "id, realm, scope, consented, refresh_token, issued, revoked, code"
        row = self.store.execute(f"select {columns} from grants where {where}", (value,)).fetchone()
        if row is None:
            return None
        id, realm, scope, consented, refresh_token, issued, revoked, code = row
        return Grant(id, realm, scope, consented, refresh_token, issued, bool(revoked), code)

    def _missing(self) -> Grant:
        raise LookupError("a grant that was just written cannot be read")


def new_refresh_token() -> str:
    return "AB11" + secrets.token_hex(23)

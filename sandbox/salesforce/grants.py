"""Authorization codes, grants and sessions: who may call, for how long, and how it ends."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import Any

from sandbox.salesforce.errors import invalid_session
from sandbox.salesforce.org import Org

LIVE_GRANTS = 5
DAY = 86_400


class OAuthError(Exception):
    """An answer of the token endpoint: `{"error", "error_description"}`."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(f"{error}: {description}")
        self.error, self.description, self.status = error, description, status


EXPIRED = ("invalid_grant", "expired access/refresh token")


@dataclass(frozen=True)
class Session:
    token: str
    user_id: str
    scope: str
    issued: float
    used: float


class Grants:
    def __init__(self, org: Org) -> None:
        self.org = org
        self.refreshing: set[str] = set()

    @property
    def _db(self) -> Any:
        return self.org.store.db

    def _now(self) -> float:
        return self.org.clock.now().timestamp()

    def new_code(self, facts: dict[str, Any]) -> str:
        """A single-use authorization code for what the user has allowed."""
        code = "aPrx" + secrets.token_urlsafe(48) + "=="
        self._db.execute(
            "INSERT INTO _codes (code, body, issued) VALUES (?, ?, ?)", (code, json.dumps(facts), self._now())
        )
        return code

    def redeem(self, code: str, redirect_uri: str, verifier: str) -> tuple[Session, str | None]:
        row = self._db.execute("SELECT body, issued, used FROM _codes WHERE code = ?", (code,)).fetchone()
        if row is None:
            raise OAuthError("invalid_grant", "invalid authorization code")
        facts, issued, used = json.loads(row[0]), row[1], row[2]
        if used or self._now() > issued + self.org.settings.code_seconds:
            raise OAuthError("invalid_grant", "expired authorization code")
        self._db.execute("UPDATE _codes SET used = 1 WHERE code = ?", (code,))
        if facts["redirect_uri"] != redirect_uri:
            raise OAuthError("redirect_uri_mismatch", "redirect_uri must match configuration")
        if not proves(facts["challenge"], verifier):
            raise OAuthError("invalid_grant", "invalid code verifier")
        self._check_user(facts["user_id"])
        return self._new_grant(facts["user_id"], facts["scope"])

    def _new_grant(self, user_id: str, scope: str) -> tuple[Session, str | None]:
        self._drop_oldest(user_id)
        refresh = new_refresh_token() if {"refresh_token", "offline_access", "full"} & set(scope.split()) else None
        sql = "INSERT INTO _grants (user_id, scope, refresh_token, used) VALUES (?, ?, ?, ?)"
        grant = self._db.execute(sql, (user_id, scope, refresh, self._now())).lastrowid
        return self._new_session(grant, user_id, scope), refresh

    def _drop_oldest(self, user_id: str) -> None:
        """The sixth authorisation of a user silently ends the first."""
        rows = self._db.execute("SELECT id FROM _grants WHERE user_id = ? ORDER BY id DESC", (user_id,)).fetchall()
        for (grant,) in rows[LIVE_GRANTS - 1 :]:
            self.revoke_grant(grant)

    def _new_session(self, grant: int | None, user_id: str, scope: str) -> Session:
        token = f"{self.org.id[:15]}!AR{secrets.token_urlsafe(60)}"
        now = self._now()
        self._db.execute("INSERT INTO _sessions VALUES (?, ?, ?, ?, ?, ?)", (token, grant, user_id, scope, now, now))
        return Session(token, user_id, scope, now, now)

    def token_for(self, user_id: str, scope: str = "api refresh_token") -> Session:
        """A session without the browser, for tests that are not about consent."""
        return self._new_session(None, user_id, scope)

    def refresh(self, token: str) -> tuple[Session, str | None]:
        """A new session and, when rotating, a new refresh token. The caller holds the token in `refreshing`."""
        settings = self.org.settings
        old = self._db.execute("SELECT grant_id FROM _old_refresh_tokens WHERE refresh_token = ?", (token,)).fetchone()
        if old:
            self.revoke_grant(old[0])
            raise OAuthError(*EXPIRED)
        sql = "SELECT id, user_id, scope, used FROM _grants WHERE refresh_token = ?"
        row = self._db.execute(sql, (token,)).fetchone()
        if row is None or self._now() > row[3] + settings.idle_refresh_days * DAY:
            raise OAuthError(*EXPIRED)
        self._check_user(row[1])
        if row[1] in settings.unapproved_users:
            raise OAuthError("invalid_grant", "user hasn't approved this consumer")
        if not settings.ip_allowed:
            raise OAuthError("invalid_grant", "ip restricted")
        self._db.execute("UPDATE _grants SET used = ? WHERE id = ?", (self._now(), row[0]))
        return self._new_session(*row[:3]), self._rotate(row[0], token) if settings.rotating else None

    def _rotate(self, grant: int, token: str) -> str:
        fresh = new_refresh_token()
        self._db.execute("UPDATE _grants SET refresh_token = ? WHERE id = ?", (fresh, grant))
        self._db.execute("INSERT INTO _old_refresh_tokens VALUES (?, ?)", (token, grant))
        return fresh

    def _check_user(self, user_id: str) -> None:
        user = self.org.store.get("User", user_id)
        if user is None or not user["IsActive"]:
            raise OAuthError("invalid_grant", "inactive user")
        if user_id in self.org.settings.frozen_users:
            raise OAuthError("invalid_grant", "authentication failure")

    def session(self, token: str) -> Session:
        """The live session of an access token; using it keeps it alive. Raises INVALID_SESSION_ID."""
        sql = "SELECT token, user_id, scope, issued, used FROM _sessions WHERE token = ?"
        row = self._db.execute(sql, (token,)).fetchone()
        now = self._now()
        if row is None or now > row[4] + self.org.settings.session_seconds:
            raise invalid_session()
        user = self.org.store.get("User", row[1])
        if user is None or not user["IsActive"] or row[1] in self.org.settings.frozen_users:
            raise invalid_session()
        if now - row[4] > 1:
            self._db.execute("UPDATE _sessions SET used = ? WHERE token = ?", (now, token))
        return Session(*row)

    def session_of(self, authorization: str | None) -> Session:
        kind, _, token = (authorization or "").partition(" ")
        if kind.lower() not in ("bearer", "oauth") or not token:
            raise invalid_session()
        return self.session(token.strip())

    def revoke(self, token: str) -> None:
        """Ends a session, or a whole grant when given its refresh token."""
        row = self._db.execute("SELECT id FROM _grants WHERE refresh_token = ?", (token,)).fetchone()
        if row:
            self.revoke_grant(row[0])
            return
        if not self._db.execute("DELETE FROM _sessions WHERE token = ?", (token,)).rowcount:
            raise OAuthError("invalid_token", "invalid token")

    def revoke_grant(self, grant: int) -> None:
        self._db.execute("DELETE FROM _sessions WHERE grant_id = ?", (grant,))
        self._db.execute("DELETE FROM _grants WHERE id = ?", (grant,))

    def revoke_all(self, user_id: str = "") -> None:
        """As an administrator in Connected Apps OAuth Usage: for one user, or for everybody."""
        for (grant,) in self._db.execute(
            "SELECT id FROM _grants WHERE user_id = ? OR ? = ''", (user_id, user_id)
        ).fetchall():
            self.revoke_grant(grant)
        self._db.execute("DELETE FROM _sessions WHERE user_id = ? OR ? = ''", (user_id, user_id))

    def expire_sessions(self) -> None:
        self._db.execute("DELETE FROM _sessions")

    def live_refresh_token(self, token: str) -> tuple[str, str] | None:
        """User and scope of a refresh token that would be accepted."""
        row = self._db.execute("SELECT user_id, scope FROM _grants WHERE refresh_token = ?", (token,)).fetchone()
        return (row[0], row[1]) if row else None


def new_refresh_token() -> str:
    return "5Aep861" + secrets.token_urlsafe(60)


def proves(challenge: str | None, verifier: str) -> bool:
    if challenge is None:
        return True
    digest = hashlib.sha256(verifier.encode()).digest()
    return secrets.compare_digest(base64.urlsafe_b64encode(digest).rstrip(b"=").decode(), challenge)

"""Who the users of a tenant are: Cognito cannot say, because it does not search by the tenant of a user.

Written when somebody is invited, changed or signs in; the pool stays the truth, and lists are compared with it.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from pynamodb.exceptions import PutError

from timebridge.errors import Stale
from timebridge.store.exact import instant
from timebridge.store.tables import TenantItem
from timebridge.users import Standing, User, roles_of

PERSON, TURN = "person#", "people"
TRIES = 3
STAMPS = ("invited", "seen", "compared")


class People:
    """The users of one tenant."""

    def __init__(self, tenant: str) -> None:
        self._tenant = tenant

    def all(self) -> list[User]:
        """By name, or by address where they have none."""
        found = TenantItem.query(self._tenant, TenantItem.sk.startswith(PERSON), consistent_read=True)
        return sorted(map(_user, found), key=lambda user: ((user.name or user.email).casefold(), user.id))

    def get(self, id: str) -> User | None:
        item = self._item(id)
        return _user(item) if item else None

    def seen(self, sub: str, email: str, roles: Iterable[str], name: str | None = None) -> User:
        """Somebody signed in; all as their token says. Whoever was made in the pool by hand is known from then on."""
        fresh = User(sub, email, name, roles_of(roles), Standing.ACTIVE, self._tenant, seen=datetime.now(UTC))

        def change(known: User | None) -> User:
            before = known or fresh
            return replace(fresh, name=name or before.name, invited=before.invited, compared=before.compared)

        return self._keep(sub, change)

    def keep(self, user: User, invited: datetime | None = None) -> User:
        """What the pool says now. When somebody was seen stays known, and when they were invited last."""

        def change(known: User | None) -> User:
            seen, before = (known.seen, known.invited) if known else (None, None)
            sent, now = invited or before or user.invited, datetime.now(UTC)
            return replace(user, tenant=self._tenant, seen=seen, invited=sent, compared=now)

        return self._keep(user.id, change)

    def forget(self, id: str) -> None:
        TenantItem(self._tenant, f"{PERSON}{id}").delete()

    def turn(self) -> int:
        """To be read before it is decided whether somebody may lose a role, and given to `take` after that."""
        item = self._read(TURN)
        return int(item.revision or 0) if item else 0

    def take(self, turn: int) -> None:
        """Of two who take the last two administrators their role, one may. Raises Stale for the other."""
        try:
            TenantItem(self._tenant, TURN, revision=turn + 1).save(_unchanged(turn))
        except PutError as error:
            raise Stale(
                "Somebody else changes the people of this tenant at this moment.",
                remedy="Look at the list again and repeat the change.",
            ) from error

    def _keep(self, id: str, change: Callable[[User | None], User]) -> User:
        for left in reversed(range(TRIES)):
            item = self._item(id)
            revision = int(item.revision or 0) if item else 0
            wanted = change(_user(item) if item else None)
            try:
                TenantItem(self._tenant, f"{PERSON}{id}", data=_data(wanted), revision=revision + 1).save(
                    _unchanged(revision)
                )
            except PutError:
                if not left:
                    raise Stale("Somebody else changes this person at this moment.", remedy="Try again.") from None
                continue
            break
        return wanted

    def _item(self, id: str) -> TenantItem | None:
        return self._read(f"{PERSON}{id}")

    def _read(self, sk: str) -> TenantItem | None:
        try:
            return TenantItem.get(self._tenant, sk, consistent_read=True)
        except TenantItem.DoesNotExist:
            return None


def _unchanged(revision: int) -> Any:
    return TenantItem.revision == revision if revision else TenantItem.sk.does_not_exist()


def _data(user: User) -> dict[str, Any]:
    stamps = {name: instant(at) if (at := getattr(user, name)) else None for name in STAMPS}
    return {"email": user.email, "name": user.name, "roles": sorted(user.roles), "standing": user.standing} | stamps


def _user(item: TenantItem) -> User:
    found = item.data
    stamps = {name: datetime.fromisoformat(at) if (at := found.get(name)) else None for name in STAMPS}
    return User(
        item.sk.removeprefix(PERSON),
        found["email"],
        found["name"],
        roles_of(found["roles"]),
        Standing(found["standing"]),
        item.pk,
        **stamps,
    )

"""Users: who may sign in, in which tenant and role. Where they are kept is not known here."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from timebridge.tenants import Role

GRANTED = (Role.TENANT_ADMIN, Role.MEMBER, Role.VIEWER)
"""Roles that people of a tenant may give each other, the mightiest first; who runs the platform is named elsewhere."""

INVITED_FOR = timedelta(days=7)
"""How long the temporary password of an invitation is good: `TemporaryPasswordValidityDays` of the pool."""


class Standing(StrEnum):
    """Whether somebody can sign in. INVITED: they have not been here yet; RESET: they have to choose a new password."""

    INVITED = "invited"
    ACTIVE = "active"
    RESET = "reset"
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class User:
    """`invited`: when they were sent an invitation last; `seen`: when they signed in last; `compared`: when this was
    last what the pool says."""

    id: str
    email: str
    name: str | None = None
    roles: frozenset[Role] = frozenset()
    standing: Standing = Standing.ACTIVE
    tenant: str | None = None
    invited: datetime | None = None
    seen: datetime | None = None
    compared: datetime | None = None

    @property
    def role(self) -> Role | None:
        """The mightiest; who runs the platform has none of a tenant's."""
        return next((role for role in GRANTED if role in self.roles), None)

    @property
    def runs_platform(self) -> bool:
        return Role.PLATFORM_ADMIN in self.roles

    @property
    def administers(self) -> bool:
        """Whether the tenant can count on them."""
        return Role.TENANT_ADMIN in self.roles and self.standing is not Standing.DISABLED

    @property
    def invited_until(self) -> datetime | None:
        waits = self.standing is Standing.INVITED and self.invited is not None
        return self.invited + INVITED_FOR if waits and self.invited else None


def roles_of(names: Iterable[str]) -> frozenset[Role]:
    """Groups that are no roles of ours do not count."""
    return frozenset(Role(name) for name in names if name in set(Role))

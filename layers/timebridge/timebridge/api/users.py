"""Users of a tenant: who may sign in and in which role. Cognito keeps them; `store.people` knows whose they are."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query
from pydantic import Field

from timebridge.api.access import ADMINS, EVERYBODY, Asking, Caller, Noun, TenantId
from timebridge.api.errors import Problem, missing
from timebridge.api.user_views import Given, UserView, called, facts, view, views
from timebridge.api.views import Asked, Limit, Page, Start, View
from timebridge.store.audit import Audit
from timebridge.store.people import People
from timebridge.store.pool import Pool, Taken
from timebridge.tenants import Role
from timebridge.users import Standing, User

users = Noun("users")

PATH = "/tenants/<tenant>/users"
AT_ONCE = 8

FRESH = timedelta(minutes=5)
"""How long a list takes what the pool said of somebody, as sessions do: the pool is asked for one at a time only."""


UserId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.@+-]{1,128}$", description="Id of the user: `sub` of their token.")]
Sought = Annotated[str, Query(max_length=200, description="Any part of the name or the address.")]
InRole = Annotated[Given | None, Query(description="Only who has this role.")]
In = Annotated[Standing | None, Query(description="Only who can, or cannot, sign in like this.")]


class NewUser(Asked):
    email: str = Field(max_length=254, pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+$")
    name: str = Field(min_length=1, max_length=255)
    role: Given


class UserPatch(Asked):
    name: str | None = Field(default=None, min_length=1, max_length=255)
    role: Given | None = None
    active: bool | None = Field(default=None, description="False: they cannot sign in any more; what they did stays.")


class Administrator(View):
    name: str | None
    email: str


@users.get("/tenants/<tenant>/administrators", EVERYBODY, "List whom to ask")
def list_administrators(tenant: TenantId) -> Page[Administrator]:
    """Those who may configure the tenant, for people who may not."""
    return Page[Administrator](items=[Administrator.of(user) for user in People(tenant).all() if user.administers])


@users.get(PATH, ADMINS, "List who may sign in")
def list_users(
    tenant: TenantId,
    caller: Asking,
    q: Sought = "",
    role: InRole = None,
    standing: In = None,
    start: Start = None,
    limit: Limit = 50,
) -> Page[UserView]:
    """By name. Who was made in the user pool by hand is here once they signed in. A page may be short although more
    follow."""
    fitting = [user for user in People(tenant).all() if _fits(user, q.casefold(), role, standing)]
    rest = [user for user in fitting if start is None or _key(user) > start]
    shown, next = rest[:limit], _key(rest[limit - 1]) if len(rest) > limit else None
    with ThreadPoolExecutor(AT_ONCE) as threads:
        known = list(threads.map(lambda user: user if _is_fresh(user) else _known(tenant, user), shown))
    return Page[UserView](items=views(tenant, [user for user in known if user], caller), next=next)


@users.get(f"{PATH}/<user>", ADMINS, "Read a user")
def get_user(tenant: TenantId, user: UserId, caller: Asking) -> UserView:
    return view(_found(tenant, user), caller)


@users.post(PATH, ADMINS, "Invite somebody", 201)
def invite_user(tenant: TenantId, asked: Annotated[NewUser, Body()], caller: Asking) -> UserView:
    """They get a mail with a temporary password, good for seven days. Repeated after a failure it goes on."""
    try:
        made = Pool().invite(tenant, asked.email, asked.name)
    except Taken as error:
        made = _left_half_invited(tenant, asked, error)
    people, role = People(tenant), Role(asked.role)
    people.keep(made, datetime.now(UTC))
    Pool().give(made, role)
    kept = people.keep(replace(made, roles=frozenset({role})))
    _note(caller, kept, "user.invite", after=facts(kept))
    return view(kept, caller)


@users.patch(f"{PATH}/<user>", ADMINS, "Change somebody's name or role, or let them in no more")
def update_user(tenant: TenantId, user: UserId, asked: Annotated[UserPatch, Body()], caller: Asking) -> UserView:
    """A role holds from their next sign-in, at the latest after an hour. Nobody changes their own role, and the last
    administrator stays one."""
    turn = People(tenant).turn()
    before = _found(tenant, user)
    loses = asked.active is False or asked.role is not None
    if loses:
        _check_may_change(before, asked, caller)
    if before.administers and (asked.active is False or asked.role not in (None, Given.TENANT_ADMIN)):
        _check_others_administer(tenant, before)
        People(tenant).take(turn)
    _apply(before, asked)
    after = _found(tenant, user)
    _note(caller, after, "user.update", facts(before), facts(after))
    return view(after, caller)


@users.post(f"{PATH}/<user>/resend", ADMINS, "Send the invitation again")
def resend_invitation(tenant: TenantId, user: UserId, caller: Asking) -> UserView:
    """With a new temporary password, good for seven days from now."""
    found = _found(tenant, user)
    if found.standing is not Standing.INVITED:
        raise Problem(
            409,
            f"{called(found)} has accepted an invitation already.",
            remedy="Let them choose a new password: `reset`.",
        )
    Pool().remind(found)
    kept = People(tenant).keep(found, datetime.now(UTC))
    _note(caller, kept, "user.resend")
    return view(kept, caller)


@users.post(f"{PATH}/<user>/reset", ADMINS, "Let somebody choose a new password")
def reset_password(tenant: TenantId, user: UserId, caller: Asking) -> UserView:
    """They get a mail with a code, and cannot sign in with the old password any more. Open windows of the
    console are shut within minutes."""
    found = _found(tenant, user)
    if found.standing is not Standing.ACTIVE:
        remedy = "Send the invitation again." if found.standing is Standing.INVITED else "Let them in again first."
        raise Problem(409, f"{called(found)} has no password that could be reset.", remedy=remedy)
    _check_not_operator(found)
    Pool().act(found, "reset")
    Pool().act(found, "sign_out")
    kept = People(tenant).keep(replace(found, standing=Standing.RESET))
    _note(caller, kept, "user.reset")
    return view(kept, caller)


def _fits(user: User, q: str, role: Given | None, standing: Standing | None) -> bool:
    sought = f"{user.name or ''} {user.email}".casefold()
    return q in sought and (role is None or user.role == Role(role)) and standing in (None, user.standing)


def _key(user: User) -> str:
    return f"{(user.name or user.email).casefold()}\n{user.id}"


def _is_fresh(user: User) -> bool:
    return user.compared is not None and datetime.now(UTC) - user.compared < FRESH


def _known(tenant: str, user: User) -> User | None:
    """As the pool has them now. None: they are gone, or somewhere else."""
    found = Pool().find(user.id)
    if found is None or found.tenant != tenant:
        People(tenant).forget(user.id)
        return None
    return People(tenant).keep(found)


def _found(tenant: str, id: str) -> User:
    """Raises Problem 404, in the same words whether they never were here or belong to somebody else."""
    listed = People(tenant).get(id)
    known = _known(tenant, listed) if listed else None
    if known is None:
        raise missing("user")
    return known


def _left_half_invited(tenant: str, asked: NewUser, error: Taken) -> User:
    """Who is in the pool without a role: an invitation that broke off. Raises Problem 409 for all others."""
    known = Pool().find(asked.email)
    if known is None or known.tenant != tenant:
        raise Problem(409, error.for_user, remedy=error.remedy, field="email") from error
    People(tenant).keep(known)
    if known.role is not None or known.runs_platform:
        raise Problem(
            409, f"{asked.email} has access already.", remedy="Look for them in the list.", field="email", user=known.id
        ) from error
    return known


def _check_may_change(user: User, asked: UserPatch, caller: Caller) -> None:
    _check_not_operator(user)
    if user.id == caller.id:
        what, field = ("role", "role") if asked.role else ("access", "active")
        raise Problem(409, f"Nobody changes their own {what}.", remedy="Ask another administrator.", field=field)


def _check_not_operator(user: User) -> None:
    if user.runs_platform:
        raise Problem(409, f"{called(user)} runs the platform.", remedy="Ask the operator to change their access.")


def _check_others_administer(tenant: str, user: User) -> None:
    """The list may be behind: each is looked up before they count."""
    others = (other for other in People(tenant).all() if other.administers and other.id != user.id)
    if not any(known and known.administers for known in (_known(tenant, other) for other in others)):
        raise Problem(
            409,
            f"{called(user)} is the only administrator.",
            remedy="Make somebody else an administrator first.",
            field="role",
        )


def _apply(user: User, asked: UserPatch) -> None:
    pool = Pool()
    if asked.name:
        pool.rename(user, asked.name)
    if asked.role:
        pool.give(user, Role(asked.role))
    if asked.active is True:
        pool.act(user, "enable")
    if asked.active is False:
        pool.act(user, "disable")
        pool.act(user, "sign_out")


def _note(caller: Caller, user: User, what: str, before: dict[str, Any] | None = None, after: Any = None) -> None:
    Audit(user.tenant or "").write(caller.name, what, f"user {user.id}", {"email": user.email}, before, after)

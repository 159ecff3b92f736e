"""Whom a consent belongs to, once it is known which account it is for.

A connection keeps its account, because its links point into it; and an account has one connection, because two would
fight over its records.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from timebridge import context
from timebridge.errors import SyncError
from timebridge.providers import provider
from timebridge.providers.provider import Account, App
from timebridge.store.audit import Audit
from timebridge.store.tenants import Connections
from timebridge.telemetry import facts, logger
from timebridge.tenants import Connection, Grant, Provider, Status

START_AGAIN = "Start again from timebridge: open the connection there and choose Connect."
IN_USE = (Status.LIVE, Status.LOADING, Status.PAUSED)
NEVER = datetime.fromtimestamp(0, UTC)


class Refused(Exception):
    """Why a consent did not lead to a connection, as a page says it."""

    def __init__(
        self, status: int, title: str, reason: str, remedy: str = START_AGAIN, again: str | None = None
    ) -> None:
        """`again`: a ticket to try it again with, where waiting helps. `page`: tenant and connection, where a page of
        the console says it."""
        super().__init__(f"{title}: {reason}")
        self.status, self.title, self.reason, self.remedy, self.again = status, title, reason, remedy, again
        self.page: tuple[str, str] | None = None


def taker(app: App, asked: Connection | None, grant: Grant, account: Account, name: Provider) -> Connection:
    """The connection that takes the grant: the one it was `asked` for; or the one of the same tenant that has the
    account already; or, where the consent began at the provider, whichever has it. Raises Refused.
    """
    having = [found for found in Connections().by_account(name, account.id) if not found.facts.get(context.RESET)]
    if asked is None:
        return _known(app, having, grant, account, name)
    others = [other for other in having if (other.tenant, other.id) != (asked.tenant, asked.id)]
    mine = _mine(asked, others)
    if mine is not None:
        return mine
    holders = [other for other in others if other.status is not Status.CLOSED]
    if holders:
        _leave(app, holders, grant)
        raise _held(asked, holders[0], account)
    if asked.facts.get(context.RESET):
        raise Refused(409, "The company was reset", str(asked.reason), asked.remedy or START_AGAIN)
    if asked.account not in (None, account.id):
        _give_back(app, name, grant)
        raise Refused(
            409,
            "This is another account",
            f"The connection belongs to {asked.account_name}, and you chose {account.name}.",
            f"Choose {asked.account_name}. To have {account.name} as well, make a connection of its own for it; to "
            f"move to it on purpose, choose Switch account.",
        )
    return asked


def _known(app: App, having: Sequence[Connection], grant: Grant, account: Account, name: Provider) -> Connection:
    found = next((each for each in having if each.status is not Status.CLOSED), None)
    if found is None:
        _give_back(app, name, grant)
        said = f"{account.name} is not connected to timebridge at the moment."
        raise Refused(404, "There is nothing to reconnect", said, "Sign in to timebridge, and connect it there.")
    return found


def _mine(asked: Connection, others: Sequence[Connection]) -> Connection | None:
    """Another connection of the tenant that has the account, and the links to it: a new one would begin from nothing.

    A closed one is opened again, unless somebody else has the account by now.
    """
    same = [other for other in others if other.tenant == asked.tenant and other.app == asked.app]
    foreign = any(other.tenant != asked.tenant and other.status is not Status.CLOSED for other in others)
    if asked.account is not None or asked.replaces or foreign:
        return None
    return max(same, key=lambda one: (one.status is not Status.CLOSED, one.last_pull or NEVER), default=None)


def merge(asked: Connection, taker: Connection, actor: str) -> None:
    """The connection that was made for nothing closes, and says where to look."""
    said = f"{taker.account_name} was connected already: connection {taker.id} goes on with its own settings."
    context.changed(asked, status=Status.CLOSED, reason=said, remedy=f"Use {taker.id}.")
    Audit(asked.tenant).write(actor, "connection.merged", f"connection {asked.id}", {"into": taker.id})


def _held(asked: Connection, holder: Connection, account: Account) -> Refused:
    where = "another connection" if holder.tenant == asked.tenant else "another workspace of timebridge"
    return Refused(
        409,
        "This account is connected already",
        f"{account.name} belongs to {where}.",
        "Disconnect it there first, or choose another account.",
    )


def _leave(app: App, holders: Sequence[Connection], grant: Grant) -> None:
    """The refused consent must not harm those who have the account. Where an account gives one grant only, theirs ended
    with it: they go on with the new one. Elsewhere it is left alone, since withdrawing it could withdraw theirs.
    """
    first = holders[0]
    if not provider.load(first.provider).offer().sole_grant:
        return
    using = [holder for holder in holders if holder.status in IN_USE]
    for holder in using:
        context.grants(holder).put(grant)
        Audit(holder.tenant).write(holder.provider, "connection.renewed", f"connection {holder.id}")
    if not using:
        _give_back(app, first.provider, grant)


def _give_back(app: App, name: Provider, grant: Grant) -> None:
    try:
        provider.load(name).revoke(app, grant)
    except SyncError as error:
        logger.warning("a refused grant was not given back", **facts(error))

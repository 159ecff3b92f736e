"""What people do to a connection: let it load, pause it, resume it, disconnect it. Its links always stay."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from timebridge import context, presets, queue, timing
from timebridge.connecting import start
from timebridge.connecting.start import StartMode
from timebridge.errors import Disconnected, Rejected, Transient
from timebridge.messages import Pull
from timebridge.providers import provider
from timebridge.runs import RunStatus
from timebridge.store.audit import Audit
from timebridge.store.executions import is_running, start_initial_sync
from timebridge.store.versions import Versions
from timebridge.telemetry import facts, logger
from timebridge.tenants import Connection, Status

KNOWN_FOR = timedelta(days=25)
"""After a longer pause everything is loaded afresh: QuickBooks tells changes of the last 30 days only."""


def resume(connection: Connection, actor: str) -> Connection:
    """Put a connection (back) on the road: with a pull if it was there not long ago, else with an initial sync.

    Either begins at once.
    """
    _check_chosen(connection)
    _check_links(connection)
    now = datetime.now(UTC)
    if connection.last_pull is None and connection.since is None:
        connection = _begun(connection, now)
    new = connection.last_pull is None and start.mode_of(connection.settings) is not StartMode.ON_CHANGE
    if new or connection.run is not None or now - (connection.last_pull or now) > KNOWN_FOR:
        return load(connection, actor)
    live = _saved(connection, status=Status.LIVE, reason=None, remedy=None, next_pull=now, setup={})
    try:
        queue.send(live.tenant, live.id, pull=Pull(actor=actor, reconcile=_chosen_anew(live)))
    except Transient as error:
        logger.warning("the pull comes with the schedule", **facts(error))
    return live


def _chosen_anew(connection: Connection) -> bool:
    """Other settings came into force since everything was looked at."""
    version = Versions(connection.tenant, connection.id).get(connection.version)
    return version is not None and connection.last_pull is not None and version.published > connection.last_pull


def begin(connection: Connection, actor: str) -> Connection:
    """What follows a consent: the connection goes on the road, once it is chosen what to share, and set up."""
    if connection.setup:
        return _saved(connection, status=Status.PAUSED, reason=SETTING_UP, remedy=SWITCH_ON)
    if presets.is_chosen(connection):
        return resume(connection, actor)
    return _saved(connection, status=Status.PAUSED, reason=UNCHOSEN, remedy=CHOOSE)


SETTING_UP = "It is being set up, so nothing is synchronised yet."
SWITCH_ON = "Finish the set-up, then switch the connection on."
UNCHOSEN = "It is not chosen yet what to synchronise, so nothing is read or written."
CHOOSE = "Choose at least one preset in the settings of the connection, then resume it."


def _check_chosen(connection: Connection) -> None:
    if not presets.is_chosen(connection):
        raise Rejected(UNCHOSEN, remedy=CHOOSE, field="settings.presets")


def _check_links(connection: Connection) -> None:
    """Ids are given out anew after a reset: going on would pair records that have nothing to do with each other."""
    if connection.facts.get(context.RESET):
        raise Rejected(connection.reason or "Its links lead nowhere any more.", remedy=connection.remedy or "")


def _begun(connection: Connection, now: datetime) -> Connection:
    """From where on it keeps records in step, written down before the first of them is read."""
    since = start.since(connection.settings, context.zone_of(connection), now)
    return _saved(connection, since=since.isoformat(timespec="seconds")) if since else connection


def load(connection: Connection, actor: str, kinds: Sequence[str] | None = None) -> Connection:
    """Start an initial sync of these kinds, or of everything. One that broke off is taken up: only what is left is
    done, and `kinds` None asks for the same as it did. One that runs goes on."""
    if is_loading(connection):
        return connection
    _check_chosen(connection)
    runs = context.runs(connection)
    if kinds is None:
        broken = runs.get(connection.run) if connection.run else None
        kinds = broken.kinds if broken else ()
    run = runs.start("initial sync", actor, kinds=kinds)
    soon = datetime.now(UTC) + timing.WATCH
    loading = _saved(connection, status=Status.LOADING, run=run.id, reason=None, remedy=None, setup={}, next_pull=soon)
    start_initial_sync(connection.tenant, connection.id, run.id)
    return loading


def cancel(connection: Connection, run: str, actor: str) -> Connection:
    """End an initial sync: nothing is written any more, what was done stays, and `resume` does what is left.

    Its execution finds that out at its next step, and ends by itself. Raises Rejected when it has ended meanwhile.
    """
    reason = f"The initial sync was cancelled by {actor}."
    values = {"status": Status.PAUSED, "reason": reason, "remedy": GO_ON}
    paused = context.changed(connection, among=(Status.LOADING,), of_run=run, **values)
    if paused is None:
        raise Rejected("This run has ended already.", remedy="Look at what it did.")
    context.runs(connection).finish(run, RunStatus.CANCELLED, reason=reason)
    return paused


GO_ON = "Resume the connection: only what is left is done."
BROKEN_OFF = "The initial sync was ended from outside, before it was complete."


def watch(connection: Connection, now: datetime) -> bool:
    """Whether a connection that loads still does. An execution that was aborted or timed out tells nobody: then it is
    paused, and its people are told."""
    run = connection.run or ""
    if is_loading(connection):
        context.changed(connection, among=(Status.LOADING,), of_run=run, next_pull=now + timing.WATCH)
        return True
    if context.stop(connection, Status.PAUSED, BROKEN_OFF, GO_ON, among=(Status.LOADING,), of_run=run) and run:
        context.runs(connection).finish(run, RunStatus.FAILED, reason=BROKEN_OFF)
    return False


def is_loading(connection: Connection) -> bool:
    """An initial sync is at work; the status alone cannot tell, because an aborted one ends without a word."""
    return connection.status is Status.LOADING and connection.run is not None and is_running(connection.run)


def pause(connection: Connection, actor: str) -> Connection:
    """Nothing is read or written until `resume`; what happens meanwhile is found then."""
    return _saved(connection, status=Status.PAUSED, reason=f"Paused by {actor}.", remedy="Resume the connection.")


def disconnect(connection: Connection) -> Connection:
    """Give our access back and forget the tokens. Connecting the same account again finds the links as they were."""
    grants = context.grants(connection)
    provider.load(connection.provider).revoke(context.app_of(connection), grants.get())
    grants.delete()
    return _saved(connection, status=Status.CLOSED, reason=None, remedy=None, next_pull=None)


UNREACHED = "The provider did not take the access back.", "Remove timebridge there, among its connected apps."


def close(connection: Connection) -> Connection:
    """Disconnect. A provider that does not answer, or has forgotten us already, keeps nobody connected."""
    try:
        return disconnect(connection)
    except (Transient, Disconnected) as error:
        context.grants(connection).delete()
        reason, remedy = UNREACHED if isinstance(error, Transient) else (None, None)
        return _saved(connection, status=Status.CLOSED, reason=reason, remedy=remedy, next_pull=None)


def succeed(connection: Connection, actor: str) -> None:
    """End the connection that this one replaces. Its links stay as they are: they point into the other account."""
    former = context.connection(connection.tenant, connection.replaces or "")
    if former is not None and former.status is not Status.CLOSED:
        close(former)
        detail = {"by": connection.id, "account": connection.account}
        Audit(former.tenant).write(actor, "connection.replaced", f"connection {former.id}", detail)
    _saved(connection, replaces=None)  # once: somebody may open the former one again


def _saved(connection: Connection, **values: Any) -> Connection:
    saved = context.changed(connection, **values)
    if saved is None:
        raise Rejected("The connection is not there any more.", remedy="Make a new one.")
    return saved

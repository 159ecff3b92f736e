"""Posting, done: sending it, taking it back, sending it again, and what became of each record."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import Field

from timebridge import queue
from timebridge.api.access import ADMINS, EVERYBODY, Asking, Caller, ConnectionId, Name, Noun, TenantId
from timebridge.api.errors import missing
from timebridge.api.posting_views import (
    PATH,
    NewPosting,
    Selected,
    StandingView,
    looking,
    names_in_standings,
    no_books,
    order_of,
    standing_view,
)
from timebridge.api.runs import RunView, StartedView, open_connection
from timebridge.api.runs import view as run_view
from timebridge.api.views import Limit, Start, View
from timebridge.context import Context
from timebridge.messages import Check
from timebridge.postings import TYPES
from timebridge.postings.bookkeeping import keeps_books
from timebridge.postings.orders import ASKED, Order, desk_of, kinds_of
from timebridge.postings.posting import TOUCHED
from timebridge.postings.prospects import State, standings
from timebridge.runs import Run, RunStatus
from timebridge.store.audit import Audit
from timebridge.store.postings import Postings, Selection
from timebridge.store.runs import Runs

posting_orders = Noun("postings")

KEPT = 1_000
"""Pages of a run that are read: some 300,000 records."""

type Outcome = Literal["posted", "taken_back", "waiting", "refused"]


class ResultView(StandingView):
    """`outcome`: what became of it, as it is now. Refused: `reason` and `remedy` say why, and what to do."""

    outcome: Outcome


class PostingRunView(View):
    """A run of posting with its records, those first that were refused. `action`: post, repost or withdraw."""

    run: RunView
    action: str
    type: str
    filtered: bool = Field(description="Whether it was asked for by a filter.")
    items: list[ResultView]
    names: dict[str, str]
    next: str | None


# --- doing -----------------------------------------------------------------------------------------------------------


@posting_orders.post(PATH, ADMINS, "Post", 202)
def post_postings(
    tenant: TenantId, connection: ConnectionId, asked: Annotated[NewPosting, Body()], caller: Asking
) -> StartedView:
    """Exactly what was selected. What cannot be posted is left as it is, with the reason among the run's problems."""
    return _started(tenant, connection, "post", asked, caller)


@posting_orders.post(f"{PATH}/withdraw", ADMINS, "Take back what was posted", 202)
def withdraw_postings(
    tenant: TenantId, connection: ConnectionId, asked: Annotated[Selected, Body()], caller: Asking
) -> StartedView:
    """Out of the books, until somebody posts it again. What is billed or paid over there, or was changed there, stays
    and says so."""
    return _started(tenant, connection, "withdraw", asked, caller)


@posting_orders.post(f"{PATH}/repost", ADMINS, "Post again what was changed", 202)
def repost_postings(
    tenant: TenantId, connection: ConnectionId, asked: Annotated[NewPosting, Body()], caller: Asking
) -> StartedView:
    """Changed in place where that may be, else taken out and posted anew: one live document remains."""
    return _started(tenant, connection, "repost", asked, caller)


def _started(tenant: str, connection: str, what: str, asked: Selected, caller: Caller) -> StartedView:
    found = open_connection(tenant, connection)
    if not keeps_books(found):
        raise no_books()
    order = order_of(asked)
    total = {"total": len(order.selection.ids)} if order.selection.ids else {}
    runs = Runs(tenant, connection)
    run = runs.start(what, caller.name, total={kind: total["total"] for kind in TYPES[order.type].kinds[:1] if total})
    runs.keep(run.id, {ASKED: order.to_data()})
    queue.send(tenant, connection, checks=[Check(what, run.id)])
    detail = {"run": run.id, **order.to_data()}
    Audit(tenant).write(caller.name, f"postings.{what}", f"connection {connection}", detail)
    return StartedView(run=run.id)


# --- what became of it -----------------------------------------------------------------------------------------------


@posting_orders.get(f"{PATH}/runs/<run>", EVERYBODY, "Say what became of each record of a posting")
def show_posting_run(
    tenant: TenantId, connection: ConnectionId, run: Name, start: Start = None, limit: Limit = 50
) -> PostingRunView:
    """How far it is, and its records as they stand now. What was selected by a filter is known once its turn comes."""
    with looking(tenant, connection) as road:
        found = Runs(tenant, connection).get(run)
        kept = Runs(tenant, connection).found(run, limit=KEPT)[0] if found else []
        asked = next((each for each in kept if "selection" in each), None)
        if found is None or asked is None:
            raise missing("posting")
        order = Order.from_data(asked)
        ids = _ids(found, order, kept)
        begin = int(start) if start and start.isdecimal() else 0
        items = list(_results(road, found, order, ids[begin : begin + limit]))
    return PostingRunView(
        run=run_view(found),
        action=found.kind,
        type=order.type,
        filtered=not order.selection.ids,
        items=items,
        names=names_in_standings(tenant, items),
        next=str(begin + limit) if begin + limit < len(ids) else None,
    )


def _ids(run: Run, order: Order, kept: Sequence[Mapping[str, Any]]) -> list[str]:
    """Those with a problem first; while nothing is known yet, those that were asked for."""
    touched = [id for each in kept for ids in each.get(TOUCHED, {}).values() for id in ids]
    if run.status is RunStatus.RUNNING or not touched:
        touched = [*touched, *order.selection.ids]
    wrong = {problem["ours"] for problem in run.tally.problems}
    return sorted(dict.fromkeys(touched), key=lambda id: id not in wrong)


def _results(road: Context, run: Run, order: Order, ids: Sequence[str]) -> Iterator[ResultView]:
    """In this order; what is not there any more is left out."""
    found: dict[str, ResultView] = {}
    for kind in kinds_of(order.type, replace(order.selection, pool=None)):
        records, _ = (
            Postings(road.connection.tenant).page(kind, Selection(tuple(ids)), limit=len(ids)) if ids else ([], 0)
        )
        own = {record.id: record.values for record in records}
        for each in standings(desk_of(road), kind, records):
            found[each.record.id] = _result(run, standing_view(road, kind, each, own[each.record.id]))
    yield from (found[id] for id in ids if id in found)


def _result(run: Run, view: StandingView) -> ResultView:
    """What the run was told, where the record itself does not say why."""
    said = next((each for each in run.tally.problems if each["ours"] == view.id), None)
    outcome = _outcome(run, view, said is not None)
    told = {"reason": said["reason"], "remedy": said["remedy"]} if said and not view.reason else {}
    return ResultView(**{**view.model_dump(), **told}, outcome=outcome)


def _outcome(run: Run, view: StandingView, problem: bool) -> Outcome:
    there = view.theirs is not None and view.state in (State.POSTED, State.CHANGED)
    if run.kind == "withdraw":
        return ("refused" if problem or run.status is not RunStatus.RUNNING else "waiting") if there else "taken_back"
    if view.state is State.POSTED:
        return "posted"
    if view.state is State.WAITING or (run.status is RunStatus.RUNNING and not problem):
        return "waiting"
    return "posted" if there and not problem else "refused"

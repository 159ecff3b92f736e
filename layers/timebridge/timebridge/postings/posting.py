"""What the worker does when somebody posts, takes back or posts again: page by page, in a run of its own.

A record that cannot be posted is not marked: it says why in the run and in the list of postings, and nothing of it
travels later without being asked for. What the books refuse themselves is parked on its link like any other record.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from timebridge import context, queue
from timebridge.changes import Change, Where
from timebridge.context import Context
from timebridge.edits import POSTER
from timebridge.errors import Rejected
from timebridge.flows import Flow
from timebridge.links import Link, State
from timebridge.messages import Check
from timebridge.postings import is_part, type_of
from timebridge.postings.bookkeeping import WHEN_POSTING
from timebridge.postings.composing import AGAIN, HELD, Desk, is_posted
from timebridge.postings.orders import Order, desk_of, pages
from timebridge.postings.prospects import Prospect, carriers, chosen_values, prospects
from timebridge.records import Record
from timebridge.road import Brake
from timebridge.runs import RunStatus, Tally
from timebridge.store.postings import Postings, Selection
from timebridge.sync import Batch, sync_batch

type Late = Callable[[], bool]
type Touched = dict[str, list[str]]
"""By kind, the ids of the records that a run was about; what was left alone is not among them."""

REPORT, TOUCHED = "expense_report", "touched"


# --- runs ------------------------------------------------------------------------------------------------------------


def take(road: Context, check: Check, late: Late) -> None:
    """Go on with a run where it is. Raises what `sync_batch` raises."""
    found, _ = road.runs.found(check.run)
    order = Order.from_data(next(each for each in found if "selection" in each))
    desk_of(road).refresh(WHEN_POSTING)
    road = replace(road, brake=Brake(released=True))  # a person named what is to be taken out
    step = STEPS[check.what]
    for kind, start, records, next_ in pages(road, order, check.start):
        tally = Tally(seen=len(records))
        before = road.calls
        touched = step(road, order, kind, records, tally)
        tally.calls = road.calls - before
        road.runs.part(check.run, kind, f"{kind}~{start}", tally)
        context.carried(road.connection).add(tally, road.now())
        road.runs.keep(check.run, {f"{TOUCHED}~{kind}~{start}": {TOUCHED: touched}} if touched else {})
        if next_ is not None and late():
            queue.send(road.connection.tenant, road.connection.id, checks=[replace(check, start=next_)])
            return
    road.runs.finish(check.run, RunStatus.DONE)


# --- the three verbs -------------------------------------------------------------------------------------------------


def post(road: Context, order: Order, kind: str, records: Sequence[Record], tally: Tally) -> Touched:
    """Send what can be posted and is not posted yet."""
    chosen = [record for record in records if order.selection.ids or is_to_be_posted(desk_of(road), kind, record)]
    tally.count("skipped", len(records) - len(chosen))
    touched: Touched = {}
    if loose := [record for record in chosen if is_loose(kind, record)]:
        touched = _gathered(road, order, loose, tally)
        chosen = [record for record in chosen if record not in loose]
    known = desk_of(road).posted(kind, [record.id for record in chosen])
    fresh = [record for record in chosen if record.id not in known]
    tally.count("unchanged", len(chosen) - len(fresh))
    good = _told_apart(prospects(desk_of(road), kind, fresh, order.choices), tally)
    _revived(road, kind, good)
    _marked(road, kind, good, order)
    _synced(road, kind, [prospect.record.id for prospect in good], tally)
    return _with(touched, kind, fresh)


def _with(touched: Touched, kind: str, records: Sequence[Record]) -> Touched:
    ids = [*touched.get(kind, ()), *(record.id for record in records)]
    return {**touched, kind: ids} if ids else touched


def is_loose(kind: str, record: Record) -> bool:
    """An expense that is owed to somebody and is in no report."""
    return kind == "expense" and record.values.get("card") is None and record.values.get("report") is None


def _gathered(road: Context, order: Order, loose: Sequence[Record], tally: Tally) -> Touched:
    """Loose expenses are put into reports, one per person, and these are posted."""
    good = _told_apart(prospects(desk_of(road), "expense", loose, order.choices), tally)
    store, ids = Postings(road.connection.tenant, POSTER), [prospect.record.id for prospect in good]
    reports = store.gather(ids, order.choices.get("as"))
    order = replace(order, selection=Selection(tuple(each.id for each in reports)))
    touched = post(road, order, REPORT, reports, tally)
    return _with(touched, "expense", [each for each in loose if each.id not in ids])


def is_to_be_posted(desk: Desk, kind: str, record: Record) -> bool:
    """Among what a filter selects: not what somebody took back, nor what is not approved yet, nor a part."""
    values, ready = record.values, desk.posting(type_of(kind) or "").ready
    undecided = values.get("posted_to") in (None, AGAIN) and not is_part(kind, values)
    return undecided and values.get("status") in ready


def _told_apart(found: Sequence[Prospect], tally: Tally) -> list[Prospect]:
    """Those that can be posted; the others are among the problems of the run."""
    for prospect in found:
        if prospect.refused is not None:
            _left(tally)
            tally.problem(prospect.flow.name, prospect.record.id, None, prospect.refused)
    return [prospect for prospect in found if prospect.refused is None]


def _left(tally: Tally) -> None:
    tally.count("parked")
    tally.count("newly_parked")


def _marked(road: Context, kind: str, good: Sequence[Prospect], order: Order) -> None:
    values = {"posted_to": road.connection.id, **chosen_values(kind, order.choices)}
    Postings(road.connection.tenant, POSTER).mark(kind, [prospect.record.id for prospect in good], values)


def _revived(road: Context, kind: str, good: Sequence[Prospect]) -> None:
    """What somebody took out of the books over there comes into them again: a person wants it."""
    ids = [prospect.record.id for prospect in good]
    for flow in carriers(desk_of(road), kind):
        ended = [link for link in road.links.find(flow.name, ours=ids) if link.kept is not None] if ids else []
        if ended:
            road.links.forget(ended)


def withdraw(road: Context, _order: Order, kind: str, records: Sequence[Record], tally: Tally) -> Touched:
    """Take out of the books what is in them. What may not be taken out stays posted, and says why."""
    posted = desk_of(road).posted(kind, [record.id for record in records])
    here = (AGAIN, road.connection.id)
    ids = [each.id for each in records if each.id in posted or each.values.get("posted_to") in here]
    tally.count("skipped", len(records) - len(ids))
    store = Postings(road.connection.tenant, POSTER)
    store.mark(kind, ids, {"posted_to": HELD, "when_closed": None})
    _synced(road, kind, ids, tally)
    stay = [link.ours for link in _links(road, kind, ids) if link.base is not None]
    if stay:
        store.mark(kind, stay, {"posted_to": road.connection.id})
        _synced(road, kind, stay, Tally())
    return {kind: ids} if ids else {}


def repost(road: Context, order: Order, kind: str, records: Sequence[Record], tally: Tally) -> Touched:
    """Let the books say what the records say now: changed in place where that may be, else taken out and posted again.

    What is not in the books is posted. In the end there is one live document.
    """
    known = desk_of(road).posted(kind, [record.id for record in records])
    touched = post(road, order, kind, [record for record in records if record.id not in known], tally)
    there = [record for record in records if record.id in known]
    good = [each for each in prospects(desk_of(road), kind, there, order.choices) if not _must_stay(each, tally)]
    _marked(road, kind, good, order)
    ids = [prospect.record.id for prospect in good]
    _synced(road, kind, ids, tally, update=True)
    parked = [link for link in _links(road, kind, ids) if link.state is State.PARKED and link.base is not None]
    again = [link.ours for link in parked if link.problem and link.problem.cause == Rejected.__name__]
    if again:
        _replaced(road, kind, again, tally)
    if "as" in order.choices and kind == REPORT:
        _left_as_they_are(road, [link for link in parked if link.ours not in again])
    return _with(touched, kind, there)


def _left_as_they_are(road: Context, links: Sequence[Link]) -> None:
    """Reports that were to become something else, and that the books do not let go, stay what they are."""
    for link in links:
        what = link.flow.rpartition(".")[2]
        if Postings(road.connection.tenant, POSTER).mark(REPORT, [link.ours], {"post_as": what}):
            _synced(road, REPORT, [link.ours], Tally())


def _must_stay(prospect: Prospect, tally: Tally) -> bool:
    """What could not be posted now is not posted again: the books would lose it."""
    refused = prospect.refused
    if refused is None:
        return False
    _left(tally)
    tally.problem(prospect.flow.name, prospect.record.id, None, refused)
    return True


def _replaced(road: Context, kind: str, ids: Sequence[str], tally: Tally) -> None:
    """Out of the books, and into them as new documents."""
    store, here = Postings(road.connection.tenant, POSTER), road.connection.id
    store.mark(kind, ids, {"posted_to": AGAIN})
    _synced(road, kind, ids, Tally())
    store.mark(kind, ids, {"posted_to": here})
    tally.problems = [each for each in tally.problems if each["ours"] not in ids]
    tally.count("parked", -len(ids))
    tally.count("newly_parked", -min(len(ids), tally.newly_parked))
    _synced(road, kind, ids, tally)


STEPS: dict[str, Callable[[Context, Order, str, Sequence[Record], Tally], Touched]] = {
    "post": post,
    "withdraw": withdraw,
    "repost": repost,
}


# --- the road --------------------------------------------------------------------------------------------------------


def _synced(road: Context, kind: str, ids: Sequence[str], tally: Tally, update: bool = False) -> None:
    """What was marked, brought to the books, where it is taken out before it is put in elsewhere."""
    whole = Tally()
    flows = carriers(desk_of(road), kind) if ids else []
    for some, ordered in _in_order(road, flows, ids):
        changes = [Change(Where.OURS, kind, id) for id in some]
        for flow in ordered:
            whole.add(sync_batch(road, Batch(replace(flow, update_theirs=update or flow.update_theirs), changes)))
    whole.seen = 0
    if len(flows) > 1:
        whole.skipped = 0  # a record that is another flow's was not left out
    tally.add(whole)


def _in_order(road: Context, flows: Sequence[Flow], ids: Sequence[str]) -> Iterator[tuple[list[str], list[Flow]]]:
    """The records that are in the books by each of the flows, with that one first; those that are not there last."""
    if len(flows) < 2:
        yield from [(list(ids), list(flows))] if flows else []
        return
    left = list(ids)
    for flow in flows:
        there = {link.ours for link in road.links.find(flow.name, ours=left) if is_posted(link)}
        if some := [id for id in left if id in there]:
            yield some, [flow, *(other for other in flows if other is not flow)]
        left = [id for id in left if id not in there]
        if not left:
            return
    yield left, list(flows)


def _links(road: Context, kind: str, ids: Sequence[str]) -> list[Link]:
    flows = carriers(desk_of(road), kind) if ids else []
    found = [link for flow in flows for link in road.links.find(flow.name, ours=ids)]
    return [link for link in found if link.state is not State.TOMBSTONE]

"""How a record stands with the books: whether it can be posted, is posted, or has changed since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from timebridge import links as stored
from timebridge.changes import Where
from timebridge.errors import Rejected
from timebridge.flows import Flow
from timebridge.links import Link
from timebridge.postings import type_of
from timebridge.postings.composing import AGAIN, HELD, Desk, compose, flows_of, is_posted
from timebridge.records import Record, Values


class State(StrEnum):
    """`WAITING`: somebody posted it, and the worker has not come to it yet, or tries again."""

    READY = "ready"
    BLOCKED = "blocked"
    WAITING = "waiting"
    POSTED = "posted"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Prospect:
    """A record as the books would see it, the flow that would carry it, and why it cannot be posted."""

    record: Record
    flow: Flow
    refused: Rejected | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """`record`: as the books would see it now; `changed`: what says something else than what was posted."""

    record: Record
    flow: Flow
    state: State
    reason: str = ""
    remedy: str = ""
    field: str | None = None
    changed: tuple[str, ...] = ()
    link: Link | None = None


def prospects(
    desk: Desk, kind: str, records: Sequence[Record], choices: Mapping[str, str] | None = None
) -> list[Prospect]:
    """The records as the books would see them if they were posted now. `choices`: of this posting alone."""
    wanted = [replace(record, values={**record.values, **chosen_values(kind, choices or {})}) for record in records]
    return [_prospect(desk, kind, record) for record in compose(desk, kind, wanted)]


def chosen_values(kind: str, choices: Mapping[str, str]) -> dict[str, str]:
    """What was chosen for this posting alone, as values of the records."""
    meant = {"closed": "when_closed"} | ({"as": "post_as"} if type_of(kind) == "expenses" else {})
    return {meant[name]: value for name, value in choices.items() if name in meant}


def would_be(desk: Desk, reports: Sequence[Record]) -> list[Standing]:
    """How reports would stand that are not made yet, as the books would see them."""
    return [_standing(desk, _prospect(desk, "expense_report", record), None) for record in reports]


def _prospect(desk: Desk, kind: str, record: Record) -> Prospect:
    flow = carrier(desk, kind, record.values)
    if record.values.get("posted_to") not in (None, HELD, AGAIN, desk.connection):
        return Prospect(record, flow, _elsewhere())
    asked = {**record.values, "leaving": None}  # what it is now goes first
    return Prospect(record, flow, flow.refusal(asked) if flow.refusal else None)


def carriers(desk: Desk, kind: str) -> list[Flow]:
    """The flows that carry records of this kind into the books."""
    return [flow for flow in desk.flows.of(Where.OURS, kind) if flow.posting and flow.name in flows_of(kind)]


def carrier(desk: Desk, kind: str, values: Values) -> Flow:
    """The flow that would carry such a record: of several the one whose condition it meets. Raises Rejected."""
    flows = carriers(desk, kind)
    if not flows:
        raise Rejected("This is not posted here.", remedy="Switch its flow on.", field="type")
    ready = {**values, "posted_to": desk.connection, "status": desk.posting(type_of(kind) or "").ready[-1]}
    return next((flow for flow in flows if flow.when_ours(ready)), flows[0])


def _elsewhere() -> Rejected:
    return Rejected(
        "It is posted in the books of another connection.", remedy="Take it back there first.", field="posted_to"
    )


def standings(desk: Desk, kind: str, records: Sequence[Record]) -> list[Standing]:
    """How each of the records stands, with few reads for all of them."""
    ids = [record.id for record in records]
    found = [link for flow in carriers(desk, kind) for link in _links(desk, flow, ids)]
    links = {link.ours: link for link in sorted(found, key=_is_there)}
    return [_standing(desk, each, links.get(each.record.id)) for each in prospects(desk, kind, records)]


def _links(desk: Desk, flow: Flow, ids: Sequence[str]) -> list[Link]:
    return desk.links.find(flow.name, ours=ids) if ids else []


def _is_there(link: Link) -> tuple[bool, bool]:
    """A document that is there counts more than one that was, or one that could not be made."""
    return is_posted(link), link.problem is not None


def _standing(desk: Desk, prospect: Prospect, link: Link | None) -> Standing:
    record, flow = prospect.record, prospect.flow
    if link is not None and link.base is not None and is_posted(link):
        return _posted(record, desk.flows[link.flow], link, also=() if flow.name == link.flow else ("post_as",))
    if record.values.get("from_books") is not None:
        return Standing(record, flow, State.POSTED, "It came from the books.")
    if link is not None and link.kept is not None and record.values.get("posted_to") == desk.connection:
        said = "It was taken out of the books over there."
        return Standing(record, flow, State.BLOCKED, said, "Post it again, or take it back here too.", link=link)
    if prospect.refused is not None:
        refused = prospect.refused
        return Standing(record, flow, State.BLOCKED, refused.for_user, refused.remedy, refused.field, link=link)
    if record.values.get("posted_to") != desk.connection:
        return Standing(record, flow, State.READY, link=link)
    problem = link.problem if link is not None else None
    if problem is not None:
        return Standing(record, flow, State.BLOCKED, problem.reason, problem.remedy, problem.field, link=link)
    return Standing(record, flow, State.WAITING, link=link)


def _posted(record: Record, flow: Flow, link: Link, also: tuple[str, ...]) -> Standing:
    """`also`: what it would be posted as now is something else."""
    changed = also or tuple(changes_since(flow, link, record.values))
    state = State.CHANGED if changed else State.POSTED
    problem = link.problem if link.state is stored.State.PARKED else None
    if problem is not None:
        return Standing(record, flow, state, problem.reason, problem.remedy, problem.field, changed, link)
    remedy = "Post it again to carry the change over." if changed else ""
    said = "It was changed since it was posted." if changed else ""
    return Standing(record, flow, state, said, remedy, changed=changed, link=link)


def changes_since(flow: Flow, link: Link, values: Values) -> list[str]:
    """The values that are not what was posted."""
    base = link.base or {}
    lines = [each for each in flow.fields if flow.direction_of(each).goes_out and not each.once]
    said = [each for each in lines if each.ours in base and values.get(each.ours) != base[each.ours]]
    return [each.ours for each in said if each.familiar(values.get(each.ours), base[each.ours]) != base[each.ours]]

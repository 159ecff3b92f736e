"""What posting would send, exactly as it would be sent. Nothing is written, here or there."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import islice
from typing import Any

from timebridge.context import Context
from timebridge.flows import Flow
from timebridge.postings import expenses
from timebridge.postings.bookkeeping import Keeping
from timebridge.postings.composing import AGAIN, HELD, Desk
from timebridge.postings.orders import Order, desk_of, kinds_of, pages
from timebridge.postings.papers import Fact, Paper, looked_up
from timebridge.postings.posting import REPORT, is_loose, is_to_be_posted
from timebridge.postings.prospects import Standing, State, chosen_values, standings, would_be
from timebridge.records import Record, Values
from timebridge.sides import Create
from timebridge.store.postings import Postings


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be sent of a record. `operation`: create, update or none; `needs`: flow and id of what is created
    first, because the document refers to it: its id is not known yet. `paper`: the document as people read it; `own`:
    the values of the record as it is kept."""

    standing: Standing
    operation: str = "none"
    document: Mapping[str, Any] = field(default_factory=dict)
    paper: Paper | None = None
    needs: tuple[tuple[str, str], ...] = ()
    own: Values | None = None

    @property
    def refused(self) -> bool:
        return self.standing.state is State.BLOCKED


UNKNOWN = "(new)"
"""Stands for the id of a record that is not over there yet."""


def previewed(road: Context, order: Order, most: int) -> Iterator[tuple[str, list[Preview]]]:
    """What posting the selection would send, by kind; at most so many records. Writes nothing."""
    for kind, _, records, _ in pages(road, order, "", most):
        picked = [record for record in records if order.selection.ids or is_to_be_posted(desk_of(road), kind, record)][
            :most
        ]
        said = chosen_values(kind, order.choices)
        found = standings(desk_of(road), kind, [_unmarked(road, record, said) for record in picked])
        loose = [each for each in found if is_loose(kind, each.record) and each.state is State.READY]
        if loose:
            asked = [_unmarked(road, each.record, said) for each in loose]
            reports = would_be(desk_of(road), expenses.would_be(desk_of(road), asked))
            yield REPORT, [_preview(road, each) for each in reports]
        own = {record.id: record.values for record in picked}
        some = [_preview(road, each) for each in found if each not in loose]
        yield kind, [replace(each, own=own[each.standing.record.id]) for each in some]
        most -= len(picked)
        if most <= 0:
            return


@dataclass(frozen=True, slots=True)
class Count:
    """How much is selected. `whole`: whether that is all of it, and not only what was counted at most."""

    records: int = 0
    hours: Decimal = Decimal(0)
    amount: Decimal = Decimal(0)
    whole: bool = True


MOST_COUNTED = 2_000


def counted(road: Context, order: Order) -> Count:
    """What the selection comes to, whether it can be posted or not."""
    records = list(islice(_selected(road, order), MOST_COUNTED + 1))
    some = records[:MOST_COUNTED]
    hours, amount = ([Decimal(str(each.values.get(name) or 0)) for each in some] for name in ("hours", "amount"))
    return Count(len(some), sum(hours, Decimal(0)), sum(amount, Decimal(0)), len(records) <= MOST_COUNTED)


def _selected(road: Context, order: Order) -> Iterator[Record]:
    for kind in kinds_of(order.type, order.selection):
        for record in Postings(road.connection.tenant).every(kind, order.selection):
            if order.selection.ids or is_to_be_posted(desk_of(road), kind, record):
                yield record


def _preview(road: Context, standing: Standing) -> Preview:
    flow, values, link = standing.flow, standing.record.values, standing.link
    if standing.state in (State.BLOCKED, State.POSTED):
        return Preview(standing)
    changed = standing.state is State.CHANGED
    names = [line.ours for line in flow.fields if flow.direction_of(line).goes_out]
    said = {name: values.get(name) for name in (standing.changed if changed else names)}
    above = flow.above(said)
    known = {
        f"{name}/{found.ours}": str(found.theirs)
        for name in dict.fromkeys(name for name, _ in above)
        for found in road.links.find(name, ours=[id for flow, id in above if flow == name])
        if found.usable
    }
    needs = tuple((name, id) for name, id in above if f"{name}/{id}" not in known)
    ids = known | {f"{name}/{id}": UNKNOWN for name, id in needs}
    said = {name: value for name, value in said.items() if not _is_loose(flow, name, value, known)}
    loose = {line.parent for line in flow.fields if line.optional}
    body = {**({} if changed else flow.on_create_theirs or {}), **flow.outgoing(said, ids)}
    side = road.theirs
    assert isinstance(side, Keeping)
    document = body if changed else side.draft(flow.object, Create(standing.record.id, body, "", ""))
    needed = tuple(pair for pair in needs if pair[0] not in loose)
    if changed and link is not None:
        document = {"Id": link.theirs, **document}
    paper = side.paper(flow.object, document)
    return Preview(standing, "update" if changed else "create", document, paper, needed)


def with_names(road: Context, previews: Sequence[Preview]) -> list[Preview]:
    """The same, with the names of what the documents refer to: few reads for all of them."""
    facts = [fact for each in previews if each.paper for fact in each.paper.references()]
    names = _names(road, facts)
    return [replace(each, paper=_named(road, each, names)) for each in previews]


def _names(road: Context, facts: Sequence[Fact]) -> dict[tuple[str, str], str]:
    """Our names, by flow and id over there."""
    desk, names = desk_of(road), dict[tuple[str, str], str]()
    for flow in dict.fromkeys(flow for fact in facts for flow in fact.flows if desk.has(flow)):
        ids = dict.fromkeys(str(fact.value) for fact in facts if flow in fact.flows and fact.value != UNKNOWN)
        ours = {str(link.theirs): link.ours for link in road.links.find(flow, theirs=[*ids])} if ids else {}
        known = desk.values(desk.flows[flow].kind, ours.values())
        names |= {(flow, theirs): str(known[id]["name"]) for theirs, id in ours.items() if id in known}
    return names


def _named(road: Context, preview: Preview, names: Mapping[tuple[str, str], str]) -> Paper | None:
    if preview.paper is None:
        return None
    desk = desk_of(road)
    unborn = {(flow, UNKNOWN): _own_name(desk, flow, id) for flow, id in preview.needs}
    return preview.paper.named(lambda fact: looked_up({**names, **unborn}, fact))


def _own_name(desk: Desk, flow: str, id: str) -> str:
    """Of a record that is not over there yet."""
    kind = desk.flows[flow].kind
    return str(desk.values(kind, [id]).get(id, {}).get("name") or id)


def _is_loose(flow: Flow, name: str, value: Any, known: Mapping[str, str]) -> bool:
    """A reference that is left out where its other end is not linked."""
    line = next(line for line in flow.fields if line.ours == name)
    return line.optional and line.parent is not None and value is not None and f"{line.parent}/{value}" not in known


def _unmarked(road: Context, record: Record, said: Mapping[str, Any]) -> Record:
    """As it is before anybody posts it; what is in other books stays there."""
    ours = record.values.get("posted_to") in (HELD, AGAIN, road.connection.id)
    return replace(record, values={**record.values, **said, **({"posted_to": None} if ours else {})})

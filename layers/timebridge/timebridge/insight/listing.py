"""Lists of records with how each of them stands with every connection."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from timebridge import presets
from timebridge.changes import Where
from timebridge.insight.badges import Badge, Stand, stands
from timebridge.links import Link, State
from timebridge.records import Record, Value
from timebridge.store.links import CONFLICT, DynamoLinks
from timebridge.store.records import Workspace, start_after
from timebridge.store.tenants import Connections
from timebridge.tenants import Status
from timebridge.workspace.kinds import KINDS
from timebridge.workspace.properties import Kind
from timebridge.workspace.validation import name_key

FOUND_BY = ("code", "number", "email", "posted_number", "po_number", "staff_name")
"""What people search for beside the name."""

DATED = ("work_date", "date")

LOOKED_AT = 600
"""Records that one page looks at, at most, for those that stand as asked."""

TROUBLED = 500
"""Links of one flow that are looked at, at most, for what is wrong."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """`text`: words that are all in the name, or a number that begins so. `match`: values the records have. `parent`:
    only what belongs to this record. `badge`: only what stands so; with `connection` there, else with any."""

    text: str = ""
    match: Mapping[str, Value] = field(default_factory=dict)
    parent: str | None = None
    badge: Badge | None = None
    connection: str | None = None

    def fits(self, kind: Kind, record: Record) -> bool:
        same = all(record.values.get(name) == value for name, value in self.match.items())
        return same and (not self.text.strip() or said(kind, record, self.text))

    def stands(self, found: Sequence[Stand]) -> bool:
        """With a connection alone: what is, or may become, a pair there."""
        mine = [each for each in found if self.connection in (None, each.case.connection.id)]
        if self.badge is None:
            return self.connection is None or any(each.case.link is not None for each in mine)
        return any(each.badge is self.badge for each in mine)


@dataclass(frozen=True, slots=True)
class Line:
    record: Record
    stands: list[Stand]


def said(kind: Kind, record: Record, text: str) -> bool:
    """Whether people who say this may mean the record."""
    label = name_key(record.values.get(kind.label) or "")
    numbers = (name_key(record.values[name]) for name in FOUND_BY if record.values.get(name))
    wanted = name_key(text)
    return all(word in label for word in wanted.split()) or any(each.startswith(wanted) for each in numbers)


def page(
    tenant: str, kind: str, wanted: Wanted, start: str | None = None, limit: int = 50
) -> tuple[list[Line], str | None]:
    """By name; entries and documents the latest first. A page may be short although more follow."""
    if wanted.badge is Badge.ERROR:
        return _in_trouble(tenant, kind, wanted, start, limit)
    lines: list[Line] = []
    next = start
    for records, more in _pages(tenant, kind, wanted, start, limit):
        lines += _standing(tenant, kind, wanted, records)
        next = more
        if len(lines) >= limit:
            break
    if len(lines) > limit:
        next = start_after(kind, lines[limit - 1].record, wanted.parent is not None)
    return lines[:limit], next


def _pages(
    tenant: str, kind: str, wanted: Wanted, start: str | None, limit: int
) -> Iterator[tuple[list[Record], str | None]]:
    space, looked, more = Workspace(tenant), 0, start
    fits = _fits(KINDS[kind], wanted)
    while looked < LOOKED_AT:
        latest = KINDS[kind].label in DATED
        records, more = space.page(kind, "", more, limit, wanted.parent, fits=fits, latest=latest)
        looked += max(len(records), 1)
        yield records, more
        if more is None:
            return


def _fits(kind: Kind, wanted: Wanted) -> Callable[[Record], bool] | None:
    return (lambda record: wanted.fits(kind, record)) if wanted.text.strip() or wanted.match else None


def _standing(tenant: str, kind: str, wanted: Wanted, records: Sequence[Record]) -> list[Line]:
    found = stands(tenant, kind, records)
    return [Line(record, found[record.id]) for record in records if wanted.stands(found[record.id])]


# --- what is wrong ---------------------------------------------------------------------------------------------------


def _in_trouble(tenant: str, kind: str, wanted: Wanted, start: str | None, limit: int) -> tuple[list[Line], str | None]:
    """Found by the links that wait, as among thousands of records few have errors. By name; pages count from it."""
    ids = list(dict.fromkeys(link.ours for link in _troubled(tenant, kind, wanted.connection)))
    belongs = KINDS[kind].parent
    records = [
        record
        for record in Workspace(tenant).read(kind, ids)
        if not record.gone
        and wanted.fits(KINDS[kind], record)
        and (wanted.parent is None or record.values.get(belongs or "") == wanted.parent)
    ]
    lines = sorted(_standing(tenant, kind, wanted, records), key=lambda line: _order(kind, line.record))
    after = [line for line in lines if start is None or _order(kind, line.record) > start]
    return after[:limit], _order(kind, after[limit - 1].record) if len(after) > limit else None


def _order(kind: str, record: Record) -> str:
    return f"{name_key(record.values.get(KINDS[kind].label) or '')}~{record.id}"


def _troubled(tenant: str, kind: str, connection: str | None) -> Iterator[Link]:
    for found in Connections().of(tenant):
        if found.status is Status.CLOSED or connection not in (None, found.id):
            continue
        links = DynamoLinks(tenant, found.id)
        for flow in presets.flows_of(found).of(Where.OURS, kind):
            yield from links.page(flow.name, State.PARKED, None, TROUBLED)[0]
            yield from links.waiting(flow.name, CONFLICT, None, TROUBLED)[0]

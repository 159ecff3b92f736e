"""Writing to QuickBooks, thirty records a call.

A create is kept from happening twice by two guards. The first is Intuit's: the same request id with the same item id
gets the first answer again. How long it is remembered is not documented, so before anything is sent again we look for
it ourselves: by the marker in its text, or, where the server keeps names unique, by the name it then says is taken.
What is found is not sent; the rest goes out under the ids it had, so that either guard alone would do.

Updates of objects for which Intuit documents no partial update carry the whole record, read just before; so do
addresses, which Intuit replaces as a whole (whether it would also merge them is not documented: sent whole and with
empty strings for what was cleared, both readings give the same). An address is sent without its Id, which billing and
shipping address may share.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import uuid4

from timebridge.changes import chunks
from timebridge.errors import Disconnected, Locked, Misconfigured, RateLimited, Stale, SyncError, Transient
from timebridge.providers.quickbooks_online.client import BATCH, Client
from timebridge.providers.quickbooks_online.faults import DELETED, NAME_TAKEN, Fault, error_of, read_fault
from timebridge.providers.quickbooks_online.markers import marked, marker_of
from timebridge.providers.quickbooks_online.reading import Reader
from timebridge.providers.quickbooks_online.shapes import Shape, shape_of
from timebridge.records import Record
from timebridge.sides import Create, Delete, Update, Write, Written

ADDRESSES = frozenset({"BillAddr", "ShipAddr", "PrimaryAddr"})
OF_THE_SERVER = frozenset({"MetaData", "domain", "sparse", "TopRef", "FullyQualifiedName", "Level", "TimeChargeId"})
CLOCK = frozenset({"StartTime", "EndTime", "BreakHours", "BreakMinutes", "BreakSeconds", "Seconds"})

type Outcome = Written | SyncError
type Outcomes = dict[int, Outcome]
type Field = Callable[[str], str | None]
"""Our name for the property at fault."""


@dataclass(frozen=True, slots=True)
class Change:
    """An update or delete on its way: `now` is the record as it stands, where it had to be read."""

    number: int
    write: Update | Delete
    now: Record | None = None

    @property
    def version(self) -> str | None:
        return self.write.version or (self.now.version if self.now else None)


class Writer:
    def __init__(self, client: Client, reader: Reader, field: Callable[[str, str], str | None]) -> None:
        self._client = client
        self._reader = reader
        self._field = field

    def write(self, name: str, writes: Sequence[Write]) -> list[Outcome]:
        outcomes: Outcomes = {}
        creates = [(number, write) for number, write in enumerate(writes) if isinstance(write, Create)]
        for request, group in groupby(sorted(creates, key=lambda each: each[1].request), lambda each: each[1].request):
            for some in chunks(list(group), BATCH):
                outcomes |= self._create(name, request, some)
        changes = [Change(n, write) for n, write in enumerate(writes) if not isinstance(write, Create)]
        for few in chunks(changes, BATCH):
            outcomes |= self._change(name, few)
        return [outcomes[number] for number in range(len(writes))]

    # --- create ------------------------------------------------------------------------------------------------------

    def _create(self, name: str, request: str, creates: Sequence[tuple[int, Create]]) -> Outcomes:
        shape = shape_of(name)
        landed = self._landed(name, shape, [create for _, create in creates if create.repeated])
        outcomes: Outcomes = {n: _written(landed[c.record]) for n, c in creates if c.record in landed}
        sent = {number: create for number, create in creates if number not in outcomes}
        bodies = {number: new_record(create, shape) for number, create in sent.items()}
        items = [{"bId": create.item, "operation": "create", name: bodies[number]} for number, create in sent.items()]
        answers = self._client.batch(items, request) if items else {}
        taken: list[int] = []
        for number, create in sent.items():
            answer = answers.get(create.item, {})
            outcomes[number] = self._outcome(name, answer)
            if create.repeated and "Fault" in answer and read_fault(answer["Fault"]).code == NAME_TAKEN:
                taken.append(number)
        return outcomes | self._by_name(name, {number: bodies[number] for number in taken})

    def _landed(self, name: str, shape: Shape, repeated: Sequence[Create]) -> dict[str, Record]:
        """What an earlier attempt left behind, by the id of our record."""
        days = sorted(str(day) for create in repeated if (day := create.values.get("TxnDate")))
        if not days or shape.marked is None:
            return {}
        text, _ = shape.marked
        wanted = {create.record for create in repeated}
        rows = self._reader.between(name, "TxnDate", days[0], days[-1])
        return {record: row for row in rows if (record := marker_of(row.values.get(text))) in wanted and record}

    def _by_name(self, name: str, bodies: Mapping[int, Mapping[str, Any]]) -> Outcomes:
        """The records that an earlier attempt created: same name, and everything else as we wanted it."""
        names = [str(body["DisplayName"]) for body in bodies.values() if body.get("DisplayName")]
        found = self._reader.read(name, names, "DisplayName") if names else []
        return {
            number: _written(record)
            for number, body in bodies.items()
            for record in found
            if not record.gone and holds(record.values, body)
        }

    # --- change ------------------------------------------------------------------------------------------------------

    def _change(self, name: str, changes: Sequence[Change]) -> Outcomes:
        shape = shape_of(name)
        ids = [change.write.id for change in changes if must_read(change.write, shape)]
        found = {record.id: record for record in self._reader.read(name, ids)} if ids else {}
        changes = [Change(change.number, change.write, found.get(change.write.id)) for change in changes]
        outcomes = {c.number: early for c in changes if c.write.id in ids and (early := without_asking(c))}
        sent = [change for change in changes if change.number not in outcomes]
        items = [{"bId": str(change.number), **item_of(name, change, shape)} for change in sent]
        answers = self._client.batch(items, uuid4().hex) if items else {}
        missing = self._missing(name, sent, answers)
        for change in sent:
            outcomes[change.number] = self._changed(name, change, answers.get(str(change.number), {}), missing)
        return outcomes

    def _changed(self, name: str, change: Change, answer: Mapping[str, Any], missing: set[str]) -> Outcome:
        if change.write.id in missing:
            return Written(change.write.id, None) if isinstance(change.write, Delete) else _gone()
        outcome = self._outcome(name, answer)
        if isinstance(change.write, Delete) and isinstance(outcome, Written):
            return Written(change.write.id, None)
        return outcome

    def _missing(self, name: str, changes: Iterable[Change], answers: Mapping[str, Mapping[str, Any]]) -> set[str]:
        """"Not found" may mean the record or something it refers to: those of which it is the record itself."""
        faults = {c.write: answers.get(str(c.number), {}).get("Fault") for c in changes}
        doubtful = [write for write, fault in faults.items() if fault and read_fault(fault).code == DELETED]
        if not doubtful:
            return set()
        there = {record.id for record in self._reader.read(name, [write.id for write in doubtful])}
        return {write.id for write in doubtful} - there

    # --- answers -----------------------------------------------------------------------------------------------------

    def _outcome(self, name: str, answer: Mapping[str, Any]) -> Outcome:
        """Raises what concerns the whole connection; what is only trouble for now is looked at afresh, like a race."""
        if name in answer:
            return Written(str(answer[name]["Id"]), answer[name].get("SyncToken"))
        if "Fault" not in answer:
            return Stale("QuickBooks gave no answer for this record.", detail="missing in the answer to a batch")
        error = self._error(name, read_fault(answer["Fault"]))
        if isinstance(error, Disconnected | Misconfigured | RateLimited):
            raise error
        if isinstance(error, Transient) and not isinstance(error, Stale):
            return Stale(error.for_user, remedy=error.remedy, detail=error.detail)
        return error

    def _error(self, name: str, fault: Fault) -> SyncError:
        return error_of(fault, field=self._field(name, fault.element) if fault.element else None)


def _written(record: Record) -> Written:
    return Written(record.id, record.version)


def _gone() -> Stale:
    return Stale("The record was deleted in QuickBooks in the meantime.")


# --- bodies ----------------------------------------------------------------------------------------------------------


def new_record(create: Create, shape: Shape) -> dict[str, Any]:
    body = placed(without_nothing(create.values))
    if shape.marked is not None:
        text, limit = shape.marked
        body[text] = marked(body.get(text), create.record, limit)
    return body


def must_read(write: Update | Delete, shape: Shape) -> bool:
    """Whether the record as it stands is needed to write it: its version, the rest of it, or whether it is billed."""
    if write.version is None or not shape.listed:
        return True
    return isinstance(write, Update) and (not shape.sparse or not ADDRESSES.isdisjoint(write.values))


def without_asking(change: Change) -> Outcome | None:
    """What the record as it stands says already: it is gone, it was changed, or it is billed."""
    now, write = change.now, change.write
    if now is None or now.gone:
        return Written(write.id, None) if isinstance(write, Delete) else _gone()
    if write.version is not None and write.version != now.version:
        return Stale("Somebody changed the record in QuickBooks in the meantime.")
    if now.values.get("BillableStatus") == "HasBeenBilled":
        return Locked(
            "The time was already billed in QuickBooks.",
            remedy="Remove it from the invoice in QuickBooks first, or leave it as it is.",
        )
    return None


def item_of(name: str, change: Change, shape: Shape) -> dict[str, Any]:
    """The batch item of an update or delete, but for its id."""
    head = {"Id": change.write.id, "SyncToken": change.version}
    if isinstance(change.write, Delete) and not shape.listed:
        return {"operation": "delete", name: head}
    now = change.now.values if change.now else {}
    values = {"Active": False} if isinstance(change.write, Delete) else change.write.values
    if shape.sparse or (isinstance(change.write, Delete) and shape.listed):
        body = {**emptied(placed(with_addresses(values, now))), "sparse": True}
    else:
        body = whole(values, now, shape)
    return {"operation": "update", name: {**body, **head}}


def placed(values: Mapping[str, Any]) -> dict[str, Any]:
    """A job is placed below its customer."""
    body = {name: value for name, value in values.items() if name != "TopRef"}
    top = values.get("TopRef")
    return {**body, "Job": True, "ParentRef": {"value": top["value"]}} if top and top.get("value") else body


def with_addresses(values: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {**plain_address(now.get(name)), **value} if name in ADDRESSES and value else value
        for name, value in values.items()
    }


def plain_address(address: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (address or {}).items() if name not in ("Id", "Lat", "Long")}


def emptied(values: Mapping[str, Any]) -> dict[str, Any]:
    """Empty strings clear; what is left out stays."""
    return {
        name: emptied(value) if isinstance(value, Mapping) else "" if value is None else value
        for name, value in values.items()
    }


def without_nothing(values: Mapping[str, Any]) -> dict[str, Any]:
    return dict(_something(values))


def _something(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        kept = without_nothing(value) if isinstance(value, Mapping) else value
        if kept not in (None, {}):
            yield name, kept


def whole(values: Mapping[str, Any], now: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """The record as it stands with our values laid over it, for a full update: what is left out is cleared."""
    kept = {name: value for name, value in now.items() if name not in OF_THE_SERVER}
    if "Hours" in values:
        kept = {name: value for name, value in kept.items() if name not in CLOCK}
    if values.get("BillableStatus") == "Billable" and "HourlyRate" not in values and not now.get("HourlyRate"):
        kept.pop("HourlyRate", None)  # time that was not billable lost its rate: refused is better than billed for nothing
    body = {**kept, **placed(with_addresses(values, now))}
    if shape.marked is not None and shape.marked[0] in values:
        text, limit = shape.marked
        record = marker_of(now.get(text))
        body[text] = marked(values[text], record, limit) if record else values[text]
    return without_nothing(body)


def holds(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether a record of theirs has all the values of the body."""
    return all(
        holds(found.get(name) or {}, value)
        if isinstance(value, Mapping)
        else str(found.get(name)).strip() == str(value).strip()
        for name, value in wanted.items()
    )

"""Writing to QuickBooks, thirty records a call.

A create is kept from happening twice by two guards. The first is Intuit's: the same request id with the same item id
gets the first answer again. How long it is remembered is not documented, so before anything is sent again we look for
it ourselves: by the marker in its text, or, where the server keeps names unique, by the name it then says is taken.
What is found is not sent; the rest goes out under the ids it had, so that either guard alone would do.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from typing import Any
from uuid import uuid4

from timebridge.changes import chunks
from timebridge.errors import Disconnected, Locked, Misconfigured, RateLimited, Rejected, Stale, SyncError, Transient
from timebridge.providers.quickbooks_online.bodies import Change, holds, item_of, must_read, new_record
from timebridge.providers.quickbooks_online.client import BATCH, Client
from timebridge.providers.quickbooks_online.faults import DELETED, NAME_TAKEN, STILL_BUSY, error_of, read_fault
from timebridge.providers.quickbooks_online.markers import marker_of
from timebridge.providers.quickbooks_online.reading import Reader
from timebridge.providers.quickbooks_online.shapes import Shape, shape_of
from timebridge.records import Record
from timebridge.sides import Create, Delete, Update, Write, Written

type Outcome = Written | SyncError
type Outcomes = dict[int, Outcome]


class Writer:
    """`field` gives our name for a property (of an object) that QuickBooks complains about."""

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
            outcomes[number] = self._outcome(name, answer, again=create.repeated)
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
        for change in sent:
            outcomes[change.number] = self._outcome(name, answers.get(str(change.number), {}), again=True)
        gone = self._gone(name, [change for change in sent if is_doubtful(change, answers, outcomes)])
        for change in sent:
            if change.write.id in gone:
                outcomes[change.number] = no_more(change.write)
            elif isinstance(change.write, Delete) and isinstance(outcomes[change.number], Written):
                outcomes[change.number] = Written(change.write.id, None)
        return outcomes

    def _gone(self, name: str, doubtful: Sequence[Change]) -> set[str]:
        ids = {change.write.id for change in doubtful}
        found = self._reader.read(name, sorted(ids)) if ids else []
        return ids - {record.id for record in found if not record.gone}

    # --- answers -----------------------------------------------------------------------------------------------------

    def _outcome(self, name: str, answer: Mapping[str, Any], again: bool) -> Outcome:
        """Raises what concerns the whole connection.

        Trouble with one record is looked at afresh, like a lost race. When it comes `again`, the record parks, so that
        one that QuickBooks cannot digest holds up no other; by then it is known that the create did not land.
        """
        if name in answer:
            return Written(str(answer[name]["Id"]), answer[name].get("SyncToken"))
        if "Fault" not in answer:
            return Stale("QuickBooks gave no answer for this record.", detail="missing in the answer to a batch")
        fault = read_fault(answer["Fault"])
        error = error_of(fault, field=self._field(name, fault.at))
        if isinstance(error, Disconnected | Misconfigured | RateLimited):
            raise error
        if isinstance(error, Transient) and not isinstance(error, Stale):
            parks = again and fault.code != STILL_BUSY
            return (Rejected if parks else Stale)(error.for_user, remedy=error.remedy, detail=error.detail)
        return error


def without_asking(change: Change) -> Outcome | None:
    """What the record as it stands says already: it is gone, it was changed, or it is billed."""
    now, write = change.now, change.write
    if now is None or now.gone:
        return no_more(write)
    if write.version is not None and write.version != now.version:
        return Stale("Somebody changed the record in QuickBooks in the meantime.")
    if now.values.get("BillableStatus") == "HasBeenBilled":
        return Locked(
            "The time was already billed in QuickBooks.",
            remedy="Remove it from the invoice in QuickBooks first, or leave it as it is.",
        )
    return None


def _written(record: Record) -> Written:
    return Written(record.id, record.version)


def is_doubtful(change: Change, answers: Mapping[str, Mapping[str, Any]], outcomes: Outcomes) -> bool:
    """Whether the record may be gone: "not found" may also mean one it refers to, and a delete may be late."""
    fault = answers.get(str(change.number), {}).get("Fault")
    late = isinstance(change.write, Delete) and isinstance(outcomes[change.number], Stale)
    return late or (fault is not None and read_fault(fault).code == DELETED)


def no_more(write: Update | Delete) -> Outcome:
    """The outcome of changing what is gone already."""
    if isinstance(write, Delete):
        return Written(write.id, None)
    return Stale("The record was deleted in QuickBooks in the meantime.")

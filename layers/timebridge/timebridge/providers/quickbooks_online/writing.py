"""Writing to QuickBooks, thirty records a call.

A create is kept from happening twice by two guards. The first is Intuit's: the same request id with the same item id
gets the first answer again. How long it is remembered is not documented, so before anything is sent again we look for
it ourselves: by the marker in its text, or, where the server keeps names unique, by the name it then says is taken.
What is found is not sent; the rest goes out under the ids it had, so that either guard alone would do. A name that
somebody else has is no obstacle (see `taken`).
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import groupby
from typing import Any
from uuid import uuid4

from timebridge.changes import chunks
from timebridge.errors import Disconnected, Locked, Misconfigured, RateLimited, Rejected, Stale, SyncError, Transient
from timebridge.providers.quickbooks_online import numbers, taken
from timebridge.providers.quickbooks_online.bodies import Change, item_of, must_read, new_record
from timebridge.providers.quickbooks_online.client import BATCH, Client
from timebridge.providers.quickbooks_online.faults import DELETED, NAME_TAKEN, STILL_BUSY, error_of, read_fault, traced
from timebridge.providers.quickbooks_online.markers import marker_of
from timebridge.providers.quickbooks_online.reading import Reader
from timebridge.providers.quickbooks_online.removing import billed, obstacle, voided
from timebridge.providers.quickbooks_online.shapes import Shape, shape_of
from timebridge.providers.quickbooks_online.transactions import is_void
from timebridge.records import Record
from timebridge.sides import Create, Delete, Update, Write, Written

type Outcome = Written | SyncError
type Outcomes = dict[int, Outcome]
type Body = Mapping[str, Any]
type Answers = Mapping[str, Mapping[str, Any]]


class Writer:
    """`field` gives our name for a property (of an object) that QuickBooks complains about. `voids`: the objects that
    are voided instead of deleted."""

    def __init__(
        self,
        client: Client,
        reader: Reader,
        field: Callable[[str, str], str | None],
        voids: Collection[str] = (),
    ) -> None:
        self._client = client
        self._reader = reader
        self._field = field
        self._voids = voids

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
        wanted = dict(creates)
        bodies = {number: new_record(create, shape) for number, create in creates if number not in outcomes}
        if shape.named:
            repeated = {number: body for number, body in bodies.items() if wanted[number].repeated}
            outcomes |= taken.landed(self._reader, name, repeated)
        left = [number for number in bodies if number not in outcomes]
        for step in taken.STEPS if shape.named else taken.STEPS[:1]:
            if not left:
                break
            tried = {number: taken.under(bodies[number], step) for number in left}
            done, refused = self._sent(name, taken.request_of(request, step), wanted, tried)
            outcomes |= done
            outcomes |= (known := taken.settled(self._reader, name, wanted, refused))
            left = [number for number in refused if number not in known]
        return outcomes

    def _sent(
        self, name: str, request: str, creates: Mapping[int, Create], bodies: Mapping[int, Body]
    ) -> tuple[Outcomes, dict[int, Body]]:
        """What came of each, and those whose name is taken."""
        items = [{"bId": creates[n].item, "operation": "create", name: body} for n, body in bodies.items()]
        answers = self._client.batch(items, request) if items else {}
        found = {number: answers.get(creates[number].item, {}) for number in bodies}
        outcomes = {n: self._outcome(name, answer, again=creates[n].repeated) for n, answer in found.items()}
        numbered = {n: bodies[n] for n, answer in found.items() if numbers.is_taken(answer, shape_of(name))}
        if numbered:
            outcomes |= self._numbered(name, request, creates, numbered)
        return outcomes, {n: bodies[n] for n, answer in found.items() if _is_taken(answer) and taken.NAMED in bodies[n]}

    def _numbered(self, name: str, request: str, creates: Mapping[int, Create], bodies: Mapping[int, Body]) -> Outcomes:
        """Of creates whose number is taken: those that are there already, and those that may have it once more."""
        shape = shape_of(name)
        outcomes: Outcomes = {}
        free: dict[int, Body] = {}
        holders = self._reader.read(name, [str(body[numbers.NUMBER]) for body in bodies.values()], numbers.NUMBER)
        for number, body in bodies.items():
            there, may = numbers.own(holders, body[numbers.NUMBER], creates[number].record, shape)
            if there is not None:
                outcomes[number] = _written(there)
            elif may:
                free[number] = body
        items = [
            {"bId": creates[n].item, "operation": "create", "optionsData": numbers.ALLOWED, name: body}
            for n, body in free.items()
        ]
        answers = self._client.batch(items, f"{request}-n") if items else {}
        return outcomes | {n: self._outcome(name, answers.get(creates[n].item, {}), again=True) for n in free}

    def _landed(self, name: str, shape: Shape, repeated: Sequence[Create]) -> dict[str, Record]:
        """What an earlier attempt left behind, by the id of our record."""
        days = sorted(str(day) for create in repeated if (day := create.values.get("TxnDate")))
        if not days or shape.marked is None:
            return {}
        text, _ = shape.marked
        wanted = {create.record for create in repeated}
        rows = [row for row in self._reader.between(name, "TxnDate", days[0], days[-1]) if not _is_void(row)]
        return {record: row for row in rows if (record := marker_of(row.values.get(text))) in wanted and record}

    # --- change ------------------------------------------------------------------------------------------------------

    def _change(self, name: str, changes: Sequence[Change]) -> Outcomes:
        shape = shape_of(name)
        ids = [change.write.id for change in changes if must_read(change.write, shape)]
        found = {record.id: record for record in self._reader.stored(name, ids)} if ids else {}
        changes = [Change(change.number, change.write, found.get(change.write.id)) for change in changes]
        outcomes = {c.number: early for c in changes if c.write.id in ids and (early := without_asking(name, c))}
        left = [change for change in changes if change.number not in outcomes]
        void = [change for change in left if name in self._voids and isinstance(change.write, Delete)]
        outcomes |= {change.number: voided(self._client, name, change) for change in void}
        sent = [change for change in left if change not in void]
        items = [{"bId": str(change.number), **item_of(name, change, shape)} for change in sent]
        answers = self._renamed(name, items, self._client.batch(items, uuid4().hex)) if items else {}
        for change in sent:
            outcomes[change.number] = self._outcome(name, answers.get(str(change.number), {}), again=True)
        gone = self._gone(name, [change for change in left if is_doubtful(change, answers, outcomes)])
        for change in left:
            if change.write.id in gone:
                outcomes[change.number] = no_more(change.write)
            elif isinstance(change.write, Delete) and isinstance(outcomes[change.number], Written):
                outcomes[change.number] = Written(change.write.id, None)
        return outcomes

    def _renamed(self, name: str, items: Sequence[Mapping[str, Any]], answers: Answers) -> Answers:
        """The answers, after what could not have its new name got another one: which record it is, is decided."""
        for step in taken.STEPS[1:]:
            refused = [item for item in items if _is_taken(answers.get(item["bId"], {})) and taken.NAMED in item[name]]
            if not refused:
                break
            tried = [{**item, name: taken.under(item[name], step)} for item in refused]
            answers = {**answers, **self._client.batch(tried, uuid4().hex)}
        return answers

    def _gone(self, name: str, doubtful: Sequence[Change]) -> set[str]:
        ids = {change.write.id for change in doubtful}
        found = self._reader.stored(name, sorted(ids)) if ids else []
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
            said = "QuickBooks gave no answer for this record."
            return traced(Stale(said, detail="missing in the answer to a batch"), self._client.trace)
        fault = read_fault(answer["Fault"])
        error = error_of(fault, field=self._field(name, fault.at), trace=self._client.trace)
        if isinstance(error, Disconnected | Misconfigured | RateLimited):
            raise error
        if isinstance(error, Transient) and not isinstance(error, Stale):
            parks = again and fault.code != STILL_BUSY
            kind = Rejected if parks else Stale
            return traced(kind(error.for_user, remedy=error.remedy, detail=error.detail), error.trace)
        return error


def without_asking(name: str, change: Change) -> Outcome | None:
    """What the record as it stands says already: it is gone, it was changed, or it is billed."""
    now, write = change.now, change.write
    if now is None or now.gone:
        return no_more(write)
    if write.version is not None and write.version != now.version:
        return Stale("Somebody changed the record in QuickBooks in the meantime.")
    if what := billed(now.values):
        return Locked(
            f"{what} was already billed in QuickBooks.",
            remedy="Remove it from the invoice in QuickBooks first, or leave it as it is.",
        )
    return obstacle(name, change)


def _is_void(record: Record) -> bool:
    return is_void(record.values.get("TotalAmt"), record.values.get("PrivateNote"))


def _is_taken(answer: Mapping[str, Any]) -> bool:
    return "Fault" in answer and read_fault(answer["Fault"]).code == NAME_TAKEN


def _written(record: Record) -> Written:
    return Written(record.id, record.version)


def is_doubtful(change: Change, answers: Mapping[str, Mapping[str, Any]], outcomes: Outcomes) -> bool:
    """Whether the record may be gone: "not found" may also mean one it refers to, and a delete may be late."""
    fault = answers.get(str(change.number), {}).get("Fault")
    late = isinstance(change.write, Delete) and isinstance(outcomes[change.number], Stale)
    refused = not answers and isinstance(outcomes[change.number], Rejected)  # it was to be voided
    return late or refused or (fault is not None and read_fault(fault).code == DELETED)


def no_more(write: Update | Delete) -> Outcome:
    """The outcome of changing what is gone already."""
    if isinstance(write, Delete):
        return Written(write.id, None)
    return Stale("The record was deleted in QuickBooks in the meantime.")

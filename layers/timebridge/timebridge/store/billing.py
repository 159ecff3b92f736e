"""Invoices over what was worked: drafts are filled with entries that nobody has billed, each once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from itertools import batched
from typing import Any

from timebridge.errors import Missing, Rejected, Stale
from timebridge.records import Record
from timebridge.store.drafts import Draft, record_of
from timebridge.store.records import Workspace
from timebridge.store.rows import Rows
from timebridge.store.tables import RecordItem
from timebridge.workspace import accounting, kinds, validation
from timebridge.workspace.kinds import KINDS

TOGETHER = 90
"""Entries that are billed in one transaction, besides the invoice."""

ATTEMPTS = 8
"""How often the entries are read again because somebody else changed or billed some of them."""

CREDITED_ALIKE = ("client", "project", "currency", "exchange_rate", "tax_code", "class", "department")
"""What a credit has from the invoice that it takes something off."""

type Line = tuple[str, RecordItem]
"""Kind and item of an entry."""


@dataclass(frozen=True, slots=True)
class Bill:
    """`added`: how many entries were put on it now; `unpriced`: ids of billable ones that no rate puts a value on."""

    invoice: Record
    added: int
    unpriced: tuple[str, ...] = ()


class Billing:
    """The invoices of one tenant."""

    def __init__(self, tenant: str, actor: str) -> None:
        self._space = Workspace(tenant, actor)
        self._rows = Rows(tenant)

    def draft(self, project: str, values: Mapping[str, Any], expenses: bool = True) -> Bill:
        """The open draft of a project with everything that is approved, billable and not billed yet.

        `values`: what a new draft gets (date, due date, number, notes). Asked again, it answers with the same draft.
        Raises Missing, and Rejected when there is nothing to bill.
        """
        owner = self._space.get("project", project)
        if owner is None:
            raise Missing("There is no such project.", remedy="Check the id.", field="project", record=project)
        kinds = accounting.BILLED if expenses else accounting.BILLED[:1]
        invoice, added = self._open_draft(owner), 0
        for _ in range(ATTEMPTS):
            lines, unpriced = self._unbilled(project, kinds)
            if not lines:
                return self._whole(invoice, added, unpriced, project)
            invoice = invoice or self._begun(owner, values, lines)
            added += self._filled(invoice, lines)
        raise Stale("The entries keep changing while they are billed.", remedy="Try again.", record=project)

    def lines(self, invoice: str) -> list[tuple[str, Record]]:
        """The entries that an invoice bills, with their kinds."""
        item = self._space.stored("invoice", [invoice]).get(invoice)
        found = self._billed_on(item) if item else []
        return [(kind, record_of(kind, line)) for kind, line in found]

    def void(self, invoice: str, revision: int | str | None = None) -> Record:
        """Raises Missing, Stale, Locked while there are payments. What it billed may be billed again, and reopened.

        Asked again, it goes on with what a crash left undone.
        """
        record = self._space.void(invoice, revision)
        for _ in range(ATTEMPTS):
            left = self._billed_on(self._space.stored("invoice", [invoice])[invoice])
            if not left:
                return record
            for some in batched(left, TOGETHER, strict=False):
                self._space.write_together([_marked(kind, item, None) for kind, item in some])
        raise Stale("The entries keep changing while they are released.", remedy="Void it again.", record=invoice)

    def credit(self, invoice: str, values: Mapping[str, Any]) -> Record:
        """A draft of a credit, which takes off what an invoice that is out billed too much.

        `values`: date, amount (what is open of the invoice without one), number, notes. Raises Missing, and Rejected
        for more than the invoice is over, or when it is not out.
        """
        found = self._space.get("invoice", invoice)
        if found is None:
            raise Missing("There is no such invoice.", remedy="Check the id.", field="id", record=invoice)
        clean = validation.validate("invoice", values, partial=True, by_people=True)
        amount = found.values["balance"] if clean.get("amount") is None else clean["amount"]
        accounting.refuse_credit(found.values, amount, self._credited(found))
        same = {name: found.values.get(name) for name in CREDITED_ALIKE}
        whole = validation.validate("invoice", {**same, **clean, "amount": amount})
        made = Draft(kinds.new_id("invoice"), None, {**whole, "credits": invoice})
        self._space.write_together([("invoice", made)])
        return record_of("invoice", self._space.stored("invoice", [made.id])[made.id])

    def _credited(self, invoice: Record) -> Decimal:
        """What credits take off an invoice already."""
        match, client = {"credits": invoice.id}, str(invoice.values["client"])
        total, start, more = accounting.NOTHING, None, True
        while more:
            found, start = self._space.page("invoice", start=start, parent=client, match=match)
            total += sum((each.values["amount"] for each in found if each.values["status"] != "void"), Decimal())
            more = start is not None
        return total

    # --- filling -----------------------------------------------------------------------------------------------------

    def _open_draft(self, project: Record) -> Record | None:
        """A draft that bills entries already; one that somebody writes by hand is left alone."""
        match = {"project": project.id, "status": "draft"}
        start: str | None = None
        while True:
            found, start = self._space.page("invoice", start=start, parent=project.values["client"], match=match)
            ready = next((record for record in found if record.values["lines"] is not None), None)
            if ready or start is None:
                return ready

    def _begun(self, project: Record, values: Mapping[str, Any], lines: Sequence[Line]) -> Record:
        """A new draft, known by the first entry it bills: who asks at the same moment gets the same one."""
        _, first = min(lines, key=lambda line: line[1].sk)
        id = f"{KINDS['invoice'].prefix}_{sha256(f'{first.sk}#{int(first.revision)}'.encode()).hexdigest()[:24]}"
        whose = {"client": project.values["client"], "project": project.id}
        try:
            return self._space.create("invoice", {**values, **whose}, id)
        except Stale:
            found = self._space.get("invoice", id)
            if found is None:
                raise
            return found

    def _filled(self, invoice: Record, lines: Sequence[Line]) -> int:
        """How many of the entries were put on the invoice before somebody interfered."""
        added = 0
        for some in batched(lines, TOGETHER, strict=False):
            item = self._space.stored("invoice", [invoice.id])[invoice.id]
            if item.data["status"] != "draft" or item.archived:
                raise Stale("The draft was finalised meanwhile.", remedy="Try again.", record=invoice.id)
            amount = sum((line.data["amount"] for _, line in some), item.data.get("amount") or accounting.NOTHING)
            count = (item.data.get("lines") or 0) + len(some)
            whole = Draft(item.sk, item, {**item.data, "amount": amount, "lines": count})
            marked = [_marked(kind, line, invoice.id) for kind, line in some]
            if not self._space.write_together([("invoice", whole), *marked]):
                break
            added += len(some)
        return added

    def _whole(self, invoice: Record | None, added: int, unpriced: tuple[str, ...], project: str) -> Bill:
        if invoice is None:
            remedy = "Approve billable entries first."
            if unpriced:
                remedy = f"{len(unpriced)} approved entries have no rate: reopen them, give them one, and approve them."
            raise Rejected("There is nothing to bill on this project.", remedy=remedy, field="project", record=project)
        found = self._space.get("invoice", invoice.id)
        assert found is not None
        return Bill(found, added, unpriced)

    # --- entries -----------------------------------------------------------------------------------------------------

    def _unbilled(self, project: str, kinds: Iterable[str]) -> tuple[list[Line], tuple[str, ...]]:
        found = [line for line in self._entries(project, kinds) if _is_billable(line[1])]
        priced = [line for line in found if line[1].data.get("amount") is not None]
        return priced, tuple(item.sk for _, item in found if item.data.get("amount") is None)

    def _billed_on(self, invoice: RecordItem) -> list[Line]:
        project = invoice.data.get("project")
        if not project:
            return []
        entries = self._entries(project, accounting.BILLED)
        return [line for line in entries if line[1].data.get("invoice") == invoice.sk]

    def _entries(self, project: str, kinds: Iterable[str]) -> Iterator[Line]:
        """As they are stored: the index that lists them is slightly behind."""
        for kind in kinds:
            listed = RecordItem.by_parent.query(self._rows.below(kind, "project", project))
            ids = [item.sk for item in listed if item.data.get("status") == "approved"]
            yield from ((kind, item) for item in self._space.stored(kind, ids).values() if not item.archived)


def _is_billable(item: RecordItem) -> bool:
    """What came from the books is billed there."""
    found = item.data
    free = not found.get("invoice") and not found.get("from_books")
    return found["status"] == "approved" and bool(found.get("billable")) and free


def _marked(kind: str, item: RecordItem, invoice: str | None) -> tuple[str, Draft]:
    return kind, Draft(item.sk, item, {**item.data, "invoice": invoice})

"""What a record takes over from those it refers to when it is written: names, rates, the project of an invoice."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from timebridge.errors import Rejected
from timebridge.flows import lines_of, lines_text
from timebridge.records import Value
from timebridge.store import expense_reports
from timebridge.store.drafts import Draft, Outcome
from timebridge.store.rows import Rows
from timebridge.store.tables import RecordItem
from timebridge.workspace import accounting

type Found = Mapping[tuple[str, str], Mapping[str, Any]]
"""The values of records, by kind and id."""

MOST_PAID = 24
"""Invoices of one payment: those it paid before and those it pays now are written in one transaction with it, and so
are their projects."""

PRICED = ("project", "staff", "labour_code")


def completed(tenant: str, kind: str, drafts: Sequence[Outcome]) -> list[Outcome]:
    """The drafts with what they take over. What they refer to and is not there is left out: it is refused later."""
    complete = _COMPLETE.get(kind)
    return complete(tenant, drafts) if complete else list(drafts)


def _entries(tenant: str, drafts: Sequence[Outcome]) -> list[Outcome]:
    fresh = {id(draft): draft for draft in drafts if isinstance(draft, Draft) and _needs_price(draft)}
    found = _read(tenant, PRICED, [draft.values for draft in fresh.values()])
    rates = _assigned(tenant, {str(draft.values["project"]) for draft in fresh.values()})
    return [
        replace(draft, values=_priced(draft.values, found, rates))
        if id(draft) in fresh and isinstance(draft, Draft)
        else draft
        for draft in drafts
    ]


def _needs_price(draft: Draft) -> bool:
    before = draft.before.data if draft.before and not draft.before.archived else None
    return not draft.archived and accounting.needs_price(before, draft.values)


def _priced(values: Mapping[str, Value], found: Found, rates: Mapping[tuple[str, str], Value]) -> dict[str, Value]:
    staff = found.get(("staff", str(values["staff"])), {})
    others = [found.get((kind, str(values.get(kind))), {}).get("rate") for kind in ("project", "labour_code", "staff")]
    assigned = rates.get((str(values["project"]), str(values["staff"])))
    price = accounting.price(values, [assigned, *others], staff.get("cost_rate"))
    return {**values, **price, "staff_name": staff.get("name")}


def _assigned(tenant: str, projects: Iterable[str]) -> dict[tuple[str, str], Value]:
    """The rates that people have on these projects, by project and person."""
    rates: dict[tuple[str, str], Value] = {}
    rows = Rows(tenant)
    for project in projects:
        for item in RecordItem.by_parent.query(rows.below("assignment", "project", project)):
            if item.data.get("rate") is not None and item.data.get("active") is not False:
                rates[project, item.data["staff"]] = item.data["rate"]
    return rates


def _assignments(tenant: str, drafts: Sequence[Outcome]) -> list[Outcome]:
    fresh = [draft for draft in drafts if isinstance(draft, Draft) and _needs_name(draft)]
    found = _read(tenant, ("staff",), [draft.values for draft in fresh])
    return [_named(draft, found) if draft in fresh and isinstance(draft, Draft) else draft for draft in drafts]


def _needs_name(draft: Draft) -> bool:
    moved = draft.before is not None and draft.before.data.get("staff") != draft.values["staff"]
    return moved or "staff_name" not in draft.values


def _named(draft: Draft, found: Found) -> Draft:
    name = found.get(("staff", str(draft.values["staff"])), {}).get("name")
    return replace(draft, values={**draft.values, "staff_name": name})


def _payments(tenant: str, drafts: Sequence[Outcome]) -> list[Outcome]:
    fresh = [draft for draft in drafts if isinstance(draft, Draft)]
    paid = [{"invoice": id} for draft in fresh for id in _paid_by(draft.values)]
    found = _read(tenant, ("invoice",), paid)
    return [_applied(draft, found) if isinstance(draft, Draft) else draft for draft in drafts]


def _paid_by(values: Mapping[str, Value]) -> list[str]:
    """The invoices that a payment pays: one here, several where it came from the books."""
    applied = [str(line["invoice"]) for line in lines_of(values.get("applied"))]
    return applied or [str(values["invoice"])] * bool(values.get("invoice"))


def _applied(draft: Draft, found: Found) -> Outcome:
    """A payment counts for the projects of its invoices. Refuses one for an invoice that is not out, or not theirs."""
    ids = [id for id in _paid_by(draft.values) if ("invoice", id) in found]
    if not ids or draft.archived:
        return draft
    if len(ids) > MOST_PAID:
        said, remedy = f"This payment pays more than {MOST_PAID} invoices.", "Split it, or mark them as paid by hand."
        return Rejected(said, remedy=remedy, field="applied", record=draft.id)
    refused = next((error for id in ids if (error := _not_payable(draft, found["invoice", id]))), None)
    return refused or replace(draft, values={**draft.values, **_counted(draft.values, ids, found)})


def _not_payable(draft: Draft, invoice: Mapping[str, Any]) -> Rejected | None:
    if invoice["status"] != "final":
        remedy = "Finalise it first." if invoice["status"] != "void" else "Choose another invoice."
        return Rejected(f"This invoice is {invoice['status']}.", remedy=remedy, field="invoice", record=draft.id)
    if invoice["client"] != draft.values["client"]:
        remedy = "Choose an invoice of the client who pays."
        return Rejected("This invoice is another client's.", remedy=remedy, field="invoice", record=draft.id)
    return None


def _counted(values: Mapping[str, Value], ids: Sequence[str], found: Found) -> dict[str, Value]:
    """The project of the one invoice; of several, how much is paid for the project of each."""
    [invoice, project] = [ids[0], found["invoice", ids[0]].get("project")] if len(ids) == 1 else [None, None]
    if not values.get("applied"):
        return {"project": project}
    shares = [
        {"project": place, "amount": line["amount"]}
        for line in lines_of(values["applied"])
        if (place := found.get(("invoice", line["invoice"]), {}).get("project"))
    ]
    return {"invoice": invoice, "project": project, "applied_to": lines_text(shares) if shares else None}


_COMPLETE: dict[str, Callable[[str, Sequence[Outcome]], list[Outcome]]] = {
    "time_entry": _entries,
    "assignment": _assignments,
    "payment": _payments,
    "expense": expense_reports.expenses,
}


def _read(tenant: str, kinds: Iterable[str], some: Sequence[Mapping[str, Value]]) -> dict[tuple[str, str], Any]:
    wanted: defaultdict[str, set[str]] = defaultdict(set)
    for values in some:
        for kind in kinds:
            if values.get(kind):
                wanted[kind].add(str(values[kind]))
    rows = Rows(tenant)
    keys = [(rows.of(kind), id) for kind, ids in wanted.items() for id in sorted(ids)]
    items = RecordItem.batch_get(keys, consistent_read=True) if keys else []
    return {(item.pk.rpartition("#")[2], item.sk): item.data for item in items}

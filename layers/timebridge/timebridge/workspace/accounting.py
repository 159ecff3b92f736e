"""What entries, invoices and payments come to: prices, totals, and what follows from them."""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from timebridge.errors import Locked, Rejected
from timebridge.flows import lines_of
from timebridge.records import Value

CENT = Decimal("0.01")
NOTHING = Decimal("0.00")

COUNTED = ("submitted", "approved")
"""Entries with these statuses count in the totals of their project."""

TOTALS = {
    "project": (
        "hours_total",
        "fees_total",
        "cost_total",
        "expenses_total",
        "recharged_total",
        "invoiced_total",
        "paid_total",
    ),
    "invoice": ("paid_total",),
    "expense_report": ("amount",),
}
"""By kind: the sums kept on it, exact at any moment. Fees are the value of billable hours, cost is what they cost us,
recharged are the billable ones among the expenses."""

PRICED_BY = ("project", "staff", "labour_code", "hours", "rate", "billable")
"""What the price of an entry depends on."""

TAKEN_BACK = "held"
"""`posted_to` of an invoice that a person took out of the books."""

IN_BOOKS = (
    "posted_number",
    "posted_due_date",
    "posted_tax",
    "posted_total",
    "posted_balance",
    "posted_rate",
    "posted_home_total",
)
"""What the books made of an invoice that is in them."""

BILLED = ("time_entry", "expense")
"""Kinds that an invoice bills."""


type Totals = dict[tuple[str, str], dict[str, Decimal]]
"""By kind and id of a record: how much is added to which of its totals."""


def totals_of(kind: str, values: Mapping[str, Any]) -> Totals:
    """What a record adds to the totals of others. Each kind says itself whether it counts yet."""
    found = _ADDED[kind](values) if kind in _ADDED else {}
    return {key: sums for key, sums in found.items() if key[1]}


def _by_time(values: Mapping[str, Any]) -> Totals:
    if values.get("status") not in COUNTED:
        return {}
    sums = {"hours_total": "hours", "fees_total": "amount", "cost_total": "cost"}
    return {("project", values["project"]): {total: _number(values, name) for total, name in sums.items()}}


def _by_expense(values: Mapping[str, Any]) -> Totals:
    amount = _number(values, "amount")
    report: Totals = {("expense_report", values.get("report") or ""): {"amount": amount}}
    if values.get("status") not in COUNTED:
        return report
    recharged = amount if values.get("billable") else NOTHING
    return {**report, ("project", values["project"]): {"expenses_total": amount, "recharged_total": recharged}}


def _by_invoice(values: Mapping[str, Any]) -> Totals:
    """A credit takes off what an invoice put on."""
    if values.get("status") != "final":
        return {}
    amount = _number(values, "amount")
    return {("project", values.get("project") or ""): {"invoiced_total": -amount if values.get("credits") else amount}}


def _by_payment(values: Mapping[str, Any]) -> Totals:
    """One that came from the books may pay several invoices; what it pays nothing with counts nowhere."""
    if not values.get("applied"):
        paid = {"paid_total": _number(values, "amount")}
        return {("project", values.get("project") or ""): paid, ("invoice", values.get("invoice") or ""): paid}
    found: Totals = {}
    for kind, lines in (("invoice", values["applied"]), ("project", values.get("applied_to"))):
        for line in lines_of(lines):
            sums = found.setdefault((kind, line[kind]), {"paid_total": NOTHING})
            sums["paid_total"] += Decimal(line["amount"])
    return found


_ADDED = {"time_entry": _by_time, "expense": _by_expense, "invoice": _by_invoice, "payment": _by_payment}


def _number(values: Mapping[str, Any], name: str) -> Decimal:
    found = values.get(name)
    return found if isinstance(found, Decimal) else NOTHING


def difference(before: Totals, after: Totals) -> Totals:
    """What has to be added so that `before` becomes `after`; nothing where nothing changes."""
    changes: Totals = {}
    for key in before.keys() | after.keys():
        old, new = before.get(key, {}), after.get(key, {})
        sums = {name: new.get(name, NOTHING) - old.get(name, NOTHING) for name in old.keys() | new.keys()}
        changes[key] = {name: change for name, change in sums.items() if change}
    return {key: sums for key, sums in changes.items() if sums}


# --- prices ----------------------------------------------------------------------------------------------------------


def needs_price(before: Mapping[str, Any] | None, values: Mapping[str, Any]) -> bool:
    """An entry is priced when it is entered, changed or submitted; from then on later changes of rates pass it by."""
    if before is None:
        return True
    submitted = values.get("status") == "submitted" and before.get("status") != "submitted"
    return submitted or any(before.get(name) != values.get(name) for name in PRICED_BY)


def price(values: Mapping[str, Any], rates: list[Value], cost_rate: Value) -> dict[str, Value]:
    """The entry's own rate comes first, then the first of `rates` that is there; what is not billable is worth 0."""
    rate = next((each for each in (values.get("rate"), *rates) if each is not None), None)
    amount = _times(values, rate) if values.get("billable") else NOTHING
    return {"charged_rate": rate, "amount": amount, "cost": _times(values, cost_rate)}


def _times(values: Mapping[str, Any], rate: Value) -> Value:
    return (_number(values, "hours") * rate).quantize(CENT, ROUND_HALF_UP) if isinstance(rate, Decimal) else None


# --- what follows ----------------------------------------------------------------------------------------------------


def derived(kind: str, values: Mapping[str, Any]) -> dict[str, Value]:
    """Values that are never stored, because they follow from others."""
    return _DERIVED[kind](values) if kind in _DERIVED else {}


def _of_project(values: Mapping[str, Any]) -> dict[str, Value]:
    spent = _number(values, "fees_total") + _number(values, "expenses_total")
    return {
        "budget_used": _percent(spent, values.get("budget")),
        "budget_hours_used": _percent(_number(values, "hours_total"), values.get("budget_hours")),
    }


def _percent(used: Decimal, budget: Value) -> Value:
    """Nothing used yet is no share at all."""
    if not used or not isinstance(budget, Decimal) or not budget:
        return None
    return (100 * used / budget).quantize(CENT, ROUND_HALF_UP)


def _of_time(values: Mapping[str, Any]) -> dict[str, Value]:
    return {"state": "invoiced" if values.get("invoice") else values.get("status")}


def _of_invoice(values: Mapping[str, Any]) -> dict[str, Value]:
    """What is open: of what the books made of it, tax included, as long as it is in the books."""
    if values.get("status") == "void" or values.get("credits"):
        return {"balance": NOTHING}
    taken_back = values.get("posted_to") == TAKEN_BACK
    total = None if taken_back else values.get("posted_total")
    open = (_number(values, "amount") if total is None else total) - _number(values, "paid_total")
    if values.get("from_books") and values.get("posted_balance") is not None:
        open = values["posted_balance"]  # its payments stayed in the books
    return {"balance": open, **(dict.fromkeys(IN_BOOKS) if taken_back else {})}


def _of_payment(values: Mapping[str, Any]) -> dict[str, Value]:
    if values.get("applied"):
        used = sum((Decimal(line["amount"]) for line in lines_of(values["applied"])), NOTHING)
        return {"balance": max(_number(values, "amount") - used, NOTHING)}
    return {"balance": NOTHING if values.get("invoice") else _number(values, "amount")}


_DERIVED = {"project": _of_project, "time_entry": _of_time, "invoice": _of_invoice, "payment": _of_payment}


# --- refusals --------------------------------------------------------------------------------------------------------

OF_LINES = ("client", "project", "amount")
"""What an invoice has from the entries it bills."""


def refuse_lines(values: Mapping[str, Any], patch: Mapping[str, Any]) -> None:
    """Raises Rejected where a patch would make an invoice differ from what it bills."""
    for name in OF_LINES:
        if values.get("lines") and name in patch and patch[name] != values.get(name):
            raise Rejected(
                f"The {name} of this invoice comes from the entries it bills.",
                remedy="Void it, correct the entries, and bill them again.",
                field=name,
            )


def refuse_billed(values: Mapping[str, Any]) -> None:
    """Raises Locked for an entry that is on an invoice."""
    if values.get("invoice"):
        raise Locked(
            "This entry is on an invoice.", remedy=f"Void the invoice {values['invoice']} first.", field="invoice"
        )


def refuse_paid(values: Mapping[str, Any]) -> None:
    """Raises Locked for an invoice on which something was paid."""
    if values.get("paid_total"):
        raise Locked(
            "Payments are recorded on this invoice.", remedy="Archive those payments first.", field="paid_total"
        )


def refuse_credit(values: Mapping[str, Any], amount: Value, already: Decimal = NOTHING) -> None:
    """Raises Rejected where nothing can be taken off an invoice, or not so much. `already`: what other credits take."""
    if values.get("status") != "final" or values.get("credits"):
        remedy = "Void it instead." if values.get("status") != "final" else "Choose the invoice that it takes off."
        raise Rejected("Only an invoice that is out is credited.", remedy=remedy, field="status")
    most = _number(values, "amount") - already
    if not isinstance(amount, Decimal) or not 0 < amount <= most:
        raise Rejected(
            f"The credit {amount} does not fit an invoice of which {most} can be taken off.",
            remedy="Give an amount above nothing, and no more than that.",
            field="amount",
        )

"""What whoever looks spent: loose expenses, reports, and handing them in."""

from decimal import Decimal, InvalidOperation
from typing import Any

from timebridge.console.screens import Answer, Refused, Screens, Visit, part
from timebridge.console.screens.my_time import CODES, chosen, nobody, place_of, places_found, refusals, today

screens = Screens("expenses")

EMPTY = {"amount": None, "expense_code": None, "notes": None}
AMOUNT = "Write the amount like 12.50."


@screens.get("/<tenant>/time/expenses")
def my_expenses(visit: Visit, tenant: str) -> Answer:
    me = visit.me["staff"]
    if me is None:
        return nobody(visit)
    loose = visit.api.get("spending", part="loose", staff=me, start=visit.query.get("start"), limit=50)
    reports = visit.api.get("spending", part="reports", staff=me, limit=20)
    shown = {"loose": loose, "reports": reports["items"], "today": today(visit), "me": me}
    return visit.page("time/expenses.html", title="My expenses", **shown)


@screens.get("/<tenant>/time/expenses/new")
def new_expense(visit: Visit, tenant: str) -> Answer:
    return nobody(visit) if visit.me["staff"] is None else _form(visit, None, {})


@screens.get("/<tenant>/time/expenses/<expense>")
def show_expense(visit: Visit, tenant: str, expense: str) -> Answer:
    return _form(visit, _found(visit, expense), {})


def _found(visit: Visit, id: str) -> dict[str, Any]:
    """Raises Refused for one that is not there."""
    found: list[dict[str, Any]] = visit.api.get("spending", id=id)["items"]
    return found[0] if found else visit.api.get(f"expenses/{part(id)}")


def _form(visit: Visit, record: dict[str, Any] | None, errors: dict[str, str], status: int = 200) -> Answer:
    values = record["values"] if record else {"date": today(visit), "billable": True}
    form = visit.form
    typed = {**EMPTY, **values, **{name: form[name] for name in form}}
    shown = {
        "expense": record,
        "locked": record and ("It was taken away." if record["archived"] else record["locked"]),
        "names": record["names"] if record else {},
        "typed": typed | ({"billable": form.is_on("billable")} if form else {}),
        "errors": errors,
        "codes": _codes(visit),
        **places_found(visit, [], "project"),
    }
    title = "Expense" if record else "New expense"
    return visit.page("time/expense.html", title=title, status=status, **shown)


def _codes(visit: Visit) -> list[tuple[str, str]]:
    codes = visit.api.get("expense-codes", limit=CODES)["items"]
    return [("", "None")] + [(code["id"], code["values"]["name"]) for code in codes]


@screens.post("/<tenant>/time/expenses")
def add_expense(visit: Visit, tenant: str) -> Answer:
    try:
        values = _values(visit) | {"staff": visit.me["staff"]}
        visit.api.post("expenses", {name: value for name, value in values.items() if value is not None})
    except InvalidOperation:
        return _form(visit, None, {"amount": AMOUNT}, 422)
    except Refused as error:
        return _form(visit, None, {"": f"{error.detail} {error.remedy}", **error.errors}, 422)
    return visit.back_to("time/expenses", said="The expense is added. Submit it when it is complete.")


def _values(visit: Visit) -> dict[str, Any]:
    """Raises InvalidOperation for an amount that is none."""
    form = visit.form
    amount = form.get("amount").replace(",", ".")
    project = place_of(form.get("place")).get("project")
    return {
        **({"project": project} if project else {}),
        "date": form.get("date"),
        "amount": float(Decimal(amount)) if amount else None,
        "expense_code": form.get("expense_code") or None,
        "notes": form.get("notes") or None,
        "billable": form.is_on("billable"),
    }


@screens.post("/<tenant>/time/expenses/submit")
def submit_expenses(visit: Visit, tenant: str) -> Answer:
    """Those that were ticked, or put into a report first."""
    ids = visit.form.all("tick")
    if not ids:
        return visit.back_to("time/expenses", problem="Tick the expenses first.")
    if visit.form.get("then") == "gather":
        made = visit.api.post("expense-reports/gather", {"ids": ids})["items"]
        return visit.back_to("time/expenses", said=f"{len(made)} report made. Submit it when it is complete.")
    found = visit.api.post("expenses/submit", {"entries": [{"id": id} for id in ids]})
    return visit.back_to("time/expenses", said=f"{found['done']} submitted.", problem=refusals(found))


@screens.post("/<tenant>/time/expenses/reports/<report>")
def submit_report(visit: Visit, tenant: str, report: str) -> Answer:
    record = visit.api.get(f"expense-reports/{part(report)}")
    found = visit.api.post("expense-reports/submit", {"entries": chosen([record])})
    return visit.back_to("time/expenses", said="" if found["refused"] else "Submitted.", problem=refusals(found))


@screens.post("/<tenant>/time/expenses/<expense>")
def save_expense(visit: Visit, tenant: str, expense: str) -> Answer:
    path = f"expenses/{part(expense)}"
    try:
        visit.api.patch(path, {"values": _values(visit), "revision": _revision(visit)})
    except InvalidOperation:
        return _form(visit, _found(visit, expense), {"amount": AMOUNT}, 422)
    except Refused as error:
        errors = {name.removeprefix("values."): said for name, said in error.errors.items()}
        return _form(visit, _found(visit, expense), {"": f"{error.detail} {error.remedy}", **errors}, 422)
    return visit.back_to("time/expenses", said="The expense is saved.")


@screens.post("/<tenant>/time/expenses/<expense>/remove")
def remove_expense(visit: Visit, tenant: str, expense: str) -> Answer:
    visit.api.post(f"expenses/{part(expense)}/archive", {"revision": _revision(visit)})
    return visit.back_to("time/expenses", said="The expense is removed.")


def _revision(visit: Visit) -> int:
    said = visit.form.get("revision")
    return int(said) if said.isdecimal() else 0

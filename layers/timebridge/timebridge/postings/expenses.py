"""Expenses as the books see them: a report is a bill or a check, by whom it is owed to; a card expense is a charge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from timebridge.flows import lines_text
from timebridge.links import Link
from timebridge.postings.booking import booking
from timebridge.postings.closing import dated
from timebridge.postings.settings import Posting, choice, record_id
from timebridge.postings.spent import (
    BANK,
    CREDIT_CARD,
    PAYABLE,
    Blocked,
    Spent,
    department_of,
    spent_of,
    total_of,
)
from timebridge.postings.time import EMPLOYEE, VENDOR
from timebridge.records import Record

if TYPE_CHECKING:
    from timebridge.postings.composing import Desk

BILL, CHECK = "quickbooks_online.bill", "quickbooks_online.check"
CARD_CHARGE = "quickbooks_online.card_charge"
SETTINGS = "the settings of posting (expenses)"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpensePosting(Posting):
    """`post_as`: what the report of somebody becomes who is both an employee and a vendor; "by_person": it is asked for
    each report. Who is only one of them gets a check, or a bill. The accounts are ids of ours: `checking_account` pays
    checks, `payable_account` is what bills are booked against (without it: QuickBooks' own), `expense_account` takes
    what its expense code gives no account. `term`: of bills.
    """

    post_as: str = choice("by_person", "by_person", "bill", "check")
    checking_account: str | None = record_id()
    payable_account: str | None = record_id()
    expense_account: str | None = record_id()
    term: str | None = record_id()


@dataclass(frozen=True, slots=True)
class _People:
    """Who is what over there, and what their reports are in the books already."""

    vendors: dict[str, Link]
    employees: dict[str, Link]
    bills: dict[str, Link]
    checks: dict[str, Link]

    def may_be(self, staff: str) -> list[str]:
        known = (("bill", self.vendors), ("check", self.employees))
        return [name for name, linked in known if staff in linked]

    def is_in_books_as(self, report: str) -> str | None:
        known = (("bill", self.bills), ("check", self.checks))
        return next((name for name, posted in known if report in posted), None)


def compose_reports(desk: "Desk", records: Sequence[Record]) -> list[Record]:
    held = _by_report(desk.space.read("expense", [record.id for record in records], by="report"))
    return _reports(desk, records, held)


def would_be(desk: "Desk", loose: Sequence[Record]) -> list[Record]:
    """The reports that these expenses, which are in none, would be put into: one per person, as the books see them."""
    people: dict[str, list[Record]] = {}
    for expense in sorted(loose, key=lambda each: (each.values["date"], each.id)):
        people.setdefault(str(expense.values["staff"]), []).append(expense)
    reports = [_would_be(staff, some) for staff, some in people.items()]
    return _reports(desk, reports, {some[0].id: some for some in people.values()})


def _would_be(staff: str, some: Sequence[Record]) -> Record:
    """It goes by the id of its first expense."""
    asked = {name: some[0].values.get(name) for name in ("status", "post_as", "when_closed")}
    given = {"number": None, "notes": None, "posted_to": None}
    return Record(some[0].id, {"staff": staff, "date": some[-1].values["date"], **asked, **given})


def _reports(desk: "Desk", records: Sequence[Record], held: Mapping[str, Sequence[Record]]) -> list[Record]:
    posting: ExpensePosting = desk.posting("expenses")
    ids = [record.id for record in records]
    everything = [expense for some in held.values() for expense in some]
    spent = spent_of(desk, posting, everything, [posting.checking_account, posting.payable_account])
    staff = [record.values.get("staff") for record in records]
    people = _People(
        desk.linked(VENDOR, staff), desk.linked(EMPLOYEE, staff), desk.carried(BILL, ids), desk.carried(CHECK, ids)
    )
    return [_report(desk, record, posting, held.get(record.id, []), spent, people) for record in records]


def _by_report(expenses: Sequence[Record]) -> dict[str, list[Record]]:
    held: dict[str, list[Record]] = {}
    for expense in sorted(expenses, key=lambda each: (each.values["date"], each.id)):
        held.setdefault(str(expense.values["report"]), []).append(expense)
    return held


def _report(
    desk: "Desk",
    record: Record,
    posting: ExpensePosting,
    held: Sequence[Record],
    spent: Spent,
    people: _People,
) -> Record:
    values, staff = record.values, str(record.values.get("staff"))
    link = people.bills.get(record.id) or people.checks.get(record.id)
    when = dated(values, "date", posting, desk.company, link.base if link else None, verb="dated")
    is_now, (post_as, blocked) = people.is_in_books_as(record.id), _what_it_becomes(record, posting, people)
    blocked = blocked or _unfit_account(posting, spent, post_as) or _unfit_contents(held, spent)
    document = [spent.line(expense, str(values["date"])) for expense in held]
    composed = {
        **values,
        "post_as": post_as,
        "leaving": is_now if is_now != post_as else None,
        "vendor": staff if post_as == "bill" else None,
        "employee": staff if post_as == "check" else None,
        "payee_type": "Employee",
        "account": posting.checking_account if post_as == "check" else posting.payable_account,
        "term": posting.term,
        "department": department_of(spent, held, staff),
        "lines": lines_text(document),
        "booking": booking(map(spent.booked, document)),
        **_common(desk, blocked),
    }
    dates = {"date": when.day, "closed_through": when.closed_through, "notes": when.said(values.get("notes"), "dated")}
    return replace(record, values=composed | dates)


def _what_it_becomes(record: Record, posting: ExpensePosting, people: _People) -> tuple[str | None, Blocked | None]:
    """A person's choice for this report, else what it is already, else what the person's link or the settings say."""
    chosen, is_now = record.values.get("post_as"), people.is_in_books_as(record.id)
    may_be = people.may_be(str(record.values.get("staff")))
    wanted = chosen or is_now or (may_be[0] if len(may_be) == 1 else None)
    if wanted is None and posting.post_as in may_be:
        wanted = posting.post_as
    if wanted is None:
        return None, _undecided(may_be)
    if wanted not in may_be and wanted != is_now:
        who = "a vendor" if wanted == "bill" else "an employee"
        said = f"It is to be posted as a {wanted}, and the person is not {who} in QuickBooks."
        return str(wanted), Blocked(said, f"Link the person to {who}, or choose otherwise.", "post_as")
    return str(wanted), None


def _undecided(may_be: Sequence[str]) -> Blocked:
    if not may_be:
        said = "The person is neither an employee nor a vendor in QuickBooks."
        return Blocked(said, "Link the person to an employee or a vendor.", "staff")
    said = "The person is both an employee and a vendor in QuickBooks."
    return Blocked(said, f"Say for this report whether it is a bill or a check, or for all in {SETTINGS}.", "post_as")


def _unfit_account(posting: ExpensePosting, spent: Spent, post_as: str | None) -> Blocked | None:
    found: Blocked | None = None
    if post_as == "check" and posting.checking_account is None:
        remedy = f"Choose the checking account in {SETTINGS}."
        found = Blocked("No account is chosen that checks are paid from.", remedy, "checking_account")
    elif post_as == "check":
        found = spent.accounts.unfit(posting.checking_account, "checking_account", (BANK,))
    elif post_as == "bill":
        found = spent.accounts.unfit(posting.payable_account, "payable_account", (PAYABLE,))
    return found


def _unfit_contents(held: Sequence[Record], spent: Spent) -> Blocked | None:
    if not held:
        return Blocked("This report has no expenses.", "Put expenses into it.", "amount")
    if total_of(held) < 0:
        return Blocked("The report comes to less than nothing.", "Add what was spent, or leave it out.", "amount")
    return next((blocked for expense in held if (blocked := spent.blocked(expense))), None)


# --- cards -----------------------------------------------------------------------------------------------------------


def compose_expenses(desk: "Desk", records: Sequence[Record]) -> list[Record]:
    """Those that were paid by card. Of the others the books see nothing but their report: the one that they are in, or
    would be put into alone, which tells what keeps them back."""
    posting: ExpensePosting = desk.posting("expenses")
    cards = [record for record in records if record.values.get("card")]
    spent = spent_of(desk, posting, cards, [record.values["card"] for record in cards])
    posted = desk.carried(CARD_CHARGE, [record.id for record in cards])
    found = {record.id: _charge(desk, record, posting, spent, posted.get(record.id)) for record in cards}
    found |= _alone(desk, [record for record in records if record.id not in found])
    return [found[record.id] for record in records]


def _alone(desk: "Desk", loose: Sequence[Record]) -> dict[str, Record]:
    if not loose:
        return {}
    reports = [replace(record, values={"post_as": None, **record.values, "number": None}) for record in loose]
    seen = _reports(desk, reports, {record.id: [record] for record in loose})
    kept = ("blocked", "blocked_remedy", "blocked_field", "closed_through")
    return {
        record.id: replace(record, values={**record.values, **{name: as_report.values[name] for name in kept}})
        for record, as_report in zip(loose, seen, strict=True)
    }


def _charge(desk: "Desk", record: Record, posting: ExpensePosting, spent: Spent, link: Link | None) -> Record:
    values, amount = record.values, record.values.get("amount")
    when = dated(values, "date", posting, desk.company, link.base if link else None, verb="paid")
    blocked = spent.accounts.unfit(str(values["card"]), "card", (CREDIT_CARD,)) or spent.blocked(record)
    if not amount:
        blocked = Blocked("It has no amount.", "Enter one, or delete it.", "amount")
    document = [spent.line(record)]
    composed = {
        **values,
        "credit": isinstance(amount, Decimal) and amount < 0,
        "department": spent.dimensions.of(values)["department"],
        "lines": lines_text(document),
        "booking": booking(map(spent.booked, document)),
        **_common(desk, blocked),
    }
    dates = {"date": when.day, "closed_through": when.closed_through, "notes": when.said(values.get("notes"), "paid")}
    return replace(record, values=composed | dates)


def _common(desk: "Desk", blocked: Blocked | None) -> dict[str, Any]:
    company = desk.company
    several = company is not None and company.multi_currency
    return {
        "currency": company.currency if company is not None and several else None,
        "tax_mode": "NotApplicable" if company is not None and company.tax == "global" else None,
        "blocked": blocked.said if blocked else None,
        "blocked_remedy": blocked.remedy if blocked else None,
        "blocked_field": blocked.field if blocked else None,
    }

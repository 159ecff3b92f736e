"""What decided what is sent of expenses: what a report becomes, and what each of its lines is booked on."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from timebridge.postings.expenses import ExpensePosting
from timebridge.postings.explaining import Said
from timebridge.postings.spent import Spent, spent_of
from timebridge.records import Record

if TYPE_CHECKING:
    from timebridge.postings.composing import Desk

MOST = 100
"""Lines that are explained."""

WORDS = {
    "expense_item": ("item", "The expense code is an item in QuickBooks."),
    "item": ("expense code", "The expense code names the item."),
    "account": ("expense code", "The expense code names the account."),
}


def explain_report(desk: "Desk", report: Record, seen: Record) -> Iterator[Said]:
    posting: ExpensePosting = desk.posting("expenses")
    yield _becomes(posting, report, seen)
    yield from _lines(desk, posting, desk.space.read("expense", [report.id], by="report"))


def explain_expense(desk: "Desk", expense: Record, _seen: Record) -> Iterator[Said]:
    yield from _lines(desk, desk.posting("expenses"), [expense])


def _becomes(posting: ExpensePosting, report: Record, seen: Record) -> Said:
    becomes = seen.values.get("post_as")
    if report.values.get("post_as") is not None:
        return Said("post_as", becomes, "report", f"Somebody chose a {becomes} for this report.")
    if becomes is None:
        return Said("post_as", None, None, "Nothing says whether it is a bill or a check.")
    if becomes == posting.post_as:
        return Said("post_as", becomes, "default", f"The settings make it a {becomes}, or the person's link does.")
    whose = "a vendor" if becomes == "bill" else "an employee"
    return Said("post_as", becomes, "person", f"The person is {whose}.")


def _lines(desk: "Desk", posting: ExpensePosting, expenses: Sequence[Record]) -> Iterator[Said]:
    """Of each expense, oldest first: the account or item, and the class."""
    held = sorted(expenses, key=lambda each: (each.values["date"], each.id))[:MOST]
    spent = spent_of(desk, posting, held, [])
    for number, expense in enumerate(held, 1):
        yield _booked(spent, expense, number)
        chosen = spent.dimensions.chosen("class", expense.values)
        level = "expense" if chosen.level == "entry" else chosen.level
        words = f"Its class comes from the {level}." if level else "No class is sent."
        yield Said(f"line {number}: class", chosen.value, level, words)


def _booked(spent: Spent, expense: Record, number: int) -> Said:
    [(key, id)] = spent.booked_on(expense.values).items() or [("account", None)]
    level, words = WORDS[key]
    if id is None:
        return Said(f"line {number}: account", None, None, "Nothing says what it is booked on.")
    if id == spent.posting.expense_account and not spent.names_account(expense.values):
        level, words = "default", "The settings of posting name the account."
    return Said(f"line {number}: {key.removeprefix('expense_')}", id, level, words)

"""What can be chosen about posting, in people's words: `postings.settings` says what each choice does."""

from dataclasses import dataclass
from typing import Any

from timebridge.console.forms import Form


@dataclass(frozen=True, slots=True)
class Asked:
    """One choice. `options`: values with their names; `of`: the records to choose from, of this `type` if it says one.
    Neither: yes or no, a day or a text, as `input` says."""

    name: str
    label: str
    hint: str = ""
    options: tuple[tuple[str, str], ...] = ()
    of: str = ""
    type: str = ""
    input: str = ""
    none: str = "None"

    @property
    def is_flag(self) -> bool:
        return not (self.options or self.of or self.input)

    def read(self, form: Form) -> Any:
        if self.is_flag:
            return form.is_on(self.name)
        return form.get(self.name) or None


WHEN = (
    Asked("auto", "Post by itself what is approved", "Otherwise a person chooses under Post what goes into the books."),
    Asked(
        "approved_only",
        "Only what is approved may be posted",
        "Off: what is submitted may be posted too. Drafts never.",
    ),
    Asked("start_date", "Nothing older than", "Work before this day stays out of the books.", input="date"),
    Asked(
        "changes",
        "When something is edited after it was posted",
        options=(
            ("flag", "Show it as changed, a person decides"),
            ("post", "Carry the edit over, where it posts by itself"),
        ),
    ),
    Asked(
        "closed",
        "When the books are closed for its day",
        options=(
            ("hold", "It waits"),
            ("first_open", "Post it on the first open day, saying its own day"),
            ("ask", "A person is asked"),
        ),
    ),
    Asked(
        "billable",
        "Billable in QuickBooks",
        options=(("entry", "As the entry says"), ("always", "Always"), ("never", "Never")),
    ),
)
WHERE = (
    Asked("classes", "Send classes", "Where the company tracks them."),
    Asked("class", "Class where nothing says one", "", of="classes"),
    Asked("departments", "Send locations", "Where the company tracks them."),
    Asked("department", "Location where nothing says one", "", of="departments"),
)
OF_TYPE: dict[str, tuple[Asked, ...]] = {
    "time": (
        Asked("labour_code", "Labour code of entries without one", of="labour-codes"),
        Asked(
            "without_item",
            "Time whose labour code has no item in QuickBooks",
            options=(("skip", "Waits until it has one"), ("post", "Is posted without an item")),
        ),
        Asked("rates", "Rate", options=(("entry", "The entry's"), ("item", "The item's in QuickBooks"))),
    ),
    "expenses": (
        Asked(
            "post_as",
            "The reports of people who are both vendor and employee",
            "Who is only a vendor gets a bill, who is only an employee a check.",
            options=(("by_person", "Asked for each report"), ("bill", "Bill"), ("check", "Check")),
        ),
        Asked(
            "checking_account",
            "Bank account that pays checks",
            "Without it no check is written.",
            of="accounts",
            type="Bank",
        ),
        Asked(
            "payable_account",
            "Account that bills are booked against",
            of="accounts",
            type="Accounts Payable",
            none="QuickBooks' own",
        ),
        Asked("expense_account", "Account of expenses whose code has none", of="accounts"),
        Asked("term", "Terms of bills", of="terms"),
    ),
    "invoices": (
        Asked(
            "format",
            "Lines",
            options=(
                ("lines", "One for each entry: item, date, amount"),
                ("entries", "One for each entry, with hours and rate"),
                ("days", "One for each day"),
                ("codes", "One for each labour code"),
                ("people", "One for each person"),
                ("summary", "One over everything"),
            ),
        ),
        Asked("labour_code", "Labour code of time that has no item", of="labour-codes"),
        Asked("expense_code", "Expense code of expenses that have no item", of="expense-codes"),
        Asked("item", "Item of everything else", "Also of an amount without entries.", of="items"),
        Asked("term", "Terms, if invoice and client say none", of="terms", none="QuickBooks' own"),
        Asked("tax_code", "Tax code where the invoice has none", of="tax-codes"),
        Asked(
            "tax",
            "Lines without a tax code",
            "In the US.",
            options=(("ours", "Are not taxed"), ("item", "As QuickBooks has it of the item")),
        ),
        Asked(
            "number",
            "Number",
            options=(("ours", "Ours"), ("theirs", "QuickBooks'")),
        ),
        Asked(
            "email",
            "E-mail",
            options=(
                ("none", "None"),
                ("address", "The client's address is on the invoice"),
                ("send", "QuickBooks sends it to the client"),
            ),
        ),
        Asked(
            "link_time",
            "Mark the time that it bills as billed in QuickBooks",
            "Where it is there, billable and of the same customer.",
        ),
        Asked(
            "po_field",
            "Custom field for the purchase order number",
            "Its id in QuickBooks. Without it the memo says the number.",
            input="text",
        ),
        Asked(
            "undo",
            "What is taken back",
            options=(("void", "Stays, and comes to nothing"), ("delete", "Is deleted")),
        ),
    ),
}

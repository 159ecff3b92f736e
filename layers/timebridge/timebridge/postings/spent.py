"""What was spent, as lines of a document in the books: on which account or item, for whom, under which class."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from timebridge.links import Link
from timebridge.postings.booking import UNKNOWN, Booked
from timebridge.postings.dimensions import CLASS, Dimensions, dimensions_of
from timebridge.postings.time import CUSTOMER, JOB, customers_of
from timebridge.records import Record, Value, Values

if TYPE_CHECKING:
    from timebridge.postings.composing import Desk
    from timebridge.postings.expenses import ExpensePosting

ACCOUNT = "quickbooks_online.account"
EXPENSE_ITEM, OTHER_ITEM = "quickbooks_online.expense_item", "quickbooks_online.other_item"

ON = ("expense_item", "item", "account")
"""What a line may be booked on."""

BANK, CREDIT_CARD, PAYABLE = "Bank", "Credit Card", "Accounts Payable"
NOT_SPENT_ON = (BANK, CREDIT_CARD, PAYABLE, "Accounts Receivable", "Income", "Other Income", "Non-Posting")
"""Types of accounts on which no expense is booked."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why something cannot be posted: the sentence, what to do, and the value at fault."""

    said: str
    remedy: str
    field: str


@dataclass(frozen=True, slots=True)
class Accounts:
    """The accounts of a page of documents, and which of them are in the books."""

    values: Mapping[str, Values]
    linked: Mapping[str, Link]

    def unfit(self, id: str | None, field: str, types: Collection[str] = (), not_: Collection[str] = ()) -> Any:
        """What is wrong with an account for its purpose: `types` it may be of, or `not_` be of; None: nothing is."""
        if id is None:
            return None
        name, kind = self.values.get(id, {}).get("name"), self.values.get(id, {}).get("type")
        if id not in self.linked:
            remedy = "Choose an account that came from QuickBooks."
            return Blocked(f"The account {name or id} is not in QuickBooks.", remedy, field)
        if kind and ((types and kind not in types) or kind in not_):
            wanted = f"of the type {' or '.join(types)}" if types else "on which expenses are booked"
            return Blocked(f"The account {name} is of the type {kind}.", f"Choose an account {wanted}.", field)
        return None


def accounts_of(desk: "Desk", ids: Iterable[object]) -> Accounts:
    wanted = [str(id) for id in ids if id is not None]
    return Accounts(desk.values("account", wanted), desk.linked(ACCOUNT, wanted))


@dataclass(frozen=True, slots=True)
class Spent:
    """What a page of expenses refers to, and how that is linked. `items`: expense codes that are items over there;
    `others`: other items; `theirs`: their id for each "key of a line/our id"."""

    posting: "ExpensePosting"
    codes: Mapping[str, Values]
    items: Collection[str]
    others: Collection[str]
    accounts: Accounts
    customers: Mapping[str, str]
    dimensions: Dimensions
    bills_on: bool
    taxed_nowhere: bool
    theirs: Mapping[str, str]

    def line(self, expense: Record, day: str | None = None) -> dict[str, Any]:
        """One line. `day`: of the document; the text says the day of the expense where that is another."""
        values = expense.values
        flow, _, id = self.customers.get(str(values.get("project")), "").partition("/")
        line = {
            "amount": str(abs(_amount(values))) if day is None else str(_amount(values)),
            "text": self._text(values, day),
            "class": self.dimensions.of(values)["class"],
            "job" if flow == JOB else "customer": id,
            **self.booked_on(values),
            "billable": (self._billable(values) and bool(id)) if self.bills_on else None,
            "tax": "NON" if self.taxed_nowhere else None,
        }
        return {name: value for name, value in line.items() if value not in (None, "")}

    def booked(self, line: Mapping[str, Any]) -> Booked:
        """A line in their terms, as far as it is known yet."""
        on = next((name for name in ON if name in line), "account")
        customer = next((name for name in ("job", "customer") if name in line), "")
        return Booked(
            Decimal(line["amount"]),
            ("account" if on == "account" else "item", self._there(on, line) or UNKNOWN),
            self._there(customer, line),
            self._there("class", line),
            bool(line.get("billable")),
        )

    def _there(self, name: str, line: Mapping[str, Any]) -> str | None:
        id = line.get(name)
        return None if id is None else self.theirs.get(f"{name}/{id}", UNKNOWN)

    def blocked(self, expense: Record) -> Blocked | None:
        booked = self.booked_on(expense.values)
        if booked.keys() & {"expense_item", "item"}:
            return None
        account = booked.get("account")
        if account is None:
            code = self.codes.get(str(expense.values.get("expense_code")), {}).get("name")
            return Blocked(
                f"The expense code {code} has neither an item nor an account." if code else "It has no account.",
                "Give its expense code an account, or choose an expense account in the settings of posting.",
                "expense_code",
            )
        found: Blocked | None = self.accounts.unfit(account, "expense_code", not_=NOT_SPENT_ON)
        return found

    def booked_on(self, values: Values) -> dict[str, str]:
        """The item that the expense code is over there, else the one that it names, else its account, else the one in
        the settings."""
        code = values.get("expense_code")
        if code in self.items:
            return {"expense_item": str(code)}
        named = self.codes.get(str(code), {})
        if named.get("item") in self.others:
            return {"item": str(named["item"])}
        account = named.get("account") or self.posting.expense_account
        return {"account": str(account)} if account else {}

    def names_account(self, values: Values) -> bool:
        """Whether the expense code itself says the account."""
        return self.codes.get(str(values.get("expense_code")), {}).get("account") is not None

    def _text(self, values: Values, day: str | None) -> str:
        text = values.get("notes") or self.codes.get(str(values.get("expense_code")), {}).get("name")
        when = values["date"] if day not in (None, values["date"]) else None
        return " ".join(str(part) for part in (when, text) if part)

    def _billable(self, values: Values) -> bool:
        return {"always": True, "never": False}.get(self.posting.billable, bool(values.get("billable")))


def spent_of(desk: "Desk", posting: "ExpensePosting", expenses: Sequence[Record], accounts: Iterable[object]) -> Spent:
    """With one read for each kind of what they refer to. `accounts`: others that are asked for."""
    values = [expense.values for expense in expenses]
    codes = desk.values("expense_code", [each.get("expense_code") for each in values])
    projects = desk.values("project", [each.get("project") for each in values])
    company, dimensions = desk.company, dimensions_of(desk, posting, values, projects)
    items, others = desk.linked(EXPENSE_ITEM, codes), desk.linked(OTHER_ITEM, [c.get("item") for c in codes.values()])
    booked = accounts_of(desk, [*accounts, posting.expense_account, *(c.get("account") for c in codes.values())])
    customers = customers_of(desk, projects)
    linked = {
        "expense_item": items,
        "item": others,
        "account": booked.linked,
        "job": desk.linked(JOB, projects),
        "customer": desk.linked(CUSTOMER, [each.get("client") for each in projects.values()]),
        "class": desk.linked(CLASS, {dimensions.of(each)["class"] for each in values}),
    }
    return Spent(
        posting,
        codes,
        items,
        others,
        booked,
        customers,
        dimensions,
        company is not None and company.billable_expenses,
        company is None or company.tax != "global",
        {f"{name}/{id}": str(link.theirs) for name, links in linked.items() for id, link in links.items()},
    )


def _amount(values: Values) -> Decimal:
    found = values.get("amount")
    return found if isinstance(found, Decimal) else Decimal(0)


def total_of(expenses: Iterable[Record]) -> Decimal:
    return sum((_amount(each.values) for each in expenses), Decimal(0))


def department_of(spent: Spent, expenses: Sequence[Record], staff: Value) -> Value:
    """Of a whole document: the one that all its expenses have, else the person's, else the default."""
    found = {spent.dimensions.of(each.values)["department"] for each in expenses}
    return found.pop() if len(found) == 1 else spent.dimensions.chosen("department", {"staff": staff}).value

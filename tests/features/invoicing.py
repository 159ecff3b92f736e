"""A firm that bills: hours and expenses on invoices, and what becomes of them in the books."""

from decimal import Decimal
from typing import Any

from tests.features.books import CONNECTION, DAY, INCOME, PATH, Books, opened
from tests.stage import Stage
from timebridge.records import Record
from timebridge.store.records import Workspace

__all__ = ["CONNECTION", "DAY", "INCOME", "PATH", "Invoicing", "billing"]

FLOW = "quickbooks_online.invoice"


class Invoicing(Books):
    """Books in which invoices are posted."""

    def choose(self, **choices: Any) -> None:
        """Settings of the posting of invoices."""
        self.posting("invoices", **choices)

    def billed(self, *, final: bool = True, **values: Any) -> Record:
        """An invoice over everything that is approved on the project and not billed yet."""
        answer = self.admin.post(f"projects/{self.project}/invoice", {"date": DAY})
        assert answer.status == 200, answer.text
        id = answer.body["invoice"]["id"]
        if values:
            self.edit("invoice", id, **values)
        return self.ours.finalise(id) if final else self.record("invoice", id)

    def written(self, amount: str = "250.00", **values: Any) -> Record:
        """An invoice that somebody wrote by hand."""
        made = self.ours.create("invoice", {"client": self.client, "date": DAY, "amount": amount, **values})
        return self.ours.finalise(made.id)

    def expense(self, amount: str, **values: Any) -> Record:
        plain = {"project": self.project, "staff": self.person, "date": DAY, "amount": amount}
        made = self.ours.create("expense", plain | values)
        return self.ours.approve(self.ours.submit(made.id, kind="expense").id, kind="expense")

    def sends(self, *invoices: Record) -> list[dict[str, Any]]:
        """A person posts these invoices. What is in the books then, in their order."""
        self.post(*[each.id for each in invoices], type="invoices")
        return [self.form(each) for each in invoices]

    def forms(self, invoice: Record) -> list[dict[str, Any]]:
        """Every form in the books that carries the invoice's marker, voided ones too."""
        return self.of(invoice.id, "Invoice", "PrivateNote")

    def form(self, invoice: Record) -> dict[str, Any]:
        """The one form that bills something."""
        [found] = [form for form in self.forms(invoice) if not is_void(form)]
        return found

    def now(self, invoice: Record) -> dict[str, Any]:
        return dict(self.record("invoice", invoice.id).values)

    def why(self, invoice: Record) -> dict[str, Any]:
        """What the list of postings says of it."""
        return self.listed("invoices")[invoice.id]


def is_void(form: dict[str, Any]) -> bool:
    return form["TotalAmt"] == 0 and form["PrivateNote"].startswith("Voided")


def sold(form: dict[str, Any]) -> list[dict[str, Any]]:
    """The lines of a form, without its subtotal."""
    return [line for line in form["Line"] if line["DetailType"] == "SalesItemLineDetail"]


def detail(form: dict[str, Any], name: str) -> list[Any]:
    found = [line["SalesItemLineDetail"].get(name) for line in sold(form)]
    return [each["value"] if isinstance(each, dict) else each for each in found]


def cents(value: float) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))


def billing(stage: Stage, ours: Workspace, **choices: Any) -> Invoicing:
    books = opened(stage, ours, {"posting": {"invoices": choices}})
    return Invoicing(**{name: getattr(books, name) for name in books.__dataclass_fields__})

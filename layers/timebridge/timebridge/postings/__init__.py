"""Postings: time, expenses and invoices on their way into the books. One-way, exactly once, and only when asked for.

A type of posting plugs in here: which kinds it is about (the first is what people select), the flows that carry each,
the composer that says what the books see of a record, and the class of its settings.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from timebridge.flows import Condition, none_of
from timebridge.postings.composing import Composer
from timebridge.postings.expenses import (
    BILL,
    CARD_CHARGE,
    CHECK,
    ExpensePosting,
    compose_expenses,
    compose_reports,
)
from timebridge.postings.explaining import Explainer
from timebridge.postings.explaining_expenses import explain_expense, explain_report
from timebridge.postings.invoices import compose_invoices, explain_invoice
from timebridge.postings.invoicing import CREDIT, INVOICE, InvoicePosting
from timebridge.postings.settings import Posting
from timebridge.postings.time import TimePosting, compose_time, explain_time
from timebridge.records import Values


@dataclass(frozen=True, slots=True)
class Type:
    """`flows`: the names of the flows that carry each kind. `composers`: by kind. `parts`: which records of a kind are
    in the books as a part of others, and never by themselves. `explain`: what decided the values of a kind."""

    flows: Mapping[str, tuple[str, ...]]
    composers: Mapping[str, Composer]
    settings: type[Posting]
    parts: Mapping[str, Condition] = field(default_factory=dict)
    explain: Mapping[str, Explainer] = field(default_factory=dict)

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(self.flows)


TYPES: Mapping[str, Type] = {
    "time": Type(
        {"time_entry": ("quickbooks_online.time_activity",)},
        {"time_entry": compose_time},
        TimePosting,
        explain={"time_entry": explain_time},
    ),
    "expenses": Type(
        {"expense_report": (BILL, CHECK), "expense": (CARD_CHARGE,)},
        {"expense_report": compose_reports, "expense": compose_expenses},
        ExpensePosting,
        {"expense": none_of("report", None)},
        {"expense_report": explain_report, "expense": explain_expense},
    ),
    "invoices": Type(
        {"invoice": (INVOICE, CREDIT)},
        {"invoice": compose_invoices},
        InvoicePosting,
        explain={"invoice": explain_invoice},
    ),
}


def is_part(kind: str, values: Values) -> bool:
    """Whether a record is in the books as a part of another, and never by itself."""
    name = type_of(kind)
    condition = TYPES[name].parts.get(kind) if name else None
    return condition is not None and condition(values)


def type_of(kind: str) -> str | None:
    """The type of posting that is about this kind of record."""
    return next((name for name, type in TYPES.items() if kind in type.flows), None)

"""What a document for QuickBooks says, in the words that QuickBooks' own forms use."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from timebridge.postings.billed import SOLD
from timebridge.postings.invoicing import TAX_CODE, TERM
from timebridge.postings.papers import Fact, Paper
from timebridge.postings.spent import ACCOUNT, EXPENSE_ITEM, OTHER_ITEM
from timebridge.postings.time import CUSTOMER, EMPLOYEE, ITEM, JOB, VENDOR
from timebridge.providers.quickbooks_online.markers import unmarked
from timebridge.records import Value

CLASS, DEPARTMENT = "quickbooks_online.class", "quickbooks_online.department"
ITEMS = tuple(dict.fromkeys((ITEM, EXPENSE_ITEM, OTHER_ITEM, *SOLD.values())))

REFERENCES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "EmployeeRef": ("Employee", (EMPLOYEE,)),
    "VendorRef": ("Vendor", (VENDOR,)),
    "EntityRef": ("Payee", (EMPLOYEE, VENDOR)),
    "CustomerRef": ("Customer", (JOB, CUSTOMER)),
    "ItemRef": ("Item", ITEMS),
    "AccountRef": ("Account", (ACCOUNT,)),
    "APAccountRef": ("Accounts payable", (ACCOUNT,)),
    "ClassRef": ("Class", (CLASS,)),
    "DepartmentRef": ("Location", (DEPARTMENT,)),
    "SalesTermRef": ("Terms", (TERM,)),
    "TaxCodeRef": ("Tax code", (TAX_CODE,)),
}
"""What is an id over there: its name on the form, and the flows that may know the record."""

PSEUDO = {"TAX": "Taxed", "NON": "Not taxed"}
"""Tax codes that are no records: QuickBooks works out what they come to."""

BILLABLE = {"Billable": "Billable", "NotBillable": "Not billable", "HasBeenBilled": "Billed"}
TAXED = {"TaxExcluded": "On top", "TaxInclusive": "Included", "NotApplicable": "None"}
MAILED = {"NeedToSend": "QuickBooks sends it", "EmailSent": "Sent", "NotSet": None}

type Reading = Callable[[Any], Value]


def _said(value: Any) -> Value:
    return value if isinstance(value, str | bool | int | Decimal) else str(value)


def _text(value: Any) -> Value:
    """Without our own marker, which is for finding the document again."""
    return unmarked(value) or None


def _one_of(words: Mapping[str, str | None]) -> Reading:
    return lambda value: words.get(str(value), str(value))


PLAIN: Mapping[str, tuple[str, Reading]] = {
    "DocNumber": ("Number", _said),
    "TxnDate": ("Date", _said),
    "ServiceDate": ("Date", _said),
    "DueDate": ("Due", _said),
    "Description": ("Description", _text),
    "Qty": ("Quantity", _said),
    "UnitPrice": ("Rate", _said),
    "HourlyRate": ("Rate per hour", _said),
    "BillableStatus": ("Billing", _one_of(BILLABLE)),
    "GlobalTaxCalculation": ("Tax", _one_of(TAXED)),
    "ExchangeRate": ("Exchange rate", _said),
    "EmailStatus": ("E-mail", _one_of(MAILED)),
    "PrivateNote": ("Memo", _text),
    "Amount": ("Amount", _said),
}

WRAPPED = {"CustomerMemo": ("Message to the customer", "value"), "BillEmail": ("E-mail to", "Address")}

TITLES = {"TimeActivity": "Time activity", "CreditMemo": "Credit memo"}


def paper_of(object: str, document: Mapping[str, Any]) -> Paper:
    """A document, or the part of one that is changed."""
    lines = [tuple(_line(line)) for line in document.get("Line", ())]
    return Paper(_title(object, document), tuple(_facts(document)), tuple(lines), _total(object, document))


def _title(object: str, document: Mapping[str, Any]) -> str:
    if object != "Purchase":
        return TITLES.get(object, object)
    if document.get("PaymentType") == "Check":
        return "Check"
    return "Card credit" if document.get("Credit") else "Card charge"


def _facts(body: Mapping[str, Any]) -> Iterator[Fact]:
    for name, value in body.items():
        if value is None:
            continue
        if name in REFERENCES:
            yield _reference(name, value)
        elif name == "CurrencyRef":
            yield Fact("Currency", value["value"])
        elif name in WRAPPED:
            said, inner = WRAPPED[name]
            yield Fact(said, _text(value[inner]))
        elif name == "Hours":
            yield Fact("Hours", f"{value}:{body.get('Minutes', 0):02}")
        elif name in PLAIN:
            said, read = PLAIN[name]
            yield Fact(said, read(value))


def _reference(name: str, value: Mapping[str, Any]) -> Fact:
    (said, flows), id = REFERENCES[name], str(value["value"])
    return Fact(said, PSEUDO[id]) if id in PSEUDO and name == "TaxCodeRef" else Fact(said, id, flows)


def _line(line: Mapping[str, Any]) -> Iterator[Fact]:
    detail = line.get(str(line.get("DetailType")), {})
    yield from _facts({name: value for name, value in line.items() if name != "Amount"})
    yield from _facts(detail)
    yield from _facts({"Amount": line.get("Amount")})


def _total(object: str, document: Mapping[str, Any]) -> Decimal | None:
    """Without tax, which QuickBooks adds."""
    if "Line" in document:
        return sum((Decimal(str(line.get("Amount") or 0)) for line in document["Line"]), Decimal(0))
    if object != "TimeActivity" or document.get("HourlyRate") is None:
        return None
    hours = Decimal(str(document.get("Hours", 0))) + Decimal(str(document.get("Minutes", 0))) / 60
    return (hours * Decimal(str(document["HourlyRate"]))).quantize(Decimal("0.01"))

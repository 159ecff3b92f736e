"""The lists that come from QuickBooks: people, accounts, items, taxes, classes, locations, terms, ways to pay.

They only come in. What is made inactive there is archived here, and comes back when it is active again.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from timebridge.choices import Unfit
from timebridge.converters import FLAG, HOURS, MONEY
from timebridge.flows import Condition, Direction, Field, Flow, field, none_of, one_of
from timebridge.providers.quickbooks_online.converters import LISTED_NAME, PERCENT, PRICE, STREET

SERVICE, NON_INVENTORY, CATEGORY = "Service", "NonInventory", "Category"
SOLD = (SERVICE, NON_INVENTORY)

MERGED = one_of("status", "Deleted")
"""Of an entry of a name list, which nobody can delete: it was merged into another one."""


def _list(name: str, kind: str, object: str, *fields: Field, **more: Any) -> Flow:
    rules = {"direction": Direction.IN, "match": "name", "deletions": Direction.IN, "merged": MERGED, **more}
    return Flow(f"quickbooks_online.{name}", kind=kind, object=object, fields=fields, **rules)


COMPANY = Flow(
    "quickbooks_online.company",
    kind="firm",
    object="CompanyInfo",
    direction=Direction.IN,
    deletions=None,
    update_ours=False,
    single=True,
    rhythm="off",
    fields=(
        field("name", "CompanyName", LISTED_NAME),
        field("legal_name", "LegalName", LISTED_NAME),
        field("email", "Email.Address"),
        field("phone", "PrimaryPhone.FreeFormNumber"),
        field("website", "WebAddr.URI"),
        field("address_street", tuple(f"CompanyAddr.Line{number}" for number in range(1, 6)), STREET),
        field("address_city", "CompanyAddr.City"),
        field("address_state", "CompanyAddr.CountrySubDivisionCode"),
        field("address_zip", "CompanyAddr.PostalCode"),
        field("address_country", "CompanyAddr.Country"),
        field("fiscal_year_start", "FiscalYearStartMonth"),
        field("time_zone", "DefaultTimeZone"),
    ),
)
"""Read once, with the first of all that is read: what the firm is called is decided here from then on."""

PERSON = (
    field("name", "DisplayName", LISTED_NAME),
    field("given_name", "GivenName"),
    field("family_name", "FamilyName"),
    field("email", "PrimaryEmailAddr.Address"),
    field("phone", "PrimaryPhone.FreeFormNumber"),
    field("rate", "BillRate", MONEY),
)

SAME_PERSON = {"match": "name", "otherwise": "email"}

EMPLOYEE = _list("employee", "staff", "Employee", *PERSON, **SAME_PERSON, when_theirs=one_of("Active", True, None))

VENDOR = replace(
    _list("vendor", "staff", "Vendor", *PERSON, **SAME_PERSON), create_ours=False, update_ours=False, deletions=None
)
"""Vendors that are among the staff already are linked with them, and leave them as they are."""

MADE = replace(VENDOR, create_ours=True, update_ours=True, deletions=Direction.IN)
VENDORS = {"link": VENDOR, "contractors": replace(MADE, when_theirs=one_of("Vendor1099", True)), "all": MADE}
"""By the setting `vendors`: which of them are made staff here. These follow their vendor, and go with it."""

ACCOUNT = _list(
    "account",
    "account",
    "Account",
    field("name", "FullyQualifiedName", LISTED_NAME),
    field("code", "AcctNum"),
    field("type", "AccountType"),
)

ITEM = _list(
    "item",
    "labour_code",
    "Item",
    field("name", "FullyQualifiedName", LISTED_NAME),
    field("rate", "UnitPrice", PRICE),
    when_theirs=one_of("Type", SERVICE),
)

TAX_RATE = _list(
    "tax_rate",
    "tax_rate",
    "TaxRate",
    field("name", "Name"),
    field("percent", "PercentNow", PERCENT),
    when_theirs=none_of("DisplayType", "HideInAll"),
    rhythm="daily",
)

TAX_CODE = _list(
    "tax_code",
    "tax_code",
    "TaxCode",
    field("name", "Name"),
    field("description", "Description"),
    field("taxable", "Taxable", FLAG),
    field("percent", "PercentNow", PERCENT),
    when_theirs=one_of("Hidden", False, None),
    rhythm="daily",
)

CLASS = _list("class", "class", "Class", field("name", "FullyQualifiedName", LISTED_NAME))

DEPARTMENT = _list("department", "department", "Department", field("name", "FullyQualifiedName", LISTED_NAME))

TERM = _list("term", "term", "Term", field("name", "Name", LISTED_NAME), field("days", "DueDays", HOURS))

PAYMENT_METHOD = _list(
    "payment_method", "payment_method", "PaymentMethod", field("name", "Name", LISTED_NAME), field("type", "Type")
)


def flows(settings: Mapping[str, Any]) -> tuple[Flow, ...]:
    """Settings: `vendors`, which of them become staff; `expense_items`, the types of items that are expense codes."""
    types = _expense_types(settings.get("expense_items", [NON_INVENTORY]))
    lists = (ACCOUNT, ITEM, TAX_RATE, TAX_CODE, CLASS, DEPARTMENT, TERM, PAYMENT_METHOD)
    return (COMPANY, EMPLOYEE, vendor(settings.get("vendors", "link")), expense_item(types), other_item(types), *lists)


def vendor(choice: Any) -> Flow:
    if choice not in VENDORS:
        raise Unfit("vendors", f"{str(choice)[:60]} does not fit.", f"Choose one of: {', '.join(VENDORS)}.")
    return VENDORS[choice]


def expense_item(types: tuple[str, ...]) -> Flow:
    """Items that are what people spend on: by default those that are not kept in stock."""
    name = field("name", "FullyQualifiedName", LISTED_NAME)
    return _list("expense_item", "expense_code", "Item", name, when_theirs=one_of("Type", *types))


def other_item(types: tuple[str, ...]) -> Flow:
    """The rest, for the choices of documents. A category is only the beginning of a name."""
    return _list("other_item", "item", "Item", *OTHER_ITEM, when_theirs=_other(types))


OTHER_ITEM = (
    field("name", "FullyQualifiedName", LISTED_NAME),
    field("type", "Type"),
    field("rate", "UnitPrice", PRICE),
)


def _other(types: tuple[str, ...]) -> Condition:
    return none_of("Type", SERVICE, CATEGORY, *types)


def _expense_types(chosen: Any) -> tuple[str, ...]:
    for each in chosen:
        if each not in SOLD:
            raise Unfit("expense_items", f"{str(each)[:60]} does not fit.", f"Choose of: {', '.join(SOLD)}.")
    return tuple(chosen)

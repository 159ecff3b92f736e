"""What of a company decides how it may be written to: its preferences and its company info, as data."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

TAX = ("none", "automated", "manual", "global")


@dataclass(frozen=True, slots=True)
class Company:
    """`closed_through`: the last day of the closed books (ISO). `classes`: none, one for a transaction, or one for each
    line. `own_numbers`: sales documents may carry numbers of our own; else QuickBooks gives them. `tax`: automated
    sales tax or the older manual one of the US, or the tax of other countries ("global"). `plan`: as Intuit calls it.
    """

    currency: str = "USD"
    multi_currency: bool = False
    closed_through: str | None = None
    classes: str = "none"
    departments: bool = False
    own_numbers: bool = False
    billable_expenses: bool = False
    tax: str = "none"
    country: str = "US"
    time_zone: str | None = None
    plan: str | None = None
    time_tracking: bool = True
    projects: bool = False
    name: str | None = None

    def to_facts(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_facts(cls, facts: Mapping[str, Any]) -> "Company":
        """What is not known (any more) is left out."""
        return cls(**{name: value for name, value in facts.items() if name in cls.__slots__})


def company_of(preferences: Mapping[str, Any], info: Mapping[str, Any]) -> Company:
    """From the answers of the API (reference 5.1 and 5.32)."""
    books, forms = preferences.get("AccountingInfoPrefs", {}), preferences.get("SalesFormsPrefs", {})
    money, country = preferences.get("CurrencyPrefs", {}), str(info.get("Country") or "US")
    facts = _pairs(info)
    return Company(
        currency=str(money.get("HomeCurrency", {}).get("value") or "USD"),
        multi_currency=_is_on(money.get("MultiCurrencyEnabled")),
        closed_through=books.get("BookCloseDate") or None,
        classes=_classes(books),
        departments=_is_on(books.get("TrackDepartments")),
        own_numbers=_is_on(forms.get("CustomTxnNumbers")),
        billable_expenses=_is_on(preferences.get("VendorAndPurchasesPrefs", {}).get("BillableExpenseTracking")),
        tax=_tax(preferences.get("TaxPrefs", {}), country),
        country=country,
        time_zone=info.get("DefaultTimeZone"),
        plan=facts.get("OfferingSku"),
        time_tracking="Simple Start" not in (facts.get("OfferingSku") or ""),
        projects=_is_on(_pairs(preferences.get("OtherPrefs", {})).get("ProjectsEnabled")),
        name=info.get("CompanyName"),
    )


def _classes(books: Mapping[str, Any]) -> str:
    if _is_on(books.get("ClassTrackingPerTxnLine")):
        return "line"
    return "transaction" if _is_on(books.get("ClassTrackingPerTxn")) else "none"


def _tax(prefs: Mapping[str, Any], country: str) -> str:
    if not _is_on(prefs.get("UsingSalesTax")):
        return "none"
    if country not in ("US", "USA"):
        return "global"
    return "automated" if _is_on(prefs.get("PartnerTaxEnabled")) else "manual"


def _pairs(holder: Mapping[str, Any]) -> dict[str, str]:
    return {str(pair.get("Name")): str(pair.get("Value")) for pair in holder.get("NameValue", ())}


def _is_on(value: object) -> bool:
    """Intuit spells switches as booleans, and within name-value pairs as texts."""
    return str(value).casefold() == "true"

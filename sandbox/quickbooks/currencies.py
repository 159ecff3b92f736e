"""Currencies of transactions: that of their customer or vendor, and what they come to in the company's own."""

from decimal import Decimal
from typing import Any

from sandbox.quickbooks.draft import Draft, amount, money, number
from sandbox.quickbooks.errors import Fault
from sandbox.quickbooks.lists import home_currency
from sandbox.quickbooks.references import CURRENCIES

RATES = {"USD": Decimal(1), "EUR": Decimal("1.08"), "GBP": Decimal("1.27"), "CAD": Decimal("0.73")}
"""US dollars for one of each, as the day's rates that QuickBooks would look up."""

PARTIES = {"CustomerRef": "Customer", "VendorRef": "Vendor"}


def transaction_currency(draft: Draft) -> None:
    """Of several currencies the API wants to be told which; a person in the web pages just picks the customer."""
    if not draft.preference("CurrencyPrefs", "MultiCurrencyEnabled"):
        home_currency(draft)
        draft.doc.pop("ExchangeRate", None)
        return
    wanted = currency_of_party(draft)
    given = draft.ref("CurrencyRef") or (wanted if draft.by_person else None)
    if given is None:
        raise Fault("2020", "CurrencyRef", element="CurrencyRef")
    if given != wanted:
        raise Fault("6000", f"The currency of the transaction, {given}, is not that of the name on it, {wanted}.")
    draft.doc["CurrencyRef"] = {"value": given, "name": CURRENCIES.get(given, given)}
    if given == home_of(draft):
        draft.doc["ExchangeRate"] = 1
    elif not draft.value("ExchangeRate"):
        draft.doc["ExchangeRate"] = rate_of_the_day(given, home_of(draft))


def rate_of_the_day(currency: str, home: str) -> float:
    return float(round(RATES.get(currency, Decimal(1)) / RATES.get(home, Decimal(1)), 6))


def currency_of_party(draft: Draft) -> str:
    for field, entity in PARTIES.items():
        party = draft.get(entity, draft.ref(field))
        if party:
            return str(party.doc.get("CurrencyRef", {}).get("value") or home_of(draft))
    return home_of(draft)


def home_of(draft: Draft) -> str:
    return str(draft.preference("CurrencyPrefs", "HomeCurrency", {"value": "USD"})["value"])


def at_home(doc: dict[str, Any]) -> dict[str, Any]:
    """What a transaction, and what is open of it, come to in the currency of the company."""
    rate = doc.get("ExchangeRate")
    if rate is None:
        return doc
    pairs = {"HomeTotalAmt": "TotalAmt", "HomeBalance": "Balance"}
    return {**doc, **{home: amount(money(doc[one]) * number(rate)) for home, one in pairs.items() if one in doc}}

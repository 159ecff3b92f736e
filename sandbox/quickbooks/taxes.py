"""Sales tax: by one code for the whole form in the US, by a code on each line elsewhere."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sandbox.quickbooks.draft import Draft, amount, money, number
from sandbox.quickbooks.errors import Fault

MOST_LINES = 750
"""Of a form that is taxed automatically."""

type Line = dict[str, Any]


def in_us(draft: Draft) -> bool:
    company = draft.get("CompanyInfo", "1")
    return company is None or company.doc.get("Country", "US") in ("US", "USA")


def line_code(draft: Draft, detail: Line, taxable: bool) -> None:
    """The tax code of a line: TAX or NON in the US, a code of the company elsewhere."""
    if not in_us(draft):
        if draft.value("GlobalTaxCalculation", "TaxExcluded") == "NotApplicable":
            detail.pop("TaxCodeRef", None)
        elif detail.get("TaxCodeRef", {}).get("value") in (None, "TAX", "NON"):
            raise Fault("6000", "Make sure all your transactions have a GST/VAT rate before you save.")
        return
    code = detail.setdefault("TaxCodeRef", {"value": "TAX" if taxable else "NON"})["value"]
    if code not in ("TAX", "NON"):
        raise Fault("6100", code, element="TaxCodeRef")
    detail["TaxCodeRef"] = {"value": code}


def taxed(draft: Draft, items: list[Line], subtotal: Decimal, discount: Decimal) -> Decimal:
    """Writes TxnTaxDetail and gives the tax. A total sent together with its lines is taken as it is."""
    given = draft.sent.get("TxnTaxDetail") or {}
    if not in_us(draft):
        return taxed_by_line(draft, items, given)
    if given.get("TotalTax") and given.get("TaxLine"):
        draft.doc["TxnTaxDetail"] = given
        return money(given["TotalTax"])
    return taxed_as_a_whole(draft, items, subtotal, discount)


def taxed_as_a_whole(draft: Draft, items: list[Line], subtotal: Decimal, discount: Decimal) -> Decimal:
    taxable = [one for one in items if code_of(one) == "TAX"]
    if taxable and draft.preference("TaxPrefs", "PartnerTaxEnabled") and len(items) > MOST_LINES:
        raise Fault("6000", f"A taxable transaction can have at most {MOST_LINES} lines.")
    base = sum((money(one.get("Amount")) for one in taxable), Decimal())
    if draft.value("ApplyTaxAfterDiscount") and subtotal:
        base -= money(discount * base / subtotal)
    code = tax_code(draft) if base else None
    if code is None:
        draft.doc["TxnTaxDetail"] = {"TotalTax": 0}
        return Decimal()
    return written(draft, code, tax_lines(draft, code, base))


def taxed_by_line(draft: Draft, items: list[Line], given: Line) -> Decimal:
    """Each code's rates on the sum of its lines; the lines hold net amounts."""
    how = draft.doc.setdefault("GlobalTaxCalculation", "TaxExcluded")
    if how == "NotApplicable":
        if given.get("TaxLine") or given.get("TotalTax"):
            raise Fault("6170", element="TxnTaxDetail")
        return written(draft, None, [])
    if given.get("TotalTax") and given.get("TaxLine"):
        draft.doc["TxnTaxDetail"] = given
        return money(given["TotalTax"])
    bases: dict[str, Decimal] = {}
    for one in items:
        code = code_of(one)
        if code:
            bases[code] = bases.get(code, Decimal()) + money(one.get("Amount"))
    return written(draft, None, [line for code, base in bases.items() for line in tax_lines(draft, code, base)])


def code_of(line: Line) -> str | None:
    found: str | None = line.get("SalesItemLineDetail", {}).get("TaxCodeRef", {}).get("value")
    return found


def tax_code(draft: Draft) -> str | None:
    if not draft.preference("TaxPrefs", "UsingSalesTax"):
        return None
    chosen = (draft.value("TxnTaxDetail") or {}).get("TxnTaxCodeRef", {}).get("value")
    found: str | None = chosen or draft.preference("TaxPrefs", "TaxGroupCodeRef", {}).get("value")
    return found


def tax_lines(draft: Draft, code: str, base: Decimal) -> list[Line]:
    return [tax_line(draft, rate["TaxRateRef"]["value"], base) for rate in rates_of(draft, code)]


def written(draft: Draft, code: str | None, lines: Iterable[Line]) -> Decimal:
    lines = list(lines)
    total = sum((money(one["Amount"]) for one in lines), Decimal())
    whole = {"TxnTaxCodeRef": {"value": code}} if code else {}
    draft.doc["TxnTaxDetail"] = {**whole, "TotalTax": amount(total), **({"TaxLine": lines} if lines else {})}
    return total


def rates_of(draft: Draft, code: str) -> list[dict[str, Any]]:
    stored = draft.get("TaxCode", code)
    rates: list[dict[str, Any]] = stored.doc.get("SalesTaxRateList", {}).get("TaxRateDetail", []) if stored else []
    return rates


def tax_line(draft: Draft, rate_id: str, base: Decimal) -> Line:
    rate = draft.get("TaxRate", rate_id)
    percent = number(rate.doc["RateValue"]) if rate else Decimal()
    detail = {
        **{"TaxRateRef": {"value": rate_id}, "PercentBased": True, "TaxPercent": amount(percent)},
        "NetAmountTaxable": amount(base),
    }
    return {"Amount": amount(base * percent / 100), "DetailType": "TaxLineDetail", "TaxLineDetail": detail}

"""Sales tax of invoices: of the whole form in the US, of each line elsewhere; what Intuit works out is left to it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from timebridge.postings.formats import Line
from timebridge.postings.invoicing import Around, InvoicePosting
from timebridge.records import Values

if TYPE_CHECKING:
    from timebridge.postings.composing import Desk

TAXED, UNTAXED = "TAX", "NON"
"""What a line of a US form says of its tax; both are tax codes over there, too."""


@dataclass(frozen=True, slots=True)
class Tax:
    """`line`: TAX or NON of each line (US). `code`: our tax code, of each line (elsewhere). `whole`: our tax code of
    the whole form. `missing`: a code is needed, or the one that was chosen is not known over there."""

    line: str | None = None
    code: str | None = None
    whole: str | None = None
    missing: bool = False


def tax_of(desk: "Desk", posting: InvoicePosting, around: Around, values: Values) -> Tax:
    kind = desk.company.tax if desk.company else "none"
    chosen = values.get("tax_code") or posting.tax_code
    link = around.codes.get(str(chosen))
    if kind == "none":
        return Tax()
    if chosen is not None and link is None:
        return Tax(missing=True)
    if kind == "global":
        return Tax(code=str(chosen)) if chosen else Tax(missing=True)
    if link is None:
        return Tax(line=UNTAXED if posting.tax == "ours" else None)
    if link.theirs in (TAXED, UNTAXED):
        return Tax(line=link.theirs)
    taxable = around.taxable.get(str(chosen), {}).get("taxable") is not False
    return Tax(line=TAXED if taxable else UNTAXED, whole=str(chosen) if taxable and kind == "manual" else None)


def marked(tax: Tax) -> Line:
    return {"tax_code": tax.code} if tax.code else {"tax": str(tax.line)}


def tax_mode(desk: "Desk", tax: Tax) -> str | None:
    """Our amounts are without tax. Elsewhere than in the US, a company without any has to say so on each form."""
    company = desk.company
    if company is None or company.country in ("US", "USA"):
        return None
    return "NotApplicable" if company.tax == "none" else "TaxExcluded" if tax.code else None

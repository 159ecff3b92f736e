"""Creation of tax codes together with their rates, which is the only way to make them."""

from typing import Any

from sandbox.quickbooks.books import Books
from sandbox.quickbooks.errors import Fault, name_taken

DETAIL_FIELDS = {"TaxRateName", "RateValue", "TaxAgencyId", "TaxApplicableOn", "TaxRateId"}


def create_tax_code(books: Books, realm: str, body: Any) -> dict[str, Any]:
    """The request with the new ids in it; no envelope. Raises Fault."""
    for name in ("TaxCode", "TaxRateDetails"):
        if not body.get(name):
            raise Fault("2020", name, element=name)
    code = str(body["TaxCode"])
    if books.store.named(realm, "TaxCode", code.casefold()):
        raise name_taken("TaxCode")
    with books.store.transaction():
        details = [with_rate(books, realm, detail) for detail in body["TaxRateDetails"]]
        stored = books.add(realm, "TaxCode", tax_code(code, details))
    return {**body, "TaxRateDetails": details, "TaxCodeId": stored.id}


def with_rate(books: Books, realm: str, detail: dict[str, Any]) -> dict[str, Any]:
    unknown = set(detail) - DETAIL_FIELDS
    if unknown:
        raise Fault("2010", min(unknown), element=min(unknown))
    if detail.get("TaxRateId"):
        if books.store.get(realm, "TaxRate", str(detail["TaxRateId"])) is None:
            raise Fault("2500", "TaxRates", detail["TaxRateId"], element="TaxRateId")
        return detail
    for name in ("TaxRateName", "RateValue", "TaxAgencyId"):
        if not detail.get(name):
            raise Fault("2020", name, element=name)
    if books.store.get(realm, "TaxAgency", str(detail["TaxAgencyId"])) is None:
        raise Fault("2500", "TaxAgencies", detail["TaxAgencyId"], element="TaxAgencyId")
    stored = books.add(realm, "TaxRate", tax_rate(detail))
    return {**detail, "TaxRateId": stored.id}


def tax_rate(detail: dict[str, Any]) -> dict[str, Any]:
    return {
        **{"Name": detail["TaxRateName"], "Description": detail["TaxRateName"], "Active": True},
        **{"RateValue": float(detail["RateValue"]), "AgencyRef": {"value": str(detail["TaxAgencyId"])}},
        **{"SpecialTaxType": "NONE", "DisplayType": "ReadOnly"},
    }


def tax_code(name: str, details: list[dict[str, Any]]) -> dict[str, Any]:
    rates = [
        {
            **{"TaxRateRef": {"value": str(detail["TaxRateId"]), "name": detail.get("TaxRateName", "")}},
            **{"TaxTypeApplicable": "TaxOnAmount", "TaxOrder": 0},
        }
        for detail in details
    ]
    return {
        **{"Name": name, "Description": name, "Active": True, "Taxable": True, "TaxGroup": True, "Hidden": False},
        **{"SalesTaxRateList": {"TaxRateDetail": rates}, "PurchaseTaxRateList": {"TaxRateDetail": []}},
    }

"""The companies a sandbox starts with: what a fresh company has, and an invented consulting firm on top."""

import json
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from sandbox.clock import Clock
from sandbox.quickbooks.books import Books
from sandbox.quickbooks.demo import Demo
from sandbox.quickbooks.schema import SCHEMA
from sandbox.quickbooks.store import Store

COMPANIES = {
    "9341450000000000017": "Larkspur and Vane Consulting",
    "9341450000000000025": "Larkspur and Vane Training",
}
OPENED = datetime(2026, 1, 5, 17, 0, tzinfo=UTC)
IN_BUSINESS = datetime(2026, 9, 1, 16, 0, tzinfo=UTC)
BASE = Path(__file__).parent.parent / "data" / "quickbooks_company.json"

type Doc = dict[str, Any]


@lru_cache(maxsize=8)
def image(data: str) -> bytes:
    """A database with both companies. `data` is demo, empty, or the path of a JSON file `{entity: [record, …]}`."""
    clock = Clock()
    clock.set(OPENED)
    clock.freeze()
    store = Store(clock)
    books = Books(store, lambda _: None)
    for realm, name in COMPANIES.items():
        with store.transaction():
            fresh_company(books, realm, name)
            clock.advance(timedelta(hours=1).total_seconds())
    first, second = COMPANIES
    clock.set(IN_BUSINESS)
    if data == "demo":
        with store.transaction():
            Demo(books, clock, first).build()
            Demo(books, clock, second).build(customers=3, jobs=False)
    elif data != "empty":
        load_file(books, first, Path(data))
    found = store.image()
    store.close()
    return found


def load_file(books: Books, realm: str, path: Path) -> None:
    for name, records in json.loads(path.read_text(encoding="utf-8")).items():
        entity = SCHEMA.entity(name)
        if entity is None:
            raise ValueError(f"{path} holds the unknown entity {name}")
        for record in records:
            books.create(realm, entity, record)


def fresh_company(books: Books, realm: str, name: str) -> None:
    base = json.loads(BASE.read_text(encoding="utf-8"))
    books.plant(realm, "Preferences", "1", preferences())
    books.plant(realm, "CompanyInfo", "1", company_info(name))
    for id, label, kind, subtype in base["Account"]:
        books.plant(realm, "Account", id, {"Name": label, "AccountType": kind, "AccountSubType": subtype})
    for id, label, days in base["Term"]:
        books.plant(realm, "Term", id, {"Name": label, "DueDays": days})
    for id, label, kind in base["PaymentMethod"]:
        books.plant(realm, "PaymentMethod", id, {"Name": label, "Type": kind})
    plant_tax(books, realm, base)
    for id, label, account in base["Item"]:
        books.plant(realm, "Item", id, {"Name": label, "Type": "Service", "IncomeAccountRef": {"value": account}})


def plant_tax(books: Books, realm: str, base: Doc) -> None:
    for id, label in base["TaxAgency"]:
        books.plant(realm, "TaxAgency", id, {"DisplayName": label})
    for id, label, percent, agency in base["TaxRate"]:
        books.plant(realm, "TaxRate", id, tax_rate(label, percent, agency))
    for code, taxable in (("TAX", True), ("NON", False)):
        plain = {"Name": code, "Description": code, "Active": True, "Taxable": taxable, "TaxGroup": False}
        books.plant(realm, "TaxCode", code, plain)
    for id, label, rates in base["TaxCode"]:
        books.plant(realm, "TaxCode", id, tax_group(label, rates))


def tax_rate(label: str, percent: float, agency: str) -> Doc:
    return {
        **{"Name": label, "Description": "Sales Tax", "Active": True, "RateValue": percent},
        **{"AgencyRef": {"value": agency}, "SpecialTaxType": "NONE", "DisplayType": "ReadOnly"},
    }


def tax_group(label: str, rates: list[str]) -> Doc:
    details = [{"TaxRateRef": {"value": id}, "TaxTypeApplicable": "TaxOnAmount", "TaxOrder": 0} for id in rates]
    return {
        **{"Name": label, "Description": label, "Active": True, "Taxable": True, "TaxGroup": True, "Hidden": False},
        **{"SalesTaxRateList": {"TaxRateDetail": details}, "PurchaseTaxRateList": {"TaxRateDetail": []}},
    }


def company_info(name: str) -> Doc:
    address = {"Id": "1", "Line1": "12 Example Street", "City": "Sampleton", "Country": "USA"}
    address |= {"CountrySubDivisionCode": "CA", "PostalCode": "94043"}
    facts = {
        **{"NeoEnabled": "true", "IndustryType": "Management consulting", "SubscriptionStatus": "PAID"},
        **{"OfferingSku": "QuickBooks Online Plus", "PayrollFeature": "false", "AccountantFeature": "false"},
    }
    return {
        **{"CompanyName": name, "LegalName": f"{name} LLC", "Country": "US", "FiscalYearStartMonth": "January"},
        **{"CompanyAddr": address, "CustomerCommunicationAddr": dict(address), "LegalAddr": dict(address)},
        **{"CompanyStartDate": "2026-01-05", "SupportedLanguages": "en", "WebAddr": {}},
        **{"PrimaryPhone": {"FreeFormNumber": "(555) 555-0100"}, "Email": {"Address": "office@example.test"}},
        **{"DefaultTimeZone": "America/Los_Angeles"},
        "NameValue": [{"Name": key, "Value": value} for key, value in facts.items()],
    }


def preferences() -> Doc:
    return {
        "EmailMessagesPrefs": {},
        "ReportPrefs": {"ReportBasis": "Accrual", "CalcAgingReportFromTxnDate": False},
        "AccountingInfoPrefs": {
            **{"UseAccountNumbers": False, "TrackDepartments": True, "DepartmentTerminology": "Location"},
            **{"ClassTrackingPerTxn": True, "ClassTrackingPerTxnLine": True, "CustomerTerminology": "Customers"},
            **{"FirstMonthOfFiscalYear": "January", "TaxYearMonth": "January"},
        },
        "ProductAndServicesPrefs": {
            **{"ForSales": True, "ForPurchase": True, "QuantityWithPriceAndRate": True, "QuantityOnHand": False},
        },
        "SalesFormsPrefs": {
            **{"CustomTxnNumbers": False, "AllowServiceDate": True, "AllowShipping": False, "AllowDiscount": True},
            **{"AllowDeposit": True, "AllowEstimates": True, "DefaultTerms": {"value": "3"}},
            **{"UsingProgressInvoicing": False, "ETransactionPaymentEnabled": False},
            "CustomField": [{"DefinitionId": "1", "Name": "Project code", "Type": "StringType"}],
        },
        "VendorAndPurchasesPrefs": {"TrackingByCustomer": True, "BillableExpenseTracking": True},
        "TimeTrackingPrefs": {
            **{"UseServices": True, "BillCustomers": True, "ShowBillRateToAll": False},
            **{"WorkWeekStartDate": "Monday", "MarkTimeEntriesBillable": True},
        },
        "TaxPrefs": {"UsingSalesTax": True, "PartnerTaxEnabled": False, "TaxGroupCodeRef": {"value": "2"}},
        "CurrencyPrefs": {"MultiCurrencyEnabled": False, "HomeCurrency": {"value": "USD"}},
        "OtherPrefs": {
            "NameValue": [
                {"Name": "ProjectsEnabled", "Value": "true"},
                {"Name": "VendorAndPurchasesPrefs.UseCustomTxnNumbers", "Value": "false"},
                {"Name": "WarnDuplicateCheckNumber", "Value": "true"},
                {"Name": "WarnDuplicateJournalNumber", "Value": "true"},
            ]
        },
    }

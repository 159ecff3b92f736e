"""The fields of the lists and documents of QuickBooks, which every company has in the same shape.

Custom fields are not among them: they are a list whose entries each company numbers for itself, and no path leads
there.
"""

from collections.abc import Mapping

from timebridge.errors import Rejected
from timebridge.providers.provider import App
from timebridge.providers.slots import Holds, Slot
from timebridge.tenants import Connection, Grants

T, P, N, D, F = Holds.TEXT, Holds.PROSE, Holds.NUMBER, Holds.DAY, Holds.FLAG


def _text(path: str, label: str, length: int, holds: Holds = T) -> Slot:
    return Slot(path, label, holds, length)


def _shown(path: str, label: str, holds: Holds = T, length: int = 0) -> Slot:
    """What QuickBooks computes: it can only be read."""
    return Slot(path, label, holds, length, writable=False)


def _chosen(path: str, label: str, *values: str, writable: bool = True) -> Slot:
    return Slot(path, label, Holds.CHOICE, writable=writable, restricted=True, values=values)


def _address(path: str, label: str) -> tuple[Slot, ...]:
    lines = tuple(_text(f"{path}.Line{number}", f"{label}: line {number}", 500) for number in range(1, 6))
    return (
        *lines,
        _text(f"{path}.City", f"{label}: city", 255),
        _text(f"{path}.CountrySubDivisionCode", f"{label}: state or province", 255),
        _text(f"{path}.PostalCode", f"{label}: postal code", 30),
        _text(f"{path}.Country", f"{label}: country", 255),
    )


def _phone(path: str, label: str, length: int = 30) -> Slot:
    return _text(f"{path}.FreeFormNumber", label, length, Holds.PHONE)


ACTIVE = Slot("Active", "Active", F)
EMAIL = _text("PrimaryEmailAddr.Address", "E-mail", 100, Holds.EMAIL)
WEBSITE = _text("WebAddr.URI", "Website", 1_000, Holds.LINK)
CURRENCY = _text("CurrencyRef.value", "Currency", 3)
NAMES = (
    Slot("DisplayName", "Display name", T, 500, required=True),
    _text("Title", "Title", 16),
    _text("GivenName", "First name", 100),
    _text("MiddleName", "Middle name", 100),
    _text("FamilyName", "Last name", 100),
    _text("Suffix", "Suffix", 16),
)
PHONES = (
    _phone("PrimaryPhone", "Phone"),
    _phone("AlternatePhone", "Other phone"),
    _phone("Mobile", "Mobile"),
    _phone("Fax", "Fax"),
)
NAMED = (Slot("Name", "Name", T, 100, required=True), _shown("FullyQualifiedName", "Full name"), ACTIVE)
TITLED = (Slot("Name", "Name", T, 31, required=True), ACTIVE)
DOCUMENT = (
    _text("DocNumber", "Number", 21),
    Slot("TxnDate", "Date", D),
    _text("PrivateNote", "Private note", 4_000, P),
    CURRENCY,
    _shown("TotalAmt", "Total", N),
)
SALE = (*DOCUMENT, _text("CustomerMemo.value", "Message to the customer", 1_000, P), *_address("BillAddr", "Billing"))
BALANCE = _shown("Balance", "Balance", N)

SLOTS: Mapping[str, tuple[Slot, ...]] = {
    "Customer": (
        *NAMES,
        _text("PrintOnCheckName", "Name on cheques", 110),
        _shown("FullyQualifiedName", "Full name", T),
        _text("CompanyName", "Company", 100),
        EMAIL,
        *PHONES,
        WEBSITE,
        *_address("BillAddr", "Billing"),
        *_address("ShipAddr", "Delivery"),
        _text("Notes", "Notes", 2_000, P),
        Slot("Taxable", "Taxable", F),
        _text("ResaleNum", "Resale number", 16),
        _text("BusinessNumber", "Business number", 10),
        _text("PrimaryTaxIdentifier", "Tax id", 30),
        _text("SecondaryTaxIdentifier", "Second tax id", 30),
        _chosen("PreferredDeliveryMethod", "Delivery method", "Print", "Email", "None"),
        Slot("BillWithParent", "Bill with parent", F),
        Slot("OpenBalanceDate", "Opening balance: date", D),
        BALANCE,
        _shown("BalanceWithJobs", "Balance with jobs", N),
        CURRENCY,
        ACTIVE,
    ),
    "Employee": (
        *NAMES,
        _text("PrintOnCheckName", "Name on cheques", 100),
        EMAIL,
        _phone("PrimaryPhone", "Phone", 20),
        _phone("Mobile", "Mobile", 20),
        _text("EmployeeNumber", "Employee number", 100),
        Slot("BillableTime", "Time is billable", F),
        Slot("BillRate", "Billing rate", N),
        Slot("CostRate", "Cost rate", N),
        Slot("HiredDate", "Hired on", D),
        Slot("ReleasedDate", "Released on", D),
        *_address("PrimaryAddr", "Address"),
        ACTIVE,
    ),
    "Vendor": (
        *NAMES,
        _text("PrintOnCheckName", "Name on cheques", 100),
        _text("CompanyName", "Company", 100),
        EMAIL,
        *PHONES,
        WEBSITE,
        *_address("BillAddr", "Billing"),
        _text("AcctNum", "Account number", 100),
        Slot("Vendor1099", "Tracked for 1099", F),
        Slot("BillRate", "Billing rate", N),
        Slot("CostRate", "Cost rate", N),
        BALANCE,
        CURRENCY,
        ACTIVE,
    ),
    "Account": (
        *NAMED,
        _text("AcctNum", "Number", 20),
        _text("Description", "Description", 100),
        _shown("AccountType", "Type"),
        _shown("AccountSubType", "Detail type"),
        _shown("Classification", "Classification"),
        _shown("CurrentBalance", "Balance", N),
        CURRENCY,
    ),
    "Item": (
        *NAMED,
        _chosen("Type", "Type", "Service", "Inventory", "NonInventory", "Category", "Group", writable=False),
        _text("Sku", "SKU", 100),
        _text("Description", "Description", 4_000, P),
        Slot("UnitPrice", "Price", N),
        Slot("PurchaseCost", "Cost", N),
        _text("PurchaseDesc", "Description for purchases", 1_000, P),
        Slot("Taxable", "Taxable", F),
    ),
    "Class": NAMED,
    "Department": NAMED,
    "Term": (*TITLED, Slot("DueDays", "Due in days", Holds.WHOLE), Slot("DiscountPercent", "Discount in per cent", N)),
    "PaymentMethod": (*TITLED, _chosen("Type", "Type", "CREDIT_CARD", "NON_CREDIT_CARD")),
    "TaxCode": (
        _shown("Name", "Name"),
        _shown("Description", "Description"),
        _shown("Taxable", "Taxable", F),
        _shown("PercentNow", "Per cent today", N),
    ),
    "TaxRate": (
        _shown("Name", "Name"),
        _shown("Description", "Description"),
        _shown("PercentNow", "Per cent today", N),
    ),
    "CompanyInfo": (
        _shown("CompanyName", "Name"),
        _shown("LegalName", "Legal name"),
        _shown("Email.Address", "E-mail", Holds.EMAIL),
        _shown("PrimaryPhone.FreeFormNumber", "Phone", Holds.PHONE),
        _shown("WebAddr.URI", "Website", Holds.LINK),
        *(_shown(slot.path, slot.label) for slot in _address("CompanyAddr", "Address")),
        _shown("FiscalYearStartMonth", "First month of the fiscal year"),
        _shown("DefaultTimeZone", "Time zone"),
    ),
    "TimeActivity": (
        Slot("TxnDate", "Date", D),
        _text("Description", "Description", 4_000, P),
        _chosen("BillableStatus", "Billable", "Billable", "NotBillable", "HasBeenBilled"),
        Slot("Taxable", "Taxable", F),
        Slot("HourlyRate", "Rate", N),
        Slot("CostRate", "Cost rate", N),
        Slot("Hours", "Hours", Holds.WHOLE),
        Slot("Minutes", "Minutes", Holds.WHOLE),
    ),
    "Invoice": (*SALE, Slot("DueDate", "Due date", D), Slot("ShipDate", "Delivery date", D), BALANCE),
    "Estimate": (*SALE, Slot("ExpirationDate", "Valid until", D)),
    "SalesReceipt": SALE,
    "CreditMemo": (*SALE, BALANCE),
    "RefundReceipt": SALE,
    "Payment": (*DOCUMENT, _text("PaymentRefNum", "Reference", 21), _shown("UnappliedAmt", "Not applied", N)),
    "Bill": (*DOCUMENT, Slot("DueDate", "Due date", D), BALANCE),
    "Purchase": (*DOCUMENT, Slot("Credit", "Is a refund", F)),
}


def slots(_app: App, _grants: Grants, _connection: Connection, object: str) -> list[Slot]:
    """By label. No call: there is nothing to ask."""
    if object not in SLOTS:
        raise Rejected(f"QuickBooks has no {object[:40]}.", remedy="Choose another object.", field="object")
    return sorted(SLOTS[object], key=lambda slot: slot.label)

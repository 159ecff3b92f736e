"""Business rules of customers, vendors, employees, accounts, items and the other lists."""

from typing import Any

from sandbox.quickbooks.draft import Draft, money
from sandbox.quickbooks.errors import Fault
from sandbox.quickbooks.names import compose, place

CLASSIFICATION = {
    **dict.fromkeys(("Bank", "Accounts Receivable", "Other Current Asset", "Fixed Asset", "Other Asset"), "Asset"),
    **dict.fromkeys(("Accounts Payable", "Credit Card", "Other Current Liability", "Long Term Liability"), "Liability"),
    "Equity": "Equity",
    **dict.fromkeys(("Income", "Other Income"), "Revenue"),
    **dict.fromkeys(("Cost of Goods Sold", "Expense", "Other Expense"), "Expense"),
}
DEFAULT_SUBTYPE = {
    **{"Bank": "CashOnHand", "Accounts Receivable": "AccountsReceivable", "Accounts Payable": "AccountsPayable"},
    **{"Credit Card": "CreditCard", "Income": "SalesOfProductIncome", "Expense": "OfficeGeneralAdministrativeExpenses"},
    **{"Cost of Goods Sold": "SuppliesMaterialsCogs", "Equity": "OpeningBalanceEquity"},
}
TYPE_OF_SUBTYPE = {
    **{"Checking": "Bank", "Savings": "Bank", "CashOnHand": "Bank", "CreditCard": "Credit Card"},
    **{"AccountsReceivable": "Accounts Receivable", "AccountsPayable": "Accounts Payable"},
    **{"UndepositedFunds": "Other Current Asset", "GlobalTaxPayable": "Other Current Liability"},
    **{"SalesOfProductIncome": "Income", "ServiceFeeIncome": "Income", "DiscountsRefundsGiven": "Income"},
    **dict.fromkeys(
        (
            *("AdvertisingPromotional", "Travel", "TravelMeals", "EntertainmentMeals"),
            "OfficeGeneralAdministrativeExpenses",
        ),
        "Expense",
    ),
    **{"SuppliesMaterialsCogs": "Cost of Goods Sold", "CostOfLaborCos": "Cost of Goods Sold"},
}


def customer(draft: Draft) -> None:
    compose(draft)
    job(draft)
    place(draft)
    fill(draft, Taxable=False, IsProject=False, Balance=0, BalanceWithJobs=0, ClientEntityId="0")
    fill(draft, PreferredDeliveryMethod="None")
    addresses(draft, "BillAddr", "ShipAddr")
    home_currency(draft)
    if draft.before.get("Active") and draft.value("Active") is False:
        refuse_open_balance(draft, "customer", "BalanceWithJobs")
        refuse_unbilled(draft)


def job(draft: Draft) -> None:
    """A sub-customer is one that says so; a parent reference alone does not make one."""
    if draft.value("Job"):
        if not draft.ref("ParentRef"):
            raise Fault("6150", element="ParentRef")
    else:
        draft.doc.pop("ParentRef", None)
        draft.doc["Job"] = False
    if draft.doc["Job"] and draft.before.get("Job") and draft.sent.get("BillWithParent") is not None:
        changed = draft.sent["BillWithParent"] != draft.before.get("BillWithParent", False)
        if changed and money(draft.before.get("Balance")):
            raise Fault("6130", draft.id)
    draft.doc["BillWithParent"] = bool(draft.doc["Job"] and draft.value("BillWithParent"))


def refuse_open_balance(draft: Draft, kind: str, field: str) -> None:
    if money(draft.before.get(field)):
        raise Fault("6220", kind)


def refuse_unbilled(draft: Draft) -> None:
    where = "json_extract(doc, '$.CustomerRef.value') = ? and {}"
    billable = where.format("json_extract(doc, '$.BillableStatus') = 'Billable'")
    open_charge = where.format("json_extract(doc, '$.HasBeenInvoiced') = 0")
    for entity, condition in (("TimeActivity", billable), ("ReimburseCharge", open_charge)):
        if draft.store.find(draft.realm, entity, condition, (draft.id,)):
            raise Fault("6280", draft.id)


def vendor(draft: Draft) -> None:
    compose(draft)
    fill(draft, Vendor1099=False, Balance=0)
    addresses(draft, "BillAddr")
    home_currency(draft)
    if draft.value("TaxIdentifier") and draft.sent.get("TaxIdentifier"):
        draft.doc["TaxIdentifier"] = masked(draft.doc["TaxIdentifier"])
    if draft.before.get("Active") and draft.value("Active") is False:
        refuse_open_balance(draft, "vendor", "Balance")


def employee(draft: Draft) -> None:
    compose(draft)
    fill(draft, BillableTime=False)
    addresses(draft, "PrimaryAddr")
    if draft.sent.get("SSN"):
        draft.doc["SSN"] = "XXX-XX-XXXX"


def masked(text: str) -> str:
    return "X" * max(len(text) - 4, 0) + text[-4:]


def account(draft: Draft) -> None:
    if '"' in draft.doc["Name"]:
        raise Fault("2040", draft.doc["Name"], element="Name")
    kind = draft.value("AccountType") or TYPE_OF_SUBTYPE.get(draft.value("AccountSubType", ""))
    if kind is None:
        raise Fault("6010")
    draft.doc["AccountType"] = kind
    draft.doc.setdefault("AccountSubType", DEFAULT_SUBTYPE.get(kind, kind.replace(" ", "")))
    draft.doc["Classification"] = CLASSIFICATION[kind]
    parent = draft.get("Account", draft.ref("ParentRef"))
    if parent and parent.doc["AccountType"] != kind:
        raise Fault("6000", "A sub-account needs the account type of its parent")
    place(draft)
    fill(draft, CurrentBalance=0, CurrentBalanceWithSubAccounts=0)
    home_currency(draft)


def item(draft: Draft) -> None:
    draft.need("Type")
    kind = draft.doc["Type"]
    if draft.is_new and kind == "Group":
        raise Fault("6000", "Bundles cannot be created through the API")
    place(draft)
    if kind == "Category":
        return
    if kind == "Inventory":
        draft.need("QtyOnHand", "InvStartDate", "AssetAccountRef", "IncomeAccountRef", "ExpenseAccountRef")
        if not draft.value("TrackQtyOnHand"):
            raise Fault("2020", "TrackQtyOnHand", element="TrackQtyOnHand")
    elif kind != "Group" and not (draft.ref("IncomeAccountRef") or draft.ref("ExpenseAccountRef")):
        raise Fault("2020", "IncomeAccountRef", element="IncomeAccountRef")
    fill(draft, Taxable=False, UnitPrice=0, PurchaseCost=0, TrackQtyOnHand=False)


def tree(draft: Draft) -> None:
    place(draft)


def term(draft: Draft) -> None:
    by_date = draft.value("DayOfMonthDue") is not None
    draft.doc["Type"] = "DATE_DRIVEN" if by_date else "STANDARD"
    if not by_date and draft.value("DueDays") is None:
        raise Fault("2020", "DueDays", element="DueDays")
    for name, low, high in (("DueDays", 0, 999), ("DiscountDays", 0, 999), ("DayOfMonthDue", 1, 31)):
        if draft.value(name) is not None and not low <= draft.doc[name] <= high:
            raise Fault("2090", draft.doc[name], element=name)
    fill(draft, DiscountPercent=0, **({} if by_date else {"DiscountDays": 0}))


def payment_method(draft: Draft) -> None:
    fill(draft, Type="NON_CREDIT_CARD")


def tax_agency(draft: Draft) -> None:
    fill(draft, TaxTrackedOnSales=True, TaxTrackedOnPurchases=False)


def attachable(draft: Draft) -> None:
    if not (draft.value("FileName") or draft.value("Note")):
        raise Fault("2020", "FileName", element="FileName")
    for link in draft.value("AttachableRef", []):
        target = link.get("EntityRef")
        if target and draft.get(target.get("type", ""), target["value"]) is None:
            raise Fault("2500", target.get("type", "Entity"), target["value"], element="EntityRef")


def preferences(draft: Draft) -> None:
    """A group is merged, not replaced: what is left out of it stays. A setting keeps its type."""
    for name, group in draft.sent.items():
        if not isinstance(group, dict):
            raise Fault("2010", f"{name}: an object was expected; the value", element=name)
        before = draft.before.get(name) or {}
        for setting, value in group.items():
            if setting in before and not same_shape(before[setting], value):
                raise Fault("2010", f"{name}.{setting}: the value", element=name)
        draft.doc[name] = {**before, **group}


def same_shape(before: Any, after: Any) -> bool:
    if isinstance(before, dict) and isinstance(after, dict):
        return set(before) <= set(after)
    return type(before) is type(after)


# ---------------------------------------------------------------- shared


def fill(draft: Draft, **defaults: Any) -> None:
    for name, value in defaults.items():
        draft.doc.setdefault(name, value)


def home_currency(draft: Draft) -> None:
    code = draft.preference("CurrencyPrefs", "HomeCurrency", {"value": "USD"})["value"]
    given = draft.ref("CurrencyRef") or code
    if given != code and not draft.preference("CurrencyPrefs", "MultiCurrencyEnabled"):
        raise Fault("6000", "Multi currency should be enabled to perform this operation.")
    before = draft.before.get("CurrencyRef")
    draft.doc["CurrencyRef"] = before or draft.doc.get("CurrencyRef") or {"value": code, "name": "United States Dollar"}


def addresses(draft: Draft, *names: str) -> None:
    """Each address has an id of its own."""
    for name in names:
        if draft.value(name) and not draft.doc[name].get("Id"):
            kept = draft.before.get(name, {}).get("Id")
            draft.doc[name]["Id"] = kept or str(draft.store.next_number(draft.realm, "address"))

"""The companies as web pages, and the addresses at which QuickBooks shows a record."""

from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox.pages import card
from sandbox.quickbooks import wire
from sandbox.quickbooks.schema import SCHEMA
from sandbox.quickbooks.store import COLUMNS, Store, unpack

TITLE = "QuickBooks Online sandbox"
DEEP_LINKS = {
    **{"customerdetail": "Customer", "vendordetail": "Vendor", "invoice": "Invoice", "recvpayment": "Payment"},
    **{"estimate": "Estimate", "salesreceipt": "SalesReceipt", "creditmemo": "CreditMemo", "bill": "Bill"},
    **{"refundreceipt": "RefundReceipt", "billpayment": "BillPayment", "vendorcredit": "VendorCredit"},
    **{"expense": "Purchase", "check": "Purchase", "journal": "JournalEntry", "deposit": "Deposit"},
    **{"transfer": "Transfer", "purchaseorder": "PurchaseOrder", "timeactivity": "TimeActivity"},
}


class Shelf:
    """One table per company and entity, named `Company: Entity`."""

    title = TITLE

    def __init__(self, store: Store, companies: dict[str, str]) -> None:
        self.store, self.companies = store, companies

    def facts(self) -> dict[str, str]:
        return {name: f"company (realm) id {realm}" for realm, name in self.companies.items()}

    def tables(self) -> dict[str, int]:
        sql = "select realm, entity, count(*) from records where deleted = 0 group by 1, 2 order by 1, 2"
        rows = self.store.execute(sql).fetchall()
        return {table_name(self.companies[realm], entity): count for realm, entity, count in rows}

    def rows(self, table: str, search: str, offset: int, limit: int) -> tuple[list[tuple[str, dict[str, Any]]], int]:
        realm, entity = self._named(table)
        where = "realm = ? and entity = ? and deleted = 0 and doc like ?"
        values = [realm, entity, f"%{search}%"]
        total = int(self.store.execute(f"select count(*) from records where {where}", values).fetchone()[0])
        sql = f"select {COLUMNS} from records where {where} order by number limit ? offset ?"
        found = [unpack(row) for row in self.store.execute(sql, [*values, limit, offset]).fetchall()]
        return [(one.id, summary(wire.record(one))) for one in found], total

    def row(self, table: str, id: str) -> dict[str, Any]:
        realm, entity = self._named(table)
        stored = self.store.get(realm, entity, id)
        if stored is None:
            raise KeyError(id)
        return wire.record(stored)

    def _named(self, table: str) -> tuple[str, str]:
        company, _, entity = table.rpartition(": ")
        realm = next((realm for realm, name in self.companies.items() if name == company), None)
        if realm is None or entity not in SCHEMA.entities:
            raise KeyError(table)
        return realm, entity

    def deep_links(self) -> Route:
        return Route("/app/{page}", self._deep_link)

    async def _deep_link(self, request: Request) -> Response:
        entity = DEEP_LINKS.get(request.path_params["page"])
        id = request.query_params.get("txnId") or request.query_params.get("nameId") or ""
        wanted = request.query_params.get("deeplinkcompanyid") or request.query_params.get("companyId")
        for realm, company in self.companies.items():
            if entity and wanted in (None, realm) and self.store.get(realm, entity, id):
                return RedirectResponse(f"/tables/{table_name(company, entity)}/{id}")
        return card(TITLE, "Not found", "<p>There is no such record.</p>", 404)


def table_name(company: str, entity: str) -> str:
    return f"{company}: {entity}"


SHOWN = (
    *("Id", "DisplayName", "FullyQualifiedName", "Name", "DocNumber", "TxnDate", "CompanyName", "CustomerRef"),
    *("EmployeeRef", "VendorRef", "ItemRef", "Hours", "Minutes", "BillableStatus", "TotalAmt", "Balance", "Active"),
)


def summary(record: dict[str, Any]) -> dict[str, Any]:
    short = {name: label(record.get(name)) for name in SHOWN if name in record or name == "Id"}
    return {**short, "LastUpdatedTime": record["MetaData"]["LastUpdatedTime"]}


def label(value: Any) -> Any:
    return value.get("name", value.get("value")) if isinstance(value, dict) else value

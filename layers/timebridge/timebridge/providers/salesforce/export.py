"""Bulk API 2.0: large objects leave Salesforce as CSV, ready when Salesforce is, and readable again from the start.

The job is created and watched through simple-salesforce's `restful`. Its own bulk2 handler is passed by: it sleeps
until the job is done, which a state machine does for less, and hands out no locator, so no part could be read again.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from timebridge.errors import Disconnected, Rejected
from timebridge.flows import put
from timebridge.providers.salesforce.client import COMPACT
from timebridge.providers.salesforce.side import SalesforceSide
from timebridge.providers.salesforce.soql import STAMP, count, everything
from timebridge.records import Record
from timebridge.sides import Page, Side

SMALLEST = 2000
"""Records. Below that, one page of a query has them all."""

ROWS_A_FETCH = 10_000
ROWS_A_PAGE = 2000
JOBS = "jobs/query"
LAST = "null"

csv.field_size_limit(1_000_000)


def start_export(side: Side, name: str) -> dict[str, Any] | None:
    salesforce = _salesforce(side)
    if salesforce.client.first_pages([(count(name), False)])[0]["totalSize"] < SMALLEST:
        return None
    soql = everything(name, salesforce.columns[name])
    try:
        job = salesforce.client.post(JOBS, {"operation": "query", "query": soql, "lineEnding": "LF"})
    except (Disconnected, Rejected) as error:
        if any(code in error.detail for code in ("INVALIDENTITY", "FUNCTIONALITY_NOT_ENABLED")):
            return None
        raise
    return {"job": job["id"], "name": name}


def export_done(side: Side, state: Mapping[str, Any]) -> bool:
    job = _salesforce(side).client.get(f"{JOBS}/{state['job']}")
    if job["state"] in ("Failed", "Aborted"):
        raise Rejected(
            f"Salesforce could not export {state['name']}.",
            remedy="Start the initial sync again.",
            detail=f"job {job['state']}: {str(job.get('errorMessage', ''))[:200]}",
        )
    return bool(job["state"] == "JobComplete")


def export_pages(side: Side, state: Mapping[str, Any]) -> Iterator[Page]:
    """Without cursors: rows come in no order, and the first pull starts from the moment the load began."""
    salesforce, name = _salesforce(side), state["name"]
    readers = _readers(salesforce, name)
    locator: str | None = None
    while locator != LAST:
        text, locator = _fetch(salesforce, state["job"], locator)
        rows = csv.reader(io.StringIO(text.replace("\0", ""), newline=""))
        header = next(rows, [])
        yield from _pages(name, (_record(header, row, readers) for row in rows))


def _salesforce(side: Side) -> SalesforceSide:
    assert isinstance(side, SalesforceSide)
    return side


def _fetch(side: SalesforceSide, job: str, locator: str | None) -> tuple[str, str]:
    client = side.client
    params = {"maxRecords": str(ROWS_A_FETCH)} | ({"locator": locator} if locator else {})
    url = f"{client.origin}{client.path}{JOBS}/{job}/results"
    answer = client.session.request("GET", url, params=params, headers={**COMPACT, "Accept": "text/csv"})
    answer.encoding = "utf-8"
    return answer.text, answer.headers.get("Sforce-Locator", LAST)


def _pages(name: str, records: Iterator[Record]) -> Iterator[Page]:
    page: list[Record] = []
    for record in records:
        page.append(record)
        if len(page) == ROWS_A_PAGE:
            yield Page(name, page, None)
            page = []
    if page:
        yield Page(name, page, None)


type Reader = Callable[[str], Any]

READERS: dict[str, Reader] = {
    "boolean": lambda text: text == "true",
    "int": int,
    "double": Decimal,
    "currency": Decimal,
    "percent": Decimal,
    "datetime": lambda text: text.replace("Z", "+0000"),
}
"""How the text of a CSV cell becomes what a query would have answered; other types stay text."""


def _readers(side: SalesforceSide, name: str) -> dict[str, Reader]:
    described = side.client.get(f"sobjects/{name}/describe")
    types = {each["name"]: each["type"] for each in described["fields"]}
    return {path: READERS.get(types.get(path, ""), str) for path in side.columns[name]}


def _record(header: Sequence[str], row: Sequence[str], readers: Mapping[str, Reader]) -> Record:
    values: dict[str, Any] = {}
    for path, text in zip(header, row, strict=True):
        put(values, path, readers.get(path, str)(text) if text else None)
    stamp: str = values[STAMP]
    return Record(values["Id"], values, stamp, datetime.fromisoformat(stamp))

"""Time as the books see it: the person as employee or vendor, the job or customer, the item, and what follows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from timebridge.flows import MANAGED_BY
from timebridge.postings.closing import dated
from timebridge.postings.dimensions import Dimensions, dimensions_of
from timebridge.postings.explaining import Said
from timebridge.postings.settings import Posting, choice, record_id
from timebridge.records import Record, Value, Values

if TYPE_CHECKING:
    from timebridge.links import Link
    from timebridge.postings.composing import Desk

EMPLOYEE, VENDOR = "quickbooks_online.employee", "quickbooks_online.vendor"
JOB, CUSTOMER = "quickbooks_online.job", "quickbooks_online.customer"
ITEM = "quickbooks_online.item"


@dataclass(frozen=True, slots=True, kw_only=True)
class TimePosting(Posting):
    """`without_item`: what becomes of time whose labour code has no item over there: it waits, or is posted without
    one. `rates`: the entry's rate is sent, or the item's. `labour_code`: of entries that name none.
    """

    without_item: str = choice("skip", "skip", "post")
    rates: str = choice("entry", "entry", "item")
    labour_code: str | None = record_id()


@dataclass(frozen=True, slots=True)
class _Around:
    """What a page of entries refers to, and how that is linked."""

    projects: dict[str, Values]
    codes: dict[str, Values]
    employees: "dict[str, Link]"
    vendors: "dict[str, Link]"
    items: "dict[str, Link]"
    customers: dict[str, str]
    posted: "dict[str, Link]"
    dimensions: Dimensions


def compose_time(desk: "Desk", records: Sequence[Record]) -> list[Record]:
    posting: TimePosting = desk.posting("time")
    around = _look_around(desk, posting, [record.values for record in records])
    posted = desk.posted("time_entry", [record.id for record in records])
    around = replace(around, posted=posted)
    return [replace(record, values=_composed(desk, posting, around, record)) for record in records]


def _look_around(desk: "Desk", posting: TimePosting, entries: Sequence[Values]) -> _Around:
    staff = [values.get("staff") for values in entries]
    codes = [values.get("labour_code") or posting.labour_code for values in entries]
    projects = desk.values("project", [values.get("project") for values in entries])
    return _Around(
        projects,
        desk.values("labour_code", codes),
        desk.linked(EMPLOYEE, staff),
        desk.linked(VENDOR, staff),
        desk.linked(ITEM, codes),
        customers_of(desk, projects),
        {},
        dimensions_of(desk, posting, entries, projects),
    )


def customers_of(desk: "Desk", projects: dict[str, Values]) -> dict[str, str]:
    """For each project whom the books charge, as "flow/id": its job, or its client's customer where it has none."""
    jobs = desk.linked(JOB, projects)
    made = desk.has(JOB) and desk.flows[JOB].create_theirs and desk.flows[JOB].direction.goes_out
    own = {id for id, values in projects.items() if made and not (values.get(MANAGED_BY) or values.get("for_client"))}
    found = {id: f"{JOB}/{id}" for id in projects if id in jobs or id in own}
    clients = {id: values.get("client") for id, values in projects.items() if id not in found}
    return found | {id: f"{CUSTOMER}/{client}" for id, client in clients.items() if client and desk.has(CUSTOMER)}


def _composed(desk: "Desk", posting: TimePosting, around: _Around, record: Record) -> dict[str, Any]:
    values, id = record.values, record.id
    base = around.posted[id].base if id in around.posted else None
    when = dated(values, "work_date", posting, desk.company, base)
    staff, code = str(values.get("staff")), values.get("labour_code") or posting.labour_code
    vendor = staff if staff in around.vendors and staff not in around.employees else None
    billable = _billable(posting, values)
    return {
        **values,
        **around.dimensions.of(values),
        "employee": staff if staff in around.employees else None,
        "vendor": vendor,
        "name_of": "Vendor" if vendor else "Employee",
        "customer": around.customers.get(str(values.get("project"))),
        "labour_code": code if code in around.items else None,
        "without_item": code not in around.items,
        "work_date": when.day,
        "closed_through": when.closed_through,
        "notes": when.said(values.get("notes")),
        "billable": billable,
        "rate": _rate(posting, values, around.codes.get(str(code), {})),
    }


def explain_time(desk: "Desk", entry: Record, seen: Record) -> Iterator[Said]:
    """Where person, customer, item, day, billing and rate come from."""
    posting: TimePosting = desk.posting("time")
    values, said = entry.values, seen.values
    whose = "vendor" if said.get("vendor") else "employee" if said.get("employee") else None
    words = {"vendor": "The person is a vendor.", "employee": "The person is an employee.", None: "Nobody is linked."}
    yield Said("person", values.get("staff"), whose, words[whose])
    yield _customer(said)
    yield _item(posting, values, said)
    moved = said["work_date"] != values["work_date"]
    yield Said("work_date", said["work_date"], "closing" if moved else "entry", _of_day(moved, said))
    level = "entry" if posting.billable == "entry" else "default"
    yield Said("billable", said["billable"], level, f"Whether it is billable comes from the {_PLACES[level]}.")
    yield _rated(posting, values, said)


_PLACES = {"entry": "entry", "default": "settings of posting"}


def _customer(said: Values) -> Said:
    customer = said.get("customer")
    level = None if customer is None else "project" if str(customer).startswith(f"{JOB}/") else "client"
    words = {
        "project": "The project's own job is charged.",
        "client": "The project has no job: its client's customer is charged.",
        None: "Neither the project nor its client is linked.",
    }
    return Said("customer", customer, level, words[level])


def _item(posting: TimePosting, values: Values, said: Values) -> Said:
    level = "entry" if values.get("labour_code") else "default" if posting.labour_code else None
    if said.get("labour_code") is None:
        return Said("labour_code", None, None, "The labour code has no item over there.")
    words = f"The labour code comes from the {_PLACES[level or 'entry']}."
    return Said("labour_code", said["labour_code"], level, words)


def _of_day(moved: bool, said: Values) -> str:
    if moved:
        return "The books are closed for its own day: it is posted on the first open one, and says its own."
    closed = said.get("closed_through")
    return f"Its own day; the books are closed through {closed}." if closed else "Its own day."


def _rated(posting: TimePosting, values: Values, said: Values) -> Said:
    own = {"entry": values.get("rate"), "rates": values.get("charged_rate")} if posting.rates == "entry" else {}
    level = next((name for name, rate in own.items() if rate is not None), "labour_code" if said.get("rate") else None)
    words = {
        "entry": "The rate was given with the entry.",
        "rates": "The rate comes from the assignment, the project, the person or the labour code.",
        "labour_code": "The rate is the one of the labour code's item.",
        None: "No rate is known.",
    }
    return Said("rate", said.get("rate"), level, words[level])


def _billable(posting: Posting, values: Values) -> bool:
    return {"always": True, "never": False}.get(posting.billable, bool(values.get("billable")))


def _rate(posting: TimePosting, values: Values, code: Values) -> Value:
    """For an hour. The item's comes as the labour code's: the books want to be told even where it is theirs."""
    own = () if posting.rates == "item" else (values.get("rate"), values.get("charged_rate"))
    return next((rate for rate in (*own, code.get("rate")) if rate is not None), None)

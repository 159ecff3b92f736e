"""Records: one search over everything, and a list of each kind with how its records stand."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from timebridge.console import wording
from timebridge.console.screens import Answer, Refused, Screens, Visit, part

screens = Screens("records")

SIZE = 50

TABS = {
    "clients": "Clients",
    "projects": "Projects",
    "tasks": "Tasks",
    "staff": "Staff",
    "contacts": "Contacts",
    "time-entries": "Time",
    "expenses": "Expenses",
    "invoices": "Invoices",
}
LISTS = {
    "labour-codes": "Labour codes",
    "expense-codes": "Expense codes",
    "items": "Items",
    "accounts": "Accounts",
    "classes": "Classes",
    "departments": "Departments",
    "tax-rates": "Tax rates",
    "tax-codes": "Tax codes",
    "terms": "Terms",
    "payment-methods": "Payment methods",
    "payroll-items": "Payroll items",
    "payments": "Payments",
    "expense-reports": "Expense reports",
    "assignments": "Assignments",
    "firms": "Firm",
}
PLURALS = {**TABS, **LISTS, "transactions": "Transactions"}

COLUMNS = {
    "clients": ("name", "email", "phone", "address_city", "active"),
    "projects": ("name", "code", "client", "manager", "status", "budget_hours", "hours_total"),
    "tasks": ("name", "code", "project", "status", "due_date"),
    "staff": ("name", "email", "phone", "manager", "active"),
    "contacts": ("name", "client", "email", "phone"),
    "time-entries": ("work_date", "staff", "project", "task", "hours", "status"),
    "expenses": ("date", "staff", "project", "expense_code", "amount", "status"),
    "invoices": ("date", "number", "client", "project", "amount", "balance", "status"),
    "payments": ("date", "number", "client", "amount"),
    "transactions": ("date", "type", "number", "client", "amount", "status"),
    "expense-reports": ("date", "number", "staff", "amount", "status"),
    "assignments": ("role", "staff", "project", "task"),
}
OF_LISTS = ("name", "code", "type", "percent", "rate", "days", "account", "active")
"""Of the lists, whichever they have."""

NEW = {"staff": "New member of staff", "assignments": "Assign somebody"}

STATUSES = {
    "time-entries": ("draft", "submitted", "approved", "rejected"),
    "expenses": ("draft", "submitted", "approved", "rejected"),
    "expense-reports": ("draft", "submitted", "approved", "rejected"),
    "invoices": ("draft", "reviewed", "final", "void"),
}
BADGES = {
    "synced": "Synced",
    "error": "Error",
    "pending": "Pending",
    "not_mapped": "Not mapped",
    "not_shared": "Not shared",
}
FILTERS = ("q", "status", "badge", "connection", "active", "parent", "client", "project", "staff")
SPOKEN = ("status", "stage", "type")
"""Texts that may be words of ours."""

ABOVE = {"parent": "", "client": "clients", "project": "projects", "staff": "staff"}


@screens.get("/<tenant>/records")
def find_records(visit: Visit, tenant: str) -> Answer:
    text = visit.query.get("q")
    if not text:
        return list_records(visit, tenant, "clients")
    hits = visit.api.get("search", q=text, few=10)["items"]
    if len(hits) == 1 and hits[0]["by"] != "text":
        return visit.leave(visit.url(f"records/{hits[0]['kinds']}/{hits[0]['id']}"))
    kinds = dict.fromkeys(hit["kinds"] for hit in hits)
    groups = {each: [hit for hit in hits if hit["kinds"] == each] for each in kinds}
    shown: dict[str, Any] = {"text": text, "groups": groups, "plurals": PLURALS, "tabs": _tabs(visit, "")}
    names = names_of_connections(visit) if hits else {}
    return visit.page("records/search.html", title=f"Search for {text}", names=names, **shown)


@screens.get("/<tenant>/records/elsewhere")
def look_elsewhere(visit: Visit, tenant: str) -> Answer:
    """What the providers say of a text that stands for nothing here."""
    text = visit.query.get("q")
    if not (visit.is_partial or visit.query.is_on("now")):  # it takes seconds: the page comes first, and says so
        return visit.page("records/elsewhere.html", title=f"Search for {text}", text=text, tabs=_tabs(visit, ""))
    given = {"text": text, "elsewhere": visit.api.get("why", q=text), "names": names_of_connections(visit)}
    if visit.is_partial:
        return visit.fragment("records/_elsewhere.html", **given)
    return visit.page("records/elsewhere.html", title=f"Search for {text}", tabs=_tabs(visit, ""), **given)


@screens.get("/<tenant>/records/<kinds>")
def list_records(visit: Visit, tenant: str, kinds: str) -> Answer:
    found = kind_called(visit, kinds)
    asked = {name: visit.query.get(name) for name in FILTERS}
    page = visit.api.get(f"listings/{found['kinds']}", start=visit.query.get("start"), limit=SIZE, **asked)
    connections = list({each["connection"]: each for item in page["items"] for each in item["sync"]}.values())
    shown: dict[str, Any] = {
        "kind": found,
        "label": PLURALS.get(found["kinds"], found["label"]),
        "items": [_row(visit, found, item) for item in page["items"]],
        "columns": [field for field in map(fields_of(found).get, _columns(found)) if field],
        "connections": connections,
        "next": page["next"],
        "asked": asked,
        "statuses": [(each, wording.plain(each)) for each in STATUSES.get(found["kinds"], ())],
        "badges": BADGES,
        "names": names_of_connections(visit),
        "new": new_label(visit, found),
        "known": {name: value for name, value in _known(found, asked).items() if value},
        "above": _above(visit, found, asked),
        "tabs": _tabs(visit, found["kinds"]),
        "lists": [] if found["kinds"] in TABS else _tabs(visit, found["kinds"], LISTS),
    }
    return visit.page("records/list.html", title=shown["label"], **shown)


def _row(visit: Visit, kind: dict[str, Any], item: dict[str, Any]) -> dict[str, Any]:
    values, names, fields = item["record"]["values"], item["names"], fields_of(kind)
    cells = [
        {"field": fields[name], **told(visit, fields[name], values.get(name), names)}
        for name in _columns(kind)
        if name in fields
    ]
    sync = {each["connection"]: each for each in item["sync"]}
    url = visit.url(f"records/{kind['kinds']}/{item['record']['id']}")
    return {"id": item["record"]["id"], "url": url, "name": item["name"], "cells": cells, "sync": sync}


def _columns(kind: dict[str, Any]) -> tuple[str, ...]:
    given = COLUMNS.get(kind["kinds"])
    return given or tuple(name for name in OF_LISTS if name in fields_of(kind))


def _tabs(visit: Visit, current: str, among: dict[str, str] | None = None) -> list[tuple[str, str, bool]]:
    if among is not None:
        return [(visit.url(f"records/{kinds}"), name, kinds == current) for kinds, name in among.items()]
    shown = _tabs(visit, current, TABS)
    return [*shown, (visit.url("records/labour-codes"), "Lists", current in LISTS)]


def _above(visit: Visit, kind: dict[str, Any], asked: dict[str, str]) -> list[dict[str, str]]:
    """The records that a list is narrowed to, by name."""
    found = []
    for name, kinds in ABOVE.items():
        if asked[name]:
            to = kinds or fields_of(kind)[kind["parent"]]["refers_to"]
            found.append({"name": name, "called": called(visit, to, asked[name]), "url": f"records/{to}/{asked[name]}"})
    return found


def _known(kind: dict[str, Any], asked: dict[str, str]) -> dict[str, str]:
    """What a new record of a narrowed list belongs to."""
    given = {name: asked[name] for name in ("client", "project", "staff") if name in fields_of(kind)}
    return given | ({kind["parent"]: asked["parent"]} if asked["parent"] and kind["parent"] else {})


def called(visit: Visit, kinds: str, id: str) -> str:
    try:
        return str(visit.api.get(f"{kinds}/{part(id)}")["values"].get("name") or id)
    except Refused:
        return id


# --- what other screens of records need ------------------------------------------------------------------------------


def kind_called(visit: Visit, kinds: str) -> dict[str, Any]:
    """A kind by its word in paths, or by its name in the singular. Raises Refused 404."""
    wanted = kinds.replace("_", "-")
    for found in visit.api.get("kinds")["items"]:
        if wanted in (found["kinds"], found["kind"].replace("_", "-")):
            kind: dict[str, Any] = found
            return kind
    raise Refused(404, {"detail": "There are no records of this kind.", "remedy": "Choose another list."})


def new_label(visit: Visit, kind: dict[str, Any]) -> str:
    """What a button says that makes one; empty for whoever may not, and for what only the books have."""
    fits = all(field["set_by"] == "people" for field in kind["fields"] if field["required"])
    may = visit.may_administer or (kind["entries"] and visit.may_write)
    return (NEW.get(kind["kinds"]) or f"New {kind['label'].lower()}") if fits and may else ""


def fields_of(kind: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {field["name"]: field for field in kind["fields"]}


def told(visit: Visit, field: dict[str, Any], value: Any, names: dict[str, str]) -> dict[str, Any]:
    """A value as people read it, and where it leads."""
    if value is None or value == "":
        return {"text": "", "to": None}
    if field["type"] == "reference":
        return {"text": names.get(value, value), "to": visit.url(f"records/{field['refers_to']}/{value}")}
    if field["type"] == "choice" or (field["name"] in SPOKEN and str(value).islower()):
        return {"text": wording.plain(str(value)), "to": None}
    as_words: dict[str, Callable[[Any], str]] = {
        "date": wording.day,
        "number": figure,
        "flag": _yes_or_no,
    }
    return {"text": as_words.get(field["type"], str)(value), "to": None}


def figure(value: Any) -> str:
    """With thousands apart, and two places, or as many more as it has."""
    whole, _, rest = f"{Decimal(str(value)):,.6f}".rstrip("0").partition(".")
    return f"{whole}.{rest.ljust(2, '0')}"


def _yes_or_no(value: Any) -> str:
    return "Yes" if value else "No"


def names_of_connections(visit: Visit) -> dict[str, str]:
    """By id: the provider's name, or the company's where there are several of one provider."""
    found = [each for each in visit.api.get("connections")["items"] if each["status"] != "closed"]
    providers = [each["provider"] for each in found]
    return {
        each["id"]: wording.provider(each["provider"])
        if providers.count(each["provider"]) == 1
        else each["account_name"] or each["id"]
        for each in found
    }

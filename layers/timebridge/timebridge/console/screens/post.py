"""Posting, seen: hours by person and day, what can go into the books and what cannot, and what decided that."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from timebridge.console.books import CHOICES, POOLS, TYPES, WORDS
from timebridge.console.periods import SPANS, WEEK, Period, period_of
from timebridge.console.screens import Answer, Refused, Screens, Visit, part

screens = Screens("post")

SIZE = 50
LONG = 200
"""Names to choose from in a filter."""

STATES = ("ready", "blocked", "waiting", "posted", "changed")
EVERY = {"staff": "Everybody", "client": "All clients", "project": "All projects"}

STATE_OF = {"entered": "draft", "approved": "ready"}
"""Which filter shows the hours of a stage, where it is called otherwise."""


# --- the books -------------------------------------------------------------------------------------------------------


def books_of(visit: Visit) -> list[dict[str, Any]]:
    """The connections that keep books; closed ones too, so that one reads why nothing goes on."""
    found = visit.api.get("connections")["items"]
    return [each for each in found if each["provider"].startswith("quickbooks")]


def chosen(visit: Visit, books: list[dict[str, Any]]) -> dict[str, Any]:
    """The one that the address names, else the first that is live."""
    wanted = visit.query.get("connection")
    ranked = sorted(books, key=lambda each: (each["id"] != wanted, each["status"] != "live"))
    return ranked[0]


def base_of(connection: str) -> str:
    return f"connections/{part(connection)}/postings"


def nothing_connected(visit: Visit, type: str) -> Answer:
    return visit.page("post/unconnected.html", title="Post", type=type, asks=whom(visit), **WORDS)


def whom(visit: Visit) -> list[dict[str, Any]]:
    """Who can do what this person may not."""
    found: list[dict[str, Any]] = [] if visit.may_administer else visit.api.get("administrators")["items"]
    return found


# --- lists -----------------------------------------------------------------------------------------------------------


@screens.get("/<tenant>/post/time")
def time(visit: Visit, tenant: str) -> Answer:
    books = books_of(visit)
    if not books:
        return nothing_connected(visit, "time")
    book, period = chosen(visit, books), _period(visit)
    try:
        if visit.is_partial:
            return visit.fragment("post/_entries.html", **_listed(visit, "time", book, period))
        grid = visit.api.get(f"{base_of(book['id'])}/grid", **_span(period), **_whose(visit), limit=LONG)
        values = _listed(visit, "time", book, period) | {"grid": grid, "spans": SPANS, "states_of": STATE_OF}
        around = _around(visit, books, "time") | {name: _named(grid["choices"][name], name) for name in EVERY}
        return visit.page("post/time.html", title="Post time", **values, **around)
    except Refused as error:
        return closed(visit, "time", book, error)


@screens.get("/<tenant>/post/expenses")
def expenses(visit: Visit, tenant: str) -> Answer:
    return _list(visit, "expenses")


@screens.get("/<tenant>/post/invoices")
def invoices(visit: Visit, tenant: str) -> Answer:
    return _list(visit, "invoices")


def _list(visit: Visit, type: str) -> Answer:
    books = books_of(visit)
    if not books:
        return nothing_connected(visit, type)
    book = chosen(visit, books)
    try:
        values = _listed(visit, type, book, None)
        if visit.is_partial:
            return visit.fragment("post/_entries.html", **values)
        around = _around(visit, books, type) | _choices(visit, type) | {"pools": list(POOLS.items())}
        return visit.page(f"post/{type}.html", title=f"Post {type}", **values, **around)
    except Refused as error:
        return closed(visit, type, book, error)


def closed(visit: Visit, type: str, book: Mapping[str, Any], error: Refused) -> Answer:
    """Nothing is posted there now: why, and where to mend it."""
    if visit.is_partial or error.status != 409:
        raise error
    return visit.page("post/closed.html", title="Post", status=200, type=type, book=book, error=error, **WORDS)


def _listed(visit: Visit, type: str, book: Mapping[str, Any], period: Period | None) -> dict[str, Any]:
    query, day = visit.query, visit.query.get("day")
    pool = (query.get("pool") or "reports") if type == "expenses" else ""
    span = {"from_": day, "to": day} if day else _span(period) if period else _between(visit)
    page = visit.api.get(
        base_of(book["id"]),
        type=type,
        **span,
        **_whose(visit),
        **_stands(query.get("state")),
        pool=pool,
        unfinished=True,
        latest=type != "time",
        start=query.get("start"),
        limit=SIZE,
    )
    kept = _whose(visit) | {"pool": pool, "from": span["from_"], "to": span["to"]}
    return {
        "page": page,
        "type": type,
        "book": book,
        "day": day,
        "pool": pool,
        "period": period,
        "filter": {name: value for name, value in kept.items() if value},
        "filtered": any(query.get(name) for name in ("staff", "project", "client", "state", "day", "start")),
        **WORDS,
    }


def _around(visit: Visit, books: list[dict[str, Any]], type: str) -> dict[str, Any]:
    """The filters, and what is to be known before one posts."""
    rules = visit.api.get(f"{base_of(chosen(visit, books)['id'])}/rules")
    return {
        "books": books,
        "companies": [(each["id"], _company(each)) for each in books],
        "rules": rules,
        "asks": whom(visit),
        "states": list(CHOICES[type].items()),
    }


def _choices(visit: Visit, type: str) -> dict[str, Any]:
    """What the lists are filtered by, from the beginning of the alphabet."""
    kinds = {"client": "clients", "project": "projects"} | ({} if type == "invoices" else {"staff": "staff"})
    found: dict[str, Any] = {"staff": []}
    for name, plural in kinds.items():
        parent = visit.query.get("client") if name == "project" else None
        records = visit.api.get(plural, limit=LONG, parent=parent)["items"]
        found[name] = _named(({"id": each["id"], "name": each["values"]["name"]} for each in records), name)
    return found


def _named(found: Iterable[Mapping[str, str]], name: str) -> list[tuple[str, str]]:
    return [("", EVERY[name]), *((each["id"], each["name"]) for each in found)]


def _company(book: Mapping[str, Any]) -> str:
    return str(book.get("account_name") or book["id"])


def _stands(state: str) -> dict[str, str]:
    if not state:
        return {}
    return {"state": state} if state in STATES else {"status": state}


def _whose(visit: Visit) -> dict[str, str]:
    return {name: visit.query.get(name) for name in ("staff", "project", "client")}


def _span(period: Period) -> dict[str, str]:
    return {"from_": period.first.isoformat(), "to": period.last.isoformat()}


def _between(visit: Visit) -> dict[str, str]:
    """Days that people typed; what is no day counts for nothing."""
    return {"from_": _day(visit.query.get("from")), "to": _day(visit.query.get("to"))}


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def _period(visit: Visit) -> Period:
    text = _day(visit.query.get("at"))
    today = datetime.now(ZoneInfo(visit.tenant["time_zone"])).date()
    return period_of(visit.query.get("span") or WEEK, date.fromisoformat(text) if text else today)


# --- one record ------------------------------------------------------------------------------------------------------


@screens.get("/<tenant>/post/<type>/<id>/explain")
def explain(visit: Visit, tenant: str, type: str, id: str) -> Answer:
    """Beside the list for htmx, else a page of its own."""
    books = books_of(visit)
    if type not in TYPES or not books:
        return visit.back_to("post/time")
    book = chosen(visit, books)
    told = visit.api.get(f"{base_of(book['id'])}/{part(type)}/{part(id)}/explain")
    values = {"told": told, "type": type, "book": book, **WORDS}
    if visit.is_partial:
        return visit.fragment("post/_explained.html", **values)
    return visit.page("post/explain.html", title="Why it is posted like this", **values)


@screens.post("/<tenant>/post/expenses/gather")
def gather(visit: Visit, tenant: str) -> Answer:
    """Loose expenses are put into reports, one for each person."""
    ids = visit.form.all("id")
    if not ids:
        return visit.back_to("post/expenses", problem="Tick at least one expense.", pool="loose")
    made = visit.api.post("expense-reports/gather", {"ids": ids[:100]})["items"]
    words = "one report" if len(made) == 1 else f"{len(made)} reports"
    said = f"Put into {words}. Submit and approve them, then post them."
    return visit.back_to("post/expenses", said=said, pool="reports", connection=visit.form.get("connection"))

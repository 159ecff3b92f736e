"""Posting, done: what would be sent and what follows, sending it, taking it back, and what became of each record."""

from collections.abc import Mapping, Sequence
from typing import Any

from timebridge.console.books import TYPES, WORDS
from timebridge.console.screens import Answer, Screens, Visit, part
from timebridge.console.screens.post import base_of, books_of, chosen, nothing_connected

screens = Screens("post orders")

FILTER = ("from", "to", "staff", "project", "client", "pool")
CHOICES = ("closed", "as")
MOST_IDS = 1_000
SIZE, PAGE = 100, 200
VERBS = {"post": "", "withdraw": "/withdraw", "repost": "/repost"}
TICK = "Tick at least one."
UNCHANGED = "Nothing was changed since it was posted."


class Order:
    """What was ticked, or everything that fits a filter (`all`): as it stands in an address or in a form."""

    def __init__(self, type: str, sent: Any) -> None:
        self.type = type
        self.connection = sent.get("connection")
        self.ids = [id for text in sent.all("id") for id in text.split(",") if id][:MOST_IDS]
        self.filter = {name: sent.get(name) for name in FILTER if sent.get(name)} if sent.get("all") else None
        self.choices = {name: sent.get(name) for name in CHOICES if sent.get(name)}

    @property
    def is_empty(self) -> bool:
        return not self.ids and self.filter is None

    @property
    def body(self) -> dict[str, Any]:
        """As the API takes it."""
        selected = {"ids": self.ids} if self.ids else {"filter": self.filter or {}}
        return {"type": self.type, **selected, **self.choices}

    @property
    def fields(self) -> list[tuple[str, str]]:
        """What a form has to send to mean the same."""
        meant = [("id", id) for id in self.ids] if self.ids else [("all", "1"), *(self.filter or {}).items()]
        return [("connection", self.connection), *meant]


@screens.get("/<tenant>/post/<type>/preview")
def preview(visit: Visit, tenant: str, type: str) -> Answer:
    return _looked_at(visit, type, "post")


@screens.get("/<tenant>/post/<type>/repost")
def before_repost(visit: Visit, tenant: str, type: str) -> Answer:
    return _looked_at(visit, type, "repost")


@screens.get("/<tenant>/post/<type>/withdraw")
def before_withdraw(visit: Visit, tenant: str, type: str) -> Answer:
    return _looked_at(visit, type, "withdraw")


def _looked_at(visit: Visit, type: str, verb: str) -> Answer:
    """What would be sent, or taken out; nothing is done yet."""
    if type not in TYPES:
        return visit.back_to("post/time")
    books = books_of(visit)
    if not books:
        return nothing_connected(visit, type)
    order = Order(type, visit.query)
    if order.is_empty or (verb == "withdraw" and not order.ids):
        return visit.back_to(f"post/{type}", problem=TICK, connection=order.connection)
    order.connection = chosen(visit, books)["id"]
    if verb == "repost" and order.filter is not None:
        order.ids = _changed(visit, order)
        if not order.ids:
            return visit.back_to(f"post/{type}", problem=UNCHANGED, **order.filter)
    return _shown(visit, order, verb)


def _shown(visit: Visit, order: Order, verb: str) -> Answer:
    base = base_of(order.connection)
    seen = visit.api.post(f"{base}/preview", order.body)
    values = {"order": order, "seen": seen, "type": order.type, "verb": verb, "rules": visit.api.get(f"{base}/rules")}
    values |= {"documents": _sorted(seen["documents"]), "columns": _columns(seen["documents"])}
    template = "post/withdraw.html" if verb == "withdraw" else "post/preview.html"
    return visit.page(template, title="Before anything is sent", **values, **WORDS)


def _changed(visit: Visit, order: Order) -> list[str]:
    """What fits the filter and was changed since it was posted: nothing else is posted again by a filter."""
    ids: list[str] = []
    start, asked = None, {f"{name}_" if name == "from" else name: value for name, value in (order.filter or {}).items()}
    while len(ids) < MOST_IDS:
        page = visit.api.get(
            base_of(order.connection), type=order.type, state="changed", **asked, start=start, limit=PAGE
        )
        ids += [each["id"] for each in page["items"]]
        start = page["next"]
        if start is None:
            break
    return ids[:MOST_IDS]


def _sorted(documents: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Those that are created, changed, and already there."""
    return {name: [each for each in documents if each["operation"] == name] for name in ("create", "update", "none")}


def _columns(documents: Sequence[Mapping[str, Any]]) -> list[str]:
    """The facts that documents without lines have, in the order of a form; none where there are lines."""
    papers = [each["paper"] for each in documents if each["paper"]]
    if any(paper["lines"] for paper in papers):
        return []
    return list(dict.fromkeys(fact["name"] for paper in papers for fact in paper["facts"]))


@screens.post("/<tenant>/post/<type>/do/<verb>")
def do(visit: Visit, tenant: str, type: str, verb: str) -> Answer:
    """The worker does it, in a run that one can follow."""
    order = Order(type, visit.form)
    if type not in TYPES or verb not in VERBS or order.is_empty:
        return visit.back_to(f"post/{type if type in TYPES else 'time'}", problem=TICK)
    body = {"type": type, "ids": order.ids} if verb == "withdraw" else order.body
    run = visit.api.post(f"{base_of(order.connection)}{VERBS[verb]}", body)["run"]
    return visit.back_to(f"post/runs/{part(order.connection)}/{part(run)}")


@screens.get("/<tenant>/post/runs/<connection>/<run>")
def result(visit: Visit, tenant: str, connection: str, run: str) -> Answer:
    """What became of each record; told again every second while it is under way."""
    path = f"{base_of(connection)}/runs/{part(run)}"
    told = visit.api.get(path, limit=SIZE, start=visit.query.get("start"))
    values = {"told": told, "connection": connection, "type": told["type"], "counts": _counts(told), **WORDS}
    if visit.is_partial:
        return visit.fragment("post/_result.html", **values)
    return visit.page("post/result.html", title="Result", **values)


def _counts(told: Mapping[str, Any]) -> dict[str, int]:
    """How many of the records that are shown came out how."""
    found: dict[str, int] = {}
    for each in told["items"]:
        found[each["outcome"]] = found.get(each["outcome"], 0) + 1
    return found

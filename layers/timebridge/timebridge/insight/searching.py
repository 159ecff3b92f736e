"""Finding a record here by whatever people know of it: a name, a number, an id of either side, or a page's address.

Nothing is read at the providers; `looking` does that where this finds nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from timebridge import presets
from timebridge.books import folders
from timebridge.flows import Flow
from timebridge.insight.listing import Wanted
from timebridge.providers.salesforce.ids import full_id
from timebridge.records import Record
from timebridge.store.every_link import EveryLink
from timebridge.store.records import Workspace
from timebridge.store.tenants import Connections
from timebridge.tenants import Connection, Status
from timebridge.workspace.kinds import KINDS

OURS = re.compile(r"([a-z]{3})_[0-9a-z]+$")
THEIRS = re.compile(r"[0-9]+|[0-9A-Za-z]{15}|[0-9A-Za-z]{18}")
BY_TEXT = ("client", "project", "task", "staff", "contact", "invoice", "expense_report")
"""What people have in mind first when they type a name or a number."""

LISTS = tuple(name for name, kind in KINDS.items() if name not in BY_TEXT and kind.label == "name")
NUMBERED = ("payment", "transaction")

FEW = 5
"""How many records of one kind a text may stand for."""


@dataclass(frozen=True, slots=True)
class Hit:
    """`by`: "id", "their id" or "text"."""

    kind: str
    record: Record
    by: str


def search(tenant: str, text: str, few: int = FEW) -> list[Hit]:
    """What the text stands for, each record once; ids go before names. Archived records are found by an id only."""
    text = text.strip()
    found = [*_by_our_id(tenant, text), *_by_their_id(tenant, text)]
    if not any(hit.by == "id" for hit in found) and "://" not in text:
        found += _by_text(tenant, text, few)
    return list({(hit.kind, hit.record.id): hit for hit in reversed(found)}.values())[::-1]


def ids_in(text: str) -> list[str]:
    """What may be an id over there: the text itself, or the parts of a page's address that look like one.

    A number that QuickBooks shows may be an id too. Salesforce shows 15 of its 18 characters to people.
    """
    parts = [text] if "://" not in text else _parts(text)
    likely = [part for part in parts if THEIRS.fullmatch(part)]
    return list(dict.fromkeys(form for part in likely for form in (part, full_id(part)) if form))


def _parts(address: str) -> list[str]:
    """`…/lightning/r/Account/001…/view`, `…/001…`, `…/app/customerdetail?nameId=58`"""
    url = urlsplit(address)
    values = [value for query in (url.query, url.fragment.partition("?")[2]) for _, value in parse_qsl(query)]
    return [*values, *url.path.split("/"), *url.fragment.partition("?")[0].split("/")]


def _by_our_id(tenant: str, text: str) -> Iterator[Hit]:
    prefix = OURS.fullmatch(text)
    for kind in KINDS.values():
        record = Workspace(tenant).get(kind.name, text) if prefix and prefix[1] == kind.prefix else None
        if record is not None:
            yield Hit(kind.name, record, "id")


def _by_their_id(tenant: str, address: str) -> Iterator[Hit]:
    ids = ids_in(address)
    flows = {
        (connection.id, flow.name): (connection, flow)
        for connection in (Connections().of(tenant) if ids else ())
        if connection.status is not Status.CLOSED
        for flow in presets.flows_of(connection)
    }
    links = EveryLink(tenant).known_as((*where, id) for where in flows for id in ids)
    meant = [place for place in links if _is_page_of(address, *flows[place[:2]], place[2])] or list(links)
    kinds: dict[str, list[str]] = {}
    for place in meant:
        kinds.setdefault(flows[place[:2]][1].kind, []).append(links[place].ours)
    for kind, ours in sorted(kinds.items(), key=lambda each: list(KINDS).index(each[0])):
        for record in Workspace(tenant).read(kind, list(dict.fromkeys(ours))):
            yield Hit(kind, record, "their id")


def _is_page_of(address: str, connection: Connection, flow: Flow, id: str) -> bool:
    """Whether this is the page of that very record: a number alone may be the id of records of several objects."""
    page = folders.url_of(connection, flow, id) if "://" in address else None
    return page is not None and urlsplit(page)[2:4] == urlsplit(address)[2:4]


def _by_text(tenant: str, text: str, few: int) -> Iterator[Hit]:
    """Names, and the numbers of documents where there is a figure in the text."""
    numbered = NUMBERED if any(letter.isdigit() for letter in text) else ()
    for name in (*BY_TEXT, *LISTS, *numbered):
        kind, wanted = KINDS[name], Wanted(text)
        fits = lambda record, kind=kind, wanted=wanted: wanted.fits(kind, record)  # noqa: E731
        found, _ = Workspace(tenant).page(name, limit=few, fits=fits, latest=name in NUMBERED)
        yield from (Hit(name, record, "text") for record in found)

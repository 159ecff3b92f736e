"""The queries we ask, as text."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import quote_plus

from simple_salesforce.format import format_soql, quote_soql_value

from timebridge.flows import All, Condition, Flows, Is, paths
from timebridge.sides import Cursor

STAMP = "SystemModstamp"
SYSTEM = ("Id", STAMP, "IsDeleted")

LONGEST_LIST = 12_000
"""Characters of an encoded IN list: a URI may have 16,384, and the rest of the query needs some."""

MOST_KEYS = 300


def columns(flows: Flows) -> dict[str, tuple[str, ...]]:
    """What to select of each object that the flows watch: the mapped fields, and those the conditions look at."""
    wanted: dict[str, dict[str, None]] = {}
    for flow in flows:
        names = wanted.setdefault(flow.object, dict.fromkeys(SYSTEM))
        identity = (name for name in (flow.external, flow.survivor) if name)
        names.update(dict.fromkeys([*paths(flow.fields), *_looked_at(flow.when_theirs), *identity]))
    return {name: tuple(fields) for name, fields in wanted.items()}


def _looked_at(condition: Condition) -> Iterator[str]:
    if isinstance(condition, Is):
        yield condition.path
    elif isinstance(condition, All):
        for each in condition.conditions:
            yield from _looked_at(each)


def changed_since(name: str, fields: Sequence[str], cursor: Cursor | None) -> str:
    """Oldest first. Rows that share the cursor's stamp are told apart by id, in Salesforce's own order of ids."""
    where = f" WHERE {_after(cursor)}" if cursor else ""
    return f"{_select(name, fields)}{where} ORDER BY {STAMP} ASC, Id ASC"


def _after(cursor: Cursor) -> str:
    if not cursor.id:
        return f"{STAMP} >= {instant(cursor.stamp.replace(microsecond=0))}"
    stamp = instant(cursor.stamp)
    return f"({STAMP} > {stamp} OR ({STAMP} = {stamp} AND Id > {quote_soql_value(cursor.id)}))"


def among(name: str, fields: Sequence[str], by: str, keys: Iterable[str]) -> str:
    return f"{_select(name, fields)} WHERE {by} IN {quote_soql_value(list(keys))}"


def beginning(name: str, fields: Sequence[str], by: str, starts: Iterable[str]) -> str:
    """Records whose text begins with any of these, whatever the case; `starts` fit into one query (see `fitting`)."""
    return f"{_select(name, fields)} WHERE {' OR '.join(_like(by, start) for start in starts)}"


def _like(by: str, start: str) -> str:
    return format_soql("{:literal} LIKE '{:like}%'", by, start)


def at_version(name: str, id: str, stamp: datetime) -> str:
    """One record, if it was not changed since."""
    return f"{_select(name, ['Id'])} WHERE Id = {quote_soql_value(id)} AND {STAMP} = {instant(stamp)}"


def at_versions(name: str, versions: Iterable[tuple[str, datetime]]) -> str:
    """Those of the records that were not changed since; many share a moment, because they were written together."""
    alike: dict[str, list[str]] = {}
    for id, stamp in versions:
        alike.setdefault(instant(stamp), []).append(id)
    each = (f"({STAMP} = {stamp} AND Id IN {quote_soql_value(ids)})" for stamp, ids in alike.items())
    return f"{_select(name, ['Id'])} WHERE {' OR '.join(each)}"


def count(name: str) -> str:
    return f"SELECT COUNT() FROM {name}"  # noqa: S608  # names come from flows


def everything(name: str, fields: Sequence[str]) -> str:
    """In no order: sorting would keep Salesforce from reading a large object in parallel."""
    return _select(name, fields)


def one(name: str, fields: Sequence[str]) -> str:
    return f"{_select(name, fields)} LIMIT 1"


def _select(name: str, fields: Sequence[str]) -> str:
    return f"SELECT {','.join(fields)} FROM {name}"  # noqa: S608  # names come from flows, values are quoted


def instant(stamp: datetime) -> str:
    return stamp.astimezone(UTC).isoformat(timespec="milliseconds" if stamp.microsecond else "seconds")[:-6] + "Z"


def fitting(keys: Sequence[str], beside: str = "") -> Iterator[list[str]]:
    """The keys in lists that fit into the URI of one query. `beside`: what is repeated with each of them."""
    part: list[str] = []
    length, more = 0, len(quote_plus(beside))
    for key in keys:
        size = len(quote_plus(quote_soql_value(key))) + 3 + more
        if part and (length + size > LONGEST_LIST or len(part) == MOST_KEYS):
            yield part
            part, length = [], 0
        part.append(key)
        length += size
    if part:
        yield part

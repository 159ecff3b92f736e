"""What a tenant may choose from: opportunities and cases that are not completed, as our user sees them."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from simple_salesforce.format import format_soql, quote_soql_value

from timebridge.changes import chunks
from timebridge.errors import Rejected
from timebridge.flows import Flows
from timebridge.providers.provider import App, Item
from timebridge.providers.salesforce.ids import full_id
from timebridge.providers.salesforce.side import open_side
from timebridge.providers.salesforce.tasks import COMPLETED, TYPES
from timebridge.tenants import Connection, Grants

LISTS = {
    "opportunities": ("Opportunity", "Name", ("StageName", "Account.Name")),
    "cases": ("Case", "CaseNumber", ("Subject", "Status", "Account.Name")),
}
"""By type: the object, the field it is listed by, and what else is shown."""

PREFIXES = {"006": "Opportunity", "500": "Case"}
AT_ONCE = 200


def items(
    app: App, grants: Grants, connection: Connection, type: str, q: str, start: str | None, limit: int
) -> tuple[list[Item], str | None]:
    """A page, by name (cases by number), and where the next one starts. One call. Raises Rejected for another type."""
    if type not in LISTS:
        raise Rejected(f"There are no {type[:40]} to choose from.", remedy=f"Use {' or '.join(TYPES)}.", field="type")
    client = open_side(app, grants, connection, Flows(())).client
    soql = _soql(type, connection.settings.get("archive_stages", COMPLETED), q, start, limit + 1)
    rows = client.first_pages([(soql, False)])[0]["records"]
    by = LISTS[type][1]
    next = json.dumps([rows[limit - 1][by], rows[limit - 1]["Id"]]) if len(rows) > limit else None
    return [_item(type, row) for row in rows[:limit]], next


def _soql(type: str, completed: Sequence[str], q: str, start: str | None, limit: int) -> str:
    name, by, shown = LISTS[type]
    wanted = [*_open(name, completed), *_said(name, q), *_behind(by, start)]
    return (
        f"SELECT Id,{by},{','.join(shown)} FROM {name} WHERE {' AND '.join(wanted)} "  # noqa: S608  # quoted, or ours
        f"ORDER BY {by} ASC, Id ASC LIMIT {limit}"
    )


def _open(name: str, completed: Sequence[str]) -> list[str]:
    if name == "Case":
        return ["IsClosed = false"]
    return [f"StageName NOT IN {quote_soql_value(list(completed))}"] if completed else ["Id != null"]


def _said(name: str, q: str) -> Iterator[str]:
    for word in q.split():
        if name == "Case":
            yield format_soql("(Subject LIKE '%{:like}%' OR CaseNumber LIKE '%{:like}%')", word, word)
        else:
            yield format_soql("(Name LIKE '%{:like}%' OR Account.Name LIKE '%{:like}%')", word, word)


def _behind(by: str, start: str | None) -> list[str]:
    if start is None:
        return []
    try:
        last, id = (str(each) for each in json.loads(start))
    except ValueError as error:
        raise Rejected("There is no such page.", remedy="Begin at the first one.", field="start") from error
    last, id = quote_soql_value(last), quote_soql_value(id)
    return [f"({by} > {last} OR ({by} = {last} AND Id > {id}))"]


def _item(type: str, row: dict[str, Any]) -> Item:
    about = (row.get("Account") or {}).get("Name")
    if type == "cases":
        return Item(
            row["Id"], type, row["Subject"] or f"Case {row['CaseNumber']}", row["CaseNumber"], row["Status"], about
        )
    return Item(row["Id"], type, row["Name"], None, row["StageName"], about)


def unknown_items(app: App, grants: Grants, connection: Connection, ids: Sequence[str]) -> list[str]:
    """Those that are no opportunity or case that our user sees."""
    client = open_side(app, grants, connection, Flows(())).client
    soqls = [
        f"SELECT Id FROM {name} WHERE Id IN {quote_soql_value(list(some))}"  # noqa: S608  # quoted
        for prefix, name in PREFIXES.items()
        for some in chunks([id for id in ids if id.startswith(prefix) and full_id(id) == id], AT_ONCE)
    ]
    found = {row["Id"] for row in client.rows(soqls)} if soqls else set()
    return [id for id in ids if id not in found]

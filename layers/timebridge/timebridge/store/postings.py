"""Which records are to be in the books: marked in batches, and paged through by day, person and project."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Any

from timebridge.errors import Stale
from timebridge.records import Record
from timebridge.store.drafts import Draft, record_of
from timebridge.store.expense_reports import gather
from timebridge.store.paging import start_key, token
from timebridge.store.records import Workspace
from timebridge.store.rows import Rows
from timebridge.store.tables import RecordItem
from timebridge.workspace.kinds import kind_of

TOGETHER = 100
"""Records that are marked in one transaction."""

ATTEMPTS = 8
"""How often records are read again because somebody else changed some of them."""

LOOKED_AT = 1_000
"""How many records one page looks at, at most."""

PAGE = 200

LAST = "\uffff"
"""Sorts behind every day."""


POOLS = {"reports": "expense_report", "cards": "expense", "loose": "expense"}
"""The kind of what belongs together among expenses: reports, charges of company cards, and what is in no report."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which records: these `ids`, or those of a span of days, a person, a project, a client (its active projects).

    `pool`: of expenses, only those (see `POOLS`).
    """

    ids: tuple[str, ...] = ()
    first: str | None = None
    last: str | None = None
    staff: str | None = None
    project: str | None = None
    client: str | None = None
    pool: str | None = None

    def of_kind(self, kind: str) -> bool:
        return self.pool is None or bool(self.ids) or POOLS[self.pool] == kind

    def holds(self, values: Mapping[str, Any]) -> bool:
        return self.staff in (None, values.get("staff")) and self._pools(values)

    def _pools(self, values: Mapping[str, Any]) -> bool:
        if self.pool in (None, "reports"):
            return True
        return values.get("report") is None and (values.get("card") is not None) is (self.pool == "cards")

    def to_data(self) -> dict[str, Any]:
        named = {name: getattr(self, name) for name in ("first", "last", "staff", "project", "client", "pool")}
        return {"ids": list(self.ids), **{name: value for name, value in named.items() if value is not None}}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Selection":
        return cls(**{**data, "ids": tuple(data.get("ids", ()))})


class Postings:
    """The records of one tenant that may be posted."""

    def __init__(self, tenant: str, actor: str = "sync") -> None:
        self._space = Workspace(tenant, actor)
        self._rows = Rows(tenant)
        self._projects: dict[str, set[str]] = {}

    def page(
        self, kind: str, selection: Selection, start: str | None = None, limit: int = PAGE, latest: bool = False
    ) -> tuple[list[Record], str | None]:
        """Records by day, and where the next page starts. A page may be short although more follow.

        `latest`: the last day first; ids keep their order.
        """
        if selection.ids:
            return self._named(kind, selection, start, limit)
        by_project = selection.project is not None and kind_of(kind).parent == "project"
        index: Any = RecordItem.by_parent if by_project else RecordItem.by_name
        name, pk = "sort" if by_project else "name_key", self._rows.of(kind)
        partition = self._rows.below(kind, "project", selection.project) if by_project else pk
        between = getattr(RecordItem, name).between(selection.first or "0", f"{selection.last or ''}{LAST}")
        place = {"pk": pk} | ({"parent": partition} if by_project else {})
        found = index.query(
            partition,
            between,
            limit=LOOKED_AT,
            page_size=min(limit, PAGE),
            scan_index_forward=not latest,
            last_evaluated_key=start_key(start, place, ("sk", name)),
        )
        records: list[Record] = []
        for item in found:
            record = record_of(kind, item)
            if selection.holds(record.values) and self._is_for(record, selection):
                records.append(record)
            if len(records) == limit:
                break
        return records, token(found.last_evaluated_key, ("sk", name))

    def every(self, kind: str, selection: Selection) -> Iterator[Record]:
        """All of them, page by page."""
        start: str | None = None
        while True:
            records, start = self.page(kind, selection, start, LOOKED_AT)
            yield from records
            if start is None:
                return

    def _is_for(self, record: Record, selection: Selection) -> bool:
        """Whether it belongs to the project and the client that are asked for."""
        project = record.values.get("project")
        if selection.project not in (None, project):
            return False
        if selection.client is None:
            return True
        if "client" in record.values:
            return bool(record.values["client"] == selection.client)
        return project in self._projects_of(selection.client)

    def _projects_of(self, client: str) -> set[str]:
        if client not in self._projects:
            self._projects[client] = {each.id for each in self._space.read("project", [client], by="client")}
        return self._projects[client]

    def _named(self, kind: str, selection: Selection, start: str | None, limit: int) -> tuple[list[Record], str | None]:
        first = int(start or 0)
        some = selection.ids[first : first + limit]
        there = {record.id: record for record in self._space.read(kind, some)}
        next = str(first + limit) if first + limit < len(selection.ids) else None
        return [there[id] for id in some if id in there and not there[id].gone], next

    def mark(self, kind: str, ids: Sequence[str], values: Mapping[str, str | None]) -> int:
        """Set what was decided about posting on each of the records; returns how many were changed.

        Raises Stale when somebody else keeps changing them. Marked again they stay as they are.
        """
        return sum(self._marked(kind, some, values) for some in batched(ids, TOGETHER, strict=False))

    def gather(self, expenses: Sequence[str], post_as: str | None = None) -> list[Record]:
        """The reports that these expenses are put into."""
        return gather(self._space, expenses, {"post_as": post_as} if post_as else None) if expenses else []

    def _marked(self, kind: str, ids: Sequence[str], values: Mapping[str, str | None]) -> int:
        for _ in range(ATTEMPTS):
            drafts = list(self._drafts(kind, ids, values))
            if not drafts or self._space.write_together([(kind, draft) for draft in drafts]):
                return len(drafts)
        raise Stale("The records keep changing while they are posted.", remedy="Try again.")

    def _drafts(self, kind: str, ids: Sequence[str], values: Mapping[str, str | None]) -> Iterator[Draft]:
        for item in self._space.stored(kind, ids).values():
            if not item.archived and any(item.data.get(name) != value for name, value in values.items()):
                yield Draft(item.sk, item, {**item.data, **values})

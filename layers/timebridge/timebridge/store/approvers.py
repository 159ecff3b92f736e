"""What the time and expenses of a tenant are a matter of, for whoever wants to decide about them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from timebridge.records import Record
from timebridge.store.drafts import record_of
from timebridge.store.expense_reports import EXPENSE
from timebridge.store.expense_reports import KIND as REPORT
from timebridge.store.records import Workspace
from timebridge.store.rows import Rows
from timebridge.store.tables import RecordItem
from timebridge.workspace.approving import Decider, Matter, Refusal, refusal

AT_ONCE = 1_000
"""Records that one request looks through for those of one manager."""


@dataclass(frozen=True, slots=True)
class Docket:
    """Some entries as what is decided about, by id. `names`: of those who may decide, while they work here."""

    matters: Mapping[str, Matter]
    names: Mapping[str, str]

    def refusal(self, id: str, decider: Decider, move: str) -> Refusal | None:
        return refusal(decider, self.matters[id], move, self.names)


class Approvers:
    """Of one tenant. Whatever number of entries is looked at: a read for each kind that they refer to."""

    def __init__(self, tenant: str) -> None:
        self._rows = Rows(tenant)
        self._space = Workspace(tenant)

    def docket(self, kind: str, records: Sequence[Record]) -> Docket:
        projects = self._projects(kind, records)
        managers = self._managers("project", {each for some in projects.values() for each in some})
        leads = self._managers("staff", {str(each.values["staff"]) for each in records})
        matters = {
            each.id: Matter.of(
                kind, each.values, leads.get(each.values["staff"]), map(managers.get, projects.get(each.id, ()))
            )
            for each in records
        }
        return Docket(matters, self._names({id for matter in matters.values() for id, _ in matter.deciders}))

    def _projects(self, kind: str, records: Sequence[Record]) -> dict[str, set[str]]:
        """Those that each entry touches: a report those of all that it holds."""
        if kind != REPORT:
            return {each.id: {str(each.values["project"])} for each in records}
        found: dict[str, set[str]] = {}
        for each in self._space.read(EXPENSE, [report.id for report in records], by="report"):
            found.setdefault(str(each.values["report"]), set()).add(str(each.values["project"]))
        return found

    def _managers(self, kind: str, ids: Iterable[str]) -> dict[str, str]:
        found = self._space.read(kind, list(ids))
        return {each.id: str(each.values["manager"]) for each in found if each.values.get("manager")}

    def _names(self, ids: Iterable[str]) -> dict[str, str]:
        working = [each for each in self._space.read("staff", list(ids)) if _works(each)]
        return {each.id: str(each.values["name"]) for each in working}

    def managed(self, kind: str, staff: str) -> Iterator[Record]:
        """The active projects that somebody manages, or the people whom they lead (`kind` staff)."""
        held = RecordItem.data.contains(staff)
        items = RecordItem.by_name.query(self._rows.of(kind), filter_condition=held, page_size=AT_ONCE)
        found = (record_of(kind, item) for item in items)
        return (each for each in found if each.values.get("manager") == staff and each.id != staff)


def _works(staff: Record) -> bool:
    return not staff.gone and staff.values.get("active") is not False

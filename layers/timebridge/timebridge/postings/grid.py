"""Hours by person and day, and how far they have come: entered, submitted, approved, in the books."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from timebridge.postings.prospects import Standing, State


class Stage(StrEnum):
    """`BLOCKED`: it is approved, and cannot be posted. `CHANGED`: it is in the books, and was changed since."""

    ENTERED = "entered"
    SUBMITTED = "submitted"
    REJECTED = "rejected"
    APPROVED = "approved"
    BLOCKED = "blocked"
    WAITING = "waiting"
    POSTED = "posted"
    CHANGED = "changed"


type Hours = dict[Stage, Decimal]

OF_STATE = {State.POSTED: Stage.POSTED, State.CHANGED: Stage.CHANGED, State.WAITING: Stage.WAITING}
OF_STATUS = {"draft": Stage.ENTERED, "submitted": Stage.SUBMITTED, "rejected": Stage.REJECTED}


def stage_of(standing: Standing) -> Stage:
    """What is in the books counts before what its status says."""
    if standing.state in OF_STATE:
        return OF_STATE[standing.state]
    early = OF_STATUS.get(str(standing.record.values.get("status")))
    return early or (Stage.BLOCKED if standing.state is State.BLOCKED else Stage.APPROVED)


def _nothing() -> defaultdict[Stage, Decimal]:
    return defaultdict(Decimal)


@dataclass
class Grid:
    """Hours by person and day (ISO), of each person, of each day, and of all."""

    cells: dict[str, dict[str, Hours]] = field(default_factory=dict)
    people: dict[str, Hours] = field(default_factory=dict)
    days: dict[str, Hours] = field(default_factory=dict)
    total: Hours = field(default_factory=_nothing)

    def add(self, staff: str, day: str, stage: Stage, hours: Decimal) -> None:
        row = self.cells.setdefault(staff, {})
        for sums in (
            row.setdefault(day, _nothing()),
            self.people.setdefault(staff, _nothing()),
            self.days.setdefault(day, _nothing()),
            self.total,
        ):
            sums[stage] += hours


def grid_of(standings: Iterable[Standing], entered: Mapping[str, Mapping[str, object]]) -> Grid:
    """`entered`: the values of each record as people entered them, by id: on the day that is theirs."""
    grid = Grid()
    for standing in standings:
        values = entered[standing.record.id]
        hours = Decimal(str(values["hours"]))
        grid.add(str(values["staff"]), str(values["work_date"]), stage_of(standing), hours)
    return grid

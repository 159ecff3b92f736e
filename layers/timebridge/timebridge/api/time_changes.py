"""Many entries made, changed and taken away in one call: what a grid of a week sends."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import Field

from timebridge.api import records
from timebridge.api.access import WRITERS, Asking, Caller, Noun, TenantId
from timebridge.api.errors import Problem, of_road
from timebridge.api.kinds import Plural
from timebridge.api.outcomes import OutcomesView, outcomes
from timebridge.api.own import staff_of
from timebridge.api.records import RecordView
from timebridge.api.views import Asked, At
from timebridge.errors import SyncError

time_changes = Noun("time sheets")

ENTRIES = Plural("time-entries")
MOST_ENTRIES = 100


class SheetEntry(Asked):
    """An entry that is made (without `id`), changed (with `id` and `revision`), or taken away (`hours` null).

    What is left out of a change stays as it is.
    """

    id: str | None = Field(default=None, max_length=100)
    revision: int | None = None
    project: str | None = Field(default=None, max_length=100)
    task: str | None = Field(default=None, max_length=100)
    labour_code: str | None = Field(default=None, max_length=100)
    work_date: date | None = None
    hours: Decimal | None = Field(default=None, max_digits=20)
    notes: str | None = Field(default=None, max_length=4000)
    billable: bool | None = None


class SheetChange(Asked):
    staff: str | None = Field(default=None, max_length=100, description="Whose; the caller's own without it.")
    entries: list[SheetEntry] = Field(min_length=1, max_length=MOST_ENTRIES)


@time_changes.post("/tenants/<tenant>/time-sheet", WRITERS, "Make, change and take away entries of a week")
def save_time_sheet(tenant: TenantId, asked: Annotated[SheetChange, Body()], caller: Asking) -> OutcomesView:
    """Each by the same rules as alone; what is refused does not keep the others from being saved."""
    return outcomes([(each.id, _saved(tenant, caller, asked.staff, each)) for each in asked.entries])


def _saved(tenant: str, caller: Caller, staff: str | None, each: SheetEntry) -> RecordView | Problem:
    try:
        return _write(tenant, caller, staff, each)
    except SyncError as error:
        return of_road(error)
    except Problem as problem:
        return problem


def _write(tenant: str, caller: Caller, staff: str | None, each: SheetEntry) -> RecordView:
    values = _values(each)
    done: RecordView
    if each.id is None:
        given = {name: value for name, value in values.items() if value is not None}
        whose = {"staff": staff or staff_of(tenant, caller).id}
        done = records.create_record(tenant, ENTRIES, records.Values({**whose, **given}), caller)
    elif each.revision is None:
        raise Problem(428, "The change does not say which revision it was made to.", remedy="Load the week again.")
    elif values.get("hours", each) is None:
        done = records.archive_record(tenant, ENTRIES, each.id, caller, At(revision=each.revision))
    else:
        change = records.Patch(values=values, revision=each.revision)
        done = records.update_record(tenant, ENTRIES, each.id, change, caller)
    return done


def _values(each: SheetEntry) -> dict[str, Any]:
    values = each.model_dump(exclude_unset=True, exclude={"id", "revision"})
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}

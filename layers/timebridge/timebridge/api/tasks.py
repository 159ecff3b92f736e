"""Tasks and timers: what every client offers to track time on, and the one timer of each person."""

from datetime import datetime
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from pydantic import AwareDatetime, Field

from timebridge.api import records
from timebridge.api.access import EVERYBODY, WRITERS, Asking, Caller, Noun, TenantId, tenant_of
from timebridge.api.errors import Problem
from timebridge.api.own import own, staff_of
from timebridge.api.records import RecordView
from timebridge.api.tenants import check_zone
from timebridge.api.views import Asked, Limit, Page, Start, View
from timebridge.records import Record
from timebridge.store.audit import Audit
from timebridge.store.members import Members
from timebridge.store.tasks import Tasks
from timebridge.store.timers import Timers
from timebridge.workspace.timers import Timer

tasks = Noun("tasks")

Words = Annotated[str, Query(max_length=200, description="Words, or parts of them, of the name or code.")]
InProject = Annotated[str | None, Query(max_length=100, description="Only those of this project.", alias="parent")]
Below = Annotated[str | None, Query(max_length=100, description="Only those directly below this task.")]
Mine = Annotated[bool, Query(description="Only those on which the caller may book time.")]
OfKind = Annotated[Literal["task", "project"] | None, Query(description="Only tasks, or only projects.")]
TIMER = "/tenants/<tenant>/timer"


class TaskView(RecordView):
    """`path`: the names of the project, of the tasks above, and its own."""

    path: list[str]


class PlaceView(View):
    """What time is booked on: a task, or a project without naming a task. `path`: the names, its own last."""

    kind: Literal["task", "project"]
    id: str
    code: str | None
    path: list[str]


class TimerView(View):
    """`values`: what its entries will hold besides day and hours. `path`: the names of what it is for."""

    id: str
    path: list[str]
    staff: str
    started: datetime
    zone: str
    values: dict[str, Any]


class RunningView(View):
    """`entries`: those that were made by what was asked."""

    running: TimerView | None
    entries: list[RecordView] = Field(default_factory=list)


class NewTimer(Asked):
    task: str | None = Field(default=None, max_length=100)
    project: str | None = Field(default=None, max_length=100, description="Of the task, unless there is none.")
    labour_code: str | None = Field(default=None, max_length=100)
    notes: str | None = Field(default=None, max_length=4000)
    billable: bool | None = None
    started: AwareDatetime | None = Field(default=None, description="Now, unless it says otherwise.")
    time_zone: str | None = Field(default=None, max_length=60, description="The person's; else the tenant's.")


class TimerPatch(Asked):
    task: str | None = Field(default=None, max_length=100)
    project: str | None = Field(default=None, max_length=100)
    labour_code: str | None = Field(default=None, max_length=100)
    notes: str | None = Field(default=None, max_length=4000)
    billable: bool | None = None


class End(Asked):
    ended: AwareDatetime | None = Field(default=None, description="Now, unless it says otherwise.")


@tasks.get("/tenants/<tenant>/tasks", EVERYBODY, "Search tasks")
def search_tasks(
    tenant: TenantId,
    caller: Asking,
    q: Words = "",
    parent: InProject = None,
    task: Below = None,
    mine: Mine = False,
    start: Start = None,
    limit: Limit = 50,
) -> Page[TaskView]:
    """Those that are not archived, by name; every word of `q` may stand anywhere in it."""
    found = Tasks(tenant, staff_of(tenant, caller).id if mine else None)
    items, next = found.search(q, parent, task, start, limit)
    return Page[TaskView](
        items=[TaskView(**records.view("task", each, caller).model_dump(), path=found.path(each)) for each in items],
        next=next,
    )


@tasks.get("/tenants/<tenant>/places", EVERYBODY, "Search what time can be booked on")
def search_places(
    tenant: TenantId,
    caller: Asking,
    q: Words = "",
    kind: OfKind = None,
    mine: Mine = False,
    start: Start = None,
    limit: Limit = 50,
) -> Page[PlaceView]:
    """Tasks first, then projects; as the search of tasks."""
    found = Tasks(tenant, staff_of(tenant, caller).id if mine else None)
    kinds: list[str] = [kind] if kind else ["task", "project"]
    token: str | None = start or f"{kinds[0]}~"
    items: list[Record] = []
    while token and len(items) < limit:
        some, token = _some_places(found, kinds, q, token, limit - len(items))
        items += some
        if token and not token.endswith("~"):
            break
    return Page[PlaceView](items=[_place(found, each) for each in items], next=token)


def _some_places(found: Tasks, kinds: list[str], q: str, token: str, limit: int) -> tuple[list[Record], str | None]:
    """Of the kind that the token names, and the token of those that follow."""
    at, _, inner = token.partition("~")
    if at not in kinds:
        raise Problem(422, "The page token is not one that we gave out.", remedy="Start again.", field="start")
    search = found.projects if at == "project" else found.tasks
    items, next = search(q, inner or None, limit)
    following = kinds[kinds.index(at) + 1 :]
    return items, f"{at}~{next}" if next else f"{following[0]}~" if following else None


def _place(found: Tasks, record: Record) -> PlaceView:
    is_task = "project" in record.values
    path = found.path(record) if is_task else [str(record.values["name"])]
    return PlaceView(kind="task" if is_task else "project", id=record.id, code=record.values.get("code"), path=path)


@tasks.get(TIMER, EVERYBODY, "Read the running timer")
def get_timer(tenant: TenantId, caller: Asking) -> RunningView:
    """The caller's own, whichever client started it."""
    me = Members(tenant).staff_of(caller.email)
    timer = Timers(tenant, caller.name).running(me.id) if me else None
    return RunningView(running=_view(tenant, timer) if timer else None)


@tasks.post(f"{TIMER}/start", WRITERS, "Start a timer")
def start_timer(tenant: TenantId, asked: Annotated[NewTimer, Body()], caller: Asking) -> RunningView:
    """For a task, or a project. What ran until now is stopped; the same thing again just runs on."""
    me, values = _mine(tenant, caller), asked.model_dump(exclude_none=True, exclude={"started", "time_zone"})
    zone = asked.time_zone or tenant_of(tenant).time_zone
    check_zone(zone)
    timer, made = Timers(tenant, caller.name).start(me, own(tenant, caller, values), zone, asked.started)
    _note(tenant, caller, "timer.start", timer)
    return RunningView(
        running=_view(tenant, timer), entries=[records.view("time_entry", each, caller) for each in made]
    )


@tasks.patch(TIMER, WRITERS, "Change what the timer is for")
def change_timer(tenant: TenantId, asked: Annotated[TimerPatch, Body()], caller: Asking) -> RunningView:
    """It runs on. What is not named stays."""
    me, values = _mine(tenant, caller), asked.model_dump(exclude_unset=True)
    if values.get("task") and "project" not in values:
        values["project"] = None
    timer = Timers(tenant, caller.name).change(me, own(tenant, caller, values))
    return RunningView(running=_view(tenant, timer))


@tasks.post(f"{TIMER}/stop", WRITERS, "Stop the timer")
def stop_timer(tenant: TenantId, caller: Asking, asked: Annotated[End | None, Body()] = None) -> RunningView:
    """It becomes an entry, rounded to a hundredth of an hour; over midnight one for each day, by the local time."""
    made = Timers(tenant, caller.name).stop(_mine(tenant, caller), asked.ended if asked else None)
    for entry in made:
        records.note(tenant, caller, "create", "time_entry", None, entry)
    return RunningView(running=None, entries=[records.view("time_entry", each, caller) for each in made])


@tasks.post(f"{TIMER}/discard", WRITERS, "Forget the timer")
def discard_timer(tenant: TenantId, caller: Asking) -> RunningView:
    """No entry is made."""
    _note(tenant, caller, "timer.discard", Timers(tenant, caller.name).discard(_mine(tenant, caller)))
    return RunningView(running=None)


def _mine(tenant: str, caller: Caller) -> str:
    """Raises Problem 409: a timer is somebody's, also an administrator's."""
    me = Members(tenant).staff_of(caller.email)
    if me is None:
        raise Problem(
            409,
            "A timer is for those on the list of staff.",
            remedy=f"Put {caller.email or 'your e-mail address'} on your record there.",
            field="staff",
        )
    return me.id


def _view(tenant: str, timer: Timer) -> TimerView:
    task, project = timer.values.get("task"), timer.values.get("project")
    paths = Tasks(tenant).paths([str(task)] if task else [], [str(project)] if project else [])
    return TimerView(
        id=timer.id,
        path=paths.get(str(task or project), []),
        staff=timer.staff,
        started=timer.started,
        zone=timer.zone,
        values=dict(timer.values),
    )


def _note(tenant: str, caller: Caller, what: str, timer: Timer) -> None:
    detail = {"started": timer.started.isoformat(), "values": dict(timer.values)}
    Audit(tenant).write(caller.name, what, timer.id, detail)

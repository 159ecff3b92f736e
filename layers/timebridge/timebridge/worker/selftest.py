"""The functional tests of a set-up, played with marked records through the connection itself, and tidied up after.

Each step answers ok, or not and why; None: the settings do not ask for what it would prove.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from timebridge.changes import Where
from timebridge.context import Context
from timebridge.errors import Rejected, SyncError
from timebridge.flows import All, Condition, Flow, Is, put
from timebridge.records import Value
from timebridge.sides import Create, Update, Written
from timebridge.worker.marked import Failed, NotAsked, Stand, tidy

HOURS = Decimal("1.25")
BUDGETS = Decimal("1000.00"), Decimal("2000.00"), Decimal("3000.00")
"""As it is made, as it is changed here, and as it is changed there."""

type Step = dict[str, Any]


def run(road: Context, id: str) -> list[Step]:
    """Play all steps; what they made is removed whatever happens."""
    stand = Stand(road, id)
    try:
        return [_played(name, step, stand) for name, step in STEPS.items()]
    finally:
        tidy(stand)


def _played(name: str, step: Callable[[Stand], str], stand: Stand) -> Step:
    try:
        return {"name": name, "ok": True, "words": step(stand)}
    except NotAsked as why:
        return {"name": name, "ok": None, "words": str(why)}
    except Failed as why:
        return {"name": name, "ok": False, "words": str(why)}
    except Rejected as error:
        return {"name": name, "ok": False, "words": error.told}


# --- the steps -------------------------------------------------------------------------------------------------------


def create_project(stand: Stand) -> str:
    """Test 1: a project made here becomes their record."""
    flow = _going_out(stand)
    client = stand.workspace.create("client", {"name": stand.mark}, stand.id("cli", "client"))
    values = {"client": client.id, "name": stand.mark, "budget": BUDGETS[0], **_asked(flow.when_ours)}
    project = stand.workspace.create("project", values, stand.id("prj", "project"))
    link = stand.linked(flow, Where.OURS, project.id)
    stand.agree(flow, link, "name", "budget", "client")
    return f"The project became {flow.object} {link.theirs}."


def update_project(stand: Stand) -> str:
    """Test 2: a change made here arrives there."""
    flow = _going_out(stand)
    project = stand.ours(flow, stand.id("prj", "project"))
    stand.workspace.update("project", project.id, {"budget": BUDGETS[1]}, project.version or "")
    link = stand.linked(flow, Where.OURS, project.id)
    stand.agree(flow, link, "name", "budget")
    return f"The new budget of {BUDGETS[1]} is in {flow.object} {link.theirs}."


def hours(stand: Stand) -> str:
    """Test 3: hours that were handed in are seen there."""
    flow = _going_out(stand)
    wanted = {"hours_total"} & {each.ours for each in flow.fields}
    [*entries] = [each for each in stand.road.flows.of(Where.OURS, "time_entry") if each.direction.goes_out]
    if not wanted and not entries:
        raise NotAsked("No time is exported: the settings say so.")
    project = stand.ours(flow, stand.id("prj", "project"))
    entry = _handed_in(stand, project.id)
    link = stand.linked(flow, Where.OURS, project.id)
    stand.agree(flow, link, "hours_total")
    for each in entries:
        stand.agree(each, stand.linked(each, Where.OURS, entry), *(f.ours for f in each.fields))
    return f"{HOURS} hours are in {flow.object} {link.theirs}."


def both_ways(stand: Stand) -> str:
    """Test 4: a record made there comes in, and so does a change of it."""
    flow = stand.flow("project")
    if not (flow.direction.comes_in and flow.create_ours):
        raise NotAsked(f"A new {flow.object} does not come in: the settings say so.")
    id = _made_there(stand, flow)
    link = stand.linked(flow, Where.THEIRS, id)
    stand.agree(flow, link, "name", "budget", "client")
    budget = {"budget": BUDGETS[2]}
    _written(stand, flow, Update(id, flow.outgoing(budget, {}), None))
    link = stand.linked(flow, Where.THEIRS, id)
    stand.agree(flow, link, "budget")
    if stand.ours(flow, link.ours).values.get("budget") != BUDGETS[2]:
        raise Failed(f"The change made in {flow.object} {id} did not arrive.")
    return f"{flow.object} {id} became a project, and its new budget arrived."


STEPS: dict[str, Callable[[Stand], str]] = {
    step.__name__: step for step in (create_project, update_project, hours, both_ways)
}


def _going_out(stand: Stand) -> Flow:
    flow = stand.flow("project")
    if not (flow.direction.goes_out and flow.create_theirs):
        raise NotAsked(f"A project made here does not become {flow.object}: the settings say so.")
    return flow


def _asked(condition: Condition) -> dict[str, Value]:
    """Values that fulfil a condition."""
    if isinstance(condition, All):
        return {name: value for each in condition.conditions for name, value in _asked(each).items()}
    return {condition.path: condition.among[0]} if type(condition) is Is and condition.among else {}


def _handed_in(stand: Stand, project: str) -> str:
    staff = stand.workspace.create("staff", {"name": stand.mark}, stand.id("stf", "staff"))
    values = {"project": project, "staff": staff.id, "work_date": datetime.now(UTC).date().isoformat(), "hours": HOURS}
    entry = stand.workspace.create("time_entry", values, stand.id("ent", "entry"))
    stand.workspace.submit(entry.id)
    return entry.id


def _made_there(stand: Stand, flow: Flow) -> str:
    """A record of theirs that qualifies, under a client that comes along."""
    parents = {}
    for parent in flow.parents:
        above = stand.road.flows[parent.parent or ""]
        mark = f"{stand.mark} {parent.ours}"
        parents[parent.ours] = f"{above.name}/{mark}", _created(stand, above, parent.ours, {"name": mark}, {})
    values: dict[str, Value] = {"name": stand.mark, "budget": BUDGETS[0]}
    values |= {ours: key.partition("/")[2] for ours, (key, _) in parents.items()}
    return _created(stand, flow, "record", values, dict(parents.values()))


def _created(stand: Stand, flow: Flow, what: str, ours: Mapping[str, Value], links: Mapping[str, str]) -> str:
    known = {each.ours for each in flow.fields}
    wanted = {**(flow.on_create_theirs or {})}
    for path, value in flow.outgoing({name: value for name, value in ours.items() if name in known}, links).items():
        wanted[path] = value
    for path, asked in _asked(flow.when_theirs).items():
        put(wanted, path, asked)
    key = stand.id("tst", what)
    written = _written(stand, flow, Create(key, wanted, key, "1", repeated=True))
    stand.made[flow.object, written.id] = None
    return written.id


def _written(stand: Stand, flow: Flow, write: Create | Update) -> Written:
    [outcome] = stand.road.theirs.write(flow.object, [write])
    if isinstance(outcome, SyncError):
        raise outcome
    return outcome

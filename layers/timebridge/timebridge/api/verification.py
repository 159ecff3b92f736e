"""Whether both sides agree: every pair compared, the set-up tested, and what differs put right record by record."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import Field

from timebridge import context, presets, queue
from timebridge.api.access import ADMINS, EVERYBODY, Asking, Caller, ConnectionId, Name, Noun, TenantId, connection_of
from timebridge.api.errors import Problem, missing
from timebridge.api.kinds import PLURAL_OF
from timebridge.api.names import names_of
from timebridge.api.runs import PATH, StartedView, open_connection
from timebridge.api.sending import REPAIR, sent
from timebridge.api.views import Asked, Kept, Limit, Page, Queued, Start, View
from timebridge.books import folders
from timebridge.changes import Change, Where
from timebridge.flows import Flow
from timebridge.insight.drift import WORDS, Why
from timebridge.messages import Check
from timebridge.store.audit import Audit
from timebridge.store.runs import Runs
from timebridge.tenants import Connection, Provider
from timebridge.wording import label

verification = Noun("verification")

CONNECTION = "/tenants/<tenant>/connections/<connection>"


class DifferenceView(View):
    """Two values of one field, in workspace terms. `field` is missing where one of the records is gone."""

    field: str | None
    label: str | None
    ours: Kept
    theirs: Kept
    why: Why
    words: str


class DriftView(View):
    """A pair that does not agree. `kinds`: the word for its kind in paths. `names`: of the records whose ids its values
    are."""

    flow: str
    kind: str | None = Field(description="Of our record; missing where the flow is switched off by now.")
    kinds: str | None
    ours: str
    theirs: str
    name: str
    url: str | None
    differences: list[DifferenceView]
    names: dict[str, str]


class Repair(Asked):
    flow: str | None = Field(default=None, max_length=100, description="With `ours`: this pair alone.")
    ours: str | None = Field(default=None, max_length=200)


@verification.post(f"{CONNECTION}/verify", ADMINS, "Compare all linked pairs", 202)
def start_verification(tenant: TenantId, connection: ConnectionId, caller: Asking) -> StartedView:
    """Reads both records of every pair afresh and writes nothing. The run's `outcome` holds how many agree, and what
    it cost in calls."""
    return _started(open_connection(tenant, connection), "verify", caller)


@verification.post(f"{CONNECTION}/self-test", ADMINS, "Test the set-up with records of its own", 202)
def start_self_test(tenant: TenantId, connection: ConnectionId, caller: Asking) -> StartedView:
    """Makes a marked client and project here and there, changes them, books hours, and removes all of it again. The
    run's `outcome` holds the steps."""
    found = open_connection(tenant, connection)
    if found.provider is not Provider.SALESFORCE:
        raise Problem(422, "Only Salesforce has a self-test.", remedy="Use `test` for this connection.")
    return _started(found, "self_test", caller)


@verification.get(f"{PATH}/<run>/differences", EVERYBODY, "List the pairs that a verification found to differ")
def list_differences(
    tenant: TenantId, connection: ConnectionId, run: Name, start: Start = None, limit: Limit = 50
) -> Page[DriftView]:
    here = connection_of(tenant, connection)
    runs = Runs(tenant, connection)
    known = runs.get(run)
    if known is None:
        raise missing("run")
    found, next = runs.found(run, start, limit) if known.kind == "verify" else ([], None)
    flows = {flow.name: flow for flow in presets.flows_of(here)}
    values = (line[side] for each in found for line in each["differences"] for side in ("ours", "theirs"))
    names = names_of(tenant, values)
    return Page[DriftView](items=[_view(here, flows.get(each["flow"]), each, names) for each in found], next=next)


@verification.post(f"{PATH}/<run>/differences/repair", ADMINS, "Synchronise the pairs that differ", 202)
def repair_differences(
    tenant: TenantId,
    connection: ConnectionId,
    run: Name,
    caller: Asking,
    asked: Annotated[Repair | None, Body()] = None,
) -> Queued:
    """All of a run, or one. What the settings keep from being carried stays as it is."""
    found = open_connection(tenant, connection)
    changes = list(_changes(found, run, asked or Repair()))
    doing = sent(found, caller.name, REPAIR, changes)
    Audit(tenant).write(caller.name, "run.repair", f"connection {connection}", {"run": run, "changes": len(changes)})
    return Queued(changes=len(changes), pull=False, run=doing)


def _started(connection: Connection, what: str, caller: Caller) -> StartedView:
    run = context.runs(connection).start(what.replace("_", " "), caller.name)
    queue.send(connection.tenant, connection.id, checks=[Check(what, run.id)])
    Audit(connection.tenant).write(caller.name, f"run.{what}", f"connection {connection.id}", {"run": run.id})
    return StartedView(run=run.id)


def _changes(connection: Connection, run: str, asked: Repair) -> list[Change]:
    flows = {flow.name: flow for flow in presets.flows_of(connection)}
    runs, changes, next = Runs(connection.tenant, connection.id), [], ""
    while next is not None:
        found, next = runs.found(run, next or None, 200)  # type: ignore[assignment]
        for each in found:
            if each["flow"] in flows and (not asked.ours or (asked.flow, asked.ours) == (each["flow"], each["ours"])):
                flow = flows[each["flow"]]
                changes.append(Change(Where.OURS, flow.kind, each["ours"]))
                changes.append(Change(Where.THEIRS, flow.object, each["theirs"]))
    if asked.ours and not changes:
        raise missing("difference")
    return changes


def _view(connection: Connection, flow: Flow | None, found: dict[str, Any], names: dict[str, str]) -> DriftView:
    lines = [_line(each) for each in found["differences"]]
    meant = {value for line in lines for value in (str(line.ours), str(line.theirs)) if value in names}
    more = {
        "kind": flow.kind if flow else None,
        "kinds": PLURAL_OF[flow.kind] if flow else None,
        "url": folders.url_of(connection, flow, found["theirs"]) if flow else None,
        "names": {value: names[value] for value in meant},
    }
    return DriftView(**{**found, **more, "differences": lines})


def _line(found: dict[str, Any]) -> DifferenceView:
    named = label(found["field"]) if found["field"] else None
    return DifferenceView(**found, label=named, words=WORDS[Why(found["why"])])

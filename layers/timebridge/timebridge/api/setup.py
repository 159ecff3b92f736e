"""Setting a connection up while it is still off: where a person is, and what a load would do."""

from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from timebridge import context, ordering, presets, queue
from timebridge.api.access import ADMINS, EVERYBODY, Asking, ConnectionId, Noun, TenantId, connection_of
from timebridge.api.connections import ConnectionView, among, shown
from timebridge.api.errors import Problem
from timebridge.api.flows import TermsView, flow_of
from timebridge.api.runs import RunView, StartedView
from timebridge.api.runs import view as run_view
from timebridge.api.views import Asked, Limit, Page, Start, View
from timebridge.connecting.preview import PREVIEW
from timebridge.connecting.rehearsal import Fate
from timebridge.connecting.rules import name_of
from timebridge.messages import Check
from timebridge.runs import Run
from timebridge.store.audit import Audit
from timebridge.store.runs import Runs
from timebridge.store.versions import Versions
from timebridge.tenants import Connection, Status
from timebridge.wording import label

setup = Noun("setup")

CONNECTION = "/tenants/<tenant>/connections/<connection>"
type Step = Literal["account", "check", "matches", "rules", "preview"]

InFlow = Annotated[str, Query(max_length=100, description="Of this flow.")]
OfFate = Annotated[Fate, Query(description="Those of which this would become.")]


class Place(Asked):
    step: Step


class CountsView(View):
    """Of one flow. `paired`: both are there already and would be linked; `changed_here` and `changed_there`: records
    that are there already and would get other values."""

    flow: str
    kind: str
    object: str
    terms: TermsView
    paired: int
    made_here: int
    made_there: int
    asked: int
    waits: int
    refused: int
    ends: int
    known: int
    left_out: int
    changed_here: int
    changed_there: int


class PreviewView(View):
    """The latest preview; `run` None: there was none. `outdated`: the settings were changed since."""

    run: RunView | None
    outdated: bool
    flows: list[CountsView]


class SampleView(View):
    """`changed_here`, `changed_there`: the fields that would get another value."""

    flow: str
    fate: Fate
    ours: str | None
    theirs: str | None
    name: str | None
    changed_here: list[str]
    changed_there: list[str]
    reason: str
    remedy: str


@setup.post(f"{CONNECTION}/setup", ADMINS, "Remember how far the set-up is")
def save_step(
    tenant: TenantId, connection: ConnectionId, asked: Annotated[Place, Body()], caller: Asking
) -> ConnectionView:
    """Only of a connection that is being set up; `resume` ends that and switches it on."""
    found = connection_of(tenant, connection)
    if not found.setup:
        raise Problem(409, "This connection is not being set up.", remedy="Look at its state.", cause="Status")
    return shown(context.changed(found, setup={**found.setup, "step": asked.step}) or found, caller)


@setup.post(f"{CONNECTION}/preview", ADMINS, "See what a load would do", 202)
def start_preview(tenant: TenantId, connection: ConnectionId, caller: Asking) -> StartedView:
    """Reads both sides and decides as a load would, by the settings in force; writes on neither side. Records that
    only a person can tell are asked about, see `questions`; the answers hold for the load."""
    found = among(tenant, connection, "a preview", Status.PAUSED)
    latest = _latest(found)
    if latest is not None and latest.status == "running":
        return StartedView(run=latest.id)
    run = context.runs(found).start(PREVIEW, caller.name)
    queue.send(tenant, connection, checks=[Check(PREVIEW, run.id)])
    Audit(tenant).write(caller.name, "run.preview", f"connection {connection}", {"run": run.id})
    return StartedView(run=run.id)


@setup.get(f"{CONNECTION}/preview", EVERYBODY, "Read what a load would do")
def get_preview(tenant: TenantId, connection: ConnectionId) -> PreviewView:
    found = connection_of(tenant, connection)
    run = _latest(found)
    outcome: dict[str, Any] = dict(run.outcome) if run else {}
    outdated = "version" in outcome and not _says_the_same(found, outcome["version"])
    counted = {each["flow"]: each for each in outcome.get("flows", ())}
    return PreviewView(
        run=run_view(run) if run else None,
        outdated=outdated,
        flows=[
            CountsView(
                **counted[flow.name],
                kind=flow.kind,
                object=flow.object,
                terms=TermsView(ours=name_of(flow), theirs=label(flow.object)),
            )
            for flow in presets.flows_of(found)
            if flow.name in counted
        ],
    )


def _says_the_same(connection: Connection, number: int) -> bool:
    """Whether that version would do the same; the order in which it is done is no difference."""
    if number == connection.version:
        return True
    then = Versions(connection.tenant, connection.id).get(max(number, 1))
    if then is None:
        return False
    was, now = ({**settings, ordering.SETTING: None} for settings in (then.settings, connection.settings))
    return was == now


@setup.get(f"{CONNECTION}/preview/records", EVERYBODY, "List records of a preview")
def list_samples(
    tenant: TenantId, connection: ConnectionId, flow: InFlow, fate: OfFate, start: Start = None, limit: Limit = 50
) -> Page[SampleView]:
    """Up to fifty of each kind of outcome in each flow."""
    found = connection_of(tenant, connection)
    flow_of(presets.flows_of(found), flow)
    run = _latest(found)
    if run is None:
        return Page[SampleView](items=[])
    items, next = Runs(tenant, connection).found(f"{run.id}#{flow}#{fate}", start, limit)
    return Page[SampleView](items=[SampleView(**each) for each in items], next=next)


def _latest(connection: Connection) -> Run | None:
    runs = Runs(connection.tenant, connection.id)
    found, _ = runs.list(1, match=lambda run: run.kind == PREVIEW)
    return runs.get(found[0].id) if found else None

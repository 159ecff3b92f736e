"""What one does with a draft of the settings besides saving it: try it, compare it with the account, or give it up."""

from dataclasses import replace
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import Field

from timebridge import presets
from timebridge.api.access import ADMINS, Asking, ConnectionId, Noun, TenantId, connection_of
from timebridge.api.errors import Problem
from timebridge.api.fields import choices, slots_of, unsaid
from timebridge.api.flows import TermsView
from timebridge.api.mapping import sheet_or_404, terms_of
from timebridge.api.unsaid import Unsaid, unsaid_of
from timebridge.api.versions import SettingsView, draft_of, findings
from timebridge.api.views import Asked, IfMatch, View
from timebridge.choices import warnings
from timebridge.errors import SyncError
from timebridge.flows import Direction, Flow
from timebridge.mapping import trial
from timebridge.mapping.editor import unsaid_in_words
from timebridge.mapping.samples import MOST
from timebridge.mapping.trial import Cell, Trial
from timebridge.providers.slots import Slot
from timebridge.store.audit import Audit
from timebridge.store.versions import Versions
from timebridge.tenants import Connection
from timebridge.wording import label, labels

drafts = Noun("settings")

PATH = "/tenants/<tenant>/connections/<connection>/settings/draft"

Ids = Annotated[list[Annotated[str, Field(max_length=200)]], Field(max_length=MOST)]


class FindingView(View):
    """`field`: ours, if it is about one line of the flow; `value`: the object, field or value of theirs."""

    flow: str
    field: str | None
    value: str
    said: str
    remedy: str


class UnsaidView(View):
    """A table of values that does not say everything. `values`: of ours, `back`: of theirs, that have no row."""

    flow: str
    field: str
    terms: TermsView
    said: str
    values: tuple[str, ...]
    back: tuple[str, ...]


class CheckView(View):
    """`fits`: it may be published. `findings` and what is `unsaid` keep it from that, `warnings` do not."""

    fits: bool
    findings: list[FindingView]
    unsaid: list[UnsaidView]
    warnings: list[str]


class Wish(Asked):
    """`records`: ids of ours; `q`: the beginning of a name. Without both, some that are linked."""

    flow: str = Field(max_length=100)
    records: Ids = Field(default_factory=list)
    q: str = Field(default="", max_length=200)


class CellView(View):
    """One value on both sides, and what would be written: `new_ours` and `new_theirs`, where `to_ours` and `to_theirs`
    say that something would. `differs`: the two do not say the same. `doubts`: what would be lost, left, or refused."""

    field: str
    terms: TermsView
    direction: Direction
    ours: str | None
    theirs: str | None
    to_ours: bool
    to_theirs: bool
    new_ours: str | None
    new_theirs: str | None
    doubts: tuple[str, ...]
    differs: bool


class TrialView(View):
    """One record. `said`: what the sync would do with it."""

    ours: str | None
    theirs: str | None
    name: str
    linked: bool
    said: str
    cells: list[CellView]


class TrialsView(View):
    """`draft`: false where there is none, so that what is in force was tried. `warnings`: of the flow as a whole."""

    flow: str
    terms: TermsView
    draft: bool
    items: list[TrialView]
    warnings: list[str]


@drafts.post(f"{PATH}/test", ADMINS, "Try the draft on a few records")
def try_draft(tenant: TenantId, connection: ConnectionId, asked: Annotated[Wish, Body()]) -> TrialsView:
    """Reads up to five records of a flow from both sides and says what would be written where, and what would be lost
    or refused. Writes nothing."""
    found, draft = connection_of(tenant, connection), Versions(tenant, connection).draft()
    then = replace(found, settings=draft.settings) if draft else found
    sheet = sheet_or_404(then, asked.flow)
    if sheet.off:
        raise Problem(409, "This flow is switched off.", remedy="Switch it on in the draft, then test it.")
    slots = _known_slots(found, sheet.flow)
    flow, tried = trial.tried(then, asked.flow, slots, asked.records, asked.q)
    return TrialsView(
        flow=flow.name,
        terms=terms_of(flow),
        draft=draft is not None,
        items=[_trial(flow, each) for each in tried],
        warnings=[*sheet.warnings, *unsaid_in_words(flow, choices(slots))],
    )


@drafts.post(f"{PATH}/check", ADMINS, "Compare the draft with the account")
def check_draft(tenant: TenantId, connection: ConnectionId) -> CheckView:
    """Whether the account has the objects, fields and values that the draft names, and our user the rights. Writes
    nothing."""
    found = connection_of(tenant, connection)
    wanted = replace(found, settings=draft_of(tenant, connection).settings)
    against = findings(wanted)
    minded = [sentence for flow in presets.flows_of(wanted) for sentence in warnings(flow)]
    minded += unsaid(wanted)
    left = unsaid_of(found, wanted.settings, wanted)
    views = [FindingView.of(each) for each in against]
    return CheckView(fits=not against and not left, findings=views, unsaid=list(map(_unsaid, left)), warnings=minded)


def _unsaid(found: Unsaid) -> UnsaidView:
    flow, line = found.flow, found.line
    return UnsaidView(
        flow=flow.name,
        field=line.ours,
        terms=TermsView(ours=label(line.shown), theirs=labels(line.theirs)),
        said=found.said,
        values=found.values,
        back=found.back,
    )


@drafts.post(f"{PATH}/discard", ADMINS, "Give the draft up")
def discard_draft(tenant: TenantId, connection: ConnectionId, caller: Asking, if_match: IfMatch = None) -> SettingsView:
    """What is in force stays. With If-Match only if nobody worked on it since."""
    found = connection_of(tenant, connection)
    draft = draft_of(tenant, connection, if_match)
    Versions(tenant, connection).drop_draft(draft.revision)
    gone = {"settings": draft.settings}
    Audit(tenant).write(caller.name, "settings.discard", f"connection {connection}", {"note": draft.note}, gone)
    return SettingsView(version=found.version, settings=dict(found.settings), draft=None)


def _known_slots(connection: Connection, flow: Flow) -> list[Slot]:
    """The fields of theirs; none where they cannot be looked up, as the trial says the rest without them."""
    try:
        return slots_of(connection, flow)
    except SyncError:
        return []


def _trial(flow: Flow, found: Trial) -> TrialView:
    cells = [_cell(flow, cell) for cell in found.cells]
    return TrialView(
        ours=found.ours, theirs=found.theirs, name=found.name, linked=found.linked, said=found.said, cells=cells
    )


def _cell(flow: Flow, cell: Cell) -> CellView:
    line = cell.line
    said = {name: getattr(cell, name) for name in cell.__dataclass_fields__ if name != "line"}
    terms = TermsView(ours=label(line.shown), theirs=labels(line.theirs))
    return CellView(field=line.ours, terms=terms, direction=flow.direction_of(line), **said)

"""Duplicates: records of one side that may be one, merging ours, and what a match rule would do."""

from typing import TYPE_CHECKING, Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body, Query
from pydantic import Field

from timebridge import choices, context, presets
from timebridge.api.access import ADMINS, EVERYBODY, WRITERS, Asking, ConnectionId, Name, Noun, TenantId, connection_of
from timebridge.api.errors import Problem
from timebridge.api.flows import flow_of
from timebridge.api.kinds import PLURALS, Kinds, RecordId
from timebridge.api.records import Values as Wanted
from timebridge.api.views import Asked, Page, View
from timebridge.changes import Where
from timebridge.flows import Confirm
from timebridge.questions import twins
from timebridge.records import Candidate, Values
from timebridge.store.audit import Audit
from timebridge.store.records import Workspace
from timebridge.tenants import Status

if TYPE_CHECKING:
    from timebridge.questions.finding import Preview

duplicates = Noun("duplicates")

FLOW = "/tenants/<tenant>/connections/<connection>/flows/<flow>"
SHOWN = 200
"""Groups, and pairs of a preview, that one answer holds."""


class MemberView(View):
    """`partner`: the id of the record on the other side that it is linked with."""

    id: str
    name: str | None
    partner: str | None = None


class GroupView(View):
    """Records that may be one. `score`: of the least likely tie between them, of 100."""

    side: Where
    score: int
    reasons: tuple[str, ...]
    records: list[MemberView]


class AlikeView(View):
    """A record that may be the one that is about to be made. `score`: of 100."""

    id: str
    name: str | None
    score: int
    reasons: tuple[str, ...]


class Merging(Asked):
    into: str = Field(max_length=100, description="Id of the record that stays.")


class MergedView(View):
    """`references`: how many records of each kind refer to the survivor now; `links` moved, others have `ended`."""

    survivor: str
    references: dict[str, int]
    links: int
    ended: int


class Rule(Asked):
    """A match rule as in the settings of the flow; what is left out stays as it is in force."""

    match: str | None = Field(default=None, max_length=80, description="A line of the flow, or none.")
    confirm: Confirm | None = None


class MatchView(View):
    theirs: str
    name: str | None
    ours: str
    ours_name: str | None
    score: int
    reasons: tuple[str, ...]


class PreviewView(View):
    """The first pairs of each sort; counts are of all. `made_ours`, `made_theirs`: records that would be created."""

    pairs: int
    asked: int
    made_ours: int
    made_theirs: int
    sure: list[MatchView]
    likely: list[MatchView]


Kind = Annotated[str, Query(max_length=40, description="A kind of record, like `client` or `project`.")]


Into = Annotated[str, Query(max_length=100, description="Id of the record that would stay.")]


@duplicates.get("/tenants/<tenant>/duplicates", EVERYBODY, "Find records of ours that may be one")
def list_duplicates(tenant: TenantId, kind: Kind = "client") -> Page[GroupView]:
    """The likeliest groups first."""
    from timebridge.questions import finding

    if kind not in PLURALS.values():
        raise Problem(422, "There is no such kind of record.", remedy="Use client, project, …", field="kind")
    found, known = finding.doubles_of_ours(Workspace(tenant), kind)
    names = {id: _text(values) for id, values in known.items()}
    items = [
        GroupView(
            side=Where.OURS,
            score=group.score,
            reasons=group.reasons,
            records=[MemberView(id=id, name=names[id]) for id in group.ids],
        )
        for group in found[:SHOWN]
    ]
    return Page[GroupView](items=items)


@duplicates.post("/tenants/<tenant>/<kinds>/alike", WRITERS, "Find records that one about to be made may be")
def find_alike(tenant: TenantId, kinds: Kinds, asked: Annotated[Wanted, Body()]) -> Page[AlikeView]:
    """By what it would hold: its name first, and what else is known of both. Nothing is written."""
    from timebridge.questions import finding

    found = finding.doubles_of(Workspace(tenant), PLURALS[kinds], asked.root)
    items = [AlikeView(id=each.id, name=each.name, score=each.score, reasons=each.reasons) for each in found]
    return Page[AlikeView](items=items)


@duplicates.get(f"{FLOW}/duplicates", EVERYBODY, "Find records of theirs that may be one")
def list_their_duplicates(tenant: TenantId, connection: ConnectionId, flow: Name) -> Page[GroupView]:
    """Reads all records of the flow's object. Merge them at the provider: the links follow to the survivor."""
    from timebridge.questions import finding

    flow_ = flow_of(presets.flows_of(connection_of(tenant, connection)), flow)
    with context.opened(tenant, connection, Status.LIVE, Status.PAUSED) as road:
        found, known = finding.doubles_of_theirs(road, flow_)
        ids = [id for group in found[:SHOWN] for id in group.ids]
        partners = {link.theirs: link.ours for link in road.links.find(flow, theirs=ids) if link.usable}
    items = [
        GroupView(
            side=Where.THEIRS,
            score=group.score,
            reasons=group.reasons,
            records=[MemberView(id=id, name=_text(known[id]), partner=partners.get(id)) for id in group.ids],
        )
        for group in found[:SHOWN]
    ]
    return Page[GroupView](items=items)


@duplicates.post(f"{FLOW}/preview", ADMINS, "See what a match rule would do")
def preview_match(
    tenant: TenantId, connection: ConnectionId, flow: Name, asked: Annotated[Rule, Body()]
) -> PreviewView:
    """Reads all unlinked records of both sides, and writes nothing anywhere."""
    from timebridge.questions import finding

    flow_ = flow_of(presets.flows_of(connection_of(tenant, connection)), flow)
    try:
        flow_ = choices.chosen(flow_, asked.model_dump(mode="json", exclude_none=True))
    except choices.Unfit as error:
        raise Problem(422, error.said, remedy=error.remedy, field=error.path) from error
    with context.opened(tenant, connection, Status.LIVE, Status.PAUSED) as road:
        found = finding.preview(road, flow_)
    sure = list(found.sure.items())
    likely = [(theirs, candidate) for theirs, some in found.asked.items() for candidate in some]
    return PreviewView(
        pairs=len(found.sure),
        asked=len(found.asked),
        made_ours=found.made_ours,
        made_theirs=found.made_theirs,
        sure=[_match(found, *each) for each in sure[:SHOWN]],
        likely=[_match(found, *each) for each in likely[:SHOWN]],
    )


@duplicates.get("/tenants/<tenant>/<kinds>/<id>/merge", ADMINS, "See what merging a record into another one would do")
def preview_merge(tenant: TenantId, kinds: Kinds, id: RecordId, into: Into) -> MergedView:
    """As things stand. Nothing is changed."""
    found = twins.would_move(tenant, PLURALS[kinds], id, into)
    return MergedView(survivor=into, references=found.references, links=found.links, ended=found.ended)


@duplicates.post("/tenants/<tenant>/<kinds>/<id>/merge", ADMINS, "Merge a record into another one of its kind")
def merge_records(
    tenant: TenantId, kinds: Kinds, id: RecordId, asked: Annotated[Merging, Body()], caller: Asking
) -> MergedView:
    """What refers to it refers to the other one then, its links move there, and it is archived.

    Where both have a link in one flow, theirs of the archived one stays there by itself.
    """
    kind = PLURALS[kinds]
    moved = twins.merge_ours(tenant, kind, id, asked.into, caller.name)
    after = {"into": asked.into, "references": moved.references, "links": moved.links, "ended": moved.ended}
    Audit(tenant).write(caller.name, "record.merge", f"{kind} {id}", after)
    return MergedView(survivor=asked.into, references=moved.references, links=moved.links, ended=moved.ended)


def _match(found: "Preview", theirs: str, candidate: Candidate) -> MatchView:
    return MatchView(
        theirs=theirs,
        name=found.names.get(theirs),
        ours=candidate.id,
        ours_name=candidate.name,
        score=candidate.score,
        reasons=candidate.reasons,
    )


def _text(values: Values) -> str | None:
    """The name of a record, by whatever its kind is named."""
    return next((str(value) for value in values.values()), None)

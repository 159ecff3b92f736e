"""The mapping of a connection as it is edited: flows and lines with those that are off, and what may be chosen."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query

from timebridge.api.access import EVERYBODY, ConnectionId, Name, Noun, TenantId, connection_of
from timebridge.api.errors import missing
from timebridge.api.flows import ConditionView, RowView, TermsView, condition_view, rows_of
from timebridge.api.views import View
from timebridge.flows import Confirm, Direction, Flow, Winner
from timebridge.mapping import revisions
from timebridge.mapping.charts import notes_of
from timebridge.mapping.editor import Row, Sheet, Standing, is_fixed, is_needed, sheet_of, sheets, ways_of
from timebridge.store.versions import Versions
from timebridge.tenants import Connection, Draft
from timebridge.wording import in_words, label, labels

mapping = Noun("mapping")

PATH = "/tenants/<tenant>/connections/<connection>/mapping"
InForce = Annotated[bool, Query(description="True: as it is in force, without the draft.")]


class SummaryView(View):
    """`lines`: those at work; `left_out`: those that are off, or cannot be. `changed`: the draft says otherwise than
    what is in force."""

    name: str
    kind: str
    object: str
    terms: TermsView
    words: str
    off: bool
    changed: bool
    posting: bool
    direction: Direction
    winner: Winner
    rhythm: str | None
    lines: int
    left_out: int
    warnings: list[str]


class DraftOfView(View):
    """Who worked on the draft last. `changes`: what it changes, in words."""

    revision: int
    actor: str
    saved: datetime
    note: str
    changes: list[str]


class MappingView(View):
    """`version`: of the settings in force. `draft`: none while nobody works on one."""

    version: int
    draft: DraftOfView | None
    items: list[SummaryView]


class LineView(View):
    """`ways`: which way it may be made to go; `usual`: where nothing is chosen. `fixed`: why its other end is not
    chosen by hand; `needed`: it cannot be switched off. `added`: somebody made it, so it can be removed."""

    ours: str
    theirs: tuple[str, ...]
    terms: TermsView
    standing: Standing
    direction: Direction
    usual: Direction
    ways: list[Direction]
    winner: Winner
    own_winner: bool
    values: list[RowView] | None
    back: list[RowView] | None
    note: str
    fixed: str | None
    needed: bool
    added: bool
    chosen: dict[str, Any]


class SheetView(SummaryView):
    """`choices`: what the settings say of the flow, as in `settings.flows`. `ways`: which way it may be made to go."""

    revision: int
    ways: list[Direction]
    match: str | None
    matches: list[str]
    confirm: Confirm
    create_ours: bool
    create_theirs: bool
    update_ours: bool
    update_theirs: bool
    deletions: Direction | None
    deletions_may_change: bool
    when_ours: ConditionView
    when_theirs: ConditionView
    choices: dict[str, Any]
    rows: list[LineView]


@mapping.get(PATH, EVERYBODY, "List the flows as the draft has them")
def get_mapping(tenant: TenantId, connection: ConnectionId, in_force: InForce = False) -> MappingView:
    """Also those that are off. Without a draft, and with `in_force`, as they are in force."""
    found, draft = connection_of(tenant, connection), Versions(tenant, connection).draft()
    before = {sheet.flow.name: sheet for sheet in sheets(found)}
    now = sheets(drafted(found, None if in_force else draft))
    items = [SummaryView(**_summary(sheet, before.get(sheet.flow.name))) for sheet in now]
    return MappingView(version=found.version, draft=_draft_view(found, draft), items=items)


@mapping.get(f"{PATH}/<flow>", EVERYBODY, "Read one flow as the draft has it, line by line")
def get_sheet(tenant: TenantId, connection: ConnectionId, flow: Name, in_force: InForce = False) -> SheetView:
    """With lines that are off. `revision` is the draft's (0: there is none): the next draft says it as If-Match."""
    found, draft = connection_of(tenant, connection), Versions(tenant, connection).draft()
    then = drafted(found, None if in_force else draft)
    sheet = sheet_or_404(then, flow)
    summary = _summary(sheet, sheet_of(found, flow))
    return SheetView(**summary, **_details(sheet, then), revision=draft.revision if draft else 0)


def sheet_or_404(connection: Connection, flow: str) -> Sheet:
    """Raises Problem 404."""
    found = sheet_of(connection, flow)
    if found is None:
        raise missing("flow")
    return found


def drafted(connection: Connection, draft: Draft | None) -> Connection:
    return replace(connection, settings=draft.settings) if draft else connection


def _draft_view(connection: Connection, draft: Draft | None) -> DraftOfView | None:
    if draft is None:
        return None
    changes = revisions.in_words(connection, connection.settings, draft.settings)
    return DraftOfView(revision=draft.revision, actor=draft.actor, saved=draft.saved, note=draft.note, changes=changes)


def _summary(sheet: Sheet, before: Sheet | None) -> dict[str, Any]:
    flow = sheet.flow
    at_work = sum(row.standing is Standing.ON for row in sheet.rows)
    return {
        "name": flow.name,
        "kind": flow.kind,
        "object": flow.object,
        "terms": terms_of(flow),
        "words": in_words(flow),
        "off": sheet.off,
        "changed": before is None or any(revisions.flow_in_words(before, sheet)),
        "posting": flow.posting,
        "direction": flow.direction,
        "winner": flow.winner,
        "rhythm": flow.rhythm,
        "lines": at_work,
        "left_out": len(sheet.rows) - at_work,
        "warnings": sheet.warnings,
    }


def terms_of(flow: Flow) -> TermsView:
    return TermsView(ours=label(flow.kind), theirs=label(flow.object))


def _details(sheet: Sheet, connection: Connection) -> dict[str, Any]:
    flow = sheet.flow
    names = ("match", "confirm", "create_ours", "create_theirs", "update_ours", "update_theirs", "deletions")
    chosen = connection.settings.get("flows", {}).get(flow.name, {})
    return {
        **{name: getattr(flow, name) for name in names},
        "ways": list(sheet.ways),
        "matches": sheet.matches,
        "deletions_may_change": sheet.deletions_may_change,
        "when_ours": condition_view(flow.when_ours),
        "when_theirs": condition_view(flow.when_theirs),
        "choices": dict(chosen),
        "rows": [_line(sheet, row) for row in sheet.rows],
    }


def _line(sheet: Sheet, row: Row) -> LineView:
    flow, line = sheet.flow, row.line
    return LineView(
        ours=line.ours,
        theirs=line.theirs,
        terms=TermsView(ours=label(line.shown), theirs=labels(line.theirs)),
        standing=row.standing,
        direction=flow.direction_of(line),
        usual=row.usual,
        ways=list(ways_of(flow, line)),
        winner=flow.winner_of(line),
        own_winner=line.winner is not None,
        note="; ".join(notes_of(line)),
        fixed=is_fixed(line) or None,
        needed=is_needed(flow, line),
        added=row.added,
        chosen=dict(row.chosen),
        **rows_of(line.converter),
    )

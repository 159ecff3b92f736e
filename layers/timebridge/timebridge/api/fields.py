"""The fields of both sides of a flow, for whoever maps one to another."""

from collections.abc import Iterable
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from timebridge import context, presets
from timebridge.api.access import ADMINS, ConnectionId, Name, Noun, TenantId, connection_of
from timebridge.api.errors import Problem, missing
from timebridge.api.flows import TermsView
from timebridge.api.mapping import drafted, sheet_or_404, terms_of
from timebridge.api.views import View
from timebridge.flows import Direction, Flow
from timebridge.mapping import compatible
from timebridge.mapping.compatible import Own
from timebridge.mapping.editor import unsaid_in_words
from timebridge.providers import provider
from timebridge.providers.slots import Holds, Slot
from timebridge.store.records import Workspace
from timebridge.store.versions import Versions
from timebridge.tenants import Connection, Status
from timebridge.wording import label

fields = Noun("mapping")

PATH = "/tenants/<tenant>/connections/<connection>/flows/<flow>/fields"
LOOKED_AT, FEW = 200, 25
"""Records of ours whose values are looked at, and how many different ones are still a choice."""

OursName = Annotated[str | None, Query(max_length=100, description="Only what goes with this value of ours.")]


class OwnView(View):
    """A value of ours. `mapped`: it has a line. `why_not`: why it cannot be mapped by hand. `seen`: values that occur
    here, where they are few; only if it is asked for."""

    name: str
    label: str
    holds: Holds
    length: int
    required: bool
    values: tuple[str, ...]
    ways: tuple[Direction, ...]
    mapped: bool
    why_not: str
    seen: tuple[str, ...] = ()


class SlotView(View):
    """A field of theirs. `ways` and `notes`: how the value of ours that was asked for goes with it."""

    path: str
    label: str
    holds: Holds
    length: int
    writable: bool
    required: bool
    restricted: bool
    values: tuple[str, ...]
    ways: tuple[Direction, ...] = ()
    notes: tuple[str, ...] = ()


class FieldsView(View):
    flow: str
    terms: TermsView
    ours: list[OwnView]
    theirs: list[SlotView]


@fields.get(PATH, ADMINS, "List the fields of both sides, and which fit each other")
def list_fields(tenant: TenantId, connection: ConnectionId, flow: Name, ours: OursName = None) -> FieldsView:
    """With `ours`, only the fields of theirs that this value of ours goes with, given the other lines of the draft."""
    found = connection_of(tenant, connection)
    then = drafted(found, Versions(tenant, connection).draft())
    sheet = sheet_or_404(then, flow)
    lines = {row.line.ours for row in sheet.rows}
    mine = [each for each in compatible.own(sheet.flow) if ours in (None, each.name)]
    if ours is not None and not mine:
        raise missing("value")
    slots = slots_of(found, sheet.flow)
    seen = seen_of(found, sheet.flow, ours) if ours else ()
    return FieldsView(
        flow=flow,
        terms=terms_of(sheet.flow),
        ours=[_own(each, each.name in lines, seen) for each in mine],
        theirs=_fitting(sheet.flow, mine[0], slots) if ours else [SlotView.of(slot) for slot in slots],
    )


def slots_of(connection: Connection, flow: Flow) -> list[Slot]:
    """Raises Problem 409 while nobody has consented."""
    if connection.account is None or connection.status is Status.CLOSED:
        raise Problem(409, "Nobody has connected this yet.", remedy="Connect it first.", cause="Status")
    module = provider.load(connection.provider)
    return module.slots(context.app_of(connection), context.grants(connection), connection, flow.object)


def _own(mine: Own, mapped: bool, seen: tuple[str, ...]) -> OwnView:
    said = {name: getattr(mine, name) for name in mine.__dataclass_fields__}
    return OwnView(**said, label=label(mine.name), mapped=mapped, seen=seen)


def _fitting(flow: Flow, mine: Own, slots: list[Slot]) -> list[SlotView]:
    return [
        SlotView.of(fit.slot).model_copy(update={"ways": fit.ways, "notes": fit.notes})
        for fit in compatible.fits(flow, mine, slots)
    ]


def seen_of(connection: Connection, flow: Flow, name: str) -> tuple[str, ...]:
    """The texts that occur among records of ours, where they are few enough to be a choice."""
    records, _ = Workspace(connection.tenant).page(flow.kind, limit=LOOKED_AT)
    found = sorted({value for each in records if isinstance(value := each.values.get(name), str)})
    return tuple(found) if len(found) <= FEW else ()


def unsaid(connection: Connection) -> list[str]:
    """The choices of theirs of which a table of values does not say what they are here."""
    tabled = [flow for flow in presets.flows_of(connection) if any(line.converter.back for line in flow.fields)]
    if connection.account is None or connection.status in (Status.CLOSED, Status.NEEDS_REAUTH):
        return []
    return [said for flow in tabled for said in unsaid_in_words(flow, choices(slots_of(connection, flow)))]


def choices(slots: Iterable[Slot]) -> dict[str, tuple[str, ...]]:
    """What there is to choose from, by path."""
    return {slot.path: slot.values for slot in slots}

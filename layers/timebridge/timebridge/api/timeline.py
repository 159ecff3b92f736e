"""The story of one record."""

from datetime import datetime

from timebridge.api.access import ADMINS, EVERYBODY, Asking, Noun, TenantId
from timebridge.api.errors import missing
from timebridge.api.kinds import PLURALS, Kinds, RecordId
from timebridge.api.views import Kept, View
from timebridge.insight import naming
from timebridge.insight import timeline as product
from timebridge.insight.timeline import Event, What
from timebridge.store.records import Workspace
from timebridge.wording import label
from timebridge.workspace.kinds import KINDS

timeline = Noun("records")


class ChangeView(View):
    field: str
    label: str
    before: Kept
    after: Kept


class HappenedView(View):
    """`actor`: who did it, `sync` for the product itself; of what was parked, the kind of the run. `act`: the verb of
    the audit trail."""

    at: datetime
    what: What
    actor: str
    act: str
    words: str
    connection: str | None
    flow: str | None
    run: str | None
    changes: list[ChangeView]


class StoryView(View):
    """The latest first. `names`: by id, the names of the records that values refer to."""

    items: list[HappenedView]
    names: dict[str, str]


@timeline.get("/tenants/<tenant>/<kinds>/<id>/events", EVERYBODY, "Read what happened to a record")
def read_events(tenant: TenantId, kinds: Kinds, id: RecordId, caller: Asking) -> StoryView:
    """Edits, decisions, links made and ended, what was parked in which run, and when that is tried again."""
    kind = PLURALS[kinds]
    record = Workspace(tenant).get(kind, id)
    if record is None:
        raise missing(kind.replace("_", " "))
    everything = caller.is_any(ADMINS)
    hidden = set() if everything else {name for name, each in KINDS[kind].properties.items() if each.confidential}
    events = product.events(tenant, kind, record)
    values = [{name: value} for event in events for name, pair in event.changes.items() for value in pair]
    return StoryView(items=[_view(event, hidden) for event in events], names=naming.names_in(tenant, kind, values))


def _view(event: Event, hidden: set[str]) -> HappenedView:
    changes = [
        ChangeView(field=name, label=label(name), before=before, after=after)
        for name, (before, after) in event.changes.items()
        if name not in hidden
    ]
    told = {name: getattr(event, name) for name in HappenedView.model_fields if name != "changes"}
    return HappenedView(**told, changes=changes)

"""One search over everything: names, numbers, ids of either side, addresses of pages."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from timebridge.api.access import EVERYBODY, Noun, TenantId
from timebridge.api.kinds import PLURAL_OF
from timebridge.api.listings import BadgeView, badge_view
from timebridge.api.views import Page, View
from timebridge.insight import naming, searching
from timebridge.insight.badges import stands
from timebridge.insight.searching import Hit
from timebridge.wording import called, label
from timebridge.workspace.kinds import KINDS

search = Noun("listings")


class HitView(View):
    """`kinds`: the word in paths; `label`: of the kind. `number`: its code or number; `belongs_to`: the name of what it
    is part of. `by`: what of it the text is: `id`, `their id` or `text`."""

    kinds: str
    label: str
    id: str
    name: str | None
    number: str | None
    belongs_to: str | None
    archived: bool
    by: str
    sync: list[BadgeView]


Text = Annotated[str, Query(min_length=1, max_length=500, description="A name, number, id, or the address of a page.")]
Few = Annotated[int, Query(ge=1, le=50, description="How many of each kind at most.")]


@search.get("/tenants/<tenant>/search", EVERYBODY, "Find records by name, number or any id")
def search_records(tenant: TenantId, q: Text, few: Few = searching.FEW) -> Page[HitView]:
    """From what is known here; `why` looks at the providers too."""
    found = searching.search(tenant, q, few)
    by_kind: dict[str, list[Hit]] = {}
    for hit in found:
        by_kind.setdefault(hit.kind, []).append(hit)
    views = {(hit.kind, hit.record.id): view for some in by_kind.values() for hit, view in _views(tenant, some)}
    return Page[HitView](items=[views[hit.kind, hit.record.id] for hit in found])


def _views(tenant: str, hits: list[Hit]) -> list[tuple[Hit, HitView]]:
    kind = hits[0].kind
    records = [hit.record for hit in hits]
    found = stands(tenant, kind, records)
    names = naming.names_in(tenant, kind, (record.values for record in records))
    return [(hit, _view(hit, names, [badge_view(each) for each in found[hit.record.id]])) for hit in hits]


def _view(hit: Hit, names: dict[str, str], sync: list[BadgeView]) -> HitView:
    values = hit.record.values
    own = (name for name, each in KINDS[hit.kind].properties.items() if each.parent and not each.synced)
    above = next((values[name] for name in own if values.get(name)), None)
    number = values.get("code") or values.get("number") or values.get("email")
    return HitView(
        kinds=PLURAL_OF[hit.kind],
        label=label(hit.kind),
        id=hit.record.id,
        name=called(values),
        number=str(number) if number else None,
        belongs_to=names.get(str(above)) if above else None,
        archived=hit.record.gone,
        by=hit.by,
        sync=sync,
    )

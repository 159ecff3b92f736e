"""The published chart of fields: what of this tenant is kept in step with what over there, as it is in force now."""

from aws_lambda_powertools.event_handler import Response

from timebridge import presets
from timebridge.api.access import EVERYBODY, ConnectionId, Noun, TenantId, connection_of
from timebridge.api.views import View
from timebridge.flows import Direction, Winner
from timebridge.mapping import charts as product
from timebridge.reports import to_csv
from timebridge.wording import label

charts = Noun("flows")

CHART = "/tenants/<tenant>/connections/<connection>/chart"


class RowView(View):
    """`ours` and `theirs`: the value of ours, and the fields of theirs; `name`: ours as people read it. `winner`: who
    is right where both sides changed it; `note`: how the value reads on the other side."""

    flow: str
    kind: str
    object: str
    name: str
    ours: str
    theirs: str
    direction: Direction
    winner: Winner
    note: str


class ChartView(View):
    """`version`: of the settings that it follows from."""

    connection: str
    company: str | None
    version: int
    items: list[RowView]


@charts.get(CHART, EVERYBODY, "The chart of the fields that are kept in step")
def get_chart(tenant: TenantId, connection: ConnectionId) -> ChartView:
    """Made of the flows in force, as the settings of this connection choose them."""
    found = connection_of(tenant, connection)
    rows = product.chart(presets.flows_of(found))
    items = [
        RowView(name=label(row.ours), **{name: getattr(row, name) for name in row.__dataclass_fields__}) for row in rows
    ]
    return ChartView(connection=found.id, company=found.account_name, version=found.version, items=items)


@charts.get(f"{CHART}.csv", EVERYBODY, "The same as CSV")
def get_chart_as_csv(tenant: TenantId, connection: ConnectionId) -> Response[str]:
    rows = product.chart(presets.flows_of(connection_of(tenant, connection)))
    headers = {"Content-Disposition": 'attachment; filename="fields.csv"'}
    return Response(200, "text/csv; charset=utf-8", to_csv(rows, product.Row), headers)


@charts.get(f"{CHART}.md", EVERYBODY, "The same as a page of Markdown")
def get_chart_as_markdown(tenant: TenantId, connection: ConnectionId) -> Response[str]:
    """To be published where people look for it."""
    page = product.to_markdown(presets.flows_of(connection_of(tenant, connection)))
    return Response(200, "text/markdown; charset=utf-8", page)

"""People: who of the staff is which user of the other system."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from timebridge import presets
from timebridge.api.access import ADMINS, ConnectionId, Noun, TenantId, connection_of
from timebridge.api.errors import Problem
from timebridge.api.views import Limit, Page, Start, View
from timebridge.links import State
from timebridge.providers.salesforce.money import USER
from timebridge.store.links import DynamoLinks
from timebridge.store.records import Workspace

people = Noun("people")

Unmatched = Annotated[bool, Query(description="Only those for whom no user was found.")]


class PersonView(View):
    """`user`: id of the user in the other system; null where none that is active has this address."""

    staff: str
    name: str
    email: str | None
    user: str | None


@people.get("/tenants/<tenant>/connections/<connection>/people", ADMINS, "Who is which user")
def list_people(
    tenant: TenantId,
    connection: ConnectionId,
    unmatched: Unmatched = False,
    start: Start = None,
    limit: Limit = 50,
) -> Page[PersonView]:
    """By name. Nobody is ever created in the other system. A page may be short although more follow."""
    flows = presets.flows_of(connection_of(tenant, connection))
    if USER not in {flow.name for flow in flows}:
        raise Problem(
            409,
            "This connection does not match people.",
            remedy="Set `users` to true in the settings of a Salesforce connection.",
            field="settings.users",
        )
    staff, next = Workspace(tenant).page("staff", "", start, limit)
    links = DynamoLinks(tenant, connection).find(USER, ours=[record.id for record in staff])
    users = {link.ours: link.theirs for link in links if link.usable and link.state is not State.TOMBSTONE}
    found = [
        PersonView(staff=each.id, name=str(each.values["name"]), email=each.values["email"], user=users.get(each.id))
        for each in staff
    ]
    return Page[PersonView](items=[each for each in found if not (unmatched and each.user)], next=next)

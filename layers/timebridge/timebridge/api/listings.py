"""Lists and search over the records, with how each of them stands with every connection."""

from datetime import datetime
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from timebridge.api.access import EVERYBODY, Asking, Caller, Noun, TenantId
from timebridge.api.errors import Problem
from timebridge.api.kinds import PLURALS, Kinds
from timebridge.api.records import RecordView
from timebridge.api.records import view as record_view
from timebridge.api.views import Limit, Page, Start, View
from timebridge.books import folders
from timebridge.insight import listing, naming
from timebridge.insight.badges import Badge, Stand
from timebridge.insight.standing import Cause
from timebridge.tenants import Provider
from timebridge.wording import called
from timebridge.workspace.kinds import KINDS
from timebridge.workspace.properties import Kind

listings = Noun("listings")


class BadgeView(View):
    """How a record stands with one connection. `theirs`: its id there, whose page is `url`. `retry`: whether it waits
    for another try, at `retry_at` by itself if at all."""

    connection: str
    provider: Provider
    company: str | None
    flow: str
    object: str
    badge: Badge
    cause: Cause
    words: str
    remedy: str
    theirs: str | None
    url: str | None
    retry: bool
    retry_at: datetime | None


class ListedView(View):
    """`name`: what people call it. `names`: by id, the names of the records that it refers to."""

    record: RecordView
    name: str | None
    names: dict[str, str]
    sync: list[BadgeView]


Words = Annotated[str, Query(max_length=200, description="Words of the name, or the beginning of a number or address.")]
Parent = Annotated[str | None, Query(max_length=100, description="Only those that belong to this client or project.")]
OfStatus = Annotated[str | None, Query(max_length=80, description="Only those with this status.")]
OfStaff = Annotated[str | None, Query(max_length=100, description="Only those of this member of staff.")]
OfProject = Annotated[str | None, Query(max_length=100, description="Only those of this project.")]
OfClient = Annotated[str | None, Query(max_length=100, description="Only those of this client.")]
IsActive = Annotated[bool | None, Query(description="Only what is active, or is not.")]
Standing = Annotated[Badge | None, Query(description="Only what stands so, with `connection` or with any.")]
With = Annotated[str | None, Query(max_length=64, description="Only what is linked in this connection, or stands so.")]


@listings.get("/tenants/<tenant>/listings/<kinds>", EVERYBODY, "List or search records with how they stand")
def list_standing(
    tenant: TenantId,
    kinds: Kinds,
    q: Words = "",
    parent: Parent = None,
    status: OfStatus = None,
    staff: OfStaff = None,
    client: OfClient = None,
    project: OfProject = None,
    active: IsActive = None,
    badge: Standing = None,
    connection: With = None,
    start: Start = None,
    limit: Limit = 50,
    *,
    caller: Asking,
) -> Page[ListedView]:
    """Those that are not archived, by name; entries and documents the latest first. Nothing is read at the provider."""
    kind = KINDS[PLURALS[kinds]]
    match = _match(kind, {"status": status, "staff": staff, "client": client, "project": project, "active": active})
    if parent and not kind.parent:
        raise Problem(422, f"A {kind.name} belongs to no other record.", remedy="Leave it out.", field="parent")
    for name in [name for name in match if name == kind.parent and not parent]:
        parent = str(match.pop(name))
    wanted = listing.Wanted(q, match, parent, badge, connection)
    lines, next = listing.page(tenant, kind.name, wanted, start, limit)
    return Page[ListedView](items=listed(tenant, kind.name, lines, caller), next=next)


def _match(kind: Kind, asked: dict[str, str | bool | None]) -> dict[str, str | bool | None]:
    match: dict[str, str | bool | None] = {name: value for name, value in asked.items() if value is not None}
    for name in match:
        if name not in kind.properties:
            raise Problem(422, f"A {kind.name} has no {name}.", remedy="Leave it out.", field=name)
    return match


def listed(tenant: str, kind: str, lines: list[listing.Line], caller: Caller) -> list[ListedView]:
    names = naming.names_in(tenant, kind, (line.record.values for line in lines))
    return [_listed(kind, line, names, caller) for line in lines]


def _listed(kind: str, line: listing.Line, names: dict[str, str], caller: Caller) -> ListedView:
    values = line.record.values
    mine = {str(values[name]) for name in KINDS[kind].references if values.get(name)}
    return ListedView(
        record=record_view(kind, line.record, caller),
        name=called(values),
        names={id: name for id, name in names.items() if id in mine},
        sync=[badge_view(each) for each in line.stands],
    )


def badge_view(found: Stand) -> BadgeView:
    connection, flow, link = found.case.connection, found.case.flow, found.case.link
    problem = link.problem if link else None
    return BadgeView(
        connection=connection.id,
        provider=connection.provider,
        company=connection.account_name,
        flow=flow.name,
        object=flow.object,
        badge=found.badge,
        cause=found.standing.cause,
        words=found.standing.words,
        remedy=found.standing.remedy,
        theirs=link.theirs if link else None,
        url=folders.url_of(connection, flow, link.theirs) if link and link.theirs else None,
        retry=problem is not None,
        retry_at=problem.retry_at if problem else None,
    )

"""What the routes of posting take and answer, and the desk at which they look."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field

from timebridge import context
from timebridge.api.access import connection_of
from timebridge.api.errors import Problem
from timebridge.api.names import names_of
from timebridge.api.runs import open_connection
from timebridge.api.views import Asked, Kept, View
from timebridge.books import folders
from timebridge.context import Context
from timebridge.postings import TYPES
from timebridge.postings.bookkeeping import WHEN_POSTING, keeps_books
from timebridge.postings.orders import Order, desk_of
from timebridge.postings.prospects import Standing, State
from timebridge.records import Value, Values
from timebridge.store.postings import Selection
from timebridge.tenants import Status
from timebridge.workspace.kinds import KINDS

PATH = "/tenants/<tenant>/connections/<connection>/postings"

MOST_IDS = 1_000

type TypeName = Literal["time", "expenses", "invoices"]
type Pool = Literal["reports", "cards", "loose"]

OfType = Annotated[TypeName, Query(description="What is posted.")]
OfState = Annotated[State | None, Query(description="Only those that stand like this.")]
From = Annotated[date | None, Query(alias="from", description="First day.")]
To = Annotated[date | None, Query(description="Last day.")]
OfStaff = Annotated[str | None, Query(max_length=200, description="Only this person's.")]
OfProject = Annotated[str | None, Query(max_length=200, description="Only this project's.")]
OfClient = Annotated[str | None, Query(max_length=200, description="Only this client's.")]
OfPool = Annotated[
    Pool | None, Query(description="Of expenses: reports, charges of company cards, or what is in no report.")
]


class Filter(Asked):
    """Everything that is ready, of a span of days, a person, a project, a client. An empty one selects all of it."""

    first: date | None = Field(default=None, alias="from")
    last: date | None = Field(default=None, alias="to")
    staff: str | None = Field(default=None, max_length=200)
    project: str | None = Field(default=None, max_length=200)
    client: str | None = Field(default=None, max_length=200, description="What is on its active projects.")
    pool: Pool | None = Field(default=None, description="Of expenses: one of the pools.")


class Selected(Asked):
    """Records by their ids, or by a filter; not by both."""

    type: TypeName
    ids: list[str] | None = Field(default=None, min_length=1, max_length=MOST_IDS)
    filter: Filter | None = None


class NewPosting(Selected):
    closed: Literal["first_open"] | None = Field(
        default=None, description="Records of a closed period are posted on the first open day."
    )
    as_: Literal["bill", "check"] | None = Field(
        default=None, alias="as", description="How expense reports are posted for people who are paid both ways."
    )


class ChangeView(View):
    """A value that is not what was posted; both are missing where it is made of lines."""

    name: str
    posted: Kept
    now: Kept


class StandingView(View):
    """How a record stands with the books. `changed`: its values that are not what was posted, and `changes`: both
    values of each. `theirs`: the id of the document over there. `flow`: which flow it is, or would be, carried by."""

    kind: str
    id: str
    state: State
    reason: str
    remedy: str
    field: str | None
    changed: list[str]
    changes: list[ChangeView]
    flow: str
    object: str
    theirs: str | None
    link: str | None
    asked: bool = Field(description="Whether somebody asked for it to be in these books, and nobody took it back.")
    values: dict[str, Kept]


def order_of(asked: Selected) -> Order:
    if (asked.ids is None) == (asked.filter is None):
        raise Problem(422, "Say what is meant: `ids` or a `filter`.", remedy="Give one of the two.", field="ids")
    if asked.type not in TYPES:
        raise Problem(422, f"There is no posting of {asked.type} here.", remedy="Choose another type.", field="type")
    said = asked.filter or Filter()
    ids = tuple(dict.fromkeys(asked.ids or ()))
    selection = selection_of(asked.type, said.first, said.last, said.staff, said.project, said.client, said.pool, ids)
    choices = {"closed": asked.closed, "as": asked.as_} if isinstance(asked, NewPosting) else {}
    return Order(asked.type, selection, {name: value for name, value in choices.items() if value is not None})


def selection_of(
    type: str,
    first: date | None,
    last: date | None,
    staff: str | None,
    project: str | None,
    client: str | None = None,
    pool: str | None = None,
    ids: Iterable[str] = (),
) -> Selection:
    if pool is not None and type != "expenses":
        raise Problem(422, f"There are no pools of {type}.", remedy="Leave the pool out.", field="pool")
    return Selection(tuple(ids), _iso(first), _iso(last), staff, project, client, pool)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


@contextmanager
def looking(tenant: str, connection: str, *among: Status, age: timedelta = WHEN_POSTING) -> Iterator[Context]:
    """The road of a connection that keeps books; `age`: how old what is known of the company may be.

    Raises Problem 404, 409 or 422.
    """
    found = connection_of(tenant, connection)
    if not keeps_books(found):
        raise no_books()
    may = among or (Status.LIVE, Status.PAUSED)
    if found.status not in may:
        open_connection(tenant, connection)
    with context.opened(tenant, connection, *may) as road:
        desk_of(road).refresh(age)
        yield road


def no_books() -> Problem:
    return Problem(422, "This connection keeps no books.", remedy="Choose one to QuickBooks.", field="connection")


def standing_view(road: Context, kind: str, found: Standing, own: Values | None = None) -> StandingView:
    """`own`: the values of the record as it is kept, where the books would see others."""
    values = own or found.record.values
    theirs = found.link.theirs if found.link and found.link.base is not None else None
    return StandingView(
        kind=kind,
        id=found.record.id,
        state=found.state,
        reason=found.reason,
        remedy=found.remedy,
        field=found.field,
        changed=list(found.changed),
        changes=[_change(found, name) for name in found.changed],
        flow=found.flow.name,
        object=found.flow.object,
        theirs=theirs,
        link=address(road, found, theirs),
        asked=found.record.values.get("posted_to") == road.connection.id,
        values={name: values.get(name) for name in _known(kind)},
    )


def _change(found: Standing, name: str) -> ChangeView:
    lined = {line.ours for line in found.flow.fields if line.lines is not None}
    base = (found.link.base if found.link else None) or {}
    both: tuple[Value, Value] = (None, None) if name in lined else (base.get(name), found.record.values.get(name))
    return ChangeView(name=name, posted=both[0], now=both[1])


def _known(kind: str) -> Sequence[str]:
    return [name for name, each in KINDS[kind].properties.items() if not each.confidential]


def address(road: Context, found: Standing, theirs: str | None) -> str | None:
    """The page of the document over there."""
    return None if theirs is None else folders.url_of(road.connection, found.flow, theirs)


def names_in_standings(tenant: str, items: Sequence[StandingView]) -> dict[str, str]:
    """Of everything that is referred to, with the clients of the projects."""
    values = [value for each in items for value in each.values.values()]
    changed: list[Any] = [value for each in items for change in each.changes for value in (change.posted, change.now)]
    return names_of(tenant, [*values, *changed])

"""The six tables as PynamoDB models."""

# PynamoDB's index hook carries no types:
# mypy: allow-untyped-calls

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from pynamodb.attributes import (
    Attribute,
    BooleanAttribute,
    MapAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.connection import TableConnection
from pynamodb.constants import STRING
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, LocalSecondaryIndex
from pynamodb.models import Model

from timebridge.store.connection import Shared, connection, reaching, table_name
from timebridge.store.exact import dumps, instant, loads


class Exact(Attribute[Any]):
    """Any JSON value, kept as text."""

    attr_type = STRING

    def serialize(self, value: Any) -> str:
        return dumps(value)

    def deserialize(self, value: str) -> Any:
        return loads(value)


class Moment(Attribute[datetime]):
    attr_type = STRING

    def serialize(self, value: datetime) -> str:
        return instant(value)

    def deserialize(self, value: str) -> datetime:
        return datetime.fromisoformat(value)


class Exactly(Attribute[Decimal]):
    """A DynamoDB number: exact to 38 digits, and can be added to in place."""

    attr_type = "N"

    def serialize(self, value: Decimal) -> str:
        return str(value)

    def deserialize(self, value: str) -> Decimal:
        return Decimal(value)


class Table(Model):
    """A model whose table is named by an environment variable, read at first use."""

    variable: ClassVar[str]

    class Meta:
        table_name: str | None = None

    @classmethod
    def _get_connection(cls) -> TableConnection:
        shared, name = connection(), table_name(cls.variable)
        found = cls._connection
        if found is None or found.table_name != name or found.connection is not shared:
            with reaching:
                found = cls._connection = cls._connected(shared, name)
        return found

    @classmethod
    def _connected(cls, shared: Shared, name: str) -> TableConnection:
        cls.Meta.table_name = name
        cls._connection = None
        table = super()._get_connection()
        if name not in shared._tables:
            shared.add_meta_table(table.get_meta_table())
        table.connection = shared
        return table


class _ByAccount(GlobalSecondaryIndex["TenantItem"]):
    class Meta:
        index_name = "by_account"
        projection = AllProjection()

    account = UnicodeAttribute(hash_key=True)


class _ByDue(GlobalSecondaryIndex["TenantItem"]):
    class Meta:
        index_name = "by_due"
        projection = AllProjection()

    due = UnicodeAttribute(hash_key=True)
    next_pull = Moment(range_key=True)


class TenantItem(Table):
    """Tenants (pk "tenant"), their connections (pk: the tenant), consent states, and refresh leases."""

    class Meta:
        table_name: str | None = None

    variable = "TENANTS_TABLE"
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    account = UnicodeAttribute(null=True)
    due = UnicodeAttribute(null=True)
    next_pull = Moment(null=True)
    data = Exact(null=True)
    owner = UnicodeAttribute(null=True)
    until = Moment(null=True)
    revision = NumberAttribute(null=True)
    expires = TTLAttribute(null=True)
    by_account = _ByAccount()
    by_due = _ByDue()


class _ByChanged(GlobalSecondaryIndex["RecordItem"]):
    class Meta:
        index_name = "by_changed"
        projection = AllProjection()

    pk = UnicodeAttribute(hash_key=True)
    changed = UnicodeAttribute(range_key=True)


class _ByName(GlobalSecondaryIndex["RecordItem"]):
    class Meta:
        index_name = "by_name"
        projection = AllProjection()

    pk = UnicodeAttribute(hash_key=True)
    name_key = UnicodeAttribute(range_key=True)


class _ByParent(GlobalSecondaryIndex["RecordItem"]):
    class Meta:
        index_name = "by_parent"
        projection = AllProjection()

    parent = UnicodeAttribute(hash_key=True)
    sort = UnicodeAttribute(range_key=True)


class RecordItem(Table):
    """A record of the workspace. Archived ones have no `name_key`, `parent` and `sort`: they leave the lists. Of what
    people hand in, `name_key` is the day and the person (`sheets.place_of`).

    The totals of projects, invoices and expense reports stand beside `data`, to be added to in place. `summary_at` is
    when those of a project last changed; `payable` is there on an invoice that takes payments. `members` has the id of
    each expense of a report as a key, so that what belongs to it is known exactly; `collecting` is there on a report
    that still takes expenses, and lets them be changed.
    """

    class Meta:
        table_name: str | None = None
        stream_view_type = "NEW_AND_OLD_IMAGES"

    variable = "RECORDS_TABLE"
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    changed = UnicodeAttribute()
    name_key = UnicodeAttribute(null=True)
    parent = UnicodeAttribute(null=True)
    sort = UnicodeAttribute(null=True)
    data = Exact()
    hours_total = Exactly(null=True)
    fees_total = Exactly(null=True)
    cost_total = Exactly(null=True)
    expenses_total = Exactly(null=True)
    recharged_total = Exactly(null=True)
    invoiced_total = Exactly(null=True)
    paid_total = Exactly(null=True)
    amount = Exactly(null=True)
    members: MapAttribute[str, Any] = MapAttribute(null=True)
    summary_at = UnicodeAttribute(null=True)
    payable = BooleanAttribute(null=True)
    collecting = BooleanAttribute(null=True)
    archived = BooleanAttribute(default=False)
    stamp = Moment()
    actor = UnicodeAttribute(null=True)
    revision = NumberAttribute()
    by_changed = _ByChanged()
    by_name = _ByName()
    by_parent = _ByParent()


class _Waiting(LocalSecondaryIndex["LinkItem"]):
    class Meta:
        index_name = "waiting"
        projection = AllProjection()

    pk = UnicodeAttribute(hash_key=True)
    waiting = UnicodeAttribute(range_key=True)


class LinkItem(Table):
    """A link ("link#our id"), the pointer from their id to it ("theirs#their id"), or the flow's counter ("count").

    Beside them, under the connection alone, in which flows something waits ("waits#what#flow").
    """

    class Meta:
        table_name: str | None = None

    variable = "LINKS_TABLE"
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    waiting = UnicodeAttribute(null=True)
    ours = UnicodeAttribute(null=True)
    theirs = UnicodeAttribute(null=True)
    state = UnicodeAttribute(null=True)
    base = Exact(null=True)
    theirs_version = UnicodeAttribute(null=True)
    birth = Exact(null=True)
    conflicts = Exact(null=True)
    decisions = Exact(null=True)
    question = Exact(null=True)
    forced = BooleanAttribute(null=True)
    problem = Exact(null=True)
    dying = UnicodeAttribute(null=True)
    kept = UnicodeAttribute(null=True)
    revision = NumberAttribute(null=True)
    live = NumberAttribute(null=True)
    marked = Moment(null=True)
    by_waiting = _Waiting()


class CursorItem(Table):
    class Meta:
        table_name: str | None = None

    variable = "CURSORS_TABLE"
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    stamp = Moment()
    last = UnicodeAttribute(default="")


class RunItem(Table):
    """A run ("run#id"), what one part of it did ("part#run#object#part"), the records it did something to
    ("did#run#what#flow#moment"), the calls of a day ("usage#date"), or what was carried on it ("carried#date")."""

    class Meta:
        table_name: str | None = None

    variable = "RUNS_TABLE"
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    data = Exact()
    calls = NumberAttribute(null=True)
    reads = NumberAttribute(null=True)
    carried = NumberAttribute(null=True)
    came_in = NumberAttribute(null=True)
    went_out = NumberAttribute(null=True)
    problems = NumberAttribute(null=True)
    in_at = Moment(null=True)
    out_at = Moment(null=True)
    revision = NumberAttribute(null=True)
    expires = TTLAttribute(null=True)


class LimitItem(Table):
    """What was leased of the limits of a provider's account ("limit#account"), or what all accounts of an app took in
    a few seconds ("limit#app#id"); both lie in the table of runs and leave it by themselves."""

    class Meta:
        table_name: str | None = None

    variable = "RUNS_TABLE"
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    leases = Exact(null=True)
    taken = NumberAttribute(null=True)
    accounts: UnicodeSetAttribute = UnicodeSetAttribute(null=True)
    revision = NumberAttribute(null=True)
    expires = TTLAttribute(null=True)


class _ByTarget(GlobalSecondaryIndex["AuditItem"]):
    class Meta:
        index_name = "by_target"
        projection = AllProjection()

    about = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class AuditItem(Table):
    """`about`: the tenant, and what something was done to."""

    class Meta:
        table_name: str | None = None

    variable = "AUDIT_TABLE"
    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    about = UnicodeAttribute(null=True)
    by_target = _ByTarget()
    data = Exact()
    expires = TTLAttribute(null=True)


TABLES: tuple[type[Table], ...] = (TenantItem, RecordItem, LinkItem, CursorItem, RunItem, AuditItem)

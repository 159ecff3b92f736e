"""Deciding: which value counts where both sides moved one field, now or otherwise than before."""

from dataclasses import replace
from datetime import UTC, datetime

from timebridge.changes import Change, Where
from timebridge.errors import Missing, Rejected
from timebridge.flows import Direction, Flow
from timebridge.links import Conflict, Decision, Link
from timebridge.pull import changes_of
from timebridge.questions.answers import save
from timebridge.records import Record, Value
from timebridge.store.links import DynamoLinks
from timebridge.store.records import Workspace
from timebridge.tenants import Connection


def decide(
    connection: Connection, flow: Flow, link: Link, field: str, take: Where | None, value: Value, actor: str
) -> list[Change]:
    """Take one side's value, or (`take` None) another one. Returns what has to be looked at.

    All values are kept on the link, so the next decision may be another. Raises Rejected, and Stale when somebody was
    faster.
    """
    _refuse_one_way(flow, field)
    conflict = next((each for each in link.conflicts if each.field == field), None)
    kept = next((each for each in link.decisions if each.field == field), None)
    if conflict is None and kept is None:
        raise Rejected("Both sides agree on this field, and always did.", remedy="Edit the record.", field="field")
    record = _record(connection, flow, link)
    news = Decision(field, *_values(conflict, kept, record), take, actor, datetime.now(UTC))
    wanted = {Where.OURS: news.ours, Where.THEIRS: news.theirs}[take] if take else value
    if conflict is None or take is None:
        _write(connection, flow, record, field, wanted, actor)
    links = DynamoLinks(connection.tenant, connection.id)
    return changes_of(flow, save(links, rebased(link, conflict, news)))


def _values(conflict: Conflict | None, kept: Decision | None, record: Record) -> tuple[Value, Value, Value]:
    """Base, ours and theirs. What a later edit made of a field that was decided takes the place of the base."""
    found = conflict or kept
    assert found is not None
    now = record.values.get(found.field)
    base = found.base if conflict or now in (found.ours, found.theirs) else now
    return base, found.ours, found.theirs


def rebased(link: Link, conflict: Conflict | None, news: Decision) -> Link:
    """An open conflict is settled by what counts as agreed: the value not taken, so that the other one has moved."""
    decided = replace(link, theirs_version=None).decided([news])
    if conflict is None:
        return decided
    agreed = conflict.ours if news.taken is Where.THEIRS else conflict.theirs
    left = tuple(each for each in link.conflicts if each is not conflict)
    return replace(decided, base={**(link.base or {}), conflict.field: agreed}, conflicts=left)


def _write(connection: Connection, flow: Flow, record: Record, field: str, value: Value, actor: str) -> None:
    """The edit of a person like any other: the road carries it on."""
    if record.values.get(field) != value:
        Workspace(connection.tenant, actor).update(flow.kind, record.id, {field: value}, record.version or "")


def _record(connection: Connection, flow: Flow, link: Link) -> Record:
    found = Workspace(connection.tenant).get(flow.kind, link.ours)
    if found is None or found.gone:
        raise Missing(f"The {flow.kind.replace('_', ' ')} is not there any more.", remedy="Restore it first.")
    return found


def _refuse_one_way(flow: Flow, field: str) -> None:
    line = next((each for each in flow.fields if each.ours == field), None)
    if line is None or flow.direction_of(line) is not Direction.BOTH:
        raise Rejected("This field is not kept in step both ways.", remedy="Choose another one.", field="field")

"""How what waits is mended: by an edit right here, or at the place where the remedy is."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from timebridge.errors import Awaiting, SyncError
from timebridge.links import LINKED
from timebridge.questions.waiting import Sort, Waiting
from timebridge.records import Record, Value
from timebridge.tenants import Status
from timebridge.workspace.kinds import kind_of
from timebridge.workspace.locks import refuse_locked, refuse_managed
from timebridge.workspace.properties import Property


class Act(StrEnum):
    """What a person does next. `parent`: mend the record that it belongs to; `there`: look at it at the provider;
    `take_up`: nothing, unless it is wanted again."""

    ANSWER = "answer"
    DECIDE = "decide"
    CONNECT = "connect"
    WAIT = "wait"
    EDIT = "edit"
    PARENT = "parent"
    MAPPING = "mapping"
    ACCESS = "access"
    THERE = "there"
    TAKE_UP = "take_up"


BY_TROUBLE = {"mapping": Act.MAPPING, "permission": Act.ACCESS}


@dataclass(frozen=True, slots=True)
class Edit:
    """A value of our record that may be what is wrong. `refusal`: why it cannot be edited now."""

    field: str
    value: Value
    definition: Property
    refusal: SyncError | None = None


def act_of(waiting: Waiting) -> Act:
    """As far as it is known without the record."""
    if waiting.link.is_aside:
        return Act.TAKE_UP
    if waiting.sort is not Sort.PARKED:
        return Act.ANSWER if waiting.sort is Sort.QUESTION else Act.DECIDE
    if waiting.connection.status is not Status.LIVE:
        return Act.CONNECT
    problem, definition = waiting.problem, _definition(waiting)
    if problem.cause == LINKED:
        return Act.WAIT
    if problem.cause == Awaiting.__name__:
        return Act.ANSWER
    if _came_in(waiting) and problem.trouble in ("mapping", "format", "other"):
        return Act.THERE
    if problem.trouble == "reference" and definition is not None and definition.parent:
        return Act.PARENT
    if problem.trouble in ("format", "other") and definition is not None and _is_peoples(definition):
        return Act.EDIT
    return BY_TROUBLE.get(problem.trouble, Act.THERE)


def _came_in(waiting: Waiting) -> bool:
    """There is no record of ours yet: what is wrong can only be mended over there."""
    return waiting.link.theirs is not None and waiting.link.base is None


def edit_of(waiting: Waiting, record: Record | None) -> Edit | None:
    """The value that can be edited in place, if there is one."""
    definition, field = _definition(waiting), waiting.field
    if record is None or record.gone or definition is None or field is None or not _is_peoples(definition):
        return None
    value = record.values.get(field)
    return Edit(field, value, definition, _refusal(waiting.flow.kind, record.values, field))


def parent_of(waiting: Waiting, record: Record | None) -> tuple[str, str] | None:
    """Kind and id of the record that the value refers to."""
    definition, field = _definition(waiting), waiting.field
    if record is None or definition is None or definition.parent is None or not record.values.get(field or ""):
        return None
    return definition.parent, str(record.values[field or ""])


def _definition(waiting: Waiting) -> Property | None:
    return kind_of(waiting.flow.kind).properties.get(waiting.field or "")


def _is_peoples(definition: Property) -> bool:
    return not (definition.computed or definition.synced or definition.decided)


def _refusal(kind: str, values: Mapping[str, Value], field: str) -> SyncError | None:
    try:
        refuse_locked(kind, values)
        refuse_managed(kind, values, {field: None})
    except SyncError as error:
        return error
    return None

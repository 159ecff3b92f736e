"""The records of the workspace: every kind by the same few routes."""

from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body, Header, Query
from pydantic import RootModel

from timebridge.api.access import ADMINS, EVERYBODY, WRITERS, Asking, Caller, Noun, TenantId
from timebridge.api.errors import Problem, conflict, missing
from timebridge.api.kinds import ENTRIES, PLURALS, Kinds, RecordId
from timebridge.api.own import own
from timebridge.api.views import At, IfMatch, Kept, Limit, Page, Start, View, revision_of
from timebridge.errors import Stale
from timebridge.records import Record
from timebridge.store.audit import Audit
from timebridge.store.records import Workspace
from timebridge.workspace.kinds import KINDS
from timebridge.workspace.properties import Kind

records = Noun("records")


class Values(RootModel[dict[str, Any]]):
    """The values of a record, by name."""


class Patch(At):
    """The values that change. The others stay; null empties one."""

    values: dict[str, Any]


class RecordView(View):
    """References hold ids. Money and hours are numbers, dates are ISO 8601."""

    id: str
    kind: str
    values: dict[str, Kept]
    revision: int
    changed: datetime | None
    archived: bool


Prefix = Annotated[str, Query(max_length=200, description="Beginning of the name; of the date where there is no name.")]
Parent = Annotated[str | None, Query(max_length=100, description="Only those that belong to this client or project.")]
OfStatus = Annotated[str | None, Query(max_length=80, description="Only those with this status.")]
OfStaff = Annotated[str | None, Query(max_length=100, description="Only those of this member of staff.")]

Once = Annotated[
    str | None,
    Header(alias="Idempotency-Key", max_length=200, description="The same key again creates nothing a second time."),
]

PATH = "/tenants/<tenant>/<kinds>"


@records.get(PATH, EVERYBODY, "List or search records")
def list_records(
    tenant: TenantId,
    kinds: Kinds,
    q: Prefix = "",
    parent: Parent = None,
    status: OfStatus = None,
    staff: OfStaff = None,
    start: Start = None,
    limit: Limit = 50,
    *,
    caller: Asking,
) -> Page[RecordView]:
    """Those that are not archived, by name; entries and documents by date."""
    kind = KINDS[PLURALS[kinds]]
    match = _match(kind, status=status, staff=staff)
    if parent and kind.key and kind.parent:  # its index by parent serves look-ups by its key instead
        match[kind.parent], parent = parent, None
    found, next = Workspace(tenant).page(kind.name, q, start, limit, parent, match or None)
    return Page[RecordView](items=[view(kind.name, record, caller) for record in found], next=next)


@records.post(PATH, WRITERS, "Create a record", 201)
def create_record(
    tenant: TenantId, kinds: Kinds, asked: Annotated[Values, Body()], caller: Asking, once: Once = None
) -> RecordView:
    """With an Idempotency-Key, a repeated request is answered with the record that the first one created."""
    kind, space = _writable(kinds, caller), Workspace(tenant, caller.name)
    id = _id_for(kind, once) if once else None
    known = space.get(kind, id) if id else None
    if known is not None:
        return view(kind, known, caller)
    record = space.create(kind, _own(tenant, kinds, caller, asked.root), id)
    note(tenant, caller, "create", kind, None, record)
    return view(kind, record, caller)


@records.get(f"{PATH}/<id>", EVERYBODY, "Read a record")
def get_record(tenant: TenantId, kinds: Kinds, id: RecordId, caller: Asking) -> RecordView:
    """Archived ones too."""
    return view(PLURALS[kinds], stored(tenant, PLURALS[kinds], id), caller)


@records.patch(f"{PATH}/<id>", WRITERS, "Change a record")
def update_record(
    tenant: TenantId,
    kinds: Kinds,
    id: RecordId,
    asked: Annotated[Patch, Body()],
    caller: Asking,
    if_match: IfMatch = None,
) -> RecordView:
    """Only if it still has the revision that the change was made to; else 409 with the `current` record."""
    revision = revision_of(if_match, asked)
    return _written(
        tenant,
        kinds,
        id,
        caller,
        "update",
        lambda space, kind: space.update(kind, id, asked.values, revision),
        values=asked.values,
    )


@records.post(f"{PATH}/<id>/archive", WRITERS, "Archive a record")
def archive_record(
    tenant: TenantId,
    kinds: Kinds,
    id: RecordId,
    caller: Asking,
    asked: Annotated[At | None, Body()] = None,
    if_match: IfMatch = None,
) -> RecordView:
    """It leaves the lists and can be restored. Flows that carry deletions carry this one."""
    revision = revision_of(if_match, asked)
    return _written(tenant, kinds, id, caller, "archive", lambda space, kind: space.archive(kind, id, revision))


@records.post(f"{PATH}/<id>/restore", WRITERS, "Bring an archived record back")
def restore_record(
    tenant: TenantId,
    kinds: Kinds,
    id: RecordId,
    caller: Asking,
    asked: Annotated[At | None, Body()] = None,
    if_match: IfMatch = None,
) -> RecordView:
    revision = revision_of(if_match, asked)
    return _written(tenant, kinds, id, caller, "restore", lambda space, kind: space.restore(kind, id, revision))


# --- writing ---------------------------------------------------------------------------------------------------------

type Write = Callable[[Workspace, str], Record]


def _written(
    tenant: str,
    kinds: str,
    id: str,
    caller: Caller,
    verb: str,
    write: Write,
    values: Mapping[str, Any] | None = None,
) -> RecordView:
    kind = _writable(kinds, caller)
    before = stored(tenant, kind, id)
    _own(tenant, kinds, caller, values or {}, before)
    if not caller.is_any(ADMINS) and before.values.get("status") not in ("draft", "rejected"):
        raise Problem(
            403, f"This entry is {before.values.get('status')}.", remedy="Ask for it to be reopened.", field="status"
        )
    try:
        record = write(Workspace(tenant, caller.name), kind)
    except Stale as error:
        raise conflict(error, view(kind, stored(tenant, kind, id), caller).model_dump(mode="json")) from error
    note(tenant, caller, verb, kind, before, record)
    return view(kind, record, caller)


def _own(
    tenant: str, kinds: str, caller: Caller, values: Mapping[str, Any], before: Record | None = None
) -> Mapping[str, Any]:
    return own(tenant, caller, values, before) if kinds in ENTRIES else values


def _writable(kinds: str, caller: Caller) -> str:
    """The kind. Raises Problem 403 for what only admins write."""
    if kinds not in ENTRIES and not caller.is_any(ADMINS):
        raise Problem(403, f"Members do not write {kinds}.", remedy="Ask somebody who is tenant_admin.")
    return PLURALS[kinds]


def _id_for(kind: str, key: str) -> str:
    return f"{KINDS[kind].prefix}_{sha256(key.encode()).hexdigest()[:24]}"


def stored(tenant: str, kind: str, id: str) -> Record:
    """Raises Problem 404."""
    found = Workspace(tenant).get(kind, id)
    if found is None:
        raise missing(kind.replace("_", " "))
    return found


def _match(kind: Kind, **wanted: str | None) -> dict[str, Any]:
    match = {name: value for name, value in wanted.items() if value is not None}
    for name in match:
        if name not in kind.properties:
            raise Problem(422, f"A {kind.name} has no {name}.", remedy="Leave it out.", field=name)
    return match


def note(tenant: str, caller: Caller, verb: str, kind: str, before: Record | None, after: Record) -> None:
    """Only what changed, without what follows from it."""
    old, new = dict(before.values) if before else {}, dict(after.values)
    told = [name for name, found in KINDS[kind].properties.items() if not found.computed]
    changed = {name for name in told if old.get(name) != new.get(name)}
    Audit(tenant).write(
        caller.name,
        f"{kind}.{verb}",
        after.id,
        {"revision": after.version},
        {name: old.get(name) for name in changed} if before else None,
        {name: new.get(name) for name in changed},
    )


def view(kind: str, record: Record, caller: Caller | None = None) -> RecordView:
    """As this caller may see it: what is confidential, administrators only."""
    everything = caller is not None and caller.is_any(ADMINS)
    hidden = set() if everything else {name for name, each in KINDS[kind].properties.items() if each.confidential}
    return RecordView(
        id=record.id,
        kind=kind,
        values={name: value for name, value in record.values.items() if name not in hidden},
        revision=int(record.version or 0),
        changed=record.stamp,
        archived=record.gone,
    )

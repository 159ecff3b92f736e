"""The settings of a connection: worked on as a draft, compared with the account, published, and brought back."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body, Path
from pydantic import Field

from timebridge import context, presets, timing
from timebridge.api import switches
from timebridge.api.access import ADMINS, EVERYBODY, Asking, Caller, ConnectionId, Noun, TenantId, connection_of
from timebridge.api.errors import Problem, conflict, missing
from timebridge.api.unsaid import refuse as refuse_unsaid
from timebridge.api.unsaid import unsaid_of
from timebridge.api.views import Asked, IfMatch, Limit, Page, Start, View, revision_of
from timebridge.errors import Stale
from timebridge.mapping import revisions
from timebridge.mapping.refresh import refresh
from timebridge.providers import provider
from timebridge.providers.provider import Finding
from timebridge.store.audit import Audit
from timebridge.store.tenants import Connections
from timebridge.store.versions import Versions
from timebridge.tenants import Connection, Draft, Status, Version

settings = Noun("settings")

Note = Annotated[str, Field(max_length=500, description="Why, for those who read the history.")]
Number = Annotated[int, Path(ge=1, description="Number of a version.")]
PATH = "/tenants/<tenant>/connections/<connection>/settings"


class NewDraft(Asked):
    settings: dict[str, Any]
    note: Note = ""


class Publication(Asked):
    note: Note = ""


class DraftView(View):
    settings: dict[str, Any]
    actor: str
    saved: datetime
    note: str
    revision: int


class VersionView(View):
    """`restores`: the version that this one brought back. `changes`: against the version before, in words."""

    number: int
    settings: dict[str, Any]
    actor: str
    published: datetime
    note: str
    restores: int | None
    changes: tuple[str, ...] = ()


class SettingsView(View):
    """What is in force; `version` 0: as the connection was made. `draft`: what is worked on."""

    version: int
    settings: dict[str, Any]
    draft: DraftView | None


@settings.get(PATH, EVERYBODY, "Read the settings in force, and the draft")
def get_settings(tenant: TenantId, connection: ConnectionId) -> SettingsView:
    found = connection_of(tenant, connection)
    draft = Versions(tenant, connection).draft()
    return SettingsView(
        version=found.version, settings=dict(found.settings), draft=DraftView.of(draft) if draft else None
    )


@settings.post(f"{PATH}/draft", ADMINS, "Save a draft")
def save_draft(
    tenant: TenantId,
    connection: ConnectionId,
    asked: Annotated[NewDraft, Body()],
    caller: Asking,
    if_match: IfMatch = None,
) -> DraftView:
    """It replaces the draft that is there; with If-Match only if nobody worked on that one since."""
    switches.check(replace(connection_of(tenant, connection), settings=asked.settings))
    revision = revision_of(if_match, None) if if_match else None
    versions = Versions(tenant, connection)
    try:
        draft = versions.save_draft(asked.settings, caller.name, asked.note, revision)
    except Stale as error:
        current = versions.draft()
        raise conflict(error, DraftView.of(current).model_dump(mode="json") if current else None) from error
    return DraftView.of(draft)


@settings.post(f"{PATH}/draft/publish", ADMINS, "Put the draft in force")
def publish_draft(
    tenant: TenantId,
    connection: ConnectionId,
    caller: Asking,
    asked: Annotated[Publication | None, Body()] = None,
    if_match: IfMatch = None,
) -> VersionView:
    """Refused with every line that does not fit the account, and every table of choices that leaves one unsaid; with
    If-Match also if somebody worked on it since."""
    found, draft = connection_of(tenant, connection), draft_of(tenant, connection, if_match)
    note = (asked.note if asked else "") or draft.note
    published = publish(found, draft.settings, caller, note)
    Versions(tenant, connection).drop_draft(draft.revision)
    return VersionView.of(published)


@settings.get(f"{PATH}/versions", EVERYBODY, "List the published versions, the latest first")
def list_versions(
    tenant: TenantId, connection: ConnectionId, start: Start = None, limit: Limit = 50
) -> Page[VersionView]:
    found = connection_of(tenant, connection)
    versions, next = Versions(tenant, connection).page(start, limit)
    earlier = [*versions[1:], Versions(tenant, connection).get(versions[-1].number - 1) if versions else None]
    items = [_against(found, version, before) for version, before in zip(versions, earlier, strict=False)]
    return Page[VersionView](items=items, next=next)


@settings.get(f"{PATH}/versions/<number>", EVERYBODY, "Read a published version")
def get_version(tenant: TenantId, connection: ConnectionId, number: Number) -> VersionView:
    found, version = connection_of(tenant, connection), _version(tenant, connection, number)
    return _against(found, version, Versions(tenant, connection).get(number - 1))


def _against(connection: Connection, version: Version, before: Version | None) -> VersionView:
    changes = revisions.in_words(connection, before.settings, version.settings) if before else []
    return VersionView.of(version).model_copy(update={"changes": tuple(changes)})


@settings.post(f"{PATH}/versions/<number>/restore", ADMINS, "Bring a version back")
def restore_version(
    tenant: TenantId,
    connection: ConnectionId,
    number: Number,
    caller: Asking,
    asked: Annotated[Publication | None, Body()] = None,
) -> VersionView:
    """Publishes its settings as the newest version, if they still fit the account. The draft stays."""
    found, version = connection_of(tenant, connection), _version(tenant, connection, number)
    note = asked.note if asked else ""
    return VersionView.of(publish(found, version.settings, caller, note, restores=number))


def publish(
    connection: Connection, wanted: Mapping[str, Any], caller: Caller, note: str = "", restores: int | None = None
) -> Version:
    """Put settings in force. Raises Problem 422 with every finding, and 409 when somebody else published first."""
    try:
        saved = Connections().save(fitting(connection, wanted, restored=restores is not None))
    except Stale as error:
        raise conflict(error) from error
    version = keep(connection, saved, caller, note, restores)
    refresh(connection, saved, caller.name)
    detail = {"version": version.number, "note": note, "restores": restores}
    images = {"settings": dict(connection.settings)}, {"settings": dict(wanted)}
    Audit(connection.tenant).write(caller.name, "settings.publish", f"connection {connection.id}", detail, *images)
    return version


def fitting(connection: Connection, wanted: Mapping[str, Any], *, restored: bool = False) -> Connection:
    """The connection with these settings as its next version. Raises Problem 422 if they do not fit the account, or a
    new table of choices leaves one unsaid; what is `restored` may: it was in force before that choice was made there.
    """
    then = replace(connection, settings=wanted, version=max(connection.version, 1) + 1)
    switches.check(then)
    if not restored:
        refuse_unsaid(unsaid_of(connection, wanted, then))
    refuse(findings(then))
    return replace(then, next_pull=timing.rescheduled(then)) if then.next_pull else then


def keep(before: Connection, after: Connection, caller: Caller, note: str = "", restores: int | None = None) -> Version:
    """Write down what was in force, if nobody has yet, and what is from now on."""
    versions, now = Versions(after.tenant, after.id), datetime.now(UTC)
    versions.keep(Version(after.version - 1, before.settings, caller.name, now))
    version = Version(after.version, after.settings, caller.name, now, note, restores)
    versions.keep(version)
    return version


def findings(connection: Connection) -> list[Finding]:
    """What in the account does not fit the settings. Nobody can tell before somebody consented, or after the end."""
    if connection.status not in (Status.LIVE, Status.PAUSED, Status.LOADING):
        return []
    module = provider.load(connection.provider)
    flows = presets.flows_of(connection)
    return module.examine(context.app_of(connection), context.grants(connection), connection, flows)


def refuse(found: list[Finding]) -> None:
    """Raises Problem 422 if there is anything that does not fit."""
    if not found:
        return
    errors = [{"field": _where(each), "detail": each.said, "remedy": each.remedy} for each in found]
    first = found[0]
    raise Problem(422, first.said, remedy=first.remedy, field=_where(first), errors=errors)


def _where(found: Finding) -> str:
    flow = f"settings.flows.{found.flow}"
    return f"{flow}.fields.{found.field}" if found.field else flow


def draft_of(tenant: str, connection: str, if_match: str | None = None) -> Draft:
    """Raises Problem 404, and 409 where it is not the revision that `if_match` says."""
    found = Versions(tenant, connection).draft()
    if found is None:
        raise missing("draft")
    if if_match and revision_of(if_match, None) != found.revision:
        error = Stale(f"{found.actor} changed this draft meanwhile.", remedy="Look at it again.")
        raise conflict(error, DraftView.of(found).model_dump(mode="json"))
    return found


def _version(tenant: str, connection: str, number: int) -> Version:
    found = Versions(tenant, connection).get(number)
    if found is None:
        raise missing("version")
    return found

"""Who is told by mail when something goes wrong, and from when on."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body
from pydantic import Field

from timebridge.api.access import ADMINS, Asking, Noun, TenantId, tenant_of
from timebridge.api.errors import conflict
from timebridge.api.views import At, IfMatch, View, revision_of
from timebridge.errors import Stale
from timebridge.store.alerts import Notifications
from timebridge.store.audit import Audit
from timebridge.telling.alerts import Wishes, next_digest

notifications = Noun("notifications")

Address = Annotated[str, Field(max_length=254, pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+$")]
PATH = "/tenants/<tenant>/notifications"


class NotificationsPatch(At):
    recipients: list[Address] | None = Field(
        default=None, max_length=20, description="Nobody is told when it is empty."
    )
    errors: int | None = Field(default=None, ge=0, le=10_000, description="More new errors than this send a mail")
    minutes: int | None = Field(default=None, ge=1, le=1440, description="within so many minutes.")
    digest: bool | None = Field(default=None, description="Every morning a mail about what waits, if anything does.")


class NotificationsView(View):
    """A connection that stops is told at once, whatever the threshold."""

    recipients: list[str]
    errors: int
    minutes: int
    digest: bool
    revision: int


@notifications.get(PATH, ADMINS, "Read who is told what")
def get_notifications(tenant: TenantId) -> NotificationsView:
    return _view(Notifications(tenant).wishes())


@notifications.patch(PATH, ADMINS, "Change who is told what")
def update_notifications(
    tenant: TenantId, asked: Annotated[NotificationsPatch, Body()], caller: Asking, if_match: IfMatch = None
) -> NotificationsView:
    before = Notifications(tenant).wishes()
    given = asked.model_dump(exclude_none=True, exclude={"revision"})
    given |= {"recipients": tuple(dict.fromkeys(given["recipients"]))} if "recipients" in given else {}
    wanted = replace(before, **given, revision=revision_of(if_match, asked))
    digest = next_digest(tenant_of(tenant).time_zone, datetime.now(UTC)) if wanted.digest else None
    try:
        saved = Notifications(tenant).save(wanted, digest)
    except Stale as error:
        raise conflict(error, _facts(Notifications(tenant).wishes())) from error
    Audit(tenant).write(caller.name, "notifications.update", "notifications", None, _facts(before), _facts(saved))
    return _view(saved)


def _facts(wishes: Wishes) -> dict[str, Any]:
    return _view(wishes).model_dump(mode="json")


def _view(wishes: Wishes) -> NotificationsView:
    return NotificationsView(
        recipients=list(wishes.recipients),
        errors=wishes.errors,
        minutes=wishes.minutes,
        digest=wishes.digest,
        revision=wishes.revision,
    )

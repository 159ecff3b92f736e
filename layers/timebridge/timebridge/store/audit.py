"""Who did what to what, per tenant."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from timebridge.store.exact import instant
from timebridge.store.paging import start_key, token
from timebridge.store.tables import AuditItem

KEPT = timedelta(days=400)


class Audit:
    """The audit trail of one tenant. What is written here must hold no token and no secret."""

    def __init__(self, tenant: str) -> None:
        self._tenant = tenant

    def write(
        self,
        actor: str,
        what: str,
        target: str,
        detail: Mapping[str, Any] | None = None,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        """`what`: a verb ("connection.pause"); `target`: the id it was done to; `before` and `after`: the values."""
        now = datetime.now(UTC)
        data = {"actor": actor, "what": what, "target": target, "detail": dict(detail or {})}
        images = {"before": dict(before) if before else None, "after": dict(after) if after else None}
        key = f"{instant(now)}#{uuid4().hex[:8]}"
        AuditItem(self._tenant, key, data=data | images, expires=now + KEPT).save()

    def page(self, start: str | None = None, limit: int = 50) -> tuple[list[dict[str, Any]], str | None]:
        """The latest first: stamp, actor, what, target, detail, before, after; and where the next page starts."""
        found = AuditItem.query(
            self._tenant,
            scan_index_forward=False,
            limit=limit,
            page_size=limit,
            last_evaluated_key=start_key(start, {"pk": self._tenant}, ("sk",)),
        )
        lines = [{"stamp": item.sk.partition("#")[0], **item.data} for item in found]
        return lines, token(found.last_evaluated_key, ("sk",))

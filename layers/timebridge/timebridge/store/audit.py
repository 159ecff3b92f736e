"""Who did what to what, per tenant."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from pynamodb.pagination import ResultIterator

from timebridge.store.exact import instant
from timebridge.store.paging import start_key, token
from timebridge.store.tables import AuditItem

KEPT = timedelta(days=400)

LOOKED_AT = 2_000
"""How many lines one page looks at, at most, for those that fit."""

EVER = "~"
"""Sorts behind every moment."""

_via = ContextVar("via", default="sync")


@contextmanager
def through(via: str) -> Iterator[None]:
    """What is written down in the block was done through this: "console" or "api". Everything else: "sync"."""
    before = _via.set(via)
    try:
        yield
    finally:
        _via.reset(before)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines of the trail. `what`: one verb, or with a dot at its end all that begin with it."""

    actor: str | None = None
    what: str | None = None
    target: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def first(self) -> str:
        return instant(self.since) if self.since else "0"

    @property
    def last(self) -> str:
        return instant(self.until) if self.until else EVER

    def fits(self, line: Mapping[str, Any]) -> bool:
        what = self.what or "."
        verb = line["what"].startswith(what) if what.endswith(".") and what != "." else line["what"] == what
        return (self.actor is None or line["actor"] == self.actor) and (self.what is None or verb)


EVERYTHING = Wanted()


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
        data = {"actor": actor, "via": _via.get(), "what": what, "target": target, "detail": dict(detail or {})}
        images = {"before": dict(before) if before else None, "after": dict(after) if after else None}
        key = f"{instant(now)}#{uuid4().hex[:8]}"
        about = self._about(target)
        AuditItem(self._tenant, key, about=about, data=data | images, expires=now + KEPT).save()

    def page(
        self, start: str | None = None, limit: int = 50, wanted: Wanted = EVERYTHING
    ) -> tuple[list[dict[str, Any]], str | None]:
        """The latest first: stamp, actor, via, what, target, detail, before, after; and where the next page starts.

        A page may be short although more follow.
        """
        partition = {"pk": self._tenant} | ({"about": self._about(wanted.target)} if wanted.target else {})
        found = self._query(wanted, last_evaluated_key=start_key(start, partition, ("sk",)), limit=LOOKED_AT)
        lines: list[dict[str, Any]] = []
        for line in map(_line, found):
            if wanted.fits(line):
                lines.append(line)
            if len(lines) == limit:
                break
        return lines, token(found.last_evaluated_key, ("sk",))

    def about(self, target: str, limit: int) -> list[dict[str, Any]]:
        """The latest that was done to one thing."""
        return list(map(_line, self._query(Wanted(target=target), limit=limit)))

    def _query(self, wanted: Wanted, **more: Any) -> ResultIterator[AuditItem]:
        span = AuditItem.sk.between(wanted.first, wanted.last)
        if wanted.target:
            about = self._about(wanted.target)
            found = AuditItem.by_target.query(about, span, scan_index_forward=False, **more)
        else:
            found = AuditItem.query(self._tenant, span, scan_index_forward=False, **more)
        return found

    def _about(self, target: str) -> str:
        return f"{self._tenant}#{target}"


def _line(item: AuditItem) -> dict[str, Any]:
    return {"stamp": item.sk.partition("#")[0], "via": "", **item.data}

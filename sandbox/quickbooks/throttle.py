"""The limits of the API, per company, counted on the sandbox clock."""

from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from sandbox.clock import Clock


@dataclass(frozen=True)
class Limits:
    enabled: bool = True
    per_minute: int = 500
    per_second: int = 10
    concurrent: int = 10
    batch_per_minute: int = 120

    def changed(self, wish: dict[str, Any]) -> "Limits":
        """Raises ValueError for a limit that does not exist."""
        known = {one.name for one in fields(self)}
        unknown = set(wish) - known
        if unknown:
            raise ValueError(f"unknown limits: {', '.join(sorted(unknown))}; there are {', '.join(sorted(known))}")
        return replace(self, **wish)


class TooMany(Exception):
    """A limit was reached."""


class Throttle:
    def __init__(self, clock: Clock, limits: Limits) -> None:
        self.clock, self.standard, self.limits = clock, limits, limits
        self.clear()

    def clear(self) -> None:
        self.limits = self.standard
        self._calls: dict[tuple[str, str], deque[float]] = defaultdict(deque)
        self._running: dict[str, int] = defaultdict(int)
        self.refused = 0

    @contextmanager
    def admitted(self, realm: str, is_batch: bool) -> Iterator[None]:
        """Raises TooMany, and counts the call as running while the block lasts."""
        if self.limits.enabled:
            self._count(realm, is_batch)
        self._running[realm] += 1
        try:
            yield
        finally:
            self._running[realm] -= 1

    def _count(self, realm: str, is_batch: bool) -> None:
        now, limits = self.clock.now().timestamp(), self.limits
        windows = [("all", 60.0, limits.per_minute), ("all", 1.0, limits.per_second)]
        if is_batch:
            windows.append(("batch", 60.0, limits.batch_per_minute))
        full = any(self._within(realm, kind, now - length) >= most for kind, length, most in windows)
        if full or self._running[realm] >= limits.concurrent:
            self.refused += 1
            raise TooMany
        for kind in {kind for kind, _, _ in windows}:
            self._calls[realm, kind].append(now)

    def _within(self, realm: str, kind: str, since: float) -> int:
        calls = self._calls[realm, kind]
        while calls and calls[0] <= self.clock.now().timestamp() - 60:
            calls.popleft()
        count = 0
        for moment in reversed(calls):
            if moment <= since:
                break
            count += 1
        return count

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self.limits), "refused": self.refused}

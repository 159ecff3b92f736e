"""The time a sandbox server believes in."""

from datetime import UTC, datetime, timedelta


class Clock:
    """UTC time that tests may move forward, set or freeze."""

    def __init__(self) -> None:
        self._offset = timedelta()
        self._frozen: datetime | None = None

    def now(self) -> datetime:
        return self._frozen or datetime.now(UTC) + self._offset

    def advance(self, seconds: float) -> None:
        step = timedelta(seconds=seconds)
        self._offset += step
        if self._frozen:
            self._frozen += step

    def set(self, moment: datetime) -> None:
        if moment.tzinfo is None:
            raise ValueError("the clock needs a time with an offset, such as 2026-11-21T09:00:00Z")
        self._offset = moment.astimezone(UTC) - datetime.now(UTC)
        if self._frozen:
            self._frozen = moment.astimezone(UTC)

    def freeze(self, frozen: bool = True) -> None:
        if frozen:
            self._frozen = self.now()
        elif self._frozen:
            self._offset = self._frozen - datetime.now(UTC)
            self._frozen = None

    def reset(self) -> None:
        self._offset = timedelta()
        self._frozen = None

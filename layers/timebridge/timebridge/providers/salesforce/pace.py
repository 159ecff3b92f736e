"""How many records travel in one call: fewer where Salesforce does not answer in time, and more again when it does."""

from dataclasses import dataclass


@dataclass
class Pace:
    """`size` is a share of the most there may be, in records of a write call; a page of a query holds ten times that.

    It is halved with each time-out, and doubled with each `GROWS_AFTER` answers in a row.
    """

    MOST = 200
    LEAST = 1
    GROWS_AFTER = 3

    size: int = MOST
    good: int = 0

    @property
    def is_full(self) -> bool:
        return self.size >= self.MOST

    def slower(self) -> bool:
        """After a time-out. False: it cannot get any slower."""
        was, self.size, self.good = self.size, max(self.size // 2, self.LEAST), 0
        return self.size < was

    def answered(self) -> None:
        self.good += 1
        if self.good >= self.GROWS_AFTER:
            self.size, self.good = min(self.size * 2, self.MOST), 0

    def of(self, most: int) -> int:
        """As many of something of which a call may hold `most`."""
        return max(most * self.size // self.MOST, self.LEAST)

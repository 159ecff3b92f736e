"""The hours of a day, played in seconds: our code and the Salesforce sandbox believe in the same later time."""

import pkgutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from importlib import import_module
from typing import Any

import pytest

import timebridge
from sandbox.clock import Clock
from tests.stage import ROOT, door

OURS = ("timebridge", *(path.stem for path in (ROOT / "functions").glob("*.py")))


class _LikeDatetime(type):
    def __instancecheck__(cls, value: object) -> bool:
        return isinstance(value, datetime)


class MovedDatetime(datetime, metaclass=_LikeDatetime):
    """Stands in for `datetime` in our modules; what `now` answers is a plain one."""

    offset = timedelta()

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        return datetime.now(tz) + cls.offset


class MovedClock:
    def __init__(self, far: Clock) -> None:
        self.far = far

    def set(self, moment: datetime) -> None:
        MovedDatetime.offset = moment - datetime.now(UTC)
        self.far.set(moment)


@contextmanager
def moved_clock(far: Clock) -> Iterator[MovedClock]:
    """Time goes on as always between two settings."""
    for module in pkgutil.walk_packages(timebridge.__path__, "timebridge."):
        import_module(module.name)
    for name in OURS[1:]:
        door(name)
    with pytest.MonkeyPatch.context() as patch:
        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] in OURS and vars(module).get("datetime") is datetime:
                patch.setattr(module, "datetime", MovedDatetime)
        patch.setattr(MovedDatetime, "offset", timedelta())
        try:
            yield MovedClock(far)
        finally:
            far.reset()

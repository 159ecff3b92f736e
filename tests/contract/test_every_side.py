"""The one contract suite over every side there is."""

from tests.contract.side_suite import SIDES, SideContract, bench
from timebridge.providers.provider import PROVIDERS

__all__ = ["bench"]


class TestEverySide(SideContract):
    pass


def test_every_provider_takes_part() -> None:
    assert set(PROVIDERS) <= set(SIDES)

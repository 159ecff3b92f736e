"""How much a connection may ask of its provider, and when: settings that every provider understands."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from timebridge.api.errors import Problem
from timebridge.budget import MOST_RESERVED, is_count

OUTGOING = ("at_once", "with_pull")


def check(settings: Mapping[str, Any], metered: bool) -> None:
    """Raises Problem 422. `metered`: the provider charges reads.

    Asks for each of its settings, so that the one who counts what is asked for knows them.
    """
    reserve = settings.get("reserve")
    if reserve is not None and not _is_share(reserve):
        remedy = f"Give a share from 0 to {MOST_RESERVED}, such as 0.05 for a twentieth of the day's calls."
        raise Problem(422, "The reserve does not fit.", remedy=remedy, field="settings.reserve")
    chosen = settings.get("outgoing_time")
    if chosen is not None and chosen not in OUTGOING:
        said = f"Time cannot go out {str(chosen)[:40]}."
        raise Problem(422, said, remedy=f"Use one of: {', '.join(OUTGOING)}.", field="settings.outgoing_time")
    if metered:
        _check_reads(settings)
    settings.get("nudge", False)


def _check_reads(settings: Mapping[str, Any]) -> None:
    budget = settings.get("read_budget")
    if budget is not None and not is_count(budget):
        remedy = "Give the number of reads a month from which on you want to be warned, such as 5000."
        raise Problem(422, "The read budget does not fit.", remedy=remedy, field="settings.read_budget")


def _is_share(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool) and 0 <= value <= MOST_RESERVED

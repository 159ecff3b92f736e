"""What becomes of a record when people decide about it: handed in, approved, rejected, taken back."""

from collections.abc import Mapping

from timebridge.errors import Rejected
from timebridge.records import Value
from timebridge.workspace import accounting
from timebridge.workspace.kinds import kind_of, moves_of
from timebridge.workspace.validation import clean_value
from timebridge.workspace.wording import spoken

BECAUSE = "rejected_because"

TAKEN_BACK = ("draft", "rejected", "void")
"""Statuses in which a record is not in the books."""


def moved(
    move: str, values: Mapping[str, Value], kind: str = "time_entry", reason: str | None = None
) -> dict[str, Value]:
    """The values of a record after one of its moves. Raises Rejected when that cannot be done now.

    `reason`: why it is rejected.
    """
    from_, to = moves_of(kind)[move]
    status = values.get("status")
    if status == to:
        return dict(values)
    if move == "reopen":
        accounting.refuse_billed(values)
    if status not in from_:
        raise Rejected(
            f"{spoken(kind).capitalize()}: what is {status} cannot become {to}.",
            remedy=f"First make it {' or '.join(from_)}.",
            field="status",
        )
    said = clean_value(kind, kind_of(kind).properties, BECAUSE, reason, by_people=False) if to == "rejected" else None
    because = {BECAUSE: said} if said or values.get(BECAUSE) else {}
    return {**values, **(_taken_back(values) if to in TAKEN_BACK else {}), **because, "status": to}


def _taken_back(values: Mapping[str, Value]) -> dict[str, Value]:
    """What was decided about posting it is decided anew."""
    return {name: None for name in ("posted_to", "when_closed") if values.get(name) is not None}

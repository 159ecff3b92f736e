"""What a line would do to a value that somebody would not expect."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from timebridge.converters import MONEY, UNCHANGED, Converter, table, text
from timebridge.flows import ABSENT, Field, Flow, field, ref
from timebridge.mapping.doubts import doubts
from timebridge.providers.slots import Holds, Slot
from timebridge.records import Value

WHOLE = Converter(MONEY.incoming, lambda value: None if value is None else int(str(value).partition(".")[0]))


def said(line: Field, ours: Value = None, raw: Sequence[object] = (None,), slot: Slot | None = None) -> str:
    flow = Flow("sf.opportunity", "project", "Opportunity", (line,))
    incoming = ABSENT if line.parent and raw[0] else line.converter.incoming(*raw)
    return " ".join(doubts(flow, line, ours, raw, incoming, {slot.path: slot} if slot else {}))


STAGE = field("status", "StageName", table({"Active": "Open"}, {"Open": "Active"}))
CHOICES = Slot("StageName", "Stage", Holds.CHOICE, restricted=True, values=("Won",))


@pytest.mark.parametrize(
    ("line", "ours", "raw", "slot", "expected"),
    [
        (field("name", "Name", text(5)), "Harbour", (None,), None, "Cut over there: 5 of 7 characters arrive."),
        (field("name", "Name"), "Harbour", (None,), Slot("Name", "Name", Holds.TEXT, 5), "Too long: 7 characters"),
        (STAGE, "On Hold", (None,), None, "“On Hold” has no counterpart there: what is there stays."),
        (STAGE, "Active", (None,), CHOICES, "Stage over there has no choice “Open”."),
        (STAGE, None, ("Lost",), None, "“Lost” has no counterpart here: what is here stays."),
        (field("code", "Code__c"), None, ("x" * 90,), None, "it must be text of at most 80 characters."),
        (field("budget", "Amount", WHOLE), Decimal("10.50"), (None,), None, "It reads back as “10.00”."),
        (ref("client", "AccountId", "sf.account"), None, ("001",), None, "is not linked"),
    ],
)
def test_what_would_surprise_is_said(
    line: Field, ours: Value, raw: Sequence[object], slot: Slot | None, expected: str
) -> None:
    assert expected in said(line, ours, raw, slot)


def test_what_travels_as_it_is_is_not_worth_a_word() -> None:
    assert said(field("name", "Name", text(50)), "Harbour", ("Harbour",), Slot("Name", "Name", Holds.TEXT, 50)) == ""
    assert said(STAGE, "Active", ("Open",)) == ""
    assert UNCHANGED not in said(STAGE, "Nothing", ("Nothing",))

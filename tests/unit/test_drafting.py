"""What the forms of the mapping say, as the settings say it, and back."""

from typing import Any
from urllib.parse import urlencode

import pytest

from timebridge.console.drafting import (
    EMPTY,
    IN,
    NOTHING,
    OUT,
    UNSAID,
    begun,
    kept,
    line_of,
    rest_changes_nothing,
    rules_of,
    said_of,
    table,
    with_flow,
    with_line,
)
from timebridge.console.forms import Form

ROW: dict[str, Any] = {
    "theirs": ["StageName"],
    "direction": "both",
    "usual": "both",
    "chosen": {},
    "values": [
        {"ours": "Active", "theirs": "Open", "changes": True},
        {"ours": "On Hold", "theirs": None, "changes": False},
        {"ours": None, "theirs": None, "changes": True},
    ],
    "back": [{"ours": "Active", "theirs": "Open", "changes": True}],
}
SHEET: dict[str, Any] = {
    "direction": "both",
    "winner": "theirs",
    "confirm": "likely",
    "match": None,
    "deletions": None,
    "deletions_may_change": True,
    "create_ours": True,
    "create_theirs": False,
    "update_ours": True,
    "update_theirs": True,
    "choices": {},
}
SWITCHED = {"create_ours": "on", "update_ours": "on", "update_theirs": "on"}


def form(**values: str) -> Form:
    return Form(urlencode(values))


def test_a_table_reads_back_as_it_was_written() -> None:
    assert said_of(ROW["values"], OUT) == {"Active": "=Open", "On Hold": NOTHING, "": EMPTY}
    assert kept(said_of(ROW["values"], OUT)) == {"Active": "Open", "On Hold": None, "": ""}
    assert said_of(ROW["back"], IN) == {"Open": "=Active"}
    assert said_of(None, IN) == {}


def test_what_nobody_has_said_yet_is_no_row() -> None:
    assert kept({"Open": UNSAID, "Won": NOTHING}) == {"Won": None}
    assert table({"Lost": NOTHING}, ["Open", "Lost"]) == [("Open", UNSAID), ("Lost", NOTHING)]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"direction": "both", "winner": ""}, {}),
        ({"direction": "in", "winner": "ours"}, {"direction": "in", "winner": "ours"}),
        ({"theirs": "StageName"}, {}),
        ({"theirs": "Type"}, {"theirs": "Type"}),
    ],
)
def test_only_what_is_otherwise_is_written_down(said: dict[str, str], expected: dict[str, str]) -> None:
    assert line_of(form(**said), ROW, takes_table=True) == expected


def test_tables_go_along_while_values_are_mapped_one_by_one() -> None:
    said = {"tabled": "on", "out|Active": "=Won", "out|Gone": "", "in|Open": NOTHING, "new_ours": "Late"}
    assert line_of(form(**said), ROW, takes_table=True) == {
        "values": {"Active": "Won", "Late": None},
        "back": {"Open": None},
    }
    tabled = {**ROW, "chosen": {"theirs": "StageName", "values": {"Active": "Won"}}}
    assert line_of(form(direction="both"), tabled, takes_table=True) == {"theirs": "StageName"}


def test_another_field_begins_without_the_table_of_the_one_before() -> None:
    tabled = {**ROW, "chosen": {"values": {"Active": "Won"}}}
    assert line_of(form(theirs="Type"), tabled, takes_table=False) == {"theirs": "Type"}
    assert begun(["Open", "Mine"], ["open", "Won"]) == {"values": {"Open": "open"}, "back": {"open": "Open"}}


def test_what_is_left_to_say_can_be_said_at_once() -> None:
    assert rest_changes_nothing(ROW, {"values": ["Late"], "back": ["Won"]}) == {
        "values": {"Active": "Open", "On Hold": None, "": "", "Late": None},
        "back": {"Open": "Active", "Won": None},
    }


@pytest.mark.parametrize(
    ("said", "choices", "expected"),
    [
        ({}, {}, {}),
        ({"winner": "ours"}, {}, {"winner": "ours"}),
        ({"winner": "theirs"}, {"winner": "ours"}, {"winner": "theirs"}),
        ({"deletions": "in"}, {}, {"deletions": "in"}),
        ({"rhythm": "daily"}, {}, {"rhythm": "daily"}),
        ({"rhythm": ""}, {"rhythm": "daily"}, {}),
        ({"match": "name"}, {}, {"match": "name"}),
        ({"create_theirs": "on"}, {}, {"create_theirs": True}),
        ({}, {"off": False, "fields": {"a": {}}}, {"off": False, "fields": {"a": {}}}),
    ],
)
def test_the_rules_of_a_flow_are_those_that_somebody_chose(
    said: dict[str, str], choices: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert rules_of(form(**SWITCHED, **said), {**SHEET, "choices": choices}) == expected


def test_one_line_is_set_beside_all_others() -> None:
    before = {"presets": ["push"], "flows": {"a": {"winner": "ours", "fields": {"x": {"off": True}}}}}
    after = with_line(before, "a", "y", {"direction": "in"})
    assert after["flows"]["a"] == {"winner": "ours", "fields": {"x": {"off": True}, "y": {"direction": "in"}}}
    assert with_line(after, "a", "y", None) == before
    assert with_flow(with_line({"presets": ["push"]}, "a", "y", {"off": True}), "a", {}) == {"presets": ["push"]}
    assert before["flows"]["a"]["fields"] == {"x": {"off": True}}

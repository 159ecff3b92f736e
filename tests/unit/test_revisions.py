"""What a change of the settings says in words, and the sheets it is made of."""

from typing import Any

import pytest

from timebridge.mapping.editor import Standing, sheet_of, sheets
from timebridge.mapping.revisions import in_words
from timebridge.tenants import Connection, Provider

OPPORTUNITY, CONTACT = "salesforce.opportunity", "salesforce.contact"


def connection(**flows: Any) -> Connection:
    return Connection("sf", "acme", Provider.SALESFORCE, settings=settings(**flows))


def settings(**flows: Any) -> dict[str, Any]:
    return {"presets": ["push"], "flows": {f"salesforce.{name}": said for name, said in flows.items()}}


def words(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    found = in_words(connection(), settings(opportunity=before), settings(opportunity=after))
    return [said.removeprefix("Project and Opportunity") for said in found]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({}, {"direction": "in"}, ": comes in, was: both ways."),
        ({"winner": "ours"}, {}, ": theirs wins, was: ours."),
        ({}, {"match": "name"}, ": recognised by name, was: nothing."),
        ({}, {"confirm": "never"}, ": people are asked about none, was: about likely pairs."),
        ({}, {"update_ours": False}, ": what is here is changed: no."),
        ({}, {"deletions": "in"}, ": deletions there archive the record here."),
        ({}, {"rhythm": "daily"}, ": looked at daily, was: as the connection."),
        ({}, {"off": True}, ": switched off."),
        ({}, {"fields": {"budget": {"off": True}}}, ", Budget: switched off."),
        ({}, {"fields": {"budget": {"direction": "in"}}}, ", Budget: comes in, was: both ways."),
        ({}, {"fields": {"budget": {"winner": "ours"}}}, ", Budget: ours wins, was: theirs."),
        ({}, {"fields": {"code": {"theirs": "Code__c"}}}, ", Code: new row with Code__c, both ways."),
        ({"fields": {"code": {"theirs": "A__c"}}}, {}, ", Code: row removed."),
        (
            {"fields": {"budget": {"theirs": "A__c"}}},
            {"fields": {"budget": {"theirs": "B__c"}}},
            ", Budget: goes with B__c, was: A__c.",
        ),
    ],
)
def test_every_choice_has_its_words(before: dict[str, Any], after: dict[str, Any], said: str) -> None:
    assert said in words(before, after)


def test_tables_are_compared_row_by_row() -> None:
    table = {"Active": "Closed Won", "On Hold": None, "Completed": "Closed Won", "Cancelled": "Closed Lost"}
    assert set(words({}, {"fields": {"status": {"values": table}}})) == {
        ", Status: “Active” is written as “Closed Won”, was: “Negotiation/Review”.",
        ", Status: “On Hold” is written as nothing (what is there stays), was: “Closed Lost”.",
        ", Status: “Closed Won” is read as “Active”, was: “Completed”.",
        ", Status: “Negotiation/Review” is read as nothing (what is there stays), was: “Active”.",
    }


def test_other_settings_and_those_that_fit_no_more_are_said_too() -> None:
    assert in_words(connection(), {**settings(), "stages": ["Won"]}, settings()) == ["Stages: as usual, was Won."]
    assert in_words(connection(), settings(), {"presets": ["push"], "flows": {"nothing": {}}}) == [
        "The choices of the flows were changed."
    ]


def test_nothing_changed_says_nothing() -> None:
    assert in_words(connection(), settings(), settings(opportunity={})) == []


def test_a_flow_that_is_off_keeps_its_sheet_even_with_choices_that_do_not_fit() -> None:
    found = connection(opportunity={"off": True, "fields": {"nothing": {"theirs": "A__c"}}})
    sheet = sheet_of(found, OPPORTUNITY)
    assert sheet is not None
    assert sheet.off
    assert [line.ours for line in sheet.flow.fields] == [line.ours for line in sheet.offered.fields]


def test_flows_that_are_off_by_themselves_are_there_to_be_switched_on() -> None:
    off = {sheet.flow.name: sheet.off for sheet in sheets(connection())}
    assert off[CONTACT] is True
    assert off[OPPORTUNITY] is False
    assert {sheet.flow.name: sheet.off for sheet in sheets(connection(contact={"off": False}))}[CONTACT] is False


def test_a_line_that_the_account_does_not_have_is_shown_as_absent() -> None:
    found = Connection("sf", "acme", Provider.SALESFORCE, settings=settings(), absent=[f"{OPPORTUNITY}.start_date"])
    sheet = sheet_of(found, OPPORTUNITY)
    assert sheet is not None
    standing = {row.line.ours: row.standing for row in sheet.rows}
    assert (standing["start_date"], standing["end_date"]) == (Standing.ABSENT, Standing.ON)

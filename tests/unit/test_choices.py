"""What a tenant chooses of a flow, laid over it."""

from dataclasses import replace
from typing import Any

import pytest

from timebridge.choices import Unfit, chosen, inverse, laid, overlaid, warnings
from timebridge.converters import DATE, FLAG, MONEY, TEXT, UNCHANGED, text
from timebridge.flows import (
    Direction,
    Field,
    Flow,
    Lines,
    Winner,
    either,
    field,
    lines,
    lines_text,
    maybe,
    optional,
    ref,
)

CLIENT = Flow(
    "sf.account",
    "client",
    "Account",
    (field("name", "Name"), field("phone", "Phone")),
    match="name",
    winner=Winner.OURS,
)
PROJECT = Flow(
    "sf.opportunity",
    "project",
    "Opportunity",
    (
        field("name", "Name"),
        ref("client", "AccountId", "sf.account"),
        field("budget", "Amount", MONEY),
        field("stage", "StageName", direction=Direction.IN),
        field("status", "Status__c", text(80), Direction.OUT),
        field("notes", "Notes__c", direction=Direction.BOTH),
        field("code", ("First__c", "Second__c")),
    ),
)
POSTING = replace(CLIENT, name="sf.time", direction=Direction.OUT, posting=True)


def line(flow: Flow, name: str) -> Field:
    return next(each for each in flow.fields if each.ours == name)


def picked(name: str, **choices: Any) -> Field:
    return line(chosen(PROJECT, {"fields": {name: choices}}), name)


def test_nothing_chosen_leaves_a_flow_as_it_is() -> None:
    assert chosen(CLIENT, {}) == CLIENT
    assert overlaid([CLIENT, PROJECT], {}) == (CLIENT, PROJECT)


def test_every_switch_is_taken() -> None:
    names = ("create_ours", "create_theirs", "update_ours", "update_theirs")
    flow = chosen(CLIENT, {**dict.fromkeys(names, False), "winner": "nobody", "deletions": "none", "rhythm": "daily"})
    assert not any(getattr(flow, name) for name in names)
    assert (flow.winner, flow.deletions, flow.rhythm) == (Winner.NOBODY, None, "daily")
    assert chosen(CLIENT, {"deletions": "in"}).deletions is Direction.IN


def test_records_may_be_recognised_by_another_value_or_not_at_all() -> None:
    assert chosen(CLIENT, {"match": "phone"}).match == "phone"
    assert chosen(CLIENT, {"match": "none"}).match is None
    assert chosen(CLIENT, {"match": None}).match is None


def test_a_flow_that_goes_one_way_keeps_only_the_lines_that_go_that_way() -> None:
    out, into = chosen(PROJECT, {"direction": "out"}), chosen(PROJECT, {"direction": "in"})
    assert [each.ours for each in out.fields] == ["name", "client", "budget", "status", "notes", "code"]
    assert [each.ours for each in into.fields] == ["name", "client", "budget", "stage", "notes", "code"]
    assert {out.direction_of(each) for each in out.fields} == {Direction.OUT}


def test_a_line_that_is_off_is_gone_also_one_that_was_never_there() -> None:
    flow = chosen(PROJECT, {"fields": {"budget": {"off": True}, "amount": {"off": True}}})
    assert {"budget", "amount"}.isdisjoint(each.ours for each in flow.fields)


@pytest.mark.parametrize(
    ("name", "converter"),
    [("code", TEXT), ("amount", MONEY), ("close_date", DATE), ("open_to_all", FLAG)],
)
def test_a_new_line_reads_values_as_its_kind_does(name: str, converter: object) -> None:
    flow = replace(PROJECT, fields=PROJECT.fields[:2])
    assert line(chosen(flow, {"fields": {name: {"theirs": "Mine__c"}}}), name).converter is converter


def test_a_new_line_of_an_e_mail_address_is_text() -> None:
    assert line(chosen(CLIENT, {"fields": {"email": {"theirs": "PersonEmail"}}}), "email").converter is TEXT


def test_a_new_line_that_is_calculated_here_only_goes_out() -> None:
    assert picked("hours_total", theirs="Hours__c").direction is Direction.OUT


@pytest.mark.parametrize("name", ["cost_total", "managed_by", "client_id"])
def test_what_is_confidential_or_of_the_sync_or_not_there_gets_no_line(name: str) -> None:
    with pytest.raises(Unfit, match=f"has no “{name}” to map") as refused:
        picked(name, theirs="Mine__c")
    assert name not in refused.value.remedy


def test_a_table_says_what_each_value_is_on_the_other_side() -> None:
    there = picked("status", values={"Active": "Open", "Paused": None, "": "None yet"}).converter
    assert [there.outgoing(value) for value in ("Active", "Paused", None, "Else")] == [
        "Open",
        UNCHANGED,
        "None yet",
        UNCHANGED,
    ]
    assert [there.incoming(value) for value in ("Open", "None yet", None, "Else")] == ["Active", None, None, UNCHANGED]
    assert there.written == ("Open", "None yet")


def test_a_table_may_be_given_by_the_way_back_alone() -> None:
    there = picked("status", back={"Open": "Active", "Won": "Done", "Lost": "Done", "Odd": None}).converter
    assert [there.outgoing(value) for value in ("Active", "Done")] == ["Open", "Won"]
    assert [there.incoming(value) for value in ("Lost", "Odd")] == ["Done", UNCHANGED]


def test_the_way_back_may_be_changed_and_the_way_there_kept() -> None:
    flow = chosen(PROJECT, {"fields": {"status": {"values": {"Active": "Open"}}}})
    again = line(chosen(flow, {"fields": {"status": {"back": {"Open": "Busy"}}}}), "status").converter
    assert (again.outgoing("Active"), again.incoming("Open")) == ("Open", "Busy")


def test_a_table_read_backwards_takes_the_first_of_two_rows() -> None:
    assert inverse({"a": "x", "b": "x", "c": UNCHANGED, "d": None}) == {"x": "a"}


def test_rows_that_do_not_lead_back_are_warned_of_in_two_way_lines() -> None:
    table = {"values": {"Held": "Lost", "Over": "Lost", "Quiet": None}, "back": {"Lost": "Over"}}
    both = chosen(PROJECT, {"fields": {"status": {"direction": "both", **table}}})
    [warning] = warnings(both)
    assert warning.startswith("status: Held is written as Lost to Status__c")
    assert warnings(chosen(PROJECT, {"fields": {"status": table}})) == []
    assert warnings(replace(both, update_ours=False)) == []


def test_choices_lie_over_choices_line_by_line_and_tables_as_a_whole() -> None:
    under = {"a": {"off": True, "fields": {"x": {"theirs": "X", "values": {"1": "2"}}, "y": {"off": True}}}}
    over = {"a": {"fields": {"x": {"values": {"3": "4"}}}}, "b": {"off": True}}
    assert laid(under, over) == {
        "a": {"off": True, "fields": {"x": {"theirs": "X", "values": {"3": "4"}}, "y": {"off": True}}},
        "b": {"off": True},
    }


def test_flows_that_are_off_are_left_out_and_optional_ones_wait_to_be_asked_for() -> None:
    both = (CLIENT, PROJECT)
    assert overlaid(both, {"sf.opportunity": {"off": True}}) == (CLIENT,)
    assert overlaid(both, {}, ("sf.opportunity",)) == (CLIENT,)
    assert overlaid(both, {"sf.opportunity": {"off": False}}, ("sf.opportunity",)) == both


BILL = Flow(
    "qb.bill",
    "expense",
    "Bill",
    (
        field("number", "DocNumber"),
        maybe("class", "ClassRef.value", parent="qb.class"),
        optional(either("staff", "Who.value", "qb.employee", "qb.vendor")),
        lines("lines", "Line", Lines({"class": "qb.class", "item": "qb.item"}, body=lambda line: {**line, "n": 1})),
    ),
    Direction.OUT,
)
LISTS = tuple(Flow(f"qb.{kind}", kind, kind.title(), ()) for kind in ("class", "employee", "vendor", "item"))


def bill_without(*off: str) -> Flow:
    *_, bill = overlaid([*LISTS, BILL], {f"qb.{name}": {"off": True} for name in off})
    return bill


def test_references_go_with_the_list_they_refer_to_where_the_flow_can_do_without() -> None:
    assert bill_without() == BILL
    assert [line.ours for line in bill_without("class").fields] == ["number", "staff", "lines"]
    assert bill_without("vendor").parent_flows == ("qb.class", "qb.employee", "qb.item")
    assert [line.ours for line in bill_without("vendor", "employee").fields] == ["number", "class", "lines"]


def test_lines_of_a_document_say_nothing_of_a_list_that_is_off() -> None:
    text = lines_text([{"class": "c1", "item": "i1", "amount": 1}])
    [*_, line] = bill_without("class").fields
    assert [*line.above(text)] == [("qb.item", "i1")]
    assert line.lines is not None
    assert line.lines.outgoing(text, {"qb.item/i1": "7"}) == [{"item": "7", "amount": 1, "n": 1}]
    assert line.lines.read is None
    read = Lines({"class": "qb.class", "item": "qb.item"}, dict, lambda line: line or None).without(["qb.class"])
    assert read.told([{"class": "5", "item": "7"}, {}]) == [{"item": "7"}]


def test_who_it_is_for_cannot_be_left_out_where_it_is_needed() -> None:
    needed = replace(BILL, fields=(either("staff", "Who.value", "qb.employee", "qb.vendor"),))
    off = {name: {"off": True} for name in ("qb.employee", "qb.vendor")}
    with pytest.raises(Unfit, match=r"qb\.bill belongs to its records"):
        overlaid([*LISTS, needed], off)


@pytest.mark.parametrize(
    ("choices", "path"),
    [
        ("everything", "flows"),
        ({"sf.lead": {}}, "flows"),
        ({1: {}}, "flows"),
        ({"sf.account": []}, "flows.sf.account"),
        ({"sf.account": {"off": "yes"}}, "flows.sf.account.off"),
        ({"sf.account": {"off": True}}, "flows.sf.account.off"),
        ({"sf.account": {"winner": "me"}}, "flows.sf.account.winner"),
    ],
)
def test_choices_of_flows_that_cannot_be(choices: Any, path: str) -> None:
    with pytest.raises(Unfit) as refused:
        overlaid([CLIENT, PROJECT], choices)
    assert (refused.value.path, bool(refused.value.remedy)) == (path, True)


@pytest.mark.parametrize(
    ("flow", "choices", "path"),
    [
        (CLIENT, {"colour": 1}, "colour"),
        (CLIENT, {"direction": "up"}, "direction"),
        (POSTING, {"direction": "both"}, "direction"),
        (POSTING, {"deletions": "none"}, "deletions"),
        (POSTING, {"fields": {"phone": {"direction": "in"}}}, "fields.phone.direction"),
        (CLIENT, {"rhythm": "yearly"}, "rhythm"),
        (CLIENT, {"create_ours": 1}, "create_ours"),
        (CLIENT, {"match": "fax"}, "match"),
        (CLIENT, {"fields": {"name": {"off": True}}}, "fields.name.off"),
        (replace(CLIENT, match="phone"), {"fields": {"phone": {"off": True}}}, "match"),
        (CLIENT, {"fields": 5}, "fields"),
        (CLIENT, {"fields": {"phone": 5}}, "fields.phone"),
        (CLIENT, {"fields": {"fax": {}}}, "fields.fax"),
        (CLIENT, {"fields": {"fax": 5}}, "fields.fax"),
        (CLIENT, {"fields": {"colour": {"theirs": "C"}}}, "fields.colour"),
        (CLIENT, {"fields": {"phone": {"colour": 1}}}, "fields.phone.colour"),
        (CLIENT, {"fields": {"phone": {"theirs": "1x"}}}, "fields.phone.theirs"),
        (CLIENT, {"fields": {"phone": {"theirs": "Name"}}}, "fields.phone.theirs"),
        (PROJECT, {"fields": {"client": {"theirs": "OwnerId"}}}, "fields.client.theirs"),
        (PROJECT, {"fields": {"code": {"theirs": "Code__c"}}}, "fields.code.theirs"),
        (PROJECT, {"fields": {"budget": {"values": {}}}}, "fields.budget.values"),
        (PROJECT, {"fields": {"status": {"values": {"a": 1}}}}, "fields.status.values.a"),
        (PROJECT, {"fields": {"status": {"back": 1}}}, "fields.status.back"),
        (PROJECT, {"fields": {"hours_total": {"theirs": "H__c", "direction": "in"}}}, "fields.hours_total.direction"),
    ],
)
def test_choices_that_cannot_be_name_their_place_and_a_remedy(flow: Flow, choices: Any, path: str) -> None:
    with pytest.raises(Unfit) as refused:
        chosen(flow, choices)
    assert (refused.value.path, bool(refused.value.said), bool(refused.value.remedy)) == (path, True, True)


def test_a_name_may_be_left_out_where_nothing_is_created_here() -> None:
    flow = chosen(replace(CLIENT, match=None), {"create_ours": False, "fields": {"name": {"off": True}}})
    assert [each.ours for each in flow.fields] == ["phone"]

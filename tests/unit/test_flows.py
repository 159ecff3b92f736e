from decimal import Decimal

import pytest

from timebridge.changes import Where
from timebridge.converters import DATE, FLAG, HOURS, MONEY, UNCHANGED, Converter, choice, filled, table, text
from timebridge.flows import (
    ABSENT,
    ALWAYS,
    HERE,
    All,
    Direction,
    Flow,
    Flows,
    Home,
    either,
    field,
    look_up,
    maybe,
    none_of,
    one_of,
    paths,
    put,
    ref,
)

CLIENT = Flow("account", "client", "Account", (field("name", "Name"),), match="name")
PROJECT = Flow(
    "opportunity",
    "project",
    "Opportunity",
    (field("name", "Name", text(5)), field("budget", "Amount", MONEY), ref("client", "AccountId", "account")),
)


def test_their_values_read_in_workspace_terms() -> None:
    values = {"Name": " Acme  ", "Amount": 12.345, "AccountId": "001", "Other": 1}

    assert PROJECT.incoming(values, {"account/001": "cl_1"}) == {
        "name": "Acme",
        "budget": Decimal("12.35"),
        "client": "cl_1",
    }


def test_a_reference_to_an_unlinked_record_is_absent() -> None:
    assert PROJECT.incoming({"AccountId": "001"}, {})["client"] == ABSENT
    assert PROJECT.incoming({}, {})["client"] is None


def test_our_values_read_in_their_terms() -> None:
    values = {"name": "Acme Ltd", "budget": Decimal("7"), "client": "cl_1"}

    assert PROJECT.outgoing(values, {"account/cl_1": "001"}) == {
        "Name": "Acme ",
        "Amount": Decimal("7.00"),
        "AccountId": "001",
    }
    assert PROJECT.outgoing({"client": None}, {}) == {"AccountId": None}


def test_one_value_of_ours_may_be_spread_over_several_of_theirs() -> None:
    clock = Converter(
        lambda hours, minutes: None if hours is None else Decimal(hours) + Decimal(minutes or 0) / 60,
        lambda value: (int(value), int(value % 1 * 60)),  # type: ignore[arg-type,operator]
    )
    flow = Flow("t", "time_entry", "TimeActivity", (field("hours", ("Hours", "Minutes"), clock),))

    assert flow.outgoing({"hours": Decimal("1.5")}, {}) == {"Hours": 1, "Minutes": 30}
    assert flow.incoming({"Hours": 1, "Minutes": 30}, {}) == {"hours": Decimal("1.5")}


@pytest.mark.parametrize(
    ("converter", "theirs", "ours"),
    [
        (MONEY, None, None),
        (MONEY, "1.005", Decimal("1.01")),
        (HOURS, 2, Decimal("2.00")),
        (FLAG, None, False),
        (FLAG, True, True),
        (DATE, "2026-01-02T03:04:05Z", "2026-01-02"),
        (DATE, "", None),
        (text(3), "", None),
        (choice({"Closed Won": "done"}), "Closed Won", "done"),
        (choice({"Closed Won": "done"}), "Open", "Open"),
    ],
)
def test_a_converter_reads_their_value(converter: Converter, theirs: object, ours: object) -> None:
    assert converter.incoming(theirs) == ours


@pytest.mark.parametrize(
    ("converter", "ours", "theirs"),
    [
        (MONEY, None, None),
        (FLAG, True, True),
        (text(3), "abcd", "abc"),
        (text(3), None, None),
        (choice({"Won": "done"}), "done", "Won"),
        (choice({"Won": "done"}, {"done": "Closed"}), "done", "Closed"),
        (choice({"Won": "done"}), "other", "other"),
    ],
)
def test_a_converter_writes_our_value(converter: Converter, ours: object, theirs: object) -> None:
    assert converter.outgoing(ours) == theirs  # type: ignore[arg-type]


def test_a_value_that_reads_the_same_over_there_is_taken_for_ours() -> None:
    name = field("name", "Name", text(3))
    status = field("status", "Stage", choice({"Lost": "cancelled"}, {"on hold": "Lost", "cancelled": "Lost"}))

    assert name.familiar("abc", "other", "abcd") == "abcd"
    assert name.familiar("xyz", "abcd") == "xyz"
    assert status.familiar("cancelled", "on hold") == "on hold"
    assert ref("client", "AccountId", "account").familiar("1", "2") == "1"


def test_a_value_spread_over_several_paths_is_recognised_too() -> None:
    coarse = Converter(lambda a, b: f"{a}{b}", lambda value: (str(value)[0], "x"))

    assert field("code", ("A", "B"), coarse).familiar("ax", "ab") == "ab"


def test_conditions_are_data() -> None:
    assert ALWAYS({})
    assert one_of("Stage", "Won", "Lost")({"Stage": "Won"})
    assert not one_of("Stage", "Won")({})
    assert one_of("ParentRef.value", None)({"ParentRef": {}})
    assert not All((one_of("a", 1), one_of("b", 2)))({"a": 1})


def test_flows_come_parents_first_and_are_found_by_kind_and_object() -> None:
    flows = Flows([PROJECT, CLIENT])

    assert list(flows) == [CLIENT, PROJECT]
    assert len(flows) == 2
    assert flows["account"] is CLIENT
    assert flows.of(Where.OURS, "project") == [PROJECT]
    assert flows.of(Where.THEIRS, "Account") == [CLIENT]
    assert flows.names(Where.OURS) == ["client", "project"]
    assert flows.names(Where.THEIRS) == ["Account", "Opportunity"]


def test_a_parent_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match=r"not there.*account"):
        Flows([PROJECT])


def test_a_circle_of_parents_is_refused() -> None:
    one = Flow("one", "a", "A", (ref("b", "B", "two"),))
    two = Flow("two", "b", "B", (ref("a", "A", "one"),))

    with pytest.raises(ValueError, match="circle"):
        Flows([one, two])


def test_the_match_field_is_the_line_that_recognises_strangers() -> None:
    assert CLIENT.match_field is CLIENT.fields[0]
    assert PROJECT.match_field is None


def test_a_dotted_path_reaches_into_nested_values() -> None:
    values: dict[str, object] = {"a": {"b": 1}, "c": 2}
    put(values, "a.d", 3)
    put(values, "x.y", 4)

    assert values == {"a": {"b": 1, "d": 3}, "c": 2, "x": {"y": 4}}
    assert look_up(values, "a.b") == 1
    assert look_up(values, "c.d") is None
    assert paths([*PROJECT.fields, *CLIENT.fields]) == ["Name", "Amount", "AccountId"]


def test_a_direction_says_which_ways_it_goes() -> None:
    assert [(d.comes_in, d.goes_out) for d in Direction] == [(True, False), (False, True), (True, True)]


def test_a_table_has_two_ways_and_leaves_alone_what_it_does_not_name() -> None:
    stage = table({"Active": "Open", "Held": UNCHANGED}, {"Open": "Active"})

    assert [stage.outgoing(value) for value in ("Active", "Held", "Else", None)] == ["Open", UNCHANGED, UNCHANGED, None]
    assert [stage.incoming(value) for value in (" Open ", "Else", "")] == ["Active", UNCHANGED, None]
    assert stage.written == ("Open",)


def test_what_cannot_be_said_over_there_is_not_sent() -> None:
    flow = Flow("deal", "project", "Deal", (field("name", "Name"), field("end", "CloseDate", filled(DATE))))

    assert flow.outgoing({"name": "Crane", "end": None}, {}) == {"Name": "Crane"}
    assert flow.outgoing({"end": "2027-01-01"}, {}) == {"CloseDate": "2027-01-01"}
    assert [line.carries(None) for line in flow.fields] == [True, False]


def test_what_cannot_be_said_over_there_is_familiar_to_nothing() -> None:
    line = field("status", "Stage", table({"Held": UNCHANGED}, {"Open": "Active"}))

    assert line.familiar("Active", "Held") == "Active"


def test_an_optional_reference_that_comes_in_is_empty_while_its_other_end_is_not_linked() -> None:
    there = maybe("term", "SalesTermRef", "term", Direction.IN)
    out = maybe("owner", "OwnerId", "user")
    flow = Flow("account", "client", "Account", (there, out))

    assert flow.incoming({"SalesTermRef": "3", "OwnerId": "7"}, {}) == {"term": None, "owner": ABSENT}
    assert flow.incoming({"SalesTermRef": "3"}, {"term/3": "trm_1"})["term"] == "trm_1"


def test_a_value_may_read_as_another_one_over_there_in_more_ways_than_one() -> None:
    loud = Converter(lambda value: value, lambda value: value, reads_as=lambda ours, theirs: theirs == f"{ours}!")
    line = field("name", "Name", loud)

    assert [line.familiar(theirs, "Acme") for theirs in ("Acme", "Acme!", "Acme?")] == ["Acme", "Acme", "Acme?"]
    assert line.image("Acme") == "Acme"


CHARGED = Flow("time", "time_entry", "Time", (either("customer", "CustomerRef.value", "job", "customer"),))


def test_a_reference_to_one_of_several_flows_says_which() -> None:
    known = {"job/p1": "7", "customer/c1": "9"}
    [charged] = CHARGED.fields

    assert CHARGED.outgoing({"customer": "job/p1"}, known) == {"CustomerRef": {"value": "7"}}
    assert CHARGED.outgoing({"customer": "customer/c1"}, known) == {"CustomerRef": {"value": "9"}}
    assert CHARGED.outgoing({"customer": None}, known) == {"CustomerRef": {"value": None}}
    assert CHARGED.above({"customer": "job/p1"}) == [("job", "p1")]
    assert CHARGED.above({"customer": None}) == []
    assert CHARGED.parent_flows == ("job", "customer")
    assert charged.familiar("customer/c1", "job/p1") == "customer/c1"


def test_a_reference_to_one_of_several_flows_is_read_back_by_whichever_knows_it() -> None:
    def seen(id: str) -> object:
        return CHARGED.incoming({"CustomerRef": {"value": id}}, {"job/7": "p1", "customer/9": "c1"})["customer"]

    assert [seen("7"), seen("9"), seen("8")] == ["job/p1", "customer/c1", ABSENT]
    assert CHARGED.incoming({}, {})["customer"] is None


def test_a_condition_that_says_here_means_the_connection() -> None:
    when = All((one_of("posted_to", None, HERE), none_of("from_books", HERE), one_of("status", "approved")))
    flow = Flow("time", "time_entry", "Time", (), when_ours=when).at("books")

    assert flow.when_ours({"posted_to": "books", "status": "approved"})
    assert not flow.when_ours({"posted_to": "others", "status": "approved"})
    assert not flow.when_ours({"from_books": "books", "status": "approved"})
    assert PROJECT.at("books") is PROJECT
    at_home = Flow("task", "task", "Case", (), home=Home("project", "prj_", {"name": "Cases"})).at("books")
    assert at_home.home is not None
    assert at_home.home.id == "prj_books"

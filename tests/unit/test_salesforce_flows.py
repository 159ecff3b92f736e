"""The two flows as data, and the queries made from them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from timebridge.choices import Unfit
from timebridge.flows import All, Direction, Flows, one_of
from timebridge.providers.salesforce import soql
from timebridge.providers.salesforce.flows import FULL_NAME, account_flow, flows, opportunity_flow
from timebridge.providers.salesforce.money import invoice_flow
from timebridge.sides import Cursor

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_an_opportunity_becomes_a_project_at_the_chosen_stages() -> None:
    assert opportunity_flow({}).when_theirs({"StageName": "Closed Won"})
    assert not opportunity_flow({}).when_theirs({"StageName": "Prospecting"})
    chosen = opportunity_flow({"stages": ["Signed", "Kick-off"]})
    assert chosen.when_theirs({"StageName": "Kick-off"})
    assert not chosen.when_theirs({"StageName": "Closed Won"})


def test_nothing_is_created_in_salesforce_unless_asked_for() -> None:
    records = ("salesforce.account", "salesforce.opportunity")
    assert not any(flow.create_theirs for flow in flows({}) if not flow.posting)
    assert all(flow.create_theirs for flow in flows({"presets": ["push"]}) if flow.name in records)


def test_deletions_are_carried_neither_way() -> None:
    assert {flow.deletions for flow in flows({}) if flow.kind in ("client", "project")} == {None}


def test_accounts_may_wait_until_an_opportunity_needs_them() -> None:
    assert account_flow({}).when_theirs({"Id": "001"})
    assert not account_flow({"accounts": "needed"}).when_theirs({"Id": "001"})


def test_projects_are_matched_by_name_only_if_asked_for() -> None:
    assert opportunity_flow({}).match is None
    chosen = {"salesforce.opportunity": {"match": "name"}}
    assert [flow.match for flow in flows({"flows": chosen}) if flow.kind == "project"] == ["name"]


def test_accounts_come_before_their_opportunities() -> None:
    names = [flow.name for flow in Flows(flows({}))]
    assert names.index("salesforce.account") < names.index("salesforce.opportunity")


def test_presets_together_are_the_sum_of_what_each_creates() -> None:
    both = {flow.name: flow for flow in flows({"presets": ["push", "projects"]})}
    for name in ("salesforce.account", "salesforce.opportunity"):
        assert both[name].create_ours
        assert both[name].create_theirs
    status = next(line for line in both["salesforce.opportunity"].fields if line.ours == "status")
    assert (status.theirs, status.direction) == (("TB_Status__c",), Direction.OUT)


def test_contacts_travel_only_where_they_are_asked_for() -> None:
    assert "salesforce.contact" not in {flow.name for flow in flows({})}
    assert "salesforce.contact" in {flow.name for flow in flows({"flows": {"salesforce.contact": {"off": False}}})}


def test_the_tasks_alone_bring_no_projects() -> None:
    assert {flow.kind for flow in flows({"presets": ["tasks"]})} == {"task"}


@pytest.mark.parametrize(
    ("name", "there"),
    [("Robin van der Berg", ("Robin van der", "Berg")), ("Cher", (None, "Cher")), (None, (None, None))],
)
def test_a_full_name_is_two_names_over_there(name: str | None, there: tuple[str | None, str | None]) -> None:
    assert FULL_NAME.outgoing(name) == there
    assert FULL_NAME.incoming(*there) == name


def test_a_table_that_nobody_knows_by_that_name_is_refused() -> None:
    with pytest.raises(Unfit, match="guide or safe"):
        flows({"flows": {"salesforce.opportunity": {"fields": {"status": {"values": "mine"}}}}})


def test_a_named_table_may_have_a_way_back_of_its_own() -> None:
    chosen = {"theirs": "StageName", "direction": "both", "values": "safe", "back": {"Closed Won": "Done"}}
    flow = next(
        flow
        for flow in flows({"flows": {"salesforce.opportunity": {"fields": {"status": chosen}}}})
        if flow.kind == "project"
    )
    status = next(line for line in flow.fields if line.ours == "status")
    assert (status.converter.incoming("Closed Won"), status.converter.outgoing("Completed")) == ("Done", "Closed Won")


def test_a_budget_goes_out_as_the_amount_and_hours_go_out_only() -> None:
    flow = opportunity_flow({})
    assert flow.outgoing({"budget": Decimal("10.005")}, {}) == {"Amount": Decimal("10.01")}
    directions = {field.ours: str(flow.direction_of(field)) for field in flow.fields}
    assert (directions["budget"], directions["hours_total"], directions["stage"]) == ("both", "out", "in")


def test_a_query_selects_what_flows_and_conditions_look_at_and_nothing_twice() -> None:
    found = soql.columns(Flows(flows({})))["Opportunity"]
    assert len(found) == len(set(found))
    assert {"Id", "SystemModstamp", "IsDeleted", "StageName", "Amount"} <= set(found)


def test_conditions_inside_conditions_are_looked_at_too() -> None:
    [flow] = [flow for flow in flows({}) if flow.object == "Account"]
    nested = All((one_of("Type", "Customer"), All((one_of("Owner.IsActive", True),))))
    changed = Flows([type(flow)(flow.name, flow.kind, flow.object, flow.fields, when_theirs=nested)])
    assert {"Type", "Owner.IsActive"} <= set(soql.columns(changed)["Account"])


@pytest.mark.parametrize(
    ("cursor", "where"),
    [
        (Cursor(NOON), "SystemModstamp >= 2026-11-21T12:00:00Z"),
        (Cursor(NOON + timedelta(microseconds=5)), "SystemModstamp >= 2026-11-21T12:00:00Z"),
        (
            Cursor(NOON, "001A"),
            "(SystemModstamp > 2026-11-21T12:00:00Z OR (SystemModstamp = 2026-11-21T12:00:00Z AND Id > '001A'))",
        ),
    ],
)
def test_a_position_is_a_condition_that_skips_nothing(cursor: Cursor, where: str) -> None:
    query = soql.changed_since("Account", ["Id"], cursor)
    assert query.partition(" WHERE ")[2] == f"{where} ORDER BY SystemModstamp ASC, Id ASC"


def test_values_cannot_leave_their_quotes() -> None:
    query = soql.among("Account", ["Id"], "Name", ["O'Hara \\", "x' OR Name != '"])
    assert query == "SELECT Id FROM Account WHERE Name IN ('O\\'Hara \\\\','x\\' OR Name != \\'')"


def test_long_lists_are_cut_to_fit_a_uri() -> None:
    ids = [f"001SBX{n:012d}" for n in range(1000)]
    parts = list(soql.fitting(ids))
    assert [key for part in parts for key in part] == ids
    assert max(map(len, parts)) <= soql.MOST_KEYS
    names = [f"Ünïcödé {n} " * 10 for n in range(100)]
    assert len(list(soql.fitting(names))) > 1
    assert list(soql.fitting([])) == []


def test_a_credit_is_no_invoice_in_salesforce() -> None:
    when = invoice_flow().when_ours
    assert [when({"status": "final", "credits": credits}) for credits in (None, "inv_1")] == [True, False]
    assert not when({"status": "reviewed"})

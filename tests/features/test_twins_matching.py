"""Strangers that meet: which are one by id, which by name, which only a person can tell, and what is answered then."""

from typing import Any

import pytest

from tests.admin import Person
from tests.stage import Stage, control
from timebridge.store.links import DynamoLinks
from timebridge.store.records import Workspace
from timebridge.tenants import Provider

ACCOUNTS = "salesforce.account"
LIVE = "connections/salesforce"


@pytest.fixture
def live(stage: Stage) -> Stage:
    stage.connect(Provider.SALESFORCE, settings={"presets": ["projects"]})
    stage.settle()
    return stage


def pairs(stage: Stage, flow: str = ACCOUNTS) -> dict[str, str]:
    """Our id for each id of theirs, of pairs that are alive."""
    found, _ = DynamoLinks(stage.tenant, "salesforce").page(flow)
    return {link.theirs: link.ours for link in found if link.theirs and link.base is not None}


def seen(stage: Stage, *ids: str, name: str = "Account") -> None:
    stage.noticed(name, *ids)
    stage.settle()


def questions(admin: Person) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = admin.get(f"{LIVE}/questions").body["items"]
    return found


def answer(stage: Stage, admin: Person, question: dict[str, Any], **said: str) -> None:
    told = admin.post(f"{LIVE}/questions/{question['flow']}/{question['ours']}/answer", said)
    assert told.status == 202, told.text
    stage.settle()


def clients(workspace: Workspace) -> dict[str, str]:
    return {record.id: str(record.values["name"]) for record in workspace.page("client")[0]}


# --- by id -----------------------------------------------------------------------------------------------------------


def test_B48_an_external_id_wins_over_a_name(live: Stage, workspace: Workspace) -> None:
    client = workspace.create("client", {"name": "Aalto Partners"})
    namesake = live.seller("create", "Account", Name="Aalto Partners")
    marked = live.seller("create", "Account", Name="AP Holding", TB_External_Id__c=client.id)

    seen(live, namesake)

    assert client.id not in pairs(live).values()  # the name alone does not win, even where the other is not seen yet
    seen(live, marked)
    assert pairs(live)[marked] == client.id
    assert pairs(live)[namesake] != client.id


def test_B72_ids_of_both_sides_are_in_one_table_and_lead_to_each_other(live: Stage, admin: Person) -> None:
    account = live.seller("create", "Account", Name="Boreal Works")
    seen(live, account)
    ours = pairs(live)[account]

    [by_theirs] = admin.get(f"{LIVE}/links", theirs=account).body["items"]
    [by_ours] = admin.get(f"{LIVE}/links", ours=ours).body["items"]

    assert by_theirs == by_ours
    assert (by_ours["ours"], by_ours["theirs"], by_ours["state"]) == (ours, account, "live")


def test_B72_what_we_create_is_an_upsert_by_our_id_so_that_a_lost_answer_doubles_nothing(
    stage: Stage, workspace: Workspace
) -> None:
    stage.connect(Provider.SALESFORCE, settings={"presets": ["push"]})
    stage.settle()
    upsert = {"path": "/composite", "body": "composite/sobjects/Account/TB_External_Id__c"}
    lost = stage.salesforce.faults.add({"kind": "drop_after_commit", "match": upsert, "times": 2})
    client = workspace.create("client", {"name": "Cirrus Labs"})
    stage.settle()

    assert lost.fired == 2
    [account] = stage.salesforce_has("Account", Name="Cirrus Labs")
    assert account["TB_External_Id__c"] == client.id
    assert pairs(stage) == {account["Id"]: client.id}


def test_B72_a_new_connection_to_the_same_org_finds_its_records_by_their_ids(live: Stage, workspace: Workspace) -> None:
    client = workspace.create("client", {"name": "Delta Freight"})
    account = live.seller("create", "Account", Name="Renamed over there", TB_External_Id__c=client.id)

    seen(live, account)

    assert pairs(live) == {account: client.id}
    assert list(clients(workspace)) == [client.id]


# --- by name ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theirs", ["ASTER  Consulting Ltd.", "Aster Consulting Limited", "aster consulting, ltd"])
def test_B48_a_name_matches_without_regard_to_case_spacing_and_punctuation(
    live: Stage, workspace: Workspace, admin: Person, theirs: str
) -> None:
    client = workspace.create("client", {"name": "Aster Consulting Ltd"})
    account = live.seller("create", "Account", Name=theirs)

    seen(live, account)

    assert pairs(live) == {account: client.id}
    assert questions(admin) == []


def test_B48_a_name_that_is_only_likely_waits_for_a_person_and_nothing_is_created(
    live: Stage, workspace: Workspace, admin: Person
) -> None:
    client = workspace.create("client", {"name": "Northwind Traders"})
    account = live.seller("create", "Account", Name="Northwind Tradres")

    seen(live, account)

    assert pairs(live) == {}
    assert list(clients(workspace)) == [client.id]
    [question] = questions(admin)
    assert (question["asks"], question["id"], question["name"]) == ("theirs", account, "Northwind Tradres")
    [candidate] = question["candidates"]
    assert (candidate["id"], candidate["name"]) == (client.id, "Northwind Traders")
    assert 75 <= candidate["score"] < 95
    assert candidate["reasons"] == ["nearly the same name"]


def test_B48_the_answer_links_the_two_and_they_are_kept_in_step(
    live: Stage, workspace: Workspace, admin: Person
) -> None:
    client = workspace.create("client", {"name": "Northwind Traders"})
    account = live.seller("create", "Account", Name="Northwind Tradres", Phone="+43 1 5550100")
    seen(live, account)
    [question] = questions(admin)

    answer(live, admin, question, answer="link", id=client.id)

    assert pairs(live) == {account: client.id}
    assert workspace.get("client", client.id).values["phone"] == "+43 1 5550100"  # type: ignore[union-attr]
    assert questions(admin) == []
    live.seller("update", "Account", account, Phone="+43 1 5550199")
    seen(live, account)
    assert workspace.get("client", client.id).values["phone"] == "+43 1 5550199"  # type: ignore[union-attr]


def test_B48_the_answer_may_be_that_it_is_a_new_one(live: Stage, workspace: Workspace, admin: Person) -> None:
    client = workspace.create("client", {"name": "Northwind Traders"})
    account = live.seller("create", "Account", Name="Northwind Tradres")
    seen(live, account)

    answer(live, admin, questions(admin)[0], answer="create")

    assert sorted(clients(workspace).values()) == ["Northwind Traders", "Northwind Tradres"]
    assert pairs(live)[account] != client.id
    seen(live, account)
    assert (len(clients(workspace)), questions(admin)) == (2, [])


def test_B48_the_answer_may_be_never_until_somebody_links_it_by_hand(
    live: Stage, workspace: Workspace, admin: Person
) -> None:
    client = workspace.create("client", {"name": "Northwind Traders"})
    account = live.seller("create", "Account", Name="Northwind Tradres")
    seen(live, account)

    answer(live, admin, questions(admin)[0], answer="never")
    live.seller("update", "Account", account, Phone="1")
    seen(live, account)

    assert (list(clients(workspace)), pairs(live), questions(admin)) == ([client.id], {}, [])
    made = admin.post(f"{LIVE}/links", {"flow": ACCOUNTS, "ours": client.id, "theirs": account})
    assert made.status == 202
    live.settle()
    assert pairs(live) == {account: client.id}


def test_B48_two_equally_good_namesakes_are_a_question_too(live: Stage, workspace: Workspace, admin: Person) -> None:
    first, second = (workspace.create("client", {"name": "Elm & Sons"}) for _ in range(2))
    account = live.seller("create", "Account", Name="Elm and Sons")

    seen(live, account)

    [question] = questions(admin)
    assert {each["id"] for each in question["candidates"]} == {first.id, second.id}


def test_B48_matches_of_the_initial_sync_are_collected_and_accepted_together(
    stage: Stage, workspace: Workspace, admin: Person
) -> None:
    wanted = {"Northwind Traders": "Northwind Tradres", "Fabrikam Inc": "Fabrikam", "Contoso Ltd": "Contoso GmbH"}
    ours = {name: workspace.create("client", {"name": name}).id for name in wanted}
    theirs = {name: stage.seller("create", "Account", Name=wanted[name]) for name in wanted}
    sure = stage.seller("create", "Account", Name="Quite Different")

    stage.connect(Provider.SALESFORCE, settings={"presets": ["projects", "push"]})

    assert len(stage.salesforce_has("Account")) == 4  # nothing of ours was created there while a person is asked
    assert set(pairs(stage)) == {sure}
    scores = {each["name"]: each["candidates"][0]["score"] for each in questions(admin)}
    assert set(scores) == set(wanted.values())
    least = sorted(scores.values())[1]
    accepted = admin.post(f"{LIVE}/questions/accept", {"score": least}).body
    assert (accepted["linked"], accepted["left"]) == (2, 1)
    stage.settle()
    linked = {name for name in wanted if pairs(stage).get(theirs[name]) == ours[name]}
    assert {wanted[name] for name in linked} == {name for name, score in scores.items() if score >= least}


@pytest.mark.parametrize(("confirm", "asked", "paired"), [("always", 1, 0), ("never", 0, 1)])
def test_B48_whether_matches_are_confirmed_is_a_setting_of_the_flow(
    stage: Stage, workspace: Workspace, admin: Person, confirm: str, asked: int, paired: int
) -> None:
    workspace.create("client", {"name": "Aster Consulting"})
    account = stage.seller("create", "Account", Name="Aster Consulting")

    stage.connect(Provider.SALESFORCE, settings={"flows": {ACCOUNTS: {"confirm": confirm}}})

    assert (len(questions(admin)), len(pairs(stage))) == (asked, paired)
    assert stage.salesforce_has("Account")[0]["Id"] == account


def test_B48_without_a_match_rule_nothing_is_paired_by_name(stage: Stage, workspace: Workspace) -> None:
    workspace.create("client", {"name": "Aster Consulting"})
    stage.seller("create", "Account", Name="Aster Consulting")

    stage.connect(Provider.SALESFORCE, settings={"flows": {ACCOUNTS: {"match": "none"}}})

    assert len(clients(workspace)) == 2


# --- what the far side takes for a duplicate -------------------------------------------------------------------------


def strict(stage: Stage, action: str) -> None:
    rule = {"name": "Phone_Rule", "object": "Account", "fields": ["Phone"], "action": action}
    control("PATCH", f"{stage.salesforce.url}/_sandbox/settings", json={"duplicate_rules": [rule]})


def refused(stage: Stage, workspace: Workspace, action: str = "alert") -> tuple[str, str]:
    """A client whose phone number an account has already; and that account."""
    account = stage.seller("create", "Account", Name="Gable Architects", Phone="555-0100")
    stage.connect(Provider.SALESFORCE, settings={"presets": ["push"]})
    strict(stage, action)
    client = workspace.create("client", {"name": "Studio G", "phone": "555-0100"})
    stage.settle()
    return client.id, account


def test_B89_what_salesforce_takes_for_a_duplicate_becomes_a_question_with_its_candidates(
    stage: Stage, workspace: Workspace, admin: Person
) -> None:
    client, account = refused(stage, workspace)

    [question] = questions(admin)

    assert (question["asks"], question["id"], question["name"]) == ("ours", client, "Studio G")
    [candidate] = question["candidates"]
    assert (candidate["id"], candidate["name"], candidate["score"]) == (account, "Gable Architects", 100)
    assert candidate["reasons"] == ["found by Phone_Rule in Salesforce"]
    answer(stage, admin, question, answer="link", id=account)
    assert pairs(stage) == {account: client}
    assert len(stage.salesforce_has("Account")) == 1


def test_B89_a_duplicate_can_be_created_all_the_same(stage: Stage, workspace: Workspace, admin: Person) -> None:
    client, _ = refused(stage, workspace)

    answer(stage, admin, questions(admin)[0], answer="create")

    [made] = stage.salesforce_has("Account", Name="Studio G")
    assert made["TB_External_Id__c"] == client
    assert questions(admin) == []


def test_B89_a_rule_that_blocks_keeps_asking_and_says_so(stage: Stage, workspace: Workspace, admin: Person) -> None:
    refused(stage, workspace, "block")

    answer(stage, admin, questions(admin)[0], answer="create")

    [question] = questions(admin)
    assert "which allows no second one" in question["candidates"][0]["reasons"]
    assert len(stage.salesforce_has("Account")) == 1

"""Duplicates that are there already: found on both sides, merged here or there, pairs relinked, rules tried first."""

from typing import Any

import pytest

from tests.admin import Person
from tests.stage import Stage, control
from timebridge.store.audit import Audit
from timebridge.store.links import DynamoLinks
from timebridge.store.records import Workspace
from timebridge.store.tenants import Tenants
from timebridge.tenants import Provider, Tenant

ACCOUNTS, DEALS = "salesforce.account", "salesforce.opportunity"
LIVE = "connections/salesforce"

PLANTED = (
    ("Aalto Partners", "Aalto Partners", "AALTO PARTNERS LTD"),
    ("Boreal Works Inc", "Boreal Wroks Inc"),
    ("Cirrus & Söhne", "Cirrus und Soehne GmbH"),
)
APART = ("Client 101", "Client 102", "Delta East", "Delta West", "Anders Ltd", "Zumtobel Ltd")


@pytest.fixture(autouse=True)
def firm(stage: Stage) -> None:
    Tenants().save(Tenant(stage.tenant, "Acme", "Europe/Berlin"))


def pairs(stage: Stage, flow: str = ACCOUNTS) -> dict[str, str]:
    found, _ = DynamoLinks(stage.tenant, "salesforce").page(flow)
    return {link.theirs: link.ours for link in found if link.theirs and link.base is not None}


def merge_there(stage: Stage, survivor: str, *losers: str) -> None:
    """A person merges accounts in Salesforce."""
    control("POST", f"{stage.salesforce.url}/_sandbox/records/Account/{survivor}/merge", json={"losers": losers})


def pulled(stage: Stage, admin: Person) -> None:
    assert admin.post(f"{LIVE}/sync").status == 202
    stage.settle()


def calls(stage: Stage) -> list[str]:
    found: dict[str, int] = control("GET", f"{stage.salesforce.url}/_sandbox/calls")["routes"]
    return list(found)


# --- finding ---------------------------------------------------------------------------------------------------------


def test_B89_the_finder_lists_the_planted_groups_of_clients_and_no_others(workspace: Workspace, admin: Person) -> None:
    for name in (*(name for group in PLANTED for name in group), *APART):
        workspace.create("client", {"name": name})

    found = admin.get("duplicates", kind="client").body["items"]

    assert {tuple(sorted(each["name"] for each in group["records"])) for group in found} == {
        tuple(sorted(group)) for group in PLANTED
    }
    assert all(group["side"] == "ours" and 75 <= group["score"] <= 100 and group["reasons"] for group in found)


def test_B89_projects_are_doubles_only_within_one_client(workspace: Workspace, admin: Person) -> None:
    first, second = (workspace.create("client", {"name": name}).id for name in ("Aalto", "Boreal"))
    for client, name in ((first, "Website"), (first, "Website "), (second, "Website")):
        workspace.create("project", {"name": name, "client": client})

    [group] = admin.get("duplicates", kind="project").body["items"]

    assert len(group["records"]) == 2
    assert {workspace.get("project", each["id"]).values["client"] for each in group["records"]} == {first}  # type: ignore[union-attr]


def test_B89_the_finder_lists_the_planted_groups_of_accounts_and_opportunities(stage: Stage, admin: Person) -> None:
    for name in (*(name for group in PLANTED for name in group), *APART):
        account = stage.seller("create", "Account", Name=name)
    for name in ("Rollout", "Rollout", "Rollout 2"):
        values = {"StageName": "Closed Won", "CloseDate": "2026-12-01", "AccountId": account}
        stage.seller("create", "Opportunity", Name=name, **values)
    stage.connect(Provider.SALESFORCE)

    accounts = admin.get(f"{LIVE}/flows/{ACCOUNTS}/duplicates").body["items"]
    deals = admin.get(f"{LIVE}/flows/{DEALS}/duplicates").body["items"]

    assert {tuple(sorted(each["name"] for each in group["records"])) for group in accounts} == {
        tuple(sorted(group)) for group in PLANTED
    }
    assert [[each["name"] for each in group["records"]] for group in deals] == [["Rollout", "Rollout"]]
    linked = pairs(stage)
    assert all(each["partner"] == linked[each["id"]] for group in accounts for each in group["records"])


# --- merging over there ----------------------------------------------------------------------------------------------


def test_B89_merging_in_salesforce_moves_the_link_to_a_survivor_that_had_none(
    stage: Stage, workspace: Workspace, admin: Person
) -> None:
    stage.connect(Provider.SALESFORCE, settings={"accounts": "needed"})
    stage.settle()
    loser, survivor = (stage.seller("create", "Account", Name=name) for name in ("Aalto", "Aalto Partners"))
    values = {"StageName": "Closed Won", "CloseDate": "2026-12-01", "AccountId": loser}
    stage.noticed("Opportunity", stage.seller("create", "Opportunity", Name="Rollout", **values))
    stage.settle()
    client = pairs(stage)[loser]

    merge_there(stage, survivor, loser)
    pulled(stage, admin)

    assert pairs(stage) == {survivor: client}
    found = workspace.get("client", client)
    assert found is not None
    assert (found.values["name"], found.gone) == ("Aalto Partners", False)
    [project] = workspace.page("project")[0]
    assert project.values["client"] == client


def test_B89_merging_two_linked_accounts_in_salesforce_makes_one_client_of_two(
    stage: Stage, workspace: Workspace, admin: Person
) -> None:
    stage.connect(Provider.SALESFORCE)
    stage.settle()
    loser, survivor = (stage.seller("create", "Account", Name=name) for name in ("Aalto Old", "Aalto Partners"))
    values = {"StageName": "Closed Won", "CloseDate": "2026-12-01", "AccountId": loser}
    stage.noticed("Opportunity", stage.seller("create", "Opportunity", Name="Rollout", **values))
    stage.noticed("Account", survivor)
    stage.settle()
    before = pairs(stage)
    workspace.create("contact", {"name": "Kim", "client": before[loser]})

    merge_there(stage, survivor, loser)
    pulled(stage, admin)

    assert [record.id for record in workspace.page("client")[0]] == [before[survivor]]
    for kind in ("project", "contact"):
        [record] = workspace.page(kind)[0]
        assert record.values["client"] == before[survivor]
    assert len(stage.salesforce_has("Account")) == 1
    assert stage.salesforce_has("Opportunity")[0]["AccountId"] == survivor
    seen = len(calls(stage)), workspace.get("client", before[survivor])
    pulled(stage, admin)
    assert workspace.get("client", before[survivor]) == seen[1]


# --- merging here, and relinking -------------------------------------------------------------------------------------


def test_B89_merging_two_clients_moves_references_and_links_and_archives_the_loser(
    stage: Stage, workspace: Workspace, admin: Person
) -> None:
    stage.connect(Provider.SALESFORCE)
    stage.settle()
    account = stage.seller("create", "Account", Name="Aalto Partners")
    stage.noticed("Account", account)
    stage.settle()
    loser, survivor = pairs(stage)[account], workspace.create("client", {"name": "Aalto"}).id
    project = workspace.create("project", {"name": "Rollout", "client": loser}).id

    merged = admin.post(f"clients/{loser}/merge", {"into": survivor})
    assert merged.status == 200, merged.text
    stage.settle()
    pulled(stage, admin)

    assert (merged.body["links"], merged.body["references"]) == (1, {"project": 1})
    assert pairs(stage) == {account: survivor}
    assert workspace.get("project", project).values["client"] == survivor  # type: ignore[union-attr]
    assert workspace.get("client", loser).gone  # type: ignore[union-attr]
    assert len(stage.salesforce_has("Account")) == 1
    again = admin.post(f"clients/{loser}/merge", {"into": survivor}).body
    assert (again["links"], again["references"]) == (0, {})


def test_B89_merging_two_linked_clients_deletes_nothing_over_there(
    stage: Stage, workspace: Workspace, admin: Person
) -> None:
    stage.connect(Provider.SALESFORCE, settings={"flows": {ACCOUNTS: {"deletions": "both"}}})
    stage.settle()
    accounts = [stage.seller("create", "Account", Name=name) for name in ("Aalto One", "Boreal")]
    stage.noticed("Account", *accounts)
    stage.settle()
    loser, survivor = (pairs(stage)[account] for account in accounts)

    assert admin.post(f"clients/{loser}/merge", {"into": survivor}).body["ended"] == 1
    stage.settle()
    pulled(stage, admin)

    assert {row["Id"] for row in stage.salesforce_has("Account")} == {*accounts}
    assert pairs(stage) == {accounts[1]: survivor}
    assert [record.id for record in workspace.page("client")[0]] == [survivor]


def test_B89_approved_hours_follow_when_their_project_is_merged(workspace: Workspace, admin: Person) -> None:
    client = workspace.create("client", {"name": "Aalto"}).id
    loser, survivor = (workspace.create("project", {"name": name, "client": client}).id for name in ("One", "Two"))
    staff = workspace.create("staff", {"name": "Kim Vale"}).id
    values = {"project": loser, "staff": staff, "work_date": "2026-11-20", "hours": 3}
    entry = workspace.approve(workspace.submit(workspace.create("time_entry", values).id).id)

    assert admin.post(f"projects/{loser}/merge", {"into": survivor}).status == 200

    moved = workspace.get("time_entry", entry.id)
    assert moved is not None
    assert (moved.values["project"], moved.values["status"]) == (survivor, "approved")
    assert workspace.get("project", survivor).values["hours_total"] == 3  # type: ignore[union-attr]


def test_B89_a_wrong_pair_is_relinked_and_both_go_on(stage: Stage, workspace: Workspace, admin: Person) -> None:
    stage.connect(Provider.SALESFORCE)
    stage.settle()
    wrong = stage.seller("create", "Account", Name="Aalto", Phone="1")
    stage.noticed("Account", wrong)
    stage.settle()
    client = pairs(stage)[wrong]
    stage.connection("salesforce")
    right = stage.seller("create", "Account", Name="Quite Another", Phone="2")

    told = admin.post(f"{LIVE}/links/{ACCOUNTS}/{client}/relink", {"theirs": right})
    assert told.status == 202, told.text
    stage.settle()

    assert pairs(stage)[right] == client
    assert workspace.get("client", client).values["phone"] == "2"  # type: ignore[union-attr]
    assert {row["Id"] for row in stage.salesforce_has("Account")} == {wrong, right}


def test_B89_only_free_records_are_linked_by_hand(stage: Stage, workspace: Workspace, admin: Person) -> None:
    stage.connect(Provider.SALESFORCE)
    stage.settle()
    accounts = [stage.seller("create", "Account", Name=name) for name in ("Aalto", "Boreal")]
    stage.noticed("Account", *accounts)
    stage.settle()
    first, second = (pairs(stage)[account] for account in accounts)
    free = workspace.create("client", {"name": "Cirrus"}).id

    for path, body in (
        (f"{LIVE}/links", {"flow": ACCOUNTS, "ours": free, "theirs": accounts[0]}),
        (f"{LIVE}/links", {"flow": ACCOUNTS, "ours": "cli_nobody", "theirs": accounts[0]}),
        (f"{LIVE}/links/{ACCOUNTS}/{first}/relink", {"theirs": accounts[1]}),
        (f"{LIVE}/links/{ACCOUNTS}/{first}/relink", {"ours": second}),
        (f"clients/{first}/merge", {"into": first}),
    ):
        refused = admin.post(path, body)
        assert refused.status == 422, refused.text
        assert refused.body["remedy"]
    assert pairs(stage) == {accounts[0]: first, accounts[1]: second}
    audited = [line["what"] for line in Audit(stage.tenant).page()[0]]
    assert not {"link.make", "link.relink", "record.merge"} & {*audited}


# --- trying a rule ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({}, {"pairs": 1, "asked": 1, "made_ours": 1}),
        ({"confirm": "always"}, {"pairs": 0, "asked": 2, "made_ours": 1}),
        ({"confirm": "never"}, {"pairs": 1, "asked": 0, "made_ours": 2}),
        ({"match": "none"}, {"pairs": 0, "asked": 0, "made_ours": 3}),
        ({"match": "phone"}, {"pairs": 1, "asked": 0, "made_ours": 2}),
    ],
)
def test_B89_a_rule_can_be_tried_without_writing_anything(
    stage: Stage, workspace: Workspace, admin: Person, rule: dict[str, str], expected: dict[str, int]
) -> None:
    stage.connect(Provider.SALESFORCE)
    stage.settle()
    stage.seller("create", "Account", Name="Aalto Partners")
    stage.seller("create", "Account", Name="Boreal Wroks", Phone="555-0100")
    stage.seller("create", "Account", Name="Cirrus")
    workspace.create("client", {"name": "Aalto Partners"})
    workspace.create("client", {"name": "Boreal Works"})
    workspace.create("client", {"name": "Delta", "phone": "555-0100"})
    state = everything(stage, workspace)

    found = admin.post(f"{LIVE}/flows/{ACCOUNTS}/preview", rule).body

    assert {name: found[name] for name in expected} == expected
    assert len(found["sure"]) == expected["pairs"]
    assert all(pair["score"] >= 75 and pair["reasons"] for pair in (*found["sure"], *found["likely"]))
    assert everything(stage, workspace) == state
    assert admin.post(f"{LIVE}/flows/{ACCOUNTS}/preview", {"match": "shoe_size"}).status == 422


def everything(stage: Stage, workspace: Workspace) -> Any:
    links, _ = DynamoLinks(stage.tenant, "salesforce").page(ACCOUNTS)
    return stage.salesforce_has("Account"), workspace.page("client")[0], links

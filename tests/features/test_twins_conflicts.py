"""Both sides moved one field: the rule or a person decides, every version is kept, and it can be decided otherwise."""

from typing import Any

import pytest

from tests.admin import Person
from tests.stage import Stage
from timebridge.store.audit import Audit
from timebridge.store.records import Workspace
from timebridge.tenants import Provider

ACCOUNTS = "salesforce.account"
LIVE = "connections/salesforce"
OLD, OURS, THEIRS = "555-0100", "555-0111", "555-0122"


def clash(stage: Stage, workspace: Workspace, winner: str) -> tuple[str, str]:
    """A client and its account, whose phone number both sides changed between two cycles."""
    stage.connect(Provider.SALESFORCE, settings={"flows": {ACCOUNTS: {"winner": winner}}})
    stage.settle()
    account = stage.seller("create", "Account", Name="Fir & Partners", Phone=OLD)
    seen(stage, account)
    [client] = workspace.page("client")[0]
    stage.seller("update", "Account", account, Phone=THEIRS)
    workspace.update("client", client.id, {"phone": OURS}, client.version or "")
    seen(stage, account)
    return client.id, account


def seen(stage: Stage, account: str) -> None:
    stage.noticed("Account", account)
    stage.settle()


def numbers(stage: Stage, workspace: Workspace, client: str, account: str) -> tuple[Any, Any]:
    found = workspace.get("client", client)
    assert found is not None
    return found.values["phone"], stage.salesforce_has("Account", Id=account)[0]["Phone"]


def listed(admin: Person, **which: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = admin.get(f"{LIVE}/conflicts", **which).body["items"]
    return found


def decide(stage: Stage, admin: Person, client: str, **said: Any) -> None:
    told = admin.post(f"{LIVE}/conflicts/{ACCOUNTS}/{client}/decide", {"field": "phone", **said})
    assert told.status == 202, told.text
    stage.settle()


@pytest.mark.parametrize(("winner", "wins", "other"), [("ours", OURS, "theirs"), ("theirs", THEIRS, "ours")])
def test_B74_the_policy_is_applied_both_versions_are_kept_and_it_can_be_flipped_and_back(
    stage: Stage, workspace: Workspace, admin: Person, winner: str, wins: str, other: str
) -> None:
    pair = clash(stage, workspace, winner)

    assert numbers(stage, workspace, *pair) == (wins, wins)
    assert listed(admin) == []
    [kept] = listed(admin, decided=True)
    assert (kept["field"], kept["base"], kept["ours"], kept["theirs"]) == ("phone", OLD, OURS, THEIRS)
    assert (kept["taken"], kept["by"], kept["open"]) == (winner, "rule", False)

    decide(stage, admin, pair[0], take=other)

    loses = THEIRS if wins == OURS else OURS
    assert numbers(stage, workspace, *pair) == (loses, loses)
    [flipped] = listed(admin, decided=True)
    assert (flipped["taken"], flipped["by"]) == (other, "ada@acme.example")
    assert (flipped["ours"], flipped["theirs"]) == (OURS, THEIRS)

    decide(stage, admin, pair[0], take=winner)

    assert numbers(stage, workspace, *pair) == (wins, wins)


@pytest.mark.parametrize(("take", "outcome"), [("ours", OURS), ("theirs", THEIRS)])
def test_B74_what_nobody_may_win_stays_open_with_all_three_values_until_a_person_decides(
    stage: Stage, workspace: Workspace, admin: Person, take: str, outcome: str
) -> None:
    pair = clash(stage, workspace, "nobody")

    assert numbers(stage, workspace, *pair) == (OURS, THEIRS)
    [clash_] = listed(admin)
    assert (clash_["base"], clash_["ours"], clash_["theirs"], clash_["open"]) == (OLD, OURS, THEIRS, True)
    assert (clash_["ours_id"], clash_["theirs_id"]) == pair

    decide(stage, admin, pair[0], take=take)

    assert numbers(stage, workspace, *pair) == (outcome, outcome)
    assert listed(admin) == []
    assert [each["taken"] for each in listed(admin, decided=True)] == [take]


def test_B74_a_person_may_give_both_sides_another_value(stage: Stage, workspace: Workspace, admin: Person) -> None:
    pair = clash(stage, workspace, "nobody")

    decide(stage, admin, pair[0], take="value", value="555-0133")

    assert numbers(stage, workspace, *pair) == ("555-0133", "555-0133")
    [kept] = listed(admin, decided=True)
    assert (kept["ours"], kept["theirs"], kept["taken"]) == (OURS, THEIRS, None)
    decide(stage, admin, pair[0], take="theirs")
    assert numbers(stage, workspace, *pair) == (THEIRS, THEIRS)


def test_B74_a_decision_about_values_that_moved_again_is_asked_again(
    stage: Stage, workspace: Workspace, admin: Person
) -> None:
    client, account = clash(stage, workspace, "nobody")
    stage.seller("update", "Account", account, Phone="555-0144")  # nobody has seen this yet

    decide(stage, admin, client, take="ours")

    assert numbers(stage, workspace, client, account) == (OURS, "555-0144")
    assert [each["theirs"] for each in listed(admin) if each["open"]] == ["555-0144"]


def test_B74_fields_that_only_one_side_moved_travel_while_a_conflict_is_open(
    stage: Stage, workspace: Workspace, admin: Person
) -> None:
    client, account = clash(stage, workspace, "nobody")

    stage.seller("update", "Account", account, Fax="555-0199")
    seen(stage, account)

    found = workspace.get("client", client)
    assert found is not None
    assert found.values["fax"] == "555-0199"
    assert [each["field"] for each in listed(admin)] == ["phone"]


def test_B74_what_pairing_two_records_overwrote_is_kept_too(stage: Stage, workspace: Workspace, admin: Person) -> None:
    client = workspace.create("client", {"name": "Gorse Ltd", "phone": OURS})
    account = stage.seller("create", "Account", Name="Gorse Ltd", Phone=THEIRS)
    stage.connect(Provider.SALESFORCE)
    stage.settle()

    assert numbers(stage, workspace, client.id, account) == (THEIRS, THEIRS)
    decide(stage, admin, client.id, take="ours")
    assert numbers(stage, workspace, client.id, account) == (OURS, OURS)


def test_B74_decisions_are_audited_and_only_administrators_take_them(
    stage: Stage, workspace: Workspace, admin: Person
) -> None:
    client, _ = clash(stage, workspace, "theirs")
    path = f"{LIVE}/conflicts/{ACCOUNTS}/{client}/decide"

    refused = Person(roles=("member",), name="mo@acme.example").post(path, {"field": "phone", "take": "ours"})
    assert refused.status == 403
    unknown = admin.post(path, {"field": "fax", "take": "ours"})
    assert (unknown.status, unknown.body["field"]) == (422, "field")
    assert Person(tenant="other").get(f"/v1/tenants/{stage.tenant}/{LIVE}/conflicts").status == 403
    decide(stage, admin, client, take="ours")

    [line] = [line for line in Audit(stage.tenant).page()[0] if line["what"] == "conflict.decide"]
    assert (line["actor"], line["target"]) == ("ada@acme.example", f"link {ACCOUNTS} {client}")
    assert (line["detail"]["field"], line["detail"]["take"]) == ("phone", "ours")

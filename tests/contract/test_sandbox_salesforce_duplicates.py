"""The org's duplicate rules, and merging records as a person does it."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from sandbox.salesforce import Salesforce

HEADER = "Sforce-Duplicate-Rule-Header"
RULE = {"name": "Account_DR", "object": "Account", "fields": ["Name"], "action": "alert"}


@pytest.fixture(scope="module")
def server() -> Iterator[Salesforce]:
    with Salesforce() as org:
        yield org


@pytest.fixture
def org(server: Salesforce) -> Salesforce:
    server.reset()
    server.org.settings.duplicate_rules = [dict(RULE)]
    return server


def call(org: Salesforce, method: str, path: str, body: Any = None, **headers: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {org.access_token()}", **headers}
    url = path if path.startswith("http") else f"{org.url}/services/data/v67.0/{path}"
    return requests.request(method, url, json=body, headers=headers, timeout=10)


def person(org: Salesforce, method: str, path: str, body: Any = None) -> requests.Response:
    return requests.request(method, f"{org.url}/_sandbox/records/{path}", json=body, timeout=10)


def made(org: Salesforce, name: str, **values: Any) -> str:
    return str(person(org, "POST", name, values).json()["id"])


def test_a_duplicate_is_refused_with_the_records_it_matches(org: Salesforce) -> None:
    id = made(org, "Account", Name="Aalto Partners")

    refused = call(org, "POST", "sobjects/Account", {"Name": "AALTO  partners"})

    assert refused.status_code == 400
    [error] = refused.json()
    assert error["errorCode"] == "DUPLICATES_DETECTED"
    found = error["duplicateResut"]  # misspelt by Salesforce
    assert (found["allowSave"], found["duplicateRule"], found["duplicateRuleEntityType"]) == (
        True,
        "Account_DR",
        "Account",
    )
    [match] = found["matchResults"][0]["matchRecords"]
    assert (match["record"]["Id"], match["matchConfidence"]) == (id, 100.0)


def test_the_header_saves_what_only_alerts_and_not_what_is_blocked(org: Salesforce) -> None:
    made(org, "Account", Name="Aalto")
    allow = {HEADER: "allowSave=true; includeRecordDetails=false"}

    assert call(org, "POST", "sobjects/Account", {"Name": "Aalto"}, **allow).status_code == 201
    org.org.settings.duplicate_rules[0]["action"] = "block"
    blocked = call(org, "POST", "sobjects/Account", {"Name": "Aalto"}, **allow)
    assert blocked.json()[0]["duplicateResut"]["allowSave"] is False


def test_a_part_of_a_composite_has_its_own_header(org: Salesforce) -> None:
    made(org, "Account", Name="Aalto")

    def part(name: str, **headers: str) -> dict[str, Any]:
        record = {"attributes": {"type": "Account"}, "Name": "Aalto"}
        url = "/services/data/v67.0/composite/sobjects"
        return {
            "method": "POST",
            "url": url,
            "referenceId": name,
            "httpHeaders": headers,
            "body": {"records": [record]},
        }

    parts = [part("plain"), part("forced", **{HEADER: "allowSave=true"}), part("again")]
    answers = call(org, "POST", "composite", {"compositeRequest": parts}).json()["compositeResponse"]

    assert [answer["body"][0]["success"] for answer in answers] == [False, True, False]
    assert answers[0]["body"][0]["errors"][0]["statusCode"] == "DUPLICATES_DETECTED"


def test_a_change_that_does_not_touch_the_fields_of_the_rule_is_not_asked(org: Salesforce) -> None:
    first, _ = made(org, "Account", Name="Aalto"), made(org, "Account", Name="Boreal")

    assert call(org, "PATCH", f"sobjects/Account/{first}", {"Phone": "1"}).status_code == 204
    assert call(org, "PATCH", f"sobjects/Account/{first}", {"Name": "Boreal"}).status_code == 400


def test_a_merge_hands_over_what_hung_on_the_losers_and_says_who_survived(org: Salesforce) -> None:
    master, loser = made(org, "Account", Name="Aalto"), made(org, "Account", Name="Boreal", Phone="1")
    deal = made(org, "Opportunity", Name="D", StageName="Prospecting", CloseDate="2026-12-01", AccountId=loser)

    assert person(org, "POST", f"Account/{master}/merge", {"losers": [loser]}).status_code == 200

    [opportunity] = person(org, "GET", f"Opportunity?Id={deal}").json()
    assert opportunity["AccountId"] == master
    soql = "SELECT Id, MasterRecordId, IsDeleted FROM Account ORDER BY Id"
    live = call(org, "GET", f"query?q={soql}").json()["records"]
    every = call(org, "GET", f"queryAll?q={soql}").json()["records"]
    assert [row["Id"] for row in live] == [master]
    assert [(row["Id"], row["MasterRecordId"]) for row in every if row["IsDeleted"]] == [(loser, master)]


def test_what_cannot_be_merged_is_refused(org: Salesforce) -> None:
    accounts = [made(org, "Account", Name=f"A{number}") for number in range(4)]
    deals = [made(org, "Opportunity", Name="D", StageName="Prospecting", CloseDate="2026-12-01") for _ in range(2)]

    assert person(org, "POST", f"Account/{accounts[0]}/merge", {"losers": accounts[1:]}).status_code == 400
    assert person(org, "POST", f"Opportunity/{deals[0]}/merge", {"losers": deals[1:]}).status_code == 400

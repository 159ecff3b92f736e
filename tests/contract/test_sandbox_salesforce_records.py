"""Records, their schema and their queries in the Salesforce sandbox."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import requests

from sandbox.salesforce.ids import make_id, normalise
from tests.contract.salesforce_client import Client, error_of
from tests.contract.salesforce_refusals import DEAL, WHERES


def test_a_record_is_created_read_changed_and_deleted_with_the_statuses_of_salesforce(client: Client) -> None:
    made = client.call("POST", "/sobjects/Account/", json={"Name": "Acme", "AnnualRevenue": 12.6})
    id = made.json()["id"]
    path = f"/sobjects/Account/{id}"

    assert (made.status_code, made.headers["Location"]) == (201, f"/services/data/v67.0/sobjects/Account/{id}")
    assert made.json() == {"id": id, "success": True, "errors": []}
    assert client.call("PATCH", path, json={"Phone": "1", "Fax": ""}).status_code == 204
    row = client.call("GET", path).json()
    assert (row["Name"], row["Phone"], row["Fax"], row["AnnualRevenue"]) == ("Acme", "1", None, 13.0)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000\+0000", row["SystemModstamp"])
    assert client.call("DELETE", path).status_code == 204
    assert error_of(client.call("DELETE", path)) == (404, "ENTITY_IS_DELETED", "entity is deleted")
    assert error_of(client.call("PATCH", path, json={"Phone": "2"}))[:2] == (404, "ENTITY_IS_DELETED")
    assert error_of(client.call("GET", path))[:2] == (404, "NOT_FOUND")


def test_fifteen_and_eighteen_character_ids_mean_the_same_record(client: Client) -> None:
    id = client.create("Account", Name="Acme")

    assert client.call("GET", f"/sobjects/Account/{id[:15]}").json()["Id"] == id
    assert client.names(f"WHERE Id = '{id[:15]}'") == ["Acme"]
    assert normalise("0015500001QdZPK") == "0015500001QdZPKAA3"
    assert normalise("006ak00000OQ4Rx") == "006ak00000OQ4RxAAL"


def test_an_upsert_answers_201_then_200_and_before_version_46_204(client: Client) -> None:
    path = "/sobjects/Account/TB_External_Id__c/a%2Fb"

    first, second = (client.call("PATCH", path, json={"Name": "x"}) for _ in range(2))
    old = client.call("PATCH", f"/services/data/v45.0{path}", json={"Name": "y"})

    assert (first.status_code, first.json()["created"]) == (201, True)
    assert (second.status_code, second.json()["created"]) == (200, False)
    assert (old.status_code, old.content) == (204, b"")
    assert client.call("GET", path).json()["TB_External_Id__c"] == "a/b"


def test_an_external_id_is_unique_and_case_sensitive(client: Client) -> None:
    id = client.create("Account", Name="x", TB_External_Id__c="k")

    status, code, message = error_of(
        client.call("POST", "/sobjects/Account", json={"Name": "y", "TB_External_Id__c": "k"})
    )

    assert (status, code) == (400, "DUPLICATE_VALUE")
    assert message == f"duplicate value found: TB_External_Id__c duplicates value on record with id: {id[:15]}"
    client.create("Account", Name="z", TB_External_Id__c="K")


def test_an_upsert_by_a_key_that_several_records_have_answers_300(client: Client) -> None:
    ids = [client.create("Opportunity", **DEAL) for _ in range(2)]

    answer = client.call("PATCH", "/sobjects/Opportunity/Name/Deal", json={"Amount": 1})

    assert answer.status_code == 300
    assert answer.json() == [f"/services/data/v67.0/sobjects/Opportunity/{id}" for id in ids]


def test_if_unmodified_since_refuses_a_record_that_has_changed(client: Client) -> None:
    id = client.create("Account", Name="x")
    before = {"If-Unmodified-Since": "Mon, 05 Jan 2026 09:00:00 GMT"}
    after = {"If-Unmodified-Since": (datetime.now(UTC) + timedelta(hours=1)).strftime("%a, %d %b %Y %H:%M:%S GMT")}

    assert client.call("PATCH", f"/sobjects/Account/{id}", json={"Phone": "1"}, headers=before).status_code == 412
    part = {"method": "PATCH", "url": f"/services/data/v67.0/sobjects/Account/{id}", "body": {"Phone": "1"}}
    parts = [part | {"referenceId": "a", "httpHeaders": before}, part | {"referenceId": "b", "httpHeaders": after}]
    answers = client.call("POST", "/composite", json={"compositeRequest": parts}).json()["compositeResponse"]
    assert [answer["httpStatusCode"] for answer in answers] == [412, 204]


def test_a_stage_decides_about_closed_won_probability_and_forecast(client: Client) -> None:
    id = client.create("Opportunity", **DEAL, Amount=200)
    client.call("PATCH", f"/sobjects/Opportunity/{id}", json={"StageName": "Closed Won"})

    row = client.call("GET", f"/sobjects/Opportunity/{id}").json()

    assert (row["IsClosed"], row["IsWon"], row["Probability"], row["ForecastCategory"]) == (True, True, 100, "Closed")
    assert (row["ExpectedRevenue"], row["Fiscal"]) == (200, "2026 4")
    client.create("Opportunity", **DEAL | {"StageName": "Something else"})
    client.control("PATCH", "/settings", json={"restricted_stages": True})
    refused = client.call("POST", "/sobjects/Opportunity", json=DEAL | {"StageName": "Something else"})
    assert error_of(refused)[1] == "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"


def test_a_case_takes_its_number_and_its_account_from_elsewhere(client: Client) -> None:
    account = client.create("Account", Name="x")
    contact = client.create("Contact", LastName="y", AccountId=account)
    client.create("Case", ContactId=contact, OwnerId=make_id("00G", 1))

    [row] = client.query("SELECT CaseNumber, AccountId, Owner.Name, Owner.Type, IsClosed FROM Case")["records"]

    assert (row["CaseNumber"], row["AccountId"]) == ("00001001", account)
    assert (row["Owner"]["Name"], row["Owner"]["Type"]) == ("Support queue", "Group")


def test_deleting_an_account_takes_its_opportunities_along_and_leaves_traces(client: Client) -> None:
    account = client.create("Account", Name="x")
    deal = client.create("Opportunity", **DEAL, AccountId=account)
    entry = client.create("TB_Time_Entry__c", Opportunity__c=deal)
    client.call("DELETE", f"/sobjects/Account/{account}")

    everything = client.call("GET", "/queryAll", params={"q": "SELECT Id, IsDeleted FROM Opportunity"}).json()[
        "records"
    ]

    assert [(each["Id"], each["IsDeleted"]) for each in everything] == [(deal, True)]
    assert client.query("SELECT Id FROM Opportunity")["records"] == []
    assert client.call("GET", f"/sobjects/TB_Time_Entry__c/{entry}").json()["Opportunity__c"] is None
    now = datetime.now(UTC)
    window = {"start": (now - timedelta(hours=1)).isoformat(), "end": (now + timedelta(minutes=2)).isoformat()}
    gone = client.call("GET", "/sobjects/Opportunity/deleted/", params=window).json()
    assert [each["id"] for each in gone["deletedRecords"]] == [deal]
    assert client.call("GET", "/sobjects/Opportunity/updated/", params=window).json()["ids"] == []


def test_a_deleted_record_can_be_restored_and_a_purged_one_leaves_only_its_id(client: Client) -> None:
    first, second = client.create("Account", Name="a"), client.create("Account", Name="b")
    for id in (first, second):
        client.control("DELETE", f"/records/Account/{id}")
    client.control("POST", f"/records/Account/{first}/undelete")
    client.control("POST", f"/records/Account/{second}/purge")

    everything = client.call("GET", "/queryAll", params={"q": "SELECT Id FROM Account"}).json()["records"]

    assert [each["Id"] for each in everything] == [first]


def test_pages_hold_what_matched_when_the_query_began(client: Client) -> None:
    rows = [{"Name": f"n{n:03d}"} for n in range(450)]
    client.control("POST", "/load", json={"Account": rows})
    small = {"Sforce-Query-Options": "batchSize=200"}

    page = client.query("SELECT Id, Name FROM Account ORDER BY Name", headers=small)
    client.create("Account", Name="n000a")
    found = page["records"]
    while not page["done"]:
        assert re.fullmatch(r"/services/data/v67\.0/query/01g\w{15}-\d+", page["nextRecordsUrl"])
        page = client.call("GET", page["nextRecordsUrl"]).json()
        found += page["records"]

    assert [each["Name"] for each in found] == [row["Name"] for row in rows]
    assert page["totalSize"] == 450


@pytest.mark.parametrize(("where", "names"), WHERES)
def test_conditions_mean_what_they_mean_in_soql(client: Client, where: str, names: list[str]) -> None:
    client.create("Account", Name="alpha", NumberOfEmployees=1)
    beta = client.create("Account", Name="Beta", Industry="Energy", NumberOfEmployees=2)
    client.create("Account", Name="O'Brien")
    client.create("Account", Name="gamma_1", Industry="Retail", NumberOfEmployees=3)
    client.create("Opportunity", **DEAL, AccountId=beta, Amount=6)

    assert client.names(where) == names


def test_the_keyset_of_stamp_and_id_walks_over_equal_stamps(client: Client) -> None:
    client.control("POST", "/load", json={"Account": [{"Name": f"{n}"} for n in range(25)]})
    stamp, id, seen = "2020-01-01T00:00:00Z", "001000000000000AAA", []
    while True:
        where = f"SystemModstamp > {stamp} OR (SystemModstamp = {stamp} AND Id > '{id}')"
        soql = f"SELECT Id, SystemModstamp FROM Account WHERE {where} ORDER BY SystemModstamp ASC, Id ASC LIMIT 10"  # noqa: S608 (SOQL)
        rows = client.query(soql)["records"]
        if not rows:
            break
        seen += [row["Id"] for row in rows]
        stamp, id = rows[-1]["SystemModstamp"].replace("+0000", "Z"), rows[-1]["Id"]

    assert len(seen) == len(set(seen)) == 25


def test_aggregates_parents_and_children_have_their_shapes(client: Client) -> None:
    account = client.create("Account", Name="x")
    client.create("Opportunity", **DEAL, AccountId=account, Amount=2)
    client.create("Opportunity", **DEAL)

    assert client.query("SELECT COUNT() FROM Opportunity") == {"totalSize": 2, "done": True, "records": []}
    [row] = client.query("SELECT COUNT(Id), SUM(Amount) total FROM Opportunity")["records"]
    assert row == {"attributes": {"type": "AggregateResult"}, "expr0": 2, "total": 2.0}
    rows = client.query("SELECT Account.Name FROM Opportunity ORDER BY AccountId NULLS LAST")["records"]
    assert [row["Account"] and row["Account"]["Name"] for row in rows] == ["x", None]
    [row] = client.query("SELECT Id, (SELECT Name FROM Opportunities), (SELECT Id FROM Cases) FROM Account")["records"]
    assert (row["Opportunities"]["totalSize"], row["Cases"]) == (1, None)


def test_a_hidden_field_is_gone_from_describe_and_from_soql(client: Client) -> None:
    def described() -> set[str]:
        return {each["name"] for each in client.call("GET", "/sobjects/Account/describe").json()["fields"]}

    assert {"Phone", "TB_External_Id__c"} <= described()
    client.control("POST", "/fields", json={"hide": ["Account.Phone"]})
    client.control("POST", "/package", json={"installed": False})

    assert not {"Phone", "TB_External_Id__c"} & described()
    assert error_of(client.call("GET", "/query", params={"q": "SELECT Phone FROM Account"}))[1] == "INVALID_FIELD"
    assert error_of(client.call("GET", "/query", params={"q": "SELECT Id FROM TB_Time_Entry__c"}))[1] == "INVALID_TYPE"
    refused = client.call("PATCH", "/sobjects/Account/TB_External_Id__c/1", json={"Name": "x"})
    assert error_of(refused)[:2] == (404, "NOT_FOUND")


def test_describe_tells_the_whole_field_and_304_when_nothing_changed(client: Client) -> None:
    fields = client.call("GET", "/sobjects/Opportunity/describe").json()["fields"]
    key = next(each for each in fields if each["name"] == "TB_External_Id__c")

    assert len(key) == 57
    assert (key["length"], key["byteLength"], key["externalId"], key["unique"], key["caseSensitive"]) == (
        80,
        240,
        True,
        True,
        True,
    )
    since = {"If-Modified-Since": "Sat, 21 Nov 2026 00:00:00 GMT"}
    assert client.call("GET", "/sobjects/Opportunity/describe", headers=since).status_code == 304
    assert {each["name"] for each in client.call("GET", "/sobjects").json()["sobjects"]} >= {
        "Account",
        "TB_Time_Entry__c",
    }


def test_versions_need_no_session_and_are_not_metered(client: Client) -> None:
    answer = requests.get(client.org.url + "/services/data/", timeout=5)

    assert {"label": "Spring '26", "url": "/services/data/v66.0", "version": "66.0"} in answer.json()
    assert {"label": "Winter '26", "url": "/services/data/v65.0", "version": "65.0"} in answer.json()
    assert "Sforce-Limit-Info" not in answer.headers

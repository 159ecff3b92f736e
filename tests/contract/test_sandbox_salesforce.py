"""The Salesforce sandbox refuses what Salesforce refuses, in the same words."""

import base64
import hashlib
import hmac
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from defusedxml import ElementTree

from sandbox.salesforce import Salesforce
from sandbox.salesforce.ids import make_id, normalise

CALLBACK = "http://localhost:9/callback"
VERIFIER = "v" * 64
ACCOUNT = {"attributes": {"type": "Account"}}
DEAL = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-12-31"}


@dataclass
class Client:
    """A thin HTTP client with one session of the integration user."""

    org: Salesforce
    session: requests.Session

    @property
    def base(self) -> str:
        return f"{self.org.url}/services/data/v67.0"

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        url = self.org.url + path if path.startswith("/services") else self.base + path
        return self.session.request(method, url, **more)

    def query(self, soql: str, **more: Any) -> dict[str, Any]:
        answer = self.call("GET", "/query", params={"q": soql}, **more)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def names(self, where: str) -> list[str]:
        return [each["Name"] for each in self.query(f"SELECT Name FROM Account {where}")["records"]]

    def create(self, sobject: str, **values: Any) -> str:
        answer = self.call("POST", f"/sobjects/{sobject}", json=values)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def control(self, method: str, path: str, **more: Any) -> requests.Response:
        answer = self.session.request(method, f"{self.org.url}/_sandbox{path}", **more)
        assert answer.ok, answer.text
        return answer


@pytest.fixture(scope="module")
def server() -> Iterator[Salesforce]:
    with Salesforce(redirect_uris=[CALLBACK], refresh_seconds=0.05) as org:
        yield org


@pytest.fixture
def client(server: Salesforce) -> Iterator[Client]:
    server.reset()
    with requests.Session() as session:
        session.headers["Authorization"] = f"Bearer {server.access_token()}"
        yield Client(server, session)


def error_of(answer: requests.Response) -> tuple[int, str, str]:
    [error] = answer.json()
    return answer.status_code, error["errorCode"], error["message"]


# the error catalogue

REFUSED_CREATES = [
    ("Account", {"Nam": "x"}, "INVALID_FIELD", "No such column 'Nam' on sobject of type Account"),
    ("Account", {}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]"),
    ("Account", {"Name": ""}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]"),
    ("Opportunity", {}, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name, StageName, CloseDate]"),
    ("Account", {"Name": "n" * 256}, "STRING_TOO_LONG", f"Account Name: data value too large: {'n' * 255}... (max length=255)"),
    ("Account", {"Name": 7}, "JSON_PARSER_ERROR", "Cannot deserialize instance of string from VALUE_NUMBER_INT value 7"),
    ("Account", {"Name": "x", "SystemModstamp": "2026-01-01T00:00:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: SystemModstamp. Please check the security settings of this field and verify that it is read/write for your profile or permission set."),  # noqa: E501
    ("Account", {"Name": "x", "ParentId": "nonsense"}, "MALFORMED_ID", "Parent ID: id value of incorrect type: nonsense"),
    ("Account", {"Name": "x", "ParentId": make_id("003", 1)}, "MALFORMED_ID", "Parent ID: id value of incorrect type"),
    ("Account", {"Name": "x", "ParentId": make_id("001", 9)}, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id"),
    ("Account", {"Name": "x", "OwnerId": make_id("005", 6)}, "INACTIVE_OWNER_OR_USER", "operation performed with inactive user"),
    ("Opportunity", DEAL | {"Amount": 1e17}, "NUMBER_OUTSIDE_VALID_RANGE", "Amount: value outside of valid range on numeric field"),
    ("Opportunity", DEAL | {"Amount": "much"}, "JSON_PARSER_ERROR", "Cannot deserialize instance of double from VALUE_STRING"),
    ("Opportunity", DEAL | {"CloseDate": "31.12.2026"}, "JSON_PARSER_ERROR", "Cannot deserialize instance of date from VALUE_STRING"),
    ("Opportunity", DEAL | {"TB_Summary_At__c": "2026-01-01"}, "JSON_PARSER_ERROR", "Cannot deserialize instance of datetime"),
    ("Opportunity", DEAL | {"ForecastCategoryName": "Maybe"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "bad value for restricted picklist field: Maybe"),  # noqa: E501
    ("Opportunity", DEAL | {"IsWon": True}, "INVALID_FIELD_FOR_INSERT_UPDATE", "Unable to create/update fields: IsWon."),
    ("Contact", {"LastName": "x", "Email": "nobody"}, "INVALID_EMAIL_ADDRESS", "Email: invalid email address: nobody"),
    ("Opportunity", DEAL | {"Account": {"TB_External_Id__c": "none"}}, "INVALID_FIELD", "Foreign key external ID: none not found for field TB_External_Id__c in entity Account"),  # noqa: E501
    ("User", {"LastName": "x"}, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "entity type cannot be inserted"),
]


@pytest.mark.parametrize(("sobject", "values", "code", "message"), REFUSED_CREATES)
def test_a_create_is_refused_in_the_words_of_salesforce(
    client: Client, sobject: str, values: dict[str, Any], code: str, message: str
) -> None:
    status, found, text = error_of(client.call("POST", f"/sobjects/{sobject}", json=values))

    assert (status, found) == (400, code)
    assert text.startswith(message)
    assert client.query(f"SELECT COUNT() FROM {sobject} WHERE CreatedDate = TODAY")["totalSize"] == 0


COLUMN_HINT = "If you are attempting to use a custom field, be sure to append the '__c' after the custom field name."
REFUSED_QUERIES = [
    ("SELECT Id,Name,BillingCity,IsDeleted FROM Accout", "INVALID_TYPE", "\nName,BillingCity,IsDeleted FROM Accout\n                                ^\nERROR at Row:1:Column:43\nsObject type 'Accout' is not supported. If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference your WSDL or the describe call for the appropriate names."),  # noqa: E501
    ("SELECT foo__c FROM Case", "INVALID_FIELD", f"\nSELECT foo__c FROM Case\n       ^\nERROR at Row:1:Column:8\nNo such column 'foo__c' on entity 'Case'. {COLUMN_HINT}"),  # noqa: E501
    ("SELECT Id FROM Account WHERE Foo = 1", "INVALID_FIELD", "No such column 'Foo' on entity 'Account'."),
    ("SELECT Nobody.Name FROM Account", "INVALID_FIELD", "Didn't understand relationship 'Nobody' in field path."),
    ("SELECT Id, (SELECT Id FROM Deals) FROM Account", "INVALID_TYPE", "Didn't understand relationship 'Deals' in FROM part"),
    ("SELECT Id FORM Account", "MALFORMED_QUERY", "unexpected token: 'Account'"),
    ("SELECT Id FROM Account WHERE", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
    ("SELECT * FROM Account", "MALFORMED_QUERY", "unexpected char: '*'"),
    ("SELECT Id FROM Account WHERE Name = \"x\"", "MALFORMED_QUERY", "unexpected char: '\"'"),
    ("SELECT Id FROM Account WHERE Name='a' AND Name='b' OR Name='c'", "MALFORMED_QUERY", "unexpected token: 'OR'"),
    ("SELECT Id FROM Account WHERE SystemModstamp > '2026-01-01T00:00:00Z'", "INVALID_FIELD", "value of filter criterion for field 'SystemModstamp' must be of type dateTime and should not be enclosed in quotes"),  # noqa: E501
    ("SELECT Id FROM Account WHERE SystemModstamp > 2026-01-01", "INVALID_FIELD", "must be of type dateTime"),
    ("SELECT Id FROM Account WHERE Name = 5", "INVALID_FIELD", "must be of type string and should be enclosed in quotes"),
    ("SELECT Id FROM Account WHERE Id = 'abc'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: abc"),
    ("SELECT Id FROM Account WHERE Description = 'x'", "INVALID_FIELD", "field 'Description' can not be filtered in a query call"),
    ("SELECT Id FROM Account ORDER BY Description", "MALFORMED_QUERY", "field 'Description' can not be sorted in a query call"),
    ("SELECT Id FROM Account LIMIT 1 OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000"),
    ("SELECT COUNT(Id) FROM Account LIMIT 5", "MALFORMED_QUERY", "cannot also use LIMIT"),
    ("SELECT Name, COUNT(Id) FROM Account", "MALFORMED_QUERY", "Field must be grouped or aggregated: Name"),
    ("SELECT FIELDS(ALL) FROM Account", "MALFORMED_QUERY", "must have a LIMIT of at most 200"),
    ("SELECT Id, Id FROM Account", "INVALID_FIELD", "duplicate field selected: Id"),
    ("SELECT Id FROM Account USING SCOPE mine", "MALFORMED_QUERY", "unexpected"),
]  # fmt: skip


@pytest.mark.parametrize(("soql", "code", "message"), REFUSED_QUERIES)
def test_a_query_is_refused_in_the_words_of_salesforce(client: Client, soql: str, code: str, message: str) -> None:
    status, found, text = error_of(client.call("GET", "/query", params={"q": soql}))

    assert (status, found) == (400, code)
    assert message in text


GONE = make_id("001", 99)
REFUSED_CALLS = [
    ("GET", f"/sobjects/Account/{GONE}", None, 404, "NOT_FOUND", "The requested resource does not exist"),
    ("PATCH", f"/sobjects/Account/{GONE}", {"Name": "x"}, 404, "NOT_FOUND", "The requested resource does not exist"),
    ("DELETE", "/sobjects/Account/001RM000003oLrB000", None, 400, "MALFORMED_ID", "malformed id 001RM000003oLrB000"),
    ("GET", "/sobjects/Nothing/describe", None, 404, "NOT_FOUND", "The requested resource does not exist"),
    ("GET", "/nowhere", None, 404, "NOT_FOUND", "The requested resource does not exist"),
    ("PUT", f"/sobjects/Account/{GONE}", {}, 405, "METHOD_NOT_ALLOWED", "HTTP Method 'PUT' not allowed."),
    ("PATCH", "/sobjects/Account/Namez/1", {}, 404, "NOT_FOUND", "Provided external ID field does not exist or is not accessible: Namez"),  # noqa: E501
    ("PATCH", "/sobjects/Account/TB_External_Id__c/1", {"TB_External_Id__c": "1"}, 400, "INVALID_FIELD_FOR_INSERT_UPDATE", "The TB_External_Id__c field should not be specified"),  # noqa: E501
    ("PATCH", "/sobjects/Account/TB_External_Id__c/1?updateOnly=true", {"Name": "x"}, 404, "NOT_FOUND", "The requested resource"),
    ("PATCH", f"/sobjects/Account/{GONE}", {"Id": GONE}, 400, "INVALID_FIELD", "The Id field should not be specified in the sobject data."),  # noqa: E501
    ("GET", "/query/01gSBX000000001YAA-2000", None, 400, "INVALID_QUERY_LOCATOR", "invalid query locator"),
    ("POST", "/composite/sobjects", {"records": []}, 400, "REQUIRED_FIELD_MISSING", "At least 1 record is required"),
    ("POST", "/composite/sobjects", {"records": [ACCOUNT] * 201}, 400, "EXCEEDED_ID_LIMIT", "record limit reached."),
    ("POST", "/composite", {"compositeRequest": [{"method": "GET", "url": "/x", "referenceId": f"r{n}"} for n in range(26)]}, 400, "LIMIT_EXCEEDED", "A composite request needs"),  # noqa: E501
    ("GET", "/services/data/v30.0/limits", None, 410, "UNSUPPORTED_API_VERSION", "API version 30.0 is retired."),
    ("GET", "/services/data/v99.0/limits", None, 404, "NOT_FOUND", "The requested resource does not exist"),
    ("GET", "/sobjects/Account/updated?start=2020-01-01T00:00:00Z&end=2020-01-02T00:00:00Z", None, 400, "INVALID_REPLICATION_DATE", "startDate before"),  # noqa: E501
    ("GET", f"/query?q=SELECT+Id+FROM+Account+WHERE+Name='{'x' * 17000}'", None, 414, "URI_TOO_LONG", "The URI is longer"),
    ("POST", "/jobs/query", {"operation": "query", "query": "SELECT Id FROM Account OFFSET 5"}, 400, "API_ERROR", "OFFSET clause not supported in Bulk Query"),  # noqa: E501
    ("POST", "/jobs/query", {"operation": "query", "query": "SELECT BillingAddress FROM Account"}, 400, "API_ERROR", "Selecting compound data not supported in Bulk Query"),  # noqa: E501
    ("POST", "/jobs/query", {"operation": "query", "query": "SELECT COUNT() FROM Account"}, 400, "API_ERROR", "Aggregate"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "body", "status", "code", "message"), REFUSED_CALLS)
def test_a_call_is_refused_with_the_status_of_salesforce(
    client: Client, method: str, path: str, body: Any, status: int, code: str, message: str
) -> None:
    found = error_of(client.call(method, path, json=body))

    assert found[:2] == (status, code)
    assert found[2].startswith(message)


def test_broken_json_is_a_parser_error_and_another_media_type_is_415(client: Client) -> None:
    broken = client.call("POST", "/sobjects/Account", data="{", headers={"Content-Type": "application/json"})
    other = client.call("POST", "/sobjects/Account", data="<x/>", headers={"Content-Type": "application/xml"})

    assert error_of(broken)[:2] == (400, "JSON_PARSER_ERROR")
    assert error_of(other)[:2] == (415, "UNSUPPORTED_MEDIA_TYPE")


GATES: list[tuple[Callable[[Client], Any], int, str, str]] = [
    (lambda c: c.control("POST", "/tokens/expire"), 401, "INVALID_SESSION_ID", "Session expired or invalid"),
    (lambda c: c.control("POST", "/tokens/revoke"), 401, "INVALID_SESSION_ID", "Session expired or invalid"),
    (lambda c: c.control("PATCH", f"/users/{c.org.org.admin}", json={"active": False}), 401, "INVALID_SESSION_ID", "Session"),
    (lambda c: c.control("PATCH", f"/users/{c.org.org.admin}", json={"frozen": True}), 401, "INVALID_SESSION_ID", "Session"),
    (lambda c: c.control("POST", "/clock", json={"advance": 7300}), 401, "INVALID_SESSION_ID", "Session expired or invalid"),
    (lambda c: c.control("PATCH", "/settings", json={"api_enabled": False}), 403, "API_DISABLED_FOR_ORG", "The REST API is"),
    (lambda c: c.control("PATCH", "/settings", json={"daily_api_limit": 0}), 403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."),
]  # fmt: skip


@pytest.mark.parametrize(("switch", "status", "code", "message"), GATES)
def test_an_administrator_can_lock_the_api(
    client: Client, switch: Callable[[Client], Any], status: int, code: str, message: str
) -> None:
    assert client.call("GET", "/limits").status_code == 200

    switch(client)

    found = error_of(client.call("GET", "/limits"))
    assert found[:2] == (status, code)
    assert found[2].startswith(message)


# records


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

    status, code, message = error_of(client.call("POST", "/sobjects/Account", json={"Name": "y", "TB_External_Id__c": "k"}))

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

    everything = client.call("GET", "/queryAll", params={"q": "SELECT Id, IsDeleted FROM Opportunity"}).json()["records"]

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


# queries


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


WHERES = [
    ("WHERE Name = 'ALPHA'", ["alpha"]),
    ("WHERE Name != 'alpha'", ["Beta", "O'Brien", "gamma_1"]),
    ("WHERE Industry != 'Energy'", ["alpha", "O'Brien", "gamma_1"]),
    ("WHERE Industry = null", ["alpha", "O'Brien"]),
    ("WHERE NOT Industry = 'Energy'", ["alpha", "O'Brien", "gamma_1"]),
    ("WHERE Name LIKE '%A'", ["alpha", "Beta"]),
    ("WHERE Name LIKE 'gamma\\_%'", ["gamma_1"]),
    ("WHERE Name = 'O\\'Brien'", ["O'Brien"]),
    ("WHERE Industry IN ('Energy', 'Retail')", ["Beta", "gamma_1"]),
    ("WHERE Industry NOT IN ('Energy')", ["alpha", "O'Brien", "gamma_1"]),
    ("WHERE NumberOfEmployees > 1 AND (Name = 'alpha' OR Name = 'Beta')", ["Beta"]),
    ("WHERE CreatedDate = TODAY AND CreatedDate >= LAST_N_DAYS:1 ORDER BY NumberOfEmployees DESC NULLS LAST LIMIT 2", ["gamma_1", "Beta"]),  # noqa: E501
    ("WHERE Id IN (SELECT AccountId FROM Opportunity WHERE Amount > 5)", ["Beta"]),
    ("WHERE Owner.Name = 'Timesheet Integration' AND Owner.IsActive = true LIMIT 1 OFFSET 1", ["Beta"]),
]  # fmt: skip


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
        soql = f"SELECT Id, SystemModstamp FROM Account WHERE {where} ORDER BY SystemModstamp ASC, Id ASC LIMIT 10"
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


# composite


def test_composite_parts_refer_to_each_other_and_count_as_one_call(client: Client) -> None:
    used = client.control("GET", "/settings").json()["api_used"]
    parts = [
        {"method": "PATCH", "url": "/services/data/v67.0/sobjects/Account/TB_External_Id__c/42", "referenceId": "acc", "body": {"Name": "A"}},  # noqa: E501
        {"method": "POST", "url": "/services/data/v67.0/sobjects/Opportunity", "referenceId": "opp", "body": DEAL | {"AccountId": "@{acc.id}"}},  # noqa: E501
        {"method": "GET", "url": "/services/data/v67.0/query?q=SELECT+AccountId+FROM+Opportunity", "referenceId": "q"},
        {"method": "GET", "url": "/services/data/v67.0/sobjects/Account/@{q.records[0].AccountId}?fields=Name", "referenceId": "r"},
    ]  # fmt: skip

    answer = client.call("POST", "/composite", json={"allOrNone": True, "compositeRequest": parts})

    answers = answer.json()["compositeResponse"]
    assert [each["httpStatusCode"] for each in answers] == [201, 201, 200, 200]
    assert answers[3]["body"]["Name"] == "A"
    assert answer.headers["Sforce-Limit-Info"] == f"api-usage={used + 1}/100000"


def test_composite_all_or_none_undoes_everything(client: Client) -> None:
    good = {"method": "POST", "url": "/services/data/v67.0/sobjects/Account", "referenceId": "a", "body": {"Name": "x"}}
    bad = good | {"referenceId": "b", "body": {}}

    answer = client.call("POST", "/composite", json={"allOrNone": True, "compositeRequest": [good, bad]}).json()

    halted, failed = answer["compositeResponse"]
    assert halted["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert failed["body"][0]["errorCode"] == "REQUIRED_FIELD_MISSING"
    assert client.names("") == []
    partly = client.call("POST", "/composite", json={"compositeRequest": [good, bad]}).json()["compositeResponse"]
    assert [each["httpStatusCode"] for each in partly] == [201, 400]


def test_a_batch_is_independent_and_halts_on_wish(client: Client) -> None:
    bad = {"method": "GET", "url": "v67.0/sobjects/Nothing"}
    good = {"method": "POST", "url": "v67.0/sobjects/Account", "richInput": {"Name": "x"}}

    free = client.call("POST", "/composite/batch", json={"batchRequests": [bad, good]}).json()
    halted = client.call("POST", "/composite/batch", json={"haltOnError": True, "batchRequests": [bad, good]}).json()

    assert (free["hasErrors"], [each["statusCode"] for each in free["results"]]) == (True, [404, 201])
    assert [each["statusCode"] for each in halted["results"]] == [404, 412]
    assert halted["results"][1]["result"][0]["errorCode"] == "BATCH_PROCESSING_HALTED"


def test_a_collection_reports_each_record_in_order(client: Client) -> None:
    records = [ACCOUNT | {"Name": "a"}, ACCOUNT, ACCOUNT | {"Name": "c"}]

    answer = client.call("POST", "/composite/sobjects", json={"allOrNone": False, "records": records})
    undone = client.call("POST", "/composite/sobjects", json={"allOrNone": True, "records": records}).json()

    assert answer.status_code == 200
    assert [each["success"] for each in answer.json()] == [True, False, True]
    error = {"statusCode": "REQUIRED_FIELD_MISSING", "message": "Required fields are missing: [Name]", "fields": ["Name"]}
    assert answer.json()[1] == {"success": False, "errors": [error]}
    assert [each["errors"][0]["statusCode"] for each in undone] == [
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
        "REQUIRED_FIELD_MISSING",
        "ALL_OR_NONE_OPERATION_ROLLED_BACK",
    ]
    assert client.names("") == ["a", "c"]


def test_collections_upsert_update_retrieve_and_delete(client: Client) -> None:
    records = [ACCOUNT | {"Name": name, "TB_External_Id__c": key} for name, key in (("a", "1"), ("b", "2"), ("c", "2"))]
    upserted = client.call("PATCH", "/composite/sobjects/Account/TB_External_Id__c", json={"records": records}).json()
    id = upserted[0]["id"]
    assert (upserted[0]["created"], upserted[1]["errors"][0]["statusCode"]) == (True, "DUPLICATE_VALUE")

    changes = [ACCOUNT | {"id": id, "Name": "z"}, ACCOUNT | {"Name": "y"}]
    updated = client.call("PATCH", "/composite/sobjects", json={"records": changes}).json()
    assert [each["success"] for each in updated] == [True, False]
    assert updated[1]["errors"][0]["message"] == "Id not specified in an update call"

    wanted = {"ids": f"{id},{make_id('001', 77)}", "fields": "Name"}
    rows = client.call("GET", "/composite/sobjects/Account", params=wanted).json()
    assert (rows[0]["Name"], rows[1]) == ("z", None)
    gone = client.call("DELETE", "/composite/sobjects", params={"ids": f"{id},{id}"}).json()
    assert [each["success"] for each in gone] == [True, False]
    assert gone[1]["errors"][0]["statusCode"] == "ENTITY_IS_DELETED"


# bulk


def ingest(client: Client, job: dict[str, str], text: str) -> dict[str, Any]:
    made = client.call("POST", "/jobs/ingest", json={"contentType": "CSV", "lineEnding": "LF", **job}).json()
    assert made["contentUrl"] == f"services/data/v67.0/jobs/ingest/{made['id']}/batches"
    path = f"/jobs/ingest/{made['id']}"
    assert client.call("PUT", path + "/batches", data=text, headers={"Content-Type": "text/csv"}).status_code == 201
    assert client.call("PUT", path + "/batches", data=text, headers={"Content-Type": "text/csv"}).status_code == 400
    closed = client.call("PATCH", path, json={"state": "UploadComplete"}).json()
    assert (closed["state"], "contentUrl" in closed, closed["apiVersion"]) == ("UploadComplete", False, 67.0)
    return dict(client.call("GET", path).json())


def test_bulk_ingest_reports_good_and_bad_rows(client: Client) -> None:
    id = client.create("Account", Name="a", Phone="1", Fax="2", TB_External_Id__c="k1")
    text = "Name,Phone,Fax,TB_External_Id__c\na,,#N/A,k1\nb,3,,k2\n,4,,k3\n"
    job = ingest(client, {"object": "Account", "operation": "upsert", "externalIdFieldName": "TB_External_Id__c"}, text)

    assert (job["state"], job["numberRecordsProcessed"], job["numberRecordsFailed"]) == ("JobComplete", 3, 1)
    failed = client.call("GET", f"/jobs/ingest/{job['id']}/failedResults/").text.splitlines()
    assert failed[1] == '"","REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --","","4","","k3"'
    good = client.call("GET", f"/jobs/ingest/{job['id']}/successfulResults/").text
    assert f'"{id}","false"' in good
    row = client.call("GET", f"/sobjects/Account/{id}").json()
    assert (row["Phone"], row["Fax"]) == ("1", None)
    assert client.call("DELETE", f"/jobs/ingest/{job['id']}").content == b""


def test_bulk_ingest_fails_as_a_whole_for_a_column_that_does_not_exist(client: Client) -> None:
    job = ingest(client, {"object": "Account", "operation": "insert"}, "Name,Nope\nx,y\n")
    mixed = ingest(client, {"object": "Account", "operation": "insert"}, "Name\r\nx\r\n")

    assert (job["state"], job["errorMessage"]) == ("Failed", "InvalidBatch : Field name not found : Nope")
    assert mixed["errorMessage"] == "InvalidBatch : Field name not found : Name"
    rest = client.call("GET", f"/jobs/ingest/{job['id']}/unprocessedRecords").text
    assert rest.splitlines() == ['"Name","Nope"', '"x","y"']


def test_bulk_bad_values_name_the_column(client: Client) -> None:
    text = "Name,StageName,CloseDate\nx,Prospecting,2003-04-98\n"
    job = ingest(client, {"object": "Opportunity", "operation": "insert"}, text)

    failed = client.call("GET", f"/jobs/ingest/{job['id']}/failedResults").text

    message = "INVALID_FIELD:Failed to deserialize field at col 2. Due to, '2003-04-98' is not a valid value for the type xsd:date"
    assert f"{message}:CloseDate --" in failed


def test_bulk_query_pages_by_locator_until_the_word_null(client: Client) -> None:
    client.control("POST", "/load", json={"Opportunity": [DEAL | {"Amount": 1.5}] * 25})
    wish = {"operation": "query", "query": "SELECT Id, Account.Name, Amount, IsWon, CreatedDate FROM Opportunity"}
    id = client.call("POST", "/jobs/query", json=wish).json()["id"]
    assert client.call("GET", f"/jobs/query/{id}").json()["state"] == "JobComplete"

    first = client.call("GET", f"/jobs/query/{id}/results", params={"maxRecords": 20})
    locator = first.headers["Sforce-Locator"]
    last = client.call("GET", f"/jobs/query/{id}/results", params={"maxRecords": 20, "locator": locator})

    assert (first.headers["Sforce-NumberOfRecords"], last.headers["Sforce-NumberOfRecords"]) == ("20", "5")
    assert last.headers["Sforce-Locator"] == "null"
    assert first.text.splitlines()[0] == '"Id","Account.Name","Amount","IsWon","CreatedDate"'
    assert first.text.splitlines()[1].endswith(',"","1.5","false","2026-01-05T09:00:00.000Z"')
    other = client.call("GET", f"/services/data/v60.0/jobs/query/{id}/results")
    assert other.status_code == 409


def test_a_bulk_query_that_is_not_ready_has_no_results(client: Client) -> None:
    client.control("PATCH", "/settings", json={"job_seconds": 60})
    id = client.call("POST", "/jobs/query", json={"operation": "query", "query": "SELECT Id FROM Case"}).json()["id"]

    assert client.call("GET", f"/jobs/query/{id}").json()["state"] == "InProgress"
    assert client.call("GET", f"/jobs/query/{id}/results").status_code == 412
    client.control("POST", "/clock", json={"advance": 61})
    ready = client.call("GET", f"/jobs/query/{id}/results")
    assert (ready.text, ready.headers["Sforce-NumberOfRecords"]) == ('"Id"\n', "0")


# schema


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
    assert (key["length"], key["byteLength"], key["externalId"], key["unique"], key["caseSensitive"]) == (80, 240, True, True, True)
    since = {"If-Modified-Since": "Sat, 21 Nov 2026 00:00:00 GMT"}
    assert client.call("GET", "/sobjects/Opportunity/describe", headers=since).status_code == 304
    assert {each["name"] for each in client.call("GET", "/sobjects").json()["sobjects"]} >= {"Account", "TB_Time_Entry__c"}


def test_versions_need_no_session_and_are_not_metered(client: Client) -> None:
    answer = requests.get(client.org.url + "/services/data/", timeout=5)

    assert {"label": "Spring '26", "url": "/services/data/v66.0", "version": "66.0"} in answer.json()
    assert {"label": "Winter '26", "url": "/services/data/v65.0", "version": "65.0"} in answer.json()
    assert "Sforce-Limit-Info" not in answer.headers


# oauth


def challenge(verifier: str = VERIFIER) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def authorise(org: Salesforce, decision: str = "allow", **changes: str) -> requests.Response:
    wish = {"response_type": "code", "client_id": org.client_id, "redirect_uri": CALLBACK, "state": "s 1"}
    wish |= {"scope": "api refresh_token", "code_challenge": challenge(), "code_challenge_method": "S256"} | changes
    page = requests.get(f"{org.url}/services/oauth2/authorize", params=wish, timeout=5, allow_redirects=False)
    if page.status_code != 200:
        return page
    return requests.post(page.url, {"decision": decision, "user": org.org.admin}, timeout=5, allow_redirects=False)


def back(answer: requests.Response) -> dict[str, str]:
    assert answer.status_code == 302, answer.text
    return {name: value for name, [value] in parse_qs(urlsplit(answer.headers["Location"]).query).items()}


def exchange(org: Salesforce, **form: str) -> requests.Response:
    known = {"client_id": org.client_id, "client_secret": org.client_secret}
    return requests.post(f"{org.url}/services/oauth2/token", known | form, timeout=5)


def redeem(org: Salesforce, code: str, **changes: str) -> requests.Response:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, "code_verifier": VERIFIER}
    return exchange(org, **form | changes)


def refresh(org: Salesforce, token: str) -> requests.Response:
    return exchange(org, grant_type="refresh_token", refresh_token=token)


def granted(org: Salesforce) -> dict[str, str]:
    return dict(redeem(org, back(authorise(org))["code"]).json())


def test_consent_ends_in_a_token_that_works(client: Client) -> None:
    answer = back(authorise(client.org))
    token = redeem(client.org, answer["code"]).json()

    assert answer["state"] == "s 1"
    assert token.keys() == {
        "access_token", "refresh_token", "signature", "scope", "instance_url", "id", "token_type", "issued_at",
    }  # fmt: skip
    key, text = client.org.client_secret.encode(), (token["id"] + token["issued_at"]).encode()
    assert token["signature"] == base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    me = requests.get(token["id"], headers=bearer, timeout=5).json()
    info = requests.get(f"{token['instance_url']}/services/oauth2/userinfo", headers=bearer, timeout=5).json()
    assert me["user_id"] == info["user_id"] == client.org.org.admin
    assert token["access_token"].startswith(client.org.org.id[:15] + "!")


def test_deny_goes_back_with_access_denied(client: Client) -> None:
    answer = back(authorise(client.org, decision="deny"))

    assert answer == {"error": "access_denied", "error_description": "end-user denied authorization", "state": "s 1"}


@pytest.mark.parametrize(
    ("change", "error"),
    [({"client_id": "x"}, "invalid_client_id"), ({"redirect_uri": CALLBACK + "/"}, "redirect_uri_mismatch")],
)
def test_a_wrong_client_or_callback_is_never_redirected(client: Client, change: dict[str, str], error: str) -> None:
    answer = authorise(client.org, **change)

    assert answer.status_code == 400
    assert f"error={error}" in answer.text


def test_an_authorisation_without_pkce_is_refused(client: Client) -> None:
    assert back(authorise(client.org, code_challenge=""))["error"] == "invalid_request"


TOKEN_ERRORS = [
    ({"code": "nonsense"}, "invalid_grant", "invalid authorization code"),
    ({"code_verifier": "w" * 64}, "invalid_grant", "invalid code verifier"),
    ({"client_secret": "wrong"}, "invalid_client", "invalid client credentials"),
    ({"client_id": "wrong"}, "invalid_client_id", "client identifier invalid"),
    ({"redirect_uri": "http://localhost/other"}, "redirect_uri_mismatch", "redirect_uri must match configuration"),
    ({"grant_type": "magic"}, "unsupported_grant_type", "grant type not supported"),
]


@pytest.mark.parametrize(("change", "error", "description"), TOKEN_ERRORS)
def test_the_token_endpoint_refuses_in_its_own_words(
    client: Client, change: dict[str, str], error: str, description: str
) -> None:
    code = back(authorise(client.org))["code"]

    answer = redeem(client.org, **{"code": code, **change})

    assert answer.status_code == 400
    assert answer.json() == {"error": error, "error_description": description}


def test_a_code_works_once_and_for_fifteen_minutes(client: Client) -> None:
    used, old = back(authorise(client.org))["code"], back(authorise(client.org))["code"]
    redeem(client.org, used)
    assert redeem(client.org, used).json()["error_description"] == "expired authorization code"

    client.org.clock.advance(901)

    assert redeem(client.org, old).json()["error_description"] == "expired authorization code"


def test_using_an_old_refresh_token_revokes_the_grant(client: Client) -> None:
    first = granted(client.org)
    second = refresh(client.org, first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]

    reuse = refresh(client.org, first["refresh_token"])

    assert reuse.json() == {"error": "invalid_grant", "error_description": "expired access/refresh token"}
    assert refresh(client.org, second["refresh_token"]).json()["error"] == "invalid_grant"
    bearer = {"Authorization": f"Bearer {second['access_token']}"}
    assert requests.get(client.base + "/limits", headers=bearer, timeout=5).status_code == 401


def test_only_one_of_parallel_refreshes_wins(client: Client) -> None:
    token = granted(client.org)["refresh_token"]

    with ThreadPoolExecutor(8) as pool:
        answers = [each.json() for each in pool.map(lambda _: refresh(client.org, token), range(8))]

    winners = [each for each in answers if "access_token" in each]
    assert len(winners) == 1
    losers = {each["error_description"] for each in answers if each not in winners}
    assert losers == {"token request is already being processed"}


def test_without_rotation_the_refresh_token_stays(client: Client) -> None:
    client.control("PATCH", "/settings", json={"rotating": False})
    token = granted(client.org)["refresh_token"]

    assert "refresh_token" not in refresh(client.org, token).json()
    assert "access_token" in refresh(client.org, token).json()


def test_the_sixth_grant_of_a_user_ends_the_first(client: Client) -> None:
    grants = [granted(client.org) for _ in range(6)]

    assert refresh(client.org, grants[0]["refresh_token"]).json()["error"] == "invalid_grant"
    assert "access_token" in refresh(client.org, grants[1]["refresh_token"]).json()


REFRESH_ENDS: list[tuple[Callable[[Client], Any], str]] = [
    (lambda c: c.control("PATCH", f"/users/{c.org.org.admin}", json={"active": False}), "inactive user"),
    (lambda c: c.control("PATCH", f"/users/{c.org.org.admin}", json={"frozen": True}), "authentication failure"),
    (lambda c: c.control("PATCH", "/settings", json={"ip_allowed": False}), "ip restricted"),
    (lambda c: c.control("POST", "/clock", json={"advance": 31 * 86400}), "expired access/refresh token"),
    (lambda c: c.control("POST", "/tokens/revoke"), "expired access/refresh token"),
]


@pytest.mark.parametrize(("switch", "description"), REFRESH_ENDS)
def test_a_refresh_ends_when_the_grant_does(client: Client, switch: Callable[[Client], Any], description: str) -> None:
    token = granted(client.org)["refresh_token"]

    switch(client)

    assert refresh(client.org, token).json() == {"error": "invalid_grant", "error_description": description}


def test_revoke_and_introspect_and_a_bad_token_at_userinfo(client: Client) -> None:
    token = granted(client.org)
    url = client.org.url + "/services/oauth2"
    known = {"client_id": client.org.client_id, "client_secret": client.org.client_secret}
    asked = requests.post(url + "/introspect", {"token": token["access_token"], **known}, timeout=5).json()
    assert (asked["active"], asked["exp"] - asked["iat"], asked["scope"]) == (True, 7200, "api refresh_token")

    revoked = requests.post(url + "/revoke", {"token": token["refresh_token"]}, timeout=5)

    assert (revoked.status_code, revoked.content) == (200, b"")
    asked = requests.post(url + "/introspect", {"token": token["access_token"], **known}, timeout=5).json()
    assert asked == {"active": False}
    bad = requests.get(url + "/userinfo", headers={"Authorization": f"Bearer {token['access_token']}"}, timeout=5)
    assert (bad.status_code, bad.text) == (403, "Bad_OAuth_Token")


# a person at work, and faults


def test_a_late_commit_appears_behind_a_stamp_that_was_already_read(client: Client) -> None:
    client.control("POST", "/records/Account", params={"after": 60}, json={"Name": "late"})
    client.org.clock.advance(5)
    client.control("POST", "/records/Account", json={"Name": "quick"})
    assert client.names("") == ["quick"]

    client.org.clock.advance(60)

    assert client.names("ORDER BY SystemModstamp") == ["late", "quick"]


def test_what_a_person_does_is_validated_and_not_metered(client: Client) -> None:
    before = client.control("GET", "/calls").json()["total"]
    url = client.org.url + "/_sandbox/records/Opportunity"

    refused = client.session.post(url, json={"Name": "x"})
    made = client.session.post(url, json=DEAL)

    assert error_of(refused)[:2] == (400, "REQUIRED_FIELD_MISSING")
    [row] = client.session.get(url, params={"Name": "Deal", "IsWon": "false"}).json()
    assert (row["Id"], row["LastModifiedById"]) == (made.json()["id"], client.org.org.salesperson)
    assert client.control("GET", "/calls").json()["total"] == before


def test_an_ordered_refusal_stands_for_validation_rules_locks_and_flows(client: Client) -> None:
    order = {"object": "Account", "code": "UNABLE_TO_LOCK_ROW", "message": "unable to obtain exclusive access", "times": 1}
    client.control("POST", "/refusals", json=order)

    assert error_of(client.call("POST", "/sobjects/Account", json={"Name": "x"}))[1] == "UNABLE_TO_LOCK_ROW"
    client.create("Account", Name="x")


def test_an_answer_dropped_after_commit_leaves_the_record(client: Client) -> None:
    client.control("POST", "/faults", json={"kind": "drop_after_commit", "match": {"method": "POST", "path": "/sobjects/"}})

    with pytest.raises(requests.ConnectionError):
        client.call("POST", "/sobjects/Account", json={"Name": "x"})

    assert client.names("") == ["x"]


@pytest.mark.parametrize("kind", ["drop_before", "truncate"])
def test_a_broken_connection_is_a_real_one(client: Client, kind: str) -> None:
    client.control("POST", "/faults", json={"kind": kind, "match": {"path": "/limits"}})

    with pytest.raises(requests.exceptions.RequestException):
        client.call("GET", "/limits")

    assert client.call("GET", "/limits").status_code == 200


def test_calls_are_counted_by_route_template(client: Client) -> None:
    client.create("Account", Name="x")
    client.names("")
    client.session.get(client.org.url + "/tables/Account")

    assert client.control("GET", "/calls").json() == {
        "total": 2,
        "routes": {
            "GET /services/data/v{version}/query": 1,
            "POST /services/data/v{version}/sobjects/{object}": 1,
        },
    }


def test_pages_show_the_records(client: Client) -> None:
    id = client.create("Account", Name="<Acme>")

    table = client.session.get(client.org.url + "/tables/Account").text
    record = client.session.get(client.org.url + f"/tables/Account/{id}").text

    assert "&lt;Acme&gt;" in table
    assert "&lt;Acme&gt;" in record
    assert client.session.get(client.org.url + "/tables/Nothing").status_code == 404


def test_records_and_grants_outlive_the_process_with_a_state_directory(tmp_path: Path) -> None:
    with Salesforce(state_dir=tmp_path, redirect_uris=[CALLBACK], refresh_seconds=0) as org:
        token = granted(org)
        requests.post(f"{org.url}/_sandbox/records/Account", json={"Name": "kept"}, timeout=5).raise_for_status()

    with Salesforce(state_dir=tmp_path) as org:
        fresh = refresh(org, token["refresh_token"]).json()
        query = {"q": "SELECT Name FROM Account"}
        bearer = {"Authorization": f"Bearer {fresh['access_token']}"}
        answer = requests.get(f"{org.url}/services/data/v67.0/query", query, headers=bearer, timeout=5).json()

    assert [each["Name"] for each in answer["records"]] == ["kept"]


def test_the_demo_firm_is_the_same_every_time_and_fills_every_stage() -> None:
    first, second = Salesforce("demo"), Salesforce("demo")

    rows = first.org.store.find("Opportunity", {})

    assert rows == second.org.store.find("Opportunity", {})
    assert (len(rows), len({row["StageName"] for row in rows})) == (150, 10)
    assert first.org.store.count("Account") == 60


# outbound messages


@dataclass
class Receiver:
    url: str
    bodies: list[str]
    refusals: int = 0

    def wait_for(self, count: int) -> list[str]:
        deadline = time.monotonic() + 5
        while len(self.bodies) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.bodies


ACK = (
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><notificationsResponse '
    'xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>{}</Ack></notificationsResponse></soapenv:Body></soapenv:Envelope>'
)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    heard = Receiver("", [])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.bodies.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            heard.refusals -= 1
            answer = ACK.format("false" if heard.refusals >= 0 else "true").encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            """Stays silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    heard.url = f"http://127.0.0.1:{server.server_port}/hook/secret"
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield heard
    server.shutdown()
    server.server_close()
    thread.join()


def listen(client: Client, receiver: Receiver, **settings: Any) -> None:
    message = {"object": "Opportunity", "url": receiver.url, "fields": ["Name", "Amount", "SystemModstamp"]}
    client.control("PATCH", "/settings", json={"time_factor": 0.001, **settings})
    client.control("PUT", "/outbound-messages", json=[message])


def notified(body: str) -> list[str]:
    names = {"o": "http://soap.sforce.com/2005/09/outbound", "sf": "urn:sobject.enterprise.soap.sforce.com"}
    return [each.text or "" for each in ElementTree.fromstring(body).findall(".//o:Notification/o:sObject/sf:Id", names)]


def test_a_change_is_notified_with_nulls_left_out_and_no_session(client: Client, receiver: Receiver) -> None:
    listen(client, receiver)

    id = client.create("Opportunity", **DEAL | {"Name": "A & B"})

    [body] = receiver.wait_for(1)
    assert notified(body) == [id]
    assert f"<OrganizationId>{client.org.org.id}</OrganizationId>" in body
    assert '<SessionId xsi:nil="true"/>' in body
    assert "<sf:Name>A &amp; B</sf:Name>" in body
    assert "Amount" not in body


def test_a_refused_message_is_sent_again_with_the_same_id(client: Client, receiver: Receiver) -> None:
    receiver.refusals = 2
    listen(client, receiver)

    client.create("Opportunity", **DEAL)

    bodies = receiver.wait_for(3)
    assert len({re.findall(r"<Id>(04l\w+)</Id>", body)[0] for body in bodies}) == 1
    assert len(bodies) == 3


def test_paused_messages_collapse_and_travel_up_to_a_hundred_at_a_time(client: Client, receiver: Receiver) -> None:
    listen(client, receiver, outbound_paused=True, outbound_reversed=True)
    records = [{"attributes": {"type": "Opportunity"}, **DEAL} for _ in range(150)]
    made = [each["id"] for each in client.call("POST", "/composite/sobjects", json={"records": records}).json()]
    client.call("PATCH", f"/sobjects/Opportunity/{made[0]}", json={"Amount": 5})
    client.call("DELETE", f"/sobjects/Opportunity/{made[1]}")

    client.control("POST", "/outbound-messages/release")

    first, second = receiver.wait_for(2)
    assert (len(notified(first)), len(notified(second))) == (100, 49)
    assert notified(first)[0] == made[149]
    assert "<sf:Amount>5.0</sf:Amount>" in second


def test_doubled_messages_and_own_writes_left_out(client: Client, receiver: Receiver) -> None:
    message = {"object": "Account", "url": receiver.url, "skip_users": [client.org.org.admin]}
    client.control("PATCH", "/settings", json={"outbound_doubled": True})
    client.control("PUT", "/outbound-messages", json=[message])

    client.create("Account", Name="by the integration")
    made = client.control("POST", "/records/Account", json={"Name": "by a person"}).json()["id"]

    assert [notified(body) for body in receiver.wait_for(2)] == [[made], [made]]

"""simple-salesforce, unmodified, works against the Salesforce sandbox."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce as Client
from simple_salesforce import SalesforceMalformedRequest, SalesforceMoreThanOneRecord, SalesforceResourceNotFound
from simple_salesforce.exceptions import SalesforceExpiredSession, SalesforceRefusedRequest
from simple_salesforce.format import format_external_id, format_soql

from sandbox.salesforce import Salesforce

DEAL = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-12-31"}


class PlainHttp(HTTPAdapter):
    """simple-salesforce writes https:// into every address; the sandbox speaks http."""

    def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
        request.url = (request.url or "").replace("https://", "http://", 1)
        return super().send(request, *args, **options)


@pytest.fixture(scope="module")
def server() -> Iterator[Salesforce]:
    with Salesforce(data="demo") as org:
        yield org


@pytest.fixture
def client(server: Salesforce) -> Iterator[Client]:
    server.reset()
    with requests.Session() as session:
        session.mount("https://127.0.0.1", PlainHttp())
        yield Client(session_id=server.access_token(), instance_url=server.url, version="67.0", session=session)


def test_query_all_walks_over_pages(server: Salesforce, client: Client) -> None:
    requests.post(f"{server.url}/_sandbox/load", json={"Account": [{"Name": f"n{n}"} for n in range(4500)]}, timeout=10)

    found = client.query_all("SELECT Id, Name, Owner.Name FROM Account")

    assert found["totalSize"] == len(found["records"]) == 4560
    assert len({row["Id"] for row in found["records"]}) == 4560


def test_values_are_quoted_and_numbers_can_be_decimals(server: Salesforce) -> None:
    with requests.Session() as session:
        session.mount("https://127.0.0.1", PlainHttp())
        client = Client(
            session_id=server.access_token(),
            instance_url=server.url,
            version="67.0",
            session=session,
            parse_float=Decimal,
        )
        client.Opportunity.create(DEAL | {"Name": "50% of O'Brien\\'s", "Amount": 12.34})
        soql = format_soql("SELECT Amount FROM Opportunity WHERE Name = {}", "50% of O'Brien\\'s")
        [row] = client.query(soql)["records"]

    assert row["Amount"] == Decimal("12.34")


def test_a_record_is_created_changed_upserted_and_deleted(client: Client) -> None:
    id = client.Account.create({"Name": "Acme"})["id"]

    assert client.Account.update(id, {"Phone": "1"}) == 204
    key = format_external_id("TB_External_Id__c", "a/b c")
    assert client.Account.upsert(key, {"Name": "Other"}) == 201
    assert client.Account.upsert(key, {"Name": "Other"}) == 200
    assert client.Account.get(id)["Phone"] == "1"
    assert client.Account.delete(id) == 204
    assert client.query(f"SELECT Id, IsDeleted FROM Account WHERE Id = '{id}'", include_deleted=True)["totalSize"] == 1  # noqa: S608 (SOQL)
    with pytest.raises(SalesforceResourceNotFound, match="entity is deleted"):
        client.Account.delete(id)


def test_errors_arrive_as_its_exceptions(server: Salesforce, client: Client) -> None:
    with pytest.raises(SalesforceMalformedRequest, match="REQUIRED_FIELD_MISSING"):
        client.Account.create({})
    with pytest.raises(SalesforceMalformedRequest, match="MALFORMED_QUERY"):
        client.query("SELECT")
    for _ in range(2):
        client.Opportunity.create(DEAL)
    with pytest.raises(SalesforceMoreThanOneRecord):
        client.Opportunity.upsert("Name/Deal", {"Amount": 1})
    server.org.settings.daily_api_limit = 1
    with pytest.raises(SalesforceRefusedRequest, match="TotalRequests"):
        client.limits()
    server.grants.expire_sessions()
    with pytest.raises(SalesforceExpiredSession):
        client.limits()


def test_describe_limits_and_replication_are_there(client: Client) -> None:
    assert {each["name"] for each in client.describe()["sobjects"]} > {"Account", "Opportunity", "Case"}
    assert client.Opportunity.describe()["keyPrefix"] == "006"
    assert client.Account.metadata()["objectDescribe"]["name"] == "Account"
    assert client.limits()["DailyApiRequests"]["Max"] == 100_000
    assert client.api_usage["api-usage"].total == 100_000
    assert client.is_sandbox()


def test_composite_and_collections_work_through_restful(client: Client) -> None:
    records = [{"attributes": {"type": "Account"}, "Name": f"n{n}", "TB_External_Id__c": f"k{n}"} for n in range(200)]
    path = "composite/sobjects/Account/TB_External_Id__c"

    first = client.restful(path, method="PATCH", json={"allOrNone": False, "records": records})
    again = client.restful(path, method="PATCH", json={"allOrNone": False, "records": records})

    assert [each["created"] for each in first] == [True] * 200
    assert [each["id"] for each in again] == [each["id"] for each in first]
    ids = ",".join(each["id"] for each in first)
    gone = client.restful("composite/sobjects", params={"ids": ids, "allOrNone": "false"}, method="DELETE")
    assert all(each["success"] for each in gone)
    part = {"method": "GET", "url": "/services/data/v67.0/query/?q=SELECT+COUNT()+FROM+Account", "referenceId": "n"}
    answer = client.restful("composite", method="POST", json={"compositeRequest": [part]})
    assert answer["compositeResponse"][0]["body"]["totalSize"] == 60


def test_bulk2_writes_and_reads(client: Client) -> None:
    rows = [{"TB_External_Id__c": f"k{n}", "Name": f"bulk {n}" if n else ""} for n in range(50)]

    [outcome] = client.bulk2.Account.upsert(records=rows, external_id_field="TB_External_Id__c", wait=0)

    assert (outcome["numberRecordsProcessed"], outcome["numberRecordsFailed"]) == (50, 1)
    assert "REQUIRED_FIELD_MISSING" in client.bulk2.Account.get_failed_records(outcome["job_id"])
    assert client.bulk2.Account.get_successful_records(outcome["job_id"]).count("\n") == 50
    soql = "SELECT Id, Name FROM Account WHERE Name LIKE 'bulk%'"
    pages = list(client.bulk2.Account.query(soql, max_records=20, wait=0))
    assert [page.strip().count("\n") for page in pages] == [20, 20, 9]
    ids = [{"Id": row["Id"]} for row in client.query(soql)["records"]]
    [outcome] = client.bulk2.Account.delete(records=ids, wait=0)
    assert outcome["numberRecordsFailed"] == 0
    assert client.query(soql)["totalSize"] == 0

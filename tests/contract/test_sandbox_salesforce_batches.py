"""Many records in one call: composite, collections and the Bulk API."""

from typing import Any

from sandbox.salesforce.ids import make_id
from tests.contract.salesforce_client import Client
from tests.contract.salesforce_refusals import ACCOUNT, DEAL


def part(reference: str, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    url = f"/services/data/v67.0/{path}"
    return {"method": method, "url": url, "referenceId": reference} | ({"body": body} if body else {})


def test_composite_parts_refer_to_each_other_and_count_as_one_call(client: Client) -> None:
    used = client.control("GET", "/settings").json()["api_used"]
    deal = DEAL | {"AccountId": "@{acc.id}"}
    parts = [
        part("acc", "PATCH", "sobjects/Account/TB_External_Id__c/42", {"Name": "A"}),
        part("opp", "POST", "sobjects/Opportunity", deal),
        part("q", "GET", "query?q=SELECT+AccountId+FROM+Opportunity"),
        part("r", "GET", "sobjects/Account/@{q.records[0].AccountId}?fields=Name"),
    ]

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
    error = {
        "statusCode": "REQUIRED_FIELD_MISSING",
        "message": "Required fields are missing: [Name]",
        "fields": ["Name"],
    }
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

    why = "Due to, '2003-04-98' is not a valid value for the type xsd:date"
    assert f"INVALID_FIELD:Failed to deserialize field at col 2. {why}:CloseDate --" in failed


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

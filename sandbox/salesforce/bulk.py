"""Bulk API 2.0: jobs that read or write many records as CSV."""

import base64
import json
from functools import partial
from typing import Any

from sandbox.salesforce import bulk_rows
from sandbox.salesforce.bulk_rows import DELIMITERS
from sandbox.salesforce.call import Call, Reply, Resource, expect
from sandbox.salesforce.errors import SalesforceError, not_found
from sandbox.salesforce.ids import normalise
from sandbox.salesforce.values import stamp

LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete")
ENDED = ("JobComplete", "Failed", "Aborted")
DEFAULT_RECORDS = 50_000

type Job = dict[str, Any]


def invalid(message: str) -> SalesforceError:
    return SalesforceError("INVALIDJOB", message)


def store_job(call: Call, kind: str, job: Job, data: str | None = None) -> None:
    row = (job["id"], kind, json.dumps(job), data)
    call.org.store.db.execute("INSERT OR REPLACE INTO _jobs VALUES (?, ?, ?, ?)", row)


def load_job(call: Call, kind: str) -> tuple[Job, str | None]:
    id = normalise(call.path["job"]) or ""
    row = call.org.store.db.execute("SELECT body, data FROM _jobs WHERE id = ? AND kind = ?", (id, kind)).fetchone()
    if row is None:
        raise not_found()
    return json.loads(row[0]), row[1]


def new_job(call: Call, wish: Job, state: str) -> Job:
    now = stamp(call.org.clock.now())
    delimiter, ending = wish.get("columnDelimiter", "COMMA"), wish.get("lineEnding", "LF")
    if delimiter not in DELIMITERS or ending not in LINE_ENDINGS or wish.get("contentType", "CSV") != "CSV":
        raise invalid("columnDelimiter, lineEnding or contentType is not supported")
    return {
        "id": call.org.store.new_id("750"),
        "operation": wish["operation"],
        "object": "",
        "createdById": call.actor,
        "createdDate": now,
        "systemModstamp": now,
        "state": state,
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": float(call.version),
        "lineEnding": ending,
        "columnDelimiter": delimiter,
    }


def shown(job: Job, *hidden: str) -> Job:
    return {name: value for name, value in job.items() if not name.startswith("_") and name not in hidden}


# ingest


def create_ingest(call: Call) -> Reply:
    wish = call.json_object()
    if wish.get("operation") not in OPERATIONS:
        raise invalid(f"operation must be one of {', '.join(OPERATIONS)}")
    sobject = call.org.catalog.get(expect(wish.get("object", ""), str, "object"))
    if sobject is None:
        raise invalid(f"InvalidEntity : Entity '{wish.get('object')}' is not supported by the Bulk API.")
    job = new_job(call, wish, "Open")
    job["object"] = sobject.name
    if wish["operation"] == "upsert":
        job["externalIdFieldName"] = ingest_key(call, sobject.name, wish.get("externalIdFieldName", ""))
    job["contentUrl"] = f"services/data/v{call.version}/jobs/ingest/{job['id']}/batches"
    store_job(call, "ingest", job)
    return Reply(200, shown(job))


def ingest_key(call: Call, name: str, key: str) -> str:
    field = call.org.catalog.object(name).field(key)
    if field is None or not (field.is_key or field.name == "Id"):
        raise invalid(f"InvalidJob : Invalid external id field name: {key}")
    return field.name


def upload(call: Call) -> Reply:
    job, data = load_job(call, "ingest")
    if job["state"] != "Open" or data is not None:
        raise SalesforceError("INVALIDJOBSTATE", "Data can be uploaded once, while the job is Open")
    if "text/csv" not in (call.header("Content-Type") or ""):
        raise SalesforceError("INVALIDCONTENTTYPE", "the content type of a batch must be text/csv")
    store_job(call, "ingest", job, call.body.decode("utf-8"))
    return Reply(201)


def change_ingest(call: Call) -> Reply:
    job, data = load_job(call, "ingest")
    state = call.json_object().get("state")
    if state not in ("UploadComplete", "Aborted") or job["state"] != "Open":
        raise SalesforceError("INVALIDJOBSTATE", f"Job cannot go from {job['state']} to {state}")
    job["state"] = state
    job["_due"] = call.org.clock.now().timestamp() + call.org.settings.job_seconds
    store_job(call, "ingest", job, data)
    return Reply(200, shown(job, "contentUrl", "lineEnding", "columnDelimiter"))


def settled(call: Call, kind: str) -> tuple[Job, str | None]:
    """The job as it is now: one whose time has come is worked off first."""
    job, data = load_job(call, kind)
    if job["state"] in ("UploadComplete", "InProgress"):
        if call.org.clock.now().timestamp() < job["_due"]:
            job["state"] = "InProgress"
        elif kind == "ingest":
            bulk_rows.ingest(call, job, data or "", DELIMITERS[job["columnDelimiter"]])
        else:
            bulk_rows.start_query(call, job)
        job["systemModstamp"] = stamp(call.org.clock.now())
        store_job(call, kind, job, data)
    return job, data


def ingest_state(call: Call) -> Reply:
    return Reply(200, shown(settled(call, "ingest")[0]))


def ingest_results(call: Call) -> Reply:
    job, data = settled(call, "ingest")
    kind = call.path["kind"].lower()
    if kind not in ("successfulresults", "failedresults", "unprocessedrecords"):
        raise not_found()
    return Reply(200, headers={"Content-Type": "text/csv"}, text=bulk_rows.result_csv(job, data or "", kind))


def delete_job(call: Call, kind: str) -> Reply:
    job, _ = load_job(call, kind)
    if job["state"] not in (*ENDED, "UploadComplete"):
        raise SalesforceError("INVALIDJOBSTATE", f"A job that is {job['state']} cannot be deleted")
    call.org.store.db.execute("DELETE FROM _jobs WHERE id = ?", (job["id"],))
    return Reply(204)


def list_jobs(call: Call, kind: str) -> Reply:
    rows = call.org.store.db.execute("SELECT body FROM _jobs WHERE kind = ? ORDER BY id", (kind,))
    return Reply(200, {"done": True, "records": [shown(json.loads(row[0])) for row in rows], "nextRecordsUrl": None})


# query


def create_query(call: Call) -> Reply:
    wish = call.json_object()
    if wish.get("operation") not in ("query", "queryAll") or not wish.get("query"):
        raise invalid("operation must be query or queryAll, and query a SOQL statement")
    compiled = bulk_rows.compile_query(call, expect(wish["query"], str, "query"), wish["operation"])
    job = new_job(call, wish, "UploadComplete")
    job |= {"object": compiled.sobject.name, "_query": wish["query"]}
    job["_due"] = call.org.clock.now().timestamp() + call.org.settings.job_seconds
    store_job(call, "query", job)
    return Reply(200, shown(job))


def query_state(call: Call) -> Reply:
    return Reply(200, shown(settled(call, "query")[0]))


def change_query(call: Call) -> Reply:
    job, data = load_job(call, "query")
    if call.json_object().get("state") != "Aborted" or job["state"] in ENDED:
        raise SalesforceError("INVALIDJOBSTATE", f"Job is {job['state']}")
    job["state"] = "Aborted"
    store_job(call, "query", job, data)
    return Reply(200, shown(job))


def query_results(call: Call) -> Reply:
    job, _ = settled(call, "query")
    if float(call.version) != job["apiVersion"]:
        message = "The API version of the results must be that of the job"
        raise SalesforceError("API_VERSION_MISMATCH", message, status=409)
    if job["state"] != "JobComplete":
        raise SalesforceError("JOB_NOT_COMPLETE", f"The job is {job['state']}", status=412)
    start = locator_offset(call.query.get("locator"))
    most = int(call.query.get("maxRecords") or DEFAULT_RECORDS)
    text, count, end = bulk_rows.query_csv(call, job, start, most, DELIMITERS[job["columnDelimiter"]])
    headers = {"Content-Type": "text/csv", "Sforce-NumberOfRecords": str(count)}
    headers["Sforce-Locator"] = "null" if end is None else base64.b64encode(str(end).encode()).decode().rstrip("=")
    return Reply(200, headers=headers, text=text.replace("\n", LINE_ENDINGS[job["lineEnding"]]))


def locator_offset(locator: str | None) -> int:
    if not locator:
        return 0
    try:
        return int(base64.b64decode(locator + "=" * (-len(locator) % 4), validate=True))
    except ValueError:
        raise SalesforceError("INVALID_QUERY_LOCATOR", "invalid query locator") from None


RESOURCES = [
    Resource("/jobs/ingest", {"GET": partial(list_jobs, kind="ingest"), "POST": create_ingest}),
    Resource(
        "/jobs/ingest/{job}",
        {"GET": ingest_state, "PATCH": change_ingest, "DELETE": partial(delete_job, kind="ingest")},
    ),
    Resource("/jobs/ingest/{job}/batches", {"PUT": upload}),
    Resource("/jobs/ingest/{job}/{kind}", {"GET": ingest_results}),
    Resource("/jobs/query", {"GET": partial(list_jobs, kind="query"), "POST": create_query}),
    Resource(
        "/jobs/query/{job}", {"GET": query_state, "PATCH": change_query, "DELETE": partial(delete_job, kind="query")}
    ),
    Resource("/jobs/query/{job}/results", {"GET": query_results}),
]

"""Records, queries, limits and replication over REST."""

from datetime import timedelta
from typing import Any

from sandbox.salesforce import sharing
from sandbox.salesforce.call import Call, Reply, Resource
from sandbox.salesforce.describe import basic_information, describe_global, describe_object
from sandbox.salesforce.errors import SalesforceError, malformed_id, not_found, precondition_failed, unknown_column
from sandbox.salesforce.ids import normalise
from sandbox.salesforce.query import page_size
from sandbox.salesforce.records import Ambiguous
from sandbox.salesforce.schema import ADDRESS_PARTS, SObject
from sandbox.salesforce.store import Row
from sandbox.salesforce.values import read_datetime, stamp, to_json

UPDATED_DAYS, DELETED_DAYS = 30, 15
FIRST_UPSERT_200 = 46.0


def row_url(call: Call, sobject: str, id: str) -> str:
    return f"/services/data/v{call.version}/sobjects/{sobject}/{id}"


def created(call: Call, sobject: str, id: str) -> Reply:
    body = {"id": id, "success": True, "errors": []}
    return Reply(201, body, {"Location": row_url(call, sobject, id)})


def as_json(call: Call, sobject: SObject, row: Row) -> dict[str, Any]:
    wanted = call.query.get("fields")
    names = [name.strip() for name in wanted.split(",")] if wanted else list(sobject.fields)
    record: dict[str, Any] = {"attributes": {"type": sobject.name, "url": row_url(call, sobject.name, row["Id"])}}
    for name in [*names, "Id"]:
        field = sobject.field(name)
        if field is None:
            raise unknown_column(name, sobject.name)
        if field.name not in record:
            record[field.name] = to_json(field, row[field.name]) if field.stored else address(row, field.name)
    return record


def address(row: Row, name: str) -> dict[str, Any] | None:
    prefix = name.removesuffix("Address")
    parts = {part[0].lower() + part[1:]: row[prefix + part] for part in ADDRESS_PARTS}
    return {**parts, "geocodeAccuracy": None} if any(value is not None for value in parts.values()) else None


def create(call: Call) -> Reply:
    sobject = call.org.catalog.object(call.path["object"])
    return created(call, sobject.name, call.org.records.create(sobject, call.json_object(), call.actor))


def read(call: Call) -> Reply:
    sobject = call.org.catalog.object(call.path["object"])
    id = normalise(call.path["id"])
    if id is None:
        raise malformed_id(call.path["id"])
    row = call.org.store.get(sobject.name, id)
    if row is None or row["IsDeleted"] or not sharing.sees(sobject, row, call.actor, call.org.settings):
        raise not_found()
    since = call.date_header("If-Modified-Since")
    if since and call.org.records.unchanged_since(sobject, id, since):
        return Reply(304)
    return Reply(200, as_json(call, sobject, row), etag(sobject, row))


def etag(sobject: SObject, row: Row) -> dict[str, str]:
    return {"ETag": f'"{row["SystemModstamp"]}--gzip"'} if sobject.name == "Account" else {}


def update(call: Call) -> Reply:
    sobject = call.org.catalog.object(call.path["object"])
    values = call.json_object()
    if any(name.lower() == "id" for name in values):
        raise SalesforceError("INVALID_FIELD", "The Id field should not be specified in the sobject data.")
    check_precondition(call, sobject, call.path["id"])
    call.org.records.update(sobject, call.path["id"], values, call.actor)
    return Reply(204)


def check_precondition(call: Call, sobject: SObject, id: str) -> None:
    since = call.date_header("If-Unmodified-Since")
    if since and not call.org.records.unchanged_since(sobject, id, since):
        raise precondition_failed()
    match = call.header("If-Match")
    if match and sobject.name == "Account":
        current = etag(sobject, call.org.records.existing(sobject, id))["ETag"]
        if match not in ("*", current):
            raise precondition_failed()


def delete(call: Call) -> Reply:
    sobject = call.org.catalog.object(call.path["object"])
    call.org.records.delete(sobject, call.path["id"], call.actor)
    return Reply(204)


def keyed(call: Call) -> tuple[SObject, list[Row]]:
    sobject = call.org.catalog.object(call.path["object"])
    field = call.org.records.key_field(sobject, call.path["field"])
    return sobject, call.org.records.by_key(sobject, field, call.path["value"])


def ambiguous(call: Call, sobject: SObject, ids: list[str]) -> Reply:
    return Reply(300, [row_url(call, sobject.name, id) for id in ids])


def read_by_key(call: Call) -> Reply:
    sobject, rows = keyed(call)
    if len(rows) > 1:
        return ambiguous(call, sobject, [row["Id"] for row in rows])
    if not rows:
        raise not_found()
    return Reply(200, as_json(call, sobject, rows[0]), etag(sobject, rows[0]))


def upsert(call: Call) -> Reply:
    sobject, rows = keyed(call)
    values, key = call.json_object(), call.path["field"]
    if any(name.lower() == key.lower() for name in values):
        message = f"The {key} field should not be specified in the sobject data."
        raise SalesforceError("INVALID_FIELD_FOR_INSERT_UPDATE", message, [key])
    if len(rows) == 1:
        check_precondition(call, sobject, rows[0]["Id"])
    update_only = call.query.get("updateOnly", "").lower() == "true"
    try:
        id, is_new = call.org.records.upsert(sobject, key, call.path["value"], values, call.actor, update_only)
    except Ambiguous as error:
        return ambiguous(call, sobject, error.ids)
    if not is_new and float(call.version) < FIRST_UPSERT_200:
        return Reply(204)
    reply = created(call, sobject.name, id)
    reply.body["created"] = is_new
    return reply if is_new else Reply(200, reply.body)


def delete_by_key(call: Call) -> Reply:
    sobject, rows = keyed(call)
    if len(rows) > 1:
        return ambiguous(call, sobject, [row["Id"] for row in rows])
    if not rows:
        raise not_found()
    call.org.records.delete(sobject, rows[0]["Id"], call.actor)
    return Reply(204)


def create_through_upsert(call: Call) -> Reply:
    """`POST sobjects/X/Id` creates."""
    if call.path["id"].lower() != "id":
        raise not_found()
    return create(call)


def run_query(call: Call, include_deleted: bool) -> Reply:
    text = call.query.get("q")
    if not text:
        raise SalesforceError("MALFORMED_QUERY", "A query string has to be specified")
    now = call.org.clock.now()
    compiled = call.org.queries.compile(call.org.catalog, text, include_deleted, now, call.actor)
    size = page_size(call.header("Sforce-Query-Options"))
    return Reply(200, call.org.queries.run(compiled, call.version, size, now))


def query(call: Call) -> Reply:
    return run_query(call, include_deleted=False)


def query_all(call: Call) -> Reply:
    return run_query(call, include_deleted=True)


def query_more(call: Call) -> Reply:
    return Reply(200, call.org.queries.more(call.path["locator"], call.version, call.org.clock.now()))


def window(call: Call, days: int) -> tuple[str, str, str]:
    """Start, end and latest date covered, as stored stamps."""
    now = call.org.clock.now()
    start, end = (read_datetime(call.query.get(name, "").replace(" ", "+")) for name in ("start", "end"))
    if start is None or end is None:
        raise SalesforceError("INVALID_REPLICATION_DATE", "start and end must be dates with a time and an offset")
    start, end = start.replace(second=0, microsecond=0), end.replace(second=0, microsecond=0)
    if start < now - timedelta(days=days):
        raise SalesforceError(
            "INVALID_REPLICATION_DATE", f"startDate before org replication enabled date or {days} days ago"
        )
    if end - start < timedelta(minutes=1):
        raise SalesforceError("INVALID_REPLICATION_DATE", "endDate must be at least one minute greater than startDate")
    covered = min(end, now - timedelta(seconds=call.org.settings.covered_lag_seconds))
    return stamp(start), stamp(end), stamp(covered)


def updated(call: Call) -> Reply:
    sobject = call.org.catalog.object(call.path["object"])
    start, end, covered = window(call, UPDATED_DAYS)
    sql = (
        f'SELECT "Id" FROM "{sobject.name}" WHERE "IsDeleted" = 0 AND "SystemModstamp" >= ? AND "SystemModstamp" < ? '
        'ORDER BY "SystemModstamp", "Id"'
    )
    ids = [row[0] for row in call.org.store.db.execute(sql, (start, end))]
    return Reply(200, {"ids": ids, "latestDateCovered": covered})


def deleted(call: Call) -> Reply:
    sobject = call.org.catalog.object(call.path["object"])
    start, end, covered = window(call, DELETED_DAYS)
    sql = (
        f'SELECT "Id", "SystemModstamp" FROM "{sobject.name}" WHERE "IsDeleted" = 1 '
        "UNION ALL SELECT id, stamp FROM _purged WHERE object = ?"
    )
    rows = [row for row in call.org.store.db.execute(sql, (sobject.name,)) if start <= row[1] < end]
    records = [{"id": id, "deletedDate": when} for id, when in rows]
    earliest = stamp(call.org.clock.now() - timedelta(days=DELETED_DAYS))
    return Reply(200, {"deletedRecords": records, "earliestDateAvailable": earliest, "latestDateCovered": covered})


def limits(call: Call) -> Reply:
    settings = call.org.settings
    maxima = {
        "DailyBulkApiBatches": 15_000,
        "DailyBulkV2QueryJobs": 10_000,
        "DataStorageMB": 10_240,
        "FileStorageMB": 10_240,
    }
    body = {name: {"Max": most, "Remaining": most} for name, most in maxima.items()}
    left = max(settings.daily_api_limit - settings.api_used, 0)
    return Reply(200, {"DailyApiRequests": {"Max": settings.daily_api_limit, "Remaining": left}, **body})


def record_count(call: Call) -> Reply:
    names = [name.strip() for name in call.query.get("sObjects", "").split(",") if name.strip()]
    objects = [each for each in (call.org.catalog.get(name) for name in names) if each]
    counts = [{"count": call.org.store.count(each.name), "name": each.name} for each in objects]
    return Reply(200, {"sObjects": [each for each in counts if each["count"]]})


def resources(call: Call) -> Reply:
    names = ("sobjects", "query", "queryAll", "limits", "composite", "jobs")
    base = f"/services/data/v{call.version}"
    identity = f"{call.org.instance_url}/id/{call.org.id}/{call.actor}"
    return Reply(200, {**{name: f"{base}/{name}" for name in names}, "identity": identity})


RESOURCES = [
    Resource("", {"GET": resources}),
    Resource("/limits", {"GET": limits}),
    Resource("/limits/recordCount", {"GET": record_count}),
    Resource("/query", {"GET": query}),
    Resource("/query/{locator}", {"GET": query_more}),
    Resource("/queryAll", {"GET": query_all}),
    Resource("/queryAll/{locator}", {"GET": query_more}),
    Resource("/sobjects", {"GET": describe_global}),
    Resource("/sobjects/{object}", {"GET": basic_information, "POST": create}),
    Resource("/sobjects/{object}/describe", {"GET": describe_object}),
    Resource("/sobjects/{object}/updated", {"GET": updated}),
    Resource("/sobjects/{object}/deleted", {"GET": deleted}),
    Resource(
        "/sobjects/{object}/{id}", {"GET": read, "PATCH": update, "DELETE": delete, "POST": create_through_upsert}
    ),
    Resource("/sobjects/{object}/{field}/{value:path}", {"GET": read_by_key, "PATCH": upsert, "DELETE": delete_by_key}),
]

"""Up to 200 records in one call, each with its own outcome."""

from collections import Counter
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from sandbox.salesforce.call import Call, Reply, Resource, expect, expect_objects
from sandbox.salesforce.errors import SalesforceError, rolled_back, unknown_column
from sandbox.salesforce.ids import normalise
from sandbox.salesforce.records import Ambiguous
from sandbox.salesforce.rest import as_json
from sandbox.salesforce.schema import SObject

MOST = 200
MOST_CHUNKS = 10

type Result = dict[str, Any]


class Undone(Exception):
    """Carries the results out of a transaction that is rolled back."""

    def __init__(self, results: list[Result]) -> None:
        super().__init__("rolled back")
        self.results = results


def success(id: str, **more: Any) -> Result:
    return {"id": id, "success": True, "errors": [], **more}


def each(call: Call, items: list[Any], all_or_none: bool, work: Callable[[Any], Result]) -> Reply:
    """Applies `work` to every item; with `all_or_none` nothing stays unless all succeed."""
    try:
        with call.org.store.transaction():
            results = [outcome(call, item, work) for item in items]
            if all_or_none and not all(result["success"] for result in results):
                raise Undone(results)
    except Undone as undone:
        results = [result if not result["success"] else rolled_back().result() for result in undone.results]
    return Reply(200, results)


def outcome(call: Call, item: Any, work: Callable[[Any], Result]) -> Result:
    try:
        with call.org.store.transaction():
            return work(item)
    except SalesforceError as error:
        return error.result()
    except Ambiguous as error:
        text = f"More than one record found for external id field: {error.ids}"
        return SalesforceError("DUPLICATE_EXTERNAL_ID", text, []).result()


def batch(call: Call) -> tuple[list[dict[str, Any]], bool]:
    body = call.json_object()
    records = body.get("records")
    if not records:
        raise SalesforceError("REQUIRED_FIELD_MISSING", "At least 1 record is required")
    refuse_too_many(len(expect_objects(records, "records")))
    return records, bool(body.get("allOrNone", False))


def refuse_too_many(count: int) -> None:
    if count > MOST:
        message = f"record limit reached. cannot submit more than {MOST} records into this call"
        raise SalesforceError("EXCEEDED_ID_LIMIT", message)


def type_of(call: Call, record: dict[str, Any]) -> SObject:
    attributes = record.get("attributes")
    name = attributes.get("type") if isinstance(attributes, dict) else None
    if not isinstance(name, str):
        raise SalesforceError("INVALID_INPUT", "Every record needs an attributes map with its type")
    sobject = call.org.catalog.get(name)
    if sobject is None:
        raise SalesforceError("INVALID_TYPE", f"sObject type '{name}' is not supported.")
    return sobject


def refuse_scattered(call: Call, records: list[dict[str, Any]]) -> None:
    """Salesforce works in chunks of neighbours of one type, at most ten of them."""
    types = [type_of(call, record).name for record in records]
    chunks = 1 + sum(a != b for a, b in pairwise(types))
    if chunks > MOST_CHUNKS:
        message = f"Cannot have more than {MOST_CHUNKS} chunks in a single operation. Please rearrange the data."
        raise SalesforceError("INVALID_OPERATION", message)


def create(call: Call) -> Reply:
    records, all_or_none = batch(call)
    refuse_scattered(call, records)

    def one(record: dict[str, Any]) -> Result:
        return success(call.org.records.create(type_of(call, record), record, call.actor))

    return each(call, records, all_or_none, one)


def update(call: Call) -> Reply:
    records, all_or_none = batch(call)
    refuse_scattered(call, records)

    def one(record: dict[str, Any]) -> Result:
        values = {name: value for name, value in record.items() if name.lower() != "id"}
        id = record.get("id") or record.get("Id")
        if not id:
            raise SalesforceError("MISSING_ARGUMENT", "Id not specified in an update call", [])
        call.org.records.update(type_of(call, record), id, values, call.actor)
        return success(normalise(id) or id)

    return each(call, records, all_or_none, one)


def upsert(call: Call) -> Reply:
    records, all_or_none = batch(call)
    sobject = call.org.catalog.object(call.path["object"])
    key = call.org.records.key_field(sobject, call.path["field"])
    given = [key_value(record, key.name) for record in records]
    doubled = {value for value, count in Counter(given).items() if count > 1 and value is not None}

    def one(record: dict[str, Any]) -> Result:
        if type_of(call, record).name != sobject.name:
            raise SalesforceError("INVALID_TYPE", f"all records must be of type {sobject.name}", [])
        value = key_value(record, key.name)
        if value in doubled:
            raise SalesforceError("DUPLICATE_VALUE", f"Duplicate external id specified: {value}", [key.name])
        values = {name: other for name, other in record.items() if name.lower() != key.name.lower()}
        id, is_new = call.org.records.upsert(sobject, key.name, value, values, call.actor)
        return success(id, created=is_new)

    return each(call, records, all_or_none, one)


def key_value(record: dict[str, Any], key: str) -> Any:
    return next((value for name, value in record.items() if name.lower() == key.lower()), None)


def delete(call: Call) -> Reply:
    ids = [id for id in call.query.get("ids", "").split(",") if id]
    if not ids:
        raise SalesforceError("REQUIRED_FIELD_MISSING", "At least 1 record is required")
    refuse_too_many(len(ids))

    def one(id: str) -> Result:
        full = normalise(id)
        sobject = call.org.catalog.by_id(id)
        if full is None or sobject is None:
            raise SalesforceError("MALFORMED_ID", f"malformed id {id}", [])
        call.org.records.delete(sobject, full, call.actor)
        return success(full)

    return each(call, ids, call.query.get("allOrNone", "").lower() == "true", one)


def retrieve(call: Call) -> Reply:
    ids, fields = call.query.get("ids", "").split(","), call.query.get("fields", "").split(",")
    return rows(call, [id for id in ids if id], [name for name in fields if name])


def retrieve_by_post(call: Call) -> Reply:
    body = call.json_object()
    ids, fields = (expect(body.get(name) or [], list, name) for name in ("ids", "fields"))
    return rows(call, [expect(id, str, "ids") for id in ids], [expect(name, str, "fields") for name in fields])


def rows(call: Call, ids: list[str], fields: list[str]) -> Reply:
    """The records in the order of their ids; null for one that is not there."""
    sobject = call.org.catalog.object(call.path["object"])
    if not ids or not fields:
        raise SalesforceError("REQUIRED_FIELD_MISSING", "ids and fields are required")
    refuse_too_many(len(ids))
    for name in fields:
        if sobject.field(name) is None:
            raise unknown_column(name, sobject.name)
    narrowed = Call(call.org, "GET", call.path, {"fields": ",".join(fields)}, call.headers, call.actor)
    found = [call.org.store.get(sobject.name, normalise(id) or id) for id in ids]
    return Reply(200, [as_json(narrowed, sobject, row) if row and not row["IsDeleted"] else None for row in found])


RESOURCES = [
    Resource("/composite/sobjects", {"POST": create, "PATCH": update, "DELETE": delete}),
    Resource("/composite/sobjects/{object}", {"GET": retrieve, "POST": retrieve_by_post}),
    Resource("/composite/sobjects/{object}/{field}", {"PATCH": upsert}),
]

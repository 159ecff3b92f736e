"""What Bulk API jobs do with their rows."""

import csv
import io
import random
from array import array
from collections.abc import Callable
from typing import Any

from sandbox.salesforce.call import Call
from sandbox.salesforce.collection import outcome, success
from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.ids import normalise
from sandbox.salesforce.schema import NUMBER_TYPES, Field, SObject, all_objects
from sandbox.salesforce.soql.compile import Compiled
from sandbox.salesforce.values import stamp, to_csv, to_stored

XSD = {"datetime": "dateTime", "int": "int", "boolean": "boolean", "date": "date"}
CHUNK = 5_000
DELIMITERS = {"COMMA": ",", "BACKQUOTE": "`", "CARET": "^", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t"}

type Job = dict[str, Any]


class InvalidBatch(Exception):
    """The whole job fails."""


def read_csv(data: str, delimiter: str) -> tuple[list[str], list[list[str]]]:
    rows = list(csv.reader(io.StringIO(data, newline=""), delimiter=delimiter))
    return (rows[0], [row for row in rows[1:] if row]) if rows else ([], [])


def ingest(call: Call, job: Job, data: str, delimiter: str) -> None:
    """Works a job off and notes the outcome of every row in it."""
    job |= {"jobType": "V2Ingest", "numberRecordsProcessed": 0, "numberRecordsFailed": 0, "retries": 0}
    job |= {"totalProcessingTime": 0, "apiActiveProcessingTime": 0, "apexProcessingTime": 0}
    try:
        header, rows = read_csv(data, delimiter)
        sobject = call.org.catalog.object(job["object"])
        columns = checked_columns(sobject, job, header, data)
    except (InvalidBatch, SalesforceError) as error:
        job |= {"state": "Failed", "errorMessage": f"InvalidBatch : {error}", "_outcomes": []}
        return
    work = row_work(call, job, sobject, columns)
    outcomes = [outcome(call, row, work) for row in rows]
    failed = sum(not each["success"] for each in outcomes)
    job |= {"state": "JobComplete", "numberRecordsProcessed": len(rows), "numberRecordsFailed": failed}
    job["_outcomes"] = outcomes


def checked_columns(sobject: SObject, job: Job, header: list[str], data: str) -> list[tuple[str, Field]]:
    """Each column as (relationship or empty, field)."""
    first = data.split("\n", 1)[0]
    if job["operation"] in ("delete", "hardDelete") and header != ["Id"]:
        raise InvalidBatch("Field name not found : " + next((name for name in header if name != "Id"), "Id"))
    if header and first.endswith("\r") != (job["lineEnding"] == "CRLF"):
        raise InvalidBatch(f"Field name not found : {header[-1]}")
    return [column(sobject, name) for name in header]


def column(sobject: SObject, name: str) -> tuple[str, Field]:
    relationship, _, key = name.rpartition(".")
    if not relationship:
        found = sobject.field(name)
    else:
        through = sobject.by_relationship.get(relationship.lower())
        found = through and parent_key(through, key)
    if found is None:
        raise InvalidBatch(f"Field name not found : {name}")
    return relationship, found


def parent_key(through: Field, key: str) -> Field | None:
    field = all_objects()[through.refers_to[0]].field(key)
    return field if field and field.is_key else None


def row_work(call: Call, job: Job, sobject: SObject, columns: list[tuple[str, Field]]) -> Callable[[list[str]], Job]:
    records, actor, operation = call.org.records, call.actor, job["operation"]

    def write(cells: list[str]) -> Job:
        values = row_values(columns, cells)
        id = values.pop("Id", None)
        if operation == "insert":
            return success(records.create(sobject, values, actor), created=True)
        if operation == "upsert" and job["externalIdFieldName"] != "Id":
            value = values.pop(job["externalIdFieldName"], None)
            id, is_new = records.upsert(sobject, job["externalIdFieldName"], value, values, actor)
            return success(id, created=is_new)
        if not id:
            raise SalesforceError("MISSING_ARGUMENT", f"Id not specified in an {operation} call", [])
        if operation in ("delete", "hardDelete"):
            records.delete(sobject, id, actor)
            if operation == "hardDelete":
                purge(call, sobject, id)
        else:
            records.update(sobject, id, values, actor)
        return success(id, created=False)

    return write


def purge(call: Call, sobject: SObject, id: str) -> None:
    full = normalise(id) or id
    call.org.store.purge(sobject.name, full, stamp(call.org.clock.now()))


def row_values(columns: list[tuple[str, Field]], cells: list[str]) -> dict[str, Any]:
    """An empty cell leaves the field alone; #N/A clears it."""
    values: dict[str, Any] = {}
    for at, ((relationship, field), cell) in enumerate(zip(columns, cells, strict=False)):
        if cell == "":
            continue
        value = None if cell == "#N/A" else typed(field, cell, at)
        if relationship:
            values[relationship] = {field.name: value}
        else:
            values[field.name] = value
    return values


def typed(field: Field, cell: str, at: int) -> Any:
    if field.type == "boolean" and cell.lower() in ("true", "false", "1", "0"):
        return cell.lower() in ("true", "1")
    if field.type in ("date", "datetime", "boolean") or field.type in NUMBER_TYPES:
        try:
            to_stored(field, cell)
        except SalesforceError as error:
            if error.code != "JSON_PARSER_ERROR":
                raise
            name = XSD.get(field.type, "double")
            why = f"'{cell}' is not a valid value for the type xsd:{name}"
            text = f"Failed to deserialize field at col {at}. Due to, {why}"
            raise SalesforceError("INVALID_FIELD", text, [field.name]) from None
    return cell


def result_csv(job: Job, data: str, kind: str) -> str:
    """One of the three results. Rows come in no particular order, as in Salesforce."""
    delimiter = DELIMITERS[job["columnDelimiter"]]
    header, rows = read_csv(data, delimiter)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
    outcomes = job.get("_outcomes", [])
    if kind == "unprocessedrecords":
        writer.writerows([header, *rows[len(outcomes) :]])
        return out.getvalue()
    wanted = kind == "successfulresults"
    writer.writerow(["sf__Id", "sf__Created" if wanted else "sf__Error", *header])
    pairs = [(each, row) for each, row in zip(outcomes, rows, strict=False) if each["success"] == wanted]
    random.Random(job["id"]).shuffle(pairs)
    writer.writerows([*(success_cells(each) if wanted else failure_cells(each)), *row] for each, row in pairs)
    return out.getvalue()


def success_cells(each: Job) -> tuple[str, str]:
    return each["id"], "true" if each["created"] else "false"


def failure_cells(each: Job) -> tuple[str, str]:
    [error] = each["errors"]
    return "", f"{error['statusCode']}:{error['message']}:{' '.join(error['fields'])} --".replace(": --", ":--")


def compile_query(call: Call, text: str, operation: str) -> Compiled:
    """As REST does, less what Bulk queries refuse."""
    deleted, now = operation == "queryAll", call.org.clock.now()
    compiled = call.org.queries.compile(call.org.catalog, text, deleted, now, call.actor)
    if compiled.query.offset is not None:
        raise refused("OFFSET clause not supported in Bulk Query")
    if compiled.query.is_aggregate:
        raise refused("Aggregate Relationships not supported in Bulk Query")
    if compiled.shape.children:
        raise refused("Child relationship queries not supported in Bulk Query")
    fields = [call.org.catalog.object(compiled.sobject.name).field(name) for name in compiled.headers]
    if any(field and field.type == "address" for field in fields):
        raise refused("Selecting compound data not supported in Bulk Query")
    return compiled


def refused(message: str) -> SalesforceError:
    return SalesforceError("API_ERROR", message)


def start_query(call: Call, job: Job) -> None:
    compiled = compile_query(call, job["_query"], job["operation"])
    rowids = call.org.queries.snapshot(compiled)
    call.org.queries.bulk[job["id"]] = (compiled, rowids)
    job |= {"state": "JobComplete", "jobType": "V2Query", "numberRecordsProcessed": len(rowids), "retries": 0}
    job |= {"totalProcessingTime": 0, "isPkChunkingSupported": True}


def query_csv(call: Call, job: Job, start: int, most: int, delimiter: str) -> tuple[str, int, int | None]:
    """One page of results as text, how many records it holds, and where the next one starts."""
    if job["id"] not in call.org.queries.bulk:
        start_query(call, job)
    compiled, rowids = call.org.queries.bulk[job["id"]]
    page = rowids[start : start + most]
    end = start + len(page)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(compiled.headers)
    cells = cell_makers(compiled)
    for first in range(0, len(page), CHUNK):
        write_rows(writer, call, compiled, page[first : first + CHUNK], cells)
    return out.getvalue(), len(page), end if end < len(rowids) else None


def cell_makers(compiled: Compiled) -> list[tuple[int, Field | None]]:
    """Position of each selected column, with its field where text must be made of it."""
    positions: dict[str, tuple[int, Field | None]] = {}
    collect(compiled.shape, (), positions)
    plain = ("boolean", "datetime", *NUMBER_TYPES)
    found = [positions[header] for header in compiled.headers]
    return [(at, field if field and field.type in plain else None) for at, field in found]


def collect(shape: Any, prefix: tuple[str, ...], found: dict[str, tuple[int, Field | None]]) -> None:
    for name, at in shape.fields.items():
        found[".".join((*prefix, name))] = (at, shape.types.get(at))
    for name, parent in shape.parents.items():
        collect(parent, (*prefix, name), found)


def write_rows(
    writer: Any, call: Call, compiled: Compiled, rowids: "array[int]", cells: list[tuple[int, Field | None]]
) -> None:
    rows = call.org.queries.rows_by_rowid(compiled, rowids)
    writer.writerows([to_csv(field, row[at]) if field else row[at] for at, field in cells] for row in rows)

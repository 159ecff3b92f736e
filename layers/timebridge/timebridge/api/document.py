"""The OpenAPI document: what Powertools knows of the routes, and what it cannot know of kinds and refusals.

It is made when it is first asked for: no other request pays for it.
"""

import json
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response, content_types

from timebridge.api.access import PUBLIC, SCHEME
from timebridge.api.errors import PROBLEM_JSON
from timebridge.api.kinds import ENTRIES, PLURALS
from timebridge.workspace import kinds
from timebridge.workspace.kinds import KINDS
from timebridge.workspace.properties import Kind, Property

TITLE = "timebridge admin API"
ABOUT = """Tenants, connections, flows, runs, links and the records of the workspace.

Every call but this one carries an ID token of the user pool. Each operation lists the roles that may use it; all but
`platform_admin` reach only the tenant that their token names. Refusals are problem documents (RFC 9457)."""

REFUSALS = {
    "400": "The body is not readable JSON.",
    "401": "Nobody is signed in.",
    "403": "The role does not allow it, or the tenant is another one.",
    "404": "There is nothing at this address.",
    "409": "It does not fit what is there now; `current` is the record as it is.",
    "413": "The body, or what would be the answer, is too long.",
    "415": "The body is not JSON.",
    "422": "What was sent does not fit; `field` and `errors` say where.",
    "428": "The change does not say which revision it was made to.",
    "429": "Too many calls.",
    "500": "Something went wrong on our side.",
    "503": "Something we need does not answer; try again after Retry-After.",
}
OF_CHANGES = {"400", "415", "428"}

PROBLEM = {
    "type": "object",
    "title": "Problem",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "A sentence for the user."},
        "remedy": {"type": "string", "description": "What to do about it."},
        "field": {"type": "string", "description": "What it is about."},
        "cause": {"type": "string", "description": "Class of the error."},
        "trace": {"type": "string", "description": "The provider's id of the call that failed."},
        "current": {"type": "object", "description": "The record as it is now."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": {"type": "string"}, "reason": {"type": "string"}},
            },
        },
    },
}


def serve(app: APIGatewayHttpResolver) -> None:
    @app.get(PUBLIC, summary="Read this document", tags=["account"], operation_id="read_document")
    def read_document() -> Response[str]:
        return Response(200, content_types.APPLICATION_JSON, document(app))


@cache
def document(app: APIGatewayHttpResolver) -> str:
    """OpenAPI 3.1 as JSON text."""
    from aws_lambda_powertools.event_handler.openapi.models import HTTPBearer

    found = app.get_openapi_json_schema(
        title=TITLE,
        version="1",
        description=ABOUT,
        security_schemes={SCHEME: HTTPBearer(bearerFormat="JWT", description="An ID token of the user pool.")},
    )
    schema = json.loads(found)
    schemas = schema["components"]["schemas"]
    schemas["Problem"] = PROBLEM
    for name in ("ValidationError", "HTTPValidationError", "ResponseValidationError"):
        schemas.pop(name, None)  # of Powertools; ours are problem documents
    schema["components"]["responses"] = {f"Refusal{status}": _refusal(said) for status, said in REFUSALS.items()}
    for operations in schema["paths"].values():
        for method, operation in operations.items():
            _add_refusals(operation, changes=method != "get")
            _say_file(operation)
    _tell_kinds_apart(schema)
    return json.dumps(schema, ensure_ascii=False)


CSV, MARKDOWN, ZIP = "text/csv; charset=utf-8", "text/markdown; charset=utf-8", "application/zip"

FILES = {
    "report_projects_as_csv": CSV,
    "export_audit": CSV,
    "list_waiting_as_csv": CSV,
    "get_statement_as_csv": CSV,
    "get_chart_as_csv": CSV,
    "get_chart_as_markdown": MARKDOWN,
    "download_package": ZIP,
    "download_notices": ZIP,
}
"""Operations that answer with a file."""


def _say_file(operation: dict[str, Any]) -> None:
    media = FILES.get(operation["operationId"])
    if media:
        operation["responses"]["200"]["content"] = {media: {"schema": {"type": "string"}}}


def _add_refusals(operation: dict[str, Any], changes: bool) -> None:
    answers = operation["responses"]
    answers.pop("422", None)
    if "security" not in operation:
        operation["security"] = []
        return
    for status in REFUSALS:
        if changes or status not in OF_CHANGES:
            answers[status] = {"$ref": f"#/components/responses/Refusal{status}"}


def _refusal(said: str) -> dict[str, Any]:
    return {"description": said, "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


# --- kinds -----------------------------------------------------------------------------------------------------------


GENERAL = ("RecordView", "Patch", "Values")
"""The shapes that differ from kind to kind."""


def _tell_kinds_apart(schema: dict[str, Any]) -> None:
    """The routes that carry values of all kinds, once for each kind, with the values of that kind."""
    paths = schema["paths"]
    for path in [path for path, operations in paths.items() if "{kinds}" in path and _carries_values(operations)]:
        operations = paths.pop(path)
        for plural, kind in PLURALS.items():
            if plural in ENTRIES or not path.endswith(("/submit", "/approve", "/reject", "/reopen")):
                paths[path.replace("{kinds}", plural)] = _of_kind(operations, plural, kind)
    schema["components"]["schemas"] |= dict(_schemas())


def _carries_values(operations: Mapping[str, Any]) -> bool:
    text = json.dumps(operations)
    return any(f'schemas/{shape}"' in text for general in GENERAL for shape in (f"Page_{general}_", general))


def _of_kind(operations: Mapping[str, Any], plural: str, kind: str) -> dict[str, Any]:
    made = deepcopy(dict(operations))
    for operation in made.values():
        operation["operationId"] += f"_{kind}"
        operation["tags"] = [plural]
        operation["parameters"] = [found for found in operation["parameters"] if found["name"] != "kinds"]
    text = json.dumps(made)
    for general in GENERAL:
        for shape in (f"Page_{general}_", general):
            text = text.replace(f'schemas/{shape}"', f'schemas/{_name(kind)}{shape}"')
    found: dict[str, Any] = json.loads(text)
    return found


def _schemas() -> Iterator[tuple[str, dict[str, Any]]]:
    for kind in KINDS.values():
        name = _name(kind.name)
        ref = {"$ref": f"#/components/schemas/{name}RecordView"}
        yield f"{name}Values", _values(kind, kind.properties, required=True)
        yield f"{name}RecordView", _record(kind)
        yield f"{name}Page_RecordView_", _object({"items": {"type": "array", "items": ref}, "next": _or_null("string")})
        patch = {"values": _values(kind, _settable(kind), required=False), "revision": _or_null("integer")}
        yield f"{name}Patch", {**_object(patch), "required": ["values"]}


def _name(kind: str) -> str:
    return kind.title().replace("_", "")


def _settable(kind: Kind) -> dict[str, Property]:
    by_others = {name for name, each in kind.properties.items() if each.computed or each.decided or each.synced}
    return {name: found for name, found in kind.properties.items() if name not in by_others}


def _record(kind: Kind) -> dict[str, Any]:
    values = {name: _property(found, kind) for name, found in kind.properties.items()}
    return _object(
        {
            "id": {"type": "string"},
            "kind": {"const": kind.name},
            "values": _object(values),
            "revision": {"type": "integer"},
            "changed": {**_or_null("string"), "format": "date-time"},
            "archived": {"type": "boolean"},
        }
    )


def _values(kind: Kind, properties: Mapping[str, Property], required: bool) -> dict[str, Any]:
    settable = _settable(kind)
    schema = _object({name: _property(found, kind) for name, found in properties.items() if name in settable})
    needed = [name for name, found in settable.items() if found.required]
    return {**schema, "additionalProperties": False, **({"required": needed} if required and needed else {})}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def _or_null(type: str) -> dict[str, Any]:
    return {"type": [type, "null"]}


def _property(found: Property, kind: Kind) -> dict[str, Any]:
    """What a value reads tells its type: it takes one example of each and refuses the others."""
    type = next((type for type, example in EXAMPLES.items() if _takes(found, example)), "string")
    schema: dict[str, Any] = _or_null(type)
    if _takes(found, "2026-11-21") and not _takes(found, "x") and type == "string":
        schema["format"] = "date"
    if found.parent:
        schema["description"] = f"Id of a {found.parent.replace('_', ' ')}."
    if found.decided:
        schema["description"] = f"Set by {', '.join(kinds.moves_of(kind.name))}."
    if found.computed or found.synced:
        schema["readOnly"] = True
    if found.default is not None:
        schema["default"] = found.default
    return schema


EXAMPLES = {"boolean": True, "number": 1}


def _takes(found: Property, example: object) -> bool:
    try:
        found.read(example)
    except ValueError:
        return False
    return True

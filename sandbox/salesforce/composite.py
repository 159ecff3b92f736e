"""Several requests in one: `composite`, whose parts may refer to each other, and `composite/batch`."""

import json
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sandbox.salesforce.call import Call, Reply, Resource, expect, expect_objects
from sandbox.salesforce.dispatch import dispatch
from sandbox.salesforce.errors import SalesforceError, halted

MOST = 25
MOST_QUERIES = 5
REFERENCE = re.compile(r"@\{([A-Za-z0-9_]+)((?:\.\w+|\[\d+\])*)\}")
REFERENCE_ID = re.compile(r"[A-Za-z0-9_]+")
STEP = re.compile(r"\.(\w+)|\[(\d+)\]")
INHERITED = {"accept", "authorization", "content-type"}

type Part = dict[str, Any]


class Failed(Exception):
    """A part failed and takes the whole request with it."""

    def __init__(self, answers: list[Part]) -> None:
        super().__init__("rolled back")
        self.answers = answers


def composite(call: Call) -> Reply:
    body = call.json_object()
    parts = checked(body.get("compositeRequest") or [])
    if not body.get("allOrNone", False):
        return Reply(200, {"compositeResponse": run_all(call, parts, stop=False)})
    try:
        with call.org.store.transaction():
            answers = run_all(call, parts, stop=True)
            if any(answer["httpStatusCode"] >= 400 for answer in answers):
                raise Failed(answers)
    except Failed as failed:
        answers = rolled_back(parts, failed.answers)
    return Reply(200, {"compositeResponse": answers})


def checked(parts: list[Part]) -> list[Part]:
    expect_objects(parts, "compositeRequest")
    if not parts or len(parts) > MOST:
        message = f"A composite request needs between 1 and {MOST} subrequests; this one has {len(parts)}"
        raise SalesforceError("LIMIT_EXCEEDED", message)
    costly = [part for part in parts if re.search(r"/(query|queryAll|composite/sobjects)\b", str(part.get("url")))]
    if len(costly) > MOST_QUERIES:
        message = f"A composite request may hold at most {MOST_QUERIES} query and collection subrequests"
        raise SalesforceError("LIMIT_EXCEEDED", message)
    if not all(isinstance(part.get("url"), str) and isinstance(part.get("method"), str) for part in parts):
        raise SalesforceError("INVALID_INPUT", "Every subrequest needs a method and a url")
    names = [str(part.get("referenceId", "")) for part in parts]
    for name in names:
        if not REFERENCE_ID.fullmatch(name) or names.count(name) > 1:
            raise SalesforceError("INVALID_INPUT", f"Invalid or duplicate referenceId: {name}")
    return parts


def run_all(call: Call, parts: list[Part], stop: bool) -> list[Part]:
    answers: list[Part] = []
    bodies: dict[str, Any] = {}
    for part in parts:
        answer = run_part(call, part, bodies)
        answers.append(answer)
        if answer["httpStatusCode"] < 400:
            bodies[part["referenceId"]] = answer["body"]
        elif stop:
            break
    return answers


def run_part(call: Call, part: Part, bodies: dict[str, Any]) -> Part:
    try:
        reply = send(call, resolved(part, bodies))
    except SalesforceError as error:
        reply = Reply(error.status, error.body())
    headers = {name: value for name, value in reply.headers.items() if name in ("Location", "ETag")}
    reference = part["referenceId"]
    return {"body": reply.body, "httpHeaders": headers, "httpStatusCode": reply.status, "referenceId": reference}


def send(call: Call, part: Part) -> Reply:
    """One part as a call of its own. It inherits the caller, not the caller's headers."""
    url = urlsplit(part["url"])
    if not url.path.startswith("/services/data/"):
        raise SalesforceError("NOT_FOUND", "The requested resource does not exist", status=404)
    if re.search(r"/composite(/(?!sobjects)|$)|/jobs/", url.path):
        raise SalesforceError("INVALID_INPUT", "This resource is not allowed in a composite request")
    headers = {
        name.lower(): value for name, value in expect(part.get("httpHeaders") or {}, dict, "httpHeaders").items()
    }
    if INHERITED & headers.keys():
        raise SalesforceError("INVALID_INPUT", "Accept, Authorization and Content-Type are inherited")
    return dispatch(
        call.org,
        part["method"].upper(),
        url.path,
        dict(parse_qsl(url.query)),
        headers,
        call.actor,
        parsed=part.get("body"),
    )


def resolved(part: Part, bodies: dict[str, Any]) -> Part:
    """The part with every `@{ref.field}` replaced by what that part answered."""
    return {**part, "url": fill(part["url"], bodies), "body": fill(part.get("body"), bodies)}


def fill(value: Any, bodies: dict[str, Any]) -> Any:
    if isinstance(value, dict):
        return {name: fill(each, bodies) for name, each in value.items()}
    if isinstance(value, list):
        return [fill(each, bodies) for each in value]
    if not isinstance(value, str):
        return value
    whole = REFERENCE.fullmatch(value)
    if whole:
        return look_up(whole, bodies)
    return REFERENCE.sub(lambda match: str(look_up(match, bodies)), value)


def look_up(match: re.Match[str], bodies: dict[str, Any]) -> Any:
    name, path = match[1], match[2]
    found = bodies.get(name)
    try:
        for step in STEP.finditer(path):
            found = found[step[1]] if step[1] else found[int(step[2])]  # type: ignore[index]
    except (KeyError, IndexError, TypeError):
        found = None
    if found is None:
        message = f"Invalid reference specified. No value for {name}{path} found in {name}"
        raise SalesforceError("PROCESSING_HALTED", message)
    return found


def rolled_back(parts: list[Part], answers: list[Part]) -> list[Part]:
    """The failed part shows its error; the others, before and after it, were undone or never tried."""
    by_name = {answer["referenceId"]: answer for answer in answers if answer["httpStatusCode"] >= 400}
    collateral = {"body": halted().body(), "httpHeaders": {}, "httpStatusCode": 400}
    return [by_name.get(part["referenceId"], {**collateral, "referenceId": part["referenceId"]}) for part in parts]


def batch(call: Call) -> Reply:
    body = call.json_object()
    parts, halt = expect_objects(body.get("batchRequests") or [], "batchRequests"), bool(body.get("haltOnError", False))
    if not parts or len(parts) > MOST:
        raise SalesforceError(
            "LIMIT_EXCEEDED", f"A batch needs between 1 and {MOST} subrequests; this one has {len(parts)}"
        )
    results: list[Part] = []
    for part in parts:
        failed = any(result["statusCode"] >= 400 for result in results)
        results.append(batch_halted() if halt and failed else run_batch_part(call, part))
    return Reply(200, {"hasErrors": any(result["statusCode"] >= 400 for result in results), "results": results})


def batch_halted() -> Part:
    error = SalesforceError("BATCH_PROCESSING_HALTED", "Processing of this batch was halted because of an error")
    return {"statusCode": 412, "result": error.body()}


def run_batch_part(call: Call, part: Part) -> Part:
    url = urlsplit(expect(part.get("url"), str, "url"))
    method = expect(part.get("method"), str, "method").upper()
    path = "/services/data/" + url.path.lstrip("/")
    query = dict(parse_qsl(url.query))
    try:
        reply = dispatch(call.org, method, path, query, {}, call.actor, parsed=part.get("richInput"))
    except SalesforceError as error:
        reply = Reply(error.status, error.body())
    return {"statusCode": reply.status, "result": json.loads(reply.text) if reply.text else reply.body}


RESOURCES = [
    Resource("/composite", {"POST": composite}),
    Resource("/composite/batch", {"POST": batch}),
]

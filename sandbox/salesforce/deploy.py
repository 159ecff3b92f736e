"""The Metadata API over REST: an administrator deploys a zip of metadata, and asks how it went.

https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_rest_deploy.htm
"""

import json
from io import BytesIO
from typing import Any
from zipfile import BadZipFile, ZipFile

from defusedxml.ElementTree import fromstring
from python_multipart import parse_form
from python_multipart.multipart import Field, File

from sandbox.salesforce.call import Call, Reply, Resource
from sandbox.salesforce.errors import SalesforceError, not_found
from sandbox.salesforce.ids import make_id
from sandbox.salesforce.metadata import NAMESPACE, TYPES, Deployment, Refused
from sandbox.salesforce.sharing import PERMISSIONS

PATH = "/metadata/deployRequest"
ADMINISTRATOR = "CustomizeApplication"

type Outcome = dict[str, Any]


def start(call: Call) -> Reply:
    """Deploys at once; who asks later finds it done."""
    if not call.org.may(call.actor, ADMINISTRATOR):
        message = "You do not have the proper permissions to access this operation."
        raise SalesforceError("INSUFFICIENT_ACCESS", message, status=403)
    options, files = read(call)
    number = len(call.org.settings.deployments) + 1
    id = make_id("0Af", number)
    call.org.settings.deployments[id] = result(id, *deployed(call, files, options), options)
    call.org.save()
    pending = {"id": id, "deployResult": {**call.org.settings.deployments[id], "status": "Pending", "done": False}}
    return Reply(201, {**pending, "deployOptions": options})


def status(call: Call) -> Reply:
    found = call.org.settings.deployments.get(call.path["id"])
    if found is None:
        raise not_found()
    return Reply(200, {"id": call.path["id"], "deployResult": found})


def read(call: Call) -> tuple[Outcome, dict[str, bytes]]:
    """The options, and the files by path."""
    parts: dict[bytes, bytes] = {}

    def keep_field(part: Field) -> None:
        parts[part.field_name or b""] = part.value or b""

    def keep_file(part: File) -> None:
        part.file_object.seek(0)
        parts[part.field_name or b""] = part.file_object.read()

    headers = {"Content-Type": call.headers.get("content-type", "").encode()}
    parse_form(headers, BytesIO(call.body), keep_field, keep_file)
    try:
        archive = ZipFile(BytesIO(parts[b"file"]))
        options = json.loads(parts.get(b"entity_content") or parts[b"json"])["deployOptions"]
    except (KeyError, BadZipFile, ValueError):
        raise SalesforceError("INVALID_MULTIPART_REQUEST", "A zip and its deployOptions are needed") from None
    return options, {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def deployed(call: Call, files: dict[str, bytes], options: Outcome) -> tuple[list[Outcome], list[Outcome]]:
    """Components that are in order, and those that are not: one of the latter, and nothing is changed."""
    deployment = Deployment(call.org, files)
    wanted = members(files)
    successes, failures = [], []
    for kind in sorted(wanted, key=lambda kind: list(TYPES).index(kind) if kind in TYPES else 99):
        for name in wanted[kind]:
            try:
                if kind not in TYPES:
                    raise Refused(f"Unknown type name '{kind}' specified in package.xml")
                TYPES[kind](deployment, name)
                successes.append(component(kind, name))
            except Refused as error:
                failures.append(component(kind, name, str(error)))
    if not failures and not options.get("checkOnly"):
        deployment.commit()
    return successes, failures


def members(files: dict[str, bytes]) -> dict[str, list[str]]:
    if "package.xml" not in files:
        raise SalesforceError("INVALID_MULTIPART_REQUEST", "No package.xml found")
    types = fromstring(files["package.xml"]).findall(f"{NAMESPACE}types")
    return {
        each.findtext(f"{NAMESPACE}name", ""): [one.text or "" for one in each.findall(f"{NAMESPACE}members")]
        for each in types
    }


def component(kind: str, name: str, problem: str | None = None) -> Outcome:
    done = problem is None
    said = {} if done else {"problem": problem, "problemType": "Error"}
    return {
        "componentType": kind,
        "fullName": name,
        "fileName": name,
        "success": done,
        "changed": done,
        "created": done,
        "deleted": False,
        **said,
    }


def result(id: str, successes: list[Outcome], failures: list[Outcome], options: Outcome) -> Outcome:
    return {
        "id": id,
        "done": True,
        "success": not failures,
        "status": "Failed" if failures else "Succeeded",
        "checkOnly": options.get("checkOnly", False),
        "ignoreWarnings": options.get("ignoreWarnings", False),
        "rollbackOnError": options.get("rollbackOnError", True),
        "numberComponentErrors": len(failures),
        "numberComponentsDeployed": 0 if failures else len(successes),
        "numberComponentsTotal": len(successes) + len(failures),
        "numberTestErrors": 0,
        "numberTestsCompleted": 0,
        "numberTestsTotal": 0,
        "runTestsEnabled": False,
        "details": {
            "componentSuccesses": successes,
            "componentFailures": failures,
            "runTestResult": {"numTestsRun": 0, "numFailures": 0, "totalTime": 0, "successes": [], "failures": []},
        },
    }


def assigned(org: Any, assignment: str) -> None:
    """A permission set was given to somebody: what it grants can be seen from now on."""
    [row] = org.store.find("PermissionSetAssignment", {"Id": assignment})
    [granting] = org.store.find("PermissionSet", {"Id": row["PermissionSetId"]})
    granted = org.settings.permission_sets.get(granting["Name"], [])
    org.settings.hidden = sorted({*org.settings.hidden} - {*granted})
    [rights] = org.store.find(PERMISSIONS, {"CreatedById": row["AssigneeId"]})
    names = [each.removeprefix("user:") for each in granted if each.startswith("user:")]
    org.store.update(PERMISSIONS, rights["Id"], {f"Permissions{name}": 1 for name in names})
    org.save()
    org.show_schema()


RESOURCES = [Resource(PATH, {"POST": start}), Resource(PATH + "/{id}", {"GET": status})]

"""What each function may do by template.yaml, held against what it asks of AWS in the tests.

No AWS in process and no local one looks at permissions: without this, one that is missing would first show on AWS.
"""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from fnmatch import fnmatchcase
from functools import cache, wraps
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

import pytest
from botocore.client import BaseClient

type Wish = Mapping[str, Any]
type Need = tuple[str, str]
"""An action of IAM, and the resource as `_resource` writes it: a logical id, or an ARN with names of our own."""

TEMPLATE = Path(__file__).parents[1] / "template.yaml"
NAMES = {"Partition": "aws", "Region": "here", "AccountId": "us", "StackName": "stack"}
QUEUES = {"CHANGES_QUEUE_URL": "ChangesQueue", "SETTLING_QUEUE_URL": "SettlingQueue"}
STEPS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
OBJECTS = {"DeleteObjects": "DeleteObject", "ListObjectsV2": "ListBucket"}

_asking: ContextVar[str | None] = ContextVar("door", default=None)
"""The door at work in this thread: others, as servers call them, may be at work in theirs."""


# --- what a call needs -----------------------------------------------------------------------------------------------


def needs(service: str, operation: str, wish: Wish) -> set[Need]:
    return {(f"{_prefix(service)}:{action}", resource) for action, resource in SERVICES[service](operation, wish)}


def _prefix(service: str) -> str:
    return {"sesv2": "ses", "stepfunctions": "states"}.get(service, service)


def _dynamodb(operation: str, wish: Wish) -> Iterator[Need]:
    if operation == "TransactWriteItems":
        yield from ((STEPS[verb], _table(step)) for item in wish["TransactItems"] for verb, step in item.items())
    elif "RequestItems" in wish:
        yield from ((operation, _table({"TableName": name})) for name in wish["RequestItems"])
    else:
        yield operation, _table(wish)


def _table(wish: Wish) -> str:
    name = wish["TableName"]
    variable = next(key for key, value in os.environ.items() if key.endswith("_TABLE") and value == name)
    table = f"{variable.removesuffix('_TABLE').capitalize()}Table"
    return f"{table}/index/{wish['IndexName']}" if wish.get("IndexName") else table


def _sqs(operation: str, wish: Wish) -> Iterator[Need]:
    queue = next(name for variable, name in QUEUES.items() if os.environ[variable] == wish["QueueUrl"])
    yield operation.removesuffix("Batch"), queue


def _s3(operation: str, wish: Wish) -> Iterator[Need]:
    assert wish["Bucket"] == os.environ["EXPORTS_BUCKET"]
    yield OBJECTS.get(operation, operation), "ExportsBucket/x" if operation != "ListObjectsV2" else "ExportsBucket"


def _secretsmanager(operation: str, wish: Wish) -> Iterator[Need]:
    name = (wish.get("SecretId") or wish["Name"]).removeprefix("test/")
    yield operation, f"arn:aws:secretsmanager:here:us:secret:stack/{name}-abcdef"
    if wish.get("Tags"):
        yield "TagResource", f"arn:aws:secretsmanager:here:us:secret:stack/{name}-abcdef"


def _states(operation: str, _: Wish) -> Iterator[Need]:
    of_run = "arn:aws:states:here:us:execution:stack-initial-sync:run"
    yield operation, "InitialSyncStateMachine" if operation == "StartExecution" else of_run


def _users(operation: str, _: Wish) -> Iterator[Need]:
    yield operation, "UserPool"


def _mails(operation: str, _: Wish) -> Iterator[Need]:
    yield operation, "arn:aws:ses:here:us:identity/${MailFrom}"


SERVICES: dict[str, Callable[[str, Wish], Iterator[Need]]] = {
    "dynamodb": _dynamodb,
    "sqs": _sqs,
    "s3": _s3,
    "secretsmanager": _secretsmanager,
    "stepfunctions": _states,
    "cognito-idp": _users,
    "sesv2": _mails,
}


# --- what a door was given -------------------------------------------------------------------------------------------


@cache
def granted() -> dict[str, set[Need]]:
    """By door; the resources may end in wildcards."""
    from samcli.yamlhelper import yaml_parse

    resources = yaml_parse(TEMPLATE.read_text())["Resources"]
    functions = (each["Properties"] for each in resources.values() if each["Type"] == "AWS::Serverless::Function")
    return {
        function["Handler"].removesuffix(".handler"): {
            grant for policy in function["Policies"] for grant in _grants(resources, policy)
        }
        for function in functions
    }


def _grants(resources: Mapping[str, Any], policy: Mapping[str, Any]) -> Iterator[Need]:
    shared = resources[policy["Ref"]]["Properties"]["PolicyDocument"] if "Ref" in policy else policy
    for statement in shared["Statement"]:
        for action in _listed(statement["Action"]):
            yield from ((action, _resource(resource)) for resource in _listed(statement["Resource"]))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _resource(found: Mapping[str, Any]) -> str:
    if "Ref" in found:
        return str(found["Ref"])
    if "Fn::GetAtt" in found:
        return str(found["Fn::GetAtt"][0])
    named = re.sub(r"\$\{AWS::(\w+)\}", lambda match: NAMES[match[1]], found["Fn::Sub"])
    return re.sub(r"\$\{(\w+)\.Arn\}", r"\1", named)


def is_granted(door: str, need: Need) -> bool:
    action, resource = need
    return any(action == given and fnmatchcase(resource, pattern) for given, pattern in granted()[door])


# --- what is asked ---------------------------------------------------------------------------------------------------


def watched(module: ModuleType) -> ModuleType:
    """The door, known as the one that asks while it is at work."""
    handler = module.handler
    if not hasattr(handler, "is_watched"):

        @wraps(handler)
        def handle(event: Any, context: Any) -> Any:
            token = _asking.set(module.__name__)
            try:
                return handler(event, context)
            finally:
                _asking.reset(token)

        handle.is_watched = True  # type: ignore[attr-defined]
        module.handler = handle  # type: ignore[attr-defined]
    return module


@contextmanager
def permissions() -> Iterator[None]:
    """Fails at the end if a door asked AWS for something that its function may not do there."""
    ask, missing = BaseClient._make_api_call, set[tuple[str, Need]]()  # type: ignore[attr-defined]
    start = Thread.start

    def asked(client: Any, operation: str, wish: Wish) -> Any:
        if door := _asking.get():
            wanted = needs(client.meta.service_model.service_name, operation, wish)
            missing.update((door, need) for need in wanted if not is_granted(door, need))
        return ask(client, operation, wish)

    def started(thread: Thread) -> None:
        """A thread asks for the door that started it."""
        run, context = thread.run, copy_context()
        thread.run = lambda: context.run(run)  # type: ignore[method-assign]
        start(thread)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", asked)
        patch.setattr(Thread, "start", started)
        yield
    assert not missing, f"template.yaml does not grant: {sorted(missing)}"

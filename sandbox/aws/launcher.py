"""Start MiniStack so that functions and routes behave as on AWS. Runs in the emulator's own interpreter, not in ours.

Every change below is made against private names of exactly this version; `tests/e2e/test_local_aws.py` probes each one.
"""

import hashlib
import http.server
import io
import json
import os
import stat
import sys
import tempfile
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

EMULATOR_VERSION = "1.5.33"
if version("ministack") != EMULATOR_VERSION:
    sys.exit(f"This launcher fits ministack {EMULATOR_VERSION}, not {version('ministack')}.")

from ministack.core import iam_actions, lambda_runtime  # noqa: E402 - only once the version is known to fit
from ministack.services import apigateway, lambda_svc  # noqa: E402
from ministack.services.cloudformation import provisioners  # noqa: E402

Json = dict[str, Any]
LAMBDA_PYTHON = os.environ["LAMBDA_PYTHON"]
HOST_VARIABLES = ("PATH", "TMPDIR", "SSL_CERT_FILE", "AWS_CA_BUNDLE")

# --- Functions: the real runtime client, in an interpreter that holds only boto3 -------------------------------------
# Stock MiniStack runs handlers in its own interpreter (a package missing from the layer is not noticed) and reports
# every exception as Runtime.HandlerError (no ErrorEquals of a state machine would ever match).
BOOTSTRAP = f"""#!{LAMBDA_PYTHON}
import os
from awslambdaric.__main__ import main
main(["bootstrap", os.environ["_HANDLER"]])
"""


class RuntimeClientWorker(lambda_runtime.ProvidedWorker):  # type: ignore[misc] # the emulator has no types
    def __init__(self, func_name: str, config: Json, code_zip: bytes) -> None:
        super().__init__(func_name, config, with_bootstrap(code_zip))

    def _await_init(self, init_timeout: float | None = None) -> None:
        try:
            super()._await_init(init_timeout)
        except RuntimeError as error:
            if not isinstance(self._init_error, dict):
                raise
            raise lambda_runtime.ProvidedRuntimeError(
                self._init_error.get("errorMessage", ""), self._init_error.get("errorType", "Runtime.Unknown")
            ) from error


def with_bootstrap(code_zip: bytes) -> bytes:
    buffer = io.BytesIO(code_zip)
    with zipfile.ZipFile(buffer, "a") as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = (stat.S_IFREG | 0o755) << 16
        archive.writestr(entry, BOOTSTRAP)
    return buffer.getvalue()


def worker_class(config: Json) -> type[lambda_runtime.Worker]:
    return RuntimeClientWorker if is_python(config) else stock_worker_class(config)


def is_python(config: Json) -> bool:
    return str(config.get("Runtime", "")).startswith("python")


def execute(func: Json, event: Json, request_id: str) -> Json:
    run = lambda_svc._execute_function_provided_warm if is_python(func.get("config") or func) else stock_execute
    result: Json = run(func, event, request_id)
    return result


def environment(config: Json, code_dir: str, port: int) -> dict[str, str]:
    """What a function sees on AWS: its own variables and those of the runtime, nothing of the host."""
    complete = stock_environment(config, code_dir, port)
    own = (config.get("Environment") or {}).get("Variables") or {}
    kept = {
        name: value
        for name, value in complete.items()
        if name in own or name in HOST_VARIABLES or name.startswith(("AWS_", "LAMBDA_", "_HANDLER", "_X_AMZN"))
    }
    kept.pop("LAMBDA_PYTHON", None)
    return kept | {
        "TZ": ":UTC",
        "LANG": "en_US.UTF-8",
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": os.pathsep.join(layer_paths(config)),
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{config['Runtime']}",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{config['FunctionName']}",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_ENDPOINT_URL": os.environ["AWS_ENDPOINT_URL"],
    }


def layer_paths(config: Json) -> list[str]:
    """Import paths of the layers; a later layer covers an earlier one, as on AWS."""
    blobs = [lambda_svc._resolve_layer_zip(layer) for layer in config.get("Layers") or []]
    return [str(unpacked(blob) / "python") for blob in reversed(blobs) if blob]


def unpacked(blob: bytes) -> Path:
    target = Path(tempfile.gettempdir()) / f"layer-{hashlib.sha256(blob).hexdigest()[:32]}"
    if not target.exists():
        scratch = Path(tempfile.mkdtemp(prefix="layer-"))
        zipfile.ZipFile(io.BytesIO(blob)).extractall(scratch)
        try:
            scratch.rename(target)
        except OSError:  # another cold start was faster; its copy is the same
            return target
    return target


stock_worker_class = lambda_runtime._worker_class_for
stock_execute = lambda_svc._execute_function_warm
stock_environment = lambda_svc._provided_worker_env
lambda_runtime._worker_class_for = worker_class
lambda_svc._execute_function_warm = execute
lambda_svc._provided_worker_env = environment

# Without these two an invocation takes 40 ms more for small packets, and 50 ms more when the handler logs nothing.
http.server.BaseHTTPRequestHandler.disable_nagle_algorithm = True
lambda_runtime.Worker._drain_stderr_bounded.__defaults__ = (0.003, 0.002, 0.1)

# --- SQS FIFO: several message groups at once ------------------------------------------------------------------------
# Receiving locks the groups of a batch, so order holds; stock MiniStack runs one batch at a time for all groups.
stock_concurrency = lambda_svc._sqs_esm_concurrency


def concurrency(mapping: Json, func: Json, config: Json, _queue: Json | None = None) -> int:
    return int(stock_concurrency(mapping, func, config))


lambda_svc._sqs_esm_concurrency = concurrency


# --- IAM: the batch operations of SQS are granted by the action for one message --------------------------------------
stock_iam_action = iam_actions.extract_iam_action


def iam_action(*request: Any) -> str | None:
    action: str | None = stock_iam_action(*request)
    return action.removesuffix("Batch") if action and action.startswith("sqs:") else action


iam_actions.extract_iam_action = iam_action


# --- DynamoDB streams: records that a function reports as failed come again ------------------------------------------
# Stock MiniStack goes on after them, as if they had been handled. Here the whole batch comes again: AWS begins at the
# first failed record, a difference that a handler must bear anyway.
stock_execution = lambda_svc._execute_function


def execute_unless_failures_are_reported(func: Json, event: Any, *rest: Any, **named: Any) -> Json:
    result: Json = stock_execution(func, event, *rest, **named)
    answer = result.get("body")
    if is_stream_batch(event) and isinstance(answer, dict) and answer.get("batchItemFailures"):
        return result | {"error": True, "body": {"errorType": "BatchItemFailures", "errorMessage": json.dumps(answer)}}
    return result


def is_stream_batch(event: Any) -> bool:
    records = event.get("Records") if isinstance(event, dict) else None
    return isinstance(records, list) and bool(records) and records[0].get("eventSource") == "aws:dynamodb"


lambda_svc._execute_function = execute_unless_failures_are_reported


# --- HTTP API: routes and authorizers from the OpenAPI Body that SAM writes ------------------------------------------
# Stock MiniStack accepts the Body and drops it: the stack is complete and every call is a 404.
def import_body(api_id: str, body: Json) -> None:
    for store in (apigateway._routes, apigateway._integrations, apigateway._authorizers):
        store[api_id] = {}
    authorizers = import_authorizers(api_id, (body.get("components") or {}).get("securitySchemes") or {})
    integrations: dict[str, str] = {}
    for path, operations in (body.get("paths") or {}).items():
        for method, operation in operations.items():
            integration = operation.get("x-amazon-apigateway-integration")
            if integration:
                uri = integration["uri"]
                if uri not in integrations:
                    integrations[uri] = import_integration(api_id, integration)
                security = security_of(operation, authorizers)
                route = {"routeKey": route_key(path, method), "target": f"integrations/{integrations[uri]}"}
                apigateway._create_route(api_id, route | security)


def import_authorizers(api_id: str, schemes: Json) -> dict[str, str]:
    """Authorizer id by the name of its security scheme."""
    created = {}
    for name, scheme in schemes.items():
        authorizer = scheme.get("x-amazon-apigateway-authorizer") or {}
        if authorizer.get("type") == "jwt":
            source = authorizer.get("identitySource", "$request.header.Authorization")
            request = {
                "name": name,
                "authorizerType": "JWT",
                "identitySource": [source] if isinstance(source, str) else source,
                "jwtConfiguration": authorizer["jwtConfiguration"],
            }
            created[name] = answer(apigateway._create_authorizer(api_id, request))["authorizerId"]
    return created


def import_integration(api_id: str, integration: Json) -> str:
    request = {
        "integrationType": "AWS_PROXY",
        "integrationUri": integration["uri"],
        "integrationMethod": integration.get("httpMethod", "POST"),
        "payloadFormatVersion": integration.get("payloadFormatVersion", "2.0"),
    }
    return str(answer(apigateway._create_integration(api_id, request))["integrationId"])


def route_key(path: str, method: str) -> str:
    if path.lstrip("/") == "$default":
        return "$default"
    return f"{'ANY' if method == 'x-amazon-apigateway-any-method' else method.upper()} {path}"


def security_of(operation: Json, authorizers: dict[str, str]) -> Json:
    for requirement in operation.get("security") or []:
        for name, scopes in requirement.items():
            if name in authorizers:
                ids = {"authorizerId": authorizers[name], "authorizationScopes": scopes or []}
                return {"authorizationType": "JWT"} | ids
    return {}


def answer(response: tuple[int, Any, str | bytes]) -> Json:
    status, _, body = response
    if status >= 300:
        raise RuntimeError(f"The emulator refused a part of the HTTP API: {body!r}")
    parsed: Json = json.loads(body)
    return parsed


def named(properties: Json) -> Json:
    """SAM writes the name and the tags of an HTTP API into its Body; the tag ms-custom-id keeps the id stable."""
    body = properties["Body"]
    tags = {tag["name"]: tag.get("x-amazon-apigateway-tag-value") for tag in body.get("tags") or []}
    title = (body.get("info") or {}).get("title")
    return properties | {"Name": properties.get("Name") or title, "Tags": tags | (properties.get("Tags") or {})}


def create_api(logical_id: str, properties: Json, stack_name: str) -> Any:
    created = stock_api["create"](logical_id, named(properties), stack_name)
    import_body(created[0], properties["Body"])
    return created


def update_api(api_id: str, old: Json, new: Json, stack_name: str, logical_id: str | None = None) -> Any:
    updated = stock_api["update"](api_id, named(old), named(new), stack_name, logical_id)
    import_body(updated[0], new["Body"])
    return updated


stock_api = dict(provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::Api"])
provisioners._RESOURCE_HANDLERS["AWS::ApiGatewayV2::Api"].update(create=create_api, update=update_api)

if __name__ == "__main__":
    from ministack.app import main

    main()

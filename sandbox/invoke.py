"""`python -m sandbox.invoke FUNCTION EVENT`: `sam local invoke` without Docker.

FUNCTION is the file in `functions/` without its ending, EVENT a JSON file. The function runs in the real Lambda runtime
client behind the runtime interface emulator that ships with the SAM CLI. With AWS_ENDPOINT_URL set, it gets the
variables of the stack deployed there; otherwise those of the template, with logical ids for names. A variable that is
set in the shell wins over both. Ends with 1 if the function failed.
"""

import argparse
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import requests
import samcli
from samcli.lib.providers.provider import Function
from samcli.lib.providers.sam_function_provider import SamFunctionProvider
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider

from sandbox.aws.local import PROJECT, REGION, free_port, venv_python, wait_for
from sandbox.aws.stack import build

BUILT_TEMPLATE = ".aws-sam/build/template.yaml"
INVOKE_PATH = "/2015-03-31/functions/function/invocations"
SHELL_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGION}
PASSED_ON = ("PATH", "AWS_ENDPOINT_URL", *SHELL_CREDENTIALS, "AWS_SESSION_TOKEN")


def invoke(file: str, event: Any, project: Path = PROJECT, stack: str = "timebridge") -> Any:
    """What the function answers; a failure is a dictionary with `errorType` and `errorMessage`."""
    function = find(file, project)
    with running(function, variables(function, stack)) as url:
        answer = requests.post(url, json=event, timeout=(function.timeout or 3) + 30)
    try:
        return answer.json()
    except requests.JSONDecodeError:  # a timeout is told in plain text
        return {"errorType": "Sandbox.Timedout", "errorMessage": answer.text.strip()}


def find(file: str, project: Path) -> Function:
    stacks, _ = SamLocalStackProvider.get_stacks(str(project / BUILT_TEMPLATE))
    functions = {(function.handler or "").removesuffix(".handler"): function for function in provided(stacks)}
    if file not in functions:
        raise SystemExit(f"No function {file!r}; there are {', '.join(sorted(functions))}.")
    return functions[file]


def provided(stacks: Any) -> Iterator[Function]:
    yield from SamFunctionProvider(stacks, ignore_code_extraction_warnings=True).get_all()


def variables(function: Function, stack: str) -> dict[str, str]:
    own = {name: str(value) for name, value in ((function.environment or {}).get("Variables") or {}).items()}
    deployed = deployed_variables(function.name, stack) if "AWS_ENDPOINT_URL" in os.environ else {}
    return {name: os.environ.get(name, deployed.get(name, value)) for name, value in own.items()}


def deployed_variables(logical_id: str, stack: str) -> dict[str, str]:
    shell = SHELL_CREDENTIALS | {name: os.environ[name] for name in SHELL_CREDENTIALS if name in os.environ}
    session = boto3.Session(shell["AWS_ACCESS_KEY_ID"], shell["AWS_SECRET_ACCESS_KEY"], region_name=shell["AWS_REGION"])
    resource = session.client("cloudformation").describe_stack_resource(StackName=stack, LogicalResourceId=logical_id)
    name = resource["StackResourceDetail"]["PhysicalResourceId"]
    configuration = session.client("lambda").get_function_configuration(FunctionName=name)
    return dict(configuration.get("Environment", {}).get("Variables", {}))


@contextmanager
def running(function: Function, own: dict[str, str]) -> Iterator[str]:
    """The URL that invokes the function, while the emulated runtime is up."""
    port, runtime_port = free_port(), free_port()
    address = f"127.0.0.1:{port}"
    command = [
        str(runtime_emulator()),
        "--runtime-interface-emulator-address",
        address,
        "--runtime-api-address",
        f"127.0.0.1:{runtime_port}",
        "--log-level",
        "error",
        venv_python(".lambda-runtime"),
        "-m",
        "awslambdaric",
        str(function.handler),
    ]
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(  # noqa: S603 - what runs is what was built
            command, cwd=function.codeuri, env=environment(function, own), stdout=log, stderr=log
        )
        try:
            wait_for(lambda: listens(port), 10, "the runtime interface emulator did not start")
            yield f"http://{address}{INVOKE_PATH}"
            # Read before the end: a runtime client that loses its emulator complains at length.
            log.seek(0)
            sys.stderr.write(log.read())
        finally:
            process.terminate()
            process.wait(10)


def environment(function: Function, own: dict[str, str]) -> dict[str, str]:
    shell = SHELL_CREDENTIALS | {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return shell | {
        "TZ": ":UTC",
        "LANG": "en_US.UTF-8",
        "PYTHONPATH": os.pathsep.join(f"{layer.codeuri}/python" for layer in reversed(function.layers)),
        "AWS_DEFAULT_REGION": shell["AWS_REGION"],
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory or 128),
        "AWS_LAMBDA_FUNCTION_TIMEOUT": str(function.timeout or 3),
        "LAMBDA_TASK_ROOT": str(function.codeuri),
        "_HANDLER": str(function.handler),
        **own,
    }


def runtime_emulator() -> Path:
    """An executable copy of the binary inside the SAM CLI, which is installed without the permission to run it."""
    architecture = {"x86_64": "x86_64", "aarch64": "arm64"}.get(platform.machine())
    if platform.system() != "Linux" or architecture is None:
        raise SystemExit("The runtime interface emulator runs on Linux only; `sam local invoke` needs Docker instead.")
    shipped = Path(samcli.__path__[0]) / "local" / "rapid" / f"aws-lambda-rie-{architecture}"
    copy = PROJECT / ".local" / shipped.name
    if not copy.exists():
        copy.parent.mkdir(exist_ok=True)
        shutil.copyfile(shipped, copy)
        copy.chmod(0o755)
    return copy


def listens(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/", timeout=1).status_code > 0
    except requests.ConnectionError:
        return False


def failed(answer: Any) -> bool:
    return isinstance(answer, dict) and "errorType" in answer


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="sandbox.invoke", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("function", metavar="FUNCTION")
    parser.add_argument("event", metavar="EVENT", type=Path)
    wish = parser.parse_args()
    event = json.loads(wish.event.read_text())
    build()
    answer = invoke(wish.function, event)
    sys.stdout.write(json.dumps(answer, indent=2) + "\n")
    sys.exit(1 if failed(answer) else 0)


if __name__ == "__main__":
    main()

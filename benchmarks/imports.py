"""What a cold start pays: each door imported in a fresh interpreter that holds what Lambda's does, on the built layers.

The worker is also measured with the road of each provider, which it loads when the first message of one comes.
"""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from benchmarks.report import Part, middle, say
from sandbox.aws.local import PROJECT, REGION, venv_python
from sandbox.aws.stack import build

RUNS = 7
WEBHOOK_GOAL, WORKER_GOAL = 220.0, 350.0
BUILT = PROJECT / ".aws-sam" / "build"
LAYERS = ("TimebridgeLayer", "DependenciesLayer")

CLIENT = "import timebridge.queue as queue; queue.client()"
FLOOR = "import boto3; boto3.client('sqs')"
LEAN_FLOOR = "import botocore.session; botocore.session.get_session().create_client('sqs')"

TIMED = """
import json, time
wall, cpu = time.perf_counter(), time.process_time()
{code}
print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu]))
"""


@dataclass(frozen=True, slots=True)
class Door:
    """`code` is what is timed, `goal` milliseconds by the clock."""

    what: str
    code: str
    goal: float | None = None


def road_of(provider: str) -> str:
    stores = ("cursors", "links", "records", "grants", "app_secrets")
    modules = ", ".join(f"timebridge.store.{store}" for store in stores)
    return f"{modules}, timebridge.workspace; from timebridge.providers.{provider} import open_side"


def doors() -> list[Door]:
    names = sorted(file.stem for file in (PROJECT / "functions").glob("*.py"))
    return [
        Door("floor: boto3 and one client", FLOOR),
        Door("floor: botocore and one client", LEAN_FLOOR),
        *(Door(name, f"import {name}", goal_of(name)) for name in names),
        *(Door(f"{name}, and its first client", f"import {name}; {CLIENT}") for name in names if is_webhook(name)),
        Door("worker, and the road to Salesforce", f"import worker, {road_of('salesforce')}", WORKER_GOAL),
        Door("worker, and the road to QuickBooks", f"import worker, {road_of('quickbooks_online')}", WORKER_GOAL),
    ]


def is_webhook(name: str) -> bool:
    return name.endswith("_webhook")


def goal_of(name: str) -> float | None:
    return WEBHOOK_GOAL if is_webhook(name) else WORKER_GOAL if name == "worker" else None


def measured() -> Part:
    say("Building the layers")
    build()
    say(f"Importing every door, {RUNS} times each, in turn")
    taken: dict[str, list[tuple[float, float]]] = {door.what: [] for door in doors()}
    for run in range(RUNS + 1):
        for door in doors():
            spent = milliseconds(door.code)
            if run:  # the first round only brings the files into memory
                taken[door.what].append(spent)
    part = Part("Import times, median")
    for door in doors():
        walls, cpus = zip(*taken[door.what], strict=True)
        per = f"{middle(cpus):.0f} ms of CPU; {min(walls):.0f} to {max(walls):.0f} ms"
        part.add(door.what, middle(walls), "ms", door.goal, per)
    return part


def milliseconds(code: str) -> tuple[float, float]:
    """By the clock, and of CPU."""
    done = subprocess.run(  # noqa: S603 - our own interpreter and code
        [venv_python(".lambda-runtime"), "-c", TIMED.format(code=code)],
        env=environment(),
        cwd=BUILT / "WorkerFunction",
        capture_output=True,
        text=True,
        check=True,
    )
    wall, cpu = json.loads(done.stdout)
    return wall * 1000, cpu * 1000


def environment() -> dict[str, str]:
    """Little more than Lambda sets; importing reaches no network."""
    own = {
        "PYTHONPATH": os.pathsep.join(str(BUILT / layer / "python") for layer in LAYERS),
        "PATH": os.environ["PATH"],
        "LANG": "en_US.UTF-8",
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_EC2_METADATA_DISABLED": "true",
        "LAMBDA_TASK_ROOT": str(Path(BUILT) / "WorkerFunction"),
    }
    tables = ("TENANTS", "RECORDS", "LINKS", "CURSORS", "RUNS", "AUDIT")
    return own | {f"{name}_TABLE": name.lower() for name in tables} | {"CHANGES_QUEUE_URL": "https://sqs.example/queue"}

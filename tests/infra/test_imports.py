"""What a door imports, it pays for at each cold start: by presence of modules, which is the same on every machine."""

import json
import subprocess
import sys

import pytest

from tests.stage import ROOT

HEAVY = ("simple_salesforce", "zeep", "quickbooks", "aws_xray_sdk", "pydantic", "requests", "jinja2", "boto3")
FOREIGN = ("unittest.mock", "pytest", "moto", "sandbox")

NEEDED = {
    "salesforce_webhook": set(),
    "quickbooks_webhook": set(),
    "edits": set(),
    "schedule": set(),
    "notify": set(),
    "worker": set(),
    "oauth": {"requests", "jinja2", "boto3"},
    "initial_sync": {"boto3"},
    "console": {"requests", "jinja2", "boto3", "pydantic"},
}
"""Of the heavy ones, what a door may import at its start."""


def imported(door: str) -> set[str]:
    code = f"import json, sys; import {door}; print(json.dumps(sorted(sys.modules)))"
    path = f"{ROOT / 'functions'}:{ROOT / 'layers' / 'timebridge'}"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": path, "AWS_DEFAULT_REGION": "eu-central-1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("door", NEEDED)
def test_a_door_imports_nothing_heavy_that_it_does_not_need(door: str) -> None:
    modules = imported(door)

    assert {name for name in HEAVY if name in modules} <= NEEDED[door]
    assert not modules.intersection(FOREIGN)


@pytest.mark.parametrize(
    ("door", "other"), [("salesforce_webhook", "quickbooks_online"), ("quickbooks_webhook", "salesforce")]
)
def test_a_webhook_door_loads_its_own_provider_only(door: str, other: str) -> None:
    assert f"timebridge.providers.{other}" not in imported(door)

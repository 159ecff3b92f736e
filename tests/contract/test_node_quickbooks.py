"""node-quickbooks from npm, unmodified, at work against the sandbox: `node/quickbooks.js` says what it does."""

import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.quickbooks import Limits, QuickBooks
from tests.contract.quickbooks_company import CONSULTING, Company

NODE = Path(__file__).parent / "node"


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
def test_node_quickbooks_works_against_the_sandbox() -> None:
    if not (NODE / "node_modules" / "node-quickbooks").exists():
        subprocess.run(["npm", "ci", "--ignore-scripts"], cwd=NODE, check=True, capture_output=True)
    with QuickBooks("demo", limits=Limits(enabled=False)) as sandbox:
        grant = Company(sandbox).connect().grant
        since = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        facts = {**sandbox.facts(), **grant, "realm": CONSULTING, "since": since}
        command = ["node", "quickbooks.js", json.dumps(facts)]
        run = subprocess.run(command, cwd=NODE, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout.splitlines()[-1]) == {
        **{"customers": 77, "counted": 77, "repeated": True, "found": True, "changed": ["Marlin & Co's", "x", "1"]},
        **{"stale": "5010", "duplicate": "6240", "batch": 30, "deleted": "Deleted", "total": 90, "voided": "Voided"},
        **{"pdf": "%PDF-1.4", "company": "Larkspur and Vane Consulting", "timeTracking": True},
        **{"changes": [True, False], "refreshed": True, "revoked": True},
    }

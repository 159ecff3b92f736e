"""jsforce, unmodified, works against the Salesforce sandbox: consent with PKCE, refresh, records, Bulk API."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from sandbox.salesforce import Salesforce

NODE = Path(__file__).parent / "node"
CALLBACK = "http://localhost:9/callback"


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
def test_jsforce_connects_refreshes_writes_and_reads() -> None:
    if not (NODE / "node_modules" / "jsforce").exists():
        subprocess.run(["npm", "ci", "--ignore-scripts"], cwd=NODE, check=True, capture_output=True)
    with Salesforce(redirect_uris=[CALLBACK], refresh_seconds=0.01) as org:
        command = ["node", "jsforce.mjs", org.url, org.client_id, org.client_secret, CALLBACK]
        run = subprocess.run(command, cwd=NODE, capture_output=True, text=True, timeout=60, check=False)

    assert run.returncode == 0, run.stderr
    seen = json.loads(run.stdout)
    assert seen.pop("fields") > 40
    assert seen == {
        "organization": org.org.id,
        "username": "integration@nimbus-oak.example",
        "refreshed": 1,
        "created": True,
        "name": "Acme",
        "many": 250,
        "upserted": True,
        "queried": 250,
        "limits": 100_000,
        "errorCode": "INVALID_FIELD",
        "bulk": 2,
        "bulkRead": 2,
    }

"""Salesforce's own tools, as `make test` installs them in `salesforce/`."""

import os
import subprocess
from pathlib import Path

from tests.infra.sam_template import PROJECT

ROOT = PROJECT / "salesforce"
TOOLS = ROOT / "node_modules" / ".bin"
QUIET = {
    "SF_DISABLE_TELEMETRY": "true",
    "SF_DISABLE_AUTOUPDATE": "true",
    "SF_SKIP_NEW_VERSION_CHECK": "true",
    "CI": "1",
}
OVER_REST = {"SF_ORG_METADATA_REST_DEPLOY": "true", "SF_USE_GENERIC_UNIX_KEYCHAIN": "true"}
"""The sandbox speaks the Metadata API over REST; its logins are kept in files of the test's own home."""


def run(*command: str, where: Path, home: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A tool, with the Node.js that was installed beside it: this machine's own may be too old."""
    assert (TOOLS / "sf").exists(), "The tools are not installed: make test does that."
    brought = [str(path) for path in (ROOT / "node_modules").glob("node-*/bin")]
    path = os.pathsep.join([*brought, str(TOOLS), os.environ["PATH"]])
    given = {**os.environ, **QUIET, **OVER_REST, "PATH": path, "HOME": str(home), **environment}
    return subprocess.run(command, cwd=where, env=given, capture_output=True, text=True, timeout=120, check=False)

"""What an administrator deploys to their org with Salesforce's own command line: the package, and the notices.

The package is the same for every org. The notices are not: a record-triggered flow and an outbound message for each
object, with the connection's own webhook address and user. The flows come after the messages, because a flow can only
name a message that is in the org.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from timebridge.providers.salesforce.package import SOURCE

if TYPE_CHECKING:
    from jinja2 import Environment

API_VERSION = "67.0"
OBJECTS = ("Account", "Opportunity", "Case")
"""The objects whose changes are told. Deletions cannot be: the next pull finds them."""

MESSAGES, FLOWS, PACKAGE = "messages", "flows", "force-app"
LEFT_OUT = "__tests__"
MADE = datetime(2026, 1, 1, tzinfo=UTC).timetuple()[:6]
"""One moment for all files, so that the same content is the same archive."""

type Files = Mapping[str, str]


def package_files() -> dict[str, str]:
    """The package as a project of Salesforce's command line, by path."""
    sources = [file for file in sorted(SOURCE.rglob("*")) if file.is_file() and LEFT_OUT not in file.parts]
    found = {f"{PACKAGE}/{file.relative_to(SOURCE).as_posix()}": file.read_text(encoding="utf-8") for file in sources}
    return {**_project(PACKAGE), **found}


def notice_files(endpoint: str, user: str, skip_own: bool = True) -> dict[str, str]:
    """The notices of one connection. `user` sends the messages; with `skip_own` their own changes are not told.

    The endpoint holds a secret: whoever has it can make us look, though not make us believe anything.
    """
    files = _project(MESSAGES, FLOWS)
    for name in OBJECTS:
        values = {
            "object": name,
            "name": f"TB_{name}_Changed",
            "label": f"timebridge {name} changed",
            "api_version": API_VERSION,
            "endpoint": endpoint,
            "user": user,
            "skipped": user if skip_own else None,
        }
        files[f"{MESSAGES}/main/default/workflows/{name}.workflow-meta.xml"] = _filled("message.xml", values)
        files[f"{FLOWS}/main/default/flows/TB_{name}_Changed.flow-meta.xml"] = _filled("flow.xml", values)
    return files


def archive(files: Files) -> bytes:
    """The files as a zip."""
    kept = BytesIO()
    with ZipFile(kept, "w", ZIP_DEFLATED) as made:
        for path, text in files.items():
            made.writestr(ZipInfo(path, MADE), text, ZIP_DEFLATED)
    return kept.getvalue()


def _project(*folders: str) -> dict[str, str]:
    directories: Iterable[dict[str, object]] = (
        {"path": name, "default": number == 0} for number, name in enumerate(folders)
    )
    said = {
        "packageDirectories": list(directories),
        "namespace": "",
        "sfdcLoginUrl": "https://login.salesforce.com",
        "sourceApiVersion": API_VERSION,
    }
    return {"sfdx-project.json": json.dumps(said, indent=2) + "\n"}


def _filled(template: str, values: Mapping[str, object]) -> str:
    return _templates().get_template(template).render(values) + "\n"


@cache
def _templates() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("timebridge.providers.salesforce.package"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

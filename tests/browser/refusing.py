"""A Salesforce that refuses a project, so that there is a run with a problem."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import requests

from tests.browser.firm import Firm

CODE = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
PATIENCE = 60.0


@contextmanager
def refusing(firm: Firm, why: str) -> Iterator[str]:
    """Salesforce refuses a project's new name, until the end. The id of the run that says so."""
    run = refused_run(firm, why)
    try:
        yield run
    finally:
        requests.delete(_refusals(firm), timeout=10).raise_for_status()


def refused_run(firm: Firm, why: str) -> str:
    """The same for good."""
    links = f"connections/{firm.salesforce}/links"
    link = firm.api.get(links, flow="salesforce.opportunity", state="live", limit=1)["items"][0]
    order = {"object": "Opportunity", "id": link["theirs"], "code": CODE, "message": why, "fields": ["Name"]}
    requests.post(_refusals(firm), json=order, timeout=10).raise_for_status()
    project = firm.api.get(f"projects/{link['ours']}")
    firm.api.patch("projects", project, name=f"{project['values']['name']} (2)"[:80])
    firm.api.post(f"connections/{firm.salesforce}/sync", {"kind": "project", "id": project["id"]})
    return _until_refused(firm, why)


def _refusals(firm: Firm) -> str:
    return f"{firm.stage.salesforce.url}/_sandbox/refusals"


def _until_refused(firm: Firm, why: str) -> str:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = firm.api.get("runs", connection=firm.salesforce, q=why)["items"]
        if found:
            return str(found[0]["id"])
        time.sleep(0.2)
    raise TimeoutError(f"Nothing was refused within {PATIENCE:.0f} s.")

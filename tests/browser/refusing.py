"""A Salesforce that refuses a project, so that there is a run with a problem."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import requests

from tests.browser.firm import Firm

CODE = "FIELD_CUSTOM_VALIDATION_EXCEPTION"
PATIENCE = 60.0


@contextmanager
def refusing(firm: Firm, opportunity: str, why: str) -> Iterator[None]:
    """Salesforce refuses whatever is written to this opportunity."""
    url = f"{firm.stage.salesforce.url}/_sandbox/refusals"
    order = {"object": "Opportunity", "id": opportunity, "code": CODE, "message": why, "fields": ["Name"]}
    requests.post(url, json=order, timeout=10).raise_for_status()
    try:
        yield
    finally:
        requests.delete(url, timeout=10).raise_for_status()


def refused_run(firm: Firm, why: str) -> str:
    """The id of a run in which the new name of a project was refused."""
    links = f"connections/{firm.salesforce}/links"
    link = firm.api.get(links, flow="salesforce.opportunity", state="live", limit=1)["items"][0]
    project = firm.api.get(f"projects/{link['ours']}")
    with refusing(firm, link["theirs"], why):
        firm.api.patch("projects", project, name=f"{project['values']['name']} (2)"[:80])
        firm.api.post(f"connections/{firm.salesforce}/sync", {"kind": "project", "id": project["id"]})
        return _until_refused(firm, why)


def _until_refused(firm: Firm, why: str) -> str:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        found = firm.api.get("runs", connection=firm.salesforce, q=why)["items"]
        if found:
            return str(found[0]["id"])
        time.sleep(0.2)
    raise TimeoutError(f"Nothing was refused within {PATIENCE:.0f} s.")

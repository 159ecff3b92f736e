"""The real template on the local AWS, with the policies of the function roles enforced, between both sandboxes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests

from sandbox.demo.connect import connect, follow
from sandbox.demo.stage import Stage
from sandbox.demo.story import Story


@dataclass
class Firm:
    """A tenant with both providers connected and loaded."""

    stage: Stage
    salesforce: str
    quickbooks: str
    loads: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firm]:
    def quiet(*_: object) -> None:
        return

    folder: Path = tmp_path_factory.mktemp("stage")
    with Stage(folder, quiet, auth=True) as stage:
        salesforce, _ = connect(stage, "salesforce", {"presets": ["projects"], "stages": ["Closed Won"]})
        loads = {salesforce: follow(stage, salesforce, quiet)}
        quickbooks, _ = connect(stage, "quickbooks_online", {}, realm=stage.realm)
        loads[quickbooks] = follow(stage, quickbooks, quiet)
        stage.send_outbound_messages(stage.admin.get(f"connections/{salesforce}")["webhook_url"])
        stage.send_webhooks()
        yield Firm(stage, salesforce, quickbooks, loads)


def test_the_initial_sync_handles_every_record_and_tells_its_progress(firm: Firm) -> None:
    salesforce, quickbooks = firm.loads[firm.salesforce], firm.loads[firm.quickbooks]

    assert salesforce["percent"] == quickbooks["percent"] == 100
    assert salesforce["progress"]["Account"]["done"] == 60
    assert {progress["parked"] for progress in quickbooks["progress"].values()} == {0}
    assert quickbooks["counts"]["created_theirs"] >= 60, "clients that came from Salesforce became customers"


def test_the_story_happens(firm: Firm) -> None:
    steps = list(Story(firm.stage, firm.salesforce, firm.quickbooks).play())

    assert {step.title: step.missing for step in steps if step.missing} == {}
    assert len(steps) == 7


def test_the_initial_sync_again_doubles_nothing(firm: Firm) -> None:
    before = firm.stage.holdings()

    firm.stage.admin.post(f"connections/{firm.quickbooks}/runs")
    run = follow(firm.stage, firm.quickbooks, lambda *_: None)

    assert firm.stage.holdings() == before
    assert run["id"] != firm.loads[firm.quickbooks]["id"]
    assert (run["counts"]["created_ours"], run["counts"]["created_theirs"]) == (0, 0)


def test_a_person_without_a_token_reaches_nothing(firm: Firm) -> None:
    url = f"{firm.stage.url}/v1/tenants/{firm.stage.admin.tenant}/clients"

    assert requests.get(url, timeout=10).status_code == 401
    assert requests.get(url, headers={"authorization": "Bearer x.y.z"}, timeout=10).status_code == 401
    forged = firm.stage.token[:-8] + "AAAAAAAA"
    assert requests.get(url, headers={"authorization": f"Bearer {forged}"}, timeout=10).status_code == 401


def test_no_token_or_secret_is_in_the_logs(firm: Firm) -> None:
    log = firm.stage.aws.log_file.read_text(errors="replace")

    assert firm.stage.salesforce.client_secret not in log
    assert firm.stage.quickbooks.client_secret not in log
    assert firm.stage.quickbooks.verifier_token not in log
    webhook_url = firm.stage.admin.get(f"connections/{firm.salesforce}")["webhook_url"]
    functions = [line for line in log.splitlines() if line.startswith("{")]
    assert functions, "the functions log"
    assert not [line for line in functions if webhook_url.rpartition("/")[2] in line]

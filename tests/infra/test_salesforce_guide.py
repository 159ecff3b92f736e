"""The guide's commands, run as they stand: curl asks the admin API, Salesforce's own command line deploys to the
sandbox."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.quickbooks import QuickBooks
from sandbox.salesforce import Salesforce
from sandbox.salesforce.seed import INTEGRATION_USER
from tests.admin import Person
from tests.bridge import TOKEN, bridged
from tests.infra.salesforce_tools import run
from tests.stage import CALLBACKS, PUBLIC_URL, Stage, control, staged
from timebridge import context
from timebridge.tenants import Provider

PATH = "connections/salesforce"
IN_A_BROWSER = "sf org login web"
"""What needs a person. The test logs the same administrator in by a token."""


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """An org without the package, a connection that waits for consent, and the admin API over HTTP."""
    callbacks = list(CALLBACKS.values())
    with (
        Salesforce(redirect_uris=callbacks) as salesforce,
        QuickBooks(redirect_uris=callbacks) as quickbooks,
        staged(salesforce, quickbooks) as stage,
        bridged(stage, Person()) as url,
    ):
        control("POST", f"{salesforce.url}/_sandbox/package", json={"installed": False})
        stage.new_connection(Provider.SALESFORCE)
        monkeypatch.setenv("PUBLIC_URL", url)
        yield stage


@pytest.fixture
def admin() -> Person:
    return Person()


class Shell:
    """An administrator's terminal."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self.stage, self.folder = stage, folder

    def type(self, command: str) -> str:
        token = self.stage.salesforce.access_token()
        if command.startswith(IN_A_BROWSER):
            command = f"{command.replace('web', 'access-token')} --no-prompt"
        done = run("bash", "-c", command, where=self.folder, home=self.folder, TOKEN=TOKEN, SF_ACCESS_TOKEN=token)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture
def shell(stage: Stage, tmp_path: Path) -> Shell:
    return Shell(stage, tmp_path)


def commands(admin: Person, word: str, **query: Any) -> list[str]:
    steps = admin.get(f"{PATH}/guide", **query).body["steps"]
    [found] = [step["commands"] for step in steps if word in step["title"]]
    return list(found)


def state(admin: Person) -> str:
    return str(admin.get(f"{PATH}/package").body["state"])


def consent(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a person does in the browser."""
    with monkeypatch.context() as within:
        within.setenv("PUBLIC_URL", PUBLIC_URL)
        assert stage.consent(stage.connection("salesforce"))["statusCode"] == 200


def test_A16_A18_the_guides_commands_lead_from_an_empty_org_to_a_project_that_appears_by_itself(
    stage: Stage, admin: Person, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    for command in commands(admin, "Install the package", user=INTEGRATION_USER):
        shell.type(command)
    assert '"authorise_url"' in shell.type(commands(admin, "Connect")[0])
    consent(stage, monkeypatch)
    stage.load("salesforce")
    assert state(admin) == "current"

    for command in [*commands(admin, "arrive at once"), *commands(admin, "Show it to people")]:
        shell.type(command)
    account = stage.seller("create", "Account", Name="Acme")
    won = {"Name": "Website", "AccountId": account, "StageName": "Closed Won", "CloseDate": "2026-12-31"}
    stage.settle()
    stage.seller("create", "Opportunity", **won)
    outbound = f"{stage.salesforce.url}/_sandbox/outbound-messages"
    while control("GET", outbound)["pending"]:
        pass
    stage.settle()
    assert [each["values"]["name"] for each in admin.get("projects").body["items"]] == ["Website"]

    answers = [shell.type(command) for command in commands(admin, "See that it works")]
    assert '"state":"current"' in answers[0].replace(" ", "")
    assert '"ok":true' in answers[1].replace(" ", "")
    assert "package.download" in shell.type(commands(admin, "Know who changed what")[0])
    before = stage.connection("salesforce").webhook_secret
    shell.type(commands(admin, "Change the address")[0])
    assert stage.connection("salesforce").webhook_secret not in (None, before)


def test_A16_one_command_deploys_the_package_and_nobody_sees_it_before_the_permission_set(
    stage: Stage, admin: Person, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    consent(stage, monkeypatch)
    download, unpack, login, deploy, assign = commands(admin, "Install the package")
    for command in (download, unpack, login):
        shell.type(command)
    assert state(admin) == "missing"

    shell.type(deploy)
    assert state(admin) == "missing"

    shell.type(assign)
    assert state(admin) == "current"


def test_A18_a_deployment_that_names_nobody_of_the_org_is_refused_with_the_reason(
    stage: Stage, admin: Person, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sandbox is as strict as an org: the user whom messages are sent as must be there."""
    consent(stage, monkeypatch)
    found = stage.connection("salesforce")
    context.changed(found, owner="nobody@acme.example")
    shell.type(commands(admin, "Install the package")[2])
    download, unpack, messages, _ = commands(admin, "arrive at once")
    for command in (download, unpack):
        shell.type(command)

    with pytest.raises(AssertionError, match="no User named nobody@acme"):
        shell.type(messages)

"""The guide to QuickBooks: its commands run as they stand, its addresses exist, and its pages are the newest."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.quickbooks import QuickBooks
from sandbox.salesforce import Salesforce
from tests.admin import Person
from tests.bridge import TOKEN, bridged
from tests.features.books import opened
from tests.infra.pages import PAGES
from tests.infra.sam_template import PROJECT, Template
from tests.stage import CALLBACKS, PUBLIC_URL, Stage, staged
from timebridge.providers.provider import load
from timebridge.providers.quickbooks_online import guide
from timebridge.store.records import Workspace
from timebridge.tenants import Provider

ID = "quickbooks_online"
GUIDE = (PROJECT / "docs" / "quickbooks.md").read_text()

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:samtranslator")


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Both sandboxes, and the admin API over HTTP; the address of that is put where a command is typed."""
    callbacks = list(CALLBACKS.values())
    with (
        Salesforce(redirect_uris=callbacks) as salesforce,
        QuickBooks(redirect_uris=callbacks) as quickbooks,
        staged(salesforce, quickbooks) as stage,
    ):
        yield stage


@pytest.fixture
def url(stage: Stage) -> Iterator[str]:
    with bridged(stage, Person()) as address:
        yield address


def step(word: str) -> dict[str, Any]:
    answer = Person().get(f"connections/{ID}/guide")
    assert answer.status == 200, answer.text
    [found] = [each for each in answer.body["steps"] if word in each["title"]]
    return dict(found)


class Shell:
    """A terminal, whose commands reach the admin API of this process."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder

    def type(self, command: str) -> str:
        sent = command.replace(PUBLIC_URL, self.url)
        given = {**os.environ, "TOKEN": TOKEN, "HOME": str(self.folder)}
        done = subprocess.run(
            ["bash", "-c", sent], env=given, capture_output=True, text=True, timeout=60, check=False, cwd=self.folder
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout.replace('": ', '":')

    def follow(self, word: str) -> list[str]:
        return [self.type(command) for command in step(word)["commands"]]


@pytest.fixture
def shell(url: str, tmp_path: Path) -> Shell:
    return Shell(url, tmp_path)


def test_D53_the_guide_leads_from_nothing_to_a_company_whose_lists_are_chosen(stage: Stage, shell: Shell) -> None:
    stage.new_connection(Provider.QUICKBOOKS_ONLINE)
    begun, prepared = shell.follow("Connect")
    assert '"authorise_url"' in begun
    assert '"outcome":"unknown"' in prepared

    assert stage.consent(stage.connection(ID))["statusCode"] == 200
    stage.load(ID)
    assert '"ready":true' in shell.type(step("Connect")["commands"][1])

    listed, saved, _, published = shell.follow("Choose the lists")
    assert "quickbooks_online.class" in listed
    assert "without classes" in saved
    assert '"note":"without classes"' in published
    assert "quickbooks_online.class" not in shell.type(step("Choose the lists")["commands"][0])


def test_D53_the_guide_leads_approved_hours_into_the_books(stage: Stage, shell: Shell) -> None:
    books = opened(stage, Workspace(stage.tenant, "manager"))
    books.approved()

    ready, previewed, posted = shell.follow("Post")
    assert '"state":"ready"' in ready
    assert '"TimeActivity"' in previewed
    assert stage.quickbooks_has("TimeActivity") == []
    assert '"run"' in posted
    assert len(books.posted()) == 1

    tested, ran, chart = shell.follow("See that it works")
    assert '"ok":true' in tested
    assert '"kind":"post"' in ran
    assert "DisplayName" in chart
    assert '"kind":"locked"' in shell.follow("something is refused")[0]
    shown, again = shell.follow("How long")
    assert '"days_left":101' in shown
    assert '"authorise_url"' in again


def test_D53_the_guide_of_a_tenant_holds_its_own_values(stage: Stage) -> None:
    stage.new_connection(Provider.QUICKBOOKS_ONLINE)
    found = Person().get(f"connections/{ID}/guide").body

    assert found["title"] == "Connecting QuickBooks Online with Acme"
    values = {each["label"]: each["value"] for each in step("Register")["values"]}
    assert values["Redirect URI"] == f"{PUBLIC_URL}/api/quickbooks/callback"
    assert values["Host domain"] == "timebridge.example"


def test_D53_what_the_guide_asks_for_is_what_the_product_asks_for() -> None:
    """The scopes of the consent page, and notices of every object that a flow moves."""
    assert re.findall(r"^\| Scope \| `(.+)` \|$", GUIDE, re.MULTILINE) == guide.SCOPES.split()
    flows = load(ID).flows({})
    named = re.findall(r"^\| Webhook entities \| `(.+)` \|$", GUIDE, re.MULTILINE)[0].split(", ")
    assert {"Customer", "Invoice", "Item", "TimeActivity", "Preferences"} <= set(named)
    assert {flow.object for flow in flows} - set(named) <= {"CompanyInfo", "TaxCode", "TaxRate"}, "these send none"


def test_D53_every_address_of_the_guide_is_a_route_without_a_login(template: Template) -> None:
    events = [event for function in template.functions.values() for event in function.get("Events", {}).values()]
    routes = [event["Properties"] for event in events if event["Type"] == "HttpApi"]
    for path in re.findall(r"`https://timebridge\.example(/api/[^`]+)`", GUIDE):
        [route] = [each for each in routes if re.fullmatch(re.sub(r"\{[\w+]+\}", "[^/]+", each["Path"]), path)]
        assert route["Auth"] == {"Authorizer": "NONE"}, path


@pytest.mark.parametrize("name", PAGES)
def test_the_pages_that_are_made_of_the_product_are_the_newest(name: str) -> None:
    assert (PROJECT / "docs" / name).read_text() == PAGES[name](), "run `make pages`"

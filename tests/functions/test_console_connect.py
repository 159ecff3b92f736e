"""Connecting in the console: from the catalogue to a connection that is switched on, and the initial sync."""

from typing import Any

import pytest

from tests.console import Browser
from tests.stage import Stage
from timebridge import context
from timebridge.store.records import Workspace
from timebridge.store.tenants import Tenants
from timebridge.tenants import Provider, Status, Tenant

BASE = "connections/quickbooks_online"


@pytest.fixture
def admin(stage: Stage) -> Browser:
    Tenants().save(Tenant(stage.tenant, "Acme", "Europe/Berlin"))
    return Browser()


@pytest.fixture
def viewer(admin: Browser) -> Browser:  # noqa: ARG001
    return Browser(roles=("viewer",), name="vera@acme.example")


def being_set_up(stage: Stage) -> None:
    stage.new_connection(Provider.QUICKBOOKS_ONLINE, setup={"step": "account"})
    assert stage.consent(stage.connection("quickbooks_online"))["statusCode"] == 200


def test_the_catalogue_leads_to_the_provider_in_three_screens(admin: Browser) -> None:
    catalogue = admin.get("connections/new")
    assert "QuickBooks Online" in catalogue.text
    needed = admin.follow(admin.post("connections/new", {"provider": "quickbooks_online"}))
    assert "What the account needs" in needed.text
    act = next(form["action"] for form in needed.forms if form["action"].endswith("/do/connect"))

    going = admin.post(act.partition("/acme/")[2])

    assert going.status == 200
    assert "/api/quickbooks/start?ticket=" in going.headers["Refresh"]


def test_every_step_is_one_save_and_it_stays_off_until_the_end(stage: Stage, admin: Browser) -> None:
    stage.bookkeeper("Customer", DisplayName="Northwind Trading Limited")
    ours = Workspace(stage.tenant).create("client", {"name": "Northwind Tradng Ltd"})
    being_set_up(stage)

    account = admin.follow(admin.get(BASE))
    assert "Is this the right account?" in account.text
    check = admin.follow(admin.post(f"{BASE}/setup/next", {"step": "check"}))
    assert "Everything that is needed is there." in check.text
    looking = admin.follow(admin.post(f"{BASE}/setup/next", {"step": "matches"}))
    assert "Looking at both sides" in looking.text
    stage.work()
    assert admin.get(f"{BASE}/setup/looking", step="matches", part=True).headers["HX-Refresh"] == "true"
    matches = admin.get(f"{BASE}/setup/matches")
    assert "Northwind Tradng Ltd" in matches.text
    form = next(form for form in matches.forms if form["action"].endswith("/answer"))
    given = {each["name"]: each["value"] for each in form["fields"] if each["tag"] == "input"}
    answered = admin.post(f"{BASE}/setup/answer", {**given, "answer": f"link {ours.id}"})
    assert answered.said == "Linked."
    assert "Nothing needs to be confirmed." in admin.follow(answered).text
    rules = admin.follow(admin.post(f"{BASE}/setup/next", {"step": "rules"}))
    assert "Where does it begin?" in rules.text
    saved = admin.post(f"{BASE}/setup/rules", {"way": "look", "way_was": "both", "start_mode": "initial"})
    assert saved.location == f"acme/{BASE}/setup/preview"
    stage.work()
    preview = admin.follow(saved)
    assert "Nothing will be written in QuickBooks Online." in preview.text
    assert stage.connection("quickbooks_online").status is Status.PAUSED

    on = admin.post(f"{BASE}/setup/on")

    assert on.location == f"acme/{BASE}/load"
    assert stage.connection("quickbooks_online").status is Status.LOADING
    stage.load("quickbooks_online")
    assert "Everything is loaded." in admin.get(f"{BASE}/load").text


def test_the_preview_leads_to_the_records(stage: Stage, admin: Browser) -> None:
    stage.bookkeeper("Customer", DisplayName="<b>Orchard</b> & Co")
    being_set_up(stage)
    admin.post(f"{BASE}/setup/next", {"step": "preview"})
    admin.post(f"{BASE}/setup/look", {"step": "preview"})
    stage.work()

    preview = admin.get(f"{BASE}/setup/preview")
    assert "Kind by kind" in preview.text
    shown = admin.get(f"{BASE}/setup/preview/records", flow="quickbooks_online.customer", fate="made_here")

    assert "&lt;b&gt;Orchard&lt;/b&gt;" in shown.html
    assert "<b>Orchard" not in shown.html


def test_a_viewer_sees_how_far_it_is_and_whom_to_ask(stage: Stage, viewer: Browser) -> None:
    being_set_up(stage)

    page = viewer.follow(viewer.get(BASE))

    assert "It is being set up." in page.text
    assert "Whom to ask" in page.text
    assert not [form for form in page.forms if "setup" in form["action"]]
    assert "Whom to ask" in viewer.get("connections/new").text
    assert viewer.post(f"{BASE}/setup/on").status in (303, 403)
    assert stage.connection("quickbooks_online").status is Status.PAUSED


def test_a_refusal_at_the_provider_is_told_on_the_page(stage: Stage, admin: Browser) -> None:
    stage.new_connection(Provider.QUICKBOOKS_ONLINE, setup={"step": "account"})
    refusal = {"title": "Access was not allowed", "reason": "You chose not to allow it.", "remedy": "Start again."}
    context.changed(stage.connection("quickbooks_online"), refusal=refusal)

    page = admin.get(BASE)

    assert "Access was not allowed." in page.text
    assert "Start again." in page.text


def test_wrong_rules_are_shown_again_with_what_to_do(stage: Stage, admin: Browser) -> None:
    being_set_up(stage)
    flows = [each["flow"] for each in _rules(admin)]
    on = [name for name in flows if name != "quickbooks_online.customer"]

    shown = admin.post(
        f"{BASE}/setup/rules",
        {"way": "both", "way_was": "both", "start_mode": "initial", "flows": flows, "on": on},
    )

    assert shown.status == 422
    assert "Switch" in shown.text


def _rules(admin: Browser) -> list[dict[str, Any]]:
    from tests.admin import Person

    found: list[dict[str, Any]] = Person(name=admin.name).get(f"{BASE}/rules").body["flows"]
    return found


def test_a_load_is_cancelled_and_resumed(stage: Stage, admin: Browser) -> None:
    being_set_up(stage)
    admin.post(f"{BASE}/setup/on")
    page = admin.get(f"{BASE}/load")
    assert "Waits for those above" in page.text
    run = stage.connection("quickbooks_online").run or ""
    asked = admin.get(f"{BASE}/load/cancel")
    assert "stays" in asked.text
    assert "When you resume, only what is left is done." in asked.text

    cancelled = admin.follow(admin.post(f"{BASE}/load/cancel", {"run": run}))
    assert "Cancelled." in cancelled.text
    resumed = admin.post(f"{BASE}/load/resume")

    assert resumed.said == "It goes on with what is left."
    stage.load("quickbooks_online")
    assert "Everything is loaded." in admin.get(f"{BASE}/load", part=True).text
    assert "There is nothing to cancel." in admin.get(f"{BASE}/load/cancel").text


def test_who_goes_back_comes_forward_again_as_far_as_before(stage: Stage, admin: Browser) -> None:
    being_set_up(stage)
    admin.post(f"{BASE}/setup/next", {"step": "rules"})

    admin.post(f"{BASE}/setup/next", {"step": "check"})

    assert stage.connection("quickbooks_online").setup["step"] == "rules"
    assert f"{BASE}/setup/rules" in admin.get(f"{BASE}/setup/check").html


def test_a_connection_says_how_it_is_and_what_may_be_done(stage: Stage, admin: Browser, viewer: Browser) -> None:
    stage.connect(Provider.QUICKBOOKS_ONLINE)

    page = admin.get(BASE)

    assert "Move to another account" in page.text
    asked = admin.get(f"{BASE}/do/disconnect")
    assert "stays as it is" in asked.text
    assert admin.post(f"{BASE}/do/pause").said.startswith("Paused.")
    assert "Paused by ada@acme.example." in admin.get(BASE).text
    assert admin.post(f"{BASE}/do/resume").status == 303
    assert "Whom to ask" in viewer.get(BASE).text
    assert viewer.post(f"{BASE}/do/pause").status == 403
    assert admin.get("connections").status == 200
    assert "answered in" in admin.post(f"{BASE}/test", part=True).text


def test_whether_a_connection_is_sound_is_told_and_looked_at(stage: Stage, admin: Browser, viewer: Browser) -> None:
    stage.connect(Provider.SALESFORCE)
    base = "connections/salesforce"

    assert "Nobody has looked yet." in admin.get(f"{base}/soundness").text
    assert admin.post(f"{base}/soundness").said == "Everything fits."
    shown = admin.get(f"{base}/soundness").text
    assert "Our package in Salesforce" in shown
    assert "Initial sync" in shown
    assert admin.get(f"{base}/package.zip").status == 200
    assert admin.get(f"{base}/guide").status == 200
    assert admin.post(f"{base}/self-test").location.startswith("acme/runs/salesforce/")
    assert "Whom to ask" in viewer.get(f"{base}/soundness").text
    assert viewer.post(f"{base}/soundness").status == 403

"""Settings, as those who change them see them: what is saved is in force, what is refused says why at its field."""

import re
from collections.abc import Iterator

import pytest

from tests.admin import Person
from tests.console import Browser, Shown
from tests.pool import sign_up, user_pool
from tests.stage import Stage
from timebridge.store.alerts import Notifications
from timebridge.store.people import People
from timebridge.store.tenants import Tenants
from timebridge.store.versions import Versions
from timebridge.tenants import Connection, Provider, Rhythm, Status, Tenant

ADMIN = Browser()
MEMBER = Browser(("member",), name="bob@acme.example")
HOSTILE = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def pool(stage: Stage) -> Iterator[str]:  # noqa: ARG001 (it brings AWS along)
    ADMIN.secret = MEMBER.secret = ""  # their sessions were in the AWS of the test before
    Tenants().save(Tenant("acme", "Acme & Daughters", "Europe/Vienna"))
    People("acme").seen("sub-of-ada@acme.example", "ada@acme.example", ["tenant_admin"], "Ada")
    with user_pool() as pool:
        yield pool


@pytest.fixture
def books(stage: Stage) -> Connection:
    """Nobody has consented yet, so that nothing is compared with the company."""
    return stage.new_connection(Provider.QUICKBOOKS_ONLINE, account_name="Larch & Sons", status=Status.CONNECTING)


def place(connection: Connection, tab: str = "") -> str:
    return f"settings/connections/{connection.id}/{tab}".rstrip("/")


def value(shown: Shown, name: str) -> str:
    """What stands in a field of a form."""
    fields = [field for form in shown.forms for field in form["fields"] if field.get("name") == name]
    ticked = [field for field in fields if "checked" in field or field.get("type") not in ("radio", "checkbox")]
    return str(ticked[0].get("value", "")) if ticked else ""


def revision(path: str) -> str:
    return value(ADMIN.get(path), "revision")


# --- the tenant ------------------------------------------------------------------------------------------------------


def test_name_and_time_zone_are_saved() -> None:
    form = {"name": "Acme & Sons", "time_zone": "America/New_York", "revision": revision("settings")}
    saved = ADMIN.post("settings", form)
    assert (saved.status, saved.location) == (303, "acme/settings")
    assert "Acme & Sons" in ADMIN.get("settings").text
    tenant = Tenants().get("acme")
    assert tenant is not None
    assert tenant.time_zone == "America/New_York"


def test_what_somebody_else_changed_meanwhile_is_not_written_over() -> None:
    old = revision("settings")
    ADMIN.post("settings", {"name": "First", "time_zone": "UTC", "revision": old})
    late = ADMIN.post("settings", {"name": "Second", "time_zone": "UTC", "revision": old})
    assert late.status == 422
    assert "changed by somebody else" in late.text
    assert value(late, "name") == "Second"


def test_a_hostile_name_is_only_text() -> None:
    ADMIN.post("settings", {"name": HOSTILE, "time_zone": "UTC", "revision": revision("settings")})
    assert HOSTILE not in ADMIN.get("settings").html
    assert HOSTILE in ADMIN.get("settings").text


@pytest.mark.parametrize("path", ["settings", "settings/people", "settings/notifications"])
def test_who_may_not_change_it_learns_whom_to_ask(path: str) -> None:
    shown = MEMBER.get(path)
    assert shown.status == 200
    assert "Ask Ada" in shown.text
    assert [form for form in shown.forms if "/settings" in form["action"]] == []


# --- notifications ---------------------------------------------------------------------------------------------------


def test_notifications_are_saved() -> None:
    form = {"recipients": "ada@acme.example\n bob@acme.example,", "errors": "3", "minutes": "30", "digest": "on"}
    saved = ADMIN.post("settings/notifications", form | {"revision": revision("settings/notifications")})
    assert saved.said == "Saved. 2 people are told from now on."
    wishes = Notifications("acme").wishes()
    assert wishes.recipients == ("ada@acme.example", "bob@acme.example")
    assert (wishes.errors, wishes.minutes, wishes.digest) == (3, 30, True)


@pytest.mark.parametrize(("name", "wrong"), [("recipients", "not an address"), ("errors", "many"), ("minutes", "0")])
def test_a_notification_that_does_not_fit_says_so_at_its_field(name: str, wrong: str) -> None:
    form = {"recipients": "ada@acme.example", "errors": "0", "minutes": "60"} | {name: wrong}
    refused = ADMIN.post("settings/notifications", form | {"revision": "0"})
    assert refused.status == 422
    assert f'id="field-{name}-error"' in refused.html
    assert wrong in refused.html


# --- people ----------------------------------------------------------------------------------------------------------


def test_somebody_is_invited_and_put_on_the_list_of_staff() -> None:
    form = {"name": "Eva", "email": "eva@acme.example", "role": "member", "staff": "on"}
    invited = ADMIN.post("settings/people/new", form)
    assert invited.location == "acme/settings/people"
    assert "eva@acme.example is invited" in invited.said
    [eva] = Person().get("users", q="eva").body["items"]
    assert Person().get(f"staff/{eva['staff']}").body["values"]["email"] == "eva@acme.example"


def test_an_address_that_is_none_is_refused_at_its_field() -> None:
    refused = ADMIN.post("settings/people/new", {"name": "Eva", "email": "eva", "role": "member"})
    assert refused.status == 422
    assert 'id="field-email-error"' in refused.html
    assert value(refused, "name") == "Eva"


def test_a_role_is_changed_and_the_list_says_so() -> None:
    ADMIN.post("settings/people/new", {"name": "Eva", "email": "eva@acme.example", "role": "member"})
    [eva] = Person().get("users", q="eva").body["items"]
    changed = ADMIN.post(f"settings/people/{eva['id']}", {"name": "Eva", "role": "viewer"})
    assert changed.said == "Eva is viewer."
    assert "Viewer" in ADMIN.get("settings/people", q="eva").text


def test_somebody_is_sent_away_and_let_in_again() -> None:
    sub = sign_up("eva@acme.example", "acme", "member", name="Eva")
    People("acme").seen(sub, "eva@acme.example", ["member"], "Eva")
    shown = ADMIN.get(f"settings/people/{sub}")
    assert "What they did stays" in shown.text
    assert ADMIN.post(f"settings/people/{sub}/access", {"active": "no"}).said == "Eva cannot sign in any more."
    assert "No access" in ADMIN.get("settings/people").text
    assert ADMIN.post(f"settings/people/{sub}/access", {"active": "yes"}).said == "Eva can sign in again."


def test_the_only_administrator_is_told_why_they_stay() -> None:
    sub = sign_up("eva@acme.example", "acme", "tenant_admin", name="Eva")
    People("acme").forget("sub-of-ada@acme.example")
    People("acme").seen(sub, "eva@acme.example", ["tenant_admin"], "Eva")
    refused = ADMIN.post(f"settings/people/{sub}", {"role": "viewer"})
    assert refused.status == 422
    assert "Eva is the only administrator." in refused.text
    assert "Make somebody else an administrator first." in refused.text


# --- rhythm ----------------------------------------------------------------------------------------------------------


def test_a_rhythm_is_saved_for_the_connection_and_for_one_kind_of_record(books: Connection, stage: Stage) -> None:
    flow = "quickbooks_online.term"
    form = {"rhythm": "daily", f"flow:{flow}": "weekly", "revision": revision(place(books))}
    assert ADMIN.post(place(books), form).said == "Saved. The next run is planned anew."
    found = stage.connection(books.id)
    assert (found.rhythm, found.settings["flows"]) == (Rhythm.DAILY, {flow: {"rhythm": "weekly"}})
    ADMIN.post(place(books), {"rhythm": "daily", f"flow:{flow}": "", "revision": str(found.revision)})
    assert "flows" not in stage.connection(books.id).settings


def test_the_next_run_of_every_rhythm_is_told_in_the_tenants_zone(books: Connection) -> None:
    shown = ADMIN.get(place(books))
    assert len(re.findall(r"Next: ", shown.text)) == 4
    assert "Europe/Vienna" in shown.text


def test_a_draft_that_somebody_works_on_gets_the_same_change(books: Connection) -> None:
    Versions("acme", books.id).save_draft({"vendors": "all"}, "Ben", "mine", None)
    ADMIN.post(place(books, "limits"), {"reserve": "25", "outgoing_time": "with_pull", "revision": str(books.revision)})
    draft = Versions("acme", books.id).draft()
    assert draft is not None
    assert draft.settings == {"vendors": "all", "reserve": 0.25, "outgoing_time": "with_pull"}


# --- the others ------------------------------------------------------------------------------------------------------


def test_a_list_is_switched_off_and_the_items_of_expenses_are_chosen(books: Connection, stage: Stage) -> None:
    flows = Person().get(f"connections/{books.id}/rules").body["flows"]
    on = [each["flow"] for each in flows if each["on"] and each["flow"] != "quickbooks_online.term"]
    form = {"on": on, "details": "expense_items", "detail.expense_items": ["NonInventory", "Service"]}
    ADMIN.post(place(books, "selection"), form)
    settings = stage.connection(books.id).settings
    assert settings["flows"]["quickbooks_online.term"] == {"off": True}
    assert settings["expense_items"] == ["NonInventory", "Service"]


def test_limits_are_saved_and_refused_at_their_field(books: Connection, stage: Stage) -> None:
    form = {"reserve": "12,5", "outgoing_time": "at_once", "nudge": "on", "read_budget": "900"}
    ADMIN.post(place(books, "limits"), form | {"revision": str(books.revision)})
    assert stage.connection(books.id).settings == {"reserve": 0.125, "nudge": True, "read_budget": 900}
    refused = ADMIN.post(place(books, "limits"), form | {"reserve": "a lot", "revision": ""})
    assert refused.status == 422
    assert 'id="field-reserve-error"' in refused.html
    assert value(refused, "reserve") == "a lot"


def test_notices_are_switched_off_and_on(books: Connection, stage: Stage) -> None:
    assert "for all companies" in ADMIN.get(place(books, "notices")).text
    ADMIN.post(place(books, "notices"), {"accepted": "no"})
    assert stage.connection(books.id).settings == {"notices": False}
    ADMIN.post(place(books, "notices"), {"accepted": "yes"})
    assert stage.connection(books.id).settings == {}


def test_the_address_of_notices_is_shown_to_insiders_only_and_changed(stage: Stage) -> None:
    org = stage.new_connection(Provider.SALESFORCE, status=Status.LIVE, webhook_secret="the-old-secret")
    assert "the-old-secret" in ADMIN.get(place(org, "notices")).text
    for other in (MEMBER, Browser(("platform_admin",), None, "op@platform.example", at="acme")):
        assert "the-old-secret" not in other.get(place(org, "notices")).html
    assert "nothing is lost" in ADMIN.get(place(org, "notices/rotate")).text
    ADMIN.post(place(org, "notices/rotate"), {"grace": "72"})
    shown = ADMIN.get(place(org, "notices"))
    assert "the-old-secret" not in shown.text
    assert "Two addresses work" in shown.text


# --- access ----------------------------------------------------------------------------------------------------------


def test_to_disconnect_one_is_told_what_stays_and_types_the_name(stage: Stage) -> None:
    books = stage.connect(Provider.QUICKBOOKS_ONLINE)
    name = books.account_name or ""
    asked = ADMIN.get(place(books, "disconnect"))
    assert "nothing is deleted" in asked.text
    assert "given back" in asked.text
    refused = ADMIN.post(place(books, "disconnect"), {"name": "something else"})
    assert (refused.status, stage.connection(books.id).status) == (422, Status.LIVE)
    ADMIN.post(place(books, "disconnect"), {"name": f" {name.upper()} "})
    assert stage.connection(books.id).status is Status.CLOSED
    shown = ADMIN.get(place(books, "access"))
    assert "Connect it again" in shown.text
    [again] = [form["action"] for form in shown.forms if form["action"].endswith("/do/reconnect")]
    led = ADMIN.post(again.partition("/console/acme/")[2])
    assert any("/api/quickbooks/start?ticket=" in to for to in led.links.values())


def test_a_connection_is_paused_and_goes_on(stage: Stage) -> None:
    books = stage.connect(Provider.QUICKBOOKS_ONLINE)
    assert "Paused" in ADMIN.post(place(books, "pause")).said
    assert stage.connection(books.id).status is Status.PAUSED
    assert "catches up" in ADMIN.post(place(books, "resume")).said
    assert stage.connection(books.id).status is Status.LIVE


def test_posting_is_set_in_peoples_words(stage: Stage) -> None:
    books = stage.connect(Provider.QUICKBOOKS_ONLINE)
    account = next(
        each["id"] for each in Person().get("accounts", limit=200).body["items"] if each["values"]["type"] == "Bank"
    )
    form = {"auto": "on", "post_as": "bill", "checking_account": account, "closed": "first_open", "changes": "post"}
    more = {"billable": "entry", "classes": "on", "departments": "on", "approved_only": "on", "revision": ""}
    saved = ADMIN.post(place(books, "posting/expenses"), form | more)
    assert saved.status == 303, saved.text
    wanted = {"auto": True, "post_as": "bill", "checking_account": account, "closed": "first_open", "changes": "post"}
    assert stage.connection(books.id).settings["posting"] == {"expenses": wanted}
    shown = ADMIN.get(place(books, "posting/expenses"))
    assert f'value="{account}" selected' in shown.html
    assert "Bill" in MEMBER.get(place(books, "posting/expenses")).text


@pytest.mark.parametrize("tab", ["", "selection", "limits", "notices", "access"])
def test_who_may_not_change_a_connection_sees_how_it_is(books: Connection, tab: str) -> None:
    shown = MEMBER.get(place(books, tab))
    assert shown.status == 200
    assert "Ask Ada" in shown.text
    assert not re.search(r'type="submit"[^>]*>Save', shown.html)

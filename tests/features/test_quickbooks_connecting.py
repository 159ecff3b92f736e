"""From signing in to a company that is kept in step: every step of the way to QuickBooks Online."""

from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from tests.admin import BARE, Person, send
from tests.features.connecting import Human, heading, text
from tests.stage import PUBLIC_URL, Stage, http
from timebridge.providers.provider import PROVIDERS
from timebridge.tenants import Connection, Provider, Status

QUICKBOOKS = Provider.QUICKBOOKS_ONLINE


@pytest.fixture(autouse=True)
def tenant(stage: Stage) -> None:
    """A tenant, whose connection to something else is in nobody's way."""
    stage.new_connection(Provider.SALESFORCE)


def offer(person: Person, name: str = "quickbooks_online") -> dict[str, Any]:
    [found] = [each for each in person.get("providers").body["items"] if each["name"] == name]
    return dict(found)


def press(person: Person, found: dict[str, Any], name: str, body: Any = None) -> Any:
    """Do what a button of the catalogue stands for, by nothing but what the catalogue says of it."""
    [act] = [each for each in found["actions"] if each["name"] == name]
    assert act["allowed"] is True
    return person.call(act["method"], act["path"], body)


def started(stage: Stage, authorise_url: str) -> dict[str, Any]:
    """What our own address answers to the browser, before anything of Intuit's is seen."""
    url = urlsplit(authorise_url)
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    return stage.call("oauth", http("GET /api/{provider}/start", {"provider": "quickbooks"}, query=query))


def company(stage: Stage, number: int) -> tuple[str, str]:
    """Realm and name of a company of the sandbox."""
    return list(stage.quickbooks.companies.items())[number]


# --- step 1 and 2: sign in, as an administrator ----------------------------------------------------------------------


def test_E17_nobody_gets_anywhere_without_signing_in(stage: Stage) -> None:
    for path in ("providers", "connections"):
        event = Person().event("GET", path)
        event["requestContext"].pop("authorizer")
        refused = send(event)
        assert (refused.status, refused.body["remedy"]) == (401, "Sign in, and send the ID token as a bearer token.")
    assert "authorizer" in BARE["requestContext"], "the event of somebody who is signed in has one"
    assert Person().get("/v1/me").body["tenant"] == stage.tenant


def test_E17_who_is_signed_in_elsewhere_does_not_see_this_tenant() -> None:
    assert Person(tenant="other").get("/v1/tenants/acme/connections").status == 403


@pytest.mark.parametrize("role", ["member", "viewer"])
def test_E18_only_administrators_can_connect(stage: Stage, admin: Person, role: str) -> None:
    somebody, waiting = Person((role,)), stage.new_connection(QUICKBOOKS)

    [act] = offer(somebody)["actions"]
    assert act["allowed"] is False
    made = somebody.post("connections", {"provider": "quickbooks_online"})
    begun = somebody.post(f"connections/{waiting.id}/connect")

    assert (made.status, begun.status) == (403, 403)
    assert "tenant_admin" in made.body["remedy"]
    assert len(admin.get("connections").body["items"]) == 2
    assert offer(admin)["actions"][0]["allowed"] is True


# --- step 3 and 4: connect, and sign in at QuickBooks ----------------------------------------------------------------


def test_E19_connect_gives_an_address_and_touches_nothing_yet(stage: Stage, admin: Person) -> None:
    id = press(admin, offer(admin), "enable", {"provider": "quickbooks_online"}).body["id"]
    [shown] = offer(admin)["connections"]

    begun = press(admin, shown, "enable")

    assert begun.status == 200
    assert begun.body["authorise_url"].startswith(f"{PUBLIC_URL}/api/quickbooks/start?ticket=")
    assert stage.connection(id).status is Status.CONNECTING
    assert stage.quickbooks.calls.total == 0


def test_E20_signing_in_happens_on_intuits_own_page_and_asks_for_the_least(stage: Stage, admin: Person) -> None:
    connection = stage.new_connection(QUICKBOOKS)
    url = admin.post(f"connections/{connection.id}/connect").body["authorise_url"]

    sent = started(stage, url)

    location = urlsplit(sent["headers"]["location"])
    assert (sent["statusCode"], f"{location.scheme}://{location.netloc}") == (302, stage.quickbooks.url)
    wish = parse_qs(location.query)
    assert wish["scope"] == ["com.intuit.quickbooks.accounting openid email"]
    assert wish["redirect_uri"] == [f"{PUBLIC_URL}/api/quickbooks/callback"]
    page = requests.get(sent["headers"]["location"], timeout=10)
    assert page.headers["x-frame-options"] == "DENY", "it cannot be shown within one of ours"
    for name in stage.quickbooks.companies.values():
        assert name in unescape(page.text)
    assert "password" not in sent["body"].lower()


def test_E20_saying_no_at_quickbooks_changes_nothing(stage: Stage) -> None:
    connection = stage.new_connection(QUICKBOOKS)

    denied = stage.consent(connection, "deny")

    assert (denied["statusCode"], heading(denied)) == (403, "Access was not allowed")
    assert "choose Connect" in text(denied)
    assert stage.connection(connection.id) == connection


# --- step 5: the company ---------------------------------------------------------------------------------------------


def test_E21_the_company_that_was_chosen_is_captured_and_its_name_is_shown(stage: Stage, admin: Person) -> None:
    connection = stage.new_connection(QUICKBOOKS)
    realm, name = company(stage, 1)

    answer = stage.consent(connection, realm=realm)

    assert heading(answer) == f"Connected to {name}"
    shown = admin.get(f"connections/{connection.id}").body
    assert (shown["account"], shown["account_name"]) == (realm, name)
    assert shown["owner"] == "owner@example.test"
    assert offer(admin)["connections"][0]["account_name"] == name


def test_E21_two_companies_are_two_connections_and_their_records_stay_apart(stage: Stage, admin: Person) -> None:
    settings = {"flows": {"quickbooks_online.customer": {"create_theirs": False}}}  # else each gets the other's
    for number, id in enumerate(("first", "second")):
        realm, _ = company(stage, number)
        url = f"{stage.quickbooks.url}/_sandbox/companies/{realm}/Customer"
        requests.post(url, json={"DisplayName": f"Customer of {id}"}, timeout=10).raise_for_status()
        stage.new_connection(QUICKBOOKS, id=id, settings=settings)
        assert stage.consent(stage.connection(id), realm=realm)["statusCode"] == 200
        stage.load(id)

    shown = {each["id"]: each["account"] for each in offer(admin)["connections"] for each in [stage_view(admin, each)]}
    assert shown == {"first": company(stage, 0)[0], "second": company(stage, 1)[0]}
    for id in ("first", "second"):
        path = f"connections/{id}/links"
        links = admin.get(path, flow="quickbooks_online.customer").body["items"]
        names = [admin.get(f"clients/{link['ours']}").body["values"]["name"] for link in links]
        assert names == [f"Customer of {id}"]


def stage_view(admin: Person, shown: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = admin.get(f"connections/{shown['id']}").body
    return found


def test_E21_the_same_company_again_goes_on_with_the_connection_that_has_it(stage: Stage, admin: Person) -> None:
    stage.connect(QUICKBOOKS)
    again = stage.new_connection(QUICKBOOKS, id="again")

    answer = stage.consent(again)

    assert answer["statusCode"] == 200
    assert "was connected before" in text(answer)
    statuses = {each["id"]: each["status"] for each in admin.get("connections").body["items"]}
    assert (statuses["quickbooks_online"], statuses["again"]) == ("live", "closed")
    shown = admin.get("connections/again").body
    assert "connection quickbooks_online goes on" in shown["reason"]
    assert admin.post("connections/quickbooks_online/test").body["ok"] is True


def test_E21_a_company_that_was_disconnected_gets_its_links_back(stage: Stage, admin: Person) -> None:
    stage.bookkeeper("Customer", DisplayName="Northwind Ltd")
    stage.connect(QUICKBOOKS)
    admin.post("connections/quickbooks_online/disconnect")
    again = stage.new_connection(QUICKBOOKS, id="again")

    assert stage.consent(again)["statusCode"] == 200
    stage.settle()

    assert stage.connection("quickbooks_online").status is Status.LIVE
    assert [client["values"]["name"] for client in admin.get("clients").body["items"]] == ["Northwind Ltd"]
    assert len(stage.quickbooks_has("Customer")) == 1


def test_E21_another_company_on_the_same_connection_is_refused_and_says_both_ways_out(stage: Stage) -> None:
    connection = stage.connect(QUICKBOOKS)

    answer = stage.consent(connection, realm=company(stage, 1)[0])

    assert (answer["statusCode"], heading(answer)) == (409, "This is another account")
    for way in ("make a connection of its own", "Switch account"):
        assert way in text(answer)
    assert stage.connection(connection.id).account == company(stage, 0)[0]


def test_E21_a_company_of_another_workspace_is_refused_and_goes_on_there(stage: Stage, admin: Person) -> None:
    stage.connect(QUICKBOOKS)
    foreign = stage.new_connection(QUICKBOOKS, id="foreign", tenant="other")

    answer = stage.consent(foreign)

    assert (answer["statusCode"], heading(answer)) == (409, "This account is connected already")
    assert "another workspace" in text(answer)
    assert "acme" not in answer["body"].lower(), "whose it is, is nobody's business"
    assert stage.connection("foreign", "other") == foreign
    stage.quickbooks.grants.expire_access_tokens()
    assert admin.post("connections/quickbooks_online/test").body["ok"] is True, "Intuit had ended the former grant"


# --- the catalogue ---------------------------------------------------------------------------------------------------


def test_D06_quickbooks_online_is_set_up_in_five_human_steps_at_most(stage: Stage, admin: Person) -> None:
    stage.bookkeeper("Customer", DisplayName="Northwind Ltd")
    human = Human()
    found = human.does("open the integrations", lambda: offer(admin))
    id = human.does("press Enable", lambda: press(admin, found, "enable", {"provider": "quickbooks_online"})).body["id"]
    url = press(admin, offer(admin)["connections"][0], "enable").body["authorise_url"]  # the page follows it by itself
    assert human.does("sign in at QuickBooks", lambda: started(stage, url))["statusCode"] == 302
    choice = human.does("choose the company", lambda: {"realm": stage.realm})
    done = human.does("press Connect", lambda: stage.consent(stage.connection(id), **choice))
    stage.load(id)  # by itself

    assert done["statusCode"] == 200
    assert admin.get(f"connections/{id}").body["status"] == "live"
    assert [client["values"]["name"] for client in admin.get("clients").body["items"]] == ["Northwind Ltd"]
    assert len(human.acts) <= 5


def test_D08_nothing_has_to_be_installed_anywhere(stage: Stage, admin: Person) -> None:
    before = {name: stage.quickbooks_has(name) for name in ("Preferences", "Account", "Item", "Customer")}

    connection = stage.connect(QUICKBOOKS)

    assert {name: stage.quickbooks_has(name) for name in before} == before, "connecting writes nothing there"
    listed = admin.post(f"connections/{connection.id}/preflight").body
    assert listed["ready"] is True
    said = " ".join(f"{line['title']} {line['remedy']}" for line in listed["checks"]) + " ".join(offer(admin)["steps"])
    assert "install" not in said.lower().replace("nothing has to be installed", "")
    assert admin.get(f"connections/{connection.id}/package").status == 404


def test_D12_the_list_of_integrations_leads_to_a_company_by_its_own_buttons(stage: Stage, admin: Person) -> None:
    found = offer(admin)
    assert (found["title"], found["state"], found["connections"]) == ("QuickBooks Online", "available", [])

    press(admin, found, "enable", {"provider": "quickbooks_online"})
    [shown] = offer(admin)["connections"]
    assert offer(admin)["state"] == "incomplete"
    assert press(admin, shown, "enable").body["authorise_url"]
    assert stage.consent(stage.connection(shown["id"]))["statusCode"] == 200
    assert offer(admin)["state"] == "connected"


def test_D13_the_catalogue_lists_salesforce_and_both_quickbooks(admin: Person) -> None:
    listed = {each["name"]: each for each in admin.get("providers").body["items"]}

    assert list(listed) == ["salesforce", "quickbooks_online", "quickbooks_desktop"]
    assert all(each["title"] and each["summary"] for each in listed.values())
    for name, each in listed.items():
        assert (each["state"] == "planned") == (name not in PROVIDERS)
        assert bool(each["actions"]) == (name in PROVIDERS), "nothing is offered that cannot be done"


def test_D14_each_provider_says_how_to_connect_it(admin: Person) -> None:
    for each in admin.get("providers").body["items"]:
        assert len(each["steps"]) >= 3
    steps = offer(admin)["steps"]
    assert [step.partition(":")[0] for step in steps] == ["Enable", "Authorise", "Choose what to synchronise"]
    assert "choose the company" in steps[1]
    assert "administrator of the company" in steps[1]


def test_D14_what_to_prepare_is_said_before_anybody_consents(stage: Stage, admin: Person) -> None:
    waiting: Connection = stage.new_connection(QUICKBOOKS)

    lines = admin.post(f"connections/{waiting.id}/preflight").body["checks"]

    assert len(lines) >= 5
    assert {line["outcome"] for line in lines} == {"unknown"}
    assert all(line["remedy"] for line in lines)

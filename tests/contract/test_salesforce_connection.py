"""Consent, tokens and notices of Salesforce, through the real redirects of the sandbox."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox.salesforce import Salesforce
from tests.contract.connected_salesforce import (
    CALLBACK,
    Person,
    app_of,
    connect,
    consent,
    running,
    salesforce,
    side_of,
)
from timebridge.changes import Change, Where
from timebridge.errors import Disconnected, Misconfigured, Transient
from timebridge.providers.salesforce import notices
from timebridge.sides import Create


@pytest.fixture(scope="module")
def org() -> Iterator[Salesforce]:
    with running() as found:
        yield found


@pytest.fixture(autouse=True)
def fresh(org: Salesforce) -> None:
    org.reset()


@pytest.fixture
def person(org: Salesforce) -> Person:
    return Person(org)


class TestConsent:
    def test_it_opens_the_org_and_says_which(self, org: Salesforce) -> None:
        _, grants, account = connect(org)
        assert account.id == org.org.id
        assert (account.name, account.owner) == ("Nimbus & Oak Consulting (demo)", "integration@nimbus-oak.example")
        assert account.facts["edition"] == "Enterprise Edition"
        assert account.base_url == grants.grant.base_url == org.url

    def test_it_asks_for_no_more_than_it_needs(self, org: Salesforce) -> None:
        query = parse_qs(urlsplit(salesforce.authorize_url(app_of(org), "s", "c")).query)
        assert query["scope"] == ["api refresh_token openid"]
        assert query["code_challenge_method"] == ["S256"]
        assert query["redirect_uri"] == [CALLBACK]
        assert org.client_secret not in str(query)

    def test_the_address_of_a_salesforce_page_is_a_login_address(self, org: Salesforce) -> None:
        app = replace(app_of(org), login_url="https://acme.lightning.force.com/lightning/page/home")
        assert salesforce.authorize_url(app, "s", "c").startswith("https://acme.my.salesforce.com/services/oauth2/")

    def test_deny_ends_with_what_to_do(self, org: Salesforce) -> None:
        app = app_of(org)
        with pytest.raises(Disconnected) as caught:
            salesforce.exchange(app, *consent(app, "deny"))
        assert "choose Allow" in caught.value.remedy

    @pytest.mark.parametrize("error", ["OAUTH_APP_BLOCKED", "OAUTH_APP_ACCESS_DENIED", "something_new", ""])
    def test_every_refusal_of_the_org_has_a_remedy(self, org: Salesforce, error: str) -> None:
        with pytest.raises(Disconnected) as caught:
            salesforce.exchange(app_of(org), {"error": error, "error_description": "x"}, "v" * 64)
        assert "administrator" in caught.value.remedy

    def test_a_code_is_good_once(self, org: Salesforce) -> None:
        app = app_of(org)
        answer = consent(app)
        salesforce.exchange(app, *answer)
        with pytest.raises(Disconnected, match=r"used twice|does not know"):
            salesforce.exchange(app, *answer)

    def test_a_code_is_good_in_the_browser_that_asked_only(self, org: Salesforce) -> None:
        app = app_of(org)
        query, _ = consent(app)
        with pytest.raises(Disconnected) as caught:
            salesforce.exchange(app, query, "w" * 64)
        assert "again" in caught.value.remedy

    def test_an_org_without_api_access_is_told_about_the_add_on_and_keeps_no_grant(
        self, org: Salesforce, person: Person
    ) -> None:
        app = app_of(org)
        answer = consent(app)
        person.control("PATCH", "settings", {"api_enabled": False})
        org.calls.clear()
        with pytest.raises(Disconnected) as caught:
            salesforce.exchange(app, *answer)
        assert "add-on" in caught.value.remedy
        assert "POST /services/oauth2/revoke" in org.calls.by_route()

    def test_a_wrong_secret_is_our_own_fault(self, org: Salesforce) -> None:
        app = app_of(org)
        with pytest.raises(Misconfigured):
            salesforce.exchange(replace(app, client_secret="wrong"), *consent(app))

    def test_no_secret_shows_where_an_app_or_a_grant_is_printed(self, org: Salesforce) -> None:
        app, grants, _ = connect(org)
        shown = repr(app) + repr(grants.grant)
        assert org.client_secret not in shown
        assert grants.grant.access_token not in shown
        assert grants.grant.refresh_token not in shown


class TestTokens:
    def test_an_expired_token_is_renewed_once_and_the_rotated_one_is_kept(
        self, org: Salesforce, person: Person
    ) -> None:
        app, grants, _ = connect(org)
        before = grants.grant
        side = side_of(app, grants)
        person.control("POST", "tokens/expire")
        assert list(side.changed({"Account": None})) == []
        assert list(side.changed({"Account": None})) == []
        assert grants.renewals == 1
        assert grants.grant.refresh_token not in ("", before.refresh_token)

    def test_a_refresh_token_that_does_not_rotate_is_kept(self, org: Salesforce, person: Person) -> None:
        person.control("PATCH", "settings", {"rotating": False})
        app, grants, _ = connect(org)
        renewed = salesforce.refresh(app, grants.grant)
        assert renewed.refresh_token == grants.grant.refresh_token
        assert renewed.access_token != grants.grant.access_token

    def test_a_write_that_met_an_expired_token_is_done_once(self, org: Salesforce, person: Person) -> None:
        app, grants, _ = connect(org)
        side = side_of(app, grants)
        person.control("POST", "tokens/expire")
        side.write("Account", [Create("cli_1", {"Name": "Globex"}, "request-1", "1")])
        assert len(person.find("Account")) == 1

    def test_revoked_access_disconnects_with_a_remedy(self, org: Salesforce, person: Person) -> None:
        app, grants, _ = connect(org)
        side = side_of(app, grants)
        person.control("POST", "tokens/revoke")
        with pytest.raises(Disconnected) as caught:
            list(side.changed({"Account": None}))
        assert "Reconnect" in caught.value.remedy
        assert grants.grant.refresh_token not in str(caught.value)

    def test_a_leaver_disconnects(self, org: Salesforce, person: Person) -> None:
        app, grants, _ = connect(org)
        side = side_of(app, grants)
        person.control("PATCH", f"users/{org.org.admin}", {"active": False})
        with pytest.raises(Disconnected):
            list(side.changed({"Account": None}))

    def test_api_access_that_is_switched_off_disconnects_with_the_add_on_named(
        self, org: Salesforce, person: Person
    ) -> None:
        app, grants, _ = connect(org)
        side = side_of(app, grants)
        person.control("PATCH", "settings", {"api_enabled": False})
        with pytest.raises(Disconnected) as caught:
            list(side.changed({"Account": None}))
        assert "add-on" in caught.value.remedy
        assert grants.renewals == 0

    def test_two_refreshes_at_once_are_no_reason_to_reconnect(self, org: Salesforce, person: Person) -> None:
        app, grants, _ = connect(org)
        person.control("PATCH", "settings", {"refresh_seconds": 0.5})
        first = threading.Thread(target=salesforce.refresh, args=(app, grants.grant))
        first.start()
        while not org.grants.refreshing:  # until the first one is under way
            time.sleep(0.005)
        with pytest.raises(Transient, match="Another worker"):
            salesforce.refresh(app, grants.grant)
        first.join()

    def test_a_401_that_no_token_cures_is_not_answered_with_a_refresh(self, org: Salesforce, person: Person) -> None:
        app, grants, _ = connect(org)
        side = side_of(app, grants)
        body = '[{"message":"This session is not valid for use with the REST API","errorCode":"INVALID_SESSION_ID"}]'
        rule = {"kind": "status", "match": {"path": "/composite"}, "status": 401, "body": body}
        person.control("POST", "faults", rule)
        with pytest.raises(Disconnected):
            list(side.changed({"Account": None}))
        assert grants.renewals == 0

    def test_a_token_endpoint_under_maintenance_is_asked_again_later(self, org: Salesforce, person: Person) -> None:
        app, grants, _ = connect(org)
        person.control("POST", "faults", {"kind": "status", "match": {"path": "/token"}, "body": "<html>"})
        with pytest.raises(Transient):
            salesforce.refresh(app, grants.grant)

    def test_a_revoked_grant_is_dead_and_revoking_it_again_is_no_error(self, org: Salesforce) -> None:
        app, grants, _ = connect(org)
        salesforce.revoke(app, grants.grant)
        salesforce.revoke(app, grants.grant)
        with pytest.raises(Disconnected):
            salesforce.refresh(app, grants.grant)


class TestNotices:
    def test_what_the_org_sends_is_understood_and_its_acknowledgement_believed(
        self, org: Salesforce, person: Person
    ) -> None:
        with receiver() as (url, bodies, came):
            person.control("PUT", "outbound-messages", [{"object": "Account", "url": url}])
            id = person.create("Account", Name="Globex")
            assert came.wait(5)
        notice = notices.parse(bodies[0])
        assert notice.comes_from(org.org.id)
        assert notice.changes == (Change(Where.THEIRS, "Account", id),)


@contextmanager
def receiver() -> Iterator[tuple[str, list[bytes], threading.Event]]:
    """A webhook door of one screenful: keeps what comes and acknowledges it."""
    bodies: list[bytes] = []
    came = threading.Event()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.send_header("Content-Type", notices.CONTENT_TYPE)
            self.end_headers()
            self.wfile.write(notices.ack())
            came.set()

        def log_message(self, *_args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Door) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/hook", bodies, came
        server.shutdown()
        thread.join()

"""What happens between QuickBooks and an app: consent, repeated writes, batches, changes and notices."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from sandbox.quickbooks import Limits, QuickBooks
from tests.contract.quickbooks_company import CONSULTING, TRAINING, Company, Refusal

CALLBACK = "http://localhost:9/callback"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[QuickBooks]:
    with QuickBooks("demo", limits=Limits(enabled=False), redirect_uris=[CALLBACK]) as running:
        yield running


def time_entry(company: Company, text: str = "work") -> dict[str, Any]:
    worker = company.query("SELECT * FROM Employee MAXRESULTS 1")["Employee"][0]
    hours = {"Hours": 1, "Minutes": 30, "TxnDate": "2026-11-02", "Description": text}
    return {"NameOf": "Employee", "EmployeeRef": {"value": worker["Id"]}, **hours}


# ---------------------------------------------------------------- OAuth


class App:
    """An app in the middle of the consent dance."""

    def __init__(self, sandbox: QuickBooks) -> None:
        self.sandbox = sandbox
        self.keys = (sandbox.client_id, sandbox.client_secret)

    def consent(self, decision: str = "allow", realm: str = CONSULTING, **changes: str) -> dict[str, str]:
        wish = {"client_id": self.sandbox.client_id, "response_type": "code", "redirect_uri": CALLBACK, "state": "s 1"}
        params = {**wish, "scope": "com.intuit.quickbooks.accounting", **changes}
        url = f"{self.sandbox.url}/connect/oauth2"
        page = requests.get(url, params=params, timeout=5, allow_redirects=False)
        if page.status_code == 200:
            assert "Larkspur and Vane Training" in page.text
            form = {"decision": decision, "realm": realm}
            page = requests.post(page.url, data=form, timeout=5, allow_redirects=False)
        assert page.status_code == 302, page.text
        location = urlsplit(page.headers["location"])
        assert f"{location.scheme}://{location.netloc}{location.path}" == CALLBACK
        return {name: values[0] for name, values in parse_qs(location.query).items()}

    def token(self, form: dict[str, str], keys: tuple[str, str] | None = None, **headers: str) -> requests.Response:
        url = f"{self.sandbox.url}/oauth2/v1/tokens/bearer"
        return requests.post(url, data=form, auth=keys or self.keys, headers=headers, timeout=5)

    def exchange(self, code: str, **headers: str) -> requests.Response:
        return self.token({"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}, **headers)

    def refresh(self, token: str) -> requests.Response:
        return self.token({"grant_type": "refresh_token", "refresh_token": token})


@pytest.fixture
def app(sandbox: QuickBooks) -> App:
    sandbox.reset()
    return App(sandbox)


def test_the_discovery_document_points_at_the_sandbox_itself(app: App) -> None:
    for name in ("openid_sandbox_configuration", "openid_configuration"):
        found = requests.get(f"{app.sandbox.url}/.well-known/{name}", timeout=5).json()
        assert found["token_endpoint"] == f"{app.sandbox.url}/oauth2/v1/tokens/bearer"
        assert requests.get(found["jwks_uri"], timeout=5).json()["keys"][0]["kty"] == "RSA"


def test_allowing_brings_a_code_the_state_and_the_company(app: App) -> None:
    back = app.consent(realm=TRAINING)
    assert (back["state"], back["realmId"]) == ("s 1", TRAINING)
    grant = app.exchange(back["code"]).json()
    assert (grant["expires_in"], grant["x_refresh_token_expires_in"]) == (3600, 8_726_400)
    company = Company(app.sandbox, TRAINING)
    company.http.headers.update({"Authorization": f"Bearer {grant['access_token']}", "Accept": "application/json"})
    assert company.count("Customer") == 3


def test_denying_brings_an_error_and_no_company(app: App) -> None:
    assert app.consent("deny") == {"error": "access_denied", "state": "s 1"}


def test_an_unknown_scope_is_told_to_the_app(app: App) -> None:
    assert app.consent(scope="com.intuit.everything")["error"] == "invalid_scope"


@pytest.mark.parametrize(
    "wrong", [{"client_id": "other"}, {"redirect_uri": "http://localhost:9/callback/"}, {"state": ""}]
)
def test_a_request_that_cannot_be_trusted_ends_on_a_page_without_a_redirect(app: App, wrong: dict[str, str]) -> None:
    wish = {"client_id": app.sandbox.client_id, "response_type": "code", "redirect_uri": CALLBACK, "state": "s"}
    params = {**wish, "scope": "com.intuit.quickbooks.accounting", **wrong}
    page = requests.get(f"{app.sandbox.url}/connect/oauth2", params=params, timeout=5, allow_redirects=False)
    assert (page.status_code, "location" in page.headers) == (400, False)


def test_a_code_works_once_and_using_it_again_ends_the_grant(app: App) -> None:
    code = app.consent()["code"]
    grant = app.exchange(code).json()
    again = app.exchange(code)
    assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})
    assert app.refresh(grant["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_code_goes_stale(app: App) -> None:
    code = app.consent()["code"]
    app.sandbox.clock.advance(301)
    assert app.exchange(code).json() == {"error": "invalid_grant"}


def test_a_wrong_client_secret_is_401(app: App) -> None:
    answer = app.token({"grant_type": "refresh_token", "refresh_token": "x"}, (app.sandbox.client_id, "wrong"))
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


def test_other_mistakes_at_the_token_endpoint_have_their_own_errors(app: App) -> None:
    assert app.token({"grant_type": "password"}).json()["error"] == "unsupported_grant_type"
    assert app.token({"grant_type": "refresh_token"}).json()["error"] == "invalid_request"


def test_the_refresh_token_stays_for_a_day_and_then_rotates_and_the_old_one_is_dead(app: App) -> None:
    first = app.exchange(app.consent()["code"]).json()["refresh_token"]
    app.sandbox.clock.advance(3600)
    same = app.refresh(first).json()
    assert (same["refresh_token"], same["x_refresh_token_expires_in"]) == (first, 8_726_400 - 3600)
    app.sandbox.clock.advance(24 * 3600)
    second = app.refresh(first).json()["refresh_token"]
    assert second != first
    dead = app.refresh(first)
    expected = {"error": "invalid_grant", "error_description": "Incorrect or invalid refresh token"}
    assert (dead.status_code, dead.json()) == (400, expected)
    assert app.refresh(second).status_code == 200


def test_rotation_can_be_had_at_every_refresh_and_refreshes_are_counted(app: App) -> None:
    requests.post(f"{app.sandbox.url}/_sandbox/switches", json={"rotate_each_refresh": True}, timeout=5)
    token = app.exchange(app.consent()["code"]).json()["refresh_token"]
    fresh = app.refresh(token).json()["refresh_token"]
    assert fresh != token
    app.refresh(token)
    counts = requests.get(f"{app.sandbox.url}/_sandbox/tokens", timeout=5).json()
    assert (counts["refreshes"], counts["refused_refreshes"]) == (1, 1)


def test_refreshes_at_the_same_time_are_seen_and_only_the_first_rotates(app: App) -> None:
    switches = {"rotate_each_refresh": True, "latency": 0.5}
    requests.post(f"{app.sandbox.url}/_sandbox/switches", json=switches, timeout=5)
    token = app.exchange(app.consent()["code"]).json()["refresh_token"]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: app.refresh(token).status_code, range(8)))
    assert sorted(answers) == [200] + [400] * 7
    counts = requests.get(f"{app.sandbox.url}/_sandbox/tokens", timeout=5).json()
    assert counts == {"refreshes": 1, "refused_refreshes": 7, "most_token_calls_in_flight": 8}


def test_a_refresh_token_dies_after_its_hundred_days(app: App) -> None:
    token = app.exchange(app.consent()["code"]).json()["refresh_token"]
    app.sandbox.clock.advance(8_726_401)
    assert app.refresh(token).json()["error"] == "invalid_grant"


def test_the_hard_cap_is_told_to_those_who_ask(app: App) -> None:
    asked = app.exchange(app.consent()["code"], **{"x-include-refresh-token-hard-expires-in": "true"}).json()
    assert asked["x_refresh_token_hard_expires_in"] == pytest.approx(5 * 365 * 86_400, abs=5)
    assert "x_refresh_token_hard_expires_in" not in app.refresh(asked["refresh_token"]).json()


@pytest.mark.parametrize("kind", ["refresh_token", "access_token"])
def test_revoking_either_token_ends_the_grant(app: App, kind: str) -> None:
    grant = app.exchange(app.consent()["code"]).json()
    url = f"{app.sandbox.url}/v2/oauth2/tokens/revoke"
    assert requests.post(url, json={"token": grant[kind]}, auth=app.keys, timeout=5).status_code == 200
    assert app.refresh(grant["refresh_token"]).json()["error"] == "invalid_grant"
    assert requests.post(url, json={"token": "unknown"}, auth=app.keys, timeout=5).status_code == 400


def test_a_user_who_disconnects_leaves_dead_tokens_behind(company: Company) -> None:
    company.control("POST", f"/companies/{CONSULTING}/disconnect")
    with pytest.raises(Refusal) as refused:
        company.count("Customer")
    assert (refused.value.status, refused.value.code) == (401, "3200")
    assert App(company.sandbox).refresh(company.grant["refresh_token"]).json()["error"] == "invalid_grant"


def test_user_info_needs_the_scope_for_it(app: App) -> None:
    url = f"{app.sandbox.url}/v1/openid_connect/userinfo"
    for scope, status in (
        ("com.intuit.quickbooks.accounting openid email", 200),
        ("com.intuit.quickbooks.accounting", 401),
    ):
        token = app.exchange(app.consent(scope=scope)["code"]).json()["access_token"]
        answer = requests.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=5)
        assert answer.status_code == status
        assert status != 200 or answer.json()["givenName"] == "Dana"


# ---------------------------------------------------------------- repeated writes


def test_a_write_whose_answer_was_lost_is_repeated_and_not_doubled(company: Company) -> None:
    before, entry = company.count("TimeActivity"), time_entry(company)
    fault = {"kind": "drop_after_commit", "match": {"method": "POST", "path": "/timeactivity"}}
    company.control("POST", "/faults", fault)
    with pytest.raises(requests.ConnectionError):
        company.post("TimeActivity", entry, requestid="post-1")
    assert company.count("TimeActivity") == before + 1
    again = company.post("TimeActivity", {**entry, "Description": "something else"}, requestid="post-1")
    assert again["Description"] == "work", "the first answer is given again, whatever the body says"
    assert company.count("TimeActivity") == before + 1
    company.post("TimeActivity", entry, requestid="post-2")
    assert company.count("TimeActivity") == before + 2


def test_a_server_that_forgets_request_ids_doubles(company: Company) -> None:
    company.control("POST", "/switches", {"ignore_requestid": True})
    before, entry = company.count("TimeActivity"), time_entry(company)
    for _ in range(2):
        company.post("TimeActivity", entry, requestid="post-1")
    assert company.count("TimeActivity") == before + 2


def test_request_ids_belong_to_one_company_and_have_a_length(company: Company) -> None:
    other = Company(company.sandbox, TRAINING).connect()
    first, second = (one.post("Customer", {"DisplayName": "A"}, requestid="r") for one in (company, other))
    assert (company.read("Customer", first["Id"]), other.read("Customer", second["Id"])) == (first, second)
    with pytest.raises(Refusal) as refused:
        company.post("Customer", {"DisplayName": "B"}, requestid="r" * 51)
    assert refused.value.code == "2130"


def test_a_refused_write_is_not_remembered(company: Company) -> None:
    with pytest.raises(Refusal):
        company.post("Customer", {"DisplayName": "Ironwood Forge"}, requestid="r")
    assert company.post("Customer", {"DisplayName": "Another"}, requestid="r")["Id"]


# ---------------------------------------------------------------- batches


def create(number: str, name: str) -> dict[str, Any]:
    return {"bId": number, "operation": "create", "Customer": {"DisplayName": name}}


def test_each_item_of_a_batch_stands_for_itself(company: Company) -> None:
    found = company.batch(
        create("1", "Fresh"),
        create("2", "Ironwood Forge"),
        {"bId": "3", "Query": "SELECT COUNT(*) FROM Customer"},
        {"bId": "4", "operation": "void", "Customer": {"Id": "1", "SyncToken": "0"}},
        {"bId": "5", "operation": "create", "Planet": {}},
    )
    assert [one["bId"] for one in found] == ["1", "2", "3", "4", "5"]
    assert found[0]["Customer"]["SyncToken"] == "0"
    assert found[2]["QueryResponse"] == {"totalCount": 78}
    assert [found[at]["Fault"]["Error"][0]["code"] for at in (1, 3, 4)] == ["6240", "500", "2000"]


def test_thirty_items_are_a_batch_and_thirty_one_are_refused_whole(company: Company) -> None:
    assert len(company.batch(*(create(str(n), f"N{n}") for n in range(30)))) == 30
    for items, code in (([create(str(n), f"M{n}") for n in range(31)], "1040"), ([], "400")):
        with pytest.raises(Refusal) as refused:
            company.batch(*items)
        assert (refused.value.status, refused.value.code) == (400, code)
    assert company.count("Customer") == 107


def test_a_batch_repeated_by_request_id_and_item_id_does_nothing_twice(company: Company) -> None:
    first = company.batch(create("a", "A"), create("b", "B"), requestid="batch-1")
    again = company.batch(create("a", "A"), create("c", "C"), requestid="batch-1")
    assert again[0] == first[0]
    assert again[1]["Customer"]["DisplayName"] == "C"
    assert company.count("Customer") == 80


@pytest.mark.parametrize(("request_id", "item"), [("r" * 37, "a"), ("r", "a" * 11)])
def test_ids_that_are_too_long_for_a_batch_are_not_recognised_again(
    company: Company, request_id: str, item: str
) -> None:
    company.batch(create(item, "A"), requestid=request_id)
    again = company.batch(create(item, "A"), requestid=request_id)
    assert again[0]["Fault"]["Error"][0]["code"] == "6240", "it was tried a second time"


def test_ten_thousand_time_activities_are_posted_quickly(company: Company) -> None:
    entry, began = time_entry(company), time.monotonic()
    for start in range(0, 10_000, 30):
        numbers = range(start, min(start + 30, 10_000))
        items = [
            {"bId": str(n), "operation": "create", "TimeActivity": {**entry, "Description": f"{n}"}} for n in numbers
        ]
        assert not any("Fault" in one for one in company.batch(*items, requestid=f"r{start}"))
    assert company.count("TimeActivity") == 10_120
    assert time.monotonic() - began < 30
    began = time.monotonic()
    text = "SELECT * FROM TimeActivity WHERE MetaData.LastUpdatedTime >= '2026-01-01' ORDERBY MetaData.LastUpdatedTime"
    assert len(company.query(f"{text} STARTPOSITION 9001 MAXRESULTS 1000")["TimeActivity"]) == 1000
    assert time.monotonic() - began < 2


# ---------------------------------------------------------------- change data capture


def now_of(company: Company) -> str:
    return company.call("GET", f"companyinfo/{CONSULTING}")["time"]


def test_changes_come_per_entity_in_order_with_stubs_of_what_was_deleted(company: Company) -> None:
    since = now_of(company)
    made = company.post("Customer", {"DisplayName": "A"})
    bill = company.query("SELECT * FROM Bill MAXRESULTS 1")["Bill"][0]
    company.post("Bill", {"Id": bill["Id"], "SyncToken": bill["SyncToken"]}, operation="delete")
    company.post("Customer", {"Id": made["Id"], "SyncToken": "0", "sparse": True, "Active": False})
    found = company.changes("Customer,Invoice,Bill", since)
    assert [one["Active"] for one in found[0]["Customer"]] == [False]
    assert found[1] == {}
    stub = found[2]["Bill"][0]
    assert (stub["status"], stub["Id"], "SyncToken" in stub) == ("Deleted", bill["Id"], False)


@pytest.mark.parametrize("entity", ["TimeActivity", "TaxCode", "TaxRate", "TaxAgency", "JournalCode"])
def test_change_data_capture_does_not_know_some_entities(company: Company, entity: str) -> None:
    with pytest.raises(Refusal) as refused:
        company.changes(f"Customer,{entity}", now_of(company))
    assert refused.value.status == 400


def test_change_data_capture_is_cut_at_a_thousand_without_a_word(company: Company) -> None:
    since = now_of(company)
    for start in range(0, 1020, 30):
        company.batch(*(create(str(n), f"N{n}") for n in range(start, start + 30)))
    company.post("Vendor", {"DisplayName": "Unseen"})
    found = company.changes("Customer,Vendor", since)
    assert (len(found[0]["Customer"]), found[1]) == (1000, {})
    assert len(company.changes("Vendor", since)[0]["Vendor"]) == 1


def test_change_data_capture_looks_back_thirty_days(company: Company) -> None:
    with pytest.raises(Refusal) as refused:
        company.changes("Customer", "2026-01-01")
    assert refused.value.status == 400


# ---------------------------------------------------------------- a person at work


def test_what_a_person_does_moves_the_version_and_shows_up(company: Company) -> None:
    found = company.control("GET", f"/companies/{CONSULTING}/Customer?DisplayName=Ironwood%20Forge")[0]
    changed = company.person("Customer", {"Id": found["Id"], "DisplayName": "Ironwood Works"})
    assert int(changed["SyncToken"]) == int(found["SyncToken"]) + 1
    assert company.read("Customer", found["Id"])["DisplayName"] == "Ironwood Works"
    assert company.person("Customer", {"DisplayName": "Ironwood Works"})["Fault"]["Error"][0]["code"] == "6240"


def test_a_project_is_made_by_a_person_and_not_through_the_api(company: Company) -> None:
    body = {"DisplayName": "P", "ParentRef": {"value": "1"}, "Job": True, "IsProject": True}
    assert company.person("Customer", body)["IsProject"] is True
    assert company.post("Customer", {**body, "DisplayName": "Q"})["IsProject"] is False


def test_merging_two_customers_moves_what_belonged_to_one_of_them(company: Company) -> None:
    keep, lose = (company.post("Customer", {"DisplayName": name})["Id"] for name in ("Keep", "Lose"))
    line = {"DetailType": "SalesItemLineDetail", "Amount": 70}
    invoice = company.post("Invoice", {"CustomerRef": {"value": lose}, "Line": [line]})
    company.control("POST", f"/companies/{CONSULTING}/Customer/merge", {"keep": keep, "lose": lose})
    assert company.read("Invoice", invoice["Id"])["CustomerRef"] == {"value": keep, "name": "Keep"}
    assert company.read("Customer", keep)["Balance"] == 70
    with pytest.raises(Refusal) as refused:
        company.read("Customer", lose)
    assert refused.value.code == "610"


# ---------------------------------------------------------------- notices


class Receiver:
    """The app's end of the webhook: remembers what came, and answers with the statuses it was given."""

    def __init__(self) -> None:
        self.requests: list[tuple[dict[str, str], bytes]] = []
        self.statuses: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.requests.append((dict(self.headers.items()), body))
                self.send_response(receiver.statuses.pop(0) if receiver.statuses else 200)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Says nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/notices"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def events(self) -> list[dict[str, Any]]:
        return [event for _, body in self.requests for event in json.loads(body)]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    yield running
    running.server.shutdown()
    running.server.server_close()


def until(what: Callable[[], Any], seconds: float = 15) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


def listen(company: Company, receiver: Receiver, **settings: Any) -> None:
    company.control("POST", "/webhooks", {"url": receiver.url, "window": 0.02, **settings})


def test_a_change_is_told_as_a_signed_cloud_event(company: Company, receiver: Receiver) -> None:
    listen(company, receiver)
    made = company.post("Customer", {"DisplayName": "A"})
    until(receiver.events)
    headers, body = receiver.requests[0]
    digest = hmac.new(company.sandbox.verifier_token.encode(), body, hashlib.sha256).digest()
    assert headers["intuit-signature"] == base64.b64encode(digest).decode()
    event = receiver.events()[0]
    assert (event["type"], event["intuitentityid"]) == ("qbo.customer.created.v1", made["Id"])
    assert (event["specversion"], event["intuitaccountid"], event["data"]) == ("1.0", CONSULTING, {})


def test_the_signature_is_the_one_of_the_published_vector() -> None:
    from sandbox.quickbooks.webhooks import sign

    body = (
        b'[{"specversion":"1.0","id":"e1","source":"intuit.sim","type":"qbo.customer.created.v1",'
        b'"datacontenttype":"application/json","time":"2026-11-20T00:00:00.000Z","intuitentityid":"1",'
        b'"intuitaccountid":"123","data":{}}]'
    )
    assert sign(body, "sim-verifier-token") == "oM/IcoNtcilF/2eYbbDt7HYPiqVfbtByGneaUks7Eus="


def test_changes_of_a_moment_travel_together_and_updates_collapse(company: Company, receiver: Receiver) -> None:
    listen(company, receiver, window=1.0)
    made = company.post("Customer", {"DisplayName": "A"})
    for token in range(3):
        company.post("Customer", {"Id": made["Id"], "SyncToken": str(token), "sparse": True, "Notes": f"{token}"})
    until(receiver.events)
    assert len(receiver.requests) == 1
    assert [one["type"] for one in receiver.events()] == ["qbo.customer.created.v1", "qbo.customer.updated.v1"]


def test_what_is_not_acknowledged_comes_again_and_holds_back_what_follows(company: Company, receiver: Receiver) -> None:
    receiver.statuses = [500, 202, 403]
    listen(company, receiver, speed=1000)
    company.post("Customer", {"DisplayName": "A"})
    until(lambda: receiver.requests)
    company.post("Vendor", {"DisplayName": "B"})
    until(lambda: len(receiver.requests) == 5)
    kinds = [json.loads(body)[0]["type"] for _, body in receiver.requests]
    assert kinds == ["qbo.customer.created.v1"] * 4 + ["qbo.vendor.created.v1"]
    assert len({body for _, body in receiver.requests[:4]}) == 1, "the same event ids every time"
    until(lambda: company.control("GET", "/webhooks")["delivered"] == 2)


def test_the_first_retry_comes_after_ten_seconds_of_the_schedule(company: Company, receiver: Receiver) -> None:
    receiver.statuses = [500, 500, 500, 500]
    listen(company, receiver, speed=20)
    company.post("Customer", {"DisplayName": "A"})
    moments = []
    for count in (1, 2, 3):
        until(lambda count=count: len(receiver.requests) >= count)
        moments.append(time.monotonic())
    assert 0.45 < moments[1] - moments[0] < 0.95
    assert 0.95 < moments[2] - moments[1] < 2


def test_notices_can_be_held_back_doubled_and_turned_around(company: Company, receiver: Receiver) -> None:
    listen(company, receiver, paused=True, double=True, reorder=True)
    company.post("Customer", {"DisplayName": "A"})
    company.post("Vendor", {"DisplayName": "B"})
    time.sleep(0.1)
    assert receiver.requests == []
    company.control("POST", "/webhooks/release")
    until(lambda: len(receiver.requests) == 2)
    assert receiver.requests[0][1] == receiver.requests[1][1]
    first = json.loads(receiver.requests[0][1])
    assert [one["type"] for one in first] == ["qbo.vendor.created.v1", "qbo.customer.created.v1"]


def test_the_old_format_can_still_be_had(company: Company, receiver: Receiver) -> None:
    listen(company, receiver, legacy=True)
    made = company.post("Customer", {"DisplayName": "A"})
    until(lambda: receiver.requests)
    body = json.loads(receiver.requests[0][1])["eventNotifications"][0]
    assert body["realmId"] == CONSULTING
    entity = body["dataChangeEvent"]["entities"][0]
    assert (entity["name"], entity["id"], entity["operation"]) == ("Customer", made["Id"], "Create")


def test_a_void_and_a_merge_have_events_of_their_own(company: Company, receiver: Receiver) -> None:
    ids = [company.post("Customer", {"DisplayName": name})["Id"] for name in ("Keep", "Lose")]
    line = {"DetailType": "SalesItemLineDetail", "Amount": 70}
    invoice = company.post("Invoice", {"CustomerRef": {"value": ids[0]}, "Line": [line]})
    listen(company, receiver)
    company.post("Invoice", {"Id": invoice["Id"], "SyncToken": "0"}, operation="void")
    company.control("POST", f"/companies/{CONSULTING}/Customer/merge", {"keep": ids[0], "lose": ids[1]})
    until(lambda: len(receiver.events()) == 2)
    assert [one["type"] for one in receiver.events()] == ["qbo.invoice.void.v1", "qbo.customer.merged.v1"]
    assert receiver.events()[1]["data"] == {"deletedid": ids[1]}


def test_no_notice_comes_for_a_company_that_has_left_or_an_entity_without_webhooks(
    company: Company, receiver: Receiver
) -> None:
    listen(company, receiver)
    company.person("CompanyInfo", {"Id": "1", "LegalName": "New"})
    company.control("POST", f"/companies/{CONSULTING}/disconnect")
    company.person("Customer", {"DisplayName": "A"})
    time.sleep(0.15)
    assert receiver.requests == []


# ---------------------------------------------------------------- state


def test_a_reset_takes_milliseconds_and_brings_the_seed_back(company: Company) -> None:
    company.post("Customer", {"DisplayName": "A"})
    began = time.monotonic()
    company.sandbox.reset()
    assert time.monotonic() - began < 0.3
    assert Company(company.sandbox).connect().count("Customer") == 77


def test_a_state_folder_keeps_records_and_tokens(tmp_path: Path) -> None:
    with QuickBooks("empty", tmp_path, limits=Limits(enabled=False)) as first:
        company = Company(first).connect()
        made = company.post("Customer", {"DisplayName": "Kept"})
    with QuickBooks("empty", tmp_path, limits=Limits(enabled=False)) as second:
        later = Company(second)
        later.http.headers.update(company.http.headers)
        assert later.read("Customer", made["Id"]) == made


def test_records_can_be_looked_at_in_a_browser(company: Company) -> None:
    url = company.sandbox.url
    home = requests.get(url, timeout=5)
    assert "/tables/Larkspur%20and%20Vane%20Consulting%3A%20Customer" in home.text
    found = requests.get(f"{url}/app/customerdetail", params={"nameId": "1"}, timeout=5)
    assert (found.status_code, "Alderbrook Dental Group" in found.text) == (200, True)

"""What a person or a test may do to the Salesforce sandbox, and see of it."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests
from defusedxml import ElementTree

from sandbox.salesforce import Salesforce
from tests.contract.salesforce_client import CALLBACK, Client, error_of, granted, refresh
from tests.contract.salesforce_refusals import DEAL


def test_a_late_commit_appears_behind_a_stamp_that_was_already_read(client: Client) -> None:
    client.control("POST", "/records/Account", params={"after": 60}, json={"Name": "late"})
    client.org.clock.advance(5)
    client.control("POST", "/records/Account", json={"Name": "quick"})
    assert client.names("") == ["quick"]

    client.org.clock.advance(60)

    assert client.names("ORDER BY SystemModstamp") == ["late", "quick"]


def test_what_a_person_does_is_validated_and_not_metered(client: Client) -> None:
    before = client.control("GET", "/calls").json()["total"]
    url = client.org.url + "/_sandbox/records/Opportunity"

    refused = client.session.post(url, json={"Name": "x"})
    made = client.session.post(url, json=DEAL)

    assert error_of(refused)[:2] == (400, "REQUIRED_FIELD_MISSING")
    [row] = client.session.get(url, params={"Name": "Deal", "IsWon": "false"}).json()
    assert (row["Id"], row["LastModifiedById"]) == (made.json()["id"], client.org.org.salesperson)
    assert client.control("GET", "/calls").json()["total"] == before


def test_an_ordered_refusal_stands_for_validation_rules_locks_and_flows(client: Client) -> None:
    order = {
        "object": "Account",
        "code": "UNABLE_TO_LOCK_ROW",
        "message": "unable to obtain exclusive access",
        "times": 1,
    }
    client.control("POST", "/refusals", json=order)

    assert error_of(client.call("POST", "/sobjects/Account", json={"Name": "x"}))[1] == "UNABLE_TO_LOCK_ROW"
    client.create("Account", Name="x")


def test_an_answer_dropped_after_commit_leaves_the_record(client: Client) -> None:
    client.control(
        "POST", "/faults", json={"kind": "drop_after_commit", "match": {"method": "POST", "path": "/sobjects/"}}
    )

    with pytest.raises(requests.ConnectionError):
        client.call("POST", "/sobjects/Account", json={"Name": "x"})

    assert client.names("") == ["x"]


@pytest.mark.parametrize("kind", ["drop_before", "truncate"])
def test_a_broken_connection_is_a_real_one(client: Client, kind: str) -> None:
    client.control("POST", "/faults", json={"kind": kind, "match": {"path": "/limits"}})

    with pytest.raises(requests.exceptions.RequestException):
        client.call("GET", "/limits")

    assert client.call("GET", "/limits").status_code == 200


def test_calls_are_counted_by_route_template(client: Client) -> None:
    client.create("Account", Name="x")
    client.names("")
    client.session.get(client.org.url + "/tables/Account")

    assert client.control("GET", "/calls").json() == {
        "total": 2,
        "routes": {
            "GET /services/data/v{version}/query": 1,
            "POST /services/data/v{version}/sobjects/{object}": 1,
        },
    }


def test_pages_show_the_records(client: Client) -> None:
    id = client.create("Account", Name="<Acme>")

    table = client.session.get(client.org.url + "/tables/Account").text
    record = client.session.get(client.org.url + f"/tables/Account/{id}").text

    assert "&lt;Acme&gt;" in table
    assert "&lt;Acme&gt;" in record
    assert client.session.get(client.org.url + "/tables/Nothing").status_code == 404


def test_records_and_grants_outlive_the_process_with_a_state_directory(tmp_path: Path) -> None:
    with Salesforce(state_dir=tmp_path, redirect_uris=[CALLBACK], refresh_seconds=0) as org:
        token = granted(org)
        requests.post(f"{org.url}/_sandbox/records/Account", json={"Name": "kept"}, timeout=5).raise_for_status()

    with Salesforce(state_dir=tmp_path) as org:
        fresh = refresh(org, token["refresh_token"]).json()
        query = {"q": "SELECT Name FROM Account"}
        bearer = {"Authorization": f"Bearer {fresh['access_token']}"}
        answer = requests.get(f"{org.url}/services/data/v67.0/query", query, headers=bearer, timeout=5).json()

    assert [each["Name"] for each in answer["records"]] == ["kept"]


def test_the_demo_firm_is_the_same_every_time_and_fills_every_stage() -> None:
    first, second = Salesforce("demo"), Salesforce("demo")

    rows = first.org.store.find("Opportunity", {})

    assert rows == second.org.store.find("Opportunity", {})
    assert (len(rows), len({row["StageName"] for row in rows})) == (150, 10)
    assert first.org.store.count("Account") == 60


@dataclass
class Receiver:
    url: str
    bodies: list[str]
    refusals: int = 0

    def wait_for(self, count: int) -> list[str]:
        deadline = time.monotonic() + 5
        while len(self.bodies) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.bodies


ACK = (
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><notificationsResponse '
    'xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>{}</Ack></notificationsResponse></soapenv:Body></soapenv:Envelope>'
)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    heard = Receiver("", [])

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.bodies.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            heard.refusals -= 1
            answer = ACK.format("false" if heard.refusals >= 0 else "true").encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            """Stays silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    heard.url = f"http://127.0.0.1:{server.server_port}/hook/secret"
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield heard
    server.shutdown()
    server.server_close()
    thread.join()


def listen(client: Client, receiver: Receiver, **settings: Any) -> None:
    message = {"object": "Opportunity", "url": receiver.url, "fields": ["Name", "Amount", "SystemModstamp"]}
    client.control("PATCH", "/settings", json={"time_factor": 0.001, **settings})
    client.control("PUT", "/outbound-messages", json=[message])


def notified(body: str) -> list[str]:
    names = {"o": "http://soap.sforce.com/2005/09/outbound", "sf": "urn:sobject.enterprise.soap.sforce.com"}
    return [
        each.text or "" for each in ElementTree.fromstring(body).findall(".//o:Notification/o:sObject/sf:Id", names)
    ]


def test_a_change_is_notified_with_nulls_left_out_and_no_session(client: Client, receiver: Receiver) -> None:
    listen(client, receiver)

    id = client.create("Opportunity", **DEAL | {"Name": "A & B"})

    [body] = receiver.wait_for(1)
    assert notified(body) == [id]
    assert f"<OrganizationId>{client.org.org.id}</OrganizationId>" in body
    assert '<SessionId xsi:nil="true"/>' in body
    assert "<sf:Name>A &amp; B</sf:Name>" in body
    assert "Amount" not in body


def test_a_refused_message_is_sent_again_with_the_same_id(client: Client, receiver: Receiver) -> None:
    receiver.refusals = 2
    listen(client, receiver)

    client.create("Opportunity", **DEAL)

    bodies = receiver.wait_for(3)
    assert len({re.findall(r"<Id>(04l\w+)</Id>", body)[0] for body in bodies}) == 1
    assert len(bodies) == 3


def test_paused_messages_collapse_and_travel_up_to_a_hundred_at_a_time(client: Client, receiver: Receiver) -> None:
    listen(client, receiver, outbound_paused=True, outbound_reversed=True)
    records = [{"attributes": {"type": "Opportunity"}, **DEAL} for _ in range(150)]
    made = [each["id"] for each in client.call("POST", "/composite/sobjects", json={"records": records}).json()]
    client.call("PATCH", f"/sobjects/Opportunity/{made[0]}", json={"Amount": 5})
    client.call("DELETE", f"/sobjects/Opportunity/{made[1]}")

    client.control("POST", "/outbound-messages/release")

    first, second = receiver.wait_for(2)
    assert (len(notified(first)), len(notified(second))) == (100, 49)
    assert notified(first)[0] == made[149]
    assert "<sf:Amount>5.0</sf:Amount>" in second


def test_doubled_messages_and_own_writes_left_out(client: Client, receiver: Receiver) -> None:
    message = {"object": "Account", "url": receiver.url, "skip_users": [client.org.org.admin]}
    client.control("PATCH", "/settings", json={"outbound_doubled": True})
    client.control("PUT", "/outbound-messages", json=[message])

    client.create("Account", Name="by the integration")
    made = client.control("POST", "/records/Account", json={"Name": "by a person"}).json()["id"]

    assert [notified(body) for body in receiver.wait_for(2)] == [[made], [made]]


def test_a_round_that_breaks_off_ends_no_later_ones(
    client: Client, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    listen(client, receiver)
    with monkeypatch.context() as patch:
        patch.setattr(client.org.org.outbound, "envelope", lambda *_: 1 / 0)
        id = client.create("Opportunity", **DEAL)
        deadline = time.monotonic() + 5
        while "broke off" not in caplog.text and time.monotonic() < deadline:
            time.sleep(0.01)

    assert "broke off" in caplog.text
    assert [notified(body) for body in receiver.wait_for(1)] == [[id]]


def test_the_command_starts_both_servers_says_where_they_are_and_stops_when_told(tmp_path: Path) -> None:
    (tmp_path / "salesforce.json").write_text(json.dumps({"Account": [{"Name": "from a file"}]}))
    command = [sys.executable, "-m", "sandbox", "--data", str(tmp_path), "--redirect-uri", CALLBACK]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as process:
        assert process.stdout is not None
        facts = json.loads(process.stdout.readline())
        url = facts["salesforce"]["url"]
        [row] = requests.get(f"{url}/_sandbox/records/Account", timeout=5).json()
        pages = requests.get(facts["quickbooks"]["url"] + "/", timeout=5)
        process.terminate()

    assert (row["Name"], pages.status_code, process.returncode) == ("from a file", 200, 0)
    assert facts["salesforce"]["redirect_uris"] == [CALLBACK]

"""The HTTP session and the self-renewing token of every provider, against a scripted server."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests

from timebridge.errors import Disconnected, Rejected, Transient
from timebridge.patience import awaited
from timebridge.providers.http import Session, TimedOut
from timebridge.providers.oauth import GrantAuth, challenge, new_verifier, request_token
from timebridge.tenants import Grant

DROP, SLOW = 0, -1
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@dataclass
class Script:
    """Answers in order: a status, DROP to hang up at once or SLOW to do so late, a status with headers; then 200."""

    url: str = ""
    answers: list[int | tuple[int, dict[str, str]]] = field(default_factory=list)
    seen: list[tuple[str, str, str, bytes]] = field(default_factory=list)

    patience: threading.Event = field(default_factory=threading.Event)

    def next(self) -> tuple[int, dict[str, str]]:
        answer = self.answers.pop(0) if self.answers else 200
        return answer if isinstance(answer, tuple) else (answer, {})


class Door(BaseHTTPRequestHandler):
    script: Script
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.script.seen.append((self.command, self.path, self.headers.get("Authorization", ""), body))
        status, headers = self.script.next()
        if status in (DROP, SLOW):
            self.script.patience.wait(1 if status == SLOW else 0)
            self.close_connection = True
            return
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        text = b'{"access_token": "new"}'
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = answer

    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture
def script() -> Iterator[Script]:
    found = Script()
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Scripted", (Door,), {"script": found})) as server:
        found.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield found
        server.shutdown()
        thread.join()


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def session(slept: list[float]) -> Iterator[Session]:
    with Session("Acme", keyed=lambda _method, url: "requestid=" in url, sleep=slept.append) as found:
        yield found


class TestSession:
    @pytest.mark.parametrize("trouble", [DROP, 408, 420, 429, 502, 503, 504])
    def test_reading_is_tried_again(self, script: Script, session: Session, trouble: int) -> None:
        script.answers = [trouble, trouble]
        assert session.get(f"{script.url}/x").status_code == 200
        assert len(script.seen) == 3

    def test_a_write_is_not_repeated_unless_the_far_side_would_know_it_again(
        self, script: Script, session: Session
    ) -> None:
        for path, options in (("/x", {}), ("/x?requestid=1", {}), ("/x", {"repeatable": True})):
            script.answers, script.seen = [DROP], []
            try:
                session.request("POST", f"{script.url}{path}", data=b"body", **options)
                done = True
            except Transient:
                done = False
            assert done is (len(script.seen) == 2)
            assert done is (path != "/x" or bool(options))
            assert {body for *_, body in script.seen} == {b"body"}

    def test_a_write_that_was_turned_away_unread_is_repeated(self, script: Script, session: Session) -> None:
        script.answers = [429]
        assert session.post(f"{script.url}/x").status_code == 200

    def test_an_answer_that_never_comes_is_transient_and_says_who(self, script: Script, session: Session) -> None:
        script.answers = [DROP] * 3
        with pytest.raises(Transient, match="Acme did not answer"):
            session.get(f"{script.url}/x")
        with pytest.raises(Transient):
            session.get("http://127.0.0.1:1/x")

    def test_a_slow_answer_is_given_up(self, script: Script) -> None:
        script.answers = [SLOW]
        with Session("Acme", attempts=1, timeout=(1, 0.05)) as session, pytest.raises(Transient):
            session.get(f"{script.url}/x")
        script.patience.set()

    def test_the_far_side_may_say_how_long_to_wait_but_not_keep_a_worker_asleep(
        self, script: Script, session: Session, slept: list[float]
    ) -> None:
        script.answers = [(429, {"Retry-After": "2"})]
        assert session.get(f"{script.url}/x").status_code == 200
        assert slept == [2]
        script.answers = [(429, {"Retry-After": "60"})]
        assert session.get(f"{script.url}/x").status_code == 429

    def test_what_the_check_raises_reaches_the_caller(self, script: Script) -> None:
        def check(response: requests.Response) -> None:
            if response.status_code == 404:
                raise Rejected("It is not there.")

        script.answers = [404]
        with Session("Acme", check=check) as session, pytest.raises(Rejected):
            session.get(f"{script.url}/x")

    def test_every_attempt_is_counted_by_kind(self, script: Script) -> None:
        script.answers = [503]
        with Session("Acme", kind=lambda _method, path: path.split("/")[1], sleep=lambda _: None) as session:
            session.get(f"{script.url}/query/1")
            session.post(f"{script.url}/batch")
        assert dict(session.calls) == {"query": 2, "batch": 1}

    def test_a_library_that_insists_on_https_reaches_a_sandbox(self, script: Script, session: Session) -> None:
        session.allow_plain(script.url)
        assert session.get(script.url.replace("http://", "https://") + "/x").status_code == 200

    def test_no_password_of_this_machine_is_sent(
        self, script: Script, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password secret\n")
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        session.get(f"{script.url}/x")
        assert script.seen[0][2] == ""


@dataclass
class Kept:
    grant: Grant
    renewals: int = 0

    def get(self) -> Grant:
        return self.grant

    def renew(self, used: Grant, refresh: Callable[[Grant], Grant]) -> Grant:
        self.grant = refresh(used)
        self.renewals += 1
        return self.grant

    def put(self, grant: Grant) -> None:
        self.grant = grant

    def delete(self) -> None: ...


def renewing(grant: Grant) -> Grant:
    return replace(grant, access_token="new")


def failing(_grant: Grant) -> Grant:
    raise Transient("Not now.")


def with_auth(session: Session, kept: Kept, refresh: Callable[[Grant], Grant] = renewing) -> Session:
    session.auth = GrantAuth("Acme", kept, refresh, now=lambda: NOW)
    return session


class TestGrantAuth:
    def test_an_ended_token_is_renewed_and_the_same_request_sent_again(self, script: Script, session: Session) -> None:
        kept = Kept(Grant("old", "refresh"))
        script.answers = [401]
        assert with_auth(session, kept).post(f"{script.url}/x", json={"a": 1}).status_code == 200
        assert [(auth, body) for _, _, auth, body in script.seen] == [
            ("Bearer old", b'{"a": 1}'),
            ("Bearer new", b'{"a": 1}'),
        ]
        assert kept.renewals == 1

    def test_a_new_token_that_is_refused_too_disconnects(self, script: Script, session: Session) -> None:
        kept = Kept(Grant("old", "refresh"))
        script.answers = [401, 401]
        with pytest.raises(Disconnected, match="Acme refuses"):
            with_auth(session, kept).get(f"{script.url}/x")
        assert kept.renewals == 1

    def test_a_token_is_renewed_before_it_ends(self, script: Script, session: Session) -> None:
        kept = Kept(Grant("old", "refresh", expires=NOW + timedelta(minutes=4)))
        with_auth(session, kept).get(f"{script.url}/x")
        assert script.seen[0][2] == "Bearer new"

    def test_a_token_that_is_still_good_is_used_when_it_cannot_be_renewed_early(
        self, script: Script, session: Session
    ) -> None:
        kept = Kept(Grant("old", "refresh", expires=NOW + timedelta(minutes=4)))
        with_auth(session, kept, failing).get(f"{script.url}/x")
        assert script.seen[0][2] == "Bearer old"
        kept.grant = replace(kept.grant, expires=NOW)
        with pytest.raises(Transient):
            session.get(f"{script.url}/x")

    def test_an_account_that_moved_takes_its_requests_along(self, script: Script, session: Session) -> None:
        kept = Kept(Grant("old", "refresh", base_url=script.url))
        assert with_auth(session, kept).get("http://127.0.0.1:1/x").status_code == 200


def test_a_challenge_is_the_one_of_the_standard() -> None:
    assert challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert 43 <= len(new_verifier()) <= 128


def test_a_token_is_asked_for_once_and_no_more(script: Script) -> None:
    script.answers = [DROP]
    with pytest.raises(Transient):
        request_token("Acme", f"{script.url}/token", {}, lambda _status, _body: Rejected("no"))
    script.answers = [503]
    with pytest.raises(Transient):
        request_token("Acme", f"{script.url}/token", {}, lambda _status, _body: Rejected("no"))
    script.answers = [400]
    with pytest.raises(Rejected):
        request_token("Acme", f"{script.url}/token", {}, lambda _status, _body: Rejected("no"))
    assert len(script.seen) == 3
    assert request_token("Acme", f"{script.url}/token", {}, lambda _s, _b: Rejected("no"))["access_token"] == "new"


def test_who_waits_for_an_answer_is_told_in_time_that_there_is_none(script: Script) -> None:
    script.answers = [SLOW, SLOW]
    session = Session("QuickBooks", timeout=(1, 5))
    began = time.monotonic()
    with awaited(0.4), pytest.raises(TimedOut) as raised:
        session.get(f"{script.url}/invoice")

    assert time.monotonic() - began < 0.9
    assert (len(script.seen), raised.value.remedy) == (1, "Try again in a moment.")


def test_nothing_more_is_asked_for_somebody_whose_time_is_over(script: Script) -> None:
    with awaited(0), pytest.raises(Transient, match="takes too long"):
        Session("QuickBooks").get(f"{script.url}/invoice")

    assert script.seen == []

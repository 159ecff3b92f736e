"""Sessions of the console: who comes in, whose session ends when, and what is answered when nothing works."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.console import CSRF, Browser
from tests.pool import sign_up, user_pool
from tests.stage import Clockwork, Stage, door, event
from timebridge.console import places, sessions
from timebridge.console.sessions import NotSignedIn
from timebridge.store import users
from timebridge.store.audit import Audit
from timebridge.store.connection import Shared
from timebridge.store.sessions import Sessions
from timebridge.store.tenants import Tenants
from timebridge.tenants import Tenant

ADDRESS, SECRET = "ada@acme.example", "what-the-browser-holds"


@pytest.fixture(autouse=True)
def pool(stage: Stage) -> Iterator[str]:  # noqa: ARG001 (it brings AWS along)
    Tenants().save(Tenant("acme", "Acme & Sons", "Europe/Vienna"))
    with user_pool() as pool:
        yield pool


def signed_in(checked: timedelta = sessions.ASKED_AGAIN) -> str:
    """Somebody of the pool, whose session was looked at so long ago. Returns their id."""
    id = sign_up(ADDRESS, "acme", "tenant_admin")
    claims = {"sub": id, "email": ADDRESS, "cognito:username": id, "custom:tenant_id": "acme"}
    now = datetime.now(UTC)
    data = {"csrf": CSRF, "claims": claims, "checked": (now - checked).isoformat()}
    Sessions().put(SECRET, data, now + timedelta(hours=1))
    return id


def asked(pool: str, verb: str, user: str, **more: Any) -> None:
    getattr(boto3.client("cognito-idp"), verb)(UserPoolId=pool, Username=user, **more)


# --- how long a session is good --------------------------------------------------------------------------------------


@pytest.mark.parametrize("verb", ["admin_disable_user", "admin_delete_user", "admin_reset_user_password"])
def test_who_may_not_sign_in_any_more_is_out_within_minutes(pool: str, verb: str) -> None:
    user = signed_in()
    assert sessions.current(SECRET).tenant == "acme"

    Sessions().put(SECRET, _aged(), datetime.now(UTC) + timedelta(hours=1))
    asked(pool, verb, user)
    with pytest.raises(NotSignedIn):
        sessions.current(SECRET)
    assert Sessions().get(SECRET) is None


def _aged() -> dict[str, Any]:
    kept = Sessions().get(SECRET)
    assert kept is not None
    return kept[0] | {"checked": (datetime.now(UTC) - sessions.ASKED_AGAIN).isoformat()}


def test_a_role_that_was_taken_away_is_gone_within_minutes(pool: str) -> None:
    user = signed_in()
    asked(pool, "admin_remove_user_from_group", user, GroupName="tenant_admin")
    asked(pool, "admin_add_user_to_group", user, GroupName="viewer")

    assert sessions.groups_of(sessions.current(SECRET).claims) == ["viewer"]


def test_a_session_that_ends_while_it_is_looked_at_does_not_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    signed_in()
    found = users.claims

    def meanwhile(username: str) -> dict[str, str] | None:
        sessions.end(SECRET)  # in another window
        return found(username)

    monkeypatch.setattr(users, "claims", meanwhile)
    with pytest.raises(NotSignedIn):
        sessions.current(SECRET)
    assert Sessions().get(SECRET) is None


def test_whoever_runs_the_platform_and_looks_in_stands_in_the_trail_once() -> None:
    operator = Browser(("platform_admin",), tenant=None, at="acme", name="operator@platform.example")
    for path in ("settings", "audit", "settings"):
        assert operator.get(path).status == 200

    lines, _ = Audit("acme").page()
    assert [(line["actor"], line["via"]) for line in lines if line["what"] == "operator.enter"] == [
        ("operator@platform.example", "console")
    ]
    assert "Operator looked in" in operator.get("audit").text


# --- the way in ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "to",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "/console//evil.example",
        "/console/\\evil.example",
        "/console/acme\r\nSet-Cookie: a=b",
        "/console/acme\x00",
        "/console/sign-in",
        "/console/signed-in?code=x",
        "/consoles",
        "console/acme",
        "",
    ],
)
def test_the_way_in_leads_to_pages_of_ours_only(to: str) -> None:
    assert not places.is_ours(to)


def test_the_way_in_leads_to_the_page_that_was_asked_for() -> None:
    assert all(places.is_ours(to) for to in ("/console", "/console/acme", "/console/acme/records/clients"))


def test_what_a_link_makes_the_sign_in_say_is_not_said() -> None:
    page = Browser(signed_in=False).get("/signed-in", error="x", error_description="Call this number at once.")

    assert page.status == 403
    assert "Call this number" not in page.html


def test_the_cookies_of_a_sign_in_belong_to_this_host_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(users, "console_client", lambda: "the-client")

    [kept] = Browser(signed_in=False).get("/sign-in", to="/console/acme").cookies

    assert kept.startswith("__Host-timebridge_signing_in=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in kept.split(";")}


# --- what is answered when nothing works -----------------------------------------------------------------------------


def test_more_than_a_page_can_take_is_refused_in_words() -> None:
    answer = Browser().post("settings", {"ticked": [str(number) for number in range(6_000)]})

    assert (answer.status, "Choose fewer" in answer.text) == (413, True)


def test_a_form_of_which_something_is_missing_is_refused_in_words() -> None:
    answer = Browser().post("connections/salesforce/setup/stop")

    assert answer.status == 400
    assert "Something is missing" in answer.text


def test_files_are_kept_by_nobody_either() -> None:
    headers = {name.lower(): value for name, value in Browser().get("reports/projects.csv").headers.items()}

    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize("part", [False, True])
def test_a_database_that_is_busy_is_told_calmly(monkeypatch: pytest.MonkeyPatch, part: bool) -> None:
    browser = Browser()
    browser.get("settings")
    monkeypatch.setattr(Shared.__base__, "_make_api_call", _throttled)

    answer = browser.get("settings", part=part)

    assert answer.status == 503
    assert "The database is busy." in answer.text
    assert "Try again in a moment." in answer.text
    assert ("HX-Retarget" in answer.headers) == part


def _throttled(*_: Any) -> None:
    raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "x"}}, "GetItem")


def test_nothing_of_a_session_stands_in_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    browser = Browser()
    browser.get("settings")
    browser.post("settings", {"name": "x"}, csrf="guessed")
    broken = event("console", "home") | {
        "cookies": [f"__Host-timebridge_session={browser.secret}"],
        "rawPath": "/console/acme/drift/x/y",
    }
    door("console").handler(broken, Clockwork())

    said = capsys.readouterr()
    assert not [secret for secret in (browser.secret, CSRF) if secret in said.out + said.err]
    assert json.dumps(browser.secret) not in said.out

"""OAuth of the Salesforce sandbox: consent, rotation, and how a grant ends."""

import base64
import hashlib
import hmac
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.contract.salesforce_client import (
    CALLBACK,
    Client,
    authorise,
    back,
    granted,
    redeem,
    refresh,
)
from tests.contract.salesforce_refusals import (
    TOKEN_ERRORS,
)


def test_consent_ends_in_a_token_that_works(client: Client) -> None:
    answer = back(authorise(client.org))
    token = redeem(client.org, answer["code"]).json()

    assert answer["state"] == "s 1"
    assert token.keys() == {
        "access_token", "refresh_token", "signature", "scope", "instance_url", "id", "token_type", "issued_at",
    }  # fmt: skip
    key, text = client.org.client_secret.encode(), (token["id"] + token["issued_at"]).encode()
    assert token["signature"] == base64.b64encode(hmac.new(key, text, hashlib.sha256).digest()).decode()
    bearer = {"Authorization": f"Bearer {token['access_token']}"}
    me = requests.get(token["id"], headers=bearer, timeout=5).json()
    info = requests.get(f"{token['instance_url']}/services/oauth2/userinfo", headers=bearer, timeout=5).json()
    assert me["user_id"] == info["user_id"] == client.org.org.admin
    assert token["access_token"].startswith(client.org.org.id[:15] + "!")


def test_deny_goes_back_with_access_denied(client: Client) -> None:
    answer = back(authorise(client.org, decision="deny"))

    assert answer == {"error": "access_denied", "error_description": "end-user denied authorization", "state": "s 1"}


@pytest.mark.parametrize(
    ("change", "error"),
    [({"client_id": "x"}, "invalid_client_id"), ({"redirect_uri": CALLBACK + "/"}, "redirect_uri_mismatch")],
)
def test_a_wrong_client_or_callback_is_never_redirected(client: Client, change: dict[str, str], error: str) -> None:
    answer = authorise(client.org, **change)

    assert answer.status_code == 400
    assert f"error={error}" in answer.text


def test_an_authorisation_without_pkce_is_refused(client: Client) -> None:
    assert back(authorise(client.org, code_challenge=""))["error"] == "invalid_request"


@pytest.mark.parametrize(("change", "error", "description"), TOKEN_ERRORS)
def test_the_token_endpoint_refuses_in_its_own_words(
    client: Client, change: dict[str, str], error: str, description: str
) -> None:
    code = back(authorise(client.org))["code"]

    answer = redeem(client.org, **{"code": code, **change})

    assert answer.status_code == 400
    assert answer.json() == {"error": error, "error_description": description}


def test_a_code_works_once_and_for_fifteen_minutes(client: Client) -> None:
    used, old = back(authorise(client.org))["code"], back(authorise(client.org))["code"]
    redeem(client.org, used)
    assert redeem(client.org, used).json()["error_description"] == "expired authorization code"

    client.org.clock.advance(901)

    assert redeem(client.org, old).json()["error_description"] == "expired authorization code"


def test_using_an_old_refresh_token_revokes_the_grant(client: Client) -> None:
    first = granted(client.org)
    second = refresh(client.org, first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]

    reuse = refresh(client.org, first["refresh_token"])

    assert reuse.json() == {"error": "invalid_grant", "error_description": "expired access/refresh token"}
    assert refresh(client.org, second["refresh_token"]).json()["error"] == "invalid_grant"
    bearer = {"Authorization": f"Bearer {second['access_token']}"}
    assert requests.get(client.base + "/limits", headers=bearer, timeout=5).status_code == 401


def test_only_one_of_parallel_refreshes_wins(client: Client) -> None:
    client.control("PATCH", "/settings", json={"refresh_seconds": 3.0})  # so that all of them come while one is at work
    token = granted(client.org)["refresh_token"]

    with ThreadPoolExecutor(8) as pool:
        answers = [each.json() for each in pool.map(lambda _: refresh(client.org, token), range(8))]

    winners = [each for each in answers if "access_token" in each]
    assert len(winners) == 1
    losers = {each["error_description"] for each in answers if each not in winners}
    assert losers == {"token request is already being processed"}


def test_without_rotation_the_refresh_token_stays(client: Client) -> None:
    client.control("PATCH", "/settings", json={"rotating": False})
    token = granted(client.org)["refresh_token"]

    assert "refresh_token" not in refresh(client.org, token).json()
    assert "access_token" in refresh(client.org, token).json()


def test_the_sixth_grant_of_a_user_ends_the_first(client: Client) -> None:
    grants = [granted(client.org) for _ in range(6)]

    assert refresh(client.org, grants[0]["refresh_token"]).json()["error"] == "invalid_grant"
    assert "access_token" in refresh(client.org, grants[1]["refresh_token"]).json()


REFRESH_ENDS: list[tuple[Callable[[Client], Any], str]] = [
    (lambda c: c.control("PATCH", f"/users/{c.org.org.admin}", json={"active": False}), "inactive user"),
    (lambda c: c.control("PATCH", f"/users/{c.org.org.admin}", json={"frozen": True}), "authentication failure"),
    (lambda c: c.control("PATCH", "/settings", json={"ip_allowed": False}), "ip restricted"),
    (lambda c: c.control("POST", "/clock", json={"advance": 31 * 86400}), "expired access/refresh token"),
    (lambda c: c.control("POST", "/tokens/revoke"), "expired access/refresh token"),
]


@pytest.mark.parametrize(("switch", "description"), REFRESH_ENDS)
def test_a_refresh_ends_when_the_grant_does(client: Client, switch: Callable[[Client], Any], description: str) -> None:
    token = granted(client.org)["refresh_token"]

    switch(client)

    assert refresh(client.org, token).json() == {"error": "invalid_grant", "error_description": description}


def test_revoke_and_introspect_and_a_bad_token_at_userinfo(client: Client) -> None:
    token = granted(client.org)
    url = client.org.url + "/services/oauth2"
    known = {"client_id": client.org.client_id, "client_secret": client.org.client_secret}
    asked = requests.post(url + "/introspect", {"token": token["access_token"], **known}, timeout=5).json()
    assert (asked["active"], asked["exp"] - asked["iat"], asked["scope"]) == (True, 7200, "api refresh_token")

    revoked = requests.post(url + "/revoke", {"token": token["refresh_token"]}, timeout=5)

    assert (revoked.status_code, revoked.content) == (200, b"")
    asked = requests.post(url + "/introspect", {"token": token["access_token"], **known}, timeout=5).json()
    assert asked == {"active": False}
    bad = requests.get(url + "/userinfo", headers={"Authorization": f"Bearer {token['access_token']}"}, timeout=5)
    assert (bad.status_code, bad.text) == (403, "Bad_OAuth_Token")

"""The Salesforce sandbox refuses what Salesforce refuses, in the same words."""

from typing import Any

import pytest

from tests.contract.salesforce_client import Client, error_of
from tests.contract.salesforce_refusals import REFUSED_CALLS, REFUSED_CREATES, REFUSED_QUERIES


@pytest.mark.parametrize(("sobject", "values", "code", "message"), REFUSED_CREATES)
def test_a_create_is_refused_in_the_words_of_salesforce(
    client: Client, sobject: str, values: dict[str, Any], code: str, message: str
) -> None:
    status, found, text = error_of(client.call("POST", f"/sobjects/{sobject}", json=values))

    assert (status, found) == (400, code)
    assert text.startswith(message)
    assert client.query(f"SELECT COUNT() FROM {sobject} WHERE CreatedDate = TODAY")["totalSize"] == 0  # noqa: S608 (SOQL)


@pytest.mark.parametrize(("soql", "code", "message"), REFUSED_QUERIES)
def test_a_query_is_refused_in_the_words_of_salesforce(client: Client, soql: str, code: str, message: str) -> None:
    status, found, text = error_of(client.call("GET", "/query", params={"q": soql}))

    assert (status, found) == (400, code)
    assert message in text


@pytest.mark.parametrize(("method", "path", "body", "status", "code", "message"), REFUSED_CALLS)
def test_a_call_is_refused_with_the_status_of_salesforce(
    client: Client, method: str, path: str, body: Any, status: int, code: str, message: str
) -> None:
    found = error_of(client.call(method, path, json=body))

    assert found[:2] == (status, code)
    assert found[2].startswith(message)


def test_broken_json_is_a_parser_error_and_another_media_type_is_415(client: Client) -> None:
    broken = client.call("POST", "/sobjects/Account", data="{", headers={"Content-Type": "application/json"})
    other = client.call("POST", "/sobjects/Account", data="<x/>", headers={"Content-Type": "application/xml"})

    assert error_of(broken)[:2] == (400, "JSON_PARSER_ERROR")
    assert error_of(other)[:2] == (415, "UNSUPPORTED_MEDIA_TYPE")


EXPIRED = (401, "INVALID_SESSION_ID", "Session expired or invalid")
DISABLED = (403, "API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization.")
METERED = (403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
GATES: list[tuple[str, str, dict[str, Any], tuple[int, str, str]]] = [
    ("POST", "/tokens/expire", {}, EXPIRED),
    ("POST", "/tokens/revoke", {}, EXPIRED),
    ("PATCH", "/users/{admin}", {"active": False}, EXPIRED),
    ("PATCH", "/users/{admin}", {"frozen": True}, EXPIRED),
    ("POST", "/clock", {"advance": 7300}, EXPIRED),
    ("PATCH", "/settings", {"api_enabled": False}, DISABLED),
    ("PATCH", "/settings", {"daily_api_limit": 0}, METERED),
]


@pytest.mark.parametrize(("method", "path", "wish", "refusal"), GATES)
def test_an_administrator_can_lock_the_api(
    client: Client, method: str, path: str, wish: dict[str, Any], refusal: tuple[int, str, str]
) -> None:
    assert client.call("GET", "/limits").status_code == 200

    client.control(method, path.format(admin=client.org.org.admin), json=wish)

    assert error_of(client.call("GET", "/limits")) == refusal

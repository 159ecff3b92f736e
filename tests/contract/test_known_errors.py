"""The catalogue of errors, proven: each code here is raised by a provider's sandbox over HTTP, and understood."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
import requests

from sandbox.quickbooks import Limits, QuickBooks
from tests.contract.connected_quickbooks_online import Bookkeeper, connect, side_of
from tests.contract.quickbooks_gates import INJECTED, OF_A_CALL, inject, raised
from tests.contract.quickbooks_refusals import OF_A_RECORD, World
from tests.contract.salesforce_client import Client
from tests.contract.salesforce_refusals import GONE, REFUSED_CALLS, REFUSED_CREATES, REFUSED_QUERIES
from timebridge.errors import Misconfigured, Rejected
from timebridge.insight import errata
from timebridge.providers.provider import KnownError
from timebridge.providers.quickbooks_online.client import NO_RIGHT
from timebridge.providers.quickbooks_online.faults import error_of
from timebridge.providers.salesforce import refusals

QUICKBOOKS = {each.code: each for each in errata.known("quickbooks_online")}
SALESFORCE = {each.code: each for each in errata.known("salesforce")}


@pytest.fixture(scope="module")
def demo() -> Iterator[QuickBooks]:
    with QuickBooks("demo", limits=Limits(enabled=False)) as sandbox:
        yield sandbox


@pytest.fixture
def world(demo: QuickBooks) -> Iterator[World]:
    demo.reset()
    demo.throttle.limits = Limits(enabled=False)
    side = side_of(*connect(demo))
    side.client.session.attempts = 1
    with side.client.session:
        yield World(demo, side, Bookkeeper(demo))


@pytest.mark.parametrize("code", OF_A_RECORD)
def test_what_quickbooks_refuses_of_a_record_is_understood(world: World, code: str) -> None:
    fault = OF_A_RECORD[code](world)

    assert fault.code == code, fault
    known = QUICKBOOKS[code]
    error = error_of(fault, trace=world.side.client.trace)
    assert type(error) is known.cause
    assert error.for_user.startswith(known.sentence)
    assert (error.remedy, error.trace) == (known.remedy, world.side.client.trace)
    assert error.trace.startswith("1-")
    assert error.trace in error.detail
    assert known.field is None or fault.at


@pytest.mark.parametrize("code", [*OF_A_CALL, *INJECTED])
def test_what_quickbooks_refuses_of_a_whole_call_blames_no_record(world: World, code: str) -> None:
    error = raised(OF_A_CALL.get(code, partial(inject, code=code)), world)

    assert f"code {code}" in error.detail
    assert error.trace in error.detail
    assert error.trace
    assert error.remedy == QUICKBOOKS[code].remedy
    if code != NO_RIGHT:
        ours = issubclass(QUICKBOOKS[code].cause, Rejected)
        assert type(error) is (Misconfigured if ours else QUICKBOOKS[code].cause)


def understood(answer: requests.Response) -> None:
    status, errors = answer.status_code, answer.json()
    code = errors[0]["errorCode"]
    known: KnownError = SALESFORCE[code]
    error = refusals.error_of(status, errors)
    assert code in error.detail
    assert type(error) is known.cause
    assert error.remedy.startswith(known.remedy.partition("…")[0])
    assert error.for_user


CREATES = {code: (sobject, values) for sobject, values, code, _ in REFUSED_CREATES if code in SALESFORCE}
CALLS = {code: (method, path, body) for method, path, body, _, code, _ in REFUSED_CALLS if code in SALESFORCE}
QUERIES = {code: soql for soql, code, _ in REFUSED_QUERIES if code in SALESFORCE}


@pytest.mark.parametrize("code", CREATES)
def test_what_salesforce_refuses_of_a_record_is_understood(client: Client, code: str) -> None:
    sobject, values = CREATES[code]
    understood(client.call("POST", f"/sobjects/{sobject}", json=values))


@pytest.mark.parametrize("code", CALLS)
def test_what_salesforce_refuses_of_a_call_is_understood(client: Client, code: str) -> None:
    method, path, body = CALLS[code]
    understood(client.call(method, path, json=body))


@pytest.mark.parametrize("code", QUERIES)
def test_what_salesforce_refuses_of_a_query_is_understood(client: Client, code: str) -> None:
    understood(client.call("GET", "/query", params={"q": QUERIES[code]}))


GATES: dict[str, tuple[str, dict[str, Any]]] = {
    "INVALID_SESSION_ID": ("/tokens/expire", {}),
    "API_DISABLED_FOR_ORG": ("/settings", {"api_enabled": False}),
    "REQUEST_LIMIT_EXCEEDED": ("/settings", {"daily_api_limit": 0}),
}


@pytest.mark.parametrize("code", GATES)
def test_what_salesforce_refuses_to_everybody_is_understood(client: Client, code: str) -> None:
    path, wish = GATES[code]
    client.control("POST" if path == "/tokens/expire" else "PATCH", path, json=wish)

    understood(client.call("GET", "/limits"))


def test_a_value_that_must_not_occur_twice_is_understood(client: Client) -> None:
    client.create("Account", Name="One", TB_External_Id__c="same")
    answer = client.call("POST", "/sobjects/Account", json={"Name": "Two", "TB_External_Id__c": "same"})

    assert answer.json()[0]["errorCode"] == "DUPLICATE_VALUE"
    assert type(refusals.error_of(answer.status_code, answer.json())).__name__ == "Stale", "another worker made it"


def test_a_record_that_is_gone_is_understood(client: Client) -> None:
    understood(client.call("GET", f"/sobjects/Account/{GONE}"))


def test_more_than_forty_codes_of_both_are_raised_by_a_sandbox_without_being_told_to() -> None:
    proven = {*OF_A_RECORD, *OF_A_CALL, *CREATES, *CALLS, *QUERIES, *GATES}

    assert len(proven) >= 80
    assert not proven & set(INJECTED)
    assert proven <= {*QUICKBOOKS, *SALESFORCE}

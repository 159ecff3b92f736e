"""QuickBooks' refusals: each is sorted by what to do next, says so to people, and tells no secrets."""

import re
from typing import Any

import pytest
import requests

from sandbox.quickbooks.errors import CATALOGUE
from timebridge.errors import (
    Disconnected,
    Locked,
    Misconfigured,
    RateLimited,
    Rejected,
    Stale,
    SyncError,
    Transient,
    Undecided,
)
from timebridge.providers.quickbooks_online.client import check, fault_in, whole_call
from timebridge.providers.quickbooks_online.faults import FAULTS, STATUSES, UNKNOWN, Fault, error_of, read_fault

CAUSES: dict[str, type[SyncError]] = {
    "3200": Disconnected,
    "3100": Disconnected,
    "120": Disconnected,
    "100": Disconnected,
    "6190": Disconnected,
    "10200": Disconnected,
    "3001": RateLimited,
    "150": RateLimited,
    "600": Transient,
    "6002": Transient,
    "10000": Transient,
    "5010": Stale,
    "5020": Rejected,
    "5030": Rejected,
    "610": Rejected,
    "2500": Rejected,
    "6000": Rejected,
    "6240": Undecided,
    "6200": Locked,
    "6210": Locked,
    "6540": Locked,
    "620": Locked,
    "4000": Misconfigured,
    "4001": Misconfigured,
}


@pytest.mark.parametrize("code", FAULTS)
def test_every_code_has_a_cause_and_a_sentence_with_a_remedy(code: str) -> None:
    meaning = FAULTS[code]
    assert issubclass(meaning.cause, SyncError)
    assert re.fullmatch(r"[A-Z].*[.)]", meaning.sentence)
    assert re.fullmatch(r"[A-Z].*\.", meaning.remedy)
    error = error_of(Fault(code, "Message", "Detail"), field="name")
    assert type(error) is meaning.cause
    assert code in error.detail


@pytest.mark.parametrize(("code", "cause"), CAUSES.items())
def test_codes_are_sorted_by_what_to_do_next_not_by_their_digits(code: str, cause: type[SyncError]) -> None:
    assert FAULTS[code].cause is cause


def test_every_fault_of_the_sandbox_is_known() -> None:
    assert set(CATALOGUE) <= set(FAULTS)


@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        ("ValidationFault", Rejected),
        ("SystemFault", Transient),
        ("AuthenticationFault", Disconnected),
        ("AUTHORIZATION", Disconnected),
        ("SERVICE", Transient),
        ("", Transient),
    ],
)
def test_an_unknown_code_is_sorted_by_its_type(kind: str, cause: type[SyncError]) -> None:
    assert type(error_of(Fault("99999", "New", "Thing", kind))) is cause


def test_what_quickbooks_says_to_people_is_passed_on() -> None:
    error = error_of(Fault("6000", "Business", "Business Validation Error:  the rate\nis missing."))
    assert error.for_user == (
        "QuickBooks refuses the record. QuickBooks says: Business Validation Error: the rate is missing."
    )


def test_a_long_story_is_cut_short() -> None:
    assert len(error_of(Fault("6000", "", "x" * 5000)).for_user) < 300


def test_a_gateways_text_may_quote_the_token_and_is_not_repeated() -> None:
    error = error_of(Fault("3200", "message=AuthenticationFailed", "Token expired: AB01secret"), trace="1-abc")
    assert "AB01" not in f"{error.for_user} {error.remedy} {error.detail}"
    assert "1-abc" in error.detail


def test_what_a_run_keeps_of_an_error_names_the_call() -> None:
    assert error_of(Fault("5010"), trace="1-abc").told.endswith("Nothing to do: it is tried again. (Call 1-abc.)")
    assert error_of(Fault("5010")).told.endswith("Nothing to do: it is tried again.")


def test_the_lower_case_fault_of_the_gateway_is_read() -> None:
    error = {"message": "message=ThrottleExceeded", "detail": None, "code": "3001", "element": None}
    assert read_fault({"error": [error], "type": "SERVICE"}) == Fault("3001", "message=ThrottleExceeded", "", "SERVICE")


@pytest.mark.parametrize("odd", [{}, {"Error": []}, {"Error": None}, {"Error": ["text"]}, {"Error": {"code": "1"}}])
def test_a_fault_without_an_error_is_read_as_unknown(odd: dict[str, Any]) -> None:
    assert read_fault(odd) == Fault("")


def answer(status: int, body: str, kind: str = "application/json") -> requests.Response:
    response = requests.Response()
    response.status_code, response._content = status, body.encode()
    response.headers["Content-Type"], response.headers["intuit_tid"] = kind, "1-trace"
    response.url = "https://quickbooks.example/v3/company/1/query?secret=no"
    return response


XML = (
    '<?xml version="1.0"?><IntuitResponse xmlns="http://schema.intuit.com/finance/v3"><Fault type="SERVICE">'
    '<Error code="3001" element=""><Message>ThrottleExceeded</Message><Detail>Later</Detail></Error>'
    "</Fault></IntuitResponse>"
)
BOMB = '<!DOCTYPE b [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><Fault><Error code="3001">&b;</Error></Fault>'


def test_xml_is_read_where_json_was_asked_for() -> None:
    assert fault_in(answer(429, XML, "text/xml")) == Fault("3001", "ThrottleExceeded", "Later", "SERVICE")
    bare = '<Fault type="SERVICE"><Error><Code>6002</Code><Message>Timeout</Message></Error></Fault>'
    assert fault_in(answer(504, bare, "text/xml")) == Fault("6002", "Timeout", "", "SERVICE")


@pytest.mark.parametrize("body", ["", "<html><p>Oops</html>", "not json", "[]", "{}", BOMB, "<a/>", "<Fault/>"])
def test_an_answer_without_a_fault_holds_none(body: str) -> None:
    assert fault_in(answer(503, body)) is None


@pytest.mark.parametrize(
    ("status", "body", "cause"),
    [
        (401, "", Disconnected),
        (403, "<html>", Disconnected),
        (403, XML, RateLimited),
        (408, "", Transient),
        (413, "", Misconfigured),
        (429, "", RateLimited),
        (500, '{"Fault":{"Error":[{"code":"3100"}]}}', Transient),
        (502, "<html>", Transient),
        (504, '<Fault type="SERVICE"><Error code="6002"/></Fault>', Transient),
        (302, "", Misconfigured),
        (400, '{"Fault":{"Error":[{"code":"2020"}],"type":"ValidationFault"}}', Misconfigured),
        (400, '{"Fault":{"Error":[{"code":"4001"}],"type":"ValidationFault"}}', Misconfigured),
        (400, '{"Fault":{"Error":[{"code":"500","Detail":"Could not find resource for relative : /"}]}}', Transient),
        (200, "<html>", Misconfigured),
    ],
)
def test_a_call_that_failed_as_a_whole_blames_no_record(status: int, body: str, cause: type[SyncError]) -> None:
    with pytest.raises(SyncError) as failed:
        check(answer(status, body, "text/html"))
    assert type(failed.value) is cause
    assert "secret" not in f"{failed.value} {failed.value.detail}"


def test_a_good_answer_passes() -> None:
    check(answer(200, '{"QueryResponse":{}}'))


@pytest.mark.parametrize(("code", "cause"), [("6200", Misconfigured), ("5010", Stale), ("5020", Disconnected)])
def test_a_refused_whole_call_is_for_the_operator_or_needs_a_right(code: str, cause: type[SyncError]) -> None:
    assert type(whole_call(Fault(code))) is cause


def test_the_property_at_fault_is_named_where_quickbooks_leaves_it_out() -> None:
    assert Fault("6240").at == "DisplayName"
    assert Fault("6240", element="Name").at == "Name"
    assert Fault("6000").at == ""


def test_every_fallback_has_a_sentence() -> None:
    assert all(meaning.sentence for meaning in (*UNKNOWN.values(), *STATUSES.values()))

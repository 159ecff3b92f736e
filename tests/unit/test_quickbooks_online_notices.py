"""Intuit's webhooks: what is believed, and what is taken from it."""

import json
from typing import Any

import pytest

from timebridge.providers.quickbooks_online.notices import Notice, parse, sign, verify

TOKEN = "sim-verifier-token"
BODY = (
    b'[{"specversion":"1.0","id":"e1","source":"intuit.sim","type":"qbo.customer.created.v1",'
    b'"datacontenttype":"application/json","time":"2026-11-20T00:00:00.000Z","intuitentityid":"1",'
    b'"intuitaccountid":"123","data":{}}]'
)
SIGNATURE = "oM/IcoNtcilF/2eYbbDt7HYPiqVfbtByGneaUks7Eus="


def event(type: str, realm: object = "123", id: object = "1", **more: Any) -> dict[str, Any]:
    return {"specversion": "1.0", "id": "e1", "type": type, "intuitaccountid": realm, "intuitentityid": id, **more}


def noticed(body: object) -> list[Notice]:
    return list(parse(json.dumps(body).encode()))


def test_the_published_test_vector_holds() -> None:
    assert sign(BODY, TOKEN) == SIGNATURE
    assert verify(BODY, SIGNATURE, TOKEN)


def test_one_changed_byte_is_not_believed() -> None:
    assert not verify(BODY.replace(b'"123"', b'"124"'), SIGNATURE, TOKEN)
    assert not verify(BODY + b" ", SIGNATURE, TOKEN)


@pytest.mark.parametrize("signature", [None, "", "nonsense", "===", "ümlaut", SIGNATURE[:-4]])
def test_a_missing_or_broken_signature_is_not_believed(signature: str | None) -> None:
    assert not verify(BODY, signature, TOKEN)


def test_nothing_is_believed_without_a_verifier_token() -> None:
    assert not verify(BODY, sign(BODY, ""), "")


def test_events_of_several_companies_are_told_apart() -> None:
    found = noticed([event("qbo.customer.created.v1"), event("qbo.timeactivity.deleted.v1", "456", "77")])
    assert found == [
        Notice("123", "Customer", "1", "create", "e1"),
        Notice("456", "TimeActivity", "77", "delete", "e1"),
    ]


def test_a_single_event_needs_no_array() -> None:
    assert noticed(event("qbo.employee.updated.v1")) == [Notice("123", "Employee", "1", "update", "e1")]


@pytest.mark.parametrize("operation", ["void", "voided"])
def test_both_spellings_of_a_void_are_understood(operation: str) -> None:
    assert noticed([event(f"qbo.invoice.{operation}.v1")])[0].operation == "void"


def test_a_merge_tells_of_the_survivor_and_of_the_loser() -> None:
    found = noticed([event("qbo.customer.merged.v1", data={"deletedid": "27"})])
    assert [(notice.id, notice.operation) for notice in found] == [("1", "merge"), ("27", "delete")]


@pytest.mark.parametrize(
    ("told", "at"),
    [
        ("2026-11-21T09:00:00.179453123Z", "2026-11-21T09:00:00.179453+00:00"),
        ("2026-11-21T01:00:00-08:00", "2026-11-21T09:00:00+00:00"),
        ("yesterday", ""),
        (None, ""),
        ("9999-12-31T23:59:59-14:00", ""),
    ],
)
def test_when_it_happened_is_told_if_it_can_be_read(told: str | None, at: str) -> None:
    assert noticed([event("qbo.customer.updated.v1", time=told)])[0].at == at


def test_the_older_format_is_read_as_well() -> None:
    entities = [
        {"name": "Customer", "id": "1", "operation": "Create", "lastUpdated": "2015-10-05T14:42:19-07:00"},
        {"name": "Vendor", "id": "2", "operation": "Merge", "deletedId": "4"},
    ]
    found = noticed({"eventNotifications": [{"realmId": "118", "dataChangeEvent": {"entities": entities}}]})
    assert [(n.realm, n.object, n.id, n.operation) for n in found] == [
        ("118", "Customer", "1", "create"),
        ("118", "Vendor", "2", "merge"),
        ("118", "Vendor", "4", "delete"),
    ]


@pytest.mark.parametrize(
    "one",
    [
        event("qbo.unicorn.created.v1"),
        event("qbo.customer.befriended.v1"),
        event("other.customer.created.v1"),
        event("qbo"),
        event("qbo.customer.created.v1", realm=None),
        event("qbo.customer.created.v1", id=""),
        {},
        None,
        "text",
        [],
    ],
)
def test_an_event_that_is_unknown_or_incomplete_is_passed_over(one: object) -> None:
    assert noticed([one, event("qbo.item.updated.v1")]) == [Notice("123", "Item", "1", "update", "e1")]


@pytest.mark.parametrize("odd", [[None], [{}], [{"dataChangeEvent": None}], [{"dataChangeEvent": {"entities": [1]}}]])
def test_odd_notifications_of_the_older_format_are_passed_over(odd: object) -> None:
    assert noticed({"eventNotifications": odd}) == []


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'"text"', b"7", b"{}", b"[" * 200_000])
def test_a_body_that_is_no_notice_is_an_error(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 (any reason will do)
        parse(body)

"""Outbound messages: what is believed, and what is refused without being read further."""

import subprocess
import sys

import pytest

from timebridge.changes import Change, Where
from timebridge.providers.salesforce import notices
from timebridge.providers.salesforce.ids import full_id

ORG = "00D550000000001EAA"
FIRST, SECOND = "006ak00000OQ4RxAAL", "0015500001QdZPKAA3"


def test_a_message_is_a_list_of_changed_records() -> None:
    notice = notices.parse(notices.build(ORG, "Opportunity", [FIRST, SECOND]))
    assert notice.changes == (Change(Where.THEIRS, "Opportunity", FIRST), Change(Where.THEIRS, "Opportunity", SECOND))


def test_a_record_named_twice_is_one_change_and_short_ids_become_full() -> None:
    notice = notices.parse(notices.build(ORG[:15], "Account", [SECOND[:15], SECOND]))
    assert notice.changes == (Change(Where.THEIRS, "Account", SECOND),)
    assert notice.comes_from(full_id(ORG[:15]))


@pytest.mark.parametrize("id", ["0015500001QdZPK", "006ak00000OQ4Rx", "750ak000009Bkrx", "012000000000000"])
def test_the_suffix_of_an_id_is_computed(id: str) -> None:
    suffixes = {"0015500001QdZPK": "AA3", "006ak00000OQ4Rx": "AAL", "750ak000009Bkrx": "AAC", "012000000000000": "AAA"}
    assert full_id(id) == id + suffixes[id]


def test_a_message_of_another_org_is_not_ours() -> None:
    notice = notices.parse(notices.build(ORG, "Account", [SECOND]))
    assert not notice.comes_from("00D550000000002EAA")
    assert not notice.comes_from(None)


def test_the_secret_is_compared_whole() -> None:
    assert notices.verify("s3cret", "s3cret")
    assert not notices.verify("s3cre", "s3cret")
    assert not notices.verify("ß", "s3cret")
    assert not notices.verify("", "")
    assert not notices.verify("", None)


def bomb() -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "lol">{entities}]><x>&l9;</x>'.encode()


GOOD = notices.build(ORG, "Account", [SECOND])


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{}", id="json"),
        pytest.param(GOOD[:-40], id="truncated"),
        pytest.param(bomb(), id="entity bomb"),
        pytest.param(b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', id="external DTD"),
        pytest.param(b"<x/>", id="other XML"),
        pytest.param(b"\xff\xfe\x00", id="broken bytes"),
        pytest.param(b'<?xml version="1.0" encoding="no-such"?><x/>', id="unknown encoding"),
        pytest.param(GOOD.replace(ORG.encode(), b"nobody"), id="no organisation"),
        pytest.param(notices.build(ORG, "Account", []), id="no records"),
        pytest.param(notices.build(ORG, "Account", ["../../x"]), id="forged id"),
        pytest.param(notices.build(ORG, "", [SECOND]), id="no type"),
        pytest.param(GOOD + b" " * notices.LARGEST, id="too large"),
    ],
)
def test_what_is_no_message_is_refused_with_a_sentence(body: bytes) -> None:
    with pytest.raises(notices.Unreadable) as caught:
        notices.parse(body)
    assert str(caught.value).startswith("The message")
    assert "passwd" not in str(caught.value)


def test_an_acknowledgement_is_what_salesforce_waits_for() -> None:
    assert b"<Ack>true</Ack>" in notices.ack()
    assert b"<Ack>false</Ack>" in notices.ack(accepted=False)


def test_a_webhook_door_loads_neither_an_http_client_nor_the_client_library() -> None:
    program = (
        "import sys, timebridge.providers.salesforce.notices; "
        "print([name for name in ('requests', 'simple_salesforce', 'zeep', 'boto3') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)
    assert found.stdout.strip() == "[]"

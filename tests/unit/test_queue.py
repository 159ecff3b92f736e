"""Messages: ids only, cut to size, and readable again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timebridge.changes import Change, Where
from timebridge.errors import Misconfigured
from timebridge.queue import CHANGES_PER_MESSAGE, Message, Pull, _cut, parse
from timebridge.records import Record

TEXTS = st.text(min_size=1, max_size=20)
CHANGES = st.lists(st.builds(Change, st.sampled_from(Where), TEXTS, TEXTS), max_size=5)
MESSAGES = st.builds(
    Message, TEXTS, TEXTS, CHANGES.map(tuple), st.none() | st.builds(Pull, actor=TEXTS, released=st.booleans())
)


@given(MESSAGES)
def test_a_message_reads_back_as_it_was_written(message: Message) -> None:
    assert parse(message.to_body()) == message


def test_the_values_of_a_record_never_travel() -> None:
    record = Record("001", {"Name": "Confidential"})

    body = Message("acme", "salesforce", (Change(Where.THEIRS, "Account", "001", record),)).to_body()

    assert "Confidential" not in body


def test_many_changes_are_cut_into_messages_with_the_pull_behind_them() -> None:
    changes = tuple(Change(Where.OURS, "client", str(number)) for number in range(CHANGES_PER_MESSAGE + 1))

    parts = _cut(Message("acme", "salesforce", changes + changes, Pull()))

    assert [len(part.changes) for part in parts] == [CHANGES_PER_MESSAGE, 1, 0]
    assert [part.pull is None for part in parts] == [True, True, False]


@pytest.mark.parametrize("body", ["", "{}", "[]", "null", '{"tenant": "a", "connection": "b", "changes": [1]}'])
def test_a_body_that_is_none_of_ours_is_refused(body: str) -> None:
    with pytest.raises(Misconfigured, match="cannot be read"):
        parse(body)

"""Messages: ids only, cut to size, and readable again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timebridge.changes import Change, Where
from timebridge.errors import Misconfigured
from timebridge.messages import CHANGES_PER_MESSAGE, Message, Pull, Share, cut, joined, parse
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

    parts = cut(Message("acme", "salesforce", changes + changes, Pull()))

    assert [len(part.changes) for part in parts] == [CHANGES_PER_MESSAGE, 1, 0]
    assert [part.pull is None for part in parts] == [True, True, False]


@pytest.mark.parametrize("body", ["", "{}", "[]", "null", '{"tenant": "a", "connection": "b", "changes": [1]}'])
def test_a_body_that_is_none_of_ours_is_refused(body: str) -> None:
    with pytest.raises(Misconfigured, match="cannot be read"):
        parse(body)


def test_a_nudge_beside_a_pull_is_the_pull() -> None:
    nudge, pull = Message("t", "c", pull=Pull(nudge=True)), Message("t", "c", pull=Pull(flows=("q.customer",)))
    assert joined([nudge, pull])[0].pull == Pull(flows=("q.customer",))
    assert joined([nudge, nudge])[0].pull == Pull(nudge=True)
    assert parse(nudge.to_body()) == nudge


def test_messages_together_are_as_old_as_the_oldest() -> None:
    told = [Message("t", "c", (), at=at) for at in ("", "2026-11-21T10:00:05+00:00", "2026-11-21T10:00:01+00:00")]
    assert joined(told)[0].at == "2026-11-21T10:00:01+00:00"
    assert parse(joined(told)[0].to_body()).at == "2026-11-21T10:00:01+00:00"


def test_each_part_of_a_message_that_may_come_twice_has_a_key_of_its_own() -> None:
    changes = tuple(Change(Where.THEIRS, "Customer", str(n)) for n in range(CHANGES_PER_MESSAGE + 1))
    parts = cut(Message("t", "c", changes, pull=Pull(), key="abc"))
    assert [part.key for part in parts] == ["abc-0", "abc-1", ""]
    assert [part.key for part in cut(Message("t", "c", changes[:1]))] == [""]


def test_the_last_message_of_a_run_ends_it() -> None:
    changes = tuple(Change(Where.OURS, "client", str(n)) for n in range(CHANGES_PER_MESSAGE + 1))
    parts = cut(Message("t", "c", changes, pull=Pull("ada"), asked=True, share=Share("run-1")))
    assert [(part.share.part, part.share.last) for part in parts if part.share] == [(0, False), (1, False), (2, True)]
    assert [parse(part.to_body()) for part in parts] == parts


def test_messages_of_one_run_are_one_and_those_of_two_are_not() -> None:
    one, two = (
        cut(Message("t", "c", (Change(Where.OURS, "client", id),), pull, asked=True, share=Share(f"run-{id}")))
        for id, pull in (("1", Pull("ada")), ("2", None))
    )
    first, second = joined([*one, *two])
    assert (first.share, first.pull, second.share) == (Share("run-1"), Pull("ada"), Share("run-2"))


def test_a_pull_that_several_asked_for_is_done_once_and_ends_all_their_runs() -> None:
    asked = [Message("t", "c", pull=Pull(who), share=Share(f"run-{who}")) for who in ("ada", "bob")]
    [both] = joined(asked)
    assert (both.share, both.also) == (Share("run-ada"), ("run-bob",))


def test_a_body_of_the_version_before_has_no_run() -> None:
    body = '{"tenant":"t","connection":"c","pull":{"actor":"ada","released":false}}'
    assert parse(body) == Message("t", "c", pull=Pull("ada"))

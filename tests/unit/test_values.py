from datetime import UTC, datetime
from decimal import Decimal

import pytest

from timebridge import errors, records
from timebridge.changes import Change, Where, chunks, unique
from timebridge.links import Birth, Link, Problem, State
from timebridge.records import Record


def test_a_change_travels_as_a_message() -> None:
    change = Change(Where.THEIRS, "Account", "001")

    assert Change.from_message(change.to_message()) == change


def test_a_change_is_kept_once_and_the_one_with_a_record_wins() -> None:
    read = Change(Where.OURS, "client", "1", Record("1", {}))
    hint = Change(Where.OURS, "client", "1")

    assert [c.record for c in unique([hint, read, hint])] == [read.record]


def test_chunks_lose_nothing() -> None:
    assert [list(chunk) for chunk in chunks([1, 2, 3], 2)] == [[1, 2], [3]]


def test_a_record_survives_an_export() -> None:
    record = Record("1", {"a": "x", "n": Decimal("1.25"), "whole": Decimal(3)}, "v", datetime(2026, 1, 1, tzinfo=UTC))

    assert records.from_json(records.to_json(record)) == record
    assert records.from_json(records.to_json(Record("1", {}))) == Record("1", {})


def test_a_value_of_no_known_kind_is_refused() -> None:
    with pytest.raises(TypeError, match="Not a record value: object"):
        records.to_json(Record("1", {"a": object()}))


def test_the_error_tree_in_the_docstring_is_the_tree() -> None:
    drawn = {line.split("─ ")[1].split()[0] for line in (errors.__doc__ or "").splitlines() if "─ " in line}
    classes = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)}

    assert drawn | {"SyncError"} == classes


def test_an_error_says_where_it_happened() -> None:
    error = errors.RateLimited("Too many calls.", retry_after=5, detail="429")

    outer, inner = errors.attached(tenant="t", connection="c"), errors.attached(flow="f", tenant="inner")
    with pytest.raises(errors.RateLimited) as caught, outer, inner:
        raise error

    assert caught.value.context == {"tenant": "inner", "connection": "c", "flow": "f"}
    assert str(error) == "Too many calls. (429) [tenant=inner connection=c flow=f]"
    assert str(errors.Rejected("No.")) == "No."


def test_a_link_is_reserved_born_parked_and_buried() -> None:
    link = Link("f", "o1", revision=3)
    birth = Birth({"a": "1"}, "request", "1")
    problem = Problem("No.", "", None, 1, None)

    reserved = link.reserved(birth)
    assert (reserved.unborn, reserved.open, reserved.usable) == (True, False, False)
    born = reserved.born("t1", "7")
    assert (born.theirs, born.theirs_version, born.base, born.state) == ("t1", "7", {"a": "1"}, State.LIVE)
    assert (born.unborn, born.usable) == (False, True)
    assert reserved.parked(problem).open
    assert born.parked(problem).state is State.PARKED
    buried = born.buried(Where.OURS)
    assert (buried.state, buried.kept, buried.base, buried.usable) == (State.TOMBSTONE, Where.OURS, None, True)
    assert Link("f", "o1", "t1").reserved().theirs == "t1"

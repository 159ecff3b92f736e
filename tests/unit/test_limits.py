"""Leases: whatever their number and moment, no window holds more calls than its limit."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from timebridge.limits import COARSE, Lease, Limits, kept, pause, room

LIMITS: Limits = ((10, 1.0), (30, 20.0))


def test_nothing_is_limited_where_there_are_no_limits() -> None:
    assert room([Lease(5, 1.0)], (), 1.0) is None
    assert pause([Lease(5, 1.0)], (), 1.0) == 0.0
    assert kept([Lease(5, 1.0)], (), 2.0) == []


def test_the_tightest_window_decides() -> None:
    leases = [Lease(22, 90.0), Lease(6, 99.8)]
    assert room(leases, LIMITS, 100.0) == 2
    assert room([*leases, Lease(4, 100.0)], LIMITS, 100.0) == -2


def test_a_wait_lasts_until_as_many_have_left_the_window_as_are_too_many() -> None:
    leases = [Lease(4, 99.5), Lease(4, 99.7), Lease(4, 99.9)]
    assert pause(leases, ((10, 1.0),), 100.0) == 99.5 + 1.0 - 100.0
    assert pause(leases, ((4, 1.0),), 100.0) == 99.9 + 1.0 - 100.0
    assert pause(leases[:2], ((10, 1.0),), 100.0) == 0.0


def test_old_leases_are_kept_in_few_lines_and_never_too_short() -> None:
    leases = [Lease(1, 100.0 + number / 10) for number in range(300)]
    found = kept(leases, ((500, 60.0),), 130.0)
    assert sum(lease.calls for lease in found) == 300
    assert len(found) < 30 / COARSE + 60
    later = 100.0 + 299 / 10 + 60.0
    assert kept(found, ((500, 60.0),), later + COARSE) == []


@given(
    asked=st.lists(
        st.tuples(st.floats(0, 2), st.integers(1, 4), st.floats(0, 0.4), st.floats(0, 1)), min_size=1, max_size=80
    )
)
def test_no_window_holds_more_calls_than_its_limit(asked: list[tuple[float, int, float, float]]) -> None:
    """Each comes some time after the one before, wants some calls, and makes them anywhere within its lease."""
    now, leases, moments = 1000.0, list[Lease](), list[float]()
    for after, wish, length, where in asked:
        now += after + pause(leases, LIMITS, now + after)
        leases = kept(leases, LIMITS, now)
        free = room(leases, LIMITS, now)
        assert free is not None
        if free > 0:
            lease = Lease(min(wish, free), now + length)
            leases.append(lease)
            moments += [now + where * length] * lease.calls
    moments.sort()
    for calls, seconds in LIMITS:
        starts = zip(moments, moments[calls:], strict=False)
        assert all(later - earlier >= seconds - 1e-6 for earlier, later in starts)
    assert all(earlier <= later for earlier, later in pairwise(moments))

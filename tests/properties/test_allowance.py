"""Workers that share the limits of an account in DynamoDB: together they never exceed them, and nobody starves."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import pytest

from tests.tables import aws_in_process
from timebridge.errors import RateLimited
from timebridge.limits import Lease, Limits
from timebridge.providers.provider import App
from timebridge.providers.quickbooks_online.pace import Pace, paces
from timebridge.store.allowance import LEASED_FOR, SLOT, SharedAllowance
from timebridge.store.meter import Meter
from timebridge.store.tables import LimitItem

WORKERS = 6
LIMITS: Limits = ((5, 1.0), (12, 6.0))


@pytest.fixture(autouse=True)
def aws() -> Iterator[None]:
    with aws_in_process():
        yield


def allowance(most: int | None = None) -> SharedAllowance:
    return SharedAllowance(Meter("acme", "quickbooks_online"), "app", most)


class Time:
    """One that all workers share, and that passes only when somebody sleeps: whoever sleeps furthest sets it."""

    def __init__(self) -> None:
        self.now, self._lock = 1_795_000_000.0, Lock()

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.now += max(seconds / WORKERS, 0.01)
        time.sleep(0)


def test_workers_together_never_exceed_the_limits() -> None:
    """Each has its own view of the table, as in a process of its own."""
    watch, moments, lock = Time(), list[float](), Lock()

    def work(_: int) -> None:
        shared = allowance()
        pace = Pace(
            LIMITS, watch.clock, watch.sleep, lambda limits, wish, now: shared.lease("1", "calls", limits, wish, now)
        )
        for _ in range(7):
            while True:
                try:
                    pace.wait()
                    break
                except RateLimited as error:
                    watch.sleep(error.retry_after)
            with lock:
                moments.append(watch.now)

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(work, range(WORKERS)))

    moments.sort()
    assert len(moments) == 7 * WORKERS
    for calls, seconds in LIMITS:
        for earlier, later in zip(moments, moments[calls:], strict=False):
            assert later - earlier >= seconds - LEASED_FOR


def test_a_lease_costs_few_writes_when_there_is_much_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    writes, now, save = Counter[str](), [1000.0], LimitItem.save
    monkeypatch.setattr(LimitItem, "save", lambda item, condition: (writes.update(["save"]), save(item, condition))[1])
    shared = allowance()
    pace = Pace(((1000, 1.0),), lambda: now[0], lambda _: None, lambda *wish: shared.lease("1", "calls", *wish))

    for _ in range(40):
        pace.wait()

    assert writes["save"] <= 12


def test_the_calls_of_one_company_are_no_calls_of_another() -> None:
    shared, now = allowance(), time.time()
    assert isinstance(shared.lease("1", "calls", ((1, 60.0),), 1, now), Lease)
    assert shared.lease("1", "calls", ((1, 60.0),), 1, now) == pytest.approx(60.0 + LEASED_FOR)
    assert isinstance(shared.lease("2", "calls", ((1, 60.0),), 1, now), Lease)
    assert isinstance(shared.lease("1", "batches", ((1, 60.0),), 1, now), Lease)


def test_a_busy_company_leaves_the_others_their_share() -> None:
    """The app may make 130 calls a minute, ten in each slot. One company wants all of them; another wants two."""
    start = 1_795_000_000.0 // SLOT * SLOT
    free: Limits = ((1000, 1.0),)
    big, small = allowance(130), allowance(130)
    assert isinstance(small.lease("small", "calls", free, 1, start), Lease)
    taken = sum(isinstance(big.lease("big", "calls", free, 1, start + 0.1), Lease) for _ in range(30))
    assert 3 <= taken <= 5

    assert isinstance(small.lease("small", "calls", free, 1, start + 1), Lease)
    pause = big.lease("big", "calls", free, 1, start + 1)
    assert isinstance(pause, float)
    assert SLOT - 1 <= pause <= SLOT
    assert isinstance(big.lease("big", "calls", free, 1, start + SLOT), Lease)


def test_all_companies_together_stay_below_what_the_app_may() -> None:
    start = 1_795_000_000.0 // SLOT * SLOT
    taken = Counter[int]()
    for second in range(10):
        for realm in range(6):
            found = allowance(130).lease(str(realm), "calls", ((1000, 1.0),), 1, start + second)
            taken[second] += isinstance(found, Lease)
    assert 12 <= sum(taken.values()) <= 2 * 10, "two slots of ten"


def test_a_company_whose_calls_are_spent_is_told_when_to_come_back() -> None:
    app = App("app", "secret", "", "", extra={"limits": {"batches": 4}}, allowance=allowance())
    _, batches = paces(app, "https://books.example", "1")
    batches.wait()
    batches._sleep = lambda _: None

    with pytest.raises(RateLimited) as limited:
        batches.wait()
    assert 0 < limited.value.retry_after <= 15.5

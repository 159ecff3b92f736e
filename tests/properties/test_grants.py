"""Both providers rotate refresh tokens: however many find the access token expired, one refreshes."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Barrier, Lock, get_ident

import pytest

from tests.tables import aws_in_process
from timebridge.store import grants as stored
from timebridge.store.grants import LEASE, SecretGrants
from timebridge.store.tables import TenantItem
from timebridge.tenants import Grant

CALLERS = 200


@pytest.fixture(autouse=True)
def aws() -> Iterator[None]:
    with aws_in_process():
        yield


@dataclass
class Rotating:
    """A provider that accepts each refresh token once, and takes its time."""

    takes: float = 0.3
    valid: str = "refresh-0"
    refreshes: int = 0
    reused: int = 0
    lock: Lock = field(default_factory=Lock)

    def refresh(self, grant: Grant) -> Grant:
        with self.lock:
            self.refreshes += 1
            self.reused += grant.refresh_token != self.valid
            self.valid = f"refresh-{self.refreshes}"
            renewed = Grant(f"access-{self.refreshes}", self.valid)
        time.sleep(self.takes)
        return renewed


def expired() -> Grant:
    grant = Grant("access-0", "refresh-0")
    SecretGrants("tenant-a", "sf1").put(grant)
    return grant


def test_two_hundred_callers_with_an_expired_token_cause_one_refresh() -> None:
    grant, provider, together = expired(), Rotating(), Barrier(CALLERS)

    def call(_: int) -> str:
        together.wait()
        return SecretGrants("tenant-a", "sf1").renew(grant, provider.refresh).access_token

    with ThreadPoolExecutor(CALLERS) as pool:
        got = list(pool.map(call, range(CALLERS)))

    assert (provider.refreshes, provider.reused) == (1, 0)
    assert set(got) == {"access-1"}


def test_each_expiry_is_answered_by_one_refresh() -> None:
    grant, provider = expired(), Rotating(takes=0.05)

    for number in range(1, 4):
        with ThreadPoolExecutor(20) as pool:
            used = [grant] * 20
            got = set(pool.map(lambda each: SecretGrants("tenant-a", "sf1").renew(each, provider.refresh), used))
        assert {each.access_token for each in got} == {f"access-{number}"}
        grant = got.pop()
    assert (provider.refreshes, provider.reused) == (3, 0)


def test_a_holder_that_died_in_the_middle_is_succeeded_within_ten_seconds() -> None:
    grant, provider = expired(), Rotating(takes=0)
    TenantItem("tenant-a", "lease#sf1", owner="the dead", until=datetime.now(UTC) + LEASE).save()
    started = time.monotonic()

    with ThreadPoolExecutor(10) as pool:
        renewals = pool.map(lambda _: SecretGrants("tenant-a", "sf1").renew(grant, provider.refresh), range(10))
        got = {each.access_token for each in renewals}

    assert time.monotonic() - started < 10
    assert (got, provider.refreshes) == ({"access-1"}, 1)


def test_a_holder_that_is_slow_keeps_its_lease_while_it_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "LEASE", LEASE / 6)
    monkeypatch.setattr(stored, "BEAT", 0.2)
    grant, provider, seen = expired(), Rotating(takes=3), set[int]()

    def refresh(old: Grant) -> Grant:
        seen.add(get_ident())
        return provider.refresh(old)

    with ThreadPoolExecutor(5) as pool:
        got = set(pool.map(lambda _: SecretGrants("tenant-a", "sf1").renew(grant, refresh), range(5)))

    assert ({each.access_token for each in got}, len(seen), provider.refreshes) == ({"access-1"}, 1, 1)

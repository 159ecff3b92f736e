"""What an app may ask of a provider's accounts, shared by all workers: leases of an account, and of all accounts.

An account's leases are one item, saved on the condition that nobody else saved it first. What all accounts of an app
may take together is counted in slots of a few seconds, each an item that is only added to. So that one busy account
cannot keep the others waiting, one that had its share of a slot may go on only while half of the slot is free.
"""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from pynamodb.exceptions import DoesNotExist, PutError, UpdateError

from timebridge.limits import Lease, Limits, kept, pause, room
from timebridge.store.meter import Meter
from timebridge.store.tables import LimitItem

LEASED_FOR = 0.4
"""Seconds in which the calls of a lease have to be made."""

TRIES = 20
"""How often a lease is tried for while others are faster."""

SLOT, SLOTS_OF_A_MINUTE = 5, 13
"""Seconds; and how many slots a minute touches at most."""

KEPT = timedelta(minutes=10)


class SharedAllowance:
    """Implements `providers.provider.Allowance`. `app`: its client id. `most`: calls a minute of all its accounts."""

    def __init__(self, meter: Meter, app: str, most: int | None = None) -> None:
        self._meter, self._app = meter, app
        self._slot = max(most // SLOTS_OF_A_MINUTE, 1) if most else None
        self._known: dict[tuple[str, str], LimitItem] = {}

    def read(self) -> None:
        self._meter.read(datetime.now(UTC))

    def lease(self, account: str, what: str, limits: Limits, wish: int, now: float) -> Lease | float:
        for _ in range(TRIES):
            item = self._item(account, what)
            leases = kept([Lease(*each) for each in item.leases or ()], limits, now)
            free = room(leases, limits, now)
            if free is not None and free < 1:
                return pause(leases, limits, now)
            mine = Lease(wish if free is None else min(wish, free), now + LEASED_FOR)
            if self._saved(item, [*leases, mine], now):
                return self._of_app(account, mine, leases, now) if what == "calls" else mine
        return random.uniform(0.05, LEASED_FOR)

    # --- one account -------------------------------------------------------------------------------------------------

    def _item(self, account: str, what: str) -> LimitItem:
        """As it was seen last: where others saved it meanwhile, we cannot."""
        key = f"limit#{account}", what
        if key not in self._known:
            try:
                self._known[key] = LimitItem.get(*key, consistent_read=True)
            except DoesNotExist:
                self._known[key] = LimitItem(*key, revision=0)
        return self._known[key]

    def _saved(self, item: LimitItem, leases: list[Lease], now: float) -> bool:
        before = int(item.revision or 0)
        item.leases = [[lease.calls, lease.until] for lease in leases]
        item.revision, item.expires = before + 1, _over(now)
        try:
            item.save(LimitItem.revision == before if before else LimitItem.sk.does_not_exist())
        except PutError:
            del self._known[item.pk, item.sk]
            return False
        return True

    # --- all accounts of the app -------------------------------------------------------------------------------------

    def _of_app(self, account: str, mine: Lease, before: list[Lease], now: float) -> Lease | float:
        """The lease, if the app has room for it; else the seconds until its next slot."""
        if self._slot is None:
            return mine
        start = now // SLOT * SLOT
        used = sum(lease.calls for lease in before if lease.until >= start)
        slot = LimitItem(f"limit#app#{self._app}", str(int(start)))
        for ceiling in (self._slot // 2, *([self._slot] if used < self._share(slot) else [])):
            if self._took(slot, account, mine.calls, ceiling, now):
                return mine
        return start + SLOT - now + random.uniform(0, 0.2)

    def _share(self, slot: LimitItem) -> float:
        """Of one account, if all that were busy in this slot and one more had the same."""
        try:
            slot.refresh(consistent_read=True)
        except DoesNotExist:
            return float(self._slot or 0)
        return (self._slot or 0) / (len(slot.accounts or ()) + 1)

    def _took(self, slot: LimitItem, account: str, calls: int, ceiling: int, now: float) -> bool:
        free = LimitItem.taken.does_not_exist() | (LimitItem.taken <= max(ceiling - calls, 0))
        actions: list[Any] = [
            LimitItem.taken.add(calls),
            LimitItem.accounts.add({account}),
            LimitItem.expires.set(_over(now)),
        ]
        try:
            slot.update(actions, free)
        except UpdateError:
            return False
        return True


def _over(now: float) -> datetime:
    return datetime.fromtimestamp(now, UTC) + KEPT

"""Many conditional writes in one call: what is refused is told apart from what only has to wait."""

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from timebridge.errors import Transient
from timebridge.store.connection import connection
from timebridge.store.tables import Table

LIMIT = 100
"""Items in one transaction."""

BYTES = 3_500_000
"""Of the 4 MB that one transaction may carry, what we count on."""

TRIES = 8
ORDER = ("delete", "put", "update")
"""PynamoDB sends the items of a transaction in this order; DynamoDB gives its reasons in the same."""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One write of a transaction, made on behalf of `owners` (their positions in the caller's list)."""

    verb: Literal["delete", "put", "update"]
    item: Table
    owners: tuple[int, ...]
    condition: Condition | None = None
    actions: Sequence[Action] = ()

    @property
    def key(self) -> tuple[str, str]:
        item: Any = self.item
        return item.pk, item.sk

    @property
    def size(self) -> int:
        """About how many bytes it is, from its texts."""
        return sum(len(str(value)) for value in self.item.attribute_values.values())


def commit(owners: Sequence[int], build: Callable[[Sequence[int]], Sequence[Step]]) -> set[int]:
    """Write the steps of all owners at once; returns the owners that were refused by a condition.

    The others are written, in as many attempts as there are refusals or collisions. `build` makes the steps for the
    owners that are left. Raises Transient when it keeps colliding with other writers.
    """
    refused: set[int] = set()
    for attempt in range(TRIES):
        left = [owner for owner in owners if owner not in refused]
        if not left:
            return refused
        steps = sorted(build(left), key=lambda step: ORDER.index(step.verb))
        try:
            _write(steps)
        except TransactWriteError as error:
            news = _refused(steps, error)
            refused |= news
            if not news:
                time.sleep(random.uniform(0.01, 0.05) * 2 ** min(attempt, 5))
        else:
            return refused
    raise Transient("Too many writers want the same records at once.", detail="transaction conflicts")


def _write(steps: Sequence[Step]) -> None:
    with TransactWrite(connection=connection()) as transaction:
        for step in steps:
            if step.verb == "delete":
                transaction.delete(step.item, condition=step.condition)
            elif step.verb == "put":
                transaction.save(step.item, condition=step.condition)
            else:
                transaction.update(step.item, actions=list(step.actions), condition=step.condition)


def _refused(steps: Sequence[Step], error: TransactWriteError) -> set[int]:
    reasons = zip(steps, error.cancellation_reasons, strict=False)
    return {
        owner
        for step, reason in reasons
        if reason is not None and reason.code == "ConditionalCheckFailed"
        for owner in step.owners
    }


def fitting(groups: Sequence[Sequence[Step]]) -> Iterator[list[int]]:
    """Positions of the groups that go together: within the limits, and no item touched twice in one transaction."""
    waiting = list(range(len(groups)))
    while waiting:
        taken: list[int] = []
        later: list[int] = []
        keys: set[tuple[str, str]] = set()
        passed: set[tuple[str, str]] = set()
        size = 0
        for position in waiting:
            group = groups[position]
            mine, weight = {step.key for step in group}, sum(step.size for step in group)
            fits = len(keys) + len(mine) <= LIMIT and size + weight <= BYTES and not (keys | passed) & mine
            if taken and not fits:
                later.append(position)
                passed |= mine
                continue
            taken.append(position)
            keys |= mine
            size += weight
        yield taken
        waiting = later

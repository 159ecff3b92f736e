"""Whoever writes an adapter for another workspace runs the suite of `side_suite`: what it takes, and what it finds."""

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest

from tests.contract.side_suite import Bench, SideContract, memory, workspace
from timebridge.errors import SyncError
from timebridge.memory import MemorySide
from timebridge.records import Record
from timebridge.sides import Create, Delete, Update, Write, Written

PROMISES = {
    name: test for name, test in inspect.getmembers(SideContract, inspect.isfunction) if name.startswith("test_")
}


def broken_promises(bench: Bench) -> set[str]:
    """The promises of the suite that a side does not keep. Each is tried; one that it may leave out counts as kept."""
    broken = set()
    for name, test in PROMISES.items():
        try:
            test(SideContract(), bench)
        except pytest.skip.Exception:
            continue
        except (AssertionError, StopIteration, LookupError, TypeError, ValueError):
            broken.add(name)
    return broken


@pytest.fixture(scope="module")
def ours() -> Iterator[Bench]:
    with workspace() as bench:
        yield bench


def test_B19_the_built_in_workspace_passes_the_contract(ours: Bench) -> None:
    assert broken_promises(ours) == set()


def test_B19_a_workspace_of_another_make_passes_the_same_contract() -> None:
    with memory() as bench:
        assert broken_promises(bench) == set()


class Overwriting(MemorySide):
    """Writes whatever the version."""

    def write(self, name: str, writes: Sequence[Write]) -> list[Written | SyncError]:
        return super().write(name, [w if isinstance(w, Create) else replace(w, version=None) for w in writes])


class Doubling(MemorySide):
    """Knows no request again."""

    def landed(self, _name: str, _write: Create) -> str | None:
        return None


class Forgetting(MemorySide):
    """Says nothing of what was deleted."""

    def _rows(self, name: str) -> dict[str, Record]:
        rows = super()._rows(name)
        for id in [id for id, record in rows.items() if record.gone]:
            del rows[id]
        return rows


class Replacing(MemorySide):
    """Takes an update for the whole record."""

    def write(self, name: str, writes: Sequence[Write]) -> list[Written | SyncError]:
        for write in writes:
            if isinstance(write, Update) and write.id in self.there(name):
                old = self.there(name)[write.id]
                if write.version in (None, old.version):
                    self._rows(name)[write.id] = replace(old, values={})
        return super().write(name, writes)


class Shouting(MemorySide):
    """Gives up everything because of one record."""

    def write(self, name: str, writes: Sequence[Write]) -> list[Written | SyncError]:
        outcomes = super().write(name, writes)
        wrong = next((outcome for outcome in outcomes if isinstance(outcome, SyncError)), None)
        return outcomes if wrong is None else [wrong] * len(outcomes)


class Hiding(MemorySide):
    """Finds names only as they are spelt."""

    def read(self, name: str, keys: Sequence[str], by: str = "id") -> list[Record]:
        found = super().read(name, keys, by)
        return found if by == "id" else [record for record in found if record.values.get(by) in keys]


class Undead(MemorySide):
    """Takes deletes, and keeps the records."""

    def write(self, name: str, writes: Sequence[Write]) -> list[Written | SyncError]:
        kept = [write for write in writes if not isinstance(write, Delete)]
        done = iter(super().write(name, kept))
        return [Written(write.id, None) if isinstance(write, Delete) else next(done) for write in writes]


@pytest.mark.parametrize(
    ("make", "promise"),
    [
        (Overwriting, "test_an_update_of_what_somebody_changed_is_stale_and_writes_nothing"),
        (Overwriting, "test_a_delete_of_what_somebody_changed_is_stale_and_keeps_it"),
        (Doubling, "test_a_repeated_create_makes_no_second_record"),
        (Forgetting, "test_what_people_do_comes_after_the_position"),
        (Replacing, "test_an_update_sets_only_what_it_names"),
        (Shouting, "test_each_write_has_its_own_outcome_in_order"),
        (Hiding, "test_records_are_found_by_a_field_whatever_the_case"),
        (Undead, "test_a_deleted_record_is_gone_and_deleting_it_again_is_done"),
    ],
)
def test_B19_an_adapter_that_breaks_a_promise_is_found_out(make: Callable[..., MemorySide], promise: str) -> None:
    with memory() as bench:
        broken = make(prefix="mem")
        bench.edit = lambda id, values: void(broken.put("client", {**broken.there("client")[id].values, **values}, id))
        bench.remove = lambda id: broken.remove("client", id)
        bench.side = broken

        assert promise in broken_promises(bench)


def void(_result: object) -> None:
    """Turns a call that answers into one that does not."""

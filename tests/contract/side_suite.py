"""What every side promises (see `timebridge.sides`), as one suite.

A side takes part with a line in `SIDES`: the path of a context manager that opens a `Bench`.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from itertools import count
from typing import Any

import pytest

from timebridge.errors import Rejected, Stale, Transient
from timebridge.memory import MemorySide
from timebridge.records import Record
from timebridge.sides import Create, Cursor, Delete, Page, Side, Update, Write, Written

SIDES = {
    "memory": "tests.contract.side_suite:memory",
    "workspace": "tests.contract.side_suite:workspace",
    "salesforce": "tests.contract.connected_salesforce:bench",
    "quickbooks_online": "tests.contract.connected_quickbooks_online:bench",
}


@dataclass
class Bench:
    """A side with what a test needs around it. All tests of a side share one: every record has a name of its own.

    `name`: the kind or object; `title` and `other`: two text fields, records are looked up by the first; `values`: of a
    new record with that title; `edit` and `remove`: what a person does past the side; `refused`: values the side does
    not accept (None: it accepts all); `lose_answer`: the next write lands, but its answer is lost; `tick`: time passes.
    """

    side: Side
    name: str
    title: str
    other: str
    edit: Callable[[str, Mapping[str, Any]], None]
    remove: Callable[[str], None]
    values: Callable[[str], dict[str, Any]] = field(default=lambda _title: {})
    refused: Mapping[str, Any] | None = None
    lose_answer: Callable[[], None] | None = None
    tick: Callable[[], None] = lambda: None
    new_id: Callable[[], str] = field(default=lambda: f"rec-{next(_numbers):06d}")

    def create(self, *titles: str) -> list[Written]:
        outcomes = self.write(*(self.wish(title, number) for number, title in enumerate(titles, 1)))
        return [written(outcome) for outcome in outcomes]

    def wish(self, title: str, item: int = 1) -> Create:
        id = self.new_id()
        return Create(id, {self.title: title, **self.values(title)}, f"request-{id}", str(item))

    def write(self, *writes: Write) -> list[Any]:
        self.tick()
        outcomes = self.side.write(self.name, writes)
        self.tick()
        assert len(outcomes) == len(writes)
        return outcomes

    def titled(self, *titles: str) -> list[Record]:
        return [record for record in self.side.read(self.name, titles, by=self.title) if not record.gone]

    def there(self, id: str) -> Record | None:
        return next((record for record in self.side.read(self.name, [id]) if not record.gone), None)

    def since(self, cursor: Cursor | None) -> list[Page]:
        pages = list(self.side.changed({self.name: cursor}))
        assert {page.name for page in pages} <= {self.name}
        return pages

    def position(self) -> Cursor:
        """After everything there is."""
        self.create(unique("the last one"))
        cursor = self.since(None)[-1].cursor
        assert cursor is not None
        self.tick()
        return cursor


_numbers = count(1)


def unique(title: str) -> str:
    return f"{title} {next(_numbers):04d}"


def written(outcome: object) -> Written:
    assert isinstance(outcome, Written), outcome
    return outcome


@contextmanager
def memory() -> Iterator[Bench]:
    side = MemorySide(prefix="mem")

    def edit(id: str, values: Mapping[str, Any]) -> None:
        side.put("client", {**side.there("client")[id].values, **values}, id)

    yield Bench(side, "client", "name", "phone", edit, lambda id: side.remove("client", id))


@contextmanager
def workspace() -> Iterator[Bench]:
    from tests.tables import aws_in_process
    from timebridge.store.records import Workspace
    from timebridge.workspace.kinds import new_id

    with aws_in_process():
        person, side = Workspace("ten_1", actor="a person"), Workspace("ten_1")

        def revision(id: str) -> str:
            found = person.get("client", id)
            assert found is not None
            return str(found.version)

        yield Bench(
            side,
            "client",
            "name",
            "phone",
            edit=lambda id, values: void(person.update("client", id, values, revision(id))),
            remove=lambda id: void(person.archive("client", id, revision(id))),
            refused={"name": None},
            new_id=lambda: new_id("client"),
        )


def void(_result: object) -> None:
    """Turns a call that answers into one that does not."""


@pytest.fixture(scope="module", params=SIDES)
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    module, _, name = SIDES[request.param].partition(":")
    opened: AbstractContextManager[Bench] = getattr(import_module(module), name)()
    with opened as found:
        yield found


class SideContract:
    def test_a_created_record_is_read_back(self, bench: Bench) -> None:
        title = unique("Beech Ltd")
        [made] = bench.create(title)
        record = bench.there(made.id)
        assert record is not None
        assert record.values[bench.title] == title
        assert made.version in (None, record.version)

    def test_a_record_that_is_not_there_is_left_out(self, bench: Bench) -> None:
        [made] = bench.create(unique("Birch Ltd"))
        bench.remove(made.id)
        bench.tick()
        assert [record for record in bench.side.read(bench.name, [made.id, "nobody"]) if not record.gone] == []
        assert bench.side.read(bench.name, []) == []

    def test_records_are_found_by_a_field_whatever_the_case(self, bench: Bench) -> None:
        titles = [unique("Cedar O'Hara & Søn"), unique("Cypress \\ 100%")]
        made = bench.create(*titles)
        found = bench.titled(titles[0].replace("Cedar", "CEDAR"), titles[1].lower(), "nothing has this name")
        assert {record.id for record in found} == {each.id for each in made}

    def test_names_are_found_by_how_they_begin_whatever_the_case(self, bench: Bench) -> None:
        titles = [unique("Dogwood Trading"), unique("Dogwood & O'Neill 5%"), unique("Ebony Ltd")]
        made = bench.create(*titles)
        found = bench.side.similar(bench.name, ["dogw", "100%", "o'n"], bench.title)
        if found is None:
            pytest.skip("this side cannot search")
        assert {made[0].id, made[1].id} <= {record.id for record in found}
        assert all(record.values[bench.title] for record in found)
        assert len({record.id for record in found}) == len(found)

    def test_a_full_read_has_every_record_once(self, bench: Bench) -> None:
        made = bench.create(*(unique("Elm Ltd") for _ in range(7)))
        ids = [record.id for page in bench.since(None) for record in page.records if not record.gone]
        assert len(ids) == len(set(ids))
        assert {each.id for each in made} <= set(ids)

    def test_after_the_last_position_there_is_nothing(self, bench: Bench) -> None:
        cursor = bench.position()
        assert [record for page in bench.since(cursor) for record in page.records] == []

    def test_what_people_do_comes_after_the_position(self, bench: Bench) -> None:
        edited, deleted, _untouched = bench.create(*(unique("Fir Ltd") for _ in range(3)))
        cursor = bench.position()
        bench.edit(edited.id, {bench.other: "555-0100"})
        bench.remove(deleted.id)
        [born] = bench.create(unique("Fir Ltd"))
        seen = {record.id: record for page in bench.since(cursor) for record in page.records}
        assert set(seen) == {edited.id, deleted.id, born.id}
        assert seen[edited.id].values[bench.other] == "555-0100"
        assert [seen[each.id].gone for each in (edited, deleted, born)] == [False, True, False]

    def test_every_page_ends_at_its_own_position_oldest_first(self, bench: Bench) -> None:
        cursor = bench.position()
        for title in (unique("Hazel Ltd"), unique("Hazel Ltd"), unique("Hazel Ltd")):
            bench.create(title)
        pages = bench.since(cursor)
        stamps = [record.stamp for page in pages for record in page.records if record.stamp]
        assert len(stamps) == 3
        assert stamps == sorted(stamps)
        assert pages[-1].cursor is not None
        assert pages[-1].cursor > cursor

    def test_an_update_sets_only_what_it_names(self, bench: Bench) -> None:
        title = unique("Juniper Ltd")
        [made] = bench.create(title)
        before = bench.there(made.id)
        assert before is not None
        [outcome] = bench.write(Update(made.id, {bench.other: "555-0111"}, before.version))
        after = bench.there(made.id)
        assert after is not None
        assert (after.values[bench.title], after.values[bench.other]) == (title, "555-0111")
        assert after.version != before.version
        assert written(outcome).version in (None, after.version)

    def test_an_update_can_clear_a_field(self, bench: Bench) -> None:
        [made] = bench.create(unique("Larch Ltd"))
        [first] = bench.write(Update(made.id, {bench.other: "555-0112"}, made.version))
        bench.write(Update(made.id, {bench.other: None}, written(first).version))
        after = bench.there(made.id)
        assert after is not None
        assert after.values.get(bench.other) is None

    def test_an_update_of_what_somebody_changed_is_stale_and_writes_nothing(self, bench: Bench) -> None:
        [made] = bench.create(unique("Maple Ltd"))
        before = bench.there(made.id)
        assert before is not None
        bench.edit(made.id, {bench.other: "theirs"})
        [outcome] = bench.write(Update(made.id, {bench.other: "mine"}, before.version))
        assert isinstance(outcome, Stale)
        after = bench.there(made.id)
        assert after is not None
        assert after.values[bench.other] == "theirs"

    def test_an_update_of_a_deleted_record_is_stale(self, bench: Bench) -> None:
        [made] = bench.create(unique("Oak Ltd"))
        before = bench.there(made.id)
        assert before is not None
        bench.remove(made.id)
        [outcome] = bench.write(Update(made.id, {bench.other: "mine"}, before.version))
        assert isinstance(outcome, Stale)

    def test_a_deleted_record_is_gone_and_deleting_it_again_is_done(self, bench: Bench) -> None:
        [made] = bench.create(unique("Pine Ltd"))
        before = bench.there(made.id)
        assert before is not None
        written(*bench.write(Delete(made.id, before.version)))
        assert bench.there(made.id) is None
        written(*bench.write(Delete(made.id, before.version)))

    def test_a_delete_of_what_somebody_changed_is_stale_and_keeps_it(self, bench: Bench) -> None:
        [made] = bench.create(unique("Rowan Ltd"))
        before = bench.there(made.id)
        assert before is not None
        bench.edit(made.id, {bench.other: "still needed"})
        [outcome] = bench.write(Delete(made.id, before.version))
        assert isinstance(outcome, Stale)
        assert bench.there(made.id) is not None

    def test_a_repeated_create_makes_no_second_record(self, bench: Bench) -> None:
        title = unique("Spruce Ltd")
        wish = bench.wish(title)
        [first] = bench.write(wish)
        [second] = bench.write(Create(wish.record, wish.values, wish.request, wish.item, repeated=True))
        assert written(second).id == written(first).id
        assert len(bench.titled(title)) == 1

    def test_a_create_whose_answer_was_lost_is_found_again(self, bench: Bench) -> None:
        if bench.lose_answer is None:
            pytest.skip("nothing gets lost inside one process")
        titles = [unique("Sumac Ltd"), unique("Sumac Ltd")]
        wishes = [bench.wish(title, item) for item, title in enumerate(titles, 1)]
        wishes[1] = Create(wishes[1].record, wishes[1].values, wishes[0].request, "2")
        bench.lose_answer()
        with pytest.raises(Transient):
            bench.write(*wishes)
        again = [Create(wish.record, wish.values, wish.request, wish.item, repeated=True) for wish in wishes]
        found = {record.id for record in bench.titled(*titles)}
        assert {written(outcome).id for outcome in bench.write(*again)} == found
        assert len(bench.titled(*titles)) == 2

    def test_each_write_has_its_own_outcome_in_order(self, bench: Bench) -> None:
        first, second, third = bench.create(*(unique("Willow Ltd") for _ in range(3)))
        before = {each.id: bench.there(each.id) for each in (first, second, third)}
        bench.edit(second.id, {bench.other: "theirs"})
        updates = [
            Update(id, {bench.other: "mine"}, record.version) for id, record in before.items() if record is not None
        ]
        outcomes = bench.write(*updates)
        assert [type(outcome) for outcome in outcomes] == [Written, Stale, Written]
        assert [outcomes[0].id, outcomes[2].id] == [first.id, third.id]

    def test_a_refused_record_does_not_hold_up_the_others(self, bench: Bench) -> None:
        if bench.refused is None:
            pytest.skip("this side accepts everything")
        good, bad = bench.wish(unique("Yew Ltd"), 1), bench.wish(unique("Yew Ltd"), 2)
        bad = Create(bad.record, {**bad.values, **bench.refused}, good.request, "2")
        [made, refused] = bench.write(good, bad)
        assert bench.there(written(made).id) is not None
        assert isinstance(refused, Rejected)
        assert refused.for_user
        assert refused.remedy

    def test_a_full_batch_travels_together(self, bench: Bench) -> None:
        titles = [unique("Alder Ltd") for _ in range(bench.side.batch_limit)]
        made = bench.create(*titles)
        assert len({each.id for each in made}) == len(titles)

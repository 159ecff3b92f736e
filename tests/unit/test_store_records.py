"""Our records: what people do with them, and what the sync does."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.tables import aws_in_process
from timebridge.errors import Locked, Misconfigured, Missing, Rejected, Stale
from timebridge.records import Record
from timebridge.sides import Create, Cursor, Delete, Update, Written
from timebridge.store.records import Workspace


@pytest.fixture
def ours() -> Iterator[Workspace]:
    with aws_in_process():
        yield Workspace("tenant-a", "ada")


def client(ours: Workspace, name: str = "Aalto Partners") -> Record:
    return ours.create("client", {"name": name})


def project(ours: Workspace, name: str = "Bridge", **values: Any) -> Record:
    return ours.create("project", {"client": client(ours).id, "name": name, **values})


def staff(ours: Workspace, name: str = "Grace", email: str | None = None) -> Record:
    return ours.create("staff", {"name": name, "email": email})


def entry(ours: Workspace, of: Record, by: Record, hours: str = "7.5", day: str = "2026-11-20") -> Record:
    return ours.create("time_entry", {"project": of.id, "staff": by.id, "work_date": day, "hours": hours})


def total(ours: Workspace, of: Record) -> Decimal:
    found = ours.get("project", of.id)
    assert found is not None
    return found.values["hours_total"]


def names(records: list[Record]) -> list[str]:
    return [record.values["name"] for record in records]


# --- what people do --------------------------------------------------------------------------------------------------


def test_a_created_record_is_read_back_as_it_was_returned(ours: Workspace) -> None:
    made = project(ours, budget="12000.50", probability=35)

    assert ours.get("project", made.id) == made
    assert made.version == "1"
    assert made.values["budget"] == Decimal("12000.50")
    assert made.values["hours_total"] == 0


def test_creating_again_with_the_same_id_returns_what_is_there(ours: Workspace) -> None:
    first = ours.create("client", {"name": "Aalto"}, id="cli_1")

    assert ours.create("client", {"name": "Other"}, id="cli_1") == first


def test_an_update_moves_the_revision_and_keeps_the_rest(ours: Workspace) -> None:
    made = client(ours)
    updated = ours.update("client", made.id, {"phone": "040 123"}, 1)

    assert (updated.version, updated.values["phone"], updated.values["name"]) == ("2", "040 123", "Aalto Partners")
    assert ours.get("client", made.id) == updated


def test_an_update_at_an_old_revision_is_stale_and_says_what_to_do(ours: Workspace) -> None:
    made = client(ours)
    ours.update("client", made.id, {"phone": "1"}, made.version or "")

    with pytest.raises(Stale) as refused:
        ours.update("client", made.id, {"phone": "2"}, 1)
    assert "Load it again" in refused.value.remedy


def test_an_update_that_changes_nothing_writes_nothing(ours: Workspace, calls: list[str]) -> None:
    made = client(ours)
    calls.clear()

    assert ours.update("client", made.id, {"name": "Aalto Partners"}, 1) == made
    assert calls == ["GetItem"]


def test_a_record_that_is_not_there_is_missing(ours: Workspace) -> None:
    assert ours.get("client", "cli_0") is None
    with pytest.raises(Missing) as refused:
        ours.update("client", "cli_0", {}, 1)
    assert refused.value.field == "id"


@pytest.mark.parametrize("field", ["project", "staff", "labour_code"])
def test_a_reference_to_nothing_is_refused_by_name(ours: Workspace, field: str) -> None:
    values = {"project": project(ours).id, "staff": staff(ours).id, "work_date": "2026-11-20", "hours": 1}

    with pytest.raises(Rejected) as refused:
        ours.create("time_entry", values | {field: "nobody"})
    assert refused.value.field == field
    assert "“nobody”" in refused.value.for_user


def test_a_reference_to_another_tenants_record_is_a_reference_to_nothing(ours: Workspace) -> None:
    with pytest.raises(Rejected):
        Workspace("tenant-b").create("project", {"client": client(ours).id, "name": "Bridge"})


def test_people_cannot_book_on_an_archived_project(ours: Workspace) -> None:
    bridge, grace = project(ours), staff(ours)
    ours.archive("project", bridge.id, 1)

    with pytest.raises(Rejected) as refused:
        entry(ours, bridge, grace)
    assert refused.value.field == "project"


def test_an_archived_record_leaves_the_lists_and_returns(ours: Workspace) -> None:
    made = client(ours)
    archived = ours.archive("client", made.id, 1)

    assert (archived.gone, archived.version) == (True, "2")
    assert ours.page("client") == ([], None)
    with pytest.raises(Rejected, match="archived"):
        ours.update("client", made.id, {"phone": "1"}, 2)
    restored = ours.restore("client", made.id, 2)
    assert not restored.gone
    assert names(ours.page("client")[0]) == ["Aalto Partners"]


def test_pages_are_in_order_of_names_without_gap_or_repetition(ours: Workspace) -> None:
    for name in ("delta", "Alpha", "charlie", "bravo", "Echo"):
        client(ours, name)
    seen, start = [], None
    while True:
        page, start = ours.page("client", limit=2, start=start)
        seen += names(page)
        if start is None:
            break

    assert seen == ["Alpha", "bravo", "charlie", "delta", "Echo"]


def test_a_search_finds_the_beginning_of_names_whatever_their_case(ours: Workspace) -> None:
    for name in ("Aalto Partners", "AALTO  Ports", "Beta"):
        client(ours, name)

    assert names(ours.page("client", q="aalto p")[0]) == ["Aalto Partners", "AALTO  Ports"]
    assert names(ours.page("client", q="AALTO PA")[0]) == ["Aalto Partners"]


def test_a_renamed_record_is_found_under_its_new_name_only(ours: Workspace) -> None:
    ours.update("client", client(ours).id, {"name": "Beta"}, 1)

    assert ours.page("client", q="aalto")[0] == []
    assert names(ours.page("client", q="beta")[0]) == ["Beta"]


def test_records_of_one_parent_are_listed_together(ours: Workspace) -> None:
    bridge, tower, grace = project(ours), project(ours, "Tower"), staff(ours)
    mine = [entry(ours, bridge, grace, day=f"2026-11-{day}") for day in (20, 18, 19)]
    entry(ours, tower, grace)

    page, start = ours.page("time_entry", parent=bridge.id, limit=2)
    rest, end = ours.page("time_entry", parent=bridge.id, limit=2, start=start)

    assert [record.id for record in [*page, *rest]] == [mine[1].id, mine[2].id, mine[0].id]
    assert end is None
    assert [r.values["work_date"] for r in ours.page("time_entry", q="2026-11-18")[0]] == ["2026-11-18"]


def test_a_page_can_be_narrowed_to_some_values(ours: Workspace) -> None:
    bridge, grace = project(ours), staff(ours)
    entries = [entry(ours, bridge, grace, day=f"2026-11-{day}") for day in (18, 19, 20)]
    ours.submit(entries[1].id)

    assert [r.id for r in ours.page("time_entry", match={"status": "submitted"})[0]] == [entries[1].id]


def test_the_records_of_other_tenants_are_out_of_reach(ours: Workspace) -> None:
    made = client(ours)
    other = Workspace("tenant-b")

    assert other.get("client", made.id) is None
    assert other.page("client") == ([], None)
    _, token = (client(ours, "Beta"), ours.page("client", limit=1)[1])
    assert other.page("client", start=token) == ([], None)


# --- hours and approval ----------------------------------------------------------------------------------------------


def test_submitted_and_approved_hours_add_up_on_the_project(ours: Workspace) -> None:
    bridge, grace = project(ours), staff(ours)
    first, second = entry(ours, bridge, grace, "7.5"), entry(ours, bridge, grace, "0.25")
    assert total(ours, bridge) == 0

    ours.submit(first.id)
    ours.submit(second.id)
    assert total(ours, bridge) == Decimal("7.75")
    ours.approve(first.id)
    assert total(ours, bridge) == Decimal("7.75")
    ours.reject(second.id)
    assert total(ours, bridge) == Decimal("7.50")
    ours.reopen(first.id)
    assert total(ours, bridge) == 0


def test_hours_follow_an_entry_that_is_edited_moved_archived_and_restored(ours: Workspace) -> None:
    bridge, tower, grace = project(ours), project(ours, "Tower"), staff(ours)
    made = ours.submit(entry(ours, bridge, grace, "4").id)

    made = ours.update("time_entry", made.id, {"hours": "6"}, made.version or "")
    assert total(ours, bridge) == 6
    made = ours.update("time_entry", made.id, {"project": tower.id, "hours": "5"}, made.version or "")
    assert (total(ours, bridge), total(ours, tower)) == (0, 5)
    made = ours.archive("time_entry", made.id, made.version or "")
    assert total(ours, tower) == 0
    ours.restore("time_entry", made.id, made.version or "")
    assert total(ours, tower) == 5


def test_new_hours_move_the_stamp_of_the_project_but_not_its_revision(ours: Workspace) -> None:
    bridge, grace = project(ours), staff(ours)
    made = entry(ours, bridge, grace)
    [page] = ours.changed({"project": None})

    ours.submit(made.id)

    [news] = ours.changed({"project": page.cursor})
    assert [(record.id, record.version) for record in news.records] == [(bridge.id, "1")]
    assert news.records[0].values["hours_total"] == Decimal("7.50")


def test_an_edit_of_a_project_does_not_lose_hours_booked_meanwhile(ours: Workspace) -> None:
    bridge, grace = project(ours), staff(ours)
    ours.submit(entry(ours, bridge, grace).id)

    ours.update("project", bridge.id, {"code": "B-1"}, 1)

    assert total(ours, bridge) == Decimal("7.50")


def test_an_approved_entry_is_locked_until_it_is_reopened(ours: Workspace) -> None:
    made = entry(ours, project(ours), staff(ours))
    ours.submit(made.id)
    approved = ours.approve(made.id)
    version = approved.version or ""

    with pytest.raises(Locked) as refused:
        ours.update("time_entry", made.id, {"hours": 1}, version)
    assert "Reopen" in refused.value.remedy
    with pytest.raises(Locked):
        ours.archive("time_entry", made.id, version)
    [outcome] = ours.write("time_entry", [Update(made.id, {"hours": Decimal(1)}, version)])
    assert isinstance(outcome, Locked)
    reopened = ours.reopen(made.id)
    assert ours.update("time_entry", made.id, {"hours": 1}, reopened.version or "").values["hours"] == 1


def test_approving_at_an_old_revision_is_stale(ours: Workspace) -> None:
    made = entry(ours, project(ours), staff(ours))
    ours.submit(made.id)

    with pytest.raises(Stale):
        ours.approve(made.id, made.version)


# --- a side of the sync ----------------------------------------------------------------------------------------------


def create(id: str, **values: Any) -> Create:
    return Create(id, values, "request", "1")


def test_a_repeated_create_makes_one_record(ours: Workspace) -> None:
    assert ours.write("client", [create("cli_1", name="Aalto")]) == [Written("cli_1", "1")]
    assert ours.write("client", [create("cli_1", name="Aalto")]) == [Written("cli_1", "1")]
    assert names(ours.read("client", ["cli_1"])) == ["Aalto"]


def test_a_create_revives_an_archived_record(ours: Workspace) -> None:
    ours.write("client", [create("cli_1", name="Aalto", phone="1")])
    ours.write("client", [Delete("cli_1", "1")])

    assert ours.write("client", [create("cli_1", name="Beta")]) == [Written("cli_1", "3")]
    [record] = ours.read("client", ["cli_1"])
    assert (record.gone, record.values["name"], record.values["phone"]) == (False, "Beta", None)


def test_a_write_at_an_old_version_is_stale_and_the_rest_goes_on(ours: Workspace) -> None:
    ours.write("client", [create(f"cli_{n}", name=f"Client {n}") for n in range(3)])
    ours.write("client", [Update("cli_1", {"phone": "1"}, "1")])

    first, second, third = ours.write(
        "client", [Update("cli_0", {"phone": "2"}, "1"), Update("cli_1", {"phone": "2"}, "1"), Delete("cli_2", "1")]
    )

    assert (first, third) == (Written("cli_0", "2"), Written("cli_2", "2"))
    assert isinstance(second, Stale)
    assert [r.values["phone"] for r in ours.read("client", ["cli_0", "cli_1"])] in (["2", "1"], ["1", "2"])


def test_an_update_of_what_is_gone_is_stale_and_its_delete_is_done(ours: Workspace) -> None:
    ours.write("client", [create("cli_1", name="Aalto")])
    ours.write("client", [Delete("cli_1", None)])

    stale, never = ours.write("client", [Update("cli_1", {"phone": "1"}, None), Update("cli_9", {"phone": "1"}, None)])
    assert isinstance(stale, Stale)
    assert isinstance(never, Stale)
    again, nothing = ours.write("client", [Delete("cli_1", "1"), Delete("cli_9", "1")])
    assert again == Written("cli_1", "2")
    assert nothing == Written("cli_9", None)


def test_a_rejected_write_names_the_field_and_the_rest_goes_on(ours: Workspace) -> None:
    bad, good, orphan = ours.write(
        "project",
        [
            create("prj_1", name="Bridge", client="nobody"),
            create("prj_2", name="Tower", client=client(ours).id),
            create("prj_3", name="x" * 300, client="nobody"),
        ],
    )

    assert isinstance(bad, Rejected)
    assert bad.field == "client"
    assert good == Written("prj_2", "1")
    assert isinstance(orphan, Rejected)
    assert orphan.field == "name"


def test_the_same_record_twice_in_one_call_is_written_once(ours: Workspace) -> None:
    first, second = ours.write("client", [create("cli_1", name="A"), create("cli_1", name="B")])

    assert first == Written("cli_1", "1")
    assert isinstance(second, Stale)


def test_a_hundred_entries_of_a_few_projects_add_up(ours: Workspace) -> None:
    bridge, tower, grace = project(ours), project(ours, "Tower"), staff(ours)
    writes = [
        create(
            f"ent_{n:03}",
            project=(bridge if n % 2 else tower).id,
            staff=grace.id,
            work_date="2026-11-20",
            hours=Decimal("0.25"),
            status="approved",
        )
        for n in range(100)
    ]

    assert all(isinstance(outcome, Written) for outcome in ours.write("time_entry", writes))
    assert (total(ours, bridge), total(ours, tower)) == (Decimal("12.50"), Decimal("12.50"))
    ours.write("time_entry", writes)
    assert total(ours, bridge) == Decimal("12.50")


def test_a_hundred_updates_take_one_read_and_one_transaction(ours: Workspace, calls: list[str]) -> None:
    ours.write("client", [create(f"cli_{n}", name=f"Client {n}") for n in range(100)])
    calls.clear()

    ours.write("client", [Update(f"cli_{n}", {"phone": "1"}, "1") for n in range(100)])

    assert calls == ["BatchGetItem", "TransactWriteItems"]


def test_changed_begins_with_everything_and_goes_on_after_the_cursor(ours: Workspace) -> None:
    first, second = client(ours, "A"), client(ours, "B")
    [page] = ours.changed({"client": None})

    assert [record.id for record in page.records] == [first.id, second.id]
    assert list(ours.changed({"client": page.cursor})) == []
    ours.archive("client", first.id, 1)
    [news] = ours.changed({"client": page.cursor})
    assert [(record.id, record.gone) for record in news.records] == [(first.id, True)]


def test_changed_hands_out_everything_at_the_stamp_of_a_cursor_without_an_id(ours: Workspace) -> None:
    made = client(ours)
    assert made.stamp is not None

    assert [page.records[0].id for page in ours.changed({"client": Cursor(made.stamp)})] == [made.id]
    assert list(ours.changed({"client": Cursor(made.stamp + timedelta(microseconds=1))})) == []


def test_changed_gives_pages_by_kind_in_the_order_asked_for(ours: Workspace) -> None:
    for start in (0, 100, 200):
        ours.write("client", [create(f"cli_{n}", name=f"Client {n}") for n in range(start, start + 100)])
    staff(ours)

    pages = list(ours.changed({"staff": None, "project": None, "client": None}))

    assert [(page.name, len(page.records)) for page in pages] == [("staff", 1), ("client", 200), ("client", 100)]
    assert len({record.id for page in pages for record in page.records}) == 301


def test_records_are_read_by_name_whatever_its_case_and_spacing(ours: Workspace) -> None:
    for number in range(30):
        client(ours, f"Client {number:02}")

    found = ours.read("client", ["CLIENT  07", "client 21", "nobody", ""], by="name")

    assert names(found) == ["Client 07", "Client 21"]


def test_many_names_are_read_with_few_queries(ours: Workspace, calls: list[str]) -> None:
    for start in (0, 100, 200, 300):
        ours.write("client", [create(f"cli_{n}", name=f"Client {n:03}") for n in range(start, start + 100)])
    calls.clear()

    assert len(ours.read("client", [f"Client {n:03}" for n in range(0, 400, 4)], by="name")) == 100
    assert len(calls) == 2
    calls.clear()
    assert names(ours.read("client", ["Client 000", "Client 399"], by="name")) == ["Client 000", "Client 399"]
    assert len(calls) == 2
    calls.clear()
    assert ours.read("client", [f"Nobody {n}" for n in range(200)], by="name") == []
    assert len(calls) == 1


def test_more_records_of_one_name_than_a_query_reads_do_not_hide_the_next_name(ours: Workspace) -> None:
    for start in (0, 100):
        ours.write("client", [create(f"cli_{n}", name="Same") for n in range(start, start + 100)])
    client(ours, "Zebra")

    assert {record.values["name"] for record in ours.read("client", ["same", "zebra"], by="name")} == {"Same", "Zebra"}


def test_staff_are_read_by_email_and_labour_codes_by_code(ours: Workspace) -> None:
    grace = staff(ours, email="Grace@Example.com")
    staff(ours, "Ada")
    code = ours.create("labour_code", {"name": "Design", "code": "D1"})

    assert ours.read("staff", ["grace@example.com"], by="email") == [grace]
    assert ours.read("labour_code", ["d1", "d2"], by="code") == [code]


def test_another_way_to_look_records_up_is_refused(ours: Workspace) -> None:
    with pytest.raises(Misconfigured):
        ours.read("client", ["1"], by="phone")


def test_entries_submitted_at_once_add_up(ours: Workspace) -> None:
    bridge, grace = project(ours), staff(ours)
    entries = [entry(ours, bridge, grace, "0.5") for _ in range(12)]

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda each: ours.submit(each.id), entries))

    assert total(ours, bridge) == 6

"""Time sheets, many moves in one call, approvals and spending: what the screens of time stand on."""

from typing import Any

import pytest

from tests.admin import Person
from tests.stage import Stage
from timebridge.records import Record
from timebridge.store import sheets
from timebridge.store.drafts import record_of
from timebridge.store.records import Workspace
from timebridge.store.tables import RecordItem
from timebridge.store.tenants import Tenants
from timebridge.tenants import Tenant

MONDAY, TUESDAY, SUNDAY, NEXT_MONDAY = "2026-11-16", "2026-11-17", "2026-11-22", "2026-11-23"
ADMIN = Person()
ROBIN, KIM = Person(("member",), name="robin@acme.example"), Person(("member",), name="kim@acme.example")
VIEWER = Person(("viewer",), name="vera@acme.example")


class World:
    """A firm with two people, a project with a task in a task, and one without any."""

    def __init__(self, ours: Workspace) -> None:
        self.ours = ours
        self.robin = ours.create("staff", {"name": "Robin Field", "email": ROBIN.name}).id
        self.kim = ours.create("staff", {"name": "Kim Shore", "email": KIM.name}).id
        client = ours.create("client", {"name": "Harbour Freight"}).id
        self.pier = ours.create("project", {"client": client, "name": "Pier"}).id
        self.dock = ours.create("project", {"client": client, "name": "Dock", "code": "D-7"}).id
        self.cranes = ours.create("task", {"project": self.pier, "name": "Cranes"}).id
        self.wiring = ours.create("task", {"project": self.pier, "task": self.cranes, "name": "Wiring"}).id
        self.design = ours.create("labour_code", {"name": "Design"}).id

    def hours(self, person: Person, hours: float, day: str = MONDAY, **values: Any) -> dict[str, Any]:
        answer = person.post("time-entries", {"work_date": day, "hours": hours, "task": self.wiring, **values})
        assert answer.status == 201, answer.text
        found: dict[str, Any] = answer.body
        return found


@pytest.fixture
def world(stage: Stage) -> World:
    Tenants().save(Tenant("acme", "Acme", "Europe/Vienna"))
    return World(Workspace(stage.tenant, "manager"))


def chosen(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"entries": [{"id": each["id"], "revision": each["revision"]} for each in entries]}


# --- the sheet -------------------------------------------------------------------------------------------------------


def test_a_sheet_has_rows_cells_and_totals_of_one_person_in_one_week(world: World) -> None:
    world.hours(ROBIN, 2, labour_code=world.design)
    world.hours(ROBIN, 1.25, labour_code=world.design)
    world.hours(ROBIN, 3, SUNDAY, task=None, project=world.dock)
    for day in ("2026-11-15", NEXT_MONDAY):
        world.hours(ROBIN, 8, day)
    world.hours(KIM, 8)
    sheet = ROBIN.get("time-sheet", week="2026-11-19").body

    assert (sheet["staff"], sheet["name"], sheet["week"]) == (world.robin, "Robin Field", MONDAY)
    assert sheet["days"] == [f"2026-11-{day}" for day in range(16, 23)]
    assert [(row["path"], row["labour"], row["hours"]) for row in sheet["rows"]] == [
        (["Dock"], None, 3),
        (["Pier", "Cranes", "Wiring"], "Design", 3.25),
    ]
    assert [len(cell["entries"]) for cell in sheet["rows"][1]["cells"]] == [2, 0, 0, 0, 0, 0, 0]
    assert (sheet["hours"], sheet["by_day"], sheet["by_status"]) == (6.25, [3.25, 0, 0, 0, 0, 0, 3], {"draft": 6.25})


def test_a_sheet_is_read_without_the_entries_of_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = world.hours(ROBIN, 2)
    for _ in range(3):
        world.hours(KIM, 1)
    looked: list[str] = []

    def spied(kind: str, item: RecordItem) -> Record:
        looked.append(item.sk)
        return record_of(kind, item)

    monkeypatch.setattr(sheets, "record_of", spied)

    assert ROBIN.get("time-sheet", week=MONDAY).body["hours"] == 2
    assert looked == [mine["id"]]

    moved = ADMIN.patch(f"time-entries/{mine['id']}", {"values": {"staff": world.kim}, "revision": mine["revision"]})
    assert moved.status == 200
    assert ROBIN.get("time-sheet", week=MONDAY).body["hours"] == 0
    assert KIM.get("time-sheet", week=MONDAY).body["hours"] == 5


def test_time_is_listed_by_day_page_by_page_whoever_worked(world: World) -> None:
    made = [world.hours(person, 1, day)["id"] for day in (MONDAY, TUESDAY) for person in (ROBIN, KIM, ROBIN)]
    first = ADMIN.get("listings/time-entries", limit=4).body
    rest = ADMIN.get("listings/time-entries", limit=4, start=first["next"]).body["items"]
    found = [each["record"] for each in first["items"] + rest]

    assert sorted(each["id"] for each in found) == sorted(made)
    assert [each["values"]["work_date"] for each in found] == [TUESDAY] * 3 + [MONDAY] * 3
    assert len(ADMIN.get("time-entries", q="2026-11-16").body["items"]) == 3


def test_rows_of_another_week_and_asked_for_ones_are_there_empty(world: World) -> None:
    world.hours(ROBIN, 2, labour_code=world.design)
    copied = ROBIN.get("time-sheet", week=NEXT_MONDAY, rows=MONDAY).body["rows"]
    asked = ROBIN.get("time-sheet", week=NEXT_MONDAY, also=world.dock).body["rows"]
    both = ROBIN.get("time-sheet", week=NEXT_MONDAY, rows=MONDAY, also=world.wiring).body["rows"]

    assert [(row["task"], row["labour_code"], row["hours"]) for row in copied] == [(world.wiring, world.design, 0)]
    assert [(row["project"], row["task"]) for row in asked] == [(world.dock, None)]
    assert both == copied
    assert ROBIN.get("time-sheet", week=NEXT_MONDAY, also="tsk_never_was").body["rows"] == []


def test_who_is_on_no_list_of_staff_has_no_sheet_but_may_see_that_of_others(world: World) -> None:
    world.hours(ROBIN, 2)
    refused = VIEWER.get("time-sheet", week=MONDAY)
    seen = VIEWER.get("time-sheet", week=MONDAY, staff=world.robin)

    assert (refused.status, refused.body["field"]) == (403, "staff")
    [cell, *_] = seen.body["rows"][0]["cells"]
    assert "look" in cell["entries"][0]["locked"]
    assert ADMIN.get("time-sheet", staff="stf_never_was").status == 404


def test_a_sheet_says_why_an_entry_is_locked(world: World) -> None:
    draft, handed_in, approved = (world.hours(ROBIN, n, notes=str(n)) for n in (1, 2, 3))
    ROBIN.post("time-entries/submit", chosen(handed_in, approved))
    ADMIN.post(f"time-entries/{approved['id']}/approve")

    def locked(person: Person) -> list[str | None]:
        entries = person.get("time-sheet", week=MONDAY, staff=world.robin).body["rows"][0]["cells"][0]["entries"]
        said = {each["id"]: each["locked"] for each in entries}
        return [said[each["id"]] for each in (draft, handed_in, approved)]

    mine, theirs, admins = locked(ROBIN), locked(KIM), locked(ADMIN)
    assert mine[0] is None
    assert str(mine[1]).startswith("Submitted")
    assert str(mine[2]).startswith("Approved")
    assert all(theirs)
    assert admins[:2] == [None, None]
    assert "reopen" in str(admins[2])


def test_a_week_is_saved_in_one_call_each_by_its_own_rules(world: World) -> None:
    kept, gone = world.hours(ROBIN, 1), world.hours(ROBIN, 2)
    foreign = world.hours(KIM, 5)
    saved = ROBIN.post(
        "time-sheet",
        {
            "entries": [
                {"task": world.wiring, "work_date": TUESDAY, "hours": 7.5},
                {"id": kept["id"], "revision": kept["revision"], "hours": 1.5, "notes": "Longer"},
                {"id": gone["id"], "revision": gone["revision"], "hours": None},
                {"id": foreign["id"], "revision": foreign["revision"], "hours": 1},
                {"id": kept["id"], "revision": kept["revision"], "hours": 3},
                {"id": kept["id"], "hours": 3},
                {"task": world.wiring, "work_date": TUESDAY, "hours": 25},
            ]
        },
    ).body

    assert (saved["done"], saved["refused"]) == (3, 4)
    assert [each["problem"] and each["problem"]["status"] for each in saved["items"]] == [
        None,
        None,
        None,
        403,
        409,
        428,
        422,
    ]
    assert saved["items"][-1]["problem"]["field"] == "hours"
    sheet = ROBIN.get("time-sheet", week=MONDAY).body
    assert sheet["by_day"][:2] == [1.5, 7.5]
    done = [line["what"] for line in ADMIN.get("audit", actor=ROBIN.name).body["items"]]
    assert sorted(done) == ["time_entry.archive", *["time_entry.create"] * 3, "time_entry.update"]


def test_an_administrator_saves_the_week_of_somebody_else_and_a_viewer_nothing(world: World) -> None:
    body = {"staff": world.kim, "entries": [{"project": world.dock, "work_date": MONDAY, "hours": 4}]}

    assert ADMIN.post("time-sheet", body).body["done"] == 1
    assert KIM.get("time-sheet", week=MONDAY).body["hours"] == 4
    assert ROBIN.post("time-sheet", body).body["items"][0]["problem"]["status"] == 403
    assert VIEWER.post("time-sheet", body).status == 403
    assert Person(tenant="other").post("/v1/tenants/acme/time-sheet", body).status == 403


# --- moves -----------------------------------------------------------------------------------------------------------


def test_many_entries_are_handed_in_and_each_that_cannot_be_says_why(world: World) -> None:
    one, two, foreign = world.hours(ROBIN, 1), world.hours(ROBIN, 2), world.hours(KIM, 3)
    approved = world.hours(ROBIN, 4)
    for move in ("submit", "approve"):
        ADMIN.post(f"time-entries/{approved['id']}/{move}")
    stale = {**two, "revision": 7}
    said = ROBIN.post("time-entries/submit", chosen(one, stale, foreign, approved, {**one, "id": "ent_never_was"}))

    assert said.status == 200, said.text
    assert [each["problem"] and each["problem"]["status"] for each in said.body["items"]] == [None, 409, 403, 409, 404]
    assert said.body["items"][0]["record"]["values"]["status"] == "submitted"
    assert ADMIN.get(f"projects/{world.pier}").body["values"]["hours_total"] == 5


def test_a_rejection_says_why_until_the_entry_is_handed_in_again(world: World) -> None:
    entry = world.hours(ROBIN, 1)
    ROBIN.post("time-entries/submit", chosen(entry))
    said = ADMIN.post("time-entries/reject", {"entries": [{"id": entry["id"]}], "reason": "Which crane?"}).body
    values = ROBIN.get(f"time-entries/{entry['id']}").body["values"]
    again = ROBIN.post(f"time-entries/{entry['id']}/submit").body["values"]

    assert said["done"] == 1
    assert (values["status"], values["rejected_because"]) == ("rejected", "Which crane?")
    assert (again["status"], again["rejected_because"]) == ("submitted", None)
    told = [line["after"] for line in ADMIN.get("audit", what="time_entry.reject").body["items"]]
    assert told == [{"status": "rejected", "rejected_because": "Which crane?"}]
    one = ADMIN.post(f"time-entries/{entry['id']}/reject", {"reason": "Still"}).body["values"]
    assert one["rejected_because"] == "Still"
    patched = ADMIN.patch(f"time-entries/{entry['id']}", {"values": {"rejected_because": "x"}, "revision": 5})
    assert (patched.status, patched.body["field"]) == (422, "rejected_because")


def test_administrators_decide_and_reopen_many_and_nobody_what_is_theirs(world: World) -> None:
    entry = world.hours(ROBIN, 1)
    for move in ("approve", "reject", "reopen"):
        [own] = ROBIN.post(f"time-entries/{move}", chosen(entry)).body["items"]
        assert (own["problem"]["status"], own["problem"]["detail"]) == (403, "Nobody decides about their own time.")
    ROBIN.post("time-entries/submit", chosen(entry))
    assert ADMIN.post("time-entries/approve", {"entries": [{"id": entry["id"]}]}).body["done"] == 1
    reopened = ADMIN.post("time-entries/reopen", {"entries": [{"id": entry["id"]}]}).body
    assert reopened["items"][0]["record"]["values"]["status"] == "draft"
    assert ROBIN.post("clients/submit", chosen(entry)).status == 404


# --- approvals -------------------------------------------------------------------------------------------------------


def test_what_waits_is_listed_by_week_and_person_and_pages(world: World) -> None:
    late, now, kims = world.hours(ROBIN, 1, "2026-11-09"), world.hours(ROBIN, 2), world.hours(KIM, 3)
    world.hours(KIM, 4)
    ROBIN.post("time-entries/submit", chosen(late, now))
    KIM.post("time-entries/submit", chosen(kims))
    span = {"first": "2026-11-01", "last": "2026-11-30"}
    found = ADMIN.get("approvals", **span).body["items"]

    assert [(each["week"], each["name"], each["hours"]) for each in found] == [
        ("2026-11-09", "Robin Field", {"submitted": 1}),
        (MONDAY, "Kim Shore", {"submitted": 3}),
        (MONDAY, "Robin Field", {"submitted": 2}),
    ]
    everything = ADMIN.get("approvals", waiting="false", **span).body["items"]
    assert everything[1]["hours"] == {"submitted": 3, "draft": 4}
    assert everything[1]["entries"] == {"submitted": 1, "draft": 1}
    first = ADMIN.get("approvals", limit=2, **span).body
    assert [*first["items"], *ADMIN.get("approvals", limit=2, start=first["next"], **span).body["items"]] == found
    assert [each["name"] for each in ADMIN.get("approvals", staff=world.kim, **span).body["items"]] == ["Kim Shore"]
    for wrong in ({"first": "2020-01-01"}, {"start": "x"}):
        assert ADMIN.get("approvals", **wrong).status == 422
    assert ROBIN.get("approvals", **span).body["items"] == []
    assert VIEWER.get("approvals").status == 403


# --- spending --------------------------------------------------------------------------------------------------------


def test_spending_lists_loose_expenses_and_reports_with_what_they_hold(world: World) -> None:
    code = world.ours.create("expense_code", {"name": "Travel"}).id
    expense = {"project": world.pier, "amount": 20, "expense_code": code}
    made = [ROBIN.post("expenses", {**expense, "date": day}).body["id"] for day in (MONDAY, TUESDAY, SUNDAY)]
    [report] = ROBIN.post("expense-reports/gather", {"ids": made[:2]}).body["items"]
    KIM.post("expenses", {**expense, "date": MONDAY})
    loose = ROBIN.get("spending", staff=world.robin).body["items"]
    reports = ROBIN.get("spending", part="reports", staff=world.robin).body["items"]

    assert [each["id"] for each in loose] == made[2:]
    assert loose[0]["names"] == {world.pier: "Pier", code: "Travel", world.robin: "Robin Field"}
    assert [(each["id"], [inner["id"] for inner in each["expenses"]]) for each in reports] == [(report["id"], made[:2])]
    ROBIN.post(f"expense-reports/{report['id']}/submit")
    ADMIN.post("expense-reports/reject", {"entries": [{"id": report["id"]}], "reason": "No receipt"})
    [rejected] = ROBIN.get("spending", part="reports", status="rejected").body["items"]
    assert (rejected["values"]["rejected_because"], rejected["locked"]) == ("No receipt", None)
    assert len(ADMIN.get("spending").body["items"]) == 2
    assert [each["id"] for each in ROBIN.get("spending", id=made[0]).body["items"]] == made[:1]
    assert ROBIN.get("spending", id="exp_never_was").body["items"] == []


# --- places and the timer --------------------------------------------------------------------------------------------


def test_tasks_and_projects_are_found_by_any_word_and_page(world: World) -> None:
    def found(**query: Any) -> list[list[str]]:
        items, start = [], None
        while True:
            page = ROBIN.get("places", start=start, **query).body
            items += [each["path"] for each in page["items"]]
            start = page["next"]
            if start is None:
                return items

    everything = [["Pier", "Cranes"], ["Pier", "Cranes", "Wiring"], ["Dock"], ["Pier"]]
    for limit in (1, 2, 3, 50):
        assert found(limit=limit) == everything
    assert found(kind="project", limit=1) == everything[2:]
    assert found(kind="task", limit=1) == everything[:2]
    assert found(q="wir") == [["Pier", "Cranes", "Wiring"]]
    assert found(q="d-7") == [["Dock"]]
    ADMIN.post(f"projects/{world.dock}/members", {"staff": world.kim})
    assert found(mine="true") == [each for each in everything if each != ["Dock"]]
    assert ROBIN.get("places", start="nowhere~x").status == 422


def test_the_timer_says_the_names_of_what_it_is_for(world: World) -> None:
    started = ROBIN.post("timer/start", {"task": world.wiring}).body["running"]
    assert started["path"] == ["Pier", "Cranes", "Wiring"]
    assert ROBIN.patch("timer", {"project": world.dock, "task": None}).body["running"]["path"] == ["Dock"]
    assert ROBIN.get("timer").body["running"]["path"] == ["Dock"]

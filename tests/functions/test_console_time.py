"""My time in the console: the week, the day, the timer, single entries, and who has none."""

from decimal import Decimal
from typing import Any

import pytest

from tests.admin import Person
from tests.console import Browser, Shown
from tests.functions.test_admin_api_time import MONDAY, TUESDAY, World, chosen
from tests.stage import Stage
from timebridge.console.cells import hours_of
from timebridge.store.records import Workspace
from timebridge.store.tenants import Tenants
from timebridge.tenants import Tenant

ADMIN = Person()
ROBIN = Person(("member",), name="robin@acme.example")
DESK = Browser(("member",), name=ROBIN.name)
VIEWER = Browser(("viewer",), name="kim@acme.example")


@pytest.fixture
def world(stage: Stage) -> World:
    Tenants().save(Tenant("acme", "Acme", "Europe/Vienna"))
    return World(Workspace(stage.tenant, "manager"))


@pytest.fixture
def desk(world: World) -> Browser:  # noqa: ARG001 (it brings the firm along)
    return DESK.other()


def fields(page: Shown, prefix: str) -> list[str]:
    """The names of the fields of cells: `n|` empty ones, `e|` those with an entry."""
    return [each["name"] for form in page.forms for each in form["fields"] if each["name"].startswith(prefix)]


def week(person: Person = ROBIN) -> dict[str, Any]:
    found: dict[str, Any] = person.get("time-sheet", week=MONDAY).body
    return found


# --- hours -----------------------------------------------------------------------------------------------------------

WRITTEN = {
    "1.5": "1.50",
    "1,5": "1.50",
    "1:30": "1.50",
    "90m": "1.50",
    "90 min": "1.50",
    "1h30": "1.50",
    "1h 30m": "1.50",
    "2h": "2.00",
    "0:20": "0.33",
    " 8 ": "8.00",
}


@pytest.mark.parametrize(("text", "hours"), WRITTEN.items())
def test_hours_are_read_as_people_write_them(text: str, hours: str) -> None:
    assert hours_of(text) == Decimal(hours)


@pytest.mark.parametrize("text", ["x", "1:75", "1.5.2", "h", "1:3"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"1:30"):
        hours_of(text)
    assert hours_of(" ") is None


# --- the week --------------------------------------------------------------------------------------------------------


def test_the_week_shows_rows_days_and_sums(world: World, desk: Browser) -> None:
    world.hours(ROBIN, 2.5, labour_code=world.design, notes="Rails")
    page = desk.get("time", week="2026-11-19")

    assert page.status == 200
    for words in ("Week of 16 Nov 2026 to 22 Nov 2026", "Mon 16", "Wiring", "Pier › Cranes", "Design", "2.50 hours"):
        assert words in page.text
    assert len(fields(page, "e|")) == 1
    assert len(fields(page, "n|")) == 6


def test_a_week_is_filled_by_one_form(world: World, desk: Browser) -> None:
    entry = world.hours(ROBIN, 2)
    page = desk.get("time", week=MONDAY)
    [old], [tuesday, wednesday, *_] = fields(page, "e|"), fields(page, "n|")
    saved = desk.post(f"time/save?week={MONDAY}", {old: "", tuesday: "7:30", wednesday: "90m"})

    assert saved.said == "3 entries saved."
    assert week()["by_day"][:3] == [0, 7.5, 1.5]
    assert ADMIN.get(f"time-entries/{entry['id']}").body["archived"]
    assert desk.post(f"time/save?week={MONDAY}", {}).said == "Nothing has changed."
    assert "7.50" in desk.follow(saved).text


def test_the_cell_that_is_left_is_saved_alone_and_comes_back_with_the_sums(world: World, desk: Browser) -> None:
    world.hours(ROBIN, 2)
    [name, *_] = fields(desk.get("time", week=MONDAY), "n|")
    part = desk.post(f"time/save?week={MONDAY}&auto=yes", {name: "1:15"}, part=True)

    assert part.status == 200
    assert "3.25 hours" in part.text
    assert "Saved." in part.text
    [kept] = fields(Shown(200, {}, f"<form>{part.html}</form>", []), "e|")
    assert kept.endswith("|1|1.25")
    again = desk.post(f"time/save?week={MONDAY}&auto=yes", {kept: "soon"}, part=True)
    assert "Write hours like" in again.text
    assert 'aria-invalid="true"' in again.html
    emptied = desk.post(f"time/save?week={MONDAY}&auto=yes", {kept: ""}, part=True)
    assert fields(Shown(200, {}, f"<form>{emptied.html}</form>", []), "n|") == [name]
    assert week()["hours"] == 2


def test_what_is_wrong_is_told_at_its_field_and_stays_typed(world: World, desk: Browser) -> None:
    world.hours(ROBIN, 2)
    page = desk.get("time", week=MONDAY)
    [one, two, three, *_] = fields(page, "n|")
    again = desk.post(f"time/save?week={MONDAY}", {one: "never", two: "25", three: "1"})

    assert again.status == 422
    assert "Write hours like" in again.text
    assert "It must be a number from 0 to 24" in again.text
    values = {each["name"]: each.get("value") for form in again.forms for each in form["fields"]}
    assert (values[one], values[two]) == ("never", "25")
    assert week()["by_day"][3] == 1


def test_the_week_is_saved_and_submitted_and_what_is_locked_says_why(world: World, desk: Browser) -> None:
    world.hours(ROBIN, 2)
    [_, tuesday, *_] = ["", *fields(desk.get("time", week=MONDAY), "n|")]
    done = desk.post(f"time/save?week={MONDAY}", {tuesday: "3", "then": "week"})

    assert done.said == "1 entry saved. 5.00 hours submitted."
    page = desk.follow(done)
    assert "5.00 submitted" in page.text
    assert fields(page, "e|") == []
    assert "It waits for approval" in page.html or "it waits for approval" in page.html
    assert "nothing to submit" in desk.post(f"time/save?week={MONDAY}", {"then": "week"}).said


def test_a_rejected_entry_says_why_and_is_mended_and_handed_in_again(world: World, desk: Browser) -> None:
    entry = world.hours(ROBIN, 2)
    ROBIN.post("time-entries/submit", chosen(entry))
    ADMIN.post("time-entries/reject", {"entries": [{"id": entry["id"]}], "reason": "Which <crane>?"})
    page = desk.get("time", week=MONDAY)
    assert "Rejected: 2.00 hours of Mon 16 on Wiring." in page.text
    assert "Which <crane>?" in page.text
    mended = desk.get(f"time/entries/{entry['id']}")
    assert "Which <crane>?" in mended.text
    revisions = {each["value"] for form in mended.forms for each in form["fields"] if each["name"] == "revision"}
    [revision] = revisions
    values = {"revision": revision, "work_date": MONDAY, "hours": "1:45", "notes": "Crane 3", "billable": "on"}
    assert desk.post(f"time/entries/{entry['id']}", values).said == "The entry is saved."
    assert desk.post(f"time/save?week={MONDAY}", {"then": "week"}).said == "1.75 hours submitted."


def test_rows_of_last_week_and_chosen_ones_can_be_filled(world: World, desk: Browser) -> None:
    world.hours(ROBIN, 2, "2026-11-10")
    assert "Nothing is entered in this week" in desk.get("time", week=MONDAY).text
    copied = desk.get("time", week=MONDAY, rows="2026-11-09")
    assert len(fields(copied, "n|")) == 7
    added = desk.follow(desk.post(f"time/rows?week={MONDAY}&also={world.wiring}", {"place": f"project:{world.dock}"}))
    assert len(fields(added, "n|")) == 14
    assert "Dock" in added.text
    assert "Choose what" in desk.post(f"time/rows?week={MONDAY}", {}).said


def test_several_entries_of_a_day_open_as_a_list_and_are_submitted_ticked(world: World, desk: Browser) -> None:
    one, two = world.hours(ROBIN, 1, notes="Morning"), world.hours(ROBIN, 2, notes="Evening")
    page = desk.get("time", week=MONDAY)
    assert "2 entries" in page.text
    day = desk.get(f"time/days/{MONDAY}")
    assert len(fields(day, "e|")) == 2
    assert "Morning" in day.text
    done = desk.post(f"time/save?day={MONDAY}", {"then": "ticked", "tick": [two["id"]]})
    assert done.said == "2.00 hours submitted."
    assert done.location == f"acme/time/days/{MONDAY}"
    assert ROBIN.get(f"time-entries/{one['id']}").body["values"]["status"] == "draft"
    assert desk.post(f"time/save?day={MONDAY}", {"then": "day"}).said == "1.00 hours submitted."
    assert "Submitted" in desk.get(f"time/days/{MONDAY}").text
    wrong = desk.post(f"time/save?day={TUESDAY}", {f"n|{world.pier}|{world.wiring}||{TUESDAY}": "soon"})
    assert wrong.status == 422
    assert "Write hours like" in wrong.text


def test_made_up_fields_do_no_harm(world: World, desk: Browser) -> None:
    for name in ("n|x", "e|||||a|b|c", f"e|{world.pier}|||{MONDAY}|ent_never|1|x", f"n|prj_never|||{MONDAY}"):
        assert desk.post("time/save", {name: "1"}).status in (303, 422)


# --- the timer -------------------------------------------------------------------------------------------------------


def test_a_task_is_found_as_one_types_and_the_timer_makes_an_entry(world: World, desk: Browser) -> None:
    found = desk.get("time/places", q="wir", part=True)
    assert "Wiring" in found.text
    assert "Dock" not in found.text
    assert "Nothing that you may book on" in desk.get("time/places", q="zzz", part=True).text
    assert "Choose what" in desk.post("time/timer/start", {}).said
    started = desk.post("time/timer/start", {"place": f"task:{world.wiring}", "notes": "Rails", "billable": "on"})
    page = desk.follow(started)
    assert "The timer runs" in page.text
    assert "data-since=" in page.html
    changed = {"place": f"project:{world.dock}", "notes": "Quay", "labour_code": world.design}
    assert "runs on" in desk.post("time/timer/change", changed).said
    running = ROBIN.get("timer").body["running"]
    assert running["path"] == ["Dock"]
    assert (running["values"]["notes"], running["values"]["billable"]) == ("Quay", False)
    stopped = desk.post("time/timer/stop", {"notes": "Quay 2", "labour_code": world.design, "billable": "on"})
    assert "0.01 hours are entered" in stopped.said
    [entry] = ROBIN.get("time-entries", staff=world.robin).body["items"]
    assert (entry["values"]["notes"], entry["values"]["project"], entry["values"]["billable"]) == (
        "Quay 2",
        world.dock,
        True,
    )


def test_a_timer_is_forgotten_after_a_question(world: World, desk: Browser) -> None:
    desk.post("time/timer/start", {"place": f"task:{world.wiring}"})
    assert "no entry is made" in desk.get("time/timer/discard").text
    assert "gone" in desk.post("time/timer/discard").said
    assert "No timer is running" in desk.post("time/timer/discard").said
    assert "No timer is running" in desk.get("time/timer/discard").text
    assert ROBIN.get("time-entries").body["items"] == []


# --- entries ---------------------------------------------------------------------------------------------------------


def test_an_entry_is_changed_moved_submitted_and_removed(world: World, desk: Browser) -> None:
    entry, other = world.hours(ROBIN, 2), world.hours(ROBIN, 3)
    path, values = f"time/entries/{entry['id']}", {"revision": "1", "work_date": TUESDAY, "notes": "<b>Rails</b>"}
    assert desk.post(path, {**values, "hours": "soon"}).status == 422
    refused = desk.post(path, {**values, "hours": "30"})
    assert refused.status == 422
    assert "It must be a number from 0 to 24" in refused.text
    desk.post(path, {**values, "hours": "1:30", "place": f"project:{world.dock}"})
    kept = ROBIN.get(f"time-entries/{entry['id']}").body
    assert (kept["values"]["project"], kept["values"]["task"], kept["values"]["hours"]) == (world.dock, None, 1.5)
    assert kept["values"]["billable"] is False
    page = desk.get(path)
    assert "<b>Rails" not in page.html
    handed_in = desk.post(path, {**values, "revision": "2", "hours": "2", "then": "submit"})
    assert handed_in.said == "The entry is submitted."
    assert "Submitted: it waits for approval." in desk.get(path).text
    assert desk.post(path, {**values, "hours": "2"}).status == 422
    assert "removed" in desk.post(f"time/entries/{other['id']}/remove", {"revision": "1"}).said
    assert "It was taken away." in desk.get(f"time/entries/{other['id']}").text
    assert desk.get("time/entries/ent_never_was").status == 404


# --- who may what ----------------------------------------------------------------------------------------------------


def test_who_is_on_no_list_is_told_whom_to_ask(world: World) -> None:  # noqa: ARG001
    guest = Browser(("member",), name="guest@acme.example")
    for path in ("time", f"time/days/{MONDAY}", "time/expenses"):
        page = guest.get(path)
        assert page.status == 200
        assert "Ask an administrator to put guest@acme.example" in page.text
    assert guest.post("time/staff", {"name": "Guest"}).status == 403
    operator = Browser(("platform_admin",), tenant=None, name="op@platform.example", at="acme")
    assert "from outside" in operator.get("time").text
    desk = Browser()
    assert "Put me on the list" in desk.get("time").text
    assert desk.post("time/staff", {"name": ""}).status == 422
    assert "on the list of staff now" in desk.post("time/staff", {"name": "Ada North"}).said
    assert "Nothing is entered" in desk.get("time").text


def test_a_viewer_sees_and_writes_nothing(world: World) -> None:
    world.hours(Person(("member",), name="kim@acme.example"), 2)
    page = VIEWER.other().get("time", week=MONDAY)
    assert "2.00" in page.text
    assert fields(page, "n|") == fields(page, "e|") == []
    assert "Start timer" not in page.text
    assert VIEWER.other().post("time/save", {f"n|{world.dock}|||{MONDAY}": "1"}).status == 403


def test_hostile_names_are_only_names(world: World, desk: Browser) -> None:
    hostile = "<script>alert(1)</script>\"'{{ 7 * 7 }}"
    task = world.ours.create("task", {"project": world.pier, "name": hostile}).id
    ROBIN.post("time-entries", {"task": task, "work_date": MONDAY, "hours": 1, "notes": hostile})
    for page in (desk.get("time", week=MONDAY), desk.get(f"time/days/{MONDAY}"), desk.get("time/places", part=True)):
        assert hostile in page.text
        assert "<script>alert" not in page.html

"""Expenses of one's own, and approvals of time and expenses in the console."""

import pytest

from tests.admin import Person
from tests.console import Browser, Shown
from tests.functions.test_admin_api_time import MONDAY, TUESDAY, World, chosen
from tests.stage import Stage
from timebridge.store.records import Workspace
from timebridge.store.tenants import Tenants
from timebridge.tenants import Tenant

ADMIN = Person()
ROBIN = Person(("member",), name="robin@acme.example")
KIM = Person(("member",), name="kim@acme.example")


@pytest.fixture
def world(stage: Stage) -> World:
    Tenants().save(Tenant("acme", "Acme", "Europe/Vienna"))
    return World(Workspace(stage.tenant, "manager"))


@pytest.fixture
def boss(world: World) -> Browser:  # noqa: ARG001 (it brings the firm along)
    return Browser()


@pytest.fixture
def desk(world: World) -> Browser:  # noqa: ARG001
    return Browser(("member",), name=ROBIN.name)


def ticks(page: Shown) -> list[str]:
    """The values of the boxes that can be ticked."""
    return [each["value"] for form in page.forms for each in form["fields"] if each["name"] == "tick"]


def statuses(world: World) -> dict[float, str]:
    """Of the entries of Robin, by their hours."""
    found = ROBIN.get("time-entries", staff=world.robin).body["items"]
    return {each["values"]["hours"]: each["values"]["status"] for each in found}


# --- time ------------------------------------------------------------------------------------------------------------


def test_whole_weeks_are_approved_as_they_were_seen(world: World, boss: Browser) -> None:
    one, other = world.hours(ROBIN, 2), world.hours(KIM, 3)
    ROBIN.post("time-entries/submit", chosen(one))
    KIM.post("time-entries/submit", chosen(other))
    page = boss.get("approvals")
    assert "16 Nov 2026 to 22 Nov 2026" in page.text
    assert "2.00 1 entry" in page.text
    kims, robins = ticks(page)
    late = world.hours(ROBIN, 4)
    ROBIN.post("time-entries/submit", chosen(late))
    done = boss.post("approvals", {"tick": [kims, robins]})
    assert done.said == "1 entry approved."
    assert "changed%20since%20you%20looked" in str(done.cookies)
    assert statuses(world) == {2: "submitted", 4: "submitted"}
    assert boss.post("approvals", {"tick": ticks(boss.get("approvals"))}).said == "2 entries approved."
    assert "Nothing waits for approval" in boss.get("approvals").text
    assert "Kim Shore" in boss.get("approvals", show="all").text
    assert "Kim Shore" not in boss.get("approvals", show="all", staff=world.robin).text.partition("Clear")[2]
    assert "Tick the weeks" in boss.post("approvals", {}).said


def test_entries_are_rejected_with_a_reason_and_the_rest_is_approved(world: World, boss: Browser) -> None:
    entries = [world.hours(ROBIN, hours, notes=f"Work {hours}") for hours in (1, 2, 3)]
    ROBIN.post("time-entries/submit", chosen(*entries))
    path = f"approvals/weeks/{world.robin}/{MONDAY}"
    page = boss.get(path)
    assert "Work 1" in page.text
    first, *rest = sorted(ticks(page))
    unsaid = boss.post(path, {"then": "reject", "tick": [first]})
    assert unsaid.status == 422
    assert "what has to be mended" in unsaid.text
    assert boss.post(path, {"then": "reject", "tick": [first], "reason": "Which crane?"}).said == "1 entry rejected."
    assert boss.post(path, {"then": "approve", "tick": rest}).said == "2 entries approved."
    assert sorted(statuses(world).values()) == ["approved", "approved", "rejected"]
    assert "Which crane?" in boss.get(path).text
    assert boss.post(path, {"then": "approve"}).status == 422
    stale = boss.post(path, {"then": "reopen", "tick": rest})
    assert "1 not done" in stale.said or "2 not done" in stale.said
    again = [each for each in ticks(boss.get(path)) if each.partition("|")[0] in str(rest)]
    assert boss.post(path, {"then": "reopen", "tick": again}).said == "2 entries made drafts again."


def test_members_are_told_who_approves(world: World, desk: Browser) -> None:
    entry = world.hours(ROBIN, 1)
    ROBIN.post("time-entries/submit", chosen(entry))
    for path in ("approvals", "approvals/expenses", f"approvals/weeks/{world.robin}/{MONDAY}"):
        page = desk.get(path)
        assert page.status == 200
        assert "You approve nobody's time" in page.text
    tick = f"{entry['id']}|2"
    for path, form in ((f"approvals/weeks/{world.robin}/{MONDAY}", {"then": "approve"}), ("approvals", {})):
        desk.post(path, {**form, "tick": [tick if form else f"{world.robin}|{MONDAY}|1.00"]})
    assert statuses(world) == {1: "submitted"}
    assert "Approvals" not in desk.get("time").links


# --- expenses --------------------------------------------------------------------------------------------------------


def test_expenses_are_added_changed_gathered_and_handed_in(world: World, desk: Browser) -> None:
    code = world.ours.create("expense_code", {"name": "Travel"}).id
    assert "No loose expenses" in desk.get("time/expenses").text
    assert "Pier" in desk.get("time/expenses/new").text
    form = {"date": MONDAY, "amount": "12,50", "expense_code": code, "notes": "<i>Train</i>", "billable": "on"}
    assert "needs a project" in desk.post("time/expenses", form).text
    assert desk.post("time/expenses", {**form, "amount": "much"}).status == 422
    for day in (MONDAY, TUESDAY):
        assert "added" in desk.post("time/expenses", {**form, "date": day, "place": f"project:{world.pier}"}).said
    page = desk.get("time/expenses")
    assert "<i>Train</i>" in page.text
    assert "<i>Train" not in page.html
    one, two = ticks(page)
    assert "Pier" in desk.get(f"time/expenses/{one}").text
    assert desk.post(f"time/expenses/{one}", {**form, "revision": "1", "amount": "x"}).status == 422
    assert desk.post(f"time/expenses/{one}", {**form, "revision": "7"}).status == 422
    assert "saved" in desk.post(f"time/expenses/{one}", {**form, "revision": "1", "amount": "20"}).said
    assert "1 report made" in desk.post("time/expenses/submit", {"tick": [one], "then": "gather"}).said
    [report] = ROBIN.get("spending", part="reports").body["items"]
    assert "Submitted" in desk.post(f"time/expenses/reports/{report['id']}", {}).said
    assert "1 submitted" in desk.post("time/expenses/submit", {"tick": [two], "then": "submit"}).said
    assert ticks(desk.get("time/expenses")) == []
    assert "it waits for approval" in desk.get(f"time/expenses/{two}").text
    assert "Tick the expenses" in desk.post("time/expenses/submit", {}).said


def test_an_administrator_adds_expenses_of_their_own(world: World, boss: Browser) -> None:
    form = {"date": MONDAY, "amount": "12", "place": f"project:{world.pier}"}
    assert "not on the list of staff" in boss.get("time/expenses/new").text
    boss.post("time/staff", {"name": "Ada North"})
    assert "added" in boss.post("time/expenses", form).said
    assert "12.00" in boss.get("time/expenses").text


def test_an_expense_is_removed(world: World, desk: Browser) -> None:
    made = ROBIN.post("expenses", {"project": world.pier, "date": MONDAY, "amount": 5}).body["id"]
    assert "removed" in desk.post(f"time/expenses/{made}/remove", {"revision": "1"}).said
    assert "It was taken away." in desk.get(f"time/expenses/{made}").text
    assert desk.get("time/expenses/exp_never_was").status == 404


def test_reports_and_loose_expenses_are_decided(world: World, boss: Browser, desk: Browser) -> None:
    made = [ROBIN.post("expenses", {"project": world.pier, "date": MONDAY, "amount": n}).body["id"] for n in (5, 6)]
    [report] = ROBIN.post("expense-reports/gather", {"ids": made[:1]}).body["items"]
    ROBIN.post(f"expense-reports/{report['id']}/submit")
    ROBIN.post(f"expenses/{made[1]}/submit")
    [tick] = ticks(boss.get("approvals/expenses"))
    assert "Robin Field" in boss.get("approvals/expenses").text
    assert boss.post("approvals/expenses?part=reports", {"then": "reject", "tick": [tick]}).status == 422
    said = boss.post("approvals/expenses?part=reports", {"then": "reject", "tick": [tick], "reason": "No receipt"}).said
    assert said == "1 entry rejected."
    assert "No receipt" in desk.get("time/expenses").text
    [loose] = ticks(boss.get("approvals/expenses?part=loose"))
    assert boss.post("approvals/expenses?part=loose", {"then": "approve", "tick": [loose]}).said == "1 entry approved."
    assert "No expenses wait" in boss.get("approvals/expenses?part=loose").text
    assert boss.post("approvals/expenses?part=loose", {"then": "approve"}).status == 422

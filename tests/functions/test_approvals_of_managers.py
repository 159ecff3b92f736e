"""A member who manages projects, or leads people, approves their time and expenses: through the API and the screens."""

from typing import Any

import pytest

from tests.admin import Answer, Person
from tests.console import Browser, Shown
from tests.functions.test_admin_api_time import KIM, MONDAY, ROBIN, TUESDAY, World, chosen
from tests.stage import Stage
from timebridge.store.records import Workspace
from timebridge.store.tables import RecordItem
from timebridge.store.tenants import Tenants
from timebridge.tenants import Tenant

ADMIN = Person()
PAT = Person(("member",), name="pat@acme.example")
SPAN = {"first": "2026-11-01", "last": "2026-11-30"}


class Firm(World):
    """Kim manages the pier, nobody the dock, and Pat leads Kim."""

    def __init__(self, ours: Workspace) -> None:
        super().__init__(ours)
        self.pat = ours.create("staff", {"name": "Pat Dale", "email": PAT.name}).id
        self.set("projects", self.pier, self.kim)
        self.set("staff", self.kim, self.pat)

    def set(self, kinds: str, id: str, manager: str | None) -> Answer:
        revision = ADMIN.get(f"{kinds}/{id}").body["revision"]
        done = ADMIN.patch(f"{kinds}/{id}", {"values": {"manager": manager}, "revision": revision})
        assert done.status == 200, done.text
        return done

    def handed_in(self, person: Person, hours: float, **values: Any) -> dict[str, Any]:
        entry = self.hours(person, hours, **values)
        found: dict[str, Any] = person.post("time-entries/submit", chosen(entry)).body["items"][0]["record"]
        return found

    def on_dock(self, person: Person, hours: float) -> dict[str, Any]:
        return self.handed_in(person, hours, task=None, project=self.dock)

    def status(self, entry: dict[str, Any], kinds: str = "time-entries") -> str:
        return str(ADMIN.get(f"{kinds}/{entry['id']}").body["values"]["status"])


@pytest.fixture
def firm(stage: Stage) -> Firm:
    Tenants().save(Tenant("acme", "Acme", "Europe/Vienna"))
    return Firm(Workspace(stage.tenant, "admin"))


def refused(answer: Answer) -> list[str | None]:
    return [each["problem"] and each["problem"]["detail"] for each in answer.body["items"]]


# --- who is manager --------------------------------------------------------------------------------------------------


def test_a_manager_is_one_of_the_staff_and_is_set_by_administrators_only(firm: Firm) -> None:
    pier = ADMIN.get(f"projects/{firm.pier}").body
    [field] = [
        field
        for kind in KIM.get("kinds").body["items"]
        if kind["kinds"] == "projects"
        for field in kind["fields"]
        if field["name"] == "manager"
    ]
    refusal = ADMIN.patch(f"projects/{firm.dock}", {"values": {"manager": "stf_nobody"}, "revision": 1})

    assert (pier["values"]["manager"], field["type"], field["refers_to"]) == (firm.kim, "reference", "staff")
    assert (refusal.status, refusal.body["field"]) == (422, "manager")
    for path in (f"projects/{firm.dock}", f"staff/{firm.robin}"):
        assert KIM.patch(path, {"values": {"manager": firm.kim}, "revision": 1}).status == 403


def test_a_project_that_is_kept_in_step_gets_its_manager_here(firm: Firm, stage: Stage) -> None:
    item = RecordItem.get(f"{stage.tenant}#project", firm.dock)
    item.update(actions=[RecordItem.data.set({**item.data, "managed_by": "salesforce"})])

    assert firm.set("projects", firm.dock, firm.kim).body["values"]["manager"] == firm.kim


# --- deciding --------------------------------------------------------------------------------------------------------


def test_a_manager_decides_about_the_time_of_their_project_and_of_nothing_else(firm: Firm) -> None:
    hers, other, own = firm.handed_in(ROBIN, 1), firm.on_dock(ROBIN, 2), firm.handed_in(KIM, 3)
    done = KIM.post("time-entries/approve", chosen(hers, other, own))

    assert refused(done) == [
        None,
        "Only an administrator may decide about this.",
        "Nobody decides about their own time.",
    ]
    assert done.body["items"][2]["problem"]["remedy"] == "Ask the person's manager, Pat Dale, or an administrator."
    assert [firm.status(each) for each in (hers, other, own)] == ["approved", "submitted", "submitted"]
    assert PAT.post(f"time-entries/{own['id']}/reject", {"reason": "Which crane?"}).body["values"] == {
        **own["values"],
        "status": "rejected",
        "state": "rejected",
        "rejected_because": "Which crane?",
    }
    single = ROBIN.post(f"time-entries/{own['id']}/reopen")
    assert (single.status, single.body["detail"]) == (
        403,
        "Only the person's manager, Pat Dale, or an administrator may decide about this.",
    )
    assert KIM.post(f"time-entries/{hers['id']}/reopen").body["values"]["status"] == "draft"
    acts = [(line["actor"], line["what"]) for line in ADMIN.get("audit", actor=KIM.name).body["items"]]
    assert (KIM.name, "time_entry.approve") in acts
    assert (KIM.name, "time_entry.reopen") in acts


def test_a_manager_takes_nothing_out_of_the_books(firm: Firm, stage: Stage) -> None:
    entry = firm.handed_in(ROBIN, 1)
    KIM.post(f"time-entries/{entry['id']}/approve")
    item = RecordItem.get(f"{stage.tenant}#time_entry", entry["id"])
    item.update(actions=[RecordItem.data.set({**item.data, "posted_to": "books"})])
    kept = KIM.post(f"time-entries/{entry['id']}/reopen")

    assert (kept.status, kept.body["remedy"]) == (403, "Ask an administrator to take it back.")
    assert "in the books" in kept.body["detail"]
    assert ADMIN.post(f"time-entries/{entry['id']}/reopen").body["values"]["status"] == "draft"


def test_who_is_no_manager_or_only_looks_decides_nothing(firm: Firm) -> None:
    entry = firm.handed_in(ROBIN, 1)
    stranger = Person(("member",), name="nobody@acme.example")
    viewer = Person(("viewer",), name=KIM.name)

    for person in (PAT, stranger):
        assert person.post(f"time-entries/{entry['id']}/approve").status == 403
        assert person.get("approvals", **SPAN).body["items"] == []
    assert viewer.post(f"time-entries/{entry['id']}/approve").status == 403
    assert viewer.get("approvals").status == 403
    seen = viewer.get("time-sheet", staff=firm.robin, week=MONDAY).body["rows"][0]["cells"][0]["entries"][0]
    assert seen["reserved"] == "You may look, but not decide."


def test_what_a_manager_sees_holds_no_cost(firm: Firm) -> None:
    firm.handed_in(ROBIN, 1)
    sheet = KIM.get("time-sheet", staff=firm.robin, week=MONDAY)
    done = KIM.post("time-entries/approve", chosen(firm.handed_in(ROBIN, 2)))

    assert '"cost"' not in sheet.text + done.text
    assert '"cost_rate"' not in KIM.get(f"staff/{firm.robin}").text


# --- lists -----------------------------------------------------------------------------------------------------------


def test_a_list_shows_what_one_decides_about(firm: Firm) -> None:
    firm.handed_in(ROBIN, 1)
    firm.on_dock(ROBIN, 2)
    firm.handed_in(KIM, 4)

    def listed(person: Person) -> list[tuple[str, dict[str, float]]]:
        return [(each["name"], each["hours"]) for each in person.get("approvals", **SPAN).body["items"]]

    assert listed(KIM) == [("Robin Field", {"submitted": 1})]
    assert listed(PAT) == [("Kim Shore", {"submitted": 4})]
    assert listed(ADMIN) == [("Kim Shore", {"submitted": 4}), ("Robin Field", {"submitted": 3})]
    entries = KIM.get("time-sheet", staff=firm.robin, week=MONDAY).body["rows"]
    said = {row["path"][0]: row["cells"][0]["entries"][0]["reserved"] for row in entries}
    assert said == {"Pier": None, "Dock": "Only an administrator may decide about this."}


def test_what_waits_is_counted_and_the_scope_is_said(firm: Firm) -> None:
    firm.handed_in(ROBIN, 1)
    firm.on_dock(ROBIN, 2)
    spent = ROBIN.post("expenses", {"project": firm.pier, "date": MONDAY, "amount": 5}).body
    ROBIN.post(f"expenses/{spent['id']}/submit")

    assert KIM.get("approvals/count").body == {"weeks": 1, "reports": 0, "expenses": 1, "total": 2}
    assert PAT.get("approvals/count").body["total"] == 0
    assert KIM.get("approvals/scope").body == {"everything": False, "projects": 1, "people": 0}
    assert PAT.get("approvals/scope").body == {"everything": False, "projects": 0, "people": 1}
    assert ROBIN.get("approvals/scope").body == {"everything": False, "projects": 0, "people": 0}
    assert ADMIN.get("approvals/scope").body["everything"] is True


def test_a_report_is_decided_by_who_manages_all_of_it(firm: Firm) -> None:
    def report(*projects: str) -> dict[str, Any]:
        bodies = [{"project": project, "date": MONDAY, "amount": 5} for project in projects]
        spent = [ROBIN.post("expenses", body).body["id"] for body in bodies]
        [made] = ROBIN.post("expense-reports/gather", {"ids": spent}).body["items"]
        found: dict[str, Any] = ROBIN.post(f"expense-reports/{made['id']}/submit").body
        return found

    hers, mixed = report(firm.pier), report(firm.pier, firm.dock)
    listed = KIM.get("spending", part="reports", status="submitted", decides="true").body["items"]
    everything = KIM.get("spending", part="reports", status="submitted").body["items"]

    assert [each["id"] for each in listed] == [hers["id"]]
    assert {each["id"]: bool(each["reserved"]) for each in everything} == {hers["id"]: False, mixed["id"]: True}
    done = KIM.post("expense-reports/approve", chosen(hers, mixed))
    assert refused(done) == [None, "Only an administrator may decide about this."]
    assert [firm.status(each, "expense-reports") for each in (hers, mixed)] == ["approved", "submitted"]
    firm.set("projects", firm.dock, firm.kim)
    assert KIM.post("expense-reports/approve", chosen(mixed)).body["done"] == 1


def test_looking_reads_no_more_for_more_entries(firm: Firm, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[str] = []
    read = Workspace.read
    monkeypatch.setattr(Workspace, "read", lambda *given, **more: (reads.append(given[1]), read(*given, **more))[1])

    def asked() -> list[str]:
        reads.clear()
        assert KIM.get("approvals", **SPAN).status == 200
        return list(reads)

    firm.handed_in(ROBIN, 1)
    once = asked()
    for hours in (2, 3):
        firm.handed_in(ROBIN, hours)
        firm.on_dock(ROBIN, hours)
    assert asked() == once


# --- the screens -----------------------------------------------------------------------------------------------------


def desk(person: Person) -> Browser:
    return Browser(person.roles, name=person.name)


def ticks(page: Shown) -> list[str]:
    return [each["value"] for form in page.forms for each in form["fields"] if each["name"] == "tick"]


def test_a_manager_finds_the_approvals_in_the_menu_and_others_do_not(firm: Firm) -> None:
    firm.handed_in(ROBIN, 1)
    page = desk(KIM).get("time")

    assert page.links["Approvals"].endswith("/approvals")
    assert desk(KIM).get("approvals/count", part=True).text == "1 waiting"
    assert any("timebridge_decides=" in each for each in page.cookies)
    assert "Approvals" not in desk(ROBIN).get("time").links
    assert "You approve nobody's time" in desk(ROBIN).get("approvals").text
    assert "Approvals" not in Browser(("viewer",), name=KIM.name).get("records").links


def test_a_manager_approves_a_week_and_what_others_decide_stays(firm: Firm) -> None:
    hers, other = firm.handed_in(ROBIN, 1), firm.on_dock(ROBIN, 2)
    page = desk(KIM).get("approvals")

    assert "You approve for 1 project that you manage." in page.text
    assert "1.00 1 entry" in page.text
    assert desk(KIM).post("approvals", {"tick": ticks(page)}).said == "1 entry approved."
    assert [firm.status(each) for each in (hers, other)] == ["approved", "submitted"]
    assert "Nothing waits" in desk(KIM).get("approvals").text


def test_a_manager_sends_an_entry_back_and_is_told_who_decides_about_the_rest(firm: Firm) -> None:
    hers = firm.handed_in(ROBIN, 1)
    firm.on_dock(ROBIN, 2)
    path = f"approvals/weeks/{firm.robin}/{MONDAY}"
    page = desk(KIM).get(path)
    [tick] = ticks(page)

    assert tick.startswith(hers["id"])
    assert "Only an administrator may decide about this." in page.text
    assert desk(KIM).post(path, {"then": "reject", "tick": [tick]}).status == 422
    done = desk(KIM).post(path, {"then": "reject", "tick": [tick], "reason": "Which crane?"})
    assert done.said == "1 entry rejected."
    forged = desk(PAT).post(path, {"then": "reopen", "tick": [f"{hers['id']}|3"]})
    assert "Only the project's manager, Kim Shore" in forged.said
    assert "Which crane?" in desk(ROBIN).get(f"time?week={TUESDAY}").text


def test_a_manager_decides_on_the_page_of_an_entry_and_others_read_who_does(firm: Firm) -> None:
    hers, other = firm.handed_in(ROBIN, 1), firm.on_dock(ROBIN, 2)
    path = f"records/time-entries/{hers['id']}"

    assert KIM.get(f"time-entries/{hers['id']}/decision").body["reserved"] is None
    assert "Send it back" in desk(KIM).get(path).text
    assert "Only the project's manager, Kim Shore, or an administrator" in desk(PAT).get(path).text
    page = desk(KIM).get(f"records/time-entries/{other['id']}")
    assert "Only an administrator may decide about this." in page.text
    assert "Send it back" not in page.text
    assert "is approved" in desk(KIM).post(f"{path}/move", {"move": "approve", "revision": hers["revision"]}).said


def test_a_manager_decides_about_expenses(firm: Firm) -> None:
    for project in (firm.pier, firm.dock):
        spent = ROBIN.post("expenses", {"project": project, "date": MONDAY, "amount": 5}).body
        ROBIN.post(f"expenses/{spent['id']}/submit")
    page = desk(KIM).get("approvals/expenses?part=loose")
    [tick] = ticks(page)

    assert "Pier" in page.text
    assert "Dock" not in page.text
    form = {"then": "approve", "tick": [tick]}
    assert desk(KIM).post("approvals/expenses?part=loose", form).said == "1 entry approved."


def test_the_manager_is_chosen_and_shown_by_name(firm: Firm) -> None:
    boss = Browser()

    assert "Kim Shore" in boss.get(f"records/projects/{firm.pier}").text
    assert "Pat Dale" in boss.get(f"records/staff/{firm.kim}").text
    assert "Kim Shore" in boss.get("records/projects").text
    form = boss.get(f"records/projects/{firm.dock}/edit")
    assert "Manager" in form.text
    found = boss.get("records/projects/options/manager", part=True, **{"find-manager": "Pat"})
    assert "Pat Dale" in found.text
    fields = {each["name"]: each.get("value", "") for each in form.forms[-1]["fields"] if each.get("type") != "radio"}
    chosen_now = {"client": fields["was-client"], "manager": firm.pat}
    assert boss.post(f"records/projects/{firm.dock}/edit", {**fields, **chosen_now}).status == 303
    assert "Pat Dale" in boss.get(f"records/projects/{firm.dock}").text

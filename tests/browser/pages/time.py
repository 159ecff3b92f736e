"""My time, expenses and approvals."""

from datetime import date, timedelta
from typing import Any

from sandbox.demo.stage import ADMIN
from tests.browser.firm import MANAGER, MEMBER, Firm

WEEK = date.today() - timedelta(days=date.today().weekday())
DAYS = [(WEEK + timedelta(days=number)).isoformat() for number in range(5)]
TASKS = ("Site survey", "Control panel drawings", "Commissioning")


def staff(firm: Firm, email: str, name: str) -> str:
    """Id of somebody on the list of staff, who is put on it if need be."""
    known = [each["id"] for each in firm.api.all("staff") if each["values"]["email"] == email]
    return str(known[0] if known else firm.api.post("staff", {"name": name, "email": email})["id"])


def tasks(firm: Firm) -> list[str]:
    """Ids of tasks to book on, in a project of the demo."""
    project = firm.first("projects")
    known = {each["values"]["name"]: each["id"] for each in firm.api.all("tasks", parent=project)}
    wanted = {name: known.get(name) for name in TASKS}
    return [id or firm.api.post("tasks", {"project": project, "name": name})["id"] for name, id in wanted.items()]


def book(firm: Firm, person: str, task: str, day: str, hours: float, **values: Any) -> dict[str, Any]:
    entry = {"staff": person, "task": task, "work_date": day, "hours": hours, **values}
    made: dict[str, Any] = firm.api.post("time-entries", entry)
    return made


def managed(firm: Firm) -> str:
    """Id of a task in a project that the manager manages."""
    lead = staff(firm, MANAGER, "Jordan Vale")
    known = firm.api.named("projects", "Slipway renewal")
    wish = {"name": "Slipway renewal", "client": firm.first("clients"), "manager": lead}
    project = known or firm.api.post("projects", wish)
    task = firm.api.named("tasks", "Slipway survey")
    return str((task or firm.api.post("tasks", {"name": "Slipway survey", "project": project["id"]}))["id"])


def hand_in(firm: Firm, entries: list[dict[str, Any]]) -> None:
    firm.api.post("time-entries/submit", {"entries": [{"id": each["id"]} for each in entries]})


def prepare(firm: Firm) -> None:
    """A week of the administrator with something of everything, and one of a consultant that waits."""
    me, consultant = staff(firm, ADMIN, "Ada North"), staff(firm, MEMBER, "Casey Brook")
    survey, drawings, commissioning = tasks(firm)
    mine = [book(firm, me, survey, day, 3.5) for day in DAYS[:3]]
    book(firm, me, drawings, DAYS[0], 4, notes="Panel A and B")
    book(firm, me, drawings, DAYS[1], 2.25)
    book(firm, me, drawings, DAYS[1], 1.5, notes="Revision after the call")
    book(firm, me, commissioning, DAYS[3], 7.5)
    theirs = [book(firm, consultant, commissioning, day, 8, notes=f"On site, {day}") for day in DAYS]
    for entries in (mine, theirs):
        hand_in(firm, entries)
    firm.api.post("time-entries/approve", {"entries": [{"id": mine[0]["id"]}]})
    firm.api.post(
        "time-entries/reject", {"entries": [{"id": mine[1]["id"]}], "reason": "Was this the east or the west pier?"}
    )
    project = firm.first("projects")
    trips = ((DAYS[0], 64.2, "Train"), (DAYS[0], 118, "Hotel"), (DAYS[2], 23.5, "Taxi to the site"))
    bodies = [
        {"project": project, "staff": me, "date": day, "amount": amount, "notes": notes} for day, amount, notes in trips
    ]
    spent = [firm.api.post("expenses", body)["id"] for body in bodies]
    [report] = firm.api.post("expense-reports/gather", {"ids": spent[:2], "number": "R-1042"})["items"]
    firm.api.post(f"expense-reports/{report['id']}/submit")


def _entry(firm: Firm) -> str:
    rejected = firm.api.get("time-entries", status="rejected", limit=1)["items"]
    return f"time/entries/{rejected[0]['id'] if rejected else firm.first('time-entries')}"


PAGES = {
    "time-week": lambda _: "time",
    "time-day": lambda _: f"time/days/{DAYS[1]}",
    "time-entry": _entry,
    "time-expenses": lambda _: "time/expenses",
    "time-expense-new": lambda _: "time/expenses/new",
    "approvals": lambda _: "approvals",
    "approvals-week": lambda firm: f"approvals/weeks/{staff(firm, MEMBER, 'Casey Brook')}/{WEEK}",
    "approvals-expenses": lambda _: "approvals/expenses",
}

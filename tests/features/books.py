"""A firm with books: a live QuickBooks company with a customer, a job, an employee and items; people enter hours.

`opened` makes it; streams of their own extend `Books`, or build on its parts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.admin import Answer, Person
from tests.stage import Stage, control
from timebridge.links import Link
from timebridge.records import Record
from timebridge.store.links import DynamoLinks
from timebridge.store.records import Workspace
from timebridge.tenants import Provider

DAY = "2026-11-20"
CONNECTION = Provider.QUICKBOOKS_ONLINE.value
PATH = f"connections/{CONNECTION}"

LONG_AGO = "2019-12-31"

INCOME = "1"
"""The income account of a fresh company of the sandbox."""


@dataclass
class Books:
    """Their ids: `customer`, `job`, `employee`, `item`. Ours: `client`, `project`, `person`, `code`."""

    stage: Stage
    ours: Workspace
    customer: str
    job: str
    employee: str
    item: str
    client: str = ""
    project: str = ""
    person: str = ""
    code: str = ""
    admin: Person = field(default_factory=Person)
    entries: list[str] = field(default_factory=list)

    def fresh(self) -> None:
        """Another project of the same client, with nothing on it; posting as it is out of the box, and open books."""
        names = f"Quay {len(self.ours.page('project', 'Quay', limit=200)[0]) + 1:03}"
        self.project = self.ours.create("project", {"client": self.client, "name": names}).id
        self.entries.clear()
        if self.stage.connection(CONNECTION).settings.get("posting"):
            self.publishes(posting={})
        if self.stage.quickbooks_has("Preferences")[0]["AccountingInfoPrefs"].get("BookCloseDate", LONG_AGO) > LONG_AGO:
            self.closes_through(LONG_AGO)

    # --- the workspace -----------------------------------------------------------------------------------------------

    def hours(self, hours: str = "2", **values: Any) -> Record:
        entry = {"project": self.project, "staff": self.person, "labour_code": self.code}
        made = self.ours.create("time_entry", {**entry, "work_date": DAY, "hours": hours, "rate": "100", **values})
        self.entries.append(made.id)
        return made

    def submitted(self, hours: str = "2", **values: Any) -> Record:
        return self.ours.submit(self.hours(hours, **values).id)

    def approved(self, hours: str = "2", **values: Any) -> Record:
        return self.ours.approve(self.submitted(hours, **values).id)

    def found(self, kind: str, name: str) -> str:
        """The id of our record whose name begins like this."""
        [record] = self.ours.page(kind, name)[0]
        return record.id

    def record(self, kind: str, id: str) -> Record:
        found = self.ours.get(kind, id)
        assert found is not None
        return found

    def edit(self, kind: str, id: str, **values: Any) -> Record:
        return self.ours.update(kind, id, values, self.record(kind, id).version or "")

    # --- posting -----------------------------------------------------------------------------------------------------

    def posting(self, type: str = "time", **choices: Any) -> None:
        """Settings of posting, published by a person; those of other types and lists stay."""
        self.publishes(posting={**self.stage.connection(CONNECTION).settings.get("posting", {}), type: choices})

    def publishes(self, **settings: Any) -> None:
        """A person puts these settings in force, beside those that are."""
        wanted = {**self.stage.connection(CONNECTION).settings, **settings}
        answer = self.admin.patch(PATH, {"settings": wanted}, if_match=self._revision())
        assert answer.status == 200, answer.text

    def _revision(self) -> str:
        return f'"{self.stage.connection(CONNECTION).revision}"'

    def post(self, *ids: str, type: str = "time", **asked: Any) -> dict[str, Any]:
        """A person posts these records (or what `filter=…` selects), and the worker does it. Returns the run."""
        return self.ran("postings", {"type": type, **({"ids": list(ids)} if ids else {}), **asked})

    def withdraw(self, *ids: str, type: str = "time", **asked: Any) -> dict[str, Any]:
        return self.ran("postings/withdraw", {"type": type, "ids": list(ids), **asked})

    def repost(self, *ids: str, type: str = "time", **asked: Any) -> dict[str, Any]:
        return self.ran("postings/repost", {"type": type, "ids": list(ids), **asked})

    def ran(self, path: str, asked: dict[str, Any]) -> dict[str, Any]:
        answer = self.admin.post(f"{PATH}/{path}", asked)
        assert answer.status == 202, answer.text
        self.stage.settle()
        return self.run(answer.body["run"])

    def run(self, id: str) -> dict[str, Any]:
        found: dict[str, Any] = self.admin.get(f"{PATH}/runs/{id}").body
        return found

    def preview(self, *ids: str, type: str = "time", **asked: Any) -> dict[str, Any]:
        answer = self.admin.post(f"{PATH}/postings/preview", {"type": type, "ids": list(ids), **asked})
        assert answer.status == 200, answer.text
        found: dict[str, Any] = answer.body
        return found

    def listed(self, type: str = "time", **query: Any) -> dict[str, dict[str, Any]]:
        """What can be posted, what cannot and why, and what is posted: by id."""
        answer: Answer = self.admin.get(f"{PATH}/postings", type=type, **query)
        assert answer.status == 200, answer.text
        return {item["id"]: item for item in answer.body["items"]}

    def here(self, **query: Any) -> dict[str, dict[str, Any]]:
        """The time of this project: how each entry stands with the books."""
        return self.listed(project=self.project, **query)

    def link(self, id: str, flow: str = "quickbooks_online.time_activity") -> Link:
        [found] = DynamoLinks(self.stage.tenant, CONNECTION).find(flow, ours=[id])
        return found

    # --- QuickBooks --------------------------------------------------------------------------------------------------

    def posted(self, entity: str = "TimeActivity") -> list[dict[str, Any]]:
        """What is in the books, once everything has travelled."""
        self.stage.settle()
        return [each for each in self.stage.quickbooks_has(entity) if each.get("status") != "Deleted"]

    def mine(self) -> list[dict[str, Any]]:
        """The time in the books that was entered here since the project is this one."""
        markers = [f"[timebridge:{id}]" for id in self.entries]
        return [each for each in self.posted() if any(marker in each.get("Description", "") for marker in markers)]

    def of(self, id: str, entity: str = "TimeActivity", text: str = "Description") -> list[dict[str, Any]]:
        """The live documents in the books that carry the marker of our record."""
        return [each for each in self.posted(entity) if f"[timebridge:{id}]" in each.get(text, "")]

    def bookkeeper(self, entity: str, **values: Any) -> dict[str, Any]:
        return self.stage.bookkeeper(entity, **values)

    def deletes(self, entity: str, id: str) -> None:
        """The bookkeeper deletes a transaction."""
        url = f"{self.stage.quickbooks.url}/_sandbox/companies/{self.stage.realm}/{entity}?operation=delete"
        control("POST", url, json={"Id": id})

    def prefers(self, **groups: Mapping[str, Any]) -> None:
        """The bookkeeper changes preferences: `prefers(AccountingInfoPrefs={"BookCloseDate": "2026-10-31"})`."""
        [now] = self.stage.quickbooks_has("Preferences")
        news = {name: {**now.get(name, {}), **values} for name, values in groups.items()}
        self.bookkeeper("Preferences", Id=now["Id"], **news)
        self.stage.told(self.stage.cloud_event("preferences", now["Id"]))
        self.stage.settle()

    def closes_through(self, day: str) -> None:
        """The bookkeeper closes the books through this day."""
        self.prefers(AccountingInfoPrefs={"BookCloseDate": day})

    def calls(self) -> int:
        """How many calls the company's API has answered so far."""
        return int(control("GET", f"{self.stage.quickbooks.url}/_sandbox/calls")["total"])

    def pull(self) -> None:
        answer = self.admin.post(f"{PATH}/sync")
        assert answer.status == 202, answer.text
        self.stage.settle()


def opened(stage: Stage, ours: Workspace, settings: Mapping[str, Any] | None = None) -> Books:
    """A live connection, with what the company has loaded. Nothing is posted by itself, unless settings say so."""
    customer = stage.bookkeeper("Customer", DisplayName="Harbour Freight")["Id"]
    job = stage.bookkeeper("Customer", DisplayName="Crane controls", Job=True, ParentRef={"value": customer})["Id"]
    employee = stage.bookkeeper("Employee", DisplayName="Casey Brook", GivenName="Casey", FamilyName="Brook")["Id"]
    item = stage.bookkeeper(
        "Item", Name="Consulting", Type="Service", UnitPrice=120, IncomeAccountRef={"value": INCOME}
    )["Id"]
    stage.connect(Provider.QUICKBOOKS_ONLINE, settings=dict(settings or {}))
    books = Books(stage, ours, customer, job, employee, item)
    books.client, books.project = books.found("client", "Harbour"), books.found("project", "Crane")
    books.person, books.code = books.found("staff", "Casey"), books.found("labour_code", "Consulting")
    return books

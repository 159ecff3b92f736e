"""Provider calls, counted by the far side: calls are what the providers meter, and what a tenant runs out of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from benchmarks import made_up
from benchmarks.far_side import CHOSEN, FarSide, far_sides
from benchmarks.report import Part, say
from benchmarks.road import MemoryRoad, initially_synced
from timebridge.changes import Change, Where
from timebridge.flows import Flow, Flows
from timebridge.memory import MemorySide
from timebridge.providers.provider import Charged, load
from timebridge.pull import pull
from timebridge.runs import Tally
from timebridge.sync import Batch, sync_batch
from timebridge.tenants import Provider

CLIENTS, PROJECTS = 450, 500
STAFF, CODES = 30, 18
MANY = 20_000
OFFICE, ENTERED_ON, DAY_GOAL = range(8, 18), 10, 100
JOB = "quickbooks_online.job"
EDITED, OURS_EDITED, POSTED = 100, 200, 1000
NAMES = {Provider.SALESFORCE: "Salesforce", Provider.QUICKBOOKS_ONLINE: "QuickBooks"}
IDLE_GOAL = {Provider.SALESFORCE: 1, Provider.QUICKBOOKS_ONLINE: 2}


def measured() -> Part:
    part = Part("Provider calls")
    say("Counting calls: a Salesforce org and a QuickBooks company of about 1,000 records each")
    records = made_up.salesforce(CLIENTS, PROJECTS), made_up.quickbooks(CLIENTS, STAFF, CODES)
    with far_sides(*records) as sides:
        add_jobs(sides[Provider.QUICKBOOKS_ONLINE])
        for far in sides.values():
            Count(part, far, connected(far)).all()
    say(f"Counting calls: an org of {MANY:,} opportunities")
    with far_sides(made_up.salesforce(MANY // made_up.OPPORTUNITIES_AN_ACCOUNT, MANY), {}) as sides:
        far = sides[Provider.SALESFORCE]
        Count(part, far, connected(far)).initial_sync()
    return part


def add_jobs(books: FarSide) -> None:
    parents = [row["Id"] for row in books.control("GET", f"companies/{books.realm}/Customer")]
    for number in range(PROJECTS):
        books.person("Customer", made_up.job(number, parents[number % len(parents)]))


def connected(far: FarSide) -> MemoryRoad:
    flows = Flows(load(far.provider).flows(CHOSEN[far.provider]))
    return MemoryRoad(far.opened(flows), flows)


@dataclass
class Count:
    """One connection, from its initial sync to the hours it posts."""

    part: Part
    far: FarSide
    road: MemoryRoad

    def all(self) -> None:
        self.initial_sync()
        self.idle_pull()
        self.pull_with_changes()
        if self.far.provider is Provider.SALESFORCE:
            self.day_of_a_firm()
        self.edits_of_ours("phone")
        self.edits_of_ours("address_city")
        if self.far.provider is Provider.QUICKBOOKS_ONLINE:
            self.postings()

    def initial_sync(self) -> None:
        self.far.forget_calls()
        tally = initially_synced(self.road, load(self.far.provider))
        expect(tally, tally.created_ours > 0 and tally.written == tally.created_ours)
        self._add(f"initial sync of {tally.created_ours:,} records", tally.created_ours)

    def idle_pull(self) -> None:
        """After what was loaded has been seen once more, because cursors overlap. What is asked once a night is not."""
        self.road.pull()
        self._an_hour_passes()
        side = self.road.theirs
        names = self.road.flows.names(Where.THEIRS)
        hourly = [name for name in names if not (isinstance(side, Charged) and side.is_rare(name))]
        self.far.forget_calls()
        expect(tally := pull(self.road, self.road.cursors, there=hourly), tally.written == 0)
        self._add("hourly pull, nothing changed", 0, IDLE_GOAL[self.far.provider])

    def _an_hour_passes(self) -> None:
        self.far.control("POST", "clock", {"advance": 3600})
        before = self.road.now
        self.road.now = lambda: before() + timedelta(hours=1)
        self.road.pull()

    def pull_with_changes(self) -> None:
        name, label = self._object()
        for id in self._theirs(EDITED):
            self.far.person(name, {"Id": id, label: "Changed by a person"})
        self.far.forget_calls()
        expect(tally := self.road.pull(), tally.updated_ours == EDITED)
        self._add(f"hourly pull, {EDITED} records changed there", EDITED)

    def edits_of_ours(self, field: str) -> None:
        """As the door for edits hands them over: one message of 200 changes."""
        flow, ours = self.road.flows[self._client_flow()], self._ours()
        edited = list(ours.there("client").values())[-OURS_EDITED:]
        for record in edited:
            ours.put("client", {**record.values, field: "Mockham"}, record.id)
        self.far.forget_calls()
        changes = [Change(Where.OURS, "client", record.id) for record in edited]
        expect(tally := sync_batch(self.road, Batch(flow, changes)), tally.updated_theirs == OURS_EDITED)
        self._add(f"{OURS_EDITED} edits in the workspace ({field})", OURS_EDITED)

    def day_of_a_firm(self) -> None:
        """Fifty consultants: their hours go out with the pull of the hour, everything else at once."""
        ours, flow = self._ours(), self.road.flows["salesforce.opportunity"]
        projects = list(ours.there("project"))
        deals = [link.theirs for link in self.road.links.find(flow.name, ours=projects) if link.theirs]
        self.far.forget_calls()
        for hour in range(24):
            for number in range(4 if hour in OFFICE else 0):
                self._edited(flow, projects[(hour - OFFICE.start) * 4 + number], budget=Decimal(20_000 + hour))
                self._entered(projects[:ENTERED_ON], Decimal(1))
            if hour in OFFICE:
                self.far.person("Opportunity", {"Id": deals[hour], "Name": f"Renamed in hour {hour}"})
                expect(
                    told := sync_batch(self.road, Batch(flow, [Change(Where.THEIRS, "Opportunity", deals[hour])])),
                    told.updated_ours == 1,
                )
            self.road.pull()
        what = "a day of 50 consultants: 400 entries, 40 edits, 10 deals, 24 pulls"
        self.part.add(f"{NAMES[self.far.provider]}: {what}", self.far.calls(), "calls", DAY_GOAL, "the guide: 500")

    def _edited(self, flow: Flow, project: str, **values: Decimal) -> None:
        ours = self._ours()
        ours.put("project", {**ours.there("project")[project].values, **values}, project)
        tally = sync_batch(self.road, Batch(flow, [Change(Where.OURS, "project", project)]))
        expect(tally, tally.updated_theirs == 1)

    def _entered(self, projects: Sequence[str], hours: Decimal) -> None:
        """What entries do to the totals of their projects, which wait for the pull."""
        ours = self._ours()
        for project in projects:
            values = ours.there("project")[project].values
            total = Decimal(str(values.get("hours_total") or 0)) + hours
            ours.put("project", {**values, "hours_total": total}, project)

    def postings(self) -> None:
        ours = self._ours()
        jobs = [link.ours for link in self.road.links.find(JOB, ours=list(ours.there("project")))]
        ids = [list(ours.there("staff")), jobs, list(ours.there("labour_code"))]
        entries = [ours.put("time_entry", values) for values in made_up.time_entries(POSTED, *ids)]
        self.far.forget_calls()
        flow = self.road.flows["quickbooks_online.time_activity"]
        created = 0
        for start in range(0, POSTED, 200):
            changes = [Change(Where.OURS, "time_entry", entry.id) for entry in entries[start : start + 200]]
            created += sync_batch(self.road, Batch(flow, changes)).created_theirs
        expect(Tally(seen=created), created == POSTED)
        self._add(f"{POSTED:,} approved time entries posted", POSTED)

    def _add(self, what: str, records: int, goal: float | None = None) -> None:
        calls = self.far.calls()
        per = f"{Decimal(calls * 1000) / records:.1f} per 1,000 records" if records else ""
        self.part.add(f"{NAMES[self.far.provider]}: {what}", calls, "calls", goal, per)

    def _ours(self) -> MemorySide:
        assert isinstance(self.road.ours, MemorySide)
        return self.road.ours

    def _client_flow(self) -> str:
        return next(flow.name for flow in self.road.flows if flow.kind == "client")

    def _object(self) -> tuple[str, str]:
        """The object that stands for a client, and one of its texts."""
        return ("Account", "Description") if self.far.provider is Provider.SALESFORCE else ("Customer", "Notes")

    def _theirs(self, count: int) -> Sequence[str]:
        links = self.road.links.find(self._client_flow(), ours=list(self._ours().there("client")))
        return [link.theirs for link in links if link.theirs][:count]


def expect(tally: Tally, true: bool) -> None:
    """A count of calls says nothing if the work was not done."""
    if not true:
        raise RuntimeError(f"Not what was to be measured: {tally.counts()} {tally.problems[:3]}")

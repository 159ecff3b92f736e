"""What an idle tenant reads in a month at Intuit's charge: nothing moves, notices are on, all lists are shared.

Thirty days are played by the sandbox's clock, hour by hour: what is asked for is decided as in the cloud, and the real
side asks for it. Every fourth Sunday night everything is read again; each night the company's settings, the postings of
two months, and what change data capture does not cover.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from benchmarks import made_up
from benchmarks.calls import add_jobs, connected
from benchmarks.far_side import FarSide, far_sides
from benchmarks.posting import charged
from benchmarks.report import Part, say
from benchmarks.road import MemoryRoad, initially_synced
from timebridge import schedule
from timebridge.memory import MemoryCursors
from timebridge.providers.provider import load
from timebridge.providers.quickbooks_online.side import QuickBooksOnline
from timebridge.pull import pull
from timebridge.runs import Tally
from timebridge.tenants import Connection, Provider, Rhythm
from timebridge.worker import asking

DAYS, GOAL = 30, 400
LINKED = 80
"""Time activities of the last two months, to be looked for every night."""


def measured() -> Part:
    part = Part(f"Reads of an idle tenant in {DAYS} days, at Intuit's charge")
    for what, rhythm, notices, goal in (
        ("hourly, notices on", Rhythm.HOURLY, True, GOAL),
        ("realtime, notices on", Rhythm.REALTIME, True, None),
        ("hourly, notices off", Rhythm.HOURLY, False, None),
    ):
        say(f"Thirty idle days: {what}")
        with far_sides({}, made_up.quickbooks(100, 20, 10)) as sides:
            far = sides[Provider.QUICKBOOKS_ONLINE]
            add_jobs(far)
            road = connected(far)
            initially_synced(road, load(far.provider))
            found = Month(far, road, rhythm, notices).played()
            part.add(what, found, "reads", goal)
    return part


@dataclass
class Month:
    far: FarSide
    road: MemoryRoad
    rhythm: Rhythm
    notices: bool

    def played(self) -> int:
        now = datetime.now(UTC)
        known = Connection(
            "con_1", "ten_1", Provider.QUICKBOOKS_ONLINE, rhythm=self.rhythm, settings={"notices": self.notices}
        )
        begun = {name: now.isoformat() for name in (asking.MOVED, schedule.RECONCILE)}
        known = replace(known, last_pull=now, pulled=begun)
        before, end = charged(self.far), now + timedelta(days=DAYS)
        while now < end:
            now += schedule.SPAN[self.rhythm]
            known = self._pulled(known, now)
        return charged(self.far) - before

    def _pulled(self, known: Connection, now: datetime) -> Connection:
        """One pull of the schedule. Where nothing is asked for, none is played: our own side costs nothing."""
        side = self.road.theirs
        assert isinstance(side, QuickBooksOnline)
        flows, again = schedule.due(known, "UTC", self.road.flows, now), {}
        if schedule.reconciles(known, "UTC", now, rarely=True):
            self._at(now)
            self._read_again(side)
            flows, again = list(self.road.flows), {schedule.RECONCILE: now.isoformat()}
            asked = asking.EVERYTHING
        else:
            asked = asking.asking(known, flows, side.is_rare, "UTC", now)
        names = [flow.name for flow in flows]
        if asked.objects is None or asked.objects:
            self._at(now)
            sweep = self._swept if asked.rare else None
            pull(self.road, self.road.cursors, names=names, there=asked.objects, sweep=sweep)
        if asked.rare:
            side.company()
        pulled = {**known.pulled, **dict.fromkeys(names, now.isoformat()), **again, **asked.marks(now, moved=False)}
        return replace(known, last_pull=now, pulled=pulled)

    def _read_again(self, side: QuickBooksOnline) -> None:
        pull(self.road, MemoryCursors())
        for flow in self.road.flows:
            links = self.road.links.find(flow.name, ours=list(self.road.ours.there(flow.kind)))
            linked = {link.theirs: None for link in links if link.theirs}
            if linked:
                side.there(flow.object, linked)

    def _at(self, now: datetime) -> None:
        self.far.control("POST", "clock", {"now": now.isoformat()})
        self.road.now = lambda: now

    def _swept(self, name: str) -> Tally:
        """As `sweeping` looks for what is linked, which here is made up: most of it is not there."""
        side = self.road.theirs
        assert isinstance(side, QuickBooksOnline)
        if name == "TimeActivity":
            side.there(name, dict.fromkeys(map(str, range(LINKED))))
        return Tally()

"""Fifty thousand entries into the books: how fast Intuit's limits let them, and whether any is there twice.

The sandbox keeps Intuit's limits by its own clock, which stands still but for what passes in the measure: each call
takes a third of a second, and whoever has to wait lets that time pass. One answer in ten is lost after the work was
done. A call that failed is sent again as the queue would do it: the same records, later.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from benchmarks import made_up
from benchmarks.calls import add_jobs, expect
from benchmarks.far_side import FarSide, far_sides
from benchmarks.report import Part, say
from benchmarks.road import MemoryRoad, initially_synced
from timebridge.changes import Change, Where, chunks
from timebridge.errors import RateLimited, Transient
from timebridge.flows import Flows
from timebridge.memory import MemorySide
from timebridge.providers.provider import load
from timebridge.providers.quickbooks_online.markers import marker_of
from timebridge.providers.quickbooks_online.pace import Pace, limits_of
from timebridge.providers.quickbooks_online.side import QuickBooksOnline
from timebridge.pull import BATCH
from timebridge.sync import Batch, sync_batch
from timebridge.tenants import Provider

ENTRIES, A_DAY, FIRST_DAY = 50_000, 200, date(2026, 1, 5)
LOST = 0.1
A_CALL = 0.3
"""Seconds that a call takes there."""

LATER = 5.0
"""Seconds until the queue hands a message out again after its first failure."""

CONNECTION = "con_1"
NEEDED = ("customer", "job", "employee", "item", "time_activity")
FLOW = "quickbooks_online.time_activity"


@dataclass
class Watch:
    """The sandbox's clock, and ours: both move only when told to."""

    far: FarSide
    now: float = 0.0
    waited: float = 0.0

    def sleep(self, seconds: float) -> None:
        self.waited += seconds
        self.passes(seconds)

    def passes(self, seconds: float) -> None:
        self.now += seconds
        self.far.control("POST", "clock", {"advance": seconds})

    def clock(self) -> float:
        return self.now


@dataclass
class Told:
    """How it went. `again`: how often a batch of changes came again."""

    again: Counter[str] = field(default_factory=Counter)
    posted: int = 0


def measured() -> Part:
    part = Part(f"Posting {ENTRIES:,} time entries, {LOST:.0%} of the answers lost")
    say(f"Posting {ENTRIES:,} entries to a company whose clock stands still between calls")
    with far_sides({}, made_up.quickbooks(30, 20, 8)) as sides:
        far = sides[Provider.QUICKBOOKS_ONLINE]
        add_jobs(far)
        road = connected(far)
        entries = list(entered(road, ENTRIES))
        watch, told = limited(far, road), Told()
        far.forget_calls()
        began, before = watch.now, charged(far)
        for some in chunks(entries, BATCH):
            send(road, some, watch, told)
        shown(part, far, watch, told, began, charged(far) - before)
    return part


def connected(far: FarSide) -> MemoryRoad:
    module = load(far.provider)
    names = {flow.name for flow in module.flows({})}
    off = names - {f"{far.provider}.{name}" for name in NEEDED}
    chosen = {"flows": {name: {"off": True} for name in off}}
    flows = Flows(flow.at(CONNECTION) for flow in module.flows(chosen))
    road = MemoryRoad(far.opened(flows), flows)
    expect(tally := initially_synced(road, module), tally.created_ours > 0)
    return road


def entered(road: MemoryRoad, count: int) -> Iterator[str]:
    """Approved hours as they are composed for the books: some hundred a day, of some people on some jobs."""
    ours: MemorySide = road.ours
    staff, jobs, codes = (list(ours.there(kind)) for kind in ("staff", "project", "labour_code"))
    for number in range(count):
        day = FIRST_DAY + timedelta(days=number // A_DAY)
        values: dict[str, Any] = {
            "name_of": "Employee",
            "employee": staff[number % len(staff)],
            "customer": f"quickbooks_online.job/{jobs[number % len(jobs)]}",
            "labour_code": codes[number % len(codes)],
            "work_date": day.isoformat(),
            "hours": Decimal(number % 31 + 1) / 4,
            "billable": number % 4 != 0,
            "rate": Decimal("120.00"),
            "notes": f"Work {number}",
            "status": "approved",
            "posted_to": CONNECTION,
        }
        yield ours.put("time_entry", values).id


def limited(far: FarSide, road: MemoryRoad) -> Watch:
    """From now on limits hold, answers get lost, and time passes only with calls and waits."""
    far.control("POST", "throttle", {"enabled": True})
    far.control("POST", "clock", {"freeze": True})
    far.control("POST", "faults", {"kind": "drop_after_commit", "rate": LOST, "match": {"path": "/batch"}})
    watch, side = Watch(far), road.theirs
    assert isinstance(side, QuickBooksOnline)
    calls, batches = limits_of({})
    side.client.pace = Pace(calls, watch.clock, watch.sleep)
    side.client.batch_pace = Pace(batches, watch.clock, watch.sleep)
    send = side.client.session.send

    def taking_time(request: Any, **more: Any) -> Any:
        watch.passes(A_CALL)
        return send(request, **more)

    side.client.session.send = taking_time  # type: ignore[method-assign]
    return watch


def send(road: MemoryRoad, ids: Any, watch: Watch, told: Told) -> None:
    """As the worker and its queue do: until it went through."""
    batch = Batch(road.flows[FLOW], [Change(Where.OURS, "time_entry", id) for id in ids])
    while True:
        try:
            tally = sync_batch(road, batch)
        except Transient as error:
            told.again[type(error).__name__] += 1
            watch.sleep(error.retry_after if isinstance(error, RateLimited) else LATER)
            continue
        expect(tally, tally.parked == 0)
        told.posted += len(ids)
        return


def charged(far: FarSide) -> int:
    found: int = far.control("GET", "meter")["coreplus"]
    return found


def shown(part: Part, far: FarSide, watch: Watch, told: Told, began: float, reads: int) -> None:
    routes = far.control("GET", "calls")["routes"]
    batches = sum(count for route, count in routes.items() if route.endswith("/batch"))
    refused = far.control("GET", "throttle")["refused"]
    copies = Counter(
        marker_of(row.get("Description")) for row in far.control("GET", f"companies/{far.realm}/TimeActivity")
    )
    seconds = watch.now - began
    part.add("entries in the books", len(copies), "entries", per=f"of {ENTRIES:,}")
    part.add("entries that are missing", ENTRIES - len(copies), "entries", 0)
    part.add("entries that are there twice", sum(count - 1 for count in copies.values()), "entries", 0)
    part.add("batch calls", batches, "calls", per=f"{ENTRIES / batches:.1f} entries a call, lost answers included")
    part.add("reads, which are charged", reads, "calls", per=f"after {told.again['Transient']} lost answers")
    part.add("calls that the sandbox refused", refused, "calls", 0)
    part.add("time at Intuit's limits", seconds / 60, "minutes", per=f"{ENTRIES / seconds:.1f} entries a second")
    part.add("of it behind lost answers", told.again.total() * LATER / 60, "minutes")

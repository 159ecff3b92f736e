"""Records per second on the road. CPU seconds are those of this process: the servers run in another one."""

from collections.abc import Sequence
from operator import attrgetter

import requests
from simple_salesforce.api import Salesforce as SimpleSalesforce

from benchmarks import made_up
from benchmarks.far_side import CHOSEN, FarSide, far_sides
from benchmarks.first_load import functions
from benchmarks.memory import memory
from benchmarks.report import Part, middle, say
from benchmarks.road import MemoryRoad, initially_synced, take_in
from benchmarks.timing import Spent, in_fresh_process, timed
from timebridge.changes import Change, Where, chunks
from timebridge.flows import Flows
from timebridge.providers.http import PlainAdapter
from timebridge.providers.provider import load
from timebridge.providers.salesforce.side import SalesforceSide
from timebridge.pull import BATCH
from timebridge.records import Record
from timebridge.runs import Tally
from timebridge.sync import Batch, sync_batch
from timebridge.tenants import Provider

RUNS = 3
LOADED = 100_000
CPU_GOAL = 7.0
ACCOUNTS, LARGE_ACCOUNTS = 2000, 20_000
POSTS = 10_000


def measured() -> Part:
    part = Part("Throughput")
    with far_sides(made_up.salesforce(ACCOUNTS, LOADED), {}) as sides:
        from_salesforce(part, sides[Provider.SALESFORCE])
    first_load(part)
    memory(part)
    functions(part)
    posts(part)
    return part


# --- from Salesforce -------------------------------------------------------------------------------------------------


def from_salesforce(part: Part, far: FarSide) -> None:
    """The same opportunities read only, and read, mapped, matched, merged, written into memory and linked."""
    say(f"{LOADED:,} opportunities: read by simple-salesforce, pulled, and loaded, {RUNS} times each")
    read, pulled, synced = (
        [in_fresh_process(work, far, LOADED) for _ in range(RUNS)] for work in (simply_read, simply_pulled, loaded)
    )
    add_rate(part, f"simple-salesforce reads {LOADED:,} records", LOADED, read)
    add_rate(part, "the road takes in the same records", LOADED, pulled, CPU_GOAL)
    for what, pick in (("CPU", attrgetter("cpu")), ("time", attrgetter("wall"))):
        ratio = middle([pick(mine) for mine in pulled]) / middle([pick(other) for other in read])
        part.add(f"{what} of the road to that of simple-salesforce", ratio, "times")
    add_rate(part, "initial sync of them by bulk export, from both sides", LOADED, synced)


def add_rate(part: Part, what: str, records: int, runs: Sequence[Spent], goal: float | None = None) -> None:
    cpu, wall = middle([run.cpu for run in runs]), middle([run.wall for run in runs])
    per = f"{records / cpu:,.0f} records/s of CPU, {records / wall:,.0f} by the clock"
    part.add(what, cpu, "CPU seconds", goal, per)


def simply_read(far: FarSide, size: int) -> Spent:
    side = salesforce_side(far)
    soql = f"SELECT {', '.join(side.columns['Opportunity'])} FROM Opportunity"  # noqa: S608 - names of our own flows
    with requests.Session() as session:
        session.auth = side.client.session.auth
        session.mount(side.client.origin, PlainAdapter())
        version = str(far.facts["api_version"])
        client = SimpleSalesforce(session_id="-", instance_url=far.url, version=version, session=session)
        client.headers.pop("Authorization", None)
        found: list[object] = []
        spent = timed(lambda: found.extend(client.query_all_iter(soql)))
    if len(found) != size:
        raise RuntimeError(f"simple-salesforce read {len(found)} of {size} records")
    return spent


def salesforce_side(far: FarSide) -> SalesforceSide:
    side = far.opened(Flows(load("salesforce").flows(CHOSEN[Provider.SALESFORCE])))
    assert isinstance(side, SalesforceSide)
    return side


def simply_pulled(far: FarSide, size: int) -> Spent:
    """The first pull of the opportunities of an org whose accounts are linked."""
    flows = Flows(load("salesforce").flows(CHOSEN[Provider.SALESFORCE]))
    road = MemoryRoad(far.opened(flows), flows)
    take_in(road, "Account")
    tally = Tally()
    spent = timed(lambda: tally.add(take_in(road, "Opportunity")))
    if tally.created_ours != size:
        raise RuntimeError(f"{tally.created_ours} of {size} projects were created")
    return spent


def first_load(part: Part) -> None:
    """A large org, as its tenant sees it on the first day."""
    say(f"Initial sync of {LARGE_ACCOUNTS:,} accounts and {LOADED:,} opportunities")
    with far_sides(made_up.salesforce(LARGE_ACCOUNTS, LOADED), {}) as sides:
        far = sides[Provider.SALESFORCE]
        far.forget_calls()
        spent = in_fresh_process(loaded, far, LOADED, LARGE_ACCOUNTS)
        calls = far.calls()
    records = LARGE_ACCOUNTS + LOADED
    what = f"initial sync of {LARGE_ACCOUNTS:,} accounts and {LOADED:,} opportunities"
    add_rate(part, what, records, [spent])
    part.add(what, calls, "calls", per=f"{calls * 1000 / records:.2f} per 1,000 records")


def loaded(far: FarSide, size: int, accounts: int = ACCOUNTS) -> Spent:
    flows = Flows(load("salesforce").flows(CHOSEN[Provider.SALESFORCE]))
    road = MemoryRoad(far.opened(flows), flows)
    tally = Tally()
    spent = timed(lambda: tally.add(initially_synced(road, load("salesforce"))))
    if tally.created_ours != size + accounts:
        raise RuntimeError(f"{tally.created_ours} of {size + accounts} records were created")
    return spent


# --- posting to QuickBooks -------------------------------------------------------------------------------------------


def posts(part: Part) -> None:
    """Approved hours into the books, with the pauses left out that Intuit's limits ask for."""
    say(f"Posting {POSTS:,} time entries")
    flows = Flows(load("quickbooks_online").flows(CHOSEN[Provider.QUICKBOOKS_ONLINE]))
    with far_sides({}, made_up.quickbooks(50, 20, 8)) as sides:
        far = sides[Provider.QUICKBOOKS_ONLINE]
        road = MemoryRoad(far.opened(flows), flows)
        initially_synced(road, load("quickbooks_online"))
        entries = approved_hours(road)
        far.forget_calls()
        spent = timed(lambda: post(road, entries))
        calls = far.calls()
    part.add(f"posting {POSTS:,} time entries", calls, "calls", per=f"{POSTS / calls:.1f} entries a call")
    per = f"{POSTS / spent.cpu:,.0f} entries/s of CPU, {POSTS / spent.wall:,.0f} by the clock"
    part.add(f"posting {POSTS:,} time entries", spent.cpu, "CPU seconds", per=per)


def approved_hours(road: MemoryRoad) -> list[Record]:
    client = next(iter(road.ours.there("client")))
    projects = [road.ours.put("project", {"name": f"Project {n}", "client": client}) for n in range(20)]
    sync_batch(road, Batch(road.flows["quickbooks_online.job"], [ours_changed("project", each) for each in projects]))
    staff, codes = (list(road.ours.there(kind)) for kind in ("staff", "labour_code"))
    entries = made_up.time_entries(POSTS, staff, [project.id for project in projects], codes)
    return [road.ours.put("time_entry", values) for values in entries]


def ours_changed(kind: str, record: Record) -> Change:
    return Change(Where.OURS, kind, record.id)


def post(road: MemoryRoad, entries: Sequence[Record]) -> None:
    flow = road.flows["quickbooks_online.time_activity"]
    batches = (Batch(flow, [ours_changed("time_entry", each) for each in some]) for some in chunks(entries, BATCH))
    created = sum(sync_batch(road, batch).created_theirs for batch in batches)
    if created != POSTS:
        raise RuntimeError(f"{created} of {POSTS} time entries were posted")

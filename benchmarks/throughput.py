"""Records per second on the road. CPU seconds are those of this process: the servers run in another one."""

import gc
import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from multiprocessing import get_context
from operator import attrgetter
from pathlib import Path

import requests
from simple_salesforce.api import Salesforce as SimpleSalesforce

from benchmarks import made_up
from benchmarks.far_side import FarSide, far_sides
from benchmarks.report import Part, middle, say
from benchmarks.road import MemoryRoad, initially_synced
from timebridge.changes import Change, Where, chunks
from timebridge.errors import Stale, SyncError
from timebridge.flows import Flows
from timebridge.links import Link
from timebridge.memory import MemoryLinks, MemorySide
from timebridge.providers.http import PlainAdapter
from timebridge.providers.provider import load
from timebridge.providers.salesforce.side import SalesforceSide, record_of
from timebridge.pull import BATCH, sync_page
from timebridge.records import Record
from timebridge.runs import Tally
from timebridge.sides import Create, Cursor, Page, Side, Write, Written
from timebridge.sync import Batch, sync_batch
from timebridge.tenants import Provider

RUNS = 3
LOADED = 100_000
SIZES = (25_000, 100_000)
CPU_GOAL = 7.0
ACCOUNTS = 2000
POSTS = 10_000
PAGE = 2000


@dataclass(frozen=True, slots=True)
class Spent:
    cpu: float
    wall: float
    peak: float = 0.0
    """Megabytes of memory that the process held at most."""


def timed(work: Callable[[], object]) -> Spent:
    gc.collect()
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return Spent(time.process_time() - cpu, time.perf_counter() - wall)


def measured() -> Part:
    part = Part("Throughput")
    with far_sides(made_up.salesforce(ACCOUNTS, LOADED), {}) as sides:
        from_salesforce(part, sides[Provider.SALESFORCE])
    memory(part)
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
    side = far.opened(Flows(load("salesforce").flows({})))
    assert isinstance(side, SalesforceSide)
    return side


def simply_pulled(far: FarSide, size: int) -> Spent:
    """The first pull of the opportunities of an org whose accounts are linked."""
    flows = Flows(load("salesforce").flows({}))
    road = MemoryRoad(far.opened(flows), flows)
    take_in(road, "Account")
    tally = Tally()
    spent = timed(lambda: tally.add(take_in(road, "Opportunity")))
    if tally.created_ours != size:
        raise RuntimeError(f"{tally.created_ours} of {size} projects were created")
    return spent


def take_in(road: MemoryRoad, name: str) -> Tally:
    tally = Tally()
    for page in road.theirs.changed({name: None}):
        tally.add(sync_page(road, Where.THEIRS, page))
    return tally


# --- memory ----------------------------------------------------------------------------------------------------------


@dataclass
class PagedOpportunities:
    """Theirs, made page by page while it is read, as an export is: nothing of it stays."""

    opportunities: int
    accounts: int
    batch_limit: int = 200

    def changed(self, _: Mapping[str, Cursor | None]) -> Iterator[Page]:
        for numbers in chunks(range(self.opportunities), PAGE):
            rows = [record_of(made_up.answered_opportunity(number, self.accounts)) for number in numbers]
            yield Page("Opportunity", rows, None)

    def read(self, name: str, keys: Sequence[str], by: str = "id") -> list[Record]:
        raise NotImplementedError(f"{name} by {by}: {len(keys)} keys were looked up one by one")

    def write(self, name: str, writes: Sequence[Write]) -> list[Written | SyncError]:
        raise NotImplementedError(f"{len(writes)} {name} were written")


@dataclass
class ForgetfulSide:
    """Ours, which takes everything and keeps nothing: what is left in memory is the road's own."""

    batch_limit: int = 200
    taken: int = 0

    def changed(self, _: Mapping[str, Cursor | None]) -> Iterator[Page]:
        return iter(())

    def read(self, _name: str, _keys: Sequence[str], by: str = "id") -> list[Record]:  # noqa: ARG002 (the protocol's)
        return []

    def write(self, _: str, writes: Sequence[Write]) -> list[Written | SyncError]:
        self.taken += len(writes)
        return [Written(write.record if isinstance(write, Create) else write.id, "1") for write in writes]


@dataclass
class ForgetfulLinks(MemoryLinks):
    """Keeps the links of the accounts, which the opportunities refer to, and of the opportunities under way."""

    forgets: str = "salesforce.opportunity"

    def save(self, links: Sequence[Link]) -> list[Link | Stale]:
        saved = super().save(links)
        if links and links[0].flow == self.forgets and all(link.base is not None for link in links):
            for store in (self.by_ours, self.by_theirs):
                store.get(self.forgets, {}).clear()
        return saved

    def due(self, _flow: str, _now: datetime) -> list[Link]:
        return []


def memory(part: Part) -> None:
    say(f"Peak memory at {' and '.join(f'{size:,}' for size in SIZES)} opportunities")
    for forgetful, where in ((True, "elsewhere"), (False, "in memory")):
        peaks = [in_fresh_process(carried, size, forgetful).peak for size in SIZES]
        grown = max(0.0, peaks[-1] - peaks[0]) * 1024 / (SIZES[-1] - SIZES[0])
        part.add(f"peak memory, {SIZES[-1]:,} records, store {where}", peaks[-1], "MB", per=f"{grown:.2f} KB more per record")


def in_fresh_process[**P](work: Callable[P, Spent], *args: P.args, **kwargs: P.kwargs) -> Spent:
    """So that neither the garbage nor the peak of one measurement shows in the next."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *args, **kwargs).result()


def loaded(far: FarSide, size: int) -> Spent:
    flows = Flows(load("salesforce").flows({}))
    road = MemoryRoad(far.opened(flows), flows)
    tally = Tally()
    spent = timed(lambda: tally.add(initially_synced(road, load("salesforce"))))
    if tally.created_ours != size + ACCOUNTS:
        raise RuntimeError(f"{tally.created_ours} of {size + ACCOUNTS} records were created")
    return spent


def carried(size: int, forgetful: bool) -> Spent:
    """Bring so many opportunities of linked accounts onto our side, without a wire."""
    flows = Flows(load("salesforce").flows({}))
    theirs: Side = PagedOpportunities(size, ACCOUNTS)
    ours, links = (ForgetfulSide(), ForgetfulLinks()) if forgetful else (MemorySide(keyed_ids=True), MemoryLinks())
    road = MemoryRoad(theirs, flows, ours, links)
    accounts = [record_of({**made_up.account(number), "IsDeleted": False}) for number in range(ACCOUNTS)]
    links.save([Link("salesforce.account", f"client_{n}", each.id, base={}) for n, each in enumerate(accounts)])
    tally = Tally()

    spent = timed(lambda: tally.add(take_in(road, "Opportunity")))
    if tally.created_ours != size:
        raise RuntimeError(f"{tally.created_ours} of {size} projects were created")
    return Spent(spent.cpu, spent.wall, peak_memory())


def peak_memory() -> float:
    """Of this process alone: what the kernel tells through getrusage would include the parent's before the exec."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024  # type: ignore[index]


# --- posting to QuickBooks -------------------------------------------------------------------------------------------


def posts(part: Part) -> None:
    """Approved hours into the books, with the pauses left out that Intuit's limits ask for."""
    say(f"Posting {POSTS:,} time entries")
    flows = Flows(load("quickbooks_online").flows({}))
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
    ids = [list(road.ours.there(kind)) for kind in ("staff", "project", "labour_code")]
    return [road.ours.put("time_entry", values) for values in made_up.time_entries(POSTS, *ids)]


def ours_changed(kind: str, record: Record) -> Change:
    return Change(Where.OURS, kind, record.id)


def post(road: MemoryRoad, entries: Sequence[Record]) -> None:
    flow = road.flows["quickbooks_online.time_activity"]
    batches = (Batch(flow, [ours_changed("time_entry", each) for each in some]) for some in chunks(entries, BATCH))
    created = sum(sync_batch(road, batch).created_theirs for batch in batches)
    if created != POSTS:
        raise RuntimeError(f"{created} of {POSTS} time entries were posted")

"""Peak memory of the road, with a store behind it that keeps everything, and with one that keeps nothing."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from benchmarks import made_up
from benchmarks.far_side import CHOSEN
from benchmarks.report import Part, say
from benchmarks.road import MemoryRoad, take_in
from benchmarks.timing import Spent, in_fresh_process, peak_memory, timed
from timebridge.changes import chunks
from timebridge.errors import Stale, SyncError
from timebridge.flows import Flows
from timebridge.links import Link
from timebridge.memory import MemoryLinks, MemorySide
from timebridge.providers.provider import load
from timebridge.providers.salesforce.side import record_of
from timebridge.records import Record
from timebridge.runs import Tally
from timebridge.sides import Create, Cursor, Page, Side, Write, Written
from timebridge.tenants import Provider

SIZES = (12_000, 60_000, 120_000)
ACCOUNTS = 2000
PAGE = 2000


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
        raise RuntimeError(f"{name} by {by}: {len(keys)} keys were looked up one by one")

    def similar(self, name: str, starts: Sequence[str], by: str) -> list[Record] | None:
        raise RuntimeError(f"{name} by {by}: {len(starts)} names were looked for")

    def write(self, name: str, writes: Sequence[Write]) -> list[Written | SyncError]:
        raise RuntimeError(f"{len(writes)} {name} were written")


@dataclass
class ForgetfulSide:
    """Ours, which takes everything and keeps nothing: what is left in memory is the road's own."""

    batch_limit: int = 200
    taken: int = 0

    def changed(self, _: Mapping[str, Cursor | None]) -> Iterator[Page]:
        return iter(())

    def read(self, _name: str, _keys: Sequence[str], by: str = "id") -> list[Record]:  # noqa: ARG002 (the protocol's)
        return []

    def similar(self, _name: str, _starts: Sequence[str], _by: str) -> list[Record] | None:
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
    say(f"Peak memory at {', '.join(f'{size:,}' for size in SIZES)} opportunities")
    for forgetful, where in ((True, "elsewhere"), (False, "in memory")):
        add_growth(
            part,
            f"a pull, store {where}",
            SIZES,
            [in_fresh_process(carried, size, forgetful) for size in SIZES],
        )


def add_growth(part: Part, what: str, sizes: Sequence[int], runs: Sequence[Spent]) -> None:
    """The peak at the largest size, and how it grew with the number of records."""
    grown = max(0.0, runs[-1].peak - runs[0].peak) * 1024 / (sizes[-1] - sizes[0])
    before = ", ".join(f"{run.peak:.0f} MB at {size:,}" for size, run in zip(sizes[:-1], runs[:-1], strict=True))
    per = f"{before}; {grown:.2f} KB more per record"
    part.add(f"peak memory, {sizes[-1]:,} records, {what}", runs[-1].peak, "MB", per=per)


def carried(size: int, forgetful: bool) -> Spent:
    """Bring so many opportunities of linked accounts onto our side, without a wire."""
    flows = Flows(load("salesforce").flows(CHOSEN[Provider.SALESFORCE]))
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

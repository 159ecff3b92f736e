"""Peak memory of each function that an initial sync runs in: what it exports and takes in is not kept in it."""

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import made_up
from benchmarks.far_side import CHOSEN, FarSide, far_sides
from benchmarks.memory import SIZES, ForgetfulLinks, ForgetfulSide, PagedOpportunities, add_growth
from benchmarks.report import Part, say
from benchmarks.road import MemoryExports, MemoryRoad, exported
from benchmarks.timing import Spent, in_fresh_process, peak_memory, timed
from timebridge import initial_sync
from timebridge.flows import Flows
from timebridge.links import Link
from timebridge.providers.provider import load
from timebridge.records import Record
from timebridge.runs import Tally
from timebridge.tenants import Provider

AN_ACCOUNT = 5
"""Opportunities for each account, as in the large org of the throughput."""


@dataclass
class FileExports(MemoryExports):
    """Parts in a folder, as they are in a bucket."""

    folder: str = ""

    def put_part(self, phase: str, number: int, records: Sequence[Record]) -> None:
        path = Path(self.folder, self.part_key(phase, number))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pickle.dumps(records))

    def part(self, key: str) -> list[Record] | None:
        found: list[Record] = pickle.loads(Path(self.folder, key).read_bytes())  # noqa: S301 - our own
        return found

    def left(self, phase: str = "") -> list[str]:
        paths = (path.relative_to(self.folder) for path in Path(self.folder).rglob("*") if path.is_file())
        return sorted(str(path) for path in paths if str(path).startswith(phase))


@dataclass
class LinksElsewhere(ForgetfulLinks):
    """`linked`: a flow whose records all have their link already, in a table that is not in our memory."""

    linked: str = ""

    def find(self, flow: str, *, ours: Sequence[str] = (), theirs: Sequence[str] = ()) -> list[Link]:
        if flow == self.linked:
            return [Link(flow, f"client_{id}", id, base={}) for id in theirs]
        return super().find(flow, ours=ours, theirs=theirs)


def functions(part: Part) -> None:
    say(f"Peak memory of the functions of an initial sync of {', '.join(f'{size:,}' for size in SIZES)} records")
    exports, parts = [], []
    for size in SIZES:
        accounts = size // (AN_ACCOUNT + 1)
        with far_sides(made_up.salesforce(accounts, size - accounts), {}) as sides, TemporaryDirectory() as folder:
            exports.append(in_fresh_process(exporting, sides[Provider.SALESFORCE], folder, size))
            parts.append(in_fresh_process(taking_in, folder, size))
    add_growth(part, "the function that exports", SIZES, exports)
    add_growth(part, "the function that takes parts in", SIZES, parts)


def exporting(far: FarSide, folder: str, size: int) -> Spent:
    """Every phase in one process; in the cloud a function ends long before."""
    flows = Flows(load("salesforce").flows(CHOSEN[Provider.SALESFORCE]))
    road = MemoryRoad(far.opened(flows), flows, ForgetfulSide(), ForgetfulLinks())
    exports, began = FileExports(folder=folder), datetime.now(UTC)
    for phase in initial_sync.phases(flows):
        exported(road, load("salesforce"), exports, phase, began)
    found = sum(part["count"] for parts in exports.manifests.values() for part in parts)
    if found != size:
        raise RuntimeError(f"{found} of {size} records were exported")
    return Spent(0, 0, peak_memory())


def taking_in(folder: str, size: int) -> Spent:
    flows = Flows(load("salesforce").flows(CHOSEN[Provider.SALESFORCE]))
    exports, tally = FileExports(folder=folder), Tally()

    def every_part() -> None:
        for phase in initial_sync.phases(flows):
            linked = "salesforce.account" if phase.name == "Opportunity" else ""
            links = LinksElsewhere(forgets=f"salesforce.{phase.name.lower()}", linked=linked)
            road = MemoryRoad(PagedOpportunities(0, 0), flows, ForgetfulSide(), links)
            for key in exports.left(phase.key):
                tally.add(initial_sync.sync_part(road, phase, exports.part(key) or []))

    spent = timed(every_part)
    if tally.created_ours != size:
        raise RuntimeError(f"{tally.created_ours} of {size} records were taken in")
    return Spent(spent.cpu, spent.wall, peak_memory())

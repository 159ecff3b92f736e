"""From a notice's receipt, or an edit in the workspace, until the other side shows it, on the local AWS."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from benchmarks.report import Part, middle, p95, say
from sandbox.aws.local import PROJECT
from sandbox.demo.connect import connect, follow
from sandbox.demo.stage import Stage

SAMPLES, WARM_UP = 40, 5
PATIENCE = 30.0
PAUSE = 0.01
QUIET = 0.3
"""Seconds without a message in the queue, so that one sample does not wait behind the echo of the one before."""

ACKNOWLEDGED = 3_000
"""Milliseconds after which Intuit sends a notice again."""

TWO_BATCHES_A_SECOND = 0.6
"""Seconds of quiet that keep the samples below Intuit's limit of batches, which the worker waits for."""


@dataclass(frozen=True, slots=True)
class Way:
    """`edit(number)` changes a record where the way begins; `tell`, if any, hands in the notice of it."""

    what: str
    edit: Callable[[int], object]
    there: Callable[[int], bool]
    tell: Callable[[], object] | None = None
    quiet: float = QUIET

    def sample(self, number: int) -> float:
        """Seconds from the notice being sent (or the edit being accepted) to the first look that shows it."""
        self.edit(number)
        began = time.perf_counter()
        if self.tell:
            self.tell()
        while not self.there(number):
            if time.perf_counter() - began > PATIENCE:
                raise TimeoutError(f"{self.what}: not there after {PATIENCE:.0f} s")
            time.sleep(PAUSE)
        return time.perf_counter() - began


def measured() -> Part:
    part = Part(f"Latency on the local AWS, {SAMPLES} samples each")
    with Stage(PROJECT / ".local" / "bench", say) as stage:
        salesforce, quickbooks = connected(stage)
        for way in (*salesforce_ways(stage, salesforce), *quickbooks_ways(stage, quickbooks)):
            say(way.what)
            seconds = list(sampled(stage, way))
            per = f"fastest {min(seconds) * 1000:.0f} ms, slowest {max(seconds) * 1000:.0f} ms"
            part.add(f"{way.what}, p50", middle(seconds) * 1000, "ms", per=per)
            part.add(f"{way.what}, p95", p95(seconds) * 1000, "ms")
        acknowledged(part, stage, quickbooks)
    return part


def acknowledged(part: Part, stage: Stage, connection: str) -> None:
    """Intuit wants its notices acknowledged within three seconds, whatever they set off."""
    say("Acknowledgement of QuickBooks' notices")
    _, customer = linked_client(stage, connection)
    taken = []
    for number in range(WARM_UP + SAMPLES):
        began = time.perf_counter()
        stage.repeat_notice_of_customer(customer)
        if number >= WARM_UP:
            taken.append(time.perf_counter() - began)
    part.add("QuickBooks webhook acknowledged, p50", middle(taken) * 1000, "ms")
    part.add("QuickBooks webhook acknowledged, p95", p95(taken) * 1000, "ms", ACKNOWLEDGED)


def connected(stage: Stage) -> tuple[str, str]:
    """Both connections, loaded. Neither provider sends notices of its own: the samples hand them in."""
    found = []
    wanted: list[tuple[str, dict[str, Any], dict[str, str]]] = [
        ("salesforce", {"presets": ["projects"]}, {}),
        ("quickbooks_online", {}, {"realm": stage.realm}),
    ]
    for provider, settings, choice in wanted:
        say(f"Initial sync of {provider}")
        connection, _ = connect(stage, provider, settings, **choice)
        follow(stage, connection, lambda *_: None)
        found.append(connection)
    return found[0], found[1]


def sampled(stage: Stage, way: Way) -> Iterator[float]:
    for number in range(WARM_UP + SAMPLES):
        wait_for_quiet(stage, way.quiet)
        seconds = way.sample(number)
        if number >= WARM_UP:
            yield seconds


def wait_for_quiet(stage: Stage, seconds: float) -> None:
    quiet_since = time.monotonic()
    while time.monotonic() - quiet_since < seconds:
        if stage.waiting():
            quiet_since = time.monotonic()
        time.sleep(seconds / 3)


def salesforce_ways(stage: Stage, connection: str) -> Iterator[Way]:
    """The amount of an opportunity is the budget of a project; QuickBooks has no part in it."""
    url = stage.admin.get(f"connections/{connection}")["webhook_url"]
    deal = next(deal for deal in stage.in_salesforce("Opportunity", StageName="Closed Won") if deal["AccountId"])
    project = stage.admin.named("projects", deal["Name"]) or {}

    def budget() -> Decimal:
        return Decimal(str(record(stage, "projects", project["id"])["values"]["budget"]))

    def amount() -> Any:
        return stage.in_salesforce("Opportunity", Id=deal["Id"])[0]["Amount"]

    yield Way(
        "Salesforce to workspace",
        lambda number: stage.seller("PATCH", f"Opportunity/{deal['Id']}", Amount=10_000 + number),
        lambda number: budget() == 10_000 + number,
        lambda: stage.repeat_notice_of_opportunity(url, deal["Id"]),
    )
    yield Way(
        "workspace to Salesforce",
        lambda number: edit(stage, "projects", project["id"], budget=f"{20_000 + number}.00"),
        lambda number: bool(amount() == 20_000 + number),
    )


def quickbooks_ways(stage: Stage, connection: str) -> Iterator[Way]:
    """The company name of a customer is the legal name of a client; Salesforce has no part in it."""
    client, customer = linked_client(stage, connection)

    def legal_name() -> Any:
        return record(stage, "clients", client)["values"]["legal_name"]

    def company_name() -> Any:
        return stage.in_quickbooks("Customer", Id=customer)[0].get("CompanyName")

    yield Way(
        "QuickBooks to workspace",
        lambda number: stage.bookkeeper("Customer", Id=customer, CompanyName=f"There {number} Ltd"),
        lambda number: bool(legal_name() == f"There {number} Ltd"),
        lambda: stage.repeat_notice_of_customer(customer),
    )
    yield Way(
        "workspace to QuickBooks",
        lambda number: edit(stage, "clients", client, legal_name=f"Here {number} Ltd"),
        lambda number: bool(company_name() == f"Here {number} Ltd"),
        quiet=TWO_BATCHES_A_SECOND,
    )


def linked_client(stage: Stage, connection: str) -> tuple[str, str]:
    """A client and the id of its customer."""
    for client in stage.admin.all("clients"):
        link = stage.admin.link(connection, "quickbooks_online.customer", client["id"])
        if link and link["theirs"]:
            return client["id"], link["theirs"]
    raise RuntimeError("No client is linked to a customer.")


def record(stage: Stage, kind: str, id: str) -> dict[str, Any]:
    found: dict[str, Any] = stage.admin.get(f"{kind}/{id}")
    return found


def edit(stage: Stage, kind: str, id: str, **values: Any) -> None:
    stage.admin.patch(kind, record(stage, kind, id), **values)

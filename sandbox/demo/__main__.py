"""`python -m sandbox.demo`: set the stage, connect, play the story, and say whether everything happened."""

import argparse
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from sandbox.aws.local import PROJECT
from sandbox.demo.connect import connect, follow
from sandbox.demo.stage import ADMIN, OPERATOR, PASSWORD, TENANT, Stage
from sandbox.demo.story import Step, Story

console = Console(highlight=False)


def main() -> None:
    parser = argparse.ArgumentParser(prog="sandbox.demo", description=__doc__)
    parser.add_argument("--stay", action="store_true", help="do not play the story; stay up until Ctrl-C")
    stay = parser.parse_args().stay
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is stopped
    began = time.monotonic()
    with Stage(PROJECT / ".local" / ("dev" if stay else "demo"), lambda text: console.print(f"• {text}")) as stage:
        salesforce = load(stage, "salesforce", "Salesforce", {"presets": ["projects"], "stages": ["Closed Won"]})
        quickbooks = load(stage, "quickbooks_online", "QuickBooks", {}, realm=stage.realm)
        stage.send_outbound_messages(stage.admin.get(f"connections/{salesforce}")["webhook_url"])
        stage.send_webhooks()
        if stay:
            show_addresses(stage)
            wait_for_the_end()
            return
        steps = [shown(step) for step in Story(stage, salesforce, quickbooks).play()]
        console.print(holdings(stage), calls(stage))
    failed = [step for step in steps if step.missing]
    console.print(f"{len(steps) - len(failed)} of {len(steps)} steps happened, in {time.monotonic() - began:.0f} s.")
    sys.exit(1 if failed else 0)


def load(stage: Stage, provider: str, name: str, settings: dict[str, Any], **choice: str) -> str:
    connection, said = connect(stage, provider, settings, **choice)
    console.print(f"• {name}: {said}")
    with bar(f"  initial sync of {name}") as update:
        run = follow(stage, connection, update)
    counts = run["counts"]
    made = f"{counts['created_ours']} created here, {counts['created_theirs']} there"
    console.print(f"  {counts['seen']} records seen, {made}, {counts['parked']} parked")
    return connection


@contextmanager
def bar(title: str) -> Iterator[Any]:
    columns = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn()
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(title, total=100)
        yield lambda percent, _: progress.update(task, completed=percent)
        progress.update(task, completed=100)


def shown(step: Step) -> Step:
    console.print(f"{'[red]✗' if step.missing else '[green]✓'}[/] {step.title}")
    for sign, seconds in step.seen.items():
        console.print(f"    {sign} after {seconds:.1f} s")
    for sign in step.missing:
        console.print(f"    [red]not seen: {sign}[/]")
    return step


def holdings(stage: Stage) -> Table:
    table = Table("", "workspace", "Salesforce", "QuickBooks", title="What each system holds now")
    for name, counts in stage.holdings().items():
        table.add_row(name, *("" if count is None else str(count) for count in counts))
    return table


def calls(stage: Stage) -> Table:
    table = Table("provider", "API calls", title="Calls since the start")
    for provider, count in stage.calls().items():
        table.add_row(provider, str(count))
    return table


def show_addresses(stage: Stage) -> None:
    """Plain lines, because whoever copies an address or a token needs all of it."""
    lines = {
        "console": f"{stage.url}/console",
        "admin API": f"{stage.url}/v1",
        "described at": f"{stage.url}/openapi.json",
        "Salesforce": stage.salesforce.url,
        "QuickBooks": stage.quickbooks.url,
        "AWS": f"{stage.aws.endpoint_url} (AWS_ENDPOINT_URL for make invoke)",
        "log in as": f"{ADMIN} (tenant {TENANT}) or {OPERATOR} (platform); password {PASSWORD}",
        "a token": f"of {ADMIN}, good for an hour:",
    }
    console.print("Everything is up. Ctrl-C ends it.", style="bold")
    for name, value in lines.items():
        console.print(f"  {name:<13} {value}", soft_wrap=True, markup=False)
    console.print(stage.token, soft_wrap=True, markup=False)
    example = f"curl -H \"authorization: Bearer $TOKEN\" '{stage.url}/v1/tenants/{TENANT}/projects'"
    console.print(f"  try           {example}", soft_wrap=True, markup=False)


def wait_for_the_end() -> None:
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        console.print("Stopping")


if __name__ == "__main__":
    main()

"""Runs of one connection, and what each part of a run did."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from pynamodb.exceptions import PutError

from timebridge.errors import Rejected, Stale
from timebridge.runs import Run, RunStatus, Tally, What
from timebridge.store.exact import instant
from timebridge.store.paging import start_key, token
from timebridge.store.tables import RunItem

KEPT = timedelta(days=90)

LOOKED_AT = 1_000
"""How many runs one page looks at, at most, for those that match."""

PAGE = 20
"""How many runs are read at once, at least: some of them may not match."""

EVER = "~"
"""Sorts behind every id of a run."""


class Runs:
    def __init__(self, tenant: str, connection: str) -> None:
        self._pk = f"{tenant}#{connection}"

    def start(
        self,
        kind: str,
        actor: str,
        total: Mapping[str, int] | None = None,
        kinds: Sequence[str] = (),
        status: RunStatus = RunStatus.RUNNING,
    ) -> Run:
        """`total`: how many records of each object there are, as far as it is known."""
        now = datetime.now(UTC)
        id = f"{_moment(now)}-{uuid4().hex[:8]}"
        run = Run(id, kind, status, now, actor, total=dict(total or {}), kinds=tuple(kinds))
        self._item(run).save(RunItem.sk.does_not_exist())
        return run

    def take_up(self, id: str) -> Run | None:
        """A run that waited in the queue runs now. None: it is over, or was never there."""
        run = self.get(id)
        if run is None or run.status.is_over:
            return None
        if run.status is RunStatus.WAITING:
            run = replace(run, status=RunStatus.RUNNING, reason=None)
            self._item(run).save(RunItem.sk.exists())
        return run

    def put_off(self, id: str, reason: str) -> None:
        """A run that could not go on now waits in the queue again, and says why."""
        run = self.get(id)
        if run is not None and run.status is RunStatus.RUNNING:
            self._item(replace(run, status=RunStatus.WAITING, reason=reason)).save(RunItem.sk.exists())

    def get(self, id: str) -> Run | None:
        """With its progress while it runs, and as it was at the end afterwards."""
        try:
            run = _run(RunItem.get(self._pk, f"run#{id}", consistent_read=True))
        except RunItem.DoesNotExist:
            return None
        if run.status.is_over:
            return run
        parts = self._parts(id)
        return replace(run, tally=_sum(parts) if parts else run.tally, progress=_progress(run, parts))

    def list(
        self,
        limit: int = 50,
        start: str | None = None,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        match: Callable[[Run], bool] = lambda _: True,
        before: str | None = None,
        among: int = LOOKED_AT,
    ) -> tuple[list[Run], str | None]:
        """The latest first, without the progress of those that are running; and where the next page starts.

        `since`, `until`: when they were started; `before`: only those with an earlier id. `among`: how many are looked
        at. A page may be short although more follow.
        """
        first, last = (_moment(since) if since else ""), (_moment(until) if until else EVER)
        last = min(last, before) if before else last
        found = RunItem.query(
            self._pk,
            RunItem.sk.between(f"run#{first}", f"run#{last}"),
            scan_index_forward=False,
            limit=among,
            page_size=min(max(limit, PAGE), among),
            last_evaluated_key=start_key(start, {"pk": self._pk}, ("sk",)),
        )
        runs: list[Run] = []
        for run in map(_run, found):
            if run.id != before and match(run):
                runs.append(run)
            if len(runs) == limit:
                break
        return runs, token(found.last_evaluated_key, ("sk",))

    def finish(
        self,
        id: str,
        status: RunStatus | str,
        tally: Tally | None = None,
        reason: str | None = None,
        outcome: Mapping[str, Any] | None = None,
    ) -> Run:
        """End a run. Without a tally it is the sum of its parts. A run that has ended already stays as it is."""
        run = self.get(id)
        if run is None:
            raise Rejected("There is no such run.", field="id", detail=id)
        if run.status.is_over:
            return run
        ended = replace(
            run,
            status=RunStatus(status),
            ended=datetime.now(UTC),
            tally=tally or run.tally,
            reason=reason,
            outcome=dict(outcome or run.outcome),
        )
        try:
            self._item(ended).save(RunItem.sk.exists())
        except PutError as error:
            raise Stale("The run is not there any more.", detail=id) from error
        return ended

    def part(self, id: str, object: str, part_id: str, tally: Tally, total: int | None = None) -> None:
        """Write down what one part of a run did. Told again, the last word counts: nothing is counted twice.

        `object` is empty where a part is of several. `total`: how many records of the object the whole run will see,
        if that is known by now.
        """
        data = {"object": object, "total": total, **_tally_data(tally)}
        RunItem(self._pk, f"part#{id}#{object}#{part_id}", data=data, expires=datetime.now(UTC) + KEPT).save()

    def done_before(self, id: str, object: str, part_id: str) -> Tally | None:
        """What a part did, when it was told before."""
        try:
            return _tally(RunItem.get(self._pk, f"part#{id}#{object}#{part_id}", consistent_read=True).data)
        except RunItem.DoesNotExist:
            return None

    def progress(self, id: str) -> dict[str, dict[str, float | None]]:
        """By object: total, seen, done (neither parked nor left), parked, rate in records per second, seconds_left."""
        run = self.get(id)
        return {name: dict(counts) for name, counts in run.progress.items()} if run else {}

    def keep(self, id: str, found: Mapping[str, Mapping[str, Any]]) -> None:
        """What a check found, by a name that is its own: told again, the last word counts."""
        expires = datetime.now(UTC) + KEPT
        with RunItem.batch_write() as batch:
            for name, data in found.items():
                batch.save(RunItem(self._pk, f"found#{id}#{name}", data=dict(data), expires=expires))

    def found(self, id: str, start: str | None = None, limit: int = 50) -> tuple[Sequence[dict[str, Any]], str | None]:
        """What `keep` was told, by name; and where the next page starts."""
        found = RunItem.query(
            self._pk,
            RunItem.sk.startswith(f"found#{id}#"),
            consistent_read=True,
            limit=limit,
            page_size=limit,
            last_evaluated_key=start_key(start, {"pk": self._pk}, ("sk",)),
        )
        return [item.data for item in found], token(found.last_evaluated_key, ("sk",))

    def _parts(self, id: str) -> Sequence[dict[str, Any]]:
        found = RunItem.query(self._pk, RunItem.sk.startswith(f"part#{id}#"), consistent_read=True)
        return [item.data for item in found]

    def _item(self, run: Run) -> RunItem:
        data = {
            "kind": run.kind,
            "status": run.status.value,
            "started": instant(run.started),
            "ended": instant(run.ended) if run.ended else None,
            "actor": run.actor,
            "total": dict(run.total),
            "progress": {name: dict(counts) for name, counts in run.progress.items()},
            "reason": run.reason,
            "kinds": list(run.kinds),
            "outcome": dict(run.outcome),
            **_tally_data(run.tally),
        }
        return RunItem(self._pk, f"run#{run.id}", data=data, expires=run.started + KEPT)


def _tally_data(tally: Tally) -> dict[str, Any]:
    records: dict[str, dict[str, int]] = {}
    for (what, flow), count in sorted(tally.records.items()):
        records.setdefault(what, {})[flow] = count
    return {"counts": tally.counts(), "problems": tally.problems, "records": records}


def _tally(data: Mapping[str, Any]) -> Tally:
    tally = Tally.from_counts(data["counts"])
    tally.problems = list(data["problems"])
    named = data.get("records", {})
    tally.records = Counter({(What(what), flow): n for what, flows in named.items() for flow, n in flows.items()})
    return tally


def _sum(parts: Iterable[Mapping[str, Any]]) -> Tally:
    tally = Tally()
    for part in parts:
        tally.add(_tally(part))
    return tally


def _run(item: RunItem) -> Run:
    data = item.data
    return Run(
        item.sk.removeprefix("run#"),
        data["kind"],
        RunStatus(data["status"]),
        datetime.fromisoformat(data["started"]),
        data["actor"],
        ended=datetime.fromisoformat(data["ended"]) if data["ended"] else None,
        tally=_tally(data),
        total=data["total"],
        progress=data["progress"],
        reason=data["reason"],
        kinds=tuple(data.get("kinds", ())),
        outcome=data.get("outcome", {}),
    )


def _moment(moment: datetime) -> str:
    """The beginning of a run's id: the order of ids is the order in which runs were started."""
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%S%f}"


def _progress(run: Run, parts: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, float | None]]:
    passed = max((datetime.now(UTC) - run.started).total_seconds(), 0.001)
    totals: dict[str, int | None] = dict(run.total)
    tallies: dict[str, Tally] = {name: Tally() for name in totals}
    for part in parts:
        if not part["object"]:
            continue
        tallies.setdefault(part["object"], Tally()).add(_tally(part))
        totals[part["object"]] = part["total"] or totals.get(part["object"])
    return {name: _counts(tally, totals.get(name), passed) for name, tally in tallies.items()}


def _counts(tally: Tally, total: int | None, passed: float) -> dict[str, float | None]:
    rate = round(tally.seen / passed, 1)
    left = None if total is None else max(total - tally.seen, 0)
    return {
        "total": total,
        "seen": tally.seen,
        "done": tally.seen - tally.parked,
        "parked": tally.parked,
        "rate": rate,
        "seconds_left": None if left is None else 0 if left == 0 else round(left / rate) if rate else None,
    }

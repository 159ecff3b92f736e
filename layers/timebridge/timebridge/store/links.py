"""Links on DynamoDB: unique on either id, saved only at the revision that was read."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, NamedTuple

from timebridge.changes import Where
from timebridge.errors import Stale
from timebridge.links import Birth, Conflict, Decision, Link, Problem, Question, State
from timebridge.records import Candidate
from timebridge.store import waiting
from timebridge.store.exact import instant
from timebridge.store.paging import start_key, token
from timebridge.store.problems import data_of, problem_of
from timebridge.store.solved import Solving, can_be_solved
from timebridge.store.tables import LinkItem
from timebridge.store.transactions import Step, commit, fitting

UNBORN = f"{State.PENDING}#unborn#"
PARKED, CONFLICT, DECIDED = f"{State.PARKED}#", "conflict#", "decided#"
QUESTION = f"{PARKED}question#"
"""Where links stand that wait for a person: parked ones never come due, as letters follow after figures."""

ASIDE = "aside#"
"""Where parked links stand that wait for nobody: not among those that are parked."""

REMEMBERED = 20_000
"""Of how many links an instance remembers what is stored, so that a save knows which pointer moves without a read."""


class _Stored(NamedTuple):
    revision: int = 0
    theirs: str | None = None
    counts: bool = False
    problem: Problem | None = None


type _Key = tuple[str, str]


class DynamoLinks:
    """The links of one connection. One instance serves one run; it is not shared between threads."""

    def __init__(self, tenant: str, connection: str, solving: Solving | None = None) -> None:
        self._prefix = f"{tenant}#{connection}"
        self._solving = solving or Solving(tenant, connection)
        self._stored: dict[_Key, _Stored] = {}
        self._marked: set[waiting.Mark] = set()

    def find(self, flow: str, *, ours: Sequence[str] = (), theirs: Sequence[str] = ()) -> list[Link]:
        found = {link.ours: link for link in self._get(flow, ours)}
        pointers = {
            item.sk.removeprefix("theirs#"): item.ours for item in self._items(flow, map("theirs#{}".format, theirs))
        }
        pointed = [pointers[id] or "" for id in theirs if id in pointers]
        more = self._get(flow, [id for id in pointed if id not in found])
        wanted = set(theirs)
        found |= {link.ours: link for link in more if link.theirs in wanted}
        return [found[id] for id in dict.fromkeys([*ours, *pointed]) if id in found]

    def save(self, links: Sequence[Link]) -> list[Link | Stale]:
        stored = self._known(links)
        wanted = [replace(link, revision=link.revision + 1) for link in links]
        first = {_key(link): index for index, link in reversed(list(enumerate(links)))}
        fresh = [
            index
            for index, link in enumerate(links)
            if first[_key(link)] == index and link.revision == stored[_key(link)].revision
        ]
        self._mark(wanted)
        groups = [self._steps(position, wanted[index], stored) for position, index in enumerate(fresh)]
        refused: set[int] = set()
        for positions in fitting(groups):
            refused |= commit(positions, lambda left: [step for position in left for step in groups[position]])
        saved = {index for position, index in enumerate(fresh) if position not in refused}
        self._count(stored, [wanted[index] for index in saved])
        self._solved(stored, [wanted[index] for index in saved])
        return [self._outcome(link, saved=index in saved) for index, link in enumerate(wanted)]

    def _outcome(self, link: Link, saved: bool) -> Link | Stale:
        if saved:
            return self._remember(link)
        self._stored.pop(_key(link), None)
        return Stale("The pair was changed by another run.", detail=f"link {link.ours}", flow=link.flow)

    def _known(self, links: Sequence[Link]) -> dict[_Key, _Stored]:
        """What is stored for each link: as remembered when it is of the link's revision, else read."""
        known = {_key(link): self._stored.get(_key(link), _Stored()) for link in links}
        unsure = [link for link in links if link.revision != known[_key(link)].revision]
        for flow in {link.flow for link in unsure}:
            for link in self._get(flow, [link.ours for link in unsure if link.flow == flow]):
                known[_key(link)] = self._stored[_key(link)]
        return known

    def _steps(self, owner: int, link: Link, stored: Mapping[_Key, _Stored]) -> list[Step]:
        """The link itself, and the pointers that come and go with it."""
        pk, before = self._pk(link.flow), stored[_key(link)]
        unmoved = LinkItem.revision == before.revision if before.revision else LinkItem.sk.does_not_exist()
        steps = [Step("put", _item(pk, link), (owner,), unmoved)]
        mine = LinkItem.sk.does_not_exist() | (LinkItem.ours == link.ours)
        if link.theirs != before.theirs:
            if link.theirs is not None:
                pointer = LinkItem(pk, f"theirs#{link.theirs}", ours=link.ours)
                steps.append(Step("put", pointer, (owner,), mine))
            if before.theirs is not None:
                steps.append(Step("delete", LinkItem(pk, f"theirs#{before.theirs}"), (owner,), mine))
        return steps

    def _mark(self, links: Sequence[Link]) -> None:
        """Before they are saved: what waits is counted only in flows that are marked."""
        news = {mark for link in links for mark in waiting.marks_of(link)} - self._marked
        waiting.mark(self._prefix, news)
        self._marked |= news

    def _count(self, stored: Mapping[_Key, _Stored], saved: Iterable[Link]) -> None:
        """Keep the flow's count. Outside the transaction, where all its writers would collide on it."""
        more: Counter[str] = Counter()
        for link in saved:
            more[link.flow] += _counts(link) - stored[_key(link)].counts
        for flow, change in more.items():
            if change:
                LinkItem(self._pk(flow), "count").update([LinkItem.live.add(change)])

    def _solved(self, stored: Mapping[_Key, _Stored], saved: Iterable[Link]) -> None:
        ended = [link for link in saved if link.state in (State.LIVE, State.TOMBSTONE)]
        if news := [(problem, link) for link in ended if (problem := stored[_key(link)].problem)]:
            self._solving.keep(news)

    def forget(self, links: Sequence[Link]) -> None:
        """Each by itself: what was forgotten before another run got in between stays forgotten."""
        for link in links:
            if commit([0], lambda _, link=link: self._undone(link)):  # type: ignore[misc]
                raise Stale("The pair was changed by another run.", detail=f"link {link.ours}", flow=link.flow)
            self._stored.pop(_key(link), None)
            if _counts(link):
                LinkItem(self._pk(link.flow), "count").update([LinkItem.live.add(-1)])

    def _undone(self, link: Link) -> list[Step]:
        pk = self._pk(link.flow)
        unmoved = LinkItem.revision == link.revision
        steps = [Step("delete", LinkItem(pk, f"link#{link.ours}"), (0,), unmoved)]
        if link.theirs is not None:
            steps.append(Step("delete", LinkItem(pk, f"theirs#{link.theirs}"), (0,), LinkItem.ours == link.ours))
        return steps

    def unborn(self, flow: str) -> list[Link]:
        pk = self._pk(flow)
        waiting = LinkItem.by_waiting.query(pk, LinkItem.waiting.startswith(UNBORN), consistent_read=True)
        return [self._remember(read_link(flow, item)) for item in waiting]

    def asking(self, flow: str) -> list[Link]:
        wanted = LinkItem.waiting.startswith(QUESTION)
        found = LinkItem.by_waiting.query(self._pk(flow), wanted, consistent_read=True)
        return [link for item in found if (link := read_link(flow, item)).is_stranger]

    def due(self, flow: str, now: datetime) -> list[Link]:
        until = LinkItem.waiting.between(f"{State.PARKED}#", f"{State.PARKED}#{instant(now)}~")
        waiting = LinkItem.by_waiting.query(self._pk(flow), until, consistent_read=True)
        return [self._remember(read_link(flow, item)) for item in waiting]

    def count(self, flow: str) -> int:
        [*found] = self._items(flow, ["count"])
        return max(int(found[0].live or 0), 0) if found else 0

    def counts(self, flows: Iterable[str]) -> dict[str, int]:
        """How many pairs each flow has, asked for together."""
        names = {self._pk(flow): flow for flow in flows}
        found = LinkItem.batch_get([(pk, "count") for pk in names]) if names else ()
        return {names[item.pk]: max(int(item.live or 0), 0) for item in found}

    def page(
        self, flow: str, state: State | None = None, start: str | None = None, limit: int = 50
    ) -> tuple[list[Link], str | None]:
        """One page of the flow's links, all or of one state, by our id or by when they are due; and the next start.

        What is set aside is not among the parked (see `waiting`). A page of live links may be shorter than the limit
        although more follow.
        """
        pk = self._pk(flow)
        waits = state not in (None, State.LIVE)
        names = ("sk", "waiting") if waits else ("sk",)
        key = start_key(start, {"pk": pk}, names)
        if waits:
            prefix = LinkItem.waiting.startswith(f"{state}#")
            found = LinkItem.by_waiting.query(pk, prefix, limit=limit, page_size=limit, last_evaluated_key=key)
        else:
            live = LinkItem.state == State.LIVE.value if state else None
            prefix = LinkItem.sk.startswith("link#")
            found = LinkItem.query(pk, prefix, live, limit=limit, page_size=limit, last_evaluated_key=key)
        links = [read_link(flow, item) for item in found]
        return links, token(found.last_evaluated_key, names)

    def waiting(self, flow: str, for_: str, start: str | None = None, limit: int = 50) -> tuple[list[Link], str | None]:
        """One page of the links that are PARKED, QUESTION, CONFLICT, DECIDED or ASIDE, and the next start."""
        pk, names = self._pk(flow), ("sk", "waiting")
        key = start_key(start, {"pk": pk}, names)
        wanted = LinkItem.waiting.startswith(for_)
        found = LinkItem.by_waiting.query(pk, wanted, limit=limit, page_size=limit, last_evaluated_key=key)
        return [read_link(flow, item) for item in found], token(found.last_evaluated_key, names)

    def count_waiting(self, flow: str) -> tuple[int, int, int]:
        """How many are parked, QUESTION and CONFLICT."""
        pk, parked = self._pk(flow), LinkItem.waiting.startswith(f"{State.PARKED}#")
        places = [str(each.waiting) for each in LinkItem.by_waiting.query(pk, parked, attributes_to_get=["waiting"])]
        asked = sum(place.startswith(QUESTION) for place in places)
        clashes = LinkItem.by_waiting.count(pk, LinkItem.waiting.startswith(CONFLICT))
        return len(places) - asked, asked, clashes

    def _pk(self, flow: str) -> str:
        return f"{self._prefix}#{flow}"

    def _items(self, flow: str, sort_keys: Iterable[str]) -> Iterable[LinkItem]:
        pk = self._pk(flow)
        keys = [(pk, sk) for sk in dict.fromkeys(sort_keys)]
        return LinkItem.batch_get(keys, consistent_read=True) if keys else ()

    def _get(self, flow: str, ours: Iterable[str]) -> list[Link]:
        items = self._items(flow, (f"link#{id}" for id in ours))
        return [self._remember(read_link(flow, item)) for item in items]

    def _remember(self, link: Link) -> Link:
        if len(self._stored) >= REMEMBERED:
            self._stored.clear()
        self._stored[_key(link)] = _Stored(link.revision, link.theirs, _counts(link), can_be_solved(link))
        return link


def _key(link: Link) -> _Key:
    return link.flow, link.ours


def _counts(link: Link) -> bool:
    return link.state is not State.TOMBSTONE


def _waiting(link: Link) -> str | None:
    """Where the link stands among those that are not simply live: its state, then what orders it there."""
    if link.unborn:
        return f"{UNBORN}{link.ours}"
    if link.state is State.LIVE:
        return f"{CONFLICT}{link.ours}" if link.conflicts else f"{DECIDED}{link.ours}" if link.decisions else None
    if link.question is not None and link.state is State.PARKED:
        return f"{QUESTION}{link.ours}"
    if link.is_aside:
        return f"{ASIDE}{link.ours}"
    due = link.problem.retry_at if link.problem else None
    order = instant(due) if due else "never" if link.state is State.PARKED else "ours"
    return f"{link.state}#{order}#{link.ours}"


def _item(pk: str, link: Link) -> LinkItem:
    return LinkItem(
        pk,
        f"link#{link.ours}",
        waiting=_waiting(link),
        ours=link.ours,
        theirs=link.theirs,
        state=link.state.value,
        base=link.base,
        theirs_version=link.theirs_version,
        birth=asdict(link.birth) if link.birth else None,
        conflicts=[asdict(conflict) for conflict in link.conflicts] or None,
        decisions=[_decision_data(decision) for decision in link.decisions] or None,
        question=asdict(link.question) if link.question else None,
        forced=link.forced or None,
        problem=data_of(link.problem) if link.problem else None,
        dying=link.dying.value if link.dying else None,
        kept=link.kept.value if link.kept else None,
        revision=link.revision,
    )


def _decision_data(decision: Decision) -> dict[str, Any]:
    return asdict(decision) | {"at": instant(decision.at) if decision.at else None}


def _decision(found: dict[str, Any]) -> Decision:
    taken, at = found["taken"], found["at"]
    moment = datetime.fromisoformat(at) if at else None
    return Decision(**found | {"taken": Where(taken) if taken else None, "at": moment})


def _question(found: dict[str, Any]) -> Question:
    candidates = (Candidate(**each | {"reasons": tuple(each["reasons"])}) for each in found["candidates"])
    return Question(Where(found["where"]), tuple(candidates), found["about"])


def read_link(flow: str, item: LinkItem) -> Link:
    return Link(
        flow,
        item.ours or "",
        item.theirs,
        State(item.state),
        base=item.base,
        theirs_version=item.theirs_version,
        birth=Birth(**item.birth) if item.birth else None,
        conflicts=tuple(Conflict(**conflict) for conflict in item.conflicts or ()),
        decisions=tuple(_decision(decision) for decision in item.decisions or ()),
        question=_question(item.question) if item.question else None,
        forced=bool(item.forced),
        problem=problem_of(item.problem) if item.problem else None,
        dying=Where(item.dying) if item.dying else None,
        kept=Where(item.kept) if item.kept else None,
        revision=int(item.revision or 0),
    )

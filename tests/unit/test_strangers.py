"""Strangers on the road, over two sides in memory: asked about, answered, followed when they are merged over there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise

import pytest

from timebridge.changes import Change, Where
from timebridge.errors import Rejected, Stale, SyncError, Undecided
from timebridge.flows import Confirm, Flow, Flows, ref
from timebridge.flows import field as line
from timebridge.links import Birth, Link, Question, State
from timebridge.memory import MemoryLinks, MemorySide
from timebridge.questions import answers
from timebridge.records import Candidate
from timebridge.runs import Tally
from timebridge.sides import Create, Write, Written
from timebridge.sync import Batch, Brake, sync_batch

ACCOUNTS = Flow(
    "account",
    "client",
    "Account",
    (line("name", "Name"), line("phone", "Phone")),
    match="name",
    confirm=Confirm.LIKELY,
    external="Ours",
    survivor="Into",
)
DEALS = Flow(
    "deal",
    "project",
    "Deal",
    (line("name", "Name"), ref("client", "Account", "account")),
    match="name",
    confirm=Confirm.LIKELY,
)


@dataclass
class Wary(MemorySide):
    """Takes two records with one phone number for doubles, unless a person wants both."""

    wary: bool = False

    def write(self, name: str, writes: Sequence[Write]) -> list[Written | SyncError]:
        return [self.doubted(name, write) or super(Wary, self).write(name, [write])[0] for write in writes]

    def doubted(self, name: str, write: Write) -> Undecided | None:
        if not self.wary or not isinstance(write, Create) or write.forced:
            return None
        found = [id for id, row in self.there(name).items() if row.values.get("Phone") == write.values.get("Phone")]
        candidates = [Candidate(id, None, 80, ("same phone there",)) for id in found]
        return Undecided("Is it new?", remedy="Say so.", candidates=candidates, theirs=True) if found else None


@dataclass
class Desk:
    flows: Flows = field(default_factory=lambda: Flows([ACCOUNTS, DEALS]))
    time: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    links: MemoryLinks = field(default_factory=MemoryLinks)
    brake: Brake = field(default_factory=Brake)
    merged: list[tuple[str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        ids = count(1)
        self.now: Callable[[], datetime] = lambda: self.time
        self.ours = MemorySide("o", keyed_ids=True, now=self.now)
        self.theirs = Wary("t", now=self.now)
        self.new_id: Callable[[str], str] = lambda kind: f"{kind}-{next(ids)}"

    def merge_ours(self, kind: str, loser: str, survivor: str) -> None:
        self.merged.append((kind, loser, survivor))
        self.ours.remove(kind, loser)

    def sync(self, flow: Flow, *changes: tuple[Where, str]) -> Tally:
        names = {Where.OURS: flow.kind, Where.THEIRS: flow.object}
        return self.take(flow, [Change(where, names[where], id) for where, id in changes])

    def take(self, flow: Flow, changes: Sequence[Change]) -> Tally:
        return sync_batch(self, Batch(self.flows[flow.name], changes))

    def client(self, name: str, id: str, **values: str) -> None:
        self.ours.put("client", {"name": name, **values}, id)

    def account(self, name: str, **values: str) -> str:
        return self.theirs.put("Account", {"Name": name, **values}).id

    def link_of_theirs(self, id: str) -> Link:
        [link] = self.links.find("account", theirs=[id])
        return link

    def link_of_ours(self, id: str) -> Link:
        [link] = self.links.find("account", ours=[id])
        return link


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_likely_stranger_waits_and_is_not_tried_again_by_itself(desk: Desk) -> None:
    desk.client("Northwind Traders", "c1")
    account = desk.account("Northwind Tradres")

    tally = desk.sync(ACCOUNTS, (Where.THEIRS, account))

    link = desk.link_of_theirs(account)
    assert (tally.parked, list(desk.ours.there("client"))) == (1, ["c1"])
    assert (link.state, link.is_stranger) == (State.PARKED, True)
    assert link.question == Question(
        Where.OURS, (Candidate("c1", "Northwind Traders", 90, ("nearly the same name",)),), "Northwind Tradres"
    )
    assert link.problem is not None
    assert (link.problem.cause, link.problem.retry_at) == ("Undecided", None)
    saves = desk.links.saves
    desk.sync(ACCOUNTS, (Where.THEIRS, account))
    assert desk.links.saves == saves


def test_a_question_whose_candidates_are_gone_answers_itself(desk: Desk) -> None:
    desk.client("Northwind Traders", "c1")
    account = desk.account("Northwind Tradres")
    desk.sync(ACCOUNTS, (Where.THEIRS, account))
    desk.ours.remove("client", "c1")

    desk.sync(ACCOUNTS, (Where.THEIRS, account))

    assert desk.link_of_theirs(account).state is State.LIVE
    assert [each.values["name"] for each in desk.ours.there("client").values()] == ["Northwind Tradres"]


def test_a_stranger_that_is_renamed_finds_its_counterpart_by_itself(desk: Desk) -> None:
    desk.client("Northwind Traders", "c1")
    account = desk.account("Northwind Tradres")
    desk.sync(ACCOUNTS, (Where.THEIRS, account))
    waited = desk.link_of_theirs(account).ours
    desk.theirs.put("Account", {"Name": "Northwind Traders"}, account)

    desk.sync(ACCOUNTS, (Where.THEIRS, account))

    assert desk.link_of_theirs(account).ours == "c1"
    assert desk.links.find("account", ours=[waited]) == []


def test_a_stranger_that_is_deleted_while_somebody_is_asked_is_buried(desk: Desk) -> None:
    desk.client("Northwind Traders", "c1")
    account = desk.account("Northwind Tradres")
    desk.sync(ACCOUNTS, (Where.THEIRS, account))
    desk.theirs.remove("Account", account)

    desk.sync(ACCOUNTS, (Where.THEIRS, account))

    assert desk.link_of_theirs(account).state is State.TOMBSTONE
    assert list(desk.ours.there("client")) == ["c1"]


def test_ours_waits_while_somebody_is_asked_about_theirs_and_follows_the_answer(desk: Desk) -> None:
    desk.client("Northwind Traders", "c1")
    account = desk.account("Northwind Tradres")
    desk.sync(ACCOUNTS, (Where.THEIRS, account), (Where.OURS, "c1"))

    waiting = desk.link_of_ours("c1")
    assert (waiting.state, waiting.question, len(desk.theirs.there("Account"))) == (State.PARKED, None, 1)
    changes = answers.create(desk.links, ACCOUNTS, desk.link_of_theirs(account), desk.time)
    desk.take(ACCOUNTS, changes)

    assert {link.state for link in desk.links.find("account", ours=list(desk.ours.there("client")))} == {State.LIVE}
    assert len(desk.ours.there("client")) == len(desk.theirs.there("Account")) == 2


def test_ours_that_is_like_a_stranger_of_theirs_asks_before_it_creates(desk: Desk) -> None:
    desk.client("Northwind Traders", "c1")
    account = desk.account("Northwind Tradres")

    desk.sync(ACCOUNTS, (Where.OURS, "c1"))

    question = desk.link_of_ours("c1").question
    assert question is not None
    assert (question.where, question.candidates[0].id, question.about) == (Where.THEIRS, account, "Northwind Traders")
    desk.take(ACCOUNTS, answers.link(desk.links, ACCOUNTS, "c1", account, desk.time))
    assert (desk.link_of_ours("c1").theirs, len(desk.theirs.there("Account"))) == (account, 1)


def test_never_is_kept_until_the_two_are_linked_by_hand(desk: Desk) -> None:
    desk.client("Northwind Traders", "c1")
    account = desk.account("Northwind Tradres")
    desk.sync(ACCOUNTS, (Where.OURS, "c1"))
    answers.never(desk.links, ACCOUNTS, desk.link_of_ours("c1"))

    desk.sync(ACCOUNTS, (Where.OURS, "c1"))
    exact = desk.account("Northwind Traders")
    desk.sync(ACCOUNTS, (Where.THEIRS, exact))

    assert desk.link_of_ours("c1").state is State.TOMBSTONE
    assert desk.link_of_theirs(exact).ours != "c1"
    desk.take(ACCOUNTS, answers.link(desk.links, ACCOUNTS, "c1", account, desk.time))
    assert desk.link_of_ours("c1").state is State.LIVE


def test_linking_what_is_linked_already_changes_nothing_and_what_is_taken_is_refused(desk: Desk) -> None:
    desk.client("Acme", "c1")
    desk.client("Beta", "c2")
    acme, beta = desk.account("Acme"), desk.account("Beta")
    desk.sync(ACCOUNTS, (Where.THEIRS, acme), (Where.THEIRS, beta))
    before = desk.links.saves

    answers.link(desk.links, ACCOUNTS, "c1", acme, desk.time)

    assert desk.links.saves == before
    for ours, theirs, at in (("c1", beta, "ours"), ("c9", beta, "theirs")):
        with pytest.raises(Rejected) as caught:
            answers.link(desk.links, ACCOUNTS, ours, theirs, desk.time)
        assert caught.value.field == at


def test_an_answer_to_what_somebody_else_changed_is_stale(desk: Desk) -> None:
    desk.client("Northwind Traders", "c1")
    account = desk.account("Northwind Tradres")
    desk.sync(ACCOUNTS, (Where.THEIRS, account))
    old = desk.link_of_theirs(account)
    answers.create(desk.links, ACCOUNTS, old, desk.time)

    with pytest.raises(Stale):
        answers.never(desk.links, ACCOUNTS, old)
    with pytest.raises(Stale):
        desk.links.forget([old])


def test_the_id_it_holds_counts_more_than_any_name(desk: Desk) -> None:
    desk.client("Acme", "c1")
    namesake, marked = desk.account("Acme"), desk.account("Quite another", Ours="c1")

    desk.sync(ACCOUNTS, (Where.THEIRS, namesake))
    desk.sync(ACCOUNTS, (Where.THEIRS, marked))

    assert desk.link_of_theirs(marked).ours == "c1"
    assert desk.link_of_theirs(namesake).ours != "c1"


def test_what_holds_the_id_of_another_record_is_no_candidate(desk: Desk) -> None:
    desk.client("Acme", "c1")
    desk.client("Beta", "c2")
    desk.account("Acme", Ours="c2")

    desk.sync(ACCOUNTS, (Where.OURS, "c1"))

    assert len(desk.theirs.there("Account")) == 2


def test_children_match_within_their_parents_only(desk: Desk) -> None:
    for client in ("Acme", "Beta"):
        desk.client(client, client)
    acme, beta = desk.account("Acme"), desk.account("Beta")
    desk.sync(ACCOUNTS, (Where.THEIRS, acme), (Where.THEIRS, beta))
    desk.ours.put("project", {"name": "Website", "client": "Acme"}, "p1")
    deal = desk.theirs.put("Deal", {"Name": "Website", "Account": beta}).id

    desk.sync(DEALS, (Where.THEIRS, deal))

    [link] = desk.links.find("deal", theirs=[deal])
    assert link.ours != "p1"
    assert desk.ours.there("project")[link.ours].values["client"] == "Beta"


# --- what the other side takes for a double --------------------------------------------------------------------------


def test_candidates_known_by_id_alone_are_introduced(desk: Desk) -> None:
    desk.theirs.wary = True
    account = desk.account("Gable Architects", Phone="1")
    desk.client("Studio G", "c1", phone="1")

    desk.sync(ACCOUNTS, (Where.OURS, "c1"))

    question = desk.link_of_ours("c1").question
    assert question is not None
    assert question == Question(
        Where.THEIRS, (Candidate(account, "Gable Architects", 80, ("same phone there",)),), "Studio G"
    )


def test_what_a_person_wants_twice_is_forced_also_when_its_answer_is_lost(desk: Desk) -> None:
    desk.theirs.wary = True
    desk.account("Gable Architects", Phone="1")
    desk.client("Studio G", "c1", phone="1")
    desk.sync(ACCOUNTS, (Where.OURS, "c1"))

    changes = answers.create(desk.links, ACCOUNTS, desk.link_of_ours("c1"), desk.time)
    [reserved] = [
        saved
        for saved in desk.links.save(
            [desk.link_of_ours("c1").reserved(Birth({"name": "Studio G"}, "r", "1", {}, True))]
        )
        if isinstance(saved, Link)
    ]
    assert reserved.unborn
    desk.take(ACCOUNTS, changes)

    assert desk.link_of_ours("c1").state is State.LIVE
    assert len(desk.theirs.there("Account")) == 2


def test_a_name_that_is_taken_is_looked_up_where_the_side_does_not_say_by_whom(desk: Desk) -> None:
    desk.client("Studio G", "c1")
    desk.sync(ACCOUNTS, (Where.OURS, "c1"))
    [account] = desk.theirs.there("Account")
    taken = Undecided("The name is taken.", remedy="Say by whom.", candidates=(), theirs=True)
    desk.theirs.doubted = lambda _name, write: taken if isinstance(write, Create) else None  # type: ignore[method-assign]
    desk.client("studio g", "c2")
    desk.client("", "c3")

    desk.sync(ACCOUNTS, (Where.OURS, "c2"))

    question = desk.link_of_ours("c2").question
    assert question is not None
    assert [(each.id, each.name, each.score) for each in question.candidates] == [(account, "Studio G", 100)]


# --- merged over there -----------------------------------------------------------------------------------------------


def merged(desk: Desk, loser: str, survivor: str) -> None:
    desk.theirs.put("Account", {**desk.theirs.there("Account")[loser].values, "Into": survivor}, loser)
    desk.theirs.remove("Account", loser)


def test_a_link_follows_a_merge_to_a_survivor_nobody_knew(desk: Desk) -> None:
    loser, survivor = desk.account("Acme", Phone="1"), desk.account("Acme Ltd", Phone="2")
    desk.sync(ACCOUNTS, (Where.THEIRS, loser))
    [client] = desk.ours.there("client")
    merged(desk, loser, survivor)

    desk.sync(ACCOUNTS, (Where.THEIRS, loser))

    assert desk.link_of_ours(client).theirs == survivor
    assert desk.ours.there("client")[client].values == {"name": "Acme Ltd", "phone": "2"}
    assert desk.merged == []


def test_a_survivor_about_which_somebody_is_asked_is_what_the_merge_says(desk: Desk) -> None:
    loser = desk.account("Acme")
    desk.sync(ACCOUNTS, (Where.THEIRS, loser))
    [client] = desk.ours.there("client")
    desk.client("Northwind Traders", "c1")
    survivor = desk.account("Northwind Tradres")
    desk.sync(ACCOUNTS, (Where.THEIRS, survivor))
    merged(desk, loser, survivor)

    desk.sync(ACCOUNTS, (Where.THEIRS, loser))

    assert desk.link_of_theirs(survivor).ours == client


def test_two_linked_records_that_are_merged_there_become_one_here(desk: Desk) -> None:
    loser, survivor = desk.account("Acme"), desk.account("Beta")
    desk.sync(ACCOUNTS, (Where.THEIRS, loser), (Where.THEIRS, survivor))
    mine = desk.link_of_theirs(loser).ours, desk.link_of_theirs(survivor).ours
    merged(desk, loser, survivor)
    desk.time += timedelta(hours=1)

    desk.sync(ACCOUNTS, (Where.THEIRS, loser))
    desk.sync(ACCOUNTS, (Where.THEIRS, loser))

    assert desk.merged == [("client", *mine)]
    assert desk.link_of_ours(mine[0]).state is State.TOMBSTONE
    assert desk.link_of_theirs(survivor).ours == mine[1]


def test_a_side_that_cannot_search_is_asked_for_exact_names(desk: Desk) -> None:
    desk.ours.similar = lambda _name, _starts, _by: None  # type: ignore[method-assign]
    desk.client("Northwind Traders", "c1")
    desk.client("Acme", "c2")
    likely, exact = desk.account("Northwind Tradres"), desk.account("ACME")

    desk.sync(ACCOUNTS, (Where.THEIRS, likely), (Where.THEIRS, exact))

    assert desk.link_of_theirs(exact).ours == "c2"
    assert len(desk.ours.there("client")) == 3


def test_asking_can_be_switched_off(desk: Desk) -> None:
    desk.flows = Flows([replace(ACCOUNTS, confirm=Confirm.NEVER), DEALS])
    desk.client("Acme", "c1")
    desk.client("Acme", "c2")
    account = desk.account("Acme")

    desk.sync(ACCOUNTS, (Where.THEIRS, account))

    assert desk.link_of_theirs(account).ours in ("c1", "c2")


def test_a_link_follows_a_chain_of_merges_to_its_end(desk: Desk) -> None:
    chain = [desk.account(f"Acme {number}") for number in range(7)]
    desk.sync(ACCOUNTS, (Where.THEIRS, chain[0]))
    [client] = desk.ours.there("client")
    for loser, survivor in pairwise(chain):
        merged(desk, loser, survivor)

    desk.sync(ACCOUNTS, (Where.THEIRS, chain[0]))

    assert desk.link_of_ours(client).theirs == chain[-1]
    assert len(desk.ours.there("client")) == 1


def test_a_stranger_that_is_merged_into_a_record_with_a_counterpart_asks_no_more(desk: Desk) -> None:
    desk.client("Northwind Traders", "c1")
    known, stranger = desk.account("Umbrella"), desk.account("Northwind Tradres")
    desk.sync(ACCOUNTS, (Where.THEIRS, known), (Where.THEIRS, stranger))
    merged(desk, stranger, known)

    desk.sync(ACCOUNTS, (Where.THEIRS, stranger))

    assert desk.links.find("account", theirs=[stranger]) == []
    assert desk.link_of_theirs(known).state is State.LIVE
    assert (desk.merged, "c1" in desk.ours.there("client")) == ([], True)


def test_strangers_that_were_merged_one_into_the_next_follow_to_the_last(desk: Desk) -> None:
    desk.client("Northwind Traders", "c1")
    known, *strangers = (desk.account(name) for name in ("Umbrella", "Northwind Tradres", "Northwind Tradesr"))
    desk.sync(ACCOUNTS, *((Where.THEIRS, id) for id in (known, *strangers)))
    assert all(desk.link_of_theirs(id).is_stranger for id in strangers)
    merged(desk, strangers[0], strangers[1])
    merged(desk, strangers[1], known)

    desk.sync(ACCOUNTS, *((Where.THEIRS, id) for id in strangers))

    assert desk.links.find("account", theirs=strangers) == []
    assert desk.link_of_theirs(known).state is State.LIVE
    assert (desk.merged, len(desk.ours.there("client"))) == ([], 2)

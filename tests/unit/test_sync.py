"""The road over two sides in memory: what it reads, writes and writes down."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from timebridge.attempts import Attempt, Step
from timebridge.changes import Change, Where
from timebridge.errors import MassDelete, RateLimited, Rejected, Stale, SyncError
from timebridge.flows import Direction, Flow, Flows, Winner, one_of, ref
from timebridge.flows import field as line
from timebridge.links import Birth, Link, State
from timebridge.memory import MemoryCursors, MemoryLinks, MemorySide
from timebridge.pull import OVERLAP, pull
from timebridge.records import Values
from timebridge.runs import Tally
from timebridge.sides import Create, Cursor, Write, Written
from timebridge.sync import Batch, Brake, sync_batch

ACCOUNTS = Flow("account", "client", "Account", (line("name", "Name"), line("phone", "Phone")), match="name")
OPPORTUNITIES = Flow(
    "opportunity",
    "project",
    "Opportunity",
    (line("name", "Name"), line("budget", "Amount"), ref("client", "AccountId", "account")),
    when_theirs=one_of("StageName", "Closed Won"),
    create_theirs=False,
)


class Picky(MemorySide):
    """Refuses records by name, and can be out of order as a whole."""

    refuses: str | None = None
    down: SyncError | None = None

    def write(self, name: str, writes: Sequence[Write]) -> list[Written | SyncError]:
        if self.down:
            raise self.down
        refusals = [self.refused(write) for write in writes]
        done = iter(super().write(name, [w for w, refusal in zip(writes, refusals, strict=True) if not refusal]))
        return [refusal or next(done) for refusal in refusals]

    def refused(self, write: Write) -> SyncError | None:
        if self.refuses is not None and self.refuses in getattr(write, "values", {}).values():
            return Rejected("That name is not allowed.", remedy="Choose another one.", field="name")
        return None


@dataclass
class Desk:
    """A road in memory, and somebody who watches it."""

    flows: Flows = field(default_factory=lambda: Flows([ACCOUNTS, OPPORTUNITIES]))
    time: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    links: MemoryLinks = field(default_factory=MemoryLinks)
    cursors: MemoryCursors = field(default_factory=MemoryCursors)
    brake: Brake = field(default_factory=Brake)

    def __post_init__(self) -> None:
        ids = count(1)
        self.now: Callable[[], datetime] = lambda: self.time
        self.ours: Picky = Picky("o", keyed_ids=True, now=self.now)
        self.theirs: Picky = Picky("t", now=self.now)
        self.new_id: Callable[[str], str] = lambda kind: f"{kind}-{next(ids)}"

    def sync(self, flow: Flow, *changes: tuple[Where, str]) -> Tally:
        names = {Where.OURS: flow.kind, Where.THEIRS: flow.object}
        return sync_batch(self, Batch(flow, [Change(where, names[where], id) for where, id in changes]))

    def pull(self) -> Tally:
        return pull(self, self.cursors)

    def link(self, flow: str, ours: str) -> Link:
        [link] = self.links.find(flow, ours=[ours])
        return link

    def calls(self) -> dict[str, int]:
        """Calls to their side since the last question."""
        calls, self.theirs.calls = self.theirs.calls, {}
        return calls


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_stranger_of_theirs_becomes_a_record_of_ours(desk: Desk) -> None:
    account = desk.theirs.put("Account", {"Name": "Acme", "Phone": "1"})

    tally = desk.sync(ACCOUNTS, (Where.THEIRS, account.id))

    [client] = desk.ours.there("client").values()
    assert client.values == {"name": "Acme", "phone": "1"}
    assert desk.link("account", client.id).theirs == account.id
    assert (tally.created_ours, tally.written) == (1, 1)


def test_the_same_notice_again_writes_nothing(desk: Desk) -> None:
    account = desk.theirs.put("Account", {"Name": "Acme"})
    desk.sync(ACCOUNTS, (Where.THEIRS, account.id))
    before = desk.links.saves, desk.ours.writes

    tally = desk.sync(ACCOUNTS, *[(Where.THEIRS, account.id)] * 5)

    assert (desk.links.saves, desk.ours.writes) == before
    assert (tally.seen, tally.unchanged) == (1, 1)


def test_an_ordinary_edit_of_ours_reads_nothing_over_there(desk: Desk) -> None:
    desk.ours.put("client", {"name": "Acme"}, "c1")
    desk.sync(ACCOUNTS, (Where.OURS, "c1"))
    desk.ours.put("client", {"name": "Acme Ltd"}, "c1")
    desk.calls()

    desk.sync(ACCOUNTS, (Where.OURS, "c1"))

    assert desk.calls() == {"write": 1}
    assert [record.values["Name"] for record in desk.theirs.there("Account").values()] == ["Acme Ltd"]


def test_a_field_added_to_a_flow_does_not_overwrite_what_was_never_seen(desk: Desk) -> None:
    desk.ours.put("client", {"name": "Acme"}, "c1")
    desk.sync(ACCOUNTS, (Where.OURS, "c1"))
    theirs = desk.link("account", "c1").theirs or ""
    known = desk.theirs.there("Account")[theirs]
    desk.theirs.records["Account"][theirs] = replace(known, values={**known.values, "Fax": "555"})
    wider = replace(ACCOUNTS, fields=(*ACCOUNTS.fields, line("fax", "Fax")))
    desk.ours.put("client", {"name": "Acme Ltd", "fax": "111"}, "c1")

    desk.sync(wider, (Where.OURS, "c1"))

    assert desk.theirs.there("Account")[theirs].values == {"Name": "Acme Ltd", "Phone": None, "Fax": "555"}
    assert desk.ours.there("client")["c1"].values["fax"] == "555"


def test_an_edit_that_meets_a_newer_version_is_decided_afresh(desk: Desk) -> None:
    desk.ours.put("client", {"name": "Acme", "phone": "1"}, "c1")
    desk.sync(ACCOUNTS, (Where.OURS, "c1"))
    theirs = desk.link("account", "c1").theirs or ""
    desk.theirs.put("Account", {"Name": "Acme", "Phone": "2"}, theirs)
    desk.ours.put("client", {"name": "Acme Ltd", "phone": "1"}, "c1")

    tally = desk.sync(ACCOUNTS, (Where.OURS, "c1"))

    assert desk.ours.there("client")["c1"].values == {"name": "Acme Ltd", "phone": "2"}
    assert desk.theirs.there("Account")[theirs].values == {"Name": "Acme Ltd", "Phone": "2"}
    assert (tally.updated_ours, tally.updated_theirs) == (1, 1)


def test_two_hundred_records_are_one_read_and_one_write(desk: Desk) -> None:
    for number in range(200):
        desk.ours.put("client", {"name": f"Client {number}"}, f"c{number}")

    tally = desk.sync(ACCOUNTS, *[(Where.OURS, f"c{number}") for number in range(200)])

    assert desk.calls() == {"read": 1, "write": 1}
    assert tally.created_theirs == 200


def test_a_stranger_is_adopted_by_its_name(desk: Desk) -> None:
    desk.ours.put("client", {"name": "acme  LTD", "phone": "1"}, "c1")
    account = desk.theirs.put("Account", {"Name": "Acme Ltd", "Phone": None})

    desk.sync(ACCOUNTS, (Where.THEIRS, account.id))

    assert desk.link("account", "c1").theirs == account.id
    assert len(desk.ours.there("client")) == len(desk.theirs.there("Account")) == 1
    assert desk.theirs.there("Account")[account.id].values["Phone"] == "1"


def test_a_record_of_ours_adopts_a_stranger_before_it_creates_one(desk: Desk) -> None:
    account = desk.theirs.put("Account", {"Name": "Acme"})
    desk.ours.put("client", {"name": "Acme"}, "c1")

    desk.sync(ACCOUNTS, (Where.OURS, "c1"))

    assert list(desk.theirs.there("Account")) == [account.id]
    assert desk.link("account", "c1").theirs == account.id


def test_of_two_strangers_with_one_name_only_one_is_adopted(desk: Desk) -> None:
    desk.ours.put("client", {"name": "Acme"}, "c1")
    for _ in range(2):
        desk.theirs.put("Account", {"Name": "Acme"})

    desk.sync(ACCOUNTS, *[(Where.THEIRS, id) for id in desk.theirs.there("Account")])

    assert len(desk.ours.there("client")) == 2
    assert desk.links.count("account") == 2


def test_an_opportunity_waits_for_its_stage_and_brings_its_account(desk: Desk) -> None:
    account = desk.theirs.put("Account", {"Name": "Acme"})
    values = {"Name": "Big deal", "AccountId": account.id, "StageName": "Prospecting"}
    deal = desk.theirs.put("Opportunity", values)

    early = desk.sync(OPPORTUNITIES, (Where.THEIRS, deal.id))
    assert desk.ours.there("project") == desk.ours.there("client") == {}
    assert (early.seen, early.written) == (1, 0)

    desk.theirs.put("Opportunity", values | {"StageName": "Closed Won"}, deal.id)
    desk.sync(OPPORTUNITIES, (Where.THEIRS, deal.id))

    [client], [project] = desk.ours.there("client").values(), desk.ours.there("project").values()
    assert project.values["client"] == client.id


def test_a_parent_comes_along_even_if_its_own_flow_would_not_ask_for_it() -> None:
    desk = Desk(Flows([replace(ACCOUNTS, when_theirs=one_of("Type", "Customer")), OPPORTUNITIES]))
    account = desk.theirs.put("Account", {"Name": "Acme", "Type": "Prospect"})
    deal = desk.theirs.put("Opportunity", {"Name": "D", "AccountId": account.id, "StageName": "Closed Won"})

    assert desk.sync(desk.flows["account"], (Where.THEIRS, account.id)).written == 0
    desk.sync(desk.flows["opportunity"], (Where.THEIRS, deal.id))

    assert len(desk.ours.there("client")) == len(desk.ours.there("project")) == 1


def test_a_child_whose_parent_cannot_be_linked_waits_and_follows_by_itself(desk: Desk) -> None:
    desk.theirs.refuses = "Acme"
    flows = Flows([replace(ACCOUNTS, create_ours=False, match=None), replace(OPPORTUNITIES, create_theirs=True)])
    desk.flows = flows
    desk.ours.put("client", {"name": "Acme"}, "c1")
    desk.ours.put("project", {"name": "P", "client": "c1"}, "p1")

    tally = desk.sync(flows["opportunity"], (Where.OURS, "p1"))

    assert tally.parked == 2
    problem = desk.link("opportunity", "p1").problem
    assert problem is not None
    assert (problem.cause, problem.field, problem.attempt) == ("Unlinked", "client", None)

    desk.theirs.refuses = None
    desk.time += timedelta(hours=1)
    desk.pull()
    [deal] = desk.theirs.there("Opportunity").values()
    assert deal.values["AccountId"] == desk.link("account", "c1").theirs


def test_a_refused_record_is_parked_with_its_remedy_and_the_rest_goes_on(desk: Desk) -> None:
    desk.theirs.refuses = "Bad"
    desk.ours.put("client", {"name": "Bad"}, "c1")
    desk.ours.put("client", {"name": "Good"}, "c2")

    tally = desk.sync(ACCOUNTS, (Where.OURS, "c1"), (Where.OURS, "c2"))

    link = desk.link("account", "c1")
    assert link.state is State.PARKED
    assert link.problem is not None
    assert (link.problem.reason, link.problem.remedy) == ("That name is not allowed.", "Choose another one.")
    assert link.problem.retry_at == desk.time + timedelta(minutes=5)
    assert link.problem.attempt == Attempt(Where.THEIRS, Step.CREATE, {"Name": "Bad", "Phone": None}, desk.time)
    assert desk.link("account", "c2").state is State.LIVE
    assert (tally.parked, tally.created_theirs) == (1, 1)
    assert tally.problems[0]["ours"] == "c1"


@pytest.mark.parametrize(("side", "where"), [("theirs", Where.THEIRS), ("ours", Where.OURS)])
def test_a_change_that_is_refused_is_kept_with_the_side_that_refused_it(desk: Desk, side: str, where: Where) -> None:
    desk.ours.put("client", {"name": "Acme", "phone": "1"}, "c1")
    desk.pull()
    theirs = desk.link("account", "c1").theirs
    assert theirs is not None
    getattr(desk, side).refuses = "2"
    if where is Where.THEIRS:
        desk.ours.put("client", {"name": "Acme", "phone": "2"}, "c1")
    else:
        desk.theirs.put("Account", {"Name": "Acme", "Phone": "2"}, theirs)
    desk.pull()

    problem = desk.link("account", "c1").problem
    assert problem is not None
    field = "Phone" if where is Where.THEIRS else "phone"
    assert problem.attempt == Attempt(where, Step.UPDATE, {field: "2"}, desk.time)


def test_a_parked_record_rests_longer_each_time_and_heals_without_an_edit(desk: Desk) -> None:
    desk.theirs.refuses = "Bad"
    desk.ours.put("client", {"name": "Bad"}, "c1")
    desk.pull()
    assert desk.pull().parked == 1, "the overlap of the pull shows it again"
    desk.time += timedelta(minutes=11)
    desk.pull()
    problem = desk.link("account", "c1").problem
    assert problem is not None
    assert problem.retry_at == desk.time + timedelta(minutes=5 * 2 ** (problem.tries - 1))

    desk.theirs.refuses = None
    desk.time += timedelta(days=1)
    desk.pull()

    assert desk.link("account", "c1").state is State.LIVE
    assert desk.link("account", "c1").problem is None


def test_a_call_that_fails_as_a_whole_leaves_the_create_reserved_and_the_next_try_repeats_it(desk: Desk) -> None:
    desk.ours.put("client", {"name": "Acme"}, "c1")
    desk.theirs.down = RateLimited("Too many calls.")

    with pytest.raises(RateLimited) as caught:
        desk.sync(ACCOUNTS, (Where.OURS, "c1"))

    assert caught.value.flow == "account"
    assert desk.link("account", "c1").unborn
    desk.theirs.down = None
    desk.sync(ACCOUNTS, (Where.OURS, "c1"))
    assert desk.link("account", "c1").state is State.LIVE
    assert len(desk.theirs.there("Account")) == 1


def test_a_repeated_create_says_the_same_although_its_parent_is_being_created_again(desk: Desk) -> None:
    deals = replace(OPPORTUNITIES, create_theirs=True)
    desk.flows = Flows([ACCOUNTS, deals])
    desk.ours.put("client", {"name": "Acme"}, "c1")
    desk.sync(ACCOUNTS, (Where.OURS, "c1"))
    client = desk.link("account", "c1")
    desk.ours.put("project", {"name": "P", "client": "c1"}, "p1")
    desk.theirs.down = RateLimited("Too many calls.")
    with pytest.raises(RateLimited):
        desk.sync(deals, (Where.OURS, "p1"))
    desk.theirs.down = None
    desk.links.save([client.reserved(Birth({"name": "Acme"}, "request", "1"))])

    desk.sync(deals, (Where.OURS, "p1"))

    [deal] = desk.theirs.there("Opportunity").values()
    assert deal.values["AccountId"] == client.theirs


def test_a_conflict_that_nobody_may_win_stays_open_until_a_person_decides() -> None:
    flow = replace(ACCOUNTS, winner=Winner.NOBODY)
    desk = Desk(Flows([flow]))
    desk.ours.put("client", {"name": "Acme", "phone": "0"}, "c1")
    desk.sync(flow, (Where.OURS, "c1"))
    theirs = desk.link("account", "c1").theirs or ""
    desk.ours.put("client", {"name": "Acme", "phone": "1"}, "c1")
    desk.theirs.put("Account", {"Name": "Acme", "Phone": "2"}, theirs)

    tally = desk.sync(flow, (Where.THEIRS, theirs))

    [conflict] = desk.link("account", "c1").conflicts
    assert (conflict.field, conflict.base, conflict.ours, conflict.theirs) == ("phone", "0", "1", "2")
    assert tally.conflicts == 1
    desk.sync(flow, (Where.OURS, "c1"))
    assert desk.theirs.there("Account")[theirs].values["Phone"] == "2", "an open conflict is not overwritten"


def test_a_deletion_is_carried_and_leaves_a_tombstone(desk: Desk) -> None:
    account = desk.theirs.put("Account", {"Name": "Acme"})
    desk.sync(ACCOUNTS, (Where.THEIRS, account.id))
    desk.theirs.remove("Account", account.id)

    tally = desk.sync(ACCOUNTS, (Where.THEIRS, account.id))

    assert desk.ours.there("client") == {}
    assert desk.link("account", "client-1").state is State.TOMBSTONE
    assert tally.deleted == 1


def test_a_mass_delete_stops_before_anything_is_deleted(desk: Desk) -> None:
    for number in range(40):
        desk.theirs.put("Account", {"Name": f"Account {number}"})
    desk.pull()
    for id in list(desk.theirs.there("Account"))[:20]:
        desk.theirs.remove("Account", id)
    desk.time += timedelta(hours=1)

    with pytest.raises(MassDelete, match="20 records"):
        desk.pull()

    assert len(desk.ours.there("client")) == 40
    desk.brake = Brake(released=True)
    desk.pull()
    assert len(desk.ours.there("client")) == 20


TIME = Flow(
    "time",
    "time_entry",
    "TimeActivity",
    (line("notes", "Description"),),
    direction=Direction.OUT,
    deletions=Direction.OUT,
    posting=True,
    when_ours=one_of("status", "approved"),
)


def test_a_posting_is_withdrawn_with_its_approval_and_posted_afresh() -> None:
    flow = TIME
    desk = Desk(Flows([flow]))
    entry = {"notes": "Design", "status": "submitted"}
    desk.ours.put("time_entry", entry, "e1")
    assert desk.sync(flow, (Where.OURS, "e1")).skipped == 1

    desk.ours.put("time_entry", entry | {"status": "approved"}, "e1")
    desk.sync(flow, (Where.OURS, "e1"))
    [first] = desk.theirs.there("TimeActivity")

    desk.ours.put("time_entry", entry | {"status": "draft"}, "e1")
    desk.sync(flow, (Where.OURS, "e1"))
    assert desk.theirs.there("TimeActivity") == {}

    desk.ours.put("time_entry", entry | {"status": "approved"}, "e1")
    desk.sync(flow, (Where.OURS, "e1"))
    [second] = desk.theirs.there("TimeActivity")
    assert second != first


def test_an_entry_approved_again_after_a_withdrawal_whose_answer_was_lost_is_posted() -> None:
    desk = Desk(Flows([TIME]))
    entry = {"notes": "Design", "status": "approved"}
    desk.ours.put("time_entry", entry, "e1")
    desk.sync(TIME, (Where.OURS, "e1"))
    desk.ours.put("time_entry", entry | {"status": "draft"}, "e1")
    write = desk.theirs.write

    def lost(name: str, some: Sequence[Write]) -> list[Written | SyncError]:
        write(name, some)
        raise RateLimited("The answer was lost.")

    desk.theirs.write = lost  # type: ignore[method-assign]
    with pytest.raises(RateLimited):
        desk.sync(TIME, (Where.OURS, "e1"))
    desk.theirs.write = write  # type: ignore[method-assign]
    desk.ours.put("time_entry", entry, "e1")

    desk.sync(TIME, (Where.OURS, "e1"))

    assert len(desk.theirs.there("TimeActivity")) == 1


def test_what_cannot_be_posted_is_parked_with_its_reason_and_brings_no_parents_along() -> None:
    client = Flow("client", "client", "Customer", (line("name", "Name"),))
    flow = replace(TIME, fields=(*TIME.fields, ref("client", "CustomerRef", "client")), refusal=too_late)
    desk = Desk(Flows([client, flow]))
    desk.ours.put("client", {"name": "Acme"}, "c1")
    desk.ours.put("time_entry", {"notes": "late", "status": "approved", "client": "c1"}, "e1")

    assert desk.sync(flow, (Where.OURS, "e1")).parked == 1

    [link] = desk.links.find("time", ours=["e1"])
    assert link.problem is not None
    assert (link.state, link.problem.reason) == (State.PARKED, "Too late.")
    assert desk.theirs.there("Customer") == desk.theirs.there("TimeActivity") == {}
    desk.ours.put("time_entry", {"notes": "early", "status": "approved", "client": "c1"}, "e1")
    assert desk.sync(flow, (Where.OURS, "e1")).created_theirs == 2
    desk.ours.put("time_entry", {"notes": "late", "status": "approved", "client": "c1"}, "e1")
    assert desk.sync(flow, (Where.OURS, "e1")).parked == 0
    assert [each.values["Description"] for each in desk.theirs.there("TimeActivity").values()] == ["late"]


def too_late(values: Values) -> Rejected | None:
    return Rejected("Too late.") if values["notes"] == "late" else None


def test_a_flow_that_creates_nothing_refuses_nothing() -> None:
    flow = replace(TIME, refusal=too_late, create_theirs=False)
    desk = Desk(Flows([flow]))
    desk.ours.put("time_entry", {"notes": "late", "status": "approved"}, "e1")
    assert desk.sync(flow, (Where.OURS, "e1")).skipped == 1


@pytest.mark.parametrize("change", [{"notes": "Ours"}, {"status": "draft"}])
def test_what_a_bookkeeper_made_of_a_posting_stays(change: dict[str, str]) -> None:
    desk = Desk(Flows([TIME]))
    entry = {"notes": "Design", "status": "approved"}
    desk.ours.put("time_entry", entry, "e1")
    desk.sync(TIME, (Where.OURS, "e1"))
    [id] = desk.theirs.there("TimeActivity")
    desk.theirs.put("TimeActivity", {"Description": "Theirs"}, id)
    desk.sync(TIME, (Where.THEIRS, id))

    desk.ours.put("time_entry", entry | change, "e1")
    tally = desk.sync(TIME, (Where.OURS, "e1"))

    assert tally.parked == 1
    assert "changed in the books since it was posted: notes" in tally.problems[0]["reason"]
    assert desk.theirs.there("TimeActivity")[id].values["Description"] == "Theirs"


def test_records_that_keep_changing_return_to_the_queue(desk: Desk) -> None:
    desk.ours.put("client", {"name": "Acme"}, "c1")

    class Busy(MemoryLinks):
        def save(self, links: Sequence[Link]) -> list[Link | Stale]:
            return [Stale("Somebody else was faster.") for _ in links]

    desk.links = Busy()

    with pytest.raises(Stale, match="keep changing"):
        desk.sync(ACCOUNTS, (Where.OURS, "c1"))
    assert desk.theirs.writes == 0


def test_the_cursor_stops_an_overlap_before_the_start_of_the_pull(desk: Desk) -> None:
    desk.theirs.put("Account", {"Name": "Acme"})
    desk.time += timedelta(days=1)
    desk.theirs.put("Account", {"Name": "From a clock that runs ahead"}, "t9")
    desk.theirs.records["Account"]["t9"] = replace(
        desk.theirs.records["Account"]["t9"], stamp=desk.time + timedelta(hours=1)
    )

    desk.pull()

    assert desk.cursors.get(Where.THEIRS, "Account") == Cursor(desk.time - OVERLAP)


def test_a_pull_that_died_is_taken_up_where_it_stopped(desk: Desk) -> None:
    desk.theirs.page_size = 2
    for number in range(4):
        desk.time += timedelta(hours=1)
        desk.theirs.put("Account", {"Name": f"Account {number}"})
    desk.ours.batch_limit = 1
    writes = iter([None, None, None])
    write = desk.ours.write

    def dying(name: str, some: Sequence[Write]) -> list[Written | SyncError]:
        if next(writes, "die") == "die":
            raise RateLimited("Too many calls.")
        return write(name, some)

    desk.ours.write = dying  # type: ignore[method-assign]
    with pytest.raises(RateLimited):
        desk.pull()
    assert desk.cursors.get(Where.THEIRS, "Account") == Cursor(desk.time - timedelta(hours=2), "t2"), "exactly there"

    desk.ours.write = write  # type: ignore[method-assign]
    desk.pull()
    assert len(desk.ours.there("client")) == 4


def test_an_idle_pull_asks_their_side_once(desk: Desk) -> None:
    desk.theirs.put("Account", {"Name": "Acme"})
    desk.pull()
    desk.time += timedelta(hours=1)
    desk.pull()
    desk.calls()

    tally = desk.pull()

    assert desk.calls() == {"changed": 1}
    assert tally.written == 0


def test_a_pull_writes_what_moved_here_and_what_moved_there_in_the_same_calls(desk: Desk) -> None:
    first, second = (desk.ours.put("client", {"name": name, "phone": "1"}) for name in ("Acme", "Umbrella"))
    desk.pull()
    desk.time += timedelta(hours=2)
    desk.ours.put("client", {"name": "Acme", "phone": "2"}, first.id)
    desk.ours.put("client", {"name": "Umbrella", "phone": "2"}, second.id)
    theirs = desk.link("account", first.id).theirs
    desk.theirs.put("Account", {"Name": "Acme Ltd", "Phone": "1"}, theirs)
    desk.calls()

    tally = desk.pull()

    assert (tally.updated_theirs, tally.updated_ours, tally.unchanged) == (2, 1, 1), "one was written here once more"
    assert desk.calls().get("write") == 1
    assert {record.values["Phone"] for record in desk.theirs.there("Account").values()} == {"2"}


class Mistaken(Picky):
    """Takes the twin of a record for the one that an earlier attempt created."""

    def write(self, name: str, writes: Sequence[Write]) -> list[Written | SyncError]:
        repeated = [isinstance(write, Create) and write.repeated for write in writes]
        [twin] = self.there(name) or [""]
        return [Written(twin, "1") for _ in writes] if twin and all(repeated) else super().write(name, writes)


def test_a_create_that_seems_to_have_landed_in_the_record_of_another_one_is_made_afresh(desk: Desk) -> None:
    desk.theirs = Mistaken("t", now=desk.now)
    desk.ours.put("client", {"name": "Acme"}, "c1")
    desk.sync(ACCOUNTS, (Where.OURS, "c1"))
    desk.ours.put("client", {"name": "Acme"}, "c2")
    desk.links.save([Link("account", "c2").reserved(Birth({"name": "Acme"}, "request", "1"))])

    desk.sync(ACCOUNTS, (Where.OURS, "c2"))

    pairs = [desk.link("account", id) for id in ("c1", "c2")]
    assert [link.state for link in pairs] == [State.LIVE, State.LIVE]
    assert {link.theirs for link in pairs} == set(desk.theirs.there("Account"))
    assert len(desk.theirs.there("Account")) == 2

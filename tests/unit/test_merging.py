"""Records of theirs that are never deleted: one that is not there any more became part of another one."""

from dataclasses import dataclass, field, replace
from typing import Any

from tests.unit.test_sync import Desk
from timebridge.changes import Change, Where, unique
from timebridge.flows import Direction, Flow, Flows, Lines, Stays, lines, one_of, ref
from timebridge.flows import field as line
from timebridge.links import State
from timebridge.records import Record
from timebridge.sync import Batch, sync_batch

JOB = Flow(
    "job", "project", "Job", (line("name", "Name"),), Direction.IN, deletions=Direction.IN, merged=one_of("Gone", True)
)
STAFF = Flow("staff", "staff", "Person", (line("name", "Name"),), Direction.IN, deletions=Direction.IN)
TIME = Flow(
    "time",
    "time_entry",
    "Time",
    (line("notes", "Notes"), ref("project", "JobRef", "job"), lines("lines", "Line", Lines({"x": "job"}, body=dict))),
    Direction.BOTH,
)
NAMES = ("Crane", "Crane again")


@dataclass
class Merging(Desk):
    """Two jobs over there that are about to become one."""

    flows: Flows = field(default_factory=lambda: Flows([JOB, STAFF, TIME]))

    def __post_init__(self) -> None:
        super().__post_init__()
        self.merges: list[tuple[str, str, str]] = []
        self.keep, self.lose = (self.theirs.put("Job", {"Name": name}).id for name in NAMES)
        self.pull()
        projects = {record.values["name"]: id for id, record in self.ours.there("project").items()}
        self.survivor, self.loser = (projects[name] for name in NAMES)

    def merge_ours(self, kind: str, loser: str, survivor: str) -> None:
        self.merges.append((kind, loser, survivor))
        self.ours.remove(kind, loser)

    def entry(self, project: str, **values: Any) -> str:
        entry = self.ours.put("time_entry", {"notes": None, "project": project, "lines": None, **values})
        self.pull()
        return entry.id

    def merged(self, into: str | None = None) -> None:
        """Whatever referred to the loser refers to the survivor, and the loser is not there any more."""
        for id, row in self.theirs.there("Time").items():
            if row.values["JobRef"] == self.lose:
                self.theirs.put("Time", {**row.values, "JobRef": self.keep}, id)
        self.theirs.put("Job", {"Gone": True}, self.lose)
        self.theirs.remove("Job", self.lose)
        change = Change(Where.THEIRS, "Job", self.lose, into=into)
        sync_batch(self, Batch(JOB, [change]))


def test_a_notice_says_which_one_is_left() -> None:
    desk = Merging()
    desk.merged(into=desk.keep)
    assert desk.merges == [("project", desk.loser, desk.survivor)]


def test_what_a_notice_says_of_a_record_that_is_there_does_not_count() -> None:
    desk = Merging()
    sync_batch(desk, Batch(JOB, [Change(Where.THEIRS, "Job", desk.lose, into=desk.keep)]))
    assert desk.merges == []
    assert desk.loser in desk.ours.there("project")


def test_what_referred_to_it_tells_which_one_is_left() -> None:
    desk = Merging()
    desk.entry(desk.loser)
    desk.entry(desk.survivor)
    desk.merged()
    assert desk.merges == [("project", desk.loser, desk.survivor)]


def test_where_nothing_tells_what_is_in_use_waits_for_a_person() -> None:
    desk = Merging()
    desk.ours.put("time_entry", {"notes": None, "project": desk.loser, "lines": None})  # not over there yet
    desk.merged()
    link = desk.link("job", desk.loser)
    assert link.state is State.PARKED
    assert link.problem is not None
    assert "merged" in link.problem.reason
    assert desk.loser in desk.ours.there("project")


def test_what_nothing_refers_to_goes() -> None:
    desk = Merging()
    desk.merged()
    assert desk.loser not in desk.ours.there("project")
    assert desk.link("job", desk.loser).state is State.TOMBSTONE


def test_one_that_is_only_inactive_was_not_merged() -> None:
    desk = Merging()
    desk.ours.put("time_entry", {"notes": None, "project": desk.loser, "lines": None})
    row = Record(desk.lose, {"Name": "Crane again", "Gone": False}, gone=True)
    sync_batch(desk, Batch(JOB, [Change(Where.THEIRS, "Job", desk.lose, row)]))
    assert desk.loser not in desk.ours.there("project")


def test_changes_of_one_record_keep_what_any_of_them_says() -> None:
    hint = Change(Where.THEIRS, "Job", "1")
    read, told = replace(hint, record=Record("1", {})), replace(hint, into="2")
    for order in ([hint, read, told], [told, read], [told, hint, read]):
        [change] = unique(order)
        assert (change.record, change.into) == (read.record, "2")
    assert Change.from_message(told.to_message()).into == "2"
    assert "into" not in hint.to_message()


# --- what stays, and what there is one of ----------------------------------------------------------------------------

WANTED = replace(
    JOB,
    merged=None,
    when_theirs=one_of("Open", True),
    mirror=True,
    stays=Stays(("hours_total",), ("time_entry",)),
    barred=frozenset({"t-barred"}),
)


def closed(*entries: str, **values: Any) -> tuple[Desk, str]:
    """A job whose project is there, with these entries on it, and that is not wanted any more."""
    desk = Desk(Flows([WANTED]))
    job = desk.theirs.put("Job", {"Name": "Crane", "Open": True})
    desk.pull()
    [project] = desk.ours.there("project").values()
    if values:
        desk.ours.put("project", {**project.values, **values}, project.id)
    for notes in entries:
        desk.ours.put("time_entry", {"notes": notes, "project": project.id})
    desk.theirs.put("Job", {"Name": "Crane", "Open": False}, job.id)
    desk.sync(WANTED, (Where.THEIRS, job.id))
    return desk, project.id


def test_what_is_not_wanted_any_more_goes_unless_work_is_booked_on_it() -> None:
    for desk, project in (closed("some work"), closed(hours_total=2)):
        assert project in desk.ours.there("project")
    desk, project = closed()
    assert project not in desk.ours.there("project")


def test_what_is_barred_never_comes_in_even_where_something_refers_to_it() -> None:
    desk = Desk(Flows([WANTED]))
    desk.theirs.put("Job", {"Name": "Crane", "Open": True}, "t-barred")
    change = Change(Where.THEIRS, "Job", "t-barred")
    sync_batch(desk, Batch(WANTED, [change], required=True))
    assert desk.ours.there("project") == {}


def test_one_of_a_kind_is_enough() -> None:
    firm = Flow("firm", "firm", "Company", (line("name", "Name"),), Direction.IN, single=True)
    client = Flow("client", "client", "Client", (line("name", "Name"),), Direction.IN)
    fields = (line("name", "Name"), ref("client", "Top", "client"), ref("owner", "Boss", "client"))
    project = Flow("project", "project", "Job", fields, Direction.IN, single=True)
    desk = Desk(Flows([firm, client, project]))
    for name in ("A", "B"):
        desk.theirs.put("Client", {"Name": name}, name)
    for again in ("", " again"):
        desk.theirs.put("Company", {"Name": f"Ours{again}"})
        for top, boss in ("AB", "BB"):
            desk.theirs.put("Job", {"Name": f"{top}{again}", "Top": top, "Boss": boss})
        desk.pull()
    desk.theirs.put("Job", {"Name": "Under another boss", "Top": "A", "Boss": "A"})
    desk.pull()

    for kind, names in (("firm", {"Ours"}), ("project", {"A", "B", "Under another boss"})):
        assert {str(record.values["name"]) for record in desk.ours.there(kind).values()} == names

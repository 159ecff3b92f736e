"""Existence first, values second: each row of the table in docs/road.md."""

from dataclasses import replace

import pytest

from timebridge.changes import Where
from timebridge.converters import DATE, UNCHANGED, filled, table, text
from timebridge.flows import Direction, Flow, Winner, field, one_of
from timebridge.links import Conflict, Decision, Link, State
from timebridge.merge import Pair, Plan, merge, moved_there
from timebridge.records import Record, Values

FLOW = Flow("client", "client", "Account", (field("name", "Name"), field("phone", "Phone")))
ACME: Values = {"name": "Acme", "phone": "1"}
MOVED: Values = {"name": "Acme", "phone": "2"}


def record(values: Values | None) -> Record | None:
    return None if values is None else Record("x", values, "1")


def pair(base: Values | None, ours: Values | None, theirs: Values | None, **more: object) -> Pair:
    link = Link("client", "x", "y", State.LIVE, base) if base is not None else None
    return Pair(link, record(ours), record(theirs), **more)  # type: ignore[arg-type]


def test_ours_alone_is_created_there() -> None:
    assert merge(pair(None, ACME, None), FLOW) == Plan(theirs=ACME, base=ACME)


def test_theirs_alone_is_created_here() -> None:
    assert merge(pair(None, None, ACME), FLOW) == Plan(ours=ACME, base=ACME)


@pytest.mark.parametrize(
    "flow",
    [replace(FLOW, direction=Direction.IN), replace(FLOW, create_theirs=False)],
    ids=["comes in only", "creates nothing there"],
)
def test_ours_alone_is_left_alone_by_a_flow_that_does_not_create_there(flow: Flow) -> None:
    assert merge(pair(None, ACME, None), flow).skipped


@pytest.mark.parametrize(
    "flow",
    [replace(FLOW, direction=Direction.OUT), replace(FLOW, create_ours=False)],
    ids=["goes out only", "creates nothing here"],
)
def test_theirs_alone_is_left_alone_by_a_flow_that_does_not_create_here(flow: Flow) -> None:
    assert merge(pair(None, None, ACME), flow).skipped


def test_what_does_not_qualify_is_not_created() -> None:
    assert merge(pair(None, ACME, None, ours_qualifies=False), FLOW).skipped
    assert merge(pair(None, None, ACME, theirs_qualifies=False), FLOW).skipped


def test_a_field_that_goes_one_way_is_created_one_way() -> None:
    flow = replace(FLOW, fields=(field("name", "Name"), field("phone", "Phone", direction=Direction.OUT)))

    assert merge(pair(None, None, ACME), flow).ours == {"name": "Acme"}
    assert merge(pair(None, ACME, None), flow).theirs == ACME


def test_equal_sides_write_nothing() -> None:
    assert merge(pair(MOVED, ACME, ACME), FLOW) == Plan(base=ACME)


def test_what_moved_here_goes_out() -> None:
    assert merge(pair(ACME, MOVED, ACME), FLOW) == Plan(theirs={"phone": "2"}, base=MOVED)


def test_what_moved_there_comes_in() -> None:
    assert merge(pair(ACME, ACME, MOVED), FLOW) == Plan(ours={"phone": "2"}, base=MOVED)


def test_different_fields_moved_on_both_sides_are_merged() -> None:
    plan = merge(pair(ACME, {"name": "Acme Ltd", "phone": "1"}, MOVED), FLOW)

    assert plan == Plan(ours={"phone": "2"}, theirs={"name": "Acme Ltd"}, base={"name": "Acme Ltd", "phone": "2"})


@pytest.mark.parametrize(
    ("winner", "expected"),
    [
        (
            Winner.OURS,
            Plan(
                theirs={"phone": "2"},
                base={"name": "Acme", "phone": "2"},
                decisions=(Decision("phone", "1", "2", "3", Where.OURS),),
            ),
        ),
        (
            Winner.THEIRS,
            Plan(
                ours={"phone": "3"},
                base={"name": "Acme", "phone": "3"},
                decisions=(Decision("phone", "1", "2", "3", Where.THEIRS),),
            ),
        ),
        (Winner.NOBODY, Plan(base=ACME, conflicts=(Conflict("phone", "1", "2", "3"),))),
    ],
)
def test_the_same_field_moved_on_both_sides_goes_to_the_winner(winner: Winner, expected: Plan) -> None:
    plan = merge(pair(ACME, MOVED, {"name": "Acme", "phone": "3"}), replace(FLOW, winner=winner))

    assert plan == expected


@pytest.mark.parametrize("winner", Winner)
def test_a_line_may_have_a_winner_of_its_own(winner: Winner) -> None:
    own = tuple(replace(each, winner=winner) if each.ours == "phone" else each for each in FLOW.fields)
    theirs = {"name": "Acme", "phone": "3"}
    others = (each for each in Winner if each is not winner)

    plans = [merge(pair(ACME, MOVED, theirs), replace(FLOW, fields=own, winner=other)) for other in others]

    assert plans == [merge(pair(ACME, MOVED, theirs), replace(FLOW, winner=winner))] * 2


def test_a_conflict_on_an_adopted_pair_has_no_base() -> None:
    plan = merge(pair(None, {"phone": "1"}, {"phone": "2"}), replace(FLOW, winner=Winner.NOBODY))

    assert plan.conflicts == (Conflict("phone", None, "1", "2"),)
    assert plan.base == {"name": None}


@pytest.mark.parametrize("direction", [Direction.OUT, Direction.IN])
def test_a_one_way_flow_leaves_what_moved_on_its_far_end(direction: Direction) -> None:
    flow = replace(FLOW, direction=direction)
    ours, theirs = (ACME, MOVED) if direction is Direction.OUT else (MOVED, ACME)

    assert merge(pair(ACME, ours, theirs), flow) == Plan(base=ACME)


def test_a_one_way_flow_overwrites_what_moved_on_both_ends() -> None:
    other = {"name": "Acme", "phone": "3"}

    assert merge(pair(ACME, MOVED, other), replace(FLOW, direction=Direction.OUT)).theirs == {"phone": "2"}
    assert merge(pair(ACME, MOVED, other), replace(FLOW, direction=Direction.IN)).ours == {"phone": "3"}


SHORT = replace(FLOW, fields=(field("name", "Name", text(4)),))


def test_what_was_cut_over_there_does_not_come_back_cut() -> None:
    long: Values = {"name": "Acme Limited"}

    assert merge(pair(long, long, {"name": "Acme"}), SHORT) == Plan(base=long)
    assert merge(pair(None, long, {"name": "Acme"}), SHORT) == Plan(base=long)
    assert merge(pair(long, None, {"name": "Acme"}), SHORT) == Plan(delete_theirs=True, bury=True)
    assert merge(pair(long, long, {"name": "Ltd"}), SHORT).ours == {"name": "Ltd"}


def test_a_deletion_here_is_carried_there() -> None:
    assert merge(pair(ACME, None, ACME), FLOW) == Plan(delete_theirs=True, bury=True)


def test_a_deletion_there_is_carried_here() -> None:
    assert merge(pair(ACME, ACME, None), FLOW) == Plan(delete_ours=True, bury=True)


@pytest.mark.parametrize(
    "flow",
    [
        replace(FLOW, deletions=None),
        replace(FLOW, deletions=Direction.IN),
        replace(FLOW, direction=Direction.IN),
    ],
    ids=["carried nowhere", "carried in only", "flow comes in only"],
)
def test_a_deletion_that_is_not_carried_out_keeps_theirs(flow: Flow) -> None:
    assert merge(pair(ACME, None, ACME), flow) == Plan(bury=True, kept=Where.THEIRS)


@pytest.mark.parametrize(
    "flow",
    [
        replace(FLOW, deletions=None),
        replace(FLOW, deletions=Direction.OUT),
        replace(FLOW, direction=Direction.OUT),
    ],
    ids=["carried nowhere", "carried out only", "flow goes out only"],
)
def test_a_deletion_that_is_not_carried_in_keeps_ours(flow: Flow) -> None:
    assert merge(pair(ACME, ACME, None), flow) == Plan(bury=True, kept=Where.OURS)


def test_an_edit_beats_a_deletion() -> None:
    assert merge(pair(ACME, None, MOVED), FLOW) == Plan(ours=MOVED, base=MOVED)
    assert merge(pair(ACME, MOVED, None), FLOW) == Plan(theirs=MOVED, base=MOVED)


def test_both_gone_is_buried() -> None:
    assert merge(pair(ACME, None, None), FLOW) == Plan(bury=True)


def test_nothing_to_bury_where_nothing_was() -> None:
    tomb = Link("client", "x", "y", State.TOMBSTONE)

    assert merge(Pair(None, None, None), FLOW).skipped
    assert merge(Pair(tomb, None, None), FLOW).skipped


def test_a_copy_whose_original_vanished_while_it_was_born_goes_too() -> None:
    newborn = Link("client", "x", "y", State.PENDING)

    assert merge(Pair(newborn, record(ACME), None), FLOW) == Plan(delete_ours=True, bury=True)
    assert merge(Pair(newborn, None, record(ACME)), FLOW) == Plan(ours=ACME, base=ACME)


def test_what_is_gone_because_we_deleted_it_was_not_deleted_by_somebody_else() -> None:
    agreed = Link("client", "x", "y", State.LIVE, ACME)
    theirs_dying, ours_dying = agreed.condemned(Where.THEIRS), agreed.condemned(Where.OURS)

    assert merge(Pair(theirs_dying, record(ACME), None), FLOW) == Plan(theirs=ACME, base=ACME)
    assert merge(Pair(ours_dying, None, record(ACME)), FLOW) == Plan(ours=ACME, base=ACME)
    assert merge(Pair(theirs_dying, record(ACME), None), POSTING).theirs == ACME


def test_a_deletion_that_did_not_land_is_repeated() -> None:
    agreed = Link("client", "x", "y", State.LIVE, ACME)

    assert merge(Pair(agreed.condemned(Where.THEIRS), None, record(ACME)), FLOW).delete_theirs
    assert merge(Pair(agreed.condemned(Where.OURS), record(ACME), None), FLOW).delete_ours
    assert merge(Pair(agreed.condemned(Where.THEIRS), None, None), FLOW) == Plan(bury=True)


def test_a_kept_record_stays_alone_until_the_other_one_comes_back() -> None:
    tomb = Link("client", "x", "y", State.TOMBSTONE, kept=Where.OURS)

    assert merge(Pair(tomb, record(MOVED), None), FLOW).skipped
    assert merge(Pair(tomb, record(MOVED), record(ACME)), FLOW).ours == {"phone": "1"}
    assert merge(Pair(tomb, None, record(ACME)), FLOW) == Plan(bury=True)


def test_a_kept_record_of_theirs_stays_alone() -> None:
    tomb = Link("client", "x", "y", State.TOMBSTONE, kept=Where.THEIRS)

    assert merge(Pair(tomb, None, record(MOVED)), FLOW).skipped


def test_a_restored_record_is_created_again() -> None:
    tomb = Link("client", "x", "y", State.TOMBSTONE)

    assert merge(Pair(tomb, record(ACME), None), FLOW) == Plan(theirs=ACME, base=ACME)


POSTING = replace(
    FLOW,
    direction=Direction.OUT,
    posting=True,
    deletions=Direction.OUT,
    when_ours=one_of("status", "approved"),
)


def test_withdrawing_a_posted_record_withdraws_its_copy() -> None:
    assert merge(pair(ACME, ACME, ACME, ours_qualifies=False), POSTING) == Plan(delete_theirs=True, bury=True)


def test_a_record_not_ready_for_posting_is_skipped() -> None:
    assert merge(pair(None, ACME, None, ours_qualifies=False), POSTING).skipped
    tomb = Link("client", "x", "y", State.TOMBSTONE)
    assert merge(Pair(tomb, record(ACME), None, ours_qualifies=False), POSTING).skipped


def test_a_copy_deleted_in_the_books_is_not_posted_again_by_itself() -> None:
    assert merge(pair(ACME, MOVED, None), POSTING) == Plan(bury=True, kept=Where.OURS)


def test_a_withdrawn_record_whose_copy_is_gone_is_buried() -> None:
    assert merge(pair(ACME, ACME, None, ours_qualifies=False), POSTING) == Plan(bury=True)


def test_a_kept_record_that_is_withdrawn_and_approved_again_is_posted_afresh() -> None:
    kept = Link("client", "x", "y", State.TOMBSTONE, kept=Where.OURS)

    withdrawn = merge(Pair(kept, record(ACME), None, ours_qualifies=False), POSTING)
    assert withdrawn.bury
    assert withdrawn.kept is None
    buried = kept.buried(withdrawn.kept)
    assert merge(Pair(buried, record(ACME), None), POSTING).theirs == ACME


def test_a_plan_tells_whether_it_deletes() -> None:
    assert Plan(delete_ours=True).deletes
    assert Plan(delete_theirs=True).deletes
    assert not Plan(bury=True).deletes


# --- switches, tables, and lines that only show ----------------------------------------------------------------------

STAGED = table({"Active": "Open", "Held": UNCHANGED, "Done": "Won"}, {"Open": "Active", "Won": "Done"})
DEAL = Flow("deal", "project", "Deal", (field("name", "Name"), field("status", "Stage", STAGED)))


def deal(status: str | None) -> Values:
    return {"name": "Crane", "status": status}


@pytest.mark.parametrize("side", ["ours", "theirs"])
def test_a_side_that_may_not_be_changed_stays_different_and_the_base_waits(side: str) -> None:
    flow = replace(FLOW, **{f"update_{'theirs' if side == 'ours' else 'ours'}": False})  # type: ignore[arg-type]
    moved = pair(ACME, MOVED, ACME) if side == "ours" else pair(ACME, ACME, MOVED)

    waiting = merge(moved, flow)

    assert waiting == Plan(base=ACME)
    assert getattr(merge(moved, FLOW), "theirs" if side == "ours" else "ours") == {"phone": "2"}


def test_no_conflict_is_open_where_it_is_decided_who_wins() -> None:
    flow = replace(FLOW, winner=Winner.OURS, update_theirs=False)

    plan = merge(pair(ACME, MOVED, {"name": "Acme", "phone": "3"}), flow)

    assert (plan.conflicts, plan.ours, plan.theirs, plan.base) == ((), None, None, ACME)


def test_a_value_without_counterpart_is_not_written_and_not_overwritten() -> None:
    held = merge(pair(deal("Active"), deal("Held"), deal("Active")), DEAL)
    assert held == Plan(base=deal("Active"))

    assert merge(pair(held.base, deal("Held"), deal("Done")), DEAL).ours == {"status": "Done"}
    assert merge(pair(held.base, deal("Done"), deal("Active")), DEAL).theirs == {"status": "Done"}


def test_a_value_of_theirs_that_means_nothing_here_changes_nothing() -> None:
    assert merge(pair(deal("Active"), deal("Active"), deal(UNCHANGED)), DEAL) == Plan(base=deal("Active"))
    assert merge(pair(deal("Active"), deal("Done"), deal(UNCHANGED)), DEAL).theirs == {"status": "Done"}
    assert merge(pair(None, None, deal(UNCHANGED)), DEAL) == Plan(ours={"name": "Crane"}, base={"name": "Crane"})


def test_two_that_meet_keep_what_cannot_be_said() -> None:
    link = Link("deal", "x", "y")
    met = merge(Pair(link, record(deal("Held")), record(deal("Active"))), DEAL)

    assert (met.ours, met.theirs, met.base) == (None, None, deal("Active"))
    assert merge(pair(met.base, deal("Held"), deal("Done")), DEAL).ours == {"status": "Done"}


def test_an_empty_value_of_ours_takes_theirs_when_the_two_meet() -> None:
    dated = Flow("deal", "project", "Deal", (field("close_date", "CloseDate", filled(DATE)),))
    link = Link("deal", "x", "y")

    met = merge(Pair(link, record({"close_date": None}), record({"close_date": "2027-01-01"})), dated)

    assert met.ours == {"close_date": "2027-01-01"}


@pytest.mark.parametrize(
    ("stage", "status", "base"),
    [
        ("Open", "Held", deal("Active")),
        ("Odd", "Held", {"name": "Crane"}),
        ("Open", "Done", deal("Done")),
    ],
)
def test_what_a_new_record_is_given_over_there_is_no_edit_of_theirs(stage: str, status: str, base: Values) -> None:
    flow = replace(DEAL, on_create_theirs={"Stage": stage})

    plan = merge(pair(None, deal(status), None), flow)

    assert plan.theirs == plan.base == base


def test_what_is_given_to_a_line_that_only_comes_in_is_read_later() -> None:
    lines = (field("name", "Name"), field("status", "Stage", STAGED, Direction.IN))
    flow = replace(DEAL, fields=lines, on_create_theirs={"Stage": "Open"})

    assert merge(pair(None, deal("Held"), None), flow).base == {"name": "Crane"}


SHOWN = Flow("deal", "project", "Deal", (field("budget", "Amount"), field("amount", "Amount", direction=Direction.IN)))


@pytest.mark.parametrize(("amount", "shown"), [("1", {"amount": "2"}), ("2", None)])
def test_a_line_that_shows_what_another_one_writes_follows_at_once(amount: str, shown: Values | None) -> None:
    base = {"budget": "1", "amount": amount}

    plan = merge(pair(base, {"budget": "2", "amount": amount}, base), SHOWN)

    assert (plan.theirs, plan.ours, plan.base) == ({"budget": "2"}, shown, {"budget": "2", "amount": "2"})


def test_it_follows_later_where_nothing_here_may_be_changed() -> None:
    base = {"budget": "1", "amount": "1"}

    plan = merge(pair(base, {"budget": "2", "amount": "1"}, base), replace(SHOWN, update_ours=False))

    assert (plan.theirs, plan.ours) == ({"budget": "2"}, None)


def test_a_new_record_is_not_written_back_for_what_an_empty_value_there_stands_for() -> None:
    total = replace(field("total", "Total", direction=Direction.OUT), start="0")
    flow = replace(FLOW, fields=(*FLOW.fields, total))

    assert merge(pair(None, None, {"name": "A", "phone": "1", "total": None}), flow).base == {
        "name": "A",
        "phone": "1",
        "total": "0",
    }
    assert merge(pair(None, None, {"name": "A", "phone": "1", "total": "7"}), flow).base == {"name": "A", "phone": "1"}


CURRENCY = replace(FLOW, fields=(field("name", "Name"), replace(field("phone", "Phone"), once=True)))


def test_what_goes_out_once_goes_out_with_a_new_record() -> None:
    assert merge(pair(None, ACME, None), CURRENCY) == Plan(theirs=ACME, base=ACME)


def test_what_goes_out_once_only_comes_in_from_then_on() -> None:
    assert merge(pair(ACME, MOVED, ACME), CURRENCY) == Plan(base=ACME)
    assert merge(pair(ACME, ACME, MOVED), CURRENCY) == Plan(ours={"phone": "2"}, base=MOVED)


def test_what_somebody_made_of_a_posting_is_told_by_what_was_posted() -> None:
    base: Values = {"name": "Acme", "phone": None}

    assert moved_there(FLOW, base, {"name": "Acme", "phone": "usual there"}) == []
    assert moved_there(FLOW, base, {"name": "Other", "phone": None}) == ["name"]
    assert moved_there(FLOW, base, {"name": UNCHANGED}) == []

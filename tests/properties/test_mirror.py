"""Images under attack: whatever happens there, in whatever order it is told, the workspace ends up as the same tree."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.test_mirror import DEALS, ITEMS, deal, item
from tests.unit.test_sync import Desk
from timebridge.changes import Where
from timebridge.flows import Flows

STAGES = st.sampled_from(["Open", "Talks", "Won", "Lost"])
PLACES = st.integers(0, 3)
STEP = st.one_of(
    st.tuples(st.just("deal"), PLACES, STAGES),
    st.tuples(st.just("item"), PLACES, st.none() | PLACES),
    st.tuples(st.just("remove"), st.sampled_from(["Deal", "Item"]), PLACES),
    st.tuples(st.just("notice"), st.sampled_from(["Deal", "Item"]), PLACES),
    st.just(("pull", 0, 0)),
)


def play(desk: Desk, step: tuple[str, object, object]) -> None:
    verb, first, second = step
    if verb == "deal":
        deal(desk, str(second), f"d{first}")
    elif verb == "item":
        item(desk, f"Item {first}", f"d{second}" if second is not None else None, f"i{first}")
    elif verb == "pull":
        desk.pull()
    else:
        name, id = str(first), f"{str(first)[0].lower()}{second}"
        if verb == "remove" and id in desk.theirs.there(name):
            desk.theirs.remove(name, id)
        if verb == "notice":
            desk.sync(DEALS if name == "Deal" else ITEMS, (Where.THEIRS, id))


def wanted(desk: Desk) -> set[tuple[str, str | None]]:
    """Open deals, and the items of open deals, each with the id of what it is in."""
    deals = {id for id, each in desk.theirs.there("Deal").items() if each.values["StageName"] in ("Open", "Talks")}
    items = {(id, each.values["DealId"]) for id, each in desk.theirs.there("Item").items()}
    return {(id, None) for id in deals} | {(id, above) for id, above in items if above in deals}


def there(desk: Desk) -> list[tuple[str, str | None]]:
    links = {
        link.ours: link.theirs or ""
        for flow in (DEALS, ITEMS)
        for link in desk.links.by_ours.get(flow.name, {}).values()
    }
    tasks = desk.ours.there("task").items()
    return [(links[id], links.get(record.values.get("task") or "")) for id, record in tasks]


@settings(deadline=None, max_examples=200)
@given(steps=st.lists(STEP, max_size=25))
def test_the_tree_here_is_the_tree_there(steps: list[tuple[str, object, object]]) -> None:
    desk = Desk(Flows([DEALS, ITEMS]))
    desk.brake.released = True
    for step in steps:
        play(desk, step)
    desk.pull()
    found = there(desk)
    assert len(found) == len(set(found))
    assert set(found) == wanted(desk)
    before = desk.ours.writes
    desk.pull()
    assert desk.ours.writes == before

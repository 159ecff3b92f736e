"""Whatever the network does, and however often it is said: nothing is doubled, and nothing is lost."""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from tests.features.rhythm import days
from tests.stage import Stage
from timebridge import context
from timebridge.changes import Change, Where
from timebridge.errors import Transient
from timebridge.memory import MemoryCursors, MemoryLinks, MemorySide
from timebridge.messages import Message
from timebridge.store.records import Workspace
from timebridge.worker.handling import handle

RECORDS, TOLD, TOGETHER = 1000, 3, 200


def test_B73_a_thousand_records_told_three_times_over_a_bad_line_make_no_duplicate(
    stage: Stage, workspace: Workspace
) -> None:
    """One answer in ten is lost after Salesforce has done what was asked. Only our tables are in memory."""
    days(stage, workspace, flows={"salesforce.account": {"create_theirs": True}})
    ours, links = MemorySide(keyed_ids=True), MemoryLinks()
    ids = [ours.put("client", {"name": f"Client {n:04}"}, f"cli_{n}").id for n in range(RECORDS)]
    events = [Change(Where.OURS, "client", id) for id in ids] * TOLD
    random.Random(73).shuffle(events)
    stage.salesforce.faults.add({"kind": "drop_after_commit", "rate": 0.1, "match": {"path": "composite"}})

    lost = 0
    for start in range(0, len(events), TOGETHER):
        lost += delivered(ours, links, events[start : start + TOGETHER])

    stage.salesforce.faults.clear()
    assert lost > 0, "the line was not bad enough to prove anything"
    found = Counter(row["TB_External_Id__c"] for row in stage.salesforce_has("Account") if row["TB_External_Id__c"])
    assert set(found) == set(ids)
    assert set(found.values()) == {1}
    assert len({link.theirs for link in links.find("salesforce.account", ours=ids)}) == RECORDS


def delivered(ours: MemorySide, links: MemoryLinks, changes: Sequence[Change]) -> int:
    """Handle a message as often as it takes, as the queue would hand it over. Returns how often it came back."""
    for times in range(20):
        with context.opened("acme", "salesforce") as road:
            road.theirs.client.session.attempts = 1  # type: ignore[attr-defined]
            fast = replace(road, ours=ours, links=links, cursors=MemoryCursors())
            try:
                handle(fast, Message("acme", "salesforce", tuple(changes)), lambda: False)
            except Transient:
                continue
            return times
    raise AssertionError("the message never got through")

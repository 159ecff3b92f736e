"""Which edits a flow cares about, and which of them are over."""

from collections.abc import Mapping
from typing import Any

import pytest

from timebridge.changes import Change, Where
from timebridge.edits import Concern, Edit, Settling, settled, settling_of, waiting
from timebridge.errors import Misconfigured
from timebridge.flows import ALWAYS, All, Condition, Flow, Flows, field, one_of
from timebridge.records import Record


def one(*changed: str, kind: str = "project") -> Edit:
    return Edit("acme", kind, "prj_1", frozenset(changed))


def unreadable(values: Mapping[str, Any]) -> bool:
    return bool(values.get("secret"))


def concern(when: Condition = ALWAYS, *lines: str, kind: str = "project", late_time: bool = False) -> Concern:
    fields = tuple(field(line, line.title()) for line in lines or ("name",))
    return Concern(Flows([Flow("flow", kind, "Opportunity", fields, when_ours=when)]), {"flow"}, late_time)


@pytest.mark.parametrize(
    ("edit", "when", "matters"),
    [
        (one("name"), ALWAYS, True),
        (one("code"), ALWAYS, False),
        (one(), ALWAYS, False),
        (one("archived"), ALWAYS, True),
        (one("status"), one_of("status", "approved"), True),
        (one("stage"), All((one_of("status", "approved"), one_of("stage.name", "Won"))), True),
        (one("code"), All((one_of("status", "approved"),)), False),
        (one("code"), unreadable, True),
        (one("code"), All((unreadable,)), True),
        (one("name", kind="client"), ALWAYS, False),
    ],
)
def test_an_edit_matters_when_a_flow_carries_or_asks_for_what_changed(
    edit: Edit, when: Condition, matters: bool
) -> None:
    assert concern(when).changes([edit]) == ([Change(Where.OURS, "project", "prj_1")] if matters else [])


def test_an_edit_to_a_flow_that_waits_for_its_pull_means_nothing_now() -> None:
    waits = Concern(concern().flows, set())

    assert waits.changes([one("name")]) == []


@pytest.mark.parametrize(("late", "matters"), [(False, True), (True, False)])
def test_totals_and_time_wait_for_the_pull_where_that_was_chosen(late: bool, matters: bool) -> None:
    totals = concern(ALWAYS, "name", "hours_total", late_time=late)
    entries = concern(ALWAYS, "hours", kind="time_entry", late_time=late)
    unknown = concern(unreadable, "name", late_time=late)

    assert totals.matters(one("hours_total")) is matters
    assert entries.matters(one("hours", kind="time_entry")) is matters
    assert unknown.matters(one("hours_total")) is matters
    assert totals.matters(one("name", "hours_total"))
    assert unknown.matters(one("name"))


def edit(name: str, **others: Any) -> Edit:
    return Edit("acme", "project", "prj_1", frozenset({"name", *others}), {"name": name, "archived": False, **others})


def now(name: str, **others: Any) -> dict[tuple[str, str], Record]:
    return {("project", "prj_1"): Record("prj_1", {"name": name, **others})}


def test_an_edit_is_over_when_nothing_that_matters_was_edited_since() -> None:
    watched = concern()
    waited = waiting("acme", "salesforce", [edit("Pier")], watched)
    assert waited is not None

    over = [Change(Where.OURS, "project", "prj_1")]
    assert settled(waited, watched, now("Pier")) == over
    assert settled(waited, watched, now("Pier", code="P1")) == over
    assert settled(waited, watched, now("Pier II")) == []
    assert settled(waited, watched, {}) == over


def test_of_several_edits_of_one_record_the_last_says_how_it_is() -> None:
    waited = waiting("acme", "salesforce", [edit("Pier"), edit("Pier II")], concern())

    assert waited is not None
    assert len(waited.edits) == 1
    assert settled(waited, concern(), now("Pier II")) != []


def test_edits_that_mean_nothing_do_not_wait() -> None:
    assert waiting("acme", "salesforce", [one("code")], concern()) is None


def test_what_waits_reads_back_as_it_was_written_and_holds_no_values() -> None:
    waited = waiting("acme", "salesforce", [edit("Confidential")], concern())

    assert waited is not None
    assert settling_of(waited.to_body()) == waited
    assert "Confidential" not in waited.to_body()


@pytest.mark.parametrize("body", ["", "{}", "[]", '{"tenant": "a", "connection": "b", "edits": [["c"]]}'])
def test_a_body_that_is_none_of_ours_is_refused(body: str) -> None:
    with pytest.raises(Misconfigured, match="cannot be read"):
        settling_of(body)


def test_a_concern_without_a_flow_for_it_is_none() -> None:
    assert settled(Settling("acme", "salesforce", (("client", "cli_1", "x"),)), concern(), {}) != []

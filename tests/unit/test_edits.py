"""Which edits a flow cares about."""

from collections.abc import Mapping
from typing import Any

import pytest

from timebridge.changes import Change, Where
from timebridge.edits import Edit, changes
from timebridge.flows import ALWAYS, All, Condition, Flow, Flows, field, one_of


def one(*changed: str, kind: str = "project") -> Edit:
    return Edit("acme", kind, "prj_1", frozenset(changed))


def unreadable(values: Mapping[str, Any]) -> bool:
    return bool(values.get("secret"))


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
    flows = Flows([Flow("flow", "project", "Opportunity", (field("name", "Name"),), when_ours=when)])

    assert changes([edit], flows) == ([Change(Where.OURS, "project", "prj_1")] if matters else [])

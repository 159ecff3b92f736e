"""The presets as data: what each of them chooses of the flows. Several together choose the sum of it.

A preset says the same things a tenant may say in `settings["flows"]`, and the tenant's own choices lie over it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from timebridge.choices import Choices, laid
from timebridge.lines import Unfit, listed, mapping, shown

ACCOUNT, CONTACT, OPPORTUNITY = "salesforce.account", "salesforce.contact", "salesforce.opportunity"

PROJECTS = "projects"
"""An opportunity that reaches a stage becomes a project, and its account a client."""

PUSH = "push"
"""A project becomes an opportunity, a client an account, and the hours are written there."""

TASKS = "tasks"
"""Opportunities and cases become tasks of one project, to book time on."""

PRESETS: Mapping[str, Mapping[str, Choices]] = {
    PROJECTS: {
        ACCOUNT: {"create_ours": True},
        OPPORTUNITY: {"create_ours": True},
    },
    PUSH: {
        ACCOUNT: {"create_theirs": True},
        OPPORTUNITY: {"create_theirs": True},
    },
    TASKS: {},
}

BACK = {"Negotiation/Review": "Active", "Closed Won": "Completed", "Closed Lost": "Cancelled"}
FORWARD = {"Active": "Negotiation/Review", "Completed": "Closed Won", "Cancelled": "Closed Lost"}

STAGES: Mapping[str, Mapping[str, Any]] = {
    "guide": {"values": {**FORWARD, "On Hold": "Closed Lost"}, "back": BACK},
    "safe": {"values": {**FORWARD, "On Hold": None}, "back": BACK},
}
"""Tables of a project's status and an opportunity's stage, by name. A closed stage may start automations in the org, so
the safe one leaves a project that is on hold where it is."""

BY_STATUS = {OPPORTUNITY: {"fields": {"status": {"theirs": "StageName", "direction": "both", "values": "guide"}}}}
"""Where nothing but the push speaks of projects, their status is the stage. Together with the preset that waits for a
stage it would undo the very stage that made the project."""


def switched_on(presets: Sequence[str]) -> dict[str, Choices]:
    found: dict[str, Choices] = {}
    for name in presets:
        found = laid(found, PRESETS[name])
    if PUSH in presets and PROJECTS not in presets:
        found = laid(found, BY_STATUS)
    return {name: _spelt_out(choices) for name, choices in found.items()}


def spelt_out(own: Any) -> dict[str, Choices]:
    """What a tenant chooses, with the tables they name row by row. Raises Unfit."""
    chosen = dict(mapping("flows", own))
    if isinstance(chosen.get(OPPORTUNITY), Mapping):
        chosen[OPPORTUNITY] = _spelt_out(chosen[OPPORTUNITY])
    return chosen


def _spelt_out(choices: Choices) -> Choices:
    lines = choices.get("fields")
    line = lines.get("status") if isinstance(lines, Mapping) else None
    name = line.get("values") if isinstance(line, Mapping) else None
    if not isinstance(lines, Mapping) or not isinstance(line, Mapping) or not isinstance(name, str):
        return choices
    if name not in STAGES:
        remedy = f"Choose {listed(STAGES)}, or give the table row by row."
        raise Unfit(f"flows.{OPPORTUNITY}.fields.status.values", f"There is no table {shown(name)}.", remedy)
    return {**choices, "fields": {**lines, "status": {**STAGES[name], **line, "values": STAGES[name]["values"]}}}

"""Flows, conditions and names of fields as people read them."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from timebridge.flows import ALWAYS, All, Condition, Direction, Flow, Is, IsNot, Winner

SAYS_NOTHING = frozenset({"Address", "FreeFormNumber", "URI", "value", "name"})
"""Leaves of a path that are the same whatever they belong to: what is above them tells what it is."""

WAYS = {Direction.IN: "comes from", Direction.OUT: "goes to", Direction.BOTH: "is kept in step with"}
DELETIONS = {
    None: "A deletion is not carried over",
    Direction.IN: "A deletion there archives the record here",
    Direction.OUT: "A deletion here deletes the record there",
    Direction.BOTH: "A deletion is carried over both ways",
}
WINNERS = {
    Winner.OURS: "ours counts",
    Winner.THEIRS: "theirs counts",
    Winner.NOBODY: "the conflict stays open until a person decides",
}


def label(name: str) -> str:
    """A name as people read it: `TB_Start_Date__c` is Start Date, `AccountId` is Account, `PrimaryPhone.FreeFormNumber`
    is Primary Phone."""
    above, _, leaf = name.rpartition(".")
    told = above.rpartition(".")[2] if above and leaf in SAYS_NOTHING else leaf
    bare = re.sub(r"^TB_|__c$|(?<=[a-z])Id$|_id$|(?<=[a-z])Ref$", "", re.sub(r"Addr$", "Address", told))
    words = re.sub(r"(?<=[a-z])(?=[A-Z0-9])", " ", bare.replace("_", " "))
    return words if words[:1].isupper() else words.capitalize()


def labels(names: Sequence[str]) -> str:
    """Of several fields that are one here: `Line 1 to Line 5`."""
    return " and ".join(map(label, names)) if len(names) < 3 else f"{label(names[0])} to {label(names[-1])}"


def spoken(name: str) -> str:
    return name.replace("_", " ")


def sentence(words: str) -> str:
    """What a provider says need not end where a sentence does."""
    return words if words.rstrip().endswith((".", "!", "?", ":")) or not words.strip() else f"{words.rstrip()}."


def called(values: Mapping[str, Any]) -> str | None:
    """How people call a record: its name, or the day, the person and the hours or amount of what has none."""
    if values.get("name"):
        return str(values["name"])
    told = ("number", "work_date", "date", "staff_name", "role", "amount")
    said = [values[name] for name in told if values.get(name)]
    worked = [f"{values['hours']} h"] if values.get("hours") else []
    return ", ".join(map(str, [*said, *worked])) or None


def in_words(flow: Flow) -> str:
    here, there = spoken(flow.kind).capitalize(), f"the provider's {flow.object}"
    sentences = [f"{here} {WAYS[flow.direction]} {there}."]
    if flow.direction.comes_in and flow.create_ours:
        sentences.append(f"A new one there is created here{_when(flow.when_theirs)}.")
    if flow.direction.goes_out and flow.create_theirs:
        sentences.append(f"A new one here is created there{_when(flow.when_ours)}.")
    if flow.posting:
        sentences.append("It is posted once, and taken out again when that does not hold any more.")
    if flow.match:
        sentences.append(f"Those with the same {spoken(flow.match)} are paired.")
    if flow.direction.comes_in and not flow.update_ours:
        sentences.append("What is here is not changed; a difference stays until that is switched on.")
    if flow.posting and not flow.update_theirs:
        sentences.append("An edit afterwards shows as changed, until it is posted again.")
    elif flow.direction.goes_out and not flow.update_theirs:
        sentences.append("What is there is not changed; a difference stays until that is switched on.")
    if flow.direction is Direction.BOTH:
        sentences.append(f"Where both sides changed one field, {WINNERS[flow.winner]}.")
    return " ".join([*sentences, f"{DELETIONS[flow.deletions]}."])


def _when(condition: Condition) -> str:
    return "" if condition == ALWAYS else f" when {condition_in_words(condition)}"


def condition_in_words(condition: Condition) -> str:
    return " and ".join(_said(line) for line in tests_of(condition)) or "always"


def tests_of(condition: Condition) -> list[Is]:
    """The single tests that must all hold."""
    if isinstance(condition, All):
        return [line for each in condition.conditions for line in tests_of(each)]
    return [condition] if isinstance(condition, Is) else []


def _said(line: Is) -> str:
    if line.path == "posted_to":
        return "it is posted"
    values = " or ".join("empty" if value is None else str(value) for value in line.among)
    path = label(line.path) if "." in line.path else line.path
    if isinstance(line, IsNot):
        return f"{path} is not {values}"
    return f"{path} is {values}" if values else "something else asks for it"

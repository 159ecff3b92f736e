"""How a record stands with a flow: a cause, a sentence, and what to do about it. Decided from what was read."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from timebridge.changes import Where
from timebridge.flows import MANAGED_BY, All, Condition, Flow, Is, IsNot, look_up
from timebridge.insight.drift import WORDS, Drift, Why
from timebridge.links import Aside, Link, Problem, State
from timebridge.records import Record
from timebridge.tenants import Connection, Rhythm, Status
from timebridge.wording import sentence, spoken


class Cause(StrEnum):
    IN_STEP = "in_step"
    NOT_YET = "not_yet"
    NOTHING_BY_ITSELF = "nothing_by_itself"
    CONNECTION = "connection"
    PARKED = "parked"
    ASIDE = "aside"
    WAITS_FOR_PARENT = "waits_for_parent"
    QUESTION = "question"
    CONFLICT = "conflict"
    BEING_CREATED = "being_created"
    ENDED = "ended"
    KEPT = "kept"
    ARCHIVED = "archived"
    GONE = "gone"
    ONE_WAY = "one_way"
    SWITCHED_OFF = "switched_off"
    CREATE_OFF = "create_off"
    FILTERED = "filtered"
    NOT_SELECTED = "not_selected"
    NOT_POSTED = "not_posted"
    IMAGE = "image"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Standing:
    cause: Cause
    words: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """What is known of one record and one flow. `drift`: what a fresh comparison of the pair found."""

    connection: Connection
    flow: Flow
    link: Link | None
    ours: Record | None
    theirs: Record | None
    drift: Drift | None = None


def standing(case: Case) -> Standing:
    connection = case.connection
    if connection.status is not Status.LIVE:
        words = f"The connection is {connection.status}. {connection.reason or ''}".strip()
        return Standing(Cause.CONNECTION, words, connection.remedy or "")
    return _of_pair(case, case.link) if case.link else _of_stranger(case)


# --- pairs -----------------------------------------------------------------------------------------------------------


def _of_pair(case: Case, link: Link) -> Standing:
    if link.state is State.TOMBSTONE:
        return _ended(link)
    if link.problem is not None:
        return _parked(link)
    if link.conflicts:
        fields = ", ".join(spoken(conflict.field) for conflict in link.conflicts)
        return Standing(
            Cause.CONFLICT, f"Both sides changed {fields}; nobody has decided yet.", "Decide which value counts."
        )
    if link.state is State.PENDING:
        return Standing(Cause.BEING_CREATED, "It is being created.", "Wait a minute.")
    return _compared(case)


def _parked(link: Link) -> Standing:
    assert link.problem is not None
    if link.problem.aside is not None:
        return _aside(link.problem, link.problem.aside)
    words = f"It is parked: {sentence(link.problem.reason)} {link.problem.remedy}".strip()
    if link.question is not None:
        return Standing(Cause.QUESTION, words, "Answer the question: link it to one of the candidates, or create it.")
    cause = Cause.WAITS_FOR_PARENT if link.problem.cause == "Unlinked" else Cause.PARKED
    return Standing(cause, words, link.problem.remedy)


def _aside(problem: Problem, aside: Aside) -> Standing:
    words = f"{aside.by} set it aside: {sentence(aside.reason)} It was refused: {sentence(problem.reason)}"
    return Standing(Cause.ASIDE, words, "Take it up again among the problems.")


def _ended(link: Link) -> Standing:
    if link.kept is Where.OURS and link.theirs is None:
        return Standing(
            Cause.KEPT, "Somebody decided that it stays here by itself.", "Link it by hand to share it again."
        )
    if link.kept is not None:
        kept = "here" if link.kept == "ours" else "there"
        return Standing(Cause.KEPT, f"The other record was deleted, and this one is kept {kept}: the pair ended.")
    return Standing(Cause.ENDED, "The pair was ended, because one of the two was deleted.", "Restore the record.")


def _compared(case: Case) -> Standing:
    whys = {each.why for each in case.drift.differences} if case.drift else set()
    if not whys:
        return Standing(Cause.IN_STEP, "It is in step.")
    fields = ", ".join(spoken(each.field) for each in case.drift.differences if each.field) if case.drift else ""
    if whys & {Why.GONE_OURS, Why.GONE_THEIRS}:
        return Standing(Cause.GONE, WORDS[min(whys)], "Restore it, or synchronise it now: then the pair ends.")
    if Why.MOVED in whys:
        return _waits(case, f"{fields} changed since both sides last agreed.")
    if Why.SWITCHED_OFF in whys:
        return Standing(Cause.SWITCHED_OFF, f"{fields}: {WORDS[Why.SWITCHED_OFF]}", "Switch it on in the settings.")
    return Standing(
        Cause.ONE_WAY, f"{fields}: {WORDS[min(whys)]}", "Change it on the other side, or let it go both ways."
    )


def _waits(case: Case, words: str) -> Standing:
    if case.connection.rhythm is Rhythm.OFF:
        said = f"{words} Nothing is pulled by itself: the rhythm of the connection is off."
        return Standing(Cause.NOTHING_BY_ITSELF, said, "Synchronise it now, or choose a rhythm.")
    next = f" at {case.connection.next_pull:%Y-%m-%d %H:%M} UTC" if case.connection.next_pull else ""
    return Standing(Cause.NOT_YET, f"{words} The next pull carries it{next}.", "Synchronise it now if it cannot wait.")


# --- strangers -------------------------------------------------------------------------------------------------------


def _of_stranger(case: Case) -> Standing:
    if case.ours is not None:
        return _only_ours(case, case.ours)
    if case.theirs is not None:
        return _only_theirs(case, case.theirs)
    return unknown()


def unknown() -> Standing:
    return Standing(
        Cause.UNKNOWN,
        "Neither side shows a record like this.",
        "Check the spelling, and whether the user who connected may see it.",
    )


def _only_ours(case: Case, ours: Record) -> Standing:
    flow = case.flow
    if ours.gone:
        return Standing(Cause.ARCHIVED, "It is archived.", "Restore it.")
    if ours.values.get(MANAGED_BY) is not None:
        return Standing(Cause.IMAGE, "It is an image of a record of another system, and not carried on.")
    if not flow.direction.goes_out:
        return Standing(Cause.ONE_WAY, f"{flow.object} only comes in: a record made here stays here.")
    if not flow.create_theirs:
        words = f"Waiting: create disabled. Creating {flow.object} from here is switched off in the settings."
        return Standing(Cause.CREATE_OFF, words, "Switch it on, or create it there.")
    if flow.posting and ours.values.get("posted_to") != case.connection.id:
        return _not_posted(ours.values)
    if not flow.when_ours(ours.values):
        return _filtered(flow.when_ours, ours.values)
    return _waits(case, "It has not been looked at yet.")


def _not_posted(values: Mapping[str, Any]) -> Standing:
    if values.get("from_books") is not None:
        return Standing(Cause.NOT_POSTED, "It came from the books, and is never posted.")
    words = {None: "It is not posted yet.", "held": "Somebody took it back out of the books."}
    said = words.get(values.get("posted_to"), "It is posted in the books of another connection.")
    return Standing(Cause.NOT_POSTED, said, "See the postings of the connection for what keeps it back, and post it.")


def _only_theirs(case: Case, theirs: Record) -> Standing:
    flow = case.flow
    if theirs.gone:
        return Standing(Cause.GONE, "It is deleted there.", "Restore it there.")
    if not flow.direction.comes_in:
        return Standing(Cause.ONE_WAY, f"{flow.object} only goes out: a record made there stays there.")
    if not flow.create_ours:
        words = f"Creating a {flow.kind.replace('_', ' ')} from {flow.object} is switched off in the settings."
        return Standing(Cause.CREATE_OFF, words, "Switch it on, or create it here.")
    if theirs.id in flow.barred:
        return Standing(Cause.NOT_SELECTED, "It is blocked: it never comes in.", "Lift the block.")
    if not flow.when_theirs(theirs.values):
        return _filtered(flow.when_theirs, theirs.values)
    return _waits(case, "It has not been looked at yet.")


def _filtered(condition: Condition, values: Mapping[str, Any]) -> Standing:
    failed = [line for line in _lines(condition) if not line(values)]
    if any(line.path == "Id" or not line.among for line in failed if not isinstance(line, IsNot)):
        return Standing(
            Cause.NOT_SELECTED,
            "It is outside of what was selected: it comes along only when a selected record refers to it.",
            "Extend the selection in the settings.",
        )
    said = " and ".join(_said(line, values) for line in failed) or "It does not fulfil the condition of the flow"
    return Standing(
        Cause.FILTERED, f"The rule holds it back: {said}.", "Change the record, or the rule in the settings."
    )


def _lines(condition: Condition) -> list[Is]:
    if isinstance(condition, All):
        return [line for each in condition.conditions for line in _lines(each)]
    return [condition] if isinstance(condition, Is) else []


def _said(line: Is, values: Mapping[str, Any]) -> str:
    asked = " or ".join("empty" if value is None else str(value) for value in line.among)
    found = look_up(values, line.path)
    verb = "may not be" if isinstance(line, IsNot) else "would have to be"
    return f"{line.path} is {'empty' if found is None else found} and {verb} {asked}"

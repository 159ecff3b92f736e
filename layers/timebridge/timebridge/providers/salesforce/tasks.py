"""The preset `tasks`: opportunities and cases are tasks of one project, and what is to do about them their subtasks.

They are images: they come in, are archived here when they are completed or deleted there, and never go out again.
"""

from collections.abc import Mapping
from typing import Any

from timebridge.choices import Unfit
from timebridge.converters import DATE, TEXT, Converter
from timebridge.flows import All, Condition, Direction, Field, Flow, Home, field, follows, none_of, one_of
from timebridge.records import Value

PRESET = "tasks"
TYPES = ("opportunities", "cases")
COMPLETED = ("Closed Won", "Closed Lost")
NEVER = one_of("Id")
OPEN = one_of("IsClosed", False)
HOME = Home("project", "prj_", {"name": "Salesforce", "open_to_all": True})


def flows(settings: Mapping[str, Any]) -> tuple[Flow, ...]:
    """Settings, all optional: `types` (of `TYPES`: what is imported), `items` (ids; without them all of these types,
    also those of the future), `archive_stages` (of opportunities that count as completed)."""
    types, items = settings.get("types", list(TYPES)), settings.get("items")
    stages = settings.get("archive_stages", list(COMPLETED))
    if PRESET not in settings.get("presets", ["projects"]):
        return ()
    _check(types, items)
    active = none_of("StageName", *stages)
    return (
        _flow("opportunity_task", "Opportunity", OPPORTUNITY, _wanted("opportunities" in types, items, active)),
        _flow("case_task", "Case", CASE, _wanted("cases" in types, items, OPEN)),
        _flow("opportunity_item", "Task", _item("opportunity_task"), _about("Opportunity")),
        _flow("case_item", "Task", _item("case_task"), _about("Case")),
    )


def _check(types: list[str], items: list[str] | None) -> None:
    """Raises choices.Unfit."""
    unknown = [each for each in types if each not in TYPES]
    if unknown:
        raise Unfit("types", f"There is no type {unknown[0]} to import.", f"There are: {', '.join(TYPES)}.")
    if items is not None and not (isinstance(items, list) and all(isinstance(each, str) for each in items)):
        raise Unfit("items", "The items do not fit.", "Give a list of ids, or null for everything.")


def _flow(name: str, object: str, fields: tuple[Field, ...], when: Condition) -> Flow:
    return Flow(
        name=f"salesforce.{name}",
        kind="task",
        object=object,
        fields=(*fields, field("origin_id", "Id")),
        direction=Direction.IN,
        when_theirs=when,
        create_theirs=False,
        deletions=Direction.IN,
        on_create_ours={"origin": object},
        mirror=True,
        home=HOME,
    )


def _wanted(chosen: bool, items: list[str] | None, active: Condition) -> Condition:
    if not chosen:
        return NEVER
    return active if items is None else All((one_of("Id", *items), active))


def _about(object: str) -> Condition:
    return All((one_of("What.Type", object), OPEN))


def _item(parent: str) -> tuple[Field, ...]:
    return (
        follows("task", "WhatId", f"salesforce.{parent}"),
        field("name", "Subject", _named("To do")),
        field("status", "Status"),
        field("due_date", "ActivityDate", DATE),
    )


def _named(otherwise: str) -> Converter:
    """Salesforce lets a subject be empty; a task needs a name."""
    return Converter(lambda value: TEXT.incoming(value) or otherwise, TEXT.outgoing)


def _case_name(subject: object, number: object) -> Value:
    return TEXT.incoming(subject) or f"Case {number}"


OPPORTUNITY = (field("name", "Name"), field("status", "StageName"), field("due_date", "CloseDate", DATE))
CASE = (
    field("name", ("Subject", "CaseNumber"), Converter(_case_name, lambda value: (value, None))),
    field("code", "CaseNumber"),
    field("status", "Status"),
)

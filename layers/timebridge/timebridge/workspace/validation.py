"""What a record may hold, checked: every refusal names the field, what was sent, and what is expected."""

from collections.abc import Mapping
from typing import Any

from timebridge.errors import Rejected
from timebridge.flows import MANAGED_BY
from timebridge.records import Value
from timebridge.workspace.kinds import kind_of, moves_of
from timebridge.workspace.properties import Property
from timebridge.workspace.wording import shown, spoken

LONGEST_KEY = 1000
"""Bytes; DynamoDB takes 1,024, and case folding makes three letters of some."""


def validate(
    kind: str, values: Mapping[str, Any], *, partial: bool = False, by_people: bool = False
) -> dict[str, Value]:
    """The values as they are kept, with defaults; `partial` checks only what is there.

    `by_people`: what is set by the moves of the kind may not be set directly.
    Raises Rejected, which names the field, what was sent, and what is expected.
    """
    properties = kind_of(kind).properties
    clean = {name: clean_value(kind, properties, name, value, by_people) for name, value in values.items()}
    if not partial:
        kept = {name: found for name, found in properties.items() if not found.computed}
        clean = {name: clean.get(name, found.default) for name, found in kept.items()}
    for name, found in properties.items():
        if found.required and name in clean and clean[name] is None and not _image_alone(found, clean):
            raise Rejected(
                f"The {spoken(kind)} needs a {spoken(name)}.",
                remedy=f"Give a {spoken(name)}.",
                field=name,
                trouble="mapping",
            )
    return clean


def _image_alone(found: Property, values: Mapping[str, Value]) -> bool:
    """The image of something elsewhere may stand alone, where a record of our own belongs to another."""
    return found.parent is not None and values.get(MANAGED_BY) is not None


def clean_value(kind: str, properties: Mapping[str, Property], name: str, value: Any, by_people: bool) -> Value:
    found = properties.get(name)
    if found is None:
        known = ", ".join(name for name, each in properties.items() if not each.computed)
        raise Rejected(f"A {spoken(kind)} has no {shown(name)}.", remedy=f"It has: {known}.", field=name)
    if found.computed:
        raise Rejected(f"The {spoken(name)} is calculated.", remedy="Leave it out.", field=name)
    if found.synced and by_people:
        raise Rejected(f"The {spoken(name)} is set by the synchronisation.", remedy="Leave it out.", field=name)
    if found.decided and by_people:
        moves = ", ".join(moves_of(kind))
        raise Rejected(f"The {spoken(name)} is not set directly.", remedy=f"Use one of: {moves}.", field=name)
    if value is None:
        return None
    try:
        return found.read(value)
    except ValueError as error:
        raise Rejected(
            f"The {spoken(name)} {shown(value)} is not valid.",
            remedy=f"It must be {error}.",
            field=name,
            trouble="format",
        ) from None


def name_key(value: object) -> str:
    """How names are compared: without regard to case and spacing, and by as much as fits into a key."""
    return " ".join(str(value).split()).casefold().encode()[:LONGEST_KEY].decode(errors="ignore")

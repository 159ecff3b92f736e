"""What a record of each kind holds: the fields of a form, with types and what they refuse."""

from enum import StrEnum
from typing import Any

from timebridge.api.access import ADMINS, EVERYBODY, Asking, Noun, TenantId
from timebridge.api.kinds import ENTRIES, PLURAL_OF, PLURALS
from timebridge.api.views import Kept, Number, Page, View
from timebridge.wording import label
from timebridge.workspace import kinds
from timebridge.workspace.kinds import KINDS
from timebridge.workspace.locks import DECIDED_HERE
from timebridge.workspace.properties import Kind, Property
from timebridge.workspace.readers import Choice, Day, Email, Flag, Reader, Text
from timebridge.workspace.readers import Number as Figure

definitions = Noun("kinds")


class Type(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    DATE = "date"
    EMAIL = "email"
    CHOICE = "choice"
    REFERENCE = "reference"


class SetBy(StrEnum):
    """Who gives a value. `moves`: people, by submitting, approving and the like."""

    PEOPLE = "people"
    MOVES = "moves"
    SYNC = "sync"
    NOBODY = "nobody"


READERS: dict[type, Type] = {
    Text: Type.TEXT,
    Figure: Type.NUMBER,
    Flag: Type.FLAG,
    Day: Type.DATE,
    Email: Type.EMAIL,
    Choice: Type.CHOICE,
}


class DefinitionView(View):
    """`refers_to`: the kinds, in the plural, of a reference. `longest`: of a text, in characters. `step`, `least` and
    `most`: of a number. `on_images`: people set it on the image of a record elsewhere too; the others are
    changed there."""

    name: str
    label: str
    type: Type
    required: bool
    set_by: SetBy
    refers_to: str | None
    longest: int | None
    step: Number | None
    least: Number | None
    most: Number | None
    choices: tuple[str, ...] | None
    default: Kept
    on_images: bool


class KindView(View):
    """`kinds`: the word in paths. `name`: the field that orders and finds records; `key`: another that finds them.
    `parent`: the field by which `parent` lists them. `moves`: what may become of a record, beside being archived."""

    kinds: str
    kind: str
    label: str
    name: str
    key: str | None
    parent: str | None
    entries: bool
    moves: list[str]
    fields: list[DefinitionView]


@definitions.get("/tenants/<tenant>/kinds", EVERYBODY, "List the kinds of records and what they hold")
def list_kinds(tenant: TenantId, caller: Asking) -> Page[KindView]:  # noqa: ARG001 (the guard has looked at it)
    """In the order of the API. What is confidential is told to administrators only."""
    everything = caller.is_any(ADMINS)
    return Page[KindView](items=[_kind(plural, KINDS[name], everything) for plural, name in PLURALS.items()])


def _kind(plural: str, kind: Kind, everything: bool) -> KindView:
    shown = {name: found for name, found in kind.properties.items() if everything or not found.confidential}
    return KindView(
        kinds=plural,
        kind=kind.name,
        label=label(kind.name),
        name=kind.label,
        key=kind.key,
        parent=kind.parent,
        entries=plural in ENTRIES,
        moves=list(kinds.moves_of(kind.name)),
        fields=[field_of(name, found) for name, found in shown.items()],
    )


def field_of(name: str, found: Property) -> DefinitionView:
    plural = PLURAL_OF.get(found.parent or "")
    read = found.read
    return DefinitionView(
        name=name,
        label=label(name),
        type=Type.REFERENCE if found.parent else READERS[type(read)],
        required=found.required,
        set_by=_set_by(found),
        refers_to=plural,
        choices=read.names if isinstance(read, Choice) else None,
        default=found.default,
        on_images=name in DECIDED_HERE,
        **_bounds(read),
    )


def _bounds(read: Reader) -> dict[str, Any]:
    figure = read if isinstance(read, Figure) else None
    return {
        "longest": read.longest if isinstance(read, Text) else None,
        "step": figure.places if figure else None,
        "least": figure.least if figure else None,
        "most": figure.most if figure else None,
    }


def _set_by(found: Property) -> SetBy:
    if found.computed:
        return SetBy.NOBODY
    if found.synced:
        return SetBy.SYNC
    return SetBy.MOVES if found.decided else SetBy.PEOPLE

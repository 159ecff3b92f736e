"""What each kind of record has: read once from `sandbox/data/quickbooks_schema.txt`."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SOURCE = Path(__file__).parent.parent / "data" / "quickbooks_schema.txt"
FLAGS = {"F": "filter", "S": "sort", "R": "readonly", "!": "required", "N": "plain_name", "K": "kept", "O": "once"}


@dataclass(frozen=True)
class Field:
    name: str
    kind: str  # s, bool, int, dec, date, datetime, clock, enum, ref, obj, list or any
    detail: tuple[str, ...] = ()  # enum values, reference targets, or the one nested type
    max: int = 0
    flags: frozenset[str] = frozenset()
    default: str | None = None

    def has(self, flag: str) -> bool:
        return flag in self.flags


@dataclass
class Shape:
    """Named fields in order; found under any spelling of their case."""

    name: str
    fields: dict[str, Field] = field(default_factory=dict)

    def add(self, one: Field) -> None:
        self.fields[one.name] = one

    def find(self, name: str) -> Field | None:
        wanted = name.lower()
        return next((one for one in self.fields.values() if one.name.lower() == wanted), None)


@dataclass
class Entity(Shape):
    kind: str = "plain"
    space: str = ""
    start: int = 1
    ops: str = ""
    events: str = ""
    cdc: bool = False

    @property
    def is_list(self) -> bool:
        return self.kind == "list"

    @property
    def is_transaction(self) -> bool:
        return self.kind == "transaction"

    @property
    def has_active(self) -> bool:
        return self.is_list and "Active" in self.fields

    @property
    def name_field(self) -> str | None:
        return next((name for name in ("DisplayName", "Name") if name in self.fields), None)


@dataclass
class Schema:
    entities: dict[str, Entity] = field(default_factory=dict)
    types: dict[str, Shape] = field(default_factory=dict)
    _by_lower: dict[str, Entity] = field(default_factory=dict)

    def entity(self, name: str) -> Entity | None:
        """Finds an entity in any spelling of its case, as URLs and queries write it."""
        return self._by_lower.get(name.lower())

    def add(self, entity: Entity) -> None:
        self.entities[entity.name] = entity
        self._by_lower[entity.name.lower()] = entity


def load(text: str) -> Schema:
    schema, groups = Schema(), dict[str, Shape]()
    shape = Shape("")
    for words in significant_lines(text):
        match words:
            case ["entity", name, *facts]:
                shape = entity_from(name, facts)
                schema.add(shape)
            case ["type", name]:
                shape = schema.types[name] = Shape(name)
            case ["group", name]:
                shape = groups[name] = Shape(name)
            case ["use", name]:
                shape.fields.update(groups[name].fields)
            case [name, kind, *flags]:
                shape.add(field_from(name, kind, flags))
    return schema


def significant_lines(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        words = line.split("#")[0].split() if line.startswith("#") else line.split()
        if words:
            yield words


def entity_from(name: str, facts: list[str]) -> Entity:
    given = dict(fact.partition("=")[::2] for fact in facts)
    return Entity(
        name,
        kind=given["kind"],
        space=given["space"],
        start=int(given.get("start", 1)),
        ops=given.get("ops", ""),
        events=given.get("events", ""),
        cdc="cdc" in given,
    )


def field_from(name: str, kind: str, flags: list[str]) -> Field:
    kind, _, detail = kind.partition(":")
    default = next((flag[1:] for flag in flags if flag.startswith("=")), None)
    marks = frozenset(FLAGS[flag] for flag in flags if not flag.startswith("="))
    if kind == "s":
        return Field(name, kind, max=int(detail or 0), flags=marks, default=default)
    return Field(name, kind, tuple(detail.replace("~", " ").split("|")) if detail else (), flags=marks, default=default)


SCHEMA = load(SOURCE.read_text(encoding="utf-8"))

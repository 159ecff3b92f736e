"""Flows: one kind of the workspace in step with one object of a provider, as data."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from typing import Any, Protocol

from timebridge.changes import Where
from timebridge.records import Value, Values


class Direction(StrEnum):
    IN = "in"
    OUT = "out"
    BOTH = "both"

    @property
    def comes_in(self) -> bool:
        return self is not Direction.OUT

    @property
    def goes_out(self) -> bool:
        return self is not Direction.IN


class Winner(StrEnum):
    """Who is right when both sides moved the same field."""

    OURS = "ours"
    THEIRS = "theirs"
    NOBODY = "nobody"


class Confirm(StrEnum):
    """Which pairs of strangers a person is asked about: those that are only likely, all of them, or none."""

    LIKELY = "likely"
    ALWAYS = "always"
    NEVER = "never"


ABSENT = "\0absent"
"""A reference whose other end is not linked."""

UNCHANGED = "\0unchanged"
"""A value that has no counterpart on the other side: what is there stays as it is."""

MANAGED_BY = "managed_by"
"""The value of ours that names the connection from which the record is an image: nothing carries it out again."""


@dataclass(frozen=True, slots=True)
class Converter:
    """How one value (or a group of them, when a field names several) reads on the other side.

    `written`: the values of theirs that a table of values writes. `forward` (ours to theirs) and `back` (theirs to
    ours): that table, where a person chose it row by row.
    """

    incoming: Callable[..., Value]
    outgoing: Callable[[Value], object]
    written: tuple[Value, ...] = ()
    forward: Mapping[Value, Value] | None = None
    back: Mapping[Value, Value] | None = None


def _clean(value: object) -> Value:
    if value is None:
        return None
    return str(value).strip() or None


def _same(value: Value) -> Any:
    return value


def _decimal(places: str) -> Callable[[object], Value]:
    def convert(value: object) -> Value:
        return None if value is None else Decimal(str(value)).quantize(Decimal(places), ROUND_HALF_UP)

    return convert


TEXT = Converter(_clean, _same)
MONEY = Converter(_decimal("0.01"), _decimal("0.01"))
HOURS = Converter(_decimal("0.01"), _decimal("0.01"))
FLAG = Converter(lambda value: bool(value), _same)
DATE = Converter(lambda value: str(value)[:10] if value else None, _same)


def text(limit: int) -> Converter:
    """Text that fits the other side: what is too long for it is cut there."""
    return Converter(_clean, lambda value: None if value is None else str(value)[:limit])


def choice(names: Mapping[str, Value], back: Mapping[Value, str] | None = None) -> Converter:
    """A table of their values and ours. Values outside the tables pass unchanged."""
    reverse = back if back is not None else {ours: theirs for theirs, ours in names.items()}
    return Converter(
        lambda value: names.get(value, value),
        lambda value: reverse.get(value, value),
        tuple(dict.fromkeys(reverse.values())),
    )


def table(forward: Mapping[Value, Value], back: Mapping[Value, Value], plain: Converter = TEXT) -> Converter:
    """Two tables of values: ours to theirs, and theirs to ours; they need not be each other's inverse.

    A value that is not in its table, or stands beside UNCHANGED there, changes nothing on the other side. An empty
    value empties the other side, unless the table says otherwise.
    """
    there, here = {None: None, **forward}, {None: None, **back}
    return Converter(
        lambda value: here.get(plain.incoming(value), UNCHANGED),
        lambda value: there.get(value, UNCHANGED),
        tuple(dict.fromkeys(value for value in forward.values() if value not in (None, UNCHANGED))),
        forward,
        back,
    )


def filled(plain: Converter) -> Converter:
    """For a field that may not be empty over there: an empty value of ours leaves it as it is."""
    return replace(plain, outgoing=lambda value: UNCHANGED if value is None else plain.outgoing(value))


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a flow. `theirs` is a dotted path, or several when one value of ours is spread over them.

    `follows`, of a reference: the record is there as long as its parent is, and never brings the parent along.
    `optional`, of a reference that goes out: while the other end is not linked, the record goes without it. Of any
    other line: an account need not have the field, and where it has not, the line is left out.
    `start`, of a value that only goes out: what a new record of ours holds by itself; an empty one there is the same.
    """

    ours: str
    theirs: tuple[str, ...]
    converter: Converter = TEXT
    direction: Direction | None = None
    parent: str | None = None
    follows: bool = False
    optional: bool = False
    start: Value = None

    def familiar(self, theirs: Value, *known: Value) -> Value:
        """Theirs, or the value of ours that reads the same over there: a shorter or coarser field loses nothing."""
        if self.parent is None:
            for value in known:
                if value != theirs and self._image(value) == theirs:
                    return value
        return theirs

    def carries(self, value: Value) -> bool:
        """Whether this value of ours can be said over there."""
        return self.converter.outgoing(value) != UNCHANGED

    def _image(self, value: Value) -> Value:
        there = self.converter.outgoing(value)
        if there == UNCHANGED:
            return value
        return self.converter.incoming(*(there if isinstance(there, tuple) else (there,)))


def field(
    ours: str, theirs: str | tuple[str, ...], converter: Converter = TEXT, direction: Direction | None = None
) -> Field:
    return Field(ours, (theirs,) if isinstance(theirs, str) else theirs, converter, direction)


def optional(line: Field) -> Field:
    return replace(line, optional=True)


def ref(ours: str, theirs: str, parent: str, direction: Direction | None = None) -> Field:
    """A reference to a record of the flow `parent`: our id here, their id there."""
    return Field(ours, (theirs,), TEXT, direction, parent)


def follows(ours: str, theirs: str, parent: str, direction: Direction = Direction.IN) -> Field:
    """A reference to a record of the flow `parent` that has to be linked already: its children come and go with it."""
    return Field(ours, (theirs,), TEXT, direction, parent, follows=True)


def maybe(ours: str, theirs: str, parent: str) -> Field:
    """A reference that goes out where its other end is linked, and is left empty where it is not."""
    return Field(ours, (theirs,), TEXT, Direction.OUT, parent, optional=True)


class Condition(Protocol):
    def __call__(self, values: Mapping[str, Any], /) -> bool: ...


@dataclass(frozen=True, slots=True)
class Is:
    """The value at a dotted path is one of these. Nothing there counts as None."""

    path: str
    among: tuple[Value, ...]

    def __call__(self, values: Mapping[str, Any], /) -> bool:
        return look_up(values, self.path) in self.among


@dataclass(frozen=True, slots=True)
class IsNot(Is):
    """The value at a dotted path is none of these."""

    def __call__(self, values: Mapping[str, Any], /) -> bool:
        return look_up(values, self.path) not in self.among


@dataclass(frozen=True, slots=True)
class All:
    conditions: tuple[Condition, ...] = ()

    def __call__(self, values: Mapping[str, Any], /) -> bool:
        return all(condition(values) for condition in self.conditions)


ALWAYS = All()


def one_of(path: str, *among: Value) -> Condition:
    return Is(path, among)


def none_of(path: str, *among: Value) -> Condition:
    return IsNot(path, among)


@dataclass(frozen=True, slots=True)
class Home:
    """A record of ours that all records of a flow belong to, made together with the first of them.

    `id` is completed by the connection's (see `Flow.at`): each connection has a home of its own.
    """

    kind: str
    id: str
    values: Values


@dataclass(frozen=True, slots=True)
class Flow:
    """One kind in step with one object.

    `match` names the field of ours by which a stranger is recognised, `confirm` says when a person is asked first.
    `external` is the path of theirs that holds the id of our record: it tells more than any name. `survivor` is the
    path that, on a deleted record of theirs, holds the id of the one it was merged into. `when_ours` and `when_theirs`
    say which records qualify for being created on the other side, each in its own side's terms. `deletions` says
    which way a deletion is carried; where it is not, the other record stays and the pair ends. `posting`: a record of
    ours that does not qualify (any more) counts as not there, so that withdrawing it withdraws its copy from the books.
    `on_create_theirs` and `on_create_ours` are values that a new record gets and that are never compared.
    `mirror`: a record of theirs that does not qualify (any more) counts as not there, so that what is no longer wanted
    leaves the workspace. `home`: the record of ours that all of the flow's records belong to.
    `update_theirs` and `update_ours`: whether a record that is there already is changed; where not, the two stay
    different until it is allowed again. `rhythm`: how often it is pulled, where not as often as its connection.
    """

    name: str
    kind: str
    object: str
    fields: tuple[Field, ...]
    direction: Direction = Direction.BOTH
    winner: Winner = Winner.THEIRS
    match: str | None = None
    confirm: Confirm = Confirm.NEVER
    external: str | None = None
    survivor: str | None = None
    when_ours: Condition = ALWAYS
    when_theirs: Condition = ALWAYS
    create_ours: bool = True
    create_theirs: bool = True
    update_ours: bool = True
    update_theirs: bool = True
    deletions: Direction | None = Direction.BOTH
    posting: bool = False
    on_create_theirs: Values | None = None
    on_create_ours: Values | None = None
    mirror: bool = False
    home: Home | None = None
    rhythm: str | None = None

    def at(self, connection: str) -> "Flow":
        """The flow as this connection has it: its records, and their home, say who manages them."""
        if self.home is None:
            return self
        managed = {MANAGED_BY: connection}
        home = Home(self.home.kind, f"{self.home.id}{connection}", {**self.home.values, **managed})
        return replace(self, home=home, on_create_ours={**(self.on_create_ours or {}), **managed, home.kind: home.id})

    def direction_of(self, field: Field) -> Direction:
        return field.direction or self.direction

    @property
    def parents(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.parent)

    @property
    def match_field(self) -> Field | None:
        return next((field for field in self.fields if field.ours == self.match), None)

    def incoming(self, values: Mapping[str, Any], links: Mapping[str, str]) -> dict[str, Value]:
        """Their values in workspace terms. `links`: our id for each "flow/their id"; an unlinked one is left ABSENT."""
        return {field.ours: self._incoming(field, values, links) for field in self.fields}

    @staticmethod
    def _incoming(field: Field, values: Mapping[str, Any], links: Mapping[str, str]) -> Value:
        found = [look_up(values, path) for path in field.theirs]
        converted = field.converter.incoming(*found)
        if field.parent is None or converted is None:
            return converted
        return links.get(f"{field.parent}/{converted}", ABSENT)

    def outgoing(self, values: Values, links: Mapping[str, str]) -> dict[str, Any]:
        """Our values in their terms, nested where their paths are. `links`: their id for each "flow/our id"."""
        result: dict[str, Any] = {}
        for field in self.fields:
            if field.ours in values:
                value = values[field.ours]
                if field.parent is not None and value is not None:
                    value = links[f"{field.parent}/{value}"]
                converted = field.converter.outgoing(value)
                parts = converted if isinstance(converted, tuple) else (converted,)
                if converted != UNCHANGED:
                    for path, part in zip(field.theirs, parts, strict=True):
                        put(result, path, part)
        return result


class Flows:
    """The flows of one connection, parents before children."""

    def __init__(self, flows: Iterable[Flow]) -> None:
        by_name = {flow.name: flow for flow in flows}
        graph = {name: {field.parent for field in flow.parents} for name, flow in by_name.items()}
        unknown = {parent for parents in graph.values() for parent in parents} - set(by_name)
        if unknown:
            raise ValueError(f"Flows refer to parents that are not there: {sorted(map(str, unknown))}")
        try:
            order = list(TopologicalSorter(graph).static_order())
        except CycleError as error:
            raise ValueError(f"Flows refer to each other in a circle: {error.args[1]}") from error
        self._by_name = {name: by_name[name] for name in order if name is not None}

    def __iter__(self) -> Iterator[Flow]:
        return iter(self._by_name.values())

    def __getitem__(self, name: str) -> Flow:
        return self._by_name[name]

    def __len__(self) -> int:
        return len(self._by_name)

    def of(self, where: Where, name: str) -> list[Flow]:
        """The flows that watch this kind (ours) or object (theirs)."""
        return [flow for flow in self if name == (flow.kind if where is Where.OURS else flow.object)]

    def names(self, where: Where) -> list[str]:
        """The kinds (ours) or objects (theirs) that any flow watches, parents first."""
        return list(dict.fromkeys(flow.kind if where is Where.OURS else flow.object for flow in self))


def look_up(values: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path; None where the path ends early."""
    if "." not in path:
        return values.get(path)
    found: Any = values
    for step in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(step)
    return found


def put(values: dict[str, Any], path: str, value: object) -> None:
    """Set the value at a dotted path, making the dictionaries on the way."""
    *steps, last = path.split(".")
    for step in steps:
        values = values.setdefault(step, {})
    values[last] = value


def paths(fields: Sequence[Field]) -> list[str]:
    """Every path of theirs that the fields read, once."""
    return list(dict.fromkeys(path for field in fields for path in field.theirs))

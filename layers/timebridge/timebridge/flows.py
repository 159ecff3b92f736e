"""Flows: one kind of the workspace in step with one object of a provider, as data."""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from typing import Any, Protocol

from timebridge.changes import Where
from timebridge.converters import TEXT, UNCHANGED, Converter
from timebridge.errors import Rejected
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

MANAGED_BY = "managed_by"
"""The value of ours that names the connection from which the record is an image: nothing carries it out again."""

HERE = "\0here"
"""In a condition, or among the values of a new record of ours: the connection that has the flow (see `Flow.at`)."""


@dataclass(frozen=True, slots=True)
class Lines:
    """How the lines of a document read on the other side. They only go out, or only come in.

    Ours is a JSON list of objects (see `lines_text`). `parents`: the flow of each key that refers to a record of ours.
    `body`: one line of theirs, from one of ours whose references are their ids by now. `read`, of lines that come in:
    one of ours, whose references are their ids still, from one of theirs; None where it is of no interest. Those that
    refer to nothing of ours stay away, and so does a document none of whose lines does.
    """

    parents: Mapping[str, str]
    body: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    read: Callable[[Mapping[str, Any]], Mapping[str, Any] | None] | None = None

    def outgoing(self, value: Value, links: Mapping[str, str]) -> list[Mapping[str, Any]]:
        """`links`: their id for each "flow/our id"."""
        return [self.body({**line, **self._theirs(line, links)}) for line in lines_of(value)]

    def without(self, flows: Collection[str]) -> "Lines":
        """The lines where these flows are off: they refer to their records no more."""
        parents = {key: flow for key, flow in self.parents.items() if flow not in flows}
        gone, body, read = self.parents.keys() - parents.keys(), self.body, self.read

        def kept(line: Mapping[str, Any] | None) -> Mapping[str, Any]:
            return {key: value for key, value in (line or {}).items() if key not in gone}

        return Lines(parents, lambda line: body(kept(line)), read and (lambda line: kept(read(line)) or None))

    def incoming(self, value: Any, links: Mapping[str, str]) -> Value:
        """`links`: our id for each "flow/their id"."""
        if self.read is None:
            return UNCHANGED
        ours = ((line, self._ours(line, links)) for line in self.told(value))
        found = [{**line, **parents} for line, parents in ours if None not in parents.values()]
        return lines_text(found) if found else None

    def told(self, value: Any) -> list[Mapping[str, Any]]:
        """What lines of theirs say, by their ids."""
        read = self.read or (lambda _: None)
        return [line for each in value or () if (line := read(each)) is not None]

    def below(self, value: Any) -> Iterator[tuple[str, str]]:
        """Flow and id of each record of theirs that lines of theirs refer to."""
        parents = self.parents.items()
        yield from ((flow, str(line[key])) for line in self.told(value) for key, flow in parents if line.get(key))

    def _ours(self, line: Mapping[str, Any], links: Mapping[str, str]) -> dict[str, str | None]:
        return {key: links.get(f"{flow}/{line[key]}") for key, flow in self.parents.items() if line.get(key)}

    def _theirs(self, line: Mapping[str, Any], links: Mapping[str, str]) -> dict[str, str]:
        return {key: links[f"{flow}/{line[key]}"] for key, flow in self.parents.items() if line.get(key)}


def lines_text(lines: Iterable[Mapping[str, Any]]) -> str:
    """The lines of a document as one value of a record: what says the same is the same text. Decimals are texts."""
    return json.dumps([dict(line) for line in lines], sort_keys=True, separators=(",", ":"), default=str)


def lines_of(value: Value) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(str(value)) if value else []
    return found


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a flow. `theirs` is a dotted path, or several when one value of ours is spread over them.

    `follows`, of a reference: the record is there as long as its parent is, and never brings the parent along.
    `optional`, of a reference that goes one way: while the other end is not linked, the record goes without it. Of any
    other line: an account need not have the field, and where it has not, the line is left out.
    `start`, of a value that only goes out: what a new record of ours holds by itself; an empty one there is the same.
    `once`: it goes out with a new record, and only comes in from then on.
    `either`: it refers to a record of one of these flows; ours says which, as "flow/id".
    `known_as`: the value that people know, where what is sent was made of it.
    `winner`: who is right about this line, where not the one who is about the others of its flow.
    """

    ours: str
    theirs: tuple[str, ...]
    converter: Converter = TEXT
    direction: Direction | None = None
    parent: str | None = None
    follows: bool = False
    optional: bool = False
    start: Value = None
    lines: Lines | None = None
    once: bool = False
    either: tuple[str, ...] = ()
    known_as: str | None = None
    winner: Winner | None = None

    @property
    def shown(self) -> str:
        return self.known_as or self.ours

    def above(self, value: Value) -> Iterator[tuple[str, str]]:
        """Flow and id of each record of ours that a value of this line refers to."""
        if self.parent is not None and value is not None:
            yield self.parent, str(value)
        if self.either and value is not None:
            flow, _, id = str(value).partition("/")
            yield flow, id
        if self.lines is not None:
            parents = self.lines.parents.items()
            yield from ((flow, str(line[key])) for line in lines_of(value) for key, flow in parents if line.get(key))

    @property
    def refers(self) -> bool:
        return self.parent is not None or self.lines is not None or bool(self.either)

    @property
    def parent_flows(self) -> tuple[str, ...]:
        if self.lines is not None:
            return tuple(dict.fromkeys(self.lines.parents.values()))
        return self.either if self.parent is None else (self.parent,)

    def without(self, flows: Collection[str]) -> "Field | None":
        """The line where these flows are off, as far as it can do without them; None: it has nothing left to say."""
        if self.lines is not None and self.lines.read is None:
            return replace(self, lines=self.lines.without(flows))
        left = tuple(flow for flow in self.either if flow not in flows)
        if left or (not self.optional and self.parent_flows):
            return replace(self, either=left or self.either)
        return None if set(self.parent_flows) & {*flows} else self

    def familiar(self, theirs: Value, *known: Value) -> Value:
        """Theirs, or the value of ours that reads the same over there: a shorter or coarser field loses nothing."""
        if not self.parent_flows:
            for value in known:
                if value != theirs and self._reads_as(value, theirs):
                    return value
        return theirs

    def _reads_as(self, value: Value, theirs: Value) -> bool:
        also = self.converter.reads_as
        return self.image(value) == theirs or (also is not None and also(value, theirs))

    def carries(self, value: Value) -> bool:
        """Whether this value of ours can be said over there."""
        return self.converter.outgoing(value) != UNCHANGED

    def image(self, value: Value) -> Value:
        """How a value of ours reads when it comes back from over there."""
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


def maybe(ours: str, theirs: str, parent: str, direction: Direction = Direction.OUT) -> Field:
    """A reference that goes where its other end is linked, and is left empty where it is not."""
    return Field(ours, (theirs,), TEXT, direction, parent, optional=True)


def either(ours: str, theirs: str, *flows: str) -> Field:
    """A reference that only goes out to a record of one of these flows; ours is "flow/id"."""
    return Field(ours, (theirs,), TEXT, Direction.OUT, either=flows)


def known_as(name: str, line: Field) -> Field:
    """A line whose value is made of one that people know under this name."""
    return replace(line, known_as=name)


def lines(ours: str, theirs: str, spec: Lines) -> Field:
    """The lines of a document, which refer to records of the flows in `spec.parents`."""
    return Field(ours, (theirs,), TEXT, Direction.OUT, lines=spec)


def applied(ours: str, theirs: str, parents: Mapping[str, str], read: Callable[..., Mapping[str, Any] | None]) -> Field:
    """Lines that come in, and without which a document of theirs is none of ours."""
    return Field(ours, (theirs,), TEXT, Direction.IN, lines=Lines(parents, dict, read))


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


def _placed(condition: Condition, connection: str) -> Condition:
    """The condition with HERE as this connection."""
    if isinstance(condition, All):
        return All(tuple(_placed(each, connection) for each in condition.conditions))
    if isinstance(condition, Is) and HERE in condition.among:
        return replace(condition, among=tuple(connection if value == HERE else value for value in condition.among))
    return condition


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
class Stays:
    """Records of ours that stay though theirs are not wanted any more: those that have one of these values, and those
    that records of these kinds refer to (by the name of the flow's kind)."""

    values: tuple[str, ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Flow:
    """One kind in step with one object.

    `match` names the field of ours by which a stranger of theirs is recognised (`otherwise`: where that recognises
    none, the same value of this one tells), `confirm` says when a person is asked first.
    `external` is the path of theirs that holds the id of our record: it tells more than any name. `survivor` is the
    path that, on a deleted record of theirs, holds the id of the one it was merged into; `merged`: records of theirs
    are never deleted, so one that is not there, or for which this holds, was merged. `when_ours` and `when_theirs` say
    which records qualify for being created on the other side, each in its own side's terms. `deletions` says
    which way a deletion is carried; where it is not, the other record stays and the pair ends. `posting`: a record of
    ours that does not qualify (any more) counts as not there, so that withdrawing it withdraws its copy from the books.
    `on_create_theirs` and `on_create_ours` are values that a new record gets and that are never compared.
    `mirror`: a record of theirs that does not qualify (any more) counts as not there, so that what is no longer wanted
    leaves the workspace, but for what `stays`. `barred`: ids of theirs that never come in,
    even where something refers to them. `home`: the record of ours that all of the flow's records belong to.
    `update_theirs` and `update_ours`: whether a record that is there already is changed; where not, the two stay
    different until it is allowed again. `single`: the workspace needs one record of the kind (with the same
    references, if the flow has any), so where there is one, whichever it is, none is created. `rhythm`: how often it
    is pulled, where not as often as its connection.
    `voids`: a posting that is taken back stays over there and comes to nothing; else it is deleted.
    `refusal`: why a record of ours that qualifies cannot be created there; what is there already it does not concern.
    """

    name: str
    kind: str
    object: str
    fields: tuple[Field, ...]
    direction: Direction = Direction.BOTH
    winner: Winner = Winner.THEIRS
    match: str | None = None
    otherwise: str | None = None
    confirm: Confirm = Confirm.NEVER
    external: str | None = None
    survivor: str | None = None
    merged: Condition | None = None
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
    stays: Stays | None = None
    barred: frozenset[str] = frozenset()
    home: Home | None = None
    single: bool = False
    rhythm: str | None = None
    refusal: Callable[[Values], Rejected | None] | None = None
    voids: bool = False

    def at(self, connection: str) -> "Flow":
        """The flow as this connection has it: its records, and their home, say who manages them."""
        given = self.on_create_ours or {}
        if HERE in given.values():
            given = {name: connection if value == HERE else value for name, value in given.items()}
            return replace(self, on_create_ours=given).at(connection)
        when = _placed(self.when_ours, connection)
        flow = self if when == self.when_ours else replace(self, when_ours=when)
        return flow if flow.home is None else flow._managed(flow.home, connection)

    def _managed(self, home: Home, connection: str) -> "Flow":
        managed = {MANAGED_BY: connection}
        home = Home(home.kind, f"{home.id}{connection}", {**home.values, **managed})
        return replace(self, home=home, on_create_ours={**(self.on_create_ours or {}), **managed, home.kind: home.id})

    def direction_of(self, field: Field) -> Direction:
        return field.direction or self.direction

    def winner_of(self, field: Field) -> Winner:
        return field.winner or self.winner

    @property
    def parents(self) -> tuple[Field, ...]:
        return tuple(field for field in self.fields if field.parent)

    @property
    def referring(self) -> tuple[Field, ...]:
        """The lines that carry references out."""
        return tuple(field for field in self.fields if field.refers and self.direction_of(field).goes_out)

    def above(self, values: Values) -> list[tuple[str, str]]:
        """Flow and id of each record of ours that goes before this one."""
        return list(dict.fromkeys(pair for field in self.referring for pair in field.above(values.get(field.ours))))

    @property
    def parent_flows(self) -> tuple[str, ...]:
        """The flows to whose records its own refer."""
        return tuple(dict.fromkeys(name for field in self.fields for name in field.parent_flows))

    @property
    def lines_in(self) -> list[tuple[str, Lines]]:
        """Where lines of theirs are that come in, and how they read."""
        return [(each.theirs[0], each.lines) for each in self.fields if each.lines is not None and each.lines.read]

    @property
    def match_field(self) -> Field | None:
        return next((field for field in self.fields if field.ours == self.match), None)

    def incoming(self, values: Mapping[str, Any], links: Mapping[str, str]) -> dict[str, Value]:
        """Their values in workspace terms. `links`: our id for each "flow/their id"; an unlinked one is left ABSENT."""
        return {field.ours: self._incoming(field, values, links) for field in self.fields}

    def _incoming(self, field: Field, values: Mapping[str, Any], links: Mapping[str, str]) -> Value:
        if field.lines is not None:
            return field.lines.incoming(look_up(values, field.theirs[0]), links)
        found = [look_up(values, path) for path in field.theirs]
        converted = field.converter.incoming(*found)
        if converted is None or (field.parent is None and not field.either):
            return converted
        if field.parent is not None:
            nothing = None if field.optional and self.direction_of(field) is Direction.IN else ABSENT
            return links.get(f"{field.parent}/{converted}", nothing)
        here = ((flow, links.get(f"{flow}/{converted}")) for flow in field.either)
        return next((f"{flow}/{id}" for flow, id in here if id is not None), ABSENT)

    def outgoing(self, values: Values, links: Mapping[str, str]) -> dict[str, Any]:
        """Our values in their terms, nested where their paths are. `links`: their id for each "flow/our id"."""
        result: dict[str, Any] = {}
        for field in self.fields:
            if field.ours in values:
                value = values[field.ours]
                if field.lines is not None:
                    put(result, field.theirs[0], field.lines.outgoing(value, links))
                    continue
                if value is not None and (field.parent is not None or field.either):
                    value = links[f"{field.parent}/{value}" if field.parent else str(value)]
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
        graph = {name: set(flow.parent_flows) for name, flow in by_name.items()}
        unknown = {parent for parents in graph.values() for parent in parents} - set(by_name)
        if unknown:
            raise ValueError(f"Flows refer to parents that are not there: {sorted(unknown)}")
        try:
            order = list(TopologicalSorter(graph).static_order())
        except CycleError as error:
            raise ValueError(f"Flows refer to each other in a circle: {error.args[1]}") from error
        self._by_name = {name: by_name[name] for name in order}

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

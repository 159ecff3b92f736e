"""SOQL as a tree of plain values. `at` is where a name stands in the text, for error messages."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Path:
    """A field, perhaps of a parent: `Account.Owner.Name`."""

    parts: tuple[str, ...]
    at: int = 0

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True)
class Call:
    """An aggregate function. COUNT() has no argument."""

    function: str
    argument: Path | None
    at: int = 0


@dataclass(frozen=True)
class Column:
    source: Path | Call
    alias: str | None = None


@dataclass(frozen=True)
class AllFields:
    group: str
    at: int = 0


@dataclass(frozen=True)
class Constant:
    kind: Literal["string", "number", "date", "datetime", "macro", "boolean", "null"]
    value: str
    at: int = 0


@dataclass(frozen=True)
class Compare:
    operand: Path | Call
    operator: str
    value: Constant


@dataclass(frozen=True)
class Among:
    operand: Path | Call
    negated: bool
    values: "tuple[Constant, ...] | Query"


@dataclass(frozen=True)
class Every:
    conditions: "tuple[Condition, ...]"


@dataclass(frozen=True)
class Either:
    conditions: "tuple[Condition, ...]"


@dataclass(frozen=True)
class Not:
    condition: "Condition"


type Condition = Compare | Among | Every | Either | Not


@dataclass(frozen=True)
class Sort:
    by: Path | Call
    descending: bool = False
    nulls_last: bool | None = None


@dataclass(frozen=True)
class Query:
    columns: "tuple[Column | AllFields | Query, ...]"
    source: str
    source_at: int = 0
    alias: str | None = None
    where: Condition | None = None
    group: tuple[Path, ...] = ()
    having: Condition | None = None
    order: tuple[Sort, ...] = field(default=())
    limit: int | None = None
    offset: int | None = None

    @property
    def calls(self) -> list[Call]:
        return [each.source for each in self.columns if isinstance(each, Column) and isinstance(each.source, Call)]

    @property
    def is_bare_count(self) -> bool:
        """`SELECT COUNT() FROM X`, which answers with totalSize only."""
        return len(self.columns) == 1 and any(c.function == "COUNT" and c.argument is None for c in self.calls)

    @property
    def is_aggregate(self) -> bool:
        return bool(self.group or self.calls)

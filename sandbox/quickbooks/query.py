"""The query language: parsed with a grammar, checked against the schema, compiled to SQLite."""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedEOF, UnexpectedToken, v_args

from sandbox.quickbooks.errors import Fault
from sandbox.quickbooks.schema import SCHEMA, Entity, Field
from sandbox.quickbooks.wire import PACIFIC

GRAMMAR = r"""
start: "select"i columns "from"i NAME where? order? first? most?
columns: STAR ("," NAME)*      -> all_columns
       | COUNT                 -> count
       | NAME ("," NAME)*      -> some_columns
where: "where"i condition ("and"i condition)*
condition: NAME operator value          -> compared
         | NAME "in"i "(" value ("," value)* ")" -> one_of
         | NAME "like"i STRING          -> like
operator: OPERATOR
value: STRING -> string
     | NUMBER -> number
     | "true"i -> true
     | "false"i -> false
     | "current_date"i -> current_date
order: ("orderby"i | "order"i "by"i) sort ("," sort)*
sort: NAME DIRECTION?
first: "startposition"i INTEGER
most: "maxresults"i INTEGER

STAR: "*"
COUNT.3: /count\s*\(\s*\*\s*\)/i
OPERATOR: "<=" | ">=" | "=" | "<" | ">"
DIRECTION.3: /(asc|desc)(?![\w.])/i
STRING: /'(\\.|[^'\\])*'/
NUMBER.2: /-?\d+\.\d+|-?\d+(?!\w)/
INTEGER.3: /-?\d+(?!\w)/
NAME: /[A-Za-z_][\w.]*/
%import common.WS
%ignore WS
"""

DEFAULT_PAGE, MAX_PAGE = 100, 1000
TIMES = {"metadata.createtime": "created", "metadata.lastupdatedtime": "updated"}


@dataclass(frozen=True)
class Condition:
    property: str
    operator: str  # one of = < > <= >= in like
    values: tuple[Any, ...]


@dataclass
class Statement:
    entity: str
    columns: tuple[str, ...] = ()
    is_count: bool = False
    conditions: list[Condition] = field(default_factory=list)
    order: list[tuple[str, bool]] = field(default_factory=list)
    start: int = 1
    limit: int = DEFAULT_PAGE


@dataclass(frozen=True)
class Compiled:
    entity: Entity
    where: str
    values: tuple[Any, ...]
    order: str


CURRENT_DATE = object()
LIKE_LITERALS = re.compile(r"[_\\]")


@v_args(inline=True)
class Build(Transformer[Token, Statement]):
    def string(self, token: Token) -> str:
        return re.sub(r"\\(.)", r"\1", token[1:-1])

    def number(self, token: Token) -> float | int:
        return float(token) if "." in token else int(token)

    def true(self) -> bool:
        return True

    def false(self) -> bool:
        return False

    def current_date(self) -> object:
        return CURRENT_DATE

    def operator(self, token: Token) -> str:
        return str(token)

    def compared(self, name: Token, operator: str, value: Any) -> Condition:
        return Condition(str(name), operator, (value,))

    def one_of(self, name: Token, *values: Any) -> Condition:
        return Condition(str(name), "in", values)

    def like(self, name: Token, text: Token) -> Condition:
        return Condition(str(name), "like", (self.string(text),))

    def where(self, *conditions: Condition) -> tuple[str, Any]:
        return "conditions", list(conditions)

    def sort(self, name: Token, direction: Token | None = None) -> tuple[str, bool]:
        return str(name), direction is not None and direction.lower() == "desc"

    def order(self, *sorts: tuple[str, bool]) -> tuple[str, Any]:
        return "order", list(sorts)

    def first(self, token: Token) -> tuple[str, Any]:
        return "start", int(token)

    def most(self, token: Token) -> tuple[str, Any]:
        return "limit", int(token)

    def all_columns(self, *_: Token) -> tuple[str, Any]:
        return "columns", ()

    def some_columns(self, *names: Token) -> tuple[str, Any]:
        return "columns", tuple(str(name) for name in names)

    def count(self, _: Token) -> tuple[str, Any]:
        return "is_count", True

    def start(self, columns: tuple[str, Any], entity: Token, *clauses: tuple[str, Any] | None) -> Statement:
        return Statement(str(entity), **dict([columns, *(one for one in clauses if one)]))


PARSER = Lark(GRAMMAR, parser="lalr", lexer="contextual", maybe_placeholders=False)


def parse(text: str) -> Statement:
    """Raises Fault 4000, with the place and what was expected there, in the words of the real parser."""
    try:
        return Build().transform(PARSER.parse(text))
    except UnexpectedEOF as error:
        raise Fault("4000", f'Encountered "<EOF>" at line 1, column {len(text)}.{expected(error.expected)}') from None
    except UnexpectedToken as error:
        raise Fault("4000", encountered(text, error)) from None
    except UnexpectedCharacters as error:
        raise Fault(
            "4000", f'Lexical error at line {error.line}, column {error.column}.  Encountered: "{error.char}"'
        ) from None


def encountered(text: str, error: UnexpectedToken) -> str:
    token = error.token
    if token.type == "$END":
        return f'Encountered "<EOF>" at line 1, column {len(text)}.{expected(error.accepts or error.expected)}'
    kind = "<IDENTIFIER> " if token.type == "NAME" else ""
    place = f"at line {error.line}, column {error.column}"
    return f'Encountered " {kind}"{token} "" {place}.{expected(error.accepts or error.expected)}'


def expected(names: Any) -> str:
    words = sorted(f"<{name.replace('$END', 'EOF')}>" for name in names or ())
    return f" Was expecting one of: {' '.join(words)} ..." if words else ""


# ---------------------------------------------------------------- compiling


def compile(statement: Statement, now: datetime) -> Compiled:
    """Checks entity, properties and page, and gives SQL over the table of records. Raises Fault 4001."""
    entity = SCHEMA.entity(statement.entity)
    if entity is None:
        raise Fault("4001", f"Invalid context declaration: {statement.entity}")
    check_page(statement)
    for name in statement.columns:
        if entity.find(name.split(".")[0]) is None:
            raise invalid_property(name, entity)
    parts, values = [], list[Any]()
    for condition in statement.conditions:
        sql, bound = compile_condition(entity, condition, now)
        parts.append(sql)
        values += bound
    if entity.has_active and not any(one.property.lower() == "active" for one in statement.conditions):
        parts.append("active = 1")
    return Compiled(entity, " and ".join(parts) or "1", tuple(values), compile_order(entity, statement.order))


def check_page(statement: Statement) -> None:
    for value in (statement.start, statement.limit):
        if value < 1:
            raise Fault("4001", f"value {value} is too small. Min allowed value is 1")
    if statement.limit > MAX_PAGE:
        raise Fault("4001", f"value {statement.limit} is too large. Max allowed value is {MAX_PAGE}")


def invalid_property(name: str, entity: Entity) -> Fault:
    return Fault("4001", f"Property {name} not found for Entity {entity.name}")


def not_queryable(name: str) -> Fault:
    return Fault("4001", f"property '{name}' is not queryable")


def compile_condition(entity: Entity, condition: Condition, now: datetime) -> tuple[str, list[Any]]:
    name = condition.property.lower()
    if name in TIMES:
        return compare_times(TIMES[name], condition, now)
    if name.startswith("attachableref.entityref.") and entity.name == "Attachable":
        return compare_attachment(name.rsplit(".", 1)[1], condition)
    found = entity.find(condition.property)
    if found is None:
        raise invalid_property(condition.property, entity)
    if not found.has("filter"):
        raise not_queryable(condition.property)
    if found.name == "Id":
        return compare_ids(condition)
    return compare(found, condition, now)


def compare_ids(condition: Condition) -> tuple[str, list[Any]]:
    if condition.operator not in ("=", "in"):
        raise Fault("4001", f"operator {condition.operator} is not supported for property 'Id'")
    values = [str(value) for value in condition.values]
    return f"id in ({marks(values)})", values


def compare_times(column: str, condition: Condition, now: datetime) -> tuple[str, list[Any]]:
    if condition.operator == "like":
        raise not_queryable(condition.property)
    values = [instant(value, now) for value in condition.values]
    if condition.operator == "in":
        return f"{column} in ({marks(values)})", values
    return f"{column} {condition.operator} ?", values


def compare_attachment(part: str, condition: Condition) -> tuple[str, list[Any]]:
    if part not in ("type", "value") or condition.operator != "=":
        raise not_queryable(condition.property)
    column = f"fold(json_extract(link.value, '$.EntityRef.{part}'))"
    inner = f"select 1 from json_each(doc, '$.AttachableRef') as link where {column} = ?"
    return f"exists ({inner})", [str(condition.values[0]).casefold()]


def compare(found: Field, condition: Condition, now: datetime) -> tuple[str, list[Any]]:
    column = expression(found)
    values = [value_for(found, value, now) for value in condition.values]
    if condition.operator == "in":
        return f"{column} in ({marks(values)})", values
    if condition.operator == "like":
        return f"{column} like ? escape '\\'", [LIKE_LITERALS.sub(r"\\\g<0>", str(value)) for value in values]
    return f"{column} {condition.operator} ?", values


def expression(found: Field) -> str:
    """The SQL of a property: references by their id, texts without regard to case."""
    path = {"ref": ".value", "obj": ".Address"}.get(found.kind, "")
    extract = f"json_extract(doc, '$.{found.name}{path}')"
    if found.name == "Active":
        return "active"
    if found.name == "Id":
        return "number"
    if found.kind == "dec":
        return f"coalesce({extract}, 0)"
    return extract if found.kind in ("int", "bool") else f"fold({extract})"


def value_for(found: Field, value: Any, now: datetime) -> Any:
    if value is CURRENT_DATE:
        return now.astimezone(PACIFIC).date().isoformat()
    if found.kind == "bool":
        return as_flag(found, value)
    if found.kind in ("dec", "int"):
        return as_number(found, value)
    if found.kind == "date" and condition_date(str(value)) is None:
        raise Fault("4001", f"invalid date value '{value}' for property '{found.name}'")
    return str(value)[:10] if found.kind == "date" else str(value).casefold()


def condition_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        return None


def as_flag(found: Field, value: Any) -> int:
    if str(value).lower() not in ("true", "false"):
        raise Fault("4001", f"invalid value '{value}' for property '{found.name}'")
    return int(str(value).lower() == "true")


def as_number(found: Field, value: Any) -> float:
    try:
        return float(value)
    except ValueError:
        raise Fault("4001", f"invalid value '{value}' for property '{found.name}'") from None


def marks(values: list[Any]) -> str:
    return ", ".join("?" * len(values))


def compile_order(entity: Entity, order: list[tuple[str, bool]]) -> str:
    parts = []
    for name, descending in order:
        column = TIMES.get(name.lower())
        if column is None:
            found = entity.find(name)
            if found is None:
                raise invalid_property(name, entity)
            if not found.has("sort"):
                raise Fault("4001", f"property '{name}' is not sortable")
            column = expression(found)
        parts.append(f"{column} {'desc' if descending else 'asc'}")
    return ", ".join([*parts, "number"])


def instant(value: Any, now: datetime) -> int:
    """Seconds since 1970; a time without an offset is Pacific. Raises Fault 4001."""
    if value is CURRENT_DATE:
        value = now.astimezone(PACIFIC).date().isoformat()
    try:
        moment = parse_moment(str(value))
    except ValueError:
        raise Fault("4001", f"invalid DateTime value '{value}'") from None
    return int(moment.timestamp())


@lru_cache(maxsize=256)
def parse_moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=PACIFIC)).astimezone(UTC)

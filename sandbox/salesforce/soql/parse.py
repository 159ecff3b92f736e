"""From SOQL text to a tree, or MALFORMED_QUERY with the caret under the offending token."""

from functools import lru_cache
from pathlib import Path as File
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken, v_args

from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.soql.tree import (
    AllFields,
    Among,
    Call,
    Column,
    Compare,
    Condition,
    Constant,
    Either,
    Every,
    Not,
    Path,
    Query,
    Sort,
)

MAX_LENGTH = 100_000
MAX_STRING = 4_000
MAX_LIMIT = 50_000_000
WINDOW = 32
ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def located(text: str, at: int, code: str, message: str) -> SalesforceError:
    """An error in the layout of Salesforce: the text around the place, a caret, row and column."""
    start = max(0, at - WINDOW)
    line_start = text.rfind("\n", 0, at) + 1
    excerpt = text[max(start, line_start) : at + WINDOW].split("\n")[0]
    row, column = text.count("\n", 0, at) + 1, at - line_start + 1
    caret = " " * (at - max(start, line_start)) + "^"
    return SalesforceError(code, f"\n{excerpt}\n{caret}\nERROR at Row:{row}:Column:{column}\n{message}")


def unescaped(literal: str) -> str:
    out, body, i = [], literal[1:-1], 0
    while i < len(body):
        if body[i] != "\\":
            out.append(body[i])
        elif body[i + 1] == "u" and len(body) >= i + 6:
            out.append(chr(int(body[i + 2 : i + 6], 16)))
            i += 5
        elif body[i + 1] in "%_":
            out.append(body[i : i + 2])
            i += 1
        else:
            out.append(ESCAPES.get(body[i + 1], body[i + 1]))
            i += 1
        i += 1
    return "".join(out)


def constant(kind: Any, token: Token) -> Constant:
    return Constant(kind, str(token), token.start_pos or 0)


@v_args(inline=True)
class ToTree(Transformer[Token, Query]):
    def start(self, query: Query) -> Query:
        return query

    def path(self, *names: Token) -> Path:
        return Path(tuple(str(name) for name in names), names[0].start_pos or 0)

    def call(self, function: Token, argument: Path | None) -> Call:
        return Call(function.upper(), argument, function.start_pos or 0)

    def column(self, path: Path, alias: Token | None) -> Column:
        return Column(path, str(alias) if alias else None)

    def aggregate(self, call: Call, alias: Token | None) -> Column:
        return Column(call, str(alias) if alias else None)

    def children(self, query: Query) -> Query:
        return query

    def all_fields(self, word: Token, group: Token) -> AllFields:
        return AllFields(group.upper(), word.start_pos or 0)

    def select_list(self, *items: Any) -> tuple[Any, ...]:
        return items

    def scope(self, name: Token) -> str:
        return str(name)

    def where(self, condition: Condition) -> Condition:
        return condition

    def group(self, *parts: Any) -> tuple[tuple[Path, ...], Condition | None]:
        return parts[:-1], parts[-1]

    def order(self, *sorts: Sort) -> tuple[Sort, ...]:
        return sorts

    def sort(self, by: Path | Call, direction: Token | None, place: Token | None) -> Sort:
        descending = direction is not None and direction.lower() == "desc"
        return Sort(by, descending, None if place is None else place.lower() == "last")

    def limit(self, number: Token) -> int:
        return min(int(number), MAX_LIMIT)

    def offset(self, number: Token) -> int:
        return int(number)

    def usage(self, word: Token) -> str:
        return str(word)

    def conjunction(self, *conditions: Condition) -> Every:
        return Every(conditions)

    def disjunction(self, *conditions: Condition) -> Either:
        return Either(conditions)

    def negation(self, condition: Condition) -> Not:
        return Not(condition)

    def compare(self, operand: Path | Call, operator: Token, value: Constant) -> Compare:
        return Compare(operand, {"<>": "!="}.get(operator, operator.upper()), value)

    def among(self, operand: Path | Call, operator: Token, values: Any) -> Among:
        return Among(operand, operator.type == "NOT_IN", values)

    def semijoin(self, query: Query) -> Query:
        return query

    def list(self, *values: Constant) -> tuple[Constant, ...]:
        return values

    def string(self, token: Token) -> Constant:
        return Constant("string", unescaped(token), token.start_pos or 0)

    def datetime(self, token: Token) -> Constant:
        return constant("datetime", token)

    def date(self, token: Token) -> Constant:
        return constant("date", token)

    def number(self, token: Token) -> Constant:
        return constant("number", token)

    def macro(self, name: Token, count: Token | None) -> Constant:
        return Constant("macro", name.upper() + (f":{count}" if count else ""), name.start_pos or 0)

    def true(self, token: Token) -> Constant:
        return Constant("boolean", "1", token.start_pos or 0)

    def false(self, token: Token) -> Constant:
        return Constant("boolean", "0", token.start_pos or 0)

    def null(self, token: Token) -> Constant:
        return constant("null", token)

    def query(self, columns: Any, source: Token, alias: Token | None, _scope: Any, where: Any, *rest: Any) -> Query:
        group, order, limit, offset, _ = rest
        paths, having = group or ((), None)
        name = str(alias) if alias else None
        at = source.start_pos or 0
        return Query(columns, str(source), at, name, where, paths, having, order or (), limit, offset)


@lru_cache(maxsize=1)
def parser() -> Lark:
    grammar = File(__file__).with_name("soql.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", maybe_placeholders=True, transformer=ToTree())


@lru_cache(maxsize=256)
def parse(text: str) -> Query:
    """The tree of a SOQL statement. Raises MALFORMED_QUERY."""
    if len(text) > MAX_LENGTH:
        raise SalesforceError("MALFORMED_QUERY", "SOQL statements cannot be longer than 100000 characters.")
    try:
        tree: Query = parser().parse(text)  # type: ignore[assignment]
    except UnexpectedToken as error:
        raise unexpected(text, error.token) from None
    except (UnexpectedCharacters, UnexpectedInput) as error:
        at = error.pos_in_stream or 0
        message = f"unexpected char: '{text[at]}'" if at < len(text) else "unexpected token: '<EOF>'"
        raise located(text, at, "MALFORMED_QUERY", message) from None
    return tree


def unexpected(text: str, token: Token) -> SalesforceError:
    if token.type == "$END":
        return SalesforceError("MALFORMED_QUERY", "unexpected token: '<EOF>'")
    return located(text, token.start_pos or 0, "MALFORMED_QUERY", f"unexpected token: '{token}'")

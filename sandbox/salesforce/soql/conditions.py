"""WHERE and HAVING. SOQL has no third truth value: a test of null is false, and its negation is true."""

from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.ids import normalise
from sandbox.salesforce.schema import NUMBER_TYPES, Field
from sandbox.salesforce.soql.macros import macro_range
from sandbox.salesforce.soql.parse import MAX_STRING
from sandbox.salesforce.soql.tree import Among, Call, Compare, Condition, Constant, Either, Every, Not, Path, Query
from sandbox.salesforce.values import read_datetime, stamp

if TYPE_CHECKING:
    from sandbox.salesforce.soql.compile import Compiler

KINDS = {"boolean": "boolean", "date": "date", "datetime": "datetime", **dict.fromkeys(NUMBER_TYPES, "number")}
TYPE_NAMES = {"datetime": "dateTime", "currency": "double", "percent": "double"}
NUMBER = Field("expr0", "double", "18,2", "F")


class Conditions:
    """SQL of conditions; `params` collects the values in the order of their marks."""

    def __init__(self, compiler: "Compiler", grouped: bool = False) -> None:
        self.compiler = compiler
        self.grouped = grouped
        self.params: list[Any] = []

    def sql(self, condition: Condition) -> str:
        match condition:
            case Every(conditions):
                return "(" + " AND ".join(self.sql(each) for each in conditions) + ")"
            case Either(conditions):
                return "(" + " OR ".join(self.sql(each) for each in conditions) + ")"
            case Not(inner):
                return f"NOT COALESCE({self.sql(inner)}, 0)"
            case Compare():
                return self._compare(condition)
            case Among():
                return self._among(condition)

    def _operand(self, operand: Path | Call) -> tuple[str, Field]:
        if isinstance(operand, Call):
            if not self.grouped:
                message = "Aggregate functions are only allowed in SELECT, HAVING and ORDER BY"
                raise self.compiler.malformed(message, operand.at)
            return self.compiler.call_sql(operand), NUMBER
        alias, found, _ = self.compiler.resolve(operand)
        if not found.has("F") or found.type == "address":
            message = f"field '{operand}' can not be filtered in a query call"
            raise self.compiler.malformed(message, operand.at, "INVALID_FIELD")
        return f'{alias}."{found.name}"', found

    def _compare(self, condition: Compare) -> str:
        sql, found = self._operand(condition.operand)
        value, operator = condition.value, condition.operator
        if value.kind == "null":
            return self._null(sql, operator, value)
        if value.kind == "macro":
            return self._macro(sql, found, operator, value)
        if operator == "LIKE":
            return self._like(sql, found, value)
        self.params.append(self.stored(found, value))
        if operator in ("=", "!="):
            return f"{sql} IS {'NOT ' if operator == '!=' else ''}?"
        if found.type == "boolean":
            raise self._operator_refused(found, value)
        return f"{sql} {operator} ?"

    def _null(self, sql: str, operator: str, value: Constant) -> str:
        if operator not in ("=", "!="):
            raise self.compiler.malformed("unexpected token: 'null'", value.at)
        return f"{sql} IS {'NOT ' if operator == '!=' else ''}NULL"

    def _like(self, sql: str, found: Field, value: Constant) -> str:
        if value.kind != "string" or found.type in ("id", "reference") or KINDS.get(found.type):
            raise self._operator_refused(found, value)
        self.params.append(value.value)
        return f"{sql} LIKE ? ESCAPE '\\'"

    def _macro(self, sql: str, found: Field, operator: str, value: Constant) -> str:
        if found.type not in ("date", "datetime"):
            raise self._wrong_type(found, value)
        try:
            first, last = macro_range(value.value, self.compiler.today())
        except ValueError:
            raise self.compiler.malformed(f"unexpected token: '{value.value}'", value.at) from None
        start, end = (self._day_start(found, day) for day in (first, last))
        tests = {"=": f"({sql} >= ? AND {sql} < ?)", "!=": f"NOT COALESCE(({sql} >= ? AND {sql} < ?), 0)"}
        if operator in tests:
            self.params += [start, end]
            return tests[operator]
        self.params.append(start if operator in ("<", ">=") else end)
        return f"{sql} {'<' if operator in ('<', '<=') else '>='} ?"

    def _day_start(self, found: Field, day: Any) -> str:
        return day.isoformat() if found.type == "date" else stamp(datetime.combine(day, time(), UTC))

    def _among(self, condition: Among) -> str:
        sql, found = self._operand(condition.operand)
        if isinstance(condition.values, Query):
            inner = self._semijoin(condition.values, found)
        else:
            values = [None if each.kind == "null" else self.stored(found, each) for each in condition.values]
            self.params += values
            inner = ", ".join("?" * len(values))
        if condition.negated:
            return f"NOT COALESCE({sql} IN ({inner}), 0)"
        return f"COALESCE({sql} IN ({inner}), 0)"

    def _semijoin(self, query: Query, found: Field) -> str:
        from sandbox.salesforce.soql.compile import Compiler

        if found.type not in ("id", "reference") or len(query.columns) != 1:
            message = "The left operand of a semi join must be an id or reference field"
            raise self.compiler.malformed(message, query.source_at)
        if query.is_aggregate or query.limit is not None or query.offset is not None:
            raise self.compiler.malformed("A semi join cannot aggregate, and has no LIMIT or OFFSET", query.source_at)
        outer = self.compiler
        inner = Compiler(outer.catalog, outer.text, outer.include_deleted, outer.now)
        compiled = inner.compile(query)
        [selected] = compiled.shape.fields.values()
        self.params += compiled.params
        return compiled.sql(compiled.columns[selected])

    def stored(self, found: Field, value: Constant) -> Any:
        """A constant in the form in which the column stores it."""
        if found.type in ("id", "reference"):
            return self._id(found, value)
        wanted = KINDS.get(found.type, "string")
        if value.kind != wanted:
            raise self._wrong_type(found, value)
        if wanted == "datetime":
            return self._datetime(found, value)
        if wanted == "number":
            return float(value.value)
        if wanted == "string" and len(value.value) > MAX_STRING:
            raise self.compiler.malformed("maximum length of a string in a filter is 4000 characters", value.at)
        return int(value.value) if wanted == "boolean" else value.value

    def _datetime(self, found: Field, value: Constant) -> str:
        moment = read_datetime(value.value)
        if moment is None:
            raise self._wrong_type(found, value)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"

    def _id(self, found: Field, value: Constant) -> str:
        if value.kind != "string":
            raise self._wrong_type(found, value)
        id = normalise(value.value)
        if id is None:
            message = f"invalid ID field: {value.value}"
            raise self.compiler.malformed(message, value.at, "INVALID_QUERY_FILTER_OPERATOR")
        return id

    def _wrong_type(self, found: Field, value: Constant) -> SalesforceError:
        name = TYPE_NAMES.get(found.type, found.type if KINDS.get(found.type) else "string")
        quotes = "should be enclosed in quotes" if name == "string" else "should not be enclosed in quotes"
        tail = f" and {quotes}" if (name == "string") != (value.kind == "string") else ""
        message = f"value of filter criterion for field '{found.name}' must be of type {name}{tail}"
        return self.compiler.malformed(message, value.at, "INVALID_FIELD")

    def _operator_refused(self, found: Field, value: Constant) -> SalesforceError:
        message = f"invalid operator on {found.type} field"
        return self.compiler.malformed(message, value.at, "INVALID_QUERY_FILTER_OPERATOR")

"""Reads what a caller sent against the schema: names, types, lengths, enumerations. Knows nothing of other records."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.quickbooks.errors import Fault
from sandbox.quickbooks.schema import SCHEMA, Field, Shape

DATE = re.compile(r"(\d{4}-\d{2}-\d{2})(T.*|Z|[+-]\d{2}:\d{2})?")
CLOCK = re.compile(r"(\d{4}-\d{2}-\d{2}T)?\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?")
EMAIL = re.compile(r"[^@\s,]+@[^@\s,]+\.[^@\s,]+")
NOT_IN_NAMES = re.compile(r"[:\t\n]")
BEYOND_BASIC_PLANE = re.compile("[\ud800-\udfff\U00010000-\U0010ffff]")
MAX_DIGITS = 15
MAX_LINES = 10_000
ENVELOPE = {"time"}

type Values = dict[str, Any]


def read(shape: Shape, body: Any) -> Values:
    """The supplied values, typed. None stands for a value that was sent empty, and clears. Raises Fault."""
    if not isinstance(body, dict):
        raise Fault("2010", f"failed to parse json object; a {shape.name} was expected")
    unknown = next((name for name in body if name not in shape.fields and name not in ENVELOPE), None)
    if unknown is not None:
        raise Fault("2010", unknown, element=unknown)
    return {name: value_of(shape.fields[name], value) for name, value in body.items() if name not in ENVELOPE}


def value_of(field: Field, value: Any) -> Any:
    if value is None or (value == "" and field.kind != "any"):
        return None
    return READERS[field.kind](field, value)


def a_string(field: Field, value: Any) -> str | None:
    if isinstance(value, dict | list):
        raise Fault("2010", f"{field.name}: a string was expected; the value", element=field.name)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if field.max and len(text) > field.max:
        raise Fault("2050", 0, field.max, len(text), element=field.name)
    if (field.has("plain_name") and NOT_IN_NAMES.search(text)) or BEYOND_BASIC_PLANE.search(text):
        raise Fault("2040", text, element=field.name)
    return text.strip() or None


def a_bool(field: Field, value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if str(value).lower() in ("true", "false"):
        return str(value).lower() == "true"
    raise Fault("2010", f"{field.name}: only true or false is recognized; the value", element=field.name)


def an_int(field: Field, value: Any) -> int:
    number = a_decimal(field, value)
    if number != int(number):
        raise Fault("2080", value, element=field.name)
    return int(number)


def a_decimal(field: Field, value: Any) -> float | int:
    if isinstance(value, bool | dict | list):
        raise Fault("2080", value, element=field.name)
    try:
        number = Decimal(str(value).strip())
    except InvalidOperation:
        raise Fault("2080", value, element=field.name) from None
    if not number.is_finite():
        raise Fault("2080", value, element=field.name)
    if abs(number) >= 10**MAX_DIGITS:
        raise Fault("2090", value, element=field.name)
    return plain(number)


def plain(number: Decimal) -> float | int:
    """A number as JSON writes it, without a needless fraction."""
    return int(number) if number == number.to_integral_value() else float(number)


def a_date(field: Field, value: Any) -> str:
    match = DATE.fullmatch(str(value))
    try:
        return date.fromisoformat(match[1] if match else "").isoformat()
    except ValueError:
        raise Fault("2060", value, element=field.name) from None


def a_datetime(field: Field, value: Any) -> str:
    try:
        return datetime.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise Fault("2060", value, element=field.name) from None


def a_clock(field: Field, value: Any) -> str:
    if not CLOCK.fullmatch(str(value)):
        raise Fault("6340", f"{field.name} {value}", element=field.name)
    return str(value)


def an_enum(field: Field, value: Any) -> str:
    if value not in field.detail:
        raise Fault("2170", f"{value} is not one of {', '.join(field.detail)} for {field.name}", element=field.name)
    return str(value)


def a_reference(field: Field, value: Any) -> Values | None:
    if not isinstance(value, dict):
        raise Fault(
            "2010",
            f"Can not construct instance of com.intuit.schema.finance.v3.ReferenceType from String value: {field.name}",
            element=field.name,
        )
    unknown = next((name for name in value if name not in ("value", "name", "type")), None)
    if unknown:
        raise Fault("2010", unknown, element=field.name)
    if value.get("value") in (None, ""):
        return None
    kind = {"type": str(value["type"])} if value.get("type") else {}
    return {"value": str(value["value"]), **kind}


def an_object(field: Field, value: Any) -> Values | None:
    shape = SCHEMA.types[field.detail[0]]
    found = {name: part for name, part in read(shape, value).items() if part is not None}
    if shape.name == "Email" and found:
        check_email(found["Address"], field.name)
    require(shape, found)
    return found or None


def check_email(text: str, element: str) -> None:
    for address in text.split(","):
        if not EMAIL.fullmatch(address.strip()):
            raise Fault("2210", address.strip(), element=element)


def a_list(field: Field, value: Any) -> list[Values]:
    if not isinstance(value, list):
        raise Fault("2010", f"{field.name}: a list was expected; the value", element=field.name)
    if len(value) > MAX_LINES:
        raise Fault("2050", 0, MAX_LINES, len(value), element=field.name)
    shape = SCHEMA.types[field.detail[0]]
    return [one for one in (list_item(shape, item) for item in value) if one]


def list_item(shape: Shape, item: Any) -> Values:
    found = {name: part for name, part in read(shape, item).items() if part is not None}
    require(shape, found)
    return found


def require(shape: Shape, found: Values) -> None:
    if found:
        for field in shape.fields.values():
            if field.has("required") and field.name not in found:
                raise Fault("2020", field.name, element=field.name)


READERS: dict[str, Callable[[Field, Any], Any]] = {
    "s": a_string,
    "bool": a_bool,
    "int": an_int,
    "dec": a_decimal,
    "date": a_date,
    "datetime": a_datetime,
    "clock": a_clock,
    "enum": an_enum,
    "ref": a_reference,
    "obj": an_object,
    "list": a_list,
    "any": lambda _, value: value,
}


def writable(shape: Shape, values: Values) -> Values:
    """Without what only the server sets; nested read-only values go too."""
    return {
        name: nested_writable(shape.fields[name], value)
        for name, value in values.items()
        if not shape.fields[name].has("readonly")
    }


def nested_writable(field: Field, value: Any) -> Any:
    if field.kind == "obj" and value:
        return writable(SCHEMA.types[field.detail[0]], value) or None
    if field.kind == "list" and value:
        return [writable(SCHEMA.types[field.detail[0]], item) for item in value]
    return value

"""From a JSON value or a CSV cell to what is stored, and back. Refuses what the field cannot hold."""

import json
import math
import re
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from sandbox.salesforce.errors import (
    SalesforceError,
    bad_json,
    bad_picklist,
    malformed_id,
    outside_range,
    too_long,
    wrong_id_type,
)
from sandbox.salesforce.ids import normalise
from sandbox.salesforce.schema import NUMBER_TYPES, TEXT_TYPES, Field

EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")
DAY = re.compile(r"\d{4}-\d\d-\d\d(T.*)?$")
DATETIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:?\d\d)")
NAMES = {"int": "int", "double": "double", "currency": "double", "percent": "double", "picklist": "string"}


def stamp(moment: datetime) -> str:
    """A datetime as the API writes it; whole seconds, as Salesforce stamps its records."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def read_datetime(text: str) -> datetime | None:
    """An API or SOQL datetime; None if it is not one."""
    if not DATETIME.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def json_token(value: Any) -> str:
    if isinstance(value, bool):
        return "VALUE_TRUE" if value else "VALUE_FALSE"
    if isinstance(value, int):
        return "VALUE_NUMBER_INT"
    if isinstance(value, float):
        return "VALUE_NUMBER_FLOAT"
    if isinstance(value, str):
        return "VALUE_STRING"
    return "START_ARRAY" if isinstance(value, list) else "START_OBJECT"


def wrong_type(field: Field, value: Any) -> SalesforceError:
    shown = value if isinstance(value, str) else json.dumps(value)
    return bad_json(
        NAMES.get(field.type, field.type if field.type not in TEXT_TYPES else "string"), json_token(value), shown
    )


def to_stored(field: Field, value: Any) -> Any:
    """The stored form of a JSON value. Empty text becomes null, as in Salesforce."""
    if value is None or value == "":
        return None if field.type != "boolean" else 0
    if field.type in TEXT_TYPES:
        return text(field, value)
    if field.type in NUMBER_TYPES:
        return number(field, value)
    return PARSERS[field.type](field, value)


def text(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise wrong_type(field, value)
    if len(value) > field.length:
        raise too_long(field.label, field.name, value, field.length)
    if field.type == "email" and not EMAIL.fullmatch(value):
        message = f"{field.label}: invalid email address: {value}"
        raise SalesforceError("INVALID_EMAIL_ADDRESS", message, [field.name])
    if field.has("P") and value not in field.picklist:
        raise bad_picklist(field.name, value)
    return value


def number(field: Field, value: Any) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise wrong_type(field, value)
    try:
        exact = Decimal(str(value))
    except InvalidOperation:
        raise wrong_type(field, value) from None
    if not exact.is_finite() or (field.type == "int" and exact != exact.to_integral_value()):
        raise wrong_type(field, value)
    if abs(exact) >= Decimal(10) ** (field.precision - field.scale):
        raise outside_range(field.label, field.name, value)
    rounded = exact.quantize(Decimal(1).scaleb(-field.scale), ROUND_HALF_UP)
    return int(rounded) if field.type == "int" else float(rounded)


def boolean(field: Field, value: Any) -> int:
    if isinstance(value, str) and value in ("true", "false"):
        return int(value == "true")
    if not isinstance(value, bool):
        raise wrong_type(field, value)
    return int(value)


def day(field: Field, value: Any) -> str:
    if not isinstance(value, str) or not DAY.match(value):
        raise wrong_type(field, value)
    try:
        return date.fromisoformat(value[:10]).isoformat()
    except ValueError:
        raise wrong_type(field, value) from None


def moment(field: Field, value: Any) -> str:
    found = read_datetime(value) if isinstance(value, str) else None
    if found is None:
        raise wrong_type(field, value)
    return stamp(found)


def reference(field: Field, value: Any) -> str:
    if not isinstance(value, str):
        raise wrong_type(field, value)
    id = normalise(value)
    if id is None:
        raise malformed_id(value) if field.type == "id" else wrong_id_type(field.label, field.name, value)
    return id


PARSERS = {"boolean": boolean, "date": day, "datetime": moment, "reference": reference, "id": reference}


def to_json(field: Field, value: Any) -> Any:
    if field.type == "boolean":
        return bool(value)
    return value


def to_csv(field: Field, value: Any) -> str:
    """A cell of a Bulk API result: null is empty, datetimes end in Z."""
    if value is None:
        return ""
    if field.type == "boolean":
        return "true" if value else "false"
    if field.type == "datetime":
        return str(value).replace("+0000", "Z")
    if isinstance(value, float) and math.isfinite(value):
        return str(int(value)) + ".0" if value == int(value) else repr(value)
    return str(value)

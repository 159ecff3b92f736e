"""One call of the REST API, whether it came over the wire or inside a composite request, and its reply."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from sandbox.salesforce.errors import SalesforceError

if TYPE_CHECKING:
    from sandbox.salesforce.org import Org

MISSING = object()


def dumps(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def expect[T](value: Any, kind: type[T], name: str) -> T:
    """The value, if it has the JSON type that this place of the request needs; else JSON_PARSER_ERROR."""
    if not isinstance(value, kind):
        message = f"Cannot deserialize {name}: unexpected {type(value).__name__} at [line:1, column:1]"
        raise SalesforceError("JSON_PARSER_ERROR", message)
    return value


def expect_objects(value: Any, name: str) -> list[dict[str, Any]]:
    """The same for an array of objects."""
    return [expect(each, dict, name) for each in expect(value, list, name)]


@dataclass
class Call:
    org: "Org"
    method: str
    path: dict[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    actor: str
    body: bytes = b""
    parsed: Any = MISSING

    @property
    def version(self) -> str:
        return self.path["version"]

    def json(self) -> Any:
        """The body, or JSON_PARSER_ERROR."""
        if self.parsed is MISSING:
            try:
                self.parsed = json.loads(self.body)
            except (ValueError, UnicodeDecodeError):
                message = "Unexpected character or end of input in the request body at [line:1, column:1]"
                raise SalesforceError("JSON_PARSER_ERROR", message) from None
        return self.parsed

    def json_object(self) -> dict[str, Any]:
        found = self.json()
        if not isinstance(found, dict):
            message = "Cannot deserialize instance of request from START_ARRAY at [line:1, column:1]"
            raise SalesforceError("JSON_PARSER_ERROR", message)
        return found

    def header(self, name: str) -> str | None:
        return self.headers.get(name.lower())

    def date_header(self, name: str) -> datetime | None:
        value = self.header(name)
        if value is None:
            return None
        try:
            return parsedate_to_datetime(value)
        except (ValueError, TypeError):
            raise SalesforceError("INVALID_HEADER", f"the value of {name} is not a date") from None


@dataclass
class Reply:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    text: str | None = None


type Handler = Callable[[Call], Reply]


@dataclass(frozen=True)
class Resource:
    """One path template below `/services/data/v{version}` and what answers each method."""

    template: str
    methods: Mapping[str, Handler]

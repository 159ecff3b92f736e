"""What all answers and requests have in common. Models are built when a route first needs them, not at import."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Annotated, Any, Self

from aws_lambda_powertools.event_handler.openapi.params import Header, Query
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from timebridge.api.errors import Problem

type Number = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]
"""Exact inside, a JSON number outside."""

type Kept = bool | int | str | Number | None
"""A value of a record. Text comes before numbers: else a postal code would be told as one."""

Limit = Annotated[int, Query(ge=1, le=200, description="How many at most.")]
Start = Annotated[str | None, Query(max_length=2000, description="`next` of the page before.")]
IfMatch = Annotated[
    str | None, Header(alias="If-Match", max_length=30, description="The revision that the change was made to.")
]


class Asked(BaseModel):
    """A request body: what it does not know it refuses."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True, str_strip_whitespace=True)


class At(Asked):
    revision: int | None = Field(default=None, description="The revision that was looked at, unless If-Match says it.")


class View(BaseModel):
    """An answer, read from a value of the product."""

    model_config = ConfigDict(defer_build=True, from_attributes=True, frozen=True)

    @classmethod
    def of(cls, value: object) -> Self:
        return cls.model_validate(value)


class Page[T](View):
    """`next` starts the page after this one; it is missing on the last. A page may be short although more follow."""

    items: list[T]
    next: str | None = None


class Queued(View):
    """The worker does it; what comes of it is on the links and in the runs."""

    changes: int = Field(description="Records that will be looked at again.")
    pull: bool = Field(description="Whether everything that changed on either side is fetched as well.")
    run: str | None = Field(default=None, description="The run that does it; missing where there is nothing to do.")


def page[V: View](view: type[V], found: tuple[Iterable[object], str | None]) -> dict[str, Any]:
    values, next = found
    return {"items": [view.of(value) for value in values], "next": next}


def revision_of(if_match: str | None, asked: At | None) -> int:
    """The revision a change is made to, from the header or from the body. Raises Problem 428 if neither says."""
    revision = asked.revision if asked else None
    if if_match is None and revision is None:
        raise Problem(
            428,
            "The change does not say which revision it was made to.",
            remedy="Send the record's revision in the body, or as the header If-Match.",
            field="revision",
        )
    said = (if_match or "").strip().removeprefix("W/").strip('"')
    if if_match is not None and not said.isdecimal():
        raise Problem(422, "The header If-Match holds no revision.", remedy='Send it like "3".', field="If-Match")
    return int(said) if if_match is not None else int(revision or 0)


def tag(app: Any, next_middleware: Callable[..., Any]) -> Any:
    """An answer that has a revision carries it as its ETag too."""
    response = next_middleware(app)
    if isinstance(response.body, dict) and isinstance(response.body.get("revision"), int):
        response.headers["ETag"] = f'"{response.body["revision"]}"'
    return response

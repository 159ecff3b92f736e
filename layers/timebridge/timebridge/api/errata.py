"""The catalogue of errors: what a code of a provider means, and what to do about it."""

from enum import StrEnum
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field

from timebridge.api.access import EVERYBODY, Noun
from timebridge.api.views import Page, View
from timebridge.insight import errata as product
from timebridge.providers.provider import PROVIDERS, KnownError

errata = Noun("errors")

Known = StrEnum("Known", list(PROVIDERS))  # type: ignore[misc]
Of = Annotated[Known | None, Query(description="Only errors of this provider.")]
Code = Annotated[str | None, Query(max_length=100, description="Only this code, as the provider spells it.")]


class KnownErrorView(View):
    provider: str
    code: str
    kind: str = Field(description="What happens next: transient, rate limited, stale, rejected, locked, and so on.")
    meaning: str
    remedy: str
    field: str | None = Field(description="The property at fault, where the code alone says which.")


@errata.get("/errors", EVERYBODY, "Look up what an error of a provider means")
def list_errors(provider: Of = None, code: Code = None) -> Page[KnownErrorView]:
    """Every code that is understood, with its meaning and its remedy."""
    names = [provider.value] if provider else list(PROVIDERS)
    found = [(name, each) for name in names for each in product.known(name)]
    return Page[KnownErrorView](
        items=[_view(name, each) for name, each in found if code is None or each.code.casefold() == code.casefold()]
    )


def _view(name: str, each: KnownError) -> KnownErrorView:
    return KnownErrorView(
        provider=name, code=each.code, kind=each.kind, meaning=each.sentence, remedy=each.remedy, field=each.field
    )

"""How QuickBooks Online presents itself in the catalogues: of providers, and of errors."""

from timebridge.providers.provider import KnownError, Offer
from timebridge.providers.quickbooks_online.faults import ELEMENTS, FAULTS, STATUSES

OFFER = Offer(
    title="QuickBooks Online",
    summary="Customers are clients, and approved hours go into the books.",
    steps=(
        "Enable: an administrator here makes the connection and chooses Connect. Nothing has to be installed.",
        "Authorise: log in to QuickBooks as an administrator of the company, choose the company, and press Connect.",
        "Choose what to synchronise: lists, time and rhythm. The first synchronisation starts by itself.",
    ),
    sole_grant=True,
)


def offer() -> Offer:
    return OFFER


def known_errors() -> tuple[KnownError, ...]:
    """Codes of the API, and statuses of answers that hold no code."""
    meanings = {**FAULTS} | {f"HTTP {status}": meaning for status, meaning in STATUSES.items()}
    return tuple(
        KnownError(code, meaning.cause, meaning.sentence, meaning.remedy, ELEMENTS.get(code))
        for code, meaning in meanings.items()
    )

"""How QuickBooks Online presents itself in the catalogue."""

from timebridge.providers.provider import Offer

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

"""How Salesforce presents itself in the catalogue."""

from timebridge.providers.provider import Offer

OFFER = Offer(
    title="Salesforce",
    summary="Accounts are clients, and opportunities that reach a stage become projects. Hours, expenses and invoices "
    "show on the opportunity.",
    steps=(
        "Enable: an administrator here makes the connection and chooses Connect.",
        "Authorise: log in to Salesforce, see what is asked for, and press Allow.",
        "Choose what to synchronise: stages, fields and rhythm. The first synchronisation starts by itself.",
    ),
    own_app=True,
)


def offer() -> Offer:
    return OFFER

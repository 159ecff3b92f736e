"""How Salesforce presents itself in the catalogues: of providers, and of errors."""

from timebridge.providers.provider import KnownError, Offer
from timebridge.providers.salesforce.meanings import MEANINGS, Meaning

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


def known_errors() -> tuple[KnownError, ...]:
    """Codes of the API, and statuses of answers that hold no code. What is quoted of an answer is left open."""
    by_code: dict[str, Meaning] = {}
    for (status, code), meaning in MEANINGS.items():
        by_code.setdefault(code or f"HTTP {status}", meaning)
    return tuple(
        KnownError(code, meaning.kind, _open(meaning.sentence), _open(meaning.remedy))
        for code, meaning in by_code.items()
    )


def _open(text: str) -> str:
    return text.format(field="the field", message="…")

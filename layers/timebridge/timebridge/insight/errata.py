"""The catalogue of errors: whatever a provider may refuse, what it means, and what to do; as data, and as a page."""

from collections.abc import Iterator

from timebridge.providers import provider
from timebridge.providers.provider import PROVIDERS, KnownError

HEAD = """# Errors of the providers

What Salesforce and QuickBooks may answer, in the words that timebridge uses. `GET /v1/errors` is the same as data, and
finds a code by itself. The kind says what happens next:

| Kind | What timebridge does |
|---|---|
| transient | tries again by itself; nothing is lost |
| rate limited | waits as long as the provider wants, then goes on |
| stale | reads both sides again and decides afresh |
| rejected | this record waits, with the reason and the remedy on its link; everything else goes on |
| locked | the same, for a record that may not be changed any more |
| undecided | the same, until a person says which record is meant |
| disconnected | the connection stops, and the people of the tenant are told |
| misconfigured | an alarm for the operator: only they can mend it |

A refusal of QuickBooks carries Intuit's id of the call (`intuit_tid`) as `trace`, on the link, in the run and in the
log: Intuit's support asks for it.
"""


def known(name: str) -> tuple[KnownError, ...]:
    """Of one provider, by code. Raises KeyError for one that is not registered."""
    return tuple(provider.load(name).known_errors())


def page() -> str:
    return "\n".join([HEAD, *(line for name in PROVIDERS for line in _table(name))])


def _table(name: str) -> Iterator[str]:
    title = provider.load(name).offer().title
    yield f"## {title}\n"
    yield "| Code | Kind | What it means | What to do | Field |"
    yield "|---|---|---|---|---|"
    for each in sorted(known(name), key=lambda error: (not error.code.isdigit(), error.code.zfill(6), error.code)):
        field = f"`{each.field}`" if each.field else ""
        yield f"| `{each.code}` | {each.kind} | {each.sentence} | {each.remedy} | {field} |"
    yield ""

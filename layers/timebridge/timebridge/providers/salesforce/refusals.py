"""The SyncError that each of Salesforce's errors becomes."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from timebridge.errors import RateLimited, SyncError, Undecided
from timebridge.providers.salesforce.flows import EXTERNAL_ID
from timebridge.providers.salesforce.meanings import (
    ANY,
    BUG,
    BUSY,
    LOCKED_ROW,
    LOST_RACE,
    MEANINGS,
    NO_PACKAGE,
    TROUBLES,
    UNKNOWN,
    UNREADABLE,
    Meaning,
)
from timebridge.records import Candidate

MINUTE = 60.0
DAILY_PAUSE, SHORT_PAUSE = 15 * MINUTE, MINUTE / 2
"""Seconds to leave Salesforce alone when the day's calls are used up, and when too many run at once."""

NO_PACKAGE_TEXT = "Provided external ID field does not exist or is not accessible"
COLUMN = re.compile(r"(?:No such column|Field name not found)\s*:?\s*'?(?P<name>[\w.]+)'?")
LINK = re.compile(r"\w+://\S+")
LONGEST_QUOTE = 300


def meaning_of(status: int, code: str, message: str = "", whole: bool = False) -> Meaning:
    """`whole`: it answered a whole request, not one record.

    An unknown code condemns what it answered, unless the status is 500 or more.
    """
    if NO_PACKAGE_TEXT in message:
        return NO_PACKAGE
    if code == "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY" and "UNABLE_TO_LOCK_ROW" in message:
        return LOCKED_ROW
    if code == "DUPLICATE_VALUE" and EXTERNAL_ID in message:
        return LOST_RACE
    if whole and code in UNREADABLE:
        return UNREADABLE[code]
    known = MEANINGS.get((status, code)) or MEANINGS.get((ANY, code)) or MEANINGS.get((status, ""))
    if known is not None:
        return known
    return BUSY if status >= 500 else BUG if whole else UNKNOWN


def error_of(status: int, errors: object, whole: bool = False) -> SyncError:
    """`errors`: the parsed body of a refusal, or a record's `errors`; anything else counts as no body at all."""
    first = _first(errors)
    code = str(first.get("errorCode") or first.get("statusCode") or "")
    message = str(first.get("message") or "")
    meaning = meaning_of(status, code, message, whole)
    field = _field(first, message)
    sentence = meaning.sentence.format(field=field or "a field", message=_quotable(message))
    detail = " ".join(part for part in (str(status or ""), code) if part)
    if meaning.kind is Undecided:
        return Undecided(sentence, remedy=meaning.remedy, candidates=_candidates(first), theirs=True, detail=detail)
    if meaning.kind is RateLimited:
        pause = DAILY_PAUSE if "TotalRequests" in message else SHORT_PAUSE
        return RateLimited(sentence, retry_after=pause, remedy=meaning.remedy, detail=detail)
    return meaning.kind(sentence, remedy=meaning.remedy, detail=detail, field=field, trouble=TROUBLES.get(code))


def _first(errors: object) -> Mapping[str, Any]:
    if isinstance(errors, Sequence) and errors and isinstance(errors[0], Mapping):
        return errors[0]
    return errors if isinstance(errors, Mapping) else {}


def _field(error: Mapping[str, Any], message: str) -> str | None:
    fields = error.get("fields") or []
    found = COLUMN.search(message)
    return str(fields[0]) if fields else found["name"] if found else None


def _quotable(message: str) -> str:
    """What people may be shown of a text that others wrote: no addresses, no essays."""
    return LINK.sub("…", " ".join(message.split()))[:LONGEST_QUOTE]


def _candidates(error: Mapping[str, Any]) -> list[Candidate]:
    """The records that a duplicate rule found, the likeliest first. The key is misspelt on the wire."""
    found = error.get("duplicateResut") or error.get("duplicateResult") or {}
    matches = [match for result in found.get("matchResults", []) for match in result.get("matchRecords", [])]
    said = f"found by {found.get('duplicateRule') or 'a duplicate rule'} in Salesforce"
    reasons = (said,) if found.get("allowSave", True) else (said, "which allows no second one")
    ids = {id: _confidence(match) for match in matches if (id := match.get("record", {}).get("Id"))}
    return [Candidate(id, None, score, reasons) for id, score in sorted(ids.items(), key=lambda each: -each[1])]


def _confidence(match: Mapping[str, Any]) -> int:
    found = match.get("matchConfidence")
    return round(found) if isinstance(found, int | float | Decimal) else 0

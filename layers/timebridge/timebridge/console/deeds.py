"""What the audit trail holds, in people's words: `client.update` is "Client changed"."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from timebridge.console import wording

DEEDS = {
    "audit.export": "Audit exported",
    "conflict.decide": "Conflict decided",
    "connection.app": "App of the connection changed",
    "connection.consent": "Connection authorised",
    "connection.create": "Connection begun",
    "connection.health": "Connection tested",
    "connection.lost": "Access lost",
    "connection.merged": "Connection joined with another",
    "connection.renewed": "Access renewed",
    "connection.replaced": "Connection replaced",
    "connection.switch": "Connection switched over",
    "consent.refused": "Consent refused",
    "link.end": "Records unlinked",
    "link.make": "Records linked",
    "link.relink": "Link changed",
    "link.retry": "Tried again",
    "member.set": "Team changed",
    "operator.enter": "Operator looked in",
    "package.download": "Package downloaded",
    "postings.post": "Documents posted",
    "postings.repost": "Documents posted again",
    "postings.withdraw": "Documents taken back",
    "problem.aside": "Problems set aside",
    "problem.retry": "Problems tried again",
    "problem.take_up": "Problem taken up again",
    "problems.export": "Problems exported",
    "question.accept": "Matches accepted",
    "question.answer": "Match decided",
    "record.merge": "Duplicates merged",
    "refused": "Attempt refused",
    "run.confirm_deletions": "Deletions confirmed",
    "run.import": "History brought in",
    "run.preview": "Preview started",
    "run.repair": "Differences synchronised",
    "run.retry": "Run tried again",
    "run.start": "Initial sync started",
    "settings.discard": "Draft discarded",
    "settings.publish": "Settings published",
    "sync.now": "Sync asked for",
    "timer.discard": "Timer discarded",
    "user.invite": "Person invited",
    "user.resend": "Invitation sent again",
    "user.reset": "Password reset",
    "user.update": "Person changed",
    "webhook.rotate": "Secret of the webhook renewed",
}
PAST = {
    "bill": "billed",
    "pay": "paid",
    "set": "set",
    "submit": "submitted",
    "update": "changed",
    "withdraw": "taken back",
}


def deed(what: str) -> str:
    """Each noun and verb that has no words of its own is put together."""
    if what in DEEDS:
        return DEEDS[what]
    subject, _, verb = what.rpartition(".")
    words = PAST.get(verb) or verb.replace("_", " ") + ("d" if verb.endswith("e") else "ed")
    return f"{wording.plain(subject)} {words}" if subject else wording.plain(words)


def subject(line: Mapping[str, Any]) -> str:
    """A record that has no name is called by its number or its day: `Expense of 16 Nov 2026`."""
    known = line["detail"] | (line["before"] or {}) | (line["after"] or {})
    noun = wording.plain(line["what"].rpartition(".")[0])
    if number := known.get("number"):
        return f"{noun} {number}"
    day = known.get("date") or known.get("work_date")
    return f"{noun} of {wording.day(day)}" if day else noun


def told(value: Any, names: Mapping[str, str]) -> Any:
    """Lists and objects as text; what is empty in them is left out. Days and amounts as they are written elsewhere."""
    if isinstance(value, dict):
        lines = {wording.plain(name): told(each, names) for name, each in value.items()}
        return "; ".join(f"{name}: {each}" for name, each in lines.items() if each not in ("", None))
    if isinstance(value, list):
        return ", ".join(str(told(each, names)) for each in value)
    if isinstance(value, float | Decimal):
        return f"{value:,.2f}" if round(value, 2) == value else wording.number(value)
    if isinstance(value, str):
        return names.get(value) or (wording.day(value) if re.fullmatch(r"\d{4}-\d\d-\d\d", value) else value)
    return value

"""When people are told that something went wrong, and in which words; how mails are sent is not known here."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

REMEMBERED = timedelta(hours=25)
"""A parked record is tried again within a day, and refused again: that is no new error."""

MOST_REMEMBERED = 2_000
"""Of a single tenant; beyond this an error that is refused again counts again."""

MORNING = time(7)
"""When digests are sent, in the tenant's time zone."""

SHOWN = 20
"""Errors that a mail lists one by one."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """Whom a tenant wants to be told what. More than `errors` new errors within `minutes` send a mail; once, until it
    was quiet for as long."""

    recipients: tuple[str, ...] = ()
    errors: int = 0
    minutes: int = 60
    digest: bool = False
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that went wrong on a connection. `what`: "errors" (of records), "stopped" or "warning".

    `problems`: as a run keeps them; `more`: how many others there were.
    """

    tenant: str
    connection: str
    what: str
    at: datetime
    reason: str = ""
    remedy: str = ""
    problems: Sequence[Mapping[str, str]] = ()
    more: int = 0


@dataclass(frozen=True, slots=True)
class Watch:
    """What a tenant was told of. `known`: errors, and when each was new; `others`: errors without a name.

    `waiting`: those that no mail has listed yet. `fired`: the threshold was passed, and people know.
    """

    known: Mapping[str, datetime] = field(default_factory=dict)
    others: tuple[tuple[datetime, int], ...] = ()
    waiting: tuple[Mapping[str, str], ...] = ()
    fired: bool = False
    revision: int = 0


def noted(watch: Watch, alerts: Iterable[Alert], wishes: Wishes, now: datetime) -> tuple[Watch, int]:
    """The watch after these alerts, and how many errors to tell of now (0: none)."""
    known = {key: at for key, at in watch.known.items() if now - at < REMEMBERED}
    window = timedelta(minutes=wishes.minutes)
    others = [(at, count) for at, count in watch.others if now - at < window]
    quiet = _counted(known, others, window, now) <= wishes.errors
    waiting = () if watch.fired and quiet else watch.waiting
    for alert in sorted(alerts, key=lambda each: each.at):
        news = [problem for problem in alert.problems if _key(alert, problem) not in known]
        known |= {_key(alert, problem): alert.at for problem in news}
        waiting = (*waiting, *({**problem, "connection": alert.connection} for problem in news))[:SHOWN]
        others += [(alert.at, alert.more)] if alert.more else []
    count = _counted(known, others, window, now)
    fires = count > wishes.errors and (quiet or not watch.fired)
    known = dict(sorted(known.items(), key=lambda item: item[1])[-MOST_REMEMBERED:])
    after = Watch(known, tuple(others), waiting, count > wishes.errors, watch.revision)
    return after, count if fires else 0


def told(watch: Watch) -> Watch:
    """After the mail: what it listed is not listed again."""
    return replace(watch, waiting=())


def _counted(
    known: Mapping[str, datetime], others: Iterable[tuple[datetime, int]], window: timedelta, now: datetime
) -> int:
    return sum(now - at < window for at in known.values()) + sum(count for _, count in others)


def _key(alert: Alert, problem: Mapping[str, str]) -> str:
    return "/".join((alert.connection, problem.get("flow", ""), problem.get("ours", "") or problem.get("theirs", "")))


def next_digest(time_zone: str, after: datetime) -> datetime:
    """The next morning of the tenant, in UTC."""
    zone = ZoneInfo(time_zone)
    today = after.astimezone(zone).date()
    mornings = (datetime.combine(today + timedelta(days=days), MORNING, zone) for days in range(3))
    return next(found for morning in mornings if (found := morning.astimezone(UTC)) > after)


# --- in words --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mail:
    subject: str
    text: str


def of_errors(tenant: str, count: int, wishes: Wishes, listed: Sequence[Mapping[str, str]], links: "Links") -> Mail:
    errors = f"{count} error{'s' * (count != 1)}"
    lines = [_line(problem, links) for problem in listed]
    more = [f"And {count - len(listed)} more."] if count > len(listed) else []
    head = f"{errors} within {wishes.minutes} minutes. Each of these records waits and is tried again by itself."
    quiet = "You will not be told again before it was quiet for as long."
    return Mail(f"timebridge: {errors} at {tenant}", _text([head, *lines, *more, quiet]))


def of_alert(tenant: str, alert: Alert, links: "Links") -> Mail:
    title = "a connection stopped" if alert.what == "stopped" else "a connection needs attention"
    said = [alert.reason, alert.remedy, f"Connection: {links.connection(alert.connection)}"]
    return Mail(f"timebridge: {title} at {tenant}", _text(said))


def of_digest(tenant: str, sections: Sequence[str]) -> Mail:
    return Mail(f"timebridge: the last day at {tenant}", _text(sections))


def _line(problem: Mapping[str, str], links: "Links") -> str:
    connection = problem.get("connection", "")
    about = f" ({problem['field']})" if problem.get("field") else ""
    said = f"{problem.get('reason', '')}{about} {problem.get('remedy', '')}".strip()
    return "\n".join(["- " + said, *(f"  {link}" for link in links.record(connection, problem))])


def _text(paragraphs: Iterable[str]) -> str:
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph) + "\n"


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses that a mail leads to. `orgs`: by connection, where its provider shows records by their id."""

    public_url: str
    tenant: str
    orgs: Mapping[str, str] = field(default_factory=dict)

    def connection(self, id: str) -> str:
        return f"{self.public_url}/console/{self.tenant}/connections/{id}"

    def record(self, connection: str, problem: Mapping[str, Any]) -> list[str]:
        where = f"{self.public_url}/console/{self.tenant}/problems"
        ours = f"{where}/{connection}/{problem.get('flow', '')}/{problem.get('ours', '')}"
        org, theirs = self.orgs.get(connection), problem.get("theirs")
        return [ours, *([f"{org}/{theirs}"] if org and theirs else [])]

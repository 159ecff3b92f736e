"""What a tenant decides about posting: per type, checked when it is said and not when the first posting fails.

Each type of posting has a class of its own (time, expenses, invoices) with what they all have on top. A choice says
what it takes in the metadata of its field, so that a new one is one line.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from timebridge.flows import HERE, All, Condition, one_of
from timebridge.lines import Unfit, among, mapping, shown, switch

SETTING = "posting"


def _asked(default: Any, read: Callable[[str, Any], Any]) -> Any:
    return field(default=default, metadata={"read": read})


def flag(default: bool) -> Any:
    """True or false."""
    return _asked(default, switch)


def choice(default: str | None, *names: str) -> Any:
    """One of these words; None, too, where that is the default."""
    return _asked(default, lambda path, value: None if value is None is default else among(path, value, names))


def day() -> Any:
    """A date as ISO text, or None."""
    return _asked(None, _day)


def record_id() -> Any:
    """The id of a record of ours, or None."""
    return _asked(None, _text)


def text() -> Any:
    """A short text, or None."""
    return _asked(None, _short)


def _short(path: str, value: Any) -> str | None:
    if value is not None and (not isinstance(value, str) or not 0 < len(value) <= 80):
        raise Unfit(path, f"{shown(value)} does not fit.", "Give a text of 1 to 80 characters, or null.")
    return value


def _day(path: str, value: Any) -> str | None:
    try:
        return None if value is None else date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise Unfit(path, f"{shown(value)} is no date.", "Give a date like 2026-11-21, or null.") from None


def _text(path: str, value: Any) -> str | None:
    if value is not None and (not isinstance(value, str) or not value):
        raise Unfit(path, f"{shown(value)} is no id.", "Give the id of a record of the workspace, or null.")
    return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """What every type of posting asks.

    `auto`: what is approved is posted by itself; else a person posts. `approved_only`: else what is submitted may be
    posted too. `start_date`: nothing older is posted. `classes`, `departments`: whether they are sent, if the company
    tracks them; `class_` (in settings: `class`) and `department` are what counts where nothing more exact does.
    `closed`: what becomes of a record that belongs to a closed period of the books: it waits ("hold"), it is posted on
    the first open day ("first_open"), or a person is asked ("ask"). `billable`: as the record says ("entry"), or always
    or never. `changes`: whether an edit after posting only shows ("flag"), or is posted by itself too, with `auto`
    ("post").
    """

    auto: bool = flag(False)
    approved_only: bool = flag(True)
    start_date: str | None = day()
    classes: bool = flag(True)
    departments: bool = flag(True)
    class_: str | None = record_id()
    department: str | None = record_id()
    closed: str = choice("hold", "hold", "first_open", "ask")
    billable: str = choice("entry", "entry", "never", "always")
    changes: str = choice("flag", "flag", "post")

    @property
    def ready(self) -> tuple[str, ...]:
        """The statuses in which a record may be posted."""
        return ("approved",) if self.approved_only else ("submitted", "approved")

    @property
    def may_stay(self) -> tuple[str, ...]:
        """The statuses in which a record that is posted stays in the books."""
        return "submitted", "approved"

    @property
    def update_theirs(self) -> bool:
        """Whether an edit follows into the books by itself."""
        return self.auto and self.changes == "post"


def posting_of(settings: Mapping[str, Any], type: str) -> Any:
    """The settings of one type of posting ("time", "expenses", "invoices"), an instance of its class.

    Raises Unfit, whose path begins at the settings of the connection.
    """
    from timebridge.postings import TYPES  # they are built from what is in this module

    chosen = mapping(SETTING, settings.get(SETTING, {}))
    for name in chosen:
        if name not in TYPES:
            known = ", ".join(TYPES)
            raise Unfit(f"{SETTING}.{name[:60]}", "There is no such type of posting.", f"There are: {known}.")
    return parsed(TYPES[type].settings, f"{SETTING}.{type}", chosen.get(type, {}))


def parsed[T: Posting](into: type[T], path: str, value: Any) -> T:
    """Raises Unfit for a choice that is none, or that does not fit."""
    known = {each.name.rstrip("_"): each for each in fields(into)}
    found: dict[str, Any] = {}
    for name, said in mapping(path, value).items():
        if name not in known:
            raise Unfit(f"{path}.{name[:60]}", "There is no such choice.", f"There are: {', '.join(sorted(known))}.")
        found[known[name].name] = known[name].metadata["read"](f"{path}.{name}", said)
    return into(**found)


def posted_here(posting: Posting) -> Condition:
    """Of a record that somebody, or the settings, put into the books of this connection, and nobody took back.

    What `posted_to` comes to is decided in `composing.where_posted`.
    """
    return All((one_of("posted_to", HERE), one_of("status", *posting.may_stay)))

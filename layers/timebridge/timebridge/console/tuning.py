"""What the pages about the settings of one connection share: their tabs, and how settings are saved."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from timebridge.console import wording
from timebridge.console.client import Refused, part
from timebridge.console.visits import Visit

TABS = (
    ("", "Rhythm"),
    ("selection", "Selection"),
    ("posting", "Posting"),
    ("limits", "Limits"),
    ("notices", "Notices"),
    ("access", "Access"),
)

type Settings = dict[str, Any]


def about(visit: Visit, connection: str, tab: str) -> dict[str, Any]:
    """What the head of each of these pages needs, and the connection itself."""
    found = visit.api.get(f"connections/{part(connection)}")
    base = f"settings/connections/{part(connection)}"
    shown = [(path, name) for path, name in TABS if path != "posting" or posts(found)]
    return {
        "connection": found,
        "name": name_of(found),
        "base": base,
        "places": [(visit.url(f"{base}/{path}".rstrip("/")), name, path == tab) for path, name in shown],
        "askable": askable(visit),
    }


def name_of(connection: dict[str, Any]) -> str:
    return str(connection["account_name"] or wording.provider(connection["provider"]))


def posts(connection: dict[str, Any]) -> bool:
    """Whether there are books to post to."""
    return bool(connection["provider"] != "salesforce")


def askable(visit: Visit) -> list[dict[str, Any]]:
    """Whom to ask, for those who may not do it themselves."""
    found: list[dict[str, Any]] = [] if visit.may_administer else visit.api.get("administrators")["items"]
    return found


def save(visit: Visit, connection: str, change: Callable[[Settings], Settings], **values: Any) -> None:
    """Put changed settings in force. A draft that somebody works on gets the same change: published later, it would
    take it back. Raises Refused."""
    path = f"connections/{part(connection)}"
    found = visit.api.get(path)
    wanted = change(dict(found["settings"]))
    if wanted != found["settings"]:
        values["settings"] = wanted
    if values:
        visit.api.patch(path, {**values, "revision": int(visit.form.get("revision") or found["revision"])})
    draft = visit.api.get(f"{path}/settings")["draft"] if "settings" in values else None
    if draft:
        with suppress(Refused):  # their draft does not fit any more, which they learn when they publish it
            body = {"settings": change(dict(draft["settings"])), "note": draft["note"]}
            visit.api.post(f"{path}/settings/draft", body, if_match=str(draft["revision"]))


def without(settings: Settings, *names: str) -> Settings:
    return {name: value for name, value in settings.items() if name not in names}


def reasons(error: Refused) -> dict[str, str]:
    """By the last part of the field's name: what the forms call it. The refusal as a whole is under its own."""
    return {name.rpartition(".")[2]: said for name, said in error.errors.items()}

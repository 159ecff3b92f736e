"""The settings of a connection, checked before they are kept: a misspelt switch would silently do nothing."""

from collections.abc import Mapping
from typing import Any

from timebridge import ordering
from timebridge.api import pacing
from timebridge.api.errors import Problem
from timebridge.choices import Unfit
from timebridge.connecting import start
from timebridge.connecting.apps import SHARED
from timebridge.flows import Flows
from timebridge.postings import TYPES
from timebridge.postings.settings import SETTING, posting_of
from timebridge.providers import provider
from timebridge.store.tenants import Connections
from timebridge.tenants import Connection, Status


class _Noting(dict[str, Any]):
    """Settings that note what the provider's flows ask of them, and what they take where nothing is set."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self.asked: dict[str, Any] = {}

    def get(self, name: str, default: Any = None) -> Any:
        self.asked[name] = default
        return super().get(name, default)


def check(connection: Connection) -> None:
    """Raises Problem 422 for a setting that the provider does not have, or that is of the wrong type."""
    noting = _Noting(connection.settings)
    noting.get("notices", True)  # whatever the provider; see `hints.messages`
    pacing.check(noting, metered=connection.provider in SHARED)
    try:
        start.day_of(noting)
        noting.get("start_date", "")
        flows = Flows(provider.load(connection.provider).flows(noting))
        ordering.check(flows, noting.get(ordering.SETTING, []))
    except Unfit as error:
        raise _refused(f"settings.{error.path}", error.said, error.remedy) from error
    except (TypeError, ValueError, AttributeError) as error:
        raise _refused("settings", "These settings do not fit the provider's flows.", "See docs/api.md.") from error
    for name, value in connection.settings.items():
        if name not in noting.asked:
            known = ", ".join(sorted(noting.asked))
            raise _refused(f"settings.{name}", f"There is no setting {name[:60]}.", f"There are: {known}.")
        if not _fits(value, noting.asked[name]):
            raise _refused(
                f"settings.{name}", f"The setting {name} does not fit.", f"It must be {_like(noting, name)}."
            )
    _refuse_doubled(connection)


def _refuse_doubled(connection: Connection) -> None:
    """What is approved goes into the books of one connection by itself: into two it would be posted twice."""
    mine = automatic(connection.settings)
    if not mine:
        return
    for other in Connections().of(connection.tenant):
        both = mine & automatic(other.settings)
        if both and other.id != connection.id and other.status is not Status.CLOSED:
            [type, *_] = sorted(both)
            said = f"Posting of {type} is automatic in the connection {other.account_name or other.id} already."
            raise _refused(f"settings.{SETTING}.{type}.auto", said, "Switch it off there first, or post by hand here.")


def automatic(settings: Mapping[str, Any]) -> set[str]:
    """The types of posting that go by themselves."""
    return {type for type in TYPES if SETTING in settings and posting_of(settings, type).auto}


def _fits(value: object, default: object) -> bool:
    if isinstance(default, tuple | list):
        filled = bool(value) or not default
        return isinstance(value, list) and filled and all(isinstance(each, str) for each in value)
    return default is None or isinstance(value, type(default))


def _like(noting: _Noting, name: str) -> str:
    default = noting.asked[name]
    said = {bool: "true or false", str: "text", dict: "an object", float: "a number"}
    return said.get(type(default), "a list of texts")


def _refused(field: str, said: str, remedy: str) -> Problem:
    return Problem(422, said, remedy=remedy, field=field)

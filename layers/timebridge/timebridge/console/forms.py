"""What a browser sent in a form."""

from collections.abc import Iterator, Mapping
from urllib.parse import parse_qs

MOST = 5_000
"""Values of one form: as many as a selection on a page can have, and some."""


class TooMuch(Exception):
    """More values than any form of ours has."""


class Unsent(KeyError):
    """A value that every form of ours has."""


class Form(Mapping[str, str]):
    """The first value of each name, stripped. A name that was not sent reads as empty through `get`. Raises TooMuch."""

    def __init__(self, text: str = "") -> None:
        if text.count("&") >= MOST:
            raise TooMuch
        self._values = parse_qs(text, keep_blank_values=True)

    def __getitem__(self, name: str) -> str:
        if name not in self._values:
            raise Unsent(name)
        return self._values[name][0].strip()

    def get(self, name: str, default: str = "") -> str:  # type: ignore[override]
        return self[name] if name in self._values else default

    def all(self, name: str) -> list[str]:
        """Every value of a name, as of boxes that were ticked."""
        return [value.strip() for value in self._values.get(name, ())]

    def is_on(self, name: str) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

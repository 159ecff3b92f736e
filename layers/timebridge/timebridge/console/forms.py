"""What a browser sent in a form."""

from collections.abc import Iterator, Mapping
from urllib.parse import parse_qs


class Form(Mapping[str, str]):
    """The first value of each name, stripped. A name that was not sent reads as empty through `get`."""

    def __init__(self, text: str = "") -> None:
        self._values = parse_qs(text, keep_blank_values=True, max_num_fields=5_000)

    def __getitem__(self, name: str) -> str:
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

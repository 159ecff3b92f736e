"""What decided what is sent: every value of a record with the place that said it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from timebridge.postings.dimensions import dimensions_of
from timebridge.records import Record, Value

if TYPE_CHECKING:
    from timebridge.postings.composing import Desk


@dataclass(frozen=True, slots=True)
class Said:
    """A value that is sent. `level`: where it was said (entry, task, project, person, default, item, company ...);
    `words`: the same for people."""

    name: str
    value: Value
    level: str | None
    words: str


type Explainer = Callable[["Desk", Record, Record], Iterable[Said]]
"""What decided the values of a record: first as it is, then as the books see it."""


def of_dimensions(desk: "Desk", type: str, record: Record) -> Iterator[Said]:
    """Class and department, and why there is none where there is none."""
    found = dimensions_of(desk, desk.posting(type), [record.values])
    for name in ("class", "department"):
        chosen = found.chosen(name, record.values)
        if name not in found.tracked:
            words = "The company does not track it, or the settings of posting keep it back."
        elif chosen.level is None:
            words = f"Nothing says a {name}: neither the entry, its task, project and person, nor the settings."
        else:
            words = f"The {name} comes from the {chosen.level}."
        yield Said(name, chosen.value, chosen.level, words)

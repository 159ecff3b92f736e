"""The words for kinds of records in paths."""

from enum import StrEnum
from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path

from timebridge.workspace.kinds import KINDS, moves_of


def _plural(name: str) -> str:
    if name == "staff":
        return name
    ending = "es" if name.endswith("s") else "s"
    return (f"{name[:-1]}ies" if name.endswith("y") else name + ending).replace("_", "-")


PLURALS = {_plural(name): name for name in KINDS}
"""The word in the path, and the kind."""

PLURAL_OF = {kind: plural for plural, kind in PLURALS.items()}

ENTRIES = [plural for plural, name in PLURALS.items() if "submit" in moves_of(name)]
"""What members write themselves, and what is submitted and approved."""

Plural = StrEnum("Plural", {name.replace("-", "_"): name for name in PLURALS})  # type: ignore[misc]
Entries = StrEnum("Entries", {name.replace("-", "_"): name for name in ENTRIES})  # type: ignore[misc]
Kinds = Annotated[Plural, Path(description="A kind of record, in the plural.")]
EntryKinds = Annotated[Entries, Path(description="A kind of record that is submitted and approved.")]
RecordId = Annotated[str, Path(pattern="^[A-Za-z0-9_.-]{1,100}$", description="Id of the record.")]

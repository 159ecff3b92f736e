"""What the records are called that values refer to."""

from collections.abc import Iterable
from itertools import groupby

from timebridge.store.records import Workspace
from timebridge.workspace.kinds import KINDS

PREFIXES = {kind.prefix: kind.name for kind in KINDS.values() if "name" in kind.properties}
"""The kind of a record, by how its id begins."""


def names_of(tenant: str, values: Iterable[object]) -> dict[str, str]:
    """By id, the names of all records among these values, whatever their kinds; archived ones too.

    A reference may say its flow first, as "flow/id". One read for each kind.
    """
    ids = sorted({str(value).rpartition("/")[2] for value in values if isinstance(value, str) and "_" in value})
    space, found = Workspace(tenant), dict[str, str]()
    for prefix, some in groupby(ids, key=lambda id: id.partition("_")[0]):
        if prefix in PREFIXES:
            records = space.read(PREFIXES[prefix], list(some))
            found |= {record.id: str(record.values["name"]) for record in records}
    return found

"""What people call the records that others refer to."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from timebridge.store.records import Workspace
from timebridge.wording import called
from timebridge.workspace.kinds import kind_of


def names_in(tenant: str, kind: str, values: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """By id, the name of every record that these values of one kind refer to: one read for each kind."""
    wanted: dict[str, set[str]] = defaultdict(set)
    references = kind_of(kind).references
    for some in values:
        for name, parent in references.items():
            if some.get(name):
                wanted[parent].add(str(some[name]))
    return names_of(tenant, wanted)


def names_of(tenant: str, ids: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """`ids`: by kind. What has no name, or is not there, goes by its id."""
    space = Workspace(tenant)
    found = {id: id for some in ids.values() for id in some}
    for kind, some in ids.items():
        found |= {record.id: called(record.values) or record.id for record in space.read(kind, list(some))}
    return found

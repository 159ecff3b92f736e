"""The names of what records refer to, each looked up once: ids are for programs."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from timebridge.records import Record
from timebridge.store.records import Workspace
from timebridge.workspace.kinds import kind_of


def names_in(tenant: str, kind: str, records: Iterable[Record], wanted: Sequence[str]) -> dict[str, str]:
    """By id, of what these properties of these records refer to."""
    references, ids = kind_of(kind).references, defaultdict[str, dict[str, None]](dict)
    for record in records:
        for name in wanted:
            if record.values.get(name) is not None:
                ids[references[name]][str(record.values[name])] = None
    space = Workspace(tenant)
    found = [each for kind, some in ids.items() for each in space.read(kind, list(some))]
    return {each.id: str(each.values.get("name") or each.id) for each in found}

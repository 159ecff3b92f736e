"""Where records lie in their table: the keys of one tenant's, and reads by them."""

from collections.abc import Iterable

from timebridge.errors import Rejected
from timebridge.store.tables import RecordItem
from timebridge.workspace.kinds import kind_of


class Rows:
    def __init__(self, tenant: str) -> None:
        self._tenant = tenant

    def of(self, kind: str) -> str:
        """The partition of a kind."""
        return f"{self._tenant}#{kind_of(kind).name}"

    def below(self, kind: str, by: str | None, value: str | None) -> str:
        """The partition, in the index by parent, of those that refer to one record; without a value, of all that have
        the key `by`. Raises Rejected for a kind whose records belong to no other."""
        if by is None:
            raise Rejected(f"A {kind.replace('_', ' ')} belongs to no other record.", field="parent")
        return "#".join(filter(None, (self.of(kind), by, value)))

    def get(self, kind: str, id: str) -> RecordItem | None:
        try:
            return RecordItem.get(self.of(kind), id, consistent_read=True)
        except RecordItem.DoesNotExist:
            return None

    def some(self, kind: str, ids: Iterable[str]) -> list[RecordItem]:
        """In no order; those that are not there are left out."""
        keys = [(self.of(kind), id) for id in dict.fromkeys(ids)]
        return list(RecordItem.batch_get(keys, consistent_read=True)) if keys else []

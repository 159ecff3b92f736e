"""How far each feed of a connection was read."""

from timebridge.changes import Where
from timebridge.sides import Cursor
from timebridge.store.tables import CursorItem


class Cursors:
    """The cursors of one connection, by side and kind (ours) or object (theirs)."""

    def __init__(self, tenant: str, connection: str) -> None:
        self._pk = f"{tenant}#{connection}"

    def all(self) -> dict[tuple[Where, str], Cursor]:
        found = CursorItem.query(self._pk, consistent_read=True)
        return {_name(item.sk): Cursor(item.stamp, item.last) for item in found}

    def get(self, where: Where, name: str) -> Cursor | None:
        try:
            item = CursorItem.get(self._pk, f"{where}#{name}", consistent_read=True)
        except CursorItem.DoesNotExist:
            return None
        return Cursor(item.stamp, item.last)

    def save(self, where: Where, name: str, cursor: Cursor) -> None:
        CursorItem(self._pk, f"{where}#{name}", stamp=cursor.stamp, last=cursor.id).save()

    def clear(self) -> None:
        """Forget them all: the next pull reads everything."""
        items = list(CursorItem.query(self._pk, consistent_read=True))
        with CursorItem.batch_write() as batch:
            for item in items:
                batch.delete(item)


def _name(sort_key: str) -> tuple[Where, str]:
    where, name = sort_key.split("#", 1)
    return Where(where), name

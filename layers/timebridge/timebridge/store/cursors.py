"""How far each feed of a connection was read."""

from datetime import datetime

from timebridge.changes import Where
from timebridge.sides import Cursor
from timebridge.store.tables import CursorItem


class Cursors:
    """The cursors of one connection, by side and kind (ours) or object (theirs).

    `since` (ISO): no cursor is before that moment, and a feed that was never read begins there.
    """

    def __init__(self, tenant: str, connection: str, since: str | None = None) -> None:
        self._pk = f"{tenant}#{connection}"
        self._first = Cursor(datetime.fromisoformat(since)) if since else None

    def all(self) -> dict[tuple[Where, str], Cursor]:
        found = CursorItem.query(self._pk, consistent_read=True)
        return {_name(item.sk): Cursor(item.stamp, item.last) for item in found}

    def get(self, where: Where, name: str) -> Cursor | None:
        try:
            item = CursorItem.get(self._pk, f"{where}#{name}", consistent_read=True)
        except CursorItem.DoesNotExist:
            return self._first
        return Cursor(item.stamp, item.last)

    def save(self, where: Where, name: str, cursor: Cursor) -> None:
        at = max(cursor, self._first) if self._first else cursor
        CursorItem(self._pk, f"{where}#{name}", stamp=at.stamp, last=at.id).save()

    def clear(self) -> None:
        """Forget them all: the next pull reads everything."""
        items = list(CursorItem.query(self._pk, consistent_read=True))
        with CursorItem.batch_write() as batch:
            for item in items:
                batch.delete(item)


def _name(sort_key: str) -> tuple[Where, str]:
    where, name = sort_key.split("#", 1)
    return Where(where), name

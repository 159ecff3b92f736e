"""The links of a whole tenant: of many records, in every connection and flow, with one read."""

from collections.abc import Iterable

from timebridge.links import Link
from timebridge.store.links import read_link
from timebridge.store.tables import LinkItem

type Place = tuple[str, str, str]
"""Connection, flow, and an id."""


class EveryLink:
    """The links of one tenant. Reads are strongly consistent."""

    def __init__(self, tenant: str) -> None:
        self._tenant = tenant

    def of(self, places: Iterable[Place]) -> dict[Place, Link]:
        """By the ids of ours; places without a link are left out."""
        found = self._items("link", places)
        return {(*where, item.ours or ""): read_link(where[1], item) for where, item in found}

    def known_as(self, places: Iterable[Place]) -> dict[Place, Link]:
        """By the ids of theirs."""
        pointers = self._items("theirs", places)
        links = self.of((*where, item.ours or "") for where, item in pointers)
        return {(*place[:2], link.theirs): link for place, link in links.items() if link.theirs}

    def _items(self, of: str, places: Iterable[Place]) -> list[tuple[tuple[str, str], LinkItem]]:
        wanted = {(f"{self._tenant}#{place[0]}#{place[1]}", f"{of}#{place[2]}"): place[:2] for place in places}
        items = LinkItem.batch_get(list(wanted), consistent_read=True) if wanted else ()
        return [(wanted[item.pk, item.sk], item) for item in items]

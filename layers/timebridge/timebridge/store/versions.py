"""The settings of one connection through time: every published version, and the draft that is worked on."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pynamodb.exceptions import DeleteError, DoesNotExist, PutError

from timebridge.errors import Stale
from timebridge.store.exact import instant
from timebridge.store.paging import start_key, token
from timebridge.store.tables import TenantItem
from timebridge.tenants import Draft, Version

DRAFT = "draft"


class Versions:
    def __init__(self, tenant: str, connection: str) -> None:
        self._tenant = tenant
        self._prefix = f"settings#{connection}#"

    def keep(self, version: Version) -> None:
        """Written once: what was published under a number stays as it is."""
        data = {
            "settings": dict(version.settings),
            "actor": version.actor,
            "published": instant(version.published),
            "note": version.note,
            "restores": version.restores,
        }
        try:
            self._item(version.number, data=data).save(TenantItem.sk.does_not_exist())
        except PutError:
            return

    def get(self, number: int) -> Version | None:
        item = self._read(number)
        return self._version(item) if item else None

    def page(self, start: str | None = None, limit: int = 50) -> tuple[list[Version], str | None]:
        """The latest first, and where the next page starts."""
        found = TenantItem.query(
            self._tenant,
            TenantItem.sk.between(f"{self._prefix}0", f"{self._prefix}:"),
            scan_index_forward=False,
            limit=limit,
            page_size=limit,
            last_evaluated_key=start_key(start, {"pk": self._tenant}, ("sk",)),
        )
        return [self._version(item) for item in found], token(found.last_evaluated_key, ("sk",))

    def draft(self) -> Draft | None:
        item = self._read(DRAFT)
        if item is None:
            return None
        moment = {"saved": datetime.fromisoformat(item.data["saved"])}
        return Draft(**item.data | moment, revision=int(item.revision or 0))

    def save_draft(self, settings: Mapping[str, Any], actor: str, note: str, revision: int | None) -> Draft:
        """`revision`: of the draft that this one replaces; None: whatever is there. Raises Stale."""
        before = self.draft()
        known = before.revision if before else 0
        if revision is not None and revision != known:
            raise _overtaken()
        draft = Draft(settings, actor, datetime.now(UTC), note, known + 1)
        data = {"settings": dict(settings), "actor": actor, "saved": instant(draft.saved), "note": note}
        there = TenantItem.revision == known if before else TenantItem.sk.does_not_exist()
        try:
            self._item(DRAFT, data=data, revision=draft.revision).save(there)
        except PutError as error:
            raise _overtaken() from error
        return draft

    def drop_draft(self, revision: int) -> None:
        """The draft as it was at `revision`; one that somebody worked on since stays."""
        try:
            self._item(DRAFT).delete(TenantItem.revision == revision)
        except DeleteError:
            return

    def _item(self, name: int | str, **values: Any) -> TenantItem:
        return TenantItem(self._tenant, self._prefix + _key(name), **values)

    def _read(self, name: int | str) -> TenantItem | None:
        try:
            return TenantItem.get(self._tenant, self._prefix + _key(name), consistent_read=True)
        except DoesNotExist:
            return None

    def _version(self, item: TenantItem) -> Version:
        moment = {"published": datetime.fromisoformat(item.data["published"])}
        return Version(int(item.sk.removeprefix(self._prefix)), **item.data | moment)


def _key(name: int | str) -> str:
    return f"{name:09d}" if isinstance(name, int) else name


def _overtaken() -> Stale:
    return Stale(
        "These settings were changed by somebody else meanwhile.",
        remedy="Load them again and repeat the change.",
        field="revision",
    )

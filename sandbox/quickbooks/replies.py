"""Remembers the answers given to request ids, so that a write repeated with the same id is not done twice."""

import json
from typing import Any

from sandbox.quickbooks.errors import Fault
from sandbox.quickbooks.store import Store

MAX_LENGTH, MAX_BATCH_LENGTH, MAX_ITEM_LENGTH = 50, 36, 10


class Replies:
    def __init__(self, store: Store) -> None:
        self.store = store

    def find(self, realm: str, request_id: str | None, item: str = "") -> Any | None:
        """The body answered before, whatever the new request says. Raises Fault 2130 for an over-long id."""
        if not request_id:
            return None
        if len(request_id) > MAX_LENGTH:
            raise Fault("2130", MAX_LENGTH)
        if self.store.setting("ignore_requestid", False):
            return None
        sql = "select body, at from replies where realm = ? and request_id = ? and item = ?"
        row = self.store.execute(sql, (realm, request_id, item)).fetchone()
        hours = self.store.setting("requestid_hours", None)
        if row is None or (hours is not None and row[1] + hours * 3600 < self.store.now()):
            return None
        return json.loads(row[0])

    def keep(self, realm: str, request_id: str | None, body: Any, item: str = "") -> None:
        if request_id:
            values = (realm, request_id, item, self.store.now(), 200, json.dumps(body))
            self.store.execute("insert or replace into replies values (?, ?, ?, ?, ?, ?)", values)


def item_is_remembered(request_id: str | None, item: str) -> bool:
    """Batch items are recognised again only by short ids."""
    return bool(request_id) and len(request_id or "") <= MAX_BATCH_LENGTH and 0 < len(item) <= MAX_ITEM_LENGTH

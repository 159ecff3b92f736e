"""Who is signed in to the console. A session is found by the digest of what the browser holds: the table opens none."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

from pynamodb.exceptions import PutError

from timebridge.store.tables import TenantItem


class Sessions:
    def put(self, secret: str, data: Mapping[str, Any], until: datetime) -> None:
        TenantItem(_key(secret), "session", data=dict(data), until=until, expires=until).save()

    def renew(self, secret: str, data: Mapping[str, Any], until: datetime) -> bool:
        """False: it was ended meanwhile, and stays so."""
        try:
            TenantItem(_key(secret), "session", data=dict(data), until=until, expires=until).save(
                TenantItem.sk.exists()
            )
        except PutError:
            return False
        return True

    def get(self, secret: str) -> tuple[dict[str, Any], datetime] | None:
        """What is known of it, and until when it is good."""
        try:
            item = TenantItem.get(_key(secret), "session", consistent_read=True)
        except TenantItem.DoesNotExist:
            return None
        return (item.data, item.until) if item.until else None

    def end(self, secret: str) -> None:
        TenantItem(_key(secret), "session").delete()


def _key(secret: str) -> str:
    return f"session#{sha256(secret.encode()).hexdigest()}"

"""The grant of one connection: in Secrets Manager, refreshed by one worker at a time."""

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from uuid import uuid4

from botocore.exceptions import ClientError
from pynamodb.exceptions import DeleteError, PutError, UpdateError

from timebridge import patience
from timebridge.errors import Disconnected, Misconfigured, Transient
from timebridge.store.app_secrets import failure, put_secret, secrets_manager
from timebridge.store.exact import dumps, instant, loads
from timebridge.store.expiries import Expiries
from timebridge.store.tables import TenantItem
from timebridge.tenants import Grant

LEASE = timedelta(seconds=6)
"""How long a lease lives without its holder: one that died is succeeded after at most this time."""

BEAT = 2.0
"""Seconds between the prolongations of a lease by a holder that lives, however slow the provider is."""

PATIENCE = 25.0
"""Seconds that the others wait for the one who refreshes."""

LONGEST_PAUSE = 2.0
"""Seconds between two looks of one that waits; they grow up to this, so that a crowd does not slow the holder down."""

_kept: dict[str, Grant] = {}
"""Grants by secret name, as this process last saw them. One that is outdated is refused and leads to `renew`."""


class SecretGrants:
    """Implements `tenants.Grants`.

    A refresh token is used once, so refreshes need a lease; it is an item of the tenants table. Who gets it reads the
    secret again before refreshing, because the one before may have just finished.
    """

    def __init__(self, tenant: str, connection: str) -> None:
        self._tenant, self._connection = tenant, connection
        self._name = f"{prefix()}/{tenant}/{connection}"
        self._lease = (tenant, f"lease#{connection}")

    def get(self) -> Grant:
        return _kept.get(self._name) or self._read()

    def renew(self, used: Grant, refresh: Callable[[Grant], Grant]) -> Grant:
        give_up, pause = time.monotonic() + min(PATIENCE, patience.left()), 0.2
        while time.monotonic() < give_up:
            grant = self._read()
            if _newer(grant, used):
                return grant
            with self._leased() as mine:
                if mine:
                    return self._refreshed(used, refresh)
            time.sleep(random.uniform(pause / 2, pause))
            pause = min(2 * pause, LONGEST_PAUSE)
        raise Transient(
            "Access is being renewed by another run, and it takes too long.",
            detail="lease",
            connection=self._connection,
        )

    def put(self, grant: Grant) -> None:
        text = _to_json(grant)
        try:
            put_secret(self._name, text)
        except ClientError as error:
            raise failure(error, self._name) from None  # the cause may show what was sent
        _kept[self._name] = grant
        Expiries(self._tenant).renewed(self._connection, grant)

    def delete(self) -> None:
        _kept.pop(self._name, None)
        Expiries(self._tenant).forget(self._connection)
        try:
            secrets_manager().delete_secret(SecretId=self._name, ForceDeleteWithoutRecovery=True)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise failure(error, self._name) from error

    def _read(self) -> Grant:
        try:
            text = secrets_manager().get_secret_value(SecretId=self._name)["SecretString"]
        except ClientError as error:
            _kept.pop(self._name, None)
            if error.response["Error"]["Code"] not in ("ResourceNotFoundException", "InvalidRequestException"):
                raise failure(error, self._name) from error
            raise Disconnected(
                "There is no access to this account.", remedy="Connect it again.", connection=self._connection
            ) from error
        grant = _kept[self._name] = _from_json(text)
        return grant

    def _refreshed(self, used: Grant, refresh: Callable[[Grant], Grant]) -> Grant:
        grant = self._read()
        if _newer(grant, used):
            return grant
        renewed = refresh(grant)
        self.put(renewed)
        return renewed

    @contextmanager
    def _leased(self) -> Iterator[bool]:
        """Holds the lease and prolongs it while the block runs; False when somebody else holds it."""
        owner = uuid4().hex
        item = TenantItem(*self._lease, owner=owner, until=datetime.now(UTC) + LEASE)
        try:
            item.save(TenantItem.sk.does_not_exist() | (TenantItem.until < datetime.now(UTC)))
        except PutError:
            yield False
            return
        done = Event()
        beats = Thread(target=_prolong, args=(item, owner, done), daemon=True)
        beats.start()
        try:
            yield True
        finally:
            done.set()
            beats.join()
            _release(item, owner)


def _newer(grant: Grant, used: Grant) -> bool:
    """Another token, or the same one given out again later."""
    later = grant.issued is not None and used.issued is not None and grant.issued > used.issued
    return later or grant.access_token != used.access_token


def _prolong(item: TenantItem, owner: str, done: Event) -> None:
    while not done.wait(BEAT):
        try:
            item.update([TenantItem.until.set(datetime.now(UTC) + LEASE)], TenantItem.owner == owner)
        except (UpdateError, Transient):
            continue


def _release(item: TenantItem, owner: str) -> None:
    try:
        item.delete(TenantItem.owner == owner)
    except DeleteError:
        return  # it ran out and was taken over


def prefix() -> str:
    try:
        return os.environ["GRANTS_PREFIX"]
    except KeyError:
        raise Misconfigured("A setting is missing.", detail="environment variable GRANTS_PREFIX") from None


def _to_json(grant: Grant) -> str:
    return dumps(
        {
            "access_token": grant.access_token,
            "refresh_token": grant.refresh_token,
            "expires": instant(grant.expires) if grant.expires else None,
            "refresh_expires": instant(grant.refresh_expires) if grant.refresh_expires else None,
            "base_url": grant.base_url,
            "issued": instant(grant.issued) if grant.issued else None,
            "ends": instant(grant.ends) if grant.ends else None,
        }
    )


def _from_json(text: str) -> Grant:
    found = loads(text)
    moments = {
        name: datetime.fromisoformat(found[name]) if found.get(name) else None
        for name in ("expires", "refresh_expires", "issued", "ends")
    }
    return Grant(**found | moments)

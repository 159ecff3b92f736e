"""Notices of changes, signed and sent as Intuit sends them: in batches, again until acknowledged, in line."""

import base64
import hashlib
import hmac
import json
import random
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from typing import Any

import requests

from sandbox.quickbooks import wire
from sandbox.quickbooks.books import Change
from sandbox.quickbooks.schema import SCHEMA

RETRY_SECONDS = (10, 20, 30, 300, 1200, 7200, 14_400, 21_600)
LETTERS = {"created": "C", "updated": "U", "deleted": "D", "merged": "M", "void": "V", "emailed": "E"}
LEGACY = {
    **{"created": "Create", "updated": "Update", "deleted": "Delete", "merged": "Merge"},
    **{"void": "Void", "emailed": "Emailed"},
}
ACKNOWLEDGED = 200


@dataclass
class Delivery:
    """How notices go out. `speed` divides the retry schedule; `window` is how long changes are gathered."""

    url: str | None = None
    paused: bool = False
    double: bool = False
    reorder: bool = False
    legacy: bool = False
    window: float = 0.05
    speed: float = 1.0
    timeout: float = 3.0
    only: list[str] | None = None

    def change(self, wish: dict[str, Any]) -> None:
        """Raises ValueError for a setting that does not exist."""
        unknown = set(wish) - {one.name for one in fields(self)}
        if unknown:
            raise ValueError(f"unknown webhook settings: {', '.join(sorted(unknown))}")
        for name, value in wish.items():
            setattr(self, name, value)


@dataclass(eq=False)
class Attempt:
    """One notice and what became of it."""

    events: list[Change]
    body: bytes = b""
    tries: int = 0
    statuses: list[int | None] = field(default_factory=list)
    due: float = 0.0

    @property
    def acknowledged(self) -> bool:
        return bool(self.statuses) and self.statuses[-1] == ACKNOWLEDGED


def sign(body: bytes, verifier_token: str) -> str:
    """The value of `intuit-signature`."""
    return base64.b64encode(hmac.new(verifier_token.encode(), body, hashlib.sha256).digest()).decode()


class Webhooks:
    """Sends from a thread of its own. `is_connected` says whether a company still has the app."""

    def __init__(self, verifier_token: str, is_connected: Callable[[str], bool], url: str | None = None) -> None:
        self._verifier_token, self._is_connected = verifier_token, is_connected
        self._standard = Delivery(url=url)
        self._wake = threading.Condition()
        self._chance = random.Random(11)
        self._thread: threading.Thread | None = None
        self._stopping = False
        self.clear()

    def clear(self) -> None:
        with self._wake:
            self.delivery = Delivery(**asdict(self._standard))
            self._gathered: list[Change] = []
            self._gathered_since = 0.0
            self._line: deque[Attempt] = deque()
            self.sent: list[Attempt] = []
            self._wake.notify_all()

    def set_url(self, url: str | None) -> None:
        with self._wake:
            self.delivery.url = self._standard.url = url

    def change(self, wish: dict[str, Any]) -> None:
        with self._wake:
            self.delivery.change(wish)
            for attempt in self._line:
                attempt.due = min(attempt.due, time.monotonic() + self._wait(attempt))
            self._wake.notify_all()

    # ------------------------------------------------------------ taking changes in

    def tell(self, change: Change) -> None:
        """Gathers a change that the company is subscribed to; several of one kind to one record become one."""
        entity = SCHEMA.entities[change.entity]
        wanted = self.delivery.only
        if LETTERS[change.op] not in entity.events or not self.delivery.url or (wanted and entity.name not in wanted):
            return
        if not self._is_connected(change.realm):
            return
        with self._wake:
            same = [one for one in self._gathered if alike(one, change)]
            if not self._gathered:
                self._gathered_since = time.monotonic()
            self._gathered = [one for one in self._gathered if one not in same] + [change]
            self._wake.notify_all()

    def release(self) -> None:
        """Sends what was held back, and what waits for its next try, at once."""
        with self._wake:
            self.delivery.paused = False
            for attempt in self._line:
                attempt.due = 0.0
            self._gathered_since = 0.0
            self._wake.notify_all()

    def to_json(self) -> dict[str, Any]:
        with self._wake:
            return {
                **asdict(self.delivery),
                "gathered": len(self._gathered),
                "waiting": [one.statuses for one in self._line],
                "delivered": sum(one.acknowledged for one in self.sent),
                "attempts": sum(one.tries for one in (*self.sent, *self._line)),
            }

    # ------------------------------------------------------------ sending

    def start(self) -> None:
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="quickbooks-webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        if self._thread:
            self._thread.join(5)

    def _run(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            while True:
                with self._wake:
                    attempt = None if self._stopping else self._next()
                    if self._stopping:
                        return
                if attempt is not None:
                    self._try(session, attempt)

    def _next(self) -> Attempt | None:
        """The notice at the head of the line, once it is due; newer ones wait behind it."""
        now = time.monotonic()
        self._form_notice(now)
        if self._line and not self.delivery.paused and self._line[0].due <= now:
            return self._line[0]
        self._wake.wait(self._pause(now))
        return None

    def _pause(self, now: float) -> float | None:
        if self.delivery.paused or not (self._line or self._gathered):
            return None
        moments = [self._line[0].due] if self._line else []
        if self._gathered:
            moments.append(self._gathered_since + self.delivery.window)
        return max(min(moments) - now, 0.001)

    def _form_notice(self, now: float) -> None:
        if not self._gathered or self.delivery.paused or now < self._gathered_since + self.delivery.window:
            return
        events, self._gathered = self._gathered, []
        if self.delivery.reorder:
            events.reverse()
        notices = [Attempt(events), *([Attempt(events)] if self.delivery.double else [])]
        for notice in notices:
            notice.body = self._body(events)
        if self.delivery.double:
            notices[1].body = notices[0].body
        self._line.extendleft(notices) if self.delivery.reorder else self._line.extend(notices)

    def _try(self, session: requests.Session, attempt: Attempt) -> None:
        status = self._post(session, attempt.body)
        with self._wake:
            if attempt not in self._line:
                return
            attempt.tries += 1
            attempt.statuses.append(status)
            if attempt.acknowledged:
                self._line.remove(attempt)
                self.sent.append(attempt)
            else:
                attempt.due = time.monotonic() + self._wait(attempt)

    def _wait(self, attempt: Attempt) -> float:
        if not attempt.tries:
            return 0.0
        return RETRY_SECONDS[min(attempt.tries, len(RETRY_SECONDS)) - 1] / self.delivery.speed

    def _post(self, session: requests.Session, body: bytes) -> int | None:
        url = self.delivery.url
        if url is None:
            return None
        try:
            answer = session.post(
                url, data=body, headers=self._headers(body), timeout=self.delivery.timeout, allow_redirects=False
            )
        except requests.RequestException:
            return None
        return answer.status_code

    def _headers(self, body: bytes) -> dict[str, str]:
        legacy = self.delivery.legacy
        return {
            "Content-Type": "application/json; charset=utf-8" if legacy else "application/cloudevents-batch+json",
            "intuit-signature": sign(body, self._verifier_token),
            "intuit-created-time": datetime.now(UTC).isoformat(),
            "intuit-t-id": str(uuid.uuid4()),
            "intuit-notification-schema-version": "0.1" if legacy else "1.0",
            "User-Agent": "intuit_notification_server/0.1",
        }

    def _body(self, events: list[Change]) -> bytes:
        shown = legacy_body(events) if self.delivery.legacy else [cloud_event(one) for one in events]
        return json.dumps(shown, separators=(",", ":")).encode()


def alike(one: Change, other: Change) -> bool:
    return (one.realm, one.entity, one.id, one.op) == (other.realm, other.entity, other.id, other.op)


def cloud_event(change: Change) -> dict[str, Any]:
    source = base64.b64encode(hashlib.sha256(change.realm.encode()).digest()).decode()
    moment = datetime.fromtimestamp(change.at, UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return {
        **{"specversion": "1.0", "id": str(uuid.uuid4()), "source": f"intuit.{source}"},
        **{"type": f"qbo.{change.entity.lower()}.{change.op}.v1", "datacontenttype": "application/json"},
        **{"time": moment, "intuitentityid": change.id, "intuitaccountid": change.realm},
        "data": {"deletedid": change.deleted_id} if change.deleted_id else {},
    }


def legacy_body(events: list[Change]) -> dict[str, Any]:
    realms = dict.fromkeys(change.realm for change in events)
    return {"eventNotifications": [legacy_company(realm, events) for realm in realms]}


def legacy_company(realm: str, events: list[Change]) -> dict[str, Any]:
    entities = [legacy_entity(change) for change in events if change.realm == realm]
    return {"realmId": realm, "dataChangeEvent": {"entities": entities}}


def legacy_entity(change: Change) -> dict[str, Any]:
    merged = {"deletedId": change.deleted_id} if change.deleted_id else {}
    return {
        **{"name": change.entity, "id": change.id, "operation": LEGACY[change.op]},
        **{"lastUpdated": wire.stamp(int(change.at)), **merged},
    }

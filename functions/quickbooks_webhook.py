"""POST /api/quickbooks/webhook: change notices of every QuickBooks company that is connected."""

from collections import defaultdict
from dataclasses import replace
from hashlib import sha256
from typing import Any

from timebridge import context, hints, queue
from timebridge.changes import Change, Where
from timebridge.errors import Transient
from timebridge.gateway import Answer, Request, answer
from timebridge.messages import Message
from timebridge.providers.quickbooks_online import notices
from timebridge.providers.quickbooks_online.notices import Notice
from timebridge.telemetry import count, logger
from timebridge.tenants import Provider

LARGEST = 4_000_000


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _: object) -> Answer:
    request = Request(event)
    if len(request.body) > LARGEST:
        return answer(413, "The notice is too large.")
    token = context.app(Provider.QUICKBOOKS_ONLINE).extra.get("verifier_token", "")
    if not notices.verify(request.body, request.headers.get(notices.SIGNATURE_HEADER), token):
        count("NoticesRefused", provider=Provider.QUICKBOOKS_ONLINE)
        return answer(401, "The signature is not Intuit's.")
    try:
        queue.send_all(_messages(request.body))
    except ValueError as error:
        # signed, so it is Intuit's own: an error status would make them send it for ever, and hold newer ones back
        count("NoticesUnreadable", provider=Provider.QUICKBOOKS_ONLINE)
        return answer(200, f"Nothing was taken from it. {error}")
    except Transient as error:
        return answer(503, error.for_user, retry_after="10")
    return answer(200)


def _messages(body: bytes) -> list[Message]:
    by_realm: dict[str, list[Notice]] = defaultdict(list)
    for notice in notices.parse(body):
        by_realm[notice.realm].append(notice)
    return [message for realm, told in by_realm.items() for message in _of_company(realm, told)]


def _of_company(realm: str, told: list[Notice]) -> list[Message]:
    connections = context.connected(Provider.QUICKBOOKS_ONLINE, realm)
    if not connections:
        count("NoticesOfUnknownAccounts", provider=Provider.QUICKBOOKS_ONLINE)
    changes = [Change(Where.THEIRS, notice.object, notice.id, into=notice.into) for notice in told]
    at, key = min((notice.at for notice in told if notice.at), default=""), _key(told)
    return [
        replace(message, at=at, key=key)
        for connection in connections
        for message in hints.messages(connection, changes)
    ]


def _key(told: list[Notice]) -> str:
    """Of the same events, when they are sent again because our answer was lost; empty where they have no ids."""
    events = [f"{notice.event} {notice.at}" for notice in told if notice.event]
    return sha256("\n".join(events).encode()).hexdigest() if len(events) == len(told) else ""

"""The stream of the records table, and the edits in it that have waited until they are over: they become changes."""

from collections import defaultdict
from typing import Any

from timebridge import hints, queue
from timebridge.edits import Edit, edit_of, settling_of
from timebridge.errors import Misconfigured, SyncError
from timebridge.telemetry import count, facts, logger


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _: object) -> dict[str, list[dict[str, str]]]:
    """Edits come twice: from the stream, to wait a moment, and from the queue in which they waited."""
    records = event["Records"]
    return {"batchItemFailures": _waited(records) if "body" in records[0] else _edited(records)}


def _edited(records: list[dict[str, Any]]) -> list[dict[str, str]]:
    """What cannot be read or queued is reported, and comes again with everything behind it."""
    edits: list[Edit] = []
    try:
        for record in records:
            edits.append(edit_of(record))
    except (KeyError, ValueError, SyncError) as error:
        logger.error("unreadable record in the stream", problem=type(error).__name__)
        count("EditsUnreadable")
    try:
        _let_settle(edits)
    except SyncError as error:
        logger.warning("edits not queued", **facts(error))
        return _first(records)
    return _first(records[len(edits) :])


def _let_settle(edits: list[Edit]) -> None:
    by_tenant: dict[str, list[Edit]] = defaultdict(list)
    for each in edits:
        by_tenant[each.tenant].append(each)
    waiting = [found for tenant, some in by_tenant.items() for found in hints.waiting_edits(tenant, some)]
    queue.let_settle(found.to_body() for found in waiting)


def _first(records: list[dict[str, Any]]) -> list[dict[str, str]]:
    return [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]} for record in records[:1]]


def _waited(records: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Each by itself: what cannot be read or queued comes again, and nothing else does."""
    return [{"itemIdentifier": record["messageId"]} for record in records if not _is_sent(record["body"])]


def _is_sent(body: str) -> bool:
    try:
        queue.send_all(hints.messages_of_settled(settling_of(body)))
    except SyncError as error:
        logger.warning("edits not queued", **facts(error))
        count("EditsUnreadable", value=int(isinstance(error, Misconfigured)))
        return False
    return True

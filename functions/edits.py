"""The stream of the records table: edits in the workspace become changes."""

from collections import defaultdict
from typing import Any

from timebridge import context, queue
from timebridge.edits import Edit, edit_of
from timebridge.errors import SyncError
from timebridge.telemetry import count, facts, logger


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _: object) -> dict[str, list[dict[str, str]]]:
    """What cannot be read or queued is reported, and comes again with everything behind it."""
    edits: list[Edit] = []
    records = event["Records"]
    try:
        for record in records:
            edits.append(edit_of(record))
    except (KeyError, ValueError) as error:
        logger.error("unreadable record in the stream", problem=type(error).__name__)
        count("EditsUnreadable")
    try:
        _send(edits)
    except SyncError as error:
        logger.warning("edits not queued", **facts(error))
        return _failed(records)
    return _failed(records[len(edits) :])


def _send(edits: list[Edit]) -> None:
    by_tenant: dict[str, list[Edit]] = defaultdict(list)
    for each in edits:
        by_tenant[each.tenant].append(each)
    queue.send_all(message for tenant, some in by_tenant.items() for message in context.messages_of_edits(tenant, some))


def _failed(records: list[dict[str, Any]]) -> dict[str, list[dict[str, str]]]:
    first = [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]} for record in records[:1]]
    return {"batchItemFailures": first}

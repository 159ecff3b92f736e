"""The queue: changes and pulls, one connection's in one order."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from functools import partial
from time import time
from typing import Any

from aws_lambda_powertools.utilities.batch import SqsFifoPartialProcessor, process_partial_response
from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from timebridge import queue
from timebridge.changes import Where
from timebridge.context import Context, NotOpen, opened
from timebridge.errors import Disconnected, Misconfigured, RateLimited, Transient, attached
from timebridge.messages import Message, in_turn, parse
from timebridge.runs import RunStatus
from timebridge.telemetry import count, facts, logger, seconds
from timebridge.worker.feed import visible
from timebridge.worker.following import given_up
from timebridge.worker.handling import among, dropped, handle

type Record = dict[str, Any]
"""A message as Lambda hands it over."""

TRIES = 5
"""As `maxReceiveCount` of the queue: after that a message waits for the operator."""

SPARE = 30_000
"""Milliseconds: a pull that has less time left goes on in another invocation."""

processor = SqsFifoPartialProcessor(skip_group_on_error=True)
processor.raise_on_entire_batch_failure = False  # what is late is no error of the function


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    groups: dict[str, list[Record]] = defaultdict(list)
    for record in event["Records"]:
        groups[record["attributes"]["MessageGroupId"]].append(record)
    take = partial(_take, groups=groups, late=lambda: context.get_remaining_time_in_millis() < SPARE)
    return process_partial_response(event, take, processor, context)


def _take(record: SQSRecord, groups: dict[str, list[Record]], late: Callable[[], bool]) -> None:
    """The first message of a connection takes the others along: ten notices cost one read, not ten."""
    together = groups.pop(str(record.attributes.message_group_id), [])
    for some in in_turn([parse(each["body"]) for each in together]):
        _handle(some, together, late)


def _handle(messages: list[Message], records: list[Record], late: Callable[[], bool]) -> None:
    tenant, connection = messages[0].tenant, messages[0].connection
    try:
        if any(message.upkeep for message in messages):
            _keep_alive(tenant, connection)
        with opened(tenant, connection, *among(messages)) as road:
            for message in messages:
                handle(road, message, late)
            _clocked(road, messages, records)
    except NotOpen as why:
        # nothing is lost: the first pull after it is live again starts from the cursors
        logger.info("message dropped", tenant=tenant, connection=connection, status=why.status)
        dropped(messages, str(why))
    except Disconnected as error:
        logger.warning("connection lost", **facts(error))
    except Misconfigured as error:
        logger.error("operator needed", **facts(error))
        count("Misconfigured", tenant=tenant)
        raise
    except Transient as error:
        logger.warning("comes again", **facts(error))
        if any(_tries(each) >= TRIES for each in records):
            given_up(messages, RunStatus.FAILED, error.told)
        for each in records:
            queue.hold_back(each["receiptHandle"], _pause(error, _tries(each)))
        raise


def _keep_alive(tenant: str, connection: str) -> None:
    from timebridge.connecting import upkeep  # once a week for each connection

    with attached(tenant=tenant, connection=connection):
        upkeep.keep(tenant, connection)


def _clocked(road: Context, messages: list[Message], records: list[Record]) -> None:
    """Notices by two clocks: since we received the first of them, and since what it tells of happened."""
    if not any(change.where is Where.THEIRS for message in messages for change in message.changes):
        return
    now = time()
    received = min(int(each["attributes"].get("SentTimestamp", now * 1000)) for each in records) / 1000
    seconds("ReceiptToVisible", max(now - received, 0.0), provider=road.connection.provider)
    if at := min((message.at for message in messages if message.at), default=""):
        visible(road.connection.provider, now - datetime.fromisoformat(at).timestamp(), "notice")


def _tries(record: Record) -> int:
    return int(record["attributes"]["ApproximateReceiveCount"])


def _pause(error: Transient, tries: int) -> float:
    return error.retry_after if isinstance(error, RateLimited) else 5 * 3 ** (tries - 1)

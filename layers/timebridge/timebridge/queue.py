"""The queue: FIFO, one group per connection, so that one connection's changes are handled in one order.

Edits in the workspace wait in a queue of their own first, until nobody edits them any more (see `edits`).
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING
from uuid import uuid4

import botocore.session  # without boto3's resource layer: 50 ms less in a webhook door
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from timebridge.changes import Change, chunks
from timebridge.errors import Transient
from timebridge.messages import Check, Message, Pull, Share, cut
from timebridge.settings import settings

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

MESSAGES_PER_CALL = 10


def send(
    tenant: str,
    connection: str,
    *,
    changes: Iterable[Change] = (),
    pull: Pull | None = None,
    checks: Iterable[Check] = (),
    asked: bool = True,
    share: Share | None = None,
) -> None:
    """Raises Transient when the queue did not take all of it; sending all of it again is harmless.

    `asked`: the changes are what a person asked for; a pull says so itself. `share`: the run that it is.
    """
    named = tuple(changes)
    send_all([Message(tenant, connection, named, pull, tuple(checks), asked and bool(named), share=share)])


def send_all(messages: Iterable[Message]) -> None:
    """Send messages of any connections, in this order within each. Raises Transient like `send`."""
    for some in chunks([part for message in messages for part in cut(message)], MESSAGES_PER_CALL):
        _send(some)


def _send(messages: Sequence[Message]) -> None:
    entries: list[SendMessageBatchRequestEntryTypeDef] = [
        {
            "Id": str(number),
            "MessageBody": message.to_body(),
            "MessageGroupId": message.group,
            # content is no key here: the same record may change again a minute later
            "MessageDeduplicationId": message.key or uuid4().hex,
        }
        for number, message in enumerate(messages)
    ]
    _put(settings().changes_queue_url, entries)


def let_settle(bodies: Iterable[str]) -> None:
    """Put bodies on the queue where edits wait. Raises Transient like `send`."""
    for some in chunks(list(bodies), MESSAGES_PER_CALL):
        _put(
            settings().settling_queue_url,
            [{"Id": str(number), "MessageBody": body} for number, body in enumerate(some)],
        )


def _put(url: str, entries: "Sequence[SendMessageBatchRequestEntryTypeDef]") -> None:
    try:
        answer = client().send_message_batch(QueueUrl=url, Entries=entries)
    except (BotoCoreError, ClientError) as error:
        raise Transient("The change could not be queued.", detail=type(error).__name__) from error
    if answer.get("Failed"):
        codes = sorted({failed["Code"] for failed in answer["Failed"]})
        raise Transient("The change could not be queued.", detail=f"SQS refused: {', '.join(codes)}")


def hold_back(receipt: str, seconds: float) -> None:
    """Let a message that failed come back after so many seconds instead of after the queue's full time-out."""
    client().change_message_visibility(
        QueueUrl=settings().changes_queue_url, ReceiptHandle=receipt, VisibilityTimeout=max(0, min(int(seconds), 43200))
    )


@cache
def client() -> "SQSClient":
    patience = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})
    made: SQSClient = botocore.session.get_session().create_client("sqs", config=patience)  # type: ignore[assignment]
    return made

"""The queue: FIFO, one group per connection, so that one connection's changes are handled in one order.

A message holds ids, never values or tokens: what it points at is read when it is handled.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING
from uuid import uuid4

import botocore.session  # without boto3's resource layer: 50 ms less in a webhook door
from botocore.exceptions import BotoCoreError, ClientError

from timebridge.changes import Change, chunks, unique
from timebridge.errors import Misconfigured, Transient
from timebridge.settings import settings

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

CHANGES_PER_MESSAGE = 200
MESSAGES_PER_CALL = 10


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull of both sides. `released`: a person confirmed the deletions that a pull before this one refused."""

    actor: str = "schedule"
    released: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    tenant: str
    connection: str
    changes: tuple[Change, ...] = ()
    pull: Pull | None = None

    @property
    def group(self) -> str:
        return f"{self.tenant}#{self.connection}"

    def to_body(self) -> str:
        body: dict[str, object] = {"tenant": self.tenant, "connection": self.connection}
        if self.pull:
            body["pull"] = {"actor": self.pull.actor, "released": self.pull.released}
        if self.changes:
            body["changes"] = [change.to_message() for change in self.changes]
        return json.dumps(body, separators=(",", ":"))


def parse(body: str) -> Message:
    """Raises Misconfigured when the body is none of ours."""
    try:
        found = json.loads(body)
        changes = tuple(Change.from_message(change) for change in found.get("changes", ()))
        pull = Pull(**found["pull"]) if "pull" in found else None
        return Message(found["tenant"], found["connection"], changes, pull)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise Misconfigured("A message on the queue cannot be read.", detail=repr(error)) from error


def joined(messages: Sequence[Message]) -> Message:
    """Messages of one connection as one: a record that several of them name is looked at once."""
    first, pulls = messages[0], [message.pull for message in messages if message.pull]
    changes = unique(change for message in messages for change in message.changes)
    pull = Pull(pulls[0].actor, any(pull.released for pull in pulls)) if pulls else None
    return Message(first.tenant, first.connection, tuple(changes), pull)


def send(tenant: str, connection: str, *, changes: Iterable[Change] = (), pull: Pull | None = None) -> None:
    """Raises Transient when the queue did not take all of it; sending all of it again is harmless."""
    send_all([Message(tenant, connection, tuple(changes), pull)])


def send_all(messages: Iterable[Message]) -> None:
    """Send messages of any connections, in this order within each. Raises Transient like `send`."""
    for some in chunks([part for message in messages for part in _cut(message)], MESSAGES_PER_CALL):
        _send(some)


def _cut(message: Message) -> list[Message]:
    parts = [
        Message(message.tenant, message.connection, tuple(some))
        for some in chunks(unique(message.changes), CHANGES_PER_MESSAGE)
    ]
    return [*parts, Message(message.tenant, message.connection, pull=message.pull)] if message.pull else parts


def _send(messages: Sequence[Message]) -> None:
    entries: list[SendMessageBatchRequestEntryTypeDef] = [
        {
            "Id": str(number),
            "MessageBody": message.to_body(),
            "MessageGroupId": message.group,
            # content is no key here: the same record may change again a minute later
            "MessageDeduplicationId": uuid4().hex,
        }
        for number, message in enumerate(messages)
    ]
    try:
        answer = client().send_message_batch(QueueUrl=settings().changes_queue_url, Entries=entries)
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
    made: SQSClient = botocore.session.get_session().create_client("sqs")  # type: ignore[assignment]
    return made

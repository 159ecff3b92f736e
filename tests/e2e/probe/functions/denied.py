import os
from typing import Any

import boto3


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Does what it is told; reading the table and sending to the queue are granted, writing to the table is not."""
    if event.get("send"):
        queue, entry = os.environ["QUEUE"], {"Id": "1", "MessageBody": "x"}
        sent = boto3.client("sqs").send_message_batch(QueueUrl=queue, Entries=[entry])
        return {"sent": len(sent["Successful"])}
    table = boto3.client("dynamodb")
    if event["write"]:
        return dict(table.put_item(TableName=os.environ["TABLE"], Item={"pk": {"S": "x"}}))
    return dict(table.get_item(TableName=os.environ["TABLE"], Key={"pk": {"S": "x"}}))

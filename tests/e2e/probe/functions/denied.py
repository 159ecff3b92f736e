import os
from typing import Any

import boto3


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Does to the table what it is told; only reading is granted."""
    table = boto3.client("dynamodb")
    if event["write"]:
        return dict(table.put_item(TableName=os.environ["TABLE"], Item={"pk": {"S": "x"}}))
    return dict(table.get_item(TableName=os.environ["TABLE"], Key={"pk": {"S": "x"}}))

import os
import time
from typing import Any

import boto3

table = boto3.client("dynamodb")


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Takes a second for each message and notes when it began and ended."""
    for record in event["Records"]:
        began = time.time()
        time.sleep(1)
        note = {"pk": {"S": record["body"]}, "began": {"N": str(began)}, "ended": {"N": str(time.time())}}
        table.put_item(TableName=os.environ["TABLE"], Item=note)
    return {"batchItemFailures": []}

import json
import os
from typing import Any
from uuid import uuid4

import boto3

notes = boto3.client("dynamodb")
storage = boto3.client("s3")


class RateLimited(Exception):
    pass


class Rejected(Exception):
    pass


def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """The contract of the initial sync's function, with two phases of parts and an empty one."""
    earlier = count(event)
    note(event)
    if event["step"] == "plan":
        if event["run"] == "broken":
            raise Rejected("no such connection")
        return {"phases": [{"name": "parents"}, {"name": "nothing"}, {"name": "children"}]}
    if event["step"] == "export":
        return export(event)
    if event["step"] == "part" and event["part"] == "limited" and not earlier:
        raise RateLimited("come again")
    if event["step"] == "part" and event["part"] == "poison":
        raise Rejected("never")
    return {}


def export(event: dict[str, Any]) -> dict[str, Any]:
    if event["phase"]["name"] == "nothing":
        return {"done": True, "export": None, "manifest": None}
    if event["export"] is None:
        return {"done": False, "export": {"job": 1}, "manifest": None}
    key = f"{event['run']}/{event['phase']['name']}.json"
    parts = ["good", "limited", "poison"]
    storage.put_object(Bucket=os.environ["BUCKET"], Key=key, Body=json.dumps(parts))
    return {"done": True, "export": event["export"], "manifest": {"bucket": os.environ["BUCKET"], "key": key}}


def name_of(event: dict[str, Any]) -> str:
    words = [event["step"], event.get("phase", {}).get("name"), event.get("part"), event.get("error", {}).get("Error")]
    return " ".join(word for word in words if word)


def note(event: dict[str, Any]) -> None:
    item = {"run": {"S": event["run"]}, "id": {"S": str(uuid4())}, "name": {"S": name_of(event)}}
    notes.put_item(TableName=os.environ["NOTES"], Item=item)


def count(event: dict[str, Any]) -> int:
    """How often this step was asked for before."""
    found = notes.query(
        TableName=os.environ["NOTES"],
        KeyConditionExpression="#run = :run",
        FilterExpression="#name = :name",
        ExpressionAttributeNames={"#run": "run", "#name": "name"},
        ExpressionAttributeValues={":run": {"S": event["run"]}, ":name": {"S": name_of(event)}},
        ConsistentRead=True,
    )
    return int(found["Count"])

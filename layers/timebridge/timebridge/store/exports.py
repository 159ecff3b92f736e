"""Exports of an initial sync on S3: the records of each phase, cut into parts, and the lists of those parts.

A part is deleted when it was handled, so what is left is what failed; the bucket forgets everything after 30 days.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import boto3

from timebridge.changes import chunks
from timebridge.records import Record, from_json, to_json
from timebridge.settings import settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

WORTH_TAKING_UP = timedelta(days=7)
"""An export older than this is made afresh: QuickBooks tells changes of the last 30 days only."""

MANIFEST, LEFT, BEGAN = "manifest.json", "left.json", "began.json"


class Exports:
    """The exports of one connection's initial sync."""

    def __init__(self, tenant: str, connection: str) -> None:
        self.bucket = settings().exports_bucket
        self.prefix = f"{tenant}/{connection}/"

    def began(self, now: datetime) -> datetime:
        """When the exports began that are there: `now` if none are, or none worth taking up."""
        found = self._get(BEGAN)
        began = datetime.fromisoformat(found) if found else None
        if began is not None and now - began < WORTH_TAKING_UP:
            return began
        self.clear()
        self._put(BEGAN, now.isoformat())
        return now

    def put_part(self, phase: str, number: int, records: Sequence[Record]) -> None:
        """Writing it again replaces it."""
        body = "\n".join(to_json(record) for record in records)
        client().put_object(Bucket=self.bucket, Key=self.part_key(phase, number), Body=body.encode())

    def part(self, key: str) -> list[Record] | None:
        """The records of a part; None when it was handled before. Raises ValueError for somebody else's part."""
        if not key.startswith(self.prefix):
            raise ValueError("The part belongs to another connection.")
        try:
            body = client().get_object(Bucket=self.bucket, Key=key)["Body"].read().decode()
        except client().exceptions.NoSuchKey:
            return None
        return [from_json(line) for line in body.split("\n") if line]

    def forget_part(self, key: str) -> None:
        client().delete_object(Bucket=self.bucket, Key=key)

    def part_key(self, phase: str, number: int) -> str:
        return f"{self.prefix}{phase}/part-{number:06d}.jsonl"

    def manifest(self, phase: str) -> list[dict[str, Any]] | None:
        """The parts a phase was cut into; None when it was not exported to the end yet."""
        found: list[dict[str, Any]] | None = self._get(f"{phase}/{MANIFEST}")
        return found

    def put_manifest(self, phase: str, parts: Sequence[Mapping[str, Any]]) -> None:
        self._put(f"{phase}/{MANIFEST}", list(parts))

    def put_left(self, phase: str, parts: Sequence[Mapping[str, Any]]) -> str:
        """The parts of a phase that are to be handled now. Returns the key of the list."""
        return self._put(f"{phase}/{LEFT}", list(parts))

    def left(self, phase: str = "") -> list[str]:
        """The keys of the parts that are not handled yet, of one phase or of all."""
        return [key for key in self._keys(f"{self.prefix}{phase}/" if phase else self.prefix) if key.endswith(".jsonl")]

    def clear(self) -> None:
        for keys in chunks(list(self._keys(self.prefix)), 1000):
            client().delete_objects(Bucket=self.bucket, Delete={"Objects": [{"Key": key} for key in keys]})

    def _keys(self, prefix: str) -> Iterator[str]:
        pages = client().get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
        return (found["Key"] for page in pages for found in page.get("Contents", ()))

    def _get(self, name: str) -> Any:
        try:
            return json.load(client().get_object(Bucket=self.bucket, Key=f"{self.prefix}{name}")["Body"])
        except client().exceptions.NoSuchKey:
            return None

    def _put(self, name: str, value: object) -> str:
        key = f"{self.prefix}{name}"
        client().put_object(Bucket=self.bucket, Key=key, Body=json.dumps(value).encode())
        return key


@cache
def client() -> "S3Client":
    return boto3.client("s3")

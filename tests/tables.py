"""The tables for tests, made from the models."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from copy import deepcopy
from threading import RLock
from types import SimpleNamespace
from typing import Any

import pytest
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber
from moto.dynamodb import models
from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType, Item
from moto.dynamodb.models.table import Table

from timebridge.store.tables import TABLES

ENVIRONMENT = {
    **{table.variable: f"test-{table.variable.lower().replace('_', '-')}" for table in TABLES},
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "APP_SECRET": "test/app",
    "GRANTS_PREFIX": "test/grants",
}

EMULATOR = "TEST_AWS_ENDPOINT_URL"
"""Set this variable to run the same tests against an emulator that is up, in place of moto. What is in it is lost."""


def create_tables() -> None:
    """Make every table of the store that is not there yet, with its indexes, in the AWS of the environment."""
    for table in TABLES:
        table.create_table(billing_mode="PAY_PER_REQUEST", wait=True)


@contextmanager
def aws_in_process() -> Iterator[None]:
    """An empty AWS with the environment of our functions and all tables. The environment is put back at the end."""
    emulator = os.environ.get(EMULATOR)
    before = {name: os.environ.pop(name, None) for name in (*ENVIRONMENT, "AWS_ENDPOINT_URL")}
    os.environ.update(ENVIRONMENT | ({"AWS_ENDPOINT_URL": emulator} if emulator else {}))
    try:
        with nullcontext() if emulator else _moto():
            if emulator:
                _empty(emulator)
            create_tables()
            yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@contextmanager
def _moto() -> Iterator[None]:
    """One request at a time: DynamoDB checks a condition and writes in one step, moto in two.

    Moto can take a transaction back because it copies a whole table for each of its items; here only what the
    transaction touches is copied. Both tables and streams stay what they would be.
    """
    one_at_a_time, answer, write = RLock(), BotocoreStubber.__call__, DynamoDBBackend.transact_write_items

    def call(*request: Any, **more: Any) -> Any:
        with one_at_a_time:
            return answer(*request, **more)

    def transact(backend: DynamoDBBackend, items: list[dict[str, Any]]) -> None:
        before = _touched(backend, items)
        try:
            write(backend, items)
        except Exception:
            _put_back(before)
            raise

    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setattr(BotocoreStubber, "__call__", call)
        patch.setattr(DynamoDBBackend, "transact_write_items", transact)
        patch.setattr(models, "copy", SimpleNamespace(deepcopy=_copied))
        yield


def _copied(value: Any) -> Any:
    return value if isinstance(value, Table) else deepcopy(value)


type _TableBefore = tuple[Table, list[tuple[DynamoType, DynamoType, Item | None]], int]
type _Before = list[_TableBefore]


def _touched(backend: DynamoDBBackend, items: list[dict[str, Any]]) -> _Before:
    """Each table of a transaction with its items as they were, and the length of its stream."""
    keys: dict[str, list[dict[str, Any]]] = {}
    for item in items:
        [(verb, wish)] = item.items()
        keys.setdefault(wish["TableName"], []).append(wish["Item"] if verb == "Put" else wish["Key"])
    return [_as_it_is(backend.get_table(name), found) for name, found in keys.items()]


def _as_it_is(table: Table, keys: list[dict[str, Any]]) -> _TableBefore:
    ends = [(DynamoType(key[table.hash_key_attr]), DynamoType(key[table.range_key_attr or ""])) for key in keys]
    items = [(*end, deepcopy(table.get_item(*end))) for end in ends]
    return table, items, len(table.stream_shard.items) if table.stream_shard else 0


def _put_back(before: _Before) -> None:
    for table, items, length in before:
        for hash_key, range_key, item in items:
            if item is not None:
                table.items[hash_key][range_key] = item  # type: ignore[index,call-overload]
            else:
                table.items[hash_key].pop(range_key, None)  # type: ignore[call-overload]
        if table.stream_shard:
            del table.stream_shard.items[length:]


def _empty(emulator: str) -> None:
    import requests

    requests.post(f"{emulator}/_ministack/reset", timeout=30).raise_for_status()

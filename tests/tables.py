"""The tables for tests, made from the models."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from threading import RLock
from typing import Any

import pytest
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber

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
    """One request at a time: DynamoDB checks a condition and writes in one step, moto in two."""
    one_at_a_time, answer = RLock(), BotocoreStubber.__call__

    def call(*request: Any, **more: Any) -> Any:
        with one_at_a_time:
            return answer(*request, **more)

    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setattr(BotocoreStubber, "__call__", call)
        yield


def _empty(emulator: str) -> None:
    import requests

    requests.post(f"{emulator}/_ministack/reset", timeout=30).raise_for_status()

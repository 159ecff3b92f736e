"""The tables for tests, made from the models, in whatever AWS the environment points at."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from moto import mock_aws

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


def create_tables() -> None:
    """Make every table of the store that is not there yet, with its indexes."""
    for table in TABLES:
        table.create_table(billing_mode="PAY_PER_REQUEST", wait=True)


@contextmanager
def aws_in_process() -> Iterator[None]:
    """moto, with the environment of our functions and all tables. Environment variables are put back at the end."""
    before = {name: os.environ.get(name) for name in (*ENVIRONMENT, "AWS_ENDPOINT_URL")}
    os.environ.pop("AWS_ENDPOINT_URL", None)
    os.environ.update(ENVIRONMENT)
    try:
        with mock_aws():
            create_tables()
            yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value

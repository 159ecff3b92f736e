"""How DynamoDB is reached: one client for all tables, made at first use."""

import os
from threading import Lock
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from pynamodb.connection import Connection

from timebridge.errors import Misconfigured, Transient

CONDITIONS = {"ConditionalCheckFailedException", "TransactionCanceledException"}
"""Refusals that the callers expect; everything else leaves the store as Transient or Misconfigured."""

WAITS = {
    "InternalServerError",
    "LimitExceededException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "ServiceUnavailable",
    "ThrottlingException",
    "TransactionConflictException",
    "TransactionInProgressException",
}


class Shared(Connection):
    """One client for all tables, whose failures say what to do next."""

    def _make_api_call(self, operation_name: str, operation_kwargs: dict[str, Any]) -> dict[str, Any]:
        try:
            return super()._make_api_call(operation_name, operation_kwargs)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            if code in CONDITIONS or operation_name == "DescribeTable":
                raise
            raise _sorted(code, operation_name) from error
        except NoCredentialsError as error:
            raise Misconfigured("The database refused us.", detail=f"{operation_name}: no credentials") from error
        except BotoCoreError as error:
            detail = f"{operation_name}: {type(error).__name__}"
            raise Transient("The database did not answer.", detail=detail) from error


def _sorted(code: str, operation: str) -> Transient | Misconfigured:
    detail = f"{operation}: {code}"
    if code in WAITS:
        return Transient("The database is busy.", detail=detail)
    return Misconfigured("The database refused a request.", detail=detail)


_connections: dict[tuple[str | None, str | None], Shared] = {}
reaching = Lock()


def connection() -> Shared:
    """The connection for the region and endpoint of the environment, made at first use."""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    host = os.environ.get("AWS_ENDPOINT_URL_DYNAMODB") or os.environ.get("AWS_ENDPOINT_URL")
    found = _connections.get((region, host))
    if found is None:
        with reaching:
            found = _connections.setdefault((region, host), _new_connection(region, host))
    return found


def _new_connection(region: str | None, host: str | None) -> Shared:
    made = Shared(region, host, read_timeout_seconds=10, connect_timeout_seconds=3, max_pool_connections=25)
    _ = made.client  # making a botocore client is not thread-safe; here one thread does it
    return made


def table_name(variable: str) -> str:
    try:
        return os.environ[variable]
    except KeyError:
        raise Misconfigured("A setting is missing.", detail=f"environment variable {variable}") from None

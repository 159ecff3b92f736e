"""What the platform itself keeps secret: client secrets by provider, and the key that signs consent states."""

import json
import os
import time
from functools import cache
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from timebridge.errors import Misconfigured, SyncError, Transient

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

FRESH = 300.0
"""Seconds for which a read app secret is used again, so that a rotated one is seen without a deploy."""


@cache
def _client_for(region: str | None, host: str | None) -> "SecretsManagerClient":
    import boto3  # not at the top: a door that needs no secret does not pay for it
    from botocore.config import Config

    patience = Config(connect_timeout=3, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 4})
    return boto3.client("secretsmanager", region_name=region, endpoint_url=host, config=patience)


def secrets_manager() -> "SecretsManagerClient":
    """The client for the region and endpoint of the environment, made at first use."""
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return _client_for(region, os.environ.get("AWS_ENDPOINT_URL_SECRETS_MANAGER") or os.environ.get("AWS_ENDPOINT_URL"))


def put_secret(name: str, text: str) -> None:
    """Keep a secret, whether or not there was one under this name. Raises ClientError."""
    try:
        secrets_manager().put_secret_value(SecretId=name, SecretString=text)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "ResourceNotFoundException":
            secrets_manager().create_secret(Name=name, SecretString=text)
        elif code == "InvalidRequestException":  # it waits for its deletion
            secrets_manager().restore_secret(SecretId=name)
            secrets_manager().put_secret_value(SecretId=name, SecretString=text)
        else:
            raise


def failure(error: ClientError, name: str) -> SyncError:
    """What a refusal of Secrets Manager means; never with anything of the secret."""
    code = error.response.get("Error", {}).get("Code", "")
    detail = f"secret {name}: {code}"
    if code in ("ThrottlingException", "InternalServiceError", "InternalServiceErrorException"):
        return Transient("The secret store is busy.", detail=detail)
    return Misconfigured("A secret cannot be read.", detail=detail)


_kept: dict[str, tuple[float, dict[str, Any]]] = {}


def _app() -> dict[str, Any]:
    name = os.environ.get("APP_SECRET")
    if not name:
        raise Misconfigured("A setting is missing.", detail="environment variable APP_SECRET")
    read_at, found = _kept.get(name, (-FRESH, {}))
    if time.monotonic() - read_at >= FRESH:
        try:
            found = json.loads(secrets_manager().get_secret_value(SecretId=name)["SecretString"])
        except ClientError as error:
            raise failure(error, name) from error
        except ValueError:
            raise Misconfigured("A secret cannot be read.", detail=f"secret {name} is not JSON") from None
        _kept[name] = (time.monotonic(), found)
    return found


def forget() -> None:
    """Read the app secret again at the next use."""
    _kept.clear()


def app_secret(provider: str) -> dict[str, Any]:
    """The provider's part of the app secret. Raises Misconfigured when there is none."""
    try:
        found: dict[str, Any] = _app()[provider]
    except KeyError:
        raise Misconfigured("A secret is missing.", detail=f"the app secret has no {provider!r}") from None
    return found


def state_key() -> bytes:
    """What consent states are signed with."""
    key = _app().get("state_key")
    if not isinstance(key, str) or len(key) < 32:
        raise Misconfigured("A secret is missing.", detail="the app secret has no state_key of 32 characters or more")
    return key.encode()

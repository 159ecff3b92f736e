"""The users of the pool, as Cognito knows them now."""

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from timebridge.errors import Misconfigured, Transient
from timebridge.settings import settings
from timebridge.store.pool import client

CONSOLE_CLIENT = "console"
"""The name of the app client for the console. Its id cannot be in our environment: the client names the address of the
API, which names its functions."""

SHUT = {"RESET_REQUIRED", "COMPROMISED", "ARCHIVED"}
"""Of whom these are said, nobody goes on with a session from before."""


def console_client() -> str:
    """Raises Misconfigured when the pool has none."""
    return _console_client(settings().user_pool_id, os.environ.get("AWS_ENDPOINT_URL"))


@cache
def _console_client(pool: str, _endpoint: str | None) -> str:
    pages = client().get_paginator("list_user_pool_clients").paginate(UserPoolId=pool)
    for page in pages:
        for found in page["UserPoolClients"]:
            if found["ClientName"] == CONSOLE_CLIENT:
                return str(found["ClientId"])
    raise Misconfigured("Nobody can sign in: the user pool has no client for the console.", detail=pool)


def claims(username: str) -> dict[str, str] | None:
    """What an ID token would say of a user now, as API Gateway hands it on; None when they may not sign in any more."""
    pool = settings().user_pool_id
    try:
        found = client().admin_get_user(UserPoolId=pool, Username=username)
        if not found["Enabled"] or found["UserStatus"] in SHUT:
            return None
        groups = client().admin_list_groups_for_user(UserPoolId=pool, Username=username)["Groups"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "UserNotFoundException":
            return None
        raise Transient("The list of users did not answer.", detail=str(error.response["Error"]["Code"])) from error
    except BotoCoreError as error:
        raise Transient("The list of users did not answer.", detail=type(error).__name__) from error
    names = " ".join(group["GroupName"] for group in groups)
    return _attributes(found) | {"cognito:groups": f"[{names}]", "cognito:username": username}


def _attributes(found: Mapping[str, Any]) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in found["UserAttributes"]}

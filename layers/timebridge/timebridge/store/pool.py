"""The user pool in Cognito: everybody who may sign in, of all tenants."""

import os
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

from botocore.exceptions import BotoCoreError, ClientError

from timebridge.errors import Misconfigured, Missing, RateLimited, Rejected, SyncError, Transient
from timebridge.settings import settings
from timebridge.tenants import Role
from timebridge.users import GRANTED, Standing, User, roles_of

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

type Act = Literal["disable", "enable", "sign_out", "reset"]

BUSY = {"TooManyRequestsException", "InternalErrorException", "ServiceUnavailable", "ThrottlingException"}
STANDINGS = {
    "FORCE_CHANGE_PASSWORD": Standing.INVITED,
    "UNCONFIRMED": Standing.INVITED,
    "RESET_REQUIRED": Standing.RESET,
}


@cache
def _client_for(region: str | None, host: str | None) -> "CognitoIdentityProviderClient":
    import boto3  # not at the top: a door that knows no users does not pay for it
    from botocore.config import Config

    patience = Config(
        connect_timeout=3,
        read_timeout=10,
        max_pool_connections=16,
        retries={"mode": "standard", "total_max_attempts": 3},
    )
    return boto3.client("cognito-idp", region_name=region, endpoint_url=host, config=patience)


def client() -> "CognitoIdentityProviderClient":
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return _client_for(region, os.environ.get("AWS_ENDPOINT_URL"))


class Taken(Rejected):
    """Somebody has this address already, here or in another tenant."""


class Pool:
    """What goes wrong leaves it as Missing, Transient, Rejected (with a remedy) or Misconfigured."""

    def find(self, user: str) -> User | None:
        """By id, or by address. Costs two calls."""
        try:
            known = self._ask("admin_get_user", Username=user)
            groups = self._ask("admin_list_groups_for_user", Username=user)["Groups"]
        except Missing:
            return None
        return _user(known, known["UserAttributes"], [each["GroupName"] for each in groups])

    def invite(self, tenant: str, email: str, name: str) -> User:
        """Cognito sends them a temporary password. They have no role yet. Raises Taken."""
        attributes = {"email": email, "email_verified": "true", "name": name, "custom:tenant_id": tenant}
        made = self._ask(
            "admin_create_user",
            Username=email,
            UserAttributes=[{"Name": key, "Value": value} for key, value in attributes.items()],
            DesiredDeliveryMediums=["EMAIL"],
        )["User"]
        return _user(made, made["Attributes"], ())

    def remind(self, user: User) -> None:
        """Another invitation, with a new temporary password."""
        self._ask("admin_create_user", Username=user.email, MessageAction="RESEND", DesiredDeliveryMediums=["EMAIL"])

    def rename(self, user: User, name: str) -> None:
        self._ask("admin_update_user_attributes", Username=user.id, UserAttributes=[{"Name": "name", "Value": name}])

    def give(self, user: User, role: Role) -> None:
        """Their only role in their tenant; first the new one, so that they are never without."""
        self._ask("admin_add_user_to_group", Username=user.id, GroupName=role.value)
        for other in user.roles & set(GRANTED) - {role}:
            self._ask("admin_remove_user_from_group", Username=user.id, GroupName=other.value)

    def act(self, user: User, act: Act) -> None:
        verbs = {
            "disable": "admin_disable_user",
            "enable": "admin_enable_user",
            "sign_out": "admin_user_global_sign_out",
            "reset": "admin_reset_user_password",
        }
        self._ask(verbs[act], Username=user.id)

    def _ask(self, verb: str, **wish: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = getattr(client(), verb)(UserPoolId=settings().user_pool_id, **wish)
        except ClientError as error:
            raise _failure(error, verb) from error
        except BotoCoreError as error:
            raise Transient("The list of users did not answer.", detail=f"{verb}: {type(error).__name__}") from error
        return answer


def _user(known: Mapping[str, Any], attributes: list[dict[str, str]], groups: Any) -> User:
    said = {each["Name"]: each.get("Value", "") for each in attributes}
    standing = STANDINGS.get(known["UserStatus"], Standing.ACTIVE) if known["Enabled"] else Standing.DISABLED
    return User(
        id=said.get("sub") or known["Username"],
        email=said.get("email", ""),
        name=said.get("name") or None,
        roles=roles_of(groups),
        standing=standing,
        tenant=said.get("custom:tenant_id") or None,
        invited=known["UserCreateDate"],
    )


def _failure(error: ClientError, verb: str) -> SyncError:
    """What a refusal of Cognito means; its own sentences could name users of other tenants."""
    code = error.response["Error"]["Code"]
    detail = f"{verb}: {code}"
    if code == "UserNotFoundException":
        return Missing("There is no such user.", remedy="Look at the list again.", detail=detail)
    if code in ("UsernameExistsException", "AliasExistsException"):
        return Taken("This address cannot be invited.", remedy="Use another address.", field="email", detail=detail)
    if code == "LimitExceededException":
        return RateLimited(
            "No more mails can be sent to users today.",
            remedy="Try again tomorrow, or ask the operator to send invitations by Amazon SES.",
            retry_after=3600,
            detail=detail,
        )
    if code == "CodeDeliveryFailureException":
        return Rejected("The mail could not be delivered.", remedy="Check the address.", field="email", detail=detail)
    if code in ("InvalidParameterException", "NotAuthorizedException", "UnsupportedUserStateException"):
        return Rejected(
            "The list of users refused this.", remedy="Check what was entered, and their state.", detail=detail
        )
    return (
        Transient("The list of users is busy.", detail=detail)
        if code in BUSY
        else Misconfigured("The list of users refused us.", detail=detail)
    )

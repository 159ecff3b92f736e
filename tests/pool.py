"""The user pool for tests, as template.yaml has it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import boto3

PASSWORD = "Correct-horse-7-battery"


@contextmanager
def user_pool() -> Iterator[str]:
    """A pool with the groups of our roles, in the AWS of the environment; its id is in the environment too."""
    cognito = boto3.client("cognito-idp")
    pool: str = cognito.create_user_pool(
        PoolName="timebridge",
        UsernameAttributes=["email"],
        AutoVerifiedAttributes=["email"],
        AdminCreateUserConfig={"AllowAdminCreateUserOnly": True},
        Schema=[{"Name": "tenant_id", "AttributeDataType": "String", "Mutable": True}],
    )["UserPool"]["Id"]
    for group in ("platform_admin", "tenant_admin", "member", "viewer"):
        cognito.create_group(UserPoolId=pool, GroupName=group)
    before = os.environ.get("USER_POOL_ID")
    os.environ["USER_POOL_ID"] = pool
    try:
        yield pool
    finally:
        os.environ.pop("USER_POOL_ID")
        if before is not None:
            os.environ["USER_POOL_ID"] = before


def sign_up(email: str, tenant: str | None, *groups: str, name: str = "", signed_in: bool = True) -> str:
    """Somebody whom the operator made in the pool. Returns their id."""
    cognito, pool = boto3.client("cognito-idp"), os.environ["USER_POOL_ID"]
    said = {"email": email, "email_verified": "true", "name": name or email.partition("@")[0].title()}
    said |= {"custom:tenant_id": tenant} if tenant else {}
    attributes = [{"Name": key, "Value": value} for key, value in said.items()]
    made = cognito.admin_create_user(
        UserPoolId=pool, Username=email, UserAttributes=attributes, MessageAction="SUPPRESS"
    )["User"]
    for group in groups:
        cognito.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName=group)
    if signed_in:
        cognito.admin_set_user_password(UserPoolId=pool, Username=email, Password=PASSWORD, Permanent=True)
    return next(each["Value"] for each in made["Attributes"] if each["Name"] == "sub")

"""The app a tenant registered at a provider for itself: its key and secret, in Secrets Manager beside the grant."""

from botocore.exceptions import ClientError

from timebridge.errors import Disconnected
from timebridge.store.app_secrets import failure, put_secret, secrets_manager
from timebridge.store.exact import dumps, loads
from timebridge.store.grants import prefix

_kept: dict[tuple[str, str], tuple[str, str]] = {}
"""Pairs by secret name and by the moment they were saved, which the connection tells: an outdated one is never used."""


class OwnApp:
    """Of one connection. The secret can be written and used, and is shown to nobody."""

    def __init__(self, tenant: str, connection: str) -> None:
        self._connection = connection
        self._name = f"{prefix()}/{tenant}/{connection}/app"

    def pair(self, saved: str) -> tuple[str, str]:
        """Client id and secret as they were saved at that moment. Raises Disconnected when they are gone."""
        found = _kept.get((self._name, saved))
        if found is None:
            found = _kept[self._name, saved] = self._read()
        return found

    def put(self, client_id: str, client_secret: str) -> None:
        text = dumps({"client_id": client_id, "client_secret": client_secret})
        try:
            put_secret(self._name, text)
        except ClientError as error:
            raise failure(error, self._name) from None  # the cause may show what was sent

    def delete(self) -> None:
        try:
            secrets_manager().delete_secret(SecretId=self._name, ForceDeleteWithoutRecovery=True)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise failure(error, self._name) from error

    def _read(self) -> tuple[str, str]:
        try:
            found = loads(secrets_manager().get_secret_value(SecretId=self._name)["SecretString"])
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise failure(error, self._name) from error
            raise Disconnected(
                "The secret of your own app is not there any more.",
                remedy="Enter consumer key and secret again, then reconnect.",
                connection=self._connection,
            ) from error
        return found["client_id"], found["client_secret"]

"""Mails leave through SES."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import botocore.session  # without boto3's resource layer, like the queue
from botocore.exceptions import BotoCoreError, ClientError

from timebridge.errors import Transient
from timebridge.settings import settings
from timebridge.telling.alerts import Mail

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client


def send(recipients: Sequence[str], mail: Mail) -> None:
    """Raises Transient when SES did not take it: nobody got it then."""
    content = {
        "Simple": {
            "Subject": {"Data": mail.subject, "Charset": "UTF-8"},
            "Body": {"Text": {"Data": mail.text, "Charset": "UTF-8"}},
        }
    }
    try:
        client().send_email(
            FromEmailAddress=settings().mail_from,
            Destination={"ToAddresses": list(recipients)},
            Content=content,  # type: ignore[arg-type]
        )
    except (BotoCoreError, ClientError) as error:
        code = error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__
        raise Transient("The mail could not be sent.", detail=f"SES: {code}") from error


def is_set_up() -> bool:
    return bool(settings().mail_from)


@cache
def client() -> "SESV2Client":
    made: SESV2Client = botocore.session.get_session().create_client("sesv2")  # type: ignore[assignment]
    return made

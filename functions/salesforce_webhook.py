"""POST /api/salesforce/webhook/{connection}/{secret}: an outbound message of Salesforce."""

from datetime import UTC, datetime
from typing import Any

from timebridge import context, hints, queue
from timebridge.errors import Transient
from timebridge.gateway import Answer, Request, answer
from timebridge.providers.salesforce import notices
from timebridge.telemetry import count, logger
from timebridge.tenants import Connection, Provider

XML = ("text/xml", "application/xml", "application/soap+xml")


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _: object) -> Answer:
    request = Request(event)
    if len(request.body) > notices.LARGEST:
        return answer(413, "The message is too large.")
    if request.content_type not in XML:
        return answer(415, "Send an outbound message of Salesforce (text/xml).")
    connection = _addressed(request)
    if connection is None:
        return _refused()
    try:
        notice = notices.parse(request.body)
    except notices.Unreadable as error:
        return answer(400, str(error))
    if not notice.comes_from(connection.account):
        return _refused()
    try:
        queue.send_all(hints.messages(connection, notice.changes))
    except Transient as error:
        return answer(503, error.for_user, retry_after="30")
    return answer(200, notices.ack().decode(), notices.CONTENT_TYPE)


def _addressed(request: Request) -> Connection | None:
    tenant, _, id = request.path.get("connection", "").rpartition(".")
    found = context.connection(tenant, id) if tenant and id else None
    secrets = found.webhook_secrets(datetime.now(UTC)) if found else ()
    known = notices.verify(request.path.get("secret", ""), *secrets)
    return found if found and known and found.provider is Provider.SALESFORCE else None


def _refused() -> Answer:
    """One answer, whether the connection, the secret or the organisation is wrong."""
    count("NoticesRefused", provider=Provider.SALESFORCE)
    return answer(403, "Refused.")

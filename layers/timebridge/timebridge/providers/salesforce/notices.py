"""Outbound messages: what a Flow in the customer's org posts to us. Only ids are taken from them, never values.

Nothing signs them. A message is believed when the secret in its URL is the connection's and its OrganizationId is that
of the connected org. One `Ack` answers for every notification of a message, so it is given when all are stored.
"""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from xml.sax.saxutils import escape

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from timebridge.changes import Change, Where, unique
from timebridge.providers.salesforce.ids import full_id

LARGEST = 1_000_000
"""Bytes. A full message of 100 notifications is a tenth of this."""

SOAP = "{http://schemas.xmlsoap.org/soap/envelope/}"
OUTBOUND = "{http://soap.sforce.com/2005/09/outbound}"
ENTERPRISE = "{urn:sobject.enterprise.soap.sforce.com}"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
CONTENT_TYPE = "text/xml; charset=utf-8"


class Unreadable(ValueError):
    """Not an outbound message. The sentence says why, without quoting the body."""


@dataclass(frozen=True, slots=True)
class Notice:
    """`organisation`: 18-character id of the org it says to come from. `changes`: each record once."""

    organisation: str
    changes: tuple[Change, ...]

    def comes_from(self, organisation: str | None) -> bool:
        return organisation is not None and self.organisation == full_id(organisation)


def verify(given: str, *secrets: str | None) -> bool:
    """Whether the secret in the URL is one of the connection's, compared in constant time."""
    found = [bool(secret) and hmac.compare_digest(given.encode(), (secret or "").encode()) for secret in secrets]
    return any(found)


def parse(body: bytes) -> Notice:
    """Raises Unreadable for anything that is not an outbound message: no DTD, no entities, nothing over a megabyte."""
    if len(body) > LARGEST:
        raise Unreadable("The message is too large.")
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise Unreadable(f"The message is not acceptable XML ({type(error).__name__}).") from error
    message = root.find(f"{SOAP}Body/{OUTBOUND}notifications") if root.tag == f"{SOAP}Envelope" else None
    if message is None:
        raise Unreadable("The message is not an outbound message.")
    organisation = full_id(message.findtext(f"{OUTBOUND}OrganizationId", "").strip())
    if organisation is None:
        raise Unreadable("The message names no organisation.")
    records = message.findall(f"{OUTBOUND}Notification/{OUTBOUND}sObject")
    if not records:
        raise Unreadable("The message holds no record.")
    changes = [_change(record.get(TYPE, ""), record.findtext(f"{ENTERPRISE}Id", "")) for record in records]
    return Notice(organisation, tuple(unique(changes)))


def _change(kind: str, id: str) -> Change:
    name, full = kind.rpartition(":")[2], full_id(id.strip())
    if not name or full is None:
        raise Unreadable("The message holds a record without type or id.")
    return Change(Where.THEIRS, name, full)


def ack(accepted: bool = True) -> bytes:
    """The answer. Anything but an accepting one makes Salesforce send the message again, for a day."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
        '<notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound">'
        f"<Ack>{str(accepted).lower()}</Ack></notificationsResponse></soapenv:Body></soapenv:Envelope>"
    ).encode()


def build(organisation: str, name: str, ids: Iterable[str]) -> bytes:
    """A message as Salesforce would send it, for tests and the demo."""
    notifications = "".join(
        f'<Notification><Id>04l{number:012d}AAA</Id><sObject xsi:type="sf:{escape(name)}" '
        f'xmlns:sf="urn:sobject.enterprise.soap.sforce.com"><sf:Id>{escape(id)}</sf:Id></sObject></Notification>'
        for number, id in enumerate(ids, 1)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
        'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        '<soapenv:Body><notifications xmlns="http://soap.sforce.com/2005/09/outbound">'
        f"<OrganizationId>{escape(organisation)}</OrganizationId><ActionId>04k000000000001AAA</ActionId>"
        f'<SessionId xsi:nil="true"/>{notifications}</notifications></soapenv:Body></soapenv:Envelope>'
    ).encode()

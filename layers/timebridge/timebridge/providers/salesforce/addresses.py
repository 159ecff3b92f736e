"""Where people log in to Salesforce, made of whatever address they have at hand.

A page of the org will do: Setup and Lightning pages live on hosts of their own, which answer no API. Secrets go to
this address, so it must be Salesforce's.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from timebridge.errors import Rejected
from timebridge.tenants import Connection

NAMED = {
    "production": "login.salesforce.com",
    "login": "login.salesforce.com",
    "sandbox": "test.salesforce.com",
    "test": "test.salesforce.com",
}
MY_DOMAIN = ".my.salesforce.com"
PAGES = re.compile(r"\.(?:lightning\.force|my\.salesforce-setup)\.com$")
"""How the hosts end that show an org's pages."""

LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
HOST = re.compile(rf"(?:login|test)\.salesforce\.com|{LABEL}(?:\.{LABEL})?\.my\.salesforce\.com")
"""The second label of a My Domain tells the kind of org: `acme--uat.sandbox.my.salesforce.com`."""

REMEDY = (
    "Enter https://login.salesforce.com, https://test.salesforce.com for a sandbox, or your My Domain as Setup shows "
    "it, like https://acme.my.salesforce.com."
)


def login_address(typed: str, configured: str = "") -> str:
    """The origin to log in at. Raises Rejected for what is not Salesforce's.

    `configured`: the origin that the operator has set, which is right as it is (a sandbox on this machine).
    """
    try:
        origin = normalised(typed)
    except ValueError as error:
        raise _refused("This is not an address.") from error
    if configured and origin == normalised(configured):
        return origin
    parts = urlsplit(origin)
    if parts.scheme != "https":
        raise _refused("The address must begin with https://.")
    if not HOST.fullmatch(parts.netloc):
        raise _refused(f"{parts.netloc or 'This'} is not where one logs in to Salesforce.")
    return origin


def deep_link(connection: Connection, _object: str, values: Mapping[str, Any]) -> str | None:
    """Salesforce finds the page that belongs to an id by itself."""
    id = values.get("Id")
    return f"{connection.base_url}/{quote(str(id), safe='')}" if connection.base_url and id else None


def normalised(typed: str) -> str:
    """The origin of an address, or of a page's address: no path, and the host that answers the API."""
    text = typed.strip().lower()
    text = NAMED.get(text, text)
    parts = urlsplit(text if "//" in text else f"https://{text}")
    return f"{parts.scheme}://{PAGES.sub(MY_DOMAIN, parts.netloc)}"


def _refused(sentence: str) -> Rejected:
    return Rejected(sentence, remedy=REMEDY, field="instance_url")

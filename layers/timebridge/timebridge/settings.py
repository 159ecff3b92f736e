"""What the environment says. Read when asked for, so that importing costs nothing and tests may set it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from urllib.parse import urlsplit

from timebridge.errors import Misconfigured


@dataclass(frozen=True, slots=True)
class Settings:
    """The names are those of the environment variables, in lower case; what has a default may be missing there.

    `public_url`: where browsers and providers reach the HTTP API; empty: the domain a request came in by. `mail_from`:
    the sender of mails; empty: none are sent. `sign_in_url`: where Cognito asks for passwords.
    """

    changes_queue_url: str
    settling_queue_url: str
    exports_bucket: str
    app_secret: str
    grants_prefix: str
    salesforce_login_url: str
    quickbooks_discovery_url: str
    quickbooks_api_url: str
    public_url: str = ""
    mail_from: str = ""
    state_machine_arn: str = ""
    user_pool_id: str = ""
    sign_in_url: str = ""


def settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """Raises Misconfigured with every problem there is, not only the first."""
    found = {field.name: environment.get(field.name.upper(), "").strip() for field in fields(Settings)}
    optional = {field.name for field in fields(Settings) if field.default == ""}
    missing = [f"{name.upper()} is not set" for name, value in found.items() if not value and name not in optional]
    crooked = [f"{name.upper()} is not an http(s) URL" for name, value in found.items() if not _is_fine(name, value)]
    if missing or crooked:
        raise Misconfigured("timebridge is not set up completely.", detail="; ".join([*missing, *crooked]))
    return Settings(**{name: value.rstrip("/") for name, value in found.items()})


def _is_fine(name: str, value: str) -> bool:
    if not value or not name.endswith("_url"):
        return True
    parts = urlsplit(value)
    return parts.scheme in ("http", "https") and bool(parts.netloc)

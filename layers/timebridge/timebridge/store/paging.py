"""Where the next page starts, as a token that carries no tenant: the partition is always the asker's own."""

import base64
import binascii
import json
from typing import Any

from timebridge.errors import Rejected

type Key = dict[str, dict[str, Any]]


def token(key: Key | None, names: tuple[str, ...]) -> str | None:
    """The text of a last evaluated key; `names` are its attributes other than the partition."""
    if key is None:
        return None
    return base64.urlsafe_b64encode(json.dumps([key[name]["S"] for name in names]).encode()).decode().rstrip("=")


def start_key(text: str | None, partition: dict[str, str], names: tuple[str, ...]) -> Key | None:
    """The key again, inside the given partition. Raises Rejected for a token that is not one of ours."""
    if text is None:
        return None
    try:
        values = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        values = None
    if not isinstance(values, list) or len(values) != len(names) or not all(isinstance(v, str) and v for v in values):
        raise Rejected(
            "The page token is not one that we gave out.", remedy="Start again from the first page.", field="start"
        )
    return {name: {"S": value} for name, value in (partition | dict(zip(names, values, strict=True))).items()}

"""Where the pages are. Below a path of its own the API is reached on a local stack, below none on AWS."""

import mimetypes
from base64 import b64encode
from functools import cache
from hashlib import sha256
from importlib.resources import files
from urllib.parse import urlsplit

from timebridge.settings import settings

ROOT = "/console"
DOORS = frozenset({"sign-in", "signed-in", "sign-out", "signed-out", "appearance", "static"})
"""What is right below it beside the pages of tenants."""


def home() -> str:
    """The path of the console, as a browser sees it."""
    return f"{urlsplit(settings().public_url).path}{ROOT}"


def place(tenant: str, path: str = "") -> str:
    """The path of a tenant's page, like `runs`, as a browser sees it."""
    return f"{home()}/{tenant}/{path.lstrip('/')}".rstrip("/")


def is_ours(path: str, root: str = ROOT) -> bool:
    """Whether a page is there: nobody is sent anywhere else by a link that somebody made up, nor in a circle."""
    inside = path.startswith(f"{root}/") and "//" not in path and "\\" not in path and path.isprintable()
    first = urlsplit(path.removeprefix(f"{root}/")).path.partition("/")[0]
    return path == root or (inside and first not in DOORS)


def static(name: str) -> str:
    """The path of a static file. It changes with what is in the files, so that browsers may keep them for good."""
    return f"{home()}/static/{_version()}/{name}"


@cache
def static_file(name: str) -> tuple[str, bytes] | None:
    """Content type and bytes of a static file."""
    content = _static().get(name)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return None if content is None else (kind, content)


def encoded(content: bytes) -> str:
    return b64encode(content).decode()


@cache
def _static() -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in files("timebridge.console").joinpath("static").iterdir()}


@cache
def _version() -> str:
    found = sha256()
    for name, content in sorted(_static().items()):
        found.update(name.encode() + content)
    return found.hexdigest()[:12]

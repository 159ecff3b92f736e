"""A tenant's administrator on the way to a connection, as the tests of connecting need it."""

import re
import time
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3

from tests.stage import Stage, control, http

SELLER = "seller@nimbus-oak.example"
OWNER = "integration@nimbus-oak.example"


def heading(answer: dict[str, Any]) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", answer["body"])
    assert found is not None, answer["body"]
    return unescape(found.group(1))


def text(answer: dict[str, Any]) -> str:
    return unescape(re.sub(r"<[^>]+>", " ", answer["body"]))


def secrets() -> list[str]:
    """The names of everything in Secrets Manager."""
    return sorted(secret["Name"] for secret in boto3.client("secretsmanager").list_secrets()["SecretList"])


def user(stage: Stage, username: str) -> str:
    """The id of a user of the org."""
    [found] = stage.salesforce_has("User", Username=username)
    id: str = found["Id"]
    return id


def switch(stage: Stage, **values: Any) -> None:
    """Turn switches of the org."""
    control("PATCH", f"{stage.salesforce.url}/_sandbox/settings", json=values)


def change_user(stage: Stage, username: str, **values: Any) -> None:
    control("PATCH", f"{stage.salesforce.url}/_sandbox/users/{user(stage, username)}", json=values)


def started(stage: Stage, authorise_url: str) -> dict[str, Any]:
    """What our start page answers to the address that the API gave."""
    url = urlsplit(authorise_url)
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    return stage.call("oauth", http("GET /api/{provider}/start", {"provider": "salesforce"}, query=query))


def become_another_org(stage: Stage) -> None:
    """From now on whoever logs in at this address lands in another org."""
    stage.salesforce.org.store.db.execute('UPDATE "Organization" SET "Id" = ?', ("00D000000000002EAA",))
    stage.salesforce.org.store.db.execute('UPDATE "Organization" SET "Name" = ?', ("Harbour & Vale (demo)",))


class Human:
    """Somebody whose every act is counted."""

    def __init__(self) -> None:
        self.acts: list[str] = []
        self.began = time.monotonic()

    def does[T](self, what: str, act: Callable[[], T]) -> T:
        self.acts.append(what)
        return act()

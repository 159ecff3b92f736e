"""The watch over what doors ask of AWS: whichever thread asks, the door that is at work there answers for it."""

from collections.abc import Callable, Iterator
from threading import Event, Thread
from types import ModuleType

import boto3
import pytest

from tests.permissions import permissions, watched
from tests.tables import aws_in_process


@pytest.fixture(autouse=True)
def aws() -> Iterator[None]:
    with aws_in_process():
        yield


def keep_a_secret() -> None:
    """What the door `notify` may not do."""
    boto3.client("secretsmanager").create_secret(Name="test/tenants/acme", SecretString="x")


def in_a_thread(work: Callable[[], None]) -> None:
    thread = Thread(target=work)
    thread.start()
    thread.join()


def let(work: Callable[[], None]) -> None:
    """The door `notify` does this work."""
    door = ModuleType("notify")
    door.handler = lambda *_: work()  # type: ignore[attr-defined]
    watched(door).handler({}, None)


def test_what_a_thread_asks_is_asked_by_the_door_that_started_it() -> None:
    with pytest.raises(AssertionError, match=r"does not grant: \[\('notify', \('secretsmanager:Create"), permissions():
        let(lambda: in_a_thread(keep_a_secret))


def test_what_is_asked_beside_a_door_at_work_is_not_asked_by_it() -> None:
    at_work, told = Event(), Event()

    def wait() -> None:
        at_work.set()
        assert told.wait(10)

    with permissions():
        server = Thread(target=lambda: let(wait))
        server.start()
        assert at_work.wait(10)
        keep_a_secret()
        told.set()
        server.join()

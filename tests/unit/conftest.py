from collections.abc import Iterator

import pytest
from pynamodb.signals import pre_dynamodb_send


@pytest.fixture
def calls() -> Iterator[list[str]]:
    """The names of the DynamoDB calls made."""
    made: list[str] = []

    def note(_: object, operation_name: str, **__: object) -> None:
        made.append(operation_name)

    pre_dynamodb_send.connect(note)
    yield made
    pre_dynamodb_send.disconnect(note)

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.aws import LocalAws, deploy

PROBE = Path(__file__).parent / "probe"


@pytest.fixture(scope="session")
def aws(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalAws]:
    """One local AWS for all end-to-end tests: roles are enforced, state machines wait a fifth of the time."""
    with LocalAws(tmp_path_factory.mktemp("aws"), auth=True, wait_scale=0.2) as running:
        yield running


@pytest.fixture(scope="session")
def probe(aws: LocalAws) -> dict[str, str]:
    """The outputs of the deployed probe stack."""
    return deploy(aws, stack="probe", project=PROBE)

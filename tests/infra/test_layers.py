"""What the functions import is what was tested, no more and no less."""

import re
from pathlib import Path

from tests.infra.sam_template import PROJECT

LAYER = PROJECT / "layers" / "dependencies" / "requirements.txt"
RUNTIME = {"boto3", "botocore", "s3transfer"}


def pinned(file: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==([^\s;\\]+)", file.read_text(), flags=re.M))


def test_the_layer_leaves_out_what_the_runtime_brings() -> None:
    assert not RUNTIME & set(pinned(LAYER))


def test_the_layer_holds_the_versions_that_were_tested() -> None:
    tested = pinned(PROJECT / "requirements" / "test.txt")
    assert {name: tested.get(name) for name in pinned(LAYER)} == pinned(LAYER)


def test_every_requirement_has_a_hash_and_no_address() -> None:
    text = LAYER.read_text()
    assert len(pinned(LAYER)) > 10
    assert all("--hash=sha256:" in block for block in re.split(r"\n(?=[a-z])", text))
    assert "://" not in text

"""Recorded events serve `sam local invoke` and these tests alike: one that no test loads would rot."""

import re

from tests.stage import ROOT


def test_every_recorded_event_is_loaded_by_a_test() -> None:
    tests = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))

    unloaded = [
        f"{path.parent.name}/{path.stem}"
        for path in sorted((ROOT / "events").rglob("*.json"))
        if not re.search(rf'"{path.stem}"', tests)
    ]

    assert unloaded == []


def test_every_folder_of_events_is_a_function() -> None:
    folders = {path.name for path in (ROOT / "events").iterdir()}

    assert folders <= {path.stem for path in (ROOT / "functions").glob("*.py")}

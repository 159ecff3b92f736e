"""What the console carries along of others is what they published, letter for letter."""

import json

import pytest

from tests.stage import ROOT

STATIC = ROOT / "layers/timebridge/timebridge/console/static"
NODE = ROOT / "tests/browser/node"
FILES = {
    "htmx-2.0.11.min.js": "htmx.org/dist/htmx.min.js",
    "inter-latin.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
    "inter-latin-ext.woff2": "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2",
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_others_is_the_published_one(name: str) -> None:
    assert (STATIC / name).read_bytes() == (NODE / "node_modules" / FILES[name]).read_bytes()


def test_its_name_tells_the_version() -> None:
    wanted = json.loads((NODE / "package.json").read_text())["dependencies"]

    assert f"htmx-{wanted['htmx.org']}.min.js" in FILES


def test_everything_else_is_our_own() -> None:
    ours = {path.name for path in STATIC.iterdir()} - set(FILES)

    assert all(path.endswith((".css", ".js", ".svg")) for path in ours)

"""What the API can do can be done in the console: each of its routes is asked by some screen, or says here why not."""

import ast
import json
import re
from collections.abc import Iterator

import pytest

from tests.admin import Person
from tests.stage import ROOT
from timebridge.api.kinds import PLURALS

CONSOLE = ROOT / "layers/timebridge/timebridge/console"
VERBS = {"get": "GET", "post": "POST", "patch": "PATCH", "download": "GET"}

ELSEWHERE = {
    "GET /openapi.json": "for programs",
    "GET /v1/providers": "the tenant's own list says more",
    "GET /v1/tenants/{tenant}/connections/{connection}/chart.md": "for documents; the console shows the chart itself",
}
"""Routes that no screen asks, and why."""


def routes() -> list[str]:
    document = json.loads(Person().get("/openapi.json").text)
    return sorted(f"{verb.upper()} {path}" for path, verbs in document["paths"].items() for verb in verbs)


def pattern(node: ast.expr) -> str | None:
    """What a path looks like when it is asked for: whatever is filled in stands for one or more segments."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(pattern(each) or "" for each in node.values)
    if isinstance(node, ast.FormattedValue):
        return ".+"
    if isinstance(node, ast.BinOp):
        return f"{pattern(node.left)}{pattern(node.right)}"
    return ".+" if isinstance(node, ast.Call | ast.Name | ast.Attribute | ast.Subscript | ast.IfExp) else None


def calls_of(module: ast.Module) -> Iterator[str]:
    """Verb and pattern of every call of the API."""
    for node in ast.walk(module):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        of_api = isinstance(node.func.value, ast.Attribute) and node.func.value.attr == "api"
        if of_api and node.func.attr in VERBS and (found := pattern(node.args[0])) is not None:
            below = found if found.startswith("/") else f"/tenants/T/{found}".rstrip("/")
            yield f"{VERBS[node.func.attr]} /v1{below}"


def words_of(module: ast.Module) -> str:
    """Every text in the code: what a path is made of that is put together elsewhere."""
    texts = (node.value for node in ast.walk(module) if isinstance(node, ast.Constant))
    return " ".join(text for text in texts if isinstance(text, str))


@pytest.fixture(scope="module")
def console() -> tuple[set[str], str]:
    """What the console asks, and its words."""
    modules = [ast.parse(file.read_text()) for file in CONSOLE.rglob("*.py")]
    return {call for each in modules for call in calls_of(each)}, " ".join(map(words_of, modules))


@pytest.mark.parametrize("route", routes())
def test_a_route_of_the_api_is_asked_by_a_screen(route: str, console: tuple[set[str], str]) -> None:
    calls, words = console
    sample = re.sub(r"{\w+}", "x", route.replace("{tenant}", "T"))
    below = route.partition("{tenant}")[2] if "{tenant}" in route else route
    names = [word for word in re.findall(r"/([\w.-]+)(?=/|$)", below) if word not in PLURALS][-1:]

    is_asked = any(re.fullmatch(call, sample) for call in calls)
    is_named = all(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", words) for name in names)

    assert (is_asked and is_named) != (route in ELSEWHERE)

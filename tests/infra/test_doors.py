"""A door is a translation: verify, decode, one call, encode."""

import ast
from pathlib import Path

import pytest

from tests.stage import ROOT

DOORS = sorted((ROOT / "functions").glob("*.py"))
SCREEN = 40
DECISIONS = (ast.If, ast.For, ast.While)


def deepest(node: ast.AST, depth: int = 0) -> int:
    return max(
        (deepest(child, depth + isinstance(child, DECISIONS)) for child in ast.iter_child_nodes(node)), default=depth
    )


@pytest.mark.parametrize("door", DOORS, ids=lambda path: path.stem)
def test_no_function_of_a_door_is_longer_than_a_screen_or_decides_within_a_decision(door: Path) -> None:
    for function in ast.walk(ast.parse(door.read_text())):
        if isinstance(function, ast.FunctionDef):
            assert (function.end_lineno or 0) - function.lineno < SCREEN, function.name
            assert deepest(function) <= 1, function.name


@pytest.mark.parametrize("door", DOORS, ids=lambda path: path.stem)
def test_a_door_opens_with_a_handler_and_says_what_it_takes(door: Path) -> None:
    module = ast.parse(door.read_text())

    assert ast.get_docstring(module)
    assert "handler" in {node.name for node in module.body if isinstance(node, ast.FunctionDef)} | {
        target.id
        for node in module.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


@pytest.mark.parametrize("door", DOORS, ids=lambda path: path.stem)
def test_a_door_knows_neither_tables_nor_clients(door: Path) -> None:
    imported = {
        name
        for node in ast.walk(ast.parse(door.read_text()))
        for name in (
            [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else []
        )
    }

    assert not [name for name in imported if name.split(".")[0] in ("boto3", "botocore", "pynamodb")]
    assert not [name for name in imported if name.startswith("timebridge.store")]

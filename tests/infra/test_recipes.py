"""The recipes of docs/add.md, followed: their diffs are applied to a copy of this tree, and what proves them is run."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.infra.sam_template import PROJECT

PAGE = PROJECT / "docs" / "add.md"
FILES = ("pyproject.toml", "template.yaml")
COPIED = ("layers/timebridge", "functions", "sandbox", "tests", "events", "docs", "statemachines", *FILES)
LEFT_OUT = shutil.ignore_patterns("node_modules", "__pycache__")
TOOLS = Path(sys.executable).parent
HERE = ".venv/bin/"


@dataclass(frozen=True)
class Recipe:
    title: str
    diff: str
    commands: list[str]

    @property
    def touched(self) -> list[str]:
        return re.findall(r"^\+\+\+ b/(\S+)$", self.diff, re.MULTILINE)


def blocks(language: str, text: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def recipes() -> list[Recipe]:
    _, *sections = re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)
    return [
        Recipe(
            section.partition("\n")[0],
            "".join(blocks("diff", section)),
            [line for block in blocks("sh", section) for line in block.splitlines()],
        )
        for section in sections
    ]


RECIPES = recipes()


def copied(folder: Path) -> Path:
    tree = folder / "tree"
    for name in COPIED:
        source, target = PROJECT / name, tree / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=LEFT_OUT)
        else:
            shutil.copy(source, target)
    return tree


def run(tree: Path, *command: str | Path, stdin: str | None = None) -> str:
    """Run it in the copy, whose package comes before the installed one. Fails the test with the output."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    environment = inherited | {
        "PYTHONPATH": str(tree / "layers" / "timebridge"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "GIT_CEILING_DIRECTORIES": str(tree.parent),
    }
    done = subprocess.run(command, cwd=tree, env=environment, input=stdin, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{shlex.join(map(str, command))}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.title)
def test_a_recipe_applies_and_does_what_it_says(recipe: Recipe, tmp_path: Path) -> None:
    tree = copied(tmp_path)

    run(tree, "git", "apply", "-", stdin=recipe.diff)

    imported = run(tree, sys.executable, "-c", "import timebridge; print(timebridge.__file__)")
    assert Path(imported.strip()).is_relative_to(tree)
    for command in recipe.commands:
        program, *arguments = shlex.split(command)
        run(tree, TOOLS / program.removeprefix(HERE), *arguments)
    code = [name for name in recipe.touched if name.endswith(".py")]
    run(tree, TOOLS / "ruff", "check", *code)
    run(tree, TOOLS / "ruff", "format", "--check", *code)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.title)
def test_a_recipe_brings_the_test_that_proves_it(recipe: Recipe) -> None:
    brought = {name for name in recipe.touched if name.startswith("tests/")}

    assert recipe.commands
    assert all(command.startswith(HERE) for command in recipe.commands)
    assert brought
    assert any(name in command for name in brought for command in recipe.commands) or "contract" in "".join(brought)


@pytest.mark.parametrize("what", ["field", "object", "provider", "endpoint", "kind"])
def test_the_page_has_a_recipe_for_everything_it_promises(what: str) -> None:
    assert any(what in recipe.title for recipe in RECIPES)
    assert re.search(rf"\]\(#\S*{what}\S*\)", PAGE.read_text())

"""Prose that can be wrong is compared with what it speaks of. The page for operators: see test_operate.py."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from tests.infra.sam_template import PROJECT

PACKAGE = PROJECT / "layers" / "timebridge" / "timebridge"
DOCS = PROJECT / "docs"
PAGES = sorted([*PROJECT.glob("*.md"), *DOCS.glob("*.md")])
VALUES = ("records", "changes", "flows", "links", "merge", "sides", "runs", "tenants", "road", "pairing")
REFUSED_NAMES = ("util", "utils", "helper", "helpers", "common", "manager", "service", "impl")


def text(page: str) -> str:
    return (PROJECT / page).read_text()


# --- links and headings ----------------------------------------------------------------------------------------------


def prose(page: Path) -> str:
    return re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.MULTILINE | re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The headings of a page as links name them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
        path, _, anchor = target.partition("#")
        if "://" not in target:
            found = (page.parent / path).resolve() if path else page
            assert found.exists(), target
            assert not anchor or anchor in anchors(found), target


def test_no_page_is_forgotten_by_the_readme() -> None:
    linked = re.findall(r"\]\((docs/[^)#]+\.md)\)", text("README.md"))

    assert {f"docs/{page.name}" for page in DOCS.glob("*.md")} == set(linked)


def test_the_pictures_of_the_readme_are_there_and_all_are_shown() -> None:
    shown = re.findall(r"!\[[^\]]+\]\(docs/images/([^)]+)\)", text("README.md"))

    assert sorted(shown) == sorted(picture.name for picture in (DOCS / "images").iterdir())


# --- the words -------------------------------------------------------------------------------------------------------


def words() -> Iterator[tuple[str, str]]:
    """Each word, and the cell that says where it lives."""
    for line in text("docs/glossary.md").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and len(cells) == 3 and cells[0] not in ("word", "---"):
            yield cells[0], cells[2]


GLOSSARY = list(words())


def lives(path: str) -> bool:
    """Whether timebridge.<path> can be imported, or looked up in something that can; `*` stands for any folder."""
    if "*" in path:
        return bool(list(PACKAGE.glob(path.replace(".", "/") + ".py")))
    *parents, name = f"timebridge.{path}".split(".")
    try:
        return hasattr(import_module(".".join(parents)), name)
    except ImportError:
        return lives_within(path)


def lives_within(path: str) -> bool:
    *parents, owner, name = f"timebridge.{path}".split(".")
    return hasattr(getattr(import_module(".".join(parents)), owner), name)


@pytest.mark.parametrize(("word", "cell"), GLOSSARY, ids=lambda value: value if " " not in value else None)
def test_every_word_of_the_glossary_lives_in_the_package(word: str, cell: str) -> None:
    code, *attributes = re.findall(r"`([^`]+)`", cell)

    assert lives(code), word
    for other in attributes:
        named = re.search(rf"\(`{other}`\)", cell)
        assert lives(f"{code}.{other}" if named else other), word


def classes(file: Path) -> set[str]:
    return {node.name for node in ast.parse(file.read_text()).body if isinstance(node, ast.ClassDef)}


@pytest.mark.parametrize("module", VALUES)
def test_every_value_is_in_the_glossary(module: str) -> None:
    said = {code.rpartition(".")[2] for _, cell in GLOSSARY for code in re.findall(r"`(\w+\.\w+)`", cell)}
    public = {name for name in classes(PACKAGE / f"{module}.py") if not name.startswith("_")}

    assert public <= said


def test_the_errors_drawn_are_the_errors_there_are() -> None:
    errors = PACKAGE / "errors.py"
    drawn = re.findall(r"^(?:[│ ]*[├└]── )?([A-Z]\w+)\b", ast.get_docstring(ast.parse(errors.read_text())) or "", re.M)

    assert {*drawn} - {"What"} == classes(errors)


def test_the_road_sorts_every_error() -> None:
    *_, section = re.split(r"^## Errors.*$", text("docs/road.md"), flags=re.MULTILINE)

    assert {name for name in classes(PACKAGE / "errors.py") if f"`{name}`" not in section} == {"SyncError"}


def test_no_name_says_nothing() -> None:
    modules = [path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py")]
    named = {word for module in modules for part in module.with_suffix("").parts for word in part.lower().split("_")}
    for module in modules:
        for name in classes(PACKAGE / module):
            named |= {word.lower() for word in re.findall(r"[A-Z][a-z]+|[A-Z]+(?![a-z])", name)}

    assert not named & set(REFUSED_NAMES)


# --- files, targets, tests -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_are_spoken_of_exist(page: Path) -> None:
    """By their path in the project or in the package, or by their name within a provider."""
    roots = (PROJECT, PACKAGE, PACKAGE / "providers", *(PACKAGE / "providers").glob("*/"))
    for name in re.findall(r"`(\w[\w./]*\.(?:py|json|yaml|toml|txt))`", prose(page)):
        assert any((root / name).exists() for root in roots), name


@pytest.mark.parametrize("page", ["docs/road.md", "docs/glossary.md"])
def test_tests_that_are_named_exist(page: str) -> None:
    tests = "\n".join(path.read_text() for path in (PROJECT / "tests").rglob("test_*.py"))

    for name in re.findall(r"`(test_\w+)`", text(page)):
        assert f"def {name}(" in tests, name


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_targets_that_are_named_exist(page: Path) -> None:
    assert set(re.findall(r"(?:`|^)make ([a-z]+)", page.read_text(), re.MULTILINE)) <= targets()


def test_the_readme_lists_every_target() -> None:
    readme = text("README.md")
    listed = {name for line in re.findall(r"other targets: (.+)", readme) for name in re.findall(r"`(\w+)`", line)}

    assert listed | {"demo", "test", "dev", "help"} == targets()


def test_the_changelog_says_what_is_not_released_yet() -> None:
    first = re.findall(r"^## (.+)$", text("CHANGELOG.md"), re.MULTILINE)[0]

    assert first == "Unreleased"


def test_every_decision_has_a_date_and_says_which_way_its_door_goes() -> None:
    page = text("docs/decisions.md")
    dates = re.findall(r"^## (.+?):", page, re.MULTILINE)

    assert dates == sorted(dates, reverse=True)
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d", date) for date in dates)
    entries = re.findall(r"^\*\*(.+?)(?=^\*\*|^#|\Z)", page, re.MULTILINE | re.DOTALL)
    undecided = [entry.partition("**")[0] for entry in entries if not re.search(r"[Oo]ne-way|Two-way", entry)]
    assert undecided == ["Not proven locally."]


def test_versions_in_the_decisions_are_the_ones_that_are_locked() -> None:
    locked = {}
    for name in ("test", "emulator"):
        locked |= dict(re.findall(r"^([a-z0-9-]+)==(\S+)", text(f"requirements/{name}.txt"), re.MULTILINE))
    for library, version in re.findall(r"^\| ([a-z-]+) ([\d.]+) \|", text("docs/decisions.md"), re.MULTILINE):
        assert locked[library].startswith(f"{version}."), library

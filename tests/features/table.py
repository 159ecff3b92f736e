"""What the product does, and which test proves it: `python -m tests.features.table` writes docs/features.md."""

import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = TESTS.parent / "docs" / "features.md"
NAMED = re.compile(r"^(?:    )?(?:async )?def test_((?:[A-Z]\d\d_)+)(\w+)", re.MULTILINE)

HEAD = """# What timebridge does, and which test proves it

Every line is a capability that somebody who does not read the code can watch. The tests behind it go through the doors
of the product, with both providers' sandboxes on the far side. `make pages` writes this page from the names of the
tests; a line without a test fails the build.
"""


@dataclass(frozen=True, slots=True)
class Proof:
    """One test. `sentence`: its name in words."""

    sentence: str
    file: Path


def features() -> dict[str, dict[str, str]]:
    """The capabilities by row, in groups by title."""
    groups = tomllib.loads((TESTS / "features" / "features.toml").read_text())
    return {rows["_"]: {row: said for row, said in rows.items() if row != "_"} for rows in groups.values()}


def proofs() -> dict[str, list[Proof]]:
    """The tests that carry each row in their name."""
    found: dict[str, list[Proof]] = defaultdict(list)
    for file in sorted(TESTS.rglob("test_*.py")):
        for rows, name in NAMED.findall(file.read_text()):
            for row in rows.strip("_").split("_"):
                found[row].append(Proof(name.replace("_", " "), file.relative_to(TESTS.parent)))
    return found


def page(groups: Mapping[str, Mapping[str, str]], found: Mapping[str, list[Proof]]) -> str:
    return "\n".join([HEAD, *(line for title, rows in groups.items() for line in _table(title, rows, found))])


def _table(title: str, rows: Mapping[str, str], found: Mapping[str, list[Proof]]) -> Iterator[str]:
    yield f"## {title}\n"
    yield "| Row | What it does | Proven by |"
    yield "|---|---|---|"
    for row, said in rows.items():
        proven = "<br>".join(f"[{proof.sentence}](../{proof.file})" for proof in found.get(row, []))
        yield f"| {row} | {said} | {proven} |"
    yield ""


if __name__ == "__main__":
    PAGE.write_text(page(features(), proofs()))
    unproven = [row for rows in features().values() for row in rows if row not in proofs()]
    sys.exit(f"No test proves {', '.join(unproven)}." if unproven else 0)

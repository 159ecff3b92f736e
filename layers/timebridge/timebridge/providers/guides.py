"""Guides: a page of prose with commands and values in it, and the same as steps that a screen can show."""

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Template

COMMANDS = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
VALUE = re.compile(r"^\| (?P<label>[^|]+) \| `(?P<value>[^`]*)` \|$", re.MULTILINE)
TABLE = re.compile(r"^\|.*\|$\n?", re.MULTILINE)


def steps(text: str) -> list[dict[str, Any]]:
    """The steps of a guide: `title`, `text` in paragraphs, and `values` and `commands` to be copied."""
    _, *sections = re.split(r"^## ", text, flags=re.MULTILINE)
    return [_step(*section.split("\n", 1)) for section in sections]


def _step(title: str, body: str) -> dict[str, Any]:
    prose = TABLE.sub("", COMMANDS.sub("", body))
    return {
        "title": title,
        "text": [" ".join(paragraph.split()) for paragraph in prose.split("\n\n") if paragraph.strip()],
        "values": [match.groupdict() for match in VALUE.finditer(body)],
        "commands": [line for block in COMMANDS.findall(body) for line in block.splitlines()],
    }


def plain(text: str) -> str:
    """One line, without the marks that tables and code are made of."""
    return " ".join(re.sub(r"[|`]", " ", text).split())


def template(source: str) -> "Template":
    """A value that is missing is an error, not a gap."""
    from jinja2 import StrictUndefined, Template

    made: Template = Template(source, undefined=StrictUndefined, keep_trailing_newline=True)
    return made

"""Salesforce's own description of its metadata types (`@salesforce/types`), and files held against it.

Salesforce's command line converts and packs a file without looking at its elements; only an org would refuse it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import parse

from tests.infra.sam_template import PROJECT

TYPES = PROJECT / "salesforce" / "node_modules" / "@salesforce" / "types" / "lib" / "metadata.d.ts"
NAMESPACE = "{http://soap.sforce.com/2006/04/metadata}"
DECLARATION = re.compile(r"^export type (\w+) = ", re.MULTILINE)
PROPERTY = re.compile(r"^    (?P<name>\w+)(?P<optional>\??): (?P<type>[\w' |]+?)(?P<many>\[\])?;$", re.MULTILINE)
LITERAL = re.compile(r"'([^']*)'")
CHECKS = {"boolean": r"true|false", "number": r"-?\d+(\.\d+)?"}
OPAQUE = {"targetConfigs"}
"""Described as text, though it holds elements."""


@dataclass(frozen=True)
class Property:
    type: str
    optional: bool
    many: bool


@cache
def declared() -> dict[str, str]:
    _, *found = DECLARATION.split(TYPES.read_text())
    return dict(zip(found[::2], found[1::2], strict=True))


@cache
def properties(name: str) -> dict[str, Property]:
    """With those of the types it extends. A KeyError: there is no such type."""
    bases, _, own = declared()[name].partition("{")
    found: dict[str, Property] = {}
    for base in re.findall(r"\w+", bases):
        found |= properties(base)
    return found | {
        match["name"]: Property(match["type"], bool(match["optional"]), bool(match["many"]))
        for match in PROPERTY.finditer("\n" + own)
    }


def faults_of(file: Path) -> list[str]:
    """What an org would refuse in a file, by where it stands."""
    root = parse(file).getroot()
    return list(_faults(root, root.tag.removeprefix(NAMESPACE), root.tag.removeprefix(NAMESPACE)))


def _faults(element: Element, kind: str, where: str) -> Iterator[str]:
    known, seen = properties(kind), [child.tag.removeprefix(NAMESPACE) for child in element]
    yield from (f"{where}: {name} is missing" for name, each in known.items() if _needed(each) and name not in seen)
    for child, name in zip(element, seen, strict=True):
        if name not in known:
            yield f"{where}: there is no element {name}"
        elif seen.count(name) > 1 and not known[name].many:
            yield f"{where}: {name} stands twice"
        else:
            yield from _value(child, name, known[name].type, f"{where}.{name}")


def _needed(each: Property) -> bool:
    return not each.optional and not each.many


def _value(element: Element, name: str, kind: str, where: str) -> Iterator[str]:
    text = (element.text or "").strip()
    if name in OPAQUE or kind == "any":
        return
    body = declared().get(kind, kind)
    if "{" in body:
        yield from _faults(element, kind, where)
    elif len(element):
        yield f"{where}: holds elements, and should be a {kind}"
    elif LITERAL.search(body) and text not in LITERAL.findall(body):
        yield f"{where}: {text} is none of {body}"
    elif kind in CHECKS and not re.fullmatch(CHECKS[kind], text):
        yield f"{where}: {text} is no {kind}"

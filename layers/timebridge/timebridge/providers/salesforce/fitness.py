"""Whether the flows fit the org: its objects, fields and picklists as they are today."""

from collections.abc import Iterator

from timebridge.converters import DATE, FLAG, HOURS, MONEY, Converter
from timebridge.flows import All, Condition, Field, Flow, Flows, Is
from timebridge.providers.provider import App, Finding
from timebridge.providers.salesforce import schema
from timebridge.providers.salesforce.flows import EXTERNAL_ID
from timebridge.providers.salesforce.schema import FieldFacts, ObjectFacts
from timebridge.providers.salesforce.side import open_side
from timebridge.tenants import Connection, Grants

INSTALL = "Install or update the timebridge package, and assign its permission set to the connected user."
NUMBERS = ("currency", "double", "percent", "int")
TYPES: tuple[tuple[Converter, tuple[str, ...]], ...] = (
    (MONEY, NUMBERS),
    (HOURS, NUMBERS),
    (DATE, ("date", "datetime")),
    (FLAG, ("boolean",)),
)
"""What a field must be for a converter; texts go into anything that takes text."""


def examine(app: App, grants: Grants, connection: Connection, flows: Flows) -> list[Finding]:
    """Everything that would be refused, found before the first write. One call for up to 25 objects."""
    client = open_side(app, grants, connection, flows).client
    found = schema.objects(client, [flow.object for flow in flows], fresh=True)
    return [finding for flow in flows for finding in findings(flow, found[flow.object])]


def findings(flow: Flow, facts: ObjectFacts | None) -> Iterator[Finding]:
    if facts is None:
        yield Finding(flow.name, None, flow.object, f"The org shows us no {flow.object}.", INSTALL)
        return
    yield from _rights(flow, facts)
    for field in flow.fields:
        for path in field.theirs:
            yield from _field(flow, field, path, facts)
    for path, value in _asked(flow.when_theirs):
        yield from _value(flow, value, facts.fields.get(path))
    for path, given in (flow.on_create_theirs or {}).items():
        yield from _value(flow, given, facts.fields.get(path))
    yield from _required(flow, facts)


def _rights(flow: Flow, facts: ObjectFacts) -> Iterator[Finding]:
    creates = flow.direction.goes_out and flow.create_theirs
    needs = {
        "read": facts.queryable,
        "create": facts.createable or not creates,
        "edit": facts.updateable or not flow.direction.goes_out,
        "delete": facts.deletable or not (flow.deletions is not None and flow.deletions.goes_out),
    }
    for right, held in needs.items():
        if not held:
            remedy = f"Give the connected user the right to {right} {facts.label}, best by our permission set."
            yield Finding(flow.name, None, flow.object, f"Our user may not {right} {facts.label}.", remedy)
    if creates and EXTERNAL_ID not in facts.fields:
        yield Finding(flow.name, None, EXTERNAL_ID, f"{flow.object} has no field {EXTERNAL_ID}.", INSTALL)


def _field(flow: Flow, field: Field, path: str, facts: ObjectFacts) -> Iterator[Finding]:
    if "." in path:  # a field of another object, read along
        return
    found = facts.fields.get(path)
    if found is None:
        said = f"{flow.object} has no field {path}, or our user may not see it."
        remedy = INSTALL if path.startswith("TB_") else "Choose another field, or let the user see this one."
        yield Finding(flow.name, field.ours, path, said, remedy, absent=True)
        return
    if flow.direction_of(field).goes_out and not (found.updateable or found.createable):
        said = f"{found.label} ({path}) cannot be written by our user."
        yield Finding(flow.name, field.ours, path, said, "Let it only come in, or give the user the right to edit it.")
    wanted = next((types for converter, types in TYPES if converter is field.converter), None)
    if wanted is not None and found.type not in wanted:
        said = f"{found.label} ({path}) holds {found.type}, not {' or '.join(wanted[:2])}."
        yield Finding(flow.name, field.ours, path, said, "Choose a field of a fitting type.")
    for value in field.converter.written:
        yield from _value(flow, value, found, field.ours)


def _value(flow: Flow, value: object, facts: FieldFacts | None, field: str | None = None) -> Iterator[Finding]:
    if value is None or facts is None or not facts.values or value in facts.values:
        return
    said = f"{facts.label} of {flow.object} has no value “{value}”."
    remedy = f"Choose one of: {', '.join(facts.values)}."
    yield Finding(flow.name, field, str(value), said, remedy)


def _required(flow: Flow, facts: ObjectFacts) -> Iterator[Finding]:
    if not (flow.direction.goes_out and flow.create_theirs):
        return
    filled = {path for field in flow.fields if flow.direction_of(field).goes_out for path in field.theirs}
    filled |= set(flow.on_create_theirs or {})
    for name, found in facts.fields.items():
        if found.required and found.updateable and name not in filled:
            said = f"The org requires {found.label} ({name}) of every new {facts.label}, and no line fills it."
            yield Finding(flow.name, None, name, said, "Map a field to it, or do not require it.")


def _asked(condition: Condition) -> Iterator[tuple[str, object]]:
    if isinstance(condition, Is):
        yield from ((condition.path, value) for value in condition.among)
    elif isinstance(condition, All):
        for each in condition.conditions:
            yield from _asked(each)

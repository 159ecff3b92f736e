"""Edits in the workspace: which of them a flow cares about, and which are over.

A person types a name in three goes, and a total moves with every entry: an edit waits a moment, and travels only if
nothing that matters to its connection was edited since. What was has an edit of its own that is still waiting.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any

from timebridge.changes import Change, Where
from timebridge.errors import Misconfigured
from timebridge.flows import All, Condition, Flow, Flows, Is
from timebridge.records import Record
from timebridge.store.drafts import record_of
from timebridge.store.tables import RecordItem
from timebridge.workspace.kinds import KINDS

EXISTENCE = "archived"
"""Changed when a record is created, archived or restored: every flow of its kind cares."""

TIME = frozenset({"time_entry", "expense"})
"""Kinds of which there are many: with the setting `outgoing_time` they travel with the pull, and totals too."""

SELF_TEST = "self-test"
"""Who makes records that no connection but the tested one is to carry (see `selftest`); they are gone in a moment."""

POSTER = "posting"
"""Who marks records that are to be posted, and brings them to the books itself (see `posting`)."""

UNHEARD = (SELF_TEST, POSTER)
"""Whose edits do not travel."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One record of ours, and the names of its values that changed ("archived" among them). `values`: after it."""

    tenant: str
    kind: str
    id: str
    changed: frozenset[str]
    values: Mapping[str, Any] = field(default_factory=dict)


def edit_of(record: Mapping[str, Any]) -> Edit:
    """One record of the records table's stream. Raises KeyError or ValueError when it is something else."""
    images = record["dynamodb"]
    tenant, kind = images["Keys"]["pk"]["S"].rsplit("#", 1)
    old, new = _image(kind, images.get("OldImage")), _image(kind, images.get("NewImage"))
    changed = frozenset(name for name in {*old, *new} if old.get(name) != new.get(name))
    if images.get("NewImage", {}).get("actor", {}).get("S") in UNHEARD:
        changed = frozenset()
    return Edit(tenant, kind, images["Keys"]["sk"]["S"], changed, new)


def _image(kind: str, image: Mapping[str, Any] | None) -> dict[str, Any]:
    if not image:
        return {}
    return values_of(record_of(kind, RecordItem.from_raw_data(dict(image))))


def values_of(record: Record) -> dict[str, Any]:
    return {**record.values, EXISTENCE: record.gone}


@dataclass(frozen=True, slots=True)
class Concern:
    """What one connection wants to know of at once. `flows`: those that act at once; `late_time`: time waits."""

    flows: Flows
    at_once: Collection[str]
    late_time: bool = False

    def changes(self, edits: Iterable[Edit]) -> list[Change]:
        """What the edits mean for the connection: one to a field that no flow carries means nothing."""
        return [Change(Where.OURS, edit.kind, edit.id) for edit in edits if self.matters(edit)]

    def matters(self, edit: Edit) -> bool:
        names = self._names(edit.kind)
        return bool(edit.changed - self._ignored(edit.kind) if names is None else edit.changed & names)

    def print_of(self, kind: str, values: Mapping[str, Any]) -> str:
        """A short fingerprint of those values that matter: edits with the same one mean the same."""
        names = self._names(kind)
        wanted = set(values) - self._ignored(kind) if names is None else names
        text = repr([(name, str(values[name])) for name in sorted(wanted) if values.get(name) is not None])
        return blake2b(text.encode(), digest_size=9).hexdigest()

    def _names(self, kind: str) -> frozenset[str] | None:
        """What the flows carry and ask for; None when one of them does not tell."""
        flows = [flow for flow in self.flows.of(Where.OURS, kind) if flow.name in self.at_once and not _is_image(flow)]
        if not flows or (self.late_time and kind in TIME):
            return frozenset()
        named = [_names(flow) for flow in flows]
        known = [names for names in named if names is not None]
        return frozenset[str]().union(*known) - self._ignored(kind) if len(known) == len(named) else None

    def _ignored(self, kind: str) -> frozenset[str]:
        if not self.late_time or kind not in KINDS:
            return frozenset()
        return frozenset(name for name, found in KINDS[kind].properties.items() if found.computed)


def _is_image(flow: Flow) -> bool:
    """Nobody edits its records here, and nothing of them goes out."""
    return flow.mirror and not flow.direction.goes_out


def _names(flow: Flow) -> frozenset[str] | None:
    asked = _asked(flow.when_ours)
    return None if asked is None else asked | {EXISTENCE, *(field.ours for field in flow.fields)}


def _asked(condition: Condition) -> frozenset[str] | None:
    """The fields a condition looks at; None when it does not tell."""
    if isinstance(condition, Is):
        return frozenset({condition.path.partition(".")[0]})
    if not isinstance(condition, All):
        return None
    names = [_asked(each) for each in condition.conditions]
    known = [each for each in names if each is not None]
    return frozenset[str]().union(*known) if len(known) == len(names) else None


# --- edits that wait until they are over -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Settling:
    """Edits of one connection's concern that wait: kind, id and fingerprint of each."""

    tenant: str
    connection: str
    edits: tuple[tuple[str, str, str], ...]

    def to_body(self) -> str:
        body = {"tenant": self.tenant, "connection": self.connection, "edits": self.edits}
        return json.dumps(body, separators=(",", ":"))


def settling_of(body: str) -> Settling:
    """Raises Misconfigured when the body is none of ours."""
    try:
        found = json.loads(body)
        edits = tuple((str(kind), str(id), str(print)) for kind, id, print in found["edits"])
        return Settling(found["tenant"], found["connection"], edits)
    except (ValueError, TypeError, KeyError) as error:
        raise Misconfigured("A waiting edit cannot be read.", detail=repr(error)) from error


def waiting(tenant: str, connection: str, edits: Sequence[Edit], concern: Concern) -> Settling | None:
    """Those of the edits that matter, each record once; a later edit of the same record says how it is by now."""
    last = {(edit.kind, edit.id): edit.values for edit in edits}
    mine = dict.fromkeys((change.name, change.id) for change in concern.changes(edits))
    found = tuple((kind, id, concern.print_of(kind, last[kind, id])) for kind, id in mine)
    return Settling(tenant, connection, found) if found else None


def settled(waited: Settling, concern: Concern, records: Mapping[tuple[str, str], Record]) -> list[Change]:
    """Those that are over: nothing that matters moved since. A record that is not there any more is over, too."""
    return [
        Change(Where.OURS, kind, id)
        for kind, id, print in waited.edits
        if (record := records.get((kind, id))) is None or concern.print_of(kind, values_of(record)) == print
    ]

"""The JSON of what is written.

Updates of objects for which Intuit documents no partial update carry the whole record, read just before; so do
addresses, which Intuit replaces as a whole (whether it would also merge them is not documented: sent whole and with
empty strings for what was cleared, both readings give the same). An address is sent without its Id, which billing and
shipping address may share.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from timebridge.providers.quickbooks_online.markers import marked, marker_of
from timebridge.providers.quickbooks_online.shapes import Shape
from timebridge.records import Record
from timebridge.sides import Create, Delete, Update

ADDRESSES = frozenset({"BillAddr", "ShipAddr", "PrimaryAddr"})
OF_OURS = frozenset({"TopRef", "Booking"})
"""No fields of QuickBooks: what the Side found out for us."""

OF_THE_SERVER = OF_OURS | {"MetaData", "domain", "sparse", "FullyQualifiedName", "Level", "TimeChargeId"}
CLOCK = frozenset({"StartTime", "EndTime", "BreakHours", "BreakMinutes", "BreakSeconds", "Seconds"})


@dataclass(frozen=True, slots=True)
class Change:
    """An update or delete on its way: `now` is the record as it stands, where it had to be read."""

    number: int
    write: Update | Delete
    now: Record | None = None

    @property
    def version(self) -> str | None:
        return self.write.version or (self.now.version if self.now else None)


def new_record(create: Create, shape: Shape) -> dict[str, Any]:
    body = placed(without_nothing(create.values))
    if shape.marked is not None:
        text, limit = shape.marked
        body[text] = marked(body.get(text), create.record, limit)
    return body


def must_read(write: Update | Delete, shape: Shape) -> bool:
    """Whether the record as it stands is needed to write it: its version, the rest of it, or whether it is billed."""
    if write.version is None or not shape.listed:
        return True
    return isinstance(write, Update) and (not shape.sparse or not ADDRESSES.isdisjoint(write.values))


def item_of(name: str, change: Change, shape: Shape) -> dict[str, Any]:
    """The batch item of an update or delete, but for its id."""
    head = {"Id": change.write.id, "SyncToken": change.version}
    if isinstance(change.write, Delete) and not shape.listed:
        return {"operation": "delete", name: head}
    now = change.now.values if change.now else {}
    values = {"Active": False} if isinstance(change.write, Delete) else change.write.values
    if shape.sparse or (isinstance(change.write, Delete) and shape.listed):
        placed_values = with_custom_fields(placed(with_addresses(values, now)), now)
        body = {**emptied(remarked(placed_values, now, shape)), "sparse": True}
    else:
        body = whole(values, now, shape)
    return {"operation": "update", name: {**body, **head}}


def placed(values: Mapping[str, Any]) -> dict[str, Any]:
    """A job is placed below its customer."""
    body = {name: value for name, value in values.items() if name not in OF_OURS}
    top = values.get("TopRef")
    return {**body, "Job": True, "ParentRef": {"value": top["value"]}} if top and top.get("value") else body


def with_addresses(values: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: {**plain_address(now.get(name)), **value} if name in ADDRESSES and value else value
        for name, value in values.items()
    }


def plain_address(address: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (address or {}).items() if name not in ("Id", "Lat", "Long")}


def remarked(values: Mapping[str, Any], now: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """A new text keeps the marker that the record has."""
    if shape.marked is None or shape.marked[0] not in values:
        return dict(values)
    text, limit = shape.marked
    record = marker_of(now.get(text))
    return {**values, text: marked(values[text], record, limit) if record else values[text]}


def with_custom_fields(values: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Custom fields are replaced as a list: those that are not ours stay."""
    if "CustomField" not in values:
        return dict(values)
    ours = {one["DefinitionId"] for one in values["CustomField"]}
    kept = [one for one in now.get("CustomField") or () if one.get("DefinitionId") not in ours]
    return {**values, "CustomField": [*kept, *values["CustomField"]]}


def emptied(values: Mapping[str, Any]) -> dict[str, Any]:
    """Empty strings clear; what is left out stays."""
    return {
        name: emptied(value) if isinstance(value, Mapping) else "" if value is None else value
        for name, value in values.items()
    }


def without_nothing(values: Mapping[str, Any]) -> dict[str, Any]:
    return dict(_something(values))


def _something(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        kept = without_nothing(value) if isinstance(value, Mapping) else value
        if kept not in (None, {}):
            yield name, kept


def whole(values: Mapping[str, Any], now: Mapping[str, Any], shape: Shape) -> dict[str, Any]:
    """The record as it stands with our values laid over it, for a full update: what is left out is cleared."""
    kept = {name: value for name, value in now.items() if name not in OF_THE_SERVER}
    if "Line" in values:
        kept.pop("TxnTaxDetail", None)  # it is worked out again
    if "Hours" in values:
        kept = {name: value for name, value in kept.items() if name not in CLOCK}
    if values.get("BillableStatus") == "Billable" and "HourlyRate" not in values and not now.get("HourlyRate"):
        kept.pop(
            "HourlyRate", None
        )  # it lost its rate while it was not billable: better refused than billed for nothing
    body = {**kept, **placed(with_addresses(values, now))}
    body = remarked(body, now, shape) if shape.marked is not None and shape.marked[0] in values else body
    return without_nothing(body)


def holds(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether a record of theirs has all the values of the body."""
    return all(
        holds(found.get(name) or {}, value)
        if isinstance(value, Mapping)
        else str(found.get(name)).strip() == str(value).strip()
        for name, value in wanted.items()
    )

"""What may be mapped in QuickBooks, against what the sandbox (written from Intuit's reference) has."""

import pytest

from sandbox.quickbooks.schema import SOURCE, Field, Schema, load
from timebridge.providers.quickbooks_online.describing import SLOTS
from timebridge.providers.slots import Holds, Slot

OURS = {"PercentNow", "TaxCode.Taxable"}
"""What our side makes of several records."""

KINDS = {
    Holds.NUMBER: {"dec"},
    Holds.WHOLE: {"int", "dec"},
    Holds.DAY: {"date"},
    Holds.FLAG: {"bool"},
    Holds.CHOICE: {"enum"},
}
SCHEMA = load(SOURCE.read_text())


def found(schema: Schema, entity: str, path: str) -> Field:
    """Along a dotted path, whose references end in `value`."""
    first, *rest = path.split(".")
    field = schema.entities[entity].fields[first]
    for name in rest:
        if field.kind == "ref":
            return Field(name, "s", max=3)
        field = schema.types[field.detail[0]].fields[name]
    return field


ALL = [
    pytest.param(entity, slot, id=f"{entity}.{slot.path}")
    for entity, slots in SLOTS.items()
    for slot in slots
    if not {slot.path, f"{entity}.{slot.path}"} & OURS
]


@pytest.mark.parametrize(("entity", "slot"), ALL)
def test_a_field_is_there_and_holds_what_is_said(entity: str, slot: Slot) -> None:
    field = found(SCHEMA, entity, slot.path)
    assert field.kind in KINDS.get(slot.holds, {"s", "enum"})
    assert not (slot.writable and field.has("readonly"))
    if slot.writable and slot.length:
        assert slot.length == field.max
    if slot.values and slot.writable:
        assert set(slot.values) <= set(field.detail)

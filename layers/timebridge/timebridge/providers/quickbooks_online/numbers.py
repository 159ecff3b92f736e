"""Numbers of documents that are taken in QuickBooks: by the document that an earlier attempt made, by one of ours that
was voided since, or by somebody else's."""

from collections.abc import Mapping, Sequence
from typing import Any

from timebridge.providers.quickbooks_online.faults import NUMBER_TAKEN, read_fault
from timebridge.providers.quickbooks_online.markers import marker_of
from timebridge.providers.quickbooks_online.shapes import Shape
from timebridge.providers.quickbooks_online.transactions import is_void
from timebridge.records import Record

NUMBER = "DocNumber"
ALLOWED = "allowduplicatedocnum"
"""What a create says that may have the number of another document."""


def is_taken(answer: Mapping[str, Any], shape: Shape) -> bool:
    fault = answer.get("Fault")
    return fault is not None and read_fault(fault).code == NUMBER_TAKEN and NUMBER in shape.searchable


def own(holders: Sequence[Record], number: object, record: str, shape: Shape) -> tuple[Record | None, bool]:
    """The document with this number that is our record already, if there is one; and whether the number may be used
    once more, because only what we voided has it."""
    text = shape.marked[0] if shape.marked else ""
    same = [each for each in holders if each.values.get(NUMBER) == number]
    mine = [each for each in same if marker_of(each.values.get(text)) == record]
    live = [each for each in mine if not _is_void(each)]
    return (live[0] if live else None), bool(mine) and all(_is_void(each) and each in mine for each in same)


def _is_void(record: Record) -> bool:
    return is_void(record.values.get("TotalAmt"), record.values.get("PrivateNote"))

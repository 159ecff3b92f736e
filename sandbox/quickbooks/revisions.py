"""How the document of a record changes by an update, a void or a merge: plain functions over plain values."""

from typing import Any

from sandbox.quickbooks.errors import Fault
from sandbox.quickbooks.schema import Entity
from sandbox.quickbooks.store import Stored

type Doc = dict[str, Any]

REPEATED_IN_SPARSE = {"Purchase": ("PaymentType", "AccountRef"), "Bill": ("VendorRef",)}
UNTOUCHABLE_NAMES = ("DisplayName", "PrintOnCheckName")


def merged(before: Doc, sent: Doc) -> Doc:
    """A sparse update: what is sent replaces, an empty value clears, names cannot be cleared."""
    doc = {**before, **sent}
    for name in UNTOUCHABLE_NAMES:
        if doc.get(name) is None and before.get(name) is not None:
            doc[name] = before[name]
    return {name: value for name, value in doc.items() if value is not None}


def replaced(entity: Entity, before: Doc, sent: Doc) -> Doc:
    """A full update: what is not sent is cleared, apart from what only the server writes."""
    fields = entity.fields
    kept = {
        name: value
        for name, value in before.items()
        if name not in fields or fields[name].has("readonly") or fields[name].has("kept") or fields[name].has("once")
    }
    return {**kept, **{name: value for name, value in sent.items() if value is not None}}


def require_repeated(entity: Entity, sent: Doc) -> None:
    for name in REPEATED_IN_SPARSE.get(entity.name, ()):
        if sent.get(name) is None:
            raise Fault("2020", name, element=name)


def voided(before: Doc) -> Doc:
    note = before.get("PrivateNote")
    doc = {**before, "PrivateNote": f"Voided - {note}" if note else "Voided", "TotalAmt": 0, "LinkedTxn": []}
    for name in ("Balance", "UnappliedAmt", "HomeBalance", "HomeTotalAmt"):
        if name in doc:
            doc[name] = 0
    if "TxnTaxDetail" in doc:
        doc["TxnTaxDetail"] = {"TotalTax": 0}
    doc["Line"] = [void_line(line) for line in before.get("Line", []) if not is_application(line)]
    return doc


def is_application(line: Doc) -> bool:
    return bool(line.get("LinkedTxn")) and "DetailType" not in line


def void_line(line: Doc) -> Doc:
    found = {**line, "Amount": 0} if "Amount" in line else dict(line)
    found.pop("LinkedTxn", None)
    detail = found.get("SalesItemLineDetail")
    if detail:
        zeroed = {**detail, "Qty": 0} if "Qty" in detail else dict(detail)
        zeroed.pop("UnitPrice", None)
        found["SalesItemLineDetail"] = zeroed
    return found


def repointed(value: Any, loser: Stored, id: str, name: str) -> Any:
    if isinstance(value, list):
        return [repointed(one, loser, id, name) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: {**part, "value": id, **({"name": name} if "name" in part else {})}
        if fits(key, loser.entity) and isinstance(part, dict) and part.get("value") == loser.id
        else repointed(part, loser, id, name)
        for key, part in value.items()
    }


def fits(field: str, entity: str) -> bool:
    names = {"Customer", "Vendor", "Employee"}
    return (
        field in ("EntityRef", "ParentRef")
        or field == f"{entity}Ref"
        or (entity == "Account" and field.endswith("AccountRef"))
        or (entity in names and field == "OtherNameRef")
    )

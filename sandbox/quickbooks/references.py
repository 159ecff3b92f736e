"""References between records: what they point at must exist and be active, and gets its name filled in."""

from collections.abc import Iterator
from typing import Any

from sandbox.quickbooks.errors import INACTIVE, Fault
from sandbox.quickbooks.schema import SCHEMA, Field, Shape
from sandbox.quickbooks.store import Store, Stored

ELEMENT_WORDS = {
    **{"Customer": "Names", "Vendor": "Names", "Employee": "Names"},
    **{"Account": "Accounts", "Class": "Klasses", "Department": "Depts", "Item": "Items", "Term": "Terms"},
    **{"PaymentMethod": "PaymentMethods", "TaxCode": "TaxCodes", "TaxRate": "TaxRates"},
}
WITHOUT_NAME = {"ParentRef", "DepositToAccountRef"}
CURRENCIES = {"USD": "United States Dollar", "CAD": "Canadian Dollar", "EUR": "Euro", "GBP": "British Pound Sterling"}


def walk(shape: Shape, values: dict[str, Any]) -> Iterator[tuple[Field, dict[str, Any]]]:
    """Every reference in a record, however deep, with its field."""
    for name, value in values.items():
        field = shape.fields.get(name)
        if field is None or not value:
            continue
        if field.kind == "ref":
            yield field, value
        elif field.kind == "obj":
            yield from walk(SCHEMA.types[field.detail[0]], value)
        elif field.kind == "list":
            for item in value:
                yield from walk(SCHEMA.types[field.detail[0]], item)


def resolve(store: Store, realm: str, shape: Shape, values: dict[str, Any], before: dict[str, Any]) -> None:
    """Checks the references in `values` and names them. What `before` already pointed at may be inactive by now."""
    known = {(field.name, reference["value"]) for field, reference in walk(shape, before)}
    for field, reference in walk(shape, values):
        if field.detail:
            target = target_of(store, realm, field, reference["value"])
            if not target.active and (field.name, target.id) not in known:
                raise Fault("610", INACTIVE, element=field.name)
            name_it(field, reference, target)
        elif field.name == "CurrencyRef":
            reference["name"] = CURRENCIES.get(reference["value"], reference["value"])


def target_of(store: Store, realm: str, field: Field, id: str) -> Stored:
    for entity in field.detail:
        found = store.get(realm, entity, id)
        if found:
            return found
    raise Fault("2500", ELEMENT_WORDS.get(field.detail[0], field.detail[0]), id, element=field.name)


def name_it(field: Field, reference: dict[str, Any], target: Stored) -> None:
    if field.name not in WITHOUT_NAME:
        reference["name"] = shown_name(target)
    if "type" in reference or field.name in ("EntityRef", "Entity"):
        reference["type"] = target.entity


def shown_name(target: Stored) -> str:
    doc = target.doc
    if target.entity in ("Account", "Class", "Department"):
        return str(doc.get("FullyQualifiedName") or doc["Name"])
    return str(doc.get("DisplayName") or doc.get("Name") or target.id)

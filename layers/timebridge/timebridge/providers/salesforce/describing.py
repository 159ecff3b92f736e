"""The fields of an object as `describe` shows them to our user, for whoever maps them."""

from timebridge.flows import Flows
from timebridge.providers.provider import App
from timebridge.providers.salesforce import schema
from timebridge.providers.salesforce.schema import FieldFacts
from timebridge.providers.salesforce.side import open_side
from timebridge.providers.slots import Holds, Slot
from timebridge.tenants import Connection, Grants

TYPES = {
    "string": Holds.TEXT,
    "encryptedstring": Holds.TEXT,
    "textarea": Holds.PROSE,
    "email": Holds.EMAIL,
    "phone": Holds.PHONE,
    "url": Holds.LINK,
    "picklist": Holds.CHOICE,
    "combobox": Holds.CHOICE,
    "multipicklist": Holds.CHOICES,
    "currency": Holds.NUMBER,
    "double": Holds.NUMBER,
    "percent": Holds.NUMBER,
    "int": Holds.WHOLE,
    "long": Holds.WHOLE,
    "date": Holds.DAY,
    "datetime": Holds.MOMENT,
    "boolean": Holds.FLAG,
    "reference": Holds.REFERENCE,
    "id": Holds.REFERENCE,
}
NUMBERS = (Holds.NUMBER, Holds.WHOLE)

OWN = frozenset({"SystemModstamp", "IsDeleted", "TB_External_Id__c"})
"""What the sync itself lives on."""


def slots(app: App, grants: Grants, connection: Connection, object: str) -> list[Slot]:
    """By label. What the org has is kept for an hour, so a look costs a call at most."""
    client = open_side(app, grants, connection, Flows(())).client
    found = schema.described(client, object)
    return sorted((_slot(each) for each in found.fields.values() if each.name not in OWN), key=lambda slot: slot.label)


def _slot(found: FieldFacts) -> Slot:
    holds = TYPES.get(found.type, Holds.OTHER)
    whole = holds in NUMBERS and found.scale == 0
    return Slot(
        path=found.name,
        label=found.label,
        holds=Holds.WHOLE if whole else holds,
        length=found.length,
        writable=found.createable or found.updateable,
        required=found.required,
        restricted=found.restricted,
        values=found.values,
    )

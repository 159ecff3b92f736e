"""Who sees and changes which records: what an administrator made private belongs to its owner."""

from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.schema import SObject
from sandbox.salesforce.settings import Settings
from sandbox.salesforce.store import Row

PERMISSIONS = "UserPermissionAccess"
"""An object with one row for everybody, in which each user sees their own."""


def owner_field(sobject: SObject, settings: Settings) -> str | None:
    """The field that must name the user who asks; None where everybody sees everything."""
    if sobject.name == PERMISSIONS:
        return "CreatedById"
    return "OwnerId" if sobject.name in settings.private and "OwnerId" in sobject.fields else None


def sees(sobject: SObject, row: Row, actor: str, settings: Settings) -> bool:
    field = owner_field(sobject, settings)
    return field is None or row[field] == actor


def check(sobject: SObject, row: Row, actor: str, settings: Settings) -> None:
    """Refuses a change by somebody who cannot even see the record."""
    if not sees(sobject, row, actor, settings):
        message = "insufficient access rights on cross-reference id"
        raise SalesforceError("INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY", message, [], status=403)

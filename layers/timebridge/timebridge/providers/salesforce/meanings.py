"""What Salesforce's errors mean for us, as a table."""

from typing import NamedTuple

from timebridge.errors import (
    Disconnected,
    Locked,
    Misconfigured,
    RateLimited,
    Rejected,
    Stale,
    SyncError,
    Transient,
    Trouble,
    Undecided,
)

ANY = 0
"""Any HTTP status, and the status of a single record's error inside a collection."""


class Meaning(NamedTuple):
    """`sentence` and `remedy` may name {field} and quote {message}: Salesforce's or the customer's own words."""

    kind: type[SyncError]
    sentence: str
    remedy: str = ""


WAIT = "Nothing to do: it is tried again."
MAP = "Correct the value, or change what this field is mapped to."
ADMIN = "Ask your Salesforce administrator"
PERMIT = f"{ADMIN} to assign the timebridge permission set to the user who connected."
REPORT = "Report this to us with the time it happened."

BUSY = Meaning(Transient, "Salesforce is not available right now.", WAIT)
BUG = Meaning(Misconfigured, "Salesforce did not understand our request.", REPORT)
UNKNOWN = Meaning(Rejected, "Salesforce refused this record: {message}", "Correct the record, then try again.")
COLLATERAL = Meaning(Transient, "Another record of the same call failed.", WAIT)
LOCKED_ROW = Meaning(Transient, "Somebody else is changing this record or its parent.", WAIT)
NO_ACCESS = Meaning(Rejected, "Our Salesforce user may not change this record.", PERMIT)
NO_FIELD = Meaning(Rejected, "Salesforce has no field {field}, or our user may not see it.", PERMIT)
AUTOMATION = Meaning(
    Rejected, "An automation in your Salesforce org stopped this: {message}", f"{ADMIN} to check that Flow or trigger."
)
NO_API = Meaning(
    Disconnected,
    "API access is switched off for this Salesforce org or for the user who connected.",
    "Professional Edition needs the API access add-on from Salesforce. In other editions, "
    "let the administrator tick 'API Enabled' on the user's profile. Then reconnect.",
)
EXPIRED = Meaning(Disconnected, "Salesforce ended our session and refuses a new one.", "Reconnect Salesforce.")
BLOCKED = Meaning(
    Disconnected,
    "Your Salesforce org does not allow our app.",
    f"{ADMIN} to install or unblock it under Setup, Connected Apps OAuth Usage. Then reconnect.",
)
LOST_RACE = Meaning(Stale, "The record was created by another worker at the same moment.", WAIT)
CHILDREN = Meaning(Rejected, "Other records depend on this one, so Salesforce keeps it.", "Remove those first.")
BAD_VALUE = Meaning(Rejected, "Salesforce does not accept the value of {field}: {message}", MAP)

MEANINGS: dict[tuple[int, str], Meaning] = {
    (401, "INVALID_SESSION_ID"): EXPIRED,
    (ANY, "INVALID_SESSION_ID"): EXPIRED,
    (ANY, "INVALID_AUTH_HEADER"): EXPIRED,
    (403, "REQUEST_LIMIT_EXCEEDED"): Meaning(RateLimited, "Salesforce allows no more calls for now.", WAIT),
    (ANY, "REQUEST_LIMIT_EXCEEDED"): Meaning(RateLimited, "Salesforce allows no more calls for now.", WAIT),
    (ANY, "API_DISABLED_FOR_ORG"): NO_API,
    (ANY, "API_CURRENTLY_DISABLED"): NO_API,
    (ANY, "FUNCTIONALITY_NOT_ENABLED"): Meaning(
        Disconnected,
        "Your Salesforce edition lacks a function we need.",
        "Ask Salesforce to enable it, then reconnect.",
    ),
    (ANY, "CLIENT_NOT_ACCESSIBLE_FOR_USER"): BLOCKED,
    (ANY, "ORG_LOCKED"): Meaning(Disconnected, "Your Salesforce org is locked.", "Contact Salesforce."),
    (ANY, "INACTIVE_PORTAL"): EXPIRED,
    (ANY, "PASSWORD_LOCKOUT"): EXPIRED,
    (ANY, "TXN_SECURITY_METERING_ERROR"): Meaning(
        Transient,
        "A transaction security policy of your Salesforce org holds our calls back.",
        f"{ADMIN} to exempt the user who connected from that policy.",
    ),
    (ANY, "INSUFFICIENT_ACCESS"): NO_ACCESS,
    (ANY, "INSUFFICIENT_ACCESS_OR_READONLY"): NO_ACCESS,
    (ANY, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"): Meaning(
        Rejected, "Our Salesforce user may not see the record this one belongs to.", PERMIT
    ),
    (ANY, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"): AUTOMATION,
    (ANY, "CANNOT_EXECUTE_FLOW_TRIGGER"): AUTOMATION,
    (ANY, "FLOW_EXCEPTION"): AUTOMATION,
    (ANY, "FIELD_CUSTOM_VALIDATION_EXCEPTION"): Meaning(
        Rejected, "A validation rule of your Salesforce org says: {message}", "Correct the record to satisfy that rule."
    ),
    (ANY, "FIELD_INTEGRITY_EXCEPTION"): BAD_VALUE,
    (ANY, "FIELD_FILTER_VALIDATION_EXCEPTION"): Meaning(
        Rejected, "A lookup filter in Salesforce does not allow the value of {field}.", MAP
    ),
    (ANY, "REQUIRED_FIELD_MISSING"): Meaning(Rejected, "Salesforce requires a value for {field}.", "Fill it in."),
    (ANY, "STRING_TOO_LONG"): Meaning(Rejected, "The text for {field} is too long for Salesforce.", "Shorten it."),
    (ANY, "NUMBER_OUTSIDE_VALID_RANGE"): Meaning(Rejected, "The number for {field} is too large for Salesforce.", MAP),
    (ANY, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"): Meaning(
        Rejected,
        "Salesforce does not know the choice given for {field}.",
        "Add the value to the picklist in Salesforce, or choose one that is there.",
    ),
    (ANY, "INVALID_TYPE_ON_FIELD_IN_RECORD"): BAD_VALUE,
    (ANY, "INVALID_EMAIL_ADDRESS"): BAD_VALUE,
    (ANY, "JSON_PARSER_ERROR"): BAD_VALUE,
    (ANY, "INVALID_FIELD"): NO_FIELD,
    (ANY, "INVALID_FIELD_FOR_INSERT_UPDATE"): Meaning(Rejected, "Our Salesforce user may not set {field}.", PERMIT),
    (ANY, "INVALID_TYPE"): Meaning(Rejected, "Our Salesforce user cannot see this kind of record.", PERMIT),
    (ANY, "MALFORMED_QUERY"): BUG,
    (ANY, "QUERY_TOO_COMPLICATED"): Meaning(
        Misconfigured, "Formula fields make our query too complicated for Salesforce.", "Map fewer formula fields."
    ),
    (ANY, "MALFORMED_ID"): Meaning(Rejected, "The record refers to an id Salesforce does not know.", "Link it again."),
    (ANY, "INVALID_CROSS_REFERENCE_KEY"): Meaning(
        Rejected, "A record it refers to is not in Salesforce (any more).", "Choose another one, or link it again."
    ),
    (ANY, "INVALID_ID_FIELD"): Meaning(
        Rejected, "The record refers to an id Salesforce does not know.", "Link it again."
    ),
    (ANY, "INVALID_QUERY_LOCATOR"): Meaning(Transient, "The list we were reading has expired.", WAIT),
    (404, "NOT_FOUND"): Meaning(Stale, "The record is gone from Salesforce.", WAIT),
    (ANY, "NOT_FOUND"): Meaning(Stale, "The record is gone from Salesforce.", WAIT),
    (ANY, "ENTITY_IS_DELETED"): Meaning(Stale, "The record was deleted in Salesforce.", WAIT),
    (ANY, "ENTITY_IS_LOCKED"): Meaning(
        Locked,
        "The record is locked in Salesforce, usually by an approval process.",
        "Finish or recall the approval; it is tried again later.",
    ),
    (ANY, "UNABLE_TO_LOCK_ROW"): LOCKED_ROW,
    (ANY, "DUPLICATE_VALUE"): Meaning(
        Rejected, "Another Salesforce record already has this value: {message}", "Merge the two, or change the value."
    ),
    (ANY, "DUPLICATE_EXTERNAL_ID"): Meaning(Stale, "The same record was sent twice in one call.", WAIT),
    (ANY, "DUPLICATES_DETECTED"): Meaning(
        Undecided,
        "A duplicate rule of your Salesforce org found a record like this one.",
        "Say which record it is, or that it is a new one.",
    ),
    (ANY, "INACTIVE_OWNER_OR_USER"): Meaning(
        Rejected, "The owner of this record is no longer active in Salesforce.", "Give it another owner there."
    ),
    (ANY, "TRANSFER_REQUIRES_READ"): Meaning(
        Rejected, "The new owner may not read this kind of record.", "Choose another owner, or extend that profile."
    ),
    (ANY, "DELETE_FAILED"): CHILDREN,
    (ANY, "DEPENDENCY_EXISTS"): CHILDREN,
    (ANY, "CANNOT_DELETE_ENTITY"): CHILDREN,
    (ANY, "STORAGE_LIMIT_EXCEEDED"): Meaning(
        Disconnected, "Your Salesforce org has no storage left.", "Free or buy storage, then resume the connection."
    ),
    (ANY, "LIMIT_EXCEEDED"): BUG,
    (ANY, "EXCEEDED_ID_LIMIT"): BUG,
    (ANY, "EXCEEDED_MAX_SIZE_REQUEST"): BUG,
    (ANY, "OPERATION_TOO_LARGE"): BUG,
    (ANY, "QUERY_TIMEOUT"): Meaning(Transient, "Salesforce took too long to find the records.", WAIT),
    (ANY, "REQUEST_RUNNING_TOO_LONG"): Meaning(Transient, "Salesforce took too long to answer.", WAIT),
    (ANY, "UNKNOWN_EXCEPTION"): BUSY,
    (ANY, "SERVER_UNAVAILABLE"): BUSY,
    (ANY, "FUNCTIONALITY_TEMPORARILY_UNAVAILABLE"): BUSY,
    (ANY, "REQUEST_TIMEOUT_OR_CONFLICT"): BUSY,
    (ANY, "UNSUPPORTED_API_VERSION"): BUG,
    (ANY, "METHOD_NOT_ALLOWED"): BUG,
    (ANY, "PROCESSING_HALTED"): COLLATERAL,
    (ANY, "BATCH_PROCESSING_HALTED"): COLLATERAL,
    (ANY, "ALL_OR_NONE_OPERATION_ROLLED_BACK"): COLLATERAL,
    (ANY, "INVALIDENTITY"): Meaning(
        Rejected, "Salesforce cannot export this kind of record in bulk.", "Nothing to do: it is read page by page."
    ),
    (406, ""): BUSY,
    (408, ""): BUSY,
    (409, ""): BUG,
    (410, ""): Meaning(Misconfigured, "The Salesforce API version we use was retired.", REPORT),
    (412, "PRECONDITION_FAILED"): Meaning(Stale, "The record was changed in Salesforce meanwhile.", WAIT),
    (412, ""): Meaning(Stale, "The record was changed in Salesforce meanwhile.", WAIT),
    (420, ""): Meaning(Transient, "The Salesforce org is moving to another address.", WAIT),
    (429, ""): Meaning(RateLimited, "Salesforce allows no more calls for now.", WAIT),
}
"""(HTTP status or ANY, errorCode) to meaning. An empty code stands for every code of that status."""


UNREADABLE: dict[str, Meaning] = {
    "INVALID_FIELD": Meaning(
        Disconnected,
        "Salesforce has no field {field}, or our user may not see it.",
        "Install the timebridge package in your org and assign its permission set to the user who connected.",
    ),
    "INVALID_TYPE": Meaning(Disconnected, "Our Salesforce user cannot see a kind of record we need.", PERMIT),
    "INSUFFICIENT_ACCESS": Meaning(Disconnected, "Our Salesforce user may not read a kind of record we need.", PERMIT),
    "MALFORMED_ID": BUG,
    "NOT_FOUND": BUG,
}
"""What some codes mean when they answer a whole request: not one record is refused, but the flow."""

TROUBLES: dict[str, Trouble] = {
    "INVALID_FIELD": "mapping",
    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST": "mapping",
    "REQUIRED_FIELD_MISSING": "mapping",
    "FIELD_FILTER_VALIDATION_EXCEPTION": "mapping",
    "FIELD_INTEGRITY_EXCEPTION": "format",
    "STRING_TOO_LONG": "format",
    "NUMBER_OUTSIDE_VALID_RANGE": "format",
    "INVALID_TYPE_ON_FIELD_IN_RECORD": "format",
    "INVALID_EMAIL_ADDRESS": "format",
    "JSON_PARSER_ERROR": "format",
    "INSUFFICIENT_ACCESS": "permission",
    "INSUFFICIENT_ACCESS_OR_READONLY": "permission",
    "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY": "permission",
    "INVALID_FIELD_FOR_INSERT_UPDATE": "permission",
    "INVALID_TYPE": "permission",
    "INACTIVE_OWNER_OR_USER": "permission",
    "TRANSFER_REQUIRES_READ": "permission",
    "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY": "automation",
    "CANNOT_EXECUTE_FLOW_TRIGGER": "automation",
    "FLOW_EXCEPTION": "automation",
    "FIELD_CUSTOM_VALIDATION_EXCEPTION": "automation",
    "DUPLICATE_VALUE": "duplicate",
    "DUPLICATES_DETECTED": "duplicate",
    "MALFORMED_ID": "reference",
    "INVALID_ID_FIELD": "reference",
    "INVALID_CROSS_REFERENCE_KEY": "reference",
    "DELETE_FAILED": "reference",
    "DEPENDENCY_EXISTS": "reference",
    "CANNOT_DELETE_ENTITY": "reference",
}
"""errorCode to what a person has to look at."""

NO_PACKAGE = Meaning(
    Disconnected,
    "The timebridge package is not installed in your Salesforce org.",
    "Install it, assign its permission set to the user who connected, then resume the connection.",
)

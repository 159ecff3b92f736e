"""What the API refuses, in the words of Salesforce. Wordings: see the error catalogue of the REST API guide."""

from typing import Any

NOT_FOUND_TEXT = "The requested resource does not exist"
HINT = "Please reference your WSDL or the describe call for the appropriate names."
ROLLED_BACK = "Record rolled back because not all records were valid and the request was using AllOrNone header"


class SalesforceError(Exception):
    """One error of the catalogue. `status` is the HTTP status when it answers a whole request."""

    def __init__(
        self,
        code: str,
        message: str,
        fields: list[str] | None = None,
        status: int = 400,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message, self.fields, self.status = code, message, fields, status
        self.extra = extra or {}

    def body(self) -> list[dict[str, Any]]:
        error = {"message": self.message, "errorCode": self.code, **self.extra}
        return [error if self.fields is None else {**error, "fields": self.fields}]

    def result(self) -> dict[str, Any]:
        """The same as one record's outcome in a collection."""
        error = {"statusCode": self.code, "message": self.message, "fields": self.fields or [], **self.extra}
        return {"success": False, "errors": [error]}


def invalid_session() -> SalesforceError:
    return SalesforceError("INVALID_SESSION_ID", "Session expired or invalid", status=401)


def api_disabled() -> SalesforceError:
    return SalesforceError("API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization.", status=403)


def too_many_requests() -> SalesforceError:
    return SalesforceError("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.", status=403)


def unknown_object() -> SalesforceError:
    return SalesforceError("NOT_FOUND", NOT_FOUND_TEXT, status=404)


not_found = unknown_object


def deleted() -> SalesforceError:
    return SalesforceError("ENTITY_IS_DELETED", "entity is deleted", [], status=404)


def malformed_id(value: str) -> SalesforceError:
    return SalesforceError("MALFORMED_ID", f"malformed id {value}", [])


def wrong_id_type(label: str, field: str, value: str) -> SalesforceError:
    return SalesforceError("MALFORMED_ID", f"{label}: id value of incorrect type: {value}", [field])


def invalid_reference(field: str | None = None) -> SalesforceError:
    return SalesforceError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", [field] if field else [])


def unknown_column(name: str, sobject: str) -> SalesforceError:
    return SalesforceError("INVALID_FIELD", f"No such column '{name}' on sobject of type {sobject}")


def read_only(names: list[str]) -> SalesforceError:
    message = (
        f"Unable to create/update fields: {', '.join(names)}. Please check the security settings of this field and "
        "verify that it is read/write for your profile or permission set."
    )
    return SalesforceError("INVALID_FIELD_FOR_INSERT_UPDATE", message, names)


def missing(names: list[str]) -> SalesforceError:
    return SalesforceError("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(names)}]", names)


def too_long(label: str, field: str, value: str, limit: int) -> SalesforceError:
    shown = value if len(value) <= 255 else value[:255] + "..."
    return SalesforceError("STRING_TOO_LONG", f"{label}: data value too large: {shown} (max length={limit})", [field])


def outside_range(label: str, field: str, value: object) -> SalesforceError:
    message = f"{label}: value outside of valid range on numeric field: {value}"
    return SalesforceError("NUMBER_OUTSIDE_VALID_RANGE", message, [field])


def bad_picklist(field: str, value: str) -> SalesforceError:
    message = f"bad value for restricted picklist field: {value}"
    return SalesforceError("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", message, [field])


def bad_json(type: str, token: str, value: object) -> SalesforceError:
    message = (
        f"Cannot deserialize instance of {type} from {token} value {value} or request may be missing a required field "
        "at [line:1, column:2]"
    )
    return SalesforceError("JSON_PARSER_ERROR", message)


def duplicate_value(field: str, short_id: str) -> SalesforceError:
    message = f"duplicate value found: {field} duplicates value on record with id: {short_id}"
    return SalesforceError("DUPLICATE_VALUE", message, [])


def unknown_external_field(name: str) -> SalesforceError:
    message = f"Provided external ID field does not exist or is not accessible: {name}"
    return SalesforceError("NOT_FOUND", message, status=404)


def method_not_allowed(method: str, allowed: list[str]) -> SalesforceError:
    message = f"HTTP Method '{method}' not allowed. Allowed are {','.join(sorted(allowed))}"
    return SalesforceError("METHOD_NOT_ALLOWED", message, status=405)


def precondition_failed() -> SalesforceError:
    return SalesforceError("PRECONDITION_FAILED", "The resource has been modified since the given time", status=412)


def rolled_back() -> SalesforceError:
    return SalesforceError("ALL_OR_NONE_OPERATION_ROLLED_BACK", ROLLED_BACK, [])


def halted() -> SalesforceError:
    message = "The transaction was rolled back since another operation in the same transaction failed."
    return SalesforceError("PROCESSING_HALTED", message)

"""The error table of Salesforce, walked: every code of the catalogue has a class, a sentence and a remedy."""

import pytest

from timebridge.errors import (
    Disconnected,
    Locked,
    Misconfigured,
    RateLimited,
    Rejected,
    Stale,
    SyncError,
    Transient,
    Undecided,
)
from timebridge.providers.salesforce.denials import REFUSALS, UNKNOWN, denied, not_granted, refused
from timebridge.providers.salesforce.meanings import MEANINGS, UNREADABLE, Meaning
from timebridge.providers.salesforce.refusals import error_of

CATALOGUE = {
    (401, "INVALID_SESSION_ID"): Disconnected,
    (403, "REQUEST_LIMIT_EXCEEDED"): RateLimited,
    (403, "API_DISABLED_FOR_ORG"): Disconnected,
    (403, "API_CURRENTLY_DISABLED"): Disconnected,
    (403, "FUNCTIONALITY_NOT_ENABLED"): Disconnected,
    (403, "INSUFFICIENT_ACCESS"): Rejected,
    (0, "INSUFFICIENT_ACCESS_OR_READONLY"): Rejected,
    (0, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY"): Rejected,
    (0, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"): Rejected,
    (0, "CANNOT_EXECUTE_FLOW_TRIGGER"): Rejected,
    (0, "FLOW_EXCEPTION"): Rejected,
    (0, "FIELD_CUSTOM_VALIDATION_EXCEPTION"): Rejected,
    (0, "FIELD_INTEGRITY_EXCEPTION"): Rejected,
    (0, "FIELD_FILTER_VALIDATION_EXCEPTION"): Rejected,
    (0, "REQUIRED_FIELD_MISSING"): Rejected,
    (0, "STRING_TOO_LONG"): Rejected,
    (0, "NUMBER_OUTSIDE_VALID_RANGE"): Rejected,
    (0, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"): Rejected,
    (0, "INVALID_TYPE_ON_FIELD_IN_RECORD"): Rejected,
    (400, "JSON_PARSER_ERROR"): Rejected,
    (400, "INVALID_FIELD"): Rejected,
    (400, "INVALID_FIELD_FOR_INSERT_UPDATE"): Rejected,
    (400, "INVALID_TYPE"): Rejected,
    (400, "MALFORMED_QUERY"): Misconfigured,
    (400, "QUERY_TOO_COMPLICATED"): Misconfigured,
    (400, "MALFORMED_ID"): Rejected,
    (0, "INVALID_CROSS_REFERENCE_KEY"): Rejected,
    (400, "INVALID_ID_FIELD"): Rejected,
    (400, "INVALID_QUERY_LOCATOR"): Transient,
    (404, "NOT_FOUND"): Stale,
    (404, "ENTITY_IS_DELETED"): Stale,
    (0, "ENTITY_IS_DELETED"): Stale,
    (0, "ENTITY_IS_LOCKED"): Locked,
    (0, "UNABLE_TO_LOCK_ROW"): Transient,
    (0, "DUPLICATE_VALUE"): Rejected,
    (0, "DUPLICATES_DETECTED"): Undecided,
    (0, "INACTIVE_OWNER_OR_USER"): Rejected,
    (0, "TRANSFER_REQUIRES_READ"): Rejected,
    (0, "DELETE_FAILED"): Rejected,
    (0, "DEPENDENCY_EXISTS"): Rejected,
    (0, "CANNOT_DELETE_ENTITY"): Rejected,
    (0, "STORAGE_LIMIT_EXCEEDED"): Disconnected,
    (400, "LIMIT_EXCEEDED"): Misconfigured,
    (413, "EXCEEDED_MAX_SIZE_REQUEST"): Misconfigured,
    (400, "OPERATION_TOO_LARGE"): Misconfigured,
    (400, "QUERY_TIMEOUT"): Transient,
    (500, "REQUEST_RUNNING_TOO_LONG"): Transient,
    (403, "TXN_SECURITY_METERING_ERROR"): Transient,
    (500, "UNKNOWN_EXCEPTION"): Transient,
    (503, "SERVER_UNAVAILABLE"): Transient,
    (503, "FUNCTIONALITY_TEMPORARILY_UNAVAILABLE"): Transient,
    (400, "REQUEST_TIMEOUT_OR_CONFLICT"): Transient,
    (410, "UNSUPPORTED_API_VERSION"): Misconfigured,
    (403, "CLIENT_NOT_ACCESSIBLE_FOR_USER"): Disconnected,
    (403, "ORG_LOCKED"): Disconnected,
    (403, "INACTIVE_PORTAL"): Disconnected,
    (403, "PASSWORD_LOCKOUT"): Disconnected,
    (405, "METHOD_NOT_ALLOWED"): Misconfigured,
    (400, "PROCESSING_HALTED"): Transient,
    (412, "BATCH_PROCESSING_HALTED"): Transient,
    (0, "ALL_OR_NONE_OPERATION_ROLLED_BACK"): Transient,
}


def refusal(code: str, message: str = "something", **more: object) -> list[dict[str, object]]:
    return [{"errorCode": code, "message": message, **more}]


@pytest.mark.parametrize(("status", "code"), CATALOGUE)
def test_every_code_of_the_catalogue_has_its_class_and_a_remedy(status: int, code: str) -> None:
    error = error_of(status, refusal(code))
    assert type(error) is CATALOGUE[status, code]
    assert error.for_user.endswith((".", "something"))
    assert error.remedy
    assert code in error.detail


@pytest.mark.parametrize("row", [*MEANINGS.items(), *(((0, code), row) for code, row in UNREADABLE.items())])
def test_every_line_of_the_table_can_be_said(row: tuple[tuple[int, str], Meaning]) -> None:
    (_, code), meaning = row
    assert issubclass(meaning.kind, SyncError)
    assert meaning.sentence.format(field="Name", message="text")
    assert meaning.remedy, code


@pytest.mark.parametrize(("status", "kind"), [(420, Transient), (429, RateLimited), (502, Transient), (503, Transient)])
def test_a_status_without_a_body_is_enough(status: int, kind: type[SyncError]) -> None:
    assert type(error_of(status, None, whole=True)) is kind


def test_an_unknown_code_condemns_the_record_or_the_request_it_answered() -> None:
    assert type(error_of(400, refusal("BRAND_NEW"))) is Rejected
    assert type(error_of(400, refusal("BRAND_NEW"), whole=True)) is Misconfigured
    assert type(error_of(500, refusal("BRAND_NEW"), whole=True)) is Transient


def test_the_field_is_named_by_list_or_by_sentence() -> None:
    assert error_of(400, refusal("STRING_TOO_LONG", fields=["Name"])).field == "Name"
    for message in (
        "\nSELECT foo__c FROM Lead\n       ^\nERROR at Row:1:Column:8\nNo such column 'foo__c' on entity 'Lead'.",
        "No such column 'foo__c' on sobject of type Lead",
        "Field name not found : foo__c",
    ):
        assert error_of(400, refusal("INVALID_FIELD", message)).field == "foo__c"


def test_a_day_used_up_pauses_longer_than_too_many_calls_at_once() -> None:
    day = error_of(403, refusal("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."))
    crowd = error_of(403, refusal("REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded."))
    assert isinstance(day, RateLimited)
    assert isinstance(crowd, RateLimited)
    assert day.retry_after == 900
    assert crowd.retry_after < 60


def test_a_lock_inside_a_trigger_is_a_lock() -> None:
    error = error_of(0, refusal("CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY", "Trigger: UNABLE_TO_LOCK_ROW, busy"))
    assert type(error) is Transient


def test_another_worker_who_created_the_same_record_is_no_refusal() -> None:
    message = "duplicate value found: TB_External_Id__c duplicates value on record with id: 0015500001QdZPK"
    assert type(error_of(0, refusal("DUPLICATE_VALUE", message))) is Stale


def test_quoted_words_lose_their_addresses_and_their_length() -> None:
    error = error_of(0, refusal("FIELD_CUSTOM_VALIDATION_EXCEPTION", "see https://x.example/t?k=1 " + "long " * 200))
    assert "x.example" not in error.for_user
    assert len(error.for_user) < 400


@pytest.mark.parametrize(
    ("error", "description", "kind"),
    [
        ("invalid_grant", "expired access/refresh token", Disconnected),
        ("invalid_grant", "inactive user", Disconnected),
        ("invalid_grant", "inactive organization", Disconnected),
        ("invalid_grant", "authentication failure - Invalid Password", Disconnected),
        ("invalid_grant", "ip restricted or invalid login hours", Disconnected),
        ("invalid_grant", "user hasn't approved this consumer", Disconnected),
        ("invalid_grant", "expired authorization code", Disconnected),
        ("invalid_grant", "token request is already being processed", Transient),
        ("invalid_client", "invalid client credentials", Misconfigured),
        ("invalid_client_id", "client identifier invalid", Disconnected),
        ("inactive_user", "", Disconnected),
        ("rate_limit_exceeded", "", Transient),
        ("unknown_error", "retry", Transient),
        ("redirect_uri_mismatch", "redirect_uri must match configuration", Misconfigured),
        ("brand_new", "", Misconfigured),
    ],
)
def test_every_refusal_of_a_token_has_its_class(error: str, description: str, kind: type[SyncError]) -> None:
    assert type(refused(400, {"error": error, "error_description": description})) is kind


def test_each_way_of_losing_access_has_its_own_remedy() -> None:
    remedies = [row[2].remedy for row in REFUSALS if row[2].kind is Disconnected]
    assert all(remedies)
    assert len({row[2].sentence for row in REFUSALS if row[0] == "invalid_grant"}) == 10


def test_an_unknown_error_of_the_callback_sends_to_the_administrator() -> None:
    assert denied("brand_new") is None
    assert not_granted("brand_new").remedy == UNKNOWN[1]

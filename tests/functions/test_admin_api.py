"""The admin API: what goes in and comes out, whatever the route."""

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.admin import Person, send
from tests.stage import ROOT, Stage, door, event
from timebridge.api import access
from timebridge.console.places import DOORS
from timebridge.errors import Disconnected, Misconfigured, RateLimited, Stale, SyncError, Transient
from timebridge.store.tenants import Tenants
from timebridge.tenants import Tenant

ADMIN = Person()
PLATFORM = Person(("platform_admin",), None, "operator@timebridge.example")


@pytest.fixture(autouse=True)
def tenant(stage: Stage) -> Tenant:  # noqa: ARG001 (it brings AWS along)
    return Tenants().save(Tenant("acme", "Acme", "Europe/Vienna"))


def test_me_names_roles_and_tenant() -> None:
    answer = ADMIN.get("/v1/me")
    assert answer.status == 200
    assert answer.body == {
        "id": "sub-of-ada@acme.example",
        "name": "ada@acme.example",
        "roles": ["tenant_admin"],
        "tenant": "acme",
        "tenant_name": "Acme",
        "staff": None,
    }


def test_an_unknown_address_is_a_problem_document() -> None:
    answer = ADMIN.get("/v1/nothing/here")
    assert answer.status == 404
    assert answer.is_problem


def test_an_unknown_kind_of_record_is_not_found() -> None:
    assert ADMIN.get("spaceships").status == 404


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        ("{", 400),
        ('{"name": NaN}', 400),
        ("[" * 100_000, 400),
        ('"text"', 422),
        ('[{"name": "Northwind"}]', 422),
        ("null", 422),
        ('{"name": "Northwind", "nonsense": 1}', 422),
    ],
)
def test_a_body_that_no_route_can_read_is_refused(raw: str, status: int) -> None:
    answer = ADMIN.call("POST", "clients", raw=raw)
    assert (answer.status, answer.is_problem) == (status, True)
    assert ADMIN.get("clients").body["items"] == []


def test_a_missing_body_is_refused() -> None:
    assert ADMIN.post("clients").status == 422


def test_an_oversized_body_is_refused() -> None:
    answer = ADMIN.post("clients", {"name": "x" * 300_000})
    assert (answer.status, answer.is_problem) == (413, True)


@pytest.mark.parametrize("content_type", ["text/xml", "application/x-www-form-urlencoded", "multipart/form-data", ""])
def test_a_body_that_is_not_json_by_its_header_is_refused(content_type: str) -> None:
    answer = ADMIN.call("POST", "clients", {"name": "Northwind"}, headers={"content-type": content_type})
    assert (answer.status, answer.is_problem) == (415, True)


def test_a_base64_body_is_read_and_a_broken_one_refused() -> None:
    made = ADMIN.event("POST", "clients", {"name": "Northwind"})
    made |= {"isBase64Encoded": True, "body": base64.b64encode(made["body"].encode()).decode()}
    assert send(made).status == 201
    answer = send({**made, "body": base64.b64encode(b'{"name": "\xff\xfe"}').decode()})
    assert (answer.status, answer.is_problem) == (400, True)


def test_a_validation_error_names_the_field() -> None:
    answer = PLATFORM.post("/v1/tenants", {"id": "NOT VALID", "name": ""})
    assert answer.status == 422
    assert answer.body["field"] == "id"
    assert {line["field"] for line in answer.body["errors"]} == {"id", "name"}


def test_a_parameter_out_of_bounds_names_itself() -> None:
    answer = ADMIN.get("clients", limit=1000)
    assert (answer.status, answer.body["field"]) == (422, "limit")


def test_a_page_token_that_is_none_of_ours_is_refused() -> None:
    answer = ADMIN.get("clients", start="!!!")
    assert (answer.status, answer.body["field"]) == (422, "start")


def test_an_error_nobody_expected_says_nothing_about_us(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("timebridge.store.tenants.Tenants.get", fail)
    answer = ADMIN.get("")
    assert (answer.status, answer.is_problem) == (500, True)
    assert "secret detail" not in answer.text


@pytest.mark.parametrize(
    ("error", "status", "retry_after"),
    [
        (RateLimited("Too fast.", retry_after=30), 429, "30"),
        (Transient("The database is busy.", detail="ProvisionedThroughputExceeded"), 503, "5"),
        (Stale("Somebody was faster."), 409, None),
        (Disconnected("Access was revoked.", remedy="Reconnect."), 409, None),
        (Misconfigured("Not set up.", detail="no such table: secret-name"), 500, None),
    ],
)
def test_an_error_of_the_road_is_told_by_what_to_do_about_it(
    monkeypatch: pytest.MonkeyPatch, error: SyncError, status: int, retry_after: str | None
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("timebridge.store.tenants.Tenants.get", fail)
    answer = ADMIN.get("")
    assert (answer.status, answer.headers.get("Retry-After"), answer.is_problem) == (status, retry_after, True)
    assert (answer.body["detail"], answer.body["cause"]) == (error.for_user, type(error).__name__)
    assert not error.detail or error.detail not in answer.text


# --- tenants ---------------------------------------------------------------------------------------------------------


def test_a_tenant_is_created_and_listed() -> None:
    created = PLATFORM.post("/v1/tenants", {"id": "globex", "name": "Globex", "time_zone": "America/New_York"})
    assert created.status == 201
    assert created.body == {"id": "globex", "name": "Globex", "time_zone": "America/New_York", "revision": 1}
    assert [found["id"] for found in PLATFORM.get("/v1/tenants").body["items"]] == ["acme", "globex"]


def test_a_tenant_without_an_id_is_given_one() -> None:
    id = PLATFORM.post("/v1/tenants", {"name": "Globex"}).body["id"]
    assert PLATFORM.get(f"/v1/tenants/{id}").body["name"] == "Globex"


def test_a_tenant_id_that_is_taken_is_a_conflict() -> None:
    answer = PLATFORM.post("/v1/tenants", {"id": "acme", "name": "Another"})
    assert (answer.status, answer.body["field"]) == (409, "id")
    assert ADMIN.get("").body["name"] == "Acme"


def test_a_tenant_may_not_take_the_key_of_the_list_of_tenants() -> None:
    assert PLATFORM.post("/v1/tenants", {"id": "tenant", "name": "Sly"}).status == 422


@pytest.mark.parametrize("zone", ["Europe/Nowhere", "../../etc/passwd", "America", "\0"])
def test_a_time_zone_must_exist(zone: str) -> None:
    answer = ADMIN.patch("", {"time_zone": zone, "revision": 1})
    assert (answer.status, answer.body["field"]) == (422, "time_zone")


def test_a_tenant_is_changed_at_its_revision_only() -> None:
    assert ADMIN.patch("", {"name": "Acme Ltd"}).status == 428
    changed = ADMIN.patch("", {"name": "Acme Ltd"}, if_match='"1"')
    assert (changed.status, changed.body["name"], changed.headers["ETag"]) == (200, "Acme Ltd", '"2"')
    late = ADMIN.patch("", {"name": "Too late", "revision": 1})
    assert late.status == 409
    assert late.body["current"] == {"name": "Acme Ltd", "time_zone": "Europe/Vienna", "revision": 2}


def test_a_header_that_is_no_revision_is_refused() -> None:
    answer = ADMIN.patch("", {"name": "Acme Ltd"}, if_match="*")
    assert (answer.status, answer.body["field"]) == (422, "If-Match")


def test_every_change_is_audited_with_its_author() -> None:
    ADMIN.patch("", {"name": "Acme Ltd", "revision": 1})
    [line] = ADMIN.get("audit").body["items"]
    assert (line["actor"], line["what"], line["target"]) == ("ada@acme.example", "tenant.update", "acme")
    assert (line["before"]["name"], line["after"]["name"]) == ("Acme", "Acme Ltd")


@pytest.mark.parametrize("door", sorted(DOORS))
def test_no_tenant_is_called_like_a_door_of_the_console(door: str) -> None:
    answer = PLATFORM.post("/v1/tenants", {"id": door, "name": "Acme"})
    assert (answer.status, answer.body["field"]) == (422, "id")


def test_more_than_one_answer_can_carry_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ADMIN.post("clients", {"name": "Acme"}).status == 201
    monkeypatch.setattr(access, "MOST", 100)
    answer = ADMIN.get("clients")
    assert (answer.status, answer.body["remedy"]) == (413, "Ask for less: a shorter time, or a filter.")


# --- recorded events -------------------------------------------------------------------------------------------------

EXPECTED = {
    "me": 200,
    "openapi": 200,
    "create_tenant": 409,  # the fixture made it
    "create_connection": 201,
    "list_projects": 200,
    "create_client": 201,
    "create_client_elsewhere": 403,
    "approve_time_entry_as_viewer": 403,
}


def test_every_recorded_event_is_answered_as_expected() -> None:
    recorded = {path.stem for path in (ROOT / "events" / "admin_api").glob("*.json")}
    assert {case: send(event("admin_api", case)).status for case in recorded} == EXPECTED


# --- the document ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    answer = send(event("admin_api", "openapi"))
    assert answer.status == 200
    found: dict[str, Any] = answer.body
    return found


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method, found) for path, each in document["paths"].items() for method, found in each.items()]


def test_the_document_is_public_and_small_enough_to_send(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert len(json.dumps(document)) < 1_000_000


def test_every_operation_is_described_completely(document: dict[str, Any]) -> None:
    for path, method, found in operations(document):
        where = f"{method} {path}"
        assert found["summary"], where
        assert found["tags"], where
        assert any(status.startswith("2") for status in found["responses"]), where
        if path != "/openapi.json":
            assert [list(each) for each in found["security"]] == [["users"]], where
            assert found["security"][0]["users"], where
            assert {"401", "403", "404", "422", "500"} <= found["responses"].keys(), where
        named = set(re.findall(r"{(\w+)}", path))
        assert {each["name"] for each in found.get("parameters", []) if each["in"] == "path"} == named, where


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    pytest.importorskip("openapi_spec_validator").validate(document)


def test_operation_ids_are_unique(document: dict[str, Any]) -> None:
    ids = [found["operationId"] for _, _, found in operations(document)]
    assert len(ids) == len(set(ids))


def test_every_reference_in_the_document_leads_somewhere(document: dict[str, Any]) -> None:
    for ref in set(re.findall(r'"\$ref": "#/([^"]+)"', json.dumps(document))):
        found: Any = document
        for step in ref.split("/"):
            found = found[step]


def test_the_document_knows_the_values_of_each_kind(document: dict[str, Any]) -> None:
    values = document["components"]["schemas"]["TimeEntryValues"]
    assert set(values["required"]) == {"project", "staff", "work_date", "hours"}
    assert values["properties"]["hours"]["type"] == ["number", "null"]
    assert values["properties"]["billable"] == {"type": ["boolean", "null"], "default": True}
    assert values["properties"]["work_date"]["format"] == "date"
    assert "status" not in values["properties"]
    assert "hours_total" not in document["components"]["schemas"]["ProjectValues"]["properties"]


def test_the_page_about_the_api_lists_exactly_the_settings_there_are() -> None:
    page = (Path(ROOT) / "docs" / "api.md").read_text()
    for provider in ("salesforce", "quickbooks_online"):
        lines = re.findall(rf"^\| (?:{provider}|each) \| ([^|]+) \|", page, re.MULTILINE)
        written = {name for line in lines for name in re.findall(r"`(\w+)`", line)}
        answer = ADMIN.post("connections", {"provider": provider, "settings": {"never": 1}})
        assert ", ".join(sorted(written)) in answer.body["remedy"]


def test_the_page_about_the_api_lists_exactly_the_routes_there_are() -> None:
    page = (Path(ROOT) / "docs" / "api.md").read_text()
    written = set(re.findall(r"^\| `(\w+) (/\S+)`", page, re.MULTILINE))
    app = door("admin_api").app
    routes = {(route.method, route.openapi_path) for route in [*app._static_routes, *app._dynamic_routes]}
    assert written == routes

"""Whatever is sent to the admin API, it answers with a status that means something: never a failure of its own."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.admin import Person
from tests.stage import Stage
from timebridge.store.tenants import Tenants
from timebridge.tenants import Tenant

ADMIN = Person(("platform_admin", "tenant_admin"))
FAST = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

TEXT = st.text(st.characters(codec=None), max_size=40)
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
ANYTHING = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3))
FIELDS = st.sampled_from(
    ["name", "email", "active", "hours", "work_date", "project", "staff", "budget", "id", "time_zone", "provider",
     "settings", "rhythm", "values", "revision", "kind", "object", "flow", "client", "status"]
)  # fmt: skip
BODIES = st.dictionaries(FIELDS, ANYTHING, max_size=5)
PATHS = st.sampled_from(
    ["clients", "projects", "time-entries", "expenses", "connections", "clients/cli_1/archive", "/v1/tenants"]
)


@pytest.fixture(autouse=True)
def tenant(stage: Stage) -> Tenant:  # noqa: ARG001 (it brings AWS along)
    return Tenants().save(Tenant("acme", "Acme", "Europe/Vienna"))


@FAST
@given(path=PATHS, body=BODIES | ANYTHING)
def test_no_body_makes_the_api_fail(path: str, body: Any) -> None:
    answer = ADMIN.post(path, body)
    assert answer.status in (201, 400, 404, 409, 413, 415, 422, 428), answer.text


@FAST
@given(body=BODIES)
def test_no_patch_makes_the_api_fail(body: Any) -> None:
    for path in ("", "clients/cli_1", "connections/salesforce-1"):
        assert ADMIN.patch(path, body).status in (200, 400, 404, 409, 422, 428)


@FAST
@given(raw=st.text(max_size=60))
def test_no_text_makes_the_api_fail(raw: str) -> None:
    assert ADMIN.call("POST", "clients", raw=raw).status in (201, 400, 422)


@FAST
@given(
    kinds=st.sampled_from(["clients", "contacts", "time-entries", "firms", "connections", "audit"]),
    query=st.dictionaries(
        st.sampled_from(["q", "parent", "status", "staff", "start", "limit"]), st.text(max_size=300), max_size=4
    ),
)
def test_no_query_makes_the_api_fail(kinds: str, query: dict[str, str]) -> None:
    assert ADMIN.call("GET", kinds, query=query).status in (200, 422)


@FAST
@given(steps=st.lists(st.text(max_size=40) | st.sampled_from(["acme", "clients", "connections", "runs"]), max_size=6))
def test_no_path_makes_the_api_fail(steps: list[str]) -> None:
    for method in ("GET", "POST", "DELETE"):
        answer = ADMIN.call(method, "/v1/tenants/" + "/".join(steps))
        assert answer.status in (200, 404, 422, 428), answer.text


@pytest.mark.parametrize("header", ["9" * 5000, "9" * 25, "-1", "٣", "W/", '""'])
def test_no_revision_makes_the_api_fail(header: str) -> None:
    assert ADMIN.patch("", {"name": "x"}, if_match=header).status in (409, 422)


@pytest.mark.parametrize("name", ["\u0390" * 255, "\U0001f600" * 255, "\ufb03" * 255, "#", "\0", "a#b~c"])
def test_no_name_makes_the_api_fail(name: str) -> None:
    created = ADMIN.post("clients", {"name": name})
    assert created.status in (201, 422), created.text
    assert ADMIN.get("clients", q=name[:200]).status == 200

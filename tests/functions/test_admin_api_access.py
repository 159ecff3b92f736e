"""Who may do what, and that nobody reaches another tenant: tried on every route there is, not on a list of them."""

import re
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from jsonschema import Draft202012Validator

from tests.admin import Answer, Person, send
from tests.pool import sign_up, user_pool
from tests.stage import Stage, door, event
from timebridge.api.kinds import PLURAL_OF
from timebridge.links import Link, State
from timebridge.runs import RunStatus
from timebridge.store.audit import Audit
from timebridge.store.links import DynamoLinks
from timebridge.store.people import People
from timebridge.store.records import Workspace
from timebridge.store.runs import Runs
from timebridge.store.tables import TABLES
from timebridge.store.tenants import Connections, Tenants
from timebridge.tenants import Connection, Provider, Role, Status, Tenant

SECRET = "globex-only"

COST_RATE, COST, COSTS = "7777.77", "15555.54", "31111.08"
"""What a person costs, their entry of two hours, and both their entries on the project."""


def routes() -> list[Any]:
    app = door("admin_api").app
    return [route for route in [*app._static_routes, *app._dynamic_routes] if route.path != "/openapi.json"]


def label(route: Any) -> str:
    return f"{route.method} {route.openapi_path}"


ROUTES = routes()
OF_A_TENANT = [route for route in ROUTES if "<tenant>" in route.path]


@pytest.fixture
def names(stage: Stage) -> Iterator[dict[str, str]]:  # noqa: ARG001 (it brings AWS along)
    """Two tenants that hold the same kinds of things; the ids are those of globex, which nobody of acme may see."""
    found: dict[str, str] = {}
    with user_pool():
        for tenant in ("acme", "globex"):
            Tenants().save(Tenant(tenant, f"{tenant}-only"))
            found = furnish(tenant)
        yield found


def furnish(tenant: str) -> dict[str, str]:
    space = Workspace(tenant, f"{tenant}-only")
    client = space.create("client", {"name": f"{tenant}-only"})
    project = space.create("project", {"name": f"{tenant}-only", "client": client.id})
    staff = space.create("staff", {"name": f"{tenant}-only", "email": "ada@acme.example", "cost_rate": COST_RATE})
    worked = {"work_date": "2026-11-20", "hours": 2, "notes": f"{tenant}-only"}
    entry = space.create("time_entry", {"project": project.id, "staff": staff.id, **worked})
    other = space.create("staff", {"name": f"{tenant}-only", "email": "kim@acme.example", "manager": staff.id})
    handed = space.create("time_entry", {"project": project.id, "staff": staff.id, **worked})
    led = space.create("time_entry", {"project": project.id, "staff": other.id, **worked})
    connection = Connections().save(
        Connection(
            f"salesforce-{tenant}",
            tenant,
            Provider.SALESFORCE,
            Status.LIVE,
            account=f"00D-{tenant}",
            account_name=f"{tenant}-only",
            webhook_secret=f"{tenant}-only",
        )
    )
    runs = Runs(tenant, connection.id)
    run = runs.start("pull", f"{tenant}-only")
    runs.finish(run.id, RunStatus.STOPPED, reason=f"{tenant}-only")
    link = Link("salesforce.account", client.id, f"001-{tenant}", State.LIVE, {"name": f"{tenant}-only"})
    DynamoLinks(tenant, connection.id).save([link])
    Audit(tenant).write(f"{tenant}-only", "test", tenant)
    user = sign_up(f"{tenant}-only@people.example", tenant, "viewer", name=f"{tenant}-only")
    People(tenant).seen(user, f"{tenant}-only@people.example", ["viewer"], f"{tenant}-only")
    return {
        "user": user,
        "tenant": tenant,
        "connection": connection.id,
        "run": run.id,
        "flow": "salesforce.account",
        "ours": client.id,
        "kinds": "time-entries",
        "id": entry.id,
        "handed": handed.id,
        "led": led.id,
        "opportunity": "006000000000001AAA",
        "number": "1",
        "customer": "58",
        "type": "time",
    }


OTHER_IDS = {"submit_entry": "handed"} | dict.fromkeys(("approve_entry", "reject_entry", "reopen_entry"), "led")
"""Routes that want another entry than the one that is edited: a draft of the caller, or one of whom they lead."""


def address(route: Any, names: dict[str, str], **other: str) -> str:
    id = OTHER_IDS.get(route.operation_id)
    known = names | ({"id": names[id]} if id else {}) | other
    return re.sub(r"<(\w+)>", lambda found: known[found[1]], route.path)


BODIES: dict[str, Any] = {
    "create_tenant": {"name": "New"},
    "update_tenant": {"name": "Changed", "revision": 1},
    "create_connection": {"provider": "salesforce"},
    "update_connection": {"rhythm": "daily", "revision": 1},
    "update_record": {"values": {"notes": "Changed"}, "revision": 1},
    "archive_record": {"revision": 1},
    "restore_record": {"revision": 1},
    "invite_user": {"email": "new@people.example", "name": "New", "role": "viewer"},
    "update_user": {"role": "member"},
    "save_step": {"step": "check"},
    "change_rules": {},
    "change_order": {"kinds": []},
    "try_draft": {"flow": "salesforce.account"},
    "sync_now": {},
    "start_timer": {},
    "change_timer": {"notes": "Changed"},
    "set_member": {"staff": "stf_1"},
    "choose_items": {"items": None},
    "save_app": {"instance_url": "sandbox"},
    "save_draft": {"settings": {}},
    "link_by_hand": {"flow": "salesforce.account", "ours": "cli_1", "theirs": "001000000000001AAA"},
    "relink": {"theirs": "001000000000001AAA"},
    "answer_question": {"answer": "create"},
    "accept_likely": {"score": 90},
    "decide_conflict": {"field": "name", "take": "ours"},
    "preview_match": {},
    "start_import": {"type": "time", "from": "2026-01-01", "to": "2026-12-31"},
    "merge_records": {"into": "ent_1"},
    "block": {"customer": "58"},
    "set_aside": {"reason": "It may stay so."},
    "set_alike_aside": {"reason": "It may stay so."},
    "post_postings": {"type": "time", "ids": ["ent_1"]},
    "withdraw_postings": {"type": "time", "ids": ["ent_1"]},
    "repost_postings": {"type": "time", "ids": ["ent_1"]},
    "preview_postings": {"type": "time", "ids": ["ent_1"]},
}


QUERIES: dict[str, dict[str, str]] = {
    "find_theirs": {"q": "Northwind"},
    "preview_merge": {"into": "ent_1"},
    "show_grid": {"from": "2026-11-16", "to": "2026-11-22"},
    "list_samples": {"flow": "salesforce.account", "fate": "paired"},
}
"""What a route cannot do without, beside its address."""


def body(route: Any, names: dict[str, str]) -> Any:
    """What makes the call succeed for somebody who may make it."""
    if route.operation_id == "create_record":
        of_globex = Workspace(names["tenant"]).get("time_entry", names["id"])
        assert of_globex is not None
        return {name: of_globex.values[name] for name in ("project", "staff")} | {"work_date": "2026-11-21", "hours": 1}
    return BODIES.get(route.operation_id)


def stored() -> dict[str, list[Any]]:
    """Everything that is in the tables, but for the lines that say who was refused nothing."""
    client = boto3.client("dynamodb")
    tables = [table._get_connection().table_name for table in TABLES]
    return {name: sorted(client.scan(TableName=name)["Items"], key=str) for name in tables}


def without_audit(found: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """Where somebody is refused in their own tenant, the audit trail says so: see `test_C17_…`."""
    return {name: items for name, items in found.items() if "audit" not in name}


OUTWARD = ("test_connection", "disconnect", "check_all", "check_app")
"""Routes that ask the provider; they have tests of their own."""


def call(person: Person, route: Any, names: dict[str, str], **other: str) -> Answer:
    query = QUERIES.get(route.operation_id)
    return person.call(route.method, address(route, names, **other), body(route, names), query)


def is_for_insiders(route: Any) -> bool:
    """The address of a webhook is a key to the tenant's door: the platform's own administrators are not shown it."""
    return "/webhook" in route.path


def test_every_route_names_the_roles_that_may_use_it() -> None:
    for route in ROUTES:
        [[scheme, roles]] = route.security[0].items()
        assert scheme == "users"
        assert roles, label(route)
        assert set(roles) <= set(Role), label(route)
        assert (Role.PLATFORM_ADMIN in roles) is not is_for_insiders(route), label(route)


def test_what_changes_something_is_never_open_to_viewers() -> None:
    open_to_viewers = {label(route) for route in ROUTES if "viewer" in route.security[0]["users"]}
    assert {line.split()[0] for line in open_to_viewers} == {"GET"}


@pytest.mark.parametrize("role", ["tenant_admin", "member", "viewer"])
def test_no_route_reaches_another_tenant(names: dict[str, str], stage: Stage, role: str) -> None:
    outsider, before = Person((role,), "acme"), stored()
    for route in OF_A_TENANT:
        answer = call(outsider, route, names)
        assert answer.status == 403, label(route)
        assert SECRET not in answer.text, label(route)
    assert stored() == before
    assert stage.bodies() == []


def test_a_foreign_tenant_is_refused_in_the_same_words_as_one_that_is_not_there(names: dict[str, str]) -> None:
    outsider = Person(("tenant_admin",), "acme")
    for route in OF_A_TENANT:
        assert call(outsider, route, names).text == call(outsider, route, names, tenant="never-was").text, label(route)


def test_ids_of_another_tenant_lead_nowhere_inside_ones_own(names: dict[str, str], stage: Stage) -> None:
    """The tenant is one's own, and everything else in the address belongs to globex."""
    insider, before = Person(("tenant_admin",), "acme"), stored()
    of_others = [route for route in OF_A_TENANT if re.search(r"<(?!tenant|kinds)", route.path)]
    answers = {label(route): call(insider, route, names, tenant="acme") for route in of_others}
    assert {name: answer.text for name, answer in answers.items() if answer.status != 404} == {}
    assert [name for name, answer in answers.items() if SECRET in answer.text] == []
    assert stored() == before
    assert stage.bodies() == []


def test_a_record_cannot_refer_to_one_of_another_tenant(names: dict[str, str]) -> None:
    foreign = body(next(route for route in ROUTES if route.operation_id == "create_record"), names)
    answer = Person(("tenant_admin",), "acme").post("time-entries", foreign)
    assert (answer.status, answer.body["field"]) == (422, "project")


@pytest.mark.parametrize(("role", "hears"), [("tenant_admin", True), ("member", False), ("viewer", False)])
def test_what_people_cost_is_told_to_administrators_alone(names: dict[str, str], role: str, hears: bool) -> None:
    entry = Workspace("globex").read("time_entry", [names["id"]])[0]
    told = set()
    for kinds, id in (("time-entries", entry.id), *((kind, entry.values[kind]) for kind in ("staff", "project"))):
        concerned = {"kinds": PLURAL_OF.get(kinds, kinds), "id": str(id)}
        for route in OF_A_TENANT:
            if route.operation_id not in OUTWARD:
                answer = call(Person((role,), "globex"), route, names, **concerned)
                told |= {label(route) for secret in (COST_RATE, COST, COSTS) if secret in answer.text}
    assert bool(told) == hears, told


@pytest.mark.parametrize("role", [role.value for role in Role])
def test_each_role_is_let_in_exactly_where_the_route_says(names: dict[str, str], role: str) -> None:
    person = Person((role,), "globex")
    for route in ROUTES:
        if route.operation_id in OUTWARD:
            continue
        allowed = role in route.security[0]["users"]
        before = stored()
        answer = call(person, route, names)
        assert (answer.status != 403) == allowed, (label(route), answer.text)
        if not allowed:
            assert without_audit(stored()) == without_audit(before), label(route)


def test_every_answer_is_what_the_document_promises(names: dict[str, str]) -> None:
    document = send(event("admin_api", "openapi")).body
    for role in ("platform_admin", "tenant_admin", "viewer"):
        for route in ROUTES:
            answer = call(Person((role,), "globex"), route, names)
            paths = document["paths"]
            path = route.openapi_path.replace(
                "{kinds}", names["kinds"]
            )  # written out where kinds differ in their values
            promised = paths[path if path in paths else route.openapi_path][route.method.lower()]["responses"]
            [[media, content]] = resolved(promised[str(answer.status)], document)["content"].items()
            assert answer.headers["Content-Type"] == media, label(route)
            schema = {**content["schema"], "components": document["components"]}
            said = answer.body if "json" in media else answer.text
            Draft202012Validator(schema).validate(said)


def resolved(found: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    for step in found.get("$ref", "#").split("/")[1:]:
        document = document[step]
    return document if "$ref" in found else found


@pytest.mark.parametrize("roles", [(), ("accountant",), ("platform-admin",)])
def test_groups_that_are_no_roles_open_nothing(names: dict[str, str], roles: tuple[str, ...]) -> None:
    for route in ROUTES:
        assert call(Person(roles, "globex"), route, names).status == 403, label(route)


def test_a_token_without_a_tenant_opens_no_tenant(names: dict[str, str]) -> None:
    for route in OF_A_TENANT:
        answer = call(Person(("tenant_admin",), None), route, names)
        assert answer.status == 403, label(route)


def test_without_claims_nobody_is_signed_in(names: dict[str, str]) -> None:
    for route in ROUTES:
        for authorizer in (None, {}, {"jwt": {}}, {"jwt": {"claims": {}}}, {"jwt": {"claims": {"email": "x"}}}):
            made = Person().event(route.method, address(route, names))
            made["requestContext"]["authorizer"] = authorizer
            answer = send(made)
            assert (answer.status, answer.is_problem) == (401, True), label(route)


@pytest.mark.usefixtures("names")
def test_groups_are_read_in_every_shape_a_gateway_hands_them_over() -> None:
    for groups in ("[viewer tenant_admin]", "[viewer, tenant_admin]", "tenant_admin", ["tenant_admin"]):
        made = Person((), "globex").event("GET", "/v1/tenants/globex/audit")
        made["requestContext"]["authorizer"]["jwt"]["claims"]["cognito:groups"] = groups
        assert send(made).status == 200, groups


def test_a_platform_admin_reaches_every_tenant_but_none_that_is_not_there(names: dict[str, str]) -> None:
    operator = Person(("platform_admin",), None)
    assert operator.get("/v1/tenants/globex").body["name"] == SECRET
    before = stored()
    for route in OF_A_TENANT:
        refused = 403 if is_for_insiders(route) else 404
        assert call(operator, route, names, tenant="never-was").status == refused, label(route)
    assert stored() == before


@pytest.mark.usefixtures("names")
def test_a_path_that_tries_to_break_out_of_its_tenant_leads_nowhere() -> None:
    insider = Person(("tenant_admin",), "acme")
    for crooked in ("acme%23globex", "acme/../globex", "ACME", "acme globex", "%2e%2e", "acme%2Fglobex"):
        answer = insider.get(f"/v1/tenants/{crooked}/clients")
        assert answer.status in (403, 404), crooked
        assert SECRET not in answer.text

"""The order of the initial sync: parents before children, and else as somebody likes."""

import pytest

from tests.admin import Person
from tests.console import Browser
from tests.stage import Stage
from timebridge.ordering import ancestors_of, kinds_in_order
from timebridge.presets import flows_of
from timebridge.runs import RunStatus
from timebridge.store.runs import Runs
from timebridge.store.tenants import Tenants
from timebridge.tenants import Connection, Provider, Status, Tenant

BASE = "connections/quickbooks_online"
ORDER = f"{BASE}/order"


@pytest.fixture(autouse=True)
def set_up(stage: Stage) -> Connection:
    Tenants().save(Tenant("acme", "Acme", "Europe/Vienna"))
    stage.new_connection(Provider.QUICKBOOKS_ONLINE, setup={"step": "preview"})
    stage.consent(stage.connection("quickbooks_online"))
    return stage.connection("quickbooks_online")


def kinds(admin: Person) -> list[str]:
    return [step["kind"] for step in admin.get(ORDER).body["items"]]


def planned(stage: Stage) -> list[str]:
    state = {"tenant": stage.tenant, "connection": "quickbooks_online"}
    run = stage.connection("quickbooks_online").run
    return [each["name"] for each in stage.call("initial_sync", {"step": "plan", **state, "run": run})["phases"]]


def test_parents_come_first_whatever_was_wished(set_up: Connection) -> None:
    flows = flows_of(set_up)
    for wish in ([], ["payment", "invoice", "project", "client"], ["expense", "nothing of the kind"]):
        found = kinds_in_order(flows, wish)
        assert sorted(found) == sorted({flow.kind for flow in flows})
        for child, parents in ancestors_of(flows).items():
            assert all(found.index(parent) < found.index(child) for parent in parents), (child, wish)


def test_a_load_goes_through_the_kinds_as_it_was_chosen(stage: Stage, admin: Person) -> None:
    usual = kinds(admin)
    assert usual.index("client") < usual.index("project")
    wish = ["account", *(kind for kind in usual if kind != "account")]

    changed = admin.post(ORDER, {"kinds": wish})

    assert (changed.status, changed.body["chosen"], kinds(admin)) == (200, True, wish)
    admin.post(f"{BASE}/resume")
    assert planned(stage)[0] == "Account"
    refused = admin.post(ORDER, {"kinds": usual})
    assert (refused.status, "Cancel it first" in refused.body["remedy"]) == (409, True)
    stage.load("quickbooks_online")
    assert stage.connection("quickbooks_online").status is Status.LIVE


def test_a_child_before_its_parent_is_refused_in_a_sentence(admin: Person) -> None:
    refused = admin.post(ORDER, {"kinds": ["project", "client"]})

    assert (refused.status, refused.body["field"]) == (422, "kinds")
    assert refused.body["detail"] == "Projects refer to clients, so they cannot come first."
    assert admin.patch(BASE, {"settings": {"order": ["invoice", "client"]}, "revision": 99}).status == 422
    assert admin.post(ORDER, {"kinds": ["moods"]}).status == 422


def test_what_was_exported_before_is_taken_up_in_another_order(stage: Stage, admin: Person) -> None:
    stage.bookkeeper("Customer", DisplayName="Northwind Ltd")
    run = admin.post(f"{BASE}/resume").body["run"]
    state = {"tenant": stage.tenant, "connection": "quickbooks_online", "run": run}
    phases = stage.call("initial_sync", {"step": "plan", **state})["phases"]
    exported = {each["name"]: len(stage.export(state, each)) for each in phases}
    assert exported["Customer"] == 1
    admin.post(f"{BASE}/runs/{run}/cancel")
    usual = kinds(admin)
    admin.post(ORDER, {"kinds": [usual[1], usual[0], *usual[2:]]})

    again = admin.post(f"{BASE}/resume").body["run"]
    stage.quickbooks.calls.clear()
    anew = {**state, "run": again}
    for phase in stage.call("initial_sync", {"step": "plan", **anew})["phases"]:
        assert len(stage.export(anew, phase)) == exported[phase["name"]]
    assert stage.quickbooks.calls.total <= 1  # whether the account fits; nothing is exported twice
    stage.load("quickbooks_online")
    found = Runs(stage.tenant, "quickbooks_online").get(again)
    assert found is not None
    assert found.status is RunStatus.DONE


def test_another_order_leaves_the_preview_as_it_is(stage: Stage, admin: Person) -> None:
    admin.post(f"{BASE}/preview")
    stage.work()
    usual = kinds(admin)

    admin.post(ORDER, {"kinds": [usual[1], usual[0], *usual[2:]]})

    assert admin.get(f"{BASE}/preview").body["outdated"] is False
    admin.post(f"{BASE}/rules", {"choices": {"vendors": "all"}})
    assert admin.get(f"{BASE}/preview").body["outdated"] is True


def test_it_is_moved_up_and_down_with_buttons(stage: Stage, admin: Person) -> None:
    admin.post(f"{BASE}/preview")
    stage.work()
    ada, usual = Browser(), kinds(admin)
    page = ada.get(f"{BASE}/setup/preview")
    assert "In this order" in page.text
    form = {"kind": usual, "to": "preview"}

    moved = ada.post(f"{BASE}/order", form | {"move": f"up {usual[1]}"})
    assert (moved.status, kinds(admin)[:2]) == (303, [usual[1], usual[0]])
    ada.post(f"{BASE}/order", form | {"kind": kinds(admin), "move": f"down {usual[1]}"})
    assert kinds(admin) == usual

    wrong = [kind for kind in usual if kind != "client"] + ["client"]
    refused = ada.post(f"{BASE}/order", form | {"kind": wrong})
    assert "cannot come first" in refused.said
    ada.post(f"{BASE}/order", form | {"move": "usual"})
    assert "order" not in stage.connection("quickbooks_online").settings


def test_who_may_not_change_it_sees_it(admin: Person) -> None:
    admin.post(f"{BASE}/resume")
    page = Browser(("member",), name="bob@acme.example").get(f"{BASE}/load")

    assert page.status == 200
    assert not [form for form in page.forms if form["action"].endswith("/order")]
    assert Browser(("member",), name="bob@acme.example").post(f"{BASE}/order", {"kind": "client"}).status == 403

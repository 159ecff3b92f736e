"""Lists, search, comparison and the story of a record: what the console's pages of records are made of."""

from typing import Any

import pytest

from tests.admin import Person
from tests.stage import Stage, control
from timebridge.store.records import Workspace
from timebridge.tenants import Provider

WON = {"StageName": "Closed Won", "CloseDate": "2026-12-31"}
VIEWER = Person(("viewer",), name="vera@acme.example")
LINKS = "connections/salesforce/links"


@pytest.fixture
def org(stage: Stage) -> Stage:
    stage.connect(Provider.SALESFORCE, settings={"presets": ["projects"], "flows": {}})
    stage.bodies()
    return stage


def won(stage: Stage, name: str, client: str = "Northwind Ltd") -> str:
    known = stage.salesforce_has("Account", Name=client)
    account = known[0]["Id"] if known else stage.seller("create", "Account", Name=client)
    id: str = stage.seller("create", "Opportunity", Name=name, AccountId=account, **WON)
    stage.noticed("Opportunity", id)
    stage.work()
    return id


def listed(kinds: str, **query: Any) -> list[dict[str, Any]]:
    answer = VIEWER.get(f"listings/{kinds}", **query)
    assert answer.status == 200, answer.text
    items: list[dict[str, Any]] = answer.body["items"]
    return items


def names(items: list[dict[str, Any]]) -> list[str]:
    return [item["name"] for item in items]


def found(text: str) -> list[tuple[str, str, str]]:
    answer = VIEWER.get("search", q=text)
    assert answer.status == 200, answer.text
    return [(item["kinds"], item["name"], item["by"]) for item in answer.body["items"]]


def one(kinds: str, **query: Any) -> dict[str, Any]:
    [item] = listed(kinds, **query)
    return item


# --- lists -----------------------------------------------------------------------------------------------------------


def test_a_list_says_of_each_record_how_it_stands_and_what_it_belongs_to(org: Stage) -> None:
    theirs = won(org, "Website")

    item = one("projects")

    assert item["name"] == "Website"
    assert list(item["names"].values()) == ["Northwind Ltd"]
    [badge] = item["sync"]
    assert (badge["badge"], badge["cause"], badge["connection"]) == ("synced", "in_step", "salesforce")
    assert (badge["theirs"], badge["url"].rpartition("/")[2]) == (theirs, theirs)


def test_an_edit_that_has_not_gone_out_yet_is_pending(org: Stage, admin: Person) -> None:
    won(org, "Website")
    project = one("projects")["record"]
    admin.patch(f"projects/{project['id']}", {"values": {"end_date": "2027-01-31"}, "revision": project["revision"]})

    [badge] = one("projects")["sync"]

    assert (badge["badge"], badge["cause"]) == ("pending", "not_yet")
    assert "end date" in badge["words"]
    assert listed("projects", badge="synced") == []
    assert names(listed("projects", badge="pending", connection="salesforce")) == ["Website"]


@pytest.mark.usefixtures("org")
def test_words_of_a_name_and_beginnings_of_numbers_are_found_on_the_server(workspace: Workspace) -> None:
    client = workspace.create("client", {"name": "Northwind Ltd"})
    for number in range(5):
        values = {"client": client.id, "name": f"Phase {number} of the roll-out", "code": f"P-{number}"}
        workspace.create("project", values)

    assert names(listed("projects", q="roll-out 3")) == ["Phase 3 of the roll-out"]
    assert names(listed("projects", q="p-4")) == ["Phase 4 of the roll-out"]
    assert listed("projects", q="nothing") == []
    first = VIEWER.get("listings/projects", q="phase", limit=3).body
    rest = VIEWER.get("listings/projects", q="phase", limit=3, start=first["next"]).body
    assert [len(first["items"]), len(rest["items"])] == [3, 2]
    assert len({*names(first["items"]), *names(rest["items"])}) == 5


def test_what_stands_as_asked_is_paged_without_a_gap(org: Stage, workspace: Workspace) -> None:
    won(org, "M won")
    client = workspace.create("client", {"name": "Northwind Two"})
    for number in range(7):
        workspace.create("project", {"client": client.id, "name": f"P{number}"})
    seen, start, pages = [], None, 0
    while pages < 9:
        page = VIEWER.get("listings/projects", badge="not_shared", limit=2, start=start).body
        seen += names(page["items"])
        start, pages = page["next"], pages + 1
        if start is None:
            break

    assert sorted(seen) == [f"P{number}" for number in range(7)]
    assert names(listed("projects", connection="salesforce")) == ["M won"]


def test_what_is_parked_is_found_among_all(org: Stage, admin: Person, workspace: Workspace) -> None:
    theirs = won(org, "Website")
    won(org, "Fine")
    link = admin.get(LINKS, theirs=theirs).body["items"][0]
    project = workspace.get("project", link["ours"])
    assert project is not None
    order = {"object": "Opportunity", "code": "FIELD_CUSTOM_VALIDATION_EXCEPTION", "fields": ["Name"]}
    control("POST", f"{org.salesforce.url}/_sandbox/refusals", json={**order, "message": "No project without a code"})
    workspace.update("project", project.id, {"name": "Website 2"}, project.version or "")
    admin.post("connections/salesforce/sync", {"kind": "project", "id": project.id})
    org.work()

    item = one("projects", badge="error")

    assert item["name"] == "Website 2"
    assert "No project without a code" in item["sync"][0]["words"]
    assert item["sync"][0]["retry"] is True
    assert names(listed("projects", badge="error", q="fine")) == []


@pytest.mark.usefixtures("org")
@pytest.mark.parametrize("query", [{"status": "x"}, {"parent": "cli_1"}, {"staff": "stf_1"}])
def test_a_filter_that_a_kind_does_not_have_is_refused(query: dict[str, str]) -> None:
    answer = VIEWER.get("listings/items", **query)

    assert (answer.status, answer.body["field"]) == (422, next(iter(query)))


@pytest.mark.usefixtures("org")
def test_entries_come_the_latest_first_and_by_their_project(workspace: Workspace) -> None:
    client = workspace.create("client", {"name": "Northwind Ltd"})
    project = workspace.create("project", {"client": client.id, "name": "Website"})
    staff = workspace.create("staff", {"name": "Max"})
    for day in ("2026-11-19", "2026-11-21", "2026-11-20"):
        workspace.create("time_entry", {"project": project.id, "staff": staff.id, "work_date": day, "hours": 2})

    days = [item["record"]["values"]["work_date"] for item in listed("time-entries", parent=project.id)]

    assert days == ["2026-11-21", "2026-11-20", "2026-11-19"]
    assert one("time-entries", q="2026-11-20")["names"][staff.id] == "Max"
    assert len(listed("time-entries", staff=staff.id, status="draft")) == 3


# --- search ----------------------------------------------------------------------------------------------------------


def test_one_box_takes_names_numbers_ids_and_addresses(org: Stage, admin: Person, workspace: Workspace) -> None:
    theirs = won(org, "Website")
    ours = admin.get(LINKS, theirs=theirs).body["items"][0]["ours"]
    project = workspace.get("project", ours)
    assert project is not None
    workspace.update("project", ours, {"code": "P-7"}, project.version or "")
    by_id, by_theirs, by_text = (("projects", "Website", by) for by in ("id", "their id", "text"))

    assert found(ours) == [by_id]
    assert found(theirs) == found(theirs[:15]) == [by_theirs]
    assert found(f"https://nimbus.lightning.force.example/lightning/r/Opportunity/{theirs}/view") == [by_theirs]
    assert found(f"https://nimbus.my.example/{theirs[:15]}") == [by_theirs]
    assert found("web") == found("P-7") == [by_text]
    assert found("northwind") == [("clients", "Northwind Ltd", "text")]
    assert found("nobody knows this") == found("https://nimbus.my.example/nothing") == []


def test_search_tells_what_a_hit_belongs_to_and_how_it_stands(org: Stage) -> None:
    won(org, "Website")

    [hit] = VIEWER.get("search", q="Website").body["items"]

    assert (hit["belongs_to"], hit["label"], hit["archived"]) == ("Northwind Ltd", "Project", False)
    assert [badge["badge"] for badge in hit["sync"]] == ["synced"]


def test_search_stays_in_its_tenant(org: Stage) -> None:
    theirs = won(org, "Website")

    assert Person(("viewer",), "globex").call("GET", "/v1/tenants/acme/search", query={"q": theirs}).status == 403


# --- side by side ----------------------------------------------------------------------------------------------------


def sides(id: str, **query: Any) -> dict[str, Any]:
    answer = VIEWER.get(f"projects/{id}/sides", **query)
    assert answer.status == 200, answer.text
    [side] = answer.body["items"]
    return {**side, "names": answer.body["names"], "by_field": {row["field"]: row for row in side["rows"]}}


def test_both_sides_are_shown_as_agreed_and_read_afresh_on_request(org: Stage) -> None:
    theirs = won(org, "Website")
    item = one("projects")
    org.seller("update", "Opportunity", theirs, Name="Website 2")

    known, read = sides(item["record"]["id"]), sides(item["record"]["id"], look="true")

    assert (known["by_field"]["name"]["theirs"], known["read"]) == ("Website", None)
    row = read["by_field"]["name"]
    assert (row["ours"], row["theirs"], row["base"], row["why"]) == ("Website", "Website 2", "Website", "moved")
    assert read["read"] is not None
    client = read["by_field"]["client"]
    assert client["refers"] == "client"
    assert read["names"][client["ours"]] == read["names"][client["theirs"]] == "Northwind Ltd"


def test_what_cannot_be_read_over_there_says_why(org: Stage, admin: Person) -> None:
    won(org, "Website")
    id = one("projects")["record"]["id"]
    admin.post("connections/salesforce/pause")

    side = sides(id, look="true")

    assert "paused" in side["trouble"]
    assert side["by_field"]["name"]["theirs"] == "Website"


# --- the story -------------------------------------------------------------------------------------------------------


def test_the_story_tells_who_changed_what(org: Stage, admin: Person) -> None:
    won(org, "Website")
    project = one("projects")["record"]
    admin.patch(f"projects/{project['id']}", {"values": {"code": "P-7"}, "revision": project["revision"]})
    admin.post(f"{LINKS}/salesforce.opportunity/{project['id']}/retry")

    story = VIEWER.get(f"projects/{project['id']}/events").body["items"]

    assert [event["act"] for event in story if event["actor"] == admin.name] == ["link.retry", "project.update"]
    change = next(event for event in story if event["act"] == "project.update")["changes"]
    assert change == [{"field": "code", "label": "Code", "before": None, "after": "P-7"}]


def test_what_the_sync_wrote_is_told_too(org: Stage) -> None:
    won(org, "Website")

    [event] = VIEWER.get(f"projects/{one('projects')['record']['id']}/events").body["items"]

    assert (event["what"], event["actor"]) == ("changed", "sync")


# --- links by hand ---------------------------------------------------------------------------------------------------


def test_two_that_are_unlinked_stay_apart_until_somebody_links_them_again(org: Stage, admin: Person) -> None:
    theirs = won(org, "Website")
    project = one("projects")["record"]
    path = f"{LINKS}/salesforce.opportunity/{project['id']}"

    ended = admin.post(f"{path}/unlink")
    org.seller("update", "Opportunity", theirs, Name="Another name")
    org.noticed("Opportunity", theirs)
    admin.patch(f"projects/{project['id']}", {"values": {"code": "P-7"}, "revision": project["revision"]})
    org.work()

    assert (ended.status, ended.body["state"], ended.body["kept"]) == (200, "tombstone", "ours")
    assert names(listed("projects")) == ["Website"]
    assert org.salesforce_has("Opportunity", Id=theirs)[0]["Name"] == "Another name"
    [badge] = one("projects")["sync"]
    assert (badge["badge"], badge["cause"]) == ("not_shared", "kept")
    assert "by itself" in badge["words"]
    again = {"flow": "salesforce.opportunity", "ours": project["id"], "theirs": theirs}
    assert admin.post(LINKS, again).status == 202
    org.work()
    assert [badge["badge"] for badge in one("projects")["sync"]] == ["synced"]


def test_what_is_not_linked_is_not_unlinked_and_members_never_do_it(org: Stage, admin: Person) -> None:
    won(org, "Website")
    id = one("projects")["record"]["id"]
    path = f"{LINKS}/salesforce.opportunity/{id}/unlink"

    assert Person(("member",)).post(path).status == 403
    assert admin.post(path).status == 200
    assert admin.post(path).status == 422


def test_a_partner_for_a_link_is_found_over_there_by_name_or_id(org: Stage) -> None:
    theirs = won(org, "Website")
    path = "connections/salesforce/flows/salesforce.opportunity/theirs"

    for text in ("website", theirs, theirs[:15]):
        [hit] = VIEWER.get(path, q=text).body["items"]
        assert (hit["id"], hit["name"], hit["partner"]) == (theirs, "Website", one("projects")["record"]["id"])
    assert VIEWER.get(path, q="nothing").body["items"] == []


# --- definitions -----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("org")
def test_the_fields_of_a_form_are_told_with_what_they_take(admin: Person) -> None:
    kinds = {kind["kinds"]: kind for kind in admin.get("kinds").body["items"]}
    fields = {name: {field["name"]: field for field in kind["fields"]} for name, kind in kinds.items()}
    hours = fields["time-entries"]["hours"]

    assert (hours["type"], hours["required"], hours["least"], hours["most"], hours["step"]) == (
        "number",
        True,
        0,
        24,
        0.01,
    )
    assert fields["projects"]["client"]["refers_to"] == "clients"
    assert fields["expense-reports"]["post_as"]["choices"] == ["bill", "check"]
    assert fields["clients"]["balance"]["set_by"] == "sync"
    assert fields["invoices"]["status"]["set_by"] == "moves"
    assert kinds["invoices"]["moves"] == ["review", "reopen", "finalise", "void"]
    seen = next(kind for kind in VIEWER.get("kinds").body["items"] if kind["kinds"] == "staff")
    assert "cost_rate" in fields["staff"]
    assert "cost_rate" not in {field["name"] for field in seen["fields"]}

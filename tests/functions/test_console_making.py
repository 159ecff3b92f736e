"""Making records: every kind that people may make, by the form of its kind."""

import pytest

from tests.admin import Person
from tests.console import Browser
from timebridge.store.records import Workspace

pytestmark = pytest.mark.usefixtures("acme")

FROM_BOOKS = {"transactions"}


def test_every_kind_that_people_make_has_a_form_that_makes_one(ada: Browser, workspace: Workspace) -> None:
    admin = Person()
    client = workspace.create("client", {"name": "Northwind Ltd"}).id
    project = workspace.create("project", {"client": client, "name": "Website"}).id
    staff = workspace.create("staff", {"name": "Mia Member"}).id
    values = {"name": "Something new", "client": client, "project": project, "staff": staff}
    values |= {"hours": "1.5", "amount": "12.50"}

    for kind in admin.get("kinds").body["items"]:
        page = ada.get(f"records/{kind['kinds']}/new")
        if kind["kinds"] in FROM_BOOKS:
            assert page.status == 403
            continue
        wanted = [field["name"] for field in kind["fields"] if field["required"]]
        given = {name: value for name, value in values.items() if name in wanted}
        made = ada.follow(ada.post(f"records/{kind['kinds']}/new", page.filled("/new", **given)))

        assert (page.status, made.status) == (200, 200), kind["kinds"]
        assert "How it stands" in made.text


def test_a_client_is_made_once_however_often_the_button_is_pressed(ada: Browser, workspace: Workspace) -> None:
    form = ada.get("records/clients/new").filled("/new", name="Harbour & Sons", email="desk@harbour.example")

    answers = [ada.post("records/clients/new", form | {"anyway": "on"}) for _ in range(2)]

    assert answers[0].location == answers[1].location
    [client] = workspace.page("client")[0]
    assert client.values["email"] == "desk@harbour.example"
    assert client.values["active"] is True
    assert client.values["phone"] is None
    assert "says whether it goes out" in answers[0].said


def test_what_may_be_there_already_is_asked_about_first(ada: Browser, workspace: Workspace) -> None:
    known = workspace.create("client", {"name": "Harbour and Sons Ltd"}).id
    form = ada.get("records/clients/new").filled("/new", name="Harbour & Sons")

    asked = ada.post("records/clients/new", form)

    assert asked.status == 409
    assert "It may be here already" in asked.text
    assert "same name but for the legal form" in asked.text
    assert any(to.endswith(known) for to in asked.links.values())
    assert asked.filled("/new")["name"] == "Harbour & Sons"
    assert len(workspace.page("client")[0]) == 1

    ada.follow(ada.post("records/clients/new", asked.filled("/new", anyway="on")))

    assert len(workspace.page("client")[0]) == 2


def test_names_alike_in_another_project_are_nothing_to_ask_about(ada: Browser, workspace: Workspace) -> None:
    client = workspace.create("client", {"name": "Northwind Ltd"}).id
    one, other = (workspace.create("project", {"client": client, "name": name}).id for name in ("One", "Other"))
    workspace.create("task", {"project": one, "name": "Design"})

    form = ada.get("records/tasks/new", project=other).filled("/new", name="Design")

    assert ada.post("records/tasks/new", form).status == 303
    assert ada.post("records/tasks/new", form | {"project": one}).status == 409


def test_what_is_missing_or_does_not_fit_is_said_at_its_field(ada: Browser, workspace: Workspace) -> None:
    page = ada.get("records/projects/new")

    bare = ada.post("records/projects/new", page.filled("/new"))
    client = workspace.create("client", {"name": "Northwind Ltd"}).id
    wrong = ada.post("records/projects/new", page.filled("/new", name="Website", client=client, budget="a lot"))

    assert bare.status == wrong.status == 422
    assert "Give the name." in bare.text
    assert "Choose the client." in bare.text
    assert "budget" in wrong.text
    assert wrong.filled("/new")["budget"] == "a lot"
    assert "Northwind Ltd" in wrong.text
    assert workspace.page("project")[0] == []


def test_from_a_client_leads_a_form_that_knows_the_client(ada: Browser, workspace: Workspace) -> None:
    client = workspace.create("client", {"name": "Northwind Ltd"}).id
    project = workspace.create("project", {"client": client, "name": "Website"}).id

    below = ada.get(f"records/clients/{client}/below/projects", part=True)
    page = ada.get(below.links["New project"].partition("/console/acme/")[2])
    team = ada.get(f"records/projects/{project}/below/assignments", part=True)
    listed = ada.get("records/tasks", project=project)

    assert "Northwind Ltd" in page.text
    assert page.filled("/new")["client"] == client
    assert team.links["Assign somebody"].partition("?")[0].endswith(f"{project}/team")
    assert listed.links["New task"].endswith(f"project={project}")


def test_what_can_be_chosen_is_narrowed_by_what_is_chosen_above(ada: Browser, workspace: Workspace) -> None:
    client = workspace.create("client", {"name": "Northwind Ltd"}).id
    one, other = (workspace.create("project", {"client": client, "name": name}).id for name in ("One", "Other"))
    workspace.create("task", {"project": one, "name": "Design of one"})
    workspace.create("task", {"project": other, "name": "Design of the other"})

    found = ada.get("records/time-entries/options/task", part=True, **{"find-task": "design", "project": one})

    assert "Design of one" in found.text
    assert "Design of the other" not in found.text


def test_members_make_their_own_time_and_nothing_else(mia: Browser, workspace: Workspace) -> None:
    client = workspace.create("client", {"name": "Northwind Ltd"}).id
    project = workspace.create("project", {"client": client, "name": "Website", "open_to_all": True}).id
    staff = workspace.create("staff", {"name": "Mia Member", "email": mia.name}).id

    refused = mia.get("records/clients/new")
    page = mia.get("records/time-entries/new")
    made = mia.post("records/time-entries/new", page.filled("/new", project=project, hours="2"))

    assert refused.status == 403
    assert "Ask an administrator" in refused.text
    assert "New client" not in mia.get("records/clients").links
    assert page.filled("/new")["staff"] == staff
    assert made.status == 303
    assert Browser(roles=("viewer",)).get("records/time-entries/new").status == 403


def test_the_api_tells_what_a_record_may_be(workspace: Workspace) -> None:
    known = workspace.create("client", {"name": "Harbour and Sons Ltd", "email": "desk@harbour.example"}).id
    workspace.create("client", {"name": "Habour Holdings"})
    gone = workspace.create("client", {"name": "Harbour and Sons"})
    workspace.archive("client", gone.id, gone.version or "")

    found = Person().post("clients/alike", {"name": "Harbour & Sons", "email": "desk@harbour.example"})

    assert [each["id"] for each in found.body["items"]] == [known]
    assert found.body["items"][0]["score"] > 90
    assert "same e-mail address" in found.body["items"][0]["reasons"]
    assert Person().post("clients/alike", {}).body["items"] == []
    assert Person().post("time-entries/alike", {"work_date": "2026-11-02"}).body["items"] == []
    assert Person(roles=("viewer",)).post("clients/alike", {"name": "Harbour"}).status == 403

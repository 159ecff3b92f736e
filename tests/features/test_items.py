"""Choosing what is imported: everything of some types, or single records."""

from typing import Any

import pytest

from tests.admin import Person
from tests.features.tasks import everything, imported, names, opportunity, synced, tree
from tests.stage import Stage
from timebridge.tenants import Provider

PATH = "connections/salesforce/items"


def listed(admin: Person, **query: Any) -> dict[str, bool]:
    return {item["name"]: item["chosen"] for item in everything(admin, PATH, **query)}


def choose(stage: Stage, admin: Person, **choice: Any) -> dict[str, Any]:
    answer = admin.post(PATH, choice)
    assert answer.status == 200, answer.text
    stage.settle()
    found: dict[str, Any] = answer.body
    return found


def test_C22_everything_is_imported_also_of_the_future_until_items_are_ticked(stage: Stage, admin: Person) -> None:
    renewal, expansion = opportunity(stage, "Renewal"), opportunity(stage, "Expansion")
    stage.seller("create", "Task", Subject="Call back", WhatId=renewal)
    stage.seller("create", "Task", Subject="Call too", WhatId=expansion)
    case = stage.seller("create", "Case", Subject="Login fails")
    imported(stage)
    assert listed(admin) == {"Expansion": True, "Renewal": True}
    assert admin.get(PATH).body["everything"] is True
    opportunity(stage, "Of the future")
    synced(stage, admin)
    assert set(tree(admin)["Salesforce"]) == {"Expansion", "Login fails", "Of the future", "Renewal"}

    chosen = choose(stage, admin, items=[renewal, case])
    assert (chosen["everything"], chosen["ticked"]) == (False, 2)
    assert tree(admin) == {"Salesforce": {"Login fails": {}, "Renewal": {"Call back": {}}}}
    assert listed(admin) == {"Expansion": False, "Of the future": False, "Renewal": True}
    opportunity(stage, "Later still")
    synced(stage, admin)
    assert tree(admin) == {"Salesforce": {"Login fails": {}, "Renewal": {"Call back": {}}}}

    choose(stage, admin, items=[expansion])
    assert tree(admin) == {"Salesforce": {"Expansion": {"Call too": {}}}}
    choose(stage, admin, items=None)
    assert tree(admin)["Salesforce"] == {
        "Expansion": {"Call too": {}},
        "Later still": {},
        "Login fails": {},
        "Of the future": {},
        "Renewal": {"Call back": {}},
    }


def test_C22_the_choice_survives_unticking_with_entries_and_ids_kept(stage: Stage, admin: Person) -> None:
    ids = {name: opportunity(stage, name) for name in ("Renewal", "Expansion")}
    imported(stage, items=[ids["Renewal"]])
    before = {each["values"]["name"]: each["id"] for each in everything(admin, "tasks")}
    assert list(before) == ["Renewal"]
    choose(stage, admin, items=[ids["Expansion"]])
    assert names(admin) == ["Expansion"]
    assert admin.get(f"tasks/{before['Renewal']}").body["archived"] is True
    choose(stage, admin, items=list(ids.values()))
    after = {each["values"]["name"]: each["id"] for each in everything(admin, "tasks")}
    assert (list(after), after["Renewal"]) == (["Expansion", "Renewal"], before["Renewal"])


def test_C22_the_picker_pages_and_searches_what_salesforce_has(stage: Stage, admin: Person) -> None:
    account = stage.seller("create", "Account", Name="Northwind O'Neill 100%")
    for number in range(7):
        opportunity(stage, f"Deal {number}", AccountId=account if number == 3 else None)
    opportunity(stage, "Deal 1")
    opportunity(stage, "Done", "Closed Won")
    stage.seller("create", "Case", Subject="Login fails")
    silent = stage.seller("create", "Case")
    imported(stage, types=["opportunities"])
    every = [f"Deal {number}" for number in (0, 1, 1, 2, 3, 4, 5, 6)]
    for limit in (1, 3, 8, 50):
        assert [item["name"] for item in everything(admin, PATH, limit=limit)] == every
    for q, found in {"deal 3": ["Deal 3"], "o'neill": ["Deal 3"], "100%": ["Deal 3"], "_": [], "nothing": []}.items():
        assert list(listed(admin, q=q)) == found, q
    [item] = everything(admin, PATH, q="deal 3")
    assert (item["about"], item["status"], item["chosen"]) == ("Northwind O'Neill 100%", "Prospecting", True)
    cases = everything(admin, PATH, type="cases", limit=1)
    assert [(each["name"].startswith("Case "), each["chosen"]) for each in cases] == [(False, False), (True, False)]
    assert cases[1]["id"] == silent
    assert listed(admin, type="cases", q="login") == {"Login fails": False}
    assert admin.get(PATH, type="cases", q=cases[0]["number"]).body["items"][0]["id"] == cases[0]["id"]


@pytest.mark.parametrize(
    ("choice", "field"),
    [
        ({"items": ["006000000000000AAA"]}, "items"),
        ({"items": ["<other>"]}, "items.0"),
        ({"types": ["leads"]}, "settings.types"),
        ({"types": []}, "types"),
    ],
)
def test_C22_a_choice_of_what_is_not_there_is_refused(
    stage: Stage, admin: Person, choice: dict[str, Any], field: str
) -> None:
    opportunity(stage, "Renewal")
    imported(stage)
    before = admin.get("connections/salesforce").body
    answer = admin.post(PATH, choice)
    assert (answer.status, answer.body["field"]) == (422, field), answer.text
    assert admin.get("connections/salesforce").body == before
    assert names(admin) == ["Renewal"]
    assert admin.get(PATH, type="leads").status == 422
    assert admin.get(PATH, start="[1").status == 422


def test_C22_only_an_import_of_tasks_has_items_and_only_administrators_choose(stage: Stage, admin: Person) -> None:
    stage.connect(Provider.SALESFORCE)
    answer = admin.get(PATH)
    assert (answer.status, answer.body["field"]) == (409, "settings.presets")
    for person in (Person(("member",)), Person(("viewer",))):
        assert person.post(PATH, {"items": None}).status == 403

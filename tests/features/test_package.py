"""The package in a customer's org: whether it is there, what to do when it is not, and the guide to installing it."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from tests.admin import Person
from tests.stage import PUBLIC_URL, ROOT, Stage, control
from timebridge.providers.salesforce import package
from timebridge.providers.salesforce.package import guide
from timebridge.store.audit import Audit
from timebridge.tenants import Provider, Status

PATH = "connections/salesforce"


def install(stage: Stage, **switch: Any) -> None:
    """What an administrator of the org did: installed it (an older version, too), or took it away."""
    control("POST", f"{stage.salesforce.url}/_sandbox/package", json=switch)


def project(stage: Stage, **values: str) -> None:
    account = stage.seller("create", "Account", Name="Acme")
    won = {"Name": "Website", "StageName": "Closed Won", "CloseDate": "2026-12-31", **values}
    stage.seller("create", "Opportunity", AccountId=account, **won)


def names(admin: Person) -> list[str]:
    return [project["values"]["name"] for project in admin.get("projects").body["items"]]


# --- is it there? ----------------------------------------------------------------------------------------------------


def test_A16_an_org_with_the_package_tells_its_version(stage: Stage, admin: Person) -> None:
    stage.connect(Provider.SALESFORCE)

    found = admin.get(f"{PATH}/package").body

    assert (found["state"], found["version"], found["lacking"]) == ("current", found["needed"], [])
    assert found["reason"] is None


def test_A16_an_org_without_the_package_is_told_to_install_it(stage: Stage, admin: Person) -> None:
    stage.connect(Provider.SALESFORCE)
    install(stage, installed=False)

    found = admin.get(f"{PATH}/package").body

    assert (found["state"], found["version"]) == ("missing", None)
    assert {"TB_Time_Entry__c", "Opportunity.TB_Total_Hours__c", "Account.TB_External_Id__c"} <= {*found["lacking"]}
    assert found["reason"] == "The timebridge package is not installed in your Salesforce org."
    assert "guide" in found["remedy"]


def test_A16_an_older_version_is_named_with_what_it_lacks(stage: Stage, admin: Person) -> None:
    stage.connect(Provider.SALESFORCE)
    install(stage, version="0.9.2", without=["TB_Invoice__c", "Opportunity.TB_Budget_Used__c"])

    found = admin.get(f"{PATH}/package").body

    assert (found["state"], found["version"]) == ("older", "0.9.2")
    assert {*found["lacking"]} == {"TB_Invoice__c", "Opportunity.TB_Budget_Used__c"}
    assert found["reason"] == f"Version 0.9.2 of the timebridge package is installed; {package.VERSION} is needed."
    assert "stays" in found["remedy"]


def test_A16_fields_that_our_user_may_not_see_are_named_with_the_permission_set(stage: Stage, admin: Person) -> None:
    stage.connect(Provider.SALESFORCE)
    control("POST", f"{stage.salesforce.url}/_sandbox/fields", json={"hide": ["Opportunity.TB_Total_Paid__c"]})

    found = admin.get(f"{PATH}/package").body

    assert (found["state"], found["lacking"]) == ("hidden", ["Opportunity.TB_Total_Paid__c"])
    assert "timebridge_integration" in found["remedy"]


def test_A16_the_preflight_detects_presence_and_version(stage: Stage, admin: Person) -> None:
    stage.connect(Provider.SALESFORCE)

    def line() -> tuple[str, str | None]:
        checks = admin.post(f"{PATH}/preflight").body["checks"]
        [found] = [check for check in checks if check["name"] == "package"]
        return found["outcome"], found["facts"]["version"]

    assert line() == ("pass", package.VERSION)
    install(stage, version="0.9.2")
    assert line() == ("fail", "0.9.2")
    install(stage, installed=False)
    assert line() == ("fail", None)


def test_A16_nothing_is_lost_or_doubled_while_the_package_is_missing(stage: Stage, admin: Person) -> None:
    stage.connect(Provider.SALESFORCE)
    project(stage)
    admin.post(f"{PATH}/sync", {})
    stage.settle()
    install(stage, installed=False)
    project(stage, Name="Shop")
    [known] = admin.get("projects").body["items"]
    admin.patch(f"projects/{known['id']}", {"values": {"name": "New website"}, "revision": known["revision"]})
    admin.post(f"{PATH}/sync", {})
    stage.settle()

    stopped = admin.get(PATH).body
    assert stopped["status"] == Status.NEEDS_REAUTH
    assert "TB_" in stopped["reason"] or "package" in stopped["reason"]
    assert "Install the timebridge package" in stopped["remedy"]

    install(stage, installed=True)
    assert admin.post(f"{PATH}/resume").body["status"] == Status.LIVE
    admin.post(f"{PATH}/sync", {})
    stage.settle()
    assert sorted(names(admin)) == ["New website", "Shop"]
    assert sorted(row["Name"] for row in stage.salesforce_has("Opportunity")) == ["New website", "Shop"]


@pytest.mark.parametrize("role", ["member", "viewer"])
def test_only_administrators_ask_for_package_and_guide(stage: Stage, role: str) -> None:
    stage.new_connection(Provider.SALESFORCE)

    for path in ("package", "package/source", "guide"):
        assert Person(roles=(role,)).get(f"{PATH}/{path}").status == 403


def test_the_package_is_downloaded_as_a_project_of_salesforces_command_line(stage: Stage, admin: Person) -> None:
    stage.new_connection(Provider.SALESFORCE)

    answer = admin.get(f"{PATH}/package/source")

    with ZipFile(BytesIO(answer.content)) as archive:
        given = {path: archive.read(path).decode() for path in archive.namelist()}
    source = ROOT / "salesforce" / "force-app"
    files = {path.relative_to(source.parent).as_posix(): path.read_text() for path in source.rglob("*.*")}
    assert {path: text for path, text in given.items() if path != "sfdx-project.json"} == {
        path: text for path, text in files.items() if "__tests__" not in path
    }
    assert json.loads(given["sfdx-project.json"])["packageDirectories"] == [{"path": "force-app", "default": True}]
    assert Audit("acme").page()[0][0]["what"] == "package.download"


# --- the guide -------------------------------------------------------------------------------------------------------


def step(found: dict[str, Any], word: str) -> dict[str, Any]:
    [step] = [step for step in found["steps"] if word in step["title"]]
    return dict(step)


def test_B20_the_guide_makes_an_external_client_app_with_the_tenants_own_values(stage: Stage, admin: Person) -> None:
    stage.new_connection(Provider.SALESFORCE)

    found = admin.get(f"{PATH}/guide").body

    register = step(found, "Register the app")
    text = " ".join(register["text"])
    assert text.index("External Client App Manager") < text.index("connected app")
    for must in ("require PKCE", "refresh token rotation", "valid until revoked", "Connected Apps OAuth Usage"):
        assert must in text
    values = {each["label"]: each["value"] for each in register["values"]}
    assert values["Callback URL"] == f"{PUBLIC_URL}/api/salesforce/callback"
    assert [each["value"].rpartition("(")[2] for each in register["values"] if each["label"] == "Scope"] == [
        "api)",
        "refresh_token, offline_access)",
        "openid)",
    ]


def test_B21_app_name_api_name_and_contact_are_printed_and_can_be_copied(stage: Stage) -> None:
    stage.new_connection(Provider.SALESFORCE, tenant="oak-and-co")
    person = Person(tenant="oak-and-co", name="kim@oak.example")

    found = person.get(f"{PATH}/guide").body

    values = {each["label"]: each["value"] for each in step(found, "Register the app")["values"]}
    assert values["External Client App Name"] == "timebridge Oak-And-Co"
    assert values["API Name"] == "timebridge_Oak_And_Co"
    assert values["Contact Email"] == "kim@oak.example"
    assert all(f"`{value}`" in found["markdown"] for value in values.values())


def test_B20_commands_name_the_tenants_own_connection_org_and_user(stage: Stage, admin: Person) -> None:
    stage.connect(Provider.SALESFORCE)

    found = admin.get(f"{PATH}/guide").body

    commands = "\n".join(command for each in found["steps"] for command in each["commands"])
    assert f"{PUBLIC_URL}/v1/tenants/acme/connections/salesforce/package/source" in commands
    assert f"--instance-url {stage.salesforce.url}" in commands
    assert f"--on-behalf-of {stage.connection('salesforce').owner}" in commands
    assert (stage.connection("salesforce").webhook_secret or "") not in found["markdown"]


def test_B20_before_consent_the_user_is_the_one_that_is_asked_for(stage: Stage, admin: Person) -> None:
    stage.new_connection(Provider.SALESFORCE)

    assert "--on-behalf-of THE-USER-FOR-TIMEBRIDGE" in admin.get(f"{PATH}/guide").body["markdown"]
    named = admin.get(f"{PATH}/guide", user="o'neil@acme.example; rm -rf |`x`").body["markdown"]
    assert """--on-behalf-of 'o'"'"'neil@acme.example; rm -rf x' """ in named


def test_the_package_is_for_salesforce_only(stage: Stage, admin: Person) -> None:
    stage.new_connection(Provider.QUICKBOOKS_ONLINE, id="books")

    assert admin.get("connections/books/package").status == 404


def test_A18_the_page_in_the_documentation_is_the_guide() -> None:
    assert (Path(ROOT) / "docs" / "salesforce.md").read_text() == guide.markdown(guide.EXAMPLE)


# --- who wrote that? -------------------------------------------------------------------------------------------------


def test_B78_what_we_write_bears_the_name_of_the_user_who_connected(stage: Stage, admin: Person) -> None:
    stage.connect(Provider.SALESFORCE)
    project(stage)
    admin.post(f"{PATH}/sync", {})
    stage.settle()
    users = {row["Id"]: row["Username"] for row in stage.salesforce_has("User")}
    [known] = admin.get("projects").body["items"]

    admin.patch(f"projects/{known['id']}", {"values": {"name": "New website"}, "revision": known["revision"]})
    stage.settle()

    [written] = stage.salesforce_has("Opportunity", Name="New website")
    assert users[written["LastModifiedById"]] == admin.get(PATH).body["owner"]
    assert written["CreatedById"] == stage.salesforce.org.salesperson != written["LastModifiedById"]


def test_B78_the_guide_leads_to_field_history_and_our_objects_keep_theirs(stage: Stage, admin: Person) -> None:
    stage.new_connection(Provider.SALESFORCE)

    text = " ".join(step(admin.get(f"{PATH}/guide").body, "Know who changed what")["text"])

    assert "Set History Tracking" in text
    assert "Last Modified By" in text
    objects = list(package.SOURCE.rglob("TB_*__c.object-meta.xml"))
    assert len(objects) == 4
    assert all("<enableHistory>true</enableHistory>" in path.read_text() for path in objects)


def test_B78_our_own_audit_trail_names_who_changed_what(stage: Stage, admin: Person) -> None:
    stage.connect(Provider.SALESFORCE)
    found = admin.get(PATH).body

    admin.patch(PATH, {"rhythm": "daily", "revision": found["revision"]})

    line = next(line for line in admin.get("audit").body["items"] if line["what"] == "connection.update")
    assert (line["actor"], line["target"]) == (admin.name, "connection salesforce")
    assert (line["before"]["rhythm"], line["after"]["rhythm"]) == ("hourly", "daily")

"""The Metadata API of the sandbox: whole or not at all, for administrators only, strict about what hangs together."""

import json
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
import requests

from sandbox.salesforce.seed import INTEGRATION_USER
from tests.contract.salesforce_client import Client, error_of

NAMESPACE = 'xmlns="http://soap.sforce.com/2006/04/metadata"'
FIELD = "<fields><fullName>TB_Status__c</fullName><label>Status</label><length>80</length><type>Text</type></fields>"
GRANT = (
    "<fieldPermissions><editable>true</editable><field>Opportunity.TB_Status__c</field></fieldPermissions>"
    "<userPermissions><enabled>true</enabled><name>ApiEnabled</name></userPermissions>"
)
MESSAGE = (
    "<outboundMessages><fullName>Told</fullName><endpointUrl>https://hooks.example/1</endpointUrl><fields>Id</fields>"
    "<integrationUser>{user}</integrationUser></outboundMessages>"
)
FLOW = (
    "<actionCalls><name>Send</name><actionName>{action}</actionName><actionType>outboundMessage</actionType></actionCalls>"
    "<start><connector><targetReference>Send</targetReference></connector>{filter}<object>Opportunity</object>"
    "<triggerType>RecordAfterSave</triggerType></start><status>{status}</status>"
)
PARTS = {
    "field": ("CustomField", "Opportunity.TB_Status__c", "objects/Opportunity.object", f"<CustomObject>{FIELD}"),
    "lost": ("CustomField", "Opportunity.TB_Nothing__c", "objects/Opportunity.object", f"<CustomObject>{FIELD}"),
    "grant": ("PermissionSet", "ours", "permissionsets/ours.permissionset", f"<PermissionSet>{GRANT}"),
    "told": ("Workflow", "Opportunity", "workflows/Opportunity.workflow", f"<Workflow>{MESSAGE}"),
    "flow": ("Flow", "Teller", "flows/Teller.flow", f"<Flow>{FLOW}"),
    "code": ("ApexClass", "Teller", "classes/Teller.cls", "<ApexClass>"),
}
WORDS = {"user": INTEGRATION_USER, "action": "Opportunity.Told", "filter": "", "status": "Active"}


def archive(*names: str, **words: str) -> bytes:
    made = BytesIO()
    with ZipFile(made, "w") as zip:
        for name in names:
            _, _, path, body = PARTS[name]
            tag = body[1 : body.index(">")]
            text = f"<{tag} {NAMESPACE}>{body.partition('>')[2]}</{tag}>"
            zip.writestr(path, text.format(**WORDS | words))
        types = "".join(f"<types><members>{PARTS[n][1]}</members><name>{PARTS[n][0]}</name></types>" for n in names)
        zip.writestr("package.xml", f"<Package {NAMESPACE}>{types}</Package>")
    return made.getvalue()


def sent(client: Client, content: bytes, **options: Any) -> requests.Response:
    said = json.dumps({"deployOptions": {"rollbackOnError": True, **options}})
    parts = {"file": ("package.xml", content, "application/zip"), "entity_content": (None, said, "application/json")}
    return client.call("POST", "/metadata/deployRequest", files=parts)


def deploy(client: Client, *names: str, **words: str) -> list[str]:
    """The problems, none if it succeeded."""
    started = sent(client, archive(*names, **words)).json()
    assert started["deployResult"]["status"] == "Pending"
    path = f"/metadata/deployRequest/{started['id']}"
    found = client.call("GET", path, params={"includeDetails": "true"}).json()["deployResult"]
    problems = [each["problem"] for each in found["details"]["componentFailures"]]
    assert found["status"] == ("Failed" if problems else "Succeeded")
    assert found["numberComponentErrors"] == len(problems)
    return problems


def sees_status(client: Client) -> bool:
    return client.call("GET", "/query", params={"q": "SELECT TB_Status__c FROM Opportunity"}).ok


@pytest.fixture
def bare(client: Client) -> Client:
    client.control("POST", "/package", json={"installed": False})
    return client


def assign(client: Client) -> None:
    [found] = client.query("SELECT Id FROM PermissionSet WHERE Name = 'ours'")["records"]
    client.create("PermissionSetAssignment", PermissionSetId=found["Id"], AssigneeId=client.org.org.admin)


def test_a_field_is_seen_once_a_permission_set_that_grants_it_is_assigned(bare: Client) -> None:
    assert deploy(bare, "field", "grant") == []
    assert not sees_status(bare)

    assign(bare)
    assert sees_status(bare)


def test_one_component_that_fails_undoes_the_whole_deployment(bare: Client) -> None:
    assert deploy(bare, "field", "grant", "code") == ["Unknown type name 'ApexClass' specified in package.xml"]
    assert bare.query("SELECT Id FROM PermissionSet")["records"] == []
    assert "TB_Nothing__c" in deploy(bare, "lost")[0]


def test_a_validation_changes_nothing(bare: Client) -> None:
    sent(bare, archive("field", "grant"), checkOnly=True)

    assert bare.query("SELECT Id FROM PermissionSet")["records"] == []


def test_a_permission_set_cannot_grant_what_is_not_there(bare: Client) -> None:
    assert deploy(bare, "grant") == ["In field: field - no CustomField named Opportunity.TB_Status__c found"]


def test_a_message_needs_a_user_of_the_org_and_a_flow_a_message_of_it(client: Client) -> None:
    assert deploy(client, "told", user="nobody@acme.example") == [
        "In field: integrationUser - no User named nobody@acme.example found"
    ]
    assert "couldn't find an action" in deploy(client, "told", "flow")[0]
    assert deploy(client, "told") == []


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ({"action": "Opportunity.Untold"}, "couldn't find an action"),
        ({"status": "Draft"}, "runs active flows"),
        ({"filter": "<filterFormula>ISNEW()</filterFormula>"}, "cannot compute the formula ISNEW()"),
    ],
)
def test_a_flow_that_this_org_could_not_run_is_refused(client: Client, words: dict[str, str], problem: str) -> None:
    assert deploy(client, "told") == []

    assert problem in deploy(client, "flow", **words)[0]


def test_a_flow_sends_its_message_but_not_for_the_user_it_leaves_out(client: Client) -> None:
    skip = f'<filterFormula>{{!$User.Username}} &lt;&gt; "{INTEGRATION_USER}"</filterFormula>'
    client.control("PATCH", "/settings", json={"outbound_paused": True})
    assert deploy(client, "told") == deploy(client, "flow", filter=skip) == []
    deal = {"Name": "Website", "StageName": "Prospecting", "CloseDate": "2026-12-31"}

    client.create("Opportunity", **deal)
    assert client.control("GET", "/outbound-messages").json()["pending"] == 0
    client.control("POST", "/records/Opportunity", json=deal)
    assert client.control("GET", "/outbound-messages").json()["pending"] == 1


def test_only_an_administrator_deploys(bare: Client) -> None:
    permissions = {"permissions": {"CustomizeApplication": False}}
    bare.control("PATCH", f"/users/{bare.org.org.admin}", json=permissions)

    assert error_of(sent(bare, archive("field")))[:2] == (403, "INSUFFICIENT_ACCESS")


@pytest.mark.parametrize("content", [b"no zip", b""])
def test_what_is_no_zip_is_refused(client: Client, content: bytes) -> None:
    assert sent(client, content).status_code == 400


def test_an_unknown_deployment_is_not_found_and_json_is_no_deployment(client: Client) -> None:
    assert client.call("GET", "/metadata/deployRequest/0Af000000000001AAA").status_code == 404
    assert client.call("POST", "/metadata/deployRequest", json={}).status_code == 415


def test_an_older_version_of_the_package_lacks_what_came_later(client: Client) -> None:
    client.control("POST", "/package", json={"version": "0.9.0", "without": ["TB_Invoice__c"]})

    [found] = client.query("SELECT Version__c FROM TB_Package__mdt WHERE DeveloperName = 'Installed'")["records"]
    assert found["Version__c"] == "0.9.0"
    assert error_of(client.call("GET", "/query", params={"q": "SELECT Id FROM TB_Invoice__c"}))[1] == "INVALID_TYPE"
    assert sees_status(client)
    url = f"{client.org.url}/_sandbox/package"
    assert client.session.post(url, json={"without": ["Account.Name"]}).status_code == 400


def test_configuration_has_no_stamps_and_cannot_be_written(client: Client) -> None:
    described = client.call("GET", "/sobjects/TB_Package__mdt/describe").json()
    names = {each["name"] for each in described["fields"]}

    assert {"Id", "DeveloperName", "Version__c"} <= names
    assert not {"SystemModstamp", "IsDeleted", "CreatedById"} & names
    assert described["createable"] is False


def test_two_slashes_at_the_beginning_of_a_path_count_as_one(client: Client) -> None:
    assert client.session.get(f"{client.org.url}//services/data/v67.0/limits").ok

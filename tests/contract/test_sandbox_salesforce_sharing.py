"""What a user of the Salesforce sandbox sees and may do, and which apps the org lets in."""

import pytest

from tests.contract.salesforce_client import Client, authorise, back, error_of, granted, refresh

PERMISSIONS = "SELECT PermissionsApiEnabled, PermissionsModifyAllData FROM UserPermissionAccess"


def as_user(client: Client, id: str) -> None:
    client.session.headers["Authorization"] = f"Bearer {client.org.access_token(id)}"


def test_private_records_belong_to_their_owner(client: Client) -> None:
    mine = client.create("Account", Name="mine")
    theirs = client.create("Account", Name="theirs", OwnerId=client.org.org.salesperson)
    client.control("PATCH", "/settings", json={"private": ["Account"]})

    assert client.names("") == ["mine"]
    assert client.query("SELECT COUNT() FROM Account")["totalSize"] == 1
    assert client.call("GET", f"/sobjects/Account/{mine}").status_code == 200
    assert client.call("GET", f"/sobjects/Account/{theirs}").status_code == 404
    for method, body in (("PATCH", {"Name": "x"}), ("DELETE", None)):
        refused = client.call(method, f"/sobjects/Account/{theirs}", json=body)
        assert error_of(refused)[:2] == (403, "INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY")

    as_user(client, client.org.org.salesperson)
    assert client.names("") == ["theirs"]


def test_a_bulk_query_exports_what_is_shared_with_its_user(client: Client) -> None:
    client.create("Account", Name="mine")
    client.create("Account", Name="theirs", OwnerId=client.org.org.salesperson)
    client.control("PATCH", "/settings", json={"private": ["Account"]})

    job = client.call("POST", "/jobs/query", json={"operation": "query", "query": "SELECT Name FROM Account"}).json()
    rows = client.call("GET", f"/jobs/query/{job['id']}/results").text.splitlines()

    assert [row.strip('"') for row in rows] == ["Name", "mine"]


def test_everybody_sees_their_own_permissions(client: Client) -> None:
    [mine] = client.query(PERMISSIONS)["records"]
    assert (mine["PermissionsApiEnabled"], mine["PermissionsModifyAllData"]) == (True, True)

    as_user(client, client.org.org.salesperson)
    [theirs] = client.query(PERMISSIONS)["records"]
    assert (theirs["PermissionsApiEnabled"], theirs["PermissionsModifyAllData"]) == (True, False)


def test_the_api_is_open_to_users_who_may_use_it(client: Client) -> None:
    client.control("PATCH", f"/users/{client.org.org.admin}", json={"permissions": {"ApiEnabled": False}})

    assert error_of(client.call("GET", "/limits"))[:2] == (403, "API_DISABLED_FOR_ORG")
    as_user(client, client.org.org.salesperson)
    assert client.call("GET", "/limits").status_code == 200


def test_an_app_that_is_not_installed_comes_back_with_an_error_after_the_login(client: Client) -> None:
    client.control("PATCH", "/settings", json={"app_installed": False})

    answer = back(authorise(client.org))

    assert answer["error"] == "OAUTH_EC_APP_NOT_FOUND"
    assert answer["error_description"] == "External client app is not installed in this org"


@pytest.mark.parametrize("switch", [{"unapproved_users": True}, {"ip_allowed": False}])
def test_policies_end_a_grant_that_was_good(client: Client, switch: dict[str, bool]) -> None:
    token = granted(client.org)
    wish = {"unapproved_users": [client.org.org.admin]} if "unapproved_users" in switch else switch
    client.control("PATCH", "/settings", json=wish)

    refused = refresh(client.org, token["refresh_token"])

    said = "user hasn't approved this consumer" if "unapproved_users" in switch else "ip restricted"
    assert (refused.status_code, refused.json()["error_description"]) == (400, said)


def test_a_user_who_is_not_approved_is_stopped_on_a_page(client: Client) -> None:
    client.control("PATCH", "/settings", json={"unapproved_users": [client.org.org.admin]})

    answer = authorise(client.org)

    assert answer.status_code == 400
    assert "OAUTH_APP_ACCESS_DENIED" in answer.text

"""Who may sign in to a tenant: invited, given a role, sent away, and never the last administrator."""

import os
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import boto3
import pytest

from tests.admin import Answer, Person
from tests.pool import sign_up, user_pool
from tests.stage import Stage
from timebridge.store.audit import Audit
from timebridge.store.people import People
from timebridge.store.pool import Pool
from timebridge.store.records import Workspace
from timebridge.store.tenants import Tenants
from timebridge.tenants import Tenant


@pytest.fixture(autouse=True)
def pool(stage: Stage) -> Iterator[str]:  # noqa: ARG001 (it brings AWS along)
    for id in ("acme", "globex"):
        Tenants().save(Tenant(id, id.title(), "Europe/Vienna"))
    with user_pool() as pool:
        yield pool


@pytest.fixture
def ada(pool: str) -> Person:  # noqa: ARG001
    return signed_in("ada@acme.example", "acme", "tenant_admin")


def signed_in(email: str, tenant: str, role: str) -> Person:
    sub = sign_up(email, tenant, role)
    People(tenant).seen(sub, email, [role], email.partition("@")[0].title())
    return Person((role,), tenant, email, {"sub": sub})


def invited(by: Person, email: str = "bob@acme.example", role: str = "member") -> dict[str, Any]:
    answer = by.post("users", {"email": email, "name": "Bob Builder", "role": role})
    assert answer.status == 201, answer.text
    found: dict[str, Any] = answer.body
    return found


def names(answer: Answer) -> list[str]:
    return [each["name"] for each in answer.body["items"]]


def groups(email: str) -> set[str]:
    found = boto3.client("cognito-idp").admin_list_groups_for_user(
        UserPoolId=os.environ["USER_POOL_ID"], Username=email
    )
    return {each["GroupName"] for each in found["Groups"]}


def in_pool(email: str) -> dict[str, Any]:
    found: dict[str, Any] = boto3.client("cognito-idp").admin_get_user(
        UserPoolId=os.environ["USER_POOL_ID"], Username=email
    )
    return found


# --- inviting --------------------------------------------------------------------------------------------------------


def test_who_is_invited_can_sign_in_with_one_role_in_this_tenant(ada: Person) -> None:
    bob = invited(ada)
    assert (bob["role"], bob["standing"], bob["you"], bob["seen"]) == ("member", "invited", False, None)
    assert bob["invited_until"] is not None
    said = {each["Name"]: each["Value"] for each in in_pool("bob@acme.example")["UserAttributes"]}
    assert (said["custom:tenant_id"], said["email_verified"], said["name"]) == ("acme", "true", "Bob Builder")
    assert groups("bob@acme.example") == {"member"}
    assert names(ada.get("users")) == ["Ada", "Bob Builder"]
    [line] = [line for line in Audit("acme").page()[0] if line["what"] == "user.invite"]
    assert (line["actor"], line["detail"]) == ("ada@acme.example", {"email": "bob@acme.example"})


def test_nobody_is_made_an_operator(ada: Person) -> None:
    refused = ada.post("users", {"email": "eve@acme.example", "name": "Eve", "role": "platform_admin"})
    assert (refused.status, refused.body["field"]) == (422, "role")
    assert ada.patch(f"users/{invited(ada)['id']}", {"role": "platform_admin"}).status == 422


def test_who_has_access_is_not_invited_twice(ada: Person) -> None:
    invited(ada)
    again = ada.post("users", {"email": "bob@acme.example", "name": "Bob", "role": "viewer"})
    assert (again.status, again.body["field"]) == (409, "email")
    assert groups("bob@acme.example") == {"member"}


def test_people_of_another_tenant_cannot_be_taken_over(ada: Person) -> None:
    sign_up("gil@globex.example", "globex", "member")
    refused = ada.post("users", {"email": "gil@globex.example", "name": "Gil", "role": "member"})
    assert refused.status == 409
    assert "globex" not in refused.text.replace("gil@globex.example", "")
    assert names(ada.get("users")) == ["Ada"]


def test_an_invitation_that_broke_off_is_taken_up(ada: Person) -> None:
    sign_up("bob@acme.example", "acme", signed_in=False)
    assert invited(ada, role="viewer")["role"] == "viewer"
    assert groups("bob@acme.example") == {"viewer"}


def test_whom_the_operator_made_is_found_by_inviting_them(ada: Person) -> None:
    sign_up("cyd@acme.example", "acme", "viewer")
    assert ada.post("users", {"email": "cyd@acme.example", "name": "Cyd", "role": "member"}).status == 409
    assert names(ada.get("users")) == ["Ada", "Cyd"]


@pytest.mark.parametrize("email", ["", "bob", "bob@", "a b@acme.example", "bob@acme.example,eve@acme.example"])
def test_what_is_no_address_is_refused_at_its_field(ada: Person, email: str) -> None:
    refused = ada.post("users", {"email": email, "name": "Bob", "role": "member"})
    assert (refused.status, refused.body["field"]) == (422, "email")


def test_an_invitation_is_sent_again(ada: Person) -> None:
    bob = invited(ada)
    again = ada.post(f"users/{bob['id']}/resend")
    assert again.status == 200
    assert again.body["invited_until"] > bob["invited_until"]
    assert ada.post(f"users/{ada.claims['sub']}/resend").status == 409


# --- roles -----------------------------------------------------------------------------------------------------------


def test_a_role_takes_the_place_of_the_one_before(ada: Person) -> None:
    bob = invited(ada)
    assert ada.patch(f"users/{bob['id']}", {"role": "viewer"}).body["role"] == "viewer"
    assert groups("bob@acme.example") == {"viewer"}
    [line] = [line for line in Audit("acme").page()[0] if line["what"] == "user.update"]
    assert (line["before"]["role"], line["after"]["role"]) == ("member", "viewer")


def test_nobody_changes_their_own_role_or_access(ada: Person) -> None:
    signed_in("cyd@acme.example", "acme", "tenant_admin")
    for change in ({"role": "viewer"}, {"active": False}):
        refused = ada.patch(f"users/{ada.claims['sub']}", change)
        assert (refused.status, refused.body["remedy"]) == (409, "Ask another administrator.")


def test_the_last_administrator_stays_one(ada: Person) -> None:
    operator = Person(("platform_admin",), None, "operator@platform.example")
    path = f"/v1/tenants/acme/users/{ada.claims['sub']}"
    for change in ({"role": "member"}, {"active": False}):
        refused = operator.patch(path, change)
        assert (refused.status, refused.body["detail"]) == (409, "Ada is the only administrator.")
    cyd = signed_in("cyd@acme.example", "acme", "tenant_admin")
    assert cyd.patch(f"users/{ada.claims['sub']}", {"role": "member"}).status == 200


def test_an_administrator_who_left_the_pool_does_not_count(ada: Person, pool: str) -> None:
    signed_in("cyd@acme.example", "acme", "tenant_admin")
    boto3.client("cognito-idp").admin_delete_user(UserPoolId=pool, Username="cyd@acme.example")
    operator = Person(("platform_admin",), None, "operator@platform.example")
    assert operator.patch(f"/v1/tenants/acme/users/{ada.claims['sub']}", {"role": "viewer"}).status == 409


def test_of_two_who_depose_each_other_one_is_told_to_look_again(ada: Person) -> None:
    people, turn = People("acme"), People("acme").turn()
    people.take(turn)
    with pytest.raises(Exception, match="at this moment"):
        people.take(turn)
    assert ada.get("users").status == 200


def test_who_runs_the_platform_is_left_alone(ada: Person) -> None:
    sub = sign_up("op@acme.example", "acme", "platform_admin", "tenant_admin")
    People("acme").seen(sub, "op@acme.example", ["platform_admin", "tenant_admin"])
    assert ada.get(f"users/{sub}").body["operator"] is True
    for answer in (ada.patch(f"users/{sub}", {"role": "viewer"}), ada.post(f"users/{sub}/reset")):
        assert (answer.status, "runs the platform" in answer.body["detail"]) == (409, True)


# --- access ----------------------------------------------------------------------------------------------------------


def test_who_is_sent_away_cannot_sign_in_until_they_are_let_in_again(ada: Person) -> None:
    bob = invited(ada)
    assert ada.patch(f"users/{bob['id']}", {"active": False}).body["standing"] == "disabled"
    assert in_pool("bob@acme.example")["Enabled"] is False
    assert names(ada.call("GET", "users", query={"standing": "disabled"})) == ["Bob Builder"]
    assert ada.patch(f"users/{bob['id']}", {"active": True}).body["standing"] == "invited"


def test_a_password_is_reset_only_where_there_is_one(ada: Person) -> None:
    cyd = signed_in("cyd@acme.example", "acme", "member")
    assert ada.post(f"users/{cyd.claims['sub']}/reset").body["standing"] == "reset"
    refused = ada.post(f"users/{invited(ada)['id']}/reset")
    assert (refused.status, refused.body["remedy"]) == (409, "Send the invitation again.")


def test_a_name_is_corrected(ada: Person) -> None:
    assert ada.patch(f"users/{invited(ada)['id']}", {"name": "Robert"}).body["name"] == "Robert"
    assert names(ada.get("users")) == ["Ada", "Robert"]


# --- the list --------------------------------------------------------------------------------------------------------


def test_the_list_is_searched_and_paged(ada: Person) -> None:
    for name in ("cyd", "dan", "eve"):
        signed_in(f"{name}@acme.example", "acme", "viewer")
    assert names(ada.get("users", q="EVE@")) == ["Eve"]
    assert names(ada.get("users", role="viewer")) == ["Cyd", "Dan", "Eve"]
    first = ada.get("users", limit=3)
    assert names(first) == ["Ada", "Cyd", "Dan"]
    last = ada.get("users", limit=3, start=first.body["next"])
    assert (names(last), last.body["next"]) == (["Eve"], None)


def test_the_list_asks_the_pool_about_each_of_them_once_in_a_while(
    ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in("cyd@acme.example", "acme", "viewer")
    asked: list[str] = []
    find = Pool.find

    def spied(self: Pool, user: str) -> Any:
        asked.append(user)
        return find(self, user)

    monkeypatch.setattr(Pool, "find", spied)
    assert [names(ada.get("users")) for _ in range(3)] == [["Ada", "Cyd"]] * 3
    assert len(asked) == 2
    assert ada.patch(f"users/{asked[1]}", {"name": "Other"}).status == 200
    assert "Other" in names(ada.get("users"))


def test_the_list_is_compared_with_the_pool(ada: Person, pool: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("timebridge.api.users.FRESH", timedelta(0))
    signed_in("cyd@acme.example", "acme", "viewer")
    cognito = boto3.client("cognito-idp")
    cognito.admin_add_user_to_group(UserPoolId=pool, Username="cyd@acme.example", GroupName="member")
    assert [each["role"] for each in ada.get("users", q="cyd").body["items"]] == ["member"]
    cognito.admin_update_user_attributes(
        UserPoolId=pool, Username="cyd@acme.example", UserAttributes=[{"Name": "custom:tenant_id", "Value": "globex"}]
    )
    assert names(ada.get("users")) == ["Ada"]
    assert People("acme").all() == [people for people in People("acme").all() if people.email == "ada@acme.example"]


def test_a_user_is_found_on_the_list_of_staff_by_the_address(ada: Person) -> None:
    record = Workspace("acme", "ada").create("staff", {"name": "Bob", "email": "Bob@acme.example"})
    assert invited(ada)["staff"] == record.id
    assert [each["staff"] for each in ada.get("users").body["items"]] == [None, record.id]


def test_people_of_another_tenant_are_not_there(ada: Person) -> None:
    gil = signed_in("gil@globex.example", "globex", "member")
    path = f"users/{gil.claims['sub']}"
    answers = [ada.get(path), ada.patch(path, {"role": "viewer"}), ada.post(f"{path}/resend")]
    assert [answer.status for answer in answers] == [404, 404, 404]
    assert answers[0].body == ada.get("users/nobody").body
    assert groups("gil@globex.example") == {"member"}


def test_only_administrators_see_the_list_and_everybody_whom_to_ask(ada: Person) -> None:
    for role in ("member", "viewer"):
        person = Person((role,), "acme", "bob@acme.example")
        assert person.get("users").status == 403
        assert person.post("users", {"email": "x@acme.example", "name": "X", "role": "viewer"}).status == 403
        asked = person.get("administrators")
        assert asked.body["items"] == [{"name": "Ada", "email": ada.name}]

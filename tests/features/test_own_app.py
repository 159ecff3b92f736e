"""An app that the tenant registered for itself: three fields, a secret that nobody reads again, and some patience."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from tests.admin import Person
from tests.features.connecting import heading, secrets, switch, text
from tests.stage import Stage, control, http
from timebridge.store.tables import TABLES
from timebridge.store.tenants import Connections
from timebridge.tenants import Connection, Provider, Status

KEY, SECRET = "3MVG9own.key", "9C1DOWNSECRETOFTHETENANT77"
FORM = {"consumer_key": KEY, "consumer_secret": SECRET}


@pytest.fixture
def waiting(stage: Stage) -> Connection:
    return stage.new_connection(Provider.SALESFORCE)


def know_it(stage: Stage) -> None:
    switch(stage, client_id=KEY, client_secret=SECRET)


def test_B29_the_form_of_three_fields_is_saved_and_its_secret_is_write_only(
    stage: Stage, admin: Person, waiting: Connection
) -> None:
    path = f"connections/{waiting.id}/app"

    saved = admin.post(path, {**FORM, "instance_url": "https://acme.lightning.force.com"})

    assert saved.status == 200
    assert (saved.body["consumer_key"], saved.body["has_secret"]) == (KEY, True)
    assert saved.body["instance_url"] == "https://acme.my.salesforce.com"
    assert admin.get(path).body == saved.body
    assert SECRET not in saved.text + admin.get(path).text + admin.get(f"connections/{waiting.id}").text
    kept = boto3.client("secretsmanager").get_secret_value(SecretId=f"test/grants/acme/{waiting.id}/app")
    assert json.loads(kept["SecretString"]) == {"client_id": KEY, "client_secret": SECRET}
    assert stage.connection(waiting.id).app["client_id"] == KEY


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"consumer_key": KEY}, "consumer_secret"),
        ({"consumer_secret": SECRET}, "consumer_key"),
        ({**FORM, "instance_url": "https://example.com"}, "instance_url"),
        ({**FORM, "consumer_key": ""}, "consumer_key"),
    ],
)
@pytest.mark.usefixtures("stage")
def test_B29_a_form_that_lacks_something_names_the_field(
    admin: Person, waiting: Connection, form: dict[str, str], field: str
) -> None:
    refused = admin.post(f"connections/{waiting.id}/app", form)

    assert (refused.status, refused.body["field"]) == (422, field)
    assert SECRET not in refused.text
    assert secrets() == ["test/app"]


def test_B29_a_connection_through_the_tenants_own_app_works_and_renews_its_access(
    stage: Stage, admin: Person, waiting: Connection
) -> None:
    admin.post(f"connections/{waiting.id}/app", FORM)
    know_it(stage)  # and from now on the org knows the shared app no more
    assert stage.consent(waiting)["statusCode"] == 200
    stage.load(waiting.id)
    control("POST", f"{stage.salesforce.url}/_sandbox/tokens/expire")

    assert admin.post(f"connections/{waiting.id}/test").body["ok"] is True

    unlinked = admin.post(f"connections/{waiting.id}/disconnect").body
    assert (unlinked["status"], unlinked["reason"]) == ("closed", None)


def test_B29_key_and_address_stay_while_they_are_in_use_and_a_new_secret_may_come_at_any_time(
    stage: Stage, admin: Person, waiting: Connection
) -> None:
    path = f"connections/{waiting.id}/app"
    admin.post(path, FORM)
    know_it(stage)
    stage.consent(waiting)
    stage.load(waiting.id)

    assert admin.post(path, {**FORM, "consumer_key": "another"}).status == 409
    assert admin.post(path, {}).status == 409
    switch(stage, client_secret="rotated")
    control("POST", f"{stage.salesforce.url}/_sandbox/tokens/expire")
    failed = admin.post(f"connections/{waiting.id}/test").body
    assert (failed["cause"], "consumer secret" in failed["reason"]) == ("app disabled", True)
    assert admin.post(path, {**FORM, "consumer_secret": "rotated"}).status == 200
    assert admin.post(f"connections/{waiting.id}/test").body["ok"] is True


def test_B29_leaving_the_own_app_forgets_its_secret(stage: Stage, admin: Person, waiting: Connection) -> None:
    admin.post(f"connections/{waiting.id}/app", FORM)

    left = admin.post(f"connections/{waiting.id}/app", {})

    assert left.body == {
        "consumer_key": None,
        "has_secret": False,
        "instance_url": None,
        "full_access": False,
        "saved": None,
    }
    assert secrets() == ["test/app"]
    assert stage.consent(waiting)["statusCode"] == 200


@pytest.mark.usefixtures("stage")
def test_B29_a_provider_that_is_always_reached_through_our_app_says_so(admin: Person, stage: Stage) -> None:
    connection = stage.new_connection(Provider.QUICKBOOKS_ONLINE)

    refused = admin.post(f"connections/{connection.id}/app", FORM)

    assert refused.status == 409
    assert secrets() == ["test/app"]


def test_B27_the_secret_is_in_secrets_manager_and_nowhere_else(
    stage: Stage, admin: Person, waiting: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    said = [admin.post(f"connections/{waiting.id}/app", FORM)]
    said += [admin.post(f"connections/{waiting.id}/app/check"), admin.post(f"connections/{waiting.id}/preflight")]
    failed = stage.start(waiting)
    know_it(stage)
    stage.consent(waiting)
    stage.load(waiting.id)
    said += [admin.post(f"connections/{waiting.id}/{verb}") for verb in ("test", "preflight", "disconnect")]
    said += [admin.get(path) for path in ("connections", "audit", "providers", f"connections/{waiting.id}/app")]

    printed = capsys.readouterr()
    shown = [printed.out, printed.err, failed["body"], *(answer.text for answer in said)]
    shown += [repr(stage.connection(waiting.id)), *(str(item) for item in everything_stored())]
    assert sum(SECRET in each for each in shown) == 0
    assert all(answer.status == 200 for answer in said)


def everything_stored() -> list[object]:
    client = boto3.client("dynamodb")
    names = [table._get_connection().table_name for table in TABLES]
    return [item for name in names for item in client.scan(TableName=name)["Items"]]


def test_B24_an_app_that_salesforce_does_not_know_yet_is_waited_for_and_tried_again_by_itself(
    stage: Stage, admin: Person, waiting: Connection
) -> None:
    admin.post(f"connections/{waiting.id}/app", FORM)

    answer = stage.start(waiting)

    assert (answer["statusCode"], heading(answer)) == (400, "The connection was not made")
    assert "A new app needs ten minutes: wait, then connect again." in text(answer)
    found = re.search(
        r'<meta http-equiv="refresh" content="60;url=/api/salesforce/start\?ticket=([^"]+)">', answer["body"]
    )
    assert found is not None
    asked = admin.post(f"connections/{waiting.id}/app/check").body
    assert (asked["ok"], asked["retry_after"]) == (False, 60)

    know_it(stage)
    assert admin.post(f"connections/{waiting.id}/app/check").body["ok"] is True
    tried = stage.call(
        "oauth", http("GET /api/{provider}/start", {"provider": "salesforce"}, query={"ticket": found[1]})
    )
    assert tried["statusCode"] == 302


def test_B24_after_a_quarter_of_an_hour_waiting_is_not_offered_any_more(
    stage: Stage, admin: Person, waiting: Connection
) -> None:
    admin.post(f"connections/{waiting.id}/app", FORM)
    found = stage.connection(waiting.id)
    long_ago = (datetime.now(UTC) - timedelta(minutes=16)).isoformat()
    Connections().save(replace(found, app={**found.app, "saved": long_ago}))

    answer = stage.start(waiting)

    assert answer["statusCode"] == 400
    assert "refresh" not in answer["body"]
    assert admin.post(f"connections/{waiting.id}/app/check").body["retry_after"] is None


def test_B24_a_wrong_secret_is_not_waited_for(stage: Stage, admin: Person, waiting: Connection) -> None:
    switch(stage, client_id=KEY)
    admin.post(f"connections/{waiting.id}/app", FORM)

    answer = stage.start(waiting)

    assert "refuses the consumer secret of your own app" in text(answer)
    assert "refresh" not in answer["body"]
    assert stage.connection(waiting.id).status is Status.CONNECTING

"""The webhook of a Salesforce connection: shipped flow and message, switched on and off, address and its renewal."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from xml.sax.saxutils import escape
from zipfile import ZipFile

import pytest
import requests

from tests.admin import Person
from tests.bridge import bridged
from tests.stage import Stage, control, http
from timebridge import context
from timebridge.providers.salesforce import notices
from timebridge.store.audit import Audit
from timebridge.tenants import Connection, Provider

WEBHOOK = "POST /api/salesforce/webhook/{connection}/{secret}"
PATH = "connections/salesforce/webhook"


@pytest.fixture
def live(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """A live connection, and an HTTP API that the sandbox can reach."""
    stage.connect(Provider.SALESFORCE)
    stage.settle()
    with bridged(stage, Person()) as url:
        monkeypatch.setenv("PUBLIC_URL", url)
        yield stage


def projects(admin: Person) -> list[str]:
    return [project["values"]["name"] for project in admin.get("projects").body["items"]]


def won(stage: Stage) -> str:
    """A salesperson wins an opportunity of a new customer."""
    account = stage.seller("create", "Account", Name="Acme")
    values = {"Name": "Website", "AccountId": account, "StageName": "Closed Won", "CloseDate": "2026-12-31"}
    return stage.seller("create", "Opportunity", **values)


def in_metadata_format(source: bytes, folder: str) -> bytes:
    """What `sf project deploy start --source-dir` makes of a folder: no "-meta.xml", and a package.xml."""
    kinds = {"workflow": "WorkflowOutboundMessage", "flow": "Flow"}
    members: dict[str, list[str]] = {}
    made = BytesIO()
    with ZipFile(BytesIO(source)) as given, ZipFile(made, "w") as archive:
        for path in given.namelist():
            if path.startswith(f"{folder}/"):
                name, suffix, *_ = path.rpartition("/")[2].removesuffix("-meta.xml").split(".")
                archive.writestr(f"{suffix}s/{name}.{suffix}", given.read(path))
                whole = f"{name}.TB_{name}_Changed" if suffix == "workflow" else name
                members.setdefault(kinds[suffix], []).append(whole)
        types = "".join(
            f"<types>{''.join(f'<members>{escape(each)}</members>' for each in names)}<name>{kind}</name></types>"
            for kind, names in members.items()
        )
        archive.writestr("package.xml", f'<Package xmlns="http://soap.sforce.com/2006/04/metadata">{types}</Package>')
    return made.getvalue()


def deploy(stage: Stage, archive: bytes) -> dict[str, object]:
    """An administrator of the org deploys metadata."""
    url = f"{stage.salesforce.url}/services/data/v67.0/metadata/deployRequest"
    headers = {"Authorization": f"Bearer {stage.salesforce.access_token()}"}
    options = json.dumps({"deployOptions": {"rollbackOnError": True}})
    parts = {"file": ("package.xml", archive, "application/zip"), "entity_content": (None, options, "application/json")}
    started = requests.post(url, files=parts, headers=headers)
    assert started.status_code == 201, started.text
    found: dict[str, object] = requests.get(f"{url}/{started.json()['id']}", headers=headers).json()["deployResult"]
    return found


def deploy_notices(stage: Stage, admin: Person, **query: object) -> None:
    source = admin.get(f"{PATH}/source", **query)
    assert source.headers["Content-Type"] == "application/zip"
    for folder in ("messages", "flows"):
        assert deploy(stage, in_metadata_format(source.content, folder))["status"] == "Succeeded"


def until_told(stage: Stage) -> None:
    """The org sends what waits, and the worker does what it hears."""
    url = f"{stage.salesforce.url}/_sandbox/outbound-messages"
    deadline = datetime.now(UTC) + timedelta(seconds=30)
    while control("GET", url)["pending"] and datetime.now(UTC) < deadline:
        control("POST", f"{url}/release")
        time.sleep(0.05)
    assert control("GET", url)["pending"] == 0
    stage.settle()


def test_B62_the_shipped_flow_tells_our_webhook_and_the_project_is_there(live: Stage, admin: Person) -> None:
    deploy_notices(live, admin)

    won(live)
    until_told(live)

    assert projects(admin) == ["Website"]


def test_B62_flow_and_message_are_shipped_for_account_opportunity_and_case(live: Stage, admin: Person) -> None:
    deploy_notices(live, admin)

    shown = control("GET", f"{live.salesforce.url}/_sandbox/outbound-messages")["messages"]
    assert [each["object"] for each in shown] == ["Account", "Opportunity", "Case"]
    assert all(each["fields"] == ["Id", "SystemModstamp"] for each in shown)


def test_B62_what_our_own_user_wrote_is_not_told_unless_that_is_wanted(live: Stage, admin: Person) -> None:
    won(live)
    deploy_notices(live, admin)
    sent = f"{live.salesforce.url}/_sandbox/outbound-messages"
    client = requests.Session()
    client.headers["Authorization"] = f"Bearer {live.salesforce.access_token()}"
    [opportunity] = live.salesforce_has("Opportunity")
    url = f"{live.salesforce.url}/services/data/v67.0/sobjects/Opportunity/{opportunity['Id']}"

    client.patch(url, json={"Description": "ours"})
    assert control("GET", sent)["pending"] + control("GET", sent)["sent"] == 0

    deploy_notices(live, admin, skip_own=False)
    client.patch(url, json={"Description": "ours again"})
    until_told(live)
    assert control("GET", sent)["sent"] >= 1
    client.close()


def test_B62_a_flow_cannot_be_deployed_before_its_message(live: Stage, admin: Person) -> None:
    source = admin.get(f"{PATH}/source").content

    assert deploy(live, in_metadata_format(source, "flows"))["status"] == "Failed"


def posted(stage: Stage, connection: Connection, secret: str, organisation: str = "", *ids: str) -> int:
    body = notices.build(organisation or connection.account or "", "Opportunity", ids or ("006000000000001AAA",))
    parameters = {"connection": f"{connection.tenant}.{connection.id}", "secret": secret}
    event = http(WEBHOOK, parameters, body=body, headers={"content-type": "text/xml"})
    return int(stage.call("salesforce_webhook", event)["statusCode"])


def test_B62_a_message_with_another_secret_or_of_another_org_is_refused_and_changes_nothing(live: Stage) -> None:
    connection = live.connection("salesforce")
    secret = connection.webhook_secret or ""

    assert posted(live, connection, "guessed") == 403
    assert posted(live, connection, "") == 403
    assert posted(live, connection, secret, "00D000000000001AAA") == 403
    assert live.bodies() == []
    assert posted(live, connection, secret) == 200


def test_B62_a_replayed_message_is_ignored(live: Stage, admin: Person) -> None:
    id = won(live)
    live.noticed("Opportunity", id)
    live.settle()
    [before] = admin.get("projects").body["items"]

    for _ in range(5):
        assert live.noticed("Opportunity", id)["statusCode"] == 200
    live.settle()

    assert admin.get("projects").body["items"] == [before]


def test_B63_notices_that_are_switched_off_are_ignored_and_counted_until_they_are_switched_on_again(
    live: Stage, admin: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    assert admin.get(PATH).body["accepted"] is True
    found = admin.get("connections/salesforce").body
    off = {"settings": {**found["settings"], "notices": False}, "revision": found["revision"]}
    assert admin.patch("connections/salesforce", off).status == 200
    id = won(live)
    capsys.readouterr()

    assert live.noticed("Opportunity", id)["statusCode"] == 200  # or Salesforce would send it again for a day

    counted = [json.loads(line) for line in capsys.readouterr().out.splitlines() if "NoticesIgnored" in line]
    assert counted[0]["NoticesIgnored"] == [1.0]
    assert live.bodies() == []
    assert projects(admin) == []
    assert admin.get(PATH).body["accepted"] is False

    found = admin.get("connections/salesforce").body
    on = {"settings": {**found["settings"], "notices": True}, "revision": found["revision"]}
    assert admin.patch("connections/salesforce", on).status == 200
    live.noticed("Opportunity", id)
    live.settle()
    assert projects(admin) == ["Website"]


def test_B64_each_connection_has_an_address_and_a_secret_of_its_own(live: Stage, admin: Person) -> None:
    other = live.new_connection(
        Provider.SALESFORCE, tenant="other", account="00D000000000009AAA", webhook_secret="theirs-and-nobody-elses"
    )
    ours = admin.get(PATH).body["url"]
    theirs = Person(tenant="other", name="eve@other.example").get(PATH).body["url"]

    assert ours.rpartition("/")[0].endswith("/api/salesforce/webhook/acme.salesforce")
    assert theirs.endswith("/api/salesforce/webhook/other.salesforce/theirs-and-nobody-elses")
    assert len(ours.rpartition("/")[2]) >= 40
    assert posted(live, other, ours.rpartition("/")[2]) == 403


@pytest.mark.parametrize("role", ["platform_admin", "member", "viewer"])
def test_B64_only_administrators_of_the_tenant_are_shown_the_address(live: Stage, role: str) -> None:
    somebody = Person(roles=(role,))

    for answer in (somebody.get(PATH), somebody.get(f"{PATH}/source"), somebody.post(f"{PATH}/rotate", {})):
        assert answer.status == 403
        assert (live.connection("salesforce").webhook_secret or "") not in answer.text


def test_B64_a_new_address_is_made_and_the_old_one_works_on_until_its_grace_is_over(
    live: Stage, admin: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    connection = live.connection("salesforce")
    old = connection.webhook_secret or ""

    renewed = admin.post(f"{PATH}/rotate", {"grace_hours": 2})

    new = renewed.body["url"].rpartition("/")[2]
    assert new != old
    assert datetime.fromisoformat(renewed.body["old_until"]) > datetime.now(UTC) + timedelta(minutes=119)
    assert [posted(live, connection, secret) for secret in (old, new)] == [200, 200]

    over = {"secret": old, "until": (datetime.now(UTC) - timedelta(seconds=1)).isoformat()}
    context.changed(connection, old_webhook=over)
    assert [posted(live, connection, secret) for secret in (old, new)] == [403, 200]
    assert admin.get(PATH).body["old_until"] is None
    assert not {old, new} & set(capsys.readouterr().out.split('"'))


def test_B64_without_grace_the_old_address_ends_at_once(live: Stage, admin: Person) -> None:
    connection = live.connection("salesforce")

    admin.post(f"{PATH}/rotate", {"grace_hours": 0})

    assert posted(live, connection, connection.webhook_secret or "") == 403
    assert admin.post(f"{PATH}/rotate", {"grace_hours": 1000}).status == 422


def test_B64_a_rotated_address_is_deployed_and_used(live: Stage, admin: Person) -> None:
    deploy_notices(live, admin)
    admin.post(f"{PATH}/rotate", {"grace_hours": 0})
    deploy_notices(live, admin)

    won(live)
    until_told(live)

    assert projects(admin) == ["Website"]


def test_B64_rotation_and_download_are_in_the_audit_trail_without_the_secret(live: Stage, admin: Person) -> None:
    admin.post(f"{PATH}/rotate", {"grace_hours": 2})
    admin.get(f"{PATH}/source")

    lines, _ = Audit("acme").page()
    written = {line["what"]: line for line in lines}
    assert written["webhook.rotate"]["detail"] == {"grace_hours": 2}
    assert written["webhook.download"]["actor"] == admin.name
    assert (live.connection("salesforce").webhook_secret or "") not in json.dumps(lines, default=str)


def test_a_connection_without_consent_has_no_address_yet(stage: Stage, admin: Person) -> None:
    stage.new_connection(Provider.SALESFORCE)
    stage.new_connection(Provider.QUICKBOOKS_ONLINE, id="books")

    assert (admin.get(PATH).status, admin.get(PATH).body["remedy"][:13]) == (409, "Connect it fi")
    assert admin.get("connections/books/webhook").status == 404

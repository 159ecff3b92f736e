"""People are told by mail: the right ones, once, with the way to the record."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.admin import Person
from tests.stage import Stage, control, door
from timebridge.store.alerts import Alerts, Notifications
from timebridge.store.records import Workspace
from timebridge.telling import digest
from timebridge.telling.alerts import Alert, Links, Mail, Watch, Wishes, next_digest, noted, of_errors, told
from timebridge.tenants import Provider

BASE = "connections/salesforce"
ADA, BEN = "ada@acme.example", "ben@acme.example"


@pytest.fixture
def org(stage: Stage) -> Stage:
    """A live connection that writes clients to Salesforce, which refuses all of them."""
    stage.connect(Provider.SALESFORCE, settings={"presets": ["projects", "push"]})
    stage.bodies()
    order = {"object": "Account", "code": "STRING_TOO_LONG", "message": "Phone: too large", "fields": ["Phone"]}
    control("POST", f"{stage.salesforce.url}/_sandbox/refusals", json=order)
    return stage


def wish(admin: Person, **values: Any) -> None:
    revision = admin.get("notifications").body["revision"]
    answer = admin.patch("notifications", {"recipients": [ADA], "errors": 0, "revision": revision, **values})
    assert answer.status == 200, answer.text


def refused(stage: Stage, workspace: Workspace, admin: Person, *names: str) -> list[str]:
    """Clients made here that Salesforce refuses."""
    ids = [workspace.create("client", {"name": name}).id for name in names]
    for id in ids:
        admin.post(f"{BASE}/sync", {"kind": "client", "id": id})
    stage.work()
    return ids


def test_B65_an_error_is_mailed_with_its_reason_remedy_and_the_way_to_the_record(
    org: Stage, admin: Person, workspace: Workspace
) -> None:
    wish(admin)
    [id] = refused(org, workspace, admin, "Northwind")

    [mail] = org.mails()

    assert mail.subject == "timebridge: 1 error at Acme"
    assert "too long for Salesforce" in mail.text
    assert "Phone" in mail.text
    path = f"/console/acme/problems/salesforce/salesforce.account/{id}"
    assert f"https://timebridge.example{path}" in mail.text


def test_B65_where_the_record_is_in_salesforce_the_mail_leads_there_too(
    org: Stage, admin: Person, workspace: Workspace
) -> None:
    wish(admin)
    control("DELETE", f"{org.salesforce.url}/_sandbox/refusals")
    account = org.seller("create", "Account", Name="Northwind")
    org.noticed("Account", account)
    org.settle()
    order = {"object": "Account", "code": "STRING_TOO_LONG", "message": "Phone: too large", "fields": ["Phone"]}
    control("POST", f"{org.salesforce.url}/_sandbox/refusals", json=order)
    [client] = workspace.page("client", "Northwind")[0]
    workspace.update("client", client.id, {"phone": "1234"}, client.version or "")
    admin.post(f"{BASE}/sync", {"kind": "client", "id": client.id})
    org.work()

    [mail] = org.mails()

    assert f"{org.connection('salesforce').base_url}/{account}" in mail.text


@pytest.mark.parametrize("row", ["B66", "B84"])
def test_B66_B84_more_than_n_errors_within_m_minutes_are_told_once_and_not_n_times(
    org: Stage, admin: Person, workspace: Workspace, row: str
) -> None:
    wish(admin, errors=3, minutes=10)
    refused(org, workspace, admin, "one", "two", "three")
    assert org.mails() == [], row

    refused(org, workspace, admin, "four")
    [mail] = org.mails()
    assert mail.subject == "timebridge: 4 errors at Acme"
    assert mail.text.count("too long for Salesforce") == 4

    refused(org, workspace, admin, "five", "six")
    admin.post(f"{BASE}/runs")  # all are tried, and refused, again
    for _ in range(3):
        assert len(org.mails()) == 1


def test_B66_a_record_that_is_refused_again_is_no_new_error(org: Stage, admin: Person, workspace: Workspace) -> None:
    wish(admin, errors=1, minutes=10)
    [id] = refused(org, workspace, admin, "one")
    for _ in range(3):
        admin.post(f"{BASE}/links/salesforce.account/{id}/retry")
        org.work()

    assert org.mails() == []


def test_B67_everybody_on_the_tenants_list_is_told_and_nobody_else(
    org: Stage, admin: Person, workspace: Workspace
) -> None:
    wish(admin, recipients=[ADA, BEN, ADA])
    refused(org, workspace, admin, "one")

    assert [mail.to for mail in org.mails()] == [[ADA, BEN]]
    assert Notifications("other").wishes().recipients == ()


def test_B67_without_recipients_nobody_is_told(org: Stage, admin: Person, workspace: Workspace) -> None:
    refused(org, workspace, admin, "one")

    assert org.mails() == []
    assert Alerts().waiting() == []


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"recipients": ["not an address"]}, "recipients.0"),
        ({"recipients": [f"p{n}@acme.example" for n in range(21)]}, "recipients"),
        ({"minutes": 0}, "minutes"),
        ({"errors": -1}, "errors"),
    ],
)
def test_B67_wishes_that_do_not_make_sense_are_refused(
    stage: Stage, admin: Person, values: dict[str, Any], field: str
) -> None:
    stage.new_connection(Provider.SALESFORCE)
    answer = admin.patch("notifications", {"revision": 0, **values})

    assert (answer.status, answer.body["field"]) == (422, field)


def test_B67_who_is_told_is_changed_by_administrators_and_written_down(stage: Stage, admin: Person) -> None:
    stage.new_connection(Provider.SALESFORCE)
    wish(admin)

    assert Person(roles=("member",)).get("notifications").status == 403
    assert admin.patch("notifications", {"errors": 5, "revision": 0}).status == 409
    [line] = admin.get("audit", what="notifications.update").body["items"]
    assert (line["actor"], line["after"]["recipients"]) == ("ada@acme.example", [ADA])


def test_B84_a_connection_that_lost_its_access_is_told_at_once_and_once(org: Stage, admin: Person) -> None:
    wish(admin, errors=100)
    control("POST", f"{org.salesforce.url}/_sandbox/tokens/revoke", json={})
    control("POST", f"{org.salesforce.url}/_sandbox/tokens/expire", json={})
    for _ in range(3):
        admin.post(f"{BASE}/sync")
        org.work()

    mails = org.mails()

    assert [mail.subject for mail in mails] == ["timebridge: a connection stopped at Acme"]
    assert "Reconnect Salesforce" in mails[0].text
    assert "/console/acme/connections/salesforce" in mails[0].text
    assert len(org.mails()) == 1


def test_B84_a_run_that_stopped_and_asks_is_told_once(stage: Stage, admin: Person) -> None:
    both = {"flows": {"salesforce.account": {"deletions": "both"}}, "presets": ["projects"]}
    rows = [{"Name": f"Client {number}"} for number in range(15)]
    made = control("POST", f"{stage.salesforce.url}/_sandbox/load", json={"Account": rows})["Account"]
    stage.connect(Provider.SALESFORCE, settings=both)
    stage.settle()
    wish(admin)
    for id in made:
        stage.seller("delete", "Account", id)
    for _ in range(3):
        admin.post(f"{BASE}/sync")
        stage.work()

    [mail] = stage.mails()
    assert mail.subject == "timebridge: a connection needs attention at Acme"
    assert "would delete 15 records" in mail.text


def test_B84_the_morning_digest_says_what_waits_and_comes_once_a_day(
    org: Stage, admin: Person, workspace: Workspace
) -> None:
    wish(admin, errors=100, digest=True)
    [id] = refused(org, workspace, admin, "one")
    assert org.mails() == []
    morning = datetime.now(UTC) + timedelta(days=1)

    assert [digest.tell(morning)["mails"] for _ in range(2)] == [1, 0]
    [mail] = org.mails()
    assert mail.subject == "timebridge: the last day at Acme"
    assert "too long for Salesforce" in mail.text
    assert id in mail.text


def test_B84_a_mail_that_could_not_be_sent_is_sent_later(
    org: Stage, admin: Person, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish(admin)
    refused(org, workspace, admin, "one")
    with monkeypatch.context() as patch:
        patch.setenv("MAIL_FROM", "nobody@elsewhere.example")
        assert door("notify").handler({}, _Context())["mails"] == 0

    assert len(org.mails()) == 1


class _Context:
    function_name = "notify"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-central-1:000000000000:function:notify"
    aws_request_id = "1"


# --- the decision alone ----------------------------------------------------------------------------------------------

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
WISHES = Wishes((ADA,), errors=2, minutes=10)


def errors(minute: int, *ours: str, more: int = 0) -> Alert:
    problems = [{"flow": "f", "ours": each, "reason": "No."} for each in ours]
    return Alert("acme", "salesforce", "errors", NOON + timedelta(minutes=minute), problems=problems, more=more)


def played(*alerts: Alert) -> list[int]:
    """What is told after each alert, as it comes."""
    watch, said = Watch(), []
    for alert in alerts:
        watch, count = noted(watch, [alert], WISHES, alert.at)
        watch = told(watch) if count else watch
        said.append(count)
    return said


def test_B66_after_it_was_quiet_for_as_long_people_are_told_again() -> None:
    assert played(errors(0, "a", "b"), errors(1, "c"), errors(5, "d"), errors(30, "e"), errors(31, "f", "g")) == [
        *(0, 3, 0),
        *(0, 3),
    ]


def test_B66_errors_that_lie_too_far_apart_are_no_alarm() -> None:
    assert played(errors(0, "a", "b"), errors(11, "c", "d"), errors(22, "e", "f")) == [0, 0, 0]


def test_B66_errors_that_a_run_could_not_list_count_too() -> None:
    assert played(errors(0, "a", more=99)) == [100]


def test_B65_a_mail_with_many_errors_lists_some_and_counts_the_rest() -> None:
    watch, count = noted(Watch(), [errors(0, *(str(n) for n in range(50)))], WISHES, NOON)
    mail = of_errors("Acme", count, WISHES, watch.waiting, Links("https://timebridge.example", "acme"))

    assert isinstance(mail, Mail)
    assert mail.text.count("- No.") == 20
    assert "And 30 more." in mail.text


@pytest.mark.parametrize(
    ("after", "next"),
    [
        ("2026-11-21T04:00:00+00:00", "2026-11-21T06:00:00+00:00"),
        ("2026-11-21T06:00:00+00:00", "2026-11-22T06:00:00+00:00"),
    ],
)
def test_B84_a_digest_comes_at_seven_where_the_tenant_is(after: str, next: str) -> None:
    assert next_digest("Europe/Vienna", datetime.fromisoformat(after)) == datetime.fromisoformat(next)

"""What is read in QuickBooks costs: it is counted as Intuit counts it, held against a budget, and told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from tests.admin import Answer, Person
from tests.features.books import PATH
from tests.features.feed import charged, scheduled, shared
from tests.stage import Stage
from timebridge import context, queue
from timebridge.budget import READ_BUDGET
from timebridge.store.meter import Meter
from timebridge.store.records import Workspace
from timebridge.tenants import Provider


def counted() -> int:
    return sum(day.reads for day in Meter("acme", "quickbooks_online").days(31))


def test_reads_are_counted_as_intuit_counts_them(stage: Stage, admin: Person) -> None:
    """Consent, first load, notices, pulls and a probe; writes and refused calls cost nothing."""
    stage.bookkeeper("Customer", DisplayName="Soderstrom")
    stage.connect(Provider.QUICKBOOKS_ONLINE)
    assert counted() == charged(stage) > 0

    id = stage.bookkeeper("Customer", DisplayName="Halvorsen")["Id"]
    stage.told(stage.cloud_event("Customer", id, "created"))
    stage.settle()
    assert admin.post("clients", {"name": "Mockridge"}).status == 201
    stage.settle()
    assert admin.post("connections/quickbooks_online/sync").status == 202
    stage.settle()
    stage.quickbooks.faults.add({"kind": "status", "status": 500, "times": 1, "match": {"path": "cdc"}})
    assert admin.post("connections/quickbooks_online/sync").status == 202
    stage.settle()
    admin.post("connections/quickbooks_online/probe")

    assert counted() == charged(stage)
    shown = admin.get("connections/quickbooks_online/usage").body
    assert shown["reads"]["used"] == shown["days"][0]["reads"] == charged(stage)
    assert shown["calls_today"] >= shown["reads"]["used"] - 2, "calls of the road, among them writes"


# --- the budget ------------------------------------------------------------------------------------------------------


def read(count: int, at: datetime) -> None:
    for _ in range(count):
        Meter("acme", "quickbooks_online").read(at)


def settings(admin: Person, **values: object) -> Answer:
    found = admin.get(PATH).body
    return admin.patch(PATH, {"settings": {**found["settings"], **values}, "revision": found["revision"]})


def test_the_budget_is_the_tenants_else_the_operators(stage: Stage, admin: Person) -> None:
    stage.new_connection(Provider.QUICKBOOKS_ONLINE)
    assert admin.get(f"{PATH}/usage").body["reads"]["budget"] == READ_BUDGET
    stage.registered(read_budget=900)
    assert admin.get(f"{PATH}/usage").body["reads"]["budget"] == 900
    assert settings(admin, read_budget=70).status == 200
    assert admin.get(f"{PATH}/usage").body["reads"]["budget"] == 70
    for odd in (0, -1, 2.5, "many", True):
        answer = settings(admin, read_budget=odd)
        assert (answer.status, answer.body["field"]) == (422, "settings.read_budget")
        assert answer.body["remedy"]


def test_the_forecast_of_the_month_is_held_against_the_budget(stage: Stage, admin: Person) -> None:
    stage.new_connection(Provider.QUICKBOOKS_ONLINE)
    now = datetime.now(UTC)
    read(3, now)
    assert settings(admin, read_budget=3).status == 200

    shown = admin.get(f"{PATH}/usage").body["reads"]

    assert (shown["used"], shown["left"]) == (3, 0)
    assert shown["forecast"] >= 3
    assert shown["exceeds"] == (shown["forecast"] > 3)


def test_the_reads_of_a_tenant_are_those_of_all_its_companies(stage: Stage, admin: Person) -> None:
    stage.new_connection(Provider.SALESFORCE)
    assert admin.get("usage").body == {"reads": None, "connections": []}
    stage.new_connection(Provider.QUICKBOOKS_ONLINE)
    stage.new_connection(Provider.QUICKBOOKS_ONLINE, "second", settings={"read_budget": 100})
    now = datetime.now(UTC)
    read(3, now)
    Meter("acme", "second").read(now)

    shown = admin.get("usage").body

    used = {each["connection"]: each["reads"]["used"] for each in shown["connections"]}
    assert used == {"quickbooks_online": 3, "second": 1}
    assert (shown["reads"]["used"], shown["reads"]["budget"]) == (4, READ_BUDGET + 100)
    assert shown["reads"]["forecast"] >= 4
    assert not shown["reads"]["exceeds"]


def test_people_are_told_once_a_month_that_the_budget_will_not_do(stage: Stage, workspace: Workspace) -> None:
    books = shared(stage, workspace, settings={"read_budget": 2})
    wishes = {"recipients": ["ada@acme.example"], "revision": 0}
    assert books.admin.patch("notifications", wishes).status == 200

    for _ in range(2):
        found = stage.connection("quickbooks_online")
        context.changed(found, pulled={})
        scheduled(stage)

    told = [mail for mail in stage.mails() if "read_budget" in mail.text]
    assert len(told) == 1
    assert "more than the 2 of its budget" in told[0].text


def test_reads_of_a_salesforce_connection_cost_nothing(stage: Stage, admin: Person) -> None:
    stage.new_connection(Provider.SALESFORCE)
    assert admin.get("connections/salesforce/usage").body["reads"] is None


# --- the limits ------------------------------------------------------------------------------------------------------


def test_what_the_operator_says_intuit_allows_is_kept(stage: Stage, workspace: Workspace) -> None:
    """Two workers call for one company at the same time, and the sandbox refuses nobody."""
    shared(stage, workspace)
    stage.limited(second=4)
    stage.quickbooks.throttle.limits = stage.quickbooks.throttle.limits.changed({"per_second": 4})

    def work(_: int) -> None:
        with context.opened("acme", "quickbooks_online") as road:
            for _ in range(5):
                road.theirs.read("Customer", ["1"])

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(2)))

    assert stage.quickbooks.throttle.refused == 0


def test_a_refused_call_comes_back_from_the_queue_with_nothing_lost(stage: Stage, workspace: Workspace) -> None:
    """Another app may use up what a company allows. What was read by then is kept; the rest is asked for again."""
    books = shared(stage, workspace)
    books.bookkeeper("Customer", Id=books.customer, DisplayName="Harbour Freight II")
    stage.quickbooks.throttle.limits = stage.quickbooks.throttle.standard.changed({"per_minute": 0})
    assert books.admin.post(f"{PATH}/sync").status == 202

    [message] = stage.messages()
    assert stage.call("worker", {"Records": [message]})["batchItemFailures"]
    assert books.record("client", books.client).values["name"] == "Harbour Freight"
    stage.quickbooks.throttle.limits = stage.quickbooks.throttle.standard.changed({"enabled": False})
    queue.hold_back(message["receiptHandle"], 0)
    stage.work()

    assert books.record("client", books.client).values["name"] == "Harbour Freight II"

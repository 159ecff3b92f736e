"""QuickBooks Online as a side: what it reads, writes and refuses, against the sandbox over HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import SimpleQueue
from threading import Thread
from typing import Any

import pytest

from tests.contract.connected_quickbooks_online import (
    Bookkeeper,
    app_of,
    connect,
    connection_to,
    consent,
    quickbooks,
    side_of,
)
from tests.contract.quickbooks_company import CONSULTING
from timebridge.errors import (
    Disconnected,
    Locked,
    Misconfigured,
    RateLimited,
    Rejected,
    Stale,
    SyncError,
    Transient,
)
from timebridge.memory import MemoryGrants
from timebridge.providers.provider import Account, App
from timebridge.providers.quickbooks_online import notices, reading
from timebridge.providers.quickbooks_online.pace import Pace, limits_of
from timebridge.providers.quickbooks_online.side import QuickBooksOnline
from timebridge.records import Record
from timebridge.sides import Create, Cursor, Delete, Update, Written

OBJECTS = ("Customer", "Employee", "Item", "TimeActivity")
CLOSED = {"AccountingInfoPrefs": {"BookCloseDate": "2026-10-31"}}


@pytest.fixture
def connected(books: Bookkeeper) -> tuple[App, MemoryGrants, Account]:
    return connect(books.sandbox)


@pytest.fixture
def side(connected: tuple[App, MemoryGrants, Account]) -> Iterator[QuickBooksOnline]:
    opened = side_of(*connected)
    with opened.client.session:
        yield opened


def hours(books: Bookkeeper, **more: Any) -> dict[str, Any]:
    """The values of a billable time activity of somebody, for some job."""
    job = next(customer for customer in books.find("Customer") if customer["Job"])
    return {
        "NameOf": "Employee",
        "EmployeeRef": {"value": books.find("Employee")[0]["Id"]},
        "CustomerRef": {"value": job["Id"]},
        "ItemRef": {"value": "1"},
        "TxnDate": "2026-11-02",
        "Hours": 1,
        "Minutes": 30,
        "BillableStatus": "Billable",
        "HourlyRate": Decimal("120.50"),
        "Description": "Review",
        **more,
    }


def only[T](found: list[T]) -> T:
    (one,) = found
    return one


def created(side: QuickBooksOnline, name: str, values: dict[str, Any], record: str = "rec_1") -> Written:
    outcome = only(side.write(name, [Create(record, values, f"request-{record}", "1")]))
    assert isinstance(outcome, Written), outcome
    return outcome


def cursors(side: QuickBooksOnline) -> dict[str, Cursor | None]:
    return {page.name: page.cursor for page in side.changed(dict.fromkeys(OBJECTS))}


def changed(side: QuickBooksOnline, since: dict[str, Cursor | None]) -> dict[str, list[Record]]:
    found: dict[str, list[Record]] = {}
    for page in side.changed(since):
        found.setdefault(page.name, []).extend(page.records)
    return found


# --- consent and tokens ----------------------------------------------------------------------------------------------


def test_consent_opens_the_company_that_the_person_chose(connected: tuple[App, MemoryGrants, Account]) -> None:
    _, grants, account = connected
    assert (account.id, account.name) == (CONSULTING, "Larkspur and Vane Consulting")
    assert account.owner == "owner@example.test"
    assert grants.grant.expires is not None
    assert grants.grant.expires - datetime.now(UTC) > timedelta(minutes=55)


def test_a_refused_consent_says_what_to_do(books: Bookkeeper) -> None:
    app = app_of(books.sandbox)
    with pytest.raises(Disconnected, match="not allowed") as refused:
        quickbooks.exchange(app, *consent(app, "deny"))
    assert refused.value.remedy


def test_a_code_is_good_once(books: Bookkeeper) -> None:
    app = app_of(books.sandbox)
    query, verifier = consent(app)
    quickbooks.exchange(app, query, verifier)
    with pytest.raises(Disconnected) as refused:
        quickbooks.exchange(app, query, verifier)
    assert query["code"] not in f"{refused.value} {refused.value.remedy}"


def test_a_refresh_keeps_the_rotated_refresh_token(books: Bookkeeper, connected: Any) -> None:
    app, grants, _ = connected
    books.control("switches", {"rotate_next": True})
    renewed = quickbooks.refresh(app, grants.grant)
    assert renewed.refresh_token != grants.grant.refresh_token
    assert quickbooks.refresh(app, renewed).access_token != renewed.access_token
    with pytest.raises(Disconnected):
        quickbooks.refresh(app, grants.grant)


def test_a_wrong_client_secret_is_for_the_operator(connected: Any) -> None:
    app, grants, _ = connected
    with pytest.raises(Misconfigured):
        quickbooks.refresh(replace(app, client_secret="wrong"), grants.grant)


def test_a_grant_that_the_user_ended_asks_for_a_new_connection(
    books: Bookkeeper, connected: Any, side: QuickBooksOnline
) -> None:
    books.control(f"companies/{CONSULTING}/disconnect")
    with pytest.raises(Disconnected) as ended:
        side.read("Customer", ["1"])
    assert "Connect QuickBooks again" in ended.value.remedy
    assert connected[1].grant.refresh_token not in str(ended.value)


def test_an_expired_access_token_is_renewed_once(books: Bookkeeper, connected: Any, side: QuickBooksOnline) -> None:
    books.control("tokens/expire")
    assert side.read("Item", ["1"])
    assert side.read("Item", ["2"])
    assert connected[1].renewals == 1


def test_revoking_ends_the_grant_and_may_be_repeated(connected: Any) -> None:
    app, grants, _ = connected
    quickbooks.revoke(app, grants.grant)
    quickbooks.revoke(app, grants.grant)
    with pytest.raises(Disconnected):
        quickbooks.refresh(app, grants.grant)


def test_a_probe_names_the_company_or_the_cause(books: Bookkeeper, connected: Any) -> None:
    app, grants, account = connected
    found = quickbooks.probe(app, grants, connection_to(account))
    assert (found["ok"], found["name"]) == (True, "Larkspur and Vane Consulting")
    books.control(f"companies/{CONSULTING}/disconnect")
    failed = quickbooks.probe(app, grants, connection_to(account))
    assert (failed["ok"], failed["cause"]) == (False, "credentials")


# --- what changed ----------------------------------------------------------------------------------------------------


def test_a_first_load_brings_what_is_active_oldest_first(books: Bookkeeper, side: QuickBooksOnline) -> None:
    books.edit("Item", books.one("Item", Name="Testing")["Id"], Active=False)
    found = changed(side, dict.fromkeys(OBJECTS))
    names = {record.values["Name"] for record in found["Item"]}
    assert "Consulting" in names
    assert not any(name.startswith("Testing") for name in names)
    stamps = [record.stamp for record in found["Customer"]]
    assert stamps == sorted(stamp for stamp in stamps if stamp)
    assert len(found["Customer"]) == len(books.find("Customer"))


def test_an_idle_pull_costs_two_calls(side: QuickBooksOnline) -> None:
    since = cursors(side)
    before = sum(side.calls.values())
    assert changed(side, since) == {name: [] for name in OBJECTS}
    assert sum(side.calls.values()) - before == 2
    assert (side.calls["cdc"], side.calls["query"]) == (1, len(OBJECTS) + 1 + 1)  # which customers have jobs


def test_an_idle_object_moves_its_cursor_on(books: Bookkeeper, side: QuickBooksOnline) -> None:
    since = cursors(side)
    books.sandbox.clock.advance(3600)
    later = {page.name: page.cursor for page in side.changed(since)}
    for name in OBJECTS:
        before, after = since[name], later[name]
        assert before is not None
        assert after is not None
        assert after.stamp - before.stamp >= timedelta(minutes=59)


def test_changes_of_every_object_are_found(books: Bookkeeper, side: QuickBooksOnline) -> None:
    since = cursors(side)
    customer = books.one("Customer", DisplayName="Ironwood Forge")["Id"]
    employee, item, entry = (books.find(name)[0]["Id"] for name in ("Employee", "Item", "TimeActivity"))
    books.edit("Customer", customer, DisplayName="Ironwood and Sons")
    books.edit("Employee", employee, Active=False)
    books.edit("Item", item, UnitPrice=99.5)
    books.edit("TimeActivity", entry, Hours=7, Minutes=15)
    found = {name: only(records) for name, records in changed(side, since).items()}
    assert found["Customer"].values["DisplayName"] == "Ironwood and Sons"
    assert (found["Employee"].id, found["Employee"].gone) == (employee, True)
    assert found["Item"].values["UnitPrice"] == Decimal("99.5")
    assert isinstance(found["Item"].values["UnitPrice"], Decimal)
    assert (found["TimeActivity"].id, found["TimeActivity"].version) == (entry, "1")


def test_the_loser_of_a_merge_is_gone(books: Bookkeeper, side: QuickBooksOnline) -> None:
    since = cursors(side)
    books.sandbox.clock.advance(2)
    keep, lose = (books.one("Customer", DisplayName=name)["Id"] for name in ("Ironwood Forge", "Larch Valley Cider"))
    books.control(f"companies/{CONSULTING}/Customer/merge", {"keep": keep, "lose": lose})
    gone = {record.id: record.gone for record in changed(side, since)["Customer"]}
    assert (gone[keep], gone[lose]) == (False, True)


def test_a_cursor_too_old_for_change_data_capture_is_queried(books: Bookkeeper, side: QuickBooksOnline) -> None:
    customer = books.one("Customer", DisplayName="Ironwood Forge")["Id"]
    books.edit("Customer", customer, Active=False)
    long_ago = Cursor(datetime.now(UTC) - timedelta(days=40))
    gone = {record.id: record.gone for record in changed(side, {"Customer": long_ago})["Customer"]}
    assert gone[customer]
    assert side.calls["cdc"] == 0


@pytest.mark.parametrize("same_second", [True, False], ids=["in one second", "over some seconds"])
def test_what_change_data_capture_cuts_off_is_queried_page_by_page(
    books: Bookkeeper, side: QuickBooksOnline, same_second: bool
) -> None:
    since = {"Customer": Cursor(books.sandbox.clock.now() - timedelta(seconds=1))}
    if same_second:
        books.sandbox.clock.freeze()
    names = [f"Bulk {number:04}" for number in range(1100)]
    creates = [Create(name, {"DisplayName": name}, f"bulk-{n // 30}", str(n % 30)) for n, name in enumerate(names)]
    assert all(isinstance(outcome, Written) for outcome in side.write("Customer", creates))
    books.sandbox.clock.advance(1)
    found = [record.values["DisplayName"] for record in changed(side, since)["Customer"]]
    assert sorted(name for name in found if name.startswith("Bulk")) == names
    assert side.calls["cdc"] == 1


def test_a_query_in_place_of_capture_says_that_deletions_may_be_missing(
    books: Bookkeeper, side: QuickBooksOnline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the first cursor that is kept, and again behind the last page: nothing that was deleted slips through."""
    monkeypatch.setattr(reading, "PAGE", 5)
    monkeypatch.setattr(reading, "_window", lambda start: f"STARTPOSITION {start} MAXRESULTS 5")
    long_ago = Cursor(books.sandbox.clock.now() - timedelta(days=4000))
    pages = list(side.changed({"Customer": long_ago}))
    assert len(pages) > 2
    assert [page.unsure for page in pages] == [True, *([False] * (len(pages) - 2)), True]
    assert not any(page.unsure for page in side.changed({"Customer": None}))
    assert not any(page.unsure for page in side.changed({"Customer": Cursor(books.sandbox.clock.now())}))


def test_what_is_there_is_looked_for_by_day_where_that_is_fewer_calls(
    books: Bookkeeper, side: QuickBooksOnline
) -> None:
    days = {f"rec_{number}": f"2026-11-{number % 3 + 2:02}" for number in range(130)}
    values = [hours(books, TxnDate=day) for day in days.values()]
    pairs = enumerate(zip(days, values, strict=True))
    creates = [Create(id, each, f"request-{n // 30}", str(n % 30)) for n, (id, each) in pairs]
    ids = [outcome.id for outcome in side.write("TimeActivity", creates) if isinstance(outcome, Written)]
    assert len(ids) == 130
    books.delete("TimeActivity", ids[7])
    known = dict(zip(ids, days.values(), strict=True))
    before = side.calls["query"]

    assert side.there("TimeActivity", known) == {*ids} - {ids[7]}
    assert side.calls["query"] - before == 1
    assert side.there("TimeActivity", dict.fromkeys(ids)) == {*ids} - {ids[7]}
    assert side.calls["query"] - before == 3


def test_a_record_that_moves_while_we_page_hides_no_other(books: Bookkeeper, side: QuickBooksOnline) -> None:
    names = [f"Bulk {number:04}" for number in range(1100)]
    creates = [Create(name, {"DisplayName": name}, f"bulk-{n // 30}", str(n % 30)) for n, name in enumerate(names)]
    side.write("Customer", creates)
    pages = side.changed({"Customer": None})
    seen = [record.id for record in next(pages).records]
    books.edit("Customer", seen[0], Notes="moves to the end")
    seen += [record.id for page in pages for record in page.records]
    assert {customer["Id"] for customer in books.find("Customer")} == set(seen)


def test_a_job_is_told_the_customer_at_the_top(books: Bookkeeper, side: QuickBooksOnline) -> None:
    top = books.one("Customer", DisplayName="Ironwood Forge")["Id"]
    middle = books.create("Customer", DisplayName="Furnace", Job=True, ParentRef={"value": top})
    bottom = books.create("Customer", DisplayName="Bellows", Job=True, ParentRef={"value": middle})
    assert only(side.read("Customer", [bottom])).values["TopRef"] == {"value": top}
    assert "TopRef" not in only(side.read("Customer", [top])).values
    loaded = {record.id: record for record in changed(side, {"Customer": None})["Customer"]}
    assert loaded[bottom].values["TopRef"] == loaded[middle].values["TopRef"] == {"value": top}


# --- read ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["O'Neil & Söhne", "Back\\slash", "Łódź + Zażółć", 'He said "no"', "100 % wool_ware"])
def test_a_name_is_found_whatever_it_holds(side: QuickBooksOnline, name: str) -> None:
    written = created(side, "Customer", {"DisplayName": name})
    found = only(side.read("Customer", [name.casefold(), "nobody"], by="DisplayName"))
    assert (found.id, found.values["DisplayName"]) == (written.id, name)


def test_reading_tells_what_is_gone_from_what_never_was(books: Bookkeeper, side: QuickBooksOnline) -> None:
    customer = books.one("Customer", DisplayName="Ironwood Forge")["Id"]
    books.edit("Customer", customer, Active=False)
    found = side.read("Customer", [customer, "999999", "not-an-id"])
    assert [(record.id, record.gone) for record in found] == [(customer, True)]


def test_many_ids_are_few_calls(books: Bookkeeper, side: QuickBooksOnline) -> None:
    ids = [entry["Id"] for entry in books.find("TimeActivity")]
    assert {record.id for record in side.read("TimeActivity", ids)} == set(ids)
    assert side.calls["query"] == -(-len(ids) // 100) + 1  # and the customers that the time was spent on


def test_a_field_that_cannot_be_searched_is_an_error_of_ours(side: QuickBooksOnline) -> None:
    with pytest.raises(Misconfigured, match="search"):
        side.read("Customer", ["x"], by="Notes")
    with pytest.raises(Misconfigured):
        side.read("Unicorn", ["1"])


# --- create ----------------------------------------------------------------------------------------------------------


def test_thirty_creates_are_one_call(books: Bookkeeper, side: QuickBooksOnline) -> None:
    creates = [Create(f"te_{n}", hours(books, Minutes=n), "thirty", str(n)) for n in range(30)]
    assert all(isinstance(outcome, Written) for outcome in side.write("TimeActivity", creates))
    assert side.calls == {"batch": 1}


def test_a_posting_carries_its_marker_and_exact_numbers(books: Bookkeeper, side: QuickBooksOnline) -> None:
    written = created(side, "TimeActivity", hours(books, Description="x" * 5000), "te_1")
    found = only(side.read("TimeActivity", [written.id])).values
    assert found["Description"].endswith("x [timebridge:te_1]")
    assert len(found["Description"]) == 4000
    assert found["HourlyRate"] == Decimal("120.5")


def test_a_refused_record_does_not_hold_back_the_others(books: Bookkeeper, side: QuickBooksOnline) -> None:
    creates = [
        Create("a", hours(books), "mixed", "1"),
        Create("b", hours(books, EmployeeRef={"value": "99999"}), "mixed", "2"),
        Create("c", hours(books, HourlyRate=None), "mixed", "3"),
    ]
    first, second, third = side.write("TimeActivity", creates)
    assert isinstance(first, Written)
    assert isinstance(second, Rejected)
    assert isinstance(third, Rejected)
    assert (second.field, third.field) == ("staff", "rate")
    assert second.remedy


@pytest.mark.parametrize("remembered", [True, False], ids=["requestid works", "requestid is ignored"])
def test_a_create_whose_answer_was_lost_is_not_done_twice(
    books: Bookkeeper, side: QuickBooksOnline, remembered: bool
) -> None:
    books.control("switches", {"ignore_requestid": not remembered})
    entry, client = Create("te_9", hours(books), "r-1", "1"), Create("cli_9", {"DisplayName": "Twice Ltd"}, "r-2", "1")
    for name, create in (("TimeActivity", entry), ("Customer", client)):
        books.fail("/batch", kind="drop_after_commit")
        with pytest.raises(Transient):
            side.write(name, [create])
        outcome = only(side.write(name, [replace(create, repeated=True)]))
        assert isinstance(outcome, Written)
        assert only(side.write(name, [replace(create, repeated=True)])) == outcome
    assert len([e for e in books.find("TimeActivity") if "te_9" in e.get("Description", "")]) == 1
    assert len(books.find("Customer", DisplayName="Twice Ltd")) == 1


def test_only_what_is_missing_of_a_batch_is_sent_again(books: Bookkeeper, side: QuickBooksOnline) -> None:
    books.control("switches", {"ignore_requestid": True})
    creates = [Create(f"te_{n}", hours(books), "half", str(n), repeated=True) for n in range(4)]
    landed = side.write("TimeActivity", [replace(create, repeated=False) for create in creates[:2]])
    outcomes = side.write("TimeActivity", creates)
    assert outcomes[:2] == landed
    assert len({outcome.id for outcome in outcomes if isinstance(outcome, Written)}) == 4


def test_a_stranger_with_the_wanted_name_is_not_taken_for_our_create(side: QuickBooksOnline) -> None:
    create = Create("cli_1", {"DisplayName": "Ironwood Forge", "CompanyName": "Another"}, "s-1", "1", repeated=True)
    refused = only(side.write("Customer", [create]))
    assert isinstance(refused, Rejected)
    assert "used by another customer" in refused.for_user


def test_a_project_becomes_a_job_below_its_customer(books: Bookkeeper, side: QuickBooksOnline) -> None:
    top = books.one("Customer", DisplayName="Ironwood Forge")["Id"]
    written = created(side, "Customer", {"DisplayName": "Anvil", "Job": True, "TopRef": {"value": top}, "Notes": None})
    found = only(side.read("Customer", [written.id]))
    assert (found.values["Job"], found.values["TopRef"]) == (True, {"value": top})
    assert found.values["FullyQualifiedName"] == "Ironwood Forge:Anvil"


# --- update and delete -----------------------------------------------------------------------------------------------


def test_an_update_leaves_alone_what_it_does_not_name(side: QuickBooksOnline) -> None:
    address = {"Line1": "1 High Street", "Line2": "Floor 2", "City": "Sampleton", "PostalCode": "94000"}
    written = created(side, "Customer", {"DisplayName": "Patch Ltd", "BillAddr": address, "Notes": "keep"})
    change = {"PrimaryPhone": {"FreeFormNumber": "555 0199"}, "BillAddr": {"City": "Examplebury", "PostalCode": None}}
    updated = only(side.write("Customer", [Update(written.id, change, written.version)]))
    assert updated == Written(written.id, "1")
    found = only(side.read("Customer", [written.id])).values
    assert found["Notes"] == "keep"
    assert found["PrimaryPhone"] == {"FreeFormNumber": "555 0199"}
    kept = {name: value for name, value in found["BillAddr"].items() if name != "Id"}
    assert kept == {"Line1": "1 High Street", "Line2": "Floor 2", "City": "Examplebury"}


def test_clearing_a_value_clears_it_there(side: QuickBooksOnline) -> None:
    values = {"DisplayName": "Clear Ltd", "Notes": "old", "PrimaryEmailAddr": {"Address": "old@example.test"}}
    written = created(side, "Customer", values)
    change = {"Notes": None, "PrimaryEmailAddr": {"Address": None}}
    assert isinstance(only(side.write("Customer", [Update(written.id, change, written.version)])), Written)
    found = only(side.read("Customer", [written.id])).values
    assert "Notes" not in found
    assert "PrimaryEmailAddr" not in found


@pytest.mark.parametrize("values", [{"Notes": "ours"}, {"BillAddr": {"City": "Ours"}}], ids=["sparse", "read first"])
def test_an_update_against_an_old_version_is_stale(
    books: Bookkeeper, side: QuickBooksOnline, values: dict[str, Any]
) -> None:
    written = created(side, "Customer", {"DisplayName": "Race Ltd"})
    books.edit("Customer", written.id, Notes="theirs")
    assert isinstance(only(side.write("Customer", [Update(written.id, values, written.version)])), Stale)
    assert books.one("Customer", Id=written.id)["Notes"] == "theirs"


def test_an_update_without_a_version_reads_it_first(side: QuickBooksOnline) -> None:
    written = created(side, "Customer", {"DisplayName": "Blind Ltd"})
    assert only(side.write("Customer", [Update(written.id, {"Notes": "x"}, None)])) == Written(written.id, "1")


def test_an_updated_posting_keeps_its_marker_and_the_rest(books: Bookkeeper, side: QuickBooksOnline) -> None:
    written = created(side, "TimeActivity", hours(books), "te_1")
    change = {"Hours": 2, "Minutes": 15, "Description": "Longer review"}
    assert isinstance(only(side.write("TimeActivity", [Update(written.id, change, written.version)])), Written)
    found = only(side.read("TimeActivity", [written.id])).values
    assert found["Description"] == "Longer review [timebridge:te_1]"
    assert (found["Hours"], found["Minutes"], found["BillableStatus"]) == (2, 15, "Billable")
    assert found["HourlyRate"] == Decimal("120.5")


def test_time_entered_by_the_clock_can_be_given_a_duration(books: Bookkeeper, side: QuickBooksOnline) -> None:
    by_clock = {"StartTime": "09:00:00-08:00", "EndTime": "10:00:00-08:00", "Hours": None, "Minutes": None}
    values = {name: value for name, value in hours(books, HourlyRate=100, **by_clock).items() if value is not None}
    entry = books.create("TimeActivity", **values)
    assert isinstance(only(side.write("TimeActivity", [Update(entry, {"Hours": 3, "Minutes": 0}, "0")])), Written)
    assert books.one("TimeActivity", Id=entry)["Hours"] == 3


def test_billed_time_is_locked(books: Bookkeeper, side: QuickBooksOnline) -> None:
    values = hours(books)
    written = created(side, "TimeActivity", values)
    link = {"TxnId": written.id, "TxnType": "TimeActivity"}
    line = {"DetailType": "SalesItemLineDetail", "Amount": 180.75, "SalesItemLineDetail": {"ItemRef": {"value": "1"}}}
    line["LinkedTxn"] = [{**link, "TxnLineId": "1"}]
    books.create("Invoice", CustomerRef=values["CustomerRef"], LinkedTxn=[link], Line=[line])
    now = only(side.read("TimeActivity", [written.id])).version
    for write in (Update(written.id, {"Hours": 9, "Minutes": 0}, now), Delete(written.id, now)):
        assert isinstance(only(side.write("TimeActivity", [write])), Locked)


def test_deleting_takes_a_posting_out_and_is_done_when_it_is_gone(books: Bookkeeper, side: QuickBooksOnline) -> None:
    written = created(side, "TimeActivity", hours(books))
    assert only(side.write("TimeActivity", [Delete(written.id, written.version)])) == Written(written.id, None)
    assert not books.find("TimeActivity", Id=written.id)
    assert only(side.write("TimeActivity", [Delete(written.id, written.version)])) == Written(written.id, None)
    assert isinstance(only(side.write("TimeActivity", [Update(written.id, {"Hours": 1}, "0")])), Stale)


def test_deleting_from_a_list_makes_inactive(books: Bookkeeper, side: QuickBooksOnline) -> None:
    written = created(side, "Customer", {"DisplayName": "Retire Ltd"})
    assert only(side.write("Customer", [Delete(written.id, written.version)])) == Written(written.id, None)
    assert only(side.read("Customer", [written.id])).gone
    owing = next(customer for customer in books.find("Customer") if customer["Balance"])
    kept = only(side.write("Customer", [Delete(owing["Id"], owing["SyncToken"])]))
    assert isinstance(kept, Locked)
    assert "balance" in kept.for_user


def test_an_update_of_a_merged_customer_is_stale(books: Bookkeeper, side: QuickBooksOnline) -> None:
    keep, lose = (created(side, "Customer", {"DisplayName": name}, name) for name in ("Keep", "Lose"))
    books.control(f"companies/{CONSULTING}/Customer/merge", {"keep": keep.id, "lose": lose.id})
    assert isinstance(only(side.write("Customer", [Update(lose.id, {"Notes": "x"}, lose.version)])), Stale)


# --- trouble ---------------------------------------------------------------------------------------------------------


def test_a_closed_period_is_locked(books: Bookkeeper, side: QuickBooksOnline) -> None:
    preferences = only(books.find("Preferences"))
    books.edit("Preferences", preferences["Id"], **CLOSED)
    refused = only(side.write("TimeActivity", [Create("te_1", hours(books, TxnDate="2026-10-30"), "closed", "1")]))
    assert isinstance(refused, Locked)
    assert "period is closed" in refused.for_user


def test_an_ended_subscription_pauses_the_connection(books: Bookkeeper, side: QuickBooksOnline) -> None:
    entry = hours(books)
    books.control(f"companies/{CONSULTING}/suspend")
    with pytest.raises(Disconnected, match="subscription"):
        side.write("TimeActivity", [Create("te_1", entry, "suspended", "1")])


TROUBLE: list[tuple[dict[str, Any], type[SyncError]]] = [
    ({"kind": "status", "status": 503, "body": "<html>Service Unavailable</html>", "times": 3}, Transient),
    ({"kind": "status", "status": 500, "body": {"Fault": {"Error": [{"code": "3100"}]}}}, Transient),
    (
        {
            "kind": "status",
            "status": 400,
            "body": {
                "Fault": {
                    "Error": [{"code": "500", "Detail": "Could not find resource for relative : /v3/company/1"}],
                    "type": "SystemFault",
                }
            },
        },
        Transient,
    ),
    (
        {
            "kind": "status",
            "status": 429,
            "times": 3,
            "headers": {"Content-Type": "text/xml"},
            "body": '<IntuitResponse xmlns="http://schema.intuit.com/finance/v3"><Fault type="SERVICE">'
            '<Error code="3001"><Message>ThrottleExceeded</Message></Error></Fault></IntuitResponse>',
        },
        RateLimited,
    ),
    ({"kind": "status", "status": 404, "body": "<html>lost</html>"}, Misconfigured),
    ({"kind": "status", "status": 413, "body": ""}, Misconfigured),
    ({"kind": "drop_before", "times": 3}, Transient),
]


@pytest.mark.parametrize(("fault", "cause"), TROUBLE)
def test_trouble_on_the_way_is_sorted_by_what_to_do_next(
    books: Bookkeeper, side: QuickBooksOnline, fault: dict[str, Any], cause: type[SyncError]
) -> None:
    books.fail("/query", **fault)
    with pytest.raises(cause) as trouble:
        side.read("Item", ["1"])
    assert type(trouble.value) is cause
    books.control("faults", method="DELETE")
    assert side.read("Item", ["1"])


def test_a_record_that_quickbooks_cannot_digest_parks_when_it_fails_again(
    books: Bookkeeper, side: QuickBooksOnline
) -> None:
    answer = {"bId": "1", "Fault": {"Error": [{"code": "10000", "Detail": "System Failure"}], "type": "SystemFault"}}
    body = {"BatchItemResponse": [answer], "time": "2026-11-20T03:04:05.678-08:00"}
    books.fail("/batch", kind="status", status=200, body=body, times=2)
    create = Create("te_1", hours(books), "hard", "1")
    assert isinstance(only(side.write("TimeActivity", [create])), Stale)
    assert isinstance(only(side.write("TimeActivity", [replace(create, repeated=True)])), Rejected)


def test_a_batch_answer_that_leaves_a_record_out_is_asked_again(books: Bookkeeper, side: QuickBooksOnline) -> None:
    body = {"BatchItemResponse": [], "time": "2026-11-20T03:04:05.678-08:00"}
    books.fail("/batch", kind="status", status=200, body=body)
    create = Create("te_1", hours(books), "silent", "1")
    assert isinstance(only(side.write("TimeActivity", [create])), Stale)
    assert isinstance(only(side.write("TimeActivity", [replace(create, repeated=True)])), Written)


def test_an_answer_that_breaks_off_is_trouble_on_the_way(books: Bookkeeper, side: QuickBooksOnline) -> None:
    books.fail("/query", kind="truncate", times=3)
    with pytest.raises(Transient):
        side.read("Item", ["1"])
    books.fail(
        "/query", kind="status", status=200, body='{"QueryResponse": ', headers={"Content-Type": "application/json"}
    )
    with pytest.raises(Transient, match="cannot be read"):
        side.read("Item", ["1"])


def test_a_read_survives_a_moment_of_trouble(books: Bookkeeper, side: QuickBooksOnline) -> None:
    books.fail("/query", kind="drop_before", times=2)
    assert side.read("Item", ["1"])


def test_a_foreign_company_is_out_of_reach(connected: Any) -> None:
    app, grants, account = connected
    other = side_of(app, grants, replace(account, id="9341450000000000025"))
    with other.client.session, pytest.raises(Disconnected, match="does not let this connection"):
        other.read("Item", ["1"])


def test_no_token_is_ever_told(books: Bookkeeper, connected: Any, side: QuickBooksOnline) -> None:
    books.control(f"companies/{CONSULTING}/disconnect")
    with pytest.raises(Disconnected) as ended:
        side.read("Item", ["1"])
    told = f"{ended.value} {ended.value.remedy} {ended.value.detail} {connected}"
    assert connected[1].grant.access_token not in told
    assert connected[1].grant.refresh_token not in told


# --- limits and notices ----------------------------------------------------------------------------------------------


def test_a_burst_of_calls_keeps_within_intuits_limits(books: Bookkeeper, side: QuickBooksOnline) -> None:
    books.control("throttle", {"enabled": True})
    books.control("clock", {"freeze": True})
    passed = [0.0]

    def sleep(seconds: float) -> None:
        passed[0] += seconds
        books.control("clock", {"advance": seconds})

    side.client.pace = Pace(limits_of({})[0], clock=lambda: passed[0], sleep=sleep)
    for _ in range(25):
        side.read("Item", ["1"])
    assert books.control("throttle", method="GET")["refused"] == 0


@pytest.mark.parametrize("legacy", [False, True], ids=["CloudEvents", "eventNotifications"])
def test_a_notice_of_the_sandbox_is_believed_and_understood(books: Bookkeeper, connected: Any, legacy: bool) -> None:
    assert connected
    received: SimpleQueue[tuple[bytes, str]] = SimpleQueue()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.put((body, self.headers[notices.SIGNATURE_HEADER]))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    with HTTPServer(("127.0.0.1", 0), Door) as server:
        Thread(target=server.handle_request, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/"
        books.control("webhooks", {"url": url, "legacy": legacy, "only": ["Customer"]})
        customer = books.one("Customer", DisplayName="Ironwood Forge")["Id"]
        books.edit("Customer", customer, Notes="changed")
        body, signature = received.get(timeout=10)
    assert notices.verify(body, signature, books.sandbox.verifier_token)
    found = only(list(notices.parse(body)))
    assert (found.realm, found.object, found.id, found.operation) == (CONSULTING, "Customer", customer, "update")

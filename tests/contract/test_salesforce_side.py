"""Salesforce beyond what every side promises: calls, refusals, pages, exports. The far side is the sandbox."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from sandbox.salesforce import Salesforce
from tests.contract.connected_salesforce import Person, connect, running, salesforce, side_of
from timebridge.errors import Disconnected, Locked, RateLimited, Rejected, Stale, Undecided
from timebridge.flows import Flow, Flows, field, look_up
from timebridge.providers.salesforce.side import SalesforceSide
from timebridge.sides import Create, Cursor, Delete, Update, Written
from timebridge.tenants import Connection, Provider

OBJECTS = {"Account": None, "Opportunity": None}


@pytest.fixture(scope="module")
def org() -> Iterator[Salesforce]:
    with running() as found:
        yield found


@pytest.fixture(autouse=True)
def fresh(org: Salesforce) -> None:
    org.reset()


@pytest.fixture
def person(org: Salesforce) -> Person:
    return Person(org)


@pytest.fixture
def side(org: Salesforce) -> SalesforceSide:
    app, grants, _ = connect(org)
    opened = side_of(app, grants)
    org.calls.clear()
    return opened


def accounts(count: int) -> list[Create]:
    return [Create(f"cli_{n:04d}", {"Name": f"Account {n}"}, "request-1", str(n)) for n in range(1, count + 1)]


def refuse(person: Person, code: str, message: str, **order: Any) -> None:
    person.control("POST", "refusals", {"object": "Account", "code": code, "message": message, **order})


def load(person: Person, count: int) -> None:
    person.control("POST", "load", {"Account": [{"Name": f"Loaded {n:05d}", "Phone": str(n)} for n in range(count)]})


def written(side: SalesforceSide, *creates: Create) -> list[Written]:
    outcomes = side.write("Account", creates)
    assert all(isinstance(outcome, Written) for outcome in outcomes), outcomes
    return [outcome for outcome in outcomes if isinstance(outcome, Written)]


class TestCalls:
    def test_a_pull_without_news_is_one_call(self, org: Salesforce, side: SalesforceSide) -> None:
        since = Cursor(org.clock.now())
        assert list(side.changed({"Account": since, "Opportunity": since})) == []
        assert org.calls.total == 1
        assert dict(side.calls) == {"composite": 1}

    def test_two_hundred_creates_are_one_call(self, org: Salesforce, side: SalesforceSide) -> None:
        outcomes = side.write("Account", accounts(200))
        assert all(isinstance(outcome, Written) and outcome.version for outcome in outcomes)
        assert org.calls.total == 1

    def test_two_hundred_updates_are_one_call_and_deletes_are_two(self, org: Salesforce, side: SalesforceSide) -> None:
        made = written(side, *accounts(200))
        org.calls.clear()
        outcomes = side.write("Account", [Update(each.id, {"Phone": "555"}, each.version) for each in made])
        assert org.calls.total == 1
        side.write("Account", [Delete(each.id, each.version) for each in outcomes if isinstance(each, Written)])
        assert org.calls.total == 3
        assert [page.records for page in side.changed({"Account": None})] == []

    def test_a_thousand_records_are_read_in_one_call(
        self, org: Salesforce, side: SalesforceSide, person: Person
    ) -> None:
        load(person, 1000)
        ids = [record.id for page in side.changed({"Account": None}) for record in page.records]
        org.calls.clear()
        assert {record.id for record in side.read("Account", ids)} == set(ids)
        assert org.calls.total == 1

    def test_the_quota_of_the_last_answer_is_known(self, org: Salesforce, side: SalesforceSide) -> None:
        list(side.changed(OBJECTS))
        usage = side.client.usage
        assert usage is not None
        assert (usage.used, usage.limit) == (org.org.settings.api_used, 100_000)


class TestReading:
    def test_every_page_of_a_large_object_is_read(self, side: SalesforceSide, person: Person) -> None:
        load(person, 4500)
        pages = list(side.changed({"Account": None}))
        assert [len(page.records) for page in pages] == [2000, 2000, 500]
        assert len({record.id for page in pages for record in page.records}) == 4500

    def test_reading_goes_on_where_a_list_expired(self, org: Salesforce, side: SalesforceSide, person: Person) -> None:
        load(person, 4500)
        pages = side.changed({"Account": None})
        first = next(pages)
        org.clock.advance(3 * 86_400)
        rest = [record.id for page in pages for record in page.records]
        assert len({record.id for record in first.records} | set(rest)) == 4500
        assert len(rest) == 2500

    def test_records_of_one_stamp_are_told_apart_by_id(self, side: SalesforceSide, person: Person) -> None:
        load(person, 30)
        [page] = side.changed({"Account": None})
        middle = page.records[11]
        assert middle.stamp is not None
        [rest] = side.changed({"Account": Cursor(middle.stamp, middle.id)})
        assert [record.id for record in rest.records] == [record.id for record in page.records[12:]]

    def test_money_comes_as_exact_decimals_and_goes_as_numbers(self, side: SalesforceSide, person: Person) -> None:
        id = person.create("Opportunity", Name="Audit", StageName="Prospecting", CloseDate="2026-12-31", Amount=0.1)
        [record] = side.read("Opportunity", [id])
        assert record.values["Amount"] == Decimal("0.1")
        [outcome] = side.write("Opportunity", [Update(id, {"Amount": Decimal("12345678901.23")}, record.version)])
        assert isinstance(outcome, Written)
        assert side.read("Opportunity", [id])[0].values["Amount"] == Decimal("12345678901.23")

    def test_only_mapped_fields_are_selected_with_those_conditions_look_at(self, side: SalesforceSide) -> None:
        assert "TB_Status__c" not in side.columns["Account"]
        assert {"StageName", "AccountId", "TB_Total_Hours__c"} <= set(side.columns["Opportunity"])

    def test_a_path_through_a_parent_is_read_and_searched(self, org: Salesforce, person: Person) -> None:
        app, grants, _ = connect(org)
        flow = Flow("salesforce.opportunity", "project", "Opportunity", (field("client_name", "Account.Name"),))
        connection = Connection("con_1", "ten_1", Provider.SALESFORCE)
        side = salesforce.open_side(app, grants, connection, Flows([flow]))
        parent = person.create("Account", Name="Globex")
        id = person.create(
            "Opportunity", Name="Audit", StageName="Prospecting", CloseDate="2026-12-31", AccountId=parent
        )
        [record] = side.read("Opportunity", ["globex"], by="Account.Name")
        assert (record.id, look_up(record.values, "Account.Name")) == (id, "Globex")

    def test_a_field_our_user_may_not_see_stops_the_connection_by_name(
        self, side: SalesforceSide, person: Person
    ) -> None:
        person.control("POST", "fields", {"hide": ["Account.Fax"]})
        with pytest.raises(Disconnected) as caught:
            list(side.changed({"Account": None}))
        assert caught.value.field == "Fax"
        assert "permission set" in caught.value.remedy


class TestWriting:
    def test_one_lost_answer_is_healed_without_a_second_record(self, side: SalesforceSide, person: Person) -> None:
        person.control("POST", "faults", {"kind": "drop_after_commit", "match": {"path": "/composite"}})
        written(side, *accounts(3))
        assert len(person.find("Account")) == 3

    def test_a_repeated_create_leaves_alone_what_somebody_edited_since(
        self, side: SalesforceSide, person: Person
    ) -> None:
        [wish] = accounts(1)
        [made] = written(side, wish)
        person.edit("Account", made.id, Name="Renamed")
        [again] = written(side, Create(wish.record, wish.values, wish.request, wish.item, repeated=True))
        assert again.id == made.id
        assert person.find("Account")[0]["Name"] == "Renamed"

    def test_of_many_updates_those_are_written_whose_record_nobody_moved(
        self, org: Salesforce, side: SalesforceSide, person: Person
    ) -> None:
        made = written(side, *accounts(100))
        org.clock.advance(2)
        person.edit("Account", made[98].id, Name="Moved by a seller")
        org.calls.clear()
        outcomes = side.write("Account", [Update(each.id, {"Name": "Ours"}, each.version) for each in made])
        assert [number for number, outcome in enumerate(outcomes) if isinstance(outcome, Stale)] == [98]
        assert org.calls.total == 3, "one that found it, one that compared, and one that wrote the others"
        names = [row["Name"] for row in person.find("Account")]
        assert (names.count("Ours"), names.count("Moved by a seller")) == (99, 1)

    def test_of_many_updates_one_that_is_refused_keeps_no_other_back(
        self, side: SalesforceSide, person: Person
    ) -> None:
        made = written(side, *accounts(10))
        refuse(person, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "Not this one", where={"Name": "Account 2"})
        outcomes = side.write("Account", [Update(each.id, {"Phone": "555"}, each.version) for each in made])
        assert [number for number, outcome in enumerate(outcomes) if isinstance(outcome, Rejected)] == [1]
        assert [row["Phone"] for row in person.find("Account")].count("555") == 9

    def test_many_updates_whose_versions_all_differ_fit_into_one_call(
        self, org: Salesforce, side: SalesforceSide
    ) -> None:
        made = []
        for wish in accounts(200):
            made += written(side, wish)
            org.clock.advance(1)
        org.calls.clear()
        outcomes = side.write("Account", [Update(each.id, {"Phone": "555"}, each.version) for each in made])
        assert all(isinstance(outcome, Written) and outcome.version for outcome in outcomes)
        assert org.calls.total == 1

    def test_a_locked_row_is_tried_again(self, side: SalesforceSide, person: Person) -> None:
        refuse(person, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record", times=1)
        assert len(written(side, *accounts(3))) == 3

    def test_a_row_that_stays_locked_is_stale_and_so_decided_afresh(self, side: SalesforceSide, person: Person) -> None:
        refuse(person, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access", where={"Name": "Account 2"})
        outcomes = side.write("Account", accounts(3))
        assert [type(outcome) for outcome in outcomes] == [Written, Stale, Written]

    def test_a_validation_rule_speaks_in_its_own_words(self, side: SalesforceSide, person: Person) -> None:
        order = {"where": {"Name": "Account 2"}, "fields": ["Industry"]}
        refuse(person, "FIELD_CUSTOM_VALIDATION_EXCEPTION", "Choose an industry, see https://intra.example/x", **order)
        outcomes = side.write("Account", accounts(3))
        assert [type(outcome) for outcome in outcomes] == [Written, Rejected, Written]
        refused = outcomes[1]
        assert isinstance(refused, Rejected)
        assert refused.field == "Industry"
        assert "Choose an industry" in refused.for_user
        assert "intra.example" not in refused.for_user

    def test_a_duplicate_rule_names_its_candidates(self, side: SalesforceSide, person: Person) -> None:
        found = {"matchRecords": [{"record": {"Id": "001SBX000000042YAA"}}]}
        extra = {"duplicateResut": {"allowSave": True, "matchResults": [found]}}
        refuse(person, "DUPLICATES_DETECTED", "Use one of these records?", extra=extra)
        [refused] = side.write("Account", accounts(1))
        assert isinstance(refused, Undecided)
        assert [each.id for each in refused.candidates] == ["001SBX000000042YAA"]

    def test_a_record_in_approval_is_locked(self, side: SalesforceSide, person: Person) -> None:
        refuse(person, "ENTITY_IS_LOCKED", "This record is locked.")
        [refused] = side.write("Account", accounts(1))
        assert isinstance(refused, Locked)

    def test_a_full_storage_stops_the_connection(self, side: SalesforceSide, person: Person) -> None:
        refuse(person, "STORAGE_LIMIT_EXCEEDED", "storage limit exceeded")
        with pytest.raises(Disconnected, match="storage"):
            side.write("Account", accounts(1))

    def test_without_our_package_the_tenant_is_told_to_install_it(self, side: SalesforceSide, person: Person) -> None:
        person.control("POST", "package", {"installed": False})
        with pytest.raises(Disconnected) as caught:
            side.write("Account", accounts(1))
        assert "Install it" in caught.value.remedy

    def test_a_text_that_looks_like_a_reference_is_just_text(self, org: Salesforce, side: SalesforceSide) -> None:
        [made] = written(side, Create("cli_1", {"Name": "@{r1.records[0].Id}"}, "request-1", "1"))
        assert made.version is not None
        assert side.read("Account", [made.id])[0].values["Name"] == "@{r1.records[0].Id}"
        [again] = side.write("Account", [Update(made.id, {"Phone": "@{r0.id}"}, made.version)])
        assert isinstance(again, Written)
        assert org.org.store.get("Account", made.id)["Phone"] == "@{r0.id}"

    def test_an_unknown_field_is_refused_for_each_record_by_name(self, side: SalesforceSide) -> None:
        wishes = [Create(f"cli_{n}", {"Name": "A", "Nmae": "B"}, "request-1", str(n)) for n in (1, 2)]
        outcomes = side.write("Account", wishes)
        assert [(type(outcome), getattr(outcome, "field", None)) for outcome in outcomes] == [(Rejected, "Nmae")] * 2


class TestQuota:
    def test_the_last_calls_of_the_day_are_left_to_other_integrations(
        self, side: SalesforceSide, person: Person
    ) -> None:
        person.control("PATCH", "settings", {"daily_api_limit": 1000, "api_used": 960})
        list(side.changed(OBJECTS))
        with pytest.raises(RateLimited) as caught:
            list(side.changed(OBJECTS))
        assert caught.value.retry_after >= 600

    def test_an_exhausted_quota_pauses_for_a_quarter_of_an_hour(self, side: SalesforceSide, person: Person) -> None:
        person.control("PATCH", "settings", {"daily_api_limit": 10, "api_used": 10})
        with pytest.raises(RateLimited) as caught:
            list(side.changed(OBJECTS))
        assert caught.value.retry_after == 900


class TestExport:
    def test_a_small_object_needs_none(self, side: SalesforceSide, person: Person) -> None:
        load(person, 100)
        assert salesforce.start_export(side, "Account") is None

    def test_it_holds_what_a_query_would_answer(self, side: SalesforceSide, person: Person) -> None:
        load(person, 2500)
        state = salesforce.start_export(side, "Account")
        assert state is not None
        assert salesforce.export_done(side, state)
        pages = list(salesforce.export_pages(side, state))
        assert [len(page.records) for page in pages] == [2000, 500]
        exported = {record.id: record for page in pages for record in page.records}
        queried = {record.id: record for page in side.changed({"Account": None}) for record in page.records}
        assert exported == queried

    def test_the_same_state_gives_the_same_pages_again(self, side: SalesforceSide, person: Person) -> None:
        load(person, 2100)
        state = salesforce.start_export(side, "Account")
        assert state is not None
        assert salesforce.export_done(side, state)
        assert list(salesforce.export_pages(side, state)) == list(salesforce.export_pages(side, state))

    def test_it_waits_until_salesforce_is_ready(self, side: SalesforceSide, person: Person) -> None:
        load(person, 2100)
        person.control("PATCH", "settings", {"job_seconds": 60.0})
        state = salesforce.start_export(side, "Account")
        assert state is not None
        assert not salesforce.export_done(side, state)

    def test_an_aborted_job_is_a_refusal_with_a_remedy(self, side: SalesforceSide, person: Person) -> None:
        load(person, 2100)
        person.control("PATCH", "settings", {"job_seconds": 60.0})
        state = salesforce.start_export(side, "Account")
        assert state is not None
        side.client.salesforce.restful(f"jobs/query/{state['job']}", method="PATCH", json={"state": "Aborted"})
        with pytest.raises(Rejected) as caught:
            salesforce.export_done(side, state)
        assert caught.value.remedy


class TestProbe:
    def test_it_tells_who_answers_how_fast_and_at_what_cost(self, org: Salesforce) -> None:
        app, grants, account = connect(org)
        found = salesforce.probe(app, grants, Connection("con_1", "ten_1", Provider.SALESFORCE))
        assert found["ok"]
        assert found["name"] == account.name
        assert found["limit"] == 100_000

    def test_it_names_the_cause_when_something_is_missing(self, org: Salesforce, person: Person) -> None:
        app, grants, _ = connect(org)
        person.control("POST", "package", {"installed": False})
        found = salesforce.probe(app, grants, Connection("con_1", "ten_1", Provider.SALESFORCE))
        assert (found["ok"], found["cause"]) == (False, "permission")
        assert "Install" in found["remedy"]

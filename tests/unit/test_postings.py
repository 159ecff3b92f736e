"""What decides about a posting, without any store: settings, precedence, closed books, refusals, company, composing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from timebridge.changes import Where
from timebridge.flows import Flows
from timebridge.lines import Unfit
from timebridge.links import Link, State
from timebridge.memory import MemoryLinks, MemorySide
from timebridge.postings import TYPES, type_of
from timebridge.postings.closing import dated
from timebridge.postings.composing import HELD, Composed, Desk, where_posted
from timebridge.postings.precedence import Chosen, effective
from timebridge.postings.prospects import State as Posted
from timebridge.postings.prospects import standings
from timebridge.postings.settings import posted_here, posting_of
from timebridge.postings.time import TimePosting
from timebridge.providers.quickbooks_online.company import Company, company_of
from timebridge.providers.quickbooks_online.flows import flows
from timebridge.records import Record
from timebridge.sides import Create, Cursor

HERE = "books"
TIME = "quickbooks_online.time_activity"
DAY = "2026-10-30"
CLOSED = Company(closed_through="2026-10-31", classes="line", departments=True)


def time(**choices: Any) -> TimePosting:
    found: TimePosting = posting_of({"posting": {"time": choices}}, "time")
    return found


# --- settings --------------------------------------------------------------------------------------------------------


def test_nothing_is_posted_by_itself_unless_somebody_says_so() -> None:
    assert (time().auto, time().approved_only, time().closed, time().changes) == (False, True, "hold", "flag")
    assert time(auto=True, changes="post").update_theirs
    assert not time(changes="post").update_theirs


def test_a_class_is_called_class_in_settings() -> None:
    assert time(**{"class": "cls_1"}).class_ == "cls_1"


@pytest.mark.parametrize("value", [{"closed": None}, {"start_date": 20261101}, {"labour_code": ""}, {"auto": 1}, 7])
def test_a_choice_that_does_not_fit_says_where_it_is(value: Any) -> None:
    with pytest.raises(Unfit) as caught:
        posting_of({"posting": {"time": value}}, "time")
    assert caught.value.path.startswith("posting.time")
    assert caught.value.remedy


def test_every_type_of_posting_knows_its_kinds() -> None:
    assert {type_of(kind) for type in TYPES.values() for kind in type.kinds} == set(TYPES)
    assert type_of("client") is None


# --- precedence ------------------------------------------------------------------------------------------------------


def test_the_nearest_that_says_a_value_wins() -> None:
    said: dict[str, Any] = {
        "entry": {"class": "e"},
        "task": [{"class": None}, {"class": "t"}],
        "project": {"class": "p"},
        "person": {"class": "s"},
        "default": "d",
    }
    order = []
    for level in ("entry", "task", "project", "person", "default"):
        found = effective("class", **said)
        order.append((found.value, found.level))
        said[level] = None
    assert order == [("e", "entry"), ("t", "task"), ("p", "project"), ("s", "person"), ("d", "default")]
    assert effective("class", **said) == Chosen()
    assert effective("class", task={"class": "t"}) == Chosen("t", "task")


# --- closed books ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choices", "answer", "day", "original", "waits"),
    [
        ({}, None, DAY, None, "2026-10-31"),
        ({"closed": "ask"}, None, DAY, None, "2026-10-31"),
        ({"closed": "ask"}, "first_open", "2026-11-01", DAY, None),
        ({"closed": "first_open"}, None, "2026-11-01", DAY, None),
    ],
)
def test_a_closed_day_waits_or_moves(
    choices: dict[str, str], answer: str | None, day: str, original: str | None, waits: str | None
) -> None:
    found = dated({"work_date": DAY, "when_closed": answer}, "work_date", time(**choices), CLOSED)
    assert (found.day, found.original, found.closed_through) == (day, original, waits)


@pytest.mark.parametrize("company", [None, Company(), Company(closed_through="2026-10-29")])
def test_an_open_day_stays(company: Company | None) -> None:
    assert dated({"work_date": DAY}, "work_date", time(closed="first_open"), company).day == DAY


def test_what_is_posted_keeps_its_day_whatever_is_closed_later() -> None:
    values, posting = {"work_date": DAY}, time(closed="first_open")
    moved = dated(values, "work_date", posting, CLOSED)
    later = Company(closed_through="2026-11-30")
    as_it_was = {"work_date": DAY, "notes": None}
    as_moved = {"work_date": moved.day, "notes": moved.said("Wiring")}

    assert dated(values, "work_date", posting, later, as_it_was) == dated(values, "work_date", posting, None)
    assert dated(values, "work_date", posting, later, as_moved) == moved
    assert dated({"work_date": "2026-10-29"}, "work_date", posting, later, as_moved).day == "2026-12-01"
    assert moved.said("Wiring") == "Wiring (worked on 2026-10-30)"
    assert dated(values, "work_date", posting, None).said("") is None


# --- company ---------------------------------------------------------------------------------------------------------


def test_a_company_is_read_from_its_preferences_and_its_info() -> None:
    preferences = {
        "AccountingInfoPrefs": {
            "BookCloseDate": "2026-10-31",
            "ClassTrackingPerTxn": True,
            "ClassTrackingPerTxnLine": False,
            "TrackDepartments": True,
        },
        "SalesFormsPrefs": {"CustomTxnNumbers": True},
        "VendorAndPurchasesPrefs": {"BillableExpenseTracking": True},
        "TaxPrefs": {"UsingSalesTax": True, "PartnerTaxEnabled": True},
        "CurrencyPrefs": {"MultiCurrencyEnabled": True, "HomeCurrency": {"value": "EUR"}},
        "OtherPrefs": {"NameValue": [{"Name": "ProjectsEnabled", "Value": "true"}]},
    }
    info = {"Country": "US", "DefaultTimeZone": "America/Denver", "CompanyName": "Larkspur"}
    plan = [{"Name": "OfferingSku", "Value": "QuickBooks Online Simple Start"}]

    found = company_of(preferences, {**info, "NameValue": plan})

    assert found == Company(
        currency="EUR",
        multi_currency=True,
        closed_through="2026-10-31",
        classes="transaction",
        departments=True,
        own_numbers=True,
        billable_expenses=True,
        tax="automated",
        time_zone="America/Denver",
        plan="QuickBooks Online Simple Start",
        time_tracking=False,
        projects=True,
        name="Larkspur",
    )
    assert Company.from_facts({**found.to_facts(), "read": "2026-11-21", "unknown": 1}) == found


@pytest.mark.parametrize(
    ("using", "partner", "country", "tax"),
    [
        (False, True, "US", "none"),
        (True, True, "US", "automated"),
        (True, False, "US", "manual"),
        (True, False, "GB", "global"),
    ],
)
def test_sales_tax_depends_on_country_and_switches(using: bool, partner: bool, country: str, tax: str) -> None:
    prefs = {"TaxPrefs": {"UsingSalesTax": using, "PartnerTaxEnabled": partner}}
    assert company_of(prefs, {"Country": country}).tax == tax


# --- composing -------------------------------------------------------------------------------------------------------


class Office:
    """A workspace and links in memory, with a person, a project and a labour code that are linked."""

    def __init__(self, company: Company | None = None, **choices: Any) -> None:
        self.space, self.links = MemorySide(keyed_ids=True), MemoryLinks()
        settings: Mapping[str, Any] = {"posting": {"time": choices}}
        self.flows = Flows(flow.at(HERE) for flow in flows(settings))
        self.desk = Desk(self.space, self.links, self.flows, settings, HERE, lambda _: company)
        self.side = Composed(self.space, self.desk)
        self.space.put("project", {"client": "c1", "class": "cls_p"}, "p1")
        self.space.put("staff", {"class": "cls_s", "department": "d1"}, "s1")
        self.space.put("labour_code", {"rate": Decimal(120)}, "l1")
        self.space.put("task", {"task": "t2"}, "t1")
        self.space.put("task", {"class": "cls_t", "task": "t1"}, "t2")  # a circle is no reason to hang
        for flow, id in (("job", "p1"), ("employee", "s1"), ("item", "l1")):
            self.linked(f"quickbooks_online.{flow}", id)

    def linked(self, flow: str, id: str, **values: Any) -> Link:
        [saved] = self.links.save([Link(flow, id, f"their {id}", State.LIVE, base={}, **values)])
        assert isinstance(saved, Link)
        return saved

    def entry(self, id: str = "e1", **values: Any) -> Record:
        entry = {"project": "p1", "staff": "s1", "labour_code": "l1", "work_date": DAY, "hours": Decimal(2)}
        return self.space.put("time_entry", {**entry, "status": "approved", "billable": True, **values}, id)

    def seen(self, *ids: str) -> list[Mapping[str, Any]]:
        return [record.values for record in self.side.read("time_entry", ids or ["e1"])]

    def stands(self, *records: Record) -> list[tuple[Posted, str | None]]:
        return [(each.state, each.field) for each in standings(self.desk, "time_entry", records)]


def test_only_what_is_to_be_posted_is_composed() -> None:
    office = Office(CLOSED)
    office.entry("e1", posted_to=HERE)
    office.entry("e2")
    posted, other = office.seen("e1", "e2")
    assert (posted["employee"], posted["customer"], posted["rate"]) == ("s1", "quickbooks_online.job/p1", 120)
    assert "employee" not in other
    [page] = office.side.changed({"time_entry": None})
    assert {record.id for record in page.records if "employee" in record.values} == {"e1"}
    assert office.side.batch_limit == office.space.batch_limit
    assert office.side.read("project", ["p1"]) == office.space.read("project", ["p1"])
    assert list(office.side.changed({"staff": Cursor(page.records[0].stamp)})) == []  # type: ignore[arg-type]
    assert office.side.similar("project", ["p"], "name") == []
    assert office.side.write("project", [Create("p9", {"client": "c1"}, "r", "1")])


def test_class_and_department_are_applied_where_the_company_tracks_them() -> None:
    office = Office(CLOSED)
    office.entry("e1", posted_to=HERE)
    office.entry("e2", posted_to=HERE, task="t1")
    office.entry("e3", posted_to=HERE, task="t1", **{"class": "cls_e"})
    assert [values["class"] for values in office.seen("e1", "e2", "e3")] == ["cls_p", "cls_t", "cls_e"]
    assert office.seen()[0]["department"] == "d1"

    for untold in (Office(Company()), Office(None), Office(CLOSED, classes=False, departments=False)):
        untold.entry(posted_to=HERE)
        assert (untold.seen()[0]["class"], untold.seen()[0]["department"]) == (None, None)


@pytest.mark.parametrize(
    ("choices", "values", "expected"),
    [
        ({}, {}, None),
        ({}, {"posted_to": HERE}, HERE),
        ({}, {"posted_to": "other books"}, "other books"),
        ({}, {"posted_to": HELD}, HELD),
        ({"auto": True}, {}, HERE),
        ({"auto": True}, {"posted_to": HELD}, HELD),
        ({"auto": True}, {"status": "submitted"}, None),
        ({"auto": True, "approved_only": False}, {"status": "submitted"}, HERE),
        ({"auto": True, "approved_only": False}, {"status": "draft"}, None),
        ({"auto": True, "start_date": "2026-11-01"}, {}, None),
        ({"auto": True, "start_date": DAY}, {}, HERE),
        ({"auto": True}, {"from_books": HERE}, None),
        ({}, {"from_books": HERE, "posted_to": HERE}, None),
    ],
)
def test_where_a_record_is_to_be_posted(choices: dict[str, Any], values: dict[str, Any], expected: str | None) -> None:
    office = Office(**choices)
    [found] = where_posted(office.desk, "time_entry", [office.entry(**values)])
    assert found.values.get("posted_to") == expected


def test_what_is_in_the_books_stays_there_whatever_the_settings_say() -> None:
    office = Office()
    entry = office.entry()
    office.linked(TIME, "e1")
    [found] = where_posted(office.desk, "time_entry", [entry])
    assert found.values["posted_to"] == HERE
    assert posted_here(time()) == office.flows[TIME].when_ours or office.flows[TIME].when_ours(found.values)


def test_the_client_is_charged_where_the_project_has_no_job() -> None:
    settings = {"flows": {"quickbooks_online.job": {"off": True}}}
    office = Office()
    chosen = Flows(flow.at(HERE) for flow in flows(settings))
    office.desk = replace(office.desk, flows=chosen)
    office.side = Composed(office.space, office.desk)
    office.entry(posted_to=HERE)
    assert office.seen()[0]["customer"] == "quickbooks_online.customer/c1"


@pytest.mark.parametrize(
    ("choices", "values", "field"),
    [
        ({}, {"status": "submitted"}, "status"),
        ({"approved_only": False}, {"status": "draft"}, "status"),
        ({"start_date": "2026-11-01"}, {}, "work_date"),
        ({}, {"staff": "s9"}, "staff"),
        ({}, {"labour_code": "l9", "rate": Decimal(1)}, "labour_code"),
        ({}, {"hours": Decimal(0)}, "hours"),
        ({"without_item": "post"}, {"labour_code": None}, "rate"),
        ({}, {"posted_to": "other books"}, "posted_to"),
    ],
)
def test_what_cannot_be_posted_says_why(choices: dict[str, Any], values: dict[str, Any], field: str) -> None:
    office = Office(**choices)
    assert office.stands(office.entry(**values)) == [(Posted.BLOCKED, field)]


def test_how_records_stand_with_the_books() -> None:
    office = Office()
    office.entry("ready")
    office.entry("waiting", posted_to=HERE)
    posted, changed = office.entry("posted", posted_to=HERE), office.entry("changed", posted_to=HERE)
    seen: Sequence[Mapping[str, Any]] = office.seen("posted", "changed")
    names = [line.ours for line in office.flows[TIME].fields]
    base = {name: seen[0].get(name) for name in names}
    for record, said in ((posted, base), (changed, {**base, "hours": Decimal(9)})):
        office.links.save([Link(TIME, record.id, f"t {record.id}", State.LIVE, base=said)])
    office.entry("taken out", posted_to=HERE)
    office.links.save([Link(TIME, "taken out", "t9", State.LIVE, base=base).buried(Where.OURS)])

    found = {each.record.id: each for each in standings(office.desk, "time_entry", _all(office))}

    assert {id: each.state for id, each in found.items()} == {
        "ready": Posted.READY,
        "waiting": Posted.WAITING,
        "posted": Posted.POSTED,
        "changed": Posted.CHANGED,
        "taken out": Posted.BLOCKED,
    }
    assert found["changed"].changed == ("hours",)


def _all(office: Office) -> list[Record]:
    return list(office.space.there("time_entry").values())

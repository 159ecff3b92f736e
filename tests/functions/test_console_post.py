"""The screens of posting: the grid, previews, results, taking back, expenses, and invoices from draft to posted."""

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from sandbox.quickbooks import QuickBooks
from sandbox.salesforce import Salesforce
from tests.console import Browser, Shown
from tests.features.books import CONNECTION
from tests.features.expensing import CHECKING, VISA, Spending, spending
from tests.stage import Stage, staged
from timebridge.store.records import Workspace
from timebridge.store.tenants import Tenants
from timebridge.tenants import Tenant

WEEK = {"at": "2026-11-20"}


@pytest.fixture(scope="module")
def stage(sides: tuple[Salesforce, QuickBooks]) -> Iterator[Stage]:
    with staged(*sides) as stage:
        yield stage


@pytest.fixture(scope="module")
def firm(stage: Stage) -> Spending:
    found = spending(stage, Workspace(stage.tenant, "manager"))
    stage.settle()
    return found


@pytest.fixture
def books(firm: Spending) -> Spending:
    firm.fresh()
    return firm


def posted(books: Spending, browser: Browser, path: str, *ids: str) -> Shown:
    """Somebody sends the form of a preview; the worker does it, and the result is looked at."""
    answer = browser.post(path, {"connection": CONNECTION, "id": list(ids)})
    assert answer.status == 303, answer.text
    books.stage.settle()
    return browser.follow(answer)


# --- the grid and the list -------------------------------------------------------------------------------------------


def test_the_grid_shows_people_by_days_and_how_far_their_hours_have_come(books: Spending, ada: Browser) -> None:
    books.approved("3", work_date="2026-11-16")
    books.hours("1", work_date="2026-11-16")

    page = ada.get("post/time", **WEEK, project=books.project)

    assert "16 Nov to 22 Nov 2026" in page.text
    assert "Casey Brook, 16 Nov 2026: 4.00 hours, 1.00 entered, 3.00 ready to post" in page.text
    assert "Nothing goes into the books" in page.text
    assert any("day=2026-11-16" in to and "staff=" in to for to in page.links.values())


def test_choosing_a_cell_shows_its_entries_beside_the_grid(books: Spending, ada: Browser) -> None:
    books.approved("3", work_date="2026-11-16", notes="Wiring")
    books.approved("2", work_date="2026-11-17", notes="Reporting")

    part = ada.get("post/time", part=True, **WEEK, project=books.project, staff=books.person, day="2026-11-16")

    assert "Wiring" in part.text
    assert "Reporting" not in part.text
    assert "<nav" not in part.html
    assert "Casey Brook, 16 Nov 2026" in part.text


@pytest.mark.parametrize("span", ["week", "fortnight", "month"])
def test_periods_are_paged_through(books: Spending, ada: Browser, span: str) -> None:
    page = ada.get("post/time", span=span, at="2026-02-01", project=books.project)
    titles = {"week": "26 Jan to 1 Feb 2026", "fortnight": "26 Jan to 8 Feb 2026", "month": "February 2026"}
    assert titles[span] in page.text
    assert "Nothing fits" in page.text
    assert {"Week", "Two weeks", "Month", "Today"} <= set(page.links)


def test_a_filter_by_state_shows_only_those_and_says_why_they_cannot_be_posted(books: Spending, ada: Browser) -> None:
    books.approved("3", notes="Good one")
    books.approved("1", labour_code=None, notes="No code")

    page = ada.get("post/time", **WEEK, project=books.project, state="blocked")

    assert "No code" in page.text
    assert "Good one" not in page.text
    assert "The labour code has no item in QuickBooks." in page.text
    assert "Link it to a service item" in page.text


def test_hostile_names_are_only_words(books: Spending, ada: Browser) -> None:
    books.project = books.ours.create("project", {"client": books.client, "name": "<script>alert(1)</script>"}).id
    books.approved("3", notes="<img src=x onerror=alert(2)>")

    page = ada.get("post/time", **WEEK, project=books.project)

    assert "<script>alert" not in page.html
    assert "<img src=x" not in page.html
    assert "<script>alert(1)</script>" in page.text


def test_whoever_may_not_post_sees_states_and_whom_to_ask(books: Spending) -> None:
    books.approved("3")
    page = Browser(("viewer",), name="vera@acme.example").get("post/time", **WEEK, project=books.project)
    assert "Administrators post." in page.text
    assert "Preview and post" not in page.text
    assert 'type="checkbox"' not in page.html


# --- posting ---------------------------------------------------------------------------------------------------------


def test_a_preview_shows_the_documents_in_words_and_posting_shows_what_became_of_each(
    books: Spending, ada: Browser
) -> None:
    good, bad = books.approved("1.5", notes="Wiring"), books.approved("1", labour_code=None)

    page = ada.get("post/time/preview", connection=CONNECTION, id=f"{good.id},{bad.id}")

    assert {"Casey Brook", "Consulting", "1:30", "150.00", "Billable"} <= set(page.parsed.words)
    assert "Nothing has been written yet" in page.text
    assert "Cannot be posted" in page.text
    assert "Post 1 document" in page.text
    assert books.mine() == []

    result = posted(books, ada, "post/time/do/post", good.id, bad.id)

    assert "Done" in result.text
    assert result.text.index("Refused") < result.text.index("Try again")
    assert "The labour code has no item in QuickBooks." in result.text
    assert any(to.startswith("https://") for to in result.links.values())
    assert len(books.mine()) == 1


def test_everything_that_fits_the_filter_is_posted_and_nothing_else(books: Spending, ada: Browser) -> None:
    books.approved("1"), books.approved("2")
    books.submitted("4")
    filter = {"connection": CONNECTION, "all": "1", "project": books.project, "from": "2026-11-16", "to": "2026-11-22"}

    page = ada.get(f"post/time/preview?{urlencode(filter)}")
    assert "Post 2 documents" in page.text
    [form] = [form for form in page.forms if form["action"].endswith("/do/post")]
    sent = {each["name"]: each["value"] for each in form["fields"] if "value" in each}
    assert {name: sent[name] for name in filter} == filter

    answer = ada.post("post/time/do/post", filter)
    waiting = ada.follow(answer)
    assert "Under way" in waiting.text
    assert 'hx-trigger="every 1s"' in waiting.html
    books.stage.settle()
    done = ada.get(answer.location.partition("/")[2], part=True)
    assert "Done" in done.text
    assert "hx-trigger" not in done.html
    assert len(books.mine()) == 2


def test_what_was_changed_since_shows_both_values_and_is_posted_again(books: Spending, ada: Browser) -> None:
    entry = books.approved("2")
    posted(books, ada, "post/time/do/post", entry.id)
    books.posting(rates="item")

    page = ada.get("post/time", **WEEK, project=books.project, state="changed")
    assert "Changed since posted" in page.text
    assert "Rate : 100.00 → 120.00" in page.text

    before = ada.get("post/time/repost", connection=CONNECTION, id=entry.id)
    assert "Post again 1 document" in before.text
    result = posted(books, ada, "post/time/do/repost", entry.id)

    assert "Posted" in result.text
    assert [each["HourlyRate"] for each in books.mine()] == [120]


def test_everything_that_was_changed_is_posted_again_by_a_filter(books: Spending, ada: Browser) -> None:
    some = [books.approved("2").id, books.approved("1").id]
    fresh = books.approved("3")
    posted(books, ada, "post/time/do/post", *some)
    assert ada.get("post/time/repost", connection=CONNECTION, all=1, project=books.project).said.startswith(
        "Nothing was"
    )
    books.posting(rates="item")

    page = ada.get("post/time/repost", connection=CONNECTION, all=1, project=books.project)

    assert "Post again 2 documents" in page.text
    [form] = [form for form in page.forms if form["action"].endswith("/do/repost")]
    assert {each["value"] for each in form["fields"] if each["name"] == "id"} == {*some}
    assert fresh.id not in page.html


def test_taking_back_says_what_follows_first_and_what_stays(books: Spending, ada: Browser) -> None:
    entry, loose = books.approved("2"), books.approved("1")
    posted(books, ada, "post/time/do/post", entry.id)

    page = ada.get("post/time/withdraw", connection=CONNECTION, id=f"{entry.id},{loose.id}")
    assert "1 document is deleted" in page.text
    assert "What stays" in page.text
    assert "1 of those ticked are not in QuickBooks" in page.text
    assert len(books.mine()) == 1

    result = posted(books, ada, "post/time/do/withdraw", entry.id)
    assert "Taken back" in result.text
    assert books.mine() == []


def test_explain_says_what_decided_each_value_as_a_page_and_beside_the_list(books: Spending, ada: Browser) -> None:
    entry = books.approved("2")
    for shown in (
        ada.get(f"post/time/{entry.id}/explain"),
        ada.get(f"post/time/{entry.id}/explain", part=True),
    ):
        assert "Consulting" in shown.text
        assert "The labour code comes from the entry." in shown.text
        assert entry.id not in shown.text


def test_a_closed_period_is_told_before_posting_and_the_first_open_day_can_be_chosen(
    books: Spending, ada: Browser
) -> None:
    books.posting(closed="ask")
    books.closes_through("2026-10-31")
    entry = books.approved("2", work_date="2026-10-30")
    page = ada.get("post/time", at="2026-10-30", project=books.project)
    assert "closed through 31 Oct 2026" in page.text

    asked = ada.get("post/time/preview", connection=CONNECTION, id=entry.id)
    assert "1 belongs to books that are closed through 31 Oct 2026." in asked.text
    assert "Post on the first open day" in asked.links
    chosen = ada.get("post/time/preview", connection=CONNECTION, id=entry.id, closed="first_open")
    assert "1 document of days in the closed books" in chosen.text
    assert "1 Nov 2026" in chosen.text


@pytest.mark.usefixtures("books")
def test_nothing_ticked_is_said(ada: Browser) -> None:
    assert ada.get("post/time/preview", connection=CONNECTION).said == "Tick at least one."
    assert ada.post("post/time/do/post", {"connection": CONNECTION}).said == "Tick at least one."
    assert ada.get("post/nonsense/preview").location == "acme/post/time"


def test_a_member_cannot_post_by_a_form_of_their_own(books: Spending) -> None:
    entry = books.approved("2")
    member = Browser(("member",), name="mel@acme.example")
    answer = member.post("post/time/do/post", {"connection": CONNECTION, "id": entry.id})
    assert answer.status == 403
    books.stage.settle()
    assert books.mine() == []


# --- expenses --------------------------------------------------------------------------------------------------------


def test_reports_and_card_charges_have_their_own_pools(books: Spending, ada: Browser) -> None:
    books.posting("expenses", checking_account=books.account(CHECKING))
    report = books.report("20", "30", number="XR-7")
    books.approved_expense("40", card=books.account(VISA), expense_code=books.coded, notes="Hotel")
    books.approved_expense("12", expense_code=books.coded, notes="Loose one")

    reports, cards, loose = (ada.get("post/expenses", pool=pool).text for pool in ("reports", "cards", "loose"))

    assert "XR-7" in reports
    assert "Hotel" in cards
    assert "XR-7" not in cards
    assert "Loose one" in loose
    assert "Put into reports" in loose
    preview = ada.get("post/expenses/preview", connection=CONNECTION, id=report.id)
    assert "Check:" in preview.text
    assert "50.00" in preview.text
    assert "Travel" in preview.text


def test_loose_expenses_are_put_into_reports(books: Spending, ada: Browser) -> None:
    loose = books.expense("12", expense_code=books.coded)
    answer = ada.post("post/expenses/gather", {"id": [loose.id], "connection": CONNECTION})
    assert answer.said == "Put into one report. Submit and approve them, then post them."
    assert books.record("expense", loose.id).values["report"] is not None
    assert ada.post("post/expenses/gather", {}).said == "Tick at least one expense."


# --- invoices --------------------------------------------------------------------------------------------------------


def test_an_invoice_goes_from_approved_time_to_posted(books: Spending, ada: Browser) -> None:
    books.approved("2", notes="Planning")
    name = books.record("project", books.project).values["name"]
    assert name in ada.get("post/bill", q=name).text

    answer = ada.post("post/bill", {"project": books.project, "connection": CONNECTION})
    assert answer.said == "1 entry is on the draft now."
    page = ada.follow(answer)
    id = answer.location.split("/post/invoice/")[1].partition("?")[0]
    assert {"Planning", "200.00"} <= set(page.parsed.words)
    ada.post(f"post/invoice/{id}/review", {"connection": CONNECTION})
    assert ada.post(f"post/invoice/{id}/finalise", {"connection": CONNECTION}).said.startswith("It is final.")

    final = ada.get(f"post/invoice/{id}")
    assert "Preview and post…" in final.links
    assert "Invoice as QuickBooks will have it" in final.text
    assert "without the tax that QuickBooks adds" in ada.get("post/invoices/preview", connection=CONNECTION, id=id).text
    result = posted(books, ada, "post/invoices/do/post", id)

    assert "Posted" in result.text
    there = ada.get(f"post/invoice/{id}")
    assert "Open in QuickBooks" in there.text
    assert "Posted" in ada.get("post/invoices").text


def test_an_invoice_that_cannot_move_says_why_and_stays(books: Spending, ada: Browser) -> None:
    books.approved("2")
    id = ada.post("post/bill", {"project": books.project}).location.split("/post/invoice/")[1].partition("?")[0]
    stale = ada.post(f"post/invoice/{id}/review", {"revision": "1000"})
    assert stale.status == 303
    assert stale.said
    assert ada.post(f"post/invoice/{id}/void").said == "It is void. What it billed may be billed again."
    assert "This invoice is void." in ada.get(f"post/invoice/{id}").text


def test_a_project_without_anything_to_bill_says_so(books: Spending, ada: Browser) -> None:
    answer = ada.post("post/bill", {"project": books.project})
    assert answer.location.startswith("acme/post/bill")
    assert answer.said


def test_a_credit_is_a_draft_of_its_own(books: Spending, ada: Browser) -> None:
    books.approved("2")
    id = ada.post("post/bill", {"project": books.project}).location.split("/post/invoice/")[1].partition("?")[0]
    ada.post(f"post/invoice/{id}/finalise")
    answer = ada.post(f"post/invoice/{id}/credit", {"amount": "50", "notes": "Too much"})
    assert answer.said.startswith("This draft takes it off.")
    assert "Takes off" in ada.follow(answer).text


# --- where nothing is posted -----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("books")
def test_without_books_the_page_says_how_to_connect_them() -> None:
    Tenants().save(Tenant("bare", "Bare", "UTC"))
    for path in ("post/time", "post/expenses", "post/invoices"):
        page = Browser(tenant="bare").get(path)
        assert "No books are connected" in page.text
        assert "Connect QuickBooks" in page.links

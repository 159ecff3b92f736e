"""Invoices are made, reviewed and edited here, and posted to QuickBooks then."""

import pytest

from tests.features.invoicing import Invoicing, billing, cents, detail, is_void, sold
from tests.stage import Stage
from timebridge.store.records import Workspace


@pytest.fixture
def books(stage: Stage, workspace: Workspace) -> Invoicing:
    return billing(stage, workspace)


def test_D52_an_invoice_goes_from_draft_to_reviewed_to_posted(books: Invoicing) -> None:
    books.approved("2")
    invoice = books.billed(final=False)
    admin, path = books.admin, f"invoices/{invoice.id}"
    edited = admin.patch(path, {"values": {"memo": "Thank you"}, "revision": int(invoice.version or 0)})
    assert (edited.status, edited.body["values"]["status"]) == (200, "draft")
    assert books.post(invoice.id, type="invoices")["counts"]["parked"] == 1
    assert books.preview(invoice.id, type="invoices")["blocked"][0]["remedy"] == "Review and finalise it first."

    assert admin.post(f"{path}/review").body["values"]["status"] == "reviewed"
    revision = books.record("invoice", invoice.id).version or ""
    refused = admin.patch(path, {"values": {"memo": "Too late"}, "revision": int(revision)})
    assert (refused.status, refused.body["remedy"]) == (409, "Make it a draft again first.")
    assert admin.post(f"{path}/reopen").body["values"]["status"] == "draft"
    books.edit("invoice", invoice.id, memo="Thank you very much")
    for move, status in (("review", "reviewed"), ("finalise", "final")):
        assert admin.post(f"{path}/{move}").body["values"]["status"] == status
    assert books.posted("Invoice") == []
    assert books.why(invoice)["state"] == "ready"

    [form] = books.sends(invoice)
    assert (form["CustomerMemo"]["value"], form["TotalAmt"]) == ("Thank you very much", 200)
    assert books.why(invoice)["state"] == "posted"
    audit = {entry["what"] for entry in admin.get("audit").body["items"]}
    assert {"invoice.review", "invoice.reopen", "invoice.finalise", "postings.post"} <= audit


def test_D02_an_invoice_is_found_in_quickbooks_with_its_link(books: Invoicing) -> None:
    books.approved("2")
    books.approved("1.5", notes="Wiring")
    invoice = books.billed()
    assert books.posted("Invoice") == []
    [form] = books.sends(invoice)
    assert form["CustomerRef"]["value"] == books.job
    assert [(line["Amount"], line["Description"]) for line in sold(form)] == [
        (200, "Casey Brook: Consulting"),
        (150, "Casey Brook: Wiring"),
    ]
    assert (detail(form, "ItemRef"), detail(form, "ServiceDate")) == ([books.item] * 2, ["2026-11-20"] * 2)
    assert (detail(form, "Qty"), detail(form, "UnitPrice")) == ([None, None], [None, None])
    assert cents(form["TotalAmt"]) == invoice.values["amount"]
    link = books.link(invoice.id, "quickbooks_online.invoice")
    assert (link.theirs, link.state) == (form["Id"], "live")

    books.post(invoice.id, type="invoices")
    books.pull()
    assert len(books.posted("Invoice")) == 1


def test_D52_an_invoice_that_is_final_posts_itself_where_that_is_chosen_and_a_void_one_is_void_there(
    books: Invoicing,
) -> None:
    books.choose(auto=True, labour_code=books.code)
    draft = books.ours.create("invoice", {"client": books.client, "date": "2026-11-20", "amount": "250.00"})
    books.ours.review(draft.id)
    assert books.posted("Invoice") == []
    books.ours.finalise(draft.id)
    [form] = books.posted("Invoice")
    assert (form["TotalAmt"], form["CustomerRef"]["value"]) == (250, books.customer)

    assert books.admin.post(f"invoices/{draft.id}/void").status == 200
    [void] = books.posted("Invoice")
    assert (void["Id"], is_void(void)) == (form["Id"], True)
    assert books.now(draft)["balance"] == 0


def test_D52_an_invoice_of_a_closed_period_waits_or_goes_out_on_the_first_open_day(books: Invoicing) -> None:
    books.choose(labour_code=books.code)
    invoice = books.written(notes="October")
    books.closes_through("2026-11-20")
    found = books.why(invoice)
    assert (found["state"], "closed through 2026-11-20" in found["reason"]) == ("blocked", True)

    books.choose(labour_code=books.code, closed="first_open")
    [form] = books.sends(invoice)
    assert form["TxnDate"] == "2026-11-21"
    assert form["PrivateNote"].startswith("October (of 2026-11-20) [timebridge:")
    assert books.now(invoice)["date"] == "2026-11-20"
    assert books.why(invoice)["state"] == "posted"

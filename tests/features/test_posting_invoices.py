"""Invoices are made, reviewed and edited here, and posted to QuickBooks then."""

import pytest

from tests.features.books import CONNECTION
from tests.features.invoicing import Invoicing, billing, cents, detail, sold
from tests.stage import Stage
from timebridge.errors import Locked, Rejected
from timebridge.store.records import Workspace


@pytest.fixture
def books(stage: Stage, workspace: Workspace) -> Invoicing:
    return billing(stage, workspace)


def test_probe(books: Invoicing) -> None:
    from timebridge.store.postings import Postings
    books.approved("2"); books.approved("1.5", notes="Wiring")
    inv = books.billed()
    Postings("acme").mark("invoice", [inv.id], {"posted_to": CONNECTION})
    books.pull()
    import json
    print(json.dumps(books.forms(inv), indent=1)); print(books.now(inv))
    print(books.link(inv.id, "quickbooks_online.invoice"))
    books.pull()
    print(books.now(inv))
    assert 0

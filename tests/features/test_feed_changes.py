"""What happens in QuickBooks is seen here, whatever the way: told by a notice, captured, or found by looking."""

import pytest

from sandbox.quickbooks import cdc
from tests.features.books import CONNECTION, DAY, Books
from tests.features.feed import called, scheduled, shared
from tests.stage import Stage, control
from timebridge import context
from timebridge.changes import Where
from timebridge.links import State
from timebridge.providers.quickbooks_online import capturing
from timebridge.providers.quickbooks_online.client import Client
from timebridge.sides import Cursor
from timebridge.store.cursors import Cursors
from timebridge.store.records import Workspace
from timebridge.worker.asking import RARE

MOST = 12
"""Records of an answer of change data capture, in these tests."""


@pytest.fixture
def books(stage: Stage, workspace: Workspace) -> Books:
    return shared(stage, workspace)


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Change data capture is cut much earlier than at a thousand records; both sides know it."""
    monkeypatch.setattr(cdc, "MOST", MOST)
    monkeypatch.setattr(capturing, "PAGE", MOST)


def names(books: Books, kind: str) -> set[str]:
    return {str(record.values["name"]) for record in books.ours.page(kind, limit=100)[0]}


# --- change data capture ---------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("short")
def test_E07_what_a_full_answer_may_have_cut_off_is_asked_for_again_in_halves(books: Books) -> None:
    """Customers fill the answer, and nothing says that employees are missing from it."""
    for number in range(MOST - 4):
        books.bookkeeper("Customer", DisplayName=f"Client {number}")
    for number in range(5):
        books.bookkeeper("Employee", DisplayName=f"Worker {number}", GivenName="Worker")
    books.stage.quickbooks.calls.clear()

    books.pull()

    assert {f"Client {number}" for number in range(MOST - 4)} <= names(books, "client")
    assert {f"Worker {number}" for number in range(5)} <= names(books, "staff")
    assert 1 < called(books.stage, "cdc") <= 7


@pytest.mark.usefixtures("short")
def test_E07_a_deletion_is_found_although_its_object_alone_fills_the_answer(books: Books) -> None:
    """A query shows what is there. What is linked and was merged away, it does not."""
    gone = books.bookkeeper("Customer", DisplayName="Soderstrom")["Id"]
    books.pull()
    assert "Soderstrom" in names(books, "client")
    for number in range(MOST + 3):
        books.bookkeeper("Customer", DisplayName=f"Client {number}")
    _merged(books.stage, keep=books.customer, lose=gone)
    books.stage.quickbooks.calls.clear()

    books.pull()

    assert {f"Client {number}" for number in range(MOST + 3)} <= names(books, "client")
    assert "Soderstrom" not in names(books, "client")


def _merged(stage: Stage, keep: str, lose: str) -> None:
    url = f"{stage.quickbooks.url}/_sandbox/companies/{stage.realm}/Customer/merge"
    control("POST", url, json={"keep": keep, "lose": lose})


def test_E07_after_more_than_thirty_days_nothing_is_missed(books: Books) -> None:
    """Capture looks back thirty days. A connection that was paused for longer is read by queries, and looked over."""
    gone = books.bookkeeper("Customer", DisplayName="Soderstrom")["Id"]
    books.pull()
    cursors = Cursors("acme", CONNECTION)
    for (where, name), cursor in cursors.all().items():
        if where is Where.THEIRS:
            cursors.save(where, name, Cursor(cursor.stamp.replace(month=9)))
    books.bookkeeper("Customer", DisplayName="Halvorsen")
    _merged(books.stage, keep=books.customer, lose=gone)
    books.stage.quickbooks.calls.clear()

    books.pull()

    assert called(books.stage, "cdc") == 0
    assert "Halvorsen" in names(books, "client")
    assert "Soderstrom" not in names(books, "client")


# --- time activities, which are not captured -------------------------------------------------------------------------


def night(books: Books) -> None:
    """The first scheduled pull of a night."""
    found = books.stage.connection(CONNECTION)
    context.changed(found, pulled={name: at for name, at in found.pulled.items() if name != RARE})
    scheduled(books.stage)


def posted(books: Books) -> str:
    books.posting(auto=True)
    entry = books.approved()
    [there] = books.of(entry.id)
    assert there["TxnDate"] == DAY
    return entry.id


def test_E08_posted_time_that_is_deleted_in_the_books_is_missed_at_night(books: Books) -> None:
    """No notice tells of it, change data capture leaves it out, and a query shows only what is there."""
    entry = posted(books)
    [there] = books.of(entry)
    books.deletes("TimeActivity", there["Id"])
    scheduled(books.stage)
    assert books.link(entry).state is State.LIVE

    night(books)

    assert books.link(entry).state is State.TOMBSTONE
    assert books.of(entry) == [], "it is not posted again by itself"


def test_E08_a_notice_of_deleted_time_is_enough(books: Books) -> None:
    entry = posted(books)
    [there] = books.of(entry)
    books.deletes("TimeActivity", there["Id"])

    books.stage.told(books.stage.cloud_event("TimeActivity", there["Id"], "deleted"))
    books.stage.settle()

    assert books.link(entry).state is State.TOMBSTONE


def test_E08_the_sweep_of_a_night_costs_two_reads(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    """One for what changed, one for what is linked; nobody asks for it twice in a night."""
    posted(books)
    night(books)
    asked, select = list[str](), Client.select
    monkeypatch.setattr(Client, "select", lambda client, said: (asked.append(said), select(client, said))[1])

    night(books)
    scheduled(books.stage)

    assert len([said for said in asked if "FROM TimeActivity" in said]) == 2


# --- notices ---------------------------------------------------------------------------------------------------------


def test_E07_a_notice_that_comes_again_is_taken_once(books: Books) -> None:
    """Intuit sends it again, ten seconds later, when our answer was lost."""
    id = books.bookkeeper("Customer", DisplayName="Soderstrom")["Id"]
    event = books.stage.cloud_event("Customer", id, "created")

    assert [books.stage.told(event)["statusCode"] for _ in range(3)] == [200, 200, 200]
    assert len(books.stage.bodies()) == 1

    books.stage.told(books.stage.cloud_event("Customer", id, "updated"))
    assert len(books.stage.bodies()) == 1, "the next event is another one"


def test_E07_a_record_that_several_flows_watch_is_read_once(books: Books) -> None:
    """A customer may be a client or a project; whether anything is below it, takes another look."""
    id = books.bookkeeper("Customer", DisplayName="Soderstrom")["Id"]
    books.stage.quickbooks.calls.clear()

    books.stage.told(books.stage.cloud_event("Customer", id, "created"))
    books.stage.settle()

    assert "Soderstrom" in names(books, "client")
    assert called(books.stage, "query") <= 2


def test_E07_one_body_may_tell_of_several_companies_and_of_things_unknown(books: Books) -> None:
    id = books.bookkeeper("Customer", DisplayName="Soderstrom")["Id"]
    stage = books.stage
    strange = [
        stage.cloud_event("Customer", "77", realm="9999999999999999999"),
        {**stage.cloud_event("Customer", "78"), "type": "qbo.changeorder.created.v1"},
        {**stage.cloud_event("Customer", "79"), "type": "payroll.thing.happened"},
        {"specversion": "1.0"},
    ]

    assert stage.told(*strange, stage.cloud_event("Customer", id, "created"))["statusCode"] == 200
    stage.settle()

    assert "Soderstrom" in names(books, "client")
    assert called(stage, "query") <= 2

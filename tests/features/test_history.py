"""Import of what QuickBooks held before: row D48."""

from typing import Any

import pytest

from tests.features.books import DAY, PATH, Books, opened
from tests.stage import Stage
from timebridge.errors import Locked, Transient
from timebridge.links import State
from timebridge.store.links import DynamoLinks
from timebridge.store.records import Workspace

YEAR = {"from": "2026-01-01", "to": "2026-12-31"}


@pytest.fixture
def books(stage: Stage, workspace: Workspace) -> Books:
    return opened(stage, workspace)


def spent(books: Books, **values: Any) -> dict[str, Any]:
    """The bookkeeper enters time."""
    who = {"NameOf": "Employee", "EmployeeRef": {"value": books.employee}, "CustomerRef": {"value": books.job}}
    what = {"TxnDate": DAY, "Hours": 1, "Minutes": 45, "ItemRef": {"value": books.item}, "Description": "Workshop"}
    return books.bookkeeper("TimeActivity", **(who | what | values))


def imported(books: Books, type: str = "time", **days: str) -> dict[str, Any]:
    return books.ran("import", {"type": type, **(days or YEAR)})


def entries(books: Books) -> list[dict[str, Any]]:
    return [dict(record.values) for record in books.ours.page("time_entry", limit=200)[0]]


def test_D48_the_time_history_of_quickbooks_is_imported_and_marked(books: Books) -> None:
    billable = {"BillableStatus": "Billable", "HourlyRate": 90}
    spent(books, **billable)

    run = imported(books)

    [entry] = entries(books)
    told = ("project", "staff", "labour_code", "work_date", "hours", "notes", "billable", "rate", "status")
    assert tuple(entry[name] for name in told) == (
        books.project, books.person, books.code, DAY, 1.75, "Workshop", True, 90, "approved",
    )  # fmt: skip
    assert (entry["from_books"], entry["posted_to"]) == ("quickbooks_online", None)
    assert (run["kind"], run["status"]) == ("import", "done")
    assert run["outcome"]["imported"] == 1


def test_D48_what_is_imported_is_never_posted_nor_withdrawn(books: Books) -> None:
    theirs = spent(books)
    imported(books)
    [entry] = books.ours.page("time_entry")[0]
    books.posting(auto=True, changes="post")
    books.pull()
    run = books.post(entry.id)
    assert run["counts"]["created_theirs"] == 0

    books.ours.reopen(entry.id)
    books.edit("time_entry", entry.id, hours="7")
    books.ours.archive("time_entry", entry.id, books.record("time_entry", entry.id).version or "")
    books.pull()

    [left] = books.posted()
    assert (left["Id"], left["Hours"], left["SyncToken"]) == (theirs["Id"], 1, theirs["SyncToken"])


def test_D48_importing_again_imports_nothing_twice(books: Books) -> None:
    for day in ("2026-11-02", "2026-11-03", "2026-12-01"):
        spent(books, TxnDate=day)

    first = imported(books, **{"from": "2026-11-01", "to": "2026-11-30"})
    second = imported(books)

    assert [run["outcome"]["imported"] for run in (first, second)] == [2, 1]
    assert second["outcome"]["here_already"] == 2
    assert sorted(str(entry["work_date"]) for entry in entries(books)) == ["2026-11-02", "2026-11-03", "2026-12-01"]


def test_D48_what_we_posted_ourselves_is_not_imported(books: Books) -> None:
    ours = books.approved("3")
    books.post(ours.id)
    assert len(books.posted()) == 1

    run = imported(books)

    assert (run["outcome"]["imported"], run["outcome"]["here_already"]) == (0, 1)
    assert [record.id for record in books.ours.page("time_entry")[0]] == [ours.id]


def test_D48_what_cannot_be_imported_says_why(books: Books) -> None:
    books.stage.settle()
    stranger = books.bookkeeper("Customer", DisplayName="Not Seen Yet")["Id"]
    later = books.bookkeeper("Customer", DisplayName="A Job", Job=True, ParentRef={"value": books.job})["Id"]
    spent(books, CustomerRef=None)
    spent(books, CustomerRef={"value": stranger})
    spent(books, CustomerRef={"value": later})
    spent(books, Description="[timebridge:ent_0123456789abcdef]")

    run = imported(books)

    found = books.admin.get(f"{PATH}/runs/{run['id']}/not-imported").body["items"]
    assert (run["outcome"]["imported"], run["outcome"]["not_imported"]) == (0, 4)
    assert sorted(each["reason"] for each in found) == [
        "It names no project.",
        "It was posted from here.",
        "Its project is not in this workspace.",
        "Its project is not in this workspace.",
    ]
    assert all(each["remedy"] and each["name"].startswith(DAY) and each["url"] for each in found)
    assert entries(books) == []


def test_D48_what_the_workspace_cannot_hold_says_why(books: Books) -> None:
    spent(books, Hours=30)
    run = imported(books)

    [left] = books.admin.get(f"{PATH}/runs/{run['id']}/not-imported").body["items"]
    assert "30.75" in left["reason"]
    assert entries(books) == []


def test_D48_an_edit_of_an_imported_entry_in_quickbooks_leaves_it_alone(books: Books) -> None:
    theirs = spent(books)
    imported(books)

    books.bookkeeper("TimeActivity", Id=theirs["Id"], Hours=5)
    books.stage.told(books.stage.cloud_event("TimeActivity", theirs["Id"]))
    books.stage.settle()

    [entry] = books.ours.page("time_entry")[0]
    assert entry.values["hours"] == 1.75
    [link] = DynamoLinks("acme", "quickbooks_online").find("quickbooks_online.time_history", ours=[entry.id])
    assert link.state is State.LIVE


def test_D48_imported_time_is_not_billed_again(books: Books) -> None:
    spent(books, BillableStatus="Billable", HourlyRate=90)
    imported(books)

    answer = books.admin.post(f"projects/{books.project}/invoice")

    assert (answer.status, answer.body["detail"]) == (422, "There is nothing to bill on this project.")


def test_D48_an_import_goes_on_in_another_message_when_time_is_short(books: Books) -> None:
    books.stage.settle()
    for day in (3, 4, 5):
        spent(books, TxnDate=f"2026-11-0{day}")
    answer = books.admin.post(f"{PATH}/import", {"type": "time", **YEAR})
    in_a_hurry = {"milliseconds": 10_000}
    [message] = books.stage.messages()
    books.stage.call("worker", {"Records": [message]}, **in_a_hurry)
    half = books.run(answer.body["run"])
    assert (half["status"], half["counts"]["created_ours"]) == ("running", 2)
    books.stage._delete([message])
    books.stage.settle()

    run = books.run(answer.body["run"])
    assert (run["status"], run["outcome"]["imported"], run["outcome"]["here_already"]) == ("done", 3, 0)


def test_D48_a_crash_on_the_way_doubles_nothing(books: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    books.stage.settle()
    spent(books, TxnDate="2026-11-03")
    spent(books, TxnDate="2026-11-04")
    answer = books.admin.post(f"{PATH}/import", {"type": "time", **YEAR})
    with monkeypatch.context() as patch:
        patch.setattr(DynamoLinks, "save", crash)
        [message] = books.stage.messages()
        assert books.stage.call("worker", {"Records": [message]})["batchItemFailures"]
    assert len(entries(books)) == 2

    books.stage.call("worker", {"Records": [message]})
    books.stage.call("worker", {"Records": [message]})

    run = books.run(answer.body["run"])
    assert (run["status"], run["outcome"]["imported"], len(entries(books))) == ("done", 2, 2)
    store = DynamoLinks("acme", "quickbooks_online")
    assert len(store.page("quickbooks_online.time_history", None, None, 10)[0]) == 2


def crash(_: DynamoLinks, __: object) -> None:
    raise Transient("The store does not answer.")


def test_D48_invoices_are_imported_with_their_client_and_never_posted(books: Books) -> None:
    line = {"Amount": 250, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {}}
    theirs = books.bookkeeper("Invoice", CustomerRef={"value": books.job}, Line=[line], TxnDate=DAY)

    run = imported(books, "invoices")
    again = imported(books, "invoices")

    [invoice] = books.ours.page("invoice")[0]
    told = ("client", "project", "number", "date", "amount", "status", "from_books")
    assert tuple(invoice.values[name] for name in told) == (
        books.client, books.project, theirs["DocNumber"], DAY, 250, "final", "quickbooks_online",
    )  # fmt: skip
    assert [each["outcome"]["imported"] for each in (run, again)] == [1, 0]
    books.posting("invoices", auto=True)
    books.pull()
    [left] = books.posted("Invoice")
    assert (left["Id"], left["SyncToken"]) == (theirs["Id"], theirs["SyncToken"])
    paying = [{"Amount": 100, "LinkedTxn": [{"TxnId": theirs["Id"], "TxnType": "Invoice"}]}]
    books.bookkeeper("Payment", CustomerRef={"value": books.job}, TotalAmt=100, Line=paying)
    books.stage.told(books.stage.cloud_event("Invoice", theirs["Id"]))
    books.stage.settle()
    paid = books.record("invoice", invoice.id)
    assert paid.values["posted_balance"] == 150
    with pytest.raises(Locked):
        books.ours.archive("invoice", invoice.id, paid.version or "")


def test_D48_a_wish_that_does_not_fit_is_refused(books: Books) -> None:
    backwards = books.admin.post(f"{PATH}/import", {"type": "time", "from": "2026-02-01", "to": "2026-01-01"})
    unknown = books.admin.post(f"{PATH}/import", {"type": "payroll", **YEAR})

    assert (backwards.status, unknown.status) == (422, 422)
    assert "the days end before they begin" in backwards.body["detail"]

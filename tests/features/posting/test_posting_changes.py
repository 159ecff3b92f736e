"""What becomes of posted time afterwards: it is not changed silently, is taken back and posted again, never doubled."""

from typing import Any

import pytest

from tests.features.books import CONNECTION, PATH, Books
from tests.stage import control
from timebridge.errors import Locked


@pytest.fixture
def loose(books: Books) -> Books:
    """Where submitted time is posted too, which may still be edited."""
    books.posting(approved_only=False)
    return books


def test_D22_what_is_posted_and_approved_is_locked(books: Books) -> None:
    entry = books.approved()
    books.post(entry.id)

    with pytest.raises(Locked):
        books.edit("time_entry", entry.id, hours="9")

    assert [each["Hours"] for each in books.mine()] == [2]


def test_D22_an_edit_after_posting_is_flagged_and_does_not_reach_the_books(loose: Books) -> None:
    entry = loose.submitted("2")
    loose.post(entry.id)

    loose.edit("time_entry", entry.id, hours="3", notes="More of it")
    loose.pull()

    assert [each["Hours"] for each in loose.mine()] == [2]
    listed = loose.here()[entry.id]
    assert (listed["state"], sorted(listed["changed"])) == ("changed", ["hours", "notes"])
    assert "changed since it was posted" in listed["reason"]


def test_D22_where_changes_are_to_be_posted_an_edit_follows_by_itself(books: Books) -> None:
    books.posting(approved_only=False, auto=True, changes="post")
    entry = books.submitted("2")
    assert [each["Hours"] for each in books.mine()] == [2]

    books.edit("time_entry", entry.id, hours="3")

    assert [each["Hours"] for each in books.mine()] == [3]
    assert books.here()[entry.id]["state"] == "posted"


def test_D23_one_action_carries_the_change_over_and_one_live_document_remains(loose: Books) -> None:
    entry = loose.submitted("2")
    loose.post(entry.id)
    loose.edit("time_entry", entry.id, hours="3", notes="More of it")
    loose.stage.settle()

    run = loose.repost(entry.id)

    [activity] = loose.mine()
    assert (activity["Hours"], activity["Description"]) == (3, f"More of it [timebridge:{entry.id}]")
    assert (run["kind"], run["counts"]["updated_theirs"]) == ("repost", 1)
    assert loose.here()[entry.id]["state"] == "posted"


def test_D23_what_was_deleted_over_there_is_posted_again_once_and_only_when_asked(books: Books) -> None:
    entry = books.approved()
    books.post(entry.id)
    [activity] = books.mine()
    books.deletes("TimeActivity", activity["Id"])
    books.stage.told(books.stage.cloud_event("timeactivity", activity["Id"], "deleted"))
    books.pull()
    assert books.mine() == []
    assert books.here()[entry.id]["state"] == "blocked"

    books.repost(entry.id)

    assert len(books.of(entry.id)) == 1
    assert books.here()[entry.id]["state"] == "posted"


def test_D23_what_was_taken_back_stays_out_until_somebody_posts_it_again(books: Books) -> None:
    books.posting(auto=True)
    entry = books.approved()
    assert len(books.mine()) == 1

    run = books.withdraw(entry.id)
    assert books.mine() == []
    assert (run["kind"], run["counts"]["deleted"]) == ("withdraw", 1)
    books.pull()
    books.post(filter={"project": books.project})
    assert books.mine() == []
    assert books.here()[entry.id]["state"] == "ready"

    books.post(entry.id)
    assert len(books.of(entry.id)) == 1


def test_D23_reopening_takes_time_out_of_the_books(books: Books) -> None:
    entry = books.approved()
    books.post(entry.id)
    assert len(books.mine()) == 1

    books.ours.reopen(entry.id)

    assert books.mine() == []
    books.ours.submit(entry.id)
    books.ours.approve(entry.id)
    assert books.mine() == []
    books.post(entry.id)
    assert len(books.of(entry.id)) == 1


def test_D23_time_that_was_billed_over_there_is_neither_changed_nor_deleted(loose: Books) -> None:
    entry = loose.submitted("2")
    loose.post(entry.id)
    [activity] = loose.mine()
    _billed(loose, activity)
    loose.edit("time_entry", entry.id, hours="3")

    runs = [loose.repost(entry.id), loose.withdraw(entry.id)]

    assert [each["Hours"] for each in loose.mine()] == [2]
    for run in runs:
        [problem] = loose.admin.get(f"{PATH}/runs/{run['id']}/problems").body["items"]
        assert (problem["cause"], problem["trouble"]) == ("Locked", "locked")
        assert "billed" in problem["reason"]
        assert "invoice" in problem["remedy"]
    assert loose.record("time_entry", entry.id).values["posted_to"] == CONNECTION
    assert loose.here()[entry.id]["state"] == "changed"


def _billed(books: Books, activity: dict[str, Any]) -> None:
    """The bookkeeper puts the time on an invoice of their own."""
    link = {"TxnId": activity["Id"], "TxnType": "TimeActivity"}
    line = {
        "DetailType": "SalesItemLineDetail",
        "Amount": 200,
        "SalesItemLineDetail": {"ItemRef": {"value": books.item}},
        "LinkedTxn": [link],
    }
    books.bookkeeper("Invoice", CustomerRef=activity["CustomerRef"], Line=[line], LinkedTxn=[link])
    [now] = [each for each in books.stage.quickbooks_has("TimeActivity") if each["Id"] == activity["Id"]]
    assert now["BillableStatus"] == "HasBeenBilled"


def test_D22_what_the_bookkeeper_made_of_it_is_neither_overwritten_nor_deleted(loose: Books) -> None:
    entry = loose.submitted("2", notes="Wiring")
    loose.post(entry.id)
    [activity] = loose.mine()
    loose.bookkeeper("TimeActivity", Id=activity["Id"], Hours=5)
    loose.pull()
    loose.edit("time_entry", entry.id, hours="3")

    repost, withdraw = loose.repost(entry.id), loose.withdraw(entry.id)

    assert [each["Hours"] for each in loose.mine()] == [5]
    for run in (repost, withdraw):
        [problem] = loose.admin.get(f"{PATH}/runs/{run['id']}/problems").body["items"]
        assert "changed in the books since it was posted: hours" in problem["reason"]


def test_D23_a_person_who_has_become_a_vendor_over_there_is_reposted_as_one(loose: Books) -> None:
    contractor = loose.bookkeeper("Vendor", DisplayName="Robin Quay")["Id"]
    robin = loose.ours.create("staff", {"name": "Robin Quay"})
    loose.pull()
    entry = loose.submitted("2")
    loose.post(entry.id)

    loose.edit("time_entry", entry.id, staff=robin.id)
    loose.repost(entry.id)

    [activity] = loose.mine()
    assert (activity["NameOf"], activity["VendorRef"]["value"]) == ("Vendor", contractor)
    assert "EmployeeRef" not in activity


def test_D20_answers_that_are_lost_double_nothing(books: Books) -> None:
    entries = [books.approved(notes=f"Entry {number}") for number in range(5)]
    books.stage.settle()
    fault = {"match": {"path": "/batch"}, "kind": "drop_after_commit"}
    control("POST", f"{books.stage.quickbooks.url}/_sandbox/faults", json=fault)

    answer = books.admin.post(f"{PATH}/postings", {"type": "time", "ids": books.entries})
    messages = books.stage.messages()
    assert books.stage.call("worker", {"Records": messages})["batchItemFailures"]
    assert books.run(answer.body["run"])["status"] == "running"
    assert books.stage.call("worker", {"Records": messages})["batchItemFailures"] == []
    books.stage._delete(messages)

    assert sorted(each["Description"] for each in books.mine()) == sorted(
        f"Entry {number} [timebridge:{entry.id}]" for number, entry in enumerate(entries)
    )
    assert books.run(answer.body["run"])["status"] == "done"


def test_D23_what_is_in_a_period_that_was_closed_meanwhile_stays_as_it_is(loose: Books) -> None:
    entry = loose.submitted("2", work_date="2026-10-30")
    loose.post(entry.id)
    loose.closes_through("2026-10-31")
    loose.edit("time_entry", entry.id, hours="3")

    runs = [loose.repost(entry.id), loose.withdraw(entry.id)]

    assert [each["Hours"] for each in loose.mine()] == [2]
    for run in runs:
        [problem] = loose.admin.get(f"{PATH}/runs/{run['id']}/problems").body["items"]
        assert (problem["trouble"], "closed" in problem["reason"]) == ("locked", True)
    assert loose.here()[entry.id]["state"] == "changed"

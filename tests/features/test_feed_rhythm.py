"""How often QuickBooks is asked: never when it is off, rarely when nothing moves, every minute where that matters."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.features.books import PATH, Books
from tests.features.feed import HOUR, Played, called, charged, played, runs, shared
from tests.stage import Stage
from timebridge.store.records import Workspace
from timebridge.tenants import Rhythm

MINUTE = timedelta(minutes=1)


@pytest.fixture
def books(stage: Stage, workspace: Workspace) -> Books:
    return shared(stage, workspace)


@pytest.fixture
def days(books: Books) -> Iterator[Played]:
    with played(books.stage) as found:
        yield found


def chosen(books: Books, **values: object) -> None:
    found = books.admin.get(PATH).body
    answer = books.admin.patch(PATH, {**values, "revision": found["revision"]})
    assert answer.status == 200, answer.text


def renamed(books: Books, name: str) -> None:
    """The bookkeeper renames the client's customer; its notice is lost."""
    books.bookkeeper("Customer", Id=books.customer, DisplayName=name)


def name(books: Books) -> object:
    return books.record("client", books.client).values["name"]


# --- on and off ------------------------------------------------------------------------------------------------------


def test_D09_while_automatic_synchronisation_is_off_no_scheduled_run_starts(books: Books, days: Played) -> None:
    chosen(books, rhythm="off")
    before = len(runs(books.stage))
    renamed(books, "Harbour Freight II")

    for _ in range(6):
        assert days.go(6 * HOUR) == 0
    books.stage.told(books.stage.cloud_event("Customer", books.customer))
    books.stage.settle()

    assert len(runs(books.stage)) == before
    assert name(books) == "Harbour Freight"
    assert called(books.stage, "cdc") == 0


def test_D09_switched_on_again_it_catches_up_by_itself(books: Books, days: Played) -> None:
    chosen(books, rhythm="off")
    renamed(books, "Harbour Freight II")
    days.go(6 * HOUR)
    chosen(books, rhythm="hourly")

    assert days.go(2 * HOUR) == 1

    assert name(books) == "Harbour Freight II"
    assert runs(books.stage)[0].actor == "schedule"


def test_D09_while_it_is_off_a_person_may_still_ask(books: Books) -> None:
    chosen(books, rhythm="off")
    renamed(books, "Harbour Freight II")

    books.pull()

    assert name(books) == "Harbour Freight II"


# --- while nothing moves ---------------------------------------------------------------------------------------------


def test_E08_while_nothing_moves_quickbooks_is_asked_at_growing_steps(books: Books, days: Played) -> None:
    """And our own side every time: an edit that got lost on its way waits no longer than ever."""
    days.choose(Rhythm.HOURLY)
    days.go(HOUR)
    before, asked = charged(books.stage), []
    for _ in range(9):
        books.stage.quickbooks.calls.clear()
        assert days.go(HOUR) == 1
        asked.append(called(books.stage, "cdc"))
    assert sum(asked) <= 4
    assert (asked[0], sum(asked[:3]), sum(asked[3:]) < 3) == (1, 2, True)
    assert charged(books.stage) - before <= sum(asked) + 3, "and what is asked for once a night"

    books.edit("client", books.client, legal_name="Harbour Ltd")
    days.go(HOUR)
    [customer] = [each for each in books.stage.quickbooks_has("Customer") if each["Id"] == books.customer]
    assert customer["CompanyName"] == "Harbour Ltd"


def test_E08_what_was_missed_makes_it_ask_often_again(books: Books, days: Played) -> None:
    days.choose(Rhythm.HOURLY)
    for _ in range(2):
        days.go(4 * HOUR)
    renamed(books, "Harbour Freight II")
    days.go(8 * HOUR)
    assert name(books) == "Harbour Freight II"

    renamed(books, "Harbour Freight III")
    days.go(HOUR)
    assert name(books) == "Harbour Freight III"


def test_E08_a_notice_makes_it_ask_often_again(books: Books, days: Played) -> None:
    days.choose(Rhythm.HOURLY)
    for _ in range(2):
        days.go(4 * HOUR)
    renamed(books, "Harbour Freight II")
    books.stage.told(books.stage.cloud_event("Customer", books.customer))
    books.stage.settle()
    assert name(books) == "Harbour Freight II"

    renamed(books, "Harbour Freight III")
    days.go(HOUR)
    assert name(books) == "Harbour Freight III"


# --- the nudge -------------------------------------------------------------------------------------------------------


def test_E08_a_chosen_tenant_is_looked_at_every_minute(
    books: Books, days: Played, capsys: pytest.CaptureFixture[str]
) -> None:
    """Intuit's notice may take minutes. One call a minute finds what changed; it starts no run of its own."""
    days.choose(Rhythm.HOURLY)
    days.go(HOUR)
    chosen(books, settings={**books.admin.get(PATH).body["settings"], "nudge": True})
    days.go(HOUR)
    days.go(MINUTE)
    days.go(11 * MINUTE)
    before = len(runs(books.stage))
    renamed(books, "Harbour Freight II")
    books.stage.quickbooks.calls.clear()
    capsys.readouterr()

    days.go(MINUTE)

    assert name(books) == "Harbour Freight II"
    assert len(runs(books.stage)) == before
    assert called(books.stage, "cdc") == 1
    measured = [line for line in capsys.readouterr().out.splitlines() if '"ProviderToVisible"' in line]
    assert 0 <= json.loads(measured[0])["ProviderToVisible"][0] <= 120


def test_E08_a_nudge_keeps_to_rhythm_off(books: Books, days: Played) -> None:
    chosen(books, settings={**books.admin.get(PATH).body["settings"], "nudge": True})
    chosen(books, rhythm="off")

    assert [days.go(MINUTE) for _ in range(5)] == [0] * 5


def test_a_nudge_is_yes_or_no(books: Books) -> None:
    found = books.admin.get(PATH).body
    answer = books.admin.patch(PATH, {"settings": {"nudge": "often"}, "revision": found["revision"]})
    assert (answer.status, answer.body["field"]) == (422, "settings.nudge")

"""A change of settings takes effect at once, also for records that nobody touched since."""

from typing import Any

import pytest

from tests.admin import Person
from tests.stage import Stage
from timebridge.tenants import Provider, Status

ADMIN = Person()


@pytest.fixture
def live(stage: Stage) -> Stage:
    account = stage.seller("create", "Account", Name="Northwind")
    for name, at in (("Won", "Closed Won"), ("Offered", "Negotiation/Review")):
        stage.seller("create", "Opportunity", Name=name, AccountId=account, StageName=at, CloseDate="2026-12-01")
    stage.connect(Provider.SALESFORCE)
    assert projects() == ["Won"]
    return stage


def projects() -> list[str]:
    return [each["values"]["name"] for each in ADMIN.get("projects").body["items"]]


def change(**settings: Any) -> None:
    path = "connections/salesforce"
    chosen = {"presets": ["projects"], **settings}
    answer = ADMIN.patch(path, {"settings": chosen, "revision": ADMIN.get(path).body["revision"]})
    assert answer.status == 200, answer.text


def test_what_qualifies_now_is_found_at_once(live: Stage) -> None:
    change(stages=["Closed Won", "Negotiation/Review"])
    live.settle()
    assert projects() == ["Offered", "Won"]


def test_a_published_draft_takes_effect_like_a_patch(live: Stage) -> None:
    path = "connections/salesforce/settings/draft"
    ADMIN.post(path, {"settings": {"presets": ["projects"], "stages": ["Negotiation/Review"]}})
    assert ADMIN.post(f"{path}/publish").status == 200
    live.settle()
    assert projects() == ["Offered", "Won"]


def test_a_change_that_selects_the_same_reads_nothing_again(live: Stage) -> None:
    live.settle()
    change(notices=False)
    assert live.bodies() == []


def test_a_connection_that_is_not_live_is_left_alone(live: Stage) -> None:
    live.settle()
    assert ADMIN.post("connections/salesforce/pause").status == 200
    assert live.connection("salesforce").status is Status.PAUSED
    change(stages=["Negotiation/Review"])
    assert live.bodies() == []

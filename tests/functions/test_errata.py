"""Looking up what an error of a provider means."""

import pytest

from tests.admin import Person
from tests.stage import Stage


@pytest.mark.usefixtures("stage")
def test_anybody_who_is_signed_in_can_look_a_code_up() -> None:
    [found] = Person(("viewer",)).get("/v1/errors", code="6200").body["items"]

    assert (found["provider"], found["kind"], found["field"]) == ("quickbooks_online", "locked", "TxnDate")
    assert "closed" in found["meaning"]
    assert "reopen" in found["remedy"]


def test_a_code_is_found_however_it_is_spelt_and_within_one_provider(stage: Stage) -> None:
    assert stage.tenant
    [found] = Person().get("/v1/errors", provider="salesforce", code="duplicates_detected").body["items"]

    assert found["code"] == "DUPLICATES_DETECTED"
    assert Person().get("/v1/errors", provider="salesforce", code="6200").body["items"] == []


@pytest.mark.usefixtures("stage")
def test_all_of_them_have_a_meaning_and_a_remedy() -> None:
    found = Person().get("/v1/errors").body["items"]

    assert len(found) > 150
    assert all(each["meaning"] and each["remedy"] and each["kind"] for each in found)
    assert Person().get("/v1/errors", provider="sage").status == 422

"""The kinds of the workspace: what they accept, and what they say when they do not."""

import time
from decimal import Decimal

import pytest

from timebridge.errors import Locked, Rejected
from timebridge.workspace.kinds import KINDS, kind_of, moves_of, new_id
from timebridge.workspace.locks import refuse_locked
from timebridge.workspace.moves import moved
from timebridge.workspace.validation import name_key, validate

ENTRY = {"project": "prj_1", "staff": "stf_1", "work_date": "2026-11-20", "hours": "7.5"}


def refusal(kind: str, values: dict[str, object], **how: bool) -> Rejected:
    with pytest.raises(Rejected) as refused:
        validate(kind, values, **how)
    return refused.value


def test_values_are_kept_in_one_form() -> None:
    kept = validate("project", {"client": " cli_1 ", "name": " Bridge ", "budget": 12000, "start_date": "2026-01-31"})

    assert kept["client"] == "cli_1"
    assert kept["name"] == "Bridge"
    assert str(kept["budget"]) == "12000.00"
    assert kept["start_date"] == "2026-01-31"


def test_empty_text_is_no_value() -> None:
    assert validate("client", {"name": "Aalto", "phone": "  "})["phone"] is None


def test_a_whole_record_has_every_property_and_its_defaults() -> None:
    kept = validate("time_entry", ENTRY)

    assert kept.keys() == {name for name, each in KINDS["time_entry"].properties.items() if not each.computed}
    assert (kept["billable"], kept["status"], kept["notes"]) == (True, "draft", None)


def test_what_is_computed_is_not_part_of_what_is_kept() -> None:
    assert "hours_total" not in validate("project", {"client": "c", "name": "Bridge"})


def test_a_patch_is_checked_only_for_what_is_there() -> None:
    assert validate("project", {"code": "B-1"}, partial=True) == {"code": "B-1"}


@pytest.mark.parametrize(
    ("kind", "values", "field", "said", "remedy"),
    [
        ("client", {}, "name", "needs a name", "Give a name"),
        ("client", {"name": None}, "name", "needs a name", "Give a name"),
        ("client", {"name": "A", "colour": "red"}, "colour", "has no “colour”", "It has: name"),
        ("client", {"name": "x" * 501}, "name", "…” is not valid", "at most 500 characters"),
        ("client", {"name": 7}, "name", "“7” is not valid", "must be text"),
        ("client", {"name": "A", "email": "nobody"}, "email", "“nobody”", "an e-mail address"),
        ("client", {"name": "A", "active": "yes"}, "active", "“yes”", "true or false"),
        ("project", {"client": "c", "name": "P", "budget": "a lot"}, "budget", "“a lot”", "a number"),
        ("project", {"client": "c", "name": "P", "budget": True}, "budget", "“True”", "a number"),
        ("project", {"client": "c", "name": "P", "budget": float("nan")}, "budget", "“nan”", "a number"),
        ("project", {"client": "c", "name": "P", "probability": 101}, "probability", "“101”", "from 0 to 100"),
        ("project", {"client": "c", "name": "P", "end_date": "31.12.2026"}, "end_date", "“31.12.2026”", "2026-11-21"),
        ("project", {"client": "c", "name": "P", "end_date": 7}, "end_date", "“7”", "2026-11-21"),
        ("project", {"client": "c", "name": "P", "hours_total": 3}, "hours_total", "calculated", "Leave it out"),
        ("time_entry", ENTRY | {"hours": 25}, "hours", "“25”", "from 0 to 24"),
        ("time_entry", ENTRY | {"hours": -1}, "hours", "“-1”", "from 0 to 24"),
        ("time_entry", ENTRY | {"status": "done"}, "status", "“done”", "draft, submitted, approved, rejected"),
    ],
)
def test_a_refusal_names_the_field_the_value_and_the_remedy(
    kind: str, values: dict[str, object], field: str, said: str, remedy: str
) -> None:
    refused = refusal(kind, values)

    assert refused.field == field
    assert said in refused.for_user
    assert remedy in refused.remedy


def test_a_required_value_cannot_be_taken_away_by_a_patch() -> None:
    assert refusal("client", {"name": ""}, partial=True).field == "name"


def test_people_do_not_set_the_status_of_an_entry_directly() -> None:
    refused = refusal("time_entry", ENTRY | {"status": "approved"}, by_people=True)

    assert refused.field == "status"
    assert "submit, approve, reject, reopen" in refused.remedy
    assert validate("time_entry", ENTRY | {"status": "approved"})["status"] == "approved"


def test_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Rejected) as refused:
        kind_of("spaceship")

    assert "time_entry" in refused.value.remedy


def test_ids_are_unique_name_their_kind_and_sort_by_time() -> None:
    ids = [new_id("client")]
    for _ in range(3):
        time.sleep(0.002)
        ids.append(new_id("client"))

    assert ids == sorted(ids)
    assert all(id.startswith("cli_") for id in ids)
    assert len({new_id("project") for _ in range(1000)}) == 1000


def test_prefixes_of_ids_are_different() -> None:
    assert len({kind.prefix for kind in KINDS.values()}) == len(KINDS)


def test_every_reference_leads_to_a_kind() -> None:
    assert {parent for kind in KINDS.values() for parent in kind.references.values()} <= KINDS.keys()


@pytest.mark.parametrize(
    ("move", "status", "then"),
    [
        ("submit", "draft", "submitted"),
        ("submit", "rejected", "submitted"),
        ("submit", "submitted", "submitted"),
        ("approve", "submitted", "approved"),
        ("reject", "submitted", "rejected"),
        ("reopen", "approved", "draft"),
        ("reopen", "submitted", "draft"),
    ],
)
def test_an_entry_goes_from_status_to_status(move: str, status: str, then: str) -> None:
    assert moved(move, {"status": status, "hours": Decimal(1)}) == {"status": then, "hours": Decimal(1)}


@pytest.mark.parametrize(("move", "status"), [("approve", "draft"), ("reject", "approved"), ("submit", "approved")])
def test_an_entry_does_not_jump(move: str, status: str) -> None:
    with pytest.raises(Rejected) as refused:
        moved(move, {"status": status})

    assert refused.value.field == "status"
    assert status in refused.value.for_user


def test_only_approved_entries_are_locked() -> None:
    refuse_locked("time_entry", {"status": "submitted"})
    refuse_locked("project", {"status": "approved"})
    with pytest.raises(Locked):
        refuse_locked("time_entry", {"status": "approved"})


@pytest.mark.parametrize(
    ("move", "status", "then"),
    [
        ("review", "draft", "reviewed"),
        ("reopen", "reviewed", "draft"),
        ("finalise", "draft", "final"),
        ("finalise", "reviewed", "final"),
        ("void", "draft", "void"),
        ("void", "reviewed", "void"),
        ("void", "final", "void"),
    ],
)
def test_an_invoice_goes_from_status_to_status(move: str, status: str, then: str) -> None:
    assert moved(move, {"status": status}, "invoice") == {"status": then}


def test_a_void_invoice_stays_void() -> None:
    with pytest.raises(Rejected, match="void cannot become final"):
        moved("finalise", {"status": "void"}, "invoice")


def test_an_entry_on_an_invoice_is_not_reopened() -> None:
    with pytest.raises(Locked) as refused:
        moved("reopen", {"status": "approved", "invoice": "inv_1"})
    assert "inv_1" in refused.value.remedy


def test_what_is_out_is_locked() -> None:
    refuse_locked("invoice", {"status": "draft"})
    for status in ("reviewed", "final", "void"):
        with pytest.raises(Locked):
            refuse_locked("invoice", {"status": status})


def test_only_what_people_decide_about_has_moves() -> None:
    assert moves_of("project") == moves_of("client") == {}
    assert "submit" in moves_of("expense")
    assert "submit" not in moves_of("invoice")


def test_names_are_compared_without_case_and_spacing() -> None:
    assert name_key("  AALTO   Partners\n") == name_key("aalto partners")

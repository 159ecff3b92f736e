from decimal import Decimal
from typing import Any

import pytest

from timebridge.histories import Left, Place, id_of, imported
from timebridge.providers.quickbooks_online.history import HISTORIES, flows
from timebridge.records import Record

TIME, INVOICES = HISTORIES["time"], HISTORIES["invoices"]
KNOWN: dict[tuple[str, Place], str] = {
    ("staff", ("Employee", "5")): "stf_e",
    ("staff", ("Vendor", "5")): "stf_v",
    ("project", ("Customer", "8")): "prj_1",
    ("client", ("Customer", "1")): "cli_1",
    ("labour_code", ("Item", "2")): "lab_1",
}


def spent(**values: Any) -> Record:
    plain = {"TxnDate": "2026-11-20", "EmployeeRef": {"value": "5"}, "CustomerRef": {"value": "8"}, "Hours": 2}
    return Record("77", plain | values)


def test_time_becomes_an_entry_of_the_person_and_project_that_are_linked() -> None:
    found = imported(TIME, "books", spent(Minutes=30, ItemRef={"value": "2"}, HourlyRate=0), KNOWN)

    assert not isinstance(found, Left)
    assert {name: value for name, value in found.items() if value is not None} == {
        "staff": "stf_e",
        "project": "prj_1",
        "labour_code": "lab_1",
        "work_date": "2026-11-20",
        "hours": Decimal("2.50"),
        "status": "approved",
        "from_books": "books",
    }


def test_a_vendor_is_not_taken_for_the_employee_with_the_same_id() -> None:
    found = imported(TIME, "books", spent(EmployeeRef=None, VendorRef={"value": "5"}), KNOWN)

    assert not isinstance(found, Left)
    assert found["staff"] == "stf_v"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"EmployeeRef": None}, "It names no staff."),
        ({"EmployeeRef": {"value": "6"}}, "Its staff is not in this workspace."),
        ({"CustomerRef": {"value": "9"}}, "Its project is not in this workspace."),
        ({"Description": "Help [timebridge:ent_1]"}, "It was posted from here."),
    ],
)
def test_what_is_left_out_says_why(values: dict[str, Any], reason: str) -> None:
    found = imported(TIME, "books", spent(**values), KNOWN)

    assert isinstance(found, Left)
    assert (found.theirs, found.name, found.reason) == ("77", "2026-11-20", reason)
    assert found.remedy


def test_a_reference_that_is_not_needed_may_be_missing() -> None:
    found = imported(TIME, "books", spent(ItemRef={"value": "3"}), KNOWN)

    assert not isinstance(found, Left)
    assert "labour_code" not in found


def test_an_invoice_needs_its_client_alone_and_void_ones_stay_out() -> None:
    values = {"TxnDate": "2026-11-20", "DocNumber": "1037", "TotalAmt": 10, "TopRef": {"value": "1"}}
    found = imported(INVOICES, "books", Record("9", values), KNOWN)
    void = imported(INVOICES, "books", Record("9", values | {"TotalAmt": 0, "PrivateNote": "Voided"}), KNOWN)

    assert not isinstance(found, Left)
    assert (found["client"], found["number"], found["status"]) == ("cli_1", "1037", "final")
    assert isinstance(void, Left)
    assert (void.reason, void.name) == ("It is void.", "2026-11-20 1037")


def test_a_document_always_becomes_the_same_record() -> None:
    ids = {
        id_of(TIME, "books", "7"),
        id_of(TIME, "books", "8"),
        id_of(TIME, "other", "7"),
        id_of(INVOICES, "books", "7"),
    }

    assert len(ids) == 4
    assert id_of(TIME, "books", "7") in ids
    assert id_of(TIME, "books", "7").startswith("ent_")


def test_a_pair_of_the_past_is_never_written_to_the_books() -> None:
    for flow in flows({}):
        assert not flow.direction.goes_out
        assert flow.deletions is None
        assert not flow.when_theirs({"Id": "1"})

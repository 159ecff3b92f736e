"""What went wrong is mended: in its row, all alike at once, by a decision, an answer, a merge, or a repair."""

import csv
import re
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.firm import VIEWER, Firm
from tests.browser.people import Somebody
from tests.browser.troubled import (
    account_of,
    clash,
    clients,
    lookalike,
    refuse,
    seller,
    silent,
    until,
    waiting,
)


def test_a_value_is_mended_in_its_row_and_the_record_is_in_step(admin: Somebody, a_firm: Firm) -> None:
    [client] = refuse(a_firm, 1, "+43 1 5550100 extension 12345")
    page = admin.go(f"problems?q={client['id']}")
    admin.sees(client["values"]["name"], "Error", "Phone", "Details")
    admin.check()
    page.locator("summary", has_text="Details").click()
    page.get_by_role("link", name=re.compile("^What was sent")).click()
    admin.sees("A change, refused by Salesforce", "+43 1 5550100 extension 12345")
    admin.check()

    page.go_back()
    page.get_by_label("Phone of").fill("+43 1 5550199")
    admin.presses("Save and try again")

    expect(page.locator("tr.solved")).to_contain_text("Synced", timeout=30_000)
    until(lambda: waiting(a_firm, client["id"]) is None or None, "it still waits")
    assert a_firm.api.get(f"clients/{client['id']}")["values"]["phone"] == "+43 1 5550199"


def test_all_that_is_alike_is_tried_again_and_taken_along(admin: Somebody, a_firm: Firm, tmp_path: Path) -> None:
    some = refuse(a_firm, 3, "+43 1 5550100 reception desk")
    page = admin.go("problems?kind=client")
    admin.sees("What is wrong", "3 clients:")
    with page.expect_download() as download:
        admin.presses("Export CSV")
    download.value.save_as(tmp_path / "problems.csv")
    lines = list(csv.DictReader((tmp_path / "problems.csv").read_text("utf-8").splitlines()))
    assert {client["id"] for client in some} <= {line["record"] for line in lines}

    page.get_by_role("button", name="Try all again").first.click()

    admin.sees("tried again now")
    for client in some:
        until(lambda id=client["id"]: waiting(a_firm, id) is None or None, "it still waits")  # type: ignore[misc]


def test_what_may_stay_as_it_is_is_left_and_taken_up_again_and_is_solved_then(admin: Somebody, a_firm: Firm) -> None:
    [client] = refuse(a_firm, 1, "+43 1 5550100 at the back door")
    page = admin.go(f"problems?q={client['id']}")
    page.get_by_role("link", name=re.compile(r"^Leave it")).click()
    admin.sees("Both sides stay as they are")
    admin.check()
    page.get_by_label("Why may it stay so?").fill("Nobody calls there any more.")
    admin.presses("Set aside")
    admin.sees("It is set aside")
    assert waiting(a_firm, client["id"]) is None

    page = admin.go(f"problems/aside?q={client['id']}")
    admin.sees(client["values"]["name"], "Nobody calls there any more.")
    admin.check()
    admin.presses("Take up again")

    admin.sees("It is tried again now.")
    until(lambda: a_firm.api.get("problems/solved", q=client["id"])["items"] or None, "it was not solved")
    admin.go(f"problems/solved?q={client['id']}")
    admin.sees(client["values"]["name"], "In step")
    admin.check()


def test_a_conflict_is_decided(admin: Somebody, a_firm: Firm) -> None:
    client = clash(a_firm, "https://ours.example", "https://theirs.example")
    page = admin.go(f"conflicts?q={client['id']}")
    admin.sees("https://ours.example", "https://theirs.example", "Before")
    admin.check()

    page.get_by_role("button", name=re.compile(r"^Theirs\s*: Website")).click()

    admin.sees("Website: Their value counts now.")
    until(
        lambda: a_firm.api.get(f"clients/{client['id']}")["values"]["website"] == "https://theirs.example",
        "it was not carried over",
    )
    admin.go(f"conflicts/decided?connection={a_firm.salesforce}")
    admin.sees("https://theirs.example", "Theirs counts")
    admin.check()


def test_a_match_is_answered(admin: Somebody, a_firm: Firm) -> None:
    client = lookalike(a_firm, "Lantern & Lindqvist", "Lantern and Lindquist Inc")
    page = admin.go("matches?q=Lantern")
    admin.sees("Lantern and Lindquist Inc", "of 100")
    admin.check()

    page.get_by_role("button", name=re.compile(r"^It is this one\s*: Lantern & Lindqvist")).first.click()

    admin.sees("They are one record from now on.")
    link = until(lambda: a_firm.api.link(a_firm.salesforce, "salesforce.account", client["id"]), "no link")
    assert link["theirs"]


def test_a_duplicate_is_merged_once_its_consequences_are_seen(admin: Somebody, a_firm: Firm) -> None:
    stays = a_firm.api.post("clients", {"name": "Quince Orchard Supplies Ltd", "phone": "+43 1 5550144"})
    goes = a_firm.api.post("clients", {"name": "Quince Orchard Supplies"})
    a_firm.api.post("projects", {"name": "Quince harvest", "client": goes["id"]})
    until(lambda: a_firm.stage.waiting() == 0 or None, "the new records are still carried over")
    page = admin.go("duplicates?kinds=clients")
    page.get_by_role("button", name="Compare and merge Quince").click()
    admin.sees("What happens then", "1 project will belong to the one that stays")
    admin.check()

    admin.presses("Merge 2 records into one")

    admin.sees("1 record merged; 1 record moved along.")
    assert a_firm.api.get(f"clients/{goes['id']}")["archived"]
    assert a_firm.api.named("projects", "Quince harvest")["values"]["client"] == stays["id"]  # type: ignore[index]


def test_a_check_finds_what_differs_and_repairs_it(admin: Somebody, a_firm: Firm) -> None:
    [client] = clients(a_firm, 1)
    with silent(a_firm):
        seller(a_firm, "update", account_of(a_firm, client["id"]), Fax="+43 1 5550166")
        page = admin.go("drift")
        admin.check()
        card = page.locator(f"section[aria-labelledby='of-{a_firm.salesforce}']")
        card.get_by_role("button", name="Check now").click()
        row = page.get_by_role("row").filter(has_text="+43 1 5550166")
        expect(row).to_be_visible(timeout=60_000)
        expect(row).to_contain_text(client["values"]["name"])
        admin.check()

        row.get_by_role("button", name="Synchronise").click()

        until(
            lambda: a_firm.api.get(f"clients/{client['id']}")["values"]["fax"] == "+43 1 5550166", "it was not repaired"
        )


def test_the_audit_trail_is_filtered_and_only_for_administrators(admin: Somebody, a_firm: Firm, person) -> None:  # type: ignore[no-untyped-def]
    made = a_firm.api.post("clients", {"name": "Audited & Sons"})
    a_firm.api.patch("clients", made, phone="+43 1 5550122")
    page = admin.go(f"audit?target={made['id']}")
    admin.sees("Client created", "Client changed", "-API", "+43 1 5550122")
    admin.check()
    page.get_by_label("What").select_option("connection.")
    expect(page.get_by_text("Nothing is like this")).to_be_visible()

    viewer = person(VIEWER)
    viewer.page.goto(f"{viewer.base}/audit")
    viewer.sees("The audit trail is for administrators.")
    viewer.go("problems")
    expect(viewer.page.get_by_role("heading", name="Problems")).to_be_visible()

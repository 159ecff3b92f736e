"""A plainly invented consulting firm: the same some hundred records every time."""

import random
from typing import Any

from sandbox.salesforce.ids import make_id
from sandbox.salesforce.seed import STAGES

FIRST = [
    "Amber",
    "Basalt",
    "Cinder",
    "Delta",
    "Ember",
    "Fern",
    "Granite",
    "Hollow",
    "Indigo",
    "Juniper",
    "Kestrel",
    "Lumen",
]
SECOND = ["Harbour Works", "Foods", "Logistics", "Health", "Robotics"]
GIVEN = ["Ash", "Blair", "Corin", "Dale", "Emery", "Flynn", "Gray", "Hollis", "Indy", "Jory"]
FAMILY = ["Amberley", "Birch", "Coppice", "Dell", "Elmwood", "Fenn", "Grove", "Heath", "Ivey", "Lark"]
WORK = ["ERP rollout", "Data platform", "Process review", "Support retainer", "Security audit", "Cloud migration"]
INDUSTRIES = ["Manufacturing", "Food & Beverage", "Shipping", "Healthcare", "Technology"]
SUBJECTS = [
    "Timesheet export is late",
    "Wrong rate on invoice",
    "Please add a project",
    None,
    "Access for a new colleague",
]
ACCOUNTS, OPPORTUNITIES, CONTACTS, CASES = 60, 150, 90, 40


def demo() -> dict[str, list[dict[str, Any]]]:
    chance = random.Random(7)
    return {
        "Account": [account(n) for n in range(ACCOUNTS)],
        "Contact": [contact(n) for n in range(CONTACTS)],
        "Opportunity": [opportunity(n, chance) for n in range(OPPORTUNITIES)],
        "Case": [case(n) for n in range(CASES)],
    }


def stamp(n: int) -> str:
    return f"2026-{2 + n % 9:02d}-{1 + n % 27:02d}T{8 + n % 9:02d}:{n % 60:02d}:00.000+0000"


def account(n: int) -> dict[str, Any]:
    kind = n // len(FIRST)
    return {
        "Name": f"{FIRST[n % len(FIRST)]} {SECOND[kind]} (demo)",
        "Type": "Customer - Direct" if n % 3 else "Prospect",
        "Industry": INDUSTRIES[kind],
        "Phone": f"+44 1632 960{n:03d}",
        "Website": f"https://customer{n + 1}.example",
        "BillingStreet": f"{n + 1} Sample Street",
        "BillingCity": "Sampleton",
        "BillingPostalCode": f"ZZ{n % 90 + 10} 1AA",
        "BillingCountry": "United Kingdom",
        "OwnerId": make_id("005", 2 + n % 4),
        "SystemModstamp": stamp(n),
    }


def contact(n: int) -> dict[str, Any]:
    first, last = GIVEN[n % 10], FAMILY[(n // 10 + n) % 10]
    return {
        "FirstName": first,
        "LastName": last,
        "Email": f"{first}.{last}{n}@customer{n % ACCOUNTS + 1}.example".lower(),
        "AccountId": make_id("001", n % ACCOUNTS + 1),
        "OwnerId": make_id("005", 2 + n % 4),
        "SystemModstamp": stamp(n),
    }


def opportunity(n: int, chance: random.Random) -> dict[str, Any]:
    return {
        "Name": f"{WORK[n % len(WORK)]} {n + 1}",
        "AccountId": make_id("001", n % ACCOUNTS + 1) if n % 25 else None,
        "StageName": STAGES[n % len(STAGES)][0],
        "CloseDate": f"2026-{n % 12 + 1:02d}-{n % 28 + 1:02d}",
        "Amount": float(chance.randrange(5, 240) * 1000),
        "Type": "New Customer" if n % 2 else "Existing Customer - Upgrade",
        "OwnerId": make_id("005", 2 + n % 4),
        "SystemModstamp": stamp(n),
    }


def case(n: int) -> dict[str, Any]:
    return {
        "Subject": SUBJECTS[n % len(SUBJECTS)],
        "Status": ["New", "Working", "Escalated", "Closed"][n % 4],
        "Origin": ["Phone", "Email", "Web"][n % 3],
        "ContactId": make_id("003", n % CONTACTS + 1),
        "OwnerId": make_id("00G", 1) if n % 5 == 0 else make_id("005", 2 + n % 4),
        "SystemModstamp": stamp(n),
    }

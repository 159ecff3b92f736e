"""Invented records, as many as wanted and the same each time."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from sandbox.salesforce.ids import make_id
from timebridge.flows import HERE

type Row = dict[str, Any]

LONG_AGO = datetime(2026, 2, 1, 8, 0, tzinfo=UTC)
OPPORTUNITIES_AN_ACCOUNT = 20


def stamp(number: int) -> str:
    """Five records a second, as a bulk load leaves them."""
    return (LONG_AGO + timedelta(seconds=number // 5)).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def account_id(number: int) -> str:
    return make_id("001", number + 1)


def account(number: int) -> Row:
    return {
        "Id": account_id(number),
        "Name": f"Customer {number} of the benchmark",
        "Phone": f"+44 1632 {number:06d}",
        "Website": f"https://customer{number}.example",
        "BillingStreet": f"{number} Sample Street\nUnit 4",
        "BillingCity": "Sampleton",
        "BillingPostalCode": f"ZZ{number % 90 + 10} 1AA",
        "BillingCountry": "United Kingdom",
        "Industry": "Technology",
        "SystemModstamp": stamp(number),
    }


def opportunity(number: int, accounts: int) -> Row:
    return {
        "Id": make_id("006", number + 1),
        "Name": f"Project {number} of the benchmark",
        "AccountId": account_id(number % accounts),
        "StageName": "Closed Won",
        "CloseDate": f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
        "Amount": 1000.5 + number % 977,
        "SystemModstamp": stamp(number),
    }


def salesforce(accounts: int, opportunities: int) -> dict[str, list[Row]]:
    return {
        "Account": [account(number) for number in range(accounts)],
        "Opportunity": [opportunity(number, accounts) for number in range(opportunities)],
    }


def answered_opportunity(number: int, accounts: int) -> Row:
    """An opportunity as Salesforce answers it to our query, numbers exact."""
    row = opportunity(number, accounts)
    ours = dict.fromkeys(("TB_Start_Date__c", "TB_End_Date__c", "TB_Status__c", "TB_Total_Hours__c"))
    exact = {"Amount": Decimal(str(row["Amount"])), "Probability": Decimal(100)}
    return {"attributes": {"type": "Opportunity"}, **row, **exact, **ours, "IsDeleted": False}


def customer(number: int) -> Row:
    return {
        "DisplayName": f"Customer {number} of the benchmark",
        "CompanyName": f"Customer {number} Ltd",
        "PrimaryPhone": {"FreeFormNumber": f"(555) {number:07d}"},
        "PrimaryEmailAddr": {"Address": f"office@customer{number}.example"},
        "BillAddr": {"Line1": f"{number} Example Street", "City": "Sampleton", "PostalCode": "94043"},
        "Notes": "Invented for measuring.",
    }


def job(number: int, parent: str) -> Row:
    return {"DisplayName": f"Project {number} of the benchmark", "Job": True, "ParentRef": {"value": parent}}


def employee(number: int) -> Row:
    return {"GivenName": f"Given{number}", "FamilyName": f"Family{number}", "BillRate": 100 + number}


def service(number: int) -> Row:
    return {
        "Name": f"Service {number}",
        "Type": "Service",
        "UnitPrice": 90 + number,
        "IncomeAccountRef": {"value": "45"},
    }


def quickbooks(customers: int, employees: int, services: int) -> dict[str, list[Row]]:
    return {
        "Customer": [customer(number) for number in range(customers)],
        "Employee": [employee(number) for number in range(employees)],
        "Item": [service(number) for number in range(services)],
    }


def time_entries(count: int, staff: list[str], projects: list[str], codes: list[str]) -> Iterator[Row]:
    """Approved hours that somebody has posted, in workspace terms and as they are composed for the books."""
    for number in range(count):
        person, project = staff[number % len(staff)], projects[number % len(projects)]
        yield {
            "staff": person,
            "project": project,
            "posted_to": HERE,
            "name_of": "Employee",
            "employee": person,
            "customer": f"quickbooks_online.job/{project}",
            "labour_code": codes[number % len(codes)],
            "work_date": f"2026-{number % 10 + 1:02d}-{number % 28 + 1:02d}",
            "hours": Decimal(number % 31 + 1) / 4,
            "billable": number % 4 != 0,
            "rate": Decimal("120.00"),
            "notes": f"Work {number}",
            "status": "approved",
        }

"""Records: lists, search, and one record with what can be done about it."""

from tests.browser.firm import Firm


def client(firm: Firm) -> str:
    """One that is in both systems."""
    listed = firm.api.get("listings/clients", limit=100)["items"]
    linked = (each for each in listed if [badge["badge"] for badge in each["sync"]].count("synced") == 2)
    return str(next(linked)["record"]["id"])


def customer(firm: Firm) -> str:
    """One with open documents in the books."""
    listed = firm.api.get("listings/clients", limit=100, connection=firm.quickbooks)["items"]
    ids = (str(each["record"]["id"]) for each in listed)
    return next(id for id in ids if firm.api.get(f"clients/{id}/transactions", limit=1, status="open")["items"])


def project(firm: Firm) -> str:
    listed = firm.api.get("listings/projects", limit=100, connection=firm.salesforce)["items"]
    return str(listed[0]["record"]["id"])


PAGES = {
    "records-clients": lambda _: "records",
    "records-projects": lambda _: "records/projects",
    "records-lists": lambda _: "records/labour-codes",
    "records-search": lambda _: "records?q=amber",
    "records-nothing-found": lambda _: "records?q=zebra",
    "record-client": lambda firm: f"records/clients/{client(firm)}",
    "record-project": lambda firm: f"records/projects/{project(firm)}",
    "record-edit": lambda firm: f"records/projects/{project(firm)}/edit",
    "record-new": lambda firm: f"records/projects/new?client={client(firm)}",
    "record-archive": lambda firm: f"records/projects/{project(firm)}/archive",
    "record-link": lambda firm: (
        f"records/projects/{project(firm)}/link?connection={firm.salesforce}&flow=salesforce.opportunity"
    ),
    "client-transactions": lambda firm: f"records/clients/{customer(firm)}/transactions",
    "client-statement": lambda firm: f"records/clients/{customer(firm)}/statement",
}

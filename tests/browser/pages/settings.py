"""Settings: of the tenant, of its people, and of both connections."""

from tests.browser.firm import Firm

INVITED = "new.colleague@nimbus-oak.example"


def prepare(firm: Firm) -> None:
    if not firm.api.get("users", q=INVITED)["items"]:
        firm.api.post("users", {"email": INVITED, "name": "Noor Haddad", "role": "member"})


def _person(firm: Firm) -> str:
    return f"settings/people/{firm.api.get('users', q=INVITED)['items'][0]['id']}"


def _books(firm: Firm) -> str:
    return f"settings/connections/{firm.quickbooks}"


def _org(firm: Firm) -> str:
    return f"settings/connections/{firm.salesforce}"


PAGES = {
    "settings": lambda _: "settings",
    "settings-connections": lambda _: "settings/connections",
    "settings-people": lambda _: "settings/people",
    "settings-invite": lambda _: "settings/people/new",
    "settings-person": _person,
    "settings-notifications": lambda _: "settings/notifications",
    "settings-rhythm": _books,
    "settings-selection": lambda firm: f"{_books(firm)}/selection",
    "settings-selection-salesforce": lambda firm: f"{_org(firm)}/selection",
    "settings-blocked": lambda firm: f"{_books(firm)}/blocked",
    "settings-posting-time": lambda firm: f"{_books(firm)}/posting/time",
    "settings-posting-expenses": lambda firm: f"{_books(firm)}/posting/expenses",
    "settings-posting-invoices": lambda firm: f"{_books(firm)}/posting/invoices",
    "settings-limits": lambda firm: f"{_org(firm)}/limits",
    "settings-limits-reads": lambda firm: f"{_books(firm)}/limits",
    "settings-notices": lambda firm: f"{_org(firm)}/notices",
    "settings-notices-rotate": lambda firm: f"{_org(firm)}/notices/rotate",
    "settings-access": lambda firm: f"{_books(firm)}/access",
    "settings-disconnect": lambda firm: f"{_books(firm)}/disconnect",
}

"""Everything a connection needs in the company, looked at line by line: what is there, what is not, and what to do.

Two reads, and nothing is written. Before anybody consented, the lines say what to prepare.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from timebridge import expiry
from timebridge.errors import SyncError, Transient
from timebridge.flows import Flows
from timebridge.providers.provider import App, Check, Outcome
from timebridge.providers.quickbooks_online.company import Company, company_of
from timebridge.providers.quickbooks_online.side import open_side
from timebridge.tenants import Connection, Grants

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
SETTINGS = "In QuickBooks: the gear, Account and settings,"
ENDED = ("SUSPENDED", "EXPIRED", "CANCELLED")
TIME = "TimeActivity"
SOON = max(expiry.WARNED)


def _line(name: str, title: str, remedy: str, needed: bool = False) -> Check:
    return Check(name, title, UNKNOWN, "Not looked at yet: nobody has consented.", remedy, needed)


LINES = (
    _line(
        "access",
        "Access to the company",
        "Connect as the primary administrator or a company administrator of QuickBooks: nobody else may allow an app.",
        needed=True,
    ),
    _line(
        "subscription",
        "Subscription of the company",
        f"{SETTINGS} Billing and subscription: renew it. Then resume the connection.",
        needed=True,
    ),
    _line(
        "time_tracking",
        "Time tracking",
        "Simple Start knows no time activities: change to another plan, or switch the posting of time off.",
    ),
    _line("access_end", "How long our access is good for", "Reconnect before it ends. Mails tell it in time."),
    _line("classes", "Classes", f"{SETTINGS} Advanced, Categories: Track classes (Plus and Advanced)."),
    _line("locations", "Locations", f"{SETTINGS} Advanced, Categories: Track locations (Plus and Advanced)."),
    _line(
        "billable_expenses",
        "Billable expenses",
        f"{SETTINGS} Expenses: Make expenses and items billable. Without it no expense is marked as billable.",
    ),
    _line("numbers", "Invoice numbers of our own", f"{SETTINGS} Sales: Custom transaction numbers."),
    _line("sales_tax", "Sales tax", "Set up Taxes in QuickBooks if invoices carry tax."),
    _line("currencies", "Several currencies", f"{SETTINGS} Advanced, Currency. It cannot be switched off again."),
    _line("closed_books", "Closed books", "Choose in the settings what becomes of time and documents of closed days."),
)


def checks(app: App, grants: Grants, connection: Connection, flows: Flows) -> list[Check]:
    """Never raises a SyncError: what cannot be found out is unknown, and says what to do."""
    posts_time = any(flow.object == TIME and flow.direction.goes_out for flow in flows)
    lines = {line.name: line for line in LINES}
    lines["time_tracking"] = replace(lines["time_tracking"], needed=posts_time)
    if connection.account is not None:
        for name, outcome, said, facts in _looked(app, grants, connection, flows):
            remedy = "" if outcome is PASS else lines[name].remedy
            lines[name] = replace(lines[name], outcome=outcome, said=said, remedy=remedy, facts=facts)
    return list(lines.values())


type Found = tuple[str, Outcome, str, Mapping[str, Any]]


def _looked(app: App, grants: Grants, connection: Connection, flows: Flows) -> Iterator[Found]:
    try:
        side = open_side(app, grants, connection, flows)
        with side.client.session:
            info, (found, _) = side.client.company(), side.client.select("SELECT * FROM Preferences")
            yield from _access(grants)
    except SyncError as error:
        outcome = UNKNOWN if isinstance(error, Transient) else FAIL
        yield "access", outcome, f"{error.for_user} {error.remedy}".strip(), {}
        return
    name = info.get("CompanyName")
    yield "access", PASS, f"{name} lets us in: an administrator of it has allowed that.", {"realm": connection.account}
    yield _subscription(info)
    yield from _features(company_of(found.get("Preferences", [{}])[0], info))


def _access(grants: Grants) -> Iterator[Found]:
    now = datetime.now(UTC)
    kept = expiry.of(grants.get(), now)
    left = kept.days_left(now) if kept else None
    if kept is None or left is None or kept.over is None:
        yield "access_end", UNKNOWN, "QuickBooks did not say.", {}
        return
    facts = {"days_left": left, "unless_used": _day(kept.idle), "ends": _day(kept.ends)}
    last = kept.ends or kept.over
    said = f"Until {last:%d %B %Y}, as long as it is used; we use it at least once a week."
    yield "access_end", FAIL if left <= SOON else PASS, said, facts


def _day(moment: datetime | None) -> str | None:
    return moment.date().isoformat() if moment else None


def _subscription(info: Mapping[str, Any]) -> Found:
    named = {pair.get("Name"): pair.get("Value") for pair in info.get("NameValue") or ()}
    status, plan = str(named.get("SubscriptionStatus") or ""), named.get("OfferingSku")
    facts = {"status": status, "plan": plan}
    if not status:
        return "subscription", UNKNOWN, "QuickBooks did not say.", facts
    ended = status.upper() in ENDED
    said = f"{plan or 'The plan'} is {status.lower().replace('_', ' ')}."
    return "subscription", FAIL if ended else PASS, f"{said} Nothing can be written." if ended else said, facts


def _features(company: Company) -> Iterator[Found]:
    plan = company.plan or "The plan"
    time = company.time_tracking
    yield "time_tracking", PASS if time else FAIL, f"{plan} {'has' if time else 'has no'} time activities.", {}
    kept = {"none": "are not tracked", "transaction": "are kept for each transaction", "line": "are kept for each line"}
    yield _feature("classes", company.classes != "none", f"Classes {kept[company.classes]}.", company.classes)
    yield _feature("locations", company.departments, f"Locations are{_not(company.departments)} tracked.")
    billable = company.billable_expenses
    yield _feature("billable_expenses", billable, f"Expenses can{_not(billable)} be marked as billable.")
    own = company.own_numbers
    yield _feature("numbers", own, "Invoices carry our numbers." if own else "QuickBooks gives the numbers.")
    tax = company.tax
    yield _feature("sales_tax", tax != "none", f"Sales tax is {'not set up' if tax == 'none' else tax}.", tax)
    more = f"{company.currency} and others." if company.multi_currency else f"{company.currency} only."
    yield _feature("currencies", company.multi_currency, more, company.currency)
    through = company.closed_through
    said = f"The books are closed through {through}." if through else "No day is closed."
    yield "closed_books", PASS, said, {"closed_through": through}


def _feature(name: str, on: bool, said: str, value: object = None) -> Found:
    return name, PASS if on else FAIL, said, {"on": on} | ({"value": value} if value is not None else {})


def _not(on: bool) -> str:
    return "" if on else " not"

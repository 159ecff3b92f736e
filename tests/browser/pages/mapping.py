"""The mapping: its flows, a row with its choices, a draft with something left to say, and the versions before it."""

from tests.browser.firm import Firm

FLOW, CUSTOMER = "salesforce.opportunity", "quickbooks_online.customer"
TABLE = {"Active": "Negotiation/Review", "Completed": "Closed Won", "On Hold": None}


def prepare(firm: Firm) -> None:
    """A version that was published, and a draft over it."""
    path = f"connections/{firm.salesforce}/settings"
    settings = firm.api.get(path)["settings"]
    choices = settings.get("flows", {})
    own = {**choices.get(FLOW, {})}
    winner = {**own, "fields": {**own.get("fields", {}), "budget": {"winner": "ours"}}}
    firm.api.post(f"{path}/draft", {"settings": {**settings, "flows": {**choices, FLOW: winner}}})
    firm.api.post(f"{path}/draft/publish", {"note": "Budgets are ours"})
    back = {there: ours for ours, there in TABLE.items() if there}
    line = {"theirs": "StageName", "direction": "both", "values": TABLE, "back": back}
    drafted = {**winner, "fields": {**winner["fields"], "status": line, "code": {"theirs": "NextStep"}}}
    firm.api.post(f"{path}/draft", {"settings": {**settings, "flows": {**choices, FLOW: drafted}}})


PAGES = {
    "mapping": lambda firm: f"connections/{firm.salesforce}/mapping",
    "mapping-quickbooks": lambda firm: f"connections/{firm.quickbooks}/mapping",
    "mapping-flow": lambda firm: f"connections/{firm.salesforce}/mapping/{FLOW}",
    "mapping-customer": lambda firm: f"connections/{firm.quickbooks}/mapping/{CUSTOMER}",
    "mapping-values": lambda firm: f"connections/{firm.salesforce}/mapping/{FLOW}/rows/status",
    "mapping-test": lambda firm: f"connections/{firm.salesforce}/mapping/{FLOW}/test?go=1",
    "mapping-review": lambda firm: f"connections/{firm.salesforce}/mapping-draft",
    "mapping-versions": lambda firm: f"connections/{firm.salesforce}/mapping-versions",
}

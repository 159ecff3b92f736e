"""Home and the runs: some days of work, and a run with records that could not be carried."""

from tests.browser.firm import Firm
from tests.browser.refusing import refused_run

RUNS: dict[str, str] = {}


def prepare(firm: Firm) -> None:
    RUNS["refused"] = refused_run(firm, "A project needs a cost centre before it can be sold.")
    RUNS["check"] = firm.api.post(f"connections/{firm.salesforce}/verify")["run"]


def _initial(firm: Firm) -> str:
    [run] = firm.api.get("runs", connection=firm.quickbooks, kind="initial sync")["items"][:1]
    return f"runs/{firm.quickbooks}/{run['id']}"


PAGES = {
    "home": lambda _: "",
    "runs": lambda _: "runs",
    "runs-run": lambda firm: f"runs/{firm.salesforce}/{RUNS['refused']}",
    "runs-check": lambda firm: f"runs/{firm.salesforce}/{RUNS['check']}",
    "runs-initial-sync": _initial,
}

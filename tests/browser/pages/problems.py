"""Problems of every sort, and where they are mended."""

from tests.browser.firm import Firm
from tests.browser.troubled import clash, lookalike, refuse, until

RUNS: dict[str, str] = {}


def prepare(firm: Firm) -> None:
    lookalike(firm, "Harbour & Hearth", "Harbor and Hearth Inc")
    firm.api.post("clients", {"name": "Quillfeather Books", "phone": "+43 1 5550144"})
    double = firm.api.post("clients", {"name": "Quillfeather Books Ltd"})
    firm.api.post("projects", {"name": "Autumn catalogue", "client": double["id"]})
    RUNS["check"] = firm.api.post(f"connections/{firm.salesforce}/verify")["run"]


def _troubled(firm: Firm) -> str:
    """Not sooner: what is refused is tried again, and taken, by whatever is synchronised next."""
    refuse(firm, 4, "+43 1 5550100 extension 12345")
    return "problems"


def _clashing(firm: Firm) -> str:
    clash(firm, "https://nimbus-oak.example/north", "https://north.example")
    return "conflicts"


def _merging(firm: Firm) -> str:
    groups = firm.api.get("duplicates", kind="client")["items"]
    [group] = [each for each in groups if "Quillfeather" in each["records"][0]["name"]]
    return f"duplicates/merge?kinds=clients&ids={','.join(record['id'] for record in group['records'])}"


def _refused(firm: Firm, phone: str = "+43 1 5550100 extension 12345") -> str:
    [client] = refuse(firm, 1, phone)
    [row] = firm.api.get("problems", q=client["id"])["items"]
    return f"problems/{row['connection']}/{row['flow']}/{row['ours']}"


def _aside(firm: Firm) -> str:
    one = _refused(firm, "+43 1 5550100 at the back door")
    firm.api.post(f"{one}/aside", {"reason": "Archived customer: nobody calls there any more."})
    return "problems/aside"


def _solved(firm: Firm) -> str:
    """What the pictures before this one had refused."""
    firm.api.post("problems/retry", {})
    until(lambda: firm.api.get("problems/solved")["items"] or None, "nothing was solved")
    return "problems/solved"


PAGES = {
    "problems": _troubled,
    "problem": _refused,
    "problems-leave": lambda firm: f"{_refused(firm)}/leave",
    "problems-solved": _solved,
    "problems-aside": _aside,
    "matches": lambda _: "matches",
    "matches-accept": lambda firm: f"matches/accept?connection={firm.salesforce}&score=80",
    "conflicts": _clashing,
    "duplicates": lambda _: "duplicates",
    "duplicates-merge": _merging,
    "drift": lambda _: "drift",
    "drift-check": lambda firm: f"drift/{firm.salesforce}/{RUNS['check']}",
    "audit": lambda _: "audit",
}

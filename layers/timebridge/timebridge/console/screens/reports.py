"""Reports: projects next to their opportunities, and what nobody had to type."""

from timebridge.console.screens import Answer, Refused, Screens, Visit

screens = Screens("reports")

FIRST = {"first": "", "last": "", "seconds": "", "hourly_value": ""}
ADMINISTRATORS = {
    "detail": "Reports tell costs and margins; they are for administrators.",
    "remedy": "Ask one of yours.",
}


@screens.get("/<tenant>/reports")
def projects(visit: Visit, tenant: str) -> Answer:
    _check(visit)
    asked = {"q": visit.query.get("q"), "linked": visit.query.get("linked")}
    rows = visit.api.get("reports/projects", **asked, start=visit.query.get("start"), limit=40)
    return visit.page("reports/projects.html", title="Projects next to their opportunities", rows=rows, asked=asked)


@screens.get("/<tenant>/reports/projects.csv")
def export(visit: Visit, tenant: str) -> Answer:
    return visit.api.download("reports/projects.csv", linked=visit.query.get("linked"))


@screens.get("/<tenant>/reports/savings")
def savings(visit: Visit, tenant: str) -> Answer:
    _check(visit)
    asked = {name: visit.query.get(name) for name in FIRST}
    try:
        found, wrong = visit.api.get("reports/savings", **asked), {}
    except Refused as error:
        found, wrong = visit.api.get("reports/savings"), error.errors or {"first": error.detail}
    status = 422 if wrong else 200
    return visit.page("reports/savings.html", title="Time saved", found=found, asked=asked, wrong=wrong, status=status)


@screens.get("/<tenant>/reports/usage")
def usage(visit: Visit, tenant: str) -> Answer:
    _check(visit)
    found = visit.api.get("usage")
    return visit.page("reports/usage.html", title="Reads that QuickBooks charges for", found=found)


def _check(visit: Visit) -> None:
    if not visit.may_administer:
        raise Refused(403, ADMINISTRATORS)

"""Bringing in what was in the books before: time and invoices of the past, marked as such, and never posted."""

from timebridge.console.screens import Answer, Refused, Screens, Visit, part

screens = Screens("history")

TYPES = (("time", "Time", "Time activities become approved entries"), ("invoices", "Invoices", "With their lines"))


@screens.get("/<tenant>/connections/<connection>/import")
def ask(visit: Visit, tenant: str, connection: str) -> Answer:
    if not visit.may_administer:
        raise Refused(403, {"detail": "History is brought in by administrators.", "remedy": "Ask one of yours."})
    return _shown(visit, connection, {})


@screens.post("/<tenant>/connections/<connection>/import")
def bring(visit: Visit, tenant: str, connection: str) -> Answer:
    form = visit.form
    asked = {"type": form.get("type"), "from": form.get("from"), "to": form.get("to")}
    try:
        run = visit.api.post(f"connections/{part(connection)}/import", asked)["run"]
    except Refused as error:
        return _shown(visit, connection, error.errors or {"type": error.detail}, 422)
    return visit.back_to(
        f"runs/{part(connection)}/{part(run)}", said="The import runs. What is left out is listed here."
    )


def _shown(visit: Visit, connection: str, wrong: dict[str, str], status: int = 200) -> Answer:
    found = visit.api.get(f"connections/{part(connection)}")
    return visit.page(
        "history/import.html",
        title="Bring in history",
        connection=found,
        types=TYPES,
        asked=visit.form,
        wrong=wrong,
        status=status,
    )

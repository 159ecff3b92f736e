"""Access of a connection: who authorised it, handing it over, pausing it, ending it, and going on afterwards."""

from timebridge.console import tuning
from timebridge.console.screens import Answer, Refused, Screens, Visit, part

screens = Screens("access")

OPEN = ("live", "paused", "loading", "needs_reauth")


@screens.get("/<tenant>/settings/connections/<connection>/access")
def show_access(visit: Visit, tenant: str, connection: str) -> Answer:
    return _page(visit, connection)


@screens.post("/<tenant>/settings/connections/<connection>/pause")
def pause(visit: Visit, tenant: str, connection: str) -> Answer:
    return _done(visit, connection, "pause", "Paused. Nothing is read or written until you resume it.")


@screens.post("/<tenant>/settings/connections/<connection>/resume")
def resume(visit: Visit, tenant: str, connection: str) -> Answer:
    return _done(visit, connection, "resume", "It goes on, and catches up with what happened meanwhile.")


@screens.get("/<tenant>/settings/connections/<connection>/disconnect")
def ask_disconnect(visit: Visit, tenant: str, connection: str) -> Answer:
    return _ask(visit, connection)


@screens.post("/<tenant>/settings/connections/<connection>/disconnect")
def disconnect(visit: Visit, tenant: str, connection: str) -> Answer:
    name = tuning.name_of(visit.api.get(f"connections/{part(connection)}"))
    if " ".join(visit.form.get("name").split()).casefold() != " ".join(name.split()).casefold():
        return _ask(visit, connection, f"Type “{name}” to say that you mean it.")
    return _done(visit, connection, "disconnect", f"{name} is disconnected. Records and links stay.")


def _done(visit: Visit, connection: str, act: str, said: str) -> Answer:
    try:
        visit.api.post(f"connections/{part(connection)}/{act}")
    except Refused as error:
        return _page(visit, connection, error)
    return visit.back_to(f"settings/connections/{part(connection)}/access", said=said)


def _page(visit: Visit, connection: str, error: Refused | None = None) -> Answer:
    shown = tuning.about(visit, connection, "access")
    return visit.page(
        "settings/access.html",
        title=f"Access to {shown['name']}",
        status=error.status if error else 200,
        is_open=shown["connection"]["status"] in OPEN,
        error=error,
        **shown,
    )


def _ask(visit: Visit, connection: str, wrong: str = "") -> Answer:
    shown = tuning.about(visit, connection, "access")
    return visit.page(
        "settings/disconnect.html",
        title=f"Disconnect {shown['name']}",
        status=422 if wrong else 200,
        foreseen=visit.api.get(f"connections/{part(connection)}/disconnect"),
        wrong=wrong,
        error=None,
        **shown,
    )

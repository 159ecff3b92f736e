"""Notices: whether the provider tells at once what changed there, the secret address it tells it to, and a new one."""

from timebridge.console import tuning
from timebridge.console.screens import Answer, Refused, Screens, Visit, part

screens = Screens("notices")

GRACES = (
    ("72", "Both work for three days", "Time to bring the new address to Salesforce, without missing anything."),
    ("336", "Both work for two weeks", "The longest there is."),
    (
        "0",
        "Only the new one",
        "If somebody knows the old one. Until Salesforce has the new one, only runs find changes.",
    ),
)


@screens.get("/<tenant>/settings/connections/<connection>/notices")
def show_notices(visit: Visit, tenant: str, connection: str) -> Answer:
    shown = tuning.about(visit, connection, "notices")
    path = f"connections/{part(connection)}"
    endpoint, why = None, None
    if shown["connection"]["provider"] == "salesforce":
        try:
            endpoint = visit.api.get(f"{path}/webhook")
        except Refused as refused:
            why = refused
    return visit.page(
        "settings/notices.html",
        title=f"Notices of {shown['name']}",
        notices=visit.api.get(f"{path}/notices"),
        endpoint=endpoint,
        why=why,
        error=None,
        **shown,
    )


@screens.post("/<tenant>/settings/connections/<connection>/notices")
def switch_notices(visit: Visit, tenant: str, connection: str) -> Answer:
    accepted = visit.form.get("accepted") == "yes"

    def change(settings: tuning.Settings) -> tuning.Settings:
        return tuning.without(settings, "notices") | ({} if accepted else {"notices": False})

    tuning.save(visit, connection, change)
    said = "Notices move records at once again." if accepted else "Notices are ignored; the runs find what changed."
    return visit.back_to(f"settings/connections/{part(connection)}/notices", said=said)


@screens.get("/<tenant>/settings/connections/<connection>/notices/rotate")
def ask_rotate(visit: Visit, tenant: str, connection: str) -> Answer:
    shown = tuning.about(visit, connection, "notices")
    endpoint = visit.api.get(f"connections/{part(connection)}/webhook")
    return visit.page(
        "settings/rotate.html", title="A new address for notices", endpoint=endpoint, graces=GRACES, error=None, **shown
    )


@screens.post("/<tenant>/settings/connections/<connection>/notices/rotate")
def rotate(visit: Visit, tenant: str, connection: str) -> Answer:
    hours = visit.form.get("grace")
    body = {"grace_hours": int(hours) if hours.isdecimal() else 72}
    visit.api.post(f"connections/{part(connection)}/webhook/rotate", body)
    said = "This is the new address. Bring it to Salesforce: download what is deployed there, or copy it."
    return visit.back_to(f"settings/connections/{part(connection)}/notices", said=said)


@screens.get("/<tenant>/settings/connections/<connection>/notices/source")
def download(visit: Visit, tenant: str, connection: str) -> Answer:
    return visit.api.download(f"connections/{part(connection)}/webhook/source")

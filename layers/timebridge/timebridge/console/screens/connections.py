"""Connections: what there is to connect, how each one is, and what may be done about it."""

from typing import Any

from timebridge.console.screens import Answer, Refused, Screens, Visit, part

screens = Screens("connections")

SENDING = ("connect", "reconnect", "switch")
"""Acts that lead to the provider's consent page."""

WORDS = {
    "enable": "Connect",
    "re_enable": "Sign in again",
    "unlink": "Disconnect",
    "switch": "Move to another account",
    "pause": "Pause",
    "resume": "Resume",
}
"""The acts of a connection, as its page calls them."""

TOLD = {
    "pause": "Paused. Nothing is read or written until you resume it.",
    "resume": "It goes on, and catches up with what happened meanwhile.",
    "disconnect": "Disconnected. Records and links stay as they are.",
}


@screens.get("/<tenant>/connections")
def list_connections(visit: Visit, tenant: str) -> Answer:
    found = visit.api.get("connections")["items"]
    titles = {each["name"]: each["title"] for each in visit.api.get("providers")["items"]}
    shown = sorted(found, key=lambda each: (each["status"] == "closed", each["provider"], each["id"]))
    return visit.page("connections/list.html", title="Connections", connections=shown, titles=titles, asks=asks(visit))


@screens.get("/<tenant>/connections/new")
def catalogue(visit: Visit, tenant: str) -> Answer:
    offers = visit.api.get("providers")["items"]
    return visit.page("connections/new.html", title="Connect", offers=offers, asks=asks(visit))


@screens.post("/<tenant>/connections/new")
def create(visit: Visit, tenant: str) -> Answer:
    """Nothing is read or written before it is switched on, at the end of the set-up."""
    made = visit.api.post("connections", {"provider": visit.form.get("provider"), "setup": True})
    return visit.back_to(f"connections/{made['id']}")


@screens.get("/<tenant>/connections/<connection>")
def show(visit: Visit, tenant: str, connection: str) -> Answer:
    found = one(visit, connection)
    if found["status"] == "connecting":
        return _before(visit, found)
    if found["setup"]:
        return visit.leave(visit.url(f"connections/{connection}/setup/{found['setup']}"))
    offer, mine = _offer(visit, found)
    return visit.page(
        "connections/show.html",
        title=found["account_name"] or offer["title"],
        connection=found,
        offer=offer,
        actions=[_named(each) for each in (mine or {"actions": ()})["actions"] if each["name"] in WORDS],
        asks=asks(visit),
    )


def _before(visit: Visit, found: dict[str, Any]) -> Answer:
    """What is needed, before anybody is sent anywhere."""
    offer, _ = _offer(visit, found)
    checks = visit.api.post(f"connections/{found['id']}/preflight")["checks"] if visit.may_administer else []
    shown: dict[str, Any] = {"connection": found, "offer": offer, "checks": checks, "asks": asks(visit)}
    return visit.page("connections/needed.html", title=f"Connect {offer['title']}", **shown)


@screens.get("/<tenant>/connections/<connection>/do/<act>")
def ask(visit: Visit, tenant: str, connection: str, act: str) -> Answer:
    """What an act leads to, and what stays, before it is done."""
    found = one(visit, connection)
    offer, mine = _offer(visit, found)
    action = next((each for each in mine["actions"] if each["path"].endswith(f"/{act}")), None) if mine else None
    if action is None or not action["allowed"]:
        return visit.back_to(f"connections/{connection}", problem="This cannot be done with the connection now.")
    shown: dict[str, Any] = {"connection": found, "offer": offer, "action": _named(action), "act": act}
    return visit.page("connections/ask.html", title=action["title"], **shown)


@screens.post("/<tenant>/connections/<connection>/do/<act>")
def do(visit: Visit, tenant: str, connection: str, act: str) -> Answer:
    if act in SENDING:
        return _sent(visit, connection, act)
    if act not in TOLD:
        return visit.back_to(f"connections/{connection}", problem="There is nothing of this name to do.")
    done = visit.api.post(f"connections/{part(connection)}/{act}")
    if done["status"] == "loading":
        return visit.back_to(f"connections/{connection}/load")
    return visit.back_to(f"connections/{connection}", said=TOLD[act])


def _sent(visit: Visit, connection: str, act: str) -> Answer:
    """To the provider, by a page of ours: a form must not lead to another site by itself."""
    begun = visit.api.post(f"connections/{part(connection)}/{act}", {"console": True, "setup": act == "switch"})
    found = one(visit, begun["connection"])
    offer, _ = _offer(visit, found)
    shown = {"connection": found, "offer": offer, "to": begun["authorise_url"]}
    answer = visit.page("connections/going.html", title=f"To {offer['title']}", **shown)
    answer.headers["Refresh"] = f"0; url={begun['authorise_url']}"
    return answer


@screens.post("/<tenant>/connections/<connection>/test")
def test(visit: Visit, tenant: str, connection: str) -> Answer:
    probed = visit.api.post(f"connections/{part(connection)}/test")
    if visit.is_partial:
        return visit.fragment("connections/_probe.html", probe=probed)
    words = f"{probed['name']} answered in {probed['latency']:.1f} s." if probed["ok"] else probed["reason"]
    told = {"said": words} if probed["ok"] else {"problem": f"{words} {probed['remedy'] or ''}"}
    return visit.back_to(f"connections/{connection}", **told)


def _named(action: dict[str, Any]) -> dict[str, Any]:
    return action | {"title": WORDS.get(action["name"], action["title"])}


# --- the tenant's own app --------------------------------------------------------------------------------------------


@screens.get("/<tenant>/connections/<connection>/app")
def own_app(visit: Visit, tenant: str, connection: str) -> Answer:
    return _app_page(visit, connection)


@screens.post("/<tenant>/connections/<connection>/app")
def save_app(visit: Visit, tenant: str, connection: str) -> Answer:
    names = ("instance_url", "consumer_key", "consumer_secret")
    given = {name: visit.form.get(name) for name in names if visit.form.get(name)}
    try:
        visit.api.post(f"connections/{part(connection)}/app", given)
    except Refused as refused:
        return _app_page(visit, connection, refused, given)
    return visit.back_to(f"connections/{connection}", said="Saved. The next consent is asked there.")


def _app_page(
    visit: Visit, connection: str, refused: Refused | None = None, given: dict[str, str] | None = None
) -> Answer:
    kept = visit.api.get(f"connections/{part(connection)}/app")
    shown = {"connection": one(visit, connection), "kept": kept, "refused": refused, "given": given or kept}
    return visit.page("connections/app.html", title="Own login", status=refused.status if refused else 200, **shown)


# --- what the set-up needs too ---------------------------------------------------------------------------------------


def one(visit: Visit, connection: str) -> dict[str, Any]:
    found: dict[str, Any] = visit.api.get(f"connections/{part(connection)}")
    return found


def asks(visit: Visit) -> list[dict[str, Any]]:
    """Whom somebody can ask who may not do it."""
    found: list[dict[str, Any]] = [] if visit.may_administer else visit.api.get("administrators")["items"]
    return found


def _offer(visit: Visit, connection: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """How the provider presents itself, and what may be done about this connection."""
    offers = visit.api.get("providers")["items"]
    offer = next(each for each in offers if each["name"] == connection["provider"])
    return offer, next((each for each in offer["connections"] if each["id"] == connection["id"]), None)

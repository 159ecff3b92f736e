"""The order of an initial sync, moved with buttons or by dragging."""

from timebridge.console.screens import Answer, Refused, Screens, Visit, part

screens = Screens("order")

PAGES = {"preview": "setup/preview", "load": "load"}


@screens.post("/<tenant>/connections/<connection>/order")
def change_order(visit: Visit, tenant: str, connection: str) -> Answer:
    """`kind`: all of them as they stood on the page; `move`: up or down and a kind, or usual. `to`: where it was."""
    base, form = f"connections/{part(connection)}", visit.form
    to = f"connections/{connection}/{PAGES.get(form.get('to'), 'load')}"
    try:
        visit.api.post(f"{base}/order", {"kinds": moved(form.all("kind"), form.get("move"))})
    except Refused as refused:
        if refused.status not in (409, 422):
            raise
        return visit.back_to(to, problem=f"{refused.detail} {refused.remedy}")
    return visit.back_to(to, said="The order is saved.", moved=form.get("move").partition(" ")[2] or None)


def moved(kinds: list[str], move: str) -> list[str]:
    """Empty: as usual."""
    verb, _, kind = move.partition(" ")
    if verb == "usual":
        return []
    if kind not in kinds:
        return kinds
    place, rest = kinds.index(kind), [each for each in kinds if each != kind]
    rest.insert(max(place - 1, 0) if verb == "up" else place + 1, kind)
    return rest

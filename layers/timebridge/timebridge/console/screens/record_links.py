"""The link between a record of ours and one of theirs: made, changed and ended by hand."""

from typing import Any

from timebridge.console.screens import Answer, Refused, Screens, Visit, part
from timebridge.console.screens.record import head, read
from timebridge.console.screens.records import kind_called, names_of_connections

screens = Screens("record_links")


@screens.get("/<tenant>/records/<kinds>/<id>/link")
def choose_partner(visit: Visit, tenant: str, kinds: str, id: str) -> Answer:
    kind = kind_called(visit, kinds)
    record = read(visit, kind, id)
    connection, flow = visit.query.get("connection"), visit.query.get("flow")
    text = visit.query.get("q")
    shown: dict[str, Any] = {
        **head(visit, kind, record),
        "connection": connection,
        "flow": _flow(visit, kind, connection, flow),
        "there": names_of_connections(visit).get(connection, connection),
        "link": _link(visit, connection, flow, id),
        "text": text,
        **_candidates(visit, connection, flow, text),
    }
    title = f"Link of {shown['name']}"
    return visit.page("records/link.html", title=title, **shown)


def _flow(visit: Visit, kind: dict[str, Any], connection: str, flow: str) -> dict[str, Any]:
    found: dict[str, Any] = visit.api.get(f"connections/{part(connection)}/flows/{part(flow)}")
    if found["kind"] != kind["kind"]:
        raise Refused(404, {"detail": "This record is not kept in step that way.", "remedy": "Go back to the record."})
    return found


def _link(visit: Visit, connection: str, flow: str, id: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = visit.api.get(f"connections/{part(connection)}/links/{part(flow)}/{part(id)}")
    except Refused as error:
        if error.status != 404:
            raise
        return None
    return found if found["theirs"] and found["state"] != "tombstone" else None


def _candidates(visit: Visit, connection: str, flow: str, text: str) -> dict[str, Any]:
    """Read over there; what could not be read says why, and the page stays."""
    if not text or not visit.may_administer:
        return {"found": None, "trouble": ""}
    try:
        path = f"connections/{part(connection)}/flows/{part(flow)}/theirs"
        return {"found": visit.api.get(path, q=text)["items"], "trouble": ""}
    except Refused as error:
        return {"found": None, "trouble": f"{error.detail} {error.remedy}"}


@screens.post("/<tenant>/records/<kinds>/<id>/link")
def link(visit: Visit, tenant: str, kinds: str, id: str) -> Answer:
    form, kind = visit.form, kind_called(visit, kinds)
    connection, flow, theirs = form.get("connection"), form.get("flow"), form.get("theirs")
    links = f"connections/{part(connection)}/links"
    given = {"connection": connection, "flow": flow, "q": form.get("q")}
    if not theirs:
        return visit.back_to(f"records/{kind['kinds']}/{id}/link", problem="Choose a record first.", **given)
    try:
        if _link(visit, connection, flow, id) is None:
            visit.api.post(links, {"flow": flow, "ours": id, "theirs": theirs})
        else:
            visit.api.post(f"{links}/{part(flow)}/{part(id)}/relink", {"theirs": theirs})
    except Refused as error:
        said = f"{error.detail} {error.remedy}"
        return visit.back_to(f"records/{kind['kinds']}/{id}/link", problem=said, **given)
    return visit.back_to(f"records/{kind['kinds']}/{id}", said="They are linked. Both are brought into agreement now.")


@screens.post("/<tenant>/records/<kinds>/<id>/unlink")
def unlink(visit: Visit, tenant: str, kinds: str, id: str) -> Answer:
    form, kind = visit.form, kind_called(visit, kinds)
    where = f"connections/{part(form.get('connection'))}/links/{part(form.get('flow'))}/{part(id)}"
    to = f"records/{kind['kinds']}/{id}"
    try:
        visit.api.post(f"{where}/unlink")
    except Refused as error:
        return visit.back_to(to, problem=f"{error.detail} {error.remedy}")
    return visit.back_to(to, said="They are unlinked. Both records stay as they are.")

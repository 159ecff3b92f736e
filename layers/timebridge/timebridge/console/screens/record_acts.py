"""What can be done about a record at once: try it again, decide, archive it, bring it back."""

from typing import Any

from timebridge.console import wording
from timebridge.console.screens import Answer, Refused, Screens, Visit, part
from timebridge.console.screens.record import head, read
from timebridge.console.screens.records import fields_of, kind_called, names_of_connections

screens = Screens("record_acts")


@screens.post("/<tenant>/records/<kinds>/<id>/retry")
def retry(visit: Visit, tenant: str, kinds: str, id: str) -> Answer:
    """One pair, or without one whatever the record could be carried by."""
    connection, flow = visit.form.get("connection"), visit.form.get("flow")
    kind = kind_called(visit, kinds)
    if flow:
        visit.api.post(f"connections/{part(connection)}/links/{part(flow)}/{part(id)}/retry")
    else:
        visit.api.post(f"connections/{part(connection)}/sync", {"kind": kind["kind"], "id": id})
    said = "It is synchronised now. Its badge says what came of it in a moment."
    back = visit.form.get("back")
    if back.startswith(visit.url("")):
        return visit.leave(back, said=said)
    return visit.back_to(f"records/{kind['kinds']}/{id}", said=said)


@screens.post("/<tenant>/records/<kinds>/<id>/decide")
def decide(visit: Visit, tenant: str, kinds: str, id: str) -> Answer:
    form, kind = visit.form, kind_called(visit, kinds)
    where = f"connections/{part(form.get('connection'))}/conflicts/{part(form.get('flow'))}/{part(id)}/decide"
    asked: dict[str, Any] = {"field": form.get("field"), "take": form.get("take")}
    if asked["take"] == "value":
        asked["value"] = sent(fields_of(kind)[form.get("field")], form.get("value"))
    visit.api.post(where, asked)
    said = f"Decided: {wording.plain(form.get('field'))}. Both sides get the value now."
    return visit.back_to(f"records/{kind['kinds']}/{id}", said=said)


def sent(field: dict[str, Any], text: str) -> Any:
    """What a form holds, as the API takes it. What is no number is sent as it is: the API says what it expects."""
    if text == "":
        return None
    if field["type"] == "flag":
        return text == "yes"
    return text


@screens.get("/<tenant>/records/<kinds>/<id>/archive")
def ask_archive(visit: Visit, tenant: str, kinds: str, id: str) -> Answer:
    kind = kind_called(visit, kinds)
    given = head(visit, kind, read(visit, kind, id))
    sync = visit.api.get(f"{kind['kinds']}/{part(id)}/sync")["items"]
    linked = [each for each in sync if each["link"] and each["link"]["theirs"] and each["link"]["state"] != "tombstone"]
    flows = {each["flow"]: _deletions(visit, each) for each in linked}
    names = names_of_connections(visit)
    return visit.page("records/archive.html", title=given["name"], **given, linked=linked, flows=flows, names=names)


def _deletions(visit: Visit, sync: dict[str, Any]) -> str:
    flow = visit.api.get(f"connections/{part(sync['connection'])}/flows/{part(sync['flow'])}")
    return str(flow["deletions"] or "")


@screens.post("/<tenant>/records/<kinds>/<id>/archive")
def archive(visit: Visit, tenant: str, kinds: str, id: str) -> Answer:
    return _moved(visit, kinds, id, "archive", "It is archived. It can be brought back from this page.")


@screens.post("/<tenant>/records/<kinds>/<id>/restore")
def restore(visit: Visit, tenant: str, kinds: str, id: str) -> Answer:
    return _moved(visit, kinds, id, "restore", "It is back.")


def _moved(visit: Visit, kinds: str, id: str, move: str, said: str) -> Answer:
    kind = kind_called(visit, kinds)
    to = f"records/{kind['kinds']}/{id}"
    try:
        visit.api.post(f"{kind['kinds']}/{part(id)}/{move}", {"revision": int(visit.form.get("revision") or 0)})
    except Refused as error:
        return visit.back_to(to, problem=f"{error.detail} {error.remedy}")
    return visit.back_to(to, said=said)

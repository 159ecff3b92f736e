"""Who takes part in a project: those may book time on it."""

from timebridge.console.screens import Answer, Refused, Screens, Visit, part
from timebridge.console.screens.records import called

screens = Screens("team")

SIZE = 100


@screens.get("/<tenant>/records/projects/<id>/team")
def team(visit: Visit, tenant: str, id: str) -> Answer:
    return _shown(visit, id, {})


@screens.post("/<tenant>/records/projects/<id>/team")
def seat(visit: Visit, tenant: str, id: str) -> Answer:
    form = visit.form
    wish = {"staff": form.get("staff"), "task": form.get("task"), "role": form.get("role")}
    body = {name: value for name, value in wish.items() if value}
    try:
        visit.api.post(f"projects/{part(id)}/members", body | {"member": form.get("member") != "no"})
    except Refused as error:
        return _shown(visit, id, error.errors or {"staff": error.detail}, 422)
    return visit.back_to(f"records/projects/{part(id)}/team", said="The team is changed.")


def _shown(visit: Visit, id: str, wrong: dict[str, str], status: int = 200) -> Answer:
    project = visit.api.get(f"projects/{part(id)}")
    members = visit.api.get(f"projects/{part(id)}/members", start=visit.query.get("start"), limit=SIZE)
    tasks = visit.api.get("tasks", parent=id, limit=200)["items"] if visit.may_administer else []
    return visit.page(
        "team/team.html",
        title=f"Team of {project['values']['name']}",
        project=project,
        members=members,
        kind={"kinds": "assignments"},
        within={},
        chosen={"staff": called(visit, "staff", typed)} if (typed := visit.form.get("staff")) else {},
        tasks=[(each["id"], each["values"]["name"]) for each in tasks],
        wrong=wrong,
        asked=visit.form,
        status=status,
    )

"""People of a tenant: who may sign in, in which role, and who they are on the list of staff."""

from typing import Any

from timebridge.console import tuning
from timebridge.console.screens import Answer, Refused, Screens, Visit, part
from timebridge.console.screens.settings import places

screens = Screens("people")

ROLES = (
    ("tenant_admin", "Administrator", "Connects, sets up, approves and posts, and invites people."),
    ("member", "Member", "Books their own time and expenses, approves where they manage, and sees the rest."),
    ("viewer", "Viewer", "Sees everything, and changes nothing."),
)
NAMES = {key: name for key, name, _ in ROLES}
STANDINGS = {
    "active": ("Can sign in", "good"),
    "invited": ("Invited", "wait"),
    "reset": ("Chooses a password", "wait"),
    "disabled": ("No access", "none"),
}


@screens.get("/<tenant>/settings/people")
def list_people(visit: Visit, tenant: str) -> Answer:
    shown: dict[str, Any] = {"places": places(visit, "settings/people"), "error": None}
    if not visit.may_administer:
        return visit.page("settings/ask.html", title="People", **shown, askable=tuning.askable(visit))
    query = {name: visit.query.get(name) for name in ("q", "role", "standing", "start")}
    found = visit.api.get("users", limit=25, **query)
    return visit.page("settings/people.html", title="People", found=found, names=NAMES, standings=STANDINGS, **shown)


@screens.get("/<tenant>/settings/people/new")
def show_invitation(visit: Visit, tenant: str) -> Answer:
    return _invitation(visit, {})


@screens.post("/<tenant>/settings/people/new")
def invite(visit: Visit, tenant: str) -> Answer:
    form = visit.form
    try:
        made = visit.api.post("users", {name: form.get(name) for name in ("email", "name", "role")})
    except Refused as error:
        return _invitation(visit, tuning.reasons(error), error, 422)
    if form.is_on("staff") and not made["staff"]:
        visit.api.post("staff", {"name": made["name"], "email": made["email"]})
    said = f"{made['email']} is invited: a mail with a temporary password is on its way, good for seven days."
    return visit.back_to("settings/people", said=said)


def _invitation(visit: Visit, errors: dict[str, str], error: Refused | None = None, status: int = 200) -> Answer:
    return visit.page(
        "settings/invite.html",
        title="Invite somebody",
        status=status,
        places=places(visit, "settings/people"),
        roles=ROLES,
        form=visit.form,
        typed=visit.form.get("role") or visit.query.get("role") or "member",
        errors=errors,
        error=error,
    )


@screens.get("/<tenant>/settings/people/<user>")
def show_person(visit: Visit, tenant: str, user: str) -> Answer:
    return _person(visit, user, {})


@screens.post("/<tenant>/settings/people/<user>")
def save_person(visit: Visit, tenant: str, user: str) -> Answer:
    wanted = {name: visit.form[name] for name in ("name", "role") if visit.form.get(name)}
    try:
        found = visit.api.patch(f"users/{part(user)}", wanted)
    except Refused as error:
        return _person(visit, user, tuning.reasons(error), error, 422)
    return visit.back_to(f"settings/people/{part(user)}", said=f"{_called(found)} is {NAMES[found['role']].lower()}.")


@screens.post("/<tenant>/settings/people/<user>/access")
def change_access(visit: Visit, tenant: str, user: str) -> Answer:
    active = visit.form.get("active") == "yes"
    try:
        found = visit.api.patch(f"users/{part(user)}", {"active": active})
    except Refused as error:
        return _person(visit, user, {}, error, error.status)
    can = "can sign in again" if active else "cannot sign in any more"
    return visit.back_to(f"settings/people/{part(user)}", said=f"{_called(found)} {can}.")


@screens.post("/<tenant>/settings/people/<user>/password")
def help_in(visit: Visit, tenant: str, user: str) -> Answer:
    """The invitation again to who was never here, and a new password to who was."""
    before = visit.api.get(f"users/{part(user)}")
    act = "resend" if before["standing"] == "invited" else "reset"
    visit.api.post(f"users/{part(user)}/{act}")
    said = {
        "resend": f"The invitation is on its way to {before['email']} again, good for seven days.",
        "reset": f"A code to choose a new password is on its way to {before['email']}.",
    }
    return visit.back_to(f"settings/people/{part(user)}", said=said[act])


@screens.post("/<tenant>/settings/people/<user>/staff")
def add_to_staff(visit: Visit, tenant: str, user: str) -> Answer:
    found = visit.api.get(f"users/{part(user)}")
    if not found["staff"]:
        visit.api.post("staff", {"name": _called(found), "email": found["email"]})
    return visit.back_to(f"settings/people/{part(user)}", said=f"{_called(found)} is on the list of staff.")


def _person(visit: Visit, user: str, errors: dict[str, str], error: Refused | None = None, status: int = 200) -> Answer:
    found = visit.api.get(f"users/{part(user)}")
    return visit.page(
        "settings/person.html",
        title=_called(found),
        status=status,
        places=places(visit, "settings/people"),
        found=found,
        typed={name: visit.form.get(name) or found[name] for name in ("name", "role")},
        roles=ROLES,
        names=NAMES,
        standings=STANDINGS,
        errors=errors,
        error=error,
    )


def _called(user: dict[str, Any]) -> str:
    return str(user["name"] or user["email"])

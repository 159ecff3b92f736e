"""Everything a connection needs in the org, looked at line by line: what is there, what is not, and what to do.

A handful of calls, and nothing is written.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from timebridge.errors import Disconnected, RateLimited, SyncError, Transient
from timebridge.flows import Flows
from timebridge.providers.provider import App, Check, Outcome
from timebridge.providers.salesforce import oauth, schema
from timebridge.providers.salesforce.client import Answer, Client, query
from timebridge.providers.salesforce.fitness import INSTALL
from timebridge.providers.salesforce.meanings import ADMIN, PERMIT
from timebridge.providers.salesforce.package import installed
from timebridge.providers.salesforce.prerequisites import LINES, WITH_API, Needs, needs
from timebridge.providers.salesforce.refusals import error_of
from timebridge.providers.salesforce.schema import ObjectFacts
from timebridge.providers.salesforce.side import open_side
from timebridge.tenants import Connection, Grants

PASS, FAIL, UNKNOWN = Outcome.PASS, Outcome.FAIL, Outcome.UNKNOWN
RIGHTS = "SELECT PermissionsCustomizeApplication, PermissionsManageRemoteAccess, PermissionsModifyAllData"
QUESTIONS = (
    oauth.ORGANIZATION,
    f"{RIGHTS} FROM UserPermissionAccess LIMIT 1",
)
API_DISABLED = "API_DISABLED"
POLICIES = (
    ("ip restricted", "ip_relaxation"),
    ("approved this", "permitted_users"),
    ("expired access/refresh token", "refresh_policy"),
)
"""Marks of what the token endpoint says, and the policy that is behind it."""


def checks(app: App, grants: Grants, connection: Connection, flows: Flows) -> list[Check]:
    """Never raises a SyncError: what cannot be found out is unknown, and says what to do."""
    found: dict[str, Check] = {line.name: line for line in LINES}
    wanted = needs(flows, connection.settings)
    found |= {check.name: check for check in (_unseen(each) for each in wanted)}
    for check in _looked(app, grants, connection, flows, wanted):
        found[check.name] = check
    return list(found.values())


def _looked(app: App, grants: Grants, connection: Connection, flows: Flows, wanted: list[Needs]) -> Iterator[Check]:
    try:
        grants.get()
    except Disconnected:
        return
    yield from _policies(app, grants, connection)
    client = open_side(app, grants, connection, flows).client
    try:
        organisation, rights = client.composite([query(soql) for soql in QUESTIONS], repeatable=True)
        facts = schema.objects(client, [each.object for each in wanted], fresh=True)
        yield from _access(organisation)
        yield from _app(client, app)
        yield from _rights(rights)
        yield _package(app, grants, connection)
        yield _calls(client)
    except RateLimited:
        yield _calls(client)
        return
    except SyncError as error:
        yield from _closed(error, connection)
        return
    for each in wanted:
        yield _object(each, facts[each.object])


# --- policies of the app: what a refresh tells -----------------------------------------------------------------------


def _policies(app: App, grants: Grants, connection: Connection) -> Iterator[Check]:
    """A new token is the proof that all three policies let us in; a refusal names the one that does not."""
    used = grants.get()
    try:
        grants.renew(used, lambda grant: oauth.refresh(app, grant))
    except Transient:
        return
    except SyncError as error:
        guilty = next((name for mark, name in POLICIES if mark in error.detail), None)
        if guilty is None:  # no policy: the user, or the app itself
            yield _line("api_user", FAIL, error.for_user, remedy=error.remedy)
        elif guilty == "refresh_policy" and _is_alive(app, grants, connection):
            said = "Salesforce still takes our session but gives no new one: the refresh token ended before its time."
            yield _line(guilty, FAIL, said)
        else:
            yield _line(guilty, FAIL, error.for_user)
        return
    for name in ("permitted_users", "ip_relaxation", "refresh_policy"):
        yield _line(name, PASS, "Salesforce gave us a new token just now.", remedy="")


def _is_alive(app: App, grants: Grants, connection: Connection) -> bool:
    """Whether the last access token still opens something: revoking would have ended it too."""
    grant = grants.get()
    client = Client(app, oauth.Held(grant), lambda used: used, grant.base_url or connection.base_url or app.login_url)
    try:
        client.session.get(f"{client.origin}/services/oauth2/userinfo")
    except SyncError:
        return False
    return True


# --- what the org says of itself and of our user ---------------------------------------------------------------------


def _access(organisation: Answer) -> Iterator[Check]:
    found = _row(organisation)
    if found is None:
        raise error_of(organisation.status, organisation.body, whole=True)
    edition = found["OrganizationType"]
    add_on = "" if edition in WITH_API else ", with the API add-on"
    facts = {"edition": edition, "sandbox": found["IsSandbox"]}
    yield replace(_line("api_edition", PASS, f"{found['Name']}: {edition}{add_on}.", remedy=""), facts=facts)
    yield _line("api_user", PASS, "Our user may use the API.", remedy="")


def _closed(error: SyncError, connection: Connection) -> Iterator[Check]:
    """The API did not let us in: the edition lacks it, or the user's profile."""
    if API_DISABLED not in error.detail:
        outcome = UNKNOWN if isinstance(error, Transient) else FAIL
        yield _line("api_user", outcome, error.for_user, remedy=error.remedy)
        return
    edition = connection.facts.get("edition")
    if edition in WITH_API:
        yield _line("api_edition", PASS, f"{edition} has the API.", remedy="")
        yield _line("api_user", FAIL, "'API Enabled' is off for our user.")
    else:
        yield _line("api_edition", FAIL, f"The API is off for {edition or 'this org, or for our user'}.")


def _app(client: Client, app: App) -> Iterator[Check]:
    who = client.session.get(f"{client.origin}/services/oauth2/userinfo").json()
    kind = "Your own app" if app.extra.get("own") else "The timebridge app"
    if "is_app_installed" not in who:
        return
    installed = bool(who["is_app_installed"])
    said = f"{kind} {'is' if installed else 'is not'} installed in the org."
    yield _line("app_installed", PASS if installed else FAIL, said, remedy="" if installed else None)


def _rights(answer: Answer) -> Iterator[Check]:
    held = _row(answer)
    if held is None:
        return
    configures, everything = held["PermissionsCustomizeApplication"], held["PermissionsModifyAllData"]
    for name, right in (
        ("administrator", configures and everything),
        ("create_app", configures and (everything or held["PermissionsManageRemoteAccess"])),
    ):
        said = f"The user who connected {'has' if right else 'does not have'} this right."
        yield _line(name, PASS if right else FAIL, said, remedy="" if right else None)


def _package(app: App, grants: Grants, connection: Connection) -> Check:
    found = installed(app, grants, connection)
    facts = {"state": found.state.value, "version": found.version, "lacking": list(found.lacking)}
    if found.reason is None:
        said = f"Version {found.version} is installed."
        return replace(_line("package", PASS, said, remedy=""), facts=facts)
    return replace(_line("package", FAIL, found.reason, remedy=found.remedy), facts=facts)


def _calls(client: Client) -> Check:
    usage = client.usage
    if usage is None:
        return _line("calls", UNKNOWN, "Salesforce did not say.")
    left = max(usage.limit - usage.used, 0)
    said = f"{left} of {usage.limit} calls are left for the last 24 hours, all integrations of the org together."
    facts = {"used": usage.used, "limit": usage.limit, "left": left}
    return replace(_line("calls", FAIL if usage.spent else PASS, said, remedy=None if usage.spent else ""), facts=facts)


# --- objects and fields ----------------------------------------------------------------------------------------------


def _unseen(wanted: Needs) -> Check:
    return Check(wanted.name, wanted.title, UNKNOWN, "Not looked at yet.", PERMIT, wanted.needed)


def _object(wanted: Needs, found: ObjectFacts | None) -> Check:
    if found is None:
        said = f"The org shows us no {wanted.object}."
        return Check(wanted.name, wanted.title, FAIL, said, INSTALL, wanted.needed, {"read": False})
    rights = {"read": found.queryable, "create": found.createable, "update": found.updateable}
    missing = sorted(wanted.fields - found.fields.keys())
    locked = sorted(
        name
        for name in wanted.written & found.fields.keys()
        if not (found.fields[name].updateable or found.fields[name].createable)
    )
    lacking = sorted(right for right in wanted.rights if not rights[right])
    facts = {**rights, "missing_fields": missing, "read_only_fields": locked}
    problems = [
        f"our user may not {' or '.join(lacking)} it" if lacking else "",
        f"our user does not see {', '.join(missing)}" if missing else "",
        f"our user may not change {', '.join(locked)}" if locked else "",
    ]
    said = "; ".join(problem for problem in problems if problem)
    if not said:
        held = ", ".join(right for right, has in rights.items() if has)
        return Check(wanted.name, wanted.title, PASS, f"Our user may {held}.", "", wanted.needed, facts)
    remedy = PERMIT if any(name.startswith("TB_") for name in missing) else f"{ADMIN} to allow this to our user."
    return Check(wanted.name, wanted.title, FAIL, f"{said[0].upper()}{said[1:]}.", remedy, wanted.needed, facts)


def _row(answer: Answer) -> Mapping[str, Any] | None:
    """The one row of a query; None when it was refused or found nothing."""
    rows = answer.body.get("records", []) if answer.ok else []
    return rows[0] if rows else None


def _line(name: str, outcome: Outcome, said: str, remedy: str | None = None) -> Check:
    """A line as found; its own remedy stays unless another is given."""
    line = next(line for line in LINES if line.name == name)
    return replace(line, outcome=outcome, said=said, remedy=line.remedy if remedy is None else remedy)

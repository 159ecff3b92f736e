"""What an org has to have, as data: the lines of the preflight list before anything was looked at."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from timebridge.flows import Flow, Flows
from timebridge.providers.provider import Check, Outcome
from timebridge.providers.salesforce.meanings import ADMIN
from timebridge.providers.salesforce.soql import SYSTEM, columns

WITH_API = ("Enterprise Edition", "Unlimited Edition", "Performance Edition", "Developer Edition")
"""Editions that include the API; others buy it."""

POLICIES = (
    "Setup, External Client App Manager, the app, Policies (for a connected app: Manage Connected Apps, Edit Policies)"
)


def _line(name: str, title: str, remedy: str, needed: bool = True) -> Check:
    return Check(name, title, Outcome.UNKNOWN, "Not looked at yet: nobody has consented.", remedy, needed)


LINES = (
    _line(
        "api_edition",
        "API access of the edition",
        "Enterprise, Unlimited, Performance and Developer Edition include the API. Professional Edition needs the "
        "API access add-on: order it from Salesforce.",
    ),
    _line(
        "api_user",
        "API access of the user",
        f"{ADMIN} to tick 'API Enabled' on the profile, or in a permission set, of the user who connects.",
    ),
    _line(
        "administrator",
        "Administrator of the org",
        f"{ADMIN} to install app and package. The user who connects need not be one afterwards.",
        needed=False,
    ),
    _line(
        "create_app",
        "Right to create the OAuth app",
        "Only for an app of your own: a user with 'Customize Application' and 'Manage Connected Apps' creates it.",
        needed=False,
    ),
    _line(
        "app_installed",
        "App installed in the org",
        f"{ADMIN} to install it: Setup, External Client App Manager (in older orgs: Connected Apps OAuth Usage, "
        "Install).",
        needed=False,
    ),
    _line(
        "permitted_users",
        "Policy: permitted users",
        f"{POLICIES}: set Permitted Users to 'All users may self-authorize', or approve the profile of our user.",
    ),
    _line(
        "ip_relaxation",
        "Policy: IP relaxation",
        f"{POLICIES}: set IP Relaxation to 'Relax IP restrictions', or allow our addresses.",
    ),
    _line(
        "refresh_policy",
        "Policy: refresh token",
        f"{POLICIES}: set Refresh Token Policy to 'Refresh token is valid until revoked'. Then reconnect.",
    ),
    _line(
        "package",
        "The timebridge package",
        "Install or update the package, and assign its permission set to the connected user.",
    ),
    _line("calls", "Calls left today", "Wait until calls come free, or buy more from Salesforce.", needed=False),
)


@dataclass(frozen=True, slots=True)
class Needs:
    """What the flows, and the rest of the product, want of one object."""

    object: str
    rights: frozenset[str] = frozenset({"read"})
    fields: frozenset[str] = field(default=frozenset())
    written: frozenset[str] = field(default=frozenset())
    needed: bool = True

    @property
    def name(self) -> str:
        return f"object.{self.object}"

    @property
    def title(self) -> str:
        return f"Access to {self.object}"


ALWAYS = ("Account", "Opportunity", "User", "TB_Time_Entry__c")
"""Shown whatever the flows are, because these are what people ask about."""

OF_USERS = frozenset({"Id", "Name", "Email", "IsActive"})


def needs(flows: Flows, settings: Mapping[str, Any]) -> list[Needs]:
    """By object; what no flow needs comes last."""
    found = {name: _of_object(name, frozenset(names), list(flows)) for name, names in columns(flows).items()}
    users = Needs("User", fields=OF_USERS, needed=bool(settings.get("users")))
    others = [users if name == "User" else Needs(name, needed=False) for name in ALWAYS if name not in found]
    return [*found.values(), *others]


def _of_object(name: str, wanted: frozenset[str], flows: list[Flow]) -> Needs:
    mine = [flow for flow in flows if flow.object == name]
    outward = [flow for flow in mine if flow.direction.goes_out]
    rights = {"read"}
    written: set[str] = set()
    for flow in outward:
        lines = [field for field in flow.fields if flow.direction_of(field).goes_out]
        rights |= {"update"} if lines else set()
        rights |= {"create"} if flow.create_theirs else set()
        written |= {path for field in lines for path in field.theirs if "." not in path}
    plain = frozenset(path for path in wanted if "." not in path) - set(SYSTEM)
    return Needs(name, frozenset(rights), plain, frozenset(written))

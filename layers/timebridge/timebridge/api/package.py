"""What a Salesforce org gets from us, the package; and the guides through connecting each provider."""

from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query

from timebridge import context
from timebridge.api.access import ADMINS, Asking, Caller, ConnectionId, Noun, TenantId, connection_of, tenant_of
from timebridge.api.connections import public_url
from timebridge.api.errors import Problem
from timebridge.api.views import View
from timebridge.api.webhook import zipped
from timebridge.providers import guides
from timebridge.settings import settings
from timebridge.store.audit import Audit
from timebridge.tenants import Connection, Provider

package = Noun("package")


UserName = Annotated[
    str | None,
    Query(max_length=80, description="Name of the Salesforce user for timebridge, before they connected."),
]


class PackageView(View):
    """`needed` and `version` (what the org has); `lacking`: parts that are not there, or that our user may not use."""

    needed: str
    state: Literal["current", "older", "hidden", "missing"]
    version: str | None
    lacking: list[str]
    reason: str | None
    remedy: str | None


class ValueView(View):
    label: str
    value: str


class StepView(View):
    """`text`: what to do, in paragraphs. `values` and `commands` are there to be copied."""

    title: str
    text: list[str]
    values: list[ValueView]
    commands: list[str]


class GuideView(View):
    """The same once more as `markdown`, for people who print it or send it on."""

    title: str
    steps: list[StepView]
    markdown: str


@package.get("/tenants/<tenant>/connections/<connection>/package", ADMINS, "Ask what of the package is installed")
def get_package(tenant: TenantId, connection: ConnectionId) -> PackageView:
    """Asks the org: which version, and which of its objects and fields our user may use."""
    from timebridge.providers.salesforce import package as ours

    found = _salesforce(tenant, connection)
    there = ours.installed(context.app_of(found), context.grants(found), found)
    return PackageView(
        needed=ours.VERSION,
        state=there.state.value,
        version=there.version,
        lacking=list(there.lacking),
        reason=there.reason,
        remedy=there.remedy,
    )


@package.get("/tenants/<tenant>/connections/<connection>/package/source", ADMINS, "Download the package")
def download_package(tenant: TenantId, connection: ConnectionId, caller: Asking) -> Response[Any]:
    """A zip: objects, fields, permission sets and the component, for Salesforce's command line to deploy."""
    from timebridge.providers.salesforce.package import VERSION, deployment

    found = _salesforce(tenant, connection)
    Audit(tenant).write(caller.name, "package.download", f"connection {found.id}", {"version": VERSION})
    return zipped(deployment.archive(deployment.package_files()))


@package.get("/tenants/<tenant>/connections/<connection>/guide", ADMINS, "Read the guide to connecting")
def get_guide(tenant: TenantId, connection: ConnectionId, caller: Asking, user: UserName = None) -> GuideView:
    """Every step from nothing to a connection that works, with this tenant's own values filled in."""
    found, name = connection_of(tenant, connection), tenant_of(tenant).name
    if found.provider is Provider.QUICKBOOKS_ONLINE:
        text = _of_quickbooks(found, name)
    else:
        text = _of_salesforce(_salesforce(tenant, connection), name, caller, user)
    title = text.partition("\n")[0].lstrip("# ")
    return GuideView.of({"title": title, "steps": guides.steps(text), "markdown": text})


def _of_salesforce(found: Connection, name: str, caller: Caller, user: str | None) -> str:
    from timebridge.providers.salesforce.package import guide

    return guide.markdown(
        guide.Values(
            tenant=found.tenant,
            name=name,
            connection=found.id,
            public_url=public_url(),
            contact=caller.name,
            login_url=found.app.get("login_url") or settings().salesforce_login_url,
            user=user or found.owner,
        )
    )


def _of_quickbooks(found: Connection, name: str) -> str:
    from timebridge.providers.quickbooks_online import guide

    return guide.markdown(guide.Values(found.tenant, name, found.id, public_url()))


def _salesforce(tenant: str, connection: str) -> Connection:
    found = connection_of(tenant, connection)
    if found.provider is not Provider.SALESFORCE:
        raise Problem(404, f"{found.provider} needs no package.", remedy="Only Salesforce connections have one.")
    return found

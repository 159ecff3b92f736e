"""Is it all there, and does it work: the preflight list, and the test of a connection."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query
from pydantic import Field

from timebridge import context, presets
from timebridge.api.access import ADMINS, ConnectionId, Noun, TenantId, connection_of
from timebridge.api.connections import public_url
from timebridge.api.views import View
from timebridge.providers import provider
from timebridge.providers.provider import Outcome

preflight = Noun("preflight")


class CheckView(View):
    """`needed`: without it the connection does not work; else it is good to have."""

    name: str
    title: str
    outcome: Outcome
    said: str
    remedy: str
    needed: bool
    facts: dict[str, Any] = Field(description="What was found, as data.")


class PreflightView(View):
    ready: bool = Field(description="Nothing that is needed is known to be missing, and something is known.")
    checks: list[CheckView]


class ProbeView(View):
    """`ok`, and then latency in seconds and calls used and left; or else the cause and what to do about it."""

    ok: bool
    name: str | None = None
    latency: float | None = None
    used: int | None = None
    limit: int | None = None
    left: int | None = None
    written: bool | None = Field(default=None, description="With `write`: a record was written there.")
    read_back: bool | None = Field(default=None, description="With `write`: it came back as it was written.")
    removed: bool | None = Field(default=None, description="With `write`: and it was removed again.")
    cause: str | None = Field(
        default=None, description="credentials, permission, network, app disabled, limits or setup."
    )
    reason: str | None = None
    remedy: str | None = None
    trace: str | None = Field(default=None, description="The provider's id of the call, for its support.")


Writes = Annotated[bool, Query(description="Write a record there, read it back and remove it as well.")]


@preflight.post("/tenants/<tenant>/connections/<connection>/preflight", ADMINS, "Look through what is needed")
def check_all(tenant: TenantId, connection: ConnectionId) -> PreflightView:
    """Line by line what the account must have, whether it has it, and what to do. Before anybody consented all lines
    are unknown, and tell what to prepare."""
    found = connection_of(tenant, connection)
    app, flows = context.app_of(found, public_url()), presets.flows_of(found)
    lines = provider.load(found.provider).checks(app, context.grants(found), found, flows)
    outcomes = {line.outcome for line in lines if line.needed}
    ready = Outcome.FAIL not in outcomes and Outcome.PASS in outcomes
    return PreflightView(ready=ready, checks=[CheckView.of(line) for line in lines])


@preflight.post("/tenants/<tenant>/connections/<connection>/test", ADMINS, "Test the connection")
def test_connection(tenant: TenantId, connection: ConnectionId, write: Writes = False) -> ProbeView:  # noqa: PT028
    """One small call to the provider. A failure is an answer too: it says the cause and the remedy."""
    found = connection_of(tenant, connection)
    module, app, grants = provider.load(found.provider), context.app_of(found, public_url()), context.grants(found)
    probed = module.probe(app, grants, found)
    if write and probed["ok"]:
        probed |= module.ping(app, grants, found)
    used, limit = probed.get("used"), probed.get("limit")
    left = limit - used if used is not None and limit is not None else None
    return ProbeView(**{name: value for name, value in probed.items() if name in ProbeView.model_fields}, left=left)

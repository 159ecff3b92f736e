"""Whether the settings of a connection still fit its account: looked at every night, and whenever somebody asks."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from timebridge import context, presets
from timebridge.errors import Disconnected, SyncError, Transient
from timebridge.providers import provider
from timebridge.providers.provider import Finding
from timebridge.store.alerts import Alerts
from timebridge.store.health import Report, Reports
from timebridge.store.tenants import Tenants
from timebridge.telemetry import facts, logger
from timebridge.tenants import Connection, Status

CONNECTION = "connection"
"""Stands in for the flow of what is about the connection as a whole."""


def look(connection: Connection) -> Report:
    """Compare the flows with the account, now, and keep what was found. Raises Transient when it does not answer.

    People are told of what was not in the report before.
    """
    module, flows = provider.load(connection.provider), presets.flows_of(connection)
    try:
        findings = module.examine(context.app_of(connection), context.grants(connection), connection, flows)
    except Disconnected as error:
        context.stop(connection, Status.NEEDS_REAUTH, error.for_user, error.remedy)  # that tells people, too
        findings = [Finding(CONNECTION, None, connection.owner or "", error.for_user, error.remedy)]
    report = Report(datetime.now(UTC), findings)
    before = Reports(connection.tenant).get(connection.id)
    known = {finding.said for finding in before.findings} if before else set()
    Reports(connection.tenant).save(connection.id, report)
    for finding in findings:
        if finding.flow != CONNECTION and finding.said not in known:
            Alerts().warn(connection, finding.said, finding.remedy)
    return report


def nightly(connection: Connection) -> bool:
    """Before the first pull after midnight, where the tenant is. What goes wrong here keeps no pull from its work.
    Returns whether it was time for it."""
    tenant, before = Tenants().get(connection.tenant), Reports(connection.tenant).get(connection.id)
    zone = ZoneInfo(tenant.time_zone if tenant else "UTC")
    today = datetime.now(UTC).astimezone(zone).date()
    if before is not None and before.at.astimezone(zone).date() >= today:
        return False
    try:
        look(connection)
    except Transient as error:
        logger.warning("not looked at tonight", **facts(error))
    except SyncError as error:
        logger.error("not looked at tonight", **facts(error))
    return True

"""Salesforce: Account and Opportunity in step with clients and projects. Entry points are loaded on first use."""

from typing import TYPE_CHECKING

from timebridge.providers.provider import on_first_use
from timebridge.providers.salesforce.flows import OPTIONAL_FLOWS, flows

if TYPE_CHECKING:
    from timebridge.providers.salesforce.addresses import deep_link, login_address
    from timebridge.providers.salesforce.catalogue import known_errors, offer
    from timebridge.providers.salesforce.denials import denied
    from timebridge.providers.salesforce.describing import slots
    from timebridge.providers.salesforce.export import export_done, export_pages, start_export
    from timebridge.providers.salesforce.fitness import examine
    from timebridge.providers.salesforce.health import ping, probe
    from timebridge.providers.salesforce.limits import quota
    from timebridge.providers.salesforce.oauth import authorize_url, check_app, exchange, refresh, revoke
    from timebridge.providers.salesforce.picking import items, unknown_items
    from timebridge.providers.salesforce.preflight import checks
    from timebridge.providers.salesforce.side import open_side

__all__ = [
    "OPTIONAL_FLOWS",
    "authorize_url",
    "check_app",
    "checks",
    "deep_link",
    "denied",
    "examine",
    "exchange",
    "export_done",
    "export_pages",
    "flows",
    "items",
    "known_errors",
    "login_address",
    "offer",
    "open_side",
    "ping",
    "probe",
    "quota",
    "refresh",
    "revoke",
    "slots",
    "start_export",
    "unknown_items",
]

__getattr__ = on_first_use(
    __name__,
    {
        "authorize_url": "oauth",
        "exchange": "oauth",
        "refresh": "oauth",
        "revoke": "oauth",
        "open_side": "side",
        "probe": "health",
        "examine": "fitness",
        "denied": "denials",
        "known_errors": "catalogue",
        "offer": "catalogue",
        "login_address": "addresses",
        "deep_link": "addresses",
        "check_app": "oauth",
        "checks": "preflight",
        "ping": "health",
        "quota": "limits",
        "items": "picking",
        "unknown_items": "picking",
        "slots": "describing",
        "start_export": "export",
        "export_done": "export",
        "export_pages": "export",
    },
)

"""Salesforce: Account and Opportunity in step with clients and projects. Entry points are loaded on first use."""

from typing import TYPE_CHECKING

from timebridge.providers.provider import on_first_use
from timebridge.providers.salesforce.flows import flows

if TYPE_CHECKING:
    from timebridge.providers.salesforce.export import export_done, export_pages, start_export
    from timebridge.providers.salesforce.health import probe
    from timebridge.providers.salesforce.oauth import authorize_url, exchange, refresh, revoke
    from timebridge.providers.salesforce.side import open_side

__all__ = [
    "authorize_url",
    "exchange",
    "export_done",
    "export_pages",
    "flows",
    "open_side",
    "probe",
    "refresh",
    "revoke",
    "start_export",
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
        "start_export": "export",
        "export_done": "export",
        "export_pages": "export",
    },
)

"""QuickBooks Online. A webhook door imports `notices` from here and pays for nothing else.

`flows` is imported at once because the name is also a module's: an attribute found later would be the module.
"""

from timebridge.providers.provider import on_first_use
from timebridge.providers.quickbooks_online.flows import flows

__all__ = ["flows"]

__getattr__ = on_first_use(
    __name__,
    {
        "authorize_url": "oauth",
        "exchange": "oauth",
        "refresh": "oauth",
        "revoke": "oauth",
        "open_side": "side",
        "probe": "side",
        "examine": "side",
        "offer": "catalogue",
        "checks": "preflight",
        "known_errors": "catalogue",
        "deep_link": "deep_links",
        "slots": "describing",
        "HISTORIES": "history",
        "start_export": "exports",
        "export_done": "exports",
        "export_pages": "exports",
    },
)

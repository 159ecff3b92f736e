"""What an administrator of the org, and a test, may switch. Kept in the store, so that it survives a restart."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from sandbox.salesforce.store import Store


@dataclass
class Settings:
    client_id: str = "3MVG9sandboxSandboxSANDBOXclientid"
    client_secret: str = "5F0A6C6E1D7B4A39SANDBOXSECRET"
    redirect_uris: list[str] = field(default_factory=list)
    rotating: bool = True
    refresh_seconds: float = 0.3
    session_seconds: float = 7200
    idle_refresh_days: float = 30
    code_seconds: float = 900
    instance_url: str = ""
    api_enabled: bool = True
    app_approved: bool = True
    ip_allowed: bool = True
    daily_api_limit: int = 100_000
    api_used: int = 0
    api_bursts: bool = False
    restricted_stages: bool = False
    multi_currency: bool = False
    app_installed: bool = True
    unapproved_users: list[str] = field(default_factory=list)
    private: list[str] = field(default_factory=list)
    frozen_users: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    duplicate_rules: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[dict[str, Any]] = field(default_factory=list)
    outbound: list[dict[str, Any]] = field(default_factory=list)
    outbound_paused: bool = False
    deployed: list[str] = field(default_factory=list)
    deployments: dict[str, Any] = field(default_factory=dict)
    permission_sets: dict[str, list[str]] = field(default_factory=dict)
    message_actions: dict[str, Any] = field(default_factory=dict)
    message_flows: dict[str, Any] = field(default_factory=dict)
    outbound_doubled: bool = False
    outbound_reversed: bool = False
    outbound_batch: int = 100
    time_factor: float = 1.0
    late_seconds: float = 0.0
    covered_lag_seconds: float = 0.0
    job_seconds: float = 0.0

    @classmethod
    def load(cls, store: Store) -> "Settings":
        row = store.db.execute("SELECT body FROM _settings").fetchone()
        return cls(**json.loads(row[0])) if row else cls()

    def save(self, store: Store) -> None:
        store.db.execute("INSERT OR REPLACE INTO _settings VALUES (1, ?)", (json.dumps(asdict(self)),))

    def change(self, wish: dict[str, Any]) -> None:
        """Sets the named switches. TypeError for one that does not exist or has another type."""
        for name, value in wish.items():
            current = getattr(self, name, None)
            if name not in self.__dataclass_fields__ or not same_kind(current, value):
                raise TypeError(f"there is no switch {name} that can be {value!r}")
            setattr(self, name, value)


def same_kind(current: Any, value: Any) -> bool:
    if isinstance(current, bool) or isinstance(value, bool):
        return isinstance(current, bool) and isinstance(value, bool)
    if isinstance(current, int | float):
        return isinstance(value, int | float)
    return isinstance(value, type(current))

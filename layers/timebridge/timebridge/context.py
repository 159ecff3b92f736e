"""The one place where things are put together: stores, providers, settings, and the road of one connection."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from timebridge import presets, workspace
from timebridge.errors import Disconnected, Misconfigured, SyncError, attached
from timebridge.flows import Flows
from timebridge.links import Links
from timebridge.providers import provider
from timebridge.providers.provider import App, ProviderModule
from timebridge.settings import settings
from timebridge.sides import Side
from timebridge.store.app_secrets import app_secret
from timebridge.store.cursors import Cursors
from timebridge.store.grants import SecretGrants
from timebridge.store.links import DynamoLinks
from timebridge.store.records import Workspace
from timebridge.store.runs import Runs
from timebridge.store.tenants import Connections, Tenants
from timebridge.sync import Brake
from timebridge.telemetry import count, logger
from timebridge.tenants import Connection, Grants, Provider, Status, Tenant

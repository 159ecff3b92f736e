"""Which flows a connection has: what its provider offers, as its settings choose."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from timebridge.flows import Flow, Flows
from timebridge.providers import provider
from timebridge.tenants import Connection, Provider

CHOICE: Mapping[Provider, str] = {Provider.SALESFORCE: "presets"}
"""The setting without which nothing is shared with a provider."""


def is_chosen(connection: Connection) -> bool:
    """Whether somebody has said what to share."""
    return CHOICE.get(connection.provider, "") in ("", *connection.settings)


def flows_of(connection: Connection) -> Flows:
    offered = provider.load(connection.provider).flows(connection.settings)
    return Flows(_without(flow.at(connection.id), connection.absent) for flow in offered)


def _without(flow: Flow, absent: Sequence[str]) -> Flow:
    kept = tuple(line for line in flow.fields if f"{flow.name}.{line.ours}" not in absent)
    return flow if len(kept) == len(flow.fields) else replace(flow, fields=kept)

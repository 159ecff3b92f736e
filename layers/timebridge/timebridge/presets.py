"""Which flows a connection has: what its provider offers, as its settings choose."""

from timebridge.flows import Flows
from timebridge.providers import provider
from timebridge.tenants import Connection


def flows_of(connection: Connection) -> Flows:
    return Flows(provider.load(connection.provider).flows(connection.settings))

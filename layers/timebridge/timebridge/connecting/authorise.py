"""Consent: from a ticket of ours through the provider's page and back, to a grant and a connection that loads.

A ticket says which connection somebody may connect; the state that travels through the provider is signed, good for
one use, ten minutes, and the browser that started. Nothing is stored for a consent that is refused.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from timebridge import context
from timebridge.connecting import belonging, lifecycle
from timebridge.connecting.belonging import START_AGAIN, Refused
from timebridge.errors import Disconnected, Misconfigured, SyncError, Transient
from timebridge.providers import oauth, provider
from timebridge.providers.provider import Account, App, Offer
from timebridge.store.app_secrets import state_key
from timebridge.store.audit import Audit, through
from timebridge.store.tenants import Connections, States
from timebridge.telemetry import facts, logger
from timebridge.tenants import Connection, Provider, Status

GOOD_FOR = timedelta(minutes=10)
UNKNOWN_APP = "invalid_client_id"
BECOMES_KNOWN = timedelta(minutes=15)
"""How long a provider may need to know an app that was registered there just now."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """`actor` (who asked for the connection) is what the audit trail will say. `console`: they come from its pages, and
    go back there."""

    tenant: str
    connection: str
    actor: str
    console: bool = False


def make_ticket(tenant: str, connection: str, actor: str, console: bool = False) -> str:
    return _signer("ticket").dumps([tenant, connection, actor, console])


def read_ticket(ticket: str) -> Ticket:
    """Raises Refused when it is forged or older than ten minutes."""
    return Ticket(*_unsigned("ticket", ticket))


NOBODYS = ""
"""Tenant and connection of a consent that begins at the provider."""


@dataclass(frozen=True, slots=True)
class Consented:
    """`known`: the account was connected already, and that connection goes on with the new grant. `console`: it was
    begun on a page of the console."""

    connection: Connection
    known: bool
    console: bool = False


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is remembered while a person is on the provider's page. `browser` is a digest of the cookie's value."""

    provider: str
    tenant: str
    connection: str
    actor: str
    verifier: str
    browser: str
    redirect_uri: str
    console: bool = False


def begin(name: Provider, ticket: str, public_url: str) -> tuple[str, str]:
    """The provider's address to send the browser to, and the value of the cookie it must bring back."""
    asked = read_ticket(ticket)
    connection = _connection(name, asked.tenant, asked.connection)
    app = context.app_of(connection, public_url)
    if connection.app.get("client_id"):
        _check_app(asked, connection, app)
    return _sent(name, app, asked)


def begin_there(name: Provider, public_url: str) -> tuple[str, str]:
    """Like `begin`, for somebody whom the provider sends: which connection it is shows when they have chosen the
    account. It can only renew what is connected already, so nobody needs to be signed in here. Raises Refused.
    """
    offer_of(name)
    return _sent(name, context.app(name, public_url), Ticket(NOBODYS, NOBODYS, name))


def offer_of(name: Provider) -> Offer:
    """Of a provider that sends people to us. Raises Refused for the others."""
    found = provider.load(name).offer()
    if not found.sole_grant:
        raise Refused(404, "There is nothing at this address", "This provider sends nobody here.")
    return found


def _sent(name: Provider, app: App, asked: Ticket) -> tuple[str, str]:
    id, verifier, browser = secrets.token_urlsafe(16), oauth.new_verifier(), secrets.token_urlsafe(32)
    who = asked.tenant, asked.connection, asked.actor
    waiting = Waiting(name, *who, verifier, _digest(browser), app.redirect_uri, asked.console)
    States().put(id, asdict(waiting), datetime.now(UTC) + GOOD_FOR)
    state = _signer("state").dumps([id, asked.tenant])
    return provider.load(name).authorize_url(app, state, oauth.challenge(verifier)), browser


def finish(name: Provider, query: Mapping[str, str], browser: str) -> Consented:
    """Take the provider's answer: keep the grant, and let the connection load. Raises Refused."""
    waiting = _waiting(name, query.get("state", ""), browser)
    try:
        return _finished(name, query, waiting)
    except Refused as why:
        if waiting.tenant != NOBODYS:
            target, detail = f"connection {waiting.connection}", {"title": why.title, "reason": why.reason}
            with through("console"):  # the person stands before a browser
                Audit(waiting.tenant).write(waiting.actor, "consent.refused", target, detail)
            _remember(waiting, why)
        raise


def _remember(waiting: Waiting, why: Refused) -> None:
    """The page of the connection will say it; whoever came from elsewhere reads it at once."""
    found = context.connection(waiting.tenant, waiting.connection)
    if waiting.console and found is not None:
        context.changed(found, refusal={"title": why.title, "reason": why.reason, "remedy": why.remedy})
        why.page = (waiting.tenant, waiting.connection)


def _finished(name: Provider, query: Mapping[str, str], waiting: Waiting) -> Consented:
    _check_consent(name, query)
    bound = waiting.connection != NOBODYS
    asked = _connection(name, waiting.tenant, waiting.connection) if bound else None
    ours = context.app_of(asked) if asked else context.app(name)
    app = replace(ours, redirect_uri=waiting.redirect_uri)
    try:
        grant, account = provider.load(name).exchange(app, query, waiting.verifier)
    except SyncError as error:
        raise _refusal(error) from error
    taker = belonging.taker(app, asked, grant, account, name)
    context.grants(taker).put(grant)
    connected = _connected(taker, account)
    _note(waiting, taker, account)
    if asked is not None and taker.id != asked.id:
        belonging.merge(asked, taker, waiting.actor)
    if connected.replaces:
        lifecycle.succeed(connected, waiting.actor)
    if not bound and taker.status is Status.PAUSED:  # whoever paused it decides when it goes on
        return Consented(connected, known=True)
    begun, known = lifecycle.begin(connected, waiting.actor), asked is None or taker.id != asked.id
    return Consented(begun, known, waiting.console)


def _note(waiting: Waiting, before: Connection, account: Account) -> None:
    owners = {"before": {"owner": before.owner}, "after": {"owner": account.owner}} if before.owner else {}
    what = "handed over" if before.owner not in (None, account.owner) else "connected"
    with through("console"):
        Audit(before.tenant).write(waiting.actor, what, f"connection {before.id}", {"account": account.id}, **owners)


def _check_app(asked: Ticket, connection: Connection, app: App) -> None:
    """An app that Salesforce does not know ends on a page of theirs, from which nobody comes back: ask beforehand.

    A new app takes some minutes to become known. Until then the page tries again by itself.
    """
    try:
        provider.load(connection.provider).check_app(app)
    except Disconnected as error:
        waits = is_new_app(connection) and UNKNOWN_APP in error.detail
        again = make_ticket(asked.tenant, asked.connection, asked.actor, asked.console) if waits else None
        raise Refused(400, "The connection was not made", error.for_user, error.remedy, again) from error


def is_new_app(connection: Connection) -> bool:
    saved = connection.app.get("saved")
    return saved is not None and datetime.now(UTC) - datetime.fromisoformat(saved) < BECOMES_KNOWN


def _waiting(name: Provider, state: str, browser: str) -> Waiting:
    """What was remembered under this state, which is good for nothing from here on."""
    id, tenant = _unsigned("state", state)
    kept = States().take(id)
    if kept is None:
        raise Refused(400, "This answer was used already", "It is good for one use, within ten minutes.")
    waiting = Waiting(**kept)
    if waiting.tenant != tenant or waiting.provider != name:
        raise Refused(400, "This answer belongs elsewhere", "It was given for another connection.")
    if not hmac.compare_digest(waiting.browser, _digest(browser)):
        raise Refused(403, "This is another browser", "The answer came to another browser than the one that started.")
    return waiting


def _check_consent(name: Provider, query: Mapping[str, str]) -> None:
    error = query.get("error")
    if error is None and query.get("code"):
        return
    if error is not None and error.replace("-", "_") == "access_denied":
        raise Refused(403, "Access was not allowed", "You, or somebody for you, chose not to allow the access.")
    known = provider.load(name).denied(error or "")
    if known is not None:
        raise Refused(403, "The connection was not made", known.for_user, known.remedy)
    said = query.get("error_description") or error or "It sent no code."
    raise Refused(400, "The provider refused", f"It says: {said[:200]}", f"Mend what it says. {START_AGAIN}")


def _connected(connection: Connection, account: Account) -> Connection:
    saved = context.changed(
        connection,
        account=account.id,
        account_name=account.name,
        owner=account.owner,
        base_url=account.base_url,
        facts={**account.facts, "sandbox": account.sandbox},
        webhook_secret=connection.webhook_secret or secrets.token_urlsafe(32),
        reason=None,
        remedy=None,
        refusal={},
    )
    if saved is None:
        raise Refused(404, "There is no such connection", "It was removed meanwhile.")
    return saved


def _connection(name: Provider, tenant: str, id: str) -> Connection:
    found = Connections().get(tenant, id)
    if found is None or found.provider is not name:
        raise Refused(404, "There is no such connection", "It was removed, or it belongs to another provider.")
    return found


def _refusal(error: SyncError) -> Refused:
    logger.warning("consent was not completed", **facts(error))
    if isinstance(error, Transient):
        return Refused(503, "The provider does not answer", error.for_user, f"Wait a minute. {START_AGAIN}")
    status = 500 if isinstance(error, Misconfigured) else 400
    return Refused(status, "The connection was not made", error.for_user, error.remedy or START_AGAIN)


def _unsigned(salt: str, text: str) -> list[Any]:
    try:
        found: list[Any] = _signer(salt).loads(text, max_age=int(GOOD_FOR.total_seconds()))
    except SignatureExpired as error:
        raise Refused(400, "This link is too old", "It is good for ten minutes.") from error
    except BadSignature as error:
        raise Refused(400, "This link is not valid", "It was not made by timebridge, or it was cut off.") from error
    return found


def _signer(salt: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(state_key(), salt=salt)


def _digest(browser: str) -> str:
    return sha256(browser.encode()).hexdigest()

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

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from timebridge import context, lifecycle
from timebridge.errors import Disconnected, Misconfigured, SyncError, Transient
from timebridge.providers import oauth, provider
from timebridge.providers.provider import Account, App
from timebridge.store.app_secrets import state_key
from timebridge.store.audit import Audit
from timebridge.store.tenants import Connections, States
from timebridge.telemetry import facts, logger
from timebridge.tenants import Connection, Grant, Provider, Status

GOOD_FOR = timedelta(minutes=10)
UNKNOWN_APP = "invalid_client_id"
BECOMES_KNOWN = timedelta(minutes=15)
"""How long a provider may need to know an app that was registered there just now."""

START_AGAIN = "Start again from timebridge: open the connection there and choose Connect."


class Refused(Exception):
    """Why a consent did not lead to a connection, as a page says it."""

    def __init__(
        self, status: int, title: str, reason: str, remedy: str = START_AGAIN, again: str | None = None
    ) -> None:
        """`again`: a ticket to try it again with, where waiting helps."""
        super().__init__(f"{title}: {reason}")
        self.status, self.title, self.reason, self.remedy, self.again = status, title, reason, remedy, again


@dataclass(frozen=True, slots=True)
class Ticket:
    """`actor` (who asked for the connection) is what the audit trail will say."""

    tenant: str
    connection: str
    actor: str


def make_ticket(tenant: str, connection: str, actor: str) -> str:
    return _signer("ticket").dumps([tenant, connection, actor])


def read_ticket(ticket: str) -> Ticket:
    """Raises Refused when it is forged or older than ten minutes."""
    return Ticket(*_unsigned("ticket", ticket))


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


def begin(name: Provider, ticket: str, public_url: str) -> tuple[str, str]:
    """The provider's address to send the browser to, and the value of the cookie it must bring back."""
    asked = read_ticket(ticket)
    connection = _connection(name, asked.tenant, asked.connection)
    app, module = context.app_of(connection, public_url), provider.load(name)
    if connection.app.get("client_id"):
        _check_app(asked, connection, app)
    id, verifier, browser = secrets.token_urlsafe(16), oauth.new_verifier(), secrets.token_urlsafe(32)
    waiting = Waiting(name, asked.tenant, asked.connection, asked.actor, verifier, _digest(browser), app.redirect_uri)
    States().put(id, asdict(waiting), datetime.now(UTC) + GOOD_FOR)
    state = _signer("state").dumps([id, asked.tenant])
    return module.authorize_url(app, state, oauth.challenge(verifier)), browser


def finish(name: Provider, query: Mapping[str, str], browser: str) -> Connection:
    """Take the provider's answer: keep the grant, and let the connection load. Raises Refused."""
    waiting = _waiting(name, query.get("state", ""), browser)
    try:
        return _finished(name, query, waiting)
    except Refused as why:
        target, detail = f"connection {waiting.connection}", {"title": why.title, "reason": why.reason}
        Audit(waiting.tenant).write(waiting.actor, "consent.refused", target, detail)
        raise


def _finished(name: Provider, query: Mapping[str, str], waiting: Waiting) -> Connection:
    _check_consent(name, query)
    connection = _connection(name, waiting.tenant, waiting.connection)
    app, module = replace(context.app_of(connection), redirect_uri=waiting.redirect_uri), provider.load(name)
    try:
        grant, account = module.exchange(app, query, waiting.verifier)
    except SyncError as error:
        raise _refusal(error) from error
    _check_account(app, connection, grant, account)
    context.grants(connection).put(grant)
    connected = _connected(connection, account)
    _note(waiting, connection, account)
    if connected.replaces:
        lifecycle.succeed(connected, waiting.actor)
    return lifecycle.begin(connected, waiting.actor)


def _note(waiting: Waiting, before: Connection, account: Account) -> None:
    owners = {"before": {"owner": before.owner}, "after": {"owner": account.owner}} if before.owner else {}
    what = "handed over" if before.owner not in (None, account.owner) else "connected"
    Audit(before.tenant).write(waiting.actor, what, f"connection {before.id}", {"account": account.id}, **owners)


def _check_app(asked: Ticket, connection: Connection, app: App) -> None:
    """An app that Salesforce does not know ends on a page of theirs, from which nobody comes back: ask beforehand.

    A new app takes some minutes to become known. Until then the page tries again by itself.
    """
    try:
        provider.load(connection.provider).check_app(app)
    except Disconnected as error:
        waits = is_new_app(connection) and UNKNOWN_APP in error.detail
        again = make_ticket(asked.tenant, asked.connection, asked.actor) if waits else None
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


def _check_account(app: App, connection: Connection, grant: Grant, account: Account) -> None:
    """A connection keeps its account, because its links point into it; an account has one connection."""
    others = [
        other
        for other in Connections().by_account(connection.provider, account.id)
        if other.status is not Status.CLOSED and (other.tenant, other.id) != (connection.tenant, connection.id)
    ]
    if others:  # the grant is left alone: withdrawing it could withdraw theirs
        raise Refused(
            409,
            "This account is connected already",
            f"{account.name} belongs to another connection.",
            "Disconnect it there first, or choose another account.",
        )
    if connection.account not in (None, account.id):
        provider.load(connection.provider).revoke(app, grant)
        raise Refused(
            409,
            "This is another account",
            f"The connection belongs to {connection.account_name}, and you chose {account.name}.",
            f"Choose {connection.account_name}. To move to {account.name} on purpose, choose Switch account there.",
        )


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


def _unsigned(salt: str, text: str) -> list[str]:
    try:
        found: list[str] = _signer(salt).loads(text, max_age=int(GOOD_FOR.total_seconds()))
    except SignatureExpired as error:
        raise Refused(400, "This link is too old", "It is good for ten minutes.") from error
    except BadSignature as error:
        raise Refused(400, "This link is not valid", "It was not made by timebridge, or it was cut off.") from error
    return found


def _signer(salt: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(state_key(), salt=salt)


def _digest(browser: str) -> str:
    return sha256(browser.encode()).hexdigest()

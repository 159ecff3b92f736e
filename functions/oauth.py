"""GET /api/{provider}/start and /callback: a person gives us access to a provider's account. And where a provider sends
people from its own pages: /launch, /reconnect, and /disconnected after they took the access away."""

from typing import Any
from urllib.parse import urlencode

from timebridge.connecting import authorise
from timebridge.connecting.authorise import GOOD_FOR, Refused
from timebridge.console.places import home, place
from timebridge.console.rendering import render
from timebridge.context import CALLBACKS
from timebridge.errors import SyncError, Transient
from timebridge.gateway import Answer, Request, answer
from timebridge.patience import awaited
from timebridge.telemetry import facts, logger
from timebridge.tenants import Provider

COOKIE = "timebridge_consent"
AGAIN_AFTER = 60
"""Seconds until the page of a refusal that waiting cures tries again."""
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
PROVIDERS = {path: provider for provider, path in CALLBACKS.items()}


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _: object) -> Answer:
    request = Request(event)
    try:
        name = PROVIDERS.get(request.path.get("provider", ""))
        if name is None:
            raise Refused(404, "There is no such provider", "The address is not one of ours.")
        with awaited():
            return STEPS[request.event["rawPath"].rpartition("/")[2]](request, name)
    except Refused as refused:
        logger.info("consent refused", status=refused.status, title=refused.title)
        return _refusal(request, refused)
    except SyncError as error:
        logger.error("consent failed", **facts(error))
        status = 503 if isinstance(error, Transient) else 500
        return _refusal(request, Refused(status, "That did not work", error.for_user, authorise.START_AGAIN))


def _start(request: Request, name: Provider) -> Answer:
    return _to_consent(request, *authorise.begin(name, request.query.get("ticket", ""), request.domain))


def _to_consent(request: Request, url: str, browser: str) -> Answer:
    return answer(
        302, location=url, referrer_policy="no-referrer", cookies=(_cookie(request, browser, GOOD_FOR.seconds),)
    )


def _callback(request: Request, name: Provider) -> Answer:
    consented = authorise.finish(name, request.query, request.cookie(COOKIE))
    if consented.console and _has_session(request):
        return _to_console(request, consented.connection.tenant, consented.connection.id)
    told = {"connection": consented.connection, "known": consented.known}
    return _page(200, "connected", cookies=(_cookie(request, "", 0),), **told)


def _has_session(request: Request) -> bool:
    """Whoever has none, or no longer, reads the answer here: the console would show them a door."""
    from timebridge.console.answers import cookie_name

    return bool(request.cookie(cookie_name(request)))


def _to_console(request: Request, tenant: str, connection: str) -> Answer:
    """The way back is made of ids that we signed, never of anything that the browser brings."""
    page = place(tenant, f"connections/{connection}")
    return answer(303, location=page, referrer_policy="no-referrer", cookies=(_cookie(request, "", 0),))


def _launch(request: Request, name: Provider) -> Answer:
    return _page(200, "launch", **_about(request, name))


def _reconnect(request: Request, name: Provider) -> Answer:
    return _to_consent(request, *authorise.begin_there(name, request.domain))


def _disconnected(request: Request, name: Provider) -> Answer:
    """The provider's browser says so, and nobody signed it: it is looked into."""
    from timebridge.connecting import upkeep

    account = request.query.get("realmId", "")
    said = upkeep.look_into(name, account) if account else upkeep.Said.UNANSWERED
    return _page(200, "disconnected", said=said, **_about(request, name))


def _about(request: Request, name: Provider) -> dict[str, str]:
    """Raises Refused where the provider sends nobody."""
    offer = authorise.offer_of(name)
    path = request.event["rawPath"].rpartition("/")[0]
    return {"provider": offer.title, "reconnect": f"{path}/reconnect", "console": home()}


STEPS = {
    "start": _start,
    "callback": _callback,
    "launch": _launch,
    "reconnect": _reconnect,
    "disconnected": _disconnected,
}


def _refusal(request: Request, why: Refused) -> Answer:
    """With a ticket to try again with, the page does so by itself."""
    if why.page is not None and _has_session(request):
        return _to_console(request, *why.page)
    again = f"{request.event['rawPath']}?{urlencode({'ticket': why.again})}" if why.again else None
    told = {"title": why.title, "reason": why.reason, "remedy": why.remedy}
    return _page(why.status, "refused", again=again, wait=AGAIN_AFTER, **told)


def _cookie(request: Request, value: str, seconds: int) -> str:
    # Secure, but for a local stack on plain http, where a browser would not send it back
    secure = "" if request.is_plain else " Secure;"
    return f"{COOKIE}={value}; Max-Age={seconds}; Path=/; HttpOnly;{secure} SameSite=Lax"


def _page(status: int, template: str, cookies: tuple[str, ...] = (), **values: object) -> Answer:
    return answer(
        status,
        render(f"{template}.html", **{"title": "", **values}),
        "text/html; charset=utf-8",
        cookies,
        content_security_policy=POLICY,
        referrer_policy="no-referrer",
        x_content_type_options="nosniff",
    )

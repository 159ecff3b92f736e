"""Why Salesforce gives no consent or no token, as tables, and the SyncError each becomes."""

from collections.abc import Mapping
from typing import Any

from timebridge.errors import Disconnected, Misconfigured, SyncError, Transient
from timebridge.providers.salesforce.meanings import ADMIN, REPORT, Meaning

RECONNECT = "Reconnect Salesforce."

REFUSALS: tuple[tuple[str, str, Meaning], ...] = (
    (
        "invalid_grant",
        "token request is already being processed",
        Meaning(Transient, "Another worker renews the token."),
    ),
    (
        "invalid_grant",
        "inactive user",
        Meaning(Disconnected, "The Salesforce user who connected is no longer active.", "Reconnect with another user."),
    ),
    (
        "invalid_grant",
        "inactive organization",
        Meaning(Disconnected, "The Salesforce org is no longer active.", "Contact Salesforce, then reconnect."),
    ),
    (
        "invalid_grant",
        "ip restricted",
        Meaning(
            Disconnected,
            "Your Salesforce org does not accept our network address or the hour.",
            f"{ADMIN} to relax the IP or login-hour restriction of our app, then reconnect.",
        ),
    ),
    (
        "invalid_grant",
        "user hasn't approved",
        Meaning(Disconnected, "The approval of our app was withdrawn in Salesforce.", RECONNECT),
    ),
    (
        "invalid_grant",
        "expired authorization code",
        Meaning(Disconnected, "The consent took too long or was used twice.", "Start connecting Salesforce again."),
    ),
    (
        "invalid_grant",
        "invalid authorization code",
        Meaning(Disconnected, "Salesforce does not know this consent.", "Start connecting Salesforce again."),
    ),
    (
        "invalid_grant",
        "invalid code verifier",
        Meaning(Disconnected, "The consent was started in another browser.", "Start connecting Salesforce again."),
    ),
    (
        "invalid_grant",
        "authentication failure",
        Meaning(
            Disconnected,
            "The Salesforce user who connected may not log in.",
            f"{ADMIN} to unfreeze or unlock that user, then reconnect.",
        ),
    ),
    (
        "invalid_grant",
        "",
        Meaning(
            Disconnected,
            "Access to Salesforce was revoked or has expired.",
            f"{RECONNECT} If this happens again soon, ask your Salesforce administrator "
            "to set the refresh token policy of our app to 'valid until revoked'.",
        ),
    ),
    (
        "inactive_user",
        "",
        Meaning(Disconnected, "The Salesforce user who connected is no longer active.", "Reconnect with another user."),
    ),
    (
        "inactive_org",
        "",
        Meaning(Disconnected, "The Salesforce org is no longer active.", "Contact Salesforce, then reconnect."),
    ),
    ("rate_limit_exceeded", "", Meaning(Transient, "Salesforce issues no more tokens for now.")),
    ("unknown_error", "", Meaning(Transient, "Salesforce could not issue a token just now.")),
    (
        "invalid_client_id",
        "",
        Meaning(
            Disconnected,
            "Salesforce does not know our app at this address.",
            "For a sandbox org choose the sandbox login. A new app needs ten minutes: wait, then connect again.",
        ),
    ),
    ("invalid_client", "", Meaning(Misconfigured, "Salesforce refuses our client secret.", REPORT)),
    ("", "", Meaning(Misconfigured, "Salesforce refuses our way of asking for tokens.", REPORT)),
)
"""error, start of error_description ("" for any), meaning; the first that fits holds."""

DENIALS: tuple[tuple[str, str, str], ...] = (
    ("access_denied", "You did not allow the connection.", "Start again and choose Allow."),
    ("access-denied", "You did not allow the connection.", "Start again and choose Allow."),
    ("OAUTH_APP_BLOCKED", "Your Salesforce org blocks our app.", f"{ADMIN} to unblock it, then start again."),
    (
        "OAUTH_APP_ACCESS_DENIED",
        "You are not among the users your org lets use our app.",
        f"{ADMIN} to approve the app for your profile or permission set, then start again.",
    ),
    (
        "invalid_client_id",
        "Salesforce does not know our app at this address.",
        "For a sandbox org choose the sandbox login. A new app needs ten minutes: wait, then start again.",
    ),
    (
        "",
        "Salesforce did not grant the connection.",
        f"{ADMIN} to install our app under Setup, Connected Apps OAuth Usage. Then start again.",
    ),
)
"""error of the callback ("" for any), sentence, remedy."""


def denied(error: str) -> Disconnected:
    """The error that a callback without a code stands for."""
    _, sentence, remedy = next(row for row in DENIALS if row[0] in (error, ""))
    return Disconnected(sentence, remedy=remedy, detail=f"callback error {error[:60]}")


def refused(status: int, body: Mapping[str, Any]) -> SyncError:
    """The error that a refusal of the token endpoint stands for."""
    error, description = str(body.get("error", "")), str(body.get("error_description", ""))
    meaning = next(row[2] for row in REFUSALS if row[0] in (error, "") and description.lower().startswith(row[1]))
    return meaning.kind(meaning.sentence, remedy=meaning.remedy, detail=f"{status} {error}: {description[:120]}")

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
        "OAUTH_EC_APP_NOT_FOUND",
        "The app is not installed in your Salesforce org.",
        f"{ADMIN} to install it: Setup, External Client App Manager (in older orgs: Connected Apps OAuth Usage, "
        "Install). An app of your own works in the org it was made in: log in at its My Domain. Then start again.",
    ),
)
"""error of the callback, sentence, remedy."""

UNKNOWN = (
    "Salesforce did not grant the connection.",
    f"{ADMIN} to install our app under Setup, Connected Apps OAuth Usage. Then start again.",
)


def denied(error: str) -> Disconnected | None:
    """The error that a callback without a code stands for; None for one that has to speak for itself."""
    known = next((row for row in DENIALS if row[0] == error), None)
    return Disconnected(known[1], remedy=known[2], detail=f"callback error {error}") if known else None


def not_granted(error: str) -> Disconnected:
    """The same, with a general answer for what is not known."""
    sentence, remedy = UNKNOWN
    return denied(error) or Disconnected(sentence, remedy=remedy, detail=f"callback error {error[:60]}")


def refused_own(status: int, body: Mapping[str, Any]) -> SyncError:
    """The error that a refusal stands for when the app is the tenant's own: then its secret is theirs to mend."""
    if body.get("error") == "invalid_client":
        return Disconnected(
            "Salesforce refuses the consumer secret of your own app.",
            remedy="Copy consumer key and secret from the app again, and enter them with the connection.",
            detail=f"{status} invalid_client, own app",
        )
    return refused(status, body)


def refused(status: int, body: Mapping[str, Any]) -> SyncError:
    """The error that a refusal of the token endpoint stands for."""
    error, description = str(body.get("error", "")), str(body.get("error_description", ""))
    meaning = next(row[2] for row in REFUSALS if row[0] in (error, "") and description.lower().startswith(row[1]))
    return meaning.kind(meaning.sentence, remedy=meaning.remedy, detail=f"{status} {error}: {description[:120]}")

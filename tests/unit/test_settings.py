"""What the environment must say."""

import pytest

from timebridge.errors import Misconfigured
from timebridge.settings import settings

COMPLETE = {
    "CHANGES_QUEUE_URL": "https://sqs.eu-central-1.amazonaws.com/123456789012/changes.fifo",
    "SETTLING_QUEUE_URL": "https://sqs.eu-central-1.amazonaws.com/123456789012/settling",
    "EXPORTS_BUCKET": "exports",
    "APP_SECRET": "timebridge/app",
    "GRANTS_PREFIX": "timebridge/grants",
    "SALESFORCE_LOGIN_URL": "https://login.salesforce.com/",
    "QUICKBOOKS_DISCOVERY_URL": "https://developer.api.intuit.com/.well-known/openid_configuration",
    "QUICKBOOKS_API_URL": "https://quickbooks.api.intuit.com",
}


def test_what_has_a_default_may_be_missing() -> None:
    found = settings(COMPLETE)

    assert (found.public_url, found.state_machine_arn) == ("", "")
    assert found.salesforce_login_url == "https://login.salesforce.com"


def test_all_problems_are_told_at_once() -> None:
    broken = {**COMPLETE, "EXPORTS_BUCKET": " ", "QUICKBOOKS_API_URL": "quickbooks", "PUBLIC_URL": "ftp://example.com"}

    with pytest.raises(Misconfigured) as caught:
        settings(broken)

    problems = caught.value.detail.split("; ")
    assert problems == [
        "EXPORTS_BUCKET is not set",
        "QUICKBOOKS_API_URL is not an http(s) URL",
        "PUBLIC_URL is not an http(s) URL",
    ]

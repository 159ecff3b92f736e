"""App secrets and grants in Secrets Manager."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.tables import EMULATOR, aws_in_process
from timebridge.errors import Disconnected, Misconfigured
from timebridge.store import app_secrets
from timebridge.store.app_secrets import app_secret, secrets_manager, state_key
from timebridge.store.grants import SecretGrants
from timebridge.store.own_apps import OwnApp
from timebridge.tenants import Grant

GRANT = Grant("access-1", "refresh-1", datetime(2026, 11, 21, 12, tzinfo=UTC), base_url="https://a.example.com")


@pytest.fixture(autouse=True)
def aws() -> Iterator[None]:
    with aws_in_process():
        app_secrets.forget()
        yield
        app_secrets.forget()


def keep(value: str) -> None:
    secrets_manager().create_secret(Name="test/app", SecretString=value)


def test_an_app_secret_is_read_once_for_many_uses() -> None:
    keep(json.dumps({"salesforce": {"client_id": "id", "client_secret": "x"}, "state_key": "k" * 64}))

    assert app_secret("salesforce") == {"client_id": "id", "client_secret": "x"}
    secrets_manager().delete_secret(SecretId="test/app", ForceDeleteWithoutRecovery=True)
    assert state_key() == b"k" * 64


@pytest.mark.parametrize("value", ["{}", '{"state_key": "short"}', '{"state_key": 7}', "not json: hush"])
def test_what_is_missing_is_said_without_what_is_there(value: str) -> None:
    keep(value)

    for read in (lambda: app_secret("salesforce"), state_key):
        with pytest.raises(Misconfigured) as refused:
            read()
        assert "hush" not in str(refused.value)


def test_a_secret_that_is_not_there_is_for_an_operator() -> None:
    with pytest.raises(Misconfigured):
        app_secret("salesforce")


def test_a_grant_is_kept_until_it_is_deleted() -> None:
    grants = SecretGrants("tenant-a", "sf1")
    grants.put(GRANT)

    assert SecretGrants("tenant-a", "sf1").get() == GRANT
    with pytest.raises(Disconnected):
        SecretGrants("tenant-a", "sf2").get()
    grants.delete()
    grants.delete()
    with pytest.raises(Disconnected) as refused:
        grants.get()
    assert "Connect" in refused.value.remedy


def test_an_own_app_is_used_as_it_was_saved_last() -> None:
    app = OwnApp("tenant-a", "sf1")
    app.put("key", "first")
    assert app.pair("09:00") == ("key", "first")
    app.put("key", "second")

    assert app.pair("09:00") == ("key", "first"), "what this process knows of that moment"
    assert app.pair("10:00") == ("key", "second")


def test_an_own_app_that_is_gone_disconnects_its_connection_only() -> None:
    OwnApp("tenant-a", "sf1").put("key", "secret")
    other = OwnApp("tenant-a", "sf2")
    other.delete()

    with pytest.raises(Disconnected) as refused:
        other.pair("09:00")
    assert refused.value.connection == "sf2"
    assert "Enter" in refused.value.remedy


def test_a_grant_can_be_put_again_after_it_was_deleted() -> None:
    grants = SecretGrants("tenant-a", "sf1")
    grants.put(GRANT)
    grants.delete()
    grants.put(GRANT)

    assert grants.get() == GRANT


def test_a_grant_newer_than_the_used_one_is_taken_without_a_refresh() -> None:
    grants = SecretGrants("tenant-a", "sf1")
    grants.put(GRANT)

    def refresh(_: Grant) -> Grant:
        raise AssertionError("nobody needs this refresh")

    assert grants.renew(Grant("access-0", "refresh-0"), refresh) == GRANT


def test_a_failed_refresh_is_told_and_blocks_nobody() -> None:
    grants = SecretGrants("tenant-a", "sf1")
    grants.put(GRANT)

    def revoked(_: Grant) -> Grant:
        raise Disconnected("Access was revoked.", remedy="Connect again.")

    with pytest.raises(Disconnected):
        grants.renew(GRANT, revoked)
    assert grants.renew(GRANT, lambda used: Grant("access-2", used.refresh_token)).access_token == "access-2"
    assert grants.get().access_token == "access-2"


def test_an_error_about_a_grant_never_shows_a_token() -> None:
    with pytest.raises(Disconnected) as refused:
        SecretGrants("tenant-a", "sf1").renew(GRANT, lambda grant: grant)

    assert "access-1" not in f"{refused.value}{refused.value.__cause__}"
    assert "access-1" not in repr(GRANT)


@pytest.mark.skipif(EMULATOR not in os.environ, reason="moto lets a secret be written that waits for its deletion")
def test_a_grant_can_be_put_while_the_old_one_waits_for_its_deletion() -> None:
    grants = SecretGrants("tenant-a", "sf1")
    grants.put(GRANT)
    secrets_manager().delete_secret(SecretId="test/grants/tenant-a/sf1", RecoveryWindowInDays=7)
    with pytest.raises(Disconnected):
        grants.renew(GRANT, lambda grant: grant)

    grants.put(GRANT)

    assert grants.renew(Grant("access-0", "refresh-0"), lambda grant: grant) == GRANT


def test_the_same_token_given_out_again_counts_as_newer() -> None:
    grants = SecretGrants("tenant-a", "sf1")
    again = replace(GRANT, issued=datetime(2026, 11, 21, 13, tzinfo=UTC))
    grants.put(again)

    def refresh(_: Grant) -> Grant:
        raise AssertionError("nobody needs this refresh")

    assert grants.renew(replace(GRANT, issued=datetime(2026, 11, 21, 12, tzinfo=UTC)), refresh) == again

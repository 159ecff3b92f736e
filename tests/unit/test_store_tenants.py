"""Tenants, connections, consent states, cursors and the audit trail, as they are kept."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.tables import aws_in_process
from timebridge.changes import Where
from timebridge.errors import Misconfigured, Stale
from timebridge.sides import Cursor
from timebridge.store.audit import Audit
from timebridge.store.cursors import Cursors
from timebridge.store.tenants import Connections, States, Tenants
from timebridge.tenants import Connection, Provider, Rhythm, Status, Tenant

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def aws() -> Iterator[None]:
    with aws_in_process():
        yield


def connection(id: str = "sf1", tenant: str = "tenant-a", **values: object) -> Connection:
    return replace(Connection(id, tenant, Provider.SALESFORCE), **values)  # type: ignore[arg-type]


def test_a_tenant_is_saved_only_at_the_revision_that_is_stored() -> None:
    first = Tenants().save(Tenant("tenant-a", "Aalto Partners", "Europe/Helsinki"))
    second = Tenants().save(replace(first, name="Aalto"))

    assert (first.revision, second.revision) == (1, 2)
    assert Tenants().get("tenant-a") == second
    for late in (first, Tenant("tenant-a", "Other")):
        with pytest.raises(Stale) as refused:
            Tenants().save(late)
        assert refused.value.field == "revision"


def test_all_tenants_are_listed_and_nothing_else() -> None:
    saved = [Tenants().save(Tenant(f"tenant-{name}", name)) for name in "abc"]
    Connections().save(connection())

    assert list(Tenants().all()) == saved
    assert Tenants().get("nobody") is None


def test_a_connection_is_read_back_as_it_was_saved() -> None:
    full = connection(
        status=Status.LIVE,
        account="00D1",
        account_name="Aalto",
        owner="grace@example.com",
        base_url="https://aalto.example.com",
        reason="Paused.",
        remedy="Resume.",
        webhook_secret="abc",
        rhythm=Rhythm.DAILY,
        settings={"stages": ["Won", "Sold"], "share": Decimal("0.2"), "switch": True},
        run="run1",
        next_pull=NOW,
        last_pull=NOW - timedelta(hours=1),
    )
    saved = Connections().save(full)

    assert saved == replace(full, revision=1)
    assert Connections().get("tenant-a", "sf1") == saved
    assert isinstance(saved.provider, Provider)


def test_a_connection_is_saved_only_at_the_revision_that_is_stored() -> None:
    first = Connections().save(connection())
    Connections().save(replace(first, status=Status.LIVE))

    with pytest.raises(Stale):
        Connections().save(replace(first, status=Status.PAUSED))
    with pytest.raises(Stale):
        Connections().save(connection())


def test_the_connections_of_a_tenant_are_its_own() -> None:
    mine = [Connections().save(connection(id)) for id in ("qb1", "sf1")]
    Connections().save(connection(tenant="tenant-b"))

    assert Connections().of("tenant-a") == mine
    assert Connections().get("tenant-b", "qb1") is None


def test_a_notice_finds_the_connections_by_the_providers_account() -> None:
    mine = Connections().save(connection(account="00D1"))
    other = Connections().save(connection(tenant="tenant-b", account="00D1"))
    Connections().save(replace(connection("qb1", account="00D1"), provider=Provider.QUICKBOOKS_ONLINE))

    found = Connections().by_account(Provider.SALESFORCE, "00D1")

    assert sorted(found, key=lambda each: each.tenant) == [mine, other]
    Connections().save(replace(mine, account=None))
    assert Connections().by_account("salesforce", "00D1") == [other]


def test_live_connections_are_due_when_their_time_has_come() -> None:
    late = Connections().save(connection("late", status=Status.LIVE, next_pull=NOW - timedelta(hours=2)))
    now_due = Connections().save(connection("now", status=Status.LIVE, next_pull=NOW))
    Connections().save(connection("later", status=Status.LIVE, next_pull=NOW + timedelta(microseconds=1)))
    Connections().save(connection("off", status=Status.LIVE))
    Connections().save(connection("paused", status=Status.PAUSED, next_pull=NOW - timedelta(hours=3)))

    assert list(Connections().due(NOW)) == [late, now_due]
    Connections().save(replace(late, next_pull=NOW + timedelta(hours=1)))
    assert list(Connections().due(NOW)) == [now_due]


def test_a_state_is_taken_once() -> None:
    States().put("nonce", {"tenant": "tenant-a", "verifier": "v"}, datetime.now(UTC) + timedelta(minutes=10))

    assert States().take("nonce") == {"tenant": "tenant-a", "verifier": "v"}
    assert States().take("nonce") is None
    assert States().take("never") is None


def test_an_expired_state_is_nothing() -> None:
    States().put("nonce", {"tenant": "tenant-a"}, datetime.now(UTC) - timedelta(seconds=1))

    assert States().take("nonce") is None


def test_cursors_are_kept_by_side_and_name_until_cleared() -> None:
    cursors = Cursors("tenant-a", "sf1")
    cursors.save(Where.THEIRS, "Account", Cursor(NOW, "0011"))
    cursors.save(Where.OURS, "client", Cursor(NOW))
    cursors.save(Where.THEIRS, "Account", Cursor(NOW + timedelta(microseconds=1), "0012"))
    Cursors("tenant-a", "sf2").save(Where.OURS, "client", Cursor(NOW))

    assert cursors.all() == {
        (Where.THEIRS, "Account"): Cursor(NOW + timedelta(microseconds=1), "0012"),
        (Where.OURS, "client"): Cursor(NOW),
    }
    assert cursors.get(Where.OURS, "client") == Cursor(NOW)
    cursors.clear()
    assert cursors.all() == {}
    assert cursors.get(Where.OURS, "client") is None
    assert len(Cursors("tenant-a", "sf2").all()) == 1


def test_the_audit_trail_is_read_latest_first_page_by_page() -> None:
    for number in range(3):
        Audit("tenant-a").write(
            "ada", "client.update", f"cli_{number}", before={"n": number}, after={"n": Decimal("1.5")}
        )
    Audit("tenant-b").write("eve", "client.update", "cli_9")

    page, start = Audit("tenant-a").page(limit=2)
    rest, end = Audit("tenant-a").page(start=start, limit=2)

    assert [line["target"] for line in [*page, *rest]] == ["cli_2", "cli_1", "cli_0"]
    assert end is None
    assert page[0]["before"] == {"n": 2}
    assert page[0]["after"] == {"n": Decimal("1.5")}
    assert page[0]["actor"] == "ada"


def test_a_table_without_a_name_is_a_setting_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TENANTS_TABLE")

    with pytest.raises(Misconfigured) as refused:
        Tenants().get("tenant-a")
    assert "TENANTS_TABLE" in refused.value.detail


def test_a_table_that_is_not_there_is_for_an_operator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENANTS_TABLE", "nowhere")

    with pytest.raises(Misconfigured) as refused:
        Tenants().get("tenant-a")
    assert "ResourceNotFoundException" in refused.value.detail

"""Telling people: alerts become mails, and once a day a digest says what waits."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from timebridge import presets
from timebridge.errors import SyncError
from timebridge.links import State
from timebridge.runs import RunStatus
from timebridge.settings import settings
from timebridge.store.alerts import Alerts, Notifications, digests_due
from timebridge.store.links import DynamoLinks
from timebridge.store.runs import Runs
from timebridge.store.tenants import Connections, Tenants
from timebridge.telemetry import count, facts, logger
from timebridge.telling import alerts, mail
from timebridge.telling.alerts import Alert, Links, Wishes, next_digest, noted, told
from timebridge.tenants import Connection, Provider, Status, Tenant

LISTED = 10
"""Parked records of a connection that a digest lists."""


def tell(now: datetime) -> dict[str, int]:
    """Tell the people of every tenant what is new. Returns how many alerts were dealt with and mails sent."""
    if not Alerts().taken(now):
        return {"alerts": 0, "mails": 0}
    waiting: dict[str, list[tuple[str, Alert]]] = defaultdict(list)
    for key, alert in Alerts().waiting():
        waiting[alert.tenant].append((key, alert))
    done = [(len(some), _told(tenant, dict(some), now)) for tenant, some in waiting.items()]
    digests = [_digested(tenant, now) for tenant in list(digests_due(now))]
    Alerts().given_back()
    return {"alerts": sum(each for each, _ in done), "mails": sum(each for _, each in done) + sum(digests)}


def _told(id: str, waiting: Mapping[str, Alert], now: datetime) -> int:
    """One tenant whose mails cannot be sent holds up no other; what it was to be told waits."""
    try:
        tenant = Tenants().get(id)
        sent = _mailed(tenant, list(waiting.values()), now) if tenant else 0
        Alerts().forget(waiting)
    except SyncError as error:
        logger.error("not told", tenant=id, **facts(error))
        count("MailsNotSent", tenant=id)
        return 0
    return sent


def _mailed(tenant: Tenant, new: Sequence[Alert], now: datetime) -> int:
    """Sent before it is written down: of the two ways to be interrupted, telling twice is the better one."""
    store = Notifications(tenant.id)
    wishes, links = store.wishes(), _links(tenant.id)
    if not wishes.recipients or not mail.is_set_up():
        return 0
    at_once = [alert for alert in new if alert.what != "errors"]
    for alert in at_once:
        mail.send(wishes.recipients, alerts.of_alert(tenant.name, alert, links))
    watch, errors = noted(store.watch(), [alert for alert in new if alert.what == "errors"], wishes, now)
    if errors:
        mail.send(wishes.recipients, alerts.of_errors(tenant.name, errors, wishes, watch.waiting, links))
        watch = told(watch)
    store.keep(watch)
    return len(at_once) + (errors > 0)


def _links(tenant: str) -> Links:
    shown = [found for found in Connections().of(tenant) if found.provider is Provider.SALESFORCE and found.base_url]
    return Links(settings().public_url, tenant, {found.id: str(found.base_url) for found in shown})


# --- the digest ------------------------------------------------------------------------------------------------------


def _digested(id: str, now: datetime) -> int:
    try:
        tenant, store = Tenants().get(id), Notifications(id)
        wishes = store.wishes()
        if tenant is None or not wishes.digest:
            return 0
        sent = _digest(tenant, wishes, now)
        store.save(wishes, next_digest(tenant.time_zone, now))
    except SyncError as error:
        logger.error("no digest", tenant=id, **facts(error))
        count("MailsNotSent", tenant=id)
        return 0
    return sent


def _digest(tenant: Tenant, wishes: Wishes, now: datetime) -> int:
    """A day without anything to look at sends nothing."""
    links = _links(tenant.id)
    sections = [line for found in Connections().of(tenant.id) for line in _section(found, links, now)]
    if not sections or not wishes.recipients or not mail.is_set_up():
        return 0
    mail.send(wishes.recipients, alerts.of_digest(tenant.name, sections))
    return 1


def _section(connection: Connection, links: Links, now: datetime) -> Iterator[str]:
    where = links.connection(connection.id)
    if connection.status in (Status.NEEDS_REAUTH, Status.PAUSED):
        said = f"{connection.provider} is {connection.status}. {connection.reason or ''} {connection.remedy or ''}"
        yield f"{said.strip()}\n{where}"
    runs, _ = Runs(connection.tenant, connection.id).list(200, since=now - timedelta(days=1))
    failed = [run for run in runs if run.status in (RunStatus.FAILED, RunStatus.STOPPED)]
    if failed:
        yield f"{len(failed)} of {len(runs)} runs did not end well; the last: {failed[0].reason or ''}\n{where}"
    parked = list(_parked(connection, links))
    if parked:
        yield "\n".join([f"{connection.provider}: records that wait for somebody:", *parked])


def _parked(connection: Connection, links: Links) -> Iterator[str]:
    store = DynamoLinks(connection.tenant, connection.id)
    for flow in presets.flows_of(connection):
        for link in store.page(flow.name, State.PARKED, None, LISTED)[0]:
            ids = {"flow": flow.name, "ours": link.ours, "theirs": link.theirs or ""}
            reason = link.problem.reason if link.problem else ""
            yield "\n".join([f"- {reason}", *(f"  {each}" for each in links.record(connection.id, ids))])

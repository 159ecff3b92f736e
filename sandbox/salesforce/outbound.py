"""Outbound messages: SOAP notices of changed records, sent until they are acknowledged."""

import asyncio
from itertools import groupby
from typing import Any
from xml.sax.saxutils import escape

import requests
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from sandbox.clock import Clock
from sandbox.salesforce.ids import make_id
from sandbox.salesforce.schema import Catalog, all_objects
from sandbox.salesforce.settings import Settings
from sandbox.salesforce.store import Row, Store
from sandbox.salesforce.values import to_csv

FIRST_RETRY, LONGEST_RETRY, LIFETIME, TIMEOUT = 30.0, 7_200.0, 86_400.0, 60.0
SHORTEST_TIMEOUT = 2.0
ACK = "{http://soap.sforce.com/2005/09/outbound}Ack"

ENVELOPE = """<?xml version="1.0" encoding="UTF-8"?>
<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" \
xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
 <soapenv:Body>
  <notifications xmlns="http://soap.sforce.com/2005/09/outbound">
   <OrganizationId>{org}</OrganizationId>
   <ActionId>{action}</ActionId>
   <SessionId xsi:nil="true"/>
   <EnterpriseUrl>{url}/services/Soap/c/67.0/{short_org}</EnterpriseUrl>
   <PartnerUrl>{url}/services/Soap/u/67.0/{short_org}</PartnerUrl>
{notifications}
  </notifications>
 </soapenv:Body>
</soapenv:Envelope>"""
NOTIFICATION = """   <Notification>
    <Id>{id}</Id>
    <sObject xsi:type="sf:{object}" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">
{fields}
    </sObject>
   </Notification>"""


class Outbound:
    """Messages are defined in the settings: `{"object", "url", "fields", "skip_users"}`; the queue is in the store."""

    def __init__(self, store: Store, settings: Settings, clock: Clock) -> None:
        self.store, self.settings, self.clock = store, settings, clock
        self.catalog: Catalog
        self.instance_url = ""

    def define(self, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Replaces all definitions. ValueError for one that names an unknown object or field."""
        defined = []
        for number, each in enumerate(messages, 1):
            sobject = all_objects().get(each.get("object", ""))
            fields = each.get("fields", ["Id", "SystemModstamp"])
            if sobject is None or not each.get("url") or any(sobject.field(name) is None for name in fields):
                raise ValueError("a message needs a known object, a url and known fields")
            skipped = each.get("skip_users", [])
            action = each.get("action", make_id("04k", number))
            defined.append({**each, "fields": fields, "skip_users": skipped, "action": action})
        self.settings.outbound = defined
        return defined

    def notice(self, sobject: str, record: str) -> None:
        """Queues a notice of a change, unless one about this record is still waiting: it will carry the new values."""
        for message in self.settings.outbound:
            if message["object"] == sobject and not self._skips(message, record):
                known = "SELECT 1 FROM _messages WHERE action = ? AND record = ? AND state = 'pending' AND attempts = 0"
                if not self.store.db.execute(known, (message["action"], record)).fetchone():
                    now = self.clock.now().timestamp()
                    row = (self.store.new_id("04l"), message["action"], sobject, record, now, now)
                    sql = "INSERT INTO _messages (id, action, object, record, queued, due) VALUES (?, ?, ?, ?, ?, ?)"
                    self.store.db.execute(sql, row)

    def _skips(self, message: dict[str, Any], record: str) -> bool:
        row = self.store.get(message["object"], record)
        return bool(row and row["LastModifiedById"] in message["skip_users"])

    def status(self) -> dict[str, int]:
        """How many messages are pending, sent and dropped."""
        counts = {"pending": 0, "sent": 0, "dropped": 0}
        return counts | dict(self.store.db.execute("SELECT state, COUNT(*) FROM _messages GROUP BY state"))

    def release(self) -> None:
        """Sends what is waiting now, whatever its retry time."""
        self.settings.outbound_paused = False
        self.store.db.execute("UPDATE _messages SET due = ? WHERE state = 'pending'", (self.clock.now().timestamp(),))

    async def deliver_due(self) -> bool:
        """Sends one round of envelopes; False if nothing was due."""
        if self.settings.outbound_paused or not self.settings.outbound:
            return False
        batches = self._due_batches()
        for action, ids in batches:
            await self._deliver(action, ids)
        return bool(batches)

    def _due_batches(self) -> list[tuple[str, list[str]]]:
        sql = "SELECT action, id FROM _messages WHERE state = 'pending' AND due <= ? ORDER BY action, rowid"
        rows = self.store.db.execute(sql, (self.clock.now().timestamp(),)).fetchall()
        batches = []
        for action, group in groupby(rows, key=lambda row: row[0]):
            ids = [id for _, id in group]
            ids = ids[::-1] if self.settings.outbound_reversed else ids
            size = min(max(self.settings.outbound_batch, 1), 100)
            batches += [(action, ids[start : start + size]) for start in range(0, len(ids), size)]
        return batches

    async def _deliver(self, action: str, ids: list[str]) -> None:
        message = next((each for each in self.settings.outbound if each["action"] == action), None)
        for id in ids:  # from here on a further change needs a notice of its own: this one is on its way
            self.store.db.execute("UPDATE _messages SET attempts = attempts + 1 WHERE id = ?", (id,))
        records = {id: self._record(id) for id in ids}
        alive = {id: row for id, row in records.items() if row and not row["IsDeleted"]}
        acknowledged = True
        if message and alive:
            body = self.envelope(message, alive)
            timeout = max(TIMEOUT * self.settings.time_factor, SHORTEST_TIMEOUT)
            for _ in range(2 if self.settings.outbound_doubled else 1):
                acknowledged = await asyncio.to_thread(post, message["url"], body, timeout)
        self._settle(ids, acknowledged)

    def _record(self, id: str) -> Row | None:
        found = self.store.db.execute("SELECT object, record FROM _messages WHERE id = ?", (id,)).fetchone()
        return self.store.get(*found) if found else None

    def _settle(self, ids: list[str], acknowledged: bool) -> None:
        for id in ids:
            if acknowledged:
                self.store.db.execute("UPDATE _messages SET state = 'sent' WHERE id = ?", (id,))
            else:
                self._retry(id)

    def _retry(self, id: str) -> None:
        sql = "SELECT queued, attempts FROM _messages WHERE id = ?"
        found = self.store.db.execute(sql, (id,)).fetchone()
        if found is None:  # the org was reset while the message was on its way
            return
        queued, attempts = found
        factor, now = self.settings.time_factor, self.clock.now().timestamp()
        wait = min(FIRST_RETRY * 2 ** (attempts - 1), LONGEST_RETRY) * factor
        state = "dropped" if now + wait > queued + LIFETIME * factor else "pending"
        sql = "UPDATE _messages SET due = ?, state = ? WHERE id = ?"
        self.store.db.execute(sql, (now + wait, state, id))

    def envelope(self, message: dict[str, Any], records: dict[str, Row]) -> str:
        org = str(self.store.find("Organization", {})[0]["Id"])
        notifications = "\n".join(self._notification(message, id, row) for id, row in records.items())
        return ENVELOPE.format(
            org=org,
            short_org=org[:15],
            action=message["action"],
            url=self.settings.instance_url or self.instance_url,
            notifications=notifications,
        )

    def _notification(self, message: dict[str, Any], id: str, row: Row) -> str:
        fields = all_objects()[message["object"]].fields
        names = ["Id", *(name for name in message["fields"] if name != "Id")]
        lines = [
            f"     <sf:{name}>{escape(to_csv(fields[name], row[name]))}</sf:{name}>"
            for name in names
            if row[name] is not None
        ]
        return NOTIFICATION.format(id=id, object=message["object"], fields="\n".join(lines))


def post(url: str, body: str, timeout: float) -> bool:
    """Whether the receiver acknowledged."""
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
    try:
        answer = requests.post(url, body.encode(), headers=headers, timeout=timeout, allow_redirects=False)
    except requests.RequestException:
        return False
    return answer.status_code == 200 and acknowledges(answer.content)


def acknowledges(body: bytes) -> bool:
    try:
        tree = ElementTree.fromstring(body)
    except (ElementTree.ParseError, DefusedXmlException, ValueError):
        return False
    ack = tree.find(f".//{ACK}")
    return ack is not None and (ack.text or "").strip().lower() in ("true", "1")

"""Everything a door needs, in this process: moto for AWS, both sandboxes over HTTP, and a tenant to play with."""

import base64
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import boto3
import requests
from moto.ses.models import ses_backends

from sandbox.quickbooks import QuickBooks
from sandbox.salesforce import Salesforce
from tests.permissions import permissions, watched
from tests.tables import aws_in_process
from timebridge import context
from timebridge.connecting import authorise
from timebridge.providers.quickbooks_online import notices as quickbooks_notices
from timebridge.providers.salesforce import notices as salesforce_notices
from timebridge.providers.salesforce import schema
from timebridge.store import app_secrets, grants, noticed
from timebridge.store.tenants import Connections, Tenants
from timebridge.tenants import Connection, Provider, Status, Tenant

ROOT = Path(__file__).parents[1]
PUBLIC_URL = "https://timebridge.example"
MAIL_FROM = "notices@timebridge.example"
CALLBACKS = {path: f"{PUBLIC_URL}/api/{path}/callback" for path in ("salesforce", "quickbooks")}
LIMITLESS = {"second": 1_000, "minute": 60_000, "batches": 60_000, "all": 0}
"""Tests do not wait for Intuit's limits, unless they are about them (see `Stage.limited`)."""

STATE_KEY = "a-key-for-tests-that-is-long-enough-to-sign-with"


@dataclass
class Clockwork:
    """What a Lambda function is told about its own invocation."""

    milliseconds: int = 300_000
    function_name: str = "door"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:000000000000:function:door"
    aws_request_id: str = "00000000-0000-0000-0000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        return self.milliseconds


def door(name: str) -> ModuleType:
    if str(ROOT / "functions") not in sys.path:
        sys.path.insert(0, str(ROOT / "functions"))
    return watched(import_module(name))


def event(function: str, case: str) -> dict[str, Any]:
    """A recorded event, the same that `sam local invoke` takes."""
    found: dict[str, Any] = json.loads((ROOT / "events" / function / f"{case}.json").read_text())
    return found


def http(
    route: str,
    parameters: dict[str, str],
    *,
    query: dict[str, str] | None = None,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    cookies: list[str] | None = None,
    encoded: bool = False,
) -> dict[str, Any]:
    """What the HTTP API hands to a function (payload format 2.0). `route`: "GET /api/{provider}/start"."""
    method, template = route.split(" ")
    text = None if body is None else base64.b64encode(body).decode() if encoded else body.decode()
    return {
        "version": "2.0",
        "routeKey": route,
        "rawPath": template.format(**parameters),
        "rawQueryString": "",
        "headers": {"host": "timebridge.example", **(headers or {})},
        "cookies": cookies or [],
        "queryStringParameters": query,
        "pathParameters": parameters,
        "requestContext": {"domainName": "timebridge.example", "http": {"method": method}},
        "body": text,
        "isBase64Encoded": encoded,
    }


def control(method: str, url: str, **wish: Any) -> Any:
    """Ask a sandbox for what no API of the provider offers."""
    answer = requests.request(method, url, timeout=10, **wish)
    assert answer.ok, answer.text
    return answer.json() if answer.content else None


class Mail(NamedTuple):
    to: list[str]
    subject: str
    text: str


@dataclass
class Stage:
    salesforce: Salesforce
    quickbooks: QuickBooks
    queue_url: str = ""
    settling_url: str = ""
    tenant: str = "acme"
    executions: list[dict[str, str]] = field(default_factory=list)
    _place: str = ""

    # --- doors -------------------------------------------------------------------------------------------------------

    def call(self, name: str, event: dict[str, Any], milliseconds: int = 300_000) -> dict[str, Any]:
        answer: dict[str, Any] = door(name).handler(event, Clockwork(milliseconds))
        return answer

    def start(self, connection: Connection, **query: str) -> dict[str, Any]:
        path = context.CALLBACKS[connection.provider]
        ticket = query.pop("ticket", None) or authorise.make_ticket(connection.tenant, connection.id, "an admin")
        return self.call(
            "oauth", http("GET /api/{provider}/start", {"provider": path}, query={"ticket": ticket, **query})
        )

    def callback(self, path: str, query: dict[str, str], cookies: list[str]) -> dict[str, Any]:
        event = http("GET /api/{provider}/callback", {"provider": path}, query=query, cookies=cookies)
        return self.call("oauth", event)

    def consent(self, connection: Connection, decision: str = "allow", **choice: str) -> dict[str, Any]:
        """The whole way of a browser: our redirect, the provider's page and button, and the redirect back."""
        query, cookies = self.consented(connection, decision, **choice)
        return self.callback(context.CALLBACKS[connection.provider], query, cookies)

    def consented(self, connection: Connection, decision: str, **choice: str) -> tuple[dict[str, str], list[str]]:
        """What the provider's page sends back to us, and the cookies of the browser."""
        started = self.start(connection)
        assert started["statusCode"] == 302, started
        browser = requests.Session()
        page = browser.get(started["headers"]["location"])
        assert page.status_code == 200, page.text
        if connection.provider is Provider.QUICKBOOKS_ONLINE:
            choice = {"realm": next(iter(self.quickbooks.companies)), **choice}
        back = browser.post(page.url, data={"decision": decision, **choice}, allow_redirects=False)
        location = back.headers["location"]
        assert location.startswith(CALLBACKS[context.CALLBACKS[connection.provider]])
        return dict(parse_qsl(urlsplit(location).query)), [line.partition(";")[0] for line in started["cookies"]]

    # --- tenants and connections -------------------------------------------------------------------------------------

    def new_connection(self, provider: Provider, id: str = "", tenant: str = "", **values: Any) -> Connection:
        tenant = tenant or self.tenant
        if Tenants().get(tenant) is None:
            Tenants().save(Tenant(tenant, tenant.title(), "Europe/Berlin"))
        if provider is Provider.SALESFORCE:
            values.setdefault("settings", {"presets": ["projects"]})
        return Connections().save(Connection(id or provider.value, tenant, provider, **values))

    def connection(self, id: str, tenant: str = "") -> Connection:
        found = Connections().get(tenant or self.tenant, id)
        assert found is not None
        return found

    def connect(self, provider: Provider, **values: Any) -> Connection:
        """A live connection: consent given, everything loaded. Salesforce: projects, unless others are chosen."""
        if provider is Provider.SALESFORCE:
            values["settings"] = {"presets": ["projects"], **values.get("settings", {})}
        connection = self.new_connection(provider, **values)
        answer = self.consent(connection)
        assert answer["statusCode"] == 200, answer["body"]
        self.load(connection.id)
        found = self.connection(connection.id)
        assert found.status is Status.LIVE, found
        return found

    def registered(self, **values: Any) -> None:
        """The operator writes more into the secret of our app at Intuit."""
        found = secrets(self)
        found["quickbooks_online"].update(values)
        boto3.client("secretsmanager").put_secret_value(
            SecretId=os.environ["APP_SECRET"], SecretString=json.dumps(found)
        )
        app_secrets.forget()

    def limited(self, **limits: int) -> None:
        """Intuit's limits hold from now on: in the sandbox, and on our side as the operator says, else as published."""
        self.registered(limits=limits)
        self.quickbooks.throttle.limits = self.quickbooks.throttle.standard

    # --- what AWS would do -------------------------------------------------------------------------------------------

    def load(self, connection: str) -> dict[str, Any]:
        """Play the state machine of a connection's initial sync, by the contract of its definition."""
        run = self.connection(connection).run
        state = {"tenant": self.tenant, "connection": connection, "run": run}
        plan = self.call("initial_sync", {"step": "plan", **state})
        for phase in plan["phases"]:
            for part in self.export(state, phase):
                self.call("initial_sync", {"step": "part", **state, "phase": phase, "part": part})
        return self.call("initial_sync", {"step": "close", **state})

    def export(self, state: dict[str, Any], phase: dict[str, Any], milliseconds: int = 300_000) -> list[dict[str, Any]]:
        answer: dict[str, Any] = {"done": False, "export": None}
        while not answer["done"]:
            step = {"step": "export", **state, "phase": phase, "export": answer["export"]}
            answer = json.loads(json.dumps(self.call("initial_sync", step, milliseconds)))
        if answer["manifest"] is None:
            return []
        manifest = answer["manifest"]
        body = boto3.client("s3").get_object(Bucket=manifest["bucket"], Key=manifest["key"])["Body"].read()
        parts: list[dict[str, Any]] = json.loads(body)
        return parts

    def messages(self, queue_url: str = "") -> list[dict[str, Any]]:
        """What is on the queue, as a Lambda event has it; taken off it for the visibility time-out."""
        found = boto3.client("sqs").receive_message(
            QueueUrl=queue_url or self.queue_url,
            MaxNumberOfMessages=10,
            MessageSystemAttributeNames=["All"],
            VisibilityTimeout=30,
        )
        return [
            {
                "messageId": message["MessageId"],
                "receiptHandle": message["ReceiptHandle"],
                "body": message["Body"],
                "attributes": message["Attributes"],
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:changes.fifo",
                "awsRegion": "eu-central-1",
            }
            for message in found.get("Messages", [])
        ]

    def bodies(self) -> list[dict[str, Any]]:
        """The bodies of the messages that wait; they are taken off the queue."""
        found = []
        while messages := self.messages():
            found += [json.loads(message["body"]) for message in messages]
            self._delete(messages)
        return found

    def work(self) -> int:
        """Let the worker handle what is on the queue. Returns how many messages it was done with."""
        done = 0
        while messages := self.messages():
            answer = self.call("worker", {"Records": messages})
            failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
            handled = [message for message in messages if message["messageId"] not in failed]
            self._delete(handled)
            done += len(handled)
            if failed:
                break
        return done

    def _delete(self, messages: list[dict[str, Any]], queue_url: str = "") -> None:
        for message in messages:
            receipt = message["receiptHandle"]
            boto3.client("sqs").delete_message(QueueUrl=queue_url or self.queue_url, ReceiptHandle=receipt)

    def edits(self) -> None:
        """Let the edits of the records table travel through their door, and through it again once they have waited."""
        self.edited()
        self.waited()

    def edited(self) -> dict[str, Any]:
        """Hand the stream of the records table to its door, from where it was read last."""
        records = self._stream()
        return self.call("edits", {"Records": records}) if records else {"batchItemFailures": []}

    def waited(self) -> int:
        """Hand back the edits that wait, as if their moment had passed. Returns how many messages they were."""
        done = 0
        while messages := self.messages(self.settling_url):
            failed = self.call("edits", {"Records": messages})["batchItemFailures"]
            assert failed == [], failed
            self._delete(messages, self.settling_url)
            done += len(messages)
        return done

    def _stream(self) -> list[dict[str, Any]]:
        streams = boto3.client("dynamodbstreams")
        fresh: list[dict[str, Any]] = []
        while True:
            found = streams.get_records(ShardIterator=self._place or self._beginning(streams))
            self._place = found["NextShardIterator"]
            if not found["Records"]:
                return fresh
            fresh += json.loads(json.dumps(found["Records"], default=str))

    def _beginning(self, streams: Any) -> str:
        arn = boto3.client("dynamodb").describe_table(TableName=os.environ["RECORDS_TABLE"])["Table"]["LatestStreamArn"]
        shard = streams.describe_stream(StreamArn=arn)["StreamDescription"]["Shards"][0]["ShardId"]
        found = streams.get_shard_iterator(StreamArn=arn, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
        return str(found["ShardIterator"])

    def settle(self) -> int:
        """Let every edit and message travel until nothing moves. Returns how many messages that took."""
        total = 0
        while True:
            self.edits()
            done = self.work()
            total += done
            if not done:
                return total

    def noticed(self, name: str, *ids: str) -> dict[str, Any]:
        """Salesforce tells our webhook which records changed."""
        connection = self.connection(Provider.SALESFORCE.value)
        parameters = {"connection": f"{connection.tenant}.{connection.id}", "secret": connection.webhook_secret or ""}
        body = salesforce_notices.build(connection.account or "", name, ids)
        route, headers = "POST /api/salesforce/webhook/{connection}/{secret}", {"content-type": "text/xml"}
        return self.call("salesforce_webhook", http(route, parameters, body=body, headers=headers))

    def mails(self) -> list[Mail]:
        """What SES was asked to send, by the door that is called every minute; the oldest first."""
        self.call("notify", event("notify", "minute"))
        sent = ses_backends["123456789012"]["eu-central-1"].sent_messages
        return [Mail(*(mail.destinations["ToAddresses"], mail.subject, mail.body)) for mail in sent]

    def told(self, *events: dict[str, Any], signature: str | None = None) -> dict[str, Any]:
        """Intuit tells our webhook about CloudEvents."""
        body = json.dumps(list(events)).encode()
        signed = signature or quickbooks_notices.sign(body, self.quickbooks.verifier_token)
        headers = {"intuit-signature": signed, "content-type": "application/json"}
        return self.call("quickbooks_webhook", http("POST /api/quickbooks/webhook", {}, body=body, headers=headers))

    def cloud_event(self, entity: str, id: str, what: str = "updated", realm: str = "") -> dict[str, Any]:
        return {
            "specversion": "1.0",
            "id": f"{uuid4()}-{entity}-{id}",
            "source": "intuit.sandbox",
            "type": f"qbo.{entity.lower()}.{what}.v1",
            "datacontenttype": "application/json",
            "time": "2026-11-21T09:00:00.000000Z",
            "intuitentityid": id,
            "intuitaccountid": realm or self.realm,
            "data": {},
        }

    # --- the far sides -----------------------------------------------------------------------------------------------

    def salesforce_has(self, name: str, **where: str) -> list[dict[str, Any]]:
        return control("GET", f"{self.salesforce.url}/_sandbox/records/{name}", params=where)

    def seller(self, verb: str, name: str, id: str = "", **values: Any) -> str:
        """A person at work in Salesforce."""
        url = f"{self.salesforce.url}/_sandbox/records/{name}" + (f"/{id}" if id else "")
        method = {"create": "POST", "update": "PATCH", "delete": "DELETE"}[verb]
        found: str = control(method, url, json=values)["id"]
        return found

    @property
    def realm(self) -> str:
        return next(iter(self.quickbooks.companies))

    def quickbooks_has(self, entity: str) -> list[dict[str, Any]]:
        found = control("GET", f"{self.quickbooks.url}/_sandbox/companies/{self.realm}/{entity}")
        return found if isinstance(found, list) else found[next(iter(found))]

    def bookkeeper(self, entity: str, **values: Any) -> dict[str, Any]:
        """A person at work in QuickBooks; with an `Id` an existing record is changed."""
        url = f"{self.quickbooks.url}/_sandbox/companies/{self.realm}/{entity}"
        found: dict[str, Any] = control("POST", url, json=values)
        return found


@contextmanager
def staged(salesforce: Salesforce, quickbooks: QuickBooks) -> Iterator[Stage]:
    salesforce.reset()
    quickbooks.reset()
    quickbooks.throttle.limits = quickbooks.throttle.limits.changed({"enabled": False})
    app_secrets.forget()
    noticed.forget()
    schema.forget()
    grants._kept.clear()
    with aws_in_process():
        stage = Stage(salesforce, quickbooks)
        with environment(stage), permissions():
            yield stage


@contextmanager
def environment(stage: Stage) -> Iterator[None]:
    stage.queue_url = boto3.client("sqs").create_queue(
        QueueName="changes.fifo",
        Attributes={
            "FifoQueue": "true",
            "DeduplicationScope": "messageGroup",
            "FifoThroughputLimit": "perMessageGroupId",
        },
    )["QueueUrl"]
    stage.settling_url = boto3.client("sqs").create_queue(QueueName="settling")["QueueUrl"]
    boto3.client("sesv2").create_email_identity(EmailIdentity=MAIL_FROM)
    boto3.client("s3").create_bucket(Bucket="exports", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    machine = boto3.client("stepfunctions").create_state_machine(
        name="initial-sync",
        definition=(ROOT / "statemachines/initial_sync.asl.json").read_text(),
        roleArn="arn:aws:iam::123456789012:role/unknown_sf_role",
    )
    boto3.client("secretsmanager").create_secret(Name=os.environ["APP_SECRET"], SecretString=json.dumps(secrets(stage)))
    values = {
        "CHANGES_QUEUE_URL": stage.queue_url,
        "SETTLING_QUEUE_URL": stage.settling_url,
        "EXPORTS_BUCKET": "exports",
        "STATE_MACHINE_ARN": machine["stateMachineArn"],
        "PUBLIC_URL": PUBLIC_URL,
        "MAIL_FROM": MAIL_FROM,
        "SIGN_IN_URL": "https://sign-in.timebridge.example",
        "SALESFORCE_LOGIN_URL": stage.salesforce.url,
        "QUICKBOOKS_DISCOVERY_URL": f"{stage.quickbooks.url}/.well-known/openid_sandbox_configuration",
        "QUICKBOOKS_API_URL": stage.quickbooks.url,
        "POWERTOOLS_METRICS_NAMESPACE": "timebridge",
        "POWERTOOLS_SERVICE_NAME": "timebridge",
    }
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def secrets(stage: Stage) -> dict[str, Any]:
    salesforce, quickbooks = stage.salesforce, stage.quickbooks
    return {
        "state_key": STATE_KEY,
        "salesforce": {"client_id": salesforce.client_id, "client_secret": salesforce.client_secret},
        "quickbooks_online": {
            "client_id": quickbooks.client_id,
            "client_secret": quickbooks.client_secret,
            "verifier_token": quickbooks.verifier_token,
            "limits": LIMITLESS,
        },
    }

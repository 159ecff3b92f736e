"""Everything that the story needs: both providers, AWS with the product deployed, a tenant and its people."""

import json
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import requests

from sandbox.aws import LocalAws, deploy
from sandbox.aws.stack import API_ID, client
from sandbox.demo.api import TIMEOUT, Api
from sandbox.quickbooks import QuickBooks
from sandbox.quickbooks.webhooks import sign
from sandbox.salesforce import Salesforce
from sandbox.salesforce.outbound import ENVELOPE, NOTIFICATION

TENANT = "nimbus-oak"
PASSWORD = "Sandbox-only-1!"
OPERATOR = "operator@timebridge.example"
ADMIN = "admin@nimbus-oak.example"


@dataclass
class Stage:
    """A whole installation on loopback, with its state under `folder`. `say` is told what is going on."""

    folder: Path
    say: Callable[[str], None]
    salesforce: Salesforce = field(init=False)
    quickbooks: QuickBooks = field(init=False)
    aws: LocalAws = field(init=False)
    outputs: dict[str, str] = field(init=False)
    operator: Api = field(init=False)
    admin: Api = field(init=False)
    token: str = field(init=False)
    data: str = "demo"
    auth: bool = False

    def __enter__(self) -> Self:
        self._open = ExitStack()
        try:
            self._set_up()
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def _set_up(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.say("Starting a local Salesforce, QuickBooks Online and AWS")
        self.aws = self._open.enter_context(LocalAws(self.folder, auth=self.auth))
        public = self.aws.api_url(API_ID)
        self.salesforce = Salesforce(self.data, redirect_uris=[f"{public}/api/salesforce/callback"])
        self.quickbooks = QuickBooks(self.data, redirect_uris=[f"{public}/api/quickbooks/callback"])
        self._open.enter_context(self.salesforce)
        self._open.enter_context(self.quickbooks)
        self.say("Building and deploying template.yaml with SAM")
        self.outputs = deploy(
            self.aws,
            parameters={
                "SalesforceLoginUrl": self.salesforce.url,
                "QuickBooksDiscoveryUrl": f"{self.quickbooks.url}/.well-known/openid_sandbox_configuration",
                "QuickBooksApiUrl": self.quickbooks.url,
            },
        )
        self.say("Registering the apps, creating a tenant and its people")
        self._fill_in_app_secret()
        self.operator = Api(self.url, self.person(OPERATOR, "platform_admin", ""))
        self.operator.post("tenants", {"id": TENANT, "name": "Nimbus & Oak (demo)", "time_zone": "Europe/Vienna"})
        self.token = self.person(ADMIN, "tenant_admin", TENANT)
        self.admin = Api(self.url, self.token, TENANT)

    @property
    def url(self) -> str:
        return self.outputs["ApiUrl"]

    @property
    def realm(self) -> str:
        return next(iter(self.quickbooks.companies))

    def _fill_in_app_secret(self) -> None:
        secrets, name = client(self.aws, "secretsmanager"), self.outputs["AppSecretName"]
        value = json.loads(secrets.get_secret_value(SecretId=name)["SecretString"])
        value["salesforce"] = {
            "client_id": self.salesforce.client_id,
            "client_secret": self.salesforce.client_secret,
        }
        value["quickbooks_online"] = {
            "client_id": self.quickbooks.client_id,
            "client_secret": self.quickbooks.client_secret,
            "verifier_token": self.quickbooks.verifier_token,
        }
        secrets.put_secret_value(SecretId=name, SecretString=json.dumps(value))

    def person(self, email: str, role: str, tenant: str) -> str:
        """Create a person in the user pool and log in. Returns the id token."""
        users, pool = client(self.aws, "cognito-idp"), self.outputs["UserPoolId"]
        attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
        if tenant:
            attributes.append({"Name": "custom:tenant_id", "Value": tenant})
        users.admin_create_user(UserPoolId=pool, Username=email, UserAttributes=attributes, MessageAction="SUPPRESS")
        users.admin_set_user_password(UserPoolId=pool, Username=email, Password=PASSWORD, Permanent=True)
        users.admin_add_user_to_group(UserPoolId=pool, Username=email, GroupName=role)
        tokens = users.admin_initiate_auth(
            UserPoolId=pool,
            ClientId=self.outputs["UserPoolClientId"],
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": PASSWORD},
        )
        token: str = tokens["AuthenticationResult"]["IdToken"]
        return token

    # --- people at work in the two systems ---------------------------------------------------------------------------

    def seller(self, method: str, path: str, **values: Any) -> Any:
        """Somebody works in Salesforce: `Account`, or `Account/<id>`."""
        return call(method, f"{self.salesforce.url}/_sandbox/records/{path}", json=values)

    def in_salesforce(self, name: str, **where: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = call("GET", f"{self.salesforce.url}/_sandbox/records/{name}", params=where)
        return found

    def bookkeeper(self, entity: str, **values: Any) -> Any:
        """Somebody works in QuickBooks; with an `Id` an existing record is changed."""
        url = f"{self.quickbooks.url}/_sandbox/companies/{self.realm}/{entity}"
        return call("POST", url, json=values)

    def in_quickbooks(self, entity: str, **where: str) -> list[dict[str, Any]]:
        url = f"{self.quickbooks.url}/_sandbox/companies/{self.realm}/{entity}"
        found: list[dict[str, Any]] = call("GET", url, params=where)
        return found

    def repeat_notice_of_customer(self, id: str) -> None:
        """Intuit tells us, once more, that this customer changed."""
        event = {
            "specversion": "1.0",
            "id": str(uuid4()),
            "source": "intuit.sandbox",
            "type": "qbo.customer.updated.v1",
            "datacontenttype": "application/json",
            "time": "2026-11-21T09:00:00Z",
            "intuitentityid": id,
            "intuitaccountid": self.realm,
            "data": {},
        }
        body = json.dumps([event]).encode()
        headers = {
            "intuit-signature": sign(body, self.quickbooks.verifier_token),
            "content-type": "application/json",
        }
        call("POST", f"{self.url}/api/quickbooks/webhook", data=body, headers=headers)

    def repeat_notice_of_opportunity(self, webhook_url: str, id: str) -> None:
        """Salesforce tells us, once more, that this opportunity changed."""
        notice = NOTIFICATION.format(id="04l000000000001AAA", object="Opportunity", fields=f"<sf:Id>{id}</sf:Id>")
        org = self.salesforce.org.id
        envelope = ENVELOPE.format(
            org=org, action="04k000000000001AAA", url=self.salesforce.url, short_org=org[:15], notifications=notice
        )
        headers = {"content-type": "text/xml; charset=utf-8"}
        call("POST", webhook_url, data=envelope.encode(), headers=headers)

    def waiting(self) -> int:
        """Messages in the queues, those that are being handled included, and edits that are not over yet."""
        names = [f"ApproximateNumberOfMessages{which}" for which in ("", "NotVisible", "Delayed")]
        queues = [
            client(self.aws, "sqs").get_queue_attributes(QueueUrl=self.outputs[output], AttributeNames=names)
            for output in ("SettlingQueueUrl", "ChangesQueueUrl")
        ]
        return sum(int(count) for queue in queues for count in queue["Attributes"].values())

    def holdings(self) -> dict[str, tuple[int | None, int | None, int | None]]:
        """How many records of each kind there are in the workspace, in Salesforce and in QuickBooks."""

        def ours(kind: str) -> int:
            return sum(1 for _ in self.admin.all(kind))

        customers = self.in_quickbooks("Customer")
        jobs = [one for one in customers if one.get("ParentRef")]
        deals = self.in_salesforce("Opportunity", StageName="Closed Won")
        items = [item for item in self.in_quickbooks("Item") if item["Type"] == "Service"]
        return {
            "clients, accounts, customers": (
                ours("clients"),
                len(self.in_salesforce("Account")),
                len(customers) - len(jobs),
            ),
            "projects, opportunities won, jobs": (ours("projects"), len(deals), len(jobs)),
            "staff, employees": (ours("staff"), None, len(self.in_quickbooks("Employee"))),
            "labour codes, service items": (ours("labour-codes"), None, len(items)),
            "time entries, time activities": (ours("time-entries"), None, len(self.in_quickbooks("TimeActivity"))),
        }

    def calls(self) -> dict[str, int]:
        """API calls so far, by provider."""
        return {
            "Salesforce": self.salesforce.calls.total,
            "QuickBooks": self.quickbooks.calls.total,
        }

    def send_outbound_messages(self, webhook_url: str) -> None:
        """What the administrator of the org does with our package: tell us about changed records."""
        messages = [{"object": name, "url": webhook_url} for name in ("Account", "Opportunity")]
        call("PUT", f"{self.salesforce.url}/_sandbox/outbound-messages", json=messages)

    def send_webhooks(self) -> None:
        """What the operator does in Intuit's developer portal."""
        url = f"{self.url}/api/quickbooks/webhook"
        call("POST", f"{self.quickbooks.url}/_sandbox/webhooks", json={"url": url})


def call(method: str, url: str, **values: Any) -> Any:
    """What the sandbox answers. Raises RuntimeError with its words when it refuses."""
    answer = requests.request(method, url, timeout=TIMEOUT, **values)
    if not answer.ok:
        raise RuntimeError(f"{method} {url}: {answer.status_code} {answer.text[:300]}")
    is_json = answer.headers.get("content-type", "").startswith("application/json")
    return answer.json() if is_json and answer.content else None

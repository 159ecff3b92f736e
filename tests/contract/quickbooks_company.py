"""A plain HTTP caller of one company of the QuickBooks sandbox, without any client library."""

from typing import Any

import requests

from sandbox.quickbooks import QuickBooks

CONSULTING, TRAINING = "9341450000000000017", "9341450000000000025"


class Refusal(Exception):
    """The answer was not what a successful call gives."""

    def __init__(self, response: requests.Response) -> None:
        super().__init__(f"{response.status_code} {response.text[:500]}")
        self.response, self.status = response, response.status_code
        body = response.json()
        errors = body["Fault"]["Error"] if "Fault" in body else body["fault"]["error"]
        self.error = {name.lower(): value for name, value in errors[0].items()}
        self.code = str(self.error["code"])


class Company:
    def __init__(self, sandbox: QuickBooks, realm: str = CONSULTING) -> None:
        self.sandbox, self.realm = sandbox, realm
        self.base = f"{sandbox.url}/v3/company/{realm}"
        self.http = requests.Session()
        self.grant: dict[str, Any] = {}

    def connect(self) -> "Company":
        self.grant = self.control("POST", f"/companies/{self.realm}/connect")
        self.http.headers.update(
            {"Authorization": f"Bearer {self.grant['access_token']}", "Accept": "application/json"}
        )
        return self

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = requests.request(method, f"{self.sandbox.url}/_sandbox{path}", json=body, timeout=10)
        return answer.json() if answer.content else None

    def call(self, method: str, path: str, **options: Any) -> Any:
        answer = self.http.request(method, f"{self.base}/{path}", timeout=30, **options)
        if answer.status_code != 200 or "Fault" in answer.json():
            raise Refusal(answer)
        return answer.json()

    def post(self, entity: str, body: Any, **params: str) -> dict[str, Any]:
        return self.call("POST", entity.lower(), json=body, params=params)[entity]

    def read(self, entity: str, id: str) -> dict[str, Any]:
        return self.call("GET", f"{entity.lower()}/{id}")[entity]

    def query(self, text: str) -> dict[str, Any]:
        headers = {"Content-Type": "application/text"}
        return self.call("POST", "query", data=text.encode(), headers=headers)["QueryResponse"]

    def batch(self, *items: dict[str, Any], **params: str) -> list[dict[str, Any]]:
        return self.call("POST", "batch", json={"BatchItemRequest": list(items)}, params=params)["BatchItemResponse"]

    def changes(self, entities: str, since: str) -> list[dict[str, Any]]:
        answer = self.call("GET", "cdc", params={"entities": entities, "changedSince": since})
        return answer["CDCResponse"][0]["QueryResponse"]

    def person(self, entity: str, body: dict[str, Any], operation: str = "") -> Any:
        return self.control("POST", f"/companies/{self.realm}/{entity}?operation={operation}", body)

    def count(self, entity: str) -> int:
        return self.query("SELECT COUNT(*) FROM " + entity)["totalCount"]  # noqa: S608

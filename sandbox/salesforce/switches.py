"""What tests and people may do to the org under `/_sandbox/`, beside what every sandbox has."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.control import refusal
from sandbox.salesforce import seed
from sandbox.salesforce.errors import SalesforceError
from sandbox.salesforce.grants import Grants
from sandbox.salesforce.org import Org
from sandbox.salesforce.schema import all_objects, package_parts
from sandbox.salesforce.sharing import PERMISSIONS
from sandbox.salesforce.store import Row
from sandbox.salesforce.values import to_json


class Switches:
    def __init__(self, org: Org, grants: Grants) -> None:
        self.org, self.grants = org, grants

    def routes(self) -> list[Route]:
        return [
            Route("/settings", self.show_settings, methods=["GET"]),
            Route("/settings", self.change_settings, methods=["PATCH"]),
            Route("/token", self.token, methods=["POST"]),
            Route("/tokens/expire", self.expire, methods=["POST"]),
            Route("/tokens/revoke", self.revoke, methods=["POST"]),
            Route("/users/{id}", self.change_user, methods=["PATCH"]),
            Route("/fields", self.fields, methods=["POST"]),
            Route("/package", self.package, methods=["POST"]),
            Route("/refusals", self.add_refusal, methods=["POST"]),
            Route("/refusals", self.clear_refusals, methods=["DELETE"]),
            Route("/outbound-messages", self.define_messages, methods=["PUT"]),
            Route("/outbound-messages", self.show_messages, methods=["GET"]),
            Route("/outbound-messages/release", self.release_messages, methods=["POST"]),
            Route("/load", self.load, methods=["POST"]),
            Route("/records/{object}", self.find, methods=["GET"]),
            Route("/records/{object}", self.create, methods=["POST"]),
            Route("/records/{object}/{id}", self.update, methods=["PATCH"]),
            Route("/records/{object}/{id}", self.delete, methods=["DELETE"]),
            Route("/records/{object}/{id}/undelete", self.undelete, methods=["POST"]),
            Route("/records/{object}/{id}/merge", self.merge, methods=["POST"]),
            Route("/records/{object}/{id}/purge", self.purge, methods=["POST"]),
        ]

    async def show_settings(self, _: Request) -> Response:
        return JSONResponse(self._settings())

    def _settings(self) -> dict[str, Any]:
        return {name: getattr(self.org.settings, name) for name in self.org.settings.__dataclass_fields__}

    async def change_settings(self, request: Request) -> Response:
        """Any of the switches in `settings.py`, by name: rotating, api_enabled, daily_api_limit, time_factor ..."""
        try:
            self.org.settings.change(await request.json())
        except TypeError as error:
            return refusal(str(error))
        self._keep()
        return JSONResponse(self._settings())

    def _keep(self) -> None:
        self.org.save()
        self.org.show_schema()

    async def token(self, request: Request) -> Response:
        """An access token without the browser: `{"user": id}`, by default the integration user."""
        wish = await json_or_empty(request)
        session = self.grants.token_for(wish.get("user", self.org.admin))
        return JSONResponse({"access_token": session.token, "instance_url": self.org.instance_url})

    async def expire(self, _: Request) -> Response:
        """Ends every access token; refresh tokens stay good."""
        self.grants.expire_sessions()
        return Response(status_code=204)

    async def revoke(self, request: Request) -> Response:
        """Revokes all grants, or those of `{"user": id}`."""
        self.grants.revoke_all((await json_or_empty(request)).get("user", ""))
        return Response(status_code=204)

    async def change_user(self, request: Request) -> Response:
        """`{"active": false}` deactivates, `{"frozen": true}` freezes, `{"permissions": {"ApiEnabled": false}}`."""
        id, wish = request.path_params["id"], await request.json()
        if self.org.store.get("User", id) is None:
            return refusal("there is no such user", 404)
        if "active" in wish:
            now = self.org.clock.now().strftime("%Y-%m-%dT%H:%M:%S.000+0000")
            self.org.store.update("User", id, {"IsActive": int(wish["active"]), "SystemModstamp": now})
        for permission, granted in wish.get("permissions", {}).items():
            [row] = self.org.store.find(PERMISSIONS, {"CreatedById": id})
            self.org.store.update(PERMISSIONS, row["Id"], {f"Permissions{permission}": int(granted)})
        if "frozen" in wish:
            others = [each for each in self.org.settings.frozen_users if each != id]
            self.org.settings.frozen_users = [*others, id] if wish["frozen"] else others
        self._keep()
        return Response(status_code=204)

    async def fields(self, request: Request) -> Response:
        """`{"hide": ["Account.Phone"], "show": ["Case"]}`: field-level security and object permission."""
        wish = await request.json()
        known = set(all_objects()) | {f"{n}.{f}" for n, each in all_objects().items() for f in each.fields}
        if not known.issuperset([*wish.get("hide", []), *wish.get("show", [])]):
            return refusal("there is no such object or field")
        hidden = (set(self.org.settings.hidden) | set(wish.get("hide", []))) - set(wish.get("show", []))
        self.org.settings.hidden = sorted(hidden)
        self._keep()
        return JSONResponse({"hidden": self.org.settings.hidden})

    async def package(self, request: Request) -> Response:
        """`{"installed": false}` takes the package's objects and fields away. `{"version": "0.9.0", "without":
        ["TB_Invoice__c", "Opportunity.TB_Status__c"]}` is an older version, which did not have those parts yet."""
        wish, parts = await request.json(), package_parts()
        lacking = set(wish.get("without", [])) if wish.get("installed", True) else parts
        if not lacking <= parts:
            return refusal(f"not parts of the package: {', '.join(sorted(lacking - parts))}")
        self.org.settings.hidden = sorted(set(self.org.settings.hidden) - parts | lacking)
        [row] = self.org.store.find("TB_Package__mdt", {})
        version = wish.get("version", seed.PACKAGE_VERSION)
        self.org.store.update("TB_Package__mdt", row["Id"], {"Version__c": version})
        self._keep()
        return Response(status_code=204)

    async def add_refusal(self, request: Request) -> Response:
        """Makes writes fail: `{"object", "code", "message", "fields", "where", "id", "times", "status"}`."""
        order = await request.json()
        if not {"object", "code", "message"} <= order.keys() or order["object"] not in all_objects():
            return refusal("a refusal needs a known object, a code and a message")
        self.org.settings.refusals.append(order)
        self._keep()
        return Response(status_code=204)

    async def clear_refusals(self, _: Request) -> Response:
        self.org.settings.refusals.clear()
        self._keep()
        return Response(status_code=204)

    async def define_messages(self, request: Request) -> Response:
        """Replaces the outbound messages: a list of `{"object", "url", "fields", "skip_users"}`."""
        try:
            self.org.outbound.define(await request.json())
        except ValueError as error:
            return refusal(str(error))
        self._keep()
        return await self.show_messages(request)

    async def show_messages(self, _: Request) -> Response:
        shown = [{key: each[key] for key in ("object", "fields", "action")} for each in self.org.settings.outbound]
        return JSONResponse({"messages": shown, **self.org.outbound.status()})

    async def release_messages(self, _: Request) -> Response:
        self.org.outbound.release()
        return Response(status_code=204)

    async def load(self, request: Request) -> Response:
        """Records by object, put in without validation and without messages. Answers their ids."""
        try:
            return JSONResponse(seed.load(self.org.store, await request.json()), 201)
        except KeyError as error:
            return refusal(f"there is no object or field {error}")

    # a person at work

    async def find(self, request: Request) -> Response:
        """`?Name=x&StageName=y`: the records that equal all of it; `IsDeleted=true` for those in the bin."""
        self.org.commit_late()
        sobject = all_objects().get(request.path_params["object"])
        if sobject is None:
            return refusal("there is no such object", 404)
        where: Row = {"IsDeleted": 0, **dict(request.query_params)}
        for name, value in where.items():
            field = sobject.fields.get(name)
            if field is None or not field.stored:
                return refusal(f"{sobject.name} has no field {name}")
            where[name] = typed(value, field.type)
        rows = self.org.store.find(sobject.name, where)
        return JSONResponse([{n: to_json(sobject.fields[n], v) for n, v in row.items()} for row in rows])

    async def create(self, request: Request) -> Response:
        """`?after=5` commits five seconds later with a stamp of now."""
        return self._act("create", request, await request.json(), 201)

    async def update(self, request: Request) -> Response:
        return self._act("update", request, await request.json(), 200)

    async def delete(self, request: Request) -> Response:
        return self._act("delete", request, {}, 200)

    async def undelete(self, request: Request) -> Response:
        return self._act("undelete", request, {}, 200)

    async def merge(self, request: Request) -> Response:
        """`{"losers": [id, ...]}` are merged into this record, which keeps its own values."""
        return self._act("merge", request, await request.json(), 200)

    def _act(self, verb: str, request: Request, values: dict[str, Any], status: int) -> Response:
        after = request.query_params.get("after")
        name, id = request.path_params["object"], request.path_params.get("id", "")
        try:
            id = self.org.act(verb, name, values, id, None if after is None else float(after))
        except SalesforceError as error:
            return JSONResponse(error.body(), error.status)
        return JSONResponse({"id": id}, status)

    async def purge(self, request: Request) -> Response:
        """Empties the recycle bin of one record: nothing of it remains but its id in getDeleted."""
        name, id = request.path_params["object"], request.path_params["id"]
        row = self.org.store.get(name, id) if name in all_objects() else None
        if row is None or not row["IsDeleted"]:
            return refusal("there is no such record in the recycle bin", 404)
        self.org.store.purge(name, id, row["SystemModstamp"])
        return Response(status_code=204)


def typed(value: Any, kind: str) -> Any:
    if kind == "boolean":
        return int(str(value).lower() in ("true", "1"))
    if kind in ("double", "currency", "percent", "int"):
        return float(value)
    return value or None


async def json_or_empty(request: Request) -> dict[str, Any]:
    return dict(await request.json()) if await request.body() else {}

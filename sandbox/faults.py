"""Faults of a network and of a busy server, injected in front of a sandbox application."""

import asyncio
import json
import random
import re
from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

KINDS = ("drop_before", "drop_after_commit", "status", "status_after_commit", "slow", "truncate")
SEED = 20261121


@dataclass
class Rule:
    """One fault. `times` counts down; with `rate` (0 to 1) it strikes that share of the matching requests instead."""

    kind: str
    method: str = ""
    path: re.Pattern[str] = re.compile("")
    body: re.Pattern[str] | None = None
    times: int | None = 1
    rate: float | None = None
    status: int = 503
    answer: Any = ""
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 1.0
    fired: int = 0

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Rule":
        if data.get("kind") not in KINDS:
            raise ValueError(f"kind must be one of {', '.join(KINDS)}")
        match = data.get("match", {})
        rate = data.get("rate")
        return cls(
            kind=data["kind"],
            method=match.get("method", "").upper(),
            path=re.compile(match.get("path", "")),
            body=re.compile(match["body"]) if match.get("body") else None,
            times=data.get("times", None if rate is not None else 1),
            rate=rate,
            status=data.get("status", 503),
            answer=data.get("body", ""),
            headers=data.get("headers", {}),
            seconds=data.get("seconds", 1.0),
        )

    def to_json(self) -> dict[str, Any]:
        match = {"method": self.method, "path": self.path.pattern, "body": self.body.pattern if self.body else None}
        return {"kind": self.kind, "match": match, "times": self.times, "rate": self.rate, "fired": self.fired}

    def strikes(self, method: str, target: str, body: str, chance: random.Random) -> bool:
        if self.times == 0 or (self.method and self.method != method) or not self.path.search(target):
            return False
        if self.body and not self.body.search(body):
            return False
        return self.rate is None or chance.random() < self.rate


class Faults:
    """ASGI middleware that must be the outermost: it takes the connection itself from the server's `send`."""

    def __init__(self, app: ASGIApp, spared: Iterable[str] = ("/_sandbox",)) -> None:
        self.app = app
        self.spared = tuple(spared)
        self.rules: list[Rule] = []
        self._chance = random.Random(SEED)

    def add(self, data: dict[str, Any]) -> Rule:
        """Adds a rule in the JSON form of the control API."""
        rule = Rule.from_json(data)
        self.rules.append(rule)
        return rule

    def clear(self) -> None:
        self.rules.clear()
        self._chance.seed(SEED)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self.rules or scope["path"].startswith(self.spared):
            await self.app(scope, receive, send)
            return
        body = await read_body(receive)
        rule = self._struck(scope, body)
        if rule is None:
            await self.app(scope, replay(body, receive), send)
        else:
            await self._inflict(rule, scope, body, receive, send)

    def _struck(self, scope: Scope, body: bytes) -> Rule | None:
        target = scope["path"] + ("?" + scope["query_string"].decode("latin-1") if scope["query_string"] else "")
        text = body.decode("utf-8", "replace")
        for rule in self.rules:
            if rule.strikes(scope["method"], target, text, self._chance):
                rule.fired += 1
                rule.times = None if rule.times is None else rule.times - 1
                return rule
        return None

    async def _inflict(self, rule: Rule, scope: Scope, body: bytes, receive: Receive, send: Send) -> None:
        if rule.kind == "slow":
            await asyncio.sleep(rule.seconds)
            await self.app(scope, replay(body, receive), send)
        elif rule.kind == "drop_before":
            await hang_up(receive, send)
        elif rule.kind == "status":
            await answer(rule, send)
        else:
            messages = await self._run(scope, body, receive)
            if rule.kind == "drop_after_commit":
                await hang_up(receive, send)
            elif rule.kind == "status_after_commit":
                await answer(rule, send)
            else:
                await send_half(messages, receive, send)

    async def _run(self, scope: Scope, body: bytes, receive: Receive) -> list[Message]:
        """Runs the application to its end, so that what it does is committed, and keeps its answer back."""
        messages: list[Message] = []

        async def keep(message: MutableMapping[str, Any]) -> None:
            messages.append(message)

        await self.app(scope, replay(body, receive), keep)
        return messages


async def read_body(receive: Receive) -> bytes:
    chunks = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)


def replay(body: bytes, receive: Receive) -> Receive:
    """A `receive` that hands out a body which has already been read."""
    pending = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return pending.pop() if pending else await receive()

    return again


async def hang_up(receive: Receive, send: Send, flush: bool = False) -> None:
    """Closes the connection; waits until the server has noticed, so that it neither answers nor complains."""
    transport = send.__self__.transport  # type: ignore[attr-defined]
    if flush:
        transport.close()
    else:
        transport.abort()
    while (await receive())["type"] != "http.disconnect":
        pass


async def answer(rule: Rule, send: Send) -> None:
    text = rule.answer if isinstance(rule.answer, str) else json.dumps(rule.answer)
    kind = "text/html" if isinstance(rule.answer, str) else "application/json"
    headers = {"content-type": kind, **{k.lower(): v for k, v in rule.headers.items()}}
    raw = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()]
    body = text.encode()
    raw.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": rule.status, "headers": raw})
    await send({"type": "http.response.body", "body": body})


async def send_half(messages: list[Message], receive: Receive, send: Send) -> None:
    body = b"".join(m.get("body", b"") for m in messages if m["type"] == "http.response.body")
    await send(messages[0])
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    await hang_up(receive, send, flush=True)

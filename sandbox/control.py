"""The control API under `/_sandbox/`: what a test or a person may do to a sandbox server, and see of it."""

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import Receive, Scope, Send

from sandbox.clock import Clock
from sandbox.faults import Faults


class Calls:
    """How often each route was called, under its template: `GET /services/data/{version}/query`."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def add(self, route: str) -> None:
        self._counts[route] += 1

    @property
    def total(self) -> int:
        return self._counts.total()

    def by_route(self) -> dict[str, int]:
        return dict(sorted(self._counts.items()))

    def clear(self) -> None:
        self._counts.clear()


class CountedRoute(Route):
    """A route of the provider's own API. It counts itself in `app.state.calls`."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"].state.calls.add(f"{scope['method']} {self.path}")
        await super().handle(scope, receive, send)


class Control:
    """Routes shared by all providers; `extra_routes` are the provider's own, relative to `/_sandbox`."""

    def __init__(
        self,
        clock: Clock,
        faults: Faults,
        calls: Calls,
        reset: Callable[[], None],
        extra_routes: Iterable[Route] = (),
    ) -> None:
        self.clock, self.faults, self.calls, self._reset = clock, faults, calls, reset
        self.extra_routes = list(extra_routes)

    def mount(self) -> Mount:
        routes = [
            Route("/calls", self.show_calls, methods=["GET"]),
            Route("/calls", self.clear_calls, methods=["DELETE"]),
            Route("/reset", self.reset, methods=["POST"]),
            Route("/clock", self.show_clock, methods=["GET"]),
            Route("/clock", self.move_clock, methods=["POST"]),
            Route("/faults", self.show_faults, methods=["GET"]),
            Route("/faults", self.add_fault, methods=["POST"]),
            Route("/faults", self.clear_faults, methods=["DELETE"]),
        ]
        return Mount("/_sandbox", routes=[*routes, *self.extra_routes])

    async def show_calls(self, _: Request) -> Response:
        return JSONResponse({"total": self.calls.total, "routes": self.calls.by_route()})

    async def clear_calls(self, _: Request) -> Response:
        self.calls.clear()
        return Response(status_code=204)

    async def reset(self, _: Request) -> Response:
        """Back to the seed: records, tokens, settings, clock, faults and counts."""
        self._reset()
        return Response(status_code=204)

    async def show_clock(self, _: Request) -> Response:
        return JSONResponse({"now": self.clock.now().isoformat()})

    async def move_clock(self, request: Request) -> Response:
        """`{"advance": seconds}`, `{"now": "2026-11-21T09:00:00Z"}` and `{"freeze": true}` may be combined."""
        wish = await request.json()
        try:
            move_clock(self.clock, wish)
        except (ValueError, TypeError) as error:
            return refusal(str(error))
        return await self.show_clock(request)

    async def show_faults(self, _: Request) -> Response:
        return JSONResponse([rule.to_json() for rule in self.faults.rules])

    async def add_fault(self, request: Request) -> Response:
        try:
            rule = self.faults.add(await request.json())
        except (ValueError, TypeError) as error:
            return refusal(str(error))
        return JSONResponse(rule.to_json(), 201)

    async def clear_faults(self, _: Request) -> Response:
        self.faults.clear()
        return Response(status_code=204)


def move_clock(clock: Clock, wish: dict[str, Any]) -> None:
    if "now" in wish:
        clock.set(datetime.fromisoformat(wish["now"]))
    if "freeze" in wish:
        clock.freeze(bool(wish["freeze"]))
    if "advance" in wish:
        clock.advance(float(wish["advance"]))


def refusal(sentence: str, status: int = 400) -> JSONResponse:
    """What the control API answers to a wish it cannot grant."""
    return JSONResponse({"error": sentence}, status)

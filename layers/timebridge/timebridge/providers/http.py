"""The one HTTP session of a provider: time-outs, retries, counting. Client libraries run on it."""

import random
import time
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from timebridge import patience
from timebridge.errors import Transient

USER_AGENT = "timebridge"
TIMEOUT = (5.0, 60.0)
"""Seconds to connect, and between two bytes of an answer."""

AGAIN = "Try again in a moment."

RETRIED = frozenset({408, 420, 425, 429, 502, 503, 504})
REFUSED_UNREAD = frozenset({425, 429})
"""Answers that say the request was not even looked at: repeating it is safe whatever it was."""

READING = frozenset({"GET", "HEAD", "OPTIONS"})
LONGEST_WAIT = 10.0
"""Seconds. A provider that asks for more patience gets its request back from the queue, not from a sleeping worker."""


class TimedOut(Transient):
    """The far side took the request and did not answer in time: perhaps it was too much at once."""


class NoAuth(AuthBase):
    """Keeps requests from sending a password it finds in ~/.netrc."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class PlainAdapter(HTTPAdapter):
    """Sends over http what a client library insists on calling https: for a sandbox on this machine."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        assert request.url is not None
        secure = request.url
        request.url = secure.replace("https://", "http://", 1)
        try:
            return super().send(request, *args, **kwargs)
        finally:
            request.url = secure


def _by_method(method: str, _path: str) -> str:
    return method


def _never(_method: str, _url: str) -> bool:
    return False


class Session(requests.Session):
    """`requests.Session` that is patient where it may be.

    `provider`: its name for people. `check` sees every final answer and may raise a SyncError. `kind` names the kind of
    a call for counting, from method and path. `keyed(method, url)`: the far side knows this request when it comes
    again. `repeats_timeouts`: false where the caller would rather ask for less (TimedOut tells it). Besides requests'
    own arguments, `request` takes `repeatable`: it may be sent again after a lost answer.
    """

    def __init__(
        self,
        provider: str,
        *,
        check: Callable[[requests.Response], None] | None = None,
        kind: Callable[[str, str], str] = _by_method,
        keyed: Callable[[str, str], bool] = _never,
        attempts: int = 3,
        repeats_timeouts: bool = True,
        timeout: tuple[float, float] = TIMEOUT,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__()
        self.provider = provider
        self.check = check
        self.kind = kind
        self.keyed = keyed
        self.attempts = attempts
        self.repeats_timeouts = repeats_timeouts
        self.timeout = timeout
        self.sleep = sleep
        self.calls: Counter[str] = Counter()
        self.auth = NoAuth()
        self.headers["User-Agent"] = USER_AGENT

    def allow_plain(self, base_url: str) -> None:
        """Let a sandbox on this machine be spoken to over http by libraries that hard-code https."""
        parts = urlsplit(base_url)
        if parts.scheme == "http":
            self.mount(f"https://{parts.netloc}", PlainAdapter())

    def request(  # type: ignore[override]
        self, method: str, url: str, *args: Any, repeatable: bool | None = None, **kwargs: Any
    ) -> requests.Response:
        """Raises Transient when no answer came; `check` raises the rest."""
        timeout = kwargs.pop("timeout", None) or self.timeout
        if repeatable is None:
            repeatable = method.upper() in READING or self.keyed(method.upper(), url)

        def send() -> requests.Response:
            return super(Session, self).request(method, url, *args, **kwargs | {"timeout": self._shortened(timeout)})

        response = self._patiently(send, repeatable)
        if self.check is not None:
            self.check(response)
        return response

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        self.calls[self.kind(request.method or "", urlsplit(request.url or "").path)] += 1
        return super().send(request, **kwargs)

    def _shortened(self, timeout: float | tuple[float, float]) -> tuple[float, float]:
        """Raises Transient when whoever waits has no time left."""
        connect, read = timeout if isinstance(timeout, tuple) else (timeout, timeout)
        most = patience.for_answer()
        if not most:
            raise Transient(f"{self.provider} takes too long to answer.", remedy=AGAIN)
        return min(connect, most), min(read, most)

    def _patiently(self, send: Callable[[], requests.Response], repeatable: bool) -> requests.Response:
        for attempt in range(1, self.attempts + 1):
            last = attempt == self.attempts
            try:
                response = send()
            except requests.ConnectTimeout as error:
                if last or patience.is_awaited():
                    raise self._unreachable(error) from error
                wait = self._pause(attempt)
            except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
                once = patience.is_awaited() or not self.repeats_timeouts
                if last or not repeatable or (is_timeout(error) and once):
                    raise self._unreachable(error) from error
                wait = self._pause(attempt)
            else:
                wanted = retry_after(response)
                may_repeat = response.status_code in (RETRIED if repeatable else REFUSED_UNREAD)
                if last or not may_repeat or (wanted or 0) > min(LONGEST_WAIT, patience.for_answer()):
                    return response
                wait = self._pause(attempt) if wanted is None else wanted
            self.sleep(wait)
        raise AssertionError("unreachable: the last attempt returns or raises")

    @staticmethod
    def _pause(attempt: int) -> float:
        """Full jitter over half a second, doubled each time."""
        return random.uniform(0, 0.5 * 2 ** (attempt - 1))

    def _unreachable(self, error: Exception) -> Transient:
        kind = TimedOut if is_timeout(error) else Transient
        return kind(
            f"{self.provider} did not answer.",
            remedy=AGAIN if patience.is_awaited() else "Nothing to do: it is tried again.",
            detail=type(error).__name__,
        )


def is_timeout(error: BaseException) -> bool:
    """Also one in the middle of the answer, which requests calls a broken connection."""
    inner = error.args[0] if error.args and isinstance(error.args[0], BaseException) else None
    return isinstance(error, requests.ReadTimeout) or "timed out" in str(inner or "").lower()


def retry_after(response: requests.Response) -> float | None:
    """Seconds the far side asks us to wait; None if it does not say so in seconds."""
    value = response.headers.get("Retry-After", "")
    return float(value) if value.replace(".", "", 1).isdigit() else None

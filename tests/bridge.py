"""The HTTP API on this machine: requests of real clients go to the doors as events, in this process."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from urllib.parse import parse_qsl, urlsplit

from tests.admin import Person, send
from tests.stage import Stage, http

TOKEN = "an-id-token"
WEBHOOK = "POST /api/salesforce/webhook/{connection}/{secret}"


@contextmanager
def bridged(stage: Stage, person: Person) -> Iterator[str]:
    """The address. Whoever sends TOKEN as bearer token is `person`; others are nobody."""
    one_at_a_time = Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts, body = urlsplit(self.path), self.rfile.read(int(self.headers.get("content-length", 0)))
            with one_at_a_time:
                answer = self.webhook(parts.path, body) if parts.path.startswith("/api/") else None
                status, kind, said = answer or self.api(parts.path, dict(parse_qsl(parts.query)), body)
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_POST = do_PATCH = do_GET

        def webhook(self, path: str, body: bytes) -> tuple[int, str, bytes]:
            *_, connection, secret = path.split("/")
            headers = {"content-type": self.headers.get("content-type", "")}
            event = http(WEBHOOK, {"connection": connection, "secret": secret}, body=body, headers=headers)
            answer = stage.call("salesforce_webhook", event)
            return answer["statusCode"], answer["headers"]["content-type"], answer["body"].encode()

        def api(self, path: str, query: dict[str, str], body: bytes) -> tuple[int, str, bytes]:
            who = person if self.headers.get("authorization") == f"Bearer {TOKEN}" else Person(roles=(), tenant=None)
            event = who.event(self.command, path, query=query, raw=body.decode() or None)
            answer = send(event)
            return answer.status, answer.headers["Content-Type"], answer.content

        def log_message(self, format: str, *args: object) -> None:
            """Tests are quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

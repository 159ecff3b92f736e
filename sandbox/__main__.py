"""`python -m sandbox`: both servers on loopback, and one line of JSON when they are ready."""

import argparse
import json
import signal
import threading
from pathlib import Path

from sandbox.quickbooks import QuickBooks
from sandbox.salesforce import Salesforce


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sandbox", description=__doc__)
    parser.add_argument("--salesforce-port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--quickbooks-port", type=int, default=0, help="0 takes a free one")
    parser.add_argument(
        "--data",
        default="demo",
        help="demo, empty, or a folder with salesforce.json and quickbooks.json: records by object",
    )
    parser.add_argument("--state-dir", type=Path, help="keeps records and tokens across restarts")
    parser.add_argument("--redirect-uri", action="append", default=[], help="registers an OAuth callback; repeatable")
    parser.add_argument("--quickbooks-webhook-url", help="where QuickBooks sends its notices")
    return parser.parse_args()


def data_of(wish: str, provider: str) -> str:
    """What one server is to hold: a folder has a file for each, and a server without a file starts empty."""
    if wish in ("demo", "empty"):
        return wish
    file = Path(wish) / f"{provider}.json"
    return str(file) if file.exists() else "empty"


def main() -> None:
    wish = arguments()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    salesforce = Salesforce(
        data=data_of(wish.data, "salesforce"), state_dir=wish.state_dir, redirect_uris=wish.redirect_uri
    )
    quickbooks = QuickBooks(
        data=data_of(wish.data, "quickbooks"),
        state_dir=wish.state_dir,
        redirect_uris=wish.redirect_uri,
        webhook_url=wish.quickbooks_webhook_url,
    )
    salesforce.start(port=wish.salesforce_port)
    quickbooks.start(port=wish.quickbooks_port)
    print(json.dumps({"salesforce": salesforce.facts(), "quickbooks": quickbooks.facts()}), flush=True)
    stop.wait()
    quickbooks.stop()
    salesforce.stop()


if __name__ == "__main__":
    main()

"""`python -m sandbox.aws`: the local AWS, and with --deploy the stack in it; one line of JSON when it is ready."""

import argparse
import json
import signal
import threading
from pathlib import Path

from sandbox.aws import LocalAws, deploy


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="sandbox.aws", description=__doc__)
    parser.add_argument("--state-dir", type=Path, default=Path(".local/aws"))
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--auth", action="store_true", help="enforce the policies of the function roles")
    parser.add_argument("--persist", action="store_true", help="keep everything for the next start")
    parser.add_argument("--deploy", action="store_true", help="build and deploy template.yaml")
    parser.add_argument("--parameter", action="append", default=[], metavar="NAME=VALUE", help="of the template")
    return parser.parse_args()


def main() -> None:
    wish = arguments()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with LocalAws(wish.state_dir, wish.port, wish.auth, persist=wish.persist) as aws:
        parameters = dict(each.split("=", 1) for each in wish.parameter)
        outputs = deploy(aws, parameters=parameters) if wish.deploy else {}
        print(json.dumps({"environment": aws.environment(), "outputs": outputs}), flush=True)
        stop.wait()


if __name__ == "__main__":
    main()

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import requests

PROJECT = Path(__file__).resolve().parents[2]
LAUNCHER = Path(__file__).with_name("launcher.py")
REGION = "eu-central-1"
START_TIMEOUT = 30.0
STOP_TIMEOUT = 15.0


class LocalAws:
    """An emulated AWS on a loopback port, with its state under `state_dir`.

    `auth` enforces the IAM policies of the function roles. `persist` keeps tables, queues, users and stacks for the
    next start with the same `state_dir`; they are written when it stops. `wait_scale` shortens what state machines
    wait (0 skips waits and pauses between retries).
    """

    def __init__(
        self, state_dir: Path, port: int = 0, auth: bool = False, *, persist: bool = False, wait_scale: float = 1.0
    ) -> None:
        self.state_dir = Path(state_dir).resolve()
        self.port = port or free_port()
        self.auth = auth
        self.persist = persist
        self.wait_scale = wait_scale
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None

    @property
    def endpoint_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log_file(self) -> Path:
        return self.state_dir / "emulator.log"

    def environment(self) -> dict[str, str]:
        """What AWS clients (boto3, sam, the functions' own code) need to talk to this emulator and to nothing else."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def api_url(self, api_id: str) -> str:
        """Base URL of a deployed HTTP API. The host form of AWS does not resolve everywhere on a loopback address."""
        return f"{self.endpoint_url}/_aws/execute-api/{api_id}/$default"

    def start(self) -> Self:
        shutil.rmtree(self.scratch_dir, ignore_errors=True)
        self.scratch_dir.mkdir(parents=True)
        self._log = self.log_file.open("ab")
        self._process = subprocess.Popen(  # noqa: S603 - both paths are our own
            [venv_python(".emulator"), str(LAUNCHER)],
            env=self._emulator_environment(),
            stdout=self._log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            self._wait_until_ready()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.terminate()
            try:
                process.wait(STOP_TIMEOUT)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            end_group(process.pid)
        if self._log is not None:
            self._log.close()
            self._log = None
        shutil.rmtree(self.scratch_dir, ignore_errors=True)

    def reset(self) -> None:
        """Forget everything, deployed stacks included."""
        requests.post(f"{self.endpoint_url}/_ministack/reset", timeout=30).raise_for_status()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def scratch_dir(self) -> Path:
        """Unpacked code of functions and layers; of no use to the next start."""
        return self.state_dir / "scratch"

    def _emulator_environment(self) -> dict[str, str]:
        host = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return host | {
            "GATEWAY_PORT": str(self.port),
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AUTH": "true" if self.auth else "false",
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "SFN_WAIT_SCALE": str(self.wait_scale),
            "LAMBDA_PYTHON": venv_python(".lambda-runtime"),
            "TMPDIR": str(self.scratch_dir),
            "PERSIST_STATE": "1" if self.persist else "0",
            "STATE_DIR": str(self.state_dir / "state"),
            "S3_PERSIST": "1" if self.persist else "0",
            "S3_DATA_DIR": str(self.state_dir / "s3"),
        }

    def _wait_until_ready(self) -> None:
        wait_for(self._is_ready, START_TIMEOUT, f"The emulator did not start; see {self.log_file}")

    def _is_ready(self) -> bool:
        if self._process is None or self._process.poll() is not None:
            raise RuntimeError(f"The emulator ended at start: {tail(self.log_file)}")
        try:
            return requests.get(f"{self.endpoint_url}/_ministack/ready", timeout=2).ok
        except requests.ConnectionError:
            return False


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def venv_python(folder: str) -> str:
    python = PROJECT / folder / "bin" / "python"
    if not python.exists():
        raise FileNotFoundError(f"{folder} is missing: `make {folder}` creates it.")
    return str(python)


def end_group(leader: int) -> None:
    """Functions run in the emulator's process group; one that hangs must not outlive it."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


def wait_for(condition: Callable[[], bool], timeout: float, failure: str, pause: float = 0.05) -> None:
    deadline = time.monotonic() + timeout
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(failure)
        time.sleep(pause)


def tail(file: Path, lines: int = 15) -> str:
    return "\n".join(file.read_text(errors="replace").splitlines()[-lines:])

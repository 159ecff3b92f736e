"""How long the pages of the console take, on the demo's data, on the local AWS."""

import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.report import Part, middle, p95, say
from sandbox.demo.stage import ADMIN, TENANT
from tests.browser.firm import firm, prepared
from tests.browser.people import Somebody, chromium, sign_in

SAMPLES, WARM_UP = 20, 3
GOAL = 300
"""Milliseconds until a page is there."""


def measured() -> Part:
    part = Part(f"Pages of the console on the local AWS, {SAMPLES} samples each")
    with TemporaryDirectory() as folder, firm(Path(folder), say) as found, chromium() as browser:
        paths = prepared(found)
        somebody = sign_in(browser.new_context(), found.stage, ADMIN, TENANT)
        for name, path in paths.items():
            taken = sampled(somebody, path(found))
            part.add(f"{name}, p95", p95(taken), "ms", GOAL, per=f"p50 {middle(taken):.0f} ms")
    return part


def sampled(somebody: Somebody, path: str) -> list[float]:
    """Milliseconds from asking until the last byte of a page; its parts and files are not asked for."""
    taken = []
    for _ in range(WARM_UP + SAMPLES):
        began = time.perf_counter()
        answer = somebody.page.request.get(f"{somebody.base}/{path}".rstrip("/"))
        answer.body()
        taken.append((time.perf_counter() - began) * 1000)
        answer.dispose()
    return taken[WARM_UP:]

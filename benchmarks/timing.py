"""Seconds and memory, of this process or of a fresh one."""

import gc
import re
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Spent:
    cpu: float
    wall: float
    peak: float = 0.0
    """Megabytes of memory that the process held at most."""


def timed(work: Callable[[], object]) -> Spent:
    gc.collect()
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return Spent(time.process_time() - cpu, time.perf_counter() - wall)


def in_fresh_process[**P](work: Callable[P, Spent], *args: P.args, **kwargs: P.kwargs) -> Spent:
    """So that neither the garbage nor the peak of one measurement shows in the next."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *args, **kwargs).result()


def peak_memory() -> float:
    """Of this process alone: what the kernel tells through getrusage would include the parent's before the exec."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024  # type: ignore[index]

"""Measures, and how they are shown."""

import json
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from rich.console import Console
from rich.table import Table

console = Console(highlight=False)
console.width = max(console.width, 120)


@dataclass(frozen=True, slots=True)
class Measure:
    """One number. `goal`: at most this. `per`: a ratio or rate that says the same in other words."""

    what: str
    value: float
    unit: str
    goal: float | None = None
    per: str = ""

    @property
    def met(self) -> bool | None:
        return None if self.goal is None else self.value <= self.goal

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"met": self.met}


@dataclass(slots=True)
class Part:
    """One table of measures."""

    title: str
    measures: list[Measure] = field(default_factory=list)

    def add(self, what: str, value: float, unit: str, goal: float | None = None, per: str = "") -> None:
        self.measures.append(Measure(what, value, unit, goal, per))

    def show(self) -> None:
        table = Table("", "measured", "goal", "that is", title=self.title, title_justify="left")
        for each in self.measures:
            colour = {None: "", True: "[green]", False: "[red]"}[each.met]
            goal = "" if each.goal is None else f"≤ {written(each.goal)}"
            unit = each.unit.removesuffix("s") if each.value == 1 else each.unit
            table.add_row(each.what, f"{colour}{written(each.value)} {unit}", goal, each.per)
        console.print(table)


def written(value: float) -> str:
    if value == int(value):
        return f"{int(value):,}"
    places = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    return f"{value:,.{places}f}"


def say(text: str) -> None:
    console.print(f"• {text}")


def middle(values: Sequence[float]) -> float:
    return float(median(values))


def p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1]


def machine() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "architecture": platform.machine(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
    }


def save(path: Path, parts: dict[str, Part]) -> None:
    found = {name: [measure.to_json() for measure in part.measures] for name, part in parts.items()}
    path.write_text(json.dumps({"machine": machine(), **found}, indent=2) + "\n", encoding="utf-8")

"""`python -m benchmarks [PART …] [--json FILE]`: all of them when none is named."""

import argparse
from importlib import import_module
from pathlib import Path

from benchmarks.report import Part, console, machine, save

PARTS = ("imports", "calls", "reads", "throughput", "posting", "latency", "pages")


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("part", nargs="*", metavar="PART", help=f"one of {', '.join(PARTS)}; all if none is named")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there as well")
    wish = parser.parse_args()
    unknown = set(wish.part) - set(PARTS)
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    console.print(", ".join(f"{name} {value}" for name, value in machine().items()))
    done: dict[str, Part] = {}
    for name in wish.part or PARTS:
        done[name] = import_module(f"benchmarks.{name}").measured()
        done[name].show()
        if wish.json:
            save(wish.json, done)


if __name__ == "__main__":
    main()

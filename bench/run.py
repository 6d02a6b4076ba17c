"""Every benchmark, or those of some topics, in one table.

usage: bench/run.py [--rounds N] [TOPIC...]

Seconds are CPU time, the median of the rounds; the ratio is to what stands beside it. README.md
says what each row means. Seconds depend on the machine, ratios hardly do.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # not this folder: its modules are named like others

from bench import table  # noqa: E402

# In the order in which they are printed.
TOPICS = (
    "large",  # first: a process counts as its own the memory that this one has when it starts it
    "startup",
    "hooks",
    "seeds",
    "live",
    "in_place",
    "overrides",
    "encrypted",
    "driver",
    "batch",
    "past",
    "journal",
    "page",
)


def there(topic: str) -> bool:
    return (ROOT / "bench" / f"{topic}.py").is_file()


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("at least 1")
    return number


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    known = [topic for topic in TOPICS if there(topic)]
    parser.add_argument("topics", nargs="*", metavar="TOPIC", help=f"of {', '.join(known)} (all)")
    parser.add_argument("--rounds", type=positive, default=table.ROUNDS, help="of each (5)")
    options = parser.parse_args()
    unknown = sorted(set(options.topics) - set(known))
    if unknown:
        parser.error(f"no such topic: {', '.join(unknown)} (there are {', '.join(known)})")
    start, load = time.monotonic(), os.getloadavg()[0]
    print(
        f"Python {sys.version.split()[0]}, {os.cpu_count()} cores, load {load:.1f} before", end=""
    )
    print(f"; CPU time, the median of {options.rounds}\n\n{table.line(table.HEAD)}", flush=True)
    shown = []
    for topic in options.topics or known:
        print(f"\n{topic}", flush=True)
        shown += table.show(importlib.import_module(f"bench.{topic}").rows(options.rounds))
    missed = sum(row.met is False for row in shown)
    seconds = time.monotonic() - start
    print(f"\n{len(shown)} rows, {missed} beyond the goal, {seconds:.0f} s, load ", end="")
    print(f"{os.getloadavg()[0]:.1f} after")
    return 0


if __name__ == "__main__":
    sys.exit(main())

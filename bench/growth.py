"""Shapes whose merge, or whose patch, costs more than five times as much for four times the size.

usage: bench/growth.py [--seconds N] [--all] [SHAPE...]

Every shape of bench/large.py, and some more, is merged in this process at 0.25 and 1 MB, five ways:
both sides edit neighbours; one side adds a thousand entries while the other edits one; one side
deletes a thousand; one side reorders; each side edits a thousand entries that are far from each
other. The thousand are a quarter of that in the small file. Random choices are from one seed.
Prints CPU seconds at both sizes where the cost grows too fast, or takes longer than --seconds (20).
"""

from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # not this folder: its modules are named like others

from bench.large import SHAPES, edited  # noqa: E402
from seedgit.errors import InvalidDocument  # noqa: E402
from seedgit.formats.merge import merge_texts  # noqa: E402
from seedgit.formats.registry import format_of  # noqa: E402
from seedgit.merge.version import NotMergeable  # noqa: E402

SMALL, LARGE, MOST = 250_000, 1_000_000, 5.0
LITTLE = 0.3  # seconds: what takes less may grow as it likes
SEED = 16
MORE = {
    "comments.yaml": ("# about {0}\n\n# and\nkey_{0}: {1} # why {0}\n", "", ""),
    "deep.yaml": (
        "k{0}:\n  a:\n    a:\n      a:\n        a:\n          a:\n            a: {0}\n",
        "",
        "",
    ),
    "long lines.yaml": ("key_{0}: " + "word " * 400 + "{0}\n", "", ""),
    "block texts.yaml": ("key_{0}: |\n  line {0}\n  line {1}\n", "", ""),
    "long lines.json": ('"key_{0}": "' + "word " * 400 + '{0}",\n', "{\n", '"z": 0\n}\n'),
    "nested tables.toml": ("[a.b.x{0}]\nc = {0}\n[a.b.x{0}.d]\ne = {1}\n", "", ""),
    "dotted keys.toml": ("a.x{0}.b = {0}\n", "", ""),
    "comments.toml": ("# about {0}\nkey_{0} = {1} # why {0}\n", "", ""),
}
WAYS = ("neighbours", "adds", "deletes", "reorders", "scattered")


def versions(shape: str, size: int, way: str) -> tuple[bytes, bytes, bytes]:
    """Base, ours and theirs of about this size."""
    entry, head, foot = {**SHAPES, **MORE}[shape]
    random = Random(SEED)
    count = size // len(entry.format(100_000, 7)) + 1
    many = min(1_000 * size // LARGE, count // 4)
    parts = [entry.format(n, n % 7 + 1) for n in range(count)]
    ours, theirs = list(parts), list(parts)
    middle = count // 2
    ours[middle] = edited(ours[middle])
    if way == "neighbours":
        theirs[middle + 1] = edited(theirs[middle + 1])
    elif way == "adds":
        places = sorted(random.sample(range(count), many), reverse=True)
        for n, place in enumerate(places):
            theirs.insert(place, entry.format(count + n, n % 7 + 1))
    elif way == "deletes":
        gone = {*random.sample(range(count), many)} - {middle}
        theirs = [part for n, part in enumerate(parts) if n not in gone]
    elif way == "reorders":
        random.shuffle(theirs)
    else:
        places = random.sample(range(count), 2 * many)
        for side, some in ((ours, places[:many]), (theirs, places[many:])):
            for place in some:
                side[place] = edited(side[place])
    base, left, right = ("".join([head, *side, foot]).encode() for side in (parts, ours, theirs))
    return base, left, right


class TooLong(BaseException):
    """The limit of one merge has passed."""


def _ends(*_: object) -> None:
    raise TooLong


def cost(shape: str, size: int, way: str, most: float) -> float:
    """CPU seconds of one merge, at most so many; 0 for what is left to git."""
    format = format_of(shape)
    assert format is not None
    some = versions(shape, size, way)
    signal.signal(signal.SIGVTALRM, _ends)
    signal.setitimer(signal.ITIMER_VIRTUAL, most, 0.5)
    start = time.process_time()
    try:
        merge_texts(format, shape, some)
    except (NotMergeable, InvalidDocument):
        return 0.0
    except TooLong:
        return most
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return time.process_time() - start


def found(shapes: list[str], most: float, every: bool) -> Iterator[str]:
    for shape in shapes:
        for way in WAYS:
            small, large = (cost(shape, size, way, most) for size in (SMALL, LARGE))
            grows = large >= LITTLE and large > MOST * small
            if every or grows or large >= most:
                ratio = large / small if small else 0.0
                yield f"{shape:30} {way:11} {small:7.2f} {large:7.2f} s {ratio:6.1f} x"


def main(write: Callable[[str], object] = print) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("shapes", nargs="*", metavar="SHAPE")
    parser.add_argument("--seconds", type=float, default=20.0, help="at most, of one merge (20)")
    parser.add_argument("--all", action="store_true", help="print what grows slowly too")
    options = parser.parse_args()
    for line in found(options.shapes or [*SHAPES, *MORE], options.seconds, options.all):
        write(line)
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())

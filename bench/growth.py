"""Shapes whose merge, or whose patch, costs more than five times as much for four times the size.

usage: bench/growth.py [--seconds N] [--all] [--ways WAY,...] [SHAPE...]

Every shape of bench/shapes.py is merged in this process at 0.25 and 1 MB, in each way that it has:
one side or both edit, add, delete, reorder or replace entries, a thousand of them, or all. The
thousand are a quarter of that in the small file. As in the driver, no garbage is looked for.
Prints CPU seconds at both sizes where the cost grows too fast, or takes longer than --seconds (20).
"""

from __future__ import annotations

import argparse
import gc
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)  # not this folder: its modules are named like others

from bench.shapes import MORE, SHAPES, WAYS, sides  # noqa: E402
from seedgit.errors import InvalidDocument  # noqa: E402
from seedgit.formats.merge import merge_texts  # noqa: E402
from seedgit.formats.registry import format_of  # noqa: E402
from seedgit.merge.version import NotMergeable  # noqa: E402

SMALL, LARGE, MOST = 250_000, 1_000_000, 5.0
LITTLE = 0.3  # seconds: what takes less may grow as it likes


def versions(shape: str, size: int, way: str) -> tuple[bytes, bytes, bytes]:
    """Base, ours and theirs of about this size."""
    count = size // len({**SHAPES, **MORE}[shape][0].format(100_000, 7)) + 1
    return sides(shape, count, min(1_000 * size // LARGE, count // 4), way)


class TooLong(BaseException):
    """The limit of one merge has passed."""


def _ends(*_: object) -> None:
    raise TooLong


def cost(shape: str, size: int, way: str, most: float) -> float:
    """CPU seconds of one merge, at most so many; 0 for what is left to git."""
    format = format_of(shape)
    assert format is not None
    some = versions(shape, size, way)
    gc.collect()
    gc.disable()
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
        gc.enable()
    return time.process_time() - start


def found(shapes: list[str], ways: list[str], most: float, every: bool) -> Iterator[str]:
    for shape in shapes:
        for way in ways:
            small, large = (cost(shape, size, way, most) for size in (SMALL, LARGE))
            grows = large >= LITTLE and large > MOST * small
            if every or grows or large >= most:
                ratio = large / small if small else 0.0
                yield f"{shape:30} {way:21} {small:7.2f} {large:7.2f} s {ratio:6.1f} x"


def main(write: Callable[[str], object] = print) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("shapes", nargs="*", metavar="SHAPE")
    parser.add_argument("--seconds", type=float, default=20.0, help="at most, of one merge (20)")
    parser.add_argument("--ways", default=",".join(WAYS), help="all of them, if not given")
    parser.add_argument("--all", action="store_true", help="print what grows slowly too")
    options = parser.parse_args()
    shapes, ways = options.shapes or [*SHAPES, *MORE], options.ways.split(",")
    for line in found(shapes, ways, options.seconds, options.all):
        write(line)
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())

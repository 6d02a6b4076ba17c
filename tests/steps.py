"""How much work a call is: the lines of seedgit that Python runs for it. Other than the time, that
is the same on every machine."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType

PACKAGE = str(Path(__file__).parent.parent / "seedgit")
MOST = 5  # times as many lines for four times the size
MOST_OF_ONE = 10  # of one function, which may have had an early end in the smaller one
Tracer = Callable[[FrameType, str, object], object]
LITTLE = 0.01  # what is less than this part of all lines may grow as it likes


def steps(call: Callable[[], object]) -> Counter[str]:
    """The lines that run, by the function. A comprehension counts one for each turn."""
    tracers: dict[int, Tracer | None] = {}
    kept: list[tuple[CodeType, str, list[int]]] = []  # so that no number is another code's later

    def begun(frame: FrameType, event: str, argument: object) -> Tracer | None:
        code = frame.f_code
        number = id(code)  # it would take a look at all of it to find it by itself
        if number not in tracers:
            name, count = f"{code.co_filename[len(PACKAGE) :]}:{code.co_qualname}", [0]
            own = code.co_filename.startswith(PACKAGE)
            tracers[number] = _counting(count) if own else None
            kept.append((code, name, count))
        return tracers[number]

    before = sys.gettrace()
    sys.settrace(begun)
    try:
        call()
    finally:
        sys.settrace(before)
    found: Counter[str] = Counter()
    for _, name, (count,) in kept:
        if count:
            found[name] += count
    return found


def _counting(count: list[int]) -> Tracer:
    def line(frame: FrameType, event: str, argument: object) -> Tracer:
        if event == "line":
            count[0] += 1
        return line

    return line


def too_many(few: Counter[str], many: Counter[str]) -> list[tuple[str, int, int]]:
    """What runs too many lines for four times the size: (function, lines, lines for that)."""
    total = many.total()
    found = [("all", few.total(), total)] if total > MOST * few.total() else []
    return found + [
        (name, few[name], count)
        for name, count in many.items()
        if count > MOST_OF_ONE * few[name] > 0 and count > LITTLE * total
    ]

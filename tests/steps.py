"""How much work a call is: the lines of seedgit that Python runs for it. Other than the time, that
is the same on every machine."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

PACKAGE = str(Path(__file__).parent.parent / "seedgit")
MOST = 5  # times as many lines for four times the size
MOST_OF_ONE = 10  # of one function, which may have had an early end in the smaller one
LITTLE = 0.01  # what is less than this part of all lines may grow as it likes


def steps(call: Callable[[], object]) -> Counter[str]:
    """The lines that run, by the function. A comprehension counts one for each turn."""
    found: Counter[str] = Counter()
    names: dict[object, str] = {}

    def line(frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            found[names[frame.f_code]] += 1
        return line

    def begun(frame: FrameType, event: str, argument: Any) -> Any:
        code = frame.f_code
        if not code.co_filename.startswith(PACKAGE):
            return None
        names.setdefault(code, f"{code.co_filename[len(PACKAGE) :]}:{code.co_qualname}")
        return line

    before = sys.gettrace()
    sys.settrace(begun)
    try:
        call()
    finally:
        sys.settrace(before)
    return found


def too_many(few: Counter[str], many: Counter[str]) -> list[tuple[str, int, int]]:
    """What runs too many lines for four times the size: (function, lines, lines for that)."""
    total = many.total()
    found = [("all", few.total(), total)] if total > MOST * few.total() else []
    return found + [
        (name, few[name], count)
        for name, count in many.items()
        if count > MOST_OF_ONE * few[name] > 0 and count > LITTLE * total
    ]

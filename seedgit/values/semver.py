"""Tells which of two versions is newer (semver.org, section 11), where that is certain."""

from __future__ import annotations

import re

_VERSION = re.compile(
    r"((?:[\^~=]|>=|==)? *v?)"
    r"(\d+(?:\.\d+)*)(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?",
    re.ASCII,
)


def newer(one: str, other: str) -> str | None:
    """The higher of two versions; None where one is not a version, or neither is higher.

    Both must be written in the same way: `v1.2` and `1.3` are not compared. Lower bounds such as
    `^1.2` or `>=1.2` are fine. A missing number counts as 0.
    """
    first, second = _VERSION.fullmatch(one), _VERSION.fullmatch(other)
    if first is None or second is None or first[1] != second[1]:
        return None
    a, b = _rank(first), _rank(second)
    return None if a == b else one if a > b else other


def _rank(match: re.Match[str]) -> tuple[object, ...]:
    numbers = [_number(part) for part in match[2].split(".")]
    while numbers and not numbers[-1][0]:
        numbers.pop()
    if match[3] is None:
        return numbers, (1,)  # a release is newer than its pre-releases
    parts = tuple((0, *_number(p)) if p.isdigit() else (1, 0, p) for p in match[3].split("."))
    return numbers, (0, *parts)


def _number(digits: str) -> tuple[int, str]:
    """A sort key for a number of any length: `int` refuses very long ones."""
    significant = digits.lstrip("0")
    return len(significant), significant

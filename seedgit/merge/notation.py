"""A version's numbers and its notation are two things; a change of each is no conflict.

`^7.1.3` has a range operator, `3.4.x-dev` a wildcard: composer, npm, cargo and pip know them. A
change from `^7.1.3` to `>=7.1.3` leaves the numbers alone. A change to `^7.2.5` leaves the operator
alone. A pre-release or build suffix, a pin (`=`, or no operator) and an upper bound (`<`) depend on
the version they stand at: there, two changes conflict.
"""

from __future__ import annotations

from seedgit.values.requirement import bounds

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.merge.tree import Node

_OPEN_RANGES = (">=", "^", "~")
_WILDCARDS = (".x", ".*")


def merged_notation(base: Node, ours: Node, theirs: Node) -> str | None:
    """The text of one string with one side's numbers in the other side's notation.

    None if they are not such versions, are quoted differently, or differ in anything else.
    """
    nodes = (base, ours, theirs)
    written = [_unquoted(node.text) for node in nodes]
    if len({quote for quote, _ in written}) > 1 or any(node.anchor for node in nodes):
        return None
    named = bounds(*(text for _, text in written))
    b, o, t = (_parts(text) for _, text in named)
    if b is None or o is None or t is None:
        return None
    for renumbered, rewritten in ((o, t), (t, o)):
        if renumbered.notation == b.notation and rewritten.numbers == b.numbers:
            merged = rewritten.with_numbers(renumbered.numbers)
            quote, name = written[0][0], named[0][0]
            return quote + name + merged + quote if b.alike(rewritten) else None
    return None


class _Parts:
    """A version range of one version: operator, `v`, numbers, wildcard, suffix."""

    __slots__ = ("notation", "numbers", "operator", "suffix", "v", "wildcard")

    def __init__(self, operator: str, v: str, numbers: str, wildcard: str, suffix: str) -> None:
        self.operator = operator
        self.v = v
        self.numbers = numbers
        self.wildcard = wildcard
        self.suffix = suffix
        self.notation = (operator, v, wildcard, suffix)

    def with_numbers(self, numbers: str) -> str:
        return self.operator + self.v + numbers + self.wildcard + self.suffix

    def alike(self, other: _Parts) -> bool:
        """Whether both choose versions in the same way: pin, `v` and suffix are the same."""
        pinned = bool(self.operator) != bool(other.operator)
        return not pinned and (self.v, self.suffix) == (other.v, other.suffix)


def _parts(text: str) -> _Parts | None:
    operator = next((sign for sign in _OPEN_RANGES if text.startswith(sign)), "")
    rest = text[len(operator) :]
    v = "v" if rest.startswith("v") else ""
    rest = rest[len(v) :]
    after = rest.lstrip("0123456789.")
    numbers = rest[: len(rest) - len(after)].rstrip(".")
    after = rest[len(numbers) :]
    wildcard = next((sign for sign in _WILDCARDS if after.startswith(sign)), "")
    suffix = after[len(wildcard) :]
    if not all(numbers.split(".")) or (suffix and not _is_suffix(suffix)):
        return None
    return _Parts(operator, v, numbers, wildcard, suffix)


def _is_suffix(text: str) -> bool:
    """Whether this can be a version's pre-release and build (semver.org, sections 9 and 10)."""
    return text[0] in "-+" and text.isascii() and all(c.isalnum() or c in "-+." for c in text)


def _unquoted(text: str) -> tuple[str, str]:
    if len(text) > 1 and text[0] in "\"'" and text[-1] == text[0]:
        return text[0], text[1:-1]
    return "", text

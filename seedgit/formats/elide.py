"""Shorten what every version of a large file has alike, so that a merge costs what changed.

The body of a map's entry that stands at one place, word for word, in all versions takes no part in
their merge: a one-line stub stands for it, and the body comes back into the result. Places are
found by indentation alone, without parsing: what is below a head line is its body, and a place is
the chain of head lines above it, each of which has to be the only one of its kind.

So do entries of one line, in YAML, that follow on each other in all versions: one entry stands for
them. That must not hide a key that stands twice: where keys cannot be told from their lines, or one
does stand twice, they stay.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    Units = dict[str, tuple[int, int]]

_SHORT = 2  # lines that a stub must at least save

_RUN = 12  # entries of one line from which on one stands for them
_EDGE = 2  # of these, how many stay at each end: what is put beside them keeps its neighbours

_NOWHERE = (-1, -1)

_DEEP = 1 << 30  # the indentation of blank lines and comments: never a place of their own

_YAML_HEAD = re.compile(r"[^\s#&*!?|>'\"\[{][^#&*!|>\"'{}\[\]]*:[ \t]*(?:#.*)?\r?$")
_YAML_SHARED = re.compile(r"(?:^|[\s\[{,])[&*]\w", re.MULTILINE)
_YAML_KEY = re.compile(
    r"""(?:"([^"\\]*)"|'([^']*)'|([^\s&*!|>'"%@`#,\[\]{}?:-][^:#'"]*?))[ \t]*:(?=[ \t]|$)"""
)
_YAML_LINE = re.compile(
    r"""[A-Za-z_][\w.-]*:[ \t]+"""
    r"""(?:"[^"\\]*"|'[^']*'|-?[\w./+](?:[^#:"'\[\]{}&*]|:(?=[^\s#:"'\[\]{}&*]))*)$"""
)
# What null, true, false and numbers are called as keys, which have several writings.
_YAML_WORDS = frozenset(("null", "true", "false", "inf", "nan"))
_JSON_HEAD = re.compile(r'"[^"\\]*"[ \t]*:[ \t]*([{\[])\r?$')


class Elided:
    """The versions with stubs, and the way back."""

    __slots__ = ("_bodies", "texts")

    def __init__(self, texts: list[str], bodies: dict[str, list[str]]) -> None:
        self.texts = texts
        self._bodies = bodies

    def restore(self, text: str) -> str:
        """`text` with every stub's body back in its place."""
        lines: list[str] = []
        for line in text.split("\n"):
            body = self._bodies.get(line.strip())
            if body is None:
                lines.append(line)
            else:
                lines += body
        return "\n".join(lines)


def elide(format: str, texts: Sequence[str]) -> Elided | None:
    """The versions of one file, shortened alike; None where that is not worth its while."""
    if format not in ("yaml", "json") or len(texts) < 2:
        return None
    stub = "seedgit-elided"
    while any(stub in text for text in texts):
        stub += "-"
    search = _Search(format, [text.split("\n") for text in texts], stub)
    search.level([(0, len(lines)) for lines in search.versions])
    if not search.bodies:
        return None
    shortened = []
    for lines, cuts in zip(search.versions, search.cuts, strict=True):
        parts: list[str] = []
        at = 0
        for low, high, line in sorted(cuts):  # versions may have them in another order
            parts += lines[at:low]
            parts.append(line)
            at = high
        shortened.append("\n".join([*parts, *lines[at:]]))
    return Elided(shortened, search.bodies)


class _Search:
    """Walks all versions in step. `cuts`: by version, what (from, to) becomes which line."""

    def __init__(self, format: str, versions: list[list[str]], stub: str) -> None:
        self.json = format == "json"
        self.versions = versions
        self.stub = stub
        self.cuts: list[list[tuple[int, int, str]]] = [[] for _ in versions]
        self.bodies: dict[str, list[str]] = {}
        comment = ("//", "\r") if self.json else ("#", "\r")
        self.indents = []
        for lines in versions:
            bare = [line.lstrip(" \t") for line in lines]
            self.indents.append(
                [
                    len(line) - len(rest) if rest and not rest.startswith(comment) else _DEEP
                    for line, rest in zip(lines, bare, strict=True)
                ]
            )

    def level(self, regions: list[tuple[int, int]], above: str = "") -> None:
        """Look at one container, the lines (from, to) of each version. `above`: its head line."""
        found = [self.units(n, *region) for n, region in enumerate(regions)]
        if any(units is None for units in found):
            return
        first, *others = [units for units in found if units is not None]
        if not self.json and not self.is_item(above):
            self.runs([first, *others])
        for head, place in first.items():
            known = [place, *(units.get(head, _NOWHERE) for units in others)]
            if _NOWHERE in known or place[0] == place[1]:
                continue
            bodies = [self.versions[n][low:high] for n, (low, high) in enumerate(known)]
            nested = self.nested(head)
            if all(body == bodies[0] for body in bodies):
                if nested and len(bodies[0]) >= _SHORT and not self.shared(bodies[0]):
                    self.cut(known, bodies[0], nested)
            elif all(bodies) and (nested or self.is_item(head)):
                self.level(known, head)

    def runs(self, found: list[Units]) -> None:
        """Cut the entries of one line that follow on each other in all versions of a map."""
        keys = {head: _key(head) for head in set().union(*found)}
        for units in found:
            names = {keys[head] for head in units}
            if None in names or len(names) < len(units) or _NOWHERE in units.values():
                return
        run: list[list[int]] = []
        for head in (*found[0], ""):
            places = [units.get(head, _NOWHERE) for units in found]
            lines = [start - 1 for start, _ in places]
            fits = all(0 < start == end for start, end in places) and _is_line(head, keys.get(head))
            if run and not (fits and lines == [line + 1 for line in run[-1]]):
                if len(run) >= _RUN:
                    self.cut_run(run[_EDGE], run[-_EDGE - 1])
                run = []
            if fits:
                run.append(lines)

    def cut_run(self, first: list[int], last: list[int]) -> None:
        places = [(low, high + 1) for low, high in zip(first, last, strict=True)]
        bodies = [self.versions[n][low:high] for n, (low, high) in enumerate(places)]
        if any(body != bodies[0] for body in bodies):
            return
        keys = [line.lstrip().partition(":")[0] for line in bodies[0]]
        # A map that is sorted stays so, and no other one becomes so.
        place = f"{keys[0]}!" if keys == sorted(keys) else "0"
        stub = f"{place}{self.stub}-{len(self.bodies)}: 0"
        self.bodies[stub] = bodies[0]
        for n, (low, high) in enumerate(places):
            self.cuts[n].append((low, high, _indentation(bodies[0][0]) + stub))

    def cut(self, places: list[tuple[int, int]], body: list[str], nested: str) -> None:
        stub = f"{self.stub}-{len(self.bodies)}"
        if self.json:
            stub = f'"{stub}": 0' if nested == "{" else f'"{stub}"'
        else:
            stub = f"{{{stub}: 0}}"
        indent = _indentation(body[0]) or " "
        self.bodies[stub] = body
        for n, (low, high) in enumerate(places):
            self.cuts[n].append((low, high, indent + stub))

    def nested(self, head: str) -> str:
        """What the body of a head line is, if it is the value of a map's entry; else ""."""
        if self.json:
            match = _JSON_HEAD.match(head)
            return match[1] if match else ""
        return "yaml" if _YAML_HEAD.match(head) and not self.is_item(head) else ""

    def is_item(self, head: str) -> bool:
        return (not self.json and head.startswith(("- ", "-\r"))) or head == "-"

    def shared(self, body: list[str]) -> bool:
        """Whether a body has anchors or aliases, or, in JSON, ends within a line."""
        return not self.json and bool(_YAML_SHARED.search("\n".join(body)))

    def units(self, n: int, low: int, high: int) -> Units | None:
        """By head line, where the body of an entry is; where a head is seen twice, nowhere."""
        lines, indents = self.versions[n], self.indents[n]
        depth = min(indents[low:high], default=_DEEP)
        if depth == _DEEP:
            return None
        starts = [i for i in range(low, high) if indents[i] == depth]
        heads = [lines[i].strip(" \t\r") for i in starts]
        if not self.json and not heads[0].startswith(("- ", "---")) and heads[0] != "-":
            # Items may stand at the indentation of the key that has them.
            kept = [k for k, head in enumerate(heads) if not (head.startswith("- ") or head == "-")]
            starts, heads = [starts[k] for k in kept], [heads[k] for k in kept]
        if not self.json and any(head.startswith(("---", "...", "%")) for head in heads):
            return None
        found: Units = {}
        for k, (start, head) in enumerate(zip(starts, heads, strict=True)):
            end = starts[k + 1] if k + 1 < len(starts) else high
            while end > start + 1 and indents[end - 1] == _DEEP:
                end -= 1
            found[head] = _NOWHERE if head in found else (start + 1, end)
        return found


def _indentation(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))]


def _key(head: str) -> str | None:
    """The key of a map's entry, where its line says it."""
    match = _YAML_KEY.match(head)
    return match[match.lastindex or 0] if match else None


def _is_line(head: str, key: str | None) -> bool:
    """Whether an entry is on one line, with a key that has the same text however it is written."""
    return key is not None and key.lower() not in _YAML_WORDS and bool(_YAML_LINE.match(head))

"""Shorten what every version of a large file has alike, so that a merge costs what changed.

The body of a map's entry that stands at one place, word for word, in all versions takes no part in
their merge: a one-line stub stands for it, and the body comes back into the result. Places are
found by indentation alone, without parsing: what is below a head line is its body, and a place is
the chain of head lines above it, each of which has to be the only one of its kind.
"""

from __future__ import annotations

import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_SHORT = 2  # lines that a stub must at least save

_DEEP = 1 << 30  # the indentation of blank lines and comments: never a place of their own

_YAML_HEAD = re.compile(r"[^\s#&*!?|>'\"\[{][^#&*!|>\"'{}\[\]]*:[ \t]*(?:#.*)?\r?$")
_YAML_SHARED = re.compile(r"(?:^|[\s\[{,])[&*]\w", re.MULTILINE)
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

    def level(self, regions: list[tuple[int, int]]) -> None:
        """Look at one container, the lines (from, to) of each version."""
        found = [self.units(n, *region) for n, region in enumerate(regions)]
        if any(units is None for units in found):
            return
        first, *others = [units for units in found if units is not None]
        for head, place in first.items():
            places = [place, *(units.get(head) for units in others)]
            known = [place for place in places if place is not None]
            if len(known) < len(places):
                continue
            bodies = [self.versions[n][low:high] for n, (low, high) in enumerate(known)]
            nested = self.nested(head)
            if all(body == bodies[0] for body in bodies):
                if nested and len(bodies[0]) >= _SHORT and not self.shared(bodies[0]):
                    self.cut(known, bodies[0], nested)
            elif all(bodies) and (nested or self.is_item(head)):
                self.level(known)

    def cut(self, places: list[tuple[int, int]], body: list[str], nested: str) -> None:
        stub = f"{self.stub}-{len(self.bodies)}"
        if self.json:
            stub = f'"{stub}": 0' if nested == "{" else f'"{stub}"'
        else:
            stub = f"{{{stub}: 0}}"
        indent = body[0][: len(body[0]) - len(body[0].lstrip(" \t"))] or " "
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

    def units(self, n: int, low: int, high: int) -> dict[str, tuple[int, int]] | None:
        """The entries of a container: by head line, where the body is. Heads seen twice are out."""
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
        found: dict[str, tuple[int, int]] = {}
        twice = set()
        for k, (start, head) in enumerate(zip(starts, heads, strict=True)):
            end = starts[k + 1] if k + 1 < len(starts) else high
            while end > start + 1 and indents[end - 1] == _DEEP:
                end -= 1
            if head in found:
                twice.add(head)
            found[head] = (start + 1, end)
        return {head: place for head, place in found.items() if head not in twice}

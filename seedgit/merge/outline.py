"""Shorten what all versions of a large file have in common, so that a merge costs what changed.

Often all versions have the same body, word for word, below the same entry. A one-line stub then
replaces it in the merge, and the body comes back in the result. Places are found by indentation
alone, without parsing. The lines below a head line are its body. A place is the chain of head lines
above it, and each of them must be the only one of its kind.

In YAML a run of one-line entries that is the same in all versions is shortened too: one entry
stands for the run. That must not hide a repeated key: if a key cannot be read from its line, or
stands twice, the entries stay.
"""

from __future__ import annotations

from seedgit.merge.outline_lines import DEEP

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedgit.merge.outline_lines import Lines

    Units = dict[str, tuple[int, int]]

_SHORT = 2  # a shorter body gets no stub

_RUN = 12  # a shorter run of one-line entries is left alone
_EDGE = 2  # so many stay at each end of a run: an entry put beside it keeps its neighbours

_NOWHERE = (-1, -1)


class Shortened:
    """The versions with stubs, and the way back. `stub`: what each stub's name contains."""

    __slots__ = ("_bodies", "stub", "texts")

    def __init__(self, texts: list[str], stub: str, bodies: dict[str, list[str]]) -> None:
        self.texts = texts
        self.stub = stub
        self._bodies = bodies

    def restore(self, text: str) -> str:
        """`text` with the body of every stub that has a line of its own."""
        lines: list[str] = []
        for line in text.split("\n"):
            body = self._bodies.get(line.strip())
            if body is None:
                lines.append(line)
            else:
                lines += body
        return "\n".join(lines)


def shorten(lines: Lines, texts: Sequence[str]) -> Shortened | None:
    """The versions of one file, all shortened in the same way; None if nothing can be cut.

    lines  how the lines of their format look
    """
    if len(texts) < 2 or not all(map(lines.fit, texts)):
        return None
    stub = "seedgit-elided"
    while any(stub in text for text in texts):
        stub += "-"
    search = _Search(lines, [text.split("\n") for text in texts], stub)
    search.level([(0, len(version)) for version in search.versions])
    if not search.bodies:
        return None
    shortened = []
    for version, cuts in zip(search.versions, search.cuts, strict=True):
        parts: list[str] = []
        at = 0
        for low, high, line in sorted(cuts):  # each version may have its own order
            parts += version[at:low]
            parts.append(line)
            at = high
        shortened.append("\n".join([*parts, *version[at:]]))
    return Shortened(shortened, stub, search.bodies)


class _Search:
    """Walks all versions in step. `cuts`: for each version, (from, to, the line that replaces)."""

    def __init__(self, lines: Lines, versions: list[list[str]], stub: str) -> None:
        self.lines = lines
        self.versions = versions
        self.stub = stub
        self.cuts: list[list[tuple[int, int, str]]] = [[] for _ in versions]
        self.bodies: dict[str, list[str]] = {}
        self.depths = [lines.depths(version) for version in versions]

    def level(self, regions: list[tuple[int, int]], above: str = "") -> None:
        """Look at one container, the lines (from, to) of each version. `above`: its head line."""
        found = [self.units(n, *region) for n, region in enumerate(regions)]
        if any(units is None for units in found):
            return
        first, *others = [units for units in found if units is not None]
        if not self.lines.is_item(above):
            self.runs([first, *others])
        for head, place in first.items():
            known = [place, *(units.get(head, _NOWHERE) for units in others)]
            if _NOWHERE in known or place[0] == place[1]:
                continue
            bodies = [self.versions[n][low:high] for n, (low, high) in enumerate(known)]
            keyed = self.lines.has_body(head)
            if all(body == bodies[0] for body in bodies):
                if keyed and len(bodies[0]) >= _SHORT and not self.lines.is_bound(bodies[0]):
                    self.cut(
                        known, bodies[0], _indentation(bodies[0]) or " ", self.lines.body(head)
                    )
            elif all(bodies):
                if keyed or self.lines.is_item(head) or (not above and head in self.lines.opens):
                    self.level(known, head)

    def runs(self, found: list[Units]) -> None:
        """Cut runs of one-line entries that are the same in all versions of a map."""
        keys = {head: self.lines.key(head) for head in set().union(*found)}
        for units in found:
            names = {keys[head] for head in units}
            if None in names or len(names) < len(units) or _NOWHERE in units.values():
                return
        run: list[list[int]] = []
        for head in (*found[0], ""):
            places = [units.get(head, _NOWHERE) for units in found]
            at = [start - 1 for start, _ in places]
            fits = all(0 < start == end for start, end in places)
            fits = fits and self.lines.is_entry(head, keys.get(head))
            if run and not (fits and at == [line + 1 for line in run[-1]]):
                if len(run) >= _RUN:
                    self.cut_run(run[_EDGE], run[-_EDGE - 1])
                run = []
            if fits:
                run.append(at)

    def cut_run(self, first: list[int], last: list[int]) -> None:
        places = [(low, high + 1) for low, high in zip(first, last, strict=True)]
        bodies = [self.versions[n][low:high] for n, (low, high) in enumerate(places)]
        if any(body != bodies[0] for body in bodies):
            return
        keys = [self.lines.key(line.lstrip()) or "" for line in bodies[0]]
        # The stub must not change whether the map is sorted: the merge sorts such a map.
        place = f"{keys[0]}!" if keys == sorted(keys) else "0"
        self.cut(places, bodies[0], _indentation(bodies[0]), self.lines.entry, place)

    def cut(
        self, places: list[tuple[int, int]], body: list[str], indent: str, form: str, name: str = ""
    ) -> None:
        """Put a stub of this form where the versions have a body; `name`: how its name begins."""
        stub = form.format(f"{name}{self.stub}-{len(self.bodies)}")
        self.bodies[stub] = body
        end = "\r" if body[0].endswith("\r") else ""
        for n, (low, high) in enumerate(places):
            self.cuts[n].append((low, high, indent + stub + end))

    def units(self, n: int, low: int, high: int) -> Units | None:
        """Where the body of each entry is, by head line; `_NOWHERE` for a head seen twice."""
        lines, depths = self.versions[n], self.depths[n]
        depth = min(depths[low:high], default=DEEP)
        if depth == DEEP:
            return None
        starts = [i for i in range(low, high) if depths[i] == depth]
        heads = [lines[i].strip(" \t\r") for i in starts]
        if not self.lines.is_item(heads[0]):
            # A list's items may have the indentation of the key that holds them.
            kept = [k for k, head in enumerate(heads) if not self.lines.is_item(head)]
            starts, heads = [starts[k] for k in kept], [heads[k] for k in kept]
        if any(map(self.lines.is_document, heads)):
            return None
        found: Units = {}
        for k, (start, head) in enumerate(zip(starts, heads, strict=True)):
            if head.startswith(self.lines.closes):
                continue
            end = starts[k + 1] if k + 1 < len(starts) else high
            while end > start + 1 and depths[end - 1] == DEEP:
                end -= 1
            found[head] = _NOWHERE if head in found else (start + 1, end)
        return found


def _indentation(body: list[str]) -> str:
    return body[0][: len(body[0]) - len(body[0].lstrip(" \t"))]

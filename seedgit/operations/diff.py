"""What overlays change in a file: a unified diff of the seed and the effective file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import StringIO

from seedgit.named_tuple import NamedTuple
from seedgit.operations.blame import hidden_lines, overlay_lines
from seedgit.operations.stack.effective import Effective
from seedgit.overlay.override import REMOVE, Override
from seedgit.overlay.rebase import PARKED
from seedgit.rules.ownership import SeedRule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Final

# git-diff(1), "Generating patch text with -p": where a hunk is in both files.
_HUNK: Final = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


class Laid(NamedTuple):
    """An override that has a place in the file, and the overlay above it that covers it, if any."""

    overlay: str
    override: Override
    covered_by: str

    def data(self) -> dict[str, Any]:
        covered = {"covered-by": self.covered_by} if self.covered_by else {}
        return {"overlay": self.overlay, "pointer": self.override.pointer, **covered}


class FileDiff(NamedTuple):
    """The lines of a diff, without their line feeds, and what lies over the file."""

    path: str
    lines: tuple[str, ...]
    laid: tuple[Laid, ...]

    def data(self) -> dict[str, Any]:
        laid = [each.data() for each in self.laid]
        return {"path": self.path, "diff": list(self.lines), "overrides": laid}


def diff(found: Effective, rule: SeedRule) -> FileDiff:
    """The diff of one file; git apply accepts it, if it has no secrets: they are masked.

    Where several layers lie over the file, each hunk names those that change something in it.
    """
    lines = list(_lines(found.seed.data, found.document.data, found.path))
    laid = tuple(_laid(found))
    if len(found.layers) > 1:
        here = [(n, layer.overlay) for n, (layer, _) in overlay_lines(found).items()]
        gone = [
            (number, each.overlay)
            for each in laid
            if each.override.op == REMOVE and not each.covered_by
            for first, last in found.seed.spans(each.override.tokens)
            for number in range(first, last + 1)
        ]
        names = [layer.overlay for layer in found.layers]
        lines = [_named(line, here, gone, names) for line in lines]
    hidden = hidden_lines(found.seed, rule, found.plain)
    hidden |= hidden_lines(found.document, rule, found.plain)
    told = (line[:1] + hidden.get(line[1:].removesuffix("\r"), line[1:]) for line in lines)
    return FileDiff(found.path, tuple(told), laid)


def _laid(found: Effective) -> Iterator[Laid]:
    for number, (layer, placed) in enumerate(zip(found.layers, found.placed, strict=True)):
        for outcome, own in zip(placed.outcomes, layer.rebased.overrides, strict=True):
            if outcome.status not in PARKED:
                yield Laid(layer.overlay, own, found.coverer(number, own.tokens))


def _lines(seed: bytes, effective: bytes, path: str) -> Iterator[str]:
    from difflib import unified_diff  # late: only this command needs it

    # A line ends with a line feed and nothing else, as in git.
    old, new = (list(StringIO(data.decode(), newline="\n")) for data in (seed, effective))
    for line in unified_diff(old, new, f"seed/{path}", f"effective/{path}"):
        yield line.removesuffix("\n")
        if not line.endswith("\n"):
            yield "\\ No newline at end of file"


def _named(
    line: str, here: list[tuple[int, str]], gone: list[tuple[int, str]], names: list[str]
) -> str:
    """A hunk's first line, with the layers that change something in it, lowest first."""
    found = _HUNK.fullmatch(line)
    if found is None:
        return line
    old, new = (
        range(int(first), int(first) + int(count or "1"))
        for first, count in (found.groups()[:2], found.groups()[2:])
    )
    layers = {name for number, name in here if number in new}
    layers |= {name for number, name in gone if number in old}
    told = ", ".join(name for name in names if name in layers)
    return f"{line} {told}".rstrip()

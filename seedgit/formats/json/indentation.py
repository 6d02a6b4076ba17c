"""The indentation of a JSON file, where one side gave the whole file another one.

It is a property of the file, like its line ends: the versions that are behind are indented anew
first, and then merged.
"""

from __future__ import annotations

from seedgit.merge.trivial import trivial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.merge.syntax import Versions


def alike_indented(versions: Versions) -> Versions:
    """Base, ours and theirs with the indentation that the file is to have; as they are where both
    sides gave it another one, or a version has lines that are indented otherwise."""
    steps = [_step(data) for data in versions]
    to = trivial(*(step.decode() if step else None for step in steps))
    if not to or not all(steps) or len(set(steps)) == 1:
        return versions
    pairs = zip(versions, steps, strict=True)
    base, ours, theirs = (_indented(data, step, to.encode()) for data, step in pairs)
    return (base, ours, theirs) if base and ours and theirs else versions


def _step(data: bytes) -> bytes:
    """What the first line that is indented begins with."""
    for line in data.split(b"\n"):
        rest = line.lstrip(b" \t")
        if rest.strip() and len(rest) < len(line):
            return line[: len(line) - len(rest)]
    return b""


def _indented(data: bytes, step: bytes, to: bytes) -> bytes | None:
    """The text with `to` for each step of indentation; None where a line has no whole steps."""
    if step == to:
        return data
    lines = []
    for line in data.split(b"\n"):
        rest = line.lstrip(b" \t")
        depth, more = divmod(len(line) - len(rest), len(step))
        if rest.strip() and (more or line[: len(line) - len(rest)] != step * depth):
            return None
        lines.append(to * depth + rest if rest.strip() else line)
    return b"\n".join(lines)

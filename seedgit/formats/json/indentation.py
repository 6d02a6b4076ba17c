"""The indentation of a JSON file, if one side changed it in the whole file.

It is a property of the file, like its line ends. The other versions get the new indentation first,
and then all are merged.
"""

from __future__ import annotations

from seedgit.merge.trivial import trivial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.merge.syntax import Versions


def alike_indented(versions: Versions) -> Versions:
    """Base, ours and theirs with the indentation that the merged file has.

    They stay as they are if both sides changed it, or if a version has lines with other
    indentation.
    """
    steps = [_step(data) for data in versions]
    to = trivial(*(step.decode() if step else None for step in steps))
    if not to or not all(steps) or len(set(steps)) == 1:
        return versions
    pairs = zip(versions, steps, strict=True)
    base, ours, theirs = (_indented(data, step, to.encode()) for data, step in pairs)
    return (base, ours, theirs) if base and ours and theirs else versions


def _step(data: bytes) -> bytes:
    """The blanks at the start of the first indented line; empty if there is none."""
    at = 0
    while at <= len(data):
        end = data.find(b"\n", at)
        line = data[at : end if end >= 0 else len(data)]
        rest = line.lstrip(b" \t")
        if rest.strip() and len(rest) < len(line):
            return line[: len(line) - len(rest)]
        at += len(line) + 1
    return b""


def _indented(data: bytes, step: bytes, to: bytes) -> bytes | None:
    """The text with `to` for each step of indentation; None if a line does not have whole steps."""
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

"""Compares seedgit's result of a merge with git's own, for the journal.

It reads and writes nothing. The merge driver imports it only where it writes a row.
"""

from __future__ import annotations

from itertools import islice

from seedgit import codes, journal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from seedgit.formats.document import Document
    from seedgit.merge.by_entries import Merged
    from seedgit.merge.decision import Decision
    from seedgit.merge.engine import Result
    from seedgit.merge.tree import Pointer

KEPT = 200  # decisions or differences in one row
LINES = 20  # of each text in a difference


def compared(
    by_lines: bytes | None,
    result: Result | Merged | None,
    path: str,
    versions: Sequence[bytes],
    id_of: Callable[[bytes], str],
) -> dict[str, Any]:
    """The columns of a journal row that hold the verdict.

    by_lines  git's own result where that is clean
    result    the structural merge; None where seedgit leaves the file to git
    versions  base, ours and theirs
    id_of     the id that a text has as a blob of this repository
    """
    if result is None:
        text = by_lines
    else:
        text = result.text if result.clean else None
    row: dict[str, Any] = {"verdict": journal.verdict(by_lines, text)}
    if by_lines is not None:
        row["git_result"] = id_of(by_lines)
    if text is not None:
        row["seedgit_result"] = id_of(text)
    if by_lines is not None and row["verdict"] == codes.DIVERGE and text is not None:
        from seedgit.formats.document import difference

        found = difference(by_lines, text, path) or [_lines(by_lines, text, path)]
        row["difference"] = found[:KEPT]
    elif by_lines is not None and result is not None and row["verdict"] == codes.GIT_ONLY:
        row["difference"] = list(islice(_conflicts(by_lines, result, path, versions), KEPT))
    return row


def _lines(git: bytes, seedgit: bytes, path: str) -> dict[str, Any]:
    """The lines in which two texts differ.

    Used where no pointer shows it: only layout differs, or a text cannot be parsed.
    """
    parsed = dict(zip(("git", "seedgit"), _parsed((git, seedgit), path), strict=True))
    sides = [data.decode("utf-8", "replace").splitlines(keepends=True) for data in (git, seedgit)]
    one, other = sides
    least = min(len(one), len(other))
    first = next((n for n in range(least) if one[n] != other[n]), least)
    same = 0
    while same < least - first and one[-1 - same] == other[-1 - same]:
        same += 1
    texts = ("".join(lines[first : len(lines) - same][:LINES]) for lines in sides)
    return {
        "line": first + 1,
        **dict(zip(parsed, texts, strict=True)),
        "unparsed": [name for name, document in parsed.items() if document is None],
    }


def _conflicts(
    by_lines: bytes, result: Result | Merged, path: str, versions: Sequence[bytes]
) -> Iterator[dict[str, Any]]:
    """The places where seedgit has a conflict and git has none: the reason, and git's value."""
    from seedgit import codes
    from seedgit.values.pointer import format_pointer

    documents = _parsed((by_lines, *versions), path)
    decisions = result.decisions.explained()
    found = dict.fromkeys(
        (p, reason) for p, source, reason in decisions if source == codes.CONFLICT
    )
    for pointer, reason in found:
        git = _of_git(pointer, *documents)
        yield {"pointer": format_pointer(pointer), "conflict": reason, **git}


def _parsed(versions: Sequence[bytes], path: str) -> list[Document | None]:
    from seedgit.errors import InvalidDocument
    from seedgit.formats.document import Document

    found: list[Document | None] = []
    for data in versions:
        try:
            found.append(Document.parse(data, path))
        except InvalidDocument:
            found.append(None)
    return found


def _of_git(
    pointer: Pointer,
    git: Document | None,
    base: Document | None,
    ours: Document | None,
    theirs: Document | None,
) -> dict[str, Any]:
    """git's value at the place of a decision.

    pointer  it counts list items in ours; if the place is not there, in theirs or base

    Empty where git has no value there. Has `unclear` where the place cannot be found.
    """
    from seedgit.values.pointer import exists, parse_selector, resolve, select
    from seedgit.values.selector import selector_of

    if git is None:
        return {"unclear": "git's result cannot be parsed"}
    for side in (ours, theirs, base):
        if side is not None and exists(side.value, pointer):
            selector = parse_selector(selector_of(side.value, pointer))
            there = [p for p in select(git.value, selector) if exists(git.value, p)]
            return {"git": resolve(git.value, there[0])} if there else {}
    return {"unclear": "git merged it"}


def listed(decisions: Decision | Merged) -> list[dict[str, str]]:
    """The explained decisions as plain data: {pointer, source, reason}."""
    from seedgit.values.pointer import format_pointer

    return [
        {"pointer": format_pointer(pointer), "source": source, "reason": reason}
        for pointer, source, reason in islice(decisions.explained(), KEPT)
    ]

"""One merge seen by both engines: what the journal keeps of seedgit's result beside git's own.

Pure, and imported by the merge driver only where a row is written.
"""

from __future__ import annotations

from itertools import islice

from seedgit import journal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from seedgit.core.merged import Merged
    from seedgit.formats.three_way import Result

KEPT = 200  # decisions or differences in one row


def compared(by_lines: bytes | None, result: Result | None, path: str) -> dict[str, Any]:
    """The columns of a row that hold the verdict.

    by_lines  git's own result where that is clean
    result    the structural merge; None where seedgit leaves the file to git
    """
    if result is None:
        text = by_lines
    else:
        text = result.text if result.clean else None
    row: dict[str, Any] = {"verdict": journal.verdict(by_lines, text)}
    if by_lines is not None:
        row["git_result"] = blob_id(by_lines)
    if text is not None:
        row["seedgit_result"] = blob_id(text)
    if row["verdict"] == journal.DIVERGE and text is not None and by_lines is not None:
        from seedgit.formats.document import difference

        row["difference"] = difference(by_lines, text, path)[:KEPT]
    return row


def listed(decisions: Merged) -> list[dict[str, str]]:
    """The decisions that took one, as plain data: {pointer, source, reason}."""
    from seedgit.core.pointer import format_pointer

    return [
        {"pointer": format_pointer(pointer), "source": source, "reason": reason}
        for pointer, source, reason in islice(decisions.explained(), KEPT)
    ]


def blob_id(data: bytes) -> str:
    """git's id of a blob (gitformat-object): hashlib would load all of OpenSSL for it."""
    try:
        from _sha1 import sha1  # type: ignore[import-not-found]
    except ImportError:
        from hashlib import sha1
    return str(sha1(b"blob %d\0" % len(data) + data).hexdigest())

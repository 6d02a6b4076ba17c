"""git's merges by lines of many texts, by a few processes: as `line_merge` makes each of them.

That they are the same is shown by tests/driver/test_line_merges.py, of texts of all these kinds.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from seedgit.digest import blob_id
from seedgit.driver.foreseen import Chain, Foreseen
from seedgit.driver.line_merges import LineMerges
from seedgit.git.line_merge import line_merge


def merges_by_lines(place: Path, merges: Sequence[Sequence[bytes]]) -> list[bytes | None]:
    """Of base, ours and theirs, each: what git makes of them, None for a conflict.

    `place` is a directory for files of its own.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        git = LineMerges(str(place / "by-lines"), blob_id(b""))
    files: dict[int, Foreseen] = {}
    for number, texts in enumerate(merges):
        if git.can_merge(texts) and texts[1] != texts[2]:
            ids = [blob_id(text) for text in texts]
            for id, text in zip(ids, texts, strict=True):
                git.put(id, text)
            files[number] = Foreseen(Chain("", ids[1], []), "", ids, list(texts))
    merged = dict(zip(files, git.merged(list(files.values())), strict=True))
    return [merged[n] if n in merged else line_merge(*texts) for n, texts in enumerate(merges)]

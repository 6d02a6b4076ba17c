"""That a `sync` had nothing to do, said again as long as nothing that it depends on has changed.

As `answer.py`, for live trees. What a sync depends on, and what is compared:

- the words of the command line, the folder, the environment, the terminal, and this seedgit;
- git's configuration and the refs of overlays, as git says them, and the index by its checksum;
- the rules, and the size, times and inode of every live file;
- of files in place, what programs wrote and is not captured yet, and which have git's filter.

Nothing is kept where a layer has a condition.
"""

from __future__ import annotations

import os
from _operator import attrgetter
from array import array
from itertools import chain

from seedgit.answer import REF_FORMAT, Invocation, git_says, joined, mark
from seedgit.digest import sha1
from seedgit.files.rules_file import read_rules
from seedgit.git.under_way import UNDER_WAY
from seedgit.spawn import CONFIG

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Self

    from seedgit.journal import Journal

_ANSWERED = {"sync", "--check", "--json"}  # words: no others are certain to change nothing
_CHECKSUM = 20  # bytes; of a longer one these are enough
_MARKS = attrgetter("st_size", "st_ino", "st_mtime_ns", "st_ctime_ns")


class SyncInvocation(Invocation):
    """A call of `sync`."""

    @classmethod
    def of(cls, words: Sequence[str]) -> Self | None:
        return super().of(words) if _ANSWERED.issuperset(words) else None

    def _look(self) -> str:
        if any(os.path.lexists(os.path.join(self._git_dir, name)) for name in UNDER_WAY):
            return ""
        self.config = config = git_says(*CONFIG)
        refs = git_says("for-each-ref", REF_FORMAT, "refs/seedgit/", "refs/replace/")
        index = self._index()
        if config is None or refs is None or not index or _depends_on_more(config):
            return ""
        beside = (mark(os.path.join(self._git_dir, name)) for name in ("shallow", "info/grafts"))
        seen = repr(([*beside], self._kept_in_place(config))).encode()
        return joined((config, refs, index, read_rules(self.top), seen))

    def _kept_in_place(self, config: bytes) -> str:
        if b"\0seedgit-live.." not in config:
            return ""
        from seedgit.git.kept_in_place import kept_in_place  # late: few clones have any

        return kept_in_place(self._git_dir)

    def _index(self) -> bytes:
        """What the index ends with (gitformat-index(5)); b"" if it has no checksum."""
        with open(os.path.join(self._git_dir, "index"), "rb") as file:
            file.seek(-_CHECKSUM, os.SEEK_END)
            found = file.read()
        return found if any(found) else b""

    def _marks(self, paths: Iterable[bytes]) -> tuple[str, int]:
        places = list(paths)
        found = array("q", chain.from_iterable(map(_MARKS, map(os.stat, places))))
        self.seen = b"\0".join(places), self._began, found
        newest = max((max(found[at::4], default=0) for at in (2, 3)), default=0)
        return sha1(found.tobytes()).hex(), newest

    def _news(self, journal: Journal) -> int:
        return 0  # a sync does not tell of divergences


def _depends_on_more(config: bytes) -> bool:
    """Whether the configuration has a layer with a condition."""
    keys = (item.partition(b"\n")[0] for item in config.split(b"\0")[2::3])
    return any(key.startswith(b"seedgit-layer.") and key.endswith(b".when") for key in keys)

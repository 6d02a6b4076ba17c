"""What git starts as `filter.seedgit.process`: one process for each git command that needs it.

Where a file cannot be told apart, git gets its content as it is, and is told why. A clean filter
that takes nothing away makes git refuse to overwrite the file. Where something cannot be written,
git has to stop: it would commit the site's values.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from seedgit.errors import InvalidDocument, RepositoryError, SeedgitError
from seedgit.git.live_tree import in_place_tree
from seedgit.git.names import to_text
from seedgit.git.pkt_line import CLEAN, SMUDGE, Broken, serve
from seedgit.git.repository import Repository
from seedgit.operations.in_place.checking_out import CheckingOut
from seedgit.operations.in_place.content import LiveContent
from seedgit.operations.live_tree.ledger import Ledger
from seedgit.values.escapes import escape

FAILED = 1


def main() -> int:
    """Serve git until it closes its side. Returns the exit status."""
    served = _Filter()
    try:
        serve(sys.stdin.buffer, sys.stdout.buffer, served.answer)
    except (Broken, BrokenPipeError) as error:
        _say(f"the filter stopped: {error}")
        return FAILED
    served.tidy()
    return 0


class _Filter:
    """Opens the clone with the first file."""

    def __init__(self) -> None:
        self._content: LiveContent | None = None
        self._opened = False
        self._objects: Path | None = None

    def answer(self, command: str, name: bytes, data: bytes) -> bytes | None:
        """The other form of a file's content; None where git has to stop."""
        path = to_text(name)
        try:
            content = self._open()
            if content is None:
                return data
            if not content.covers(path):
                return _uncovered(content, command, path, data)
            return _clean(content, path, data) if command == CLEAN else _smudge(content, path, data)
        except (SeedgitError, TimeoutError, OSError) as error:
            if command == SMUDGE:
                stop = isinstance(error, OSError)
            else:
                stop = isinstance(error, (OSError, RepositoryError)) and self._storing
            _say(f"{path}: {error}: {'git stops here' if stop else 'it passed as it is'}")
            return None if stop else data

    def tidy(self) -> None:
        """Drop what is not needed any more, where no sync does: git may run without its hooks."""
        if self._content is not None and self._content.notes.long:
            with suppress(SeedgitError, OSError):
                self._content.tidy()

    @property
    def _storing(self) -> bool:
        """Whether git could store what it is given: not for somebody who only looks."""
        top = self._objects
        return top is None or os.access(top, os.W_OK)

    def _open(self) -> LiveContent | None:
        if not self._opened:
            self._opened = True
            repository = Repository.discover()
            self._objects = repository.common_dir / "objects"
            tree = in_place_tree(repository)
            if tree is not None:
                workspace = CheckingOut(repository, Path.cwd())
                self._content = LiveContent(workspace, tree, Ledger(repository, tree))
        return self._content


def _say(text: str) -> None:
    safe = "".join(c if c.isprintable() else escape(c) for c in text)
    sys.stderr.write(f"seedgit: {safe}\n")


def _clean(content: LiveContent, path: str, data: bytes) -> bytes:
    try:
        return content.clean(path, data)
    except InvalidDocument:
        return data


def _uncovered(content: LiveContent, command: str, path: str, data: bytes) -> bytes:
    """Of a file that is live no more, until a sync has put the seed into it."""
    if command == CLEAN:
        known = content.known(path, data)
        return data if known is None else known
    if content.last(path) is not None:
        content.note_raw(path, data)
    return data


def _smudge(content: LiveContent, path: str, data: bytes) -> bytes:
    try:
        return content.smudge(path, data)
    except SeedgitError:
        content.note_raw(path, data)
        raise

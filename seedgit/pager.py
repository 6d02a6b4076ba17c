"""Shows what is longer than the screen in the pager that git would run.

That is what `git var GIT_PAGER` says: $GIT_PAGER, core.pager, $PAGER, or `less` (git-var(1)). As
git does, it sets LESS and LV if they are not set, so that colours come through.
"""

from __future__ import annotations

import io
import os
import sys

from seedgit.spawn import answer, start_git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import BinaryIO, TextIO

_DEFAULTS = {"LESS": "FRX", "LV": "-c"}  # git-config(1), core.pager
_UNSTARTABLE = (126, 127)  # what a shell says of a program that it cannot run


class Collected(io.StringIO):
    """What is printed on a terminal, kept until all of it is there."""

    def __init__(self, screen: TextIO) -> None:
        super().__init__()
        self.screen = screen

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self.screen.encoding

    def isatty(self) -> bool:
        return True

    def show(self, *, in_pager: bool) -> None:
        """Print it. Where something went wrong it is not for a pager: what did is told below it."""
        data = self.getvalue().encode(self.encoding, "surrogateescape")
        if in_pager:
            show(data, self.screen.buffer)
        else:
            self.screen.buffer.write(data)
            self.screen.flush()


def is_long(data: bytes, screen: BinaryIO) -> bool:
    """Whether a text takes more lines than the terminal has; one that says 0 is not known."""
    try:
        columns, lines = os.get_terminal_size(screen.fileno())
    except (OSError, ValueError):
        return False
    # Escapes and the bytes of a character count as columns: `less` ends by itself if that is wrong.
    rows = (1 + max(len(line) - 1, 0) // max(columns, 1) for line in data.splitlines())
    return 0 < lines <= sum(rows)


def show(data: bytes, screen: BinaryIO) -> None:
    """Write a text to a terminal, through the pager if it is longer than the screen."""
    if not is_long(data, screen) or not _page(data):
        screen.write(data)
        screen.flush()


def _page(data: bytes) -> bool:
    """Whether there is a pager that has shown the text."""
    pager = os.fsdecode(answer(start_git("var", "GIT_PAGER"))[1]).strip()
    if pager in ("", "cat"):
        return False
    import signal  # late, as the next: few texts are so long
    import subprocess

    sys.stdout.flush()
    with subprocess.Popen(
        pager, shell=True, stdin=subprocess.PIPE, env={**_DEFAULTS, **os.environ}
    ) as running:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # ^C is for the pager
        try:
            running.communicate(data)
        finally:
            signal.signal(signal.SIGINT, before)
    return running.returncode not in _UNSTARTABLE

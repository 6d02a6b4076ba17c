"""Single keys from a terminal; whole lines where it gives no single keys."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from seedgit.cli.terminal import Terminal

ENDS = (b"", b"\x04", b"\0")  # ^D; and what it is once typed before it was asked for
ESCAPE = b"\x1b"  # begins what an arrow sends: several bytes, of which some are letters


def read_key(terminal: Terminal, question: str) -> str | None:
    """The key that a person pressed; None for the end of the input, "" for no character.

    Without termios (on Windows) it is the first character of a line.
    """
    try:
        import termios  # noqa: F401
    except ImportError:
        answer = terminal.ask(question)
        return None if answer is None else answer.strip()[:1]
    terminal.prompt(question)
    stream = sys.stdin.fileno()
    with _one_by_one(stream):
        pressed = os.read(stream, 1)
        if pressed == ESCAPE:
            _rest_of_escape(stream)
    if pressed in ENDS:
        terminal.line()
        return None
    letter = pressed.decode("ascii", "replace") if pressed.isascii() else ""
    letter = letter if letter.isprintable() else ""
    terminal.line(letter)
    return letter


def read_text(terminal: Terminal, question: str) -> str | None:
    """A line that a person typed; None for the end of the input.

    Nothing behind the line is read: `sys.stdin` would keep it from `read_key`.
    """
    terminal.prompt(question)
    stream, text = sys.stdin.fileno(), b""
    while byte := os.read(stream, 1):
        if byte == b"\n":
            return text.decode(errors="surrogateescape").removesuffix("\r")
        text += byte
    terminal.line()
    return None


def _rest_of_escape(stream: int) -> None:
    """Reads what an arrow or a function key sends behind the escape (ECMA-48, 5.4)."""
    from select import select

    first = True
    while select([stream], [], [], 0)[0]:
        byte = os.read(stream, 1)
        begins = first and byte in b"[O"
        if not byte or (not begins and b"@" <= byte <= b"~"):
            return
        first = False


@contextmanager
def _one_by_one(stream: int) -> Iterator[None]:
    """Keys are given as they are pressed, and not shown; what was typed before is not lost."""
    import termios
    import tty

    before = termios.tcgetattr(stream)
    try:
        tty.setcbreak(stream, termios.TCSADRAIN)
        yield
    finally:
        termios.tcsetattr(stream, termios.TCSADRAIN, before)

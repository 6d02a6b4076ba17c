"""The messages of commits: a subject and paragraphs that people wrote, and what seedgit reads.

What seedgit reads back is known by its place. No text of a person's can be in that place: such text
never begins an overlay's message, and never ends the message of a branch's commit.

    undo: <subject of what was undone>      an overlay's commit that takes another one back is
                                            these three lines and nothing else; a subject of any
    Undoes: <id>                            other change begins with what that change did

    Overlay-Id: <id>                        the last paragraph of the first commit of an overlay:
    Host: <name>                            which one it is, and the machine that it began on
"""

from __future__ import annotations

import re

from seedgit.named_tuple import NamedTuple
from seedgit.values.escapes import escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

_UNDO: Final = re.compile(r"undo: [^\n]*\n\nUndoes: ([0-9a-f]{40}(?:[0-9a-f]{24})?)\n?")
_BEGAN: Final = re.compile(r"\n\nOverlay-Id: ([0-9a-f]{32})\nHost: ([^\n]*)\n?\Z")
LINE_LIMIT: Final = 1000  # characters; a pointer may be long


def message(subject: str, *paragraphs: str) -> str:
    """The message of a commit: one line, and below it texts, each as a paragraph."""
    parts = [one_line(subject), *filter(None, map(body, paragraphs))]
    return "\n\n".join(parts) + "\n"


def one_line(text: str) -> str:
    """A text on one line. A long one is cut."""
    whole = "".join(map(_char, text.strip()))
    return whole if len(whole) <= LINE_LIMIT else whole[: LINE_LIMIT - 3] + "..."


def body(text: str) -> str:
    """A text with its lines, without codes that a terminal would obey."""
    lines = text.replace("\r\n", "\n").strip().split("\n")
    return "\n".join("".join(map(_char, each)).rstrip() for each in lines)


def _char(char: str) -> str:
    """A character; control characters and lone surrogates become escapes."""
    code = ord(char)
    kept = char == "\t" or not (code < 0x20 or 0x7F <= code < 0xA0 or 0xD800 <= code <= 0xDFFF)
    return char if kept else escape(char)


def undo_message(subject: str, id: str) -> str:
    """The message of a commit that takes another one back."""
    return f"undo: {one_line(subject)}\n\nUndoes: {id}\n"


def undone_by(text: str) -> str | None:
    """The commit that a message of this form takes back; None for any other message."""
    found = _UNDO.fullmatch(text)
    return found[1] if found else None


class Beginning(NamedTuple):
    """Where an overlay comes from: its id, and the machine that it began on."""

    id: str
    host: str


def first_message(text: str, began: Beginning) -> str:
    """The message of an overlay's first commit."""
    return f"{text.rstrip()}\n\nOverlay-Id: {began.id}\nHost: {one_line(began.host)}\n"


def beginning(text: str) -> Beginning | None:
    """Where an overlay comes from, by the message of its first commit; None if it does not say."""
    found = _BEGAN.search(text)
    return Beginning(*found.groups()) if found else None


def without_beginning(text: str) -> str:
    """The message of a commit as its author wrote it."""
    return _BEGAN.sub("\n", text)

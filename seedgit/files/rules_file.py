"""Finds the rules without git, for the driver and the command line alike.

Those of the working tree are in a file of it. What the overlays of the clone have is noted:

    seedgit/site-rules       for each overlay its commit, and the rules of that commit
    seedgit/site-rules-text  the rules alone, for what has to be made anew if they change

Both lie in the git directory that all worktrees share, and may be deleted at any moment. A note
counts for an overlay only while the overlay is at the commit that it names. The store writes it
whenever an overlay moves, and so does whoever finds that it is missing or out of date.
"""

from __future__ import annotations

import os

from seedgit.errors import InputError
from seedgit.files.safe import make_private, read_regular, replace_regular
from seedgit.rules import RULES_FILE, RULES_LIMIT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    Noted = dict[str, tuple[str, bytes | None]]  # an overlay: its commit, and its rules if any

NOTE = "seedgit/site-rules"
TEXT = "seedgit/site-rules-text"
OVERLAYS = "refs/seedgit/overlays/"
LIMIT = 1 << 25  # bytes of a note

_HEAD, _END = b"seedgit site rules, 1\n", b"end\n"
_NONE = b"-"
_REF_LIMIT = 4096  # bytes


def read_rules(top: str | os.PathLike[str] = "") -> bytes | None:
    """The content of the rules file in `top`; None where there is none.

    Raises InputError where it is a link, a device or too large, OSError where it cannot be read.
    """
    try:
        return read_regular(os.path.join(top, RULES_FILE), RULES_LIMIT, where=RULES_FILE)
    except FileNotFoundError:
        return None


# -- of overlays ---------------------------------------------------------------------------------


def noted(common_dir: str) -> Noted:
    """What is noted; {} if there is nothing that can be used."""
    try:
        data = read_regular(os.path.join(common_dir, NOTE), LIMIT)
    except (OSError, InputError):
        return {}
    found: Noted = {}
    at = len(_HEAD)
    if not data.startswith(_HEAD):
        return {}
    while not data.startswith(_END, at):
        line, newline, _ = data[at : at + _REF_LIMIT].partition(b"\n")
        words = line.split(b" ", 2)
        if not newline or len(words) != 3:
            return {}
        commit, size, name = words
        at += len(line) + 1
        rules = None
        if size != _NONE:
            if not size.isdigit() or int(size) > RULES_LIMIT:
                return {}
            rules = data[at : at + int(size)]
            at += int(size) + 1
        found[os.fsdecode(name)] = (commit.decode("ascii", "replace"), rules)
    return found


def note(common_dir: str, known: Mapping[str, tuple[str, bytes | None]]) -> None:
    """Note what overlays have. Nothing is written where that is not possible."""
    parts, texts = [_HEAD], []
    for name, (commit, rules) in sorted(known.items()):
        size = _NONE if rules is None else str(len(rules)).encode()
        head = b"%s %s\n" % (size, os.fsencode(name))
        text = b"" if rules is None else rules + b"\n"
        parts += [commit.encode(), b" ", head, text]
        texts += [head, text] if rules is not None else []
    try:
        # The text goes first: what is made of the former one must not be used once it is noted.
        _put(os.path.join(common_dir, TEXT), b"".join(texts))
        _put(os.path.join(common_dir, NOTE), b"".join([*parts, _END]))
    except (OSError, InputError):
        return


def text_file(common_dir: str) -> str:
    """The file with the rules of all overlays alone; an empty one is made where there is none.

    Raises OSError, InputError.
    """
    place = os.path.join(common_dir, TEXT)
    make_private(place)
    return place


def _put(place: str, data: bytes) -> None:
    try:
        if read_regular(place, LIMIT) == data:
            return
    except OSError:
        pass
    make_private(place)
    replace_regular(place, data)


def commit_of(common_dir: str, name: str) -> str | None:
    """The commit that an overlay is at, read without git; "" if there is no such overlay.

    None where only git can tell, as refs are in tables. Raises OSError, InputError.
    """
    ref = OVERLAYS + name
    if os.path.exists(os.path.join(common_dir, "reftable")):
        return None
    try:
        return read_regular(os.path.join(common_dir, ref), _REF_LIMIT).decode("ascii").strip()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        pass
    try:
        packed = b"\n" + read_regular(os.path.join(common_dir, "packed-refs"))
    except FileNotFoundError:
        return ""
    before, found, _ = packed.partition(b" %s\n" % os.fsencode(ref))
    return before.rpartition(b"\n")[2].decode("ascii") if found else ""

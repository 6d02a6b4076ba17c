"""Names and ids as git has them, and the names that must never come from a repository."""

from __future__ import annotations

import re

from seedgit.errors import InputError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

PATH_LIMIT: Final = 4096  # PATH_MAX: no file system takes more at once

_ID_LENGTHS: Final = (40, 64)  # of SHA-1 and SHA-256, in hexadecimal

# What git-check-ref-format(1) refuses in the full name of a ref.
_NO_REF: Final = r"[\0-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(?:/|\Z)|\A[./]|[./]\Z|\A[^/]*\Z"


def is_id(text: str) -> bool:
    """Whether a text is a whole object id, in hexadecimal."""
    return len(text) in _ID_LENGTHS and not text.strip("0123456789abcdef")


def is_ref_name(text: str) -> bool:
    """Whether git-check-ref-format(1) accepts a text as the full name of a ref, `refs/...`."""
    return re.search(_NO_REF, text) is None


def to_bytes(text: str) -> bytes:
    """The bytes of a name as git has them; the inverse of `to_text`.

    Not `os.fsencode`: names in a repository do not change with the locale.
    """
    return text.encode("utf-8", "surrogateescape")


def to_text(data: bytes) -> str:
    """A name or message of git's as text; bytes that are not UTF-8 become surrogate escapes."""
    return data.decode("utf-8", "surrogateescape")


def pasted(*names: str) -> str:
    """Names as words for a shell's command line, for text that people paste.

    No name is taken for an option, or makes the shell do anything. Unprintable characters are
    escapes (`$'...'`, which bash, zsh and ksh know).
    """
    import shlex

    words = [shlex.quote(name) if name.isprintable() else _escaped(name) for name in names]
    return " ".join((["--"] if any(name.startswith("-") for name in names) else []) + words)


def _escaped(name: str) -> str:
    """A name as `$'...'`, byte by byte where needed."""
    data = name.encode("utf-8", "surrogateescape")
    plain = (
        chr(byte) if 32 <= byte < 127 and byte not in b"'\\" else f"\\{byte:03o}" for byte in data
    )
    return f"$'{''.join(plain)}'"


def check_path(path: str) -> None:
    """Raises InputError for a path that git would never track, so that it could only do harm.

    The rules are git's `verify_path`, with the disguises that HFS+ and NTFS see through.
    """
    try:
        canonical = to_text(to_bytes(path)) == path
    except UnicodeEncodeError:
        canonical = False
    if not canonical or "\0" in path:
        raise InputError("not a file name", where=ascii(path[:PATH_LIMIT]))
    if len(path) > PATH_LIMIT:
        raise InputError(f"the name of a file has over {PATH_LIMIT} characters")
    for part in path.split("/"):
        reason = refused_name(part)
        if reason:
            raise InputError(f"refused path: {reason}", where=path)


def refused_name(part: str) -> str:
    """Why no file or directory in a repository may be called `part`; "" if one may."""
    if part == "":
        return "an empty name, or an absolute path"
    if part in (".", ".."):
        return f"{part!r} leads out of its directory"
    if part.isascii() and ".git" not in part.lower() and "git~1" not in part.lower():
        return ""  # as nearly all of them: what is looked for next is longer to find
    import unicodedata  # late: few names are not ASCII

    seen = "".join(char for char in part if unicodedata.category(char) != "Cf")
    for name in (part, *re.split(r"[\\:]", part), seen):
        if name.rstrip(". ").lower() in (".git", "git~1"):
            return f"{part!r} is git's own directory in disguise"
    return ""

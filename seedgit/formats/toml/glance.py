"""Read the value of TOML that is laid out as most configuration is, line by line, without a tree.

Each line has a header of one bare name, or a bare key with a scalar or a few of them in brackets.
Anything else is left to `read.py`, which takes ten times as long.
"""

from __future__ import annotations

from seedgit.values.value import NODE_LIMIT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.values.value import Value

MOST_DIGITS = 15  # of an integer

_DIGITS = "0123456789"
_BARE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz" + _DIGITS + "_-"
_WORDS = {"true": True, "false": False}


class _Doubt(Exception):
    """The text, or a part of it, is none that is read here."""


def glance(text: str) -> Value:
    """The map that `read.parse` finds in a text. None: that is to be asked."""
    if len(text) > NODE_LIMIT:  # characters: of a shorter text no limit of values is met
        return None
    root: dict[str, Value] = {}
    table = root
    last: str | None = None  # the array of tables that the lines are in
    try:
        for line in text.split("\n"):
            if not line.isprintable():
                return None
            body = line.strip(" ")
            if not body or body[0] == "#":
                continue
            body = body.partition(" #")[0].rstrip(" ")
            if body[0] != "[":
                key, _, value = body.partition("=")
                table[_new(key.rstrip(" "), table)] = _value(value.lstrip(" "))
                continue
            table = {}
            if body[:2] == "[[" and body[-2:] == "]]":
                if body[2:-2] != last:
                    last = _new(body[2:-2], root)
                    root[last] = []
                root[last].append(table)
            elif body[-1] == "]":
                last = None
                root[_new(body[1:-1], root)] = table
            else:
                return None
    except _Doubt:
        return None
    return root


def _new(key: str, table: dict[str, Value]) -> str:
    """A bare key that a table does not have yet. Raises _Doubt."""
    if not key or key.strip(_BARE) or key in table:
        raise _Doubt
    return key


def _value(text: str) -> Value:
    """The value of what stands on one line. Raises _Doubt."""
    if text[:1] != "[" or text[-1] != "]":
        return _scalar(text)
    return [_scalar(item.strip(" ")) for item in text[1:-1].split(",")] if text != "[]" else []


def _scalar(text: str) -> Value:
    """The value of a scalar. Raises _Doubt."""
    if text in _WORDS:
        return _WORDS[text]
    first = text[:1]
    if first and first in "\"'" and len(text) > 1 and text[-1] == first:
        inner = text[1:-1]
        if first in inner or "\\" in inner:
            raise _Doubt
        return inner
    digits = text[1:] if first == "-" else text
    if not digits or digits.strip(_DIGITS) or len(digits) > MOST_DIGITS:
        raise _Doubt
    if digits[0] == "0" and text != "0":
        raise _Doubt
    return int(text)

"""Read the value of YAML that is laid out as most configuration is, line by line, without a tree.

One key or item stands on each line, with a plain scalar, a quoted one without escapes, a few of
these in brackets, or what is indented below it. Anything else is left to `read.py`, which takes ten
times as long.
"""

from __future__ import annotations

from seedgit.formats.yaml.scalars import plain_value
from seedgit.values.value import NODE_LIMIT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.values.value import Value

DEEPEST = 100  # levels, which a document may have

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"
_FIRST_OF_KEY = frozenset(_LETTERS + "_/")
_IN_KEY = _LETTERS + _DIGITS + "_-./*"
_FIRST = frozenset(_LETTERS + _DIGITS + "_/")
_IN_SCALAR = _LETTERS + _DIGITS + "_-./*@+%=~,()$: "


class _Doubt(Exception):
    """The text, or a part of it, is none that is read here."""


# What stands on a line, without its indentation and comment: how far the entry of a map that begins
# an item stands behind the item's dash, 0 where there is no dash; the key, None for an item without
# one; and the value, _BELOW where the next lines have it.
Parts = tuple[int, "str | None", object]

_BELOW = object()
_KEPT = 4096  # lines: most of them stand in many files, and many times in one
_LONG = 200  # characters of a line that is not kept
_known: dict[str, Parts] = {}


def glance(text: str) -> Value:
    """The map or list that `read.parse` finds in a text. None: that is to be asked."""
    if len(text) > NODE_LIMIT:  # characters: of a shorter text no limit of values is met
        return None
    reading = _Reading()
    try:
        for line in text.split("\n"):
            body = line.lstrip(" ")
            if not line.isprintable():
                return None
            if body and body[0] != "#":
                reading.line(len(line) - len(body), _known.get(body) or _parts(body))
        return reading.whole()
    except (_Doubt, ValueError):
        return None


def _parts(line: str) -> Parts:
    """What stands on a line. Raises _Doubt, ValueError."""
    body, dashed = line.partition(" #")[0].rstrip(" "), 0
    if body[:2] == "- ":
        rest = body[2:].lstrip(" ")
        dashed, body = len(body) - len(rest), rest
    if dashed and (body[0] in "[{" or (": " not in body and body[-1] != ":")):
        found: Parts = dashed, None, _value(body)
    else:
        key, colon, rest = body.partition(": ")
        if not colon and key[-1:] != ":":
            raise _Doubt
        found = (
            dashed,
            *((_key(key), _value(rest.lstrip(" "))) if colon else (_key(key[:-1]), _BELOW)),
        )
    if len(line) < _LONG and type(found[2]) not in (list, dict):  # each file has its own
        if len(_known) == _KEPT:
            _known.clear()
        _known[line] = found
    return found


class _Reading:
    """What the lines so far have told.

    columns, holders  where the entries of each open container begin, and the container
    key               of the member whose value the next lines have; None: of no member
    """

    def __init__(self) -> None:
        self.columns = [-1]
        self.holders: list[Value] = [{}]
        self.key: str | None = ""

    def whole(self) -> Value:
        if self.key is not None:
            raise _Doubt  # a member without a value is null
        return self.holders[0][""]

    def line(self, column: int, parts: Parts) -> None:
        """Take the next line that is neither blank nor a comment alone."""
        dashed, key, value = parts
        if dashed:
            items = self.open(column, list)
            if key is None:
                items.append(value)
                return
            members: Value = {}
            items.append(members)
            self.push(column + dashed, members)
        else:
            members = self.open(column, dict)
        if key in members:
            raise _Doubt
        if value is _BELOW:
            self.key, value = key, None
        members[key] = value

    def open(self, column: int, kind: type) -> Value:
        """The container that an entry of this kind at a column belongs to."""
        columns, holders = self.columns, self.holders
        if self.key is not None:
            # A list may have the indentation of its key.
            if column < columns[-1] + (kind is dict):
                raise _Doubt
            holders[-1][self.key] = made = kind()
            self.key = None
            self.push(column, made)
            return made
        while columns[-1] > column or (kind is dict and type(holders[-1]) is list):
            columns.pop()
            holders.pop()
        if columns[-1] != column or type(holders[-1]) is not kind:
            raise _Doubt
        return holders[-1]

    def push(self, column: int, made: Value) -> None:
        if len(self.columns) > DEEPEST:
            raise _Doubt
        self.columns.append(column)
        self.holders.append(made)


def _key(text: str) -> str:
    """A plain key that is a text. Raises _Doubt."""
    if text[:1] not in _FIRST_OF_KEY or text.strip(_IN_KEY) or type(plain_value(text)) is not str:
        raise _Doubt
    return text


def _value(text: str) -> Value:
    """The value of what stands on one line. Raises _Doubt, ValueError."""
    if text in ("[]", "{}"):
        return [] if text == "[]" else {}
    if text[:1] == "[" and text[-1] == "]":
        return [_inner(item) for item in text[1:-1].split(",")]
    if text[:1] != "{" or text[-1] != "}":
        return _scalar(text)
    members: dict[str, Value] = {}
    for member in text[1:-1].split(","):
        key, _, value = member.strip(" ").partition(": ")
        if key in members:
            raise _Doubt
        members[_key(key)] = _inner(value)
    return members


def _inner(text: str) -> Value:
    """The value of a scalar inside brackets. Raises as `_value`."""
    text = text.strip(" ")
    if ":" in text and text[0] not in "\"'":
        raise _Doubt  # not all versions of YAML agree
    return _scalar(text)


def _scalar(text: str) -> Value:
    first = text[:1]
    if first in _FIRST or (first == "-" and text[1:2] in _FIRST):
        if text.strip(_IN_SCALAR) or ": " in text or text[-1] == ":":
            raise _Doubt
        return plain_value(text)
    if first and first in "\"'" and len(text) > 1 and text[-1] == first:
        inner = text[1:-1]
        if first not in inner and "\\" not in inner:
            return inner
    raise _Doubt

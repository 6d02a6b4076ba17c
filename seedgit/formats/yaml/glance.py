"""Read the value of YAML that is laid out as most configuration is, line by line, without a tree.

One key or item stands on each line, with a plain scalar, a quoted one without escapes, a few of
these in brackets, or what is indented below it. Anything else is left to `read.py`, which takes ten
times as long.
"""

from __future__ import annotations

from seedgit.formats.yaml.scalars import plain_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.values.value import Value

LONGEST = 1_000_000  # characters: so there are fewer values than a document may have
DEEPEST = 100  # levels, which a document may have

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"
_FIRST_OF_KEY = frozenset(_LETTERS + "_/")
_IN_KEY = _LETTERS + _DIGITS + "_-./*"
_FIRST = frozenset(_LETTERS + _DIGITS + "_/")
_IN_SCALAR = _LETTERS + _DIGITS + "_-./*@+%=~,()$: "


class _Doubt(Exception):
    """The text, or a part of it, is none that is read here."""


def glance(text: str) -> Value:
    """The map or list that `read.parse` finds in a text. None: that is to be asked."""
    if len(text) > LONGEST:
        return None
    reading = _Reading()
    try:
        for line in text.split("\n"):
            body = line.lstrip(" ")
            if not line.isprintable():
                return None
            if body and body[0] != "#":
                reading.line(len(line) - len(body), body.partition(" #")[0].rstrip(" "))
        return reading.whole()
    except (_Doubt, ValueError):
        return None


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

    def line(self, column: int, body: str) -> None:
        """Take the next line that is neither blank nor a comment alone."""
        if body[:2] == "- ":
            items = self.open(column, list)
            rest = body[2:].lstrip(" ")
            if rest[0] in "[{" or (": " not in rest and rest[-1] != ":"):
                items.append(_value(rest))
                return
            items.append({})
            column += len(body) - len(rest)
            self.push(column, items[-1])
            body = rest
        members = self.open(column, dict)
        key, colon, rest = body.partition(": ")
        if not colon:
            if key[-1:] != ":":
                raise _Doubt
            key = self.key = key[:-1]
        members[_new(key, members)] = _value(rest.lstrip(" ")) if colon else None

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


def _new(key: str, members: dict[str, Value]) -> str:
    """A plain key that a map does not have yet. Raises _Doubt."""
    if key[:1] not in _FIRST_OF_KEY or key.strip(_IN_KEY) or key in members:
        raise _Doubt
    if type(plain_value(key)) is not str:
        raise _Doubt
    return key


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
        members[_new(key, members)] = _inner(value)
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

"""The values of documents: those of JSON, and some that JSON cannot express.

A value is None, bool, int, float, str, a list, a dict with `str` keys, an `Opaque`, or a `Secret`.
Two values are the same only if their types are: 1, 1.0 and true all differ.
"""

from __future__ import annotations

try:
    from _json import encode_basestring as _quoted
except ImportError:
    from json.encoder import encode_basestring as _quoted

# `typing` is not imported at run time: its import alone is a tenth of the merge driver's cost.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

    Value: TypeAlias = Any
else:
    Value = object


# The most levels of a document. Later steps recurse a few frames for each level: this stays far
# from Python's own recursion limit.
DEPTH_LIMIT = 128
# Values in one document. One may be a few bytes of text, and takes some 500 bytes of memory.
NODE_LIMIT = 1_000_000


# How the items of a list are told apart if not by one member: by several, joined by this
# character; not at all, as the list is one value; or by all that they are, as it is a set.
JOINS = "\0"
ATOMIC, SET = "\0atomic", "\0set"


class Key(str):
    """A mapping key that is not a string in its document (`8080:`, `true:`).

    It is found by its text, as in a JSON Pointer. `canonical` tells it from a string of the same
    text.
    """

    __slots__ = ()


class Opaque:
    """A value JSON cannot express: a tagged YAML node, a TOML date. Equal by tag and content."""

    __slots__ = ("content", "tag")

    def __init__(self, tag: str, content: Value) -> None:
        self.tag = tag
        self.content = content

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Opaque) and canonical(self) == canonical(other)

    def __hash__(self) -> int:
        return hash(canonical(self))

    def __repr__(self) -> str:
        return f"Opaque({self.tag!r}, {self.content!r})"


class Secret:
    """A value that is stored encrypted. It prints as a mask, and compares without a key.

    age     the value as an age file in ASCII armour; "" where it is only remembered, or new
    digest  names the value: two secrets with one digest have the same value; "" if it is new
    to      the ids of the recipients that can decrypt it
    plain   of one that is not encrypted: the value itself
    bare    whether it is stored plain, and stays so: it was set before a rule made it a secret

    Equal only if they are the same encryption: a value that was encrypted anew has changed.
    """

    __slots__ = ("age", "bare", "digest", "plain", "to")

    def __init__(
        self,
        age: str = "",
        digest: str = "",
        to: tuple[str, ...] = (),
        plain: Value = None,
        *,
        bare: bool = False,
    ) -> None:
        self.age = age
        self.digest = digest
        self.to = to
        self.plain = plain
        self.bare = bare

    @property
    def new(self) -> bool:
        """Whether it is still to be encrypted."""
        return not (self.digest or self.bare)

    @property
    def name(self) -> str:
        """Tells it from others, for a person: the beginning of its digest; "" of a new one."""
        return self.digest.partition(":")[2][:8]

    @property
    def remembered(self) -> Secret:
        """What is left of it for comparisons."""
        return self if self.new or self.bare else Secret(digest=self.digest)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Secret)
            and (self.age, self.digest, self.to) == (other.age, other.digest, other.to)
            and self.bare == other.bare
            and same(self.plain, other.plain)
        )

    def __hash__(self) -> int:
        return hash((self.age, self.digest))

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __repr__(self) -> str:
        return f"(secret {self.name})" if self.name else "(secret)"


def canonical(value: Value) -> str:
    """A text for a value: two texts are equal exactly if the values are. Key order does not count.

    `json.dumps` with sorted keys writes the same text, but takes time to load.
    """
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        return _FLOATS.get(text := float.__repr__(value), text)
    if isinstance(value, dict):
        members = sorted(
            ("\x00" + key if type(key) is Key else key, item) for key, item in value.items()
        )
        return "{" + ", ".join(f"{_quoted(key)}: {canonical(item)}" for key, item in members) + "}"
    if isinstance(value, Opaque):
        return canonical({"\x00tag": value.tag, "\x00content": value.content})
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(canonical, value)) + "]"
    if isinstance(value, Secret) and value.bare:
        return canonical({"\x00bare": _hashed(canonical(value.plain))})  # it may be kept, or told
    if isinstance(value, Secret) and not value.new:
        return canonical({"\x00secret": [value.digest, value.age, value.to]})
    raise TypeError(f"no value of a document: {value!r}")


def _hashed(text: str) -> str:
    from hashlib import sha256  # late: it takes time to load, and few values are secrets

    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


_FLOATS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


def same(a: Value, b: Value) -> bool:
    """Whether two values are the same, types included."""
    if a is b:
        return True
    kind = type(a)
    if kind is not type(b):
        return False
    if kind is dict:
        if len(a) != len(b):
            return False
        for key, value in a.items():
            if key not in b or not same(value, b[key]):
                return False
        return _keys(a) == _keys(b)
    if kind is list:
        return len(a) == len(b) and all(map(same, a, b))
    if kind is float:
        return repr(a) == repr(b)
    return bool(a == b)


def has_secret(value: Value) -> bool:
    """Whether a value is a secret, or has one in it."""
    if isinstance(value, dict):
        return any(map(has_secret, value.values()))
    return any(map(has_secret, value)) if isinstance(value, list) else isinstance(value, Secret)


def copied(value: Value) -> Value:
    """A deep copy of a value."""
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    return [copied(item) for item in value] if isinstance(value, list) else value


def _keys(mapping: dict[str, Value]) -> set[str]:
    """The keys that are not strings in the document."""
    return {key for key in mapping if type(key) is Key}

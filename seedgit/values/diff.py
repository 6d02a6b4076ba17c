"""The differences between two values, as a JSON Patch or as a list of changes for a person.

List items are aligned (`values.align`), so an item inserted at the front is one operation: the
items after it are not replaced.
"""

from __future__ import annotations

from seedgit.errors import PatchError
from seedgit.values.align import align
from seedgit.values.pointer import format_pointer, resolve
from seedgit.values.value import ATOMIC, Opaque, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from seedgit.values.value import Value

    Tokens = tuple[str, ...]
    KeyOf = Callable[[Tokens], "str | None"]


class Absent:
    """The type of ABSENT, which stands for "there is no value"."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "ABSENT"

    def __reduce__(self) -> str:
        return "ABSENT"  # there is one in each process


ABSENT = Absent()


def value_at(value: Value, tokens: Tokens) -> Value:
    """The value at a pointer; ABSENT where there is none."""
    try:
        return resolve(value, tokens)
    except PatchError:
        return ABSENT


class Change:
    """One pointer whose value differs.

    tokens  the pointer in the new document, or in the old one where the item is gone
    old     the old value, or ABSENT
    new     the new value, or ABSENT
    """

    __slots__ = ("new", "old", "tokens")

    def __init__(self, tokens: Tokens, old: Value, new: Value) -> None:
        self.tokens = tokens
        self.old = old
        self.new = new


def no_key(_: Tokens) -> str | None:
    """A `KeyOf` for documents in which no list has a declared identity key."""
    return None


def changes(a: Value, b: Value, key_of: KeyOf = no_key) -> list[Change]:
    """The pointers at which two values differ, as deep in their containers as possible."""
    return list(_changes(a, b, (), key_of))


def _changes(a: Value, b: Value, at: Tokens, key_of: KeyOf) -> Iterator[Change]:
    if same(a, b):
        return
    if isinstance(a, dict) and isinstance(b, dict):
        for key in {**a, **b}:
            if key in a and key in b:
                yield from _changes(a[key], b[key], (*at, key), key_of)
            else:
                yield Change((*at, key), a.get(key, ABSENT), b.get(key, ABSENT))
    elif isinstance(a, list) and isinstance(b, list) and key_of(at) != ATOMIC:
        pairs = align(a, b, key_of(at)).pairs
        came_from = {j: i for i, j in pairs.items()}
        for i, item in enumerate(a):
            if i not in pairs:
                yield Change((*at, str(i)), item, ABSENT)
        for j, item in enumerate(b):
            if j in came_from:
                yield from _changes(a[came_from[j]], item, (*at, str(j)), key_of)
            else:
                yield Change((*at, str(j)), ABSENT, item)
        if not _ascending(pairs):
            yield Change(at, a, b)
    else:
        yield Change(at, a, b)


def diff(a: Value, b: Value, key_of: KeyOf = no_key) -> list[dict[str, Any]]:
    """The patch that turns `a` into `b`. It is empty where they are the same.

    The same arguments always give the same patch. Raises PatchError where JSON cannot express a
    value that the patch needs.
    """
    return list(_diff(a, b, (), key_of))


def _diff(a: Value, b: Value, at: Tokens, key_of: KeyOf) -> Iterator[dict[str, Any]]:
    if same(a, b):
        return
    if isinstance(a, dict) and isinstance(b, dict) and _same_keys(a, b):
        for key in a:
            if key not in b:
                yield {"op": "remove", "path": format_pointer((*at, key))}
        for key, item in b.items():
            if key in a:
                yield from _diff(a[key], item, (*at, key), key_of)
            else:
                yield _operation("add", (*at, key), item)
    elif isinstance(a, list) and isinstance(b, list) and key_of(at) != ATOMIC:
        yield from _list_diff(a, b, at, key_of)
    else:
        yield _operation("replace", at, b)


def _list_diff(
    a: list[Value], b: list[Value], at: Tokens, key_of: KeyOf
) -> Iterator[dict[str, Any]]:
    """First the changes inside items, then removals from the end, then insertions from the
    front."""
    pairs = _in_order(align(a, b, key_of(at)).pairs)
    for i, j in pairs.items():
        yield from _diff(a[i], b[j], (*at, str(i)), key_of)
    for i in reversed(range(len(a))):
        if i not in pairs:
            yield {"op": "remove", "path": format_pointer((*at, str(i)))}
    kept = set(pairs.values())
    for j, item in enumerate(b):
        if j not in kept:
            yield _operation("add", (*at, str(j)), item)


def _operation(op: str, tokens: Tokens, value: Value) -> dict[str, Any]:
    return {"op": op, "path": format_pointer(tokens), "value": sayable(value, tokens)}


def sayable(value: Value, tokens: Tokens = ()) -> Value:
    """Return `value` if JSON in UTF-8 can express all of it. Raises PatchError otherwise."""
    if isinstance(value, Opaque):
        raise PatchError(
            f"{format_pointer(tokens) or '/'}: JSON cannot express a value tagged {value.tag}",
            hint="keep it in the file; an overlay holds plain values",
        )
    if isinstance(value, dict):
        for key, item in value.items():
            if type(key) is not str:
                raise PatchError(
                    f"{format_pointer((*tokens, key))}: JSON cannot express a key that is not text",
                    hint="keep it in the file; an overlay holds plain values",
                )
            encodable(key, (*tokens, key))
            sayable(item, (*tokens, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            sayable(item, (*tokens, str(index)))
    elif isinstance(value, str):
        encodable(value, tokens)
    return value


def encodable(text: str, tokens: Tokens) -> None:
    """Raise PatchError if UTF-8 cannot express a text: it has a lone surrogate."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise PatchError(
            f"{format_pointer(tokens) or '/'}: UTF-8 cannot express the character "
            f"{error.start + 1} of {text!r}",
            hint="seeds are UTF-8: give it another value, or name",
        ) from None


def _same_keys(a: dict[str, Value], b: dict[str, Value]) -> bool:
    """Whether keys with the same text are of the same type in both maps."""
    kinds = {key: type(key) for key in a}
    return all(kinds.get(key, type(key)) is type(key) for key in b)


def _in_order(pairs: dict[int, int]) -> dict[int, int]:
    """The largest set of pairs that keep their order. A patch removes and adds the other items."""
    from seedgit.values.sequence import increasing

    return dict(increasing(sorted(pairs.items())))


def _ascending(pairs: dict[int, int]) -> bool:
    return len(_in_order(pairs)) == len(pairs)

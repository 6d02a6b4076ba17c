"""Applies JSON Patches (RFC 6902) to values, without changing the values.

The jsonpatch library does the work, but for tests and replacements. It is loaded when it is needed:
most commands, and the merge driver, do without it.
"""

from __future__ import annotations

from seedgit.errors import PatchError, quoted
from seedgit.values.pointer import child, exists, parse_pointer, resolve
from seedgit.values.value import copied, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Any

    from seedgit.values.pointer import Tokens
    from seedgit.values.value import Value

    Operation = Mapping[str, Any]

# Without a limit, a dozen `copy` operations of a document into itself would fill the memory.
SIZE_LIMIT = 5_000_000


def apply(patch: Sequence[Operation], value: Value) -> Value:
    """The value after a patch. `value` itself does not change. Raises PatchError."""
    room = SIZE_LIMIT
    mine: dict[int, Value] = {}
    for number, operation in enumerate(patch):
        simple = _simply(operation, value, mine)
        if simple is not None:
            value = simple
            continue
        from seedgit.values.strict_patch import REFUSALS, made  # late: most patches are simple

        try:
            change = made(operation)
            if operation["op"] == "copy":
                room -= _size(value, {})
                if room < 0:
                    raise PatchError(f"copies more than {SIZE_LIMIT} values")
                add = {"op": "add", "path": operation["path"], "value": _Copied(operation, value)}
                change = made(add)
                mine.clear()  # what is copied stands at two places now, and is changed at neither
            # A move shifts items, so it is not known in advance which containers it changes.
            whole = operation["op"] == "move"
            value = copied(value) if whole else _own(value, parse_pointer(operation["path"]), mine)
            value = change.apply(value)
        except (*REFUSALS, PatchError) as error:
            path = operation.get("path") if isinstance(operation, dict) else None
            raise PatchError(f"operation {number}, at {quoted(path)}: {error}") from None
    return value


def replaced(value: Value, changes: Iterable[tuple[Tokens, Value, Value]]) -> Value | None:
    """As `apply`, for what nearly all patches are: a test and a replace for each of some places.

    changes  where, what is there, and what is to be there

    None if one of them does not fit: `apply` says why. The library takes ten times as long.
    """
    mine: dict[int, Value] = {}
    for tokens, old, new in changes:
        found = _at(value, tokens)
        if not found or not same(found[0], old):
            return None
        value = _put(value, tokens, new, mine)
    return value


def _simply(operation: Operation, value: Value, mine: dict[int, Value]) -> Value | None:
    """The value after a test that holds, or a replace of what is there; None for anything else."""
    if not isinstance(operation, dict) or operation.get("op") not in ("test", "replace"):
        return None
    place = operation.get("path")
    if not isinstance(place, str) or "value" not in operation:
        return None
    try:
        tokens = parse_pointer(place)
    except PatchError:
        return None
    found = _at(value, tokens)
    if not found:
        return None
    if operation["op"] == "test":
        return value if same(found[0], operation["value"]) else None
    return _put(value, tokens, operation["value"], mine)


def _at(value: Value, tokens: Tokens) -> list[Value]:
    """What is at a pointer, as a list; [] where nothing is, or all of the document."""
    try:
        return [child(resolve(value, tokens[:-1]), tokens[-1])]
    except (PatchError, IndexError):
        return []


def _put(value: Value, tokens: Tokens, new: Value, mine: dict[int, Value]) -> Value:
    """The value with another one at a pointer where there is one."""
    value = _own(value, tokens, mine)
    holder = resolve(value, tokens[:-1])
    holder[tokens[-1] if isinstance(holder, dict) else int(tokens[-1])] = new
    return value


class _Copied:
    """What a `copy` copies, as the value of an `add`.

    The library adds a deep copy of a value, which is this value itself: nothing changes it.
    """

    def __init__(self, operation: Operation, value: Value) -> None:
        place = operation.get("from")
        if not isinstance(place, str):
            raise PatchError("copy has no from")
        self.value = resolve(value, parse_pointer(place))

    def __deepcopy__(self, memo: object) -> Value:
        return self.value


def _own(value: Value, tokens: Tokens, mine: dict[int, Value]) -> Value:
    """The same value, with copies of the maps and lists along a pointer: they may be changed.

    mine  the containers that are copies already, by id
    """
    if not isinstance(value, (dict, list)):
        return value
    if id(value) not in mine:
        value = value.copy()
        mine[id(value)] = value
    if len(tokens) > 1 and exists(value, tokens[:1]):
        key: Any = tokens[0] if isinstance(value, dict) else int(tokens[0])
        value[key] = _own(value[key], tokens[1:], mine)
    return value


def _size(value: Value, known: dict[int, int]) -> int:
    """How many values there are; `known` has those of the maps and lists that were counted."""
    if not isinstance(value, (dict, list)):
        return 1
    if id(value) not in known:
        items = value.values() if isinstance(value, dict) else value
        known[id(value)] = 1 + sum(_size(item, known) for item in items)
    return known[id(value)]

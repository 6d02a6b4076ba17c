"""Applies JSON Patches (RFC 6902) to values, without changing the values.

The jsonpatch library does the work. It is loaded with the first patch, because the merge driver
applies none and must start fast.
"""

from __future__ import annotations

from seedgit.errors import PatchError, quoted
from seedgit.values.pointer import exists, parse_pointer
from seedgit.values.value import copied

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from seedgit.values.pointer import Tokens
    from seedgit.values.value import Value

    Operation = Mapping[str, Any]

# Without a limit, a dozen `copy` operations of a document into itself would fill the memory.
SIZE_LIMIT = 5_000_000


def apply(patch: Sequence[Operation], value: Value) -> Value:
    """The value after a patch. `value` itself does not change. Raises PatchError."""
    from seedgit.values.strict_patch import REFUSALS, StrictPatch

    room = SIZE_LIMIT
    mine: dict[int, Value] = {}
    for number, operation in enumerate(patch):
        try:
            change = StrictPatch([operation])
            if operation["op"] == "copy":
                room -= _size(value)
                if room < 0:
                    raise PatchError(f"operation {number} copies more than {SIZE_LIMIT} values")
            # A move shifts items, so it is not known in advance which containers it changes.
            whole = operation["op"] in ("move", "copy")
            value = copied(value) if whole else _own(value, parse_pointer(operation["path"]), mine)
            value = change.apply(value, in_place=True)
        except REFUSALS as error:
            path = operation.get("path") if isinstance(operation, dict) else None
            raise PatchError(f"operation {number}, at {quoted(path)}: {error}") from None
    return value


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


def _size(value: Value) -> int:
    if isinstance(value, dict):
        return 1 + sum(map(_size, value.values()))
    return 1 + sum(map(_size, value)) if isinstance(value, list) else 1

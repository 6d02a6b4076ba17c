"""JSON Patch (RFC 6902), applied to values without changing them.

The jsonpatch library does it. It is loaded by the first patch that is applied: the merge driver
applies none.
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

# A dozen copies of a document into itself would fill any memory.
SIZE_LIMIT = 5_000_000


def apply(patch: Sequence[Operation], value: Value) -> Value:
    """The value a patch makes of another. Raises PatchError; `value` itself stays as it is."""
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
            # A move shifts items, so what its pointers lead through is not known before it.
            whole = operation["op"] in ("move", "copy")
            value = copied(value) if whole else _own(value, parse_pointer(operation["path"]), mine)
            value = change.apply(value, in_place=True)
        except REFUSALS as error:
            path = operation.get("path") if isinstance(operation, dict) else None
            raise PatchError(f"operation {number}, at {quoted(path)}: {error}") from None
    return value


def _own(value: Value, tokens: Tokens, mine: dict[int, Value]) -> Value:
    """The same value; the maps and lists that a pointer leads through may be changed.

    mine  those that are copies already, by their ids
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

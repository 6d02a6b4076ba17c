"""JSON Patch (RFC 6902), applied to values without changing them.

The jsonpatch library is not used here: it takes 1 for true in a `test`, and its errors come from
two families. It is the oracle of the tests instead.
"""

from __future__ import annotations

from seedgit.errors import PatchError
from seedgit.values.pointer import END, child, format_pointer, list_index, parse_pointer, resolve
from seedgit.values.value import same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from seedgit.values.value import Value

    Operation = Mapping[str, Any]

OPERATIONS = ("add", "remove", "replace", "move", "copy", "test")

# A dozen copies of a document into itself would fill any memory.
SIZE_LIMIT = 5_000_000


def apply(patch: Sequence[Operation], value: Value) -> Value:
    """The value a patch makes of another. Raises PatchError; `value` itself stays as it is."""
    copied = 0
    for number, operation in enumerate(patch):
        try:
            if operation.get("op") == "copy" if isinstance(operation, dict) else False:
                copied += _size(resolve(value, parse_pointer(_member(operation, "from"))))
                if copied > SIZE_LIMIT:
                    raise PatchError(f"copies more than {SIZE_LIMIT} values")
            value = _apply(operation, value)
        except PatchError as error:
            raise PatchError(f"operation {number}: {error.message}", hint=error.hint) from None
    return value


def validate(patch: Any) -> list[dict[str, Any]]:
    """A patch from outside, checked for its form. Raises PatchError."""
    if not isinstance(patch, list):
        raise PatchError("a patch is a list of operations")
    for number, operation in enumerate(patch):
        try:
            _checked(operation)
        except PatchError as error:
            raise PatchError(f"operation {number}: {error.message}") from None
    return patch


def _checked(operation: Any) -> tuple[str, tuple[str, ...]]:
    if not isinstance(operation, dict):
        raise PatchError("an operation is an object")
    op = operation.get("op")
    if op not in OPERATIONS:
        raise PatchError(f"no such operation: {op!r}")
    if op in ("add", "replace", "test") and "value" not in operation:
        raise PatchError(f"{op} has no value")
    if op in ("move", "copy"):
        parse_pointer(_member(operation, "from"))
    return op, parse_pointer(_member(operation, "path"))


def _member(operation: Operation, name: str) -> str:
    text = operation.get(name)
    if not isinstance(text, str):
        raise PatchError(f"an operation has no {name!r}")
    return text


def _apply(operation: Any, value: Value) -> Value:
    op, tokens = _checked(operation)
    if op == "test":
        if not same(resolve(value, tokens), operation["value"]):
            raise PatchError(f"test failed: {format_pointer(tokens)} has another value")
        return value
    if op == "remove":
        return remove(value, tokens)
    if op == "replace":
        return replace(value, tokens, operation["value"])
    if op == "add":
        return add(value, tokens, operation["value"])
    source = parse_pointer(operation["from"])
    moved = resolve(value, source)
    if op == "move":
        if tokens[: len(source)] == source and len(tokens) > len(source):
            raise PatchError("nothing can be moved into itself")
        value = remove(value, source) if source else None
    return add(value, tokens, moved)


def add(value: Value, tokens: Sequence[str], new: Value) -> Value:
    """RFC 6902, section 4.1."""
    if not tokens:
        return new

    def change(container: Value, token: str) -> Value:
        if isinstance(container, dict):
            return {**container, token: new}
        if isinstance(container, list):
            index = list_index(token, len(container))
            if index > len(container):
                raise PatchError(f"the list has no place {token}: it has {len(container)} items")
            return [*container[:index], new, *container[index:]]
        raise PatchError("only a map or a list can hold something")

    return _changed(value, tuple(tokens), change)


def replace(value: Value, tokens: Sequence[str], new: Value) -> Value:
    """RFC 6902, section 4.3."""
    if not tokens:
        return new

    def change(container: Value, token: str) -> Value:
        child(container, token)
        if isinstance(container, dict):
            return {key: new if key == token else item for key, item in container.items()}
        index = list_index(token, len(container))
        return [*container[:index], new, *container[index + 1 :]]

    return _changed(value, tuple(tokens), change)


def remove(value: Value, tokens: Sequence[str]) -> Value:
    """RFC 6902, section 4.2."""
    if not tokens:
        raise PatchError("the whole document cannot be removed")

    def change(container: Value, token: str) -> Value:
        child(container, token)
        if isinstance(container, dict):
            return {key: item for key, item in container.items() if key != token}
        index = list_index(token, len(container))
        return [*container[:index], *container[index + 1 :]]

    return _changed(value, tuple(tokens), change)


def _changed(value: Value, tokens: tuple[str, ...], change: Callable[[Value, str], Value]) -> Value:
    path = [value]
    for depth, token in enumerate(tokens[:-1]):
        if token == END:
            raise PatchError(f"{format_pointer(tokens)}: there is nothing at {END!r}")
        try:
            path.append(child(path[-1], token))
        except PatchError as error:
            raise PatchError(f"{format_pointer(tokens[: depth + 1])}: {error.message}") from None
    try:
        new = change(path[-1], tokens[-1])
    except PatchError as error:
        raise PatchError(f"{format_pointer(tokens)}: {error.message}") from None
    for container, token in zip(reversed(path[:-1]), reversed(tokens[:-1]), strict=True):
        if isinstance(container, dict):
            new = {key: new if key == token else item for key, item in container.items()}
        else:
            index = list_index(token, len(container))
            new = [*container[:index], new, *container[index + 1 :]]
    return new


def _size(value: Value) -> int:
    if isinstance(value, dict):
        return 1 + sum(map(_size, value.values()))
    return 1 + sum(map(_size, value)) if isinstance(value, list) else 1

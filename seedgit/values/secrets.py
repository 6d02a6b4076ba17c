"""Secrets inside of values: where they are, and values with something else in their place."""

from __future__ import annotations

from seedgit.values.value import Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seedgit.values.value import Value

    Tokens = tuple[str, ...]


def secrets_in(value: Value, at: Tokens = ()) -> Iterator[tuple[Tokens, Secret]]:
    """The secrets in a value, each with its pointer."""
    if isinstance(value, Secret):
        yield at, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from secrets_in(item, (*at, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from secrets_in(item, (*at, str(index)))


def replaced(value: Value, change: Callable[[Secret, Tokens], Value], at: Tokens = ()) -> Value:
    """The value with each secret replaced; the very same value where it has none."""
    if isinstance(value, Secret):
        return change(value, at)
    if isinstance(value, dict):
        made = {key: replaced(item, change, (*at, key)) for key, item in value.items()}
        return value if all(made[key] is item for key, item in value.items()) else made
    if isinstance(value, list):
        items = [replaced(item, change, (*at, str(n))) for n, item in enumerate(value)]
        return value if all(map(_is, items, value)) else items
    return value


def masked(value: Value) -> Value:
    """The value with a text in the place of each secret, as it is shown."""
    return replaced(value, lambda secret, _: repr(secret))


def as_stored(value: Value) -> Value:
    """The value with what is stored plain as it is stored."""
    return replaced(value, lambda secret, _: secret.plain if secret.bare else secret)


def remembered(value: Value) -> Value:
    """What is left of a value for comparisons: its secrets can be told apart, not decrypted."""
    return replaced(value, lambda secret, _: secret.remembered)


def _is(one: Value, other: Value) -> bool:
    return one is other

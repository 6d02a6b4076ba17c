"""Is a change meant as it is written? What looks like a slip is refused first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from seedgit import codes
from seedgit.errors import UsageError
from seedgit.named_tuple import NamedTuple
from seedgit.overlay.override import REMOVE
from seedgit.overlay.record import Record
from seedgit.overlay.targets import Place
from seedgit.rules.ownership import SeedRule
from seedgit.values.pointer import END, exists, format_pointer, resolve
from seedgit.values.value import Value

MOST_NAMED = 3  # suggestions of what came close


KINDS = ((bool, "true or false"), ((int, float), "a number"), (str, "text"), (list, "a list"))


class Meant(NamedTuple):
    """What a person has said to be meant: a new pointer, what is missing above it, another type.

    ways  the options that let the value be of another type
    """

    new: bool = False
    parents: bool = False
    any_type: bool = False
    ways: str = "--text takes it as text, --as-json as JSON"


class Remark(NamedTuple):
    """Something to know about an override that was set: a stable code, and what came close."""

    code: str
    pointer: str
    close: tuple[str, ...] = ()


def check_new(
    rule: SeedRule, base: Value, places: Iterable[Place], steps: tuple[str, ...], meant: Meant
) -> Iterator[Remark]:
    """What there is to know about the places of a selector.

    Raises UsageError for a place that the seed does not have and no rule names, unless it may be
    new.
    """
    for place in places:
        if place.holder is not None or place.tokens is None:
            continue  # in a value of the overlay's own
        owned = rule.entry(place.tokens, base) is not None
        if not exists(base, place.tokens) and steps[-1] != END:
            close = _close(base, place.tokens)
            if not owned and not meant.new:
                raise _unknown(place, close)
            if close and not (owned and rule.entry(place.tokens[:-1], base) is None):
                yield Remark(codes.NEW_POINTER, place.label, close)
        if not owned:
            yield Remark(codes.NOT_OWNED, place.label)


def check_type(
    record: Record, base: Value, places: Iterable[Place], value: Value, ways: str
) -> None:
    """Raises UsageError if a value is of another type than the one that it replaces."""
    for place in places:
        known = {kind for there in _there(record, base, place) if (kind := _kind(there))}
        if known and _kind(value) not in known and "null" not in known:
            raise UsageError(
                f"{place.label} is {' or '.join(sorted(known))}, and this is {_kind(value)}",
                hint=f"if you mean it: {ways}",
            )


def _there(record: Record, base: Value, place: Place) -> Iterator[Value]:
    """The values at a place: the seed's, and the overlay's own."""
    if place.tokens is not None and exists(base, place.tokens):
        yield resolve(base, place.tokens)
    if place.holder is not None and exists(place.holder.value, place.rest):
        yield resolve(place.holder.value, place.rest)
    for override in record.overrides:
        if override.tokens == place.tokens and override.op != REMOVE:
            yield override.value


def _kind(value: Value) -> str:
    """What type a value is of, for a person; "" for one that JSON cannot express."""
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "a map"
    return next((kind for types, kind in KINDS if isinstance(value, types)), "")


def _unknown(place: Place, close: tuple[str, ...]) -> UsageError:
    assert place.tokens is not None
    text = f"did you mean {' or '.join(close)}? " if close else ""
    return UsageError(
        f"{place.label} is not in the seed, and no rule names it",
        hint=f"{text}--new sets it anyway",
    )


def _close(base: Value, tokens: tuple[str, ...]) -> tuple[str, ...]:
    """The pointers of the seed that are like one it does not have: beside it, or anywhere."""
    holder = resolve(base, tokens[:-1])
    beside = list(map(str, holder))[:1000] if isinstance(holder, dict) else []
    from difflib import get_close_matches

    found = get_close_matches(tokens[-1], beside, n=MOST_NAMED)
    if found:
        return tuple(format_pointer((*tokens[:-1], name)) for name in found)
    elsewhere = (at for at in _named(base, tokens[-1]) if isinstance(holder, dict))
    return tuple(format_pointer(at) for at, _ in zip(elsewhere, range(MOST_NAMED), strict=False))


def _named(value: Value, name: str, at: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The pointers whose last step is a name."""
    if isinstance(value, dict):
        if name in value:
            yield (*at, name)
        children = list(value.items())
    else:
        children = (
            [(str(n), item) for n, item in enumerate(value)] if isinstance(value, list) else []
        )
    for token, item in children:
        yield from _named(item, name, (*at, token))

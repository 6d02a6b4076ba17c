"""Turns a record's overrides into a JSON Patch.

Every pointer is relative to the record's base document, and the patch is valid RFC 6902 for that
base: a `test` pins the seed's value, then comes the change. Members such as `why` are extra;
RFC 6902 (section 4) lets readers ignore them.

A patch is applied one operation after the other, so the order keeps the pointers right: values come
first, then changes that shift list items, from the end of each list to its front.
"""

from __future__ import annotations

from seedgit.overlay.override import ADD, REMOVE, REPLACE, TEST, Override
from seedgit.values.diff import ABSENT, no_key
from seedgit.values.patch import apply
from seedgit.values.pointer import exists, format_pointer, is_index, resolve
from seedgit.values.selector import selector_of
from seedgit.values.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from seedgit.values.diff import KeyOf, Tokens


def patch_of(overrides: tuple[Override, ...]) -> list[dict[str, Any]]:
    """The RFC 6902 patch of some overrides. Applied to their base it gives the effective value."""
    patch: list[dict[str, Any]] = []
    made: set[Tokens] = set()  # the maps that the operations so far have made
    for override in ordered(overrides):
        patch += _kept_operation(override, made) if override.missing else _operations(override)
    return patch


def _kept_operation(override: Override, made: set[Tokens]) -> list[dict[str, Any]]:
    """The addition for an override whose maps the base lacks: it makes these maps too."""
    tokens, value = override.tokens, override.value
    top = len(tokens) - override.missing
    while top < len(tokens) and tokens[:top] in made:
        top += 1
    for depth in range(len(tokens) - 1, top - 1, -1):
        made.add(tokens[:depth])
        value = {tokens[depth]: value}
    (change,) = _operations(override)
    kept = {"path": override.pointer, "missing": override.missing}
    return [change | {"path": format_pointer(tokens[:top]), "value": value, "kept": kept}]


def _operations(override: Override) -> list[dict[str, Any]]:
    path = override.pointer
    extra: dict[str, Any] = {"why": override.why} if override.why else {}
    if override.moved_under:
        extra["over"] = written_value(override.over)
    if override.until:
        extra["until"] = {override.until.kind: override.until.value}
    if override.chosen:
        extra["chosen"] = override.chosen
    if override.op == REMOVE and override.seed is ABSENT:
        return []
    if override.op == REMOVE:
        return [_test(override), {"op": REMOVE, "path": path, **extra}]
    change = {"op": override.op, "path": path, "value": override.value, **extra}
    return [_test(override), change] if override.op == REPLACE else [change]


def _test(override: Override) -> dict[str, Any]:
    return {"op": TEST, "path": override.pointer, "value": override.seed}


def written_value(value: Value) -> dict[str, Any]:
    """A value in the form of a record, which also has a form for "no value"."""
    return {"absent": True} if value is ABSENT else {"value": value}


def is_structural(override: Override) -> bool:
    """Whether it may shift list items: it adds or removes, and its last step is an index."""
    last = override.tokens[-1] if override.tokens else ""
    return override.op != REPLACE and is_index(last)


def inserts(override: Override, base: Value) -> bool:
    """Whether it inserts a new item into a list of its base."""
    at = override.tokens[:-1]
    return (
        override.op == ADD
        and bool(override.tokens)
        and exists(base, at)
        and isinstance(resolve(base, at), list)
    )


def ordered(overrides: tuple[Override, ...]) -> list[Override]:
    """The overrides in patch order: each pointer of the base still fits when its turn comes."""
    values = [o for o in overrides if not is_structural(o)]
    structural = [o for o in overrides if is_structural(o)]
    # At one index the removal comes first, then the insertions in reverse: each goes in front of
    # the one before, so the items end up in the order of the record.
    ranked = sorted(
        enumerate(structural),
        key=lambda pair: (_rank(pair[1].tokens), pair[1].op == REMOVE, pair[0]),
        reverse=True,
    )
    return values + [override for _, override in ranked]


def _rank(tokens: Tokens) -> list[tuple[int, int, str]]:
    return [(1, int(t), "") if is_index(t) else (0, 0, t) for t in tokens]


def name_of(override: Override, base: Value, key_of: KeyOf = no_key) -> str:
    """The name of an override for a person. An inserted item has its identity there, if any."""
    return told_as(override, base, key_of) if inserts(override, base) else override.pointer


def told_as(override: Override, base: Value, key_of: KeyOf = no_key) -> str:
    """The selector of an override's place: items of lists by identity, if they have any."""
    added = override.value if inserts(override, base) else ABSENT
    return selector_of(base, override.tokens, key_of, added)


def effective_value(overrides: tuple[Override, ...], base: Value) -> Value:
    """The base with some overrides applied. Raises PatchError."""
    return apply(patch_of(overrides), base)

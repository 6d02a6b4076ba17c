"""The patch that a record's overrides are.

Every pointer is relative to the record's base document. The patch is valid RFC 6902 for that base:
a `test` pins the seed's value, then comes the change; members such as `why` ride along, which
RFC 6902 (section 4) lets others ignore. Order makes base-relative pointers right one after the
other too: values first, then what moves list items, from the end of each list to its front.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from seedgit.overlay.override import ADD, REMOVE, REPLACE, TEST, Override
from seedgit.values.diff import ABSENT
from seedgit.values.patch import apply
from seedgit.values.pointer import exists, format_pointer, is_index, resolve
from seedgit.values.value import Value

if TYPE_CHECKING:
    from seedgit.values.diff import Tokens


def patch_of(overrides: tuple[Override, ...]) -> list[dict[str, Any]]:
    """The RFC 6902 patch of overrides; applied to their base it gives the effective value."""
    patch: list[dict[str, Any]] = []
    made: set[Tokens] = set()  # the maps that the operations so far have made
    for override in ordered(overrides):
        patch += _kept_operation(override, made) if override.missing else _operations(override)
    return patch


def _kept_operation(override: Override, made: set[Tokens]) -> list[dict[str, Any]]:
    """What is kept where the base lacks the maps above it: one addition makes those, too."""
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
    if override.op == REMOVE and override.seed is ABSENT:
        return []
    if override.op == REMOVE:
        return [_test(override), {"op": REMOVE, "path": path, **extra}]
    change = {"op": override.op, "path": path, "value": override.value, **extra}
    return [_test(override), change] if override.op == REPLACE else [change]


def _test(override: Override) -> dict[str, Any]:
    return {"op": TEST, "path": override.pointer, "value": override.seed}


def written_value(value: Value) -> dict[str, Any]:
    """A value as a record has it, or that there is none."""
    return {"absent": True} if value is ABSENT else {"value": value}


def is_structural(override: Override) -> bool:
    """Whether it may move list items: an index as the last step, added or removed."""
    last = override.tokens[-1] if override.tokens else ""
    return override.op != REPLACE and is_index(last)


def inserts(override: Override, base: Value) -> bool:
    """Whether it puts an item into a list of its base: another one than stands at its pointer."""
    at = override.tokens[:-1]
    return (
        override.op == ADD
        and bool(override.tokens)
        and exists(base, at)
        and isinstance(resolve(base, at), list)
    )


def ordered(overrides: tuple[Override, ...]) -> list[Override]:
    """In the order of a patch, in which every pointer of the base is right when it comes up."""
    values = [o for o in overrides if not is_structural(o)]
    structural = [o for o in overrides if is_structural(o)]
    # At one index a removal comes before the insertions, and these in reverse: the last one made
    # stands first there.
    ranked = sorted(
        enumerate(structural),
        key=lambda pair: (_rank(pair[1].tokens), pair[1].op == REMOVE, pair[0]),
        reverse=True,
    )
    return values + [override for _, override in ranked]


def _rank(tokens: Tokens) -> list[tuple[int, int, str]]:
    return [(1, int(t), "") if is_index(t) else (0, 0, t) for t in tokens]


def effective_value(overrides: tuple[Override, ...], base: Value) -> Value:
    """What overrides make of their base. Raises PatchError."""
    return apply(patch_of(overrides), base)

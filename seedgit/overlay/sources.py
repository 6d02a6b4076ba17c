"""Where each value of an effective document comes from: the seed, or an override of a layer.

A tree of the document's shape, changed by the same overrides as the document.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from seedgit.overlay.override import ADD, REMOVE, Override
from seedgit.overlay.patch import ordered
from seedgit.values.pointer import is_index, list_index
from seedgit.values.value import Value

if TYPE_CHECKING:
    from seedgit.values.diff import Tokens


class Origin:
    """The origin of one value.

    layer     which layer gave it its value, from 0, lowest first; None: the seed
    override  the override that did; its pointer is one of the seed's. None of a layer's map that is
              there only for what is kept in it
    inner     where the value is in the override's value
    seed      the pointer of what the seed has there; None: nothing
    children  the origins of members or items; None for a plain value
    """

    __slots__ = ("children", "inner", "layer", "override", "seed")

    def __init__(
        self,
        layer: int | None,
        override: Override | None,
        inner: Tokens,
        seed: Tokens | None,
        children: dict[str, Origin] | list[Origin] | None,
    ) -> None:
        self.layer = layer
        self.override = override
        self.inner = inner
        self.seed = seed
        self.children = children

    @property
    def maker(self) -> Override | None:
        """The override without which the value would not be there; None: the seed has it."""
        if self.layer is None or self.override is not None:
            return self.override
        return next((found.override for _, found in self.walk() if found.override), None)

    def child(self, token: str) -> Origin | None:
        if isinstance(self.children, dict):
            return self.children.get(token)
        if isinstance(self.children, list) and is_index(token) and int(token) < len(self.children):
            return self.children[int(token)]
        return None

    def at(self, tokens: Sequence[str]) -> Origin | None:
        """The origin of what is at a pointer of the document."""
        found: Origin | None = self
        for token in tokens:
            found = found.child(token) if found else None
        return found

    def walk(self, at: Tokens = ()) -> Iterator[tuple[Tokens, Origin]]:
        """Every value of the document with its pointer, containers before what they hold."""
        yield at, self
        if isinstance(self.children, dict):
            for token, child in self.children.items():
                yield from child.walk((*at, token))
        elif isinstance(self.children, list):
            for index, child in enumerate(self.children):
                yield from child.walk((*at, str(index)))


def of_seed(value: Value, at: Tokens = ()) -> Origin:
    """The origins of a seed's own values."""
    children: dict[str, Origin] | list[Origin] | None = None
    if isinstance(value, dict):
        children = {key: of_seed(item, (*at, key)) for key, item in value.items()}
    elif isinstance(value, list):
        children = [of_seed(item, (*at, str(index))) for index, item in enumerate(value)]
    return Origin(None, None, at, at, children)


def lay(root: Origin, layer: int, placed: Sequence[tuple[Override, Override]]) -> None:
    """Change origins as a layer changes the document.

    `placed`: each override as it is for the document so far, with the same one for the seed.
    """
    original = {id(here): of_the_seed for here, of_the_seed in placed}
    for override in ordered(tuple(here for here, _ in placed)):
        if override.missing:
            _make_holders(root, layer, override)
        holder = root.at(override.tokens[:-1])
        if holder is None or holder.children is None:
            continue
        token = override.tokens[-1]
        old = holder.child(token)
        if override.op == REMOVE:
            _drop(holder.children, token)
            continue
        insert = override.op == ADD and isinstance(holder.children, list)
        new = _of_override(
            override.value, layer, original[id(override)], (), None if insert else old
        )
        if isinstance(holder.children, dict):
            holder.children[token] = new
        elif insert:
            holder.children.insert(list_index(token, len(holder.children)), new)
        else:
            holder.children[list_index(token, len(holder.children))] = new


def _make_holders(root: Origin, layer: int, override: Override) -> None:
    """The maps that are there only because something is kept in them: no override's own value."""
    holder: Origin | None = root
    for token in override.tokens[:-1]:
        if holder is not None and isinstance(holder.children, dict):
            holder.children.setdefault(token, Origin(layer, None, (), None, {}))
        holder = holder.child(token) if holder else None


def _drop(children: dict[str, Origin] | list[Origin], token: str) -> None:
    if isinstance(children, dict):
        children.pop(token, None)
    elif is_index(token) and int(token) < len(children):
        del children[int(token)]


def _of_override(
    value: Value, layer: int, override: Override, inner: Tokens, old: Origin | None
) -> Origin:
    def below(token: str, item: Value) -> Origin:
        there = old.child(token) if old else None
        return _of_override(item, layer, override, (*inner, token), there)

    children: dict[str, Origin] | list[Origin] | None = None
    if isinstance(value, dict):
        children = {key: below(key, item) for key, item in value.items()}
    elif isinstance(value, list):
        children = [below(str(index), item) for index, item in enumerate(value)]
    return Origin(layer, override, inner, old.seed if old else None, children)

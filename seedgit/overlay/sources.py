"""Tells where each value of an effective document comes from: the seed, or an override of a layer.

The origins are a tree of the document's shape. The overrides that change the document change the
tree in the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from seedgit.overlay.override import ADD, REMOVE, Override
from seedgit.overlay.patch import ordered
from seedgit.values.pointer import exists, is_index, list_index
from seedgit.values.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.values.diff import Tokens


class Origin:
    """The origin of one value.

    layer     the layer that the value comes from, 0 is the lowest; None: the seed
    override  the override that it comes from, with a pointer of the seed; None for the seed's own
              values, and for a map that exists only to hold a kept override
    inner     the pointer of the value inside the override's value
    seed      the pointer of the seed's value there; None: it has none
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
        """The override that the value is there for; None: the seed has it."""
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
        """The origin of the value at a pointer of the document; None where there is none."""
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


def lay(root: Origin, layer: int, placed: Sequence[tuple[Override, Override]], seed: Value) -> None:
    """Change the origins in the way a layer changes the document.

    placed  each override twice: with its pointer in the document so far, and with that in the seed
    seed    the value of the seed: what one layer has taken away, and another puts back, is at the
            pointers that the seed has
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
        if not insert:
            _find_in_seed(new, original[id(override)].tokens, seed)
        if isinstance(holder.children, dict):
            holder.children[token] = new
        elif insert:
            holder.children.insert(list_index(token, len(holder.children)), new)
        else:
            holder.children[list_index(token, len(holder.children))] = new


def _find_in_seed(new: Origin, tokens: Tokens, seed: Value) -> None:
    """Give the origins of an override at a pointer of the seed those pointers below it that nothing
    of theirs was left of."""
    held = list(new.walk())
    taken = {origin.seed for _, origin in held}
    for inner, origin in held:
        place = (*tokens, *inner)
        if origin.seed is None and place not in taken and exists(seed, place):
            origin.seed = place


def _make_holders(root: Origin, layer: int, override: Override) -> None:
    """Add the maps that exist only to hold a kept override. They have no override of their own."""
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

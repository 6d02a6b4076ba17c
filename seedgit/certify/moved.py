"""What a side may have moved or renamed: there the certifier cannot tell what is right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from seedgit.certify.tree import Keyed, Node, Scalar, Sequenced

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

Path = tuple[str, ...]

ANY: Final = "*"  # any item of a list


def moved_places(base: Node, side: Node) -> set[Path]:
    """The places that a side took something away from, and those where it put the same."""
    before, after = dict(_leaves(base)), dict(_leaves(side))
    gone = {place: before[place] for place in before.keys() - after.keys()}
    new = {place: after[place] for place in after.keys() - before.keys()}
    there = _signs(new)
    from_here = {place for place in gone if _sign(place, gone) & there}
    known = _signs({place: gone[place] for place in from_here})
    return from_here | {place for place in new if _sign(place, new) & known}


def touches(pointer: Path, places: set[Path]) -> bool:
    """Whether a pointer is one of some places, above one, or below one."""
    return any(
        all(one == other or ANY in (one, other) for one, other in zip(pointer, place, strict=False))
        or pointer[: len(place) - 1] == place[:-1]
        for place in places
    )


def removes(base: Node, side: Node) -> bool:
    """Whether a side took anything away."""
    before, after = (Counter(place for place, _ in _leaves(node)) for node in (base, side))
    return bool(before - after)


def _signs(leaves: Mapping[Path, str]) -> set[str]:
    return {sign for place in leaves for sign in _sign(place, leaves)}


def _sign(place: Path, leaves: Mapping[Path, str]) -> set[str]:
    """By what a leaf is known elsewhere: its own key, and its value with or without that."""
    return {f"key {place[-1]}", f"value {leaves[place]}"} if place else set()


def _leaves(node: Node, at: Path = ()) -> Iterator[tuple[Path, str]]:
    if isinstance(node, Scalar):
        yield at, repr(node)
    elif isinstance(node, Keyed):
        if not node.entries:
            yield at, repr(node)
        for key, held in node.entries:
            yield from _leaves(held, (*at, key))
    elif isinstance(node, Sequenced):
        for held in node.items:
            yield from _leaves(held, (*at, ANY))

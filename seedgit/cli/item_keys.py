"""The keys that decide on what waits: the same in a terminal (`walk`) and on the page (`ui`)."""

from __future__ import annotations

from seedgit import codes
from seedgit.cli.terminal import shown, side
from seedgit.named_tuple import NamedTuple
from seedgit.overlay.decisions import KEEP_HERE, KEEP_LOCAL, TAKE_OTHER, TAKE_SEED, VALUE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from seedgit.operations.pending import Item

ORPHANS: Final = (codes.ORPHANED, codes.AMBIGUOUS)
PARKABLE: Final = (*ORPHANS, codes.SEED_GONE, codes.COVERED)


class ItemKey(NamedTuple):
    """A key, and what it does to the item at hand.

    choice  as a decision has it; "" for what decides nothing
    off     why it does nothing here; "" where it does
    """

    letter: str
    word: str
    does: str
    choice: str = ""
    off: str = ""


def keys_of(item: Item) -> list[ItemKey]:
    """Every key that decides, for one item."""
    keys = [
        _keep(item),
        _take(item),
        ItemKey("v", "value", "another value, which is asked for", VALUE, _no_value(item)),
        _park(item),
    ]
    if item.remote:
        off = f"the layer is read-only here: it is decided where it is from, {item.remote}"
        keys = [key._replace(off=off) for key in keys]
    return keys


def _keep(item: Item) -> ItemKey:
    local = shown(item.shown.local)
    if item.reason in ORPHANS:
        return ItemKey("k", "keep", f"{local}, in the file although the seed lacks it", KEEP_HERE)
    off = {
        codes.SEED_GONE: "the seed is gone: there is no file to keep it in",
        codes.COVERED: "a lower overlay leaves no place for it",
    }.get(item.reason, "")
    return ItemKey(
        "k", "keep", f"the site's value holds: {side(item.shown.local)}", KEEP_LOCAL, off
    )


def _take(item: Item) -> ItemKey:
    if item.between is not None:
        other = f"the value that somebody else set: {side(item.shown.base)}"
        return ItemKey("t", "take", other, TAKE_OTHER)
    return ItemKey(
        "t", "take", f"the override goes; the seed has {side(item.shown.seed)}", TAKE_SEED
    )


def _park(item: Item) -> ItemKey:
    off = "" if item.reason in PARKABLE else "it has its place: only what lost its own is parked"
    return ItemKey("p", "park", "its value is kept, outside the effective file", KEEP_LOCAL, off)


def _no_value(item: Item) -> str:
    if item.reason == codes.SEED_GONE:
        return "the seed is gone: there is nothing to override"
    if item.reason == codes.COVERED:
        return "a lower overlay leaves no place for it"
    if item.reason in ORPHANS:
        return "there is no place for it; to name one: seedgit resolve N --value V --at POINTER"
    return ""

"""What waits, in groups that one decision fits, and what tells such groups apart."""

from __future__ import annotations

import hashlib
from itertools import chain

from seedgit import codes
from seedgit.cli.item_keys import keys_of
from seedgit.cli.terminal import WHOLE, side
from seedgit.cli.told_apart import cut, told_apart
from seedgit.cli.words import words
from seedgit.operations.pending import Item
from seedgit.values.diff import ABSENT
from seedgit.values.value import canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Told = dict[str, str]  # by what it is called on the page

# The first of them are the most urgent.
RISK = (
    *(codes.CLASH, codes.SEED_GONE, codes.AMBIGUOUS, codes.ORPHANED),
    *(codes.MOVED_UNDER, codes.MOVED_UNDER_LAYER, codes.COVERED, codes.YIELDED),
)


def in_turn(items: list[Item]) -> list[Item]:
    """The most urgent first; those with one outcome together, where the first of them is."""
    together: dict[str, list[Item]] = {}
    for item in sorted(items, key=lambda item: (_urgency(item), item.path)):
        together.setdefault(outcome(item), []).append(item)
    return list(chain.from_iterable(together.values()))


def _urgency(item: Item) -> int:
    return RISK.index(item.reason) if item.reason in RISK else len(RISK)


def outcome(item: Item) -> str:
    """The same for items about one place of different files, with the same values: one decision
    fits them all."""
    asked = item.question
    values = ("" if v is ABSENT else canonical(v) for v in (asked.base, item.seed, asked.local))
    kept = "committed" if item.kept else ""
    parts = "\0".join((item.overlay, item.reason, item.name, item.proposal, kept, *values))
    return hashlib.sha1(parts.encode("utf-8", "backslashreplace")).hexdigest()


def brief(value: Any) -> str:
    """A value in few words: a long one ends with a word of it, if it has words."""
    return cut(side(value, WHOLE))


def differences(firsts: dict[str, Item]) -> dict[str, list[tuple[str, str]]]:
    """What is different, and its value, for each outcome whose heading another one has too.

    firsts  one item of each outcome
    """
    headings: dict[tuple[str, ...], list[str]] = {}
    for id, item in firsts.items():
        heading = item.name, brief(item.shown.local), words(item.reason)
        headings.setdefault(heading, []).append(id)
    found: dict[str, list[tuple[str, str]]] = {}
    for alike in headings.values():
        if len(alike) > 1:
            for name, texts in _different([_told(firsts[id]) for id in alike]):
                for id, text in zip(alike, texts, strict=True):
                    found.setdefault(id, []).append((name, text))
    return found


def _told(item: Item) -> Told:
    """All by which two outcomes with one heading may differ."""
    shown = item.shown
    return {
        "base" if item.between is None else "other": side(shown.base, WHOLE),
        "upstream": side(shown.seed, WHOLE),
        "local": side(shown.local, WHOLE),
        "layer": "none, it is committed in the file" if item.kept else item.overlay,
        "proposed": _proposed(item),
    }


def _proposed(item: Item) -> str:
    """The word of the key that does what is proposed."""
    keys = (key.word for key in keys_of(item) if key.choice == item.proposal and not key.off)
    return next(keys, item.proposal.replace("-", " ") or "nothing")


def _different(alike: list[Told]) -> list[tuple[str, list[str]]]:
    """The names under which some of them differ, each with a short text for each of them."""
    columns = ((name, [told[name] for told in alike]) for name in alike[0])
    return [(name, told_apart(texts)) for name, texts in columns if len(set(texts)) > 1]

"""Texts that are too long to be shown whole, cut so that one can tell them apart."""

from __future__ import annotations

import re

from seedgit.cli.terminal import SIDE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_BEFORE = 12  # characters that are kept of what long texts have in common, at most
_WORD = re.compile(r"\w+")


def told_apart(texts: Sequence[str]) -> list[str]:
    """Short forms of texts: they differ where those do."""
    groups: dict[str, list[str]] = {}
    for text in dict.fromkeys(texts):
        groups.setdefault(cut(text), []).append(text)
    known: dict[str, str] = {}
    for short, group in groups.items():
        forms = [short] if len(group) == 1 else told_apart([_later(text, group) for text in group])
        known.update(zip(group, forms, strict=True))
    return [known[text] for text in texts]


def _later(text: str, group: list[str]) -> str:
    """A text without most of what it has in common with others, which is more than is shown."""
    pairs = zip(min(group), max(group), strict=False)
    common = next((at for at, (one, other) in enumerate(pairs) if one != other), len(min(group)))
    start = max(0, common - _BEFORE)
    begun = (word.start() for word in _WORD.finditer(text, start, common + 1))
    return "…" + text[next((at for at in begun if at > start), start) :]


def cut(text: str) -> str:
    """The beginning of a text, up to the end of a word if there is one in its second half."""
    if len(text) <= SIDE:
        return text
    ends = [word.end() for word in _WORD.finditer(text, SIDE // 2, SIDE)]
    last = max((end for end in ends if end < SIDE), default=SIDE - 1)
    return text[:last] + "…"

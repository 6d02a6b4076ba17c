"""The merge of three texts where no entry was changed by both sides; nothing is parsed.

Each version is cut where its entries begin (merge/cutter.py). Of each entry the text of the side
that changed it is taken. Only an entry that both sides changed is opened, and its own entries are
merged in the same way. A list, a block scalar, an array counts as a whole, and so do the comments
above an entry. What the lines do not show for certain is left to the parser.
"""

from __future__ import annotations

import re

from seedgit import codes
from seedgit.merge.cutter import ABOVE, END, HEAD, RUN, Cutter, Doubt, Pieces, bare
from seedgit.merge.decision import MERGE, OURS, THEIRS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seedgit.merge.tree import Pointer

    Change = tuple[Pointer, str, str]

_CONTROL = re.compile(r"[\0-\6\r]")
_MOST = 2_000_000  # bytes of all versions; of larger ones, what is alike is left out instead
_NO_ENTRY = (ABOVE, HEAD)  # how a place of something else ends


class Merged:
    """A merged text, which can stand for a `Result` and for its decisions.

    replaced  whether the sides only gave entries another text, and never the same entry: then the
              merge follows from the entries' own texts alone
    apart     whether between the changes of one side and of the other there always is an entry
              that stays: git's own merge has no conflict then
    """

    clean = True

    def __init__(self, text: bytes, changes: list[Change], replaced: bool, apart: bool) -> None:
        self.text = text
        self.replaced = replaced
        self.apart = apart
        self._changes = changes

    @property
    def decisions(self) -> Merged:
        return self

    def explained(self) -> Iterator[Change]:
        """(pointer, source, reason) of each entry that some side changed. A container that only a
        format's notation implies, as a TOML table without a header, may count as one or not."""
        return iter(self._changes)


def merged_by_entries(cutter: Cutter, versions: Sequence[bytes]) -> Merged | None:
    """The merge; None if both sides changed one entry, or if the lines do not show what is an
    entry.

    cutter    of their format; one for these versions alone
    versions  base, ours and theirs
    """
    merging = _Merge(cutter)
    try:
        lines, newline, end = _prepared(versions)
        levels = [cutter.begin(text) for text in lines]
        cuts = [cutter.cut(levels[0], text) for text in lines]
        text = bare(merging.merged(levels[0], (), cuts))[1:] + end
    except Doubt:
        return None
    if newline != "\n":
        text = text.replace("\n", newline)
    return Merged(text.encode("latin-1"), merging.changes, merging.replaced, merging.apart)


def _prepared(versions: Sequence[bytes]) -> tuple[list[str], str, str]:
    """The texts as lines that each begin with a line feed, how the lines end in the versions, and
    what the last one ends with. Each byte is a character. Raises Doubt."""
    if sum(map(len, versions)) > _MOST:
        raise Doubt
    texts = [version.decode("latin-1") for version in versions]
    newline = "\n"
    if all("\r\n" in text for text in texts):
        newline = "\r\n"
        if any(text.count("\r\n") != text.count("\n") for text in texts):
            raise Doubt
        texts = [text.replace("\r\n", "\n") for text in texts]
    if any(map(_CONTROL.search, texts)):
        raise Doubt
    ended = {text.endswith("\n") for text in texts}
    if len(ended) > 1:
        raise Doubt
    end = "\n" if ended.pop() else ""
    # To git, a last line without its line end is not the same line as with it.
    if not end and len({text[text.rfind("\n") + 1 :] for text in texts}) > 1:
        raise Doubt
    return [f"\n{text.removesuffix(end)}" for text in texts], newline, end


class _Merge:
    """gone, others: whether both sides took something away alike; whether there is another change.
    sides: who changed each place that stands in several runs. last: who made the change before,
    and stays: whether an entry behind that stays."""

    def __init__(self, cutter: Cutter) -> None:
        self.cutter = cutter
        self.changes: list[Change] = []
        self.replaced = True
        self.apart = True
        self.last = ""
        self.stays = True
        self.gone = False
        self.others = False
        self.sides: dict[str, str] = {}

    def merged(self, level: str, above: tuple[str, ...], cuts: Sequence[Pieces]) -> str:
        """The merged text of the entries of one container. Raises Doubt.

        level  where they stand; above: the keys of the container
        """
        base, ours, theirs = (cut.parts for cut in cuts)
        # A side that changed how all of it begins may mean more than each entry.
        if not base.get(HEAD) == ours.get(HEAD) == theirs.get(HEAD):
            raise Doubt
        self.changes.append((above, MERGE, codes.MERGED_BELOW))
        pieces = []
        for place in _order(cuts):
            texts = base.get(place, ""), ours.get(place, ""), theirs.get(place, "")
            pieces.append((place, self.chosen(level, above, place, texts)))
        self.cutter.check(pieces)
        return "".join([text for _, text in pieces])

    def chosen(
        self, level: str, above: tuple[str, ...], place: str, texts: tuple[str, str, str]
    ) -> str:
        base, ours, theirs = texts
        if ours == base == theirs:
            self.stays = self.stays or (base != "" and place[-1:] != ABOVE)
            return base
        if theirs in (base, ours):
            self.changed(above, place, texts, OURS if theirs == base else codes.BOTH_SAME)
            return ours
        if ours == base:
            self.changed(above, place, texts, THEIRS)
            return theirs
        level = self.cutter.level_in(level, place, texts)
        cuts = [self.cutter.cut(level, text) for text in texts]
        return self.merged(level, (*above, _key(place)), cuts)

    def changed(
        self, above: tuple[str, ...], place: str, texts: tuple[str, str, str], who: str
    ) -> None:
        """Note a change. What both took away, another change may have put elsewhere: moved it."""
        base, ours, _ = texts
        if who == codes.BOTH_SAME and len(ours) < len(base):
            self.gone = True
        else:
            self.others = True
        if self.gone and self.others:
            raise Doubt
        self.apart = self.apart and (self.stays or who == self.last)
        self.last, self.stays = who, False
        if who == codes.BOTH_SAME or not all(texts) or place[-1:] in _NO_ENTRY:
            self.replaced = False
        # What stands in several places is one entry.
        place = place.rstrip(RUN)
        if place in self.cutter.runs and self.sides.setdefault(place, who) != who:
            raise Doubt
        change = ((*above, _key(place)), *_SAID[who])
        if change != self.changes[-1]:
            self.changes.append(change)


_SAID = {
    OURS: (OURS, codes.ONLY_OURS_CHANGED),
    THEIRS: (THEIRS, codes.ONLY_THEIRS_CHANGED),
    codes.BOTH_SAME: (THEIRS, codes.BOTH_SAME),
}


def _key(place: str) -> str:
    return place.rstrip(ABOVE + HEAD).encode("latin-1").decode("utf-8", "surrogateescape")


def _order(cuts: Sequence[Pieces]) -> list[str]:
    """The places of all versions in the order of the merged text, END last. Raises Doubt."""
    base, ours, theirs = (cut.parts for cut in cuts)
    in_base, in_ours, in_theirs = (cut.order for cut in cuts)
    if in_base == in_ours == in_theirs:
        return in_base
    found = []
    b = o = t = 0
    while True:
        place, mine, yours = in_base[b], in_ours[o], in_theirs[t]
        if place == mine == yours:
            b, o, t = b + 1, o + 1, t + 1
        elif mine not in base:  # added by one side here, or the same by both
            place = mine
            o += 1
            if mine == yours:
                t += 1
            elif mine in theirs or yours not in base:
                raise Doubt
        elif yours not in base:
            place = yours
            t += 1
            if yours in ours:
                raise Doubt
        else:  # gone; what is elsewhere has moved
            if place == mine:
                o += 1
            elif place in ours:
                raise Doubt
            if place == yours:
                t += 1
            elif place in theirs:
                raise Doubt
            b += 1
        found.append(place)
        if place == END:
            return found

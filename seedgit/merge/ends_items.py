"""Which items of a list stay in sight when the others are cut out of it (`merge.ends`).

The merge asks of the whole list whether an item that changed stands elsewhere too, and which names
of requirements stand once. Items that are not cut out answer that as the whole list would.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import pairwise

from seedgit.merge.frames import Unclear
from seedgit.values.align import WELL_KNOWN
from seedgit.values.requirement import name_of, normal_name, requirement
from seedgit.values.value import canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from seedgit.merge.frames import Walker
    from seedgit.values.value import Value

    # Each of these is for the items before the changes and for those after them.
    Stay = tuple[set[int], set[int]]
    Columns = tuple[list[Value], list[Value]]
    Values = dict[str, Columns]
    Words = tuple[str, ...]

MOST_NAMES = 12  # of an item with more members, none is looked at: its list stays whole
MOST_STAY = 1000  # more items would have to stay: the list stays whole
_ALIKE = 3  # items of one text that stay: the merge tells once, twice and more often apart
_TRIED = 1000  # places of a word; after that it is taken for one of the text's
_KNOWN = 1000  # texts of items that are remembered
_LONG = 100_000  # characters of a changed item that is not looked for

_BOUNDS = "=<>!~@["  # what a requirement has behind its name
_word = re.compile(r"[\w.+/:-]+")
_float = re.compile(r"[+-]?(?=[\d.])\.?\d.*\D|[+-]?\.\w+\Z|[+-]?(?:inf|infinity|nan)\Z")
_scalar = re.compile(
    r"\s*(?:\"([^\"\\\n]*)\"|'([^'\n]*)'|((?![&*!|>{\[\"'#%@`])[^\n#]*?))[ \t]*,?\s*\Z"
).match
_lead = re.compile(r"[A-Za-z0-9._:-]*").match


class Items:
    """The items of a list that all versions share.

    parts    for those before the changes and those after them: the text that holds them, where
             each begins, and last where they end
    searched  whether it is known which items have to stay
    flow     whether they stand in brackets
    seen     the words of what changed: items that have them stay
    names    the names that the items that were cut out may have
    """

    def __init__(self, walker: Walker, parts: Sequence[tuple[str, list[int]]], flow: bool) -> None:
        self.walker = walker
        self.flow = flow
        self.parts = parts
        self.searched = False
        self.seen: set[Words] = set()
        self.names: frozenset[str] = frozenset()

    def staying(self, loose: Sequence[str]) -> Stay:
        """The items that have to stay.

        loose  the texts of all items that may have changed

        Raises Unclear.
        """
        self.searched = True
        stay = self.unreadable()
        self.seen = {self.words(item) for item in loose if len(item) < _LONG}
        alike: dict[str, int] = {}
        for part, n, item in self.like(self.seen):
            alike[item] = alike.get(item, 0) + 1
            if alike[item] <= _ALIKE:
                self.keep(stay, part, n)
        return stay

    def keep(self, stay: Stay, part: int, n: int) -> None:
        stay[part].add(n)
        if len(stay[0]) + len(stay[1]) > MOST_STAY:
            raise Unclear

    def each(self) -> Iterator[tuple[int, int, str]]:
        """(part, number, text) of each item."""
        for part, (text, starts) in enumerate(self.parts):
            for n, (low, high) in enumerate(pairwise(starts)):
                yield part, n, text[low:high]

    def unreadable(self) -> Stay:
        """The items whose words do not show their value."""
        stay: Stay = (set(), set())
        for part, (text, starts) in enumerate(self.parts):
            if len(starts) > 1:
                for found in self.walker.odd.finditer(text, starts[0], starts[-1]):
                    self.keep(stay, part, bisect_right(starts, found.start()) - 1)
        return stay

    # -- what tells them apart ---------------------------------------------------------------------

    def telling(self, declared: frozenset[str], values: Values) -> Stay:
        """The items that have to stay because they show which members do not tell the items apart.

        declared  the identity keys that rules declare for some list
        values    gets the members that do, of all items

        Raises Unclear.
        """
        text, starts = max(self.parts, key=lambda part: len(part[1]) > 1)
        members = self.walker.flow_members if self.flow else self.walker.members
        names = members(text[starts[0] : starts[1]])
        if len(names) > MOST_NAMES:
            raise Unclear

        def rank(name: str) -> int:
            if name in declared:
                return -1
            return WELL_KNOWN.index(name) if name in WELL_KNOWN else len(WELL_KNOWN)

        stay: Stay = (set(), set())
        for name in sorted(names, key=rank):
            columns, witness = self.column(name)
            for part, n in witness:
                stay[part].add(n)
            if not witness:
                values[name] = columns
                if name in WELL_KNOWN:
                    break  # no further one is asked
        return stay

    def column(self, name: str) -> tuple[Columns, list[tuple[int, int]]]:
        """One member of all items; and if it does not tell them apart, the items that show that."""
        columns: Columns = ([], [])
        named = self.walker.flow_named if self.flow else self.walker.named
        seen: dict[Value, tuple[int, int]] = {}
        for part, (text, starts) in enumerate(self.parts):
            found = named(text, starts, name) if len(starts) > 1 else ()
            for n, value in enumerate(found):
                if not isinstance(value, (str, int)) or isinstance(value, bool):
                    return columns, [(part, n)]
                if value in seen:
                    return columns, [(part, n), seen[value]]
                seen[value] = (part, n)
                columns[part].append(value)
        return columns, []

    # -- items that are the same -------------------------------------------------------------------

    def inside(self, item: str) -> str:
        return item if self.flow else self.walker.inside(item)

    def words(self, item: str) -> Words:
        return _words(self.inside(item))

    def like(self, wanted: Iterable[Words]) -> Iterator[tuple[int, int, str]]:
        """(part, number, text) of each item that may be one with these words."""
        for part, (text, starts) in enumerate(self.parts):
            region = text[starts[0] : starts[-1]].lower() if len(starts) > 1 else ""
            near = {words for words in wanted if _may_have(region, words)}
            if not near:
                continue
            self.walker.sure(region)
            known: dict[str, bool] = {}  # where items repeat, a few texts are nearly all
            for n, (low, high) in enumerate(pairwise(starts)):
                item = text[low:high]
                found = known.get(item)
                if found is None:
                    found = self.has_words(item, near)
                    if len(known) < _KNOWN:
                        known[item] = found
                if found:
                    yield part, n, item

    def has_words(self, item: str, wanted: set[Words]) -> bool:
        words = self.words(item)
        # Behind a # there may be a comment, which is no part of the value.
        return words in wanted or ("#" in item and any(map(set(words).issuperset, wanted)))

    def may_be(self, values: Sequence[Value]) -> bool:
        """Whether an item that was cut out may be one of these."""
        try:
            wanted = {_words(_text(value)) for value in values} - self.seen
            return not self.searched or any(True for _ in self.like(wanted))
        except Unclear:
            return True

    # -- requirements ------------------------------------------------------------------------------

    def requirements(self, loose: Sequence[str], edges: Stay, stay: Stay) -> None:
        """Keep those that show whether the items of the list have names, and whether a name of what
        stays stands several times.

        edges  the items that stay anyway
        stay   gets more

        Raises Unclear.
        """
        regions = [text[starts[0] : starts[-1]] for text, starts in self.parts if len(starts) > 1]
        if not any(sign in text for sign in _BOUNDS for text in (*regions, *loose)):
            return
        values = [_value(self.inside(item)) for item in loose if len(item) < _LONG]
        shown = {_name(value) for value in values if value is not None}
        found: list[tuple[int, int, str]] = []
        bound = False
        for part, n, item in self.each():
            value = _value(self.inside(item))
            if value is None:
                self.keep(stay, part, n)
                continue
            name = _name(value)
            found.append((part, n, name))
            if not bound and _has_bound(value):
                bound = True
                self.keep(stay, part, n)
            if n in stay[part] or n in edges[part]:
                shown.add(name)
        for part, n, name in found:
            if name in shown:
                self.keep(stay, part, n)
        self.names = frozenset(name for _, _, name in found) - shown

    def may_name(self, values: Sequence[Value]) -> bool:
        """Whether an item that was cut out may have the name of one of these."""
        return any(name_of(value, self.names) is not None for value in values)


def _text(value: Value) -> str:
    """The text of a value whose words are those of an item. Raises Unclear."""
    text = canonical(value)
    if '"\\u0000tag"' in text:
        raise Unclear
    # A character that is escaped in any other way is escaped in an item too: that one stays.
    return text.replace("\\u0000", "").replace("\\n", " ").replace("\\t", " ")


def _words(text: str) -> Words:
    """The words of an item. Equal items have the same ones however they are written; other items
    may have them too."""
    words = []
    for word in _word.findall(text):
        word = word.strip(":").lower()
        if word not in ("", "-", "null"):
            words.append(_number(word) if _float.match(word) else word)
    return tuple(sorted(words))


def _number(word: str) -> str:
    """A float as `_words` has it, however it is written; `word` where it is none."""
    try:
        return f"#{float(word.replace('.inf', 'inf').replace('.nan', 'nan'))!r}"
    except ValueError:
        return word


def _may_have(text: str, words: Words) -> bool:
    """Whether all of these words may stand in a text, where a float can be written in many ways."""
    for word in sorted({word for word in words if word[0] != "#"}, key=len, reverse=True):
        at = text.find(word)
        for _ in range(_TRIED):
            if at < 0:
                return False
            if not _part(text[max(at - 1, 0) : at]) and not _part(
                text[at + len(word) : at + len(word) + 1]
            ):
                break
            at = text.find(word, at + 1)
    return bool(text)


def _part(sign: str) -> bool:
    """Whether a character beside a word belongs to it."""
    return sign != "" and (sign.isalnum() or sign in "_.+/-")


def _value(item: str) -> str | None:
    """The text of an item that is one word or text on one line; None for any other."""
    found = _scalar(item)
    if found is None:
        return None
    double, single, plain = found.groups()
    if plain is None:
        return double if single is None else single
    return None if ": " in plain or plain.endswith(":") else plain


def _name(value: str) -> str:
    """The name of an item if it has one."""
    lead = _lead(value)
    return normal_name(lead[0].rpartition("::")[2]) if lead else ""


def _has_bound(value: str) -> bool:
    found = requirement(value)
    return found is not None and found[1] != ""

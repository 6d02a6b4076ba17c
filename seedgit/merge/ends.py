"""Cut out of a large file what stands before and after all changes, so that it is not parsed.

Where versions differ at one place, that place has to be parsed, with what it stands in. Of every
container round it, the entries far from the place are cut out, and a comment stands for them. What
the merge asks about all entries of a container is asked here, of the text: whether a key stands
twice, whether a map is sorted, which key tells a list's items apart.
"""

from __future__ import annotations

from itertools import pairwise

from seedgit.merge.frames import Unclear
from seedgit.values.align import WELL_KNOWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seedgit.merge.frames import Frame, Key, Walker
    from seedgit.values.value import Value

    # Each of these is for the entries before the changes and for those after them.
    Frames = tuple[Frame, Frame]
    Stay = tuple[set[int], set[int]]
    Columns = tuple[list[Value], list[Value]]
    Values = dict[str, Columns]

EDGE = 2  # so many entries stay at each end of what is cut
LEAST = 200  # a shorter piece of text stays
MOST_NAMES = 12  # of an item with more members, none is looked at: its list stays whole


class Cut:
    """The entries that are cut out of one container.

    kind     of the container
    stubs    for each piece the comment that stands for it, and how many entries it holds
    keys     of a map: all keys that were cut out
    shown    of a map: the keys of the entries that stay, as far as all versions share them
    names    of a list: the members that tell its items apart, and their values that were cut out
    stay     of a list: how many entries that all versions share stay, before the changes and after
    items    of a list: the texts that hold the items that all versions share, and where they begin
    scalars  of a list: whether some item is no container
    """

    __slots__ = ("items", "keys", "kind", "names", "scalars", "shown", "stay", "stubs", "walker")

    def __init__(self, kind: str, walker: Walker) -> None:
        self.kind = kind
        self.walker = walker
        self.stubs: list[tuple[str, int]] = []
        self.keys: set[Key] = set()
        self.shown: set[Key] = set()
        self.names: dict[str, set[Value]] = {}
        self.stay = [0, 0]
        self.items: list[tuple[str, list[int]]] = []
        self.scalars = False

    def may_be(self, values: Sequence[Value]) -> bool:
        """Whether an item that all versions share may be one of these."""
        try:
            return any(
                self.walker.may_hold(text, starts, values, self.scalars)
                for text, starts in self.items
            )
        except Unclear:
            return True


class Ends:
    """The versions without what was cut, and the way back.

    word     what each stub contains, and no version does
    pieces   what was cut, by the stub that stands for it
    newline  how the versions end their lines; the pieces have line feeds
    """

    def __init__(
        self, texts: list[str], word: str, pieces: dict[str, str], cuts: list[Cut]
    ) -> None:
        self.texts = texts
        self.word = word
        self.pieces = pieces
        self.cuts = cuts
        self.newline = "\n"

    def restore(self, text: str) -> str:
        """`text`, a part of a merged file with line feeds, with every piece at its place."""
        for stub, piece in self.pieces.items():
            text = text.replace(stub, piece)
        return text

    def merged(self, text: str, clean: bool) -> str | None:
        """A merged file with every piece at its place: once if it is clean, else perhaps on both
        sides of a conflict. None if a piece would be lost."""
        for stub, piece in self.pieces.items():
            stub, piece = (part.replace("\n", self.newline) for part in (stub, piece))
            count = text.count(stub)
            if not count or (clean and count > 1):
                return None
            text = text.replace(stub, piece)
        return None if self.word in text else text


def without_ends(
    walker: Walker,
    texts: Sequence[str],
    declared: frozenset[str] = frozenset(),
    of_lists: bool = True,
) -> Ends | None:
    """The versions of one file without what stands far from all changes; None if that is unclear
    or too little.

    declared  the identity keys that rules declare for some list
    of_lists  whether items of lists may be cut out: their indices change
    """
    try:
        trimmer = _Trimmer(walker, texts, declared)
        trimmer.of_lists = of_lists
        return trimmer.trimmed()
    except Unclear:
        return None


class _Trimmer:
    def __init__(self, walker: Walker, texts: Sequence[str], declared: frozenset[str]) -> None:
        self.walker = walker
        self.declared = declared
        self.of_lists = True
        self.texts = texts
        self.word = "seedgit-cut"
        while any(self.word in text for text in texts):
            self.word += "-"
        self.pieces: dict[str, str] = {}
        # What to cut from the first version, (from, to, stub), before and after the changes.
        self.found: tuple[list[tuple[int, int, str]], ...] = ([], [])

    def trimmed(self) -> Ends | None:
        first = self.texts[0]
        for text in self.texts:
            before, fresh = self.walker.begin(text)
        size = min(map(len, self.texts))
        head = _shared(self.texts, size)
        tail = _shared(self.texts, size - head, backwards=True)
        if fresh > head:
            return None
        start = self.walker.walk(first, fresh, head, False, before)
        stacks: list[list[Frame]] = []
        stops = set()
        kept = len(before)
        for text in self.texts:
            rest = [frame.rest() for frame in before]
            stack = list(rest)
            stop = self.walker.walk(text, start, len(text) - tail, True, stack)
            kept = next((n for n in range(kept) if stack[n : n + 1] != rest[n : n + 1]), kept)
            stops.add(len(text) - stop)
            stacks.append(stack)
        if len(stops) > 1 or len({tuple(frame.shape for frame in stack) for stack in stacks}) > 1:
            return None
        end = len(first) - stops.pop()
        after = [frame.rest() for frame in stacks[0]]
        self.walker.walk(first, end, len(first), False, list(after))
        pairs = zip(before[:kept], after[:kept], strict=True)
        cuts = [cut for old, new in pairs if (cut := self.cut(old, new))]
        if not cuts:
            return None
        return Ends(self.cleared(start, len(first) - end), self.word, self.pieces, cuts)

    def cleared(self, start: int, rest: int) -> list[str]:
        """The versions without the pieces; start, rest: what of each text may differ."""
        first = self.texts[0]
        head = _without(first, 0, start, self.found[0])
        tail = _without(first, len(first) - rest, len(first), self.found[1])
        return [head + text[start : len(text) - rest] + tail for text in self.texts]

    def cut(self, before: Frame, after: Frame) -> Cut | None:
        """Cut entries out of a container, both before and after the changes."""
        frames = (before, after)
        runs = (range(EDGE, len(before.starts) - 1 - EDGE), range(EDGE, len(after.starts) - EDGE))
        if not any(runs) or (before.kind == "list" and not self.of_lists):
            return None
        cut = Cut(before.kind, self.walker)
        values: Values = {}
        if cut.kind == "map":
            stay = _unsorted(frames)
        else:
            stay = self.telling(cut, frames, values)
        for part, frame in enumerate(frames):
            cut.stay[part] = len(frame.starts)
            for low, high in _between(runs[part], stay[part]):
                start, end = frame.starts[low], frame.starts[high]
                if end - start < LEAST:
                    continue
                self.take(cut, start, end, high - low, part)
                cut.stay[part] -= high - low
                cut.keys.update(frame.keys[low:high])
                for name, columns in values.items():
                    cut.names.setdefault(name, set()).update(columns[part][low:high])
        cut.shown = {*before.keys, *after.keys} - cut.keys
        return cut if cut.stubs else None

    def take(self, cut: Cut, start: int, end: int, count: int, part: int) -> None:
        piece = self.texts[0][start:end]
        if self.walker.is_bound(piece):
            raise Unclear
        stub = self.walker.stub(piece, f"{self.word}{len(self.pieces)}.")
        self.pieces[stub] = piece
        cut.stubs.append((stub, count))
        self.found[part].append((start, end, stub))

    def telling(self, cut: Cut, frames: Frames, values: Values) -> Stay:
        """The items that have to stay in a list: they show which members do not tell its items
        apart. `values` gets the members that do, of all items."""
        text = self.texts[0]
        before, after = frames
        cut.items = [(text, before.starts), (text, [*after.starts, after.end])]
        if after.end < 0:
            cut.items[1][1][-1] = len(text)
        cut.scalars = before.scalars or after.scalars
        starts = max((starts for _, starts in cut.items), key=lambda starts: len(starts) > 1)
        names = self.walker.members(text[starts[0] : starts[1]])
        if len(names) > MOST_NAMES:
            raise Unclear
        stay: Stay = (set(), set())
        for name in sorted(names, key=self.rank):
            columns, witness = self.column(cut, name)
            for part, n in witness:
                stay[part].add(n)
            if not witness:
                values[name] = columns
                if name in WELL_KNOWN:
                    break  # no further one is asked
        return stay

    def rank(self, name: str) -> int:
        if name in self.declared:
            return -1
        return WELL_KNOWN.index(name) if name in WELL_KNOWN else len(WELL_KNOWN)

    def column(self, cut: Cut, name: str) -> tuple[Columns, list[tuple[int, int]]]:
        """One member of all items; and if it does not tell them apart, the items that show that."""
        columns: Columns = ([], [])
        seen: dict[Value, tuple[int, int]] = {}
        for part, (text, starts) in enumerate(cut.items):
            found = self.walker.named(text, starts, name) if len(starts) > 1 else ()
            for n, value in enumerate(found):
                if not isinstance(value, (str, int)) or isinstance(value, bool):
                    return columns, [(part, n)]
                if value in seen:
                    return columns, [(part, n), seen[value]]
                seen[value] = (part, n)
                columns[part].append(value)
        return columns, []


def _unsorted(frames: Frames) -> Stay:
    """The entries that have to stay in a map: those that show that it is not sorted."""
    keys = [key for frame in frames for key in frame.keys]
    if any(frame.odd for frame in frames) or len(set(keys)) < len(keys):
        raise Unclear
    if any(isinstance(key, str) and key.endswith(")") for key in keys):
        raise Unclear  # perhaps a name that members with the same key get
    stay: Stay = (set(), set())
    for frame, some in zip(frames, stay, strict=True):
        paths = [(key,) if isinstance(key, str) else key for key in frame.keys]
        turned = next((n for n, (x, y) in enumerate(pairwise(paths)) if x > y), None)
        if turned is not None:
            some |= {turned, turned + 1}
    return stay


def _between(run: range, stay: set[int]) -> Iterator[tuple[int, int]]:
    """The parts of a run, (from, to), without the entries that stay."""
    low = run.start
    for n in [*sorted(stay & set(run)), run.stop]:
        if low < n:
            yield low, n
        low = n + 1


def _without(text: str, start: int, end: int, found: list[tuple[int, int, str]]) -> str:
    parts: list[str] = []
    for low, high, stub in sorted(found):
        parts += [text[start:low], stub]
        start = high
    return "".join([*parts, text[start:end]])


def _shared(texts: Sequence[str], most: int, backwards: bool = False) -> int:
    """How many characters all texts begin with, or end with; at most so many."""
    size = 0
    step = 1 << 16
    while step:
        low, high = size, min(size + step, most)
        if backwards:
            parts = {text[len(text) - high : len(text) - low] for text in texts}
        else:
            parts = {text[low:high] for text in texts}
        if len(parts) == 1 and low < high:
            size = high
        else:
            step //= 2
    return size

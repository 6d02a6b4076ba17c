"""Cut out of a large file what stands before and after all changes, so that it is not parsed.

Where versions differ at one place, that place has to be parsed, with what it stands in. Of every
container round it, the entries far from the place are cut out, and a comment stands for them. What
the merge asks about all entries of a container is asked here, of the text: whether a key stands
twice, whether a map is sorted, which key tells a list's items apart.
"""

from __future__ import annotations

from itertools import pairwise

from seedgit.merge.ends_items import MOST_STAY, Items
from seedgit.merge.ends_names import Names
from seedgit.merge.frames import Unclear
from seedgit.values.align import WELL_KNOWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seedgit.merge.frames import Frame, Key, Walker
    from seedgit.values.value import Value

    # Each of these is for the entries before the changes and for those after them.
    Frames = tuple[Frame, Frame]
    Runs = tuple[range, range]
    Stay = tuple[set[int], set[int]]
    Values = dict[str, tuple[list[Value], list[Value]]]

EDGE = 2  # so many entries stay at each end of what is cut
LEAST = 200  # a shorter piece of text stays


class Cut:
    """The entries that are cut out of one container.

    kind     of the container
    stubs    for each piece the comment that stands for it, and how many entries it holds
    keys     of a map: all keys that were cut out
    shown    of a map: the keys of the entries that stay, as far as all versions share them
    names    of a list: the members that tell its items apart, and their values that were cut out
    stay     of a list: how many entries that all versions share stay, before the changes and after
    items    of a list: the items that all versions share
    """

    __slots__ = ("items", "keys", "kind", "names", "shown", "stay", "stubs")

    def __init__(self, kind: str, items: Items) -> None:
        self.kind = kind
        self.items = items
        self.stubs: list[tuple[str, int]] = []
        self.keys: set[Key] = set()
        self.shown: set[Key] = set()
        self.names: dict[str, set[Value]] = {}
        self.stay = [0, 0]


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
        begun = [self.walker.begin(text) for text in self.texts]
        before, fresh = begun[0]
        if len({len(frames) for frames, _ in begun}) > 1:
            return None
        size = min(map(len, self.texts))
        head = _shared(self.texts, size)
        tail = _shared(self.texts, size - head, backwards=True)
        if any(at > head for _, at in begun):
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
        self.names = Names.of(self.walker, self.texts, (start, end), (before, after))
        levels = zip(before[:kept], after[:kept], zip(*stacks, strict=True), strict=False)
        cuts = []
        for old, new, made in levels:
            cut = self.cut(old, new, made)
            if cut:
                cuts.append(cut)
                if cut.kind == "list" and not cut.names:
                    break  # nothing tells in which item the containers below it are
        if not cuts:
            return None
        return Ends(self.cleared(start, len(first) - end), self.word, self.pieces, cuts)

    def cleared(self, start: int, rest: int) -> list[str]:
        """The versions without the pieces; start, rest: what of each text may differ."""
        first = self.texts[0]
        head = _without(first, 0, start, self.found[0])
        tail = _without(first, len(first) - rest, len(first), self.found[1])
        return [head + text[start : len(text) - rest] + tail for text in self.texts]

    def cut(self, before: Frame, after: Frame, made: Sequence[Frame]) -> Cut | None:
        """Cut entries out of a container, both before and after the changes. `made`: for each
        version, the container with the entries that begin between."""
        frames = (before, after)
        runs = (range(EDGE, len(before.starts) - 1 - EDGE), range(EDGE, len(after.starts) - EDGE))
        if not any(runs) or (before.kind == "list" and not self.of_lists):
            return None
        cut = Cut(before.kind, self.items(frames))
        values: Values = {}
        if cut.kind == "map":
            loose = {key for frame in made for key in frame.keys}
            stay = _showing(frames, runs, loose, self.walker.repeats)
        else:
            stay = cut.items.telling(self.declared, values)
            if values.keys().isdisjoint((*WELL_KNOWN, *self.declared)):
                self.keep_alike(cut.items, frames, runs, made, stay)
        if before.column >= 0:  # a document of a stream has names of its own
            for some, others in zip(stay, self.names.tied(frames, runs), strict=True):
                some |= others
        for part, frame in enumerate(frames):
            cut.stay[part] = len(frame.starts)
            for low, high in _between(runs[part], stay[part]):
                low, high = self.on_lines(frame, low, high)
                start, end = frame.starts[low], frame.starts[high]
                if low == high or end - start < LEAST:
                    continue
                self.take(cut, start, end, high - low, part)
                cut.stay[part] -= high - low
                cut.keys.update(frame.keys[low:high])
                for name, columns in values.items():
                    cut.names.setdefault(name, set()).update(columns[part][low:high])
        cut.shown = {key for frame in frames for key in frame.keys if key not in cut.keys}
        return cut if cut.stubs else None

    def on_lines(self, frame: Frame, low: int, high: int) -> tuple[int, int]:
        """As much of a run of entries as a stub can stand for."""
        if frame.flow and not self.walker.inline:
            text = self.texts[0]
            while low < high and text[frame.starts[low]] != "\n":
                low += 1
            while low < high and text[frame.starts[high]] != "\n":
                high -= 1
        return low, high

    def take(self, cut: Cut, start: int, end: int, count: int, part: int) -> None:
        piece = self.texts[0][start:end]
        stub = self.walker.stub(piece, f"{self.word}{len(self.pieces)}.")
        self.pieces[stub] = piece
        cut.stubs.append((stub, count))
        self.found[part].append((start, end, stub))

    # -- lists -------------------------------------------------------------------------------------

    def items(self, frames: Frames) -> Items:
        """The items of a list that all versions share."""
        text = self.texts[0]
        before, after = frames
        end = after.end if after.end >= 0 else len(text)
        return Items(
            self.walker, ((text, before.starts), (text, [*after.starts, end])), before.flow
        )

    def keep_alike(
        self, items: Items, frames: Frames, runs: Runs, made: Sequence[Frame], stay: Stay
    ) -> None:
        """Keep what is like an item that may differ; `stay` gets it."""
        loose = self.loose_items(frames, made)
        more = items.staying(loose)
        if any(frame.scalars for frame in (*frames, *made)):
            items.requirements(loose, _edges(frames, runs), more)
        for some, others in zip(stay, more, strict=True):
            some |= others

    def loose_items(self, frames: Frames, made: Sequence[Frame]) -> list[str]:
        """The texts of the items that may differ, of all versions."""
        before, after = frames
        first = self.texts[0]
        end = after.starts[0] if after.starts else after.end if after.end >= 0 else len(first)
        found = []
        for text, frame in zip(self.texts, made, strict=True):
            places = [*before.starts[-1:], *frame.starts, end - len(first) + len(text)]
            found += [text[low:high] for low, high in pairwise(places)]
        return found


def _edges(frames: Frames, runs: Runs) -> Stay:
    """The entries that stay whatever is cut out."""
    before, after = (
        {*range(min(run.start, size)), *range(max(run.stop, 0), size)}
        for run, size in zip(runs, (len(frame.starts) for frame in frames), strict=True)
    )
    return before, after


def _showing(frames: Frames, runs: Runs, loose: set[Key], repeats: bool) -> Stay:
    """The entries that have to stay in a map: those that show that it is not sorted, and all with a
    key that stands several times, once in sight.

    loose    the keys of the entries that begin between
    repeats  whether a key may stand several times
    """
    stay: Stay = (set(), set())
    for frame, some in zip(frames, stay, strict=True):
        if frame.odd or any(key.endswith(")") for key in frame.keys if isinstance(key, str)):
            raise Unclear  # perhaps a name that members with the same key get
        if any(key in loose for key in frame.keys):
            raise Unclear  # it stands twice in some versions, perhaps not in all as often
        turned = _turned(frame.keys)
        if turned is not None:
            some |= {turned, turned + 1}
    twice = _twice(frames)
    if not twice:
        return stay
    if not repeats:
        raise Unclear
    kept = zip(frames, stay, _edges(frames, runs), strict=True)
    wanted = twice & {frame.keys[n] for frame, some, edges in kept for n in some | edges}
    if not wanted and not any(stay):
        wanted = {min(twice)}  # a map with a key twice is not sorted either
    for frame, some in zip(frames, stay, strict=True):
        some |= {n for n, key in enumerate(frame.keys) if key in wanted}
    if len(stay[0]) + len(stay[1]) > MOST_STAY:
        raise Unclear
    return stay


def _turned(keys: Sequence[Key]) -> int | None:
    """The first entry that stands before a smaller one."""
    if not all(isinstance(key, str) for key in keys):
        keys = [(key,) if isinstance(key, str) else key for key in keys]
    return next((n for n, (x, y) in enumerate(pairwise(keys)) if x > y), None)  # type: ignore[operator]


def _twice(frames: Frames) -> set[Key]:
    """The keys that stand several times."""
    once: set[Key] = set()
    for frame in frames:
        once.update(frame.keys)
    if len(once) == len(frames[0].keys) + len(frames[1].keys):
        return set()
    twice: set[Key] = set()
    for frame in frames:
        for key in frame.keys:
            if key in once:
                once.discard(key)
            else:
                twice.add(key)
    return twice


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

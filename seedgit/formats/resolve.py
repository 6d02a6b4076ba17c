"""The conflicts of one file: find the merge's decisions again in the marker blocks on the disk.

The three versions are merged again by the same engine, and each block in the file's text is matched
to a decision, in order. A block that the engine did not write, because a person edited it or git
merged by lines, stays a conflict between lines of text. A choice replaces its block and no more.
The result depends only on the versions and the text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from seedgit import codes
from seedgit.errors import InputError, Refused, UsageError
from seedgit.formats.document import BOM, Document
from seedgit.formats.read_markers import Block, Marked, marker_size, read_markers
from seedgit.formats.registry import format_of
from seedgit.merge.decision import (
    BASE,
    IN_LISTS,
    OURS,
    SIDES,
    THEIRS,
    Decision,
)
from seedgit.merge.engine import Result
from seedgit.merge.rendered import Shown
from seedgit.merge.resolution import places
from seedgit.merge.tree import Entry, common_path
from seedgit.merge.write_markers import Markers
from seedgit.named_tuple import NamedTuple
from seedgit.values.diff import ABSENT
from seedgit.values.pointer import exists, format_pointer, resolve
from seedgit.values.sequence import common, split_lines, unique
from seedgit.values.value import Value

BY_HAND = "edit the block by hand, then run seedgit conflicts again"

# The merges that may have made the blocks, the likeliest first; empty for a file without structure.
Merges = Callable[[Markers], Sequence[Result]]


class TakeSide(NamedTuple):
    """One side's lines, "ours", "theirs" or "base"."""

    side: str


class Put(NamedTuple):
    """A value that the person gives; `text` is how the person wrote it."""

    value: Value
    text: str


Choice = TakeSide | Put


class MarkedConflict(NamedTuple):
    """A conflict that is still marked.

    number   its number in the merge; it stays the same when other conflicts are resolved. If the
             engine wrote no block of the file, the blocks that are left are counted instead
    line     the line of its first marker, from 1
    pointer  None if only the lines are known; the values are then ABSENT
    text     the lines of each side between the markers; None for a base that is not shown
    labels   the names of the sides at the markers
    """

    number: int
    line: int
    pointer: str | None
    reason: str
    values: dict[str, Value]
    text: dict[str, str | None]
    labels: dict[str, str]


def no_merges(_: Markers) -> Sequence[Result]:
    """The merges of a file without known structure: none."""
    return ()


class _Once:
    """Merges that are each made once: every draft of a file is compared with the same ones."""

    def __init__(self, merges: Merges) -> None:
        self.merges = merges
        self.made: dict[tuple[int, str], Sequence[Result]] = {}

    def __call__(self, markers: Markers) -> Sequence[Result]:
        key = (markers.size, markers.style)
        if key not in self.made:
            self.made[key] = self.merges(markers)
        return self.made[key]


class Draft:
    """A file as it is on the disk, and the conflicts marked in it."""

    def __init__(
        self, path: str, data: bytes, size: int | None, merges: Merges = no_merges
    ) -> None:
        """`size` is the size of the markers, if the attributes say it."""
        text = data.decode("utf-8", "surrogateescape")
        self.path = path
        self.format = format_of(path)
        self.bom = BOM if text.startswith(BOM) else ""
        self.text = text.removeprefix(BOM)
        self.merges = merges if isinstance(merges, _Once) else _Once(merges)
        self.markers = Markers(size or marker_size(self.text))
        self.marked = read_markers(self.text, self.markers.size)
        self.structured = False
        self.shown: Sequence[Shown] = ()
        pairs = self._matched()
        self.known = {n: self.shown[d] for n, d in pairs.items()}
        self.numbers = _numbers(len(self.marked.blocks), pairs, len(self.shown))

    @property
    def data(self) -> bytes:
        return (self.bom + self.text).encode("utf-8", "surrogateescape")

    @property
    def open(self) -> bool:
        """Whether a block is left to resolve, or a marker outside of any block."""
        return bool(self.marked.blocks or self.marked.stray)

    @property
    def edited(self) -> int:
        """How many blocks the engine did not write."""
        return len(self.marked.blocks) - len(self.known)

    @property
    def conflicts(self) -> list[MarkedConflict]:
        return [self._conflict(n, block) for n, block in enumerate(self.marked.blocks)]

    def _conflict(self, n: int, block: Block) -> MarkedConflict:
        shown = self.known.get(n)
        names = (block.label_base, block.label_ours, block.label_theirs)
        labels = {side: name or side for side, name in zip(SIDES, names, strict=True)}
        if shown is None:
            ours, base, theirs = block.parts
            text = {BASE: base, OURS: ours, THEIRS: theirs}
            pointer, reason, values = None, codes.TEXT, dict.fromkeys(SIDES, ABSENT)
        else:
            text = {side: "".join(lines) for side, lines in self._parts(shown).items()}
            pointer, reason = format_pointer(shown.conflict.pointer), shown.conflict.reason
            values = {side: _value(shown, side) for side in SIDES}
        return MarkedConflict(
            self.numbers[n], block.start + 1, pointer, reason, values, text, labels
        )

    # -- which decision a block is -----------------------------------------------------------------

    def _matched(self) -> dict[int, int]:
        """Blocks paired with decisions, from the merge that explains most blocks."""
        best: dict[int, int] = {}
        blocks = self.marked.blocks
        shown = any(block.base is not None for block in blocks)
        for style in ("diff3", "zdiff3") if shown else ("merge",):
            markers = Markers(self.markers.size, style)
            for result in self.merges(markers):
                pairs = _pairs(self.marked, _rendered(result, markers))
                if not self.structured or len(pairs) > len(best):
                    self.structured = True
                    best, self.shown, self.markers = pairs, result.conflicts, markers
                    self._versions = result.decisions
                if len(best) == len(blocks):
                    return best
        return best

    def _around(self, shown: Shown) -> tuple[list[str], list[str]]:
        """A conflict's lines before and after its block, which the sides share."""
        shortened = self.markers.shortened(*shown.texts)
        return shortened[0], shortened[4]

    def _parts(self, shown: Shown) -> dict[str, list[str]]:
        shortened = self.markers.shortened(*shown.texts)
        return dict(zip(SIDES, shortened[1:4], strict=True))

    # -- resolving -----------------------------------------------------------------------------

    def resolve(self, choices: Mapping[int, Choice]) -> Draft:
        """The file with these conflicts, by number, resolved. Only their blocks are replaced.

        Raises UsageError for a number that is not there. Raises Refused if a choice cannot be
        written, or if no conflict would be left and the file would not parse.
        """
        places = {number: n for n, number in enumerate(self.numbers)}
        splices = []
        for number, choice in choices.items():
            if number not in places:
                there = ", ".join(map(str, self.numbers))
                raise UsageError(
                    f"there is no conflict {number}",
                    where=self.path,
                    hint=f"there are: {there}" if there else "no marker block is left",
                )
            n = places[number]
            splices.append(
                self._taken(n, choice.side)
                if isinstance(choice, TakeSide)
                else self._put(n, choice)
            )
        lines = list(self.marked.lines)
        line_numbers = list(range(1, len(lines) + 1))
        for start, end, new in sorted(splices, key=lambda splice: splice[0], reverse=True):
            lines[start:end] = self._ended(start, end, new)
            line_numbers[start:end] = [start + 1] * len(new)
            if not new and end == len(self.marked.lines) and start:
                lines[start - 1] = self._ended(start - 1, end, lines[start - 1 : start])[0]
        return self._finished("".join(lines), line_numbers)

    def _ended(self, start: int, end: int, new: list[str]) -> list[str]:
        """`new` with the line ends of the lines it replaces."""
        old = self.marked.lines
        newline = "\r\n" if old[start].endswith("\r\n") else "\n"
        lines = [line.rstrip("\r\n") + newline for line in new]
        if lines and end == len(old) and not old[-1].endswith("\n"):
            lines[-1] = lines[-1].rstrip("\r\n")
        return lines

    def _taken(self, n: int, side: str) -> tuple[int, int, list[str]]:
        block = self.marked.blocks[n]
        shown = self.known.get(n)
        if shown is not None and side == BASE:
            return self._based(block, shown)
        if shown is not None:
            return block.start, block.end, self._parts(shown)[side]
        if not block.clear:
            raise self._refused(block, "a side of the block has a line like a marker", BY_HAND)
        part = {BASE: block.base, OURS: block.ours, THEIRS: block.theirs}[side]
        if part is None:
            hint = "git checkout --conflict=diff3 FILE marks it again, with base; your edits go"
            raise self._refused(block, "the block does not show its base", hint)
        return block.start, block.end, part

    def _based(self, block: Block, shown: Shown) -> tuple[int, int, list[str]]:
        """The lines of base. They replace the shared lines round the block too: base may lack
        those."""
        before, after = self._around(shown)
        low, high = block.start - len(before), block.end + len(after)
        lines = self.marked.lines
        if low < 0 or not (
            _same(lines[low : block.start], before) and _same(lines[block.end : high], after)
        ):
            raise self._refused(block, "the lines around the block were edited", BY_HAND)
        return low, high, split_lines(shown.texts[0])

    def _put(self, n: int, choice: Put) -> tuple[int, int, list[str]]:
        block = self.marked.blocks[n]
        shown = self.known.get(n)
        if shown is None:
            if self.structured or self.format:
                message = "only the lines of this conflict are known, not which value it is about"
                raise self._refused(block, message, f"take a side, or {BY_HAND}")
            return block.start, block.end, split_lines(choice.text)
        decision = shown.conflict
        if not _entries(decision):
            message = "only comments are in this conflict, and no value"
            raise self._refused(block, message, f"take a side, or {BY_HAND}")
        if decision.reason in IN_LISTS:
            message = "several items of a list are in this conflict, and no one value"
            raise self._refused(block, message, f"take a side, or {BY_HAND}")
        if _forms(decision):
            message = "a table is in this conflict in several forms, and no one place for a value"
            raise self._refused(block, message, f"take a side, or {BY_HAND}")
        problem = ""
        for others in (OURS, THEIRS):
            try:
                return self._written(n, shown, choice.value, others)
            except InputError as error:
                problem = error.message
        raise self._refused(block, f"the value cannot be written: {problem}", BY_HAND)

    def _written(
        self, n: int, shown: Shown, value: Value, others: str
    ) -> tuple[int, int, list[str]]:
        """The value as an edit of the file without its markers.

        `others` is the side that the other conflicts take meanwhile. Raises InputError.
        """
        decision = shown.conflict
        side = OURS if decision.ours else THEIRS
        lines: list[str] = []
        at = low = high = 0
        for m, block in enumerate(self.marked.blocks):
            lines += self.marked.lines[at : block.start]
            start = len(lines)
            lines += self._ended(*self._taken(m, side if m == n else others))
            at = block.end
            if m == n:
                low, high = start, len(lines)
        lines += self.marked.lines[at:]
        before, after = self._around(shown)
        head = len(before) if _same(lines[low - len(before) : low], before) else 0
        tail = len(after) if _same(lines[high : high + len(after)], after) else 0
        low, high = low - head, high + tail
        document = self._document("".join(lines))

        def inside(tokens: tuple[str, ...]) -> bool:
            return low < (document.line(tokens) or 0) <= high

        found = []
        if exists(document.value, decision.pointer) and inside(decision.pointer):
            found.append(decision.pointer)
        found = found or list(filter(inside, places(document.value, decision.pointer)))
        if len(found) != 1:
            raise InputError("its place is not found in the file")
        patch = {"op": "replace", "path": format_pointer(found[0]), "value": value}
        written = split_lines(document.apply([patch]).text)
        rest = len(lines) - high
        if written[:low] != lines[:low] or written[len(written) - rest :] != lines[high:]:
            raise InputError("it belongs elsewhere in the file")
        block = self.marked.blocks[n]
        return block.start - head, block.end + tail, written[low : len(written) - rest]

    # -- the whole file --------------------------------------------------------------------------

    def _finished(self, text: str, line_numbers: Sequence[int]) -> Draft:
        """The draft with another text, which is checked if no marker is left in it.

        `line_numbers` has, for each line of the text, its line in the file on the disk.
        """
        draft = self._with(text)
        if draft.open or not self.structured:
            return draft
        try:
            document = self._document(text)
            conflicts = [one.conflict for one in self.shown]
            fitted = document.format.fitted(document, self._versions, conflicts)
        except InputError as error:
            raise Refused(
                f"without its markers it would not be right: {error.message}",
                where=self.path,
                line=line_numbers[min(error.line, len(line_numbers)) - 1]
                if error.line and line_numbers
                else None,
                hint="nothing was written: take another side, or edit the file by hand",
            ) from None
        return draft if fitted.text == text else self._with(fitted.text)

    def _document(self, text: str) -> Document:
        assert self.format is not None  # else it would have no structure
        return Document(self.path, self.format, text, False)

    def _with(self, text: str) -> Draft:
        data = (self.bom + text).encode("utf-8", "surrogateescape")
        return Draft(self.path, data, self.markers.size, self.merges)

    def _refused(self, block: Block, message: str, hint: str) -> Refused:
        return Refused(message, where=self.path, line=block.start + 1, hint=hint)


def _rendered(result: Result, markers: Markers) -> Marked:
    """The blocks that the engine writes for its conflicts; none if they cannot be told apart."""
    text = result.text.decode("utf-8").removeprefix(BOM)
    marked = read_markers(text, markers.size)
    blocks = [
        block
        for shown in result.conflicts
        for block in read_markers(markers.mark(*shown.texts), markers.size)[1]
    ]
    same = len(blocks) == len(result.conflicts) == len(marked.blocks) and all(
        made.parts == found.parts for made, found in zip(blocks, marked.blocks, strict=True)
    )
    return marked if same else Marked([], [], [])


def _pairs(found: Marked, made: Marked) -> dict[int, int]:
    """The blocks of two texts that surely are the same: number in `found` -> number in `made`."""
    mine, yours = [b.parts for b in found.blocks], [b.parts for b in made.blocks]
    if mine == yours:
        return {n: n for n in range(len(mine))}
    a, b = _tokens(found), _tokens(made)
    forward = set(common(a, b))
    back = {(len(a) - 1 - i, len(b) - 1 - j) for i, j in common(a[::-1], b[::-1])}
    at_a = {i: n for n, i in enumerate(i for i, token in enumerate(a) if token[1])}
    at_b = {j: n for n, j in enumerate(j for j, token in enumerate(b) if token[1])}
    pairs = {at_a[i]: at_b[j] for i, j in forward & back if i in at_a and j in at_b}
    # After many edits the lines tell nothing. A block that stands once in both is still certain.
    once = unique(yours)
    for parts, n in unique(mine).items():
        m = once.get(parts)
        if m is not None and n not in pairs and all((n < i) == (m < j) for i, j in pairs.items()):
            pairs[n] = m
    return pairs


def _tokens(marked: Marked) -> list[tuple[str, tuple[str, str | None, str] | None]]:
    tokens: list[tuple[str, tuple[str, str | None, str] | None]] = []
    at = 0
    for block in marked.blocks:
        tokens += [(line.rstrip("\r\n"), None) for line in marked.lines[at : block.start]]
        tokens.append(("", block.parts))
        at = block.end
    return tokens + [(line.rstrip("\r\n"), None) for line in marked.lines[at:]]


def _numbers(blocks: int, pairs: Mapping[int, int], decisions: int) -> list[int]:
    """A number for every block: that of its decision. An edited block gets the number that its
    neighbours leave for it, else a new one."""
    if not pairs:
        return list(range(1, blocks + 1))
    numbers = [0] * blocks
    spare = decisions + 1
    low, run = -1, 0
    for n in [*sorted(pairs), blocks]:
        last = pairs.get(n, decisions)
        between = last - low - 1
        for i in range(run, n):
            if n - run == between:
                numbers[i] = low + 2 + i - run
            else:
                numbers[i], spare = spare, spare + 1
        if n < blocks:
            numbers[n] = last + 1
        low, run = last, n + 1
    return numbers


def _value(shown: Shown, side: str) -> Value:
    decision = shown.conflict
    values: list[Value] = [entry.node.value for entry in decision.side(side)]
    if not values or shown.blended:
        return ABSENT
    holder = decision.parents.side(side)
    if holder is not None and _forms(decision):
        return resolve(holder.value, common_path(_entries(decision)))
    return values if decision.reason in IN_LISTS else values[0]


def _forms(decision: Decision) -> bool:
    """Whether the conflict has several entries for one TOML table, or for a former one."""
    return len({entry.path for entry in _entries(decision)}) > 1


def _same(lines: list[str], others: list[str]) -> bool:
    return [line.rstrip("\r\n") for line in lines] == [line.rstrip("\r\n") for line in others]


def _entries(decision: Decision) -> list[Entry]:
    return [entry for side in SIDES for entry in decision.side(side)]

"""What comes of rendering decisions: text, its conflicts, and what deciding did not know."""

from __future__ import annotations

from seedgit import codes
from seedgit.merge.decision import Conflict, Decision, Leaf, Members

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Inseparable(Exception):
    """A place that cannot be rendered apart from what is round it; its parent tries as a whole."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Shown:
    """A conflict as the text has it.

    texts    the lines of base, ours and theirs; empty where the text has them not apart
    blended  whether ours and theirs have there what was decided below, and not only their own
    """

    __slots__ = ("blended", "conflict", "texts")

    def __init__(
        self, conflict: Decision, texts: Sequence[str] = ("", "", ""), blended: bool = False
    ) -> None:
        self.conflict = conflict
        self.texts = texts
        self.blended = blended


class Rendered:
    """A merged document.

    text
    decisions  those it shows: with a conflict where one could not be rendered apart
    conflicts  in the order their marker blocks stand in the text
    """

    __slots__ = ("conflicts", "decisions", "text")

    def __init__(self, text: str, decisions: Decision, conflicts: Sequence[Shown]) -> None:
        self.text = text
        self.decisions = decisions
        self.conflicts = conflicts


class Found:
    """What rendering finds that deciding did not know, by the identity of the decisions.

    instead  what stands where one could not be rendered as it is
    reasons  why, where the rules say whose comments of it count
    above, below   conflicts of its comments alone
    marked   how each conflict is marked
    """

    def __init__(self) -> None:
        self.instead: dict[int, Decision] = {}
        self.reasons: dict[int, str] = {}
        self.above: dict[int, tuple[Conflict, ...]] = {}
        self.below: dict[int, tuple[Conflict, ...]] = {}
        self.marked: dict[int, Shown] = {}

    def shown(self, decision: Decision) -> Decision:
        """The decision as the text has it, and all below it."""
        if not (self.instead or self.reasons or self.above or self.below):
            return decision
        at = id(decision)
        if at in self.instead:
            return self.instead[at]
        reason, comments = self.reasons.get(at, decision.reason), self.comments(at)
        if isinstance(decision, Members):
            children = tuple(self.shown(child) for child in decision.children)
            return Members(children, reason, *decision.place, *comments)
        if isinstance(decision, Leaf):
            return Leaf(decision.pick, decision.lines, reason, *decision.place, *comments)
        return decision

    def comments(self, at: int) -> tuple[tuple[Conflict, ...], tuple[Conflict, ...]]:
        return self.above.get(at, ()), self.below.get(at, ())

    def mark(self, conflict: Decision, texts: Sequence[str], blended: bool = False) -> None:
        self.marked[id(conflict)] = Shown(conflict, texts, blended)


def in_text_order(merged: Decision) -> list[Decision]:
    """What is kept of a container, in the order it is written."""
    children = [child for child in merged.children or () if child.kept]
    node = merged.ours[0].node if children else None
    if node is not None and node.layout == "block" and node.source.format.headed:
        # A key-value after a table's header would belong to that table.
        children.sort(key=_rank)
    return children


def conflicts(merged: Decision) -> Iterator[Decision]:
    """The conflicts of rendered decisions, in the order their marker blocks stand in the text."""
    yield from merged.above
    if merged.source == codes.CONFLICT:
        yield merged
    for child in in_text_order(merged):
        yield from conflicts(child)
    yield from merged.below


def _rank(merged: Decision) -> int:
    """0 for a key-value, 2 for what has headers; between them a conflict of the two, where
    either can be taken."""
    if merged.source == codes.CONFLICT:
        entries = merged.base + merged.ours + merged.theirs
    else:
        entries = merged.side(merged.pick or merged.source) or merged.ours
    sections = [entry.node.layout == "block" for entry in entries]
    return 2 if all(sections) else 1 if any(sections) else 0

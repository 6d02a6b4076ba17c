"""The result of rendering decisions: text, its conflicts, and what only rendering found out."""

from __future__ import annotations

from seedgit import codes
from seedgit.merge.decision import Conflict, Decision, Leaf, Members

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


class Inseparable(Exception):
    """A place that cannot be rendered on its own; its parent is then rendered as a whole."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Shown:
    """A conflict as the text shows it.

    texts    the lines of base, ours and theirs; empty if the text does not show them apart
    blended  whether the texts of ours and theirs contain merged changes of the other side
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
    decisions  those that the text shows: a conflict replaces what could not be rendered on its own
    conflicts  in the order of their marker blocks
    """

    __slots__ = ("conflicts", "decisions", "text")

    def __init__(self, text: str, decisions: Decision, conflicts: Sequence[Shown]) -> None:
        self.text = text
        self.decisions = decisions
        self.conflicts = conflicts


class Found:
    """What rendering found out, by the identity of the decision it is about.

    instead  the decision that replaces one that could not be rendered
    reasons  the rule's reason, where a rule chose whose comments count
    above, below   conflicts over its comments alone
    marked   how each conflict is marked
    """

    def __init__(self) -> None:
        self.instead: dict[int, Decision] = {}
        self.reasons: dict[int, str] = {}
        self.above: dict[int, tuple[Conflict, ...]] = {}
        self.below: dict[int, tuple[Conflict, ...]] = {}
        self.marked: dict[int, Shown] = {}

    def shown(self, decision: Decision) -> Decision:
        """The decision and all below it, as the text shows them."""
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
    """The children of a container that the result keeps, in the order they are written."""
    children = [child for child in merged.children or () if child.kept]
    node = merged.ours[0].node if children else None
    if node is not None and node.layout == "block" and node.source.format.headed:
        # A key-value after a table's header would belong to that table.
        children.sort(key=_rank)
    return children


def conflicts(merged: Decision) -> Iterator[Decision]:
    """The conflicts of rendered decisions, in the order of their marker blocks."""
    yield from merged.above
    if merged.source == codes.CONFLICT:
        yield merged
    for child in in_text_order(merged):
        yield from conflicts(child)
    yield from merged.below


def _rank(merged: Decision) -> int:
    """0 for a key-value, 2 for an entry with a header, 1 for a conflict between the two."""
    if merged.source == codes.CONFLICT:
        entries = merged.base + merged.ours + merged.theirs
    else:
        entries = merged.side(merged.pick or merged.source) or merged.ours
    sections = [entry.node.layout == "block" for entry in entries]
    return 2 if all(sections) else 1 if any(sections) else 0

"""Shorten the versions of a large file in every way there is, and bring back what was cut."""

from __future__ import annotations

from seedgit.merge.rendered import Shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedgit.merge.decision import Decision
    from seedgit.merge.ends import Ends
    from seedgit.merge.outline import Shortened
    from seedgit.merge.policy import MergeRules
    from seedgit.merge.syntax import Syntax
    from seedgit.merge.tree import Node

_BOM = "\ufeff"


class Short:
    """Versions without what they have in common.

    texts  the versions
    ends   what was cut before and after all changes
    lines  what was cut elsewhere
    """

    def __init__(self, texts: list[str], ends: Ends | None, lines: Shortened | None) -> None:
        self.texts = texts
        self.ends = ends
        self.lines = lines

    def fits(self, roots: Sequence[Node], rules: MergeRules) -> bool:
        """Whether these trees, the shortened ones, merge as the whole versions would."""
        if self.ends is None:
            return True
        from seedgit.merge.ends_fit import fits

        return fits(self.ends.cuts, roots, rules)

    def merged(self, text: str, clean: bool) -> str | None:
        """A merged text with what was cut; None if that is not there as it should be."""
        if self.lines is not None:
            text = self.lines.restore(text)
            if self.lines.stub in text:
                return None  # a stub has become part of another line
        return text if self.ends is None else self.ends.merged(text, clean)

    def restore(self, text: str) -> str:
        """A part of a merged text with what was cut."""
        text = self.lines.restore(text) if self.lines else text
        return self.ends.restore(text) if self.ends else text

    def decided(
        self, decisions: Decision, conflicts: Sequence[Shown]
    ) -> tuple[Decision, list[Shown]]:
        """What was decided, with the places and the lines of the whole versions."""
        new: dict[int, Decision] = {}
        if self.ends is not None:
            from seedgit.merge.ends_fit import renumbered

            new = renumbered(decisions, self.ends.cuts)
        shown = [
            Shown(
                new.get(id(one.conflict), one.conflict),
                [self.restore(text) for text in one.texts],
                one.blended,
            )
            for one in conflicts
        ]
        return new.get(id(decisions), decisions), shown


def shortened(format: Syntax, data: Sequence[bytes], rules: MergeRules, least: int) -> Short | None:
    """The versions of one file, shortened; None if nothing can be cut.

    least  shorter texts are not shortened further
    """
    texts = [str(version, "utf-8", "surrogateescape") for version in data]
    newline = _newline(texts)
    if newline is None:
        return None
    ends = _without_ends(format, texts, rules, newline)
    if ends is not None:
        texts = ends.texts
    lines = None
    known = format.lines()
    if known is not None and max(map(len, texts)) >= least:
        from seedgit.merge.outline import shorten

        lines = shorten(known, texts)
    if lines is not None:
        texts = lines.texts
    return Short(texts, ends, lines) if ends or lines else None


def _newline(texts: list[str]) -> str | None:
    """How all versions end their lines; None if there are several ways, or characters that no
    version may have."""
    if any("\0" in text for text in texts):
        return None
    if not any("\r" in text for text in texts):
        return "\n"
    whole = all(text.count("\r") == text.count("\r\n") == text.count("\n") for text in texts)
    return "\r\n" if whole else None


def _without_ends(format: Syntax, texts: list[str], rules: MergeRules, newline: str) -> Ends | None:
    walker = format.walker()
    if walker is None:
        return None
    from seedgit.merge.ends import without_ends

    marked = all(text.startswith(_BOM) for text in texts)
    bare = [text.removeprefix(_BOM) if marked else text for text in texts]
    if newline != "\n":
        bare = [text.replace(newline, "\n") for text in bare]
    ends = without_ends(walker, bare, rules.declared, not (rules.by_index or rules.as_one))
    if ends is None:
        return None
    if newline != "\n":
        ends.newline = newline
        ends.texts = [text.replace("\n", newline) for text in ends.texts]
    if marked:
        ends.texts = [_BOM + text for text in ends.texts]
    return ends

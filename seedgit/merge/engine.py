"""Merge the versions of one file: decide, render, and check the result before anyone sees it.

What only some merges need is imported where they do: its start-up is what a small merge costs.
"""

from __future__ import annotations

from seedgit import codes
from seedgit.merge.check import means
from seedgit.merge.decide import merge
from seedgit.merge.decision import OURS, THEIRS, Decision
from seedgit.merge.policy import NO_RULES
from seedgit.merge.render import SIDES, Inseparable, Rendered, Shown, conflicts, render
from seedgit.merge.tree import stream
from seedgit.merge.version import NotMergeable, Version, finished, parsed, prepared
from seedgit.merge.write_markers import Markers
from seedgit.values.value import same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedgit.merge.policy import MergeRules
    from seedgit.merge.syntax import Syntax

    # Base, None where both sides added the file; ours; theirs; git's own merge where that is clean:
    # its bytes win where they mean the same.
    Versions = tuple[bytes | None, bytes, bytes, bytes | None]

# Smaller files are parsed as quickly as they are shortened.
ELIDE_FROM = 16 * 1024

# Conflicts that come of not knowing more than git: where git's merge by lines is clean, it counts.
DOUBTS = frozenset(
    {
        codes.LIST_ORDER,
        codes.LIST_IDENTITY,
        codes.LIST_DUPLICATE,
        codes.RENAMED,
        codes.BOTH_CHANGED_COMMENTS,
    }
)


class Result:
    """A merged file.

    text       all of it, with markers unless `clean`
    decisions  what was decided where
    conflicts  those of the decisions, in the order of the text; git's own merge may have none
    """

    __slots__ = ("clean", "conflicts", "decisions", "text")

    def __init__(
        self, clean: bool, text: bytes, decisions: Decision, conflicts: Sequence[Shown] = ()
    ) -> None:
        self.clean = clean
        self.text = text
        self.decisions = decisions
        self.conflicts = conflicts


def merge_versions(
    versions: Versions,
    format: Syntax,
    path: str,
    markers: Markers | None = None,
    rules: MergeRules = NO_RULES,
) -> Result:
    """Merge the versions of the file `path`. Raises NotMergeable."""
    how = (format, path, markers, rules)
    return _merge_shortened(versions, *how) or _Merge(versions, *how).result()


def _merge_shortened(
    versions: Versions,
    format: Syntax,
    path: str,
    markers: Markers | None,
    rules: MergeRules,
) -> Result | None:
    """The merge of large files without what they have alike; None where that cannot be."""
    if max(len(data) for data in versions if data is not None) < ELIDE_FROM:
        return None
    lines = format.lines()
    if lines is None:
        return None
    from seedgit.merge.outline import elide

    given = [data for data in versions if data is not None]
    short = elide(lines, [str(data, "utf-8", "surrogateescape") for data in given])
    if short is None:
        return None
    texts = iter([text.encode("utf-8", "surrogateescape") for text in short.texts])
    base, ours, theirs, by_lines = (None if data is None else next(texts) for data in versions)
    try:
        few = (base, ours or b"", theirs or b"", by_lines)
        result = _Merge(few, format, path, markers, rules).result()
    except NotMergeable:
        return None  # perhaps because of the stubs
    text = short.restore(str(result.text, "utf-8", "surrogateescape"))
    if short.stub in text:
        return None  # it has become part of another line
    shown = [
        Shown(one.conflict, [short.restore(lines) for lines in one.texts], one.blended)
        for one in result.conflicts
    ]
    return Result(result.clean, text.encode("utf-8", "surrogateescape"), result.decisions, shown)


class _Merge:
    """The merge of three versions: what is decided, woven, and checked against git's and itself.

    apart    whether an array of tables stands at several places
    aliases  whether there are any, and anchors
    torn     what became a conflict since an alias would not stand for what it did: (side, name)
    """

    def __init__(
        self,
        versions: Versions,
        format: Syntax,
        path: str,
        markers: Markers | None,
        rules: MergeRules,
    ) -> None:
        base, ours, theirs, self.line_merge = versions
        self.format = format
        self.path = path
        self.markers = markers or Markers()
        self.rules = rules
        self.base = None if base is None else Version(base, path, format)
        self.ours = Version(ours, path, format)
        self.theirs = Version(theirs, path, format)
        self.versions = [self.base, self.ours, self.theirs]
        self.present = [version for version in self.versions if version]
        self.apart = prepared(self.present)
        self.torn: list[tuple[str, str]] = []

    def result(self) -> Result:
        """Raises NotMergeable."""
        decisions = self.decided()
        if self.laid_out_alike(decisions):
            decisions = self.decided()
        decisions = self.wrapped_alike(decisions) or decisions
        if decisions.source in SIDES:
            taken = self.ours if decisions.source == OURS else self.theirs
            data = finished(taken.root.source.text, self.versions, decisions)
            return Result(True, data, decisions)
        texts = [version.root.source.text if version else "" for version in self.versions]
        self.known = [version.root.source.text for version in self.present]
        self.aliases = self.format.has_aliases(texts)
        try:
            return self.checked(self.rendered(decisions))
        except NotMergeable:
            if self.line_merge is None:
                raise
            # git would let it pass; the structure says that it must not.
            marked = finished(self.markers.mark(*texts), self.versions)
            return Result(False, marked, decisions, [Shown(one) for one in conflicts(decisions)])

    # -- deciding ------------------------------------------------------------------------------

    def decided(self, order: str = THEIRS) -> Decision:
        base = self.base.root if self.base else None
        decisions = merge(base, self.ours.root, self.theirs.root, self.rules, order)
        for side, alias in self.torn:
            decisions = self.format.torn(decisions, side, alias)
        return decisions

    def settle(self, merged: Decision) -> tuple[str, str] | None:
        base, ours, theirs = (next(iter(merged.side(side)), None) for side in SIDES)
        document = (self.ours if merged.ours else self.theirs).root.value
        return self.rules.settle(merged.pointer, base, ours, theirs, document)

    def laid_out_alike(self, decisions: Decision) -> bool:
        """Whether versions got another layout, in which there may be fewer conflicts."""
        if not any(merged.source == codes.CONFLICT for merged in decisions.walk()):
            return False
        texts = self.format.laid_out_alike(decisions)
        if texts is None:
            return False
        self.rewrite(texts)
        return True

    def wrapped_alike(self, decisions: Decision) -> Decision | None:
        """What is decided where versions get the parents that one side put in, or lose those that
        it took away; None where there is none, or conflicts are left."""
        if not any(merged.went for merged in decisions.walk()):
            return None
        from seedgit.merge.wrapped import says_alike, wrapped_alike

        texts = wrapped_alike(decisions)
        if texts is None:
            return None
        given = [version.root if version else None for version in self.versions]
        try:
            self.rewrite(texts)
            again = self.decided()
            kept = all(
                root is None or version is None or says_alike(root.value, version.root.value)
                for root, version in zip(given, self.versions, strict=True)
            )
            if kept and not any(merged.source == codes.CONFLICT for merged in again.walk()):
                return again
        except NotMergeable:
            pass
        self.rewrite([root.source.text if root else "" for root in given])
        return None

    def rewrite(self, texts: Sequence[str]) -> None:
        """Give the versions other texts of the same meaning, but for the parents of entries."""
        for version, text in zip(self.versions, texts, strict=True):
            if version is not None:
                version.parse(text, self.path, self.format)
        prepared(self.present)

    # -- rendering -----------------------------------------------------------------------------

    def rendered(self, decisions: Decision) -> Rendered:
        """The text, and the decisions it has; an alias stands in it for what it did."""
        while True:
            made = self.render(decisions)
            if novel := self.novel_lines(made.text):
                # Splice into the other side instead, if that makes fewer lines that nobody wrote.
                other = self.render(self.decided(OURS))
                if self.novel_lines(other.text) < novel:
                    made = other
            parted = self.parted(made) if self.aliases else None
            if parted is None:
                return made
            if parted in self.torn:
                raise NotMergeable(
                    codes.GIT_RESULT_INVALID, f"the alias *{parted[1]} lost its anchor"
                )
            self.torn.append(parted)
            decisions = self.decided()

    def render(self, decisions: Decision) -> Rendered:
        try:
            return render(decisions, self.markers, self.settle)
        except Inseparable as problem:
            why = f"both sides changed one place ({problem.reason})"
            raise NotMergeable(codes.GIT_NOT_SEPARABLE, why) from None

    def novel_lines(self, text: str) -> int:
        """How many lines nobody wrote; a comma at the end does not make a line another one."""
        lines = {line.rstrip(",") for line in text.split("\n")}
        for other in self.known:
            lines.difference_update(line.rstrip(",") for line in other.split("\n"))
        return len(lines)

    def parted(self, made: Rendered) -> tuple[str, str] | None:
        """A side and an alias that has no anchor there; no side, and one that another anchor came
        before."""
        size = self.markers.size if made.conflicts else 0
        return self.format.parted(made.text, made.decisions, size)

    # -- checking ------------------------------------------------------------------------------

    def checked(self, made: Rendered) -> Result:
        """git's own result where it is right, else this one."""
        decisions = made.decisions
        data = finished(made.text, self.versions, decisions)
        if any(version.root.source.unended for version in self.present):
            # What stands last may be so for who is called ours alone.
            other = self.render(self.decided(OURS))
            finished(other.text, self.versions, other.decisions)
        if self.line_merge is not None and self.git_is_right(data, made):
            return Result(True, self.line_merge, decisions, made.conflicts)
        if not made.conflicts:
            result = parsed(data, self.path, self.format)
            if result is None:
                raise NotMergeable(codes.GIT_RESULT_INVALID, "the merged text would not parse")
            if not means(result.root, decisions):
                raise NotMergeable(
                    codes.GIT_RESULT_DIFFERS, "the merged text would not mean what was decided"
                )
            if self.apart and not self.adds_up(result):
                raise NotMergeable(
                    codes.GIT_RESULT_DIFFERS, "an item would stand twice in one array"
                )
        return Result(not made.conflicts, data, decisions, made.conflicts)

    def git_is_right(self, data: bytes, made: Rendered) -> bool:
        by_lines = parsed(self.line_merge or b"", self.path, self.format)
        if by_lines is None:
            return False
        if made.conflicts:
            doubtful = all(_doubtful(one.conflict) for one in made.conflicts)
            return doubtful and self.adds_up(by_lines)
        if not means(by_lines.root, made.decisions) or (self.apart and not self.adds_up(by_lines)):
            return False
        if not self.aliases:
            return True
        # What these stand for goes by the order in the text.
        woven = parsed(data, self.path, self.format)
        return woven is not None and same(woven.root.value, by_lines.root.value)

    def adds_up(self, merged: Version) -> bool:
        """Whether a merge of lists has what both sides changed, and nothing of it twice."""
        from seedgit.merge.counts import adds_up  # late: few merges are counted

        roots = [version.root if version else None for version in (*self.versions, merged)]
        if any(root is not None and root.layout == "stream" for root in roots):
            roots = [
                root if root is None or root.layout == "stream" else stream(root) for root in roots
            ]
        return adds_up(*(None if root is None else root.value for root in roots))


def _doubtful(conflict: Decision) -> bool:
    """Whether the structure cannot say that git's clean merge of this place is wrong."""
    if conflict.reason in DOUBTS:
        return True
    nodes = [entry.node for side in SIDES for entry in conflict.side(side)]
    return len(nodes) == 3 and all(node.kind == "scalar" and "\n" in node.text for node in nodes)

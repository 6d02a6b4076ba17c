"""Merge the versions of one file: decide, render, and check the result before anyone sees it.

A module that only some merges need is imported there: start-up is most of what a small merge costs.
"""

from __future__ import annotations

from seedgit import codes
from seedgit.merge.check import means
from seedgit.merge.decide import merge
from seedgit.merge.decision import OURS, SIDES, THEIRS, Decision
from seedgit.merge.policy import NO_RULES
from seedgit.merge.render import render
from seedgit.merge.rendered import Inseparable, Rendered, Shown, conflicts
from seedgit.merge.tree import NeedsWhole, stream
from seedgit.merge.version import SIZE_LIMIT, NotMergeable, Version, finished, prepared
from seedgit.merge.write_markers import Markers
from seedgit.values.value import same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedgit.merge.policy import MergeRules
    from seedgit.merge.shorten import Short
    from seedgit.merge.syntax import Syntax

    # Base (None where both sides added the file), ours, theirs, and git's own merge if that is
    # clean. git's bytes win if they mean the same as ours.
    Versions = tuple[bytes | None, bytes, bytes, bytes | None]
    Three = tuple[Version | None, Version, Version]

# Shortening a smaller file takes as long as parsing it: that loads regular expressions.
SHORTEN_FROM = 16 * 1024

# Reasons of conflicts about which the structure says no more than lines do. If git's merge by lines
# is clean, it counts.
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
    decisions  what was decided
    conflicts  those of the decisions, in the order of the text; if git's own merge was taken, they
               are not marked in `text`
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
    job = _Job(format, path, markers or Markers(), rules)
    result = _merge_shortened(versions, job)
    job.short = None
    return result or _merge(versions, job)


class _Job:
    """What all versions of a file have in common, and the rules and markers of their merge.

    short  how the versions were shortened, if they were
    """

    __slots__ = ("format", "markers", "path", "rules", "short")

    def __init__(self, format: Syntax, path: str, markers: Markers, rules: MergeRules) -> None:
        self.format = format
        self.path = path
        self.markers = markers
        self.rules = rules
        self.short: Short | None = None

    def version(self, data: bytes) -> Version:
        return Version.parsed(data, self.path, self.format)

    def readable(self, data: bytes) -> Version | None:
        """The version; None where it cannot be parsed."""
        try:
            return self.version(data)
        except NotMergeable:
            return None


def _merge_shortened(versions: Versions, job: _Job) -> Result | None:
    """The merge of a large file without the parts that all versions share; None if it cannot be
    shortened, or is too large whatever its shape."""
    given = [data for data in versions if data is not None]
    if not SHORTEN_FROM <= max(map(len, given)) <= SIZE_LIMIT:
        return None
    from seedgit.merge.shorten import shortened  # late: most files are small

    job.short = shortened(job.format, given, job.rules, SHORTEN_FROM)
    if job.short is None:
        return None
    texts = iter([text.encode("utf-8", "surrogateescape") for text in job.short.texts])
    base, ours, theirs, by_lines = (None if data is None else next(texts) for data in versions)
    try:
        result = _merge((base, ours or b"", theirs or b"", by_lines), job)
    except (NotMergeable, NeedsWhole):
        return None  # perhaps because of the stubs
    text = job.short.merged(str(result.text, "utf-8", "surrogateescape"), result.clean)
    if text is None:
        return None
    decided = job.short.decided(result.decisions, result.conflicts)
    return Result(result.clean, text.encode("utf-8", "surrogateescape"), *decided)


def _merge(versions: Versions, job: _Job) -> Result:
    """Decide, render, check. Raises NotMergeable."""
    base, ours, theirs, line_merge = versions
    was = None if base is None else job.version(base)
    attempt, decisions = _decided(_attempt(job, (was, job.version(ours), job.version(theirs))))
    if decisions.source in SIDES:
        taken = decisions.side(decisions.source)[0].node.source.text
        return Result(True, finished(taken, attempt.versions, decisions), decisions)
    try:
        attempt, made = _rendered(attempt, decisions)
        return _Check(attempt, made, line_merge).result()
    except NotMergeable:
        if line_merge is None:
            raise
        # git calls its merge clean, but the structure shows that it is wrong.
        marked = finished(job.markers.mark(*attempt.texts), attempt.versions)
        return Result(False, marked, decisions, [Shown(one) for one in conflicts(decisions)])


def _attempt(job: _Job, versions: Three) -> _Attempt:
    """The first attempt at these versions. Raises NotMergeable, NeedsWhole."""
    present = [version for version in versions if version]
    if job.short is not None:
        for version in present:
            version.root.source.partial = True
        if not job.short.fits([version.root for version in present], job.rules):
            raise NeedsWhole
    return _Attempt(job, versions, prepared(present))


class _Attempt:
    """Three versions to merge, and what failed attempts have taught.

    apart  whether an array of tables stands at several places
    torn   aliases that would change their value, (side, name): the merge needs conflicts there
    """

    def __init__(
        self, job: _Job, versions: Three, apart: bool, torn: tuple[tuple[str, str], ...] = ()
    ) -> None:
        self.job = job
        self.versions = versions
        self.present = [version for version in versions if version]
        self.apart = apart
        self.torn = torn

    @property
    def texts(self) -> list[str]:
        return [version.root.source.text if version else "" for version in self.versions]

    def rewritten(self, texts: Sequence[str]) -> _Attempt:
        """An attempt with other texts that hold the same values, perhaps under other parents.

        Raises NotMergeable.
        """
        path, format = self.job.path, self.job.format
        base, ours, theirs = self.versions
        was = base and base.rewritten(texts[0], path, format)
        ours, theirs = (
            version.rewritten(text, path, format)
            for version, text in zip((ours, theirs), texts[1:], strict=True)
        )
        return _attempt(self.job, (was, ours, theirs))

    def without(self, alias: tuple[str, str]) -> _Attempt:
        """An attempt that makes conflicts where this alias would change its value."""
        return _Attempt(self.job, self.versions, self.apart, (*self.torn, alias))

    # -- deciding ------------------------------------------------------------------------------

    def decided(self, order: str = THEIRS) -> Decision:
        base, ours, theirs = self.versions
        root = base.root if base else None
        decisions = merge(root, ours.root, theirs.root, self.job.rules, order)
        for side, alias in self.torn:
            decisions = self.job.format.torn(decisions, side, alias)
        return decisions

    def laid_out_alike(self, decisions: Decision) -> _Attempt | None:
        """An attempt with containers laid out alike, which may have fewer conflicts; None if there
        is nothing to lay out."""
        if not any(one.source == codes.CONFLICT for one in decisions.walk()):
            return None
        texts = self.job.format.laid_out_alike(decisions)
        return None if texts is None else self.rewritten(texts)

    def wrapped_alike(self, decisions: Decision) -> tuple[_Attempt, Decision] | None:
        """An attempt whose versions all have the parents that one side changed, and its decisions.

        None if no side changed parents, or if conflicts are left.
        """
        if not any(one.went for one in decisions.walk()):
            return None
        from seedgit.merge.wrapped import says_alike, wrapped_alike

        texts = wrapped_alike(decisions)
        if texts is None:
            return None
        try:
            attempt = self.rewritten(texts)
            again = attempt.decided()
        except NotMergeable:
            return None
        pairs = zip(self.versions, attempt.versions, strict=True)
        kept = all(
            a is None or b is None or says_alike(a.root.value, b.root.value) for a, b in pairs
        )
        if not kept or any(one.source == codes.CONFLICT for one in again.walk()):
            return None
        return attempt, again

    # -- rendering -----------------------------------------------------------------------------

    def rendered(self, decisions: Decision) -> Rendered:
        """Raises NotMergeable."""
        try:
            return render(decisions, self.job.markers, self.settle)
        except Inseparable as problem:
            why = f"both sides changed one place ({problem.reason})"
            raise NotMergeable(codes.GIT_NOT_SEPARABLE, why) from None

    def settle(self, decision: Decision) -> tuple[str, str] | None:
        base, ours, theirs = (next(iter(decision.side(side)), None) for side in SIDES)
        document = self.versions[1] if ours else self.versions[2]
        return self.job.rules.settle(decision.pointer, base, ours, theirs, document.root.value)

    def novel_lines(self, text: str) -> int:
        """How many lines no version has. A comma at the end of a line does not count."""
        lines = {line.rstrip(",") for line in text.split("\n")}
        for version in self.present:
            known = version.root.source.text.split("\n")
            lines.difference_update(line.rstrip(",") for line in known)
        return len(lines)

    @property
    def aliases(self) -> bool:
        """Whether the versions may have aliases and anchors."""
        return self.job.format.has_aliases(self.texts)

    def parted(self, made: Rendered) -> tuple[str, str] | None:
        """An alias that the merge cut off from its anchor, (side, name); see `Syntax.parted`."""
        if not self.aliases:
            return None
        return self.job.format.parted(made.text, made.decisions, self.job.markers.size)


def _decided(attempt: _Attempt) -> tuple[_Attempt, Decision]:
    """The decisions, and the attempt they belong to: perhaps one with rewritten versions."""
    decisions = attempt.decided()
    alike = attempt.laid_out_alike(decisions)
    if alike is not None:
        attempt, decisions = alike, alike.decided()
    return attempt.wrapped_alike(decisions) or (attempt, decisions)


def _rendered(attempt: _Attempt, decisions: Decision) -> tuple[_Attempt, Rendered]:
    """The text, in which every alias keeps its value, and the attempt that made it.

    Raises NotMergeable.
    """
    while True:
        made = attempt.rendered(decisions)
        if novel := attempt.novel_lines(made.text):
            # Take the order of ours instead, if that makes fewer lines that nobody wrote.
            other = attempt.rendered(attempt.decided(OURS))
            if attempt.novel_lines(other.text) < novel:
                made = other
        parted = attempt.parted(made)
        if parted is None:
            return attempt, made
        if parted in attempt.torn:
            why = f"the alias *{parted[1]} lost its anchor"
            raise NotMergeable(codes.GIT_RESULT_INVALID, why)
        attempt = attempt.without(parted)
        decisions = attempt.decided()


class _Check:
    """A rendered merge, and git's own merge of the same versions if that is clean."""

    def __init__(self, attempt: _Attempt, made: Rendered, line_merge: bytes | None) -> None:
        self.attempt = attempt
        self.made = made
        self.line_merge = line_merge

    def result(self) -> Result:
        """git's own result where it is right, else this one. Raises NotMergeable."""
        attempt, made = self.attempt, self.made
        data = finished(made.text, attempt.versions, made.decisions)
        if any(version.root.source.unended for version in attempt.present):
            # Which value comes last may depend on which side is called ours: check both orders.
            other = attempt.rendered(attempt.decided(OURS))
            finished(other.text, attempt.versions, other.decisions)
        if self.line_merge is not None and self.git_is_right(data, self.line_merge):
            return Result(True, self.line_merge, made.decisions, made.conflicts)
        if not made.conflicts:
            problem = self.problem(data)
            if problem:
                raise NotMergeable(*problem)
        return Result(not made.conflicts, data, made.decisions, made.conflicts)

    def problem(self, data: bytes) -> tuple[str, str] | None:
        """Why a clean result is wrong, (code, words); None if it is right."""
        result = self.attempt.job.readable(data)
        if result is None:
            return codes.GIT_RESULT_INVALID, "the merged text would not parse"
        if not means(result.root, self.made.decisions):
            return codes.GIT_RESULT_DIFFERS, "the merged text would not mean what was decided"
        if self.attempt.apart and not self.adds_up(result):
            return codes.GIT_RESULT_DIFFERS, "an item would stand twice in one array"
        return None

    def git_is_right(self, data: bytes, line_merge: bytes) -> bool:
        attempt, made = self.attempt, self.made
        by_lines = attempt.job.readable(line_merge)
        if by_lines is None:
            return False
        if made.conflicts:
            doubtful = all(_doubtful(one.conflict) for one in made.conflicts)
            return doubtful and self.adds_up(by_lines)
        if not means(by_lines.root, made.decisions):
            return False
        if attempt.apart and not self.adds_up(by_lines):
            return False
        if not attempt.aliases:
            return True
        # The value of an alias depends on the order of the text, so compare whole values.
        result = attempt.job.readable(data)
        return result is not None and same(result.root.value, by_lines.root.value)

    def adds_up(self, merged: Version) -> bool:
        """Whether a merge of lists has both sides' changes, and none of them twice."""
        from seedgit.merge.counts import adds_up  # late: few merges are counted

        versions = (*self.attempt.versions, merged)
        roots = [version.root if version else None for version in versions]
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

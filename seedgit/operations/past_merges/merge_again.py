"""The merge driver's work on one file, done again from its three texts."""

from __future__ import annotations

from collections.abc import Sequence

from seedgit.formats.merge import merge_texts
from seedgit.formats.registry import format_of
from seedgit.git.line_merge import line_merge
from seedgit.merge.engine import Result
from seedgit.merge.policy import NO_RULES
from seedgit.merge.policy_of_rules import PolicyOfRules
from seedgit.merge.version import NotMergeable
from seedgit.merge.write_markers import Markers
from seedgit.named_tuple import NamedTuple
from seedgit.rules.ownership import SeedRule


def merge_again(
    path: str,
    rule: SeedRule | None,
    data: Sequence[bytes],
    by_lines: bytes | None,
    markers: Markers | None = None,
) -> Result | None:
    """As the driver merges a file in `git merge`; None if no format has files of its name.

    data      base (empty where there was none), ours and theirs
    by_lines  git's own result if that is clean

    Raises NotMergeable if the driver leaves the file to git.
    """
    format = format_of(path)
    if format is None:
        return None
    base, ours, theirs = data
    rules = PolicyOfRules(rule, local=True) if rule else NO_RULES
    return merge_texts(format, path, (base or None, ours, theirs), by_lines, markers, rules)


class BothMerged(NamedTuple):
    """One file as each engine merges it.

    by_lines  git's own result; None: it has conflicts
    result    seedgit's; None: it leaves the file to git, for `reason` ("": no format has it)
    """

    by_lines: bytes | None
    result: Result | None
    reason: str = ""

    @property
    def text(self) -> bytes | None:
        """What seedgit's driver would leave; None: it has conflicts."""
        if self.result is None:
            return self.by_lines
        return self.result.text if self.result.clean else None


def both_engines(path: str, rule: SeedRule | None, data: Sequence[bytes]) -> BothMerged:
    """Merge base, ours and theirs with git and with seedgit, as a merge of today would."""
    by_lines = line_merge(*data)
    try:
        return BothMerged(by_lines, merge_again(path, rule, data, by_lines))
    except NotMergeable as problem:
        return BothMerged(by_lines, None, problem.reason)

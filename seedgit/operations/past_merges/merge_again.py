"""The merge driver's work on one file, done again from its three texts."""

from __future__ import annotations

from collections.abc import Sequence

from seedgit.formats.merge import merge_texts
from seedgit.formats.registry import format_of
from seedgit.merge.engine import Result
from seedgit.merge.policy import NO_RULES
from seedgit.merge.policy_of_rules import PolicyOfRules
from seedgit.merge.write_markers import Markers
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

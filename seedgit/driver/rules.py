"""The rules by which the driver merges a file.

Where git names the commit that it merges, the rules files of both sides are merged first.
"""

from __future__ import annotations

import os

from seedgit.driver.git import LineMerge, ask_bytes, incoming, names_theirs, output
from seedgit.files.rules_file import read_rules
from seedgit.files.safe import replace_regular, temporary
from seedgit.rules import RULES_FILE
from seedgit.spawn import start_git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.limits import Limit
    from seedgit.merge.policy import MergeRules
    from seedgit.rules.ownership import Rules

_RULES_DIFFER = ("diff-tree", "--raw", "--no-abbrev", "--no-renames", "--no-ext-diff")


class RulesOfMerge:
    """The rules of this merge.

    git is asked at once whether theirs has other rules. The answer is read when it is needed.
    """

    def __init__(self, target: str) -> None:
        self.target = target
        self.theirs = incoming()
        self._asked = (0, 0)
        if self.theirs:
            asked = (*_RULES_DIFFER, "HEAD", self.theirs, "--", RULES_FILE)
            self._asked = start_git(*asked)
        self._found: tuple[bytes | None, bytes | None, str] | None = None
        self._rules: tuple[Rules | None, str] | None = None

    def read(self, limit: Limit) -> None:
        """Read the rules files of both sides. Raises OSError, InputError."""
        if self._found is None:
            self._found = self._read(limit)

    def of(self, path: str) -> tuple[MergeRules | None, str]:
        """(what the rules say about a file, why ours count instead; "" where they do not).

        The first is None where the file is not a seed. Without a rules file, every file that uses
        this driver is merged, with no declared keys. `read` comes before. Raises InputError.
        """
        from seedgit.merge.policy import NO_RULES

        if self._rules is None:
            self._rules = self._parsed()
        rules, why = self._rules
        if rules is None:
            return NO_RULES, why
        from seedgit.merge.policy_of_rules import PolicyOfRules

        rule = rules.match(path)
        return (None if rule is None else PolicyOfRules(rule, names_theirs())), why

    def _parsed(self) -> tuple[Rules | None, str]:
        merged, ours, why = self._found or (None, None, "")
        if merged is None:
            return None, why
        from seedgit.merged_rules import parsed

        rules, broken = parsed(merged, ours, RULES_FILE)
        return rules, why or broken

    def _read(self, limit: Limit) -> tuple[bytes | None, bytes | None, str]:
        """(the rules file of this merge, ours, why ours counts instead; "" where it does not)."""
        answer = output(self._asked) if self.theirs else ""
        if answer:
            from seedgit.merged_rules import IRREGULAR, rules_of_merge

            found = rules_of_merge(answer, self.theirs, ask_bytes, self._by_lines, limit)
            if found[2] != IRREGULAR:
                return found
            ours = read_rules()
            return ours, ours, IRREGULAR
        ours = read_rules()
        return ours, ours, ""

    def _by_lines(self, *versions: bytes) -> bytes | None:
        """git's own merge of three versions of the rules file; None where it has conflicts."""
        names = [temporary(self.target) for _ in versions]
        try:
            for name, data in zip(names, versions, strict=True):
                replace_regular(name, data)
            text, conflicts = LineMerge(names[0], names[1], names[2], "7").result()
            return None if conflicts else text
        finally:
            for name in names:
                if os.path.lexists(name):
                    os.unlink(name)

"""The rules by which the driver merges a file.

Where git names the commit that it merges, the rules files of both sides are merged first.
"""

from __future__ import annotations

import os

from seedgit import codes
from seedgit.driver.git import LineMerge, ask, ask_bytes, incoming, names_theirs, output
from seedgit.files.git_dir import find_common_dir
from seedgit.files.rules_file import OVERLAYS, commit_of, noted, read_rules
from seedgit.files.safe import replace_regular, temporary
from seedgit.rules import RULES_FILE, SITE_RULES
from seedgit.spawn import start_git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seedgit.driver.settings import Settings
    from seedgit.limits import Limit
    from seedgit.merge.policy import MergeRules
    from seedgit.merged_rules import RulesFile
    from seedgit.rules.ownership import Rules

IRREGULAR = "not a regular file, or too large"
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
        self._sites: list[tuple[str, RulesFile]] = []
        self._odd: list[tuple[str, str]] = []
        self._rules: Rules | None = None
        self._parsed = False

    def read(self, settings: Settings) -> None:
        """Read the rules files of both sides, and of the layers. Raises OSError, InputError."""
        if self._found is None:
            self._found = self._read(settings.limit())
            self._sites = list(rules_of_layers(settings.layers()))

    def of(self, path: str) -> tuple[MergeRules | None, list[tuple[str, str]]]:
        """(what the rules say about a file, which rules do not count: each a code, and why).

        The first is None where the file is not a seed. Without a rules file, every file that uses
        this driver is merged, with no declared keys. `read` comes before. Raises InputError.
        """
        from seedgit.merge.policy import NO_RULES

        if not self._parsed:
            self._rules, self._parsed = self._parse(), True
        rules = self._rules
        if rules is None:
            return NO_RULES, self._odd
        from seedgit.merge.policy_of_rules import PolicyOfRules

        rule = rules.match(path)
        if rule is None:
            found = self._found
            return (None if found and found[0] is not None else NO_RULES), self._odd
        return PolicyOfRules(rule, names_theirs()), self._odd

    def _parse(self) -> Rules | None:
        """The rules of the merge; None where there are none at all."""
        merged, ours, why = self._found or (None, None, "")
        rules = None
        if merged is not None:
            from seedgit.merged_rules import parsed

            rules, broken = parsed(merged, ours, RULES_FILE)
            why = why or broken
        if why:
            self._odd.append((codes.RULES_OURS, why))
        return self._under_layers(rules) if self._sites else rules

    def _under_layers(self, package: Rules | None) -> Rules | None:
        from seedgit.errors import InputError
        from seedgit.formats.rules import parse_rules
        from seedgit.rules.ownership import Rules
        from seedgit.rules.stacked import StackedRules

        layers = []
        for name, text in self._sites:
            where = f"{name}:{SITE_RULES}"
            try:
                if not text.usable or text.data is None:
                    raise InputError(f"{IRREGULAR}", where=where)
                layers.append(parse_rules(text.data, where, of_site=True))
            except InputError as error:
                self._odd.append((codes.RULES_WITHOUT_LAYER, str(error)))
        return StackedRules(package or Rules(), layers) if layers else package

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


def rules_of_layers(names: Sequence[str]) -> Iterator[tuple[str, RulesFile]]:
    """The rules that overlays carry, by name, the topmost first; `names` has it last.

    git is asked only of an overlay that moved without seedgit. Raises OSError, InputError.
    """
    common = find_common_dir()
    if common is None:
        return
    known = noted(common)
    for name in reversed(names):
        commit = commit_of(common, name)
        if commit is None:
            commit = ask("rev-parse", "--verify", "--quiet", OVERLAYS + name).strip()
        if name in known and known[name][0] == commit:
            if known[name][1] is not None:
                from seedgit.merged_rules import RulesFile

                yield name, RulesFile(known[name][1])
        elif commit:
            from seedgit.merged_rules import version

            listed = ask("ls-tree", "--full-tree", commit, "--", SITE_RULES).split()
            if listed:
                yield name, version(listed[0], listed[2], ask_bytes)

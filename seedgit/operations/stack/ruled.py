"""The rules that count in a working tree: the package's, under those of the site's layers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from seedgit.errors import InputError, UsageError
from seedgit.files.rules_file import read_rules
from seedgit.git import settings
from seedgit.git.repository import STAGE_OURS, Repository
from seedgit.git.site_rules import SiteRules, id_of, over, site_rules
from seedgit.rules import RULES_FILE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.rules.ownership import Rules, SeedRule


class Ruled:
    """A working tree with rules.

    odd_rules  why `rules` are not those in the working tree and in the layers
    """

    repository: Repository
    odd_rules: tuple[str, ...] = ()

    def close(self) -> None:
        """As `Repository.close`."""
        self.repository.close()

    @cached_property
    def names(self) -> list[str]:
        """The active overlays, lowest first: a later one lies over an earlier one."""
        return [chosen.value for chosen in settings.overlays(self.repository)]

    @cached_property
    def rules_text(self) -> bytes | None:
        """The rules file in the working tree; None if there is none."""
        return read_rules(self.repository.at.worktree)

    @cached_property
    def site_rules(self) -> Sequence[SiteRules]:
        """The rules that the active layers carry, those of the topmost layer first."""
        return site_rules(self.repository, self.names[::-1])

    @property
    def rules_id(self) -> str:
        """What the rules are made of: if it is the same, so are they."""
        return id_of(self.rules_text, self.site_rules)

    @cached_property
    def has_secrets(self) -> bool:
        """Whether the rules call anything a secret. Rules without the word are not parsed."""
        texts = (self.rules_text, *(each.data for each in self.site_rules))
        if not any(b"secret" in text for text in texts if text):
            return False
        return any(rule.has_secrets for rule in self.rules.seeds)

    @cached_property
    def rules(self) -> Rules:
        """The rules that count: those in the working tree, under those of the layers.

        In a clone without any, nothing is a seed. What does not count is in `odd_rules`.
        """
        return self.under_layers(self.package_rules)

    def told_rules(self) -> tuple[str, ...]:
        """`odd_rules`, for a report that has them: then no notice says so too."""
        _ = self.rules
        notices = self.repository.notices
        notices[:] = [notice for notice in notices if notice not in self.odd_rules]
        return self.odd_rules

    def under_layers(self, package: Rules) -> Rules:
        """Some rules of the package under those of the layers."""
        rules, problems = over(package, self.site_rules)
        new = [problem for problem in problems if problem not in self.odd_rules]
        self.odd_rules += tuple(new)
        self.repository.notices += [each for each in new if each not in self.repository.notices]
        return rules

    @cached_property
    def package_rules(self) -> Rules:
        """The rules in the working tree alone."""
        from seedgit.formats.rules import parse_rules
        from seedgit.rules.ownership import Rules

        data = self.rules_text
        try:
            return Rules() if data is None else parse_rules(data, RULES_FILE)
        except InputError:
            ours = self.repository.read_index(RULES_FILE, STAGE_OURS)
            if ours is None:
                raise
            text = "is in conflict; until it is resolved, our side's rules count"
            self.odd_rules += (f"{RULES_FILE}: {text}",)
            return parse_rules(ours, RULES_FILE)

    def rule(self, path: str) -> SeedRule:
        """The rule that makes `path` a seed. Raises UsageError if none does."""
        rule = self.rules.match(path)
        if rule is None:
            raise UsageError(
                "not a seed: no rule matches it",
                where=path,
                hint=f"name it under `seeds:` in {RULES_FILE}",
            )
        return rule

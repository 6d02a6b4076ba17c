"""The rules that count at each site of a fleet: its own, over those of the layers below it."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from seedgit.errors import InputError, UsageError
from seedgit.formats.rules import parse_rules
from seedgit.git.fleet import Site, SiteTree
from seedgit.git.overlay_names import overlay_ref
from seedgit.git.site_rules import SiteRules
from seedgit.operations.workspace import Workspace

Layers = tuple[SiteRules, ...]  # the topmost first; only those that have valid rules


class RulesOfSites:
    """Reads them. Which layers a site has is known at that site alone: those that lie below the
    clone's own one here are taken to lie below every site.

    here  what counts in this clone
    """

    def __init__(self, workspace: Workspace) -> None:
        self._repository = workspace.repository
        self._valid: dict[bytes, InputError | None] = {}
        self._own = {overlay_ref(name): name for name in workspace.names}
        self._names, self._lower = workspace.names, tuple(workspace.below)
        self.here = tuple(each for each in workspace.site_rules if self._usable(each))
        self._below = tuple(each for each in self.here if each.layer in workspace.below)

    def sites(self, found: Sequence[Site], pattern: str = "*") -> list[Site]:
        """The sites among some overlays: one that lies below others is no site of its own.

        pattern  of their names, as a shell has it. Raises UsageError if there are sites, but none
                 with such a name
        """
        below = {overlay_ref(name) for name in self._lower}
        every = [site for site in found if site.ref not in below] or list(found)
        wanted = [site for site in every if fnmatchcase(site.name, pattern)]
        if every and not wanted:
            raise UsageError(
                f"no site has a name like {pattern!r}",
                hint="seedgit fleet plan --json has the names of all",
            )
        return wanted

    def is_own(self, site: Site) -> bool:
        """Whether it is a layer of this clone: what counts there depends on those here."""
        return site.ref in self._own

    def below(self, site: Site) -> tuple[str, ...]:
        """The overlays that lie below a site's own, lowest first."""
        name = self._own.get(site.ref)
        return self._lower if name is None else tuple(self._names[: self._names.index(name)])

    def of(self, tree: SiteTree) -> tuple[Layers, InputError | None]:
        """(the rules that count at a site, what is wrong with its own if they do not count)."""
        if tree.site.ref in self._own:
            return self.here, None
        own = tree.rules(self._repository)
        if own is None:  # the overlay itself says so
            return self._below, None
        error = own.problem or self._error(own)
        if error is not None or own.data is None:
            return self._below, error
        return (own, *self._below), None

    def _usable(self, rules: SiteRules) -> bool:
        return rules.data is not None and self._error(rules) is None

    def _error(self, rules: SiteRules) -> InputError | None:
        """What is wrong with the rules of a layer."""
        if rules.data is None:
            return None
        if rules.data not in self._valid:
            try:
                parse_rules(rules.data, rules.where, of_site=True)
                self._valid[rules.data] = None
            except InputError as error:
                self._valid[rules.data] = error
        return self._valid[rules.data]

"""The commits of a range, by git's raw diffs: which of them concern a seed, by what rules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from seedgit.errors import InputError
from seedgit.formats.rules import parse_rules
from seedgit.git.changes import ADDED, DELETED, SIMILAR, FileChange
from seedgit.git.line_merge import line_merge
from seedgit.git.past import AT_ONCE, Listed, Pair, bases, steps
from seedgit.git.repository import FILE_MODES, GitEntry, Repository
from seedgit.git.site_rules import SiteRules, over
from seedgit.merged_rules import RulesFile, merged_rules, parsed
from seedgit.named_tuple import NamedTuple
from seedgit.rules import RULES_FILE, RULES_LIMIT
from seedgit.rules.ownership import Rules

RETYPED = "T"
EACH = 4  # steps that a merge is told by


class Concerns(NamedTuple):
    """What a commit may do to seeds.

    rules    those that count for it
    bases    of a merge: every best common ancestor
    changes  of an ordinary commit: what it changes, with renames
    """

    rules: Rules
    bases: tuple[str, ...] = ()
    changes: Sequence[FileChange] = ()


class Past:
    """The rules of commits, under those of the layers. `rules` are those of a commit without any.

    every  whether every merge is to be made again, whatever it changed
    sites  the layers' rules, the topmost first: those of today count for every commit
    """

    def __init__(
        self,
        repository: Repository,
        rules: Rules,
        *,
        every: bool,
        sites: Sequence[SiteRules] = (),
    ) -> None:
        self.repository = repository
        self.rules = rules
        self.every = every
        self.sites = sites
        self.entries: dict[str, GitEntry | None] = {}  # the rules file of a commit
        self.parsed: dict[str, Rules | None] = {}
        self.merged: dict[tuple[GitEntry | None, ...], Rules | None] = {}

    def read(self, commits: Sequence[Listed]) -> Iterator[tuple[Listed, Concerns | None]]:
        """Each commit, parents first; None with those that leave every seed alone."""
        for at in range(0, len(commits), AT_ONCE // EACH):
            part = commits[at : at + AT_ONCE // EACH]
            merges = [(c.parents[0], c.parents[1]) for c in part if len(c.parents) == 2]
            meet = bases(self.repository, merges)
            met = {c.id: next(meet) if len(c.parents) == 2 else () for c in part}
            asked = [_asked(commit, met[commit.id]) for commit in part]
            changed = steps(self.repository, [pair for pairs in asked for pair in pairs])
            found: dict[str, Concerns | None] = {}
            for commit, pairs in zip(part, asked, strict=True):
                told = [next(changed) for _ in pairs]
                found[commit.id] = self._told(commit, met[commit.id], told)
            yield from self._with_renames(part, found)

    def _told(
        self, commit: Listed, met: tuple[str, ...], told: list[list[FileChange]]
    ) -> Concerns | None:
        if not told:
            return None
        first, *others = commit.parents
        self._learn(first, commit.id, told[0])
        if not others:
            rules = self.ruled(commit.id, first)
            return Concerns(rules) if _touches(rules, told[0]) else None
        self._learn(first, others[0], told[1])
        if len(met) == 1:
            self.entries.setdefault(met[0], _before(told[2], self.entry(first)))
        rules = self.of_merge(met, first, others[0]) or self.ruled(first, commit.id)
        quiet = len(met) == 1 and not self.every and _quiet(rules, told)
        return None if quiet else Concerns(rules, met)

    def _with_renames(
        self, part: Sequence[Listed], found: dict[str, Concerns | None]
    ) -> Iterator[tuple[Listed, Concerns | None]]:
        ordinary = [c for c in part if found[c.id] and len(c.parents) == 1]
        pairs = [(commit.parents[0], commit.id) for commit in ordinary]
        renamed = steps(self.repository, pairs, similar=SIMILAR)
        for commit in part:
            concerns = found[commit.id]
            if concerns and len(commit.parents) == 1:
                concerns = concerns._replace(changes=next(renamed))
            yield commit, concerns

    # -- the rules of a commit ---------------------------------------------------------------------

    def entry(self, commit: str) -> GitEntry | None:
        """The rules file of a commit."""
        if commit not in self.entries:
            self.entries[commit] = self.repository.entry(commit, RULES_FILE)
        return self.entries[commit]

    def _learn(self, parent: str, commit: str, changes: Iterable[FileChange]) -> None:
        found = [c.new for c in changes if _path(c) == RULES_FILE]
        self.entries[commit] = found[0] if found else self.entry(parent)

    def ruled(self, *commits: str) -> Rules:
        """The rules of the first of some commits whose rules name a seed."""
        for commit in commits:
            entry = self.entry(commit)
            rules = self._parsed(entry.id) if entry and entry.mode in FILE_MODES else None
            if rules and rules.seeds:
                return rules
        return self.rules

    def _parsed(self, id: str) -> Rules | None:
        if id not in self.parsed:
            try:
                made = parse_rules(self.repository.blob(id), RULES_FILE)
                self.parsed[id] = over(made, self.sites)[0] if made.seeds else made
            except InputError:
                self.parsed[id] = None
        return self.parsed[id]

    def of_merge(self, met: tuple[str, ...], ours: str, theirs: str) -> Rules | None:
        """The rules after a merge of both sides' rules; None where they name no seed."""
        key = tuple(self.entry(commit) for commit in (*met[:1], ours, theirs))
        if key not in self.merged:
            *base, mine, yours = map(self._version, key)
            try:
                old = base[0] if base else RulesFile(None)
                data, _ = merged_rules(old, mine, yours, line_merge)
                rules, _ = parsed(data, mine.data, RULES_FILE)
            except InputError:
                rules = None
            named = rules is not None and bool(rules.seeds)
            self.merged[key] = over(rules, self.sites)[0] if rules and named else None
        return self.merged[key]

    def _version(self, entry: GitEntry | None) -> RulesFile:
        plain = entry is None or entry.mode in FILE_MODES
        data = self.repository.blob(entry.id) if entry and plain else None
        return RulesFile(data, plain and len(data or b"") <= RULES_LIMIT)


def _asked(commit: Listed, met: tuple[str, ...]) -> list[Pair]:
    if len(commit.parents) == 1:
        return [(commit.parents[0], commit.id)]
    if len(commit.parents) != 2:
        return []
    ours, theirs = commit.parents
    sides = [(met[0], ours), (met[0], theirs)] if len(met) == 1 else []
    return [(ours, commit.id), (ours, theirs), *sides]


def _quiet(rules: Rules, told: list[list[FileChange]]) -> bool:
    """Whether git is sure to leave every seed as both sides have it, and the merge did so.

    Only a rename, or a file where the other side has something else, could put anything in a place
    that is the same on both sides.
    """
    made, apart, *sides = told
    return not (
        any(_touches(rules, changes) for changes in (made, apart))
        or any({ADDED, DELETED} <= {change.status for change in side} for side in sides)
        or any(change.status == RETYPED for change in apart)
        or _is_below(apart)
    )


def _is_below(changes: Iterable[FileChange]) -> bool:
    """Whether one side has a file where the other has a directory."""
    paths = {_path(change) for change in changes if change.status in (ADDED, DELETED)}
    return any(path[:at] in paths for path in paths for at, c in enumerate(path) if c == "/")


def _touches(rules: Rules, changes: Iterable[FileChange]) -> bool:
    return any(p != RULES_FILE and rules.match(p) for p in map(_path, changes))


def _path(change: FileChange) -> str:
    entry = change.new or change.old
    assert entry is not None
    return entry.path


def _before(changes: Iterable[FileChange], after: GitEntry | None) -> GitEntry | None:
    return next((c.old for c in changes if _path(c) == RULES_FILE), after)

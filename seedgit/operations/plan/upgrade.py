"""One upgrade: the files and the rules before and after it, and the seeds that it changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from functools import cached_property

from seedgit import codes
from seedgit.errors import InputError
from seedgit.formats.document import Document
from seedgit.git import changes as renames
from seedgit.git.preview import Preview
from seedgit.git.repository import GitEntry, Repository
from seedgit.git.site_rules import SiteRules, over
from seedgit.named_tuple import NamedTuple
from seedgit.operations.plan.model import (
    NEEDS_APPROVAL,
    TRUE_MERGE,
    UP_TO_DATE,
    WARNINGS,
    Plan,
    PlanDecision,
    note,
)
from seedgit.operations.seeds.snapshot import Checkout, Snapshot
from seedgit.operations.workspace import Workspace
from seedgit.rules import RULES_FILE


class SeedVersions(NamedTuple):
    """The tree entries of a seed in the base, in HEAD, in REF and in the merge."""

    base: GitEntry | None
    ours: GitEntry | None
    theirs: GitEntry | None
    merged: GitEntry | None


class Upgrade:
    """A merge as git would make it, and the checkouts before and after it.

    ours      today's rules
    driver    the rules that the driver uses (docs/rules.md): those after the merge, or today's if
              those cannot be read
    readable  whether the rules after the merge can be read
    notes     remarks on the rules
    """

    def __init__(
        self, workspace: Workspace, repository: Repository, made: Plan, preview: Preview
    ) -> None:
        self.repository = repository
        self.made = made
        self.preview = preview
        self.trees = tuple(
            repository.tree(commit) for commit in (made.bases[0], made.head, made.commit)
        )
        self.workspace = workspace
        self.ours = workspace.rules
        self.notes: list[PlanDecision] = []
        settled = {p: e for p, e in preview.files.items() if p not in preview.unmerged}
        merged = (made.head, made.commit) if made.kind == TRUE_MERGE else (preview.tree,)
        before = Checkout(self.trees[1], (made.head,))
        after = Checkout(settled, merged, preview.tree, preview.unmerged)
        self.new_rules = content_of(before.files.get(RULES_FILE)) != content_of(
            after.files.get(RULES_FILE)
        )
        self.readable = RULES_FILE not in preview.unmerged
        self.before = self.ruled(Snapshot(workspace, repository, before))
        self.after = self.ruled_after(Snapshot(workspace, repository, after))
        self.driver = self.after.rules

    def under(self, layers: Sequence[SiteRules]) -> Upgrade:
        """The same upgrade where other layers have rules, all of them valid."""
        if self.made.kind != UP_TO_DATE:
            _ = self.moved  # it is the same, and takes long
        made = copy(self)
        made.notes = []
        made.ours = over(self.workspace.package_rules, layers)[0]
        made.before = made.ruled(self.before.under(layers))
        made.after = made.ruled_after(self.after.under(layers))
        made.driver = made.after.rules
        return made

    def ruled(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot, with today's rules if its own cannot be read."""
        try:
            _ = snapshot.rules
        except InputError:
            return snapshot.ruled_by(self.ours)
        return snapshot

    def ruled_after(self, snapshot: Snapshot) -> Snapshot:
        """As `ruled`, and adds remarks on the rules to `notes`."""
        if not self.readable:
            why = "the rules themselves conflict; those of HEAD count for the merge"
            self.notes.append(note(NEEDS_APPROVAL, codes.CONFLICT, RULES_FILE, why))
            return snapshot.ruled_by(self.ours)
        try:
            _ = snapshot.rules
        except InputError as error:
            self.readable = False
            self.notes.append(note(NEEDS_APPROVAL, codes.NOT_PARSEABLE, RULES_FILE, str(error)))
            snapshot = snapshot.ruled_by(self.ours)
        if self.new_rules:
            run = "after the merge run: seedgit init"
            self.notes.append(note(WARNINGS, codes.RULES_CHANGED, RULES_FILE, run))
        return snapshot

    def document(self, entry: GitEntry | None) -> Document | None:
        """The document of a version; None where it does not parse."""
        if entry is None:
            return None
        try:
            return Document.parse(self.repository.blob(entry.id), entry.path)
        except InputError:
            return None

    def changed(self) -> Iterator[SeedVersions]:
        """The seeds in which something differs. Renames are followed as git does it."""
        base, ours, theirs = self.trees
        if self.made.kind == UP_TO_DATE:
            return
        merged, in_base = self.preview.files, self.moved
        now = [{was: path for path, was in moved.items()} for moved in in_base]
        is_seed = {**self.before.tracked, **self.after.tracked}
        is_seed |= {
            path: entry
            for path in self.preview.unmerged
            for entry in self.preview.unmerged[path]
            if self.ours.match(path) or self.after.rules.match(path)
        }
        seen: set[str] = set()
        for path in sorted(merged.keys() & is_seed.keys()):
            was = in_base[0].get(path) or in_base[1].get(path) or ""
            o = ours.get(path) or ours.get(now[0].get(was, ""))
            t = theirs.get(path) or theirs.get(now[1].get(was, ""))
            seen |= {e.path for e in (o, t) if e}
            seed = SeedVersions(base.get(was), o, t, merged[path])
            if self.differs(seed, path):
                yield seed
        for path in sorted(is_seed.keys() - merged.keys() - seen):
            was = in_base[0].get(path, path)
            yield SeedVersions(base.get(was), ours.get(path), theirs.get(now[1].get(was, "")), None)

    def differs(self, seed: SeedVersions, path: str) -> bool:
        o, t, m = ((e.path, e.id, e.mode) if e else None for e in seed[1:])
        return self.new_rules or o != m or t != m or path in self.preview.unmerged

    @cached_property
    def moved(self) -> list[dict[str, str]]:
        """As `moves`, of HEAD and of REF."""
        _, ours, theirs = self.trees
        return [self.moves(self.made.head, ours), self.moves(self.made.commit, theirs)]

    def moves(self, revision: str, files: dict[str, GitEntry]) -> dict[str, str]:
        """For each path of a revision, its path in the merge base."""
        found = {path: path for path in files if path in self.trees[0]}
        for change in renames.diff(self.repository, self.made.bases[0], revision):
            if change.status == renames.RENAMED and change.old and change.new:
                found[change.new.path] = change.old.path
        return found


def content_of(entry: GitEntry | None) -> tuple[str, int] | None:
    """What git compares of a file: its id and its mode."""
    return (entry.id, entry.mode) if entry else None

"""What `git merge REF` would do to seeds and overrides, pointer by pointer, before it is done.

git makes the merge in a quarantine (`git.preview`); the structural merge is asked again for its
decisions, and the overlays are rebased onto the result. Nothing of the repository changes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, NamedTuple

from seedgit.errors import InputError, RepositoryError, UsageError
from seedgit.formats.document import Document
from seedgit.formats.three_way import NotMergeable, Result
from seedgit.git import changes as renames
from seedgit.git.line_merge import line_merge
from seedgit.git.names import pasted, to_text
from seedgit.git.preview import (
    DRIVER_KEY,
    Preview,
    merge_bases,
    merge_preview,
    quarantine,
)
from seedgit.git.progress import CHERRY_PICK, MERGE, REVERT, in_progress
from seedgit.git.repository import MODE_EXECUTABLE, MODE_LINK, STAGE_MERGED, Entry, Repository
from seedgit.git.upstream import short
from seedgit.merge import decision as core
from seedgit.operations.effective import Effective, effective, layer_on
from seedgit.operations.merge_again import driven
from seedgit.operations.pending import Memory
from seedgit.operations.plan_decisions import (
    AUTO_APPLY,
    BUCKETS,
    BY_GIT,
    DRIVER_MISSING,
    FORMAT_ONLY,
    LOCAL,
    MERGED,
    MODE_CHANGED,
    NEEDS_APPROVAL,
    NO_OP,
    NOT_PARSEABLE,
    REMOTE,
    RULES_CHANGED,
    SEED_ADDED,
    SEED_DELETED,
    SEED_LINKED,
    SEED_RENAMED,
    UNCLEAR,
    WARNINGS,
    Decision,
    held_decisions,
    layer_decisions,
    lost_decisions,
    named,
    structural,
    told_by,
    waiting_decisions,
)
from seedgit.operations.workspace import Snapshot, Workspace
from seedgit.overlay.decisions import Question, question_of, question_of_parked
from seedgit.overlay.override import YIELDED
from seedgit.overlay.rebase import (
    MOVED_UNDER,
    ORPHANED,
    REDUNDANT,
    Outcome,
    Rebased,
)
from seedgit.rules import RULES_FILE
from seedgit.rules.ownership import SeedRule
from seedgit.values.diff import ABSENT, changes
from seedgit.values.pointer import format_pointer

# What kind of merge it would be.
UP_TO_DATE, FAST_FORWARD, TRUE_MERGE = "already-up-to-date", "fast-forward", "merge"


# What upstream did to the value under an override is told with the override, once.
OF_AN_OVERRIDE = (MOVED_UNDER, YIELDED, REDUNDANT, ORPHANED)


@dataclass(frozen=True)
class SeedPlan:
    """One seed: its path before and after, and the ids of what the merge leaves.

    blob       the seed as it will be in the working tree, conflict markers and all
    effective  the effective file, as `render` will print it; "" where it cannot be made
    """

    was: str | None
    path: str | None
    conflicted: bool
    blob: str = ""
    effective: str = ""

    def data(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "was": self.was,
            "conflict": self.conflicted,
            "blob": self.blob,
            "effective": self.effective,
        }


@dataclass(frozen=True)
class Plan:
    """blocked: paths for which git would refuse. elsewhere: conflicts in what is no seed."""

    ref: str
    head: str
    commit: str
    bases: tuple[str, ...]
    kind: str
    decisions: tuple[Decision, ...] = ()
    seeds: tuple[SeedPlan, ...] = ()
    blocked: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()

    def bucket(self, name: str) -> tuple[Decision, ...]:
        return tuple(d for d in self.decisions if d.bucket == name)

    @property
    def needs_person(self) -> bool:
        return bool(self.bucket(NEEDS_APPROVAL) or self.elsewhere)

    def data(self) -> dict[str, Any]:
        return {
            "ref": self.ref,
            "head": self.head,
            "commit": self.commit,
            "merge-bases": list(self.bases),
            "merge": self.kind,
            "blocked": list(self.blocked),
            "conflicts-elsewhere": list(self.elsewhere),
            "seeds": [seed.data() for seed in self.seeds],
            **{name: [d.data() for d in self.bucket(name)] for name in BUCKETS},
        }


def plan(workspace: Workspace, ref: str | None = None, files: Iterable[str] = ()) -> Plan:
    """Preview `git merge REF`; of the upstream where no REF is named. Writes nothing.

    Raises UsageError for a REF or a file that is not there, RepositoryError where git could not
    merge at all.
    """
    with previewed(workspace, ref) as planner:
        return planner.plan(_wanted(workspace, files))


@contextmanager
def previewed(workspace: Workspace, ref: str | None = None) -> Iterator[Planner]:
    """The merge of REF as git would make it, in quarantine while the context lasts. As `plan`."""
    repository = workspace.repository
    _refuse_busy(repository)
    named, commit = workspace.revision(ref)
    ref = ref or short(named)
    head = repository.head()
    if head is None:
        raise RepositoryError(
            "this branch has no commits: there is nothing to merge into",
            hint=f"git merge {pasted(ref)} takes it as it is",
        )
    bases = merge_bases(repository, head, commit)
    if not bases:
        raise RepositoryError(
            f"{ref} and HEAD have no common commit: git refuses to merge unrelated histories",
            hint="a shallow clone may lack it: git fetch --unshallow; "
            "else merge once with --allow-unrelated-histories",
        )
    kind = UP_TO_DATE if commit in bases else FAST_FORWARD if head in bases else TRUE_MERGE
    made = Plan(ref, head, commit, bases, kind)
    with quarantine(repository) as (aside, place):
        if kind == TRUE_MERGE:
            preview = merge_preview(aside, place, ref, commit)
        else:
            target = commit if kind == FAST_FORWARD else head
            preview = Preview(aside.tree(target), {}, {}, (), target)
        yield Planner(workspace, aside, made, preview)


def _refuse_busy(repository: Repository) -> None:
    for work in in_progress(repository):
        if work.kind in (MERGE, CHERRY_PICK, REVERT):
            raise RepositoryError(
                f"a {work.kind} is in progress here",
                hint=f"git {work.kind} --continue or --abort it, then plan",
            )
    if any(entry.stage != STAGE_MERGED for entry in repository.index()):
        raise RepositoryError(
            "the index has conflicts: git would not merge",
            hint="resolve and commit them, or git reset --merge",
        )


def _wanted(workspace: Workspace, files: Iterable[str]) -> dict[str, str]:
    """The repository's names of the files a user named."""
    found = {}
    for name in files:
        place = Path(os.path.normpath(workspace.directory / name))
        try:
            path = place.relative_to(workspace.repository.worktree).as_posix()
        except ValueError:
            raise UsageError("is outside the working tree", where=name) from None
        found[to_text(os.fsencode(path))] = name
    return found


class _Seed(NamedTuple):
    """A seed's versions by tree entry: the base's, HEAD's, REF's, and the merge's."""

    base: Entry | None
    ours: Entry | None
    theirs: Entry | None
    merged: Entry | None


class Planner:
    """One upgrade: the seeds before it and after it, and what becomes of each pointer."""

    def __init__(
        self, workspace: Workspace, repository: Repository, made: Plan, preview: Preview
    ) -> None:
        self.repository = repository
        self.made = made
        self.preview = preview
        ours, theirs, base = (
            repository.tree(commit) for commit in (made.head, made.commit, made.bases[0])
        )
        self.trees = (base, ours, theirs)
        settled = {p: e for p, e in preview.files.items() if p not in preview.unmerged}
        self.before = Snapshot(workspace, repository, ours, (made.head,))
        merged = (made.head, made.commit) if made.kind == TRUE_MERGE else (preview.tree,)
        self.after = Snapshot(
            workspace, repository, settled, merged, preview.tree, preview.unmerged
        )
        self.notes: list[Decision] = []
        self.ours = self.driver = workspace.rules
        self.rules()
        self.waiting: set[str] = set()  # seeds of HEAD that are in conflict after the merge
        self.installed = repository.config.get(DRIVER_KEY) is not None
        self.decisions: list[Decision] = []
        self.seeds: list[SeedPlan] = []

    @cached_property
    def memory(self) -> Memory:
        """Every decision there is, in any overlay: read only where a person is needed."""
        return Memory(self.before)

    def rules(self) -> None:
        """After the merge its rules hold, or, where they cannot be read, still today's."""
        old, new = (s.files.get(RULES_FILE) for s in (self.before, self.after))
        self.new_rules = _plain(old) != _plain(new)
        self.readable = RULES_FILE not in self.preview.unmerged
        for snapshot in (self.before, self.after):
            try:
                _ = snapshot.rules
            except InputError as error:
                snapshot.__dict__["rules"] = self.ours
                if snapshot is self.after:
                    self.readable = False
                    self.note(NEEDS_APPROVAL, NOT_PARSEABLE, RULES_FILE, str(error))
        if RULES_FILE in self.preview.unmerged:
            self.after.__dict__["rules"] = self.ours
            why = "the rules themselves conflict; those of HEAD count for the merge"
            self.note(NEEDS_APPROVAL, "conflict", RULES_FILE, why)
        elif self.new_rules:
            self.note(WARNINGS, RULES_CHANGED, RULES_FILE, "after the merge run: seedgit init")
        self.driver = self.after.rules  # what it merges by: docs/rules.md

    def note(self, bucket: str, reason: str, path: str, detail: str) -> None:
        source = UNCLEAR if bucket == NEEDS_APPROVAL else REMOTE
        self.notes.append(Decision(bucket, path, "", source, reason, detail=detail))

    # -- the whole -------------------------------------------------------------------------------

    def plan(self, wanted: dict[str, str]) -> Plan:
        found = list(self.found())
        names = {e.path for seed in found for e in seed if e} | set(self.before.tracked)
        names |= set(self.after.tracked)
        for path, name in wanted.items():
            if path not in names:
                raise UsageError(
                    f"is no seed, neither here nor in {self.made.ref}",
                    where=name,
                    hint=f"{RULES_FILE} says which files are seeds",
                )
        if wanted:
            found = [seed for seed in found if any(e and e.path in wanted for e in seed)]
        for seed in found:
            self.seed(seed)
        if not wanted:
            self.lost()
        if not self.installed and any(seed.merged and seed.ours and seed.theirs for seed in found):
            self.note(
                WARNINGS, DRIVER_MISSING, "", "git merges seeds by lines here: run seedgit init"
            )
        told = {seed.path or seed.was for seed in self.seeds if seed.conflicted}
        return replace(
            self.made,
            decisions=(*self.notes, *self.decisions),
            seeds=tuple(self.seeds),
            blocked=self.blocked(),
            elsewhere=tuple(sorted(self.preview.unmerged.keys() - told)) if not wanted else (),
        )

    def found(self) -> Iterator[_Seed]:
        """The seeds in which something differs, renames followed as git follows them."""
        base, ours, theirs = self.trees
        if self.made.kind == UP_TO_DATE:
            return
        merged = self.preview.files
        in_base = [
            self.moves(tree, files)
            for tree, files in ((self.made.head, ours), (self.made.commit, theirs))
        ]
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
            seed = _Seed(base.get(was), o, t, merged[path])
            if self.differs(seed, path):
                yield seed
        for path in sorted(is_seed.keys() - merged.keys() - seen):
            was = in_base[0].get(path, path)
            yield _Seed(base.get(was), ours.get(path), theirs.get(now[1].get(was, "")), None)

    def differs(self, seed: _Seed, path: str) -> bool:
        o, t, m = ((e.path, e.id, e.mode) if e else None for e in seed[1:])
        return self.new_rules or o != m or t != m or path in self.preview.unmerged

    def moves(self, revision: str, files: dict[str, Entry]) -> dict[str, str]:
        """Of the paths of a revision, those they have in the merge base."""
        found = {path: path for path in files if path in self.trees[0]}
        for change in renames.diff(self.repository, self.made.bases[0], revision):
            if change.status == renames.RENAMED and change.old and change.new:
                found[change.new.path] = change.old.path
        return found

    # -- one seed --------------------------------------------------------------------------------

    def seed(self, seed: _Seed) -> None:
        was = seed.ours.path if seed.ours else None
        if seed.merged is None:
            if seed.ours is not None:
                self.gone(seed.ours, seed.theirs)
            return
        path = seed.merged.path
        conflicted = path in self.preview.unmerged
        rule = self.after.rules.match(path) or self.ours.match(path)
        if not conflicted and path not in self.after.tracked:
            if seed.merged.mode == MODE_LINK and was in self.before.tracked:
                self.decisions.append(Decision(AUTO_APPLY, path, "", REMOTE, SEED_LINKED))
            return
        assert rule is not None
        local: list[Decision] = []
        if conflicted:
            self.waiting |= {seed.ours.path} if seed.ours else set()
            local = list(self.conflicts(seed, rule))
        else:
            local = [*self.whole(seed), *self.content(seed, rule)]
        result, overrides = self.overlays(seed, conflicted)
        local, overrides = self.named(seed, rule, local), self.named(seed, rule, overrides)
        local = [self.known(decision) for decision in local]
        taken = [d for d in overrides if d.reason in OF_AN_OVERRIDE]
        self.decisions += [
            d for d in local if d.reason != core.ONLY_THEIRS or not told_by(d, taken)
        ]
        self.decisions += overrides
        self.seeds.append(
            SeedPlan(
                was,
                path,
                conflicted,
                seed.merged.id,
                self.repository.blob_id(result.document.data) if result and self.readable else "",
            )
        )

    def named(self, seed: _Seed, rule: SeedRule, made: list[Decision]) -> list[Decision]:
        """Decisions with the names that people give their places."""
        merged, *versions = (self.document(entry) for entry in reversed(seed))
        known = [document.value for document in versions if document]
        value = merged.value if merged else ABSENT
        return [named(decision, value, known, rule.key_of) for decision in made]

    def gone(self, ours: Entry, theirs: Entry | None) -> None:
        """A seed whose path is not there after the merge."""
        conflicted = ours.path in self.preview.unmerged
        self.seeds.append(SeedPlan(ours.path, None, conflicted))
        if conflicted:
            self.waiting.add(ours.path)
            remarks = [r for r in self.preview.remarks if ours.path in r.paths and r.conflict]
            for kind, text in [(_code(r.kind), r.text) for r in remarks] or [("conflict", "")]:
                self.decisions.append(
                    Decision(NEEDS_APPROVAL, ours.path, "", UNCLEAR, kind, detail=text)
                )
        elif theirs is None:
            self.decisions.append(Decision(AUTO_APPLY, ours.path, "", REMOTE, SEED_DELETED))
        else:
            # To a name, or to a kind, that is no seed.
            values = {"base": ours.path, "remote": theirs.path}
            self.decisions.append(Decision(AUTO_APPLY, ours.path, "", REMOTE, SEED_RENAMED, values))

    def whole(self, seed: _Seed) -> Iterator[Decision]:
        """What happens to the file as such."""
        b, o, t, m = seed
        assert m is not None
        if o is None:
            yield Decision(AUTO_APPLY, m.path, "", REMOTE, SEED_ADDED)
            return
        if t is None:
            if b is None:
                yield Decision(NO_OP, m.path, "", LOCAL, SEED_ADDED)
            return
        if o.path != m.path:
            values = {"base": o.path, "remote": m.path}
            yield Decision(AUTO_APPLY, m.path, "", REMOTE, SEED_RENAMED, values)
        elif t.path != m.path:
            values = {"base": t.path, "local": m.path}
            yield Decision(NO_OP, m.path, "", LOCAL, SEED_RENAMED, values)
        modes = {"local": _mode(o), "remote": _mode(t)}
        if o.mode != m.mode:
            yield Decision(AUTO_APPLY, m.path, "", REMOTE, MODE_CHANGED, dict(modes))
        elif t.mode != m.mode:
            yield Decision(NO_OP, m.path, "", LOCAL, MODE_CHANGED, dict(modes))

    def content(self, seed: _Seed, rule: SeedRule) -> Iterator[Decision]:
        """What happens in the file, where git leaves no conflict."""
        _, o, t, m = seed
        assert m is not None
        if o is None or t is None:
            return
        result = self.by_structure(m, rule)
        if result is not None:
            yield from structural(m.path, result, rule)
            return
        mine, yours, merged = (self.document(entry) for entry in (o, t, m))
        if merged is None:
            yield Decision(WARNINGS, m.path, "", MERGED, NOT_PARSEABLE)
            return
        found = []
        for before, bucket, source, reason in (
            (mine, AUTO_APPLY, REMOTE, core.ONLY_THEIRS),
            (yours, NO_OP, LOCAL, core.ONLY_OURS),
        ):
            if before is None:
                found.append(Decision(bucket, m.path, "", source, NOT_PARSEABLE))
                continue
            if o.id != m.id and t.id != m.id:
                source, reason = MERGED, BY_GIT
            side = "remote" if bucket == AUTO_APPLY else "local"
            for change in changes(before.value, merged.value, rule.key_of):
                values = {"base": change.old, side: change.new}
                pointer = format_pointer(change.tokens)
                found.append(Decision(bucket, m.path, pointer, source, reason, values))
        if not found and o.id != m.id:
            found.append(Decision(AUTO_APPLY, m.path, "", REMOTE, FORMAT_ONLY))
        elif not found and t.id != m.id:
            found.append(Decision(NO_OP, m.path, "", LOCAL, FORMAT_ONLY))
        yield from found

    def conflicts(self, seed: _Seed, rule: SeedRule) -> Iterator[Decision]:
        """What a person has to resolve, and what is decided all the same."""
        assert seed.merged is not None
        path = seed.merged.path
        remarks = [r for r in self.preview.remarks if path in r.paths and r.conflict]
        result = self.by_structure(seed.merged, rule)
        if result is not None:
            yield from structural(path, result, rule)
        for remark in remarks:
            reason = _code(remark.kind)
            if result is not None and reason in ("contents", "content", "add-add"):
                continue
            yield Decision(NEEDS_APPROVAL, path, "", UNCLEAR, reason, detail=remark.text)
        if not remarks and result is None:
            yield Decision(NEEDS_APPROVAL, path, "", UNCLEAR, "conflict")

    def by_structure(self, merged: Entry, rule: SeedRule) -> Result | None:
        """The structural merge's decisions; None where the result is not its own."""
        inputs = self.preview.inputs.get(merged.path)
        driver_rule = self.driver.match(merged.path)
        if inputs is None or driver_rule is None:
            return None
        data = inputs.data()
        try:
            result = driven(merged.path, driver_rule, data, line_merge(*data))
        except NotMergeable:
            return None
        if result is None:
            return None
        if result.clean and self.repository.blob_id(result.text) != merged.id:
            return None  # the driver could not do its work: git's own merge is the result
        return None if result.clean == (merged.path in self.preview.unmerged) else result

    def document(self, entry: Entry | None) -> Document | None:
        """A version of a seed, if it parses."""
        if entry is None:
            return None
        try:
            return Document.parse(self.repository.blob(entry.id), entry.path)
        except InputError:
            return None

    # -- what lies over it -----------------------------------------------------------------------

    def overlays(self, seed: _Seed, conflicted: bool) -> tuple[Effective | None, list[Decision]]:
        """The effective file after the merge, and what becomes of the overrides."""
        assert seed.merged is not None
        path = seed.merged.path
        if conflicted:
            return None, list(self.held_up(seed))
        try:
            after = effective(self.after, path)
        except InputError as error:
            bucket = NEEDS_APPROVAL if self.overlaid(path) else WARNINGS
            return None, [Decision(bucket, path, "", UNCLEAR, NOT_PARSEABLE, detail=str(error))]
        was = seed.ours.path if seed.ours else None
        try:
            now = effective(self.before, was) if was in self.before.tracked and was else None
        except InputError:
            now = None
        earlier = {(layer.overlay, layer.record.path): layer for layer in now.layers} if now else {}
        found: list[Decision] = []
        for layer in after.layers:
            old = earlier.get((layer.overlay, layer.record.path))
            found += layer_decisions(
                layer.overlay,
                path,
                layer.record,
                layer.rebased,
                old.rebased if old else None,
                partial(self.decided, path, layer.rebased),
            )
        return after, found

    def overlaid(self, path: str) -> bool:
        """Whether something lies over a seed, be it what cannot be read."""
        try:
            return any(self.after.stored_for(path))
        except InputError:
            return True

    def decided(self, path: str, after: Rebased, outcome: Outcome) -> str:
        """What was decided before of the same question; `seedgit approve --known` does it again."""
        parked = (p for p in after.parked if p.override is outcome.override)
        gone = next(parked, None)
        asked = question_of_parked(gone) if gone else question_of(outcome.override)
        earlier = self.memory.answer(path, asked) if outcome.needs_person else None
        return f"decided before: {earlier.choice}" if earlier else ""

    def known(self, decision: Decision) -> Decision:
        """What is committed in the file and kept under review, with what was decided before."""
        if decision.reason != MOVED_UNDER or decision.bucket != NEEDS_APPROVAL:
            return decision
        base, local, remote = (decision.values[side] for side in ("base", "local", "remote"))
        asked = Question(decision.pointer, base, remote, local)
        earlier = self.memory.answer(decision.path, asked)
        return (
            replace(decision, detail=f"decided before: {earlier.choice}") if earlier else decision
        )

    def held_up(self, seed: _Seed) -> Iterator[Decision]:
        """The overrides of a seed in conflict: what upstream does to them is known already."""
        assert seed.merged is not None
        if seed.ours is None or seed.ours.path not in self.before.tracked:
            return
        path, theirs = seed.merged.path, self.document(seed.theirs)
        try:
            stored = list(self.before.stored_for(seed.ours.path))
        except InputError as error:
            detail = str(error)
            yield Decision(NEEDS_APPROVAL, path, "", UNCLEAR, NOT_PARSEABLE, detail=detail)
            return
        for item in stored:
            try:
                layers = [
                    layer_on(self.before, item, document).rebased
                    for document in (theirs, self.before.seed(seed.ours.path))
                    if document is not None
                ]
            except InputError:
                layers = []
            if len(layers) < 2:
                yield from waiting_decisions(item.overlay, path, item.record)
                continue
            yield from held_decisions(item.overlay, path, *layers)

    def lost(self) -> None:
        """The overrides whose seed the merge takes away."""
        conflicted = self.waiting | self.preview.unmerged.keys()
        for name in self.after.names:
            placed = {item.record.path: item.path for item in self.before.stored(name)}
            after = self.after.stored(name)
            candidates = self.after.candidates(after)
            for item in after:
                here = placed.get(item.record.path)
                if item.path is None and here is not None and here not in conflicted:
                    near = candidates.get(item.record.path, ())
                    lost = lost_decisions(name, here, item.record)
                    self.decisions += [replace(d, candidates=near) for d in lost]

    # -- what git would not touch ------------------------------------------------------------------

    def blocked(self) -> tuple[str, ...]:
        """The paths for which git would refuse: their uncommitted content would be overwritten."""
        if self.made.kind == UP_TO_DATE:
            return ()
        ours, merged = self.before.files, self.preview.files
        changed = {
            path
            for path in ours.keys() | merged.keys()
            if _plain(ours.get(path)) != _plain(merged.get(path))
        }
        status = ("status", "--porcelain=v1", "-z", "--untracked-files=no", "--no-renames")
        found: set[str] = set()
        for line in to_text(self.repository.git(*status)).split("\0"):
            if line:
                staged, path = line[0] not in " ?", line[3:]
                if path in changed or (staged and self.made.kind == TRUE_MERGE):
                    found.add(path)
        new = [path for path in changed if path not in ours]
        index = {entry.path for entry in self.repository.index()} if new else set()
        for path in new:
            there = self.repository.file_mode(path) is not None and path not in index
            data = self.repository.read_file(path) if there else None
            if there and (data is None or self.repository.blob_id(data) != merged[path].id):
                found.add(path)
        return tuple(sorted(found))


def _plain(entry: Entry | None) -> tuple[str, int] | None:
    return (entry.id, entry.mode) if entry else None


def _mode(entry: Entry) -> str:
    return "executable" if entry.mode == MODE_EXECUTABLE else "plain"


def _code(kind: str) -> str:
    """git's "CONFLICT (modify/delete)" as a code of ours."""
    return kind.partition("(")[2].rstrip(")").replace("/", "-").replace(" ", "-") or "conflict"

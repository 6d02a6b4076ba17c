"""Checks a range of commits.

Were seeds merged as seedgit decides? Were they changed by upstream only? Do the overrides fit?
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from seedgit import codes
from seedgit.errors import RepositoryError, UsageError
from seedgit.formats.document import Document
from seedgit.git import settings
from seedgit.git.changes import raw_changes, raw_options
from seedgit.git.past import Listed, listing
from seedgit.git.preview import ATTRIBUTES, merge_again, quarantine
from seedgit.git.process import LITERAL
from seedgit.git.repository import FILE_MODES, GitEntry, Repository
from seedgit.named_tuple import NamedTuple
from seedgit.operations.check import TRAILER, SeedChange, Staged, compare
from seedgit.operations.install.info_attributes import attribute_lines
from seedgit.operations.progress import Progress, quiet
from seedgit.operations.seeds.snapshot import Checkout, Snapshot
from seedgit.operations.status import Field, named, overlaid
from seedgit.operations.verify.committed_merge import CommittedMerge, names, short_id
from seedgit.operations.verify.model import Deviation, NotChecked, SeedInMerge, Verified
from seedgit.operations.verify.past import Concerns, Past
from seedgit.operations.workspace import Workspace
from seedgit.rules import RULES_FILE
from seedgit.rules.ownership import SeedRule
from seedgit.values.diff import ABSENT, Change
from seedgit.values.pointer import parse_pointer

NO_PLACE = {
    codes.ORPHANED: "the seed has no such place any more",
    codes.AMBIGUOUS: "its place in the seed cannot be told from others",
    codes.COVERED: "a lower overlay leaves no place for it",
    codes.SEED_GONE: "the seed is gone",
}
DEEPER = "git fetch --unshallow; in GitHub Actions: actions/checkout with fetch-depth: 0"


def verify(
    workspace: Workspace,
    revisions: str | None = None,
    progress: Progress = quiet,
    *,
    certifies: bool = False,
) -> Verified | None:
    """Check a range, or all since the last merge. None where the rules name no seed.

    certifies  check each merge that is as decided by the certifier too (`operations/certify.py`)

    Raises UsageError for an invalid range, RepositoryError where the history is incomplete.
    """
    with quarantine(workspace.repository) as (aside, place):
        return _Verifier(workspace, aside, place, certifies).verify(revisions, progress)


class _Span(NamedTuple):
    """A range of commits: those reachable from `last` but not from `before`."""

    text: str
    last: str
    before: tuple[str, ...]


class _Verifier:
    def __init__(
        self, workspace: Workspace, repository: Repository, place: Path, certifies: bool
    ) -> None:
        self.workspace = workspace
        self.certifies = certifies
        self.repository = repository
        self.place = place
        self.cut_off = repository.cut_off()
        self.upstream: str | None = None
        self.foreign = False  # whether upstream's commits are another's, and not checked here
        self.findings: list[Deviation] = []
        self.seeds: list[SeedInMerge] = []
        self.notes: list[NotChecked] = []
        self._versions: dict[str, set[str]] = {}

    def verify(self, revisions: str | None, progress: Progress) -> Verified | None:
        head = self.repository.head()
        given = None if revisions is None else self.given(revisions)
        self.rules = self.workspace.rules
        if not self.rules.seeds and head:
            self.rules = self.snapshot(head).rules
        if not self.rules.seeds:
            return None
        if head is None:
            raise RepositoryError("this branch has no commits", hint="commit first")
        self.find_upstream(head)
        span = given or self.default(head)
        commits = self.listed(span)
        sites = self.workspace.site_rules
        self.past = Past(self.repository, self.rules, every=bool(self.cut_off), sites=sites)
        merges = 0
        for number, (commit, concerns) in enumerate(self.past.read(commits)):
            progress(number, len(commits))
            merges += len(commit.parents) == 2
            if len(commit.parents) > 2:
                id, count = short_id(commit.id), len(commit.parents)
                text = f"{id} has {count} parents: it is not merged again"
                self.notes.append(NotChecked(codes.OCTOPUS, text))
            elif concerns and len(commit.parents) == 2:
                self.merge(commit, concerns)
            elif concerns and self.upstream and self.foreign:
                self.ordinary(commit, concerns)
        progress(len(commits), len(commits))
        self.overrides(head)
        return Verified(
            span.text,
            self.upstream,
            merges,
            len(commits) - merges,
            tuple(self.seeds),
            tuple(self.findings),
            tuple(self.notes),
        )

    # -- which commits ---------------------------------------------------------------------------

    def find_upstream(self, head: str) -> None:
        chosen = settings.upstream(self.repository)
        if chosen is None:
            text = "no upstream is known: who changed a seed in an ordinary commit was not checked"
            self.notes.append(
                NotChecked(codes.NO_UPSTREAM, f"{text} (git config {settings.UPSTREAM_KEY})")
            )
            return
        self.upstream = chosen.value
        has_head = self.repository.is_ancestor(head, chosen.value)
        self.foreign = not has_head or chosen.origin != settings.DEFAULT
        if has_head:
            text = f"{chosen.value} has all of HEAD: no ordinary commit here is the site's"
            self.notes.append(
                NotChecked(codes.UPSTREAM_HAS_HEAD, f"{text} (git config seedgit.upstream)")
            )

    def given(self, text: str) -> _Span:
        """The span of a range in git's notation: A..B, A.., ..B, A^! or A^-."""
        hint = "a range: A..B, or COMMIT^! for one commit"
        if text.endswith(("^!", "^-")):
            last = self.resolved(text[:-2])
            parents = self.repository.commit(last).parents
            return _Span(text, last, parents if text.endswith("^!") else parents[:1])
        first, dots, last = text.partition("..")
        if not dots or last.startswith(".") or not (first or last):
            raise UsageError(f"not a range: {text!r}", hint=hint)
        ends = [self.resolved(name or "HEAD", text) for name in (first, last)]
        return _Span(text, ends[1], (ends[0],))

    def resolved(self, name: str, text: str = "") -> str:
        found = self.repository.resolve(name) if name else None
        if found is None:
            where = f" (in {text})" if text and text != name else ""
            hint = "git log --oneline lists what is here"
            if self.cut_off:
                hint = f"this clone is shallow: {DEEPER}"
            elif name and not name.strip("0"):
                hint = "a new branch has no commit before: leave the range out"
            raise UsageError(f"no such revision: {name!r}{where}", hint=hint)
        return found

    def default(self, head: str) -> _Span:
        """Our last merge and all since; if there is none, the commits that upstream lacks."""
        asked = ("rev-list", "-1", "--first-parent", "--min-parents=2", "--max-parents=2", head)
        merge = self.repository.git(*asked, *self.but_upstream(), "--").decode().strip()
        if merge:
            first = self.repository.commit(merge).parents[0]
            return _Span(f"{short_id(merge)}^..HEAD", head, (first,))
        if self.foreign and self.upstream:
            return _Span(f"{self.upstream}..HEAD", head, ())
        return _Span("HEAD", head, ())

    def but_upstream(self) -> tuple[str, ...]:
        return (f"^{self.upstream}",) if self.foreign and self.upstream else ()

    def listed(self, span: _Span) -> list[Listed]:
        without = (*(f"^{id}" for id in span.before), *self.but_upstream())
        asked = ("--reverse", "--topo-order", span.last, *without, "--")
        commits = listing(self.repository, *asked)
        self.complete([commit.id for commit in commits])
        return commits

    def complete(self, commits: list[str]) -> None:
        """Raise RepositoryError if a shallow clone ends at one of these commits."""
        for id in self.cut_off.intersection(commits):
            raise RepositoryError(
                f"this clone is shallow, and its history ends at {short_id(id)}: "
                "the history before it is needed too",
                hint=DEEPER,
            )

    # -- the rules and trees of a commit -----------------------------------------------------------

    def snapshot(self, commit: str) -> Snapshot:
        files = self.repository.tree(commit)
        return Snapshot(self.workspace, self.repository, Checkout(files, (commit,)))

    def trailer(self, commit: str) -> str:
        """The reason, in a trailer of a commit, for a deliberate change of a seed."""
        asked = f"--format=%(trailers:key={TRAILER},valueonly,unfold,separator=%x2C%x20)"
        out = self.repository.git("log", "-1", "--no-patch", asked, commit, "--")
        return out.decode("utf-8", "replace").strip()

    # -- a merge commit --------------------------------------------------------------------------

    def merge(self, commit: Listed, concerns: Concerns) -> None:
        ours, theirs = commit.parents
        rules = concerns.rules
        if self.cut_off:
            without = [f"^{base}" for base in concerns.bases]
            asked = self.repository.git("rev-list", ours, theirs, *without, "--")
            self.complete(asked.decode().split())
        before = self.repository.tree(ours)
        files = {
            path: self.repository.blob(entry.id)
            for path, entry in before.items()
            if path.rpartition("/")[2] == ATTRIBUTES and entry.mode in FILE_MODES
        }
        ruled = Snapshot(self.workspace, self.repository, Checkout({}), rules)
        lines = "\n".join(["", *attribute_lines(ruled), ""]).encode("utf-8", "surrogateescape")
        files[ATTRIBUTES] = files.get(ATTRIBUTES, b"") + lines
        made = merge_again(self.repository, self.place / commit.id, ours, theirs, files)
        done = CommittedMerge(commit.id, self.repository, made, self.repository.tree(commit.id))
        found: list[Deviation] = []
        for path in sorted(made.files.keys() | made.unmerged.keys() | done.files.keys()):
            rule = rules.match(path)
            if rule is None or path == RULES_FILE:
                continue
            outcome, of_seed = done.seed(path, rule)
            found += of_seed
            if self.certifies and outcome == codes.AS_DECIDED:
                found += done.refuted(path)
            if outcome:
                self.seeds.append(SeedInMerge(commit.id, path, outcome))
        self.notes += done.notes
        self.report(commit.id, found)

    def report(self, commit: str, found: list[Deviation]) -> None:
        reason = self.trailer(commit) if found else ""
        self.findings += [f._replace(commit=commit, allowed=reason) for f in found]

    # -- an ordinary commit ------------------------------------------------------------------------

    def ordinary(self, commit: Listed, concerns: Concerns) -> None:
        rules, changed = concerns.rules, concerns.changes
        found: list[Deviation] = []
        new_files = {change.new.path: change.new for change in changed if change.new}
        for change in changed:
            old, new = change.old, change.new
            if old and new and old.path != new.path:
                pairs: list[tuple[GitEntry | None, GitEntry | None]] = [(old, None), (None, new)]
            else:
                pairs = [(old, new)]
            for before, after in pairs:
                entry = after or before
                assert entry is not None
                rule = rules.match(entry.path)
                if rule is None or entry.path == RULES_FILE or self.from_upstream(entry, after):
                    continue
                seed = Staged(entry.path, [before], after)
                seen = compare(self.workspace, rule, seed, new_files)
                found += self.changed(rule, after, [change for change in seen if change.refused])
        self.report(commit.id, found)

    def changed(
        self, rule: SeedRule, after: GitEntry | None, seen: list[SeedChange]
    ) -> list[Deviation]:
        """The findings for changes of a seed that the commit leaves as `after`."""
        found = [_of_change(change) for change in seen]
        if after is None or not any(finding.pointer for finding in found):
            return found
        document = Document.parse(self.repository.blob(after.id), after.path)
        differing = [Change(parse_pointer(each.pointer), each.old, each.new) for each in seen]
        named_so = names(rule, document, differing)
        return [each._replace(name=name) for each, name in zip(found, named_so, strict=True)]

    def from_upstream(self, entry: GitEntry, after: GitEntry | None) -> bool:
        """Whether the package has, or once had, the file in this version."""
        there = self.upstream_files.get(entry.path)
        if after is None:
            return there is None
        if there is not None and (there.id, there.mode) == (after.id, after.mode):
            return True
        return after.mode in FILE_MODES and after.id in self.versions(entry.path)

    @cached_property
    def upstream_files(self) -> dict[str, GitEntry]:
        assert self.upstream is not None
        return self.repository.tree(self.upstream)

    def versions(self, path: str) -> set[str]:
        """The ids of all that the package has, or once had, at a path, as its history shows it."""
        assert self.upstream is not None
        if path not in self._versions:
            asked = ("log", "-r", "--format=%H", *raw_options(None), self.upstream, "--", path)
            changed = raw_changes(self.repository.git(LITERAL, *asked))
            sides = (side for changes in changed for c in changes for side in (c.old, c.new))
            self._versions[path] = {side.id for side in sides if side}
        return self._versions[path]

    # -- what lies over the seeds ------------------------------------------------------------------

    def overrides(self, head: str) -> None:
        now = self.snapshot(head)
        if not now.rules.seeds:
            now = now.ruled_by(self.rules)
        fields, problems = overlaid(now)
        waiting = [field for field in fields if field.undecided]
        moved = [field for field in waiting if field.status == codes.MOVED_UNDER]
        for field, for_people in zip(moved, named(now, moved), strict=True):
            self.undecided(field, for_people.name)
        for field in waiting:
            if field.status in NO_PLACE:
                finding = _of_field(codes.ORPHANED, field)
                self.findings.append(
                    finding._replace(expected=field.over, detail=NO_PLACE[field.status])
                )
        self.notes += [NotChecked(codes.PROBLEM, text) for text in dict.fromkeys(problems)]

    def undecided(self, field: Field, name: str) -> None:
        """Report a site's value under review: an override, or one that a merge kept in the file."""
        finding = _of_field(codes.UNDECIDED, field)._replace(name=name)
        if field.merge:
            self.report(field.merge, [finding])
        else:
            self.findings.append(finding)


def _of_change(change: SeedChange) -> Deviation:
    itself = change.code == codes.SEED_CHANGED
    has_values = itself or bool(change.pointer)
    return Deviation(
        codes.SEED_CHANGED,
        change.path,
        change.pointer,
        line=change.line,
        expected=change.old if has_values else ABSENT,
        found=change.new if has_values else ABSENT,
        detail=change.detail if itself else f"{change.code}: {change.detail}",
    )


def _of_field(code: str, field: Field) -> Deviation:
    return Deviation(
        code,
        field.path,
        field.name,
        expected=field.seed,
        found=field.value,
        overlay=field.overlay,
    )

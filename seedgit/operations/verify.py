"""What CI asks: were seeds merged as seedgit decides, changed upstream only, and do overrides fit?

Merge commits are merged again from their parents, in a quarantine: no driver has to be installed,
no overlay has to be there, and nothing of the repository changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from seedgit.errors import InputError, RepositoryError, SeedgitError, UsageError
from seedgit.formats.document import Document
from seedgit.formats.resolve import IN_LISTS, Draft, Take
from seedgit.formats.three_way import NotMergeable, Result
from seedgit.git import settings
from seedgit.git.changes import diff
from seedgit.git.line_merge import line_merge
from seedgit.git.preview import ATTRIBUTES, Inputs, Preview, merge_again, merge_bases, quarantine
from seedgit.git.process import LITERAL
from seedgit.git.repository import FILE_MODES, Commit, Entry, Repository
from seedgit.merge.decision import BASE, OURS, THEIRS
from seedgit.merge.render import conflicts as conflicts_of
from seedgit.merge.resolution import strays
from seedgit.merge.write_markers import Markers
from seedgit.merged_rules import Version, merged_rules, parsed
from seedgit.operations.check import SEED_CHANGED, TRAILER, compare
from seedgit.operations.effective import COVERED
from seedgit.operations.info_attributes import attribute_lines
from seedgit.operations.merge_again import driven
from seedgit.operations.snapshot import Checkout, Snapshot
from seedgit.operations.status import Field, status
from seedgit.operations.workspace import Workspace
from seedgit.overlay.rebase import AMBIGUOUS, MOVED_UNDER, SEED_GONE
from seedgit.rules import RULES_FILE, RULES_LIMIT
from seedgit.rules.ownership import Rules, SeedRule
from seedgit.values.diff import ABSENT, Change, changes
from seedgit.values.pointer import format_pointer
from seedgit.values.value import Value, canonical

# What is found (stable codes).
MERGED_OTHERWISE = "merged-otherwise"
LOST_CHANGE = "lost-change"
ORPHANED = "orphaned"
UNDECIDED = "undecided"

# What became of a seed in a merge, besides: as it was decided, and by a person where that is due.
AS_DECIDED = "as-decided"
RESOLVED = "resolved-by-hand"

# What was not checked, or not fully (stable codes).
NO_UPSTREAM = "no-upstream"
UPSTREAM_HAS_HEAD = "upstream-has-head"
OCTOPUS = "octopus"
UNCHECKED = "unchecked"
PROBLEM = "problem"

NO_PLACE = {
    ORPHANED: "the seed has no such place any more",
    AMBIGUOUS: "its place in the seed cannot be told from others",
    COVERED: "a lower overlay leaves no place for it",
    SEED_GONE: "the seed is gone",
}
DEEPER = "git fetch --unshallow; in GitHub Actions: actions/checkout with fetch-depth: 0"


@dataclass(frozen=True)
class Finding:
    """One pointer that is not as it should be.

    expected  what seedgit decides, or what the seed was before; ABSENT for nothing
    found     what was committed, or what the override says
    allowed   the reason that the commit gives for it, as a trailer
    """

    code: str
    path: str
    pointer: str = ""
    commit: str = ""
    line: int | None = None
    expected: Value = ABSENT
    found: Value = ABSENT
    overlay: str = ""
    detail: str = ""
    allowed: str = ""

    def data(self) -> dict[str, Any]:
        values = {"expected": self.expected, "found": self.found}
        words = ("commit", "line", "overlay", "detail", "allowed")
        return {
            "code": self.code,
            "path": self.path,
            "pointer": self.pointer,
            **{name: value for name, value in values.items() if value is not ABSENT},
            **{name: value for name in words if (value := getattr(self, name))},
        }


class Merge(NamedTuple):
    """A seed in a merge commit, and what became of it there."""

    commit: str
    path: str
    outcome: str


class Note(NamedTuple):
    """What was not checked, and why: a stable code, and words."""

    code: str
    text: str


@dataclass(frozen=True)
class Verified:
    """What was checked, and what was found. `range` is "" where there are no rules at all."""

    range: str
    upstream: str | None = None
    merges: int = 0
    commits: int = 0
    seeds: tuple[Merge, ...] = ()
    findings: tuple[Finding, ...] = ()
    notes: tuple[Note, ...] = ()

    @property
    def failures(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if not f.allowed)

    def count(self, outcome: str) -> int:
        return sum(seed.outcome == outcome for seed in self.seeds)

    def data(self) -> dict[str, Any]:
        return {
            "ok": not self.failures,
            "range": self.range,
            "upstream": self.upstream,
            "merges": self.merges,
            "commits": self.commits,
            "seeds": [seed._asdict() for seed in self.seeds],
            "findings": [finding.data() for finding in self.findings],
            "notes": [note._asdict() for note in self.notes],
        }


def verify(
    workspace: Workspace,
    revisions: str | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Verified | None:
    """Check a range, or what came since the last merge; None where no rules name a seed.

    Raises UsageError for a range that is none, RepositoryError where the history is not all there.
    """
    with quarantine(workspace.repository) as (aside, place):
        return _Verifier(workspace, aside, place).verify(revisions, progress)


class _Span(NamedTuple):
    """A range of commits: those of `last` without those of `before`."""

    text: str
    last: str
    before: tuple[str, ...]


class _Verifier:
    def __init__(self, workspace: Workspace, repository: Repository, place: Path) -> None:
        self.workspace = workspace
        self.repository = repository
        self.place = place
        self.cut_off = repository.cut_off()
        self.upstream: str | None = None
        self.foreign = False  # whether what upstream has is another's, and not checked here
        self.findings: list[Finding] = []
        self.seeds: list[Merge] = []
        self.notes: list[Note] = []

    def verify(
        self, revisions: str | None, progress: Callable[[int, int], None]
    ) -> Verified | None:
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
        merges = 0
        for number, id in enumerate(commits):
            progress(number, len(commits))
            commit = self.repository.commit(id)
            if len(commit.parents) == 2:
                merges += 1
                self.merge(commit)
            elif len(commit.parents) > 2:
                text = f"{_short(id)} has {len(commit.parents)} parents: it is not merged again"
                self.notes.append(Note(OCTOPUS, text))
            elif commit.parents and self.upstream:
                self.ordinary(commit)
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
            self.notes.append(Note(NO_UPSTREAM, f"{text} (git config {settings.UPSTREAM_KEY})"))
            return
        self.upstream = chosen.value
        has_head = self.repository.is_ancestor(head, chosen.value)
        self.foreign = not has_head or chosen.origin != settings.DEFAULT
        if has_head:
            text = f"{chosen.value} has all of HEAD: no ordinary commit here is the site's"
            self.notes.append(Note(UPSTREAM_HAS_HEAD, f"{text} (git config seedgit.upstream)"))

    def given(self, text: str) -> _Span:
        """A range as git writes it: A..B, A.., ..B, A^! or A^-."""
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
        """The last merge that is ours and all since; without one, what upstream does not have."""
        asked = ("rev-list", "-1", "--first-parent", "--min-parents=2", "--max-parents=2", head)
        merge = self.repository.git(*asked, *self.but_upstream(), "--").decode().strip()
        if merge:
            first = self.repository.commit(merge).parents[0]
            return _Span(f"{_short(merge)}^..HEAD", head, (first,))
        if self.foreign and self.upstream:
            return _Span(f"{self.upstream}..HEAD", head, ())
        return _Span("HEAD", head, ())

    def but_upstream(self) -> tuple[str, ...]:
        return (f"^{self.upstream}",) if self.foreign and self.upstream else ()

    def listed(self, span: _Span) -> list[str]:
        without = (*(f"^{id}" for id in span.before), *self.but_upstream())
        asked = ("rev-list", "--reverse", "--topo-order", span.last, *without, "--")
        commits = self.repository.git(*asked).decode().split()
        self.complete(commits)
        return commits

    def complete(self, commits: list[str]) -> None:
        """Raises RepositoryError where a shallow clone stops at one of these commits."""
        for id in self.cut_off.intersection(commits):
            raise RepositoryError(
                f"this clone is shallow, and its history ends at {_short(id)}: "
                "what is before it is needed too",
                hint=DEEPER,
            )

    # -- the rules and trees of a commit -----------------------------------------------------------

    def snapshot(self, commit: str) -> Snapshot:
        files = self.repository.tree(commit)
        return Snapshot(self.workspace, self.repository, Checkout(files, (commit,)))

    def ruled(self, *commits: str) -> Rules:
        """The rules that held in the first of some commits that has any."""
        for commit in commits:
            data = self.repository.read(commit, RULES_FILE)
            if data is None:
                continue
            try:
                rules = Snapshot(
                    self.workspace, self.repository, Checkout(self.rule_file(commit))
                ).rules
            except InputError:
                continue
            if rules.seeds:
                return rules
        return self.rules

    def of_merge(self, bases: tuple[str, ...], ours: str, theirs: str) -> Rules | None:
        """The rules that a merge makes of both sides'; None where these name no seed."""
        base = self.rules_version(bases[0]) if bases else Version(None)
        mine, yours = self.rules_version(ours), self.rules_version(theirs)
        try:
            data, _ = merged_rules(base, mine, yours, line_merge)
            rules, _ = parsed(data, mine.data, RULES_FILE)
        except InputError:
            return None
        return rules if rules and rules.seeds else None

    def rules_version(self, commit: str) -> Version:
        entry = self.repository.entry(commit, RULES_FILE)
        plain = entry is None or entry.mode in FILE_MODES
        data = self.repository.blob(entry.id) if entry and plain else None
        return Version(data, plain and len(data or b"") <= RULES_LIMIT)

    def rule_file(self, commit: str) -> dict[str, Entry]:
        entry = self.repository.entry(commit, RULES_FILE)
        return {RULES_FILE: entry} if entry else {}

    def trailer(self, commit: Commit) -> str:
        """The reason that a commit gives for a deliberate change of a seed."""
        asked = f"--format=%(trailers:key={TRAILER},valueonly,unfold,separator=%x2C%x20)"
        out = self.repository.git("log", "-1", "--no-patch", asked, commit.id, "--")
        return out.decode("utf-8", "replace").strip()

    # -- a merge commit --------------------------------------------------------------------------

    def merge(self, commit: Commit) -> None:
        ours, theirs = commit.parents
        bases = merge_bases(self.repository, ours, theirs)
        if self.cut_off:
            without = [f"^{base}" for base in bases]
            asked = self.repository.git("rev-list", ours, theirs, *without, "--")
            self.complete(asked.decode().split())
        rules = self.of_merge(bases, ours, theirs) or self.ruled(ours, commit.id)
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
        done = _Done(commit.id, self.repository, made, self.repository.tree(commit.id))
        found: list[Finding] = []
        for path in sorted(made.files.keys() | made.unmerged.keys() | done.files.keys()):
            rule = rules.match(path)
            if rule is None or path == RULES_FILE:
                continue
            outcome, of_seed = done.seed(path, rule)
            found += of_seed
            if outcome:
                self.seeds.append(Merge(commit.id, path, outcome))
        self.notes += done.notes
        self.report(commit, found)

    def report(self, commit: Commit, found: list[Finding]) -> None:
        reason = self.trailer(commit) if found else ""
        self.findings += [replace(f, commit=commit.id, allowed=reason) for f in found]

    # -- an ordinary commit ------------------------------------------------------------------------

    def ordinary(self, commit: Commit) -> None:
        if not self.foreign or self.upstream is None:
            return
        rules: Rules | None = None
        found: list[Finding] = []
        changed = diff(self.repository, commit.parents[0], commit.id)
        new_files = {change.new.path: change.new for change in changed if change.new}
        for change in changed:
            old, new = change.old, change.new
            rules = rules or self.ruled(commit.id, commit.parents[0])
            if old and new and old.path != new.path:
                pairs: list[tuple[Entry | None, Entry | None]] = [(old, None), (None, new)]
            else:
                pairs = [(old, new)]
            for before, after in pairs:
                entry = after or before
                assert entry is not None
                rule = rules.match(entry.path)
                if rule is None or entry.path == RULES_FILE or self.from_upstream(entry, after):
                    continue
                seen = compare(self.workspace, rule, entry.path, [before], after, new_files)
                found += [
                    Finding(
                        SEED_CHANGED,
                        f.path,
                        f.pointer,
                        line=f.line,
                        expected=f.old if f.pointer or f.code == SEED_CHANGED else ABSENT,
                        found=f.new if f.pointer or f.code == SEED_CHANGED else ABSENT,
                        detail=f.detail if f.code == SEED_CHANGED else f"{f.code}: {f.detail}",
                    )
                    for f in seen
                    if f.refused
                ]
        self.report(commit, found)

    def from_upstream(self, entry: Entry, after: Entry | None) -> bool:
        """Whether the package has, or once had, the file as it is after the commit."""
        assert self.upstream is not None
        there = self.repository.entry(self.upstream, entry.path)
        if after is None:
            return there is None
        if there is not None and (there.id, there.mode) == (after.id, after.mode):
            return True
        if after.mode not in FILE_MODES:
            return False
        asked = ("log", "-1", "--format=%H", f"--find-object={after.id}", self.upstream, "--")
        return bool(self.repository.git(LITERAL, *asked, entry.path).strip())

    # -- what lies over the seeds ------------------------------------------------------------------

    def overrides(self, head: str) -> None:
        now = self.snapshot(head)
        if not now.rules.seeds:
            now = now.ruled_by(self.rules)
        found = status(now)
        waiting = [field for field in found.fields if field.undecided]
        for field in waiting:
            if field.status == MOVED_UNDER:
                self.undecided(field)
        for field in waiting:
            if field.status in NO_PLACE:
                finding = _of_field(ORPHANED, field)
                self.findings.append(
                    replace(finding, expected=field.over, detail=NO_PLACE[field.status])
                )
        self.notes += [Note(PROBLEM, text) for text in found.problems]

    def undecided(self, field: Field) -> None:
        """What holds under review: in an overlay, or committed in the file, as a merge kept it."""
        finding = _of_field(UNDECIDED, field)
        if field.merge:
            self.report(self.repository.commit(field.merge), [finding])
        else:
            self.findings.append(finding)


def _of_field(code: str, field: Field) -> Finding:
    return Finding(
        code,
        field.path,
        field.name,
        expected=field.seed,
        found=field.value,
        overlay=field.overlay,
    )


class _Done:
    """A merge commit beside what git and seedgit make of its parents."""

    def __init__(
        self, commit: str, repository: Repository, made: Preview, files: dict[str, Entry]
    ) -> None:
        self.commit = commit
        self.repository = repository
        self.made = made
        self.files = files
        self.notes: list[Note] = []
        # What git says of files as such (modify/delete and so on) is a person's to decide.
        self.whole = {
            path
            for remark in made.remarks
            if remark.conflict and not remark.kind.endswith(("(contents)", "(content)"))
            for path in remark.paths
        }
        self.whole -= made.inputs.keys()

    def seed(self, path: str, rule: SeedRule) -> tuple[str, list[Finding]]:
        """What became of a seed; "" where there is nothing to say."""
        wanted, got = self.made.files.get(path), self.files.get(path)
        inputs = self.made.inputs.get(path)
        if inputs is None and wanted == got and path not in self.made.unmerged:
            return "", []
        if path in self.made.unmerged and (inputs is None or path in self.whole):
            return RESOLVED, []
        if wanted is None:
            if got is None:
                return "", []
            if self.whole:
                return RESOLVED, []
            detail = "the merge does not have this file"
            return MERGED_OTHERWISE, [Finding(MERGED_OTHERWISE, path, detail=detail)]
        conflict = path in self.made.unmerged
        result, expected = None, b""
        if inputs is not None:
            result, text = self.again(path, rule, inputs)
            conflict = text is None
            expected = text or b""
        if got is None:
            if self.whole:
                return RESOLVED, []
            code = LOST_CHANGE if conflict else MERGED_OTHERWISE
            return code, [Finding(code, path, detail="the merge has this file; it was taken away")]
        if got.mode not in FILE_MODES or wanted.mode not in FILE_MODES:
            detail = "is not the plain file it should be"
            return MERGED_OTHERWISE, [Finding(MERGED_OTHERWISE, path, detail=detail)]
        committed = self.repository.blob(got.id)
        if conflict:
            return self.by_hand(path, rule, result, inputs, committed)
        if inputs is None:
            expected = self.repository.blob(wanted.id)
        if committed == expected:
            return AS_DECIDED if inputs is not None else "", []
        return self.compared(path, rule, expected, committed)

    def again(
        self, path: str, rule: SeedRule, inputs: Inputs
    ) -> tuple[Result | None, bytes | None]:
        """The structural merge where there is one, and the text; None for a conflict."""
        data = inputs.data()
        by_lines = line_merge(*data)
        result = _merged(path, rule, data, by_lines, Markers())
        if result is None:
            return None, by_lines
        return result, result.text if result.clean else None

    def compared(
        self, path: str, rule: SeedRule, expected: bytes, committed: bytes
    ) -> tuple[str, list[Finding]]:
        """Where two texts, both without conflicts, mean different things."""
        documents = [_document(data, path) for data in (expected, committed)]
        wanted, got = documents
        if wanted is None or got is None:
            detail = "is not the text that git merges, and " + (
                "does not parse" if got is None else "what git merges does not parse"
            )
            line = _first_error(committed, path) if got is None else None
            return MERGED_OTHERWISE, [Finding(MERGED_OTHERWISE, path, line=line, detail=detail)]
        differing = changes(wanted.value, got.value, rule.key_of)
        found = [_finding(MERGED_OTHERWISE, path, got, change) for change in differing]
        return (MERGED_OTHERWISE if found else AS_DECIDED), found

    def by_hand(
        self,
        path: str,
        rule: SeedRule,
        result: Result | None,
        inputs: Inputs | None,
        committed: bytes,
    ) -> tuple[str, list[Finding]]:
        """A person's resolution: all that was decided has to be in it."""
        if result is None or inputs is None:
            self.unchecked(path, "git's own conflict, without structure")
            return RESOLVED, []
        got = _document(committed, path)
        if got is None:
            line = _first_error(committed, path)
            return LOST_CHANGE, [Finding(LOST_CHANGE, path, line=line, detail="does not parse")]
        data = inputs.data()
        by_lines = line_merge(*data)

        def merges(markers: Markers) -> list[Result]:
            made = _merged(path, rule, data, by_lines, markers)
            return [made] if made else []

        sides = []
        try:
            draft = Draft(path, result.text, None, merges)
            for side in (OURS, THEIRS, BASE):
                taken = draft.resolve(dict.fromkeys(draft.numbers, Take(side)))
                sides.append(Document.parse(taken.data, path).value)
        except SeedgitError as error:
            if len(sides) < 2:  # it can do without base
                self.unchecked(path, str(error))
                return RESOLVED, []
        free = {
            (canonical(decision.ours[0].node.value), canonical(decision.theirs[0].node.value))
            for decision in conflicts_of(result.decisions)
            if decision.ours and decision.theirs and decision.reason not in IN_LISTS
        }
        lost = strays(sides, got.value, rule.key_of, free)
        found = [_finding(LOST_CHANGE, path, got, c, "is not in conflict") for c in lost]
        return (LOST_CHANGE if found else RESOLVED), found

    def unchecked(self, path: str, why: str) -> None:
        text = f"{_short(self.commit)}: {path}: its resolution cannot be checked: {why}"
        self.notes.append(Note(UNCHECKED, text))


def _merged(
    path: str, rule: SeedRule, data: list[bytes], by_lines: bytes | None, markers: Markers
) -> Result | None:
    """As the driver merges it in `git merge`; None where it leaves that to git."""
    try:
        return driven(path, rule, data, by_lines, markers)
    except NotMergeable:
        return None


def _document(data: bytes, path: str) -> Document | None:
    try:
        return Document.parse(data, path)
    except InputError:
        return None


def _first_error(data: bytes, path: str) -> int | None:
    try:
        Document.parse(data, path)
    except InputError as error:
        return error.line
    return None


def _finding(code: str, path: str, got: Document, change: Change, detail: str = "") -> Finding:
    """A change from what was decided to what was committed, which is `got`."""
    return Finding(
        code,
        path,
        format_pointer(change.tokens),
        line=_line(got, change.tokens),
        expected=change.old,
        found=change.new,
        detail=detail,
    )


def _line(document: Document, tokens: tuple[str, ...]) -> int | None:
    """The line of a value; of what it would stand in, where it is not there."""
    return next((n for n in _lines(document, tokens) if n), None)


def _lines(document: Document, tokens: tuple[str, ...]) -> Iterator[int | None]:
    for count in range(len(tokens), -1, -1):
        yield document.line(tokens[:count])


def _short(commit: str) -> str:
    return commit[:10]

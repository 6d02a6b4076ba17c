"""What merges kept of the site's under review, where its value is committed in the file itself.

No override says so: history does. In a merge of this branch both sides had changed a pointer that
the site owns under `on-seed-change: review`; the site's value was kept, and is still there. What is
found depends only on the commits, the rules and the file at hand.

It costs four processes, and one for each merge that is compared by value: where both sides had
changed a file with such pointers, and the other side one of these. The rest is told by ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from seedgit import codes
from seedgit.errors import InputError, RepositoryError
from seedgit.formats.document import Document
from seedgit.git.changes import RENAMED, diff
from seedgit.git.line_merge import line_merge
from seedgit.git.object_text import Commit, Tree, TreeItem
from seedgit.git.past import AT_ONCE, bases, steps
from seedgit.git.repository import FILE_MODES, MODE_LINK, MODE_TREE
from seedgit.merge.version import NotMergeable
from seedgit.named_tuple import NamedTuple
from seedgit.operations.past_merges.merge_again import merge_again
from seedgit.operations.past_merges.merges import MergeCommit
from seedgit.operations.plan.model import LOCAL, NEEDS_APPROVAL, PlanDecision
from seedgit.operations.plan.values import structural
from seedgit.operations.waiting.memory import decisions
from seedgit.operations.workspace import Workspace
from seedgit.overlay.decisions import KEEP_LOCAL, Question, StoredDecision, answer, question_of
from seedgit.overlay.override import ADD, REMOVE, REPLACE, Override
from seedgit.overlay.rebase import followed
from seedgit.rules.ownership import REVIEW, SeedRule
from seedgit.values.diff import ABSENT, changes, value_at
from seedgit.values.pointer import meet, parse_pointer
from seedgit.values.selector import selector_of
from seedgit.values.value import Value, same

COMPARED = 50  # of one seed that are compared by value

Tokens = tuple[str, ...]


class Kept(NamedTuple):
    """A value of the site's that a merge kept.

    merge     the merge commit; base, theirs: the blobs of its merge base, and of upstream
    override  what it would be as one: made over the merge base's value, upstream's under it. Its
              pointer is one of the merge's result
    name      that pointer, but items of lists by identity
    at        the pointer in the file at hand
    """

    path: str
    merge: str
    base: str
    theirs: str
    override: Override
    name: str
    at: Tokens

    @property
    def question(self) -> Question:
        return question_of(self.override)


def undecided(
    workspace: Workspace, merges: list[MergeCommit] | RepositoryError
) -> tuple[list[Kept], list[str]]:
    """What some merges kept and nobody has decided; and the seeds that cannot be understood.

    merges  the newest first, or why they cannot be known
    """
    found: list[Kept] = []
    problems: list[str] = []
    if not any(map(_reviews, workspace.rules.seeds)):
        return found, problems
    try:
        if isinstance(merges, RepositoryError):
            raise merges
        history = _History(workspace, merges)
        touched = history.touched()
    except RepositoryError as error:
        concerns = any(_reviews(workspace.rule(path)) for path in workspace.tracked)
        return found, [str(error)] if concerns else problems
    for path in sorted(touched):
        if path not in workspace.tracked or not _reviews(workspace.rule(path)):
            continue
        try:
            kept = list(history.kept(path))
        except (InputError, RepositoryError) as error:
            problems.append(str(error))
            continue
        if kept:
            known = decisions(workspace, path)
            found += [one for one in kept if not _settled(known, one)]
    return found, problems


def _reviews(rule: SeedRule) -> bool:
    return any(entry.on_seed_change == REVIEW for entry in rule.overlay)


def _settled(decisions: tuple[StoredDecision, ...], kept: Kept) -> bool:
    """Whether somebody decided to keep it. Any other choice shows in the file itself."""
    made = answer(decisions, kept.question)
    return made is not None and made.choice == KEEP_LOCAL


class _Joined(NamedTuple):
    """A merge of a file: its names in ours, in theirs and in the result, and its blobs there."""

    merge: MergeCommit
    names: tuple[str, str, str]
    ours: str
    theirs: str
    result: str


class _History:
    """The merges of this branch that upstream does not have, newest first."""

    def __init__(self, workspace: Workspace, merges: list[MergeCommit]) -> None:
        self.workspace = workspace
        self.merges = merges
        self.repository = workspace.repository
        self.documents: dict[tuple[str, str], Document] = {}
        self.objects: dict[str, Commit | Tree | bytes] = {}  # commits and trees
        self.bases: dict[str, str | None] = {}  # of merges

    def touched(self) -> set[str]:
        """The paths at which a merge differs from upstream's side, or that are new to our side.

        At any other path no merge can have kept anything: its file is upstream's.
        """
        pairs = [(side, one.id) for one in self.merges for side in (one.theirs, one.ours)]
        found: set[str] = set()
        for number, changed in enumerate(steps(self.repository, pairs)):
            of_ours = number % 2
            found |= {c.new.path for c in changed if c.new and (not of_ours or c.old is None)}
        return found

    def kept(self, path: str) -> Iterator[Kept]:
        if self.as_shipped(path):
            return
        rule = self.workspace.rule(path)
        here = self.workspace.seed(path)
        drift = self.drift(path, here, rule)
        if drift == []:
            return
        known: list[Tokens] = []
        for one, at in self.places(path, here, rule):
            if any(meet(at, other) for other in known):
                continue  # a later merge has asked there
            known.append(at)
            if drift is not None and not any(meet(at, other) for other in drift):
                continue
            now = value_at(here.value, at)
            if _left_alone(one.override, now):
                yield one

    def as_shipped(self, path: str) -> bool:
        """Whether the file is upstream's, byte for byte: told without parsing it."""
        shipped = self.blob(self.workspace.installed, path) if self.workspace.installed else None
        if shipped is None:
            return False
        data = self.repository.read_file(path)
        return data is not None and self.repository.blob_id(data) == shipped

    def drift(self, path: str, here: Document, rule: SeedRule) -> list[Tokens] | None:
        """Where the file differs from what upstream ships; None where that is not known."""
        id = self.blob(self.workspace.installed, path) if self.workspace.installed else None
        if id is None:
            return None
        try:
            shipped = self.document(id, path)
        except InputError:
            return None
        return [change.tokens for change in changes(shipped.value, here.value, rule.key_of)]

    def places(self, path: str, here: Document, rule: SeedRule) -> Iterator[tuple[Kept, Tokens]]:
        """What merges kept in a seed, newest first, and where that is in the file at hand."""
        compared = 0
        both = self.both_changed(path)
        while part := list(islice(both, AT_ONCE)):
            self.learn_bases([one.merge for one in part])
            for one in part:
                base = self.base(one)
                if base is None or base in (one.ours, one.theirs):
                    continue
                blobs = base, one.ours, one.theirs, one.result
                for kept in self.decided(one.merge, path, rule, blobs):
                    at = self.place(kept, one.result, path, here, rule)
                    if at is not None:
                        yield kept._replace(at=at), at
                compared += 1
                if compared == COMPARED:
                    return

    def both_changed(self, path: str) -> Iterator[_Joined]:
        """The merges, newest first, whose sides have a file different, and not the other's."""
        name = path
        for merge in self.merges:
            result = self.blob(merge.id, name)
            if result is None:
                return
            was = self.name_in(merge.ours, merge.id, name)
            there = self.name_in(merge.theirs, merge.id, name)
            ours, theirs = self.blob(merge.ours, was), self.blob(merge.theirs, there)
            if ours and theirs and theirs not in (ours, result):
                yield _Joined(merge, (was, there, name), ours, theirs, result)
            name = was

    def decided(
        self, merge: MergeCommit, path: str, rule: SeedRule, blobs: tuple[str, str, str, str]
    ) -> Iterator[Kept]:
        """What seedgit's merge of the parents keeps under review, and the commit has kept."""
        base, ours, theirs, result = blobs
        try:
            old, new, merged = (self.document(id, path) for id in (base, theirs, result))
        except InputError:
            return  # git merged it, by lines
        if not any(
            _under_review(rule, c.tokens, new) for c in changes(old.value, new.value, rule.key_of)
        ):
            return
        for planned in self.merged(path, rule, (base, ours, theirs)):
            if planned.bucket == NEEDS_APPROVAL and planned.reason == codes.MOVED_UNDER:
                override = _as_override(planned)
                there = value_at(merged.value, override.tokens)
                if planned.source == LOCAL and same(there, planned.values["local"]):
                    name = selector_of(merged.value, override.tokens, rule.key_of)
                    yield Kept(path, merge.id, base, theirs, override, name, ())

    def merged(
        self, path: str, rule: SeedRule, blobs: tuple[str, str, str]
    ) -> Iterator[PlanDecision]:
        data = [self.repository.blob(id) for id in blobs]
        try:
            result = merge_again(path, rule, data, line_merge(*data))
        except NotMergeable:
            return
        if result is not None:
            yield from structural(path, result, rule)

    def place(
        self, one: Kept, result: str, path: str, here: Document, rule: SeedRule
    ) -> Tokens | None:
        """Where a value of a merge's result is in the file at hand; None: nowhere, or in doubt."""
        merged, tokens = self.document(result, path).value, one.override.tokens
        if one.override.op != REMOVE:
            return followed(tokens, merged, here.value, rule)
        holder = followed(tokens[:-1], merged, here.value, rule)
        return None if holder is None else (*holder, tokens[-1])

    # -- objects ---------------------------------------------------------------------------------

    def document(self, id: str, path: str) -> Document:
        if (id, path) not in self.documents:
            self.documents[id, path] = Document.parse(self.repository.blob(id), path)
        return self.documents[id, path]

    def blob(self, commit: str, path: str) -> str | None:
        """The id of a file of a commit, found without a process."""
        found = self.object(commit)
        assert isinstance(found, Commit)
        held = TreeItem(MODE_TREE, found.tree)
        for part in path.split("/"):
            folder = self.object(held.id) if held.mode == MODE_TREE else None
            if not isinstance(folder, Tree) or part not in folder.entries:
                return None
            held = folder.entries[part]
        return held.id if held.mode in (MODE_LINK, *FILE_MODES) else None

    def object(self, id: str) -> Commit | Tree | bytes:
        if id not in self.objects:
            self.objects[id] = self.repository.object(id)
        return self.objects[id]

    def learn_bases(self, merges: list[MergeCommit]) -> None:
        """Asks where the sides of merges meet: of all of them at once."""
        asked = [one for one in merges if one.id not in self.bases]
        meet = bases(self.repository, [(one.ours, one.theirs) for one in asked])
        for one, found in zip(asked, meet, strict=True):
            self.bases[one.id] = found[0] if found else None

    def base(self, joined: _Joined) -> str | None:
        """The file where the sides of a merge met."""
        found = self.bases[joined.merge.id]
        there = (self.blob(found, name) for name in joined.names) if found else iter(())
        return next((id for id in there if id), None)

    def name_in(self, parent: str, merge: str, path: str) -> str:
        """The name a file of a merge has in one of its parents: another where it was renamed."""
        if self.blob(parent, path) is not None:
            return path
        try:
            changed = diff(self.repository, parent, merge)
        except RepositoryError:
            return path
        moved = (
            c.old.path
            for c in changed
            if c.status == RENAMED and c.new and c.old and c.new.path == path
        )
        return next(moved, path)


def _under_review(rule: SeedRule, tokens: Tokens, document: Document) -> bool:
    entry = rule.entry(tokens, document.value)
    return entry is not None and entry.on_seed_change == REVIEW


def _as_override(planned: PlanDecision) -> Override:
    base, local, theirs = (planned.values[name] for name in ("base", "local", "remote"))
    op = REMOVE if local is ABSENT else ADD if theirs is ABSENT else REPLACE
    value = None if local is ABSENT else local
    return Override(parse_pointer(planned.pointer), op, value, theirs, base)


def _left_alone(kept: Override, now: Value) -> bool:
    """Whether what is there now is what was kept, with nothing of upstream's since.

    In a map, the site may change other things without having looked at what upstream did.
    """
    local = kept.local
    if same(now, local):
        return True
    theirs, base = kept.seed, kept.over
    if not all(isinstance(value, dict) for value in (now, local, theirs)):
        return False
    ahead = changes(base if isinstance(base, dict) else {}, theirs)
    return not any(_has(now, c.tokens, c.new) and not _has(local, c.tokens, c.new) for c in ahead)


def _has(value: Value, tokens: Tokens, wanted: Value) -> bool:
    return same(value_at(value, tokens), wanted)

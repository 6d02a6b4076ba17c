"""Finds the places of seeds that the site changed, in its commits and in the working tree."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from seedgit.errors import InputError
from seedgit.formats.document import Document
from seedgit.formats.registry import format_name
from seedgit.git.changes import SIMILAR, FileChange
from seedgit.git.names import to_bytes, to_text
from seedgit.git.past import AT_ONCE, Listed, Pair, bases, rewritten, steps
from seedgit.git.process import LITERAL
from seedgit.git.repository import FILE_MODES, GitEntry
from seedgit.named_tuple import NamedTuple
from seedgit.operations.progress import Progress
from seedgit.operations.suggest.model import Tokens
from seedgit.operations.workspace import Workspace
from seedgit.rules import RULES_FILE
from seedgit.rules.ownership import SeedRule
from seedgit.values.align import align
from seedgit.values.align import named as name_in
from seedgit.values.diff import ABSENT, Change, no_key
from seedgit.values.diff import changes as differences
from seedgit.values.pointer import ANY, ANY_DEPTH, exists, identity, resolve
from seedgit.values.value import Value, canonical

FIRST_PARENT = ("--diff-merges=first-parent",)
MOST_NAMES = 50  # git compares each file with each of these: for more, it is asked for everything


class Drift(NamedTuple):
    """One change by the site.

    general     its place, with `*` for every step into a list
    named       its place, with list items by identity, so that it fits every version
    structural  an item was added to or removed from a list of maps
    sayable     whether a selector can name the place
    keys        the identity keys of the lists on the way
    """

    general: Tokens
    named: Tokens
    structural: bool
    sayable: bool
    keys: tuple[tuple[Tokens, str | None], ...]


class _Own(NamedTuple):
    """A commit of the site's.

    changes  the files it changed
    kept     of a merge with upstream: how each file differs from upstream's, and what the merge
             base and the site had in its place
    """

    commit: Listed
    changes: list[FileChange]
    kept: list[tuple[FileChange, GitEntry | None, GitEntry | None]]


class DriftReader:
    """What the site changed in its seeds, commit by commit. `commits` are its own, oldest first."""

    def __init__(self, workspace: Workspace, ref: str, commits: Sequence[Listed]) -> None:
        self.workspace = workspace
        self.repository = workspace.repository
        self.ref = ref
        cut_off = self.repository.cut_off()
        self.commits = [each for each in commits if each.parents and each.id not in cut_off]
        self.ids = frozenset(each.id for each in commits)
        self.rewritten = bool(commits) and rewritten(self.repository)
        self.upstream_has: dict[str, set[str]] = {}
        self.seen: dict[str, set[str]] = {}

    def drift(self, progress: Progress) -> Iterator[tuple[str, str, list[Drift]]]:
        """The drift that each commit made or, a merge with upstream, kept: (id, path, drift)."""
        every = list(self._own())
        paths = {change.new.path for own in every for change in own.changes if change.new}
        paths |= {change.new.path for own in every for change, _, _ in own.kept if change.new}
        self.upstream_has = self._upstream_blobs(paths)
        for number, own in enumerate(every):
            progress(number, len(every))
            found = self._kept(own) if len(own.commit.parents) > 1 else self._made(own)
            yield from ((own.commit.id, path, drift) for path, drift in found)
        progress(len(every), len(every))

    # -- what git says -----------------------------------------------------------------------------

    def _own(self) -> Iterator[_Own]:
        """Each commit that changed or kept something in what may be a seed."""
        for at in range(0, len(self.commits), AT_ONCE):
            part = self.commits[at : at + AT_ONCE]
            kept = self._of_merges([each for each in part if len(each.parents) > 1])
            pairs = [(each.parents[0], each.id) for each in part]
            for commit, changes in zip(part, self._compared(pairs), strict=True):
                if changes or kept.get(commit.id):
                    yield _Own(commit, changes, kept.get(commit.id, []))

    def _compared(self, pairs: list[Pair]) -> Iterator[list[FileChange]]:
        for changes in steps(self.repository, pairs, similar=SIMILAR):
            yield [change for change in changes if change.new and self._may_count(change.new.path)]

    def _of_merges(
        self, merges: list[Listed]
    ) -> dict[str, list[tuple[FileChange, GitEntry | None, GitEntry | None]]]:
        joined = [(each.id, *sides) for each in merges if (sides := self._sides(each))]
        meet = bases(self.repository, [(ours, theirs) for _, ours, theirs in joined])
        met = {one[0]: found[0] for one, found in zip(joined, meet, strict=True) if found}
        joined = [one for one in joined if one[0] in met]
        told = self._compared([(theirs, id) for id, _, theirs in joined])
        changed = {one[0]: some for one, some in zip(joined, told, strict=True) if some}
        joined = [one for one in joined if one[0] in changed]
        pairs = [(theirs, side) for id, ours, theirs in joined for side in (met[id], ours)]
        others = steps(self.repository, pairs)
        found = {}
        for id, _, _ in joined:
            base, local = next(others), next(others)
            found[id] = [(c, _in_place(c, base), _in_place(c, local)) for c in changed[id]]
        return found

    def _sides(self, merge: Listed) -> Pair | None:
        """(the site's side, upstream's side) of a merge with upstream."""
        theirs = [parent for parent in merge.parents if self._is_upstream(parent)]
        ours = [parent for parent in merge.parents if parent not in theirs]
        return (ours[0], theirs[0]) if len(theirs) == len(ours) == 1 else None

    def _is_upstream(self, parent: str) -> bool:
        """Whether upstream has a parent of a commit that upstream does not have."""
        if self.rewritten:
            return self.repository.is_ancestor(parent, self.ref)
        return parent not in self.ids

    def _upstream_blobs(self, paths: Collection[str]) -> dict[str, set[str]]:
        """The ids of every version that upstream ever had of some files, by path."""
        if not paths:
            return {}
        tree = self.repository.tree(self.ref)
        found = {path: {tree[path].id} for path in paths if path in tree}
        options = ("--format=", "--raw", "--no-abbrev", "--no-renames", "-z", "--full-history")
        some = sorted(paths) if len(paths) <= MOST_NAMES else []
        stdin = to_bytes("\n".join([self.ref, "--", *some]) + "\n")
        asked = (LITERAL, "log", "--stdin", *options, *FIRST_PARENT)
        out = to_text(self.repository.git(*asked, stdin=stdin))
        fields = iter(out.split("\0"))
        for about in fields:
            words = about.lstrip("\n").split(" ")
            if len(words) == 5 and words[0].startswith(":"):
                path = next(fields, "")
                if path in paths:
                    found.setdefault(path, set()).add(words[3])
        return found

    # -- what changed ------------------------------------------------------------------------------

    def _made(self, own: _Own) -> Iterator[tuple[str, list[Drift]]]:
        for change in own.changes:
            old, new = change.old, change.new
            if old is None or new is None or not self._counts(new.path):
                continue
            seen = self.seen.setdefault(new.path, set())
            # This is upstream's file, copied in by hand: it is the package's change, not drift.
            synced = new.id in self.upstream_has.get(new.path, ()) and new.id not in seen
            seen |= {old.id, new.id}
            if not synced:
                yield new.path, self._differences(old, new)

    def _kept(self, own: _Own) -> Iterator[tuple[str, list[Drift]]]:
        """The drift that a merge kept: its result differs from upstream where either changed it."""
        for change in own.changes:
            if change.new and self._counts(change.new.path):
                self.seen.setdefault(change.new.path, set()).add(change.new.id)
        for change, base, local in own.kept:
            old, new = change.old, change.new
            if old is None or new is None or not self._counts(new.path):
                continue
            kept = self._differences(old, new)
            moved = {d.named for d in self._differences(base, old)} if base else set()
            moved |= {d.named for d in self._differences(local, new)} if local else set()
            drift = [d for d in kept if d.named in moved]
            if drift:
                yield new.path, drift

    def _may_count(self, path: str) -> bool:
        """Whether a file may be a seed. Without rules, any file of upstream may be one."""
        if path == RULES_FILE or format_name(path) is None or not path.isprintable():
            return False
        seeds = self.workspace.rules.seeds
        return not seeds or self.workspace.rules.match(path) is not None

    def _counts(self, path: str) -> bool:
        """Whether a file that may be a seed is one."""
        return bool(self.workspace.rules.seeds) or path in self.upstream_has

    def _differences(self, old: GitEntry, new: GitEntry) -> list[Drift]:
        if old.mode not in FILE_MODES or new.mode not in FILE_MODES or old.id == new.id:
            return []
        try:
            one = Document.parse(self.repository.blob(old.id), old.path)
            other = Document.parse(self.repository.blob(new.id), new.path)
        except InputError:
            return []
        rule = self.workspace.rules.match(new.path)
        key_of = rule.key_of if rule else no_key
        return [
            _drift(change, one.value, other.value, rule)
            for change in differences(one.value, other.value, key_of)
        ]


def _in_place(change: FileChange, other: list[FileChange]) -> GitEntry | None:
    """What another commit has at the new path of a change, by how it differs from the old one's."""
    assert change.new is not None
    path = change.new.path
    for each in other:
        entry = each.new or each.old
        if entry and entry.path == path:
            return each.new
    return change.old if change.old and change.old.path == path else None


def _drift(change: Change, old: Value, new: Value, rule: SeedRule | None) -> Drift:
    """The drift for a change."""
    inner = new if exists(new, change.tokens) else old
    replaced = change.old is not ABSENT and change.new is not ABSENT
    general: Tokens = ()
    named: Tokens = ()
    keys: list[tuple[Tokens, str | None]] = []
    structural, sayable = False, True
    for depth, token in enumerate(change.tokens):
        item = resolve(inner, (token,)) if exists(inner, (token,)) else None
        if isinstance(inner, list):
            key = None
            if inner and isinstance(inner[0], dict):
                declared = rule.key_of(change.tokens[:depth]) if rule else None
                key = align(inner, inner, declared).key
                keys.append((general, key))
            if depth == len(change.tokens) - 1 and not replaced:
                structural = any(isinstance(other, dict) for other in inner)
                break  # an added or removed item is a change of its list
            general = (*general, ANY)
            told = canonical(name_in(item, key)) if key and isinstance(item, dict) else token
            named = (*named, told)
        else:
            sayable = sayable and token not in (ANY, ANY_DEPTH) and identity(token) is None
            general, named = (*general, str(token)), (*named, str(token))
        inner = item
    return Drift(general, named, structural, sayable, tuple(keys))

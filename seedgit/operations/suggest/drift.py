"""Finds the places of seeds that the site changed, in its commits and in the working tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from seedgit.errors import InputError
from seedgit.formats.document import Document
from seedgit.formats.registry import format_name
from seedgit.git import changes
from seedgit.git.names import to_text
from seedgit.git.object_text import Commit
from seedgit.git.preview import merge_bases
from seedgit.git.repository import FILE_MODES, GitEntry
from seedgit.operations.suggest.model import Tokens
from seedgit.operations.workspace import Workspace
from seedgit.rules import RULES_FILE
from seedgit.rules.ownership import SeedRule
from seedgit.values.align import align
from seedgit.values.diff import ABSENT, Change, no_key
from seedgit.values.diff import changes as differences
from seedgit.values.pointer import ANY, ANY_DEPTH, exists, identity, resolve
from seedgit.values.value import Value, canonical

FIRST_PARENT = ("--diff-merges=first-parent",)


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


class DriftReader:
    """What the site changed in its seeds, commit by commit."""

    def __init__(self, workspace: Workspace, ref: str) -> None:
        self.workspace = workspace
        self.repository = workspace.repository
        self.ref = ref
        self.cut_off = self.repository.cut_off()
        self.upstream_has = self._upstream_blobs()
        self.seen: dict[str, set[str]] = {}

    def drift(self, commit: Commit) -> Iterator[tuple[str, list[Drift]]]:
        if not commit.parents or commit.id in self.cut_off:
            return
        if len(commit.parents) > 1:
            yield from self._kept(commit)
            return
        for change in changes.diff(self.repository, commit.parents[0], commit.id):
            old, new = change.old, change.new
            if old is None or new is None or not self._counts(new.path):
                continue
            seen = self.seen.setdefault(new.path, set())
            # This is upstream's file, copied in by hand: it is the package's change, not drift.
            synced = new.id in self.upstream_has.get(new.path, ()) and new.id not in seen
            seen |= {old.id, new.id}
            if not synced:
                yield new.path, self._differences(old, new)

    def _kept(self, merge: Commit) -> Iterator[tuple[str, list[Drift]]]:
        """The drift that a merge kept: its result differs from upstream where either changed it."""
        for change in changes.diff(self.repository, merge.parents[0], merge.id):
            if change.new and self._counts(change.new.path):
                self.seen.setdefault(change.new.path, set()).add(change.new.id)
        theirs = [p for p in merge.parents if self.repository.is_ancestor(p, self.ref)]
        ours = [p for p in merge.parents if p not in theirs]
        if len(theirs) != 1 or len(ours) != 1:
            return
        bases = merge_bases(self.repository, ours[0], theirs[0])
        trees = [self.repository.tree(id) for id in (*bases[:1], ours[0])]
        if len(trees) < 2:
            return
        for change in changes.diff(self.repository, theirs[0], merge.id):
            old, new = change.old, change.new
            if old is None or new is None or not self._counts(new.path):
                continue
            base, local = (tree.get(new.path) for tree in trees)
            kept = self._differences(old, new)
            moved = {d.named for d in self._differences(base, old)} if base else set()
            moved |= {d.named for d in self._differences(local, new)} if local else set()
            drift = [d for d in kept if d.named in moved]
            if drift:
                yield new.path, drift

    def _counts(self, path: str) -> bool:
        if path == RULES_FILE or format_name(path) is None or not path.isprintable():
            return False
        # With rules, the files that they match are seeds. Without, any file of upstream may be one.
        if self.workspace.rules.seeds:
            return self.workspace.rules.match(path) is not None
        return path in self.upstream_has

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

    def _upstream_blobs(self) -> dict[str, set[str]]:
        """The ids of every version that upstream ever had, by path."""
        repository = self.repository
        found = {path: {entry.id} for path, entry in repository.tree(self.ref).items()}
        options = ("--format=", "--raw", "--no-abbrev", "--no-renames", "-z")
        out = to_text(repository.git("log", *options, *FIRST_PARENT, self.ref, "--"))
        fields = iter(out.split("\0"))
        for about in fields:
            words = about.lstrip("\n").split(" ")
            if len(words) == 5 and words[0].startswith(":"):
                found.setdefault(next(fields, ""), set()).add(words[3])
        return found


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
            named = (*named, canonical(item[key]) if key and isinstance(item, dict) else token)
        else:
            sayable = sayable and token not in (ANY, ANY_DEPTH) and identity(token) is None
            general, named = (*general, str(token)), (*named, str(token))
        inner = item
    return Drift(general, named, structural, sayable, tuple(keys))

"""Suggest: which places the site keeps changing, as a draft of ownership rules. Reads only.

The evidence is the branch's own history: commits that upstream does not have, and what merges kept
against upstream.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from seedgit.errors import InputError
from seedgit.files.rules_file import read_rules
from seedgit.formats.document import Document
from seedgit.formats.registry import format_name
from seedgit.git import changes, settings
from seedgit.git.names import to_text
from seedgit.git.preview import merge_bases
from seedgit.git.repository import FILE_MODES, Commit, Entry
from seedgit.operations.adopt import fork
from seedgit.operations.draft import (
    ITEMS,
    NOT_SAYABLE,
    ONCE,
    Addition,
    KnownEntry,
    additions,
    entry,
    known_entry,
)
from seedgit.operations.workspace import Workspace
from seedgit.rules import RULES_FILE
from seedgit.rules.ownership import OVERLAY, SeedRule
from seedgit.rules.wildmatch import Wildmatch
from seedgit.values.align import align
from seedgit.values.diff import ABSENT, Change, no_key
from seedgit.values.diff import changes as differences
from seedgit.values.pointer import (
    ANY,
    ANY_DEPTH,
    exists,
    format_pointer,
    format_selector,
    identity,
    resolve,
)
from seedgit.values.value import Value, canonical

NAMED = "named"  # by a person, on the command line
FIRST_PARENT = ("--diff-merges=first-parent",)
OFTEN = 2  # changes from which a place counts as one that keeps changing

Tokens = tuple[str, ...]


@dataclass(frozen=True)
class Suggestion:
    """A place, and how often the site changed it. `reason` is "" where a rule is suggested."""

    path: str
    changes: int
    files: tuple[str, ...]
    commits: int
    last: str
    when: int
    reason: str = ""

    def data(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "changes": self.changes,
            "files": list(self.files),
            "commits": self.commits,
            "last": self.last,
            "last-time": self.when,
            "suggested": not self.reason,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Group:
    """What one entry of `seeds` would say; `known` is the entry that the rules have already."""

    files: tuple[str, ...]
    keys: tuple[tuple[str, str], ...]
    found: tuple[Suggestion, ...]
    known: KnownEntry | None = None

    @property
    def suggested(self) -> int:
        return sum(not item.reason for item in self.found)

    def additions(self) -> list[Addition]:
        """What its entry in the rules takes; nothing where there is none."""
        return additions(self, self.known) if self.known else []

    def data(self) -> dict[str, Any]:
        return {
            "files": list(self.files),
            "keys": dict(self.keys),
            "known": self.known is not None,
            "line": self.known.line if self.known else None,
            "additions": [addition.data() for addition in self.additions()],
            "overlay": [item.data() for item in self.found],
        }


@dataclass(frozen=True)
class Suggestions:
    """ref: the upstream, and `origin` who says so. commits: how many of the branch's own were read.

    in_place  whether the rules make files seeds already: what is found belongs into their entries
    """

    ref: str
    origin: str
    commits: int
    groups: tuple[Group, ...]
    in_place: bool = False

    @property
    def suggested(self) -> int:
        return sum(group.suggested for group in self.groups)

    def data(self) -> dict[str, Any]:
        return {
            "from": self.ref,
            "from-origin": self.origin,
            "commits": self.commits,
            "suggested": self.suggested,
            "seeds": [group.data() for group in self.groups],
            "snippet": "\n".join(self.snippet()) + "\n",
        }

    def snippet(self) -> list[str]:
        """The draft as a rules file of its own; what is not suggested is a comment in it."""
        head = ["version: 1", "seeds:" if self.groups else "seeds: []"]
        return head + [line for group in self.groups for line in entry(group)]

    def within(self, most: int) -> Suggestions:
        """The `most` places with the best evidence, of those that are suggested first."""
        places = [(item, group) for group in self.groups for item in group.found]
        places.sort(key=lambda place: _rank(place[0]))
        kept = {id(item) for item, _ in places[:most]}
        groups = [
            replace(group, found=tuple(item for item in group.found if id(item) in kept))
            for group in self.groups
        ]
        return replace(self, groups=tuple(group for group in groups if group.found))


@dataclass
class _Evidence:
    """changes: (file, commit) of each."""

    changes: list[tuple[str, Commit]] = field(default_factory=list)
    structural: bool = False
    sayable: bool = True


def suggest(workspace: Workspace, ref: str | None = None) -> Suggestions:
    """Draft ownership rules from the drift of this branch.

    Raises UsageError where no upstream is known, RepositoryError for unrelated histories.
    """
    name, head, _ = fork(workspace, ref)
    reader = _Reader(workspace, name)
    out = workspace.repository.git("rev-list", "--topo-order", "--reverse", head, f"^{name}")
    commits = out.decode().split()
    found: dict[str, dict[Tokens, _Evidence]] = {}
    keys: dict[str, dict[Tokens, set[str | None]]] = {}
    for id in commits:
        commit = workspace.repository.commit(id)
        for path, drift in reader.drift(commit):
            _note(found.setdefault(path, {}), keys.setdefault(path, {}), path, commit, drift)
    groups = []
    text = Document.parse(read_rules(workspace.repository.worktree) or b"", RULES_FILE)
    for files, rule in _groups(workspace, found):
        paths = [path for path in found if _is_of(workspace, path, files, rule)]
        made = {path: found[path] for path in paths}
        group = _group(files, rule, made, [keys[path] for path in paths])
        if rule is not None and group.found:
            group = replace(group, known=known_entry(text, workspace.rules.seeds.index(rule)))
        if group.found:
            groups.append(group)
    groups.sort(key=lambda group: (-max(i.changes for i in group.found), group.files))
    in_place = bool(workspace.rules.seeds)
    return Suggestions(name, _origin(workspace, ref), len(commits), tuple(groups), in_place)


def _origin(workspace: Workspace, ref: str | None) -> str:
    """Who says which ref is the upstream."""
    chosen = None if ref else settings.upstream(workspace.repository)
    return chosen.origin if chosen else NAMED


@dataclass(frozen=True)
class _Drift:
    """One change.

    general     its place, `*` for every step into a list
    named       its place, list items by their identity, so that it holds in every version
    structural  an item of a list of maps came or went
    sayable     whether a selector says the place
    keys        the identity keys of the lists on the way
    """

    general: Tokens
    named: Tokens
    structural: bool
    sayable: bool
    keys: tuple[tuple[Tokens, str | None], ...]


class _Reader:
    """What the site changed in its seeds, commit by commit."""

    def __init__(self, workspace: Workspace, ref: str) -> None:
        self.workspace = workspace
        self.repository = workspace.repository
        self.ref = ref
        self.cut_off = self.repository.cut_off()
        self.upstream_has = self._upstream_blobs()
        self.seen: dict[str, set[str]] = {}

    def drift(self, commit: Commit) -> Iterator[tuple[str, list[_Drift]]]:
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
            # Upstream's file, brought in by hand: no drift, but the package.
            synced = new.id in self.upstream_has.get(new.path, ()) and new.id not in seen
            seen |= {old.id, new.id}
            if not synced:
                yield new.path, self._differences(old, new)

    def _kept(self, merge: Commit) -> Iterator[tuple[str, list[_Drift]]]:
        """Of a merge: what its result has against upstream where upstream, or it, changed that."""
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
        # Without rules everything that upstream has may be a seed; with them, what they name.
        if self.workspace.rules.seeds:
            return self.workspace.rules.match(path) is not None
        return path in self.upstream_has

    def _differences(self, old: Entry, new: Entry) -> list[_Drift]:
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
        """Every version of every file that upstream ever had."""
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


def _drift(change: Change, old: Value, new: Value, rule: SeedRule | None) -> _Drift:
    """A change, with the steps into lists made general."""
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
                break  # an item that came or went is a change of its list
            general = (*general, ANY)
            named = (*named, canonical(item[key]) if key and isinstance(item, dict) else token)
        else:
            sayable = sayable and token not in (ANY, ANY_DEPTH) and identity(token) is None
            general, named = (*general, str(token)), (*named, str(token))
        inner = item
    return _Drift(general, named, structural, sayable, tuple(keys))


def _note(
    found: dict[Tokens, _Evidence],
    keys: dict[Tokens, set[str | None]],
    path: str,
    commit: Commit,
    drift: list[_Drift],
) -> None:
    """A commit counts once for a place of a file, however many items of a list it changed."""
    for general in dict.fromkeys(d.general for d in drift):
        evidence = found.setdefault(general, _Evidence())
        evidence.changes.append((path, commit))
        evidence.structural |= any(d.structural for d in drift if d.general == general)
        evidence.sayable &= all(d.sayable for d in drift if d.general == general)
    for d in drift:
        for at, key in d.keys:
            keys.setdefault(at, set()).add(key)


# -- the draft -----------------------------------------------------------------------------------


def _groups(
    workspace: Workspace, found: Iterable[str]
) -> list[tuple[tuple[str, ...], SeedRule | None]]:
    """The entries of `seeds` that the files belong to, or would."""
    rules = workspace.rules.seeds
    groups: dict[tuple[str, ...], SeedRule | None] = {}
    for path in sorted(found):
        rule = workspace.rules.match(path)
        if rule or _is_pattern(_glob(path, found)):
            groups[rule.files if rule else (_glob(path, found),)] = rule
    order = {rule.files: number for number, rule in enumerate(rules)}
    return sorted(groups.items(), key=lambda item: (order.get(item[0], len(order)), item[0]))


def _is_of(workspace: Workspace, path: str, files: tuple[str, ...], rule: SeedRule | None) -> bool:
    if rule is not None:
        return workspace.rules.match(path) is rule
    return workspace.rules.match(path) is None and SeedRule(files).matches(path)


def _glob(path: str, others: Iterable[str]) -> str:
    """The file itself; or all of its directory with its suffix, where others there changed too."""
    place = PurePosixPath(path)
    beside = [o for o in others if PurePosixPath(o).parent == place.parent]
    alike = [o for o in beside if PurePosixPath(o).suffix == place.suffix]
    if len(alike) > 1 and len(place.parts) > 1:
        return f"{_escaped(str(place.parent))}/*{_escaped(place.suffix)}"
    return _escaped(path)


def _escaped(text: str) -> str:
    return re.sub(r"(^!|[*?\[\\])", r"\\\1", text)


def _is_pattern(glob: str) -> bool:
    """Whether the rules can say it: there are names too long for them."""
    try:
        Wildmatch(glob)
    except ValueError:
        return False
    return True


def _group(
    files: tuple[str, ...],
    rule: SeedRule | None,
    found: dict[str, dict[Tokens, _Evidence]],
    keys: list[dict[Tokens, set[str | None]]],
) -> Group:
    merged: dict[Tokens, _Evidence] = {}
    for places in found.values():
        for general, evidence in places.items():
            whole = merged.setdefault(general, _Evidence())
            whole.changes += evidence.changes
            whole.structural |= evidence.structural
            whole.sayable &= evidence.sayable
    made = [_suggestion(general, evidence) for general, evidence in merged.items() if general]
    made = [item for item in made if not (rule and _owned(rule, item[0]))]
    items = [item for _, item in made]
    items.sort(key=_rank)
    return Group(files, _keys(rule, keys, items), tuple(items))


def _rank(item: Suggestion) -> tuple[bool, int, int, str]:
    return bool(item.reason), -item.changes, -len(item.files), item.path


def _suggestion(general: Tokens, evidence: _Evidence) -> tuple[Tokens, Suggestion]:
    commits = {commit.id: commit for _, commit in evidence.changes}
    last = evidence.changes[-1][1]
    for _, commit in evidence.changes:
        if commit.committer.time > last.committer.time:
            last = commit
    reason = ""
    if not evidence.sayable:
        reason = NOT_SAYABLE
    elif evidence.structural:
        reason = ITEMS
    elif len(evidence.changes) < OFTEN:
        reason = ONCE
    files = tuple(sorted({path for path, _ in evidence.changes}))
    return general, Suggestion(
        format_pointer(general),
        len(evidence.changes),
        files,
        len(commits),
        last.id,
        last.committer.time,
        reason,
    )


def _owned(rule: SeedRule, general: Tokens) -> bool:
    """Whether the rules give every such place to the site already."""
    return rule.owner(general, None) == OVERLAY


def _keys(
    rule: SeedRule | None, found: list[dict[Tokens, set[str | None]]], items: list[Suggestion]
) -> tuple[tuple[str, str], ...]:
    """The identity keys of the lists on the way to what is suggested: declared, or inferred."""
    if rule is not None and rule.keys:
        return tuple((format_selector(pattern), key) for pattern, key in rule.keys)
    seen: dict[Tokens, set[str | None]] = {}
    for keys in found:
        for at, names in keys.items():
            seen.setdefault(at, set()).update(names)
    made = []
    for at, names in sorted(seen.items()):
        (name, *more) = names
        path = format_pointer(at)
        if name and not more and any(i.path.startswith(f"{path}/*/") for i in items):
            made.append((path, name))
    return tuple(made)

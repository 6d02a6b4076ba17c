"""What the page shows and does, as data: all of it by the operations that the commands use."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import takewhile
from typing import Any

from seedgit import codes
from seedgit.cli.commands.set import parse_value
from seedgit.cli.item_keys import ItemKey, keys_of
from seedgit.cli.terminal import WHOLE, side
from seedgit.errors import InputError, Refused, SeedgitError, UsageError
from seedgit.git.index_id import index_id
from seedgit.named_tuple import NamedTuple
from seedgit.operations.blame import told_lines
from seedgit.operations.edits.after_change import sync_live_trees
from seedgit.operations.edits.when import iso
from seedgit.operations.layer import choose
from seedgit.operations.pending import PLACED, Item, find, pending
from seedgit.operations.resolve import ResolvedItem, Wanted, decide
from seedgit.operations.stack.effective import Effective, effective
from seedgit.operations.undo import undo
from seedgit.operations.why import RelevantOverride, why
from seedgit.operations.workspace import Workspace
from seedgit.overlay.decisions import VALUE
from seedgit.values.pointer import is_index

NO_WRITES = "the mode is dry-run, in which nothing is written"
AROUND = 4  # lines of the file above and below a place
MOST = 20  # lines of the place itself
# The first of them are the most urgent.
RISK = (
    *(codes.CLASH, codes.SEED_GONE, codes.AMBIGUOUS, codes.ORPHANED),
    *(codes.MOVED_UNDER, codes.MOVED_UNDER_LAYER, codes.COVERED, codes.YIELDED),
)
REASONS = {
    codes.CLASH: "two people set it",
    codes.SEED_GONE: "the file is gone upstream",
    codes.AMBIGUOUS: "its place cannot be told",
    codes.ORPHANED: "its place is gone upstream",
    codes.MOVED_UNDER: "upstream changed the value under it",
    codes.MOVED_UNDER_LAYER: "a lower layer changed the value under it",
    codes.COVERED: "a lower layer leaves no place for it",
    codes.YIELDED: "the rules let upstream's value win",
}


class Done(NamedTuple):
    """A decision that was made on this page."""

    overlay: str
    commit: str | None
    place: str
    choice: str
    edited: bool

    @property
    def refusal(self) -> str:
        """Why it cannot be taken back here; "" if it can."""
        if self.edited:
            return "it edited the file itself: git restore takes that back"
        return "" if self.commit else "it changed nothing"


class Desk:
    """The clone around a directory, seen anew by each question.

    done         what was decided here, the newest last
    plain_texts  what may not be shown (as `Workspace.plain_texts`)
    """

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self.done: list[Done] = []
        self.plain_texts: set[str] = set()

    @contextmanager
    def _open(self) -> Iterator[Workspace]:
        with closing(Workspace.open(self._directory)) as workspace:
            workspace.plain_texts = self.plain_texts
            yield workspace
            if workspace.overlay_moved:
                sync_live_trees(workspace)

    def stamp(self) -> str:
        """It changes when anything changes that the page depends on."""
        with self._open() as workspace:
            rules = workspace.rules_text
            tips = [list(tip) for tip in workspace.tips()]
            parts = [index_id(workspace.repository), workspace.repository.head(), tips]
            text = json.dumps(parts) + ("" if rules is None else rules.decode("utf-8", "replace"))
            return hashlib.sha1(text.encode("utf-8", "backslashreplace")).hexdigest()

    def waiting(self) -> dict[str, Any]:
        """All that waits, the most urgent first, and what was decided here."""
        stamp = self.stamp()
        with self._open() as workspace:
            found = pending(workspace)
            items = sorted((numbered.item for numbered in found.items), key=_urgency)
            return {
                "stamp": stamp,
                "clone": workspace.repository.worktree.name,
                "branch": (workspace.repository.branch() or "").removeprefix("refs/heads/"),
                "mode": workspace.mode.value,
                "items": [_listed(item) for item in items],
                "conflicts": list(found.conflicts),
                "rules": len(found.rules),
                "problems": [*found.problems, *filter(None, [found.unkept])],
                "done": [{**one._asdict(), "refusal": one.refusal} for one in self.done[-20:]],
            }

    def about(self, id: str) -> dict[str, Any]:
        """One item as base, upstream, local and result, with who, when, why and the lines around.

        Raises Refused if it waits no longer.
        """
        with self._open() as workspace:
            item = _named(workspace, id)
            told = item.shown
            found = _effective(workspace, item)
            held = _held(workspace, item)
            values = [("base", told.base), ("upstream", told.seed), ("local", told.local)]
            if item.between is not None:
                values = [("upstream", told.seed), ("local", told.local), ("other", told.base)]
            return {
                **_listed(item),
                "values": [{"name": name, "text": side(v, WHOLE)} for name, v in values],
                "local_by": _by_local(item, held),
                "other_by": _by_other(item),
                "why": item.override.why or (held.why if held else ""),
                "covered_by": item.covered_by,
                "candidates": list(item.candidates),
                "lines": _lines(workspace, found, item),
                "keys": [_key(key, workspace) for key in keys_of(item)],
            }

    def decide(self, id: str, choice: str, text: str = "", reason: str = "") -> None:
        """Store a decision about an item. Raises SeedgitError, Refused if it has changed since.

        text  of a value, as `seedgit set` takes it
        """
        value = parse_value(text) if choice == VALUE else None
        with self._open() as workspace:
            if workspace.mode.dry_run:
                raise Refused(NO_WRITES)
            for made in decide(workspace, [Wanted(id, "", choice, value)], reason):
                self.done.append(_done(made))

    def undo(self) -> None:
        """Take back the newest decision that was made here. Raises SeedgitError."""
        if not self.done:
            raise UsageError("nothing was decided here")
        last = self.done[-1]
        if last.refusal or last.commit is None:
            raise Refused(last.refusal)
        with self._open() as workspace:
            choose(workspace, last.overlay, to_write=True)
            undo(workspace, last.commit)
        self.done.pop()


def _key(key: ItemKey, workspace: Workspace) -> dict[str, str]:
    return key._replace(off=NO_WRITES if workspace.mode.dry_run else key.off)._asdict()


def _done(made: ResolvedItem) -> Done:
    place = f"{made.item.path}{made.item.name}"
    return Done(made.overlay, made.commit, place, made.decision.choice, made.edited)


def _urgency(item: Item) -> tuple[int, str]:
    return (RISK.index(item.reason) if item.reason in RISK else len(RISK), item.path)


def _listed(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "path": item.path,
        "name": item.name,
        "reason": item.reason,
        "text": REASONS.get(item.reason, item.reason.replace("-", " ")),
        "overlay": item.overlay,
        "proposal": item.proposal,
        "committed": item.kept is not None,
        "value": side(item.shown.local),
    }


def _named(workspace: Workspace, id: str) -> Item:
    item = next((item for item in find(workspace)[0] if item.id == id), None)
    if item is None:
        raise Refused("it waits no longer, or something under it has changed: look again")
    return item


def _effective(workspace: Workspace, item: Item) -> Effective | None:
    """The effective file; None if the seed is gone, or it cannot be made."""
    if item.path not in workspace.tracked:
        return None
    try:
        return effective(workspace, item.path, workspace.staged(item.path)[1])
    except SeedgitError:
        return None


def _held(workspace: Workspace, item: Item) -> RelevantOverride | None:
    """The override of an item, as `why` knows it."""
    try:
        explained = why(workspace, item.path, item.name)
    except (UsageError, InputError):
        return None
    held = (held for each in explained for held in each.held if held.overlay == item.overlay)
    return next(held, None)


def _by_local(item: Item, held: RelevantOverride | None) -> dict[str, str]:
    if item.between is not None:
        return {"by": item.between.by, "on": item.between.on}
    if held is None or held.commit is None:
        return {"by": "", "on": ""}
    author = held.commit.author
    return {"by": author.name, "on": iso(author.time, author.offset)}


def _by_other(item: Item) -> dict[str, str]:
    rival = item.between.rival if item.between is not None else None
    return {"by": rival.by, "on": rival.on} if rival is not None else {"by": "", "on": ""}


def _lines(workspace: Workspace, found: Effective | None, item: Item) -> list[dict[str, Any]]:
    """The lines of the effective file around a place, or around what is left of the way to it."""
    if found is None:
        return []
    tokens, exact = item.override.tokens, item.reason in (*PLACED, codes.CLASH)
    if not exact:  # an index would name another item by now
        tokens = tuple(takewhile(lambda token: not is_index(token), tokens))
    spans = list(found.document.spans(tokens))
    while not spans and tokens:
        tokens, exact = tokens[:-1], False
        spans = list(found.document.spans(tokens))
    if not spans or not tokens:
        return []
    first, last = spans[0][0], min(spans[0][1], spans[0][0] + MOST)
    texts = told_lines(found.document, workspace.rule(item.path), found.plain)
    numbers = range(max(1, first - AROUND), min(len(texts), last + AROUND) + 1)
    return [
        {"number": n, "text": texts[n - 1], "here": exact and first <= n <= last} for n in numbers
    ]

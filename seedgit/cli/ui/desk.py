"""What the page shows and does, as data: all of it by the operations that the commands use."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from itertools import takewhile

from seedgit import codes
from seedgit.answer import mark
from seedgit.cli.commands.set import parse_value
from seedgit.cli.item_keys import ItemKey, keys_of
from seedgit.cli.terminal import WHOLE, side
from seedgit.cli.ui.outcomes import brief, differences, in_turn, outcome
from seedgit.cli.words import words
from seedgit.errors import InputError, Refused, SeedgitError, UsageError
from seedgit.git.fleet import REFS
from seedgit.git.index_id import index_id
from seedgit.named_tuple import NamedTuple
from seedgit.operations.blame import told_lines
from seedgit.operations.edits.after_change import sync_live_trees
from seedgit.operations.edits.edit_rules import own_rules, store_rules
from seedgit.operations.edits.rules_entry import with_entry
from seedgit.operations.edits.when import iso
from seedgit.operations.layer import choose
from seedgit.operations.pending import PLACED, Item, find, pending
from seedgit.operations.polled.divergences_known import DivergencesKnown
from seedgit.operations.polled.live_step import LiveStep
from seedgit.operations.polled.refs_below import RefsBelow
from seedgit.operations.polled.still_clone import StillClone
from seedgit.operations.resolve import ResolvedItem, Wanted, decide
from seedgit.operations.seeds.edited_seeds import EditedSeeds
from seedgit.operations.stack.effective import Effective, effective
from seedgit.operations.undo import undo
from seedgit.operations.waiting.memory import Memory
from seedgit.operations.why import RelevantOverride, holding, why
from seedgit.operations.workspace import Workspace
from seedgit.overlay.decisions import VALUE
from seedgit.rules.ownership import PRESERVE
from seedgit.values.diff import value_at
from seedgit.values.pointer import is_index

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NO_WRITES = "the mode is dry-run, in which nothing is written"
AROUND = 4  # lines of the file above and below a place
MOST = 20  # lines of the place itself
# What only some pages show.
SITES, LIVE_FILES, DIVERGENCES = "the sites", "the live files", "the divergences"


class Done(NamedTuple):
    """What was decided on this page at once.

    commits  an overlay with its new commit, for each that changed
    """

    commits: tuple[tuple[str, str], ...]
    place: str
    choice: str
    edited: bool

    @property
    def refusal(self) -> str:
        """Why it cannot be taken back here; "" if it can."""
        if self.edited:
            return "it edited the file itself: git restore takes that back"
        return "" if self.commits else "it changed nothing"

    def data(self) -> dict[str, Any]:
        return {"place": self.place, "choice": self.choice, "refusal": self.refusal}


class Desk:
    """The clone around a directory, seen anew by each question.

    done         what was decided here, the newest last
    plain_texts  what may not be shown (as `Workspace.plain_texts`)
    """

    def __init__(self, directory: str) -> None:
        self._directory = directory
        self.done: list[Done] = []
        self.plain_texts: set[str] = set()
        self._seen: tuple[dict[str, str], dict[str, Item]] = {}, {}  # what waited, at which stamp
        self._still = StillClone(directory)
        self._edited = EditedSeeds()
        self._polled = {
            SITES: RefsBelow(REFS).told,
            LIVE_FILES: LiveStep().told,
            DIVERGENCES: DivergencesKnown().told,
        }

    @contextmanager
    def open(self) -> Iterator[Workspace]:
        """The clone as it is now. What is written through it reaches live trees, too."""
        with closing(Workspace.open(self._directory)) as workspace:
            workspace.plain_texts = self.plain_texts
            yield workspace
            if workspace.overlay_moved:
                sync_live_trees(workspace)

    def stamp(self, ref: str = "", more: Collection[str] = ()) -> dict[str, str]:
        """As of `stamp_of`. A page that is open asks for it every two seconds."""
        with closing(self._still.open()) as workspace:
            return self.stamp_of(workspace, ref, more)

    def stamp_of(
        self, workspace: Workspace, ref: str = "", more: Collection[str] = ()
    ) -> dict[str, str]:
        """What a page depends on, by name: each with a text that changes when it does.

        ref   what the page is about, if that was chosen there
        more  what else it shows: any of `SITES`, `LIVE_FILES` and `DIVERGENCES`
        """
        repository, rules = workspace.repository, workspace.rules_text
        heads = self._still.heads(workspace)
        stamp = {
            "what is staged": index_id(repository) or repr(mark(str(repository.index_file))),
            "HEAD": heads.head,
            "upstream": heads.upstream,
            "the rules": "" if rules is None else hashlib.sha1(rules).hexdigest(),
            "the mode": workspace.mode.value,
            **{f"overlay {name}": tip or "" for name, tip in heads.tips},
        }
        return {
            **stamp,
            **({f"ref {ref}": _tip(workspace, ref)} if ref else {}),
            **{name: self.polled(workspace, name) for name in more},
            "what is edited": self._edited.told(workspace, stamp),
        }

    def polled(self, workspace: Workspace, name: str) -> str:
        """A text that changes when one of `SITES`, `LIVE_FILES` and `DIVERGENCES` does."""
        return self._polled[name](workspace)

    def waiting(self, at: int = 0, id: str = "") -> dict[str, Any]:
        """All that waits, the most urgent first, what was decided here, and all about one item.

        id  of that item or, if it waits no longer, `at` which place of the list
        """
        with self.open() as workspace:
            return self._waiting(workspace, at, id)

    def _waiting(self, workspace: Workspace, at: int, id: str = "") -> dict[str, Any]:
        stamp = self.stamp_of(workspace)
        found = pending(workspace)
        items = in_turn([numbered.item for numbered in found.items])
        listed = [_listed(item) for item in items]
        known = {each["id"]: item for each, item in zip(listed, items, strict=True)}
        firsts = {each["outcome"]: item for each, item in zip(listed, items, strict=True)}
        self._seen = stamp, known
        shown = known.get(id) or (items[max(0, min(at, len(items) - 1))] if items else None)
        return {
            "stamp": stamp,
            "clone": workspace.repository.worktree.name,
            "items": listed,
            "apart": differences(firsts),
            "shown": _about(workspace, shown) if shown else None,
            "conflicts": list(found.conflicts),
            "rules": len(found.rules),
            "problems": [*found.problems, *filter(None, [found.unkept])],
            "done": [one.data() for one in self.done[-20:]],
        }

    def about(self, id: str) -> dict[str, Any]:
        """One item as base, upstream, local and result, with who, when, why and the lines around.

        Raises Refused if it waits no longer.
        """
        with self.open() as workspace:
            stamp, known = self._seen
            same = bool(known) and stamp == self.stamp_of(workspace)
            return _about(workspace, known[id] if same and id in known else _named(workspace, id))

    def decide(
        self, ids: list[str], choice: str, text: str = "", reason: str = "", *, at: int = 0
    ) -> dict[str, Any]:
        """Store a decision about items: about all of them, or about none. What waits then.

        text  of a value, as `seedgit set` takes it
        at    as of `waiting`

        Raises SeedgitError, Refused if one has changed since.
        """
        value = parse_value(text) if choice == VALUE else None
        with self.open() as workspace:
            if workspace.mode.dry_run:
                raise Refused(NO_WRITES)
            wanted = [Wanted(id, "", choice, value) for id in ids]
            self.done.append(_done(decide(workspace, wanted, reason)))
            sync_live_trees(workspace)
            return self._waiting(workspace, at)

    def rule(self, id: str) -> None:
        """Write a rule by which the place of an item is the site's, whatever upstream does there.

        Raises SeedgitError, Refused if the item has changed since, or such a rule does not fit it.
        """
        with self.open() as workspace:
            if workspace.mode.dry_run:
                raise Refused(NO_WRITES)
            item = _named(workspace, id)
            if not _rule(item):
                raise Refused("upstream's change is not what it waits for: a rule ends nothing")
            before = own_rules(workspace)
            new = with_entry(before, item.path, _entry(item))
            place = f"{item.path}{item.name}"
            commit = store_rules(workspace, before, new, f"rules: {place} is the site's")
            commits = ((workspace.target, commit),) if commit else ()
            self.done.append(Done(commits, place, "rule", False))

    def undo(self) -> None:
        """Take back the newest decision that was made here. Raises SeedgitError."""
        if not self.done:
            raise UsageError("nothing was decided here")
        last = self.done[-1]
        if last.refusal:
            raise Refused(last.refusal)
        with self.open() as workspace:
            for overlay, commit in last.commits:
                choose(workspace, overlay, to_write=True)
                undo(workspace, commit)
        self.done.pop()


def _tip(workspace: Workspace, ref: str) -> str:
    """The commit of a ref; "" if there is none."""
    try:
        return workspace.revision(ref)[1]
    except SeedgitError:
        return ""


def _about(workspace: Workspace, item: Item) -> dict[str, Any]:
    told = item.shown
    found = _effective(workspace, item)
    held = _held(workspace, item, found)
    values = [("base", told.base), ("upstream", told.seed), ("local", told.local)]
    if item.between is not None:
        values = [("upstream", told.seed), ("local", told.local), ("other", told.base)]
    return {
        **_listed(item),
        "values": [{"name": name, "text": side(v, WHOLE)} for name, v in values],
        "result": _result(item, found),
        "local_by": _by_local(item, held),
        "other_by": _by_other(item),
        "why": item.override.why or (held.why if held else ""),
        "covered_by": item.covered_by,
        "candidates": list(item.candidates),
        "lines": _lines(workspace, found, item),
        "decided": dict(Memory(workspace).choices(item.path, item.question)),
        "rule": _rule(item),
        "keys": [_key(key, workspace) for key in keys_of(item)],
    }


def _key(key: ItemKey, workspace: Workspace) -> dict[str, str]:
    return key._replace(off=NO_WRITES if workspace.mode.dry_run else key.off)._asdict()


def _done(made: list[ResolvedItem]) -> Done:
    first = made[0]
    more = f" and {len(made) - 1} more" if len(made) > 1 else ""
    place = f"{first.item.path}{first.item.name}{more}"
    commits = dict.fromkeys((one.overlay, one.commit) for one in made if one.commit)
    edited = any(one.edited for one in made)
    return Done(tuple(commits), place, first.decision.choice, edited)


def _entry(item: Item) -> dict[str, Any]:
    return {"path": item.name, "on-seed-change": PRESERVE}


def _rule(item: Item) -> str:
    """A rule by which nobody would be asked about the place again; "" where none does that."""
    if item.reason not in (codes.MOVED_UNDER, codes.MOVED_UNDER_LAYER) or not item.name:
        return ""
    return with_entry(None, item.path, _entry(item)).decode("utf-8", "replace")


def _listed(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "path": item.path,
        "name": item.name,
        "reason": item.reason,
        "text": words(item.reason),
        "overlay": item.overlay,
        "proposal": item.proposal,
        "committed": item.kept is not None,
        "value": brief(item.shown.local),
        "outcome": outcome(item),
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


def _result(item: Item, found: Effective | None) -> str:
    """What the effective file has there until somebody decides; "" if there is none."""
    if found is None:
        return ""
    if item.reason not in (*PLACED, codes.CLASH):
        return "not in the file"
    return side(value_at(found.value, item.override.tokens), WHOLE)


def _held(workspace: Workspace, item: Item, found: Effective | None) -> RelevantOverride | None:
    """The override of an item, as `why` knows it."""
    try:
        if found is not None:
            every = holding(workspace, found, item.name)
        else:
            every = [held for each in why(workspace, item.path, item.name) for held in each.held]
    except (UsageError, InputError):
        return None
    return next((held for held in every if held.overlay == item.overlay), None)


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

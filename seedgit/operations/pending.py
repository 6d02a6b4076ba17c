"""What waits for a person, and what the person decides.

An item is bound to the ids of its base, its seed and its overlay record. Once one of them has
changed, a decision is refused: it would be about something that nobody has looked at. Until it is
decided, an override stays where it is, in the effective file or parked with its value.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator

from seedgit import codes
from seedgit.errors import InputError
from seedgit.git.layer_settings import layer_settings
from seedgit.git.store import Overlay
from seedgit.git.stored_record import encode
from seedgit.named_tuple import NamedTuple
from seedgit.operations.sharing.rivals import Between, between
from seedgit.operations.stack.effective import Stack, effective
from seedgit.operations.stack.under_layers import standings
from seedgit.operations.waiting.listing import Ids, ListedItem, Listing
from seedgit.operations.waiting.memory import Memory
from seedgit.operations.waiting.rules_clash import RulesClash, rules_clashes
from seedgit.operations.waiting.undecided import undecided
from seedgit.operations.workspace import Stored, Workspace
from seedgit.overlay.decisions import (
    KEEP_LOCAL,
    TAKE_SEED,
    Question,
    StoredDecision,
    question_of,
    question_of_parked,
    stays,
)
from seedgit.overlay.override import Override
from seedgit.rules.ownership import plain_names
from seedgit.values.diff import ABSENT, no_key
from seedgit.values.selector import selector_of
from seedgit.values.value import Value, canonical, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from seedgit.operations.waiting.kept_by_merges import Kept

ID_LENGTH = 6
NOTHING = ""  # the id of a seed that is gone


CHANGED_BELOW = (codes.MOVED_UNDER, codes.MOVED_UNDER_LAYER)
# Of these the seed, or what is below, has the place.
PLACED = (*CHANGED_BELOW, codes.YIELDED)


class Item(NamedTuple):
    """One override that waits. `path` is the seed's path now or, if the seed is gone, its last.

    name        its pointer, but items of lists by identity
    earlier     the same question, decided elsewhere
    candidates  if the seed is gone: the files that it may have become
    kept        for a value that is committed in the file, not an override: the merge that kept it
    between     for a clash: both values, and who set them
    covered_by  the overlay above it whose value holds there
    remote      the remote whose layer it is of: who writes to that decides, not this site
    told        its values with masks for what is a secret in the seed's versions; None: they are
                told as they are
    """

    overlay: str
    path: str
    reason: str
    override: Override
    name: str
    question: Question
    ids: Ids
    earlier: StoredDecision | None = None
    candidates: tuple[str, ...] = ()
    kept: Kept | None = None
    between: Between | None = None
    covered_by: str = ""
    remote: str = ""
    told: Question | None = None

    @property
    def shown(self) -> Question:
        """Its values as they may be told. `seed` is what upstream has there now."""
        return self.told or self.question._replace(seed=self.seed)

    @property
    def seed(self) -> Value:
        """What upstream has there now: nothing, if the override has no place any more."""
        there = (*PLACED, codes.COVERED, codes.CLASH)
        return self.override.seed if self.reason in there else ABSENT

    @property
    def local(self) -> Value:
        return self.question.local

    @property
    def seed_changed(self) -> bool:
        return self.between is None and not same(self.question.base, self.seed)

    @property
    def proposal(self) -> str:
        """What `approve` does; "" where nobody but a person can say."""
        if self.between is not None or self.remote:
            return ""
        if self.earlier is not None:
            return self.earlier.choice
        return TAKE_SEED if self.reason == codes.YIELDED else KEEP_LOCAL

    @property
    def parks(self) -> bool:
        """Whether what is proposed would park it."""
        return self.parked_by(self.proposal, self.earlier.at if self.earlier else "")

    def parked_by(self, choice: str, at: str = "") -> bool:
        """Whether a choice leaves the override without a place in the effective file."""
        placed = (*PLACED, codes.CLASH)
        return choice == KEEP_LOCAL and not at and self.reason not in placed

    @property
    def key(self) -> str:
        """The item regardless of what it is bound to: the override, and the question it raises."""
        asked = self.question
        values = [
            [] if v is ABSENT else [canonical(v)] for v in (asked.base, asked.seed, asked.local)
        ]
        words = [self.overlay, self.path, self.reason, self.override.op, asked.pointer, values]
        return json.dumps(words)

    @property
    def id(self) -> str:
        text = self.key + json.dumps(self.ids.data(), sort_keys=True)
        return hashlib.sha1(text.encode("utf-8", "backslashreplace")).hexdigest()[:ID_LENGTH]

    def data(self) -> dict[str, Any]:
        told = self.shown
        base = ABSENT if self.between else told.base  # it is the other's value
        values = {"base": base, "seed": told.seed, "local": told.local}
        found = {
            "id": self.id,
            "overlay": self.overlay,
            "path": self.path,
            "pointer": self.override.pointer,
            "name": self.name,
            "reason": self.reason,
            "proposal": self.proposal,
            "values": {name: value for name, value in values.items() if value is not ABSENT},
            "why": self.override.why,
            "ids": self.ids.data(),
        }
        if self.between is not None:
            found |= self.between.data()
        if self.candidates:
            found["candidates"] = list(self.candidates)
        if self.covered_by:
            found["covered-by"] = self.covered_by
        if self.remote:
            found["remote"] = self.remote
        if self.kept is not None:
            found["merge"] = self.kept.merge
        if self.earlier is not None:
            found["decided-before"] = {"choice": self.earlier.choice, "why": self.earlier.why}
        return found


class Numbered(NamedTuple):
    number: int
    item: Item

    def data(self) -> dict[str, Any]:
        return {"number": self.number, **self.item.data()}


class Pending(NamedTuple):
    """items: what waits. conflicts: seeds that git left in conflict; they come first.

    rules   the rules that two people changed
    unkept  why the listing could not be kept, so that its numbers cannot be used
    """

    items: tuple[Numbered, ...]
    conflicts: tuple[str, ...]
    problems: tuple[str, ...]
    unkept: str = ""
    rules: tuple[RulesClash, ...] = ()

    def data(self) -> dict[str, Any]:
        return {
            "items": [item.data() for item in self.items],
            "conflicts": list(self.conflicts),
            "problems": list(self.problems),
            "rules": [clash.data() for clash in self.rules],
        }


# -- what waits ------------------------------------------------------------------------------------


def pending(workspace: Workspace) -> Pending:
    """What waits now, numbered; the listing is kept, so that its numbers mean these items."""
    items, problems = find(workspace)
    numbered = tuple(Numbered(n, item) for n, item in enumerate(items, 1))
    rules = tuple(rules_clashes(workspace, len(numbered) + 1))
    listed = [ListedItem.of(n.number, n.item) for n in numbered]
    unkept = Listing(workspace).write([*listed, *(clash.listed() for clash in rules)])
    conflicts = tuple(p for p in sorted(workspace.unmerged) if workspace.rules.match(p))
    return Pending(numbered, conflicts, tuple(problems), unkept, rules)


def find(
    workspace: Workspace, paths: Collection[str] | None = None
) -> tuple[list[Item], list[str]]:
    """Everything that waits, and everything that could not be understood.

    paths  only what waits at these; None: at all
    """
    with workspace.still():
        return _find(workspace, paths)


def _find(workspace: Workspace, paths: Collection[str] | None) -> tuple[list[Item], list[str]]:
    problems = workspace.told_problems()
    memory = Memory(workspace)
    conflicts = any(workspace.rules.match(path) for path in workspace.unmerged)
    items: list[Item] = []
    stacks: dict[str, Stack] = {}
    for name in workspace.asked:
        overlay, remote = workspace.overlay(name), layer_settings(workspace.repository, name).remote
        placed = workspace.placed(overlay)
        candidates = workspace.candidates(placed)
        for stored in placed:
            if paths is not None and (stored.path or stored.record.path) not in paths:
                continue
            if stored.record.path in workspace.unmerged or (stored.path is None and conflicts):
                continue  # perhaps under another name, which the merge that is to be resolved says
            ids = ids_of(workspace, overlay, stored)
            try:
                clashes = list(between(workspace, stored))
                if stored.path is not None and stored.path not in stacks:
                    seed = workspace.staged(stored.path)[1]
                    stacks[stored.path] = effective(workspace, stored.path, seed)
                found = list(_waiting(workspace, stored, stacks.get(stored.path or "")))
            except InputError as error:
                problems.append(str(error))
                continue
            path = stored.path or stored.record.path
            near = candidates.get(stored.record.path, ())
            made = [
                Item(name, path, *one, ids, memory.answer(path, one.question), near)
                for one in found
            ]
            for each in clashes:
                about = (each.override, each.name, each.question, ids)
                made.append(Item(name, path, codes.CLASH, *about, between=each))
            covered = (_with_cover(item, stacks.get(path)) for item in made)
            items += [item._replace(remote=remote) for item in covered]
    kept, unread = ([], []) if workspace.only else undecided(workspace)
    items += [
        _committed(workspace, memory, one) for one in kept if paths is None or one.path in paths
    ]
    told = [_told(workspace, item, stacks.get(item.path)) for item in items]
    return told, list(dict.fromkeys([*problems, *unread]))


def _told(workspace: Workspace, item: Item, stack: Stack | None) -> Item:
    """The item, with masks for what is a secret in the seed's versions."""
    rule, shown = workspace.rules.match(item.path), item.shown
    if rule is None:
        return item
    at, document = item.override.tokens, stack.seed.value if stack else ABSENT
    sides = (shown.base, shown.seed, shown.local)
    made = () if item.kept else (item.local, shown.base) if item.between else (item.local,)
    plain = {place for value in made for place in plain_names(at, value)}
    values = (rule.told(value, at, document, plain) for value in sides)
    told = Question(shown.pointer, *values)
    return item if told == shown else item._replace(told=told)


def _with_cover(item: Item, stack: Stack | None) -> Item:
    """The item, with the layer that covers it, if it has a place."""
    layers = [layer.overlay for layer in stack.layers] if stack else []
    if stack is None or len(layers) < 2 or item.parked_by(KEEP_LOCAL):
        return item
    by = stack.coverer(layers.index(item.overlay), item.override.tokens)
    return item._replace(covered_by=by)


def _committed(workspace: Workspace, memory: Memory, kept: Kept) -> Item:
    """A value committed in the file; the topmost overlay will have the decision."""
    asked, path = kept.question, kept.path
    overlay = workspace.store.read(workspace.target)
    ids = Ids(kept.theirs, workspace.tracked[path].id, record_id(workspace, overlay, path))
    earlier = memory.answer(path, asked)
    return Item(
        "", path, codes.MOVED_UNDER, kept.override, kept.name, asked, ids, earlier, kept=kept
    )


def record_id(workspace: Workspace, overlay: Overlay, path: str) -> str:
    """The id of the record that an overlay has for a seed; NOTHING if there is none."""
    stored = workspace.lying(overlay, path)
    if stored is None:
        return NOTHING
    return workspace.repository.blob_id(encode(overlay.records[stored.record.path]))


def ids_of(workspace: Workspace, overlay: Overlay, stored: Stored) -> Ids:
    seed = workspace.tracked[stored.path].id if stored.path else NOTHING
    record = encode(overlay.records[stored.record.path])
    return Ids(stored.record.base, seed, workspace.repository.blob_id(record))


class Waiting(NamedTuple):
    """An override that waits, why, how a person may name it, and what is asked of it."""

    reason: str
    override: Override
    name: str
    question: Question


def _waiting(workspace: Workspace, stored: Stored, stack: Stack | None) -> Iterator[Waiting]:
    """The overrides of a record that wait, without those that were decided.

    stack  what lies over its seed; None if the seed is gone

    Raises InputError if the seed's base cannot be read.
    """
    found = _placed(workspace, stored, stack) if stack else _placeless(workspace, stored)
    for one in found:
        if not stays(stored.record.decisions, one.reason, one.question):
            yield one


def _placeless(workspace: Workspace, stored: Stored) -> Iterator[Waiting]:
    record = stored.record
    base = workspace.base(record).value if record.overrides else None
    rule = workspace.rules.match(record.path)
    key_of = rule.key_of if rule else no_key
    for override in record.overrides:
        name = selector_of(base, override.tokens, key_of)
        yield Waiting(codes.SEED_GONE, override, name, question_of(override))
    for parked in record.parked:
        yield Waiting(codes.SEED_GONE, parked.override, parked.label, question_of_parked(parked))


def _placed(workspace: Workspace, stored: Stored, stack: Stack) -> Iterator[Waiting]:
    """What waits of a record that has a seed: for what changed below it, lower layers included, or
    for a place."""
    rule, seed = workspace.rule(stack.path), stack.seed.value
    number = [layer.overlay for layer in stack.layers].index(stored.overlay)

    def name(override: Override) -> str:
        return selector_of(seed, override.tokens, rule.key_of)

    for outcome, asked in standings(stack, number, rule):
        if outcome.status in CHANGED_BELOW and outcome.needs_person:
            override = outcome.override
            if asked is None:
                yield Waiting(outcome.status, override, name(override), question_of(override))
            else:
                yield Waiting(outcome.status, override, asked.pointer, asked)
    for parked in stack.layers[number].rebased.parked:
        label = name(parked.override) if parked.reason == codes.YIELDED else parked.label
        yield Waiting(parked.reason, parked.override, label, question_of_parked(parked))
    for override in stack.covered(number):
        yield Waiting(codes.COVERED, override, name(override), question_of(override))

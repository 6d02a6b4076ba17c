"""What waits for a person, and what the person decides.

An item is bound to the ids of its base, of its seed and of its overlay record. Once one of them has
moved, a decision is refused: it would be about something nobody has looked at. Until it is decided
an override stays where it is, in the effective file or parked with its value.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from seedgit.core import overlay as core
from seedgit.core.decisions import (
    KEEP_LOCAL,
    TAKE_SEED,
    VALUE,
    Decision,
    Question,
    answer,
    question_of,
    remembered,
    stays,
)
from seedgit.core.diff import ABSENT, sayable
from seedgit.core.named import places, remove_places, set_places
from seedgit.core.overlay import YIELDED, Override, Parked, Record
from seedgit.core.pointer import exists, is_index, parse_selector, resolve
from seedgit.core.rebase import AMBIGUOUS, MOVED_UNDER, ORPHANED
from seedgit.core.values import Value, canonical
from seedgit.errors import InputError, Refused, UsageError
from seedgit.git.messages import message, one_line
from seedgit.git.overlays import Overlay
from seedgit.git.stored_record import StoredRecord, encode
from seedgit.operations.effective import check, effective, layer_on
from seedgit.operations.workspace import Stored, Workspace, to_store
from seedgit.safe_files import read_regular, replace_regular

SEED_GONE = "seed-gone"
LISTING = "pending.json"
ID_LENGTH = 6
NOTHING = ""  # the id of a seed that is gone


@dataclass(frozen=True)
class Ids:
    """The ids an item is bound to: blobs of base and seed, and of the overlay record."""

    base: str
    seed: str
    record: str

    def data(self) -> dict[str, str]:
        return {"base": self.base, "seed": self.seed, "record": self.record}


@dataclass(frozen=True)
class Item:
    """One override that waits. `path` is the seed's now; of a seed that is gone, its last."""

    overlay: str
    path: str
    reason: str
    override: Override
    ids: Ids
    earlier: Decision | None = None  # the same question, decided elsewhere

    @property
    def question(self) -> Question:
        return question_of(self.override)

    @property
    def proposal(self) -> str:
        if self.earlier is not None:
            return self.earlier.choice
        return TAKE_SEED if self.reason == YIELDED else KEEP_LOCAL

    @property
    def key(self) -> str:
        """The item whatever it is bound to: the override, and the question it raises."""
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
        asked = self.question
        values = {"base": asked.base, "seed": asked.seed, "local": asked.local}
        found = {
            "id": self.id,
            "overlay": self.overlay,
            "path": self.path,
            "pointer": asked.pointer,
            "reason": self.reason,
            "proposal": self.proposal,
            "values": {name: value for name, value in values.items() if value is not ABSENT},
            "why": self.override.why,
            "ids": self.ids.data(),
        }
        if self.earlier is not None:
            found["decided-before"] = {"choice": self.earlier.choice, "why": self.earlier.why}
        return found


@dataclass(frozen=True)
class Numbered:
    number: int
    item: Item

    def data(self) -> dict[str, Any]:
        return {"number": self.number, **self.item.data()}


@dataclass(frozen=True)
class Pending:
    """items: what waits. conflicts: seeds that git left in conflict; they come first.

    unkept  why the listing could not be kept, so that its numbers mean nothing
    """

    items: tuple[Numbered, ...]
    conflicts: tuple[str, ...]
    problems: tuple[str, ...]
    unkept: str = ""

    def data(self) -> dict[str, Any]:
        return {
            "items": [item.data() for item in self.items],
            "conflicts": list(self.conflicts),
            "problems": list(self.problems),
        }


@dataclass(frozen=True)
class Resolved:
    """A decision that was stored, and the commit of the overlay that has it."""

    number: int
    item: Item
    decision: Decision
    commit: str | None

    def data(self) -> dict[str, Any]:
        found = {"number": self.number, **self.item.data(), "choice": self.decision.choice}
        if self.decision.choice == VALUE:
            found["value"] = self.decision.value
        return found | {"decision-why": self.decision.why, "commit": self.commit}


# -- what waits ------------------------------------------------------------------------------------


def pending(workspace: Workspace) -> Pending:
    """What waits now, numbered; the listing is kept, so that its numbers mean these items."""
    items, problems = _find(workspace)
    numbered = tuple(Numbered(n, item) for n, item in enumerate(items, 1))
    unkept = _Listing(workspace).write([_Line.of(n.number, n.item) for n in numbered])
    conflicts = tuple(p for p in sorted(workspace.unmerged) if workspace.rules.match(p))
    return Pending(numbered, conflicts, tuple(problems), unkept)


def _find(workspace: Workspace) -> tuple[list[Item], list[str]]:
    problems = [problem.told for problem in workspace.problems()]
    memory = Memory(workspace)
    conflicts = any(workspace.rules.match(path) for path in workspace.unmerged)
    items: list[Item] = []
    looked_at: set[str] = set()
    for name in workspace.names:
        overlay = workspace.store.read(name)
        for stored in workspace.placed(overlay):
            if stored.record.path in workspace.unmerged or (stored.path is None and conflicts):
                continue  # perhaps under another name, which the merge that is to be resolved says
            ids = ids_of(workspace, overlay, stored)
            try:
                found = list(waiting(workspace, stored))
                if stored.path is not None and stored.path not in looked_at:
                    looked_at.add(stored.path)
                    effective(workspace, stored.path, workspace.staged(stored.path)[1])
            except InputError as error:
                problems.append(str(error))
                continue
            path = stored.path or stored.record.path
            for reason, override in found:
                earlier = memory.answer(path, question_of(override))
                items.append(Item(name, path, reason, override, ids, earlier))
    return items, problems


def ids_of(workspace: Workspace, overlay: Overlay, stored: Stored) -> Ids:
    seed = workspace.tracked[stored.path].id if stored.path else NOTHING
    record = encode(overlay.records[stored.record.path])
    return Ids(stored.record.base, seed, workspace.repository.blob_id(record))


def waiting(workspace: Workspace, stored: Stored) -> Iterator[tuple[str, Override]]:
    """The overrides of a record that wait, and why; those that were decided are left out.

    Raises InputError where the seed, or its base, cannot be read.
    """
    record = stored.record
    if stored.path is None:
        parked = [(SEED_GONE, item.override) for item in record.parked]
        found = [(SEED_GONE, override) for override in record.overrides] + parked
    else:
        rebased = layer_on(workspace, stored, workspace.staged(stored.path)[1]).rebased
        found = [
            (o.status, o.override)
            for o in rebased.outcomes
            if o.status == MOVED_UNDER and o.needs_person
        ]
        found += [(item.reason, item.override) for item in rebased.parked]
    for reason, override in found:
        if not stays(record.decisions, reason, question_of(override)):
            yield reason, override


class Memory:
    """The decisions in all overlays of this clone."""

    def __init__(self, workspace: Workspace) -> None:
        self.decisions: dict[str, tuple[Decision, ...]] = {}
        for name in workspace.store.names():
            for stored in workspace.stored(name):
                if stored.record.decisions:
                    path = stored.path or stored.record.path
                    known = self.decisions.get(path, ())
                    self.decisions[path] = (*known, *stored.record.decisions)

    def answer(self, path: str, question: Question) -> Decision | None:
        return answer(self.decisions.get(path, ()), question)


# -- what is decided -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wanted:
    """What to do with an item. `choice` "" takes what is proposed."""

    item: str
    id: str = ""
    choice: str = ""
    value: Value = None
    at: str = ""


def decide(workspace: Workspace, wanted: Iterable[Wanted], why: str = "") -> list[Resolved]:
    """Store decisions about items of the last listing: all of them, or, where one is refused, none.

    Raises UsageError for an item that was never listed or a choice that does not fit it, Refused
    for one that is not as it was listed.
    """
    lines = _Listing(workspace).read()
    current, _ = _find(workspace)
    chosen: dict[int, tuple[Item, Decision]] = {}
    for want in wanted:
        line = _line(lines, want)
        item = _as_listed(workspace, line, current)
        chosen[line.number] = (item, _decision(item, want, why))
    return _decide(workspace, lines, current, [(n, *made) for n, made in chosen.items()])


def decide_all(workspace: Workspace, why: str = "") -> list[Resolved]:
    """Approve everything that was listed. Raises Refused where something came since."""
    lines = _Listing(workspace).read()
    known = {id for line in lines for id in line.ids}
    for item in _find(workspace)[0]:
        if item.id not in known:
            raise Refused(
                f"{item.question.pointer} waits, and was not in the last listing",
                where=item.path,
                hint="look at it first: seedgit pending",
            )
    return decide(workspace, [Wanted(str(line.number)) for line in lines], why)


def decide_known(workspace: Workspace) -> list[Resolved]:
    """Decide again what was decided before, for the same pointer and the same values."""
    lines = _Listing(workspace).read()
    current, _ = _find(workspace)
    numbers = {line.id: line.number for line in lines}
    made = [
        (numbers.get(item.id, 0), item, item.earlier)
        for item in current
        # Where a person pointed to a place, that was a place in that seed.
        if item.earlier is not None and not item.earlier.at
    ]
    return _decide(workspace, lines, current, made)


def _decide(
    workspace: Workspace,
    lines: list[_Line],
    current: list[Item],
    made: list[tuple[int, Item, Decision]],
) -> list[Resolved]:
    commits: dict[str, str | None] = {}
    wrote: set[str] = set()
    for name in dict.fromkeys(item.overlay for _, item, _ in made):
        own = [(item, decision) for _, item, decision in made if item.overlay == name]
        commits[name] = _store(workspace, name, own, wrote)
    valid = {item.id for item in current}
    numbers = {number for number, _, _ in made}
    _renew(workspace, [line for line in lines if line.number not in numbers], valid, wrote)
    return [
        Resolved(number, item, decision, commits[item.overlay]) for number, item, decision in made
    ]


def _line(lines: list[_Line], want: Wanted) -> _Line:
    for line in lines:
        if want.item == str(line.number) or want.item in line.ids:
            if want.id and want.id not in line.ids:
                raise Refused(
                    f"{line.number} is {line.id} now, not {want.id}",
                    where=line.path,
                    hint="seedgit pending lists what waits",
                )
            return line
    missing = f"no item {want.item!r} in the last listing"
    if len(want.item) == ID_LENGTH and not is_index(want.item):
        raise Refused(missing, hint="seedgit pending lists what waits now")
    raise UsageError(missing, hint="seedgit pending lists what waits")


def _as_listed(workspace: Workspace, line: _Line, current: list[Item]) -> Item:
    """The item as it is, if it is as it was listed. Raises Refused."""
    for item in current:
        if item.id == line.id:
            return item
    hint = "look again: seedgit pending"
    if line.path in workspace.unmerged:
        raise Refused("the seed is in conflict", where=line.path, hint="resolve the merge first")
    overlay = workspace.store.read(line.overlay)
    placed = {s.path or s.record.path: s for s in workspace.placed(overlay)}
    stored = placed.get(line.path)
    if stored is None:
        raise Refused("its overlay record is gone since it was listed", where=line.path, hint=hint)
    now = ids_of(workspace, overlay, stored)
    was = line.bound
    for name, what in (("seed", "seed"), ("base", "base"), ("record", "overlay record")):
        old, new = getattr(was, name), getattr(now, name)
        if old != new:
            moved = f"from {old[:12] or 'nothing'} to {new[:12] or 'nothing'}"
            raise Refused(
                f"the {what} moved since item {line.number} was listed: {moved}",
                where=line.path,
                hint=hint,
            )
    raise Refused(f"item {line.number} does not wait any more", where=line.path, hint=hint)


def _decision(item: Item, want: Wanted, why: str) -> Decision:
    asked = item.question
    if not want.choice and item.earlier is not None:
        return replace(item.earlier, why=why or item.earlier.why)
    choice = want.choice or item.proposal
    if item.reason == SEED_GONE and (choice == VALUE or want.at):
        raise UsageError("the seed is gone: no value can be laid over it", where=item.path)
    if item.reason in (ORPHANED, AMBIGUOUS) and choice == VALUE and not want.at:
        raise UsageError(
            f"{asked.pointer} is {item.reason}: there is no place for the value",
            where=item.path,
            hint="name one: --at POINTER",
        )
    if want.at and item.reason not in (ORPHANED, AMBIGUOUS):
        raise UsageError("its place is known: --at is for what is orphaned or ambiguous")
    if choice == VALUE:
        sayable(want.value)
    return Decision(asked, choice, want.value if choice == VALUE else None, why, want.at)


def _store(
    workspace: Workspace, name: str, made: list[tuple[Item, Decision]], wrote: set[str]
) -> str | None:
    """One commit of an overlay, with these decisions; `wrote` gets the ids of its records.

    Raises Refused if a record moved.
    """

    def build(overlay: Overlay) -> dict[str, StoredRecord | None]:
        placed = {s.path or s.record.path: s for s in workspace.placed(overlay)}
        records: dict[str, StoredRecord | None] = {}
        for path in dict.fromkeys(item.path for item, _ in made):
            own = [(item, decision) for item, decision in made if item.path == path]
            stored = placed.get(path)
            if stored is None or ids_of(workspace, overlay, stored) != own[0][0].ids:
                raise Refused(
                    "the overlay record moved while it was decided",
                    where=path,
                    hint="look again: seedgit pending",
                )
            record = settled(workspace, stored, [decision for _, decision in own])
            if stored.path is not None and any(d.choice != TAKE_SEED for _, d in own):
                check(workspace, stored.path, workspace.staged(stored.path)[1], name, record)
            if record.path != stored.record.path:
                records[stored.record.path] = None
            stored_record = records[record.path] = to_store(record)
            wrote.add(workspace.repository.blob_id(encode(stored_record)))
        return records

    return workspace.store.update(name, build, _message(made))


def _message(made: list[tuple[Item, Decision]]) -> str:
    lines = [f"{d.choice} {item.path} {d.question.pointer}" for item, d in made]
    subject = f"resolve: {lines[0]}" if len(lines) == 1 else f"resolve {len(lines)} overrides"
    body = [] if len(lines) == 1 else [one_line(each) for each in lines]
    whys = list(dict.fromkeys(d.why for _, d in made if d.why))
    return message(subject, "\n".join([*body, *whys]))


def settled(workspace: Workspace, stored: Stored, made: list[Decision]) -> Record:
    """A record, on today's seed, with decisions done and remembered. Raises UsageError."""
    record = stored.record
    seed: Value = ABSENT
    if stored.path is not None:
        blob, document = workspace.staged(stored.path)
        seed = document.value
        record = layer_on(workspace, stored, document).kept(stored.path, blob)
    for decision in made:
        record = _settle(record, seed, decision)
    return replace(record, decisions=remembered(record.decisions, made))


def _settle(record: Record, seed: Value, decision: Decision) -> Record:
    asked, choice = decision.question, decision.choice
    active = next((o for o in record.overrides if question_of(o) == asked), None)
    if active is not None:
        rest = tuple(o for o in record.overrides if o is not active)
        if choice == TAKE_SEED:
            return replace(record, overrides=rest)
        if seed is ABSENT:
            return record
        kept = _over(active, seed, active.seed, decision)
        changed = tuple(kept if o is active else o for o in record.overrides)
        return replace(record, overrides=changed)
    parked = next((p for p in record.parked if question_of(p.override) == asked), None)
    if parked is None:
        raise Refused(f"{asked.pointer} does not wait any more", where=record.path)
    without = replace(record, parked=tuple(p for p in record.parked if p is not parked))
    if choice == TAKE_SEED:
        return without
    if decision.at:
        return _laid(without, seed, parked, decision)
    override = parked.override
    if parked.reason == YIELDED and seed is not ABSENT and exists(seed, override.tokens):
        found = resolve(seed, override.tokens)
        kept = _over(override, seed, found, decision)
        return replace(without, overrides=(*without.overrides, kept))
    if choice == VALUE:
        raise UsageError(f"{asked.pointer} has no place in the seed", where=record.path)
    return record  # it stays parked, and the decision says that this is known


def _over(override: Override, seed: Value, found: Value, decision: Decision) -> Override:
    """An override made anew over the value the seed has now."""
    value, op = override.value, override.op
    if decision.choice == VALUE:
        value, op = decision.value, core.REPLACE
    if op != core.REMOVE:
        op = core.ADD if found is ABSENT else core.REPLACE
    why = decision.why or override.why
    return Override(override.tokens, op, value, found, found, why)


def _laid(record: Record, seed: Value, parked: Parked, decision: Decision) -> Record:
    """A parked override laid over a place that a person named."""
    found = places(record, seed, parse_selector(decision.at))
    if len(found) != 1:
        said = "nothing" if not found else f"{len(found)} places"
        raise UsageError(f"{decision.at} names {said} in the seed", where=record.path)
    override = parked.override
    why = decision.why or override.why
    if decision.choice == KEEP_LOCAL and override.op == core.REMOVE:
        return remove_places(record, seed, found, why)
    value = decision.value if decision.choice == VALUE else override.value
    return set_places(record, seed, found, value, why)


# -- the last listing ------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Line:
    """An item as it was listed; `earlier` are the ids it had before decisions about its seed."""

    number: int
    id: str
    key: str
    overlay: str
    path: str
    bound: Ids
    earlier: tuple[str, ...] = ()

    @classmethod
    def of(cls, number: int, item: Item, earlier: tuple[str, ...] = ()) -> _Line:
        return cls(number, item.id, item.key, item.overlay, item.path, item.ids, earlier)

    @property
    def ids(self) -> tuple[str, ...]:
        return (self.id, *self.earlier)

    def data(self) -> dict[str, Any]:
        return {**vars(self), "bound": self.bound.data(), "earlier": list(self.earlier)}

    @classmethod
    def read(cls, data: dict[str, Any]) -> _Line:
        id, key, overlay, path = (str(data[n]) for n in ("id", "key", "overlay", "path"))
        bound, earlier = Ids(**data["bound"]), tuple(map(str, data["earlier"]))
        return cls(int(data["number"]), id, key, overlay, path, bound, earlier)


class _Listing:
    """What `seedgit pending` last said, in the common git dir."""

    def __init__(self, workspace: Workspace) -> None:
        self.place = workspace.repository.common_dir / "seedgit" / LISTING

    def read(self) -> list[_Line]:
        """Empty where there is none that can be understood: it is easily made anew."""
        try:
            found = json.loads(read_regular(str(self.place)))
            return [_Line.read(line) for line in found["items"]]
        except (InputError, OSError, ValueError, KeyError, TypeError):
            return []

    def write(self, lines: list[_Line]) -> str:
        """Keep a listing. Returns why that could not be done: it is not in the way of what is."""
        text = json.dumps({"version": 1, "items": [line.data() for line in lines]}, indent=1)
        try:
            self.place.parent.mkdir(exist_ok=True)
            replace_regular(str(self.place), (text + "\n").encode())
        except OSError as error:
            return f"{error.filename}: {error.strerror}"
        except Refused as error:
            return str(error)
        return ""


def _renew(workspace: Workspace, lines: list[_Line], valid: set[str], wrote: set[str]) -> None:
    """A decision moves the record its neighbours are bound to: they are the items they were.

    valid  the ids that were right before; wrote: the ids of the records the decision made
    """
    current = {item.key: item for item in _find(workspace)[0] if item.ids.record in wrote}
    renewed = []
    for line in lines:
        item = current.get(line.key)
        if item is None or line.id not in valid or item.ids.seed != line.bound.seed:
            renewed.append(line)
        else:
            renewed.append(_Line.of(line.number, item, line.ids))
    _Listing(workspace).write(renewed)

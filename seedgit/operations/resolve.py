"""Stores a person's decisions about waiting items in their overlays.

A listed item is bound to the versions that the person saw. If these have changed since, a decision
is refused: nobody has looked at the new ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from seedgit import codes
from seedgit.errors import Refused, UsageError
from seedgit.git.messages import message, one_line
from seedgit.git.store import Overlay
from seedgit.git.stored_record import encode
from seedgit.named_tuple import NamedTuple
from seedgit.operations.edits.edit import check, overlay_edits
from seedgit.operations.pending import ID_LENGTH, Item, Numbered, find, ids_of, record_id
from seedgit.operations.sharing.rivals import over_seed
from seedgit.operations.stack.under_layers import decided_over_layer, over_layers
from seedgit.operations.waiting.listing import Ids, ListedItem, Listing, named
from seedgit.operations.waiting.one_id import refuse_one_id
from seedgit.operations.waiting.replace_kept import take
from seedgit.operations.waiting.rules_clash import is_rules, refuse_choice
from seedgit.operations.workspace import Stored, Workspace
from seedgit.overlay.decided import decided
from seedgit.overlay.decisions import (
    KEEP_HERE,
    KEEP_LOCAL,
    TAKE_OTHER,
    TAKE_SEED,
    VALUE,
    StoredDecision,
    remembered,
)
from seedgit.overlay.override import ADD, REPLACE, Rival
from seedgit.overlay.record import Record
from seedgit.overlay.rivals import decided_against, decided_for
from seedgit.values.diff import ABSENT, no_key, sayable
from seedgit.values.pointer import is_index
from seedgit.values.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

LOOK_AGAIN = "seedgit pending lists what waits now"


class ResolvedItem(NamedTuple):
    """A stored decision, with its overlay and the overlay's commit.

    edited  the decision was not to keep a value that is committed in the file. So the file was
            edited, and the person commits it.
    """

    number: int
    item: Item
    decision: StoredDecision
    overlay: str
    commit: str | None

    @property
    def edited(self) -> bool:
        return self.item.kept is not None and self.decision.choice != KEEP_LOCAL

    def data(self) -> dict[str, Any]:
        found = {"number": self.number, **self.item.data(), "choice": self.decision.choice}
        if self.decision.choice == VALUE:
            found["value"] = self.decision.value
        found |= {"decision-why": self.decision.why, "commit": self.commit}
        return found | {"overlay": self.overlay, "edited": self.edited}


class Approved(NamedTuple):
    """What was approved, and what was left to a person: approving it would park it, or it is
    between two people's values."""

    done: tuple[ResolvedItem, ...]
    left: tuple[Numbered, ...] = ()

    def data(self) -> list[dict[str, Any]]:
        return [one.data() for one in self.done] + [
            {**one.data(), "choice": None} for one in self.left
        ]


# -- what is decided -------------------------------------------------------------------------------


class Wanted(NamedTuple):
    """What to do with an item. `choice` "" takes the proposal."""

    item: str
    id: str = ""
    choice: str = ""
    value: Value = None
    at: str = ""


def decide(workspace: Workspace, wanted: Iterable[Wanted], why: str = "") -> list[ResolvedItem]:
    """Store decisions about items of the last listing. If one is refused, none is stored.

    Raises UsageError for an item that was never listed or a choice that does not fit it, Refused
    for one that is not as it was listed.
    """
    lines = Listing(workspace).read()
    names, wanted = named(lines), list(wanted)
    paths = {line.path for want in wanted for line in names.get(want.item, ())}
    every = any(want.item == codes.CLASHES for want in wanted)
    current, _ = find(workspace, None if every else paths)
    known = {(item.id, item.key): item for item in current}
    chosen: dict[int, tuple[Item, StoredDecision]] = {}
    for want in _spread(lines, current, wanted):
        refuse_one_id(workspace, names.get(want.item, []), current, want, why)
        line = _line(names, want)
        item = known.get((line.id, line.key))
        if item is None:
            raise _changed(workspace, line, current)
        chosen[line.number] = (item, _decision(item, want, why))
    return _decide(workspace, lines, current, [(n, *made) for n, made in chosen.items()])


def _spread(
    lines: list[ListedItem], current: list[Item], wanted: Iterable[Wanted]
) -> Iterator[Wanted]:
    """What is wanted, with CLASHES as each of them that was listed. Raises UsageError."""
    clashes = {item.id: item for item in current if item.between}
    for want in wanted:
        if want.item != codes.CLASHES:
            yield want
            continue
        found = [line for line in lines if line.id in clashes]
        if not found:
            raise UsageError("no clash is in the last listing", hint=LOOK_AGAIN)
        places = Counter((line.path, clashes[line.id].question.pointer) for line in found)
        (path, pointer), count = places.most_common(1)[0]
        if count > 1 and want.choice == TAKE_OTHER:
            raise UsageError(
                f"{pointer} has {count} other values: which?",
                where=path,
                hint="seedgit resolve N --take-other, for the one that is to hold",
            )
        yield from (want._replace(item=str(line.number)) for line in found)


def decide_all(workspace: Workspace, why: str = "") -> Approved:
    """Approve everything that was listed, except what this would park, and clashes: a person
    decides. What is of a remote's layer is left too: it is decided there.

    Raises Refused where new items have come since the listing.
    """
    lines = Listing(workspace).read()
    known = {id for line in lines for id in line.ids}
    current = find(workspace)[0]
    for item in current:
        if item.id not in known:
            raise Refused(
                f"{item.question.pointer} waits, and was not in the last listing",
                where=item.path,
                hint=LOOK_AGAIN,
            )
    asked = {item.id: item for item in current if item.parks or item.between or item.remote}
    left = tuple(Numbered(line.number, asked[line.id]) for line in lines if line.id in asked)
    wanted = [Wanted(str(line.number)) for line in lines if line.id not in asked]
    return Approved(tuple(decide(workspace, wanted, why)), left)


def decide_known(workspace: Workspace) -> list[ResolvedItem]:
    """Repeat earlier decisions where the pointer and the values are the same."""
    lines = Listing(workspace).read()
    current, _ = find(workspace)
    numbers = {line.id: line.number for line in lines}
    made = [
        (numbers.get(item.id, 0), item, item.earlier)
        for item in current
        # A place that a person named was one in another seed, so it is not used again.
        if item.earlier is not None and not item.earlier.at
    ]
    return _decide(workspace, lines, current, made)


def _decide(
    workspace: Workspace,
    lines: list[ListedItem],
    current: list[Item],
    made: list[tuple[int, Item, StoredDecision]],
) -> list[ResolvedItem]:
    commits: dict[str, str | None] = {}
    wrote: set[str] = set()
    taken = take(workspace, [(item.kept, d) for _, item, d in made if item.kept])
    for name in dict.fromkeys(_overlay(workspace, item) for _, item, _ in made):
        own = [(item, d) for _, item, d in made if _overlay(workspace, item) == name]
        commits[name], records = _store(workspace, name, own)
        wrote |= records
    for path, old, new in taken:
        workspace.repository.writer.replace_file(path, old, new)
    valid = {item.id for item in current}
    numbers = {number for number, _, _ in made}
    _renew(workspace, [line for line in lines if line.number not in numbers], valid, wrote)
    return [
        ResolvedItem(number, item, decision, name := _overlay(workspace, item), commits[name])
        for number, item, decision in made
    ]


def _overlay(workspace: Workspace, item: Item) -> str:
    """The overlay for the decision. An item that is committed in the file has none of its own."""
    return item.overlay or workspace.target


def _line(names: dict[str, list[ListedItem]], want: Wanted) -> ListedItem:
    for line in names.get(want.item, ()):
        if want.id and want.id not in line.ids:
            raise Refused(
                f"{line.number} is {line.id} now, not {want.id}", where=line.path, hint=LOOK_AGAIN
            )
        if is_rules(line):
            raise refuse_choice(line)
        return line
    missing = f"no item {want.item!r} in the last listing"
    if len(want.item) == ID_LENGTH and not is_index(want.item):
        raise Refused(missing, hint=LOOK_AGAIN)
    raise UsageError(missing, hint=LOOK_AGAIN)


def _changed(workspace: Workspace, line: ListedItem, current: list[Item]) -> Refused:
    """Why an item is not as it was listed. Raises Refused where that is all that can be said."""
    if line.path in workspace.unmerged:
        return Refused("the seed is in conflict", where=line.path, hint="resolve the merge first")
    same = (item.ids for item in current if item.key == line.key)
    now = next(same, None) or _ids_now(workspace, line)
    was = line.bound
    for name, what in (("seed", "seed"), ("base", "base"), ("record", "overlay record")):
        old, new = getattr(was, name), getattr(now, name)
        if old != new:
            moved = f"from {old[:12] or 'nothing'} to {new[:12] or 'nothing'}"
            return Refused(
                f"the {what} changed since item {line.number} was listed: {moved}",
                where=line.path,
                hint=LOOK_AGAIN,
            )
    return Refused(f"item {line.number} no longer waits", where=line.path, hint=LOOK_AGAIN)


def _ids_now(workspace: Workspace, line: ListedItem) -> Ids:
    """The ids to which an item would be bound that no longer waits. Raises Refused."""
    if not line.overlay:
        return line.bound
    overlay = workspace.store.read(line.overlay)
    placed = {s.path or s.record.path: s for s in workspace.placed(overlay)}
    stored = placed.get(line.path)
    if stored is None:
        raise Refused(
            "its overlay record is gone since it was listed",
            where=line.path,
            hint=LOOK_AGAIN,
        )
    return ids_of(workspace, overlay, stored)


def _decision(item: Item, want: Wanted, why: str) -> StoredDecision:
    asked = item.question
    if not want.choice and item.earlier is not None:
        return item.earlier._replace(why=why or item.earlier.why)
    choice = want.choice or item.proposal
    _refuse_between(item, want)
    if item.reason == codes.SEED_GONE and (choice == VALUE or want.at):
        raise UsageError("the seed is gone: there is nothing to override", where=item.path)
    if item.reason in (codes.ORPHANED, codes.AMBIGUOUS) and choice == VALUE and not want.at:
        raise UsageError(
            f"{asked.pointer} is {item.reason}: there is no place for the value",
            where=item.path,
            hint="name one: --at POINTER",
        )
    if item.reason == codes.COVERED and choice not in (KEEP_LOCAL, TAKE_SEED):
        raise UsageError(
            f"a lower overlay leaves no place for {asked.pointer}",
            where=item.path,
            hint="--keep-local parks it, --take-seed removes it; or change that overlay, "
            "or seedgit set yours again, if that one has a value there",
        )
    if want.at and item.reason not in (codes.ORPHANED, codes.AMBIGUOUS):
        raise UsageError("its place is known: --at is for what is orphaned or ambiguous")
    if choice == KEEP_HERE:
        _refuse_keep_here(item, want)
    if choice == VALUE:
        sayable(want.value)
    if item.kept is not None:
        for value in (asked.base, asked.seed, asked.local):
            sayable(value, item.override.tokens)
    return StoredDecision(asked, choice, want.value if choice == VALUE else None, why, want.at)


def _refuse_between(item: Item, want: Wanted) -> None:
    """Raise UsageError for a choice between two people's values that is none, or the other way."""
    if item.between is None:
        if want.choice == TAKE_OTHER:
            raise UsageError(
                f"{item.question.pointer} is {item.reason}: nobody else's value waits there",
                where=item.path,
                hint="--keep-local, --take-seed or --value V",
            )
        return
    if want.choice in ("", KEEP_HERE) or want.at:
        raise UsageError(
            f"two people set {item.question.pointer}: which value holds?",
            where=item.path,
            hint="seedgit resolve N --keep-local | --take-other | --take-seed | --value V",
        )


def _refuse_keep_here(item: Item, want: Wanted) -> None:
    """Raise UsageError for an item that still has its place, or whose file is gone."""
    if item.reason == codes.SEED_GONE:
        raise UsageError(
            "the seed is gone: there is no file to keep it in",
            where=item.path,
            hint="--keep-local keeps it parked; it is back when the seed is",
        )
    if item.reason not in (codes.ORPHANED, codes.AMBIGUOUS):
        raise UsageError(
            f"{item.question.pointer} is {item.reason}: the seed has its place",
            where=item.path,
            hint="--keep-local lets the site's value hold there",
        )
    if want.at:
        raise UsageError("--keep-here keeps it at its pointer; only --keep-local takes --at")


def _store(
    workspace: Workspace, name: str, made: list[tuple[Item, StoredDecision]]
) -> tuple[str | None, set[str]]:
    """Commit decisions to an overlay. Returns (the commit, the ids of the new records).

    Raises Refused if a record has changed.
    """
    of_paths: dict[str, list[tuple[Item, StoredDecision]]] = {}
    for item, decision in made:
        of_paths.setdefault(item.path, []).append((item, decision))
    for edit in overlay_edits(workspace, name):
        placed = {item.path or item.record.path: item for item in edit.placed}
        for path, own in of_paths.items():
            stored = placed.get(path)
            if any(_bound(workspace, edit.overlay, stored, item) != item.ids for item, _ in own):
                raise Refused(
                    "the overlay record changed while it was decided", where=path, hint=LOOK_AGAIN
                )
            edit.put(_decided(workspace, name, path, stored, own), stored)
        edit.message = _message(made)
    records = filter(None, edit.records.values())
    return edit.commit, {workspace.repository.blob_id(encode(record)) for record in records}


def _decided(
    workspace: Workspace,
    name: str,
    path: str,
    stored: Stored | None,
    made: list[tuple[Item, StoredDecision]],
) -> Record:
    """The record of an overlay for a seed, with decisions applied and remembered.

    Raises PatchError where the effective file could not be written.
    """
    below = [(i, d) for i, d in made if i.reason == codes.MOVED_UNDER_LAYER]
    clashes = [(i.between.rival, d) for i, d in made if i.between]
    apart = (codes.MOVED_UNDER_LAYER, codes.CLASH)
    laid = [d for i, d in made if i.kept is None and i.reason not in apart]
    if stored is None:
        record = Record(path, workspace.tracked[path].id)
    else:
        record, seed = _on_todays_seed(workspace, stored)
        for item, decision in below:
            record = decided_over_layer(record, item.override, decision)
        before = record
        for rival, decision in clashes:
            record = _between(workspace, stored, record, rival, decision)
        record = decided(record, seed, laid)
        if stored.path:
            record = over_layers(workspace, workspace.staged(stored.path)[1], name, record, before)
        if stored.path and any(decision.choice != TAKE_SEED for _, decision in made):
            check(workspace, stored.path, workspace.staged(stored.path)[1], name, record)
    here = remembered(record.decisions, [decision for item, decision in made if item.kept])
    return record._replace(decisions=here)


def _on_todays_seed(workspace: Workspace, stored: Stored) -> tuple[Record, Value]:
    """(a record on today's seed, the seed's value; ABSENT where the seed is gone)."""
    if stored.path is None:
        return stored.record, ABSENT
    record, seed, _ = over_seed(workspace, stored)
    return record, seed


def _between(
    workspace: Workspace, stored: Stored, record: Record, rival: Rival, made: StoredDecision
) -> Record:
    """A record with a decision between two people's values."""
    rule, seed = workspace.rules.match(record.path), over_seed(workspace, stored)[1]
    key_of = rule.key_of if rule else no_key
    if made.choice == KEEP_LOCAL:
        return decided_for(record, rival, seed, key_of)
    wanted = None if made.choice == TAKE_SEED else rival.wanted
    if made.choice == VALUE:
        op = ADD if rival.override.seed is ABSENT else REPLACE
        wanted = rival.override._replace(op=op, value=made.value, until=None)
    if wanted is not None:
        wanted = wanted.chosen_again._replace(why=made.why or wanted.why)
    return decided_against(record, rival, wanted, seed, key_of)


def _bound(workspace: Workspace, overlay: Overlay, stored: Stored | None, item: Item) -> Ids | None:
    """The ids to which an item is bound now; None where its record is gone."""
    if item.kept is not None:
        return item.ids._replace(record=record_id(workspace, overlay, item.path))
    return ids_of(workspace, overlay, stored) if stored is not None else None


def _message(made: list[tuple[Item, StoredDecision]]) -> str:
    lines = [f"{d.choice} {item.path} {d.question.pointer}" for item, d in made]
    subject = f"resolve: {lines[0]}" if len(lines) == 1 else f"resolve {len(lines)} overrides"
    body = [] if len(lines) == 1 else [one_line(each) for each in lines]
    whys = list(dict.fromkeys(d.why for _, d in made if d.why))
    return message(subject, "\n".join([*body, *whys]))


def _renew(workspace: Workspace, lines: list[ListedItem], valid: set[str], wrote: set[str]) -> None:
    """Bind the listed items to the records that a decision has changed.

    Other items of a changed record are still the same items, and so stay valid.

    valid  the item ids that were valid before
    wrote  the ids of the records that the decision wrote
    """
    paths = {line.path for line in lines if line.id in valid}
    current = {item.key: item for item in find(workspace, paths)[0] if item.ids.record in wrote}
    renewed = []
    for line in lines:
        item = current.get(line.key)
        if item is None or line.id not in valid or item.ids.seed != line.bound.seed:
            renewed.append(line)
        else:
            renewed.append(ListedItem.of(line.number, item, line.ids))
    Listing(workspace).write(renewed)

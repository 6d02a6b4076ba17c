"""How records went on to other versions of their seeds, through the states of an overlay."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from itertools import pairwise

from seedgit.errors import InputError
from seedgit.git.record_tree import held_records, read_record
from seedgit.named_tuple import NamedTuple
from seedgit.overlay.override import REMOVE, told_apart
from seedgit.values.value import canonical

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from seedgit.git.object_text import Commit, TreeItem
    from seedgit.git.repository import Repository
    from seedgit.git.stored_record import StoredRecord
    from seedgit.overlay.override import Override


class Trail(NamedTuple):
    """What happened to a record.

    entry    its name in the last state, or its last name if it is gone
    held     what the last state has there; None if nothing
    between  what it was until then, oldest first, as far as it can be read
    """

    entry: str
    held: TreeItem | None
    between: tuple[StoredRecord, ...]


def states_since(repository: Repository, change: Commit, tip: str) -> list[Mapping[str, TreeItem]]:
    """The states from a change to the tip, by first parents; the two alone if those miss it."""
    commit = repository.commit(tip)
    trees = [commit.tree]
    cut_off = repository.cut_off()
    while commit.id != change.id and commit.parents and commit.id not in cut_off:
        commit = repository.commit(commit.parents[0])
        trees.append(commit.tree)
    known = trees[::-1] if commit.id == change.id else [change.tree, trees[0]]
    return [held_records(repository, tree) for tree in known]


def trail(repository: Repository, entry: str, states: Sequence[Mapping[str, TreeItem]]) -> Trail:
    """What happened to the record at `entry` of the first state, in each of the later states.

    If its seed was renamed, the record is followed to its new name.
    """
    between: list[StoredRecord] = []
    for before, now in pairwise(states):
        if before.get(entry) == now.get(entry):
            continue
        between += _read(repository, entry, before)
        if entry in before and entry not in now:
            entry = _new_name(repository, entry, before, now)
    return Trail(entry, states[-1].get(entry), tuple(between))


def only_carried(repository: Repository, before: str | None, after: str) -> bool:
    """Whether a change only moved records to other seeds, and left all that people want.

    False if something cannot be read: it may be anything.
    """
    old, new = (held_records(repository, tree) for tree in (before, after))
    touched = [entry for entry in {**old, **new} if old.get(entry) != new.get(entry)]
    try:
        one, other = (
            wills(read_record(repository, e, side[e].id) for e in touched if e in side)
            for side in (old, new)
        )
    except InputError:
        return False
    return one == other


def wills(records: Iterable[StoredRecord]) -> Counter[str]:
    """What records want and what was decided about them, wherever that is in their seeds: texts to
    compare, each as often as it is wanted.
    """
    found: Counter[str] = Counter()
    for stored in records:
        record = stored.record
        others = (rival.override for rival in record.rivals if not rival.gone)
        held = (*record.overrides, *(item.override for item in record.parked), *others)
        found.update(map(_will, held))
        found.update(_gone(rival.override) for rival in record.rivals if rival.gone)
        found.update(map(canonical, stored.body.get("decisions", ())))
    return found


def _will(override: Override) -> str:
    until = override.until and [override.until.kind, override.until.value]
    value = None if override.op == REMOVE else [told_apart(override.value)]
    return canonical([value, override.why, until, override.chosen])


def _gone(override: Override) -> str:
    return f"without {_will(override)}"


def _new_name(
    repository: Repository, entry: str, before: Mapping[str, TreeItem], now: Mapping[str, TreeItem]
) -> str:
    """The name of the one record that says it comes from this one; without one, the old name."""
    gone = [record.path for record in _read(repository, entry, before)]
    changed = {other: held for other, held in now.items() if held != before.get(other)}
    came = [
        other
        for other in changed
        for record in _read(repository, other, changed)
        if gone and gone[0] in record.record.was
    ]
    return came[0] if len(came) == 1 else entry


def _read(repository: Repository, entry: str, state: Mapping[str, TreeItem]) -> list[StoredRecord]:
    """The record of an entry; [] where there is none that can be read."""
    with suppress(InputError):
        if entry in state:
            return [read_record(repository, entry, state[entry].id)]
    return []

"""The tree of an overlay after a change, and without one that was made before."""

from __future__ import annotations

from seedgit.errors import Refused
from seedgit.git.record_tree import Problem, held_records, read_record, write_records
from seedgit.git.site_rules import merged_rules_item, rules_item
from seedgit.git.stored_record import FutureRecord, StoredRecord, record_name
from seedgit.merge.trivial import trivial
from seedgit.named_tuple import NamedTuple
from seedgit.rules import SITE_RULES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Final

    from seedgit.git.object_text import Commit, TreeItem
    from seedgit.git.repository import Repository
    from seedgit.git.store import Overlay

_LOOK: Final = "seedgit log and undo show and take back the change that broke it"


def changed_tree(
    repository: Repository,
    overlay: Overlay,
    wanted: Mapping[str, StoredRecord | None],
    merged: Sequence[Overlay],
    beside: Mapping[str, TreeItem | None],
) -> str:
    """The tree of an overlay after a change: records to write by path, None for one to drop.

    beside  what is to stand beside the folder of records, by name, in the same way

    An entry that cannot be read here may be replaced only by a merge with other states. Raises
    Refused.
    """
    for state in (overlay, *merged):
        if state.records.odd:
            error = state.records.odd.error
            raise Refused(error.message, where=error.where, hint=_LOOK)
    kept = _merged_unreadable(repository, overlay, merged) if merged else {}
    for other in merged:
        from seedgit.git.rival_rules import merged_rules  # late: few changes are merges

        one, two = overlay.commit, other.commit
        common = repository.merge_base(one, two) if one and two else None
        rules = merged_rules(repository, common, one, two) if two else {}
        beside = {**beside, **rules}
    records: list[StoredRecord] = []
    others: dict[str, TreeItem | None] = {}
    for path, record in wanted.items():
        entry = record_name(path)
        if entry in kept:
            continue
        if record is None:
            others[entry] = None
        elif record.path != path:
            raise ValueError(f"the record of {record.path!r} cannot be stored at {path!r}")
        elif problem := overlay.records.problem(entry):
            raise _unreadable(problem)
        elif overlay.records.get(path) != record:
            records.append(record)
    return write_records(repository, _tree(repository, overlay), records, others | kept, beside)


def _merged_unreadable(
    repository: Repository, overlay: Overlay, merged: Sequence[Overlay]
) -> dict[str, TreeItem | None]:
    """The entries that cannot be read on either side, merged: the side that changed counts.

    An unreadable entry replaces nothing; a newer seedgit's record counts as a change.
    """
    broken = {problem.entry for problem in overlay.problems}
    kept: dict[str, TreeItem | None] = {}
    ours = held_records(repository, _tree(repository, overlay))
    for other in merged:
        theirs = held_records(repository, _tree(repository, other))
        one, two = overlay.commit, other.commit
        common = repository.merge_base(one, two) if one and two else None
        base = held_records(repository, repository.commit(common).tree if common else None)
        for problem in (*overlay.problems, *other.problems):
            entry = problem.entry
            unusable = entry not in broken and not isinstance(problem.error, FutureRecord)
            taken = trivial(*((side.get(entry),) for side in (base, ours, theirs)))
            if unusable:
                kept[entry] = ours.get(entry)
            elif taken:
                kept[entry] = taken[0]
            else:
                raise _unreadable(problem)
    return kept


class ChangedSince(NamedTuple):
    """A record that an undo takes a change out of, but that has changed since.

    before   as it was before the change; here and below, None if there was none
    made     as the change left it
    between  its states from then on, `made` first, as far as they can be read
    now      as it is
    """

    before: StoredRecord | None
    made: StoredRecord | None
    between: tuple[StoredRecord, ...]
    now: StoredRecord | None

    @property
    def path(self) -> str:
        return next(each.path for each in (self.now, self.made, self.before) if each)


class Undone(NamedTuple):
    """What happens to the records that a change touched, if it is taken back.

    entries  by name in the tree, what replaces those that nobody changed since; None: gone
    later    the others, each with its name in the tree; still to be decided
    beside   what happens to the overlay's rules
    """

    entries: dict[str, TreeItem | None]
    later: list[tuple[str, ChangedSince]]
    beside: dict[str, TreeItem | None]


def undone(repository: Repository, overlay: Overlay, change: Commit, before: str) -> Undone:
    """What happens if a change is taken back. `before` is the tree that it changed."""
    from seedgit.git.carried import states_since, trail  # late: most changes stay
    from seedgit.git.rival_rules import rivals_without

    found = Undone({}, [], {})
    if overlay.commit is None:
        return found
    found.beside[SITE_RULES] = _rules_without(repository, overlay.commit, change, before)
    made = repository.tree_of(change.tree).entries
    found.beside.update(rivals_without(repository, before, made))
    old, new = (held_records(repository, each) for each in (before, change.tree))
    states = states_since(repository, change, overlay.commit)
    for entry in {**old, **new}:
        if old.get(entry) == new.get(entry):
            continue
        place, held, versions = trail(repository, entry, states)
        taken = trivial((new.get(entry),), (held,), (old.get(entry),))
        if taken == (held,):
            continue
        if taken:
            found.entries[entry] = taken[0]
            continue
        had, left = (_record(repository, entry, side.get(entry)) for side in (old, new))
        now = _record(repository, place, held)
        found.later.append((place, ChangedSince(had, left, versions, now)))
    return found


def tree_without(
    repository: Repository,
    overlay: Overlay,
    found: Undone,
    decided: Sequence[StoredRecord | None],
) -> str:
    """The tree of an overlay once a change is taken back.

    decided  what replaces each record of `found.later`; Refused is raised if one is missing
    """
    records: dict[str, StoredRecord] = {}
    entries = dict(found.entries)
    for number, (place, item) in enumerate(found.later):
        if number >= len(decided) or place in records:  # two records have become one
            raise Refused(
                "was changed again since: it cannot be undone alone", where=item.path, hint=_LOOK
            )
        record = decided[number]
        if record is None:
            entries[place] = None
        elif overlay.records.get(record.path) != record:
            records[place] = record
    tree = _tree(repository, overlay)
    return write_records(repository, tree, records.values(), entries, found.beside)


def _rules_without(
    repository: Repository, now: str, change: Commit, before: str
) -> TreeItem | None:
    """The rules of an overlay once a change is taken back. Raises Refused."""
    old = repository.tree_of(before).entries.get(SITE_RULES)
    new, here = (rules_item(repository, commit) for commit in (change.id, now))
    if old == new:
        return here
    made = merged_rules_item(repository, new, here, old)
    if made is None:
        hint = "seedgit rules --edit changes them as you want them"
        raise Refused("the rules were changed again since: nothing was undone", hint=hint)
    return made[0]


def _record(repository: Repository, entry: str, held: TreeItem | None) -> StoredRecord | None:
    return read_record(repository, entry, held.id) if held else None


def _tree(repository: Repository, overlay: Overlay) -> str | None:
    return repository.commit(overlay.commit).tree if overlay.commit else None


def _unreadable(problem: Problem) -> Refused:
    newer = isinstance(problem.error, FutureRecord)
    return Refused(
        f"the overlay record of {problem.seed!r} would be overwritten unread: "
        f"{problem.error.message}",
        where=problem.error.where,
        hint="install a newer seedgit" if newer else _LOOK,
    )

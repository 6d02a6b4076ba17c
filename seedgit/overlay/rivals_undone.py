"""Takes a change out of a record in which two people's values wait for a decision."""

from __future__ import annotations

from seedgit.overlay.rivals import alike, decided_against, is_one, locals_of, place_in
from seedgit.values.diff import ABSENT
from seedgit.values.value import same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedgit.overlay.override import Override, Rival
    from seedgit.overlay.record import Record
    from seedgit.overlay.record_merge import Clash
    from seedgit.values.diff import KeyOf
    from seedgit.values.value import Value


def without_change(
    record: Record, clashes: Sequence[Clash], states: Sequence[Record], base: Value, key_of: KeyOf
) -> tuple[Record, list[Clash]]:
    """(a record that lacks one change, the clashes that stand in the way).

    record, clashes  the merge of what was before the change with what is now
    states           the record as the change left it, as it is now, and as it was before; all over
                     `base`

    Where the change is what waits beside another value, it waits no longer, but what it replaced
    does. What it decided between waits again, but for what others have replaced since. Where it is
    what holds over another one, the other value holds now: as if the change had never been.
    """
    undone, now, before = states

    def at(rival: Rival, state: Record) -> list[Override]:
        place = place_in(rival.override, base, key_of)
        return [o for o in state.overrides if place_in(o, base, key_of) == place]

    def is_of_change(rival: Rival) -> bool:
        wanted, old, new = rival.override, at(rival, before), at(rival, undone)
        if rival.gone:
            return not new and any(alike(o, wanted) for o in old)
        return any(is_one(o, wanted) for o in new) and not any(alike(o, wanted) for o in old)

    waits = [rival for rival in now.rivals if is_of_change(rival)]
    again = [
        rival._replace(override=old, by="", on="")
        for rival in waits
        for old in at(rival, before)
        if not rival.gone and not _is_what_was(rival, [old])
    ]
    rest = [r for r in record.rivals if r not in waits and not _replaced(r, now.rivals)]
    record = record._replace(rivals=(*rest, *again))
    left = [clash for clash in clashes if not any(_met(rival, clash) for rival in waits)]
    for rival in record.rivals:
        held, was = (locals_of(state, rival, base, key_of) for state in (now, undone))
        back = locals_of(record, rival, base, key_of)
        if _alike(held, was) and not _alike(held, back) and _is_what_was(rival, back):
            record = decided_against(record, rival, rival.wanted, base, key_of)
    return record, left


def _met(rival: Rival, clash: Clash) -> bool:
    """Whether a clash is about the change that waits. `clash.base` is what the change left."""
    if rival.gone:
        return clash.base is None and alike(rival.override, clash.theirs)
    return is_one(rival.override, clash.base)


def _replaced(rival: Rival, waiting: Sequence[Rival]) -> bool:
    """Whether a rival is back of which its maker has set something else since, that waits."""
    return (
        not rival.gone
        and rival not in waiting
        and any(
            each.override.tokens == rival.override.tokens
            and each.was is not ABSENT
            and same(each.was, rival.override.told_apart.local)
            for each in waiting
        )
    )


def _alike(some: Sequence[Override], others: Sequence[Override]) -> bool:
    pairs = zip(some, others, strict=False)
    return len(some) == len(others) and all(alike(one, other) for one, other in pairs)


def _is_what_was(rival: Rival, back: Sequence[Override]) -> bool:
    """Whether what is back is what both people had before."""
    if not back:
        return rival.was is ABSENT
    return len(back) == 1 and rival.was is not ABSENT and same(back[0].local, rival.was)

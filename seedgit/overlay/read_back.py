"""Finds the site's changes in an edited file that holds the effective document.

The file is compared with the effective document. Each difference goes where its value comes from:
into the override that made the value, or into a new override of the seed. Overrides that did not
change keep their reason and their end.
"""

from __future__ import annotations

from collections.abc import Iterator

from seedgit.named_tuple import NamedTuple
from seedgit.overlay.edit import differences, lay
from seedgit.overlay.override import ADD, REMOVE, REPLACE, Override
from seedgit.overlay.patch import effective_value, inserts, patch_of
from seedgit.overlay.record import Record
from seedgit.overlay.sources import Origin, of_seed
from seedgit.overlay.sources import lay as lay_origins
from seedgit.rules.ownership import OVERLAY, SeedRule
from seedgit.values.diff import ABSENT, sayable
from seedgit.values.patch import apply
from seedgit.values.pointer import is_prefix, resolve
from seedgit.values.value import Value, canonical, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.values.diff import Tokens


class Taken(NamedTuple):
    """An edited file, read as the effective document.

    record  the overlay's record with the site's changes, over `below`
    rest    the differences that belong to the package, over `below`
    value   the file's value without `rest`
    """

    record: Record
    rest: tuple[Override, ...]
    value: Value


def taken(record: Record, below: Value, local: Value, rule: SeedRule, why: str = "") -> Taken:
    """The changes of an edited file, split into the site's and the package's. Raises PatchError.

    below  the document that the record's overrides apply to
    """
    value = effective_value(record.overrides, below)
    found = list(differences(value, local, (), rule.key_of, rule.whole(value)))
    reading = _Reading(record, below)
    site: list[Override] = []
    rest: list[Override] = []
    for made in found:
        if reading.sites(made, rule, value):
            site.append(made)
        else:
            rest.append(reading.over_below(made))
    wanted = apply(patch_of(tuple(site)), value)
    after = reading.record_with(site, why)
    if not same(effective_value(after.overrides, below), wanted):
        # An item was taken for a removed one that is back, but it is at another place: a new item.
        after = _Reading(record, below, restores=False).record_with(site, why)
    return Taken(after, tuple(rest), wanted)


def owned(rule: SeedRule, made: Override, value: Value) -> bool:
    """Whether the rules give a difference from a value to the site."""
    after = value
    if made.op == ADD:
        after = apply([{"op": ADD, "path": made.pointer, "value": made.value}], value)
    return OVERLAY in (rule.owner(made.tokens, value), rule.owner(made.tokens, after))


class _Reading:
    """One reading: where each value of the document comes from, and the changed overrides.

    restores  an added item that equals a removed one is the removed one, put back
    """

    def __init__(self, record: Record, below: Value, *, restores: bool = True) -> None:
        self.record = record
        self.below = below
        self.restores = restores
        self.origins = of_seed(below)
        lay_origins(self.origins, 0, [(o, o) for o in record.overrides], below)
        # An override that ends leaves its slot empty, so the order of insertions stays.
        self.slots: list[list[Override]] = [[o] for o in record.overrides]
        self.slot = {id(o): slot for o, slot in zip(record.overrides, self.slots, strict=True)}
        self.inside: dict[int, list[Override]] = {}
        self.fresh: list[Override] = []
        self.put: dict[Tokens, list[Override]] = {}

    # -- whose a difference is -----------------------------------------------------------------

    def sites(self, made: Override, rule: SeedRule, value: Value) -> bool:
        """Whether a difference is the site's: by the rules, or because it is overridden already."""
        return bool(made.tokens) and (self.overridden(made) or owned(rule, made, value))

    def overridden(self, made: Override) -> bool:
        holder, here = self.nodes(made)
        return (
            holder.override is not None
            or (here is not None and here.override is not None)
            or self.removal(made) is not None
        )

    def nodes(self, made: Override) -> tuple[Origin, Origin | None]:
        """The origins of the container of a difference, and of the value there now, if any."""
        holder = self.origins.at(made.tokens[:-1])
        assert holder is not None
        put_in = made.op == ADD and isinstance(holder.children, list)
        return holder, None if put_in else holder.child(made.tokens[-1])

    def removal(self, made: Override) -> Override | None:
        """The override that removed the value which a difference puts back."""
        holder = self.origins.at(made.tokens[:-1])
        if made.op != ADD or holder is None or holder.seed is None:
            return None
        removed = [o for o in self.record.overrides if o.op == REMOVE and o.seed is not ABSENT]
        if not isinstance(holder.children, list):
            place = (*holder.seed, made.tokens[-1])
            return next((o for o in removed if o.tokens == place), None)
        first, end = self.gap(holder, int(made.tokens[-1]))
        alike = (
            o
            for o in removed
            if o.tokens[:-1] == holder.seed
            and first <= int(o.tokens[-1]) < end
            and same(o.seed, made.value)
            and self.slot[id(o)]
        )
        return next(alike, None) if self.restores else None

    def gap(self, holder: Origin, index: int) -> tuple[int, int]:
        """The range of indices in the list below where an item of the effective list may go."""
        children = holder.children
        assert isinstance(children, list)
        before = [int(c.seed[-1]) + 1 for c in children[:index] if c.seed is not None]
        behind = [int(c.seed[-1]) for c in children[index:] if c.seed is not None]
        length = len(resolve(self.below, holder.seed or ()))
        return max(before, default=0), min(behind, default=length)

    def over_below(self, made: Override) -> Override:
        """A difference that is not the site's, as an override of the document below."""
        if not made.tokens:
            return made
        holder, here = self.nodes(made)
        place = (*(holder.seed or ()), made.tokens[-1])
        if here is not None and here.seed is not None:
            place = here.seed
        elif isinstance(holder.children, list):
            place = (*place[:-1], str(self.gap(holder, int(made.tokens[-1]))[0]))
        old = ABSENT if made.op == ADD else resolve(self.below, place)
        return made._replace(tokens=place, seed=old, over=old)

    # -- what becomes of the overrides ---------------------------------------------------------

    def record_with(self, site: list[Override], why: str) -> Record:
        """The record with the site's differences in it."""
        for made in site:
            self.take(made, why)
        for key, changes in self.inside.items():
            slot = self.slot[key]
            if slot:
                self.give(slot, apply(patch_of(tuple(changes)), slot[0].value), why)
        kept = tuple(override for slot in self.slots for override in slot)
        record = self.record._replace(overrides=kept)
        for made in self.fresh:
            record = lay(record, self.below, made)
        return record

    def take(self, made: Override, why: str) -> None:
        sayable(made.value, made.tokens)
        holder, here = self.nodes(made)
        removal = self.removal(made)
        if holder.override is not None:
            changes = self.inside.setdefault(id(holder.override), [])
            changes.append(made._replace(tokens=(*holder.inner, made.tokens[-1])))
        elif here is not None and here.override is not None:
            self.at_override(self.slot[id(here.override)], made, why)
        elif removal is not None:
            self.give(self.slot[id(removal)], made.value, why)
        elif made.op == ADD and isinstance(holder.children, list):
            self.insert(holder, made, why)
        else:
            self.fresh.append(self.over_below(made)._replace(why=why))

    def at_override(self, slot: list[Override], made: Override, why: str) -> None:
        """Change or end the override at whose own place a difference is."""
        old = slot[0]
        if made.op != REMOVE:
            self.give(slot, made.value, why)
        elif old.seed is ABSENT or inserts(old, self.below):
            slot.clear()
        else:
            slot[0] = old._replace(op=REMOVE, value=None, why=why or old.why)

    def give(self, slot: list[Override], value: Value, why: str) -> None:
        """Give an override a new value. It ends where that is the value below it."""
        old = slot[0]
        if old.seed is not ABSENT and same(value, old.seed):
            slot.clear()
        else:
            op = REPLACE if old.op == REMOVE else old.op
            slot[0] = old._replace(op=op, value=value, why=why or old.why)

    def insert(self, holder: Origin, made: Override, why: str) -> None:
        """Insert an item, after the item that comes before it in the file."""
        assert isinstance(holder.children, list)
        index = int(made.tokens[-1])
        before = holder.children[index - 1] if index else None
        behind = self.put.get(made.tokens)
        if behind is None and before is not None and before.override is not None:
            slot = self.slot[id(before.override)]
            behind = slot if inserts(before.override, self.below) else None
        gap = self.gap(holder, index)[0]
        if before is not None and before.override is not None and before.seed is None:
            gap = int(before.override.tokens[-1])
        place = (*(holder.seed or ()), str(gap))
        slot = [made._replace(tokens=place, why=why)]
        at = next((n + 1 for n, known in enumerate(self.slots) if known is behind), 0)
        self.slots.insert(at, slot)
        self.put[made.tokens] = slot


# -- is it the effective document? -----------------------------------------------------------------


def holds(seed: Value, value: Value, local: Value, rule: SeedRule) -> bool:
    """Whether a file has any part of the effective `value` that the seed does not have."""
    from_seed = list(differences(local, seed, (), rule.key_of))
    from_value = list(differences(local, value, (), rule.key_of))
    if any(
        not any(_concerns(made, tokens, local) for made in from_value)
        for tokens in _leaves(local)
        if any(_concerns(made, tokens, local) for made in from_seed)
    ):
        return True
    added = [(d.tokens, canonical(d.value)) for d in from_value if d.op == ADD]
    return any(d.op == ADD and (d.tokens, canonical(d.value)) not in added for d in from_seed)


def _leaves(value: Value, at: Tokens = ()) -> Iterator[Tokens]:
    """The pointers of scalars and of empty containers."""
    if not isinstance(value, (dict, list)) or not value:
        yield at
        return
    children = value.items() if isinstance(value, dict) else enumerate(value)
    for token, item in children:
        yield from _leaves(item, (*at, str(token)))


def _concerns(made: Override, tokens: Tokens, value: Value) -> bool:
    """Whether a difference from `value` changes what is at one of its pointers."""
    at = made.tokens
    if inserts(made, value):
        return at[:-1] == tokens
    return is_prefix(at, tokens) or (made.op == ADD and at[:-1] == tokens)


def as_made(overrides: tuple[Override, ...], own: tuple[Override, ...]) -> tuple[Override, ...]:
    """The overrides, each as it was made, if all that differs now is what it lies over; in the
    order in which they were made, if there is no other.

    A lower layer may have come since, or be another one in another clone: reading what a program
    wrote changes nothing about that.
    """
    known = {override.tokens: override for override in own}
    found = ((override, known.get(override.tokens)) for override in overrides)
    made = tuple(
        old if old is not None and old == now._replace(over=old.over) else now for now, old in found
    )
    still = len(made) == len(own) == len(known)
    return own if still and all(known.get(each.tokens) is each for each in made) else made

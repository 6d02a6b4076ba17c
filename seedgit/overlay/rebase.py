"""Moves overrides to another version of their seed, and reports what became of each.

Each override's place is followed step by step: map members by name, list items by identity. No
override is ever dropped: each is in the result, or parked with its value and the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from seedgit import codes
from seedgit.errors import PatchError
from seedgit.named_tuple import NamedTuple
from seedgit.overlay.keep_here import place_of
from seedgit.overlay.override import ADD, REMOVE, REPLACE, Override, Parked, Rival
from seedgit.overlay.patch import inserts
from seedgit.rules.ownership import PRESERVE, REVIEW, YIELD, SeedRule
from seedgit.values.align import Alignment, align, identity_key, named
from seedgit.values.diff import ABSENT, no_key, value_at
from seedgit.values.pointer import END, Meeting, exists, is_index, list_index, resolve, select
from seedgit.values.selector import selector_of
from seedgit.values.value import Value, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.values.diff import Tokens

# The statuses of an override that is not in the effective document.
PARKED = (codes.ORPHANED, codes.AMBIGUOUS, codes.YIELDED)


class Outcome(NamedTuple):
    """What became of one override.

    override  the override now
    before    its pointer on the base
    """

    status: str
    override: Override
    before: Tokens
    on_seed_change: str = PRESERVE

    @property
    def needs_person(self) -> bool:
        """Whether a person has to look before the value can be trusted."""
        moved = self.status in (codes.MOVED_UNDER, codes.MOVED_UNDER_LAYER)
        return self.status in PARKED or (moved and self.on_seed_change == REVIEW)


class Rebased(NamedTuple):
    """moved: whether the seed is another version than the base."""

    overrides: tuple[Override, ...]
    parked: tuple[Parked, ...]
    outcomes: tuple[Outcome, ...]
    moved: bool = True


Stands = Callable[[Override], bool]


class _Lost(Exception):
    """The place is gone or in doubt: `reason` is ORPHANED or AMBIGUOUS."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def rebase(
    overrides: tuple[Override, ...],
    base: Value,
    seed: Value,
    rule: SeedRule | None = None,
    *,
    parked: tuple[Parked, ...] = (),
    stands: Stands | None = None,
) -> Rebased:
    """The overrides of `base` as overrides of `seed`.

    Where base and seed have the same value, the overrides are returned unchanged. A parked orphan
    becomes an override again once its place is back.

    stands  whether what an override lies over is as it was decided, although the seed has another
            value there: a lower layer covers it
    """
    if same(base, seed):
        outcomes = [_standing(_over_layer(override, stands), rule, seed) for override in overrides]
        kept = _same_if_equal(overrides, (outcome.override for outcome in outcomes))
        return Rebased(kept, parked, tuple(outcomes), moved=False)
    places = _Places(base, seed, rule)
    outcomes = [_moved(override, places, rule, stands) for override in overrides]
    taken = Meeting(outcome.override.tokens for outcome in outcomes)
    still: list[Parked] = []
    for item in parked:
        if item.reason == codes.YIELDED:
            still.append(_followed(item, places))
            continue
        back = _restored(item, seed, rule) if item.reason == codes.ORPHANED else None
        if back is None or taken.meets(back.override.tokens):
            still.append(item)
        else:
            outcomes.append(back)
            taken.add(back.override.tokens)
    gone = [o for o in outcomes if o.status in PARKED]
    parked_now = [Parked(o.override, o.status, _name(o, base, rule)) for o in gone]
    return Rebased(
        _same_if_equal(overrides, (o.override for o in outcomes if o.status not in PARKED)),
        (*still, *parked_now),
        tuple(outcomes),
    )


def followed(
    tokens: Tokens, base: Value, seed: Value, rule: SeedRule | None = None
) -> Tokens | None:
    """The pointer in `seed` that matches a pointer in `base`; None where it is gone or in doubt."""
    try:
        return _Places(base, seed, rule).follow(tokens)
    except _Lost:
        return None


def followed_rivals(
    rivals: tuple[Rival, ...], base: Value, seed: Value, rule: SeedRule | None = None
) -> tuple[Rival, ...]:
    """The rivals of a record over `base` as those of one over `seed`. None is dropped."""
    if not rivals or same(base, seed):
        return rivals
    return tuple(_rival_in(rival, base, seed, rule) for rival in rivals)


def _rival_in(rival: Rival, base: Value, seed: Value, rule: SeedRule | None) -> Rival:
    if rival.lost:
        back = _restored(Parked(rival.override, codes.ORPHANED, rival.name), seed, rule)
        return rival._replace(override=back.override, lost=False, name="") if back else rival
    outcome = _moved(rival.override, _Places(base, seed, rule), rule)
    if outcome.status not in (codes.ORPHANED, codes.AMBIGUOUS):
        return rival._replace(override=outcome.override)
    return rival._replace(override=outcome.override, lost=True, name=_name(outcome, base, rule))


def _same_if_equal(old: tuple[Override, ...], new: Iterable[Override]) -> tuple[Override, ...]:
    made = tuple(new)
    return old if made == old else made


def _standing(override: Override, rule: SeedRule | None, seed: Value) -> Outcome:
    return Outcome(_status(override), override, override.tokens, _policy(override, rule, seed))


def _name(outcome: Outcome, base: Value, rule: SeedRule | None) -> str:
    """The name of a parked override that still works once the version it was made over is gone."""
    override = outcome.override
    added = override.value if inserts(override._replace(tokens=outcome.before), base) else ABSENT
    selector = selector_of(base, outcome.before, rule.key_of if rule else no_key, added)
    return "" if selector == override.pointer else selector


def _status(override: Override, moved: bool = False) -> str:
    if override.redundant:
        return codes.REDUNDANT
    if override.kept_here:
        return codes.KEPT_HERE
    if override.moved_under:
        return codes.MOVED_UNDER
    return codes.MOVED if moved else codes.UNCHANGED


def _policy(override: Override, rule: SeedRule | None, seed: Value) -> str:
    return rule.on_seed_change(override.tokens, seed) if rule else REVIEW


def _over_layer(override: Override, stands: Stands | None) -> Override:
    """The override, as over the seed of now if a lower layer covers what has changed there."""
    if stands and override.moved_under and not override.kept_here and stands(override):
        return override._replace(over=override.seed)
    return override


def _moved(
    override: Override, places: _Places, rule: SeedRule | None, stands: Stands | None = None
) -> Outcome:
    before = override.tokens
    missing = 0
    try:
        if override.kept_here:
            tokens, missing = places.kept(before)
        elif inserts(override, places.base):
            there = places.arrived(before, override.value)
            if there is None:
                tokens = places.gap(before)
                status = codes.MOVED if tokens != before else codes.UNCHANGED
                return Outcome(status, override._replace(tokens=tokens), before)
            tokens = there
        else:
            tokens = places.follow(before[:-1]) + (
                places.step(before[:-1], before[-1]) if before else ()
            )
        found = value_at(places.seed, tokens)
    except _Lost as lost:
        if override.op == REMOVE and lost.reason == codes.ORPHANED:
            # Upstream has removed what the site removed, and what was around it.
            return Outcome(codes.REDUNDANT, override._replace(seed=ABSENT), before)
        # A parked override has no place, so no maps are missing above it.
        return Outcome(lost.reason, override._replace(missing=0), before)
    operation = _operation(override, found)
    now = override._replace(tokens=tokens, seed=found, op=operation, missing=missing)
    now = _over_layer(now, stands)
    if found is ABSENT and override.seed is not ABSENT and override.op != REMOVE:
        # The package dropped the field. To bring it back unasked would be a guess.
        return Outcome(codes.ORPHANED, override._replace(tokens=tokens), before)
    policy = _policy(now, rule, places.seed)
    changed = not same(now.seed, override.seed)
    if changed and policy == YIELD and not now.redundant and now.moved_under:
        return Outcome(codes.YIELDED, now, before, policy)
    return Outcome(_status(now, tokens != before), now, before, policy)


def _operation(override: Override, found: Value) -> str:
    if override.op == REMOVE:
        return REMOVE
    return ADD if found is ABSENT else REPLACE


def _followed(item: Parked, places: _Places) -> Parked:
    """A parked override that still has a place, moved to that place in the seed."""
    override = item.override
    try:
        tokens = places.follow(override.tokens[:-1])
        tokens += places.step(override.tokens[:-1], override.tokens[-1])
        found = resolve(places.seed, tokens)
    except (_Lost, PatchError):
        return Parked(override, codes.ORPHANED)
    return Parked(override._replace(tokens=tokens, seed=found), codes.YIELDED)


def _restored(item: Parked, seed: Value, rule: SeedRule | None) -> Outcome | None:
    override = item.override
    try:
        tokens, _ = place_of(item, seed)
    except PatchError:
        return None
    if not tokens or not exists(seed, tokens):
        return None
    found = resolve(seed, tokens)
    now = override._replace(tokens=tokens, seed=found, op=_operation(override, found))
    return Outcome(_status(now), now, override.tokens, _policy(now, rule, seed))


class _Places:
    """Maps places of one version to another version. Each list is aligned only once."""

    def __init__(self, base: Value, seed: Value, rule: SeedRule | None) -> None:
        self.base = base
        self.seed = seed
        self.rule = rule
        self.aligned: dict[Tokens, Alignment] = {}
        self.claimed: set[Tokens] = set()

    def follow(self, tokens: Tokens) -> Tokens:
        """The pointer in seed that matches a pointer in base. Raises _Lost."""
        place: Tokens = ()
        for depth, token in enumerate(tokens):
            place += self.step(tokens[:depth], token)
            if not exists(self.seed, place):
                raise _Lost(codes.ORPHANED)
        return place

    def step(self, at: Tokens, token: str) -> Tokens:
        """The step in seed that matches one step below `at` in base. Raises _Lost."""
        there = self.seed_at(at)
        if there is ABSENT or not isinstance(there, (dict, list)):
            raise _Lost(codes.ORPHANED)
        holder = value_at(self.base, at)
        if isinstance(holder, dict):
            if not isinstance(there, dict):
                raise _Lost(codes.ORPHANED)
            new = self.renamed(at, token) if token not in there else None
            return (new if new is not None and new in there and new not in holder else token,)
        if not isinstance(there, list) or not isinstance(holder, list) or not is_index(token):
            raise _Lost(codes.ORPHANED)
        found = self.alignment(at)
        index = int(token)
        if index in found.pairs and index not in found.unsafe:
            return (str(found.pairs[index]),)
        new = self.renamed(at, token)
        places = select(there, (new,)) if new is not None else []
        if len(places) == 1:
            return places[0]
        raise _Lost(codes.AMBIGUOUS if index in found.unsafe else codes.ORPHANED)

    def kept(self, tokens: Tokens) -> tuple[Tokens, int]:
        """(the pointer of a kept override in seed, how many of the maps above it seed lacks).

        Raises _Lost where the list item it was in is gone, or what holds it is not a map.
        """
        place: Tokens = ()
        missing = 0
        for depth, token in enumerate(tokens):
            at = tokens[:depth]
            known = exists(self.base, at)
            if known and not missing:
                place += self.step(at, token)
            else:
                containers = [resolve(self.base, at)] if known else []
                containers += [] if missing else [resolve(self.seed, place)]
                if not all(isinstance(holder, dict) for holder in containers):
                    raise _Lost(codes.ORPHANED)
                place += (token,)
            if depth < len(tokens) - 1 and not exists(self.seed, place):
                missing += 1
        return place, missing

    def renamed(self, at: Tokens, token: str) -> str | None:
        return self.rule.renamed((*at, token), self.base) if self.rule else None

    def gap(self, tokens: Tokens) -> Tokens:
        """The pointer in seed's list for an item inserted into base's list. Raises _Lost."""
        at = tokens[:-1]
        place = self.follow(at)
        here, there = resolve(self.base, at), self.seed_at(at)
        if not isinstance(there, list) or not (is_index(tokens[-1]) or tokens[-1] == END):
            raise _Lost(codes.ORPHANED)
        index = list_index(tokens[-1], len(here))
        if index >= len(here):
            return (*place, str(len(there)))
        pairs = self.alignment(at).pairs
        if index - 1 in pairs:
            return (*place, str(pairs[index - 1] + 1))
        if index in pairs:
            return (*place, str(pairs[index]))
        if index == 0:
            return (*place, "0")
        raise _Lost(codes.AMBIGUOUS)

    def arrived(self, tokens: Tokens, value: Value) -> Tokens | None:
        """The pointer of seed's own item that matches an item inserted into base's list.

        It has the same value or the same identity. Each item of seed matches one insertion at
        most. None where there is no such item. Raises _Lost.
        """
        at = tokens[:-1]
        place, items = self.follow(at), self.seed_at(at)
        if not isinstance(items, list) or not isinstance(resolve(self.base, at), list):
            return None
        old = set(self.alignment(at).pairs.values())
        key = identity_key(items, self.rule.key_of(at) if self.rule else None)
        for index, item in enumerate(items):
            found = (*place, str(index))
            if index not in old and found not in self.claimed and _alike(item, value, key):
                self.claimed.add(found)
                return found
        return None

    def seed_at(self, at: Tokens) -> Value:
        place = self.follow(at)
        return value_at(self.seed, place)

    def alignment(self, at: Tokens) -> Alignment:
        if at not in self.aligned:
            key = self.rule.key_of(at) if self.rule else None
            self.aligned[at] = align(resolve(self.base, at), self.seed_at(at), key)
        return self.aligned[at]


def _alike(one: Value, other: Value, key: str | None) -> bool:
    """Whether two items are the same item: by their value, or by their identity under `key`."""
    if same(one, other):
        return True
    mine = None if key is None else named(one, key)
    return key is not None and mine is not None and same(mine, named(other, key))

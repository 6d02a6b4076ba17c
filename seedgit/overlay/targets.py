"""Finds what a selector names in a seed under an overlay: the seed's places and inserted items.

A pointer is always one of the seed. An item that the overlay inserts into a list has none: it is
named by its identity, or by an index that cannot also mean one of the seed's items. An index that
means one item in the seed and another in the effective document is refused, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from seedgit import codes
from seedgit.errors import UsageError
from seedgit.named_tuple import NamedTuple
from seedgit.overlay.edit import edit_inside, remove_value, set_value
from seedgit.overlay.override import ADD, REMOVE, Override, Until
from seedgit.overlay.patch import inserts, name_of, ordered
from seedgit.overlay.record import Record
from seedgit.values.diff import ABSENT, encodable, no_key, sayable
from seedgit.values.pointer import (
    ANY,
    END,
    child,
    exists,
    format_pointer,
    identity,
    is_index,
    is_prefix,
    list_index,
    resolve,
    select,
)
from seedgit.values.selector import selector_of
from seedgit.values.value import Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.values.diff import KeyOf, Tokens


class Place(NamedTuple):
    """One place that a selector names.

    tokens  its pointer in the base; None inside an item that the overlay inserts
    holder  the override whose value it is in, at `rest`; None: no override holds it
    there   whether it has a value
    label   how a person may name it
    """

    tokens: Tokens | None
    holder: Override | None
    rest: Tokens
    there: bool
    label: str


def places(record: Record, base: Value, steps: Tokens, key_of: KeyOf = no_key) -> list[Place]:
    """Every place that the steps of a selector name, in the seed or in the overlay's additions.

    The last step may name a member or an item that is not there yet. A place that an override
    removes is named by its pointer only. Raises UsageError where an index may mean two items.
    """
    naming = _Naming(record, base, key_of)
    return list(naming.walk((), steps)) or list(naming.kept(steps))


def overridden(
    record: Record, base: Value, steps: Tokens, key_of: KeyOf = no_key
) -> list[tuple[Override, str]]:
    """The overrides at and below what a selector names, parked ones too, each with its name.

    A parked override without a place is places by its old pointer only, not by the identity of the
    item that is there now. Raises UsageError where an index may mean two items.
    """
    return _Naming(record, base, key_of).overridden(steps)


def set_places(
    record: Record,
    base: Value,
    places: Iterable[Place],
    value: Value,
    why: str = "",
    until: Until | None = None,
) -> Record:
    """The record with a value set at each of some places. Raises PatchError."""
    inner: dict[int, tuple[Override, list[Tokens]]] = {}
    for place in places:
        if place.holder is not None and place.rest:
            inner.setdefault(id(place.holder), (place.holder, []))[1].append(place.rest)
        elif place.holder is not None:
            sayable(value, place.holder.tokens)
            made = place.holder._replace(value=value, why=why, until=until)
            kept = (made if o is place.holder else o for o in record.overrides)
            record = record._replace(overrides=tuple(kept))
        elif place.tokens is not None:
            record = set_value(record, base, place.tokens, value, why, until)
    for holder, rests in inner.values():
        for rest in rests:
            sayable(value, (*holder.tokens, *rest))
            encodable("".join(rest), (*holder.tokens, *rest))
        record = edit_inside(record, holder, rests, value, why, until)
    return record


def remove_places(
    record: Record, base: Value, places: Iterable[Place], why: str = "", until: Until | None = None
) -> Record:
    """The record with the values at some places removed. Raises PatchError."""
    inner: dict[int, tuple[Override, list[Tokens]]] = {}
    for place in places:
        if place.holder is not None:
            inner.setdefault(id(place.holder), (place.holder, []))[1].append(place.rest)
        elif place.tokens is not None:
            record = remove_value(record, base, place.tokens, why, until)
    for holder, rests in inner.values():
        # From the end of each list, so that the pointers before it stay right.
        record = edit_inside(record, holder, reversed(rests), ABSENT, why, until)
    return record


class _Naming:
    def __init__(self, record: Record, base: Value, key_of: KeyOf) -> None:
        self.record = record
        self.base = base
        self.key_of = key_of
        self.inserted: dict[Tokens, list[Override]] = {}
        self.laid: dict[Tokens, Override] = {}
        for override in record.overrides:
            if inserts(override, base):
                self.inserted.setdefault(override.tokens[:-1], []).append(override)
            else:
                self.laid[override.tokens] = override

    # -- places ----------------------------------------------------------------------------------

    def walk(self, at: Tokens, steps: Tokens) -> Iterator[Place]:
        own = self.laid.get(at)
        label = format_pointer(at)
        if not steps:
            there = own.op != REMOVE if own else exists(self.base, at)
            yield Place(at, None, (), there, label)
        elif own is not None and own.op != REMOVE:
            for rest in select(own.value, steps):
                there = exists(own.value, rest)
                yield Place((*at, *rest), own, rest, there, label + format_pointer(rest))
        else:
            # Also below a removed place: whoever sets a value there is told about the removal.
            here = resolve(self.base, at) if exists(self.base, at) else None
            if isinstance(here, list):
                yield from self.items(at, here, steps[0], steps[1:])
            elif isinstance(here, dict):
                yield from self.members(at, here, steps[0], steps[1:])

    def kept(self, steps: Tokens) -> Iterator[Place]:
        """The places in kept overrides for which the seed lacks even the maps above."""
        for tokens, own in self.laid.items():
            if own.missing and is_prefix(tokens, steps):
                for rest in select(own.value, steps[len(tokens) :]):
                    label = own.pointer + format_pointer(rest)
                    yield Place(None, own, rest, exists(own.value, rest), label)

    def members(
        self, at: Tokens, here: dict[str, Value], step: str, rest: Tokens
    ) -> Iterator[Place]:
        names = [tokens[0] for tokens in select(here, (step,))]
        if step == ANY:
            added = (t[-1] for t in self.laid if t[:-1] == at and t[-1] not in here)
            names = [n for n in (*names, *added) if not self.removed((*at, n))]
        for name in names:
            if exists(here, (name,)) or (*at, name) in self.laid or not rest:
                yield from self.walk((*at, name), rest)

    def items(self, at: Tokens, here: list[Value], step: str, rest: Tokens) -> Iterator[Place]:
        if step != ANY and identity(step) is None:
            yield from self.item(at, here, step, rest)
            return
        for token in self.matching(at, here, step):
            if step != ANY or not self.removed((*at, token)):
                yield from self.walk((*at, token), rest)
        for override in self.inserted.get(at, ()):
            if select([override.value], (step,)):
                yield from self.inside(override, rest)

    def item(self, at: Tokens, here: list[Value], step: str, rest: Tokens) -> Iterator[Place]:
        order = self.order(at, here)
        end = str(len(here))
        new = Place((*at, end), None, (), False, format_pointer((*at, end)))
        if step == END:
            if not rest:
                yield new
            return
        found = self.at_index(at, step, order)
        standing = _item(order, step)
        if step == end and isinstance(standing, int):
            raise UsageError(
                f"{format_pointer((*at, step))} is the end of the seed's list, and not of the "
                "effective one",
                hint=f"{format_pointer((*at, END))} appends an item",
            )
        if exists(here, (step,)):
            if found:
                raise self.ambiguous(at, step, found)
            yield from self.walk((*at, step), rest)
        elif found:
            yield from self.inside(self.one(at, step, found, standing), rest)
        elif not rest and step in (end, str(len(order))):
            yield new

    def inside(self, override: Override, steps: Tokens) -> Iterator[Place]:
        for rest in select(override.value, steps):
            label = self.label(override) + format_pointer(rest)
            yield Place(None, override, rest, exists(override.value, rest), label)

    def matching(self, at: Tokens, here: Value, step: str) -> Iterator[str]:
        """The tokens that a step names in what the base has at a pointer.

        An item has the identity the seed gives it, and the one that an override does.
        """
        wanted = identity(step)
        if wanted is None or not isinstance(here, list):
            yield from (tokens[0] for tokens in select(here, (step,)))
            return
        for index, item in enumerate(here):
            whole = self.laid.get((*at, str(index)))
            field = self.laid.get((*at, str(index), wanted[0]))
            versions = [item]
            if whole is not None and whole.op != REMOVE:
                versions.append(whole.value)
            if field is not None and field.op != REMOVE:
                versions.append({wanted[0]: field.value})
            if any(select([version], (step,)) for version in versions):
                yield str(index)

    def in_seed(self, steps: Tokens, at: Tokens = ()) -> Iterator[Tokens]:
        """The pointers that a selector names in the seed, places that may be added included."""
        if not steps:
            yield at
            return
        here = resolve(self.base, at) if exists(self.base, at) else None
        for token in self.matching(at, here, steps[0]):
            yield from self.in_seed(steps[1:], (*at, token))

    def removed(self, tokens: Tokens) -> bool:
        return tokens in self.laid and self.laid[tokens].op == REMOVE

    # -- items that the overlay puts in ------------------------------------------------------------

    def order(self, at: Tokens, here: list[Value]) -> list[int | Override]:
        """A list in the effective document: the seed's items, by index, and the insertions."""
        items: list[int | Override] = list(range(len(here)))
        for override in ordered(self.record.overrides):
            if override.tokens[:-1] != at or not override.tokens:
                continue
            if override.op == REMOVE and override.seed is not ABSENT:
                index = list_index(override.tokens[-1], len(items))
                del items[index : index + 1]
            elif override.op == ADD:
                items.insert(list_index(override.tokens[-1], len(items)), override)
        return items

    def at_index(self, at: Tokens, step: str, order: list[int | Override]) -> list[Override]:
        """The insertions that an index may mean, in their patch or in the effective file."""
        standing = _item(order, step)
        return [o for o in self.inserted.get(at, ()) if o.tokens[-1] == step or o is standing]

    def one(
        self, at: Tokens, step: str, found: list[Override], standing: int | Override | None
    ) -> Override:
        """The insertion that an index means where the seed has no such item. Raises UsageError."""
        if len(found) == 1:
            return found[0]
        # Without an identity, only its index in the effective document names it.
        if isinstance(standing, Override) and standing.tokens[-1] == step and self.plain(standing):
            return standing
        raise self.ambiguous(at, step, found)

    def plain(self, override: Override) -> bool:
        return self.label(override) == override.pointer

    def label(self, override: Override) -> str:
        return name_of(override, self.base, self.key_of)

    def ambiguous(self, at: Tokens, step: str, found: list[Override]) -> UsageError:
        pointer = format_pointer((*at, step))
        names = [self.label(override) for override in found]
        if exists(self.base, (*at, step)):
            message = "is an item of the seed, and one that the overlay puts in"
            names.insert(0, selector_of(self.base, (*at, step), self.key_of))
        else:
            message = f"may be any of {len(found)} items that the overlay puts in"
        names = [name for name in dict.fromkeys(names) if name != pointer]
        return UsageError(
            f"{pointer} {message}",
            hint=f"name it by its identity: {', '.join(names)}"
            if names
            else "edit the file, and seedgit capture it",
        )

    # -- overrides ---------------------------------------------------------------------------------

    def overridden(self, steps: Tokens) -> list[tuple[Override, str]]:
        places = {*self.in_seed(steps), steps}
        found = [o for o in self.laid.values() if _below(o.tokens, places)]
        for at, overrides in self.inserted.items():
            if _below(at, places):
                found += overrides
            elif steps and at in {*self.in_seed(steps[:-1]), steps[:-1]}:
                found += self.at_step(at, steps[-1], overrides, found)
        stale = []
        for parked in self.record.parked:
            override = parked.override
            if parked.reason == codes.YIELDED or not any(is_index(t) for t in override.tokens):
                if _below(override.tokens, places):
                    found.append(override)
            elif _was_below(override, steps):
                stale.append(override)
        if any(is_index(step) for step in steps):
            alike = {override.tokens for override in stale}
            if (found and stale) or len(alike) < len(stale):
                raise UsageError(
                    f"{format_pointer(steps)} is the pointer of an item that is gone, too: an "
                    "override of it is parked",
                    hint="name the item by its identity; seedgit pending lists what is parked",
                )
        return [(override, self.label(override)) for override in (*found, *stale)]

    def at_step(
        self, at: Tokens, step: str, overrides: list[Override], others: list[Override]
    ) -> list[Override]:
        """The insertions that the last step of a selector names. It names `others` too."""
        if step == ANY or identity(step) is not None:
            return [o for o in overrides if select([o.value], (step,))]
        order = self.order(at, resolve(self.base, at))
        found = self.at_index(at, step, order)
        if found and _below_any(others, (*at, step)):
            raise self.ambiguous(at, step, found)
        return [self.one(at, step, found, _item(order, step))] if found else []


def _item(order: list[int | Override], step: str) -> int | Override | None:
    found: int | Override | None = child(order, step) if exists(order, (step,)) else None
    return found


def _below(tokens: Tokens, places: set[Tokens]) -> bool:
    return any(is_prefix(place, tokens) for place in places)


def _below_any(overrides: list[Override], place: Tokens) -> bool:
    return any(is_prefix(place, override.tokens) for override in overrides)


def _was_below(override: Override, steps: Tokens) -> bool:
    """Whether steps name an override's old pointer, or one above it."""
    tokens = override.tokens
    if len(steps) > len(tokens):
        return False
    for depth, (step, token) in enumerate(zip(steps, tokens, strict=False), 1):
        own = override.op == ADD and depth == len(tokens) and select([override.value], (step,))
        if step not in (ANY, token) and not (identity(step) is not None and own):
            return False
    return True

"""Changes a record's overrides: sets a value, removes one, or takes it from an edited document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from seedgit import codes
from seedgit.errors import PatchError
from seedgit.overlay.override import ADD, REMOVE, REPLACE, Override, Until
from seedgit.overlay.patch import inserts
from seedgit.overlay.record import Record
from seedgit.values.align import align, identity_key
from seedgit.values.diff import ABSENT, encodable, no_key, sayable, value_at
from seedgit.values.patch import apply
from seedgit.values.pointer import (
    exists,
    format_pointer,
    is_below,
    is_index,
    is_prefix,
    list_index,
    resolve,
)
from seedgit.values.sequence import increasing
from seedgit.values.value import ATOMIC, Value, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from seedgit.values.diff import KeyOf, Tokens

    Whole = Callable[[Tokens], bool]


def set_value(
    record: Record,
    base: Value,
    tokens: Tokens,
    value: Value,
    why: str = "",
    until: Until | None = None,
) -> Record:
    """The record with a new value at a pointer of the base.

    Overrides below the pointer are replaced. A pointer inside an overridden value changes that
    value. Setting the seed's own value also makes an override, a redundant one: it keeps the
    value when the seed changes. Raises PatchError.
    """
    sayable(value, tokens)
    encodable("".join(tokens), tokens)
    _refuse_below_removed(record, tokens)
    holder = holder_of(record, base, tokens)
    if holder is not None:
        return edit_inside(record, holder, [tokens[len(holder.tokens) :]], value, why, until)
    if not tokens:
        raise PatchError("the whole document cannot be overridden", hint="name what is in it")
    parent = resolve(base, tokens[:-1])
    if isinstance(parent, list):
        return _with(record, base, _item(parent, tokens, value, why, until))
    if not isinstance(parent, dict):
        raise PatchError(
            f"{format_pointer(tokens[:-1])} holds a plain value: nothing goes below it"
        )
    old = value_at(base, tokens)
    made = Override(tokens, ADD if old is ABSENT else REPLACE, value, old, old, why, until)
    return _with(record, base, made)


def _item(
    parent: list[Value], tokens: Tokens, value: Value, why: str, until: Until | None
) -> Override:
    """The override that replaces an item of a list, or appends one. Raises PatchError."""
    index = list_index(tokens[-1], len(parent))
    at = (*tokens[:-1], str(index))
    if index < len(parent):
        old = parent[index]
        return Override(at, REPLACE, value, old, old, why, until)
    if index > len(parent):
        raise PatchError(f"{format_pointer(at)}: the list has {len(parent)} items")
    return Override(at, ADD, value, ABSENT, ABSENT, why, until)


def remove_value(
    record: Record, base: Value, tokens: Tokens, why: str = "", until: Until | None = None
) -> Record:
    """The record with the value at a pointer of the base removed. Raises PatchError."""
    _refuse_below_removed(record, tokens)
    holder = holder_of(record, base, tokens)
    if holder is not None:
        return edit_inside(record, holder, [tokens[len(holder.tokens) :]], ABSENT, why, until)
    old = resolve(base, tokens)
    return _with(record, base, Override(tokens, REMOVE, None, old, old, why, until))


def lay(record: Record, base: Value, made: Override) -> Record:
    """The record with one more difference from its base.

    Where an override holds the pointer, that override's value is changed. Raises PatchError where
    the difference has no clear place in that value.
    """
    _refuse_below_removed(record, made.tokens)
    holder = holder_of(record, base, made.tokens)
    if holder is None:
        return _with(record, base, made)
    if any(
        exists(base, made.tokens[:n]) and isinstance(resolve(base, made.tokens[:n]), list)
        for n in range(len(holder.tokens), len(made.tokens))
    ):
        raise PatchError(
            f"{made.pointer} is in a list, and an override has replaced {holder.pointer}",
            hint="change it there: seedgit set",
        )
    rest = made.tokens[len(holder.tokens) :]
    if made.op == REMOVE and not exists(holder.value, rest):
        return record
    return edit_inside(record, holder, [rest], made.local, made.why, made.until)


def from_difference(
    record: Record, base: Value, local: Value, why: str = "", key_of: KeyOf = no_key
) -> Record:
    """The record with an override for each difference of `local` from `base`. Raises PatchError."""
    for made in differences(base, local, (), key_of):
        sayable(made.value, made.tokens)
        record = _with(record, base, made._replace(why=why))
    return record


def _no_list(_: Tokens) -> bool:
    return False


def _any_list(_: Tokens) -> bool:
    return True


def differences(
    a: Value, b: Value, at: Tokens = (), key_of: KeyOf = no_key, whole: Whole = _no_list
) -> Iterator[Override]:
    """The overrides that turn `a` into `b`. Their values may be ones that JSON cannot express.

    whole  whether the list at a pointer of `a` is one value, unless its items have an identity
    """
    if same(a, b):
        return
    if isinstance(a, dict) and isinstance(b, dict):
        for key in {**a, **b}:
            if key not in b:
                yield Override((*at, key), REMOVE, None, a[key], a[key])
            elif key not in a:
                yield Override((*at, key), ADD, b[key], ABSENT, ABSENT)
            else:
                yield from differences(a[key], b[key], (*at, key), key_of, whole)
    elif isinstance(a, list) and isinstance(b, list):
        key = key_of(at)
        told_apart = key or identity_key(a) or identity_key(b)
        if key == ATOMIC or (whole(at) and not told_apart):
            yield Override(at, REPLACE, b, a, a)
        else:
            yield from _list_differences(a, b, at, key_of, whole)
    else:
        yield Override(at, REPLACE, b, a, a)


def distance(a: Value, b: Value, key_of: KeyOf) -> int:
    """How many values differ. A list without identity counts as one: item by item, a list with
    nothing in common would be nearer than one that has got a few items more."""
    return sum(1 for _ in differences(a, b, (), key_of, _any_list))


def _list_differences(
    a: list[Value], b: list[Value], at: Tokens, key_of: KeyOf, whole: Whole
) -> Iterator[Override]:
    pairs = dict(increasing(sorted(align(a, b, key_of(at)).pairs.items())))
    for i, item in enumerate(a):
        if i in pairs:
            yield from differences(item, b[pairs[i]], (*at, str(i)), key_of, whole)
        else:
            yield Override((*at, str(i)), REMOVE, None, item, item)
    came_from = {j: i for i, j in pairs.items()}
    gap = 0
    for j, item in enumerate(b):
        if j in came_from:
            gap = came_from[j] + 1
        else:
            yield Override((*at, str(gap)), ADD, item, ABSENT, ABSENT)


def _refuse_below_removed(record: Record, tokens: Tokens) -> None:
    """Raises PatchError where an override takes away what holds a pointer: nothing goes there."""
    for override in record.overrides:
        if override.op == REMOVE and is_below(tokens, override.tokens):
            raise PatchError(
                f"an override takes {override.pointer} away, with all below it",
                hint=f"unset it first, or set {override.pointer} as a whole",
            )


def holder_of(record: Record, base: Value, tokens: Tokens) -> Override | None:
    """The override whose value a pointer of the base lies in."""
    return next(
        (
            o
            for o in record.overrides
            if o.op != REMOVE
            and len(o.tokens) < len(tokens)
            and is_prefix(o.tokens, tokens)
            and not inserts(o, base)
        ),
        None,
    )


def edit_inside(
    record: Record,
    holder: Override,
    places: Iterable[Tokens],
    value: Value,
    why: str = "",
    until: Until | None = None,
) -> Record:
    """The record with the value of one of its overrides changed.

    places  pointers inside the override's value
    value   the new value at each of them; ABSENT removes what is there

    Raises PatchError.
    """
    inner = holder.value
    for tokens in places:
        op = REMOVE if value is ABSENT else REPLACE if exists(inner, tokens) else ADD
        operation = {"op": op, "path": format_pointer(tokens)}
        inner = apply([operation if op == REMOVE else {**operation, "value": value}], inner)
    changed = holder._replace(value=inner, why=why or holder.why, until=until or holder.until)
    return record._replace(overrides=tuple(changed if o is holder else o for o in record.overrides))


def _chosen(record: Record, made: Override) -> tuple[Record, Override]:
    """Who sets what waits has chosen it: it waits no longer."""
    if not record.rivals:
        return record, made
    from seedgit.overlay.rivals import alike  # late: few records have any

    found = [r for r in record.rivals if r.override.tokens == made.tokens and alike(r.wanted, made)]
    if not found:
        return record, made
    rest = tuple(rival for rival in record.rivals if rival not in found)
    chosen = max(rival.override.chosen for rival in found) + 1
    return record._replace(rivals=rest), made._replace(chosen=chosen)


def _with(record: Record, base: Value, made: Override) -> Record:
    if made.seed is not ABSENT:
        try:
            sayable(made.seed, made.tokens)
        except PatchError as error:
            # A record stores the seed's value too, so JSON must be able to express it.
            raise PatchError(f"of the seed's value, {error.message}", hint=error.hint) from None
    record, made = _chosen(record, made)
    if inserts(made, base):
        return record._replace(overrides=(*record.overrides, made))
    kept = [
        o
        for o in record.overrides
        if not is_prefix(made.tokens, o.tokens)
        # An item inserted at this index is not the item that the seed has there.
        or (o.tokens == made.tokens and inserts(o, base))
    ]
    # The new override replaces a parked one at its place. It does not where the parked one has lost
    # its place and its pointer has an index: another item may be at that index now.
    parked = tuple(
        p
        for p in record.parked
        if not is_prefix(made.tokens, p.override.tokens)
        or (p.reason != codes.YIELDED and any(is_index(token) for token in p.override.tokens))
    )
    return record._replace(overrides=(*kept, made), parked=parked)

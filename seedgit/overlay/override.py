"""What an overlay says of one seed: overrides, their patch, and what is parked.

Every pointer is relative to the record's base document. The patch is valid RFC 6902 for that base:
a `test` pins the seed's value, then comes the change; members such as `why` ride along, which
RFC 6902 (section 4) lets others ignore. Order makes base-relative pointers right one after the
other too: values first, then what moves list items, from the end of each list to its front.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from seedgit.errors import PatchError
from seedgit.overlay.decisions import Decision
from seedgit.values.align import align
from seedgit.values.diff import ABSENT, encodable, no_key, sayable, value_at
from seedgit.values.patch import apply
from seedgit.values.pointer import (
    exists,
    format_pointer,
    is_index,
    list_index,
    resolve,
)
from seedgit.values.sequence import increasing
from seedgit.values.value import Value, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from seedgit.values.diff import KeyOf, Tokens

ADD, REPLACE, REMOVE, TEST = "add", "replace", "remove", "test"

# What an override may wait for (stable names; a record has them).
DATE, VERSION, SEED_IS = "date", "version", "seed-is"


@dataclass(frozen=True, eq=False)
class Until:
    """When an override has served its purpose. It keeps its value until someone prunes it.

    date     a day, 2026-12-01 (it ends as that day begins, UTC), or an instant with its offset
    version  a tag: once the seed comes from a commit that contains it
    seed-is  a value: once the seed has another one there
    """

    kind: str
    value: Value

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Until) and self.kind == other.kind and same(self.value, other.value)
        )

    def __hash__(self) -> int:
        return hash(self.kind)


@dataclass(frozen=True, eq=False)
class Override:
    """One change of the site's.

    seed     the value the base has there; ABSENT where it has none
    over     the value it was first made over: differs from `seed` once that moved under it
    missing  how many of the maps above it the base lacks too, where a person kept it here
    """

    tokens: Tokens
    op: str
    value: Value
    seed: Value
    over: Value
    why: str = ""
    until: Until | None = None
    missing: int = 0

    def __eq__(self, other: object) -> bool:
        # Python takes 0 for False; two values of a seed are not the same for that.
        return (
            isinstance(other, Override)
            and (self.tokens, self.op, self.why) == (other.tokens, other.op, other.why)
            and same(self.value, other.value)
            and same(self.seed, other.seed)
            and same(self.over, other.over)
            and self.until == other.until
            and self.missing == other.missing
        )

    def __hash__(self) -> int:
        return hash((self.tokens, self.op))

    @property
    def pointer(self) -> str:
        return format_pointer(self.tokens)

    @property
    def local(self) -> Value:
        """The site's value; ABSENT where the override takes something away."""
        return ABSENT if self.op == REMOVE else self.value

    @property
    def moved_under(self) -> bool:
        return not same(self.seed, self.over)

    @property
    def kept_here(self) -> bool:
        """Whether a person kept it at its pointer although upstream took that away."""
        gone = self.seed is ABSENT and self.over is not ABSENT
        return self.op == ADD and (gone or self.missing > 0)

    @property
    def redundant(self) -> bool:
        """Whether the seed has what the override wants."""
        if self.op == REMOVE:
            return self.seed is ABSENT
        return self.seed is not ABSENT and same(self.seed, self.value)


PATHS_KEPT = 20  # of a seed that is renamed again and again

YIELDED = "yielded"  # parked because upstream's value was taken; its place is known


@dataclass(frozen=True)
class Parked:
    """An override that cannot be in the effective document; kept with its value, and why.

    name  its pointer with the items of lists by identity, as the seed had them; "" where it is the
          same. It is no part of what is parked: two clones may name it differently.
    """

    override: Override
    reason: str
    name: str = field(default="", compare=False)

    @property
    def said(self) -> str:
        """How a person may name it."""
        return self.name or self.override.pointer


@dataclass(frozen=True)
class Record:
    """The overlay's part for one seed. `base` is the id of the base's blob.

    was  the paths the seed had before, the last one last: where it is in an older version
    """

    path: str
    base: str
    overrides: tuple[Override, ...] = ()
    parked: tuple[Parked, ...] = ()
    decisions: tuple[Decision, ...] = ()
    was: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        return not self.overrides and not self.parked and not self.decisions

    def at(self, path: str) -> Record:
        """The record of the seed under another path, which it has from now on."""
        if path == self.path:
            return self
        was = [each for each in (*self.was, self.path) if each != path]
        was = list(dict.fromkeys(reversed(was)))[:PATHS_KEPT]
        return replace(self, path=path, was=tuple(reversed(was)))

    def without(self, override: Override) -> Record:
        """The record without one override, or one that is parked."""
        return replace(
            self,
            overrides=tuple(o for o in self.overrides if o is not override),
            parked=tuple(p for p in self.parked if p.override is not override),
        )


# -- to and from a patch -------------------------------------------------------------------------


def patch_of(overrides: tuple[Override, ...]) -> list[dict[str, Any]]:
    """The RFC 6902 patch of overrides; applied to their base it gives the effective value."""
    patch: list[dict[str, Any]] = []
    made: set[Tokens] = set()  # the maps that the operations so far have made
    for override in ordered(overrides):
        patch += _kept_operation(override, made) if override.missing else _operations(override)
    return patch


def _kept_operation(override: Override, made: set[Tokens]) -> list[dict[str, Any]]:
    """What is kept where the base lacks the maps above it: one addition makes those, too."""
    tokens, value = override.tokens, override.value
    top = len(tokens) - override.missing
    while top < len(tokens) and tokens[:top] in made:
        top += 1
    for depth in range(len(tokens) - 1, top - 1, -1):
        made.add(tokens[:depth])
        value = {tokens[depth]: value}
    (change,) = _operations(override)
    kept = {"path": override.pointer, "missing": override.missing}
    return [change | {"path": format_pointer(tokens[:top]), "value": value, "kept": kept}]


def _operations(override: Override) -> list[dict[str, Any]]:
    path = override.pointer
    extra: dict[str, Any] = {"why": override.why} if override.why else {}
    if override.moved_under:
        extra["over"] = said(override.over)
    if override.until:
        extra["until"] = {override.until.kind: override.until.value}
    if override.op == REMOVE and override.seed is ABSENT:
        return []
    if override.op == REMOVE:
        return [_test(override), {"op": REMOVE, "path": path, **extra}]
    change = {"op": override.op, "path": path, "value": override.value, **extra}
    return [_test(override), change] if override.op == REPLACE else [change]


def _test(override: Override) -> dict[str, Any]:
    return {"op": TEST, "path": override.pointer, "value": override.seed}


def said(value: Value) -> dict[str, Any]:
    """A value as a record has it, or that there is none."""
    return {"absent": True} if value is ABSENT else {"value": value}


def is_structural(override: Override) -> bool:
    """Whether it may move list items: an index as the last step, added or removed."""
    last = override.tokens[-1] if override.tokens else ""
    return override.op != REPLACE and is_index(last)


def inserts(override: Override, base: Value) -> bool:
    """Whether it puts an item into a list of its base: another one than stands at its pointer."""
    at = override.tokens[:-1]
    return (
        override.op == ADD
        and bool(override.tokens)
        and exists(base, at)
        and isinstance(resolve(base, at), list)
    )


def ordered(overrides: tuple[Override, ...]) -> list[Override]:
    """In the order of a patch, in which every pointer of the base is right when it comes up."""
    values = [o for o in overrides if not is_structural(o)]
    structural = [o for o in overrides if is_structural(o)]
    # At one index a removal comes before the insertions, and these in reverse: the last one made
    # stands first there.
    ranked = sorted(
        enumerate(structural),
        key=lambda pair: (_rank(pair[1].tokens), pair[1].op == REMOVE, pair[0]),
        reverse=True,
    )
    return values + [override for _, override in ranked]


def _rank(tokens: Tokens) -> list[tuple[int, int, str]]:
    return [(1, int(t), "") if is_index(t) else (0, 0, t) for t in tokens]


# -- changing a record ---------------------------------------------------------------------------


def effective_value(overrides: tuple[Override, ...], base: Value) -> Value:
    """What overrides make of their base. Raises PatchError."""
    return apply(patch_of(overrides), base)


def set_value(
    record: Record,
    base: Value,
    tokens: Tokens,
    value: Value,
    why: str = "",
    until: Until | None = None,
) -> Record:
    """The record with another value at a pointer of the base.

    What lies below the pointer is replaced. A pointer inside an overridden value changes that
    value. To set what the seed has is an override too, a redundant one: it keeps the value when
    the seed changes. Raises PatchError.
    """
    sayable(value, tokens)
    encodable("".join(tokens), tokens)
    _refuse_below_removed(record, tokens)
    holder = holder_of(record, base, tokens)
    if holder is not None:
        return edit_inside(record, holder, ADD, [tokens[len(holder.tokens) :]], value, why, until)
    if not tokens:
        raise PatchError("the whole document cannot be overridden", hint="name what is in it")
    parent = resolve(base, tokens[:-1])
    if isinstance(parent, list):
        return _insert_or_replace(record, base, parent, tokens, value, why, until)
    if not isinstance(parent, dict):
        raise PatchError(
            f"{format_pointer(tokens[:-1])} holds a plain value: nothing goes below it"
        )
    old = value_at(base, tokens)
    made = Override(tokens, ADD if old is ABSENT else REPLACE, value, old, old, why, until)
    return _with(record, base, made)


def _insert_or_replace(
    record: Record,
    base: Value,
    parent: list[Value],
    tokens: Tokens,
    value: Value,
    why: str,
    until: Until | None,
) -> Record:
    index = list_index(tokens[-1], len(parent))
    at = (*tokens[:-1], str(index))
    if index < len(parent):
        old = parent[index]
        return _with(record, base, Override(at, REPLACE, value, old, old, why, until))
    if index > len(parent):
        raise PatchError(f"{format_pointer(at)}: the list has {len(parent)} items")
    return _with(record, base, Override(at, ADD, value, ABSENT, ABSENT, why, until))


def remove_value(
    record: Record, base: Value, tokens: Tokens, why: str = "", until: Until | None = None
) -> Record:
    """The record with a pointer of the base taken away. Raises PatchError."""
    _refuse_below_removed(record, tokens)
    holder = holder_of(record, base, tokens)
    if holder is not None:
        return edit_inside(record, holder, REMOVE, [tokens[len(holder.tokens) :]], None, why, until)
    old = resolve(base, tokens)
    return _with(record, base, Override(tokens, REMOVE, None, old, old, why, until))


def lay(record: Record, base: Value, made: Override) -> Record:
    """The record with a difference from its base laid over it, as what it is.

    Where an override holds the pointer, that override's value is changed. Raises PatchError where
    it cannot be told what the difference is in that value.
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
    op = REMOVE if made.op == REMOVE else ADD
    return edit_inside(record, holder, op, [rest], made.value, made.why, made.until)


def from_difference(
    record: Record, base: Value, local: Value, why: str = "", key_of: KeyOf = no_key
) -> Record:
    """The record with everything in which `local` differs from its base. Raises PatchError."""
    for made in differences(base, local, (), key_of):
        sayable(made.value, made.tokens)
        record = _with(record, base, replace(made, why=why))
    return record


def differences(a: Value, b: Value, at: Tokens = (), key_of: KeyOf = no_key) -> Iterator[Override]:
    """What makes `b` of `a`, one override a difference; some may hold what JSON cannot say."""
    if same(a, b):
        return
    if isinstance(a, dict) and isinstance(b, dict):
        for key in {**a, **b}:
            if key not in b:
                yield Override((*at, key), REMOVE, None, a[key], a[key])
            elif key not in a:
                yield Override((*at, key), ADD, b[key], ABSENT, ABSENT)
            else:
                yield from differences(a[key], b[key], (*at, key), key_of)
    elif isinstance(a, list) and isinstance(b, list):
        yield from _list_differences(a, b, at, key_of)
    else:
        yield Override(at, REPLACE, b, a, a)


def _list_differences(
    a: list[Value], b: list[Value], at: Tokens, key_of: KeyOf
) -> Iterator[Override]:
    pairs = dict(increasing(sorted(align(a, b, key_of(at)).pairs.items())))
    for i, item in enumerate(a):
        if i in pairs:
            yield from differences(item, b[pairs[i]], (*at, str(i)), key_of)
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
        above = len(override.tokens) < len(tokens) and _below(tokens, override.tokens)
        if above and override.op == REMOVE:
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
            and _below(tokens, o.tokens)
            and not inserts(o, base)
        ),
        None,
    )


def edit_inside(
    record: Record,
    holder: Override,
    op: str,
    places: Iterable[Tokens],
    value: Value,
    why: str = "",
    until: Until | None = None,
) -> Record:
    """The record with the value of one of its overrides changed, at some pointers in that value.

    op  ADD, to set what is there or not, or REMOVE. Raises PatchError.
    """
    inner = holder.value
    for tokens in places:
        kind = REPLACE if op == ADD and exists(inner, tokens) else op
        inner = apply([{"op": kind, "path": format_pointer(tokens), "value": value}], inner)
    changed = replace(holder, value=inner, why=why or holder.why, until=until or holder.until)
    return replace(record, overrides=tuple(changed if o is holder else o for o in record.overrides))


def _with(record: Record, base: Value, made: Override) -> Record:
    if made.seed is not ABSENT:
        try:
            sayable(made.seed, made.tokens)
        except PatchError as error:
            # A record pins what it was made over.
            raise PatchError(f"of the seed's value, {error.message}", hint=error.hint) from None
    if inserts(made, base):
        return replace(record, overrides=(*record.overrides, made))
    kept = [
        o
        for o in record.overrides
        if not _below(o.tokens, made.tokens)
        # An item that is put in at this index is another one than the one that stands there.
        or (o.tokens == made.tokens and inserts(o, base))
    ]
    # A parked override is replaced by one at its place; but an index of a list that it has no place
    # in any more says nothing: another item may stand there now.
    parked = tuple(
        p
        for p in record.parked
        if not _below(p.override.tokens, made.tokens)
        or (p.reason != YIELDED and any(is_index(token) for token in p.override.tokens))
    )
    return replace(record, overrides=(*kept, made), parked=parked)


def _below(tokens: Tokens, place: Tokens) -> bool:
    """Whether a pointer is `place` or lies below it."""
    return tokens[: len(place)] == place

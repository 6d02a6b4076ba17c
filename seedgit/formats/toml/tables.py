"""TOML: decisions about one table that do not fit together become one conflict.

A table may be written as a header, as dotted keys or as an inline table, and its sub-tables are
entries of their own. So the decisions about one table are made in several places. But a text with
two forms of one table is not valid TOML. And one side may have removed, header by header, a table
that the other side added to.
"""

from __future__ import annotations

from seedgit import codes
from seedgit.merge.decision import BASE, OURS, OWN_REASONS, THEIRS, Conflict, Decision
from seedgit.merge.tree import common_path
from seedgit.values.value import Value, same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from seedgit.merge.decision import Parents
    from seedgit.merge.tree import Entry, Pointer

# The form of a path in a text: [a.b] makes `a.b` a header and `a` implied, `a.b = 1` makes `a`
# dotted and `a.b` a value.
HEADER, DOTTED, IMPLIED, VALUE = "header", "dotted", "implied", "value"


def joined(
    pointer: Pointer, parents: Parents, decided: dict[Pointer, Decision]
) -> dict[Pointer, Decision]:
    """`decided`, by path, with one conflict for the decisions that do not fit together."""
    group_of: dict[Pointer, set[Pointer]] = {}
    lonely: dict[Pointer, list[Pointer]] | None = None
    for at, owners in (*_two_forms(decided), *_taken_away(pointer, parents, decided)):
        lonely = _on_one_side(decided) if lonely is None else lonely
        # Other parts of the table that only one side still has: the other side moved them.
        paths = {*owners, *lonely.get(at, ())}
        met = {id(group): group for path in paths if (group := group_of.get(path))}
        whole = max(met.values(), key=len, default=set())
        for group in (paths, *met.values()):
            if group is not whole:
                whole |= group
                group_of.update(dict.fromkeys(group, whole))
    result = dict(decided)
    ranks = {path: n for n, path in enumerate(decided)} if group_of else {}
    for group in {id(group): group for group in group_of.values()}.values():
        known = sorted((path for path in group if path in ranks), key=ranks.__getitem__)
        conflict = _conflict(pointer, parents, [decided[path] for path in known])
        result.update(dict.fromkeys(group, conflict))
    if all(one.kept for one in result.values()):
        return result
    from seedgit.formats.toml.implied import kept  # late: few merges remove anything

    return kept(pointer, parents, result)


def _on_one_side(decided: dict[Pointer, Decision]) -> dict[Pointer, list[Pointer]]:
    """The paths of what one side has no longer, or not yet, by each table that they are in."""
    found: dict[Pointer, list[Pointer]] = {}
    for path, merged in decided.items():
        if not (merged.ours and merged.theirs):
            for size in range(len(path) + 1):
                found.setdefault(path[:size], []).append(path)
    return found


def _conflict(pointer: Pointer, parents: Parents, parts: list[Decision]) -> Decision:
    base, ours, theirs = (
        tuple(sorted((e for part in parts for e in part.side(side)), key=lambda e: e.lead))
        for side in (BASE, OURS, THEIRS)
    )
    reason = codes.BOTH_CHANGED if base else codes.BOTH_ADDED
    if not ours or not theirs:
        reason = codes.MODIFY_DELETE
    path = common_path([*base, *ours, *theirs])
    return Conflict(reason, pointer + path, base, ours, theirs, parents)


def _two_forms(decided: dict[Pointer, Decision]) -> Iterator[tuple[Pointer, set[Pointer]]]:
    """The tables that would get two forms, each with the paths of the decisions about it."""
    found: dict[Pointer, dict[Pointer, set[str]]] = {}
    for owner, merged in decided.items():
        for path, form in _forms_of(merged):
            found.setdefault(path, {}).setdefault(owner, set()).add(form)
    for at, owners in found.items():
        forms = set().union(*owners.values())
        if len(owners) == 1:
            continue
        if VALUE in forms:
            yield at, set(owners)
        elif HEADER in forms and DOTTED in forms:
            yield at, {owner for owner, its in owners.items() if its & {HEADER, DOTTED}}


def _forms_of(merged: Decision, prefix: Pointer = ()) -> Iterator[tuple[Pointer, str]]:
    """The paths in the text of a decision and their forms, with both sides of its conflicts."""
    if merged.children is not None and merged.ours[0].node.layout == "block":
        if merged.ours[0].node.kind == "map":
            path = prefix + merged.ours[0].path
            yield from _forms(path[len(prefix) :], prefix, True, HEADER)
            for child in merged.children:
                yield from _forms_of(child, path)
            return
    if merged.source == codes.CONFLICT:
        entries = merged.ours + merged.theirs
    else:
        entries = merged.side(merged.pick or merged.source) or merged.ours[: merged.kept]
    for entry in entries:
        yield from _forms_in(entry, prefix)


def _forms_in(entry: Entry, prefix: Pointer) -> Iterator[tuple[Pointer, str]]:
    node = entry.node
    section = node.layout == "block"
    yield from _forms(
        entry.path, prefix, section, HEADER if section and node.kind == "map" else VALUE
    )
    if section and node.kind == "map":
        for child in node.entries:
            yield from _forms_in(child, prefix + entry.path)


def _forms(
    path: Pointer, prefix: Pointer, section: bool, form: str
) -> Iterator[tuple[Pointer, str]]:
    for size in range(1, len(path)):
        yield prefix + path[:size], IMPLIED if section else DOTTED
    yield prefix + path, form


def _taken_away(
    pointer: Pointer, parents: Parents, decided: dict[Pointer, Decision]
) -> Iterator[tuple[Pointer, set[Pointer]]]:
    """The tables that one side changed, or made from a value, while the other side removed them or
    made them values. Each comes with the paths of the decisions about it."""
    if parents.base is None or parents.ours is None or parents.theirs is None:
        return
    parts: dict[Pointer, set[Pointer]] = {}  # which decisions are about the table at a path
    for path, gone in _clashes(parents.base.value, parents.ours.value, parents.theirs.value, ()):
        parts = parts or _parts(decided)
        owners = parts.get(path, set())
        made = [m for owner in owners for m in decided[owner].walk()]
        # If one side removed the whole table, a conflict about a part of it is not enough.
        marked = not gone and any(
            m.source == codes.CONFLICT and _related(m.pointer[len(pointer) :], path) for m in made
        )
        # Where a rule decided, there is no conflict.
        if len(owners) > 1 and not marked and all(m.reason in OWN_REASONS for m in made):
            yield path, owners


def _parts(decided: dict[Pointer, Decision]) -> dict[Pointer, set[Pointer]]:
    """The paths of the decisions about each table or value, of whichever version."""
    found: dict[Pointer, set[Pointer]] = {}
    for owner, merged in decided.items():
        for entry in (*merged.base, *merged.ours, *merged.theirs):
            for path, _ in _forms_in(entry, ()):
                found.setdefault(path, set()).add(owner)
    return found


def _clashes(
    base: Value, ours: Value, theirs: Value, path: Pointer
) -> Iterator[tuple[Pointer, bool]]:
    """The places where the sides clash, and whether one side has nothing there any more."""
    if same(base, ours) or same(base, theirs) or same(ours, theirs):
        return
    gone = ours is None or theirs is None
    if not isinstance(base, dict):
        if (ours is None) != (theirs is None):
            yield path, gone
    elif not isinstance(ours, dict) or not isinstance(theirs, dict):
        yield path, gone
    else:
        for key in base:
            yield from _clashes(base[key], ours.get(key), theirs.get(key), (*path, key))


def _related(one: Pointer, other: Pointer) -> bool:
    size = min(len(one), len(other))
    return one[:size] == other[:size]

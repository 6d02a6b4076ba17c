"""What a clean merge may not do to values, read by other readers than the engine's own.

`read` gives a document as maps, lists and scalars, each scalar as (kind, text): 1 is not 1.0 and
not "1". `broken` names every place where a side's change is lost, or something nobody wrote stands.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from typing import Any

import yaml

ABSENT: Any = ("absent", "")
DEPTH = 100
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# A string, a comment, or a comma before a closing bracket (comments are gone by then).
COMMENTS = re.compile(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', re.DOTALL)
COMMAS = re.compile(r'("(?:\\.|[^"\\])*")|,(?=\s*[}\]])')
IDENTITIES = ("id", "name", "key")
# A name and one bound, or several with commas between.
BOUND = r" *[=<>!~]+ *[^\s,;]+"
REQUIREMENT = re.compile(rf"([A-Za-z][\w.-]*){BOUND}(?:,{BOUND})*", re.ASCII)


class Unreadable(Exception):
    """The other reader refuses this text."""


def read(format: str, data: bytes) -> Any:
    """The document's value; raises Unreadable."""
    try:
        text = data.decode("utf-8").removeprefix("\ufeff")
        return {"yaml": _yaml, "json": _json, "toml": _toml}[format](text)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise Unreadable(str(error)) from None


def plain_json(text: str) -> str:
    """JSON without comments, and without the commas behind a last item."""
    return COMMAS.sub(r"\1", COMMENTS.sub(r"\1", text))


def _json(text: str) -> Any:
    return _plain(
        json.loads(
            plain_json(text),
            object_pairs_hook=_members,
            parse_int=lambda digits: ("number", digits),
            parse_float=lambda digits: ("number", digits),
        )
    )


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise Unreadable("a key stands twice")
    return members


def _toml(text: str) -> Any:
    return _plain(tomllib.loads(text.replace("\r\n", "\n"), parse_float=lambda x: ("number", x)))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value if isinstance(value, tuple) else (type(value).__name__, str(value))


def _yaml(text: str) -> Any:
    # A missing last newline is the file's matter, though a block scalar before it ends otherwise.
    text = text if text.endswith("\n") else text + "\n"
    documents = [_composed(node, 0) for node in yaml.compose_all(text, Loader=LOADER)]
    return documents[0] if len(documents) == 1 else documents


def _composed(node: Any, depth: int) -> Any:
    if depth > DEPTH:
        raise Unreadable("too deep, or an alias inside its own anchor")
    if isinstance(node, yaml.MappingNode):
        pairs = [(_key(k, depth), _composed(v, depth + 1)) for k, v in node.value]
        return _members(pairs)
    if isinstance(node, yaml.SequenceNode):
        return [_composed(item, depth + 1) for item in node.value]
    return ("null", "") if node is None else (node.tag, node.value)


def _key(node: Any, depth: int) -> str:
    if isinstance(node, yaml.ScalarNode) and node.tag.endswith(":str"):
        return str(node.value)
    return repr(_composed(node, depth + 1))


# -- the laws ------------------------------------------------------------------------------------


def broken(format: str, base: Any, ours: Any, theirs: Any, result: Any) -> list[str]:
    """What is wrong with a clean result, place by place."""
    if format == "toml":
        result = _with_implied(ours, theirs, result)
    return list(_law((), base, ours, theirs, result))


def _with_implied(o: Any, t: Any, r: Any) -> Any:
    """The result with the tables that dotted keys alone had made: they end with the last of these,
    of which each side may have taken some."""
    if not (isinstance(o, dict) and isinstance(t, dict) and isinstance(r, dict)):
        return r
    both = {key for key in o if key in t and isinstance(o[key], dict) and isinstance(t[key], dict)}
    full = [key for key in both if o[key] and t[key]]
    return {**r, **{key: _with_implied(o[key], t[key], r.get(key, {})) for key in full}}


def _law(at: tuple[str, ...], b: Any, o: Any, t: Any, r: Any) -> Iterator[str]:
    where = "/".join(("", *at)) or "/"
    if o == t:
        if r != o:
            yield f"{where}: both sides have {_short(o)}, the result {_short(r)}"
    elif b in (o, t):
        wanted, side = (t, "theirs") if b == o else (o, "ours")
        if r != wanted:
            yield from _narrowed(at, b, o, t, r, f"{side} made it {_short(wanted)}")
    elif isinstance(o, dict) and isinstance(t, dict):
        if not isinstance(r, dict):
            yield f"{where}: both sides have a map, the result {_short(r)}"
            return
        old, o, t, r = _with_parents_alike(b if isinstance(b, dict) else {}, o, t, r)
        names = {**o, **t, **r, **old}
        for gone, came, kept, moved in _renames(old, o, t, r):
            yield from _law((*at, came), old[gone], moved[came], kept[gone], r[came])
            names = {key: None for key in names if key not in (gone, came)}
        for key in names:
            sides = (side.get(key, ABSENT) for side in (old, o, t, r))
            yield from _law((*at, key), *sides)
    elif isinstance(o, list) and isinstance(t, list) and isinstance(r, list):
        yield from _list_law(at, b if isinstance(b, list) else [], o, t, r)
    elif not _lines_of_both(b, o, t, r) and not _notation_of_one(b, o, t, r):
        yield f"{where}: {_short(o)} against {_short(t)} gave {_short(r)}"


def _with_parents_alike(b: Any, o: Any, t: Any, r: Any) -> tuple[Any, Any, Any, Any]:
    """The versions with the parents that one side put round entries, or took away from them, and
    did nothing else to them: the result followed that where it has none of the old ones."""
    for moved, kept in ((o, t), (t, o)):
        for name in [key for key in moved if key not in b and key not in kept]:
            inside = moved[name] if isinstance(moved[name], dict) else {}
            keys = [k for k in inside if b.get(k) == inside[k] and k not in moved and k not in r]
            if keys and name in r:
                b, kept_now = (_put_in(side, name, keys) for side in (b, kept))
                return (b, o, kept_now, r) if kept is t else (b, kept_now, t, r)
        for name in [key for key in b if key not in moved and key not in r]:
            sides = (b.get(name), kept.get(name))
            if not all(isinstance(side, dict) and side for side in sides):
                continue
            if all(k not in b and moved.get(k) == v for k, v in b[name].items()):
                b, kept_now = (
                    {**{k: v for k, v in side.items() if k != name}, **side[name]}
                    for side in (b, kept)
                )
                return (b, o, kept_now, r) if kept is t else (b, kept_now, t, r)
    return b, o, t, r


def _put_in(side: Any, name: str, keys: list[str]) -> Any:
    inside = {key: side[key] for key in keys if key in side}
    rest = {key: value for key, value in side.items() if key not in keys}
    return {**rest, name: inside} if inside else rest


def _renames(b: Any, o: Any, t: Any, r: Any) -> Iterator[tuple[str, str, Any, Any]]:
    """(old, new, the side that kept the old name, the one that gave the new one): the result
    followed one side's rename of a container that the other side changed."""
    for kept, moved in ((t, o), (o, t)):
        fresh = [key for key in moved if key not in b and key not in kept]
        for gone in b:
            came = [key for key in fresh if type(moved[key]) is type(b[gone])]
            changed = gone in kept and kept[gone] != b[gone] and not isinstance(b[gone], tuple)
            if changed and gone not in moved and gone not in r and len(came) == 1 and came[0] in r:
                yield gone, came[0], kept, moved


def _renamed_below(*versions: Any) -> tuple[Any, ...]:
    """Base, ours, theirs and the result, with one old name for a key that a side renamed in it."""
    b, o, t, r = (Counter(key for at, _ in leaves(v) for key in at) for v in versions)
    for moved, kept in ((o, t), (t, o)):
        gone = [key for key in b if moved[key] < b[key] and r[key] < kept[key]]
        came = [key for key in moved if key in r and key not in b and key not in kept]
        if len(gone) == len(came) == 1:
            return tuple(_with_name(version, came[0], gone[0]) for version in versions)
    return versions


def _with_name(value: Any, old: str, new: str) -> Any:
    if isinstance(value, dict):
        return {new if key == old else key: _with_name(v, old, new) for key, v in value.items()}
    return [_with_name(item, old, new) for item in value] if isinstance(value, list) else value


def _narrowed(at: tuple[str, ...], b: Any, o: Any, t: Any, r: Any, change: str) -> Iterator[str]:
    """The violation as deep as it can be told."""
    wanted = t if b == o else o
    if all(isinstance(value, dict) for value in (b, wanted, r)):
        for key in {**wanted, **r}:
            yield from _law((*at, key), *(s.get(key, ABSENT) for s in (b, o, t, r)))
        return
    yield f"/{'/'.join(at)}: {change}, the result {_short(r)}"


def _list_law(
    at: tuple[str, ...], b: list[Any], o: list[Any], t: list[Any], r: list[Any]
) -> Iterator[str]:
    key = identity(b, o, t)
    if key is not None and not any(_renamed(b, side, key) for side in (o, t)):
        if r and identity(r) != key:
            yield f"/{'/'.join(at)}: the items are no longer told apart by {key}"
            return
        members = [{str(item[key]): item for item in side} for side in (b, o, t, r)]
        for name in {**members[1], **members[2], **members[3], **members[0]}:
            yield from _law((*at, name), *(side.get(name, ABSENT) for side in members))
        yield from _order_law(at, *(list(side) for side in members))
        return
    yield from _requirement_law(at, *map(_requirements, (b, o, t, r)))
    b, o, t, r = _renamed_below(b, o, t, r)
    found = [_holders(side) for side in (b, o, t, r)]
    settled = {"theirs": _unmoved(b, o), "ours": _unmoved(b, t)}
    for leaf in set().union(*found):
        in_b, in_o, in_t, in_r = (side.get(leaf, Counter()) for side in found)
        # Left alone: every item that holds it is as it was. Nobody can say more without identity.
        for mine, yours, side in ((in_o, in_t, "theirs"), (in_t, in_o, "ours")):
            if not (mine == in_b != yours and settled[side]):
                continue
            if in_r.total() != yours.total():
                yield (
                    f"/{'/'.join(at)}: {leaf} stands {yours.total()} times in {side}, "
                    f"{in_r.total()} in the result, and the other side left it alone"
                )
        allowed = (in_o.total(), in_o.total() + in_t.total() - in_b.total())
        if in_o == in_t and in_r.total() not in allowed[: 1 if in_o.total() > in_b.total() else 2]:
            yield (
                f"/{'/'.join(at)}: {leaf} stands {in_o.total()} times in both sides, "
                f"{in_r.total()} in the result"
            )
    if all(isinstance(item, tuple) for side in (b, o, t, r) for item in side):
        if all(len(set(side)) == len(side) for side in (b, o, t, r)):
            yield from _order_law(at, b, o, t, r)


def _requirement_law(at: tuple[str, ...], *versions: dict[str, list[Any]]) -> Iterator[str]:
    """Of requirements a name tells which is which, where no version has it twice."""
    for name in dict.fromkeys(name for version in versions for name in version):
        found = [version.get(name, []) for version in versions]
        if all(len(items) < 2 for items in found[:3]):
            if len(found[3]) > 1:
                yield f"/{'/'.join(at)}: {name} stands {len(found[3])} times"
            else:
                yield from _law((*at, name), *((items or [ABSENT])[0] for items in found))


def _requirements(items: list[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for item in items:
        match = REQUIREMENT.fullmatch(item[1]) if isinstance(item, tuple) else None
        if match:
            name = re.sub("[_.]", "-", match[1].lower())
            found.setdefault(name, []).append(item)
    return found


def _renamed(base: list[Any], side: list[Any], key: str) -> bool:
    """Whether a side may have given an item another identity."""
    old, new = ({item[key] for item in items} for items in (base, side))
    return bool(old - new and new - old)


def _unmoved(base: list[Any], side: list[Any]) -> bool:
    """Whether a side's items are told apart by what they are, and stand in base's order."""
    old, new = ({repr(item): n for n, item in enumerate(items)} for items in (base, side))
    return len(old) == len(base) and len(new) == len(side) and _in_order(old, new)


def _holders(items: list[Any]) -> dict[Any, Counter[str]]:
    """Every leaf of a list, and the items that hold it."""
    found: dict[Any, Counter[str]] = {}
    for item in items:
        for leaf in leaves(item):
            found.setdefault(leaf, Counter())[repr(item)] += 1
    return found


def _order_law(
    at: tuple[str, ...], b: list[Any], o: list[Any], t: list[Any], r: list[Any]
) -> Iterator[str]:
    """Two items stand as both sides have them; where one side turned base's order, as that has.

    A new item keeps its place among what its side knew, unless the other side moved things.
    """
    in_b, in_o, in_t = ({name: n for n, name in enumerate(side)} for side in (b, o, t))
    still = [_in_order(in_b, side) for side in (in_o, in_t)]
    for n, x in enumerate(r):
        for y in r[n + 1 :]:
            before, ours, theirs = (
                side[x] < side[y] if x in side and y in side else None
                for side in (in_b, in_o, in_t)
            )
            if ours is not None and theirs is not None:
                right = ours if ours == theirs else theirs if before == ours else ours
                right = right or (before is None and ours != theirs)
            else:
                right = (ours is not False or not still[1]) and (
                    theirs is not False or not still[0]
                )
            if not right:
                yield f"/{'/'.join(at)}: {_short(y)} belongs before {_short(x)}"


def _in_order(base: dict[Any, int], side: dict[Any, int]) -> bool:
    """Whether a side has what it kept of base's items in base's order."""
    kept = [base[name] for name in side if name in base]
    return kept == sorted(kept)


def identity(*lists: list[Any]) -> str | None:
    """The member by which the items of all these lists are told apart."""
    items = [item for side in lists for item in side]
    if not items or not all(isinstance(item, dict) for item in items):
        return None
    for key in IDENTITIES:
        if all(isinstance(item.get(key), tuple) for item in items) and all(
            len({item[key] for item in side}) == len(side) for side in lists
        ):
            return key
    return None


def leaves(value: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every scalar with the keys above it; which item of a list it is in does not count."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*at, key))
    elif isinstance(value, list):
        for item in value:
            yield from leaves(item, (*at, "*"))
    elif "\n" in value[1]:
        for line in value[1].split("\n"):  # both sides' lines may be merged
            yield (*at, "line"), (value[0], line.strip())
    else:
        yield at, value


def _lines_of_both(b: Any, o: Any, t: Any, r: Any) -> bool:
    """A text of several lines, merged by lines: each line of one side, each change made."""
    if not all(isinstance(value, tuple) and "\n" in value[1] for value in (b, o, t, r)):
        return False
    base, ours, theirs, result = (Counter(v[1].split("\n")) for v in (b, o, t, r))
    return all(
        result[line] in (ours[line] + theirs[line] - base[line], ours[line], theirs[line])
        for line in {*base, *ours, *theirs, *result}
    )


def _notation_of_one(b: Any, o: Any, t: Any, r: Any) -> bool:
    """A version with the numbers of one side and the notation of the other, each all it changed."""
    if not all(isinstance(value, tuple) for value in (b, o, t, r)):
        return False
    base, ours, theirs, result = (
        (re.findall(r"\d+", value[1]), re.sub(r"\d+", "0", value[1])) for value in (b, o, t, r)
    )
    return any(
        result == (one[0], other[1]) and base == (other[0], one[1])
        for one, other in ((ours, theirs), (theirs, ours))
    )


def _short(value: Any) -> str:
    text = "nothing" if value == ABSENT else repr(value[1] if isinstance(value, tuple) else value)
    return text if len(text) < 80 else text[:77] + "..."

"""Reads texts that begin with a name, such as requirements and settings.

The name is `requests` in `requests[socks]>=2.0; python_version < "3.12"`, `numpy` in
`numpy >=1.26,<3`, `--log` in `--log=info`, and `PORT` in `PORT=80`. The names tell the items of a
list of such texts apart: raising a bound changes an item, and does not replace it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from seedgit.values.value import Value

_SIGNS = "=<>!~"
_IN_NAMES = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-:")


def requirement(text: str) -> tuple[str, str] | None:
    """(name, the rest of the text); None for a text of another kind, such as a command."""
    size = next((n for n, sign in enumerate(text) if sign not in _IN_NAMES), len(text))
    name, wanted = text[:size].rpartition("::")[2], text[size:].strip()  # channel::name
    if ":" in name or not name.strip("-")[:1].isalnum():
        return None
    rest = wanted
    if rest[:1] == "[":
        rest = rest.partition("]")[2].lstrip()
    bounds = rest.partition(";")[0]
    if bounds[:1] == "@":
        return (name, wanted) if "://" in bounds else None
    if bounds and bounds[0] not in _SIGNS:
        return None
    return (name, wanted) if all(map(_is_bound, bounds.split(","))) else None


def _is_bound(text: str) -> bool:
    """Whether one value at most follows the sign. Several words are a sentence or a command."""
    return len(text.strip().lstrip(_SIGNS).split()) < 2


def bounds(*texts: str) -> list[tuple[str, str]]:
    """Each text as (its beginning, its bound) if all are one requirement, else as ("", text)."""
    wanted = [found[1] for text in texts if (found := requirement(text))]
    before = {text.removesuffix(bound) for text, bound in zip(texts, wanted, strict=False) if bound}
    if len(wanted) < len(texts) or not all(wanted) or len(before) > 1:
        return [("", text) for text in texts]
    [name] = before
    return [(name, bound) for bound in wanted]


def names(items: Iterable[Value]) -> list[str]:
    """The names in a list, one for each item that has one; none where no item has a bound.

    A map with one member, such as `pip:` with its packages, goes by its key.
    """
    found = [name for name in map(_name, items) if name]
    return [name for name, _ in found] if any(bound for _, bound in found) else []


def shared_names(versions: Sequence[Sequence[Value]]) -> frozenset[str]:
    """The names that tell items apart in all versions of a list: none has such a name twice."""
    found = [[name for name in map(_name, items) if name] for items in versions]
    if not any(bound for side in found for _, bound in side):
        return frozenset()
    known: set[str] = set()
    twice: set[str] = set()
    for side in found:
        seen: set[str] = set()
        for name, _ in side:
            (twice if name in seen else seen).add(name)
        known |= seen
    return frozenset(known - twice)


def name_of(item: Value, known: frozenset[str]) -> str | None:
    """The name of an item if it is one of `known`, else None."""
    name, _ = (_name(item) if known else None) or (None, "")
    return name if name in known else None


def normal_name(name: str) -> str:
    """The form of a name that package indexes compare: `Foo_Bar` is `foo-bar`."""
    return name.lower().replace("_", "-").replace(".", "-")


def _name(item: Value) -> tuple[str, str] | None:
    """(name, the rest) of a list item; None where it has no name."""
    if type(item) is str:
        parts = requirement(item)
        return (normal_name(parts[0]), parts[1]) if parts else None
    if isinstance(item, dict) and len(item) == 1:
        [(key, value)] = item.items()
        return (key + ":", "") if isinstance(value, (dict, list)) else None
    return None

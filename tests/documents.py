"""Generated documents: a value, random edits of it, and its text in each format."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Iterator
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

FORMATS = ("yaml", "json", "toml")
EXPLORE = "EXPLORE" in os.environ


def examples(number: int) -> settings:
    """So many examples for each set of a law's parameters; ten times that with EXPLORE=1."""
    return settings(max_examples=number * 10 if EXPLORE else number)


EVERY = (*FORMATS, "ini")  # also the one that has no lists, and texts alone in one level of maps

KEYS = st.sampled_from(["a", "b", "c", "d", "queue", "max_items", "x y", "z-1"])
SCALARS = st.one_of(
    st.booleans(),
    st.integers(-5, 5),
    st.sampled_from(
        ["", "main", "drain", "yes", "017", "1.10", "two\nlines\n", "é", "# no", "- x"]
    ),
    st.sampled_from([0.5, 1.0, -2.25]),
)
SCALAR_LISTS = st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), max_size=4, unique=True)


# A strategy that is made anew for each draw costs more than the draw.
ITEM_NAMES = st.lists(st.sampled_from(["fetch", "rank", "write", "send"]), unique=True)
MEMBERS = st.dictionaries(KEYS, SCALARS, max_size=2)
EDITS = st.sampled_from(["set", "add", "delete"])


@st.composite
def item_lists(draw: st.DrawFn) -> list[dict[str, Any]]:
    return [{"id": name, **draw(MEMBERS)} for name in draw(ITEM_NAMES)]


VALUES = st.recursive(
    st.one_of(SCALARS, SCALAR_LISTS, item_lists()),
    lambda inner: st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, min_size=1, max_size=5)


@st.composite
def edited(draw: st.DrawFn, document: dict[str, Any]) -> dict[str, Any]:
    """`document` after up to three random edits of map members, anywhere."""
    result = copy.deepcopy(document)
    for _ in range(draw(st.integers(0, 3))):
        maps = list(_maps(result))
        place = maps[draw(st.integers(0, len(maps) - 1))]
        what = draw(EDITS)
        keys = [key for key in place if key != "id"]
        if what == "add":
            place.setdefault(draw(KEYS), draw(VALUES))
        elif keys:
            key = draw(st.sampled_from(keys))
            if what == "delete":
                if len(place) > 1:  # an emptied map changes its style: another matter
                    del place[key]
            else:
                place[key] = draw(SCALARS)
    return result


def _maps(value: Any) -> Any:
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from _maps(item)
    elif isinstance(value, list):
        for item in value:
            yield from _maps(item)


def text_of(value: dict[str, Any], format: str) -> bytes:
    """The same text for the same value, and the same lines for the same parts of it."""
    if format == "json":
        return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()
    if format == "ini":
        return "".join(_ini(fitted(value, format))).encode()
    if format == "toml":
        import tomlkit

        return tomlkit.dumps(value).encode()
    return ("\n".join(_yaml(value, 0)) + "\n").encode()


def fitted(value: dict[str, Any], format: str) -> dict[str, Any]:
    """What the format can say of a document: in INI, texts in the file's and in sections' lines."""
    if format != "ini":
        return value
    return {
        key: {k: _line(v) for k, v in item.items()} if isinstance(item, dict) else _line(item)
        for key, item in value.items()
    }


def _line(value: Any) -> str:
    plain = isinstance(value, str) and value == value.strip() and "\n" not in value
    return value if plain else _inline(value)


def _ini(value: dict[str, Any]) -> Iterator[str]:
    sections = {key: item for key, item in value.items() if isinstance(item, dict)}
    yield from (f"{key} = {item}\n" for key, item in value.items() if key not in sections)
    for key, item in sections.items():
        yield f"\n# about {key}\n[{key}]\n"
        yield from (f"{k} = {v}\n" for k, v in item.items())


def _yaml(value: Any, indent: int) -> list[str]:
    pad = " " * indent
    if isinstance(value, dict) and value:
        lines = []
        for key, item in value.items():
            if isinstance(item, (dict, list)) and item:
                lines += [f"{pad}# about {key}", f"{pad}{json.dumps(key)}:"]
                lines += _yaml(item, indent + 2)
            else:
                lines.append(f"{pad}{json.dumps(key)}: {_inline(item)}")
        return lines
    if isinstance(value, list) and value:
        lines = []
        for item in value:
            first, *rest = _yaml(item, indent + 2) if isinstance(item, dict) else [_inline(item)]
            lines += [f"{pad}- {first.strip()}", *rest]
        return lines
    return [pad + _inline(value)]


def _inline(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)

"""Generated documents: a value, random edits of it, and its text in each format."""

from __future__ import annotations

import copy
import json
import os
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st

FORMATS = ("yaml", "json", "toml")
EXPLORE = "EXPLORE" in os.environ


def examples(number: int) -> settings:
    """So many examples for each set of a law's parameters; ten times that with EXPLORE=1."""
    return settings(max_examples=number * 10 if EXPLORE else number)


EVERY = (*FORMATS, "ini")  # also the one that has no lists, and texts alone in one level of maps

KEYS_OF_MAPS = ["a", "b", "c", "d", "queue", "max_items", "x y", "z-1"]
TEXTS = ["", "main", "drain", "yes", "017", "1.10", "two\nlines\n", "é", "# no", "- x"]
SCALARS_OF_ALL = [False, True, *range(6), *range(-5, 0), *TEXTS, 0.5, 1.0, -2.25]
MOST_LEAVES = 5  # of a value

Made = TypeVar("Made")


class Choices:
    """Choices by the bytes of one draw: drawing each by itself takes fifty times as long.

    A zero chooses the first, and so does the end of the bytes: a law that fails is shrunk as ever.
    """

    def __init__(self, data: bytes) -> None:
        self._rest = iter(data)

    def number(self, low: int, high: int) -> int:
        """From `low` to `high`, both included; they are less than 256 apart."""
        return low + next(self._rest, 0) % (high - low + 1)

    def of(self, options: Sequence[Made]) -> Made:
        return options[self.number(0, len(options) - 1)]

    def some(self, options: Sequence[Made], least: int, most: int) -> list[Made]:
        """Different ones, in any order."""
        rest = list(options)
        return [rest.pop(self.number(0, len(rest) - 1)) for _ in range(self.number(least, most))]


def chosen(make: Callable[[Choices], Made], size: int = 256) -> st.SearchStrategy[Made]:
    """What is made by choices; `size`: the bytes, one for each of them."""
    return st.binary(min_size=size, max_size=size).map(lambda data: make(Choices(data)))


def item_list(choices: Choices) -> list[dict[str, Any]]:
    names = choices.some(["fetch", "rank", "write", "send"], 0, 4)
    return [{"id": name, **members(choices, 0, 2)} for name in names]


def members(choices: Choices, least: int, most: int) -> dict[str, Any]:
    keys = choices.some(KEYS_OF_MAPS, least, most)
    return {key: choices.of(SCALARS_OF_ALL) for key in keys}


def value(choices: Choices, leaves: int = MOST_LEAVES) -> Any:
    """A scalar, a list or a map, of at most so many leaves."""
    kind = choices.number(0, 8)
    if kind < 3:
        return choices.of(SCALARS_OF_ALL)
    if kind == 3:
        return choices.some(["a", "b", "c", "d", "e"], 0, 4)
    if kind == 4 or leaves < 2:
        return item_list(choices)
    keys = choices.some(KEYS_OF_MAPS, 0, min(4, leaves))
    return {key: value(choices, leaves - len(keys)) for key in keys}


def document(choices: Choices) -> dict[str, Any]:
    return {key: value(choices) for key in choices.some(KEYS_OF_MAPS, 1, 5)}


def edit(choices: Choices, given: dict[str, Any]) -> dict[str, Any]:
    """`given` after up to three random edits of map members, anywhere."""
    result = copy.deepcopy(given)
    for _ in range(choices.number(0, 3)):
        place = choices.of(list(_maps(result)))
        what = choices.of(["set", "add", "delete"])
        keys = [key for key in place if key != "id"]
        if what == "add":
            place.setdefault(choices.of(KEYS_OF_MAPS), value(choices))
        elif keys:
            key = choices.of(keys)
            if what == "delete":
                if len(place) > 1:  # an emptied map changes its style: another matter
                    del place[key]
            else:
                place[key] = choices.of(SCALARS_OF_ALL)
    return result


def versions(choices: Choices) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Base, ours and theirs; sometimes the sides do something alike."""
    base = document(choices)
    alike = edit(choices, base) if choices.number(0, 3) == 3 else base
    return base, edit(choices, alike), edit(choices, alike)


KEYS = st.sampled_from(KEYS_OF_MAPS)
SCALARS = st.sampled_from(SCALARS_OF_ALL)
VALUES = chosen(value)
DOCUMENTS = chosen(document)
VERSIONS = chosen(versions, 512)


def edited(given: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return chosen(lambda choices: edit(choices, given))


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

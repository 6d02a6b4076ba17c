"""Files of every shape, and what two sides do to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

# One entry of each shape, with its number; what comes before the first, and after the last.
SHAPES = {
    "flat keys.yaml": ("key_{0:06}: value {0}\n", "", ""),
    "items with id.yaml": ("- id: item-{0}\n  kind: rule\n  n: {0}\n", "", ""),
    "maps without id.yaml": ("- kind: rule\n  n: {1}\n  to: host-{0}\n", "", ""),
    "texts.yaml": ("- item {0}\n", "", ""),
    "texts that repeat.yaml": ("- item {1}\n", "", ""),
    "requirements.yaml": ("- pkg-{0}==1.{1}\n", "deps:\n", ""),
    "a key twice.yaml": ("key_{0:06}: value {0}\n", "k: 1\nk: 2\n", ""),
    "nested.yaml": (
        "  svc-{0}:\n    image: a{0}\n    ports:\n      - name: http\n        port: {0}\n",
        "root:\n",
        "",
    ),
    "anchors.yaml": (
        "svc-{0}:\n  base: &a{0}\n    n: 1\n  copy: *a{0}\n  n: {0}\n",
        "",
        "",
    ),
    "merge keys.yaml": ("svc-{0}:\n  <<: *common\n  n: {0}\n", "common: &common\n  a: 1\n", ""),
    "documents.yaml": (
        "---\nkind: ConfigMap\nmetadata:\n  name: c-{0}\ndata:\n  n: {0}\n",
        "",
        "",
    ),
    "items in brackets.yaml": ("  {{name: x{0}, n: {0}}},\n", "root: [\n", "]\n"),
    "keys in brackets.yaml": ("  key_{0}: {0},\n", "{\n", "  z: 0}\n"),
    "flat keys.json": ('  "key_{0:06}": "value {0}",\n', "{\n", '  "z": 0\n}\n'),
    "one line.json": ('"key_{0:06}":"value {0}",', "{", '"z":0}\n'),
    "items with id.json": (
        '  {{\n    "id": "item-{0}",\n    "n": {0}\n  }},\n',
        "[\n",
        '  {\n    "id": "z"\n  }\n]\n',
    ),
    "items on one line.json": ('{{"to":"host-{0}","n":{1}}},', "[", '{"to":"z"}]\n'),
    "numbers that repeat.json": ("0.{1}25,", "[", "0]\n"),
    "flat keys.toml": ('key_{0:06} = "value {0}"\n', "", ""),
    "tables.toml": ('[t.x{0}]\na = 1\nb = "s {0}"\n\n', "", ""),
    "arrays of tables.toml": ('[[t]]\nid = "x{0}"\nb = {0}\n\n', "", ""),
    "array of texts.toml": ('  "item {0}",\n', "[a]\nb = [\n", "]\n"),
    "array of inline tables.toml": ('  {{ id = "x{0}", n = {0} }},\n', "a = [\n", "]\n"),
    "flat keys.ini": ("key_{0:06}=value {0}\n", "[s]\n", ""),
    "sections.ini": ("[s{0}]\na=1\nb=v {0}\n\n", "", ""),
}
# More of them, for what grows.
MORE = {
    "comments.yaml": ("# about {0}\n\n# and\nkey_{0}: {1} # why {0}\n", "", ""),
    "deep.yaml": (
        "k{0}:\n  a:\n    a:\n      a:\n        a:\n          a:\n            a: {0}\n",
        "",
        "",
    ),
    "long lines.yaml": ("key_{0}: " + "word " * 400 + "{0}\n", "", ""),
    "block texts.yaml": ("key_{0}: |\n  line {0}\n  line {1}\n", "", ""),
    "long lines.json": ('"key_{0}": "' + "word " * 400 + '{0}",\n', "{\n", '"z": 0\n}\n'),
    "nested tables.toml": ("[a.b.x{0}]\nc = {0}\n[a.b.x{0}.d]\ne = {1}\n", "", ""),
    "dotted keys.toml": ("a.x{0}.b = {0}\n", "", ""),
    "comments.toml": ("# about {0}\nkey_{0} = {1} # why {0}\n", "", ""),
}
SEED = 16


def edited(part: str) -> str:
    """The entry with another last number, which no other entry has."""
    at = max(n for n, sign in enumerate(part) if sign.isdigit())
    return f"{part[: at + 1]}77777{part[at + 1 :]}"


class Draw:
    """The entries of base, and what each side may do to them.

    mine, yours  the numbers of those that ours and theirs do something to; none is both
    """

    def __init__(self, parts: list[str], more: Iterator[str], many: int) -> None:
        self.parts = parts
        self.more = more  # entries that are new
        self.random = Random(SEED)
        places = self.random.sample(range(len(parts)), 2 * many)
        self.mine, self.yours = {*places[:many]}, {*places[many:]}
        self.middle = len(parts) // 2

    def edit(self, places: set[int], parts: list[str] | None = None) -> list[str]:
        parts = self.parts if parts is None else parts
        return [edited(part) if n in places else part for n, part in enumerate(parts)]

    def one(self, more: int = 0, parts: list[str] | None = None) -> list[str]:
        return self.edit({self.middle + more}, parts)

    def add(self, places: set[int]) -> list[str]:
        some = [[next(self.more), x] if n in places else [x] for n, x in enumerate(self.parts)]
        return [part for parts in some for part in parts]

    def delete(self, places: set[int]) -> list[str]:
        return [part for n, part in enumerate(self.parts) if n not in places]

    def append(self) -> list[str]:
        return [*self.parts, *(next(self.more) for _ in self.mine)]

    def replace(self) -> list[str]:
        return [next(self.more) for _ in self.parts]

    def reorder(self) -> list[str]:
        return self.random.sample(self.parts, len(self.parts))

    def alike(self, parts: list[str]) -> tuple[list[str], list[str]]:
        """Both sides did this, and each edited another entry."""
        return self.one(0, parts), self.one(1, parts)


WAYS: dict[str, Callable[[Draw], tuple[list[str], list[str]]]] = {
    "neighbours": lambda d: (d.one(), d.one(1)),
    "adds": lambda d: (d.one(), d.add(d.yours)),
    "both add": lambda d: (d.add(d.mine), d.add(d.yours)),
    "both add in one place": lambda d: (d.add(d.mine), d.add(d.mine)),
    "both add alike": lambda d: d.alike(d.add(d.mine)),
    "both append": lambda d: (d.append(), d.append()),
    "deletes": lambda d: (d.one(), d.delete(d.yours - {d.middle})),
    "both delete": lambda d: (d.delete(d.mine), d.delete(d.yours)),
    "both delete alike": lambda d: d.alike(d.delete(d.mine)),
    "adds and deletes": lambda d: (d.add(d.mine), d.delete(d.yours)),
    "edits and deletes": lambda d: (d.edit(d.mine), d.delete(d.mine)),
    "reorders": lambda d: (d.one(), d.reorder()),
    "both reorder": lambda d: (d.reorder(), d.reorder()),
    "both reorder alike": lambda d: d.alike(d.reorder()),
    "scattered": lambda d: (d.edit(d.mine), d.edit(d.yours)),
    "both edit one": lambda d: (d.edit(d.mine), d.edit(d.mine, d.edit(d.mine))),
    "replaces": lambda d: (d.one(), d.replace()),
    "both replace": lambda d: (d.replace(), d.replace()),
}


def sides(shape: str, count: int, many: int, way: str) -> tuple[bytes, bytes, bytes]:
    """Base with so many entries, ours and theirs.

    many  at how many places each side does something
    way   one of WAYS
    """
    entry, head, foot = {**SHAPES, **MORE}[shape]
    parts, more = (
        [entry.format(n, n % 7 + 1) for n in some]
        for some in (range(1, count + 1), range(count + 1, 4 * count + 1))
    )
    versions = (parts, *WAYS[way](Draw(parts, iter(more), many)))
    base, ours, theirs = ("".join([head, *side, foot]).encode() for side in versions)
    return base, ours, theirs

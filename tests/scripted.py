"""Documents and edit scripts whose intents can be found again in a merge.

A document is a tree that writes itself: the same text for the same part, whatever stands around it,
so that an edit of the tree is an edit of its lines alone. Nearly every scalar and every comment is
a word that stands nowhere else (`b7` of base, `o3` of ours). All choices are made by a `Random`:
hypothesis gives one it can shrink, the fuzzer a seeded one.
"""

from __future__ import annotations

import json
import pickle
import re
from collections.abc import Iterator
from random import Random
from typing import NamedTuple

# "jsonc" is JSON with comments and, here and there, trailing commas.
DIALECTS = ("yaml", "json", "jsonc", "toml")
KEYS = ("alpha", "beta", "gamma", "delta", "queue", "max_items", "x-1", "zone", "retry", "url")
COMMON = (True, False, 1, 3, 0.5, "main", "yes", "", "017", "é # no")
NEW_KEYS = 1000

MAP, ITEMS, SCALARS, LEAF = "map", "items", "scalars", "leaf"
BLOCK, FLOW, DOTTED = "block", "flow", "dotted"

Scalar = str | int | float | bool


def format_of(dialect: str) -> str:
    return "json" if dialect == "jsonc" else dialect


class Node:
    """kind: what it is; style: how it is written; children of a map have keys."""

    def __init__(self, kind: str, style: str = BLOCK, value: Scalar = "") -> None:
        self.kind = kind
        self.style = style
        self.value = value
        self.children: list[Child] = []


class Child:
    """One entry: `uid` is its identity in all versions, `above` and `tail` are its comments."""

    def __init__(self, uid: int, key: str, node: Node) -> None:
        self.uid = uid
        self.key = key
        self.node = node
        self.above: list[str] = []
        self.tail = ""


class Intent(NamedTuple):
    """What one edit was for. `mark` is the new word, `gone` the words that it takes away."""

    what: str
    uid: int
    mark: str = ""
    gone: tuple[str, ...] = ()


class Document:
    """A tree in one dialect, and what is needed to make new parts of it."""

    def __init__(self, dialect: str, rng: Random, letter: str) -> None:
        self.dialect = dialect
        self.rng = rng
        self.letter = letter
        self.count = 0
        self.root = Node(MAP)
        self.intents: list[Intent] = []

    # -- making ------------------------------------------------------------------------------

    def word(self) -> str:
        self.count += 1
        return f"{self.letter}{self.count}"

    def uid(self) -> int:
        self.count += 1
        return self.count + ord(self.letter) * 100_000

    def chance(self, one_in: int) -> bool:
        return self.rng.randrange(one_in) == one_in - 1

    def scalar(self) -> Scalar:
        kind = self.rng.randrange(10)
        if kind == 9:
            return self.rng.choice(COMMON)
        if kind == 8:
            return int(self.word()[1:]) + 10_000 * ord(self.letter)
        if kind == 7 and self.dialect in ("yaml", "toml"):
            return "".join(f"{self.word()}\n" for _ in range(self.rng.randrange(1, 5)))
        return self.word()

    def leaf(self) -> Node:
        return Node(LEAF, value=self.scalar())

    def node(self, depth: int, inline: bool = False) -> Node:
        kind = self.rng.randrange(8) if depth < 3 else 0
        if kind < 4:
            return Node(LEAF, value=self.word()) if inline else self.leaf()
        if kind == 7 and not inline:
            return self.items(depth)
        if kind == 6:
            node = Node(SCALARS, FLOW if inline or self.chance(2) else BLOCK)
            for _ in range(self.rng.randrange(1, 6)):
                node.children.append(Child(self.uid(), "", Node(LEAF, value=self.word())))
            return node
        node = Node(MAP, FLOW if inline else self.rng.choice((BLOCK, BLOCK, BLOCK, FLOW)))
        if node.style == BLOCK and self.dialect == "toml" and self.chance(4):
            node.style = DOTTED
        self.fill(node, depth, self.rng.randrange(1, 5))
        return node

    def items(self, depth: int) -> Node:
        node = Node(ITEMS)
        for _ in range(self.rng.randrange(1, 5)):
            node.children.append(self.item(depth))
        return node

    def item(self, depth: int) -> Child:
        node = Node(MAP)
        node.children.append(Child(self.uid(), "id", Node(LEAF, value="id-" + self.word())))
        self.fill(node, depth + 1, self.rng.randrange(4))
        return self.dressed(Child(self.uid(), "", node))

    def fill(self, node: Node, depth: int, count: int) -> None:
        keys = self.rng.sample(KEYS, count)
        for key in keys:
            below = self.node(depth + 1, inline=node.style in (FLOW, DOTTED))
            child = Child(self.uid(), key, below)
            node.children.append(child if node.style == FLOW else self.dressed(child))

    def dressed(self, child: Child) -> Child:
        """With comments here and there."""
        if self._commentable(child):
            if self.chance(4):
                child.above = [f"c-{self.word()}" for _ in range(self.rng.randrange(1, 3))]
                if self.chance(3):
                    child.above.insert(0, "")
            if self.chance(6) and has_tail(child):
                child.tail = f"c-{self.word()}"
        return child

    def _commentable(self, child: Child) -> bool:
        """Whether comments of an entry are its own: some of TOML's have no line for themselves."""
        lineless = self.dialect == "toml" and (
            child.node.kind == ITEMS or child.node.style == DOTTED
        )
        return self.dialect != "json" and not lineless

    # -- editing -----------------------------------------------------------------------------

    def copied(self, rng: Random, letter: str) -> Document:
        other = Document(self.dialect, rng, letter)
        other.root = pickle.loads(pickle.dumps(self.root))  # a fifth of what deepcopy takes
        return other

    def edit(self, how_many: int) -> None:
        """That many edits at random places."""
        for _ in range(how_many):
            what = self.rng.choice(
                ("change", "change", "insert", "insert", "delete", "move", "comment", "transfer")
            )
            getattr(self, "_" + what)()

    def _some(self, places: list[tuple[Node, Child]]) -> tuple[Node, Child] | None:
        return self.rng.choice(places) if places else None

    def _change(self) -> None:
        found = self._some(
            [(n, c) for n, c in walk(self.root) if c.node.kind == LEAF and c.key != "id"]
        )
        if found:
            self.change(*found)

    def change(self, node: Node, child: Child) -> None:
        """Another value; here and there a container instead of a scalar."""
        gone = tuple(words(child.node))
        if node.kind == MAP and node.style == BLOCK and self.chance(10):
            child.node = self.node(2)
        elif node.kind == SCALARS or node.style != BLOCK:
            child.node.value = self.word()
        elif "\n" in str(child.node.value) and self.chance(2):
            lines = str(child.node.value).splitlines()
            lines[self.rng.randrange(len(lines))] = self.word()
            child.node.value = "".join(f"{line}\n" for line in lines)
        else:
            child.node.value = self.scalar()
        if not has_tail(child):
            child.tail = ""
        self.intents.append(Intent("change", child.uid, " ".join(words(child.node)), gone))

    def _insert(self) -> None:
        nodes = [self.root] + [c.node for _, c in walk(self.root) if c.node.kind != LEAF]
        self.insert(self.rng.choice(nodes))

    def insert(self, node: Node, index: int | None = None, key: str = "") -> Child | None:
        """A new entry or item, anywhere in `node`; an item's id stays its first member."""
        free = [key] if key else [key for key in KEYS if key not in {c.key for c in node.children}]
        if node.kind == ITEMS:
            child = self.item(2)
        elif node.kind == SCALARS:
            child = Child(self.uid(), "", Node(LEAF, value=self.word()))
        elif not free:
            return None
        else:
            inline = node.style in (FLOW, DOTTED)
            child = Child(self.uid(), self.rng.choice(free), self.node(2, inline))
            if not inline:
                self.dressed(child)
        low = 1 if node.children and node.children[0].key == "id" else 0
        if index is None:
            index = self.rng.randrange(low, len(node.children) + 1)
        node.children.insert(index, child)
        self.intents.append(Intent("insert", child.uid, " ".join(words(child.node))))
        return child

    def _delete(self) -> None:
        found = self._some(
            [
                (n, c)
                for n, c in walk(self.root)
                if c.key != "id"
                and (len(n.children) > 1 or (n is not self.root and self.chance(4)))
            ]
        )
        if found:
            self.delete(*found)

    def delete(self, node: Node, child: Child) -> None:
        node.children.remove(child)
        self.intents.append(Intent("delete", child.uid, "", tuple(words(child.node))))

    def _move(self) -> None:
        found = self._some([(n, c) for n, c in walk(self.root) if c.key != "id"])
        if found:
            node, child = found
            low = 1 if node.children[0].key == "id" else 0
            node.children.remove(child)
            node.children.insert(self.rng.randrange(low, len(node.children) + 1), child)
            self.intents.append(Intent("move", child.uid))

    def _transfer(self) -> None:
        """An item goes to another list."""
        lists = [c.node for _, c in walk(self.root) if c.node.kind == ITEMS]
        found = self._some([(n, c) for n in lists if len(n.children) > 1 for c in n.children])
        if not found:
            return
        node, child = found
        below = {id(c.node) for _, c in walk(child.node)}
        others = [other for other in lists if other is not node and id(other) not in below]
        if others:
            target = self.rng.choice(others)
            node.children.remove(child)
            target.children.insert(self.rng.randrange(len(target.children) + 1), child)
            self.intents.append(Intent("transfer", child.uid))

    def _comment(self) -> None:
        found = self._some(
            [(n, c) for n, c in walk(self.root) if n.style == BLOCK and self._commentable(c)]
        )
        if found:
            self.comment(*found)

    def comment(self, node: Node, child: Child) -> None:
        """Another comment above, or behind; an old one may go."""
        mark, gone = f"c-{self.word()}", ""
        comments = [n for n, line in enumerate(child.above) if line]
        what = self.rng.randrange(3)
        if what == 0 and has_tail(child):
            gone, child.tail = child.tail, mark
        elif what == 1 and comments:
            index = self.rng.choice(comments)
            gone = child.above[index]
            if self.chance(2):
                child.above[index] = mark
            else:
                del child.above[index]
                mark = ""
        else:
            child.above.append(mark)
        self.intents.append(Intent("comment", child.uid, mark, (gone,) if gone else ()))

    # -- writing -----------------------------------------------------------------------------

    def text(self) -> bytes:
        if self.dialect == "yaml":
            lines = list(_yaml(self.root, 0))
        elif self.dialect == "toml":
            lines = list(_toml(self.root, ()))
        else:
            lines = ["{", *_json(self.root, 1), "}"]
        return ("\n".join(lines) + "\n").encode()


def generated(dialect: str, rng: Random) -> Document:
    document = Document(dialect, rng, "b")
    document.fill(document.root, 0, rng.randrange(2, 6))
    return document


def walk(node: Node) -> Iterator[tuple[Node, Child]]:
    """Every entry with the container it is in."""
    for child in node.children:
        yield node, child
        yield from walk(child.node)


def words(node: Node) -> Iterator[str]:
    """The words of a tree's values."""
    if node.kind == LEAF:
        yield from re.findall(r"\b[a-z]\d+\b", str(node.value))
    for child in node.children:
        yield from words(child.node)


def comments(node: Node) -> dict[str, list[int]]:
    """Every comment, and the entries it is inside of, outermost first."""
    found: dict[str, list[int]] = {}
    for child in node.children:
        for line in (*child.above, child.tail):
            if line:
                found[line] = [child.uid]
        for line, uids in comments(child.node).items():
            found[line] = [child.uid, *uids]
    return found


def has_tail(child: Child) -> bool:
    """Whether a comment can stand behind an entry, on its only line."""
    node = child.node
    if node.kind == LEAF:
        return "\n" not in str(node.value)
    return node.style == FLOW


# -- texts -----------------------------------------------------------------------------------------


def _above(child: Child, pad: str, sign: str) -> Iterator[str]:
    for line in child.above:
        yield f"{pad}{sign} {line}" if line else ""


def _tail(child: Child, sign: str) -> str:
    return f"  {sign} {child.tail}" if child.tail else ""


def _yaml(node: Node, indent: int) -> Iterator[str]:
    pad = " " * indent
    for child in node.children:
        yield from _above(child, pad, "#")
        tail = _tail(child, "#")
        if node.kind != MAP:
            if child.node.kind == MAP:
                first, *rest = _yaml_item(child.node, indent + 2)
                yield f"{pad}- {first}{tail}"
                yield from rest
            else:
                yield f"{pad}- {_yaml_flow(child.node)}{tail}"
        elif child.node.kind != LEAF and child.node.style == BLOCK and child.node.children:
            yield f"{pad}{child.key}:{tail}"
            yield from _yaml(child.node, indent + 2)
        elif isinstance(child.node.value, str) and "\n" in child.node.value:
            yield f"{pad}{child.key}: |{tail}"
            yield from (f"{pad}  {line}" for line in child.node.value.splitlines())
        else:
            yield f"{pad}{child.key}: {_yaml_flow(child.node)}{tail}"


def _yaml_item(node: Node, indent: int) -> list[str]:
    """An item's lines; comments of its first member stand under the dash's line, so it has none."""
    lines = list(_yaml(node, indent))
    skip = len(node.children[0].above)
    return [lines[skip].lstrip(), *lines[skip + 1 :]]


def _yaml_flow(node: Node) -> str:
    if node.kind == LEAF:
        value = node.value
        plain = isinstance(value, str) and re.fullmatch(r"(id-)?[a-z]\d+", value)
        return str(value) if plain else json.dumps(value, ensure_ascii=False)
    inside = [_yaml_flow(child.node) for child in node.children]
    if node.kind == MAP:
        keys = (child.key for child in node.children)
        return "{" + ", ".join(f"{k}: {v}" for k, v in zip(keys, inside, strict=True)) + "}"
    return "[" + ", ".join(inside) + "]"


def _json(node: Node, depth: int) -> Iterator[str]:
    pad = "  " * depth
    for number, child in enumerate(node.children):
        yield from _above(child, pad, "//")
        last = number == len(node.children) - 1
        tail = ("" if last else ",") + _tail(child, "//")
        key = f"{json.dumps(child.key)}: " if node.kind == MAP else ""
        if child.node.kind != LEAF and child.node.style != FLOW and child.node.children:
            opening, closing = "{}" if child.node.kind == MAP else "[]"
            yield pad + key + opening
            yield from _json(child.node, depth + 1)
            yield pad + closing + tail
        else:
            yield pad + key + _json_flow(child.node) + tail


def _json_flow(node: Node) -> str:
    if node.kind == LEAF:
        return json.dumps(node.value, ensure_ascii=False)
    inside = [_json_flow(child.node) for child in node.children]
    if node.kind == MAP:
        keys = (json.dumps(child.key) for child in node.children)
        return "{" + ", ".join(f"{k}: {v}" for k, v in zip(keys, inside, strict=True)) + "}"
    return "[" + ", ".join(inside) + "]"


def _toml(node: Node, path: tuple[str, ...]) -> Iterator[str]:
    """A table's own lines, then the tables below it, as TOML wants it."""
    tables = [c for c in node.children if c.node.style == BLOCK and c.node.kind in (MAP, ITEMS)]
    for child in node.children:
        if child not in tables:
            yield from _above(child, "", "#")
            yield from _toml_line(child, "")
    for child in tables:
        below = (*path, child.key)
        if child.node.kind == MAP:
            yield from _above(child, "", "#")
            yield f"[{'.'.join(below)}]{_tail(child, '#')}"
            yield from _toml(child.node, below)
            continue
        for number, item in enumerate(child.node.children):
            if not number:
                yield from _above(child, "", "#")
            yield from _above(item, "", "#")
            yield f"[[{'.'.join(below)}]]{_tail(item, '#')}"
            yield from _toml(item.node, below)


def _toml_line(child: Child, prefix: str) -> Iterator[str]:
    node, tail = child.node, _tail(child, "#")
    if node.style == DOTTED:
        for below in node.children:
            yield from _above(below, "", "#")
            yield from _toml_line(below, f"{prefix}{child.key}.")
    elif node.kind == LEAF and isinstance(node.value, str) and "\n" in node.value:
        yield f'{prefix}{child.key} = """'
        yield from node.value.splitlines()
        yield f'"""{tail}'
    elif node.kind == SCALARS and node.style == BLOCK:
        yield f"{prefix}{child.key} = ["
        for item in node.children:
            yield from _above(item, "    ", "#")
            yield f"    {_toml_flow(item.node)},{_tail(item, '#')}"
        yield f"]{tail}"
    else:
        yield f"{prefix}{child.key} = {_toml_flow(node)}{tail}"


def _toml_flow(node: Node) -> str:
    if node.kind == LEAF:
        return json.dumps(node.value, ensure_ascii=False)
    inside = [_toml_flow(child.node) for child in node.children]
    if node.kind == MAP:
        keys = (child.key for child in node.children)
        return "{ " + ", ".join(f"{k} = {v}" for k, v in zip(keys, inside, strict=True)) + " }"
    return "[" + ", ".join(inside) + "]"

"""TOML by tomlkit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import tomlkit
from tomlkit import items
from tomlkit.container import Container, OutOfOrderTableProxy
from tomlkit.exceptions import TOMLKitError

from seedgit.certify.tree import Node, ReadText, Scalar, Sequenced, Unreadable, table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def read(text: str) -> ReadText:
    """Raises Unreadable."""
    try:
        document = tomlkit.parse(text)
        node = _node(document)
    except (TOMLKitError, ValueError, RecursionError) as error:
        raise Unreadable(str(error)) from None
    return ReadText((node,), Counter(filter(None, _comments(document))))


def _node(value: Any) -> Node:
    if isinstance(value, (dict, Container, OutOfOrderTableProxy)):
        return table([(str(key), _node(held)) for key, held in value.items()])
    if isinstance(value, list):
        return Sequenced(tuple(map(_node, value)))
    if isinstance(value, (bool, items.Bool)):
        return Scalar("bool", str(bool(value)))
    plain = value.unwrap() if hasattr(value, "unwrap") else value
    return Scalar(type(plain).__name__, str(plain))


def _comments(value: Any) -> Iterator[str]:
    """Every comment of a container, with its `#`."""
    if isinstance(value, OutOfOrderTableProxy):
        return  # its parts stand in the container that it is in
    if isinstance(value, items.AoT):
        for one in value.body:
            yield from _comments(one)
        return
    if isinstance(value, items.Array):
        for part in value._iter_items():
            yield from _comments(part)
    if isinstance(value, items.Item) and not isinstance(value, items.Whitespace):
        yield value.trivia.comment.strip()
    held = value.value if isinstance(value, (items.Table, items.InlineTable)) else value
    if isinstance(held, Container):
        for _, each in held.body:
            yield from _comments(each)

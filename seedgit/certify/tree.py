"""A document as the certifier sees it: values, their types, their order, and the comments."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple


class Unreadable(Exception):
    """A text that the certifier cannot read, or that it cannot speak for. Says why."""


class Scalar(NamedTuple):
    """A scalar: its type, its text in one spelling, and what marks it (a tag, an anchor)."""

    kind: str
    text: str
    mark: str = ""


class Keyed(NamedTuple):
    """A map: its entries in order. No key stands twice."""

    entries: tuple[tuple[str, Node], ...]
    mark: str = ""


class Sequenced(NamedTuple):
    """A list."""

    items: tuple[Node, ...]
    mark: str = ""


Node = Scalar | Keyed | Sequenced


class ReadText(NamedTuple):
    """A text that was read: its documents, and how often each comment stands in it."""

    documents: tuple[Node, ...]
    comments: Counter[str]


def table(entries: list[tuple[str, Node]], mark: str = "") -> Keyed:
    """A map. Raises Unreadable if a key stands twice."""
    twice = [key for key, count in Counter(key for key, _ in entries).items() if count > 1]
    if twice:
        raise Unreadable(f"the key {twice[0]} stands twice in one map")
    return Keyed(tuple(entries), mark)

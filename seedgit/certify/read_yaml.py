"""YAML by ruamel.yaml's events (YAML 1.2): anchors, aliases and tags are told, not followed."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)
from ruamel.yaml.nodes import ScalarNode

from seedgit.certify.tree import Node, ReadText, Scalar, Sequenced, Unreadable, table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_END = "EndEvent"
_MERGE = "tag:yaml.org,2002:merge"


def read(text: str) -> ReadText:
    """Raises Unreadable."""
    yaml = YAML(typ="rt", pure=True)
    try:
        events = list(yaml.parse(text))
        reader = _Events(events, yaml.resolver)
        documents = tuple(reader.documents())
    except (YAMLError, ValueError, RecursionError) as error:
        raise Unreadable(str(error).partition("\n")[0] or type(error).__name__) from None
    return ReadText(documents, Counter(_comments(text, events)))


class _Events:
    def __init__(self, events: list[Any], resolver: Any) -> None:
        self._events = iter(events)
        self._resolver = resolver

    def documents(self) -> Iterator[Node]:
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                yield self._node(next(self._events))
                next(self._events)  # the document's end
            elif not isinstance(event, (StreamStartEvent, StreamEndEvent)):
                raise Unreadable(f"unexpected {type(event).__name__}")

    def _node(self, event: Any) -> Node:
        if isinstance(event, AliasEvent):
            return Scalar("alias", str(event.anchor))
        mark = _mark(event)
        if isinstance(event, ScalarEvent):
            return self._leaf(event, mark)
        inside = [*self._inside()]
        if isinstance(event, SequenceStartEvent):
            return Sequenced(tuple(inside), mark)
        if not isinstance(event, MappingStartEvent):
            raise Unreadable(f"unexpected {type(event).__name__}")
        return table([(_key(k), v) for k, v in zip(inside[::2], inside[1::2], strict=True)], mark)

    def _inside(self) -> Iterator[Node]:
        for event in self._events:
            if type(event).__name__.endswith(_END):
                return
            yield self._node(event)

    def _leaf(self, event: Any, mark: str) -> Scalar:
        tag = str(self._resolver.resolve(ScalarNode, event.value, event.implicit))
        kind = tag.removeprefix("tag:yaml.org,2002:")
        return Scalar(kind, event.value, mark)


def _mark(event: Any) -> str:
    tag = "" if event.tag is None else str(event.tag)
    return f"{tag}&{event.anchor}" if event.anchor else tag


def _key(node: Node) -> str:
    if isinstance(node, Scalar) and not node.mark:
        return node.text if node.kind in ("str", "merge") else f"{node.kind} {node.text}"
    return repr(node)


def _comments(text: str, events: list[Any]) -> Iterator[str]:
    """What follows a `#` outside every scalar, up to the end of its line."""
    spans = sorted(
        (event.start_mark.index, event.end_mark.index)
        for event in events
        if isinstance(event, ScalarEvent)
    )
    starts = [start for start, _ in spans]
    at = text.find("#")
    while at >= 0:
        before = bisect_right(starts, at) - 1
        start, end = spans[before] if before >= 0 else (0, 0)
        header = text[start : start + 1] in ("|", ">") and "\n" not in text[start:at]
        line = text.find("\n", at)
        line = len(text) if line < 0 else line
        if (at >= end or header) and (at == 0 or text[at - 1] in " \t\n\r"):
            yield text[at:line].strip()
            at = text.find("#", line)
        else:
            at = text.find("#", at + 1)

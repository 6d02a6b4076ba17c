"""Write new maps and lists in block style, and block scalars, with ruamel.yaml's emitter.

Loading ruamel.yaml takes longer than writing a small file, so nothing else uses it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import StringIO

from ruamel.yaml.emitter import Emitter
from ruamel.yaml.events import (
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamStartEvent,
)

from seedgit.formats.yaml.plain import inline, is_literal
from seedgit.values.value import Value


class _Emitter(Emitter):
    """Writes lists as people do: the dash of a list in a list follows the outer dash."""

    MAX_SIMPLE_KEY_LENGTH = sys.maxsize  # even a long key is written before a colon
    use_version = None  # without a serializer the emitter looks for this attribute here

    def __init__(self, out: StringIO, step: int, list_step: int) -> None:
        super().__init__(out, indent=step, width=sys.maxsize, allow_unicode=True)
        self.step = step
        self.list_step = list_step

    def increase_indent(
        self, flow: bool = False, sequence: bool | None = None, indentless: bool = False
    ) -> None:
        self.indents.append(self.indent, sequence)
        step = self.list_step if sequence and self.mapping_context else self.step
        self.indent = 0 if self.indent is None else self.indent + step


def lines(value: Value, step: int, list_step: int) -> list[str]:
    """The lines of a map or list in block style from the first column. It must not be empty.

    step       columns from a key to the map, or the text of several lines, below it
    list_step  columns from a key to the list below it
    """
    out = StringIO()
    emitter = _Emitter(out, step, list_step)
    for event in (StreamStartEvent(), DocumentStartEvent(explicit=False), *_events(value)):
        emitter.emit(event)
    return out.getvalue().removesuffix("\n").split("\n")


def _events(value: Value, *, is_key: bool = False) -> Iterator[Event]:
    if isinstance(value, dict) and value:
        yield MappingStartEvent(None, None, True, flow_style=False)
        for key, item in value.items():
            yield from _events(key, is_key=True)
            yield from _events(item)
        yield MappingEndEvent()
    elif isinstance(value, list) and value:
        yield SequenceStartEvent(None, None, True, flow_style=False)
        for item in value:
            yield from _events(item)
        yield SequenceEndEvent()
    elif is_literal(value) and not is_key:
        yield ScalarEvent(None, None, (False, True, True), value, style="|")
    else:
        # Style `-` writes the text as it is. The emitter would quote by one version of YAML only.
        yield ScalarEvent(None, None, (True, True, True), inline(value, in_flow=is_key), style="-")

"""Write values on one line of YAML, with quotes where a text needs them.

Readers of YAML 1.1 differ (PyYAML, libyaml, go-yaml, Psych). If any of them takes a text for a
bool, a null, a number or a date, it gets quotes.
"""

from __future__ import annotations

import json
import re

from seedgit.formats.yaml.scalars import plain_value
from seedgit.values.value import Value

_FIRST = r"(?:[\w/]|--?(?=\w)|\.\.?(?=[\w/]))"
_INNER = r"[\w./@%+=-]"
_WORDS = r"(?: [\w./@%+()=-]+)*"
# Within a flow, older readers end a key at any colon.
_IN_FLOW = re.compile(rf"{_FIRST}{_INNER}*{_WORDS}\Z")
_IN_BLOCK = re.compile(rf"{_FIRST}{_INNER}*(?::{_INNER}+)*{_WORDS}\Z")

_WORDS_OF_1_1 = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
_NUMBER_OF_1_1 = re.compile(
    r"[-+]?(?:0b[01_]+|0o?[0-7_,]+|0x[0-9a-f_,]+|\.(?:inf|nan)"
    r"|(?:[0-9][0-9_,]*(?:\.[0-9_]*)?|\.[0-9_]+)(?:e[-+]?[0-9]+)?"
    r"|[0-9][0-9_]*(?::[0-9]+)+(?:\.[0-9_]*)?)\Z",
    re.IGNORECASE,
)
_UNSAFE = re.compile(r"[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}")


def is_plain(text: str, *, in_flow: bool) -> bool:
    """Whether every reader reads a text without quotes as that text.

    in_flow  whether it goes inside [] or {}, or is a key
    """
    return (
        (_IN_FLOW if in_flow else _IN_BLOCK).match(text) is not None
        and text.lower() not in _WORDS_OF_1_1
        and not _NUMBER_OF_1_1.match(text)
        and not _DATE.match(text)
        and plain_value(text) == text
    )


def is_literal(value: Value) -> bool:
    """Whether a value is a text of several lines that reads best as a block scalar."""
    if not isinstance(value, str) or "\n" not in value:
        return False
    lines = value.rstrip("\n").split("\n")
    return (
        lines != [""]
        and not lines[0].startswith(" ")
        and all(line.isprintable() and line == line.rstrip() for line in lines)
    )


def inline(value: Value, *, in_flow: bool = False) -> str:
    """A value on one line: without quotes if every reader agrees, else as JSON writes it.

    in_flow  whether it goes inside [] or {}, or is a key
    """
    if isinstance(value, str):
        return value if is_plain(value, in_flow=in_flow) else double(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_within(k)}: {_within(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_within, value)) + "]"
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return ".nan" if value != value else ".inf" if value > 0 else "-.inf"
    return json.dumps(value)


def _within(value: Value) -> str:
    return inline(value, in_flow=True)


def double(value: str) -> str:
    """A text in double quotes."""
    text = json.dumps(value, ensure_ascii=False)
    return _UNSAFE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)

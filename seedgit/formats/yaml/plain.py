"""Which text may stand without quotes in YAML: what readers of 1.1 and of 1.2 take for that text.

Readers of 1.1 differ (PyYAML, libyaml, go-yaml, Psych): what any of them takes for a bool, a null,
a number or a date is not plain.
"""

from __future__ import annotations

import re

from seedgit.formats.yaml.scalars import plain_value

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
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}")


def is_plain(text: str, *, in_flow: bool) -> bool:
    """Whether every reader takes a text without quotes for itself.

    in_flow  it is to stand within [] or {}, or as a key
    """
    return (
        (_IN_FLOW if in_flow else _IN_BLOCK).match(text) is not None
        and text.lower() not in _WORDS_OF_1_1
        and not _NUMBER_OF_1_1.match(text)
        and not _DATE.match(text)
        and plain_value(text) == text
    )

"""What the lines of a JSON file look like without parsing."""

from __future__ import annotations

import re

from seedgit.merge.outline_lines import Lines

_BLOCK_COMMENT = "/*"


class JsonLines(Lines):
    opens = ("{",)
    closes = ("}", "]")
    entry = '"{}": 0,'
    comment = ("//", "\r")
    head = re.compile(r'"[^"\\]*"[ \t]*:[ \t]*[{\[]\r?$')
    key_of = re.compile(r'"([^"\\]*)"[ \t]*:')
    line = re.compile(r'"[^"\\]*"[ \t]*:[ \t]*(?:"(?:[^"\\]|\\.)*"|-?[\d.eE+-]+|true|false|null),$')
    # If one container ends on a line where another begins, lines do not show which one began above.
    bound = re.compile(r"[]}][^]}\n]*[{\[]")

    def fit(self, text: str) -> bool:
        return _BLOCK_COMMENT not in text

    def body(self, head: str) -> str:
        return '"{}": 0' if head.endswith(("{", "{\r")) else '"{}"'

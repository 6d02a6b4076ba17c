"""What the lines of a TOML file look like without parsing."""

from __future__ import annotations

import re

from seedgit.merge.outline_lines import DEEP, Lines


class TomlLines(Lines):
    entry = "{} = 0"
    head = re.compile(r"\[[^]\['\"#]+\][ \t]*(?:#.*)?$")
    key_of = re.compile(r"([A-Za-z0-9_-]+)[ \t]*=")
    line = re.compile(
        r"""[\w-]+[ \t]*=[ \t]*(?:"(?:[^"\\]|\\.)*"|'[^']*'|[\w:.+-]+)[ \t]*$""", re.ASCII
    )

    def fit(self, text: str) -> bool:
        return '"""' not in text and "'''" not in text

    def body(self, head: str) -> str:
        return "{} = 0"

    def depths(self, lines: list[str]) -> list[int]:
        """0 for a header, 1 for the lines of its table, whatever their indentation."""
        return [
            0 if line.startswith("[") else 1 if depth < DEEP else DEEP
            for line, depth in zip(lines, super().depths(lines), strict=True)
        ]

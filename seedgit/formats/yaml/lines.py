"""What the lines of a YAML file look like without parsing."""

from __future__ import annotations

import re

from seedgit.merge.outline_lines import Lines


class YamlLines(Lines):
    entry = "{}: 0"
    head = re.compile(r"[^\s#&*!?|>'\"\[{][^#&*!|>\"'{}\[\]]*:[ \t]*(?:#.*)?\r?$")
    key_of = re.compile(
        r"""(?:"([^"\\]*)"|'([^']*)'|"""
        r"""([^\s&*!|>'"%@`#,\[\]{}?:-][^:#'" \t]*(?:[ \t]+[^:#'" \t]+)*))[ \t]*:(?=[ \t]|$)"""
    )
    line = re.compile(
        r"""[A-Za-z_][\w.-]*:[ \t]+"""
        r"""(?:"[^"\\]*"|'[^']*'|-?[\w./+](?:[^#:"'\[\]{}&*]|:(?=[^\s#:"'\[\]{}&*]))*)$"""
    )
    bound = re.compile(r"(?:^|[\s\[{,])[&*]\w")
    words = frozenset(("null", "true", "false", "inf", "nan"))

    def fit(self, text: str) -> bool:
        """Not if the file ends without a newline in an indented line: a block scalar may end there,
        and its value depends on that."""
        return text[text.rfind("\n") + 1 :][:1] not in (" ", "\t")

    def is_item(self, head: str) -> bool:
        return head == "-" or head.startswith(("- ", "-\r"))

    def is_document(self, head: str) -> bool:
        return head.startswith(("---", "...", "%"))

    def body(self, head: str) -> str:
        return "{{{}: 0}}"

"""One setting per line: INI files with sections, and `KEY=value` files like .env, .properties."""

from __future__ import annotations

from seedgit.formats.format import Format
from seedgit.merge.tree import way

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedgit.formats.format import Editor
    from seedgit.merge.frames import Walker
    from seedgit.merge.tree import Entry, Node


class Ini(Format):
    comment = r"(?m)(?:^|(?<=\]))[ \t\f]*[#;][^\n]*"  # or behind the name of a section
    comment_marks = ("#", ";")
    key_pattern = r"[^=:\]\n]+"
    headed = True
    only_texts = True

    def parse(self, text: str, where: str, merging: bool = False) -> Node:
        from seedgit.formats.ini.read import parse

        return parse(self, text, where, merging)

    def key(self, entry: Entry) -> tuple[int, str] | None:
        import re  # late: to load it takes longer than most merges

        text = entry.node.source.text
        at = entry.start + text.startswith("[", entry.start)
        found = re.compile(self.key_pattern).match(text, at)
        return (at - entry.start, found[0].rstrip()) if found else None

    def key_spans(self, root: Node, tokens: Sequence[str]) -> list[tuple[int, int]]:
        entries = way(root, tokens)
        if not entries or len(entries) < len(tokens):
            return []
        start, end = entries[-1].start, entries[-1].node.start
        found = root.source.text.find(tokens[-1], start, end)
        return [(found, found + len(tokens[-1]))] if found >= 0 else []

    def walker(self) -> Walker:
        from seedgit.formats.ini.walk import IniWalker

        return IniWalker()

    def editor(self, root: Node) -> Editor:
        from seedgit.formats.edit_tree import TreeEditor
        from seedgit.formats.ini.write import IniWriter

        return TreeEditor(IniWriter(root), root)


FORMAT = Ini()

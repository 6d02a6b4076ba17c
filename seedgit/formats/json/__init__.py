"""The format JSON, with comments and trailing commas."""

from __future__ import annotations

from seedgit.formats.format import Format

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedgit.formats.document import Document
    from seedgit.formats.format import Editor
    from seedgit.merge.cutter import Cutter
    from seedgit.merge.decision import Decision
    from seedgit.merge.frames import Walker
    from seedgit.merge.outline_lines import Lines
    from seedgit.merge.syntax import Versions
    from seedgit.merge.tree import Node
    from seedgit.values.value import Value


class Json(Format):
    comment = r"//[^\n]*|/\*(?s:.*?)\*/"
    comment_marks = ("//", "/*")
    key_pattern = r'"(?:[^"\\]|\\.)*"'

    def parse(self, text: str, where: str, merging: bool = False) -> Node:
        from seedgit.formats.json.read import parse

        return parse(self, text, where, merging)

    def glance(self, text: str) -> Value:
        from seedgit.formats.json.glance import glance

        return glance(text)

    def editor(self, root: Node) -> Editor:
        from seedgit.formats.edit_tree import TreeEditor
        from seedgit.formats.json.write import JsonWriter

        return TreeEditor(JsonWriter(root), root)

    def alike(self, versions: Versions) -> Versions:
        from seedgit.formats.json.indentation import alike_indented

        return alike_indented(versions)

    def walker(self) -> Walker:
        from seedgit.formats.json.walk import JsonWalker

        return JsonWalker()

    def cutter(self) -> Cutter:
        from seedgit.formats.json.cut import JsonCutter

        return JsonCutter()

    def lines(self) -> Lines:
        from seedgit.formats.json.lines import JsonLines

        return JsonLines()

    def fitted(
        self, document: Document, versions: Decision, decisions: Sequence[Decision]
    ) -> Document:
        from seedgit.formats.json.resolved import without_commas

        return without_commas(document, versions)


FORMAT = Json()

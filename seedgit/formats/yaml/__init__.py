"""The format YAML 1.2."""

from __future__ import annotations

from seedgit.formats.format import Format

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from seedgit.formats.document import Document
    from seedgit.formats.format import Editor
    from seedgit.merge.cutter import Cutter
    from seedgit.merge.decision import Decision, Parents
    from seedgit.merge.frames import Walker
    from seedgit.merge.outline_lines import Lines
    from seedgit.merge.syntax import Texts
    from seedgit.merge.tree import Entry, Node, Pointer
    from seedgit.merge.wrapped import Wrapper
    from seedgit.values.value import Value


class Yaml(Format):
    comment = r"(?:^|(?<=\s))#[^\n]*"
    key_pattern = (
        r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')(?=\s*:)|"""
        r"""(?!["'?])[^\n:]*(?::(?!\s)[^\n:]*)*(?=:)"""
    )
    indented = True

    def parse(self, text: str, where: str, merging: bool = False) -> Node:
        from seedgit.formats.yaml.read import parse

        return parse(self, text, where, merging)

    def glance(self, text: str) -> Value:
        from seedgit.formats.yaml.glance import glance

        return glance(text)

    def editor(self, root: Node) -> Editor:
        from seedgit.formats.edit_tree import TreeEditor
        from seedgit.formats.yaml.write import YamlWriter

        return TreeEditor(YamlWriter(root), root)

    def content_start(self, scalar: Node) -> int:
        text, start = scalar.source.text, scalar.start
        header = text[start : start + 1] in ("|", ">")
        return max(text.find("\n", start), start) if header else start

    def block_lines(self, *scalars: Node) -> list[str] | None:
        from seedgit.formats.yaml.block_scalars import block_lines

        return block_lines(*scalars)

    def walker(self) -> Walker:
        from seedgit.formats.yaml.walk import YamlWalker

        return YamlWalker()

    def cutter(self) -> Cutter:
        from seedgit.formats.yaml.cut import YamlCutter

        return YamlCutter()

    def lines(self) -> Lines:
        from seedgit.formats.yaml.lines import YamlLines

        return YamlLines()

    def mark_unended(self, root: Node) -> None:
        from seedgit.formats.yaml.last_newline import mark

        mark(root)

    def ends(self, text: str, decisions: Decision, settled: bool) -> bool | None:
        from seedgit.formats.yaml.last_newline import ends

        return ends(text, decisions, settled)

    def fitted(
        self, document: Document, versions: Decision, decisions: Sequence[Decision]
    ) -> Document:
        from seedgit.formats.yaml.resolved import with_empty

        return with_empty(document, decisions)

    def emptied(
        self,
        pointer: Pointer,
        base: Entry,
        ours: Entry,
        theirs: Entry,
        parents: Parents,
        members: Callable[[Pointer, Parents], tuple[Decision, ...]],
    ) -> Decision | None:
        from seedgit.formats.yaml.emptied import emptied

        return emptied(pointer, base, ours, theirs, parents, members)

    def laid_out_alike(self, decisions: Decision) -> Texts | None:
        from seedgit.formats.yaml.layout import on_lines

        return on_lines(decisions)

    def has_aliases(self, texts: Sequence[str]) -> bool:
        return all(any(sign in text for text in texts) for sign in "&*")

    def parted(self, text: str, decisions: Decision, size: int) -> tuple[str, str] | None:
        from seedgit.formats.yaml.anchors import parted

        return parted(self, text, decisions, size)

    def torn(self, decisions: Decision, side: str, name: str) -> Decision:
        from seedgit.formats.yaml.anchors import torn

        return torn(decisions, side, name)

    def movable(self, node: Node) -> bool:
        return node.layout == "block" or "\n" not in node.text  # a text in it may look like entries

    def wrapper(self, node: Node) -> Wrapper | None:
        if node.layout != "block":
            return super().wrapper(node)
        from seedgit.formats.yaml import wrapped_lines

        return wrapped_lines


FORMAT = Yaml()

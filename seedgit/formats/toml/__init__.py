"""The format TOML 1.0."""

from __future__ import annotations

from seedgit.formats.format import Format

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedgit.formats.document import Document
    from seedgit.formats.format import Editor
    from seedgit.merge.cutter import Cutter
    from seedgit.merge.decision import Decision, Parents
    from seedgit.merge.frames import Walker
    from seedgit.merge.outline_lines import Lines
    from seedgit.merge.splice import Splice
    from seedgit.merge.tree import Entry, Node, Pointer
    from seedgit.merge.wrapped import Wrapper
    from seedgit.values.value import Value


class Toml(Format):
    key_pattern = r"""(?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^"'=\]\n])+"""
    headed = True

    def parse(self, text: str, where: str, merging: bool = False) -> Node:
        from seedgit.formats.toml.read import parse

        return parse(self, text, where, merging)

    def glance(self, text: str) -> Value:
        from seedgit.formats.toml.glance import glance

        return glance(text)

    def editor(self, root: Node) -> Editor:
        from seedgit.formats.toml.write import TomlEditor

        return TomlEditor(root)

    # A table may be written in several places.

    def start(self, root: Node, tokens: Sequence[str]) -> int | None:
        from seedgit.formats.toml.places import locate

        place = locate(root, tokens)
        return place.start if place else None

    def spans(self, root: Node, tokens: Sequence[str]) -> list[tuple[int, int]]:
        from seedgit.formats.toml.places import locate, written_start

        place = locate(root, tokens)
        entries = [entry for _, entry in place.entries] if place else []
        return [(written_start(entry), entry.node.end) for entry in entries]

    def key(self, entry: Entry) -> tuple[int, str] | None:
        import re  # late: to load it takes longer than most merges

        text = entry.node.source.text
        brackets = re.compile(r"\[*[ \t]*").match(text, entry.start)
        at = brackets.end() if brackets else entry.start
        found = re.compile(self.key_pattern).match(text, at)
        return (at - entry.start, found[0].rstrip()) if found else None

    def walker(self) -> Walker:
        from seedgit.formats.toml.walk import TomlWalker

        return TomlWalker(self)

    def cutter(self) -> Cutter:
        from seedgit.formats.toml.cut import TomlCutter

        return TomlCutter()

    def lines(self) -> Lines:
        from seedgit.formats.toml.lines import TomlLines

        return TomlLines()

    def key_spans(self, root: Node, tokens: Sequence[str]) -> list[tuple[int, int]]:
        from seedgit.formats.toml.names import spans

        return spans(root, tuple(tokens))

    def fitted(
        self, document: Document, versions: Decision, decisions: Sequence[Decision]
    ) -> Document:
        from seedgit.formats.toml.resolved import check_tables

        check_tables(document, decisions)
        return document

    def with_headers(
        self,
        base: dict[Pointer, Entry],
        ours: dict[Pointer, Entry],
        theirs: dict[Pointer, Entry],
    ) -> tuple[dict[Pointer, Entry], dict[Pointer, Entry]]:
        from seedgit.formats.toml.implied import with_headers

        return with_headers(base, ours, theirs)

    def joined(
        self, pointer: Pointer, parents: Parents, decided: dict[Pointer, Decision]
    ) -> dict[Pointer, Decision]:
        from seedgit.formats.toml.tables import joined

        return joined(pointer, parents, decided)

    def wrapper(self, node: Node) -> Wrapper | None:
        if node.layout != "block":
            return super().wrapper(node)
        from seedgit.formats.toml import wrapped_headers

        return wrapped_headers

    def headed_anew(
        self, old: Pointer, came: Entry, node: Node, there: Node
    ) -> list[Splice] | None:
        from seedgit.formats.toml.wrapped_headers import headed_anew

        return headed_anew(old, came, node, there)


FORMAT = Toml()

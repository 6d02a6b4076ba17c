"""A document: bytes, their value, and edits that touch nothing else."""

from __future__ import annotations

from collections import deque

from seedgit.errors import InvalidDocument, PatchError
from seedgit.formats.registry import format_of, suffixes, titles
from seedgit.values.patch import apply
from seedgit.values.pointer import format_pointer, parse_pointer, resolve
from seedgit.values.value import same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

    from seedgit.formats.format import Format, Operation
    from seedgit.merge.tree import Node
    from seedgit.values.value import Value

# Changes that meet are written one after the other, and each reads the whole file again. The limit
# is in characters read: about a minute.
WORK_LIMIT = 100_000_000

BOM = "\ufeff"

# So many operations may wait for each that is written: otherwise each would be looked at each time.
_WAITING = 50

_SCALARS = (str, bool, int, float, type(None))

# Of what `Document.is_version_of` denies.
NO_VERSION = "is not a version of its seed: it is empty, or another kind of document"


class Document:
    """One version of a seed. Immutable: `apply` returns another one."""

    __slots__ = ("_root", "_value", "bom", "format", "path", "text")

    def __init__(self, path: str, format: Format, text: str, bom: bool) -> None:
        self.path = path
        self.format = format
        self.text = text
        self.bom = bom
        # Most questions are about values. The tree is made for the others, unless only it tells.
        self._value = format.glance(text)
        self._root = format.parse(text, path) if self._value is None else None

    @classmethod
    def parse(cls, data: bytes, path: str) -> Document:
        """The document in a file's bytes; its name tells the format. Raises InvalidDocument."""
        format = format_of(path)
        if format is None:
            raise InvalidDocument(
                f"not a {titles()} file by its name",
                where=path,
                hint=f"seeds end in {suffixes()}",
            )
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError as error:
            line = data.count(b"\n", 0, error.start) + 1
            raise InvalidDocument(
                f"not UTF-8 ({error.reason})", where=path, line=line, hint="save it as UTF-8"
            ) from None
        bom = text.startswith(BOM)
        return cls(path, format, text.removeprefix(BOM), bom)

    @property
    def root(self) -> Node:
        """Its tree."""
        if self._root is None:
            self._root = self.format.parse(self.text, self.path)
        return self._root

    @property
    def value(self) -> Value:
        return self.root.value if self._value is None else self._value

    def is_version_of(self, value: Value) -> bool:
        """Whether it may be a version of what had a value: no other kind of document, and no file
        that somebody has only begun to write. In TOML and INI nothing is a document too."""
        return type(self.value) is type(value) and (bool(self.text.strip()) or not value)

    @property
    def data(self) -> bytes:
        return ((BOM if self.bom else "") + self.text).encode("utf-8")

    def line(self, tokens: Sequence[str]) -> int | None:
        """The line, from 1, where the value at a pointer begins; None if there is no such value."""
        start = self.format.start(self.root, tokens)
        return None if start is None else self.text.count("\n", 0, start) + 1

    def spans(self, tokens: Sequence[str]) -> list[tuple[int, int]]:
        """First and last line, from 1, of the value at a pointer, with its key.

        A TOML table that is written in several places has several spans. A value that does not
        exist has none.
        """
        if not tokens:
            return [(1, self.text.count("\n") + 1)]
        return [self._span(*span) for span in self.format.spans(self.root, tokens)]

    def tokens_at(self, line: int) -> tuple[str, ...]:
        """The pointer of the innermost value that a line, from 1, belongs to.

        Of a line with several values that is what holds them, and so it is of a comment.
        """
        lines = self.text.split("\n")
        first = sum(len(each) + 1 for each in lines[: line - 1])
        last = first + len(lines[line - 1]) if line <= len(lines) else first
        node = self.root
        tokens: tuple[str, ...] = ()
        while True:
            here = [
                (entry.path or (str(n),), entry.node)
                for n, entry in enumerate(node.entries)
                if entry.start <= last and self._end(entry.start, entry.node.end) > first
            ]
            if len(here) != 1:
                return tokens
            ((step, node),) = here
            tokens = (*tokens, *step)

    def _end(self, start: int, end: int) -> int:
        """Where a value ends, without the space behind it."""
        while end > start and self.text[end - 1].isspace():
            end -= 1
        return end

    def _span(self, start: int, end: int) -> tuple[int, int]:
        end = self._end(start, end)
        first = self.text.count("\n", 0, start) + 1
        return first, first + self.text.count("\n", start, end)

    def with_text(self, text: str) -> Document:
        """Another version of the file. Raises InvalidDocument."""
        return Document(self.path, self.format, text, self.bom)

    def apply(self, patch: Sequence[dict[str, Any]]) -> Document:
        """The document after a JSON Patch (RFC 6902). Other lines stay as they are.

        patch  may have the operations add, replace, remove and test

        Raises PatchError if the patch does not fit, or if it cannot be written without changing
        something else.
        """
        return self.laid(patch, apply(patch, self.value))

    def laid(self, patch: Sequence[dict[str, Any]], wanted: Value) -> Document:
        """As `apply`, where the value that the patch gives is known."""
        return self.edited(_operations(patch), wanted) if patch else self

    def takes_simply(self, changes: Iterable[tuple[Sequence[str], Value]]) -> bool:
        """Whether it is certain that these values can be written at these pointers, where others
        are. False says nothing.

        It is for a number, a switch or a plain text in place of a scalar on one line that nothing
        else shares. No text has to be made to tell so.
        """
        if self._value is not None:
            return all(self._takes(tokens, value) for tokens, value in changes)
        if self.root.source.apart:
            return False
        from seedgit.formats.edit_tree import Lookup  # late: most texts are read at a glance

        places = Lookup()
        for tokens, value in changes:
            node = self.root
            for token in tokens:
                entry = places.step(node, token)
                if entry is None or node.anchor or node.layout == "stream":
                    return False
                node = entry.node
            if node.kind != "scalar" or type(node.value) not in _SCALARS or node.anchor:
                return False
            if not tokens or not _is_simple(value, self.format) or not _on_one_line(node.text):
                return False
        return True

    def _takes(self, tokens: Sequence[str], value: Value) -> bool:
        """As `takes_simply`, of a text that was read at a glance."""
        try:
            there = resolve(self._value, tuple(tokens))
        except PatchError:
            return False
        return bool(tokens) and type(there) in _SCALARS and _is_simple(value, self.format)

    def edited(self, operations: Sequence[Operation], wanted: Value) -> Document:
        """The document after operations that give it the value `wanted`.

        Raises PatchError if they cannot be written without changing something else.
        """
        result = self._edited(operations, at_once=True)
        if result is None or not same(result.value, wanted):
            result = self._edited(operations, at_once=False)
        if result is None or not same(result.value, wanted):
            raise PatchError(
                "the change cannot be written without changing another value",
                where=self.path,
                hint="an anchor shared by several places may be in the way; "
                "override the places that use it one by one",
            )
        return result

    def _edited(self, operations: Sequence[Operation], *, at_once: bool) -> Document | None:
        """The document after operations: each on its own, or with those that do not meet at once.

        None if operations that were written at once have not made what they should. Raises
        PatchError for one that cannot be made.
        """
        from seedgit.formats.batch import EditBatch  # late: a merge edits nothing

        result, work = self, 0
        left = deque(operations)
        made: list[Operation] = []
        while left:
            batch = EditBatch(self.format, result.root)
            done: list[Operation] = []
            waiting: list[Operation] = []
            work += len(result.text)
            if work > WORK_LIMIT:
                raise self._too_much(len(operations))
            try:
                while left and len(waiting) <= _WAITING * len(done) and (at_once or not done):
                    operation = left.popleft()
                    steps = batch.steps(operation)
                    if steps is not None:
                        left.extendleft(reversed(steps))
                    else:
                        (done if batch.take(operation) else waiting).append(operation)
                result = result.with_text(batch.written())
            except (PatchError, InvalidDocument) as error:
                if len(done) > 1 or not same(result.value, apply(_patch(made), self.value)):
                    return None
                if isinstance(error, PatchError):
                    raise
                raise self._unwritten((done or [operation])[0], error) from None
            made += done
            left.extendleft(reversed(waiting))
        return result

    def _unwritten(self, operation: Operation, error: InvalidDocument) -> PatchError:
        op, tokens, _ = operation
        text = f"{op} {format_pointer(tokens)} cannot be written here: {error.message}"
        return PatchError(text, where=self.path)

    def _too_much(self, changes: int) -> PatchError:
        return PatchError(
            f"{changes} changes are too many for a file of {len(self.text)} characters",
            where=self.path,
            hint="override what holds them, as one value",
        )


def _is_simple(value: Value, format: Format) -> bool:
    if type(value) is str:
        words = value.replace("_", "").replace(" ", "")
        return value.isascii() and words.isalnum() and value.strip() == value
    small = type(value) is int and abs(value) < 1 << 53
    return not format.only_texts and (small or type(value) is bool)


def _on_one_line(text: str) -> bool:
    return bool(text) and text[0] not in "!&*" and "\n" not in text


def _patch(operations: Sequence[Operation]) -> list[dict[str, Any]]:
    return [{"op": op, "path": format_pointer(at), "value": value} for op, at, value in operations]


def _operations(patch: Sequence[dict[str, Any]]) -> list[Operation]:
    """The operations of a patch that change something: all but its tests."""
    return [
        (change["op"], parse_pointer(change["path"]), change.get("value"))
        for change in patch
        if change["op"] != "test"
    ]


def difference(one: bytes, other: bytes, path: str) -> list[dict[str, Any]]:
    """The differences in value between two versions of a file, by pointer, as plain data.

    Empty if one of them cannot be parsed.
    """
    from seedgit.values.diff import ABSENT, changes  # late: only a report of differences needs it

    try:
        values = [Document.parse(data, path).value for data in (one, other)]
    except InvalidDocument:
        return []
    found = []
    for change in changes(*values):
        sides = {"git": change.old, "seedgit": change.new}
        known = {name: value for name, value in sides.items() if value is not ABSENT}
        found.append({"pointer": format_pointer(change.tokens), **known})
    return found

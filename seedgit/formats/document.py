"""A document: bytes, their value, and edits that touch nothing else."""

from __future__ import annotations

from seedgit.errors import InvalidDocument, PatchError
from seedgit.formats.registry import format_of, suffixes, titles
from seedgit.values.patch import apply
from seedgit.values.pointer import format_pointer, parse_pointer
from seedgit.values.value import same

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    from seedgit.formats.format import Format
    from seedgit.values.value import Value

    Operation = tuple[str, tuple[str, ...], Value]  # add, replace or remove; where; what

# Every change reads the whole file again. The limit is in characters read: about a minute.
WORK_LIMIT = 100_000_000

BOM = "\ufeff"


class Document:
    """One version of a seed. Immutable: `apply` returns another one."""

    __slots__ = ("bom", "format", "path", "root", "text")

    def __init__(self, path: str, format: Format, text: str, bom: bool) -> None:
        self.path = path
        self.format = format
        self.text = text
        self.bom = bom
        self.root = format.parse(text, path)

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
    def value(self) -> Value:
        return self.root.value

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

    def _span(self, start: int, end: int) -> tuple[int, int]:
        while end > start and self.text[end - 1].isspace():
            end -= 1
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
        self._refuse_work(len(patch))
        return self.laid(patch, apply(patch, self.value))

    def laid(self, patch: Sequence[dict[str, Any]], wanted: Value) -> Document:
        """As `apply`, where the value that the patch gives is known."""
        return self.edited(_operations(patch), wanted) if patch else self

    def edited(self, operations: Sequence[Operation], wanted: Value) -> Document:
        """The document after operations that give it the value `wanted`.

        Raises PatchError if they cannot be written without changing something else.
        """
        self._refuse_work(len(operations))
        result = self._edited_at_once(operations)
        if result is None or not same(result.value, wanted):
            result = self._edited_in_turn(operations)
        if not same(result.value, wanted):
            raise PatchError(
                "the change cannot be written without changing another value",
                where=self.path,
                hint="an anchor shared by several places may be in the way; "
                "override the places that use it one by one",
            )
        return result

    def _refuse_work(self, changes: int) -> None:
        if changes * len(self.text) > WORK_LIMIT:
            raise PatchError(
                f"{changes} changes are too many for a file of {len(self.text)} characters",
                where=self.path,
                hint="override what holds them, as one value",
            )

    def _edited_in_turn(self, operations: Sequence[Operation]) -> Document:
        result = self
        for operation in operations:
            result = result._edited([operation])
        return result

    def _edited_at_once(self, operations: Sequence[Operation]) -> Document | None:
        """Like `_edited_in_turn`, but replacements that do not touch each other are parsed once.

        None if they touch each other, or cannot be written together.
        """
        result = self
        try:
            for batch in _batches(operations):
                result = result._edited(batch)
        except PatchError:
            return None
        return result

    def _edited(self, operations: Sequence[Operation]) -> Document:
        edit = self.format.edit
        splices = [splice for op in operations for splice in edit(self.root, *op)]
        text = self.text
        last = len(text) + 1
        for splice in sorted(splices, key=lambda s: (s.start, s.end), reverse=True):
            if len(operations) > 1 and splice.end >= last:
                raise PatchError("the changes touch each other", where=self.path)
            text = text[: splice.start] + splice.text + text[splice.end :]
            last = splice.start
        try:
            return self.with_text(text)
        except InvalidDocument as error:
            op, tokens, _ = operations[-1]
            raise PatchError(
                f"{op} {format_pointer(tokens)} cannot be written here: {error.message}",
                where=self.path,
            ) from None


def _batches(operations: Sequence[Operation]) -> Iterator[list[Operation]]:
    """Batches in the given order. Replacements share a batch if none lies within another; any other
    operation has a batch of its own."""
    batch: list[Operation] = []
    whole: set[tuple[str, ...]] = set()  # the places that the batch replaces
    above: set[tuple[str, ...]] = set()  # these, and the places that hold them
    for operation in operations:
        op, tokens, _ = operation
        prefixes = [tokens[:n] for n in range(len(tokens) + 1)]
        if op != "replace" or tokens in above or not whole.isdisjoint(prefixes):
            if batch:
                yield batch
            batch, whole, above = [], set(), set()
        batch.append(operation)
        whole.add(tokens)
        above.update(prefixes)
        if op != "replace":
            yield batch
            batch, whole, above = [], set(), set()
    if batch:
        yield batch


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

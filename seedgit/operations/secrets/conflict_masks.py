"""Conflicts as they may be told: with masks for what is a secret in a seed's versions."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from seedgit.errors import InputError, InvalidDocument
from seedgit.formats.document import Document
from seedgit.formats.resolve import MarkedConflict
from seedgit.operations.blame import hidden_lines
from seedgit.operations.workspace import Workspace
from seedgit.rules.ownership import SeedRule, plain_names, spells_secret
from seedgit.values.diff import ABSENT
from seedgit.values.pointer import parse_pointer
from seedgit.values.secrets import secrets_in
from seedgit.values.value import Opaque, Secret, Value

MASK = repr(Secret())


class ConflictMasks:
    """Masks the conflicts of one file.

    versions  what it was merged from. Where one cannot be read, nobody can tell which of its lines
              have secrets, so all of them have, if the rules or a key's name speak of any
    """

    def __init__(self, workspace: Workspace, path: str, versions: Iterable[bytes | None]) -> None:
        try:
            self._rule = workspace.rules.match(path)
        except InputError:
            self._rule = SeedRule((path,))  # a key's usual name counts all the same
        if self._rule is None:
            return
        self._plain: set[tuple[str, ...]] = set()
        with suppress(InputError):  # of a layer that cannot be read nothing counts
            for records in [workspace.overlay(name).records for name in workspace.names]:
                laid = records[path].record.overrides if path in records else ()
                self._plain.update(at for o in laid for at in plain_names(o.tokens, o.value))
        self._documents: list[Document] = []
        self._wary = False
        for data in filter(None, versions):
            try:
                self._documents.append(Document.parse(data, path))
            except InvalidDocument:
                self._wary |= self._rule.has_secrets or spells_secret(
                    data.decode("utf-8", "replace")
                )
        self._hidden: dict[str, str] = {}
        for document in self._documents:
            self._hidden |= hidden_lines(document, self._rule, self._plain)

    def told(self, conflict: MarkedConflict) -> MarkedConflict:
        rule = self._rule
        if rule is None or not (self._wary or self._hidden):
            return conflict
        values = conflict.values
        if conflict.pointer is not None:
            at = parse_pointer(conflict.pointer)
            values = {side: self._value(rule, at, value) for side, value in values.items()}
        words = set(_words(values.values()))
        text = {side: lines and self._text(lines, words) for side, lines in conflict.text.items()}
        return conflict._replace(values=values, text=text)

    def _value(self, rule: SeedRule, at: tuple[str, ...], value: Value) -> Value:
        if self._wary and value is not ABSENT:
            return Secret(plain=value, bare=True)
        for document in self._documents:
            value = rule.told(value, at, document.value, self._plain)
        return value

    def _text(self, lines: str, words: set[str]) -> str:
        return "".join(self._line(line, words) for line in lines.splitlines(keepends=True))

    def _line(self, line: str, words: set[str]) -> str:
        """A line of a side. It may be a part of one of its version's."""
        text = line.rstrip("\r\n")
        told = self._hidden.get(text, text)
        if self._wary or any(word in told for word in words):
            told = MASK
        return told + line[len(text) :]


def _words(values: Iterable[Value]) -> Iterable[str]:
    """The texts of the secrets in some values, line by line."""
    for value in values:
        if value is not ABSENT:
            for _, secret in secrets_in(value):
                for text in _texts(secret.plain):
                    yield from filter(None, map(str.strip, text.splitlines()))


def _texts(value: Value) -> Iterable[str]:
    """The texts in a value, and its numbers as texts."""
    if isinstance(value, Opaque):
        yield from _texts(value.content)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    else:
        yield str(value)

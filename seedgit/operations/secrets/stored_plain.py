"""Values that are stored plain where the rules say that a secret is: records have masks for them.

What was set before a rule made it a secret is plain until `seedgit secret rotate` encrypts it.
Whoever reads a record through a workspace gets a `Secret` in its place, so that nothing made of the
record can show it, however short it is. Written again, it is as it was.
"""

from __future__ import annotations

from seedgit.errors import SeedgitError
from seedgit.overlay.concealed import Concealing
from seedgit.values.diff import ABSENT
from seedgit.values.secrets import secrets_in
from seedgit.values.value import Secret, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seedgit.formats.document import Document
    from seedgit.overlay.record import Record
    from seedgit.rules.ownership import Rules, SeedRule


class StoredPlain:
    """Conceals them under some rules.

    base   gives the document that a record's overrides were made over; it may raise SeedgitError
    texts  those that were met: nothing that is printed may have them, in whatever words
    """

    def __init__(self, rules: Rules, base: Callable[[Record], Document], texts: set[str]) -> None:
        self._rules = rules
        self._base = base
        self.texts = texts

    def record(self, record: Record, path: str = "") -> Record:
        """The record with secrets in place of such values.

        path  of its seed, if that is another one now
        """
        rule = self._rules.match(path or record.path)
        return concealed(record, rule, self._base, self.texts) if rule else record


def concealed(
    record: Record, rule: SeedRule, base_of: Callable[[Record], Document], texts: set[str]
) -> Record:
    """As `StoredPlain.record`, with the rule of the record's seed at hand."""
    if not rule.has_secrets:
        return record
    base: Value
    try:
        base = base_of(record).value
    except SeedgitError:
        base, rule = ABSENT, rule.wary()
    made = Concealing(rule, base, every=True, bare=True).record(record, [])
    found = [*_bare_in(made)]
    if not found:
        return record
    texts.update(text for secret in found for text in _leaves(secret.plain))
    return made


def _bare_in(record: Record) -> Iterator[Secret]:
    values = [override.value for override in record.held]
    values += [rival.was for rival in record.rivals]
    for decision in record.decisions:
        values += [decision.question.local, decision.value]
    for value in values:
        yield from (secret for _, secret in secrets_in(value) if secret.bare)


def _leaves(value: Value) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)

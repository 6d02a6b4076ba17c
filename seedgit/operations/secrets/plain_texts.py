"""Plain values where the rules say that a secret is, as texts that nothing may print.

What was set before a rule made it a secret is plain until `seedgit secret rotate` encrypts it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress

from seedgit.errors import SeedgitError
from seedgit.git.fleet import FleetRecords, sites
from seedgit.operations.workspace import Workspace
from seedgit.overlay.concealed import Concealing
from seedgit.overlay.record import Record
from seedgit.values.diff import ABSENT
from seedgit.values.secrets import secrets_in
from seedgit.values.value import Value


def plain_texts(workspace: Workspace, *, everywhere: bool = False) -> set[str]:
    """The texts of such values in the active overlays, or in all that are here.

    What cannot be read has none: the command itself says what is wrong with it.
    """
    found: set[str] = set()
    with suppress(SeedgitError, OSError):
        if workspace.has_secrets:
            for record in _records(workspace, everywhere):
                found.update(_texts_in(workspace, record))
    return found


def _records(workspace: Workspace, everywhere: bool) -> Iterator[Record]:
    if not everywhere:
        for name in workspace.names:
            for stored in workspace.overlay(name).records.values():
                yield stored.record
        return
    reader = FleetRecords(workspace.repository)
    entries = (reader.entries(site).items() for site in sites(workspace.repository))
    for key in dict.fromkeys(key for items in entries for key in items):
        with suppress(SeedgitError):
            yield reader.record(*key).record


def _texts_in(workspace: Workspace, record: Record) -> Iterator[str]:
    rule = workspace.rules.match(record.path)
    if rule is None or not rule.has_secrets:
        return
    base: Value = ABSENT
    with suppress(SeedgitError):  # without it, a selector of the rules finds no items
        base = workspace.base(record).value
    concealed = Concealing(rule, base, every=True).record(record, [])
    held = (override.value for override in concealed.held)
    for secret in (secret for value in held for _, secret in secrets_in(value) if secret.new):
        yield from _leaves(secret.plain)


def _leaves(value: Value) -> Iterable[str]:
    if isinstance(value, dict):
        return (text for item in value.values() for text in _leaves(item))
    if isinstance(value, list):
        return (text for item in value for text in _leaves(item))
    return () if value is None or isinstance(value, bool) else (str(value),)

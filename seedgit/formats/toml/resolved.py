"""TOML: find a key-value that a resolved conflict put under the wrong header."""

from __future__ import annotations

from seedgit.errors import InvalidDocument
from seedgit.merge.decision import SIDES
from seedgit.merge.resolution import places
from seedgit.values.pointer import format_pointer, resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedgit.formats.document import Document
    from seedgit.merge.decision import Decision
    from seedgit.merge.tree import Entry
    from seedgit.values.value import Value


def check_tables(document: Document, decisions: Sequence[Decision]) -> None:
    """Check that resolving conflicts moved no key-value into another table.

    A key-value after a header belongs to that table, even one taken from a conflict. Raises
    InvalidDocument if it was not in that table in its own version.
    """
    mixed = [d for d in decisions if len({e.node.layout == "block" for e in _entries(d)}) == 2]
    for one in mixed:
        for other in mixed:
            if one is other or one.parents is not other.parents:
                continue
            name = other.pointer[-1]
            if any(name in _members(entry.node.value) for entry in _entries(one)):
                continue
            for place in places(document.value, one.pointer):
                if name in _members(resolve(document.value, place)):
                    raise InvalidDocument(
                        f"{format_pointer(other.pointer)} would get into the table before it",
                        line=document.line(place),
                    )


def _entries(decision: Decision) -> list[Entry]:
    return [entry for side in SIDES for entry in decision.side(side)]


def _members(value: Value) -> dict[str, Value]:
    return value if isinstance(value, dict) else {}

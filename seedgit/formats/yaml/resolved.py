"""YAML: repair a map or list that lost its last entry when a conflict was resolved."""

from __future__ import annotations

from seedgit.merge.decision import IN_LISTS, SIDES
from seedgit.merge.resolution import places
from seedgit.values.pointer import format_pointer, resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from seedgit.formats.document import Document
    from seedgit.merge.decision import Decision
    from seedgit.values.value import Value


def with_empty(document: Document, decisions: Sequence[Decision]) -> Document:
    """The document with `{}` or `[]` where a map or list has no lines left."""
    for decision in decisions:
        parent = decision.parents.theirs or decision.parents.ours
        sides = [bool(decision.side(side)) for side in SIDES]
        if parent is None or all(sides) or not any(sides):
            continue
        tokens = decision.pointer if decision.reason in IN_LISTS else decision.pointer[:-1]
        found = places(document.value, tokens)
        empty = [place for place in found if resolve(document.value, place) is None]
        if tokens and len(empty) == 1:
            value: Value = [] if parent.kind == "list" else {}
            patch = {"op": "replace", "path": format_pointer(empty[0]), "value": value}
            document = document.apply([patch])
    return document

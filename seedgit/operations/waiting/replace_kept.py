"""Replaces a value that the site has committed in the file, by upstream's or another one.

The file in the working tree is edited as text, and the person commits it. Upstream's own text is
taken, with its comments, if that changes nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy

from seedgit.errors import SeedgitError
from seedgit.formats.document import Document
from seedgit.formats.resolve import Draft, MarkedConflict, TakeSide
from seedgit.merge.decision import OURS, THEIRS
from seedgit.merge.engine import Result
from seedgit.merge.version import NotMergeable
from seedgit.merge.write_markers import Markers
from seedgit.operations.past_merges.merge_again import merge_again
from seedgit.operations.waiting.kept_by_merges import Kept
from seedgit.operations.workspace import Workspace
from seedgit.overlay.decisions import KEEP_LOCAL, TAKE_SEED, StoredDecision
from seedgit.overlay.override import ADD, REMOVE, REPLACE, Override
from seedgit.overlay.patch import patch_of
from seedgit.values.diff import ABSENT, value_at
from seedgit.values.pointer import parse_pointer
from seedgit.values.value import Value, same


def take(
    workspace: Workspace, made: Iterable[tuple[Kept, StoredDecision]]
) -> list[tuple[str, bytes, bytes]]:
    """The files that decisions change: (path, content now, new content). Writes nothing.

    Raises InputError or PatchError where a file cannot be edited like this.
    """
    by_path: dict[str, list[tuple[Kept, StoredDecision]]] = {}
    for kept, decision in made:
        if decision.choice != KEEP_LOCAL:
            by_path.setdefault(kept.path, []).append((kept, decision))
    found = []
    for path, own in by_path.items():
        document = workspace.seed(path)
        changes = tuple(_change(document.value, kept, decision) for kept, decision in own)
        edited = document.apply(patch_of(changes))
        if all(decision.choice == TAKE_SEED for _, decision in own):
            edited = _upstreams_text(workspace, document, edited, [kept for kept, _ in own])
        found.append((path, document.data, edited.data))
    return found


def _upstreams_text(
    workspace: Workspace, document: Document, edited: Document, own: list[Kept]
) -> Document:
    """`edited` with upstream's own text for the taken values, if a merge can produce it."""
    rule = copy(workspace.rule(document.path))
    rule.overlay = ()  # without it, values that the site owns become conflicts
    first = own[0]
    blobs = [workspace.repository.blob(id) for id in (first.base, first.theirs)]
    data = (blobs[0], document.data, blobs[1])

    def merges(markers: Markers) -> list[Result]:
        made = merge_again(document.path, rule, data, None, markers)
        return [made] if made else []

    try:
        (result,) = merges(Markers())
        draft = Draft(document.path, result.text, None, merges)
        places = [tokens for kept in own for tokens in (kept.at, kept.override.tokens)]
        chosen = {
            conflict.number: TakeSide(THEIRS if _is_at(conflict, places) else OURS)
            for conflict in draft.conflicts
        }
        made = Document.parse(draft.resolve(chosen).data, document.path)
    except (SeedgitError, NotMergeable, ValueError):
        return edited
    return made if same(made.value, edited.value) else edited


def _is_at(conflict: MarkedConflict, places: list[tuple[str, ...]]) -> bool:
    return conflict.pointer is not None and parse_pointer(conflict.pointer) in places


def _change(here: Value, kept: Kept, decision: StoredDecision) -> Override:
    value = kept.override.seed if decision.choice == TAKE_SEED else decision.value
    now = value_at(here, kept.at)
    if value is ABSENT:
        return Override(kept.at, REMOVE, None, now, now)
    return Override(kept.at, ADD if now is ABSENT else REPLACE, value, now, now)

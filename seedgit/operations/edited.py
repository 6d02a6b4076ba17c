"""Edits in the working tree that are the site's: what `seedgit capture` would take."""

from __future__ import annotations

from seedgit.core.overlay import differences
from seedgit.core.taken import owned
from seedgit.errors import InputError
from seedgit.formats.document import Document
from seedgit.git.changes import uncommitted
from seedgit.git.progress import BISECT, in_progress
from seedgit.operations.workspace import Workspace


def site_edits(workspace: Workspace) -> tuple[str, ...]:
    """The seeds whose file has an uncommitted edit of what the site owns.

    In a merge there are none to tell: upstream's changes are uncommitted too.
    """
    repository = workspace.repository
    head = repository.head()
    if head is None or any(found.kind != BISECT for found in in_progress(repository)):
        return ()
    changed = [path for path in uncommitted(repository) if path in workspace.tracked]
    return tuple(path for path in changed if _is_edited(workspace, head, path))


def _is_edited(workspace: Workspace, head: str, path: str) -> bool:
    rule = workspace.rule(path)
    try:
        data = workspace.repository.read(head, path)
        if data is None:
            return False
        seed, local = Document.parse(data, path).value, workspace.seed(path).value
    except InputError:
        return False
    made = differences(seed, local, (), rule.key_of)
    return any(edit.tokens and owned(rule, edit, seed) for edit in made)

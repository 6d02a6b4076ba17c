"""What in the rules of the working tree never counts for the files that git tracks."""

from __future__ import annotations

from seedgit.files.rules_file import read_rules
from seedgit.formats.idle_rules import Idle, idle_rules
from seedgit.formats.registry import format_name
from seedgit.git.repository import FILE_MODES
from seedgit.operations.workspace import Workspace
from seedgit.rules import RULES_FILE

MOST_TOLD = 20


def where(each: Idle) -> str:
    """The place of the rules file, for a message."""
    return f"{RULES_FILE}:{each.line}" if each.line else RULES_FILE


def idle(workspace: Workspace) -> list[Idle]:
    """What never counts, in the order of the rules file; if there is very much, only the first
    part.

    Raises InputError where the rules are invalid.
    """
    data = read_rules(workspace.repository.worktree)
    if data is None or not workspace.rules.seeds:
        return []
    paths = {
        entry.path: None
        for entry in workspace.repository.index()
        if entry.mode in FILE_MODES and entry.path != RULES_FILE and format_name(entry.path)
    }
    found = idle_rules(data, paths)
    if len(found) > MOST_TOLD:
        more = f"{len(found) - MOST_TOLD} more such places are not listed"
        found[MOST_TOLD:] = [Idle(found[MOST_TOLD].kind, None, more)]
    return found

"""The seeds that a person means by files and patterns on a command line."""

from __future__ import annotations

from collections.abc import Iterable

from seedgit.errors import UsageError
from seedgit.operations.seeds.missing_seed import seed_in_conflict
from seedgit.operations.workspace import Workspace
from seedgit.rules import RULES_FILE
from seedgit.rules.wildmatch import SPECIAL, Wildmatch


def seed_paths(workspace: Workspace, names: Iterable[str]) -> list[str]:
    """The seeds that files, and patterns as in the rules, name; each once. Raises UsageError."""
    found: dict[str, None] = {}
    for name in names:
        path = workspace.path(name)
        literal = not any(char in SPECIAL for char in path)
        if literal or path in workspace.tracked or workspace.repository.file_mode(path) is not None:
            found[workspace.seed_path(name)] = None
            continue
        try:
            pattern = Wildmatch(path)
        except ValueError as error:
            raise UsageError(f"not a pattern: {error}", where=name) from None
        matching = [path for path in workspace.tracked if pattern(path)]
        conflicted = [
            path for path in workspace.unmerged if pattern(path) and workspace.rules.match(path)
        ]
        if conflicted:
            raise seed_in_conflict(workspace, min(conflicted))
        if not matching:
            raise UsageError(
                "matches no seed that git tracks",
                where=name,
                hint=f"name the files of the seeds, or see `seeds:` in {RULES_FILE}",
            )
        found |= dict.fromkeys(matching)
    return list(found)

"""Which files of the live tree in place get the filter: those that may hold more than seeds."""

from __future__ import annotations

from collections.abc import Collection

from seedgit.git.live_tree import LiveTree
from seedgit.git.spool import Spool
from seedgit.operations.install.info_attributes import (
    FILTER,
    attribute_line,
    lines_of,
    write_lines,
    written_lines,
)
from seedgit.operations.workspace import Workspace
from seedgit.rules.wildmatch import SPECIAL


def filter_lines(workspace: Workspace, tree: LiveTree, unlike: Collection[str]) -> list[str]:
    """The lines of info/attributes that give the filter to the files that need it.

    unlike  those whose content is not what git sees, whatever lies over them
    """
    found = {*unlike, *(entry.path for entry in Spool(workspace.repository).entries())}
    for name in workspace.names:
        for item in workspace.stored(name):
            found |= {item.record.path, *filter(None, [item.path])}
    rules = [rule for rule in workspace.rules.seeds if rule.live]
    if tree.patterns:
        found |= {path for path in workspace.tracked if workspace.rule(path) in rules}
        rules = []
    # A pattern also covers the files that an upgrade will bring.
    patterns = lines_of((glob for rule in rules for glob in rule.files), FILTER)
    seeds = [path for path in tree.chosen(found) if workspace.rules.match(path) is not None]
    names = (line_of(path) for path in seeds if not any(rule.matches(path) for rule in rules))
    return [*patterns, *sorted(names)]


class Filtered:
    """Which files have the filter now."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._lines = set(written_lines(workspace.repository, FILTER) or [])

    def __contains__(self, path: str) -> bool:
        if line_of(path) in self._lines:
            return True
        return not self._lines.isdisjoint(lines_of(self._workspace.rule(path).files, FILTER))


def line_of(path: str) -> str:
    """The line that gives one file the filter."""
    literal = "".join(f"\\{char}" if char in SPECIAL else char for char in path)
    return attribute_line(f"/{literal}", FILTER)


def widen(workspace: Workspace, tree: LiveTree, unlike: Collection[str] = ()) -> None:
    """Give the filter to the files that need it, before one of them holds more than its seed."""
    wanted = filter_lines(workspace, tree, unlike)
    written = written_lines(workspace.repository, FILTER) or []
    write_lines(workspace.repository, [*written, *(w for w in wanted if w not in written)], FILTER)


def narrow(workspace: Workspace, tree: LiveTree, unlike: Collection[str]) -> None:
    """As `widen`, and take the filter from the others, unless another worktree may need it."""
    if any((workspace.repository.common_dir / "worktrees").glob("*")):
        widen(workspace, tree, unlike)
    else:
        write_lines(workspace.repository, filter_lines(workspace, tree, unlike), FILTER)

"""Which files get the filter: those of the live tree in place that something may lie over."""

from __future__ import annotations

from seedgit.git.live_tree import LiveTree
from seedgit.git.spool import Spool
from seedgit.operations.info_attributes import FILTER, attribute_line, write_lines, written_lines
from seedgit.operations.workspace import Workspace
from seedgit.rules.wildmatch import SPECIAL


def filter_lines(workspace: Workspace, tree: LiveTree) -> list[str]:
    """The lines of info/attributes that give the filter to the files that need it."""
    found = {entry.path for entry in Spool(workspace.repository).entries()}
    for name in workspace.names:
        for item in workspace.stored(name):
            found |= {item.record.path, *filter(None, [item.path])}
    seeds = [path for path in found if workspace.rules.match(path) is not None]
    return sorted(line_of(path) for path in tree.chosen(seeds) if path.isprintable())


def line_of(path: str) -> str:
    """The line that gives one file the filter."""
    literal = "".join(f"\\{char}" if char in SPECIAL else char for char in path)
    return attribute_line(f"/{literal}", FILTER)


def widen(workspace: Workspace, tree: LiveTree) -> None:
    """Give the filter to the files that need it, before one of them holds more than its seed."""
    wanted = filter_lines(workspace, tree)
    written = written_lines(workspace.repository, FILTER) or []
    write_lines(workspace.repository, [*written, *(w for w in wanted if w not in written)], FILTER)


def narrow(workspace: Workspace, tree: LiveTree) -> None:
    """Take the filter from the files that need it no more, in whichever worktree."""
    if not any((workspace.repository.common_dir / "worktrees").glob("*")):
        write_lines(workspace.repository, filter_lines(workspace, tree), FILTER)

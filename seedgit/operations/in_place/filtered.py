"""Which files of the live tree in place get the filter: those that may hold more than seeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

FEW: Final = 8  # seeds of a folder: for fewer, each has a line


def filter_lines(workspace: Workspace, tree: LiveTree, unlike: Collection[str]) -> list[str]:
    """The lines of info/attributes that give the filter to the files that need it.

    unlike  those whose content is not what git sees, whatever lies over them
    """
    patterns, paths = _needed(workspace, tree, unlike)
    return [*patterns, *sorted(_lines(workspace, paths))]


def missing_lines(workspace: Workspace, tree: LiveTree, unlike: Collection[str]) -> list[str]:
    """As `filter_lines`, for the files that do not have it."""
    patterns, paths = _needed(workspace, tree, unlike)
    have = Filtered(workspace)
    lines = _lines(workspace, [path for path in paths if path not in have])
    return [*(line for line in patterns if line not in have.lines), *sorted(lines)]


def _needed(
    workspace: Workspace, tree: LiveTree, unlike: Collection[str]
) -> tuple[list[str], list[str]]:
    """The lines of whole rules that need it, and the seeds that need it besides."""
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
    return patterns, [path for path in seeds if not any(rule.matches(path) for rule in rules)]


def _lines(workspace: Workspace, paths: Sequence[str]) -> Iterator[str]:
    """The lines of some seeds. One line is enough where they are all the seeds of their kind.

    git tries each line for each file that it checks out.
    """
    # A line for a kind is also one for seeds that are not there: on another branch, or orphaned.
    kinds = Counter(_kind(path) for path in paths if path in workspace.tracked)
    many = {kind for kind, count in kinds.items() if kind[1] and count >= FEW}
    if many:
        there = Counter(map(_kind, workspace.tracked))
        many = {kind for kind in many if kinds[kind] == there[kind]}
    yield from map(_line_of_kind, many)
    for path in paths:
        if _kind(path) not in many:
            yield line_of(path)


class Filtered:
    """Which files have the filter now."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self.lines = set(written_lines(workspace.repository, FILTER) or [])

    def __contains__(self, path: str) -> bool:
        if not self.lines.isdisjoint((line_of(path), _line_of_kind(_kind(path)))):
            return True
        return not self.lines.isdisjoint(lines_of(self._workspace.rule(path).files, FILTER))


def line_of(path: str) -> str:
    """The line that gives one file the filter."""
    return attribute_line(f"/{_literal(path)}", FILTER)


def _kind(path: str) -> tuple[str, str]:
    """A folder, and how the names of some files in it end."""
    folder, slash, name = path.rpartition("/")
    return folder + slash, "".join(name.rpartition(".")[1:])


def _line_of_kind(kind: tuple[str, str]) -> str:
    folder, ending = map(_literal, kind)
    return attribute_line(f"/{folder}*{ending}", FILTER)


def _literal(text: str) -> str:
    return "".join(f"\\{char}" if char in SPECIAL else char for char in text)


def widen(workspace: Workspace, tree: LiveTree, unlike: Collection[str] = ()) -> None:
    """Give the filter to the files that need it, before one of them holds more than its seed."""
    written = written_lines(workspace.repository, FILTER) or []
    missing = missing_lines(workspace, tree, unlike)
    write_lines(workspace.repository, [*written, *missing], FILTER)


def narrow(workspace: Workspace, tree: LiveTree, unlike: Collection[str]) -> None:
    """As `widen`, and take the filter from the others, unless another worktree may need it."""
    if any((workspace.repository.common_dir / "worktrees").glob("*")):
        widen(workspace, tree, unlike)
    else:
        write_lines(workspace.repository, filter_lines(workspace, tree, unlike), FILTER)

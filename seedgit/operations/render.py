"""Write effective files into a folder, one way: for a pipeline, an image, a deployment."""

from __future__ import annotations

from collections.abc import Sequence

from seedgit.errors import SeedgitError, UsageError
from seedgit.git.live_files import read_live
from seedgit.git.live_tree import LiveTree, checked_directory, live_trees
from seedgit.named_tuple import NamedTuple
from seedgit.operations.live_tree.contents import digest
from seedgit.operations.live_tree.ledger import Ledger, Row
from seedgit.operations.seeds.missing_seed import seed_in_conflict
from seedgit.operations.stack.effective import Effective, effective
from seedgit.operations.workspace import Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class RenderedFile(NamedTuple):
    """What became of one file. `parked`: overrides that are not in it; `problem`: why it failed."""

    path: str
    place: str
    written: bool = False
    removed: bool = False
    parked: tuple[str, ...] = ()
    problem: str = ""

    def data(self) -> dict[str, Any]:
        return {
            "path": self.path,
            "place": self.place,
            "written": self.written,
            "removed": self.removed,
            "parked": list(self.parked),
            "problem": self.problem or None,
        }


def render_into(
    workspace: Workspace, directory: str, paths: Sequence[str] | None = None
) -> list[RenderedFile]:
    """Write the effective files of some seeds into a folder; None: of all, and only then are the
    files of seeds that are gone removed, where they still are as seedgit wrote them.

    Only what is not there yet is written, each file in one step. Raises UsageError for a folder
    that git would track, or that is a live tree.
    """
    place = checked_directory(workspace.repository, str(workspace.directory / directory))
    if any(tree.directory == place for tree in live_trees(workspace.repository)):
        raise UsageError("is a live tree: seedgit sync writes it", where=directory)
    tree = LiveTree(place)
    ledger = Ledger(workspace.repository, tree)
    with ledger.held():
        conflicted = filter(workspace.rules.match, sorted(workspace.unmerged))
        here = [*workspace.tracked, *conflicted] if paths is None else paths
        found = [_render(workspace, tree, path) for path in here]
        rows: dict[str, Row | None] = {
            file.path: Row(file.path, seen=seen) for file, seen in found if not file.problem
        }
        files = [file for file, _ in found]
        if paths is None:
            parked = _without_seed(workspace)
            old = [row for path, row in ledger.rows.items() if path not in workspace.present]
            gone = [_remove(workspace, tree, row, parked.pop(row.path, ())) for row in old]
            files += gone
            files += [RenderedFile(p, str(tree.place(p)), parked=parked[p]) for p in parked]
            rows |= {file.path: None for file in gone if not file.problem}
        if not workspace.mode.dry_run:
            ledger.write(rows)
    return files


def _render(workspace: Workspace, tree: LiveTree, path: str) -> tuple[RenderedFile, str]:
    """Write one file; returns the hash of its content too."""
    place = tree.place(path)
    try:
        if path in workspace.unmerged:
            raise seed_in_conflict(workspace, path)
        found = effective(workspace, path)
        data = found.document.data
        written = read_live(workspace.repository, place) != data
        if written:
            workspace.repository.writer.write_file(place, data)
    except SeedgitError as error:
        return RenderedFile(path, str(place), problem=str(error)), ""
    return RenderedFile(path, str(place), written, parked=_parked(found)), digest(data)


def _parked(found: Effective) -> tuple[str, ...]:
    return tuple(f"{parked.label} of overlay {layer.overlay}" for layer, parked in found.parked)


def _without_seed(workspace: Workspace) -> dict[str, tuple[str, ...]]:
    """The overrides that are parked because their whole seed is gone, by its path."""
    found: dict[str, tuple[str, ...]] = {}
    for item in (item for name in workspace.names for item in workspace.stored(name)):
        record = item.record
        if item.path is None and not item.earlier and record.path not in workspace.unmerged:
            told = [f"{each.label} of overlay {item.overlay}" for each in record.without_seed]
            found[record.path] = (*found.get(record.path, ()), *told)
    return found


def _remove(
    workspace: Workspace, tree: LiveTree, row: Row, parked: tuple[str, ...]
) -> RenderedFile:
    place = tree.place(row.path)
    try:
        data = read_live(workspace.repository, place)
        if data is not None and digest(data) != row.seen:
            why = "its seed is gone, but somebody changed it: it is left, remove it by hand"
            return RenderedFile(row.path, place, problem=f"{place}: {why}", parked=parked)
        if data is not None:
            workspace.repository.writer.remove_file(place)
    except SeedgitError as error:
        return RenderedFile(row.path, place, problem=str(error), parked=parked)
    return RenderedFile(row.path, place, removed=data is not None, parked=parked)

"""Whether the files of live trees are as the last sync left them, asked again and again."""

from __future__ import annotations

import os
from functools import partial

from seedgit.digest import sha256
from seedgit.errors import SeedgitError
from seedgit.git.kept_in_place import kept_in_place
from seedgit.git.names import to_bytes
from seedgit.git.settings import has_live_trees
from seedgit.operations.polled.by_marks import ByMarks, marks_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.git.live_tree import LiveTree
    from seedgit.operations.live_tree.ledger import Row
    from seedgit.operations.workspace import Workspace

_NONE, _UNREADABLE = "-", "?"  # what the ids begin with of what is no file, or cannot be read


class LiveStep:
    """Looks at all live trees of one working tree.

    A ledger is read only once it has been written, and a live file only once it has. What seeds
    and overlays change is no concern of these.
    """

    def __init__(self) -> None:
        self._trees: dict[str, _Tree] = {}
        self._salt = os.urandom(16)  # what is told says nothing of what files hold

    def told(self, workspace: Workspace) -> str:
        """A text that changes whenever a file gets out of step, or a sync has done something; ""
        if there is no live tree."""
        if not has_live_trees(workspace.repository):
            return ""
        from seedgit.git.live_tree import live_trees  # late: few clones have a live tree

        try:
            found = [self._tree(workspace, tree) for tree in live_trees(workspace.repository)]
        except (SeedgitError, OSError) as error:  # the pages say what it is
            return str(error)
        return sha256(self._salt + to_bytes(repr(found))).hex()

    def _tree(self, workspace: Workspace, tree: LiveTree) -> tuple[object, ...]:
        known = self._trees.setdefault(tree.ledger(workspace.repository), _Tree())
        spool = kept_in_place(workspace.repository.at.common_dir) if tree.in_place else ""
        return *tree, spool, *known.told(workspace, tree)


class _Tree:
    """One live tree.

    rows    what the ledger says, and a hash of what is told of it
    moved   the files that hold something else, each with an id of that
    """

    def __init__(self) -> None:
        self._ledger: ByMarks[tuple[bytes, list[Row]]] = ByMarks()
        self._moved: ByMarks[list[tuple[str, str]]] = ByMarks(os.stat)
        self._rows: list[Row] = []
        self._places: list[str] = []
        self._files: dict[str, ByMarks[str]] = {}

    def told(self, workspace: Workspace, tree: LiveTree) -> tuple[object, ...]:
        """What is known of all files, and which ones hold something else."""
        folder = tree.ledger(workspace.repository)
        known, rows = self._ledger.get(
            [os.path.join(folder, "rows")], lambda: _read(workspace, tree)
        )
        if rows is not self._rows:
            self._rows, self._moved = rows, ByMarks(os.stat)
            maps = dict(tree.maps)
            self._places = [maps.get(r.path) or os.path.join(tree.directory, r.path) for r in rows]
        return known, self._moved.get(self._places, lambda: self._apart(workspace))

    def _apart(self, workspace: Workspace) -> list[tuple[str, str]]:
        found = []
        for row, place in zip(self._rows, self._places, strict=True):
            file = self._files.get(place)
            if file is None:
                file = self._files[place] = ByMarks(os.stat)
            id = file.get([place], partial(_id, workspace, place, row))
            if id != row.seen:
                found.append((place, id))
        return found


def _read(workspace: Workspace, tree: LiveTree) -> tuple[bytes, list[Row]]:
    """The rows of a ledger, and a hash of what they say: not of when files were written."""
    from seedgit.operations.live_tree.ledger import Ledger  # late: as above

    rows = list(Ledger(workspace.repository, tree).load().rows.values())
    told = ((r.path, r.seen, r.drift, r.clashes, bool(r.since), r.withheld) for r in rows)
    return sha256(to_bytes(repr([*told]))), rows


def _id(workspace: Workspace, place: str, row: Row) -> str:
    """What a file holds. The ledger may know that without a look into it."""
    from seedgit.git.live_files import read_live
    from seedgit.operations.live_tree.contents import digest
    from seedgit.operations.live_tree.ledger import stat_of

    if row.stat and row.stat == stat_of(place):
        return row.seen
    try:
        data = read_live(workspace.repository, place, patience=0)
    except (SeedgitError, OSError):
        # A program may have it open all day.
        return f"{_UNREADABLE}{marks_of([place], os.stat)}"
    return _NONE if data is None else digest(data)

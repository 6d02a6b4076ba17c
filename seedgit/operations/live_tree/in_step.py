"""What a live tree was at its last sync, so that the next one looks only at what changed since.

It holds while the seeds, the overlays, the rules and the tree's settings are the same. Then a file
whose size, times and inode are the same needs no look, unless there was something to tell of it. A
file that changed just before the sync may change again without a trace of it, so it is looked at
the next time too (racy-git in git's documentation).

It lies beside the ledger, and may be deleted at any moment.
"""

from __future__ import annotations

import json
import os
import time
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from itertools import chain
from operator import attrgetter

from seedgit.digest import sha1
from seedgit.errors import RepositoryError
from seedgit.git.file_ids import RACY
from seedgit.git.index_id import index_id
from seedgit.git.kept_in_place import kept_in_place
from seedgit.git.live_tree import LiveTree
from seedgit.git.names import to_bytes, to_text
from seedgit.git.settings import FILTER_PROCESS
from seedgit.git.whole import read_whole
from seedgit.named_tuple import NamedTuple
from seedgit.operations.workspace import Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from seedgit.operations.live_tree.live_file import Synced

    State = list[Any]  # of JSON

NAME = "step"  # beside the ledger
_MARKS = attrgetter("st_size", "st_ino", "st_mtime_ns", "st_ctime_ns")
MOST = 20  # moved files about which few questions are asked
_EACH = 4  # numbers of a file
_BLOCK = 100 * _EACH
_UNKNOWN, _GONE = (-1,) * _EACH, (-2,) * _EACH  # no file has them; only the first is kept


class TreeSync(NamedTuple):
    """What a sync of one live tree did, or would do.

    files    those about which there is something to say
    commit   the overlay's new commit, if there is one
    command  the exit status of the tree's command; None: it was not run
    still    nothing had changed since the sync before, so that no file was read
    """

    tree: LiveTree
    files: tuple[Synced, ...]
    commit: str | None = None
    command: int | None = None
    still: bool = False

    @property
    def in_step(self) -> bool:
        return not any(file.moved or file.waits for file in self.files)

    @property
    def captures(self) -> bool:
        """Whether overlays have, or would have, what a program wrote."""
        return any(file.captured or file.ended for file in self.files)

    def then(self, later: TreeSync) -> TreeSync:
        """What this sync and a later one of the same tree did."""
        before = {file.path: file for file in self.files}
        files = [before.pop(f.path).then(f) if f.path in before else f for f in later.files]
        over = (file.then(file.over) for file in before.values())
        return later._replace(
            files=tuple(sorted((*files, *(f for f in over if f.moved)), key=lambda f: f.path)),
            commit=later.commit or self.commit,
            command=self.command if later.command is None else later.command,
            still=False,
        )

    def data(self) -> dict[str, Any]:
        return {
            "directory": str(self.tree.directory),
            "commit": self.commit,
            "exec": self.command,
            "files": [file.data() for file in self.files],
        }


def in_turn(trees: Sequence[LiveTree], sync: Callable[[LiveTree], TreeSync]) -> list[TreeSync]:
    """Sync live trees. What a program wrote into one of them reaches those before it too."""
    done = [sync(tree) for tree in trees]
    last = max((number for number, one in enumerate(done) if one.captures), default=0)
    return [*(one.then(sync(one.tree)) for one in done[:last]), *done[last:]]


class InStep:
    """The last sync of a live tree, and what changed since.

    moved   the seeds whose files need a look; None: all may
    places  those files
    """

    def __init__(self, workspace: Workspace, tree: LiveTree) -> None:
        self._workspace = workspace
        self._tree = tree
        self._place = os.path.join(tree.ledger(workspace.repository), NAME)
        self._state = _state(workspace, tree)
        self._paths: Sequence[str] = ()
        self._marks = array("q")
        self._since = 0
        self._changed: Iterable[int] | None = None  # the numbers of changed files; None: any may be
        self.places: list[str] = []
        self.moved = self._moved()

    def holds(self, paths: Collection[str] | None = None) -> bool:
        """Whether the files of some seeds need no look; None: of all."""
        if self.moved is None or paths is None:
            return self.moved == []
        return not any(path in paths for path in self.moved)

    def _moved(self) -> list[str] | None:
        found = self._read()
        if found is None:
            return None
        loud, paths, before = found
        self.look(paths)
        self._changed = list(_apart(self._marks, before))
        return list(dict.fromkeys(chain(loud, (paths[number] for number in self._changed))))

    @property
    def count(self) -> int:
        """How many seeds had a file at the last sync."""
        return len(self._paths)

    def expected(self, workspace: Workspace) -> bool:
        """Whether only a few seeds have to be looked at, all of them tracked.

        workspace  is prepared for that then
        """
        few = self.moved
        if few is None or len(few) > MOST or self._state is None or not {*few} <= {*self._paths}:
            return False
        workspace.expect(few, [(name, tip) for name, tip in self._state[-1]])
        return True

    def look(self, paths: Sequence[str]) -> None:
        """Look at the files of some seeds: all that have one. This comes before they are read."""
        self._paths, self._since, self._changed = paths, time.time_ns() - RACY, None
        top, maps = os.path.join(self._tree.directory, ""), dict(self._tree.maps)
        places: list[str] = [top + path for path in paths]
        if maps:
            places = [str(maps.get(path, top + path)) for path in paths]
        self.places = places
        seen = self._workspace.repository.seen
        if seen is not None and seen[0] == to_bytes("\0".join(places)):
            _, began, self._marks = seen
            self._since = min(self._since, began - RACY)
            self._workspace.repository.seen = None  # later they are looked at again
            return
        try:
            self._marks = array("q", chain.from_iterable(map(_MARKS, map(os.stat, places))))
        except OSError:  # some are not there
            self._marks = array("q", chain.from_iterable(map(_marks_of, places)))

    def keep(self, done: TreeSync, workspace: Workspace) -> None:
        """Remember what was looked at, once a sync of all of it is done.

        workspace  through which it was done
        """
        state = self._after(done.commit, workspace)
        if state is None or state != _state(workspace, self._tree):
            return
        if any(workspace.moved(workspace.overlay(name)) for name in workspace.names):
            return  # then it depends on history as well
        for number in range(len(self._paths)) if self._changed is None else self._changed:
            at = number * _EACH
            size, _, written, changed = self._marks[at : at + _EACH]
            if size < 0 or written >= self._since or changed >= self._since:
                self._marks[at : at + _EACH] = array("q", _UNKNOWN)
        loud = [file.path for file in done.files if file.waits or file.drift]
        names = to_bytes("\0".join(self._paths))
        head = json.dumps([state, loud, len(names)]).encode()
        body = head + b"\n" + names + self._marks.tobytes()
        workspace.repository.writer.remember(self._place, body)

    def _after(self, commit: str | None, workspace: Workspace) -> State | None:
        """The state once a sync has made a commit of the overlay, if it is the only change."""
        if self._state is None or commit is None:
            return self._state
        *others, tips = self._state
        target = workspace.target
        before = tuple(tip for name, tip in tips if name == target and tip)
        if workspace.repository.commit(commit).parents != before:
            return None
        return [*others, [[name, commit if name == target else tip] for name, tip in tips]]

    def _read(self) -> tuple[list[str], list[str], array[int]] | None:
        body = read_whole(self._place) if self._state is not None else b""
        try:
            head, _, rest = body.partition(b"\n")
            state, loud, size = json.loads(head)
            marks = array("q", rest[size:])
            paths = to_text(rest[:size]).split("\0") if size else []
        except (ValueError, TypeError):
            return None
        if state != self._state or len(marks) != _EACH * len(paths):
            return None
        return loud, paths, marks


def _apart(one: array[int], other: array[int]) -> Iterator[int]:
    """The numbers of the files whose marks differ."""
    for block in range(0, len(one), _BLOCK):
        end = block + _BLOCK
        if one[block:end] != other[block:end]:
            for at in range(block, min(end, len(one)), _EACH):
                if one[at : at + _EACH] != other[at : at + _EACH]:
                    yield at // _EACH


def _marks_of(place: str) -> Sequence[int]:
    try:
        found: Sequence[int] = _MARKS(os.stat(place))
    except (OSError, ValueError):
        return _GONE
    return found


def _state(workspace: Workspace, tree: LiveTree) -> State | None:
    """What all effective files depend on; None if that cannot be told without reading it."""
    index = index_id(workspace.repository)
    if not index:
        return None
    try:
        tips = [list(state) for state in workspace.tips()]
    except RepositoryError:
        return None
    rules = workspace.rules_text
    maps = [[path, str(place)] for path, place in tree.maps]
    tree_of = [str(tree.directory), list(tree.patterns), maps]
    kept = ""
    if tree.in_place:
        kept = kept_in_place(workspace.repository.at.common_dir)
        if not workspace.repository.config.get(FILTER_PROCESS):
            return None  # a sync writes it anew
    return [index, None if rules is None else sha1(rules).hex(), tree_of, kept, tips]

"""Which seed each record of an overlay lies over.

An override stays in its file. It goes to another file only if history shows the rename and nothing
else claims that file, or back to the file it came from, in a version from before the rename. If
that leaves a doubt, it lies over no file, and is orphaned.
"""

from __future__ import annotations

from seedgit.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from seedgit.git.lineage import Fate
    from seedgit.operations.workspace import Workspace
    from seedgit.overlay.record import Record

MOST_ALIKE = 10_000  # pairs of files that are compared to name a candidate
MOST_NAMED = 5


class Home(NamedTuple):
    """The seed that a record lies over; None if there is none, or if it is not sure.

    candidates  the files it may belong to then
    earlier     what is checked out is older than the record's path: it is as it was before
    """

    path: str | None
    candidates: tuple[str, ...] = ()
    earlier: bool = False


def homes(
    paths: Iterable[str], record: Callable[[str], Record | None], workspace: Workspace
) -> dict[str, Home]:
    """The homes of an overlay's records at `paths`, which are gone. Raises TimeoutError.

    record  the overlay's record with a path
    """
    gone = {
        path: made for path in paths if path not in workspace.present and (made := record(path))
    }
    if not gone:
        return {}
    found: dict[str, Home] = {}
    claims: dict[str, list[str]] = {}
    bases = {path: made.base for path, made in gone.items()}
    for path, fate in workspace.lineage.fates(bases).items():
        found[path] = home = _home(record, workspace, gone[path], fate)
        if home.path is not None:
            claims.setdefault(home.path, []).append(path)
    for target, paths in claims.items():
        if len(paths) > 1:
            found |= dict.fromkeys(paths, Home(None, (target,)))
    return found


def _home(
    record_of: Callable[[str], Record | None], workspace: Workspace, record: Record, fate: Fate
) -> Home:
    def free(path: str) -> bool:
        return path in workspace.tracked and record_of(path) is None

    if fate.path is not None:
        return Home(fate.path) if free(fate.path) else Home(None, (fate.path,))
    if fate.known or fate.doubts:
        return Home(None, fate.doubts)
    # History here does not have this path: the record was moved by a later one.
    before = [path for path in reversed(record.was) if path in workspace.tracked]
    if len(before) == 1 and free(before[0]):
        return Home(before[0], earlier=True)
    return Home(None, tuple(before))


def candidates(workspace: Workspace, gone: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """For a person: seeds that look like files that are gone (path -> blob), or share their names.

    Each file is looked at by itself. If there are too many to compare, only names count.
    """
    from seedgit.git.changes import alike

    found = {}
    named: dict[str, list[str]] = {}
    for path in sorted(workspace.tracked):
        named.setdefault(_name(path), []).append(path)
    seeds = {path: entry.id for path, entry in workspace.tracked.items()}
    compared = len(gone) * len(seeds) <= MOST_ALIKE
    for path, blob in gone.items():
        near = alike(workspace.repository, {path: blob}, seeds) if compared else {}
        both = dict.fromkeys([*named.get(_name(path), ()), *near])
        found[path] = tuple(both)[:MOST_NAMED]
    return found


def by_name(path: str, candidates: Iterable[str]) -> tuple[str, ...]:
    """Files that a seed may have become, those with its name first."""
    return tuple(sorted(candidates, key=lambda other: _name(other) != _name(path)))


def _name(path: str) -> str:
    return path.rpartition("/")[2]

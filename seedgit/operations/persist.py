"""Store the rebased overlays: explicit, or by a hook that may be absent."""

from __future__ import annotations

from dataclasses import dataclass

from seedgit.core.rebase import Outcome
from seedgit.errors import InputError
from seedgit.git.overlays import Overlay
from seedgit.git.stored_record import StoredRecord
from seedgit.operations.effective import layer_on
from seedgit.operations.workspace import Workspace, to_store


@dataclass(frozen=True)
class Moved:
    """A record that was rebased. `was` is the seed's path before, `path` now."""

    overlay: str
    was: str
    path: str
    outcomes: tuple[Outcome, ...]


def persist(workspace: Workspace) -> list[Moved]:
    """Rebase every record of the active overlays onto the seeds in the index.

    A record whose seed is gone, or does not parse, stays as it is.
    """
    done: list[Moved] = []
    for name in workspace.names:
        found: list[Moved] = []

        def build(overlay: Overlay, found: list[Moved] = found) -> dict[str, StoredRecord | None]:
            found.clear()
            made: dict[str, StoredRecord | None] = {}
            for item in workspace.placed(overlay):
                if item.path is None:
                    continue
                blob = workspace.tracked[item.path].id
                if blob == item.record.base and item.path == item.record.path:
                    continue
                try:
                    seed = workspace.staged(item.path)[1]
                    layer = layer_on(workspace, item, seed)
                except InputError:
                    continue
                if item.path != item.record.path:
                    made[item.record.path] = None
                made[item.path] = to_store(layer.kept(item.path, blob))
                found.append(
                    Moved(overlay.name, item.record.path, item.path, layer.rebased.outcomes)
                )
            return made

        head = workspace.repository.head()
        workspace.store.update(name, build, f"rebase onto {head[:12] if head else 'the index'}\n")
        done += found
    return done

"""Upgrades the clones that git's configuration lists, one after another.

They are listed as git-for-each-repo(1) has it: a setting with several values, each a path.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from seedgit.errors import SeedgitError
from seedgit.operations.upgrade import Upgraded, upgrade
from seedgit.operations.workspace import Workspace

CLONES = "seedgit.clone"


def upgrade_each(workspace: Workspace) -> Iterator[tuple[str, Upgraded | SeedgitError]]:
    """Each listed clone, and its upgrade or why there is none. One that fails stops no other."""
    for setting in workspace.repository.config.all(CLONES):
        place = str(Path(setting.value or "").expanduser())
        try:
            yield place, _upgraded(place)
        except SeedgitError as error:
            yield place, error


def _upgraded(place: str) -> Upgraded:
    from seedgit.operations.edits.after_change import sync_live_trees  # late: few have live trees

    with closing(Workspace.open(place)) as workspace:
        done = upgrade(workspace)
        if done.after != done.before:
            sync_live_trees(workspace)
        return done

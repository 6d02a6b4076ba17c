"""A live file in place, and what a program makes of it."""

from __future__ import annotations

from seedgit.git.live_tree import LiveTree, in_place_tree
from seedgit.operations.in_place.content import LiveContent
from seedgit.operations.live_tree.ledger import Ledger
from seedgit.operations.workspace import Workspace
from tests.conftest import Repo
from tests.operations.test_busy import COUNTING
from tests.site import PATH

SEED = COUNTING[PATH].encode()
LIVE = SEED.replace(b"paused: false", b"paused: true")


def of(count: int, data: bytes = LIVE, timeout: int = 30) -> bytes:
    """What a program makes of a file: the site owns the count, the package the timeout."""
    counted = data.replace(b"count: 0", b"count: %d" % count)
    return counted.replace(b"timeout: 30", b"timeout: %d" % timeout)


def parts(site: Repo) -> tuple[Workspace, LiveTree, Ledger]:
    """What one more process opens."""
    workspace = Workspace.open(site.path)
    tree = in_place_tree(workspace.repository)
    assert tree is not None
    return workspace, tree, Ledger(workspace.repository, tree)


def opened(site: Repo) -> LiveContent:
    return LiveContent(*parts(site))


def id_of(content: LiveContent, data: bytes = SEED) -> str:
    return content.workspace.repository.blob_id(data)

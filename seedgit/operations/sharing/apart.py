"""Overlays of one name that have nothing in common: they are somebody's, and are not mixed."""

from __future__ import annotations

import re
from itertools import count

from seedgit.errors import Refused, SeedgitError
from seedgit.git.config import LOCAL
from seedgit.git.messages import beginning
from seedgit.git.names import pasted
from seedgit.git.overlay_names import COPIES, overlay_ref
from seedgit.git.refs import may_have
from seedgit.layers import OVERLAY_KEY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.operations.workspace import Workspace


def apart(workspace: Workspace) -> list[str]:
    """A line for each active overlay that a remote has another one of, which is not merged; or for
    the error that prevented an answer. Where nothing was ever fetched, git is not asked."""
    repository, store = workspace.repository, workspace.store
    if not may_have(repository, COPIES):
        return []
    from seedgit.git.remotes import Remotes  # late: few clones have fetched anything

    remotes = Remotes(repository, store)
    found = []
    try:
        for remote in remotes.names():
            for name in workspace.names:
                tip, commit = store.tip(name), remotes.copy(name, remote)
                if tip and commit and not remotes.merge_bases(name, remote):
                    found.append(
                        f"{remote}: its overlay {name!r} is not merged, because it began "
                        f"elsewhere: seedgit pull {pasted(remote)} says how to go on"
                    )
    except SeedgitError as error:
        return [str(error)]
    return found


def refuse_other(workspace: Workspace, name: str, commit: str, remote: str) -> None:
    """Raises Refused if the overlay here and the remote's have nothing in common."""
    tip = workspace.store.tip(name)
    if tip is None or workspace.repository.merge_base(tip, commit) is not None:
        return
    first = workspace.store.history.began(commit)
    began = beginning(first.message) if first else None
    on = f" on {began.host}" if began else ""
    by = f"; {first.author.name} began it{on}" if first else ""
    raise Refused(
        f"the remote's overlay {name!r} began elsewhere, and is not this one{by}",
        where=remote,
        hint=f"to make one of the two: seedgit pull {pasted(remote)} --join; to keep this one "
        f"under another name: {_renaming(workspace, name, remote)}",
    )


def _renaming(workspace: Workspace, name: str, remote: str) -> str:
    """The commands that give an overlay another name, which neither side has yet."""
    from seedgit.git.remotes import Remotes

    copies = Remotes(workspace.repository, workspace.store).copies(remote)
    taken = {*workspace.store.names(), *copies}
    other = next(new for n in count(2) if (new := f"{name}-{n}") not in taken)
    ref = overlay_ref(name)
    commands = [f"git update-ref {pasted(overlay_ref(other), ref)} ''"]
    if name in workspace.names:
        commands += _configuring(workspace, name, other)
    return " && ".join([*commands, f"git update-ref -d {pasted(ref)}"])


def _configuring(workspace: Workspace, name: str, other: str) -> list[str]:
    """The commands that put another overlay into the place of one in this clone's layers."""
    found = workspace.repository.config.all(OVERLAY_KEY)
    if all(setting.scope == LOCAL for setting in found):
        return [f"git config --replace-all {pasted(OVERLAY_KEY, other, f'^{re.escape(name)}$')}"]
    layers = ["", *(other if each == name else each for each in workspace.names)]
    return [f"git config --add {pasted(OVERLAY_KEY, each)}" for each in layers]

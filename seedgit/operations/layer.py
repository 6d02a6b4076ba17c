"""The layers of this clone: which overlays lie over the seeds here, in which order, and when."""

from __future__ import annotations

from collections.abc import Sequence

from seedgit.errors import InputError, Refused, UsageError
from seedgit.git import settings
from seedgit.git.config import LOCAL, WORKTREE
from seedgit.git.layer_settings import (
    LayerSettings,
    check_condition,
    layer_settings,
    missing_layers,
    named_twice,
    refuse_read_only,
    unmet,
)
from seedgit.git.names import pasted
from seedgit.git.overlay_names import overlay_ref
from seedgit.git.remotes import Remotes
from seedgit.layers import DEFAULT_OVERLAY, OVERLAY_KEY, SECTION
from seedgit.named_tuple import NamedTuple
from seedgit.operations.workspace import Workspace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class LayerState(NamedTuple):
    """One layer of the stack.

    origin    where the configuration names it
    settings  its remote and its conditions
    unmet     the condition that does not hold here; "": it is active
    commit    what it is at; None before its first change
    active    its overrides that are in force; parked: those without a place
    written   whether commands write to it
    """

    name: str
    origin: str
    settings: LayerSettings
    unmet: str
    commit: str | None
    active: int
    parked: int
    written: bool

    def data(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "origin": self.origin,
            "remote": self.settings.remote or None,
            "when": list(self.settings.when),
            "unmet": self.unmet or None,
            "commit": self.commit,
            "overrides": self.active,
            "parked": self.parked,
            "written": self.written,
        }


def layers(workspace: Workspace) -> list[LayerState]:
    """The layers that the configuration names, lowest first. Raises InputError.

    `odd_layers` says what is odd about them.
    """
    repository = workspace.repository
    named = settings.named_overlays(repository) or settings.overlays(repository)
    return [_state(workspace, chosen.value, chosen.origin) for chosen in named]


def odd_layers(workspace: Workspace) -> list[str]:
    """A line for each layer that is missing here, or that is named twice."""
    repository = workspace.repository
    return [*named_twice(repository), *missing_layers(repository, workspace.names)]


def _state(workspace: Workspace, name: str, origin: str) -> LayerState:
    own = layer_settings(workspace.repository, name)
    overlay = workspace.overlay(name)
    records = [stored.record for stored in overlay.records.values()]
    return LayerState(
        name,
        origin,
        own,
        unmet(workspace.repository, own.when),
        overlay.commit,
        sum(len(record.overrides) for record in records),
        sum(len(record.parked) for record in records),
        name == workspace.target,
    )


def choose(workspace: Workspace, name: str, *, to_write: bool) -> None:
    """Choose the one layer that a command is about.

    Raises UsageError if it is not active, and Refused if it is read-only and is to be written.
    """
    if name not in workspace.names:
        known = ", ".join(workspace.names)
        there = name in workspace.store.names()
        more = f"; to make it a layer: seedgit layer add {pasted(name)}" if there else ""
        raise UsageError(
            f"{name!r} is no layer here: the layers are {known}",
            hint=f"seedgit layer lists them{more}",
        )
    if to_write:
        refuse_read_only(workspace.repository, name)
    workspace.only = name


def shown(workspace: Workspace, name: str) -> str:
    """The name of an overlay that is to be shown. Raises UsageError if there is none."""
    known = list(dict.fromkeys([*workspace.names, *workspace.store.names()]))
    if name not in known:
        raise UsageError(f"there is no overlay {name!r}: there is {', '.join(known)}")
    return name


def add(
    workspace: Workspace,
    name: str,
    *,
    above: str = "",
    remote: str = "",
    when: Sequence[str] = (),
) -> None:
    """Make an overlay a layer.

    above   the layer that it lies over. Without one, a remote's lies lowest, and any other highest
    remote  it is read-only here, and what this remote has: what was fetched, until the next pull
    when    the conditions under which it is a layer

    Raises UsageError if it is one already, and Refused if the remote has none of that name.
    """
    ref = overlay_ref(name)
    names = _names(workspace)
    if name in names:
        raise UsageError(f"{name!r} is a layer already", hint="seedgit layer lists them")
    for condition in when:
        check_condition(condition)
    if above == name:
        raise UsageError(f"{name!r} cannot lie over itself", hint="name another layer")
    _refuse_beside(name, names)
    place = 0 if remote and not above else len(names)
    if above:
        place = names.index(_one(names, above)) + 1
    if remote:
        _take(workspace, name, ref, remote)
    config, scope = workspace.repository.config, _scope(workspace)
    with config.together(scope):
        _write(workspace, [*names[:place], name, *names[place:]])
        config.remove_section(f"{SECTION}.{name}", scope)
        if remote:
            config.add(f"{SECTION}.{name}.remote", remote, scope)
        for condition in when:
            config.add(f"{SECTION}.{name}.when", condition, scope)


def _refuse_beside(name: str, names: Sequence[str]) -> None:
    """Raises UsageError for a layer that could never be written beside the others."""
    for other in names:
        if other.startswith(f"{name}/") or name.startswith(f"{other}/"):
            raise UsageError(
                f"an overlay {name!r} cannot be beside the overlay {other!r}",
                hint="one overlay's name cannot be the directory of another's",
            )


def remove(workspace: Workspace, name: str) -> None:
    """Make an overlay no layer any more. The overlay stays. Raises UsageError."""
    names = _names(workspace)
    _one(names, name)
    if len(names) == 1:
        raise UsageError(
            f"{name!r} is the only layer", hint="seedgit layer add NAME puts another one first"
        )
    config, scope = workspace.repository.config, _scope(workspace)
    with config.together(scope):
        _write(workspace, [other for other in names if other != name])
        config.remove_section(f"{SECTION}.{name}", scope)


def order(workspace: Workspace, wanted: Sequence[str]) -> None:
    """Put the layers in an order, lowest first. Raises UsageError unless each is named once."""
    names = _names(workspace)
    for name in wanted:
        _one(names, name)
    left = [name for name in names if name not in wanted]
    if left or len(wanted) != len(names):
        what = f"{', '.join(left)} is not named" if left else "a layer is named twice"
        raise UsageError(what, hint=f"name each once, lowest first: {', '.join(names)}")
    with workspace.repository.config.together(_scope(workspace)):
        _write(workspace, wanted)


def _names(workspace: Workspace) -> list[str]:
    found = settings.named_overlays(workspace.repository)
    return [chosen.value for chosen in found] or [DEFAULT_OVERLAY]


def _one(names: Sequence[str], name: str) -> str:
    if name not in names:
        raise UsageError(f"{name!r} is no layer here: the layers are {', '.join(names)}")
    return name


def _take(workspace: Workspace, name: str, ref: str, remote: str) -> None:
    """Make a remote's overlay the one of its name here. Raises Refused."""
    remotes = Remotes(workspace.repository, workspace.store)
    fetched = remotes.fetch(remote)
    if name in fetched.refused:
        raise fetched.refused[name]
    there, here = remotes.copy(name, remote), workspace.store.tip(name)
    if there is None:
        known = ", ".join(sorted(fetched.commits)) or "none"
        raise InputError(f"has no overlay {name!r}; it has {known}", where=remote)
    if here is not None and not workspace.repository.contains(there, here):
        raise Refused(
            f"an overlay {name!r} is here already, with changes that {remote} does not have",
            where=ref,
            hint=f"to merge them: seedgit layer add {pasted(name)}, then "
            f"seedgit pull {pasted(remote)}",
        )
    workspace.store.follow(name, there, remote)


def _scope(workspace: Workspace) -> str:
    """Where the layers are kept: in the worktree's own configuration if they are there already."""
    found = workspace.repository.config.all(OVERLAY_KEY)
    return WORKTREE if any(setting.scope == WORKTREE for setting in found) else LOCAL


def _write(workspace: Workspace, names: Sequence[str]) -> None:
    config, scope = workspace.repository.config, _scope(workspace)
    config.unset(OVERLAY_KEY, scope)
    if any(setting.scope != scope for setting in config.all(OVERLAY_KEY)):
        config.add(OVERLAY_KEY, "", scope)  # those of other files do not count any more
    for name in names:
        config.add(OVERLAY_KEY, name, scope)

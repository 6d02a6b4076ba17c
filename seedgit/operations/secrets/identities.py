"""Finds the private keys that this person can decrypt with. Never in a tracked file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedgit.errors import InputError, Refused
from seedgit.files.safe import read_regular
from seedgit.git.names import to_text
from seedgit.operations.secrets.age import identities_in

if TYPE_CHECKING:
    from seedgit.operations.workspace import Workspace

VARIABLE = "SEEDGIT_IDENTITY"
KEY = "seedgit.identity"
SSH_KEY = "~/.ssh/id_ed25519"
LIMIT = 100_000  # bytes of a file


def identity_files(workspace: Workspace) -> list[str]:
    """The files to look in: those of SEEDGIT_IDENTITY or else of git's configuration, or else the
    usual ones that exist."""
    named = os.environ.get(VARIABLE)
    if named:
        return [str(Path(each).expanduser()) for each in named.split(os.pathsep) if each]
    found = [setting.value for setting in workspace.repository.config.all(KEY) if setting.value]
    if found:
        return [str(Path(each).expanduser()) for each in found]
    settings = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    usual = [os.path.join(settings, "seedgit", "identity"), os.path.expanduser(SSH_KEY)]
    return [each for each in usual if os.path.isfile(each)]


def identities(workspace: Workspace) -> list[Any]:
    """The private keys at hand; none if no file has any.

    A usual file that cannot be used is passed over if another one can. Raises InputError, and
    Refused for one that git tracks.
    """
    chosen = bool(os.environ.get(VARIABLE) or workspace.repository.config.all(KEY))
    found: list[Any] = []
    problem: InputError | None = None
    for name in identity_files(workspace):
        try:
            found += _read(workspace, name)
        except InputError as error:
            if chosen:
                raise
            problem = problem or error
    if problem is not None and not found:
        raise problem
    return found


def _read(workspace: Workspace, name: str) -> list[Any]:
    _refuse_tracked(workspace, name)
    try:
        data = read_regular(name, LIMIT, follow=True)
    except OSError as error:
        raise InputError(
            f"the private key cannot be read: {error.strerror}",
            where=name,
            hint=f"{VARIABLE}, or git config {KEY}, names the file",
        ) from None
    return identities_in(data, name)


def _refuse_tracked(workspace: Workspace, name: str) -> None:
    place = Path(os.path.realpath(name))
    try:
        inside = place.relative_to(os.path.realpath(workspace.repository.worktree))
    except ValueError:
        return
    path = to_text(os.fsencode(inside.as_posix()))
    if workspace.has_file(path) or path in workspace.unmerged:
        raise Refused(
            "is a tracked file: a private key in it is nobody's secret",
            where=path,
            hint=f"make a new key outside of the repository, and name it: git config {KEY} FILE",
        )

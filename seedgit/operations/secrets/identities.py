"""Finds the private keys that this person can decrypt with. Never in a tracked file."""

from __future__ import annotations

import os
from pathlib import Path

from seedgit.errors import InputError, Refused
from seedgit.files.safe import read_regular
from seedgit.git.names import to_text
from seedgit.operations.secrets.age import Locked, identities_in, new_identity, public_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

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
    usual = [_usual(), os.path.expanduser(SSH_KEY)]
    return [each for each in usual if os.path.isfile(each)]


def identities(workspace: Workspace) -> list[Any]:
    """The private keys at hand; none if no file has any.

    A usual file that cannot be used is passed over if another one can. Raises InputError, and
    Refused for one that git tracks.
    """
    chosen = bool(os.environ.get(VARIABLE) or workspace.repository.config.all(KEY))
    names = identity_files(workspace)
    if chosen:
        return [identity for name in names for identity in _read(workspace, name)]
    found: list[Any] = []
    for unlock in (False, True):  # nobody is asked for what is not needed
        problem: InputError | None = None
        for name in names if not found else ():
            try:
                found += _read(workspace, name, unlock=unlock)
            except InputError as error:
                problem = problem or error
    if problem is not None and not found:
        raise problem
    return found


def own_recipient(workspace: Workspace) -> str:
    """The public key of this person: of the first private key that can be used here.

    Where there is none at all, one of age's is made, in the file that is looked in first. Raises
    InputError if there are only keys that cannot be used.
    """
    names = identity_files(workspace)
    problem: InputError | None = None
    for name in names:
        try:
            for identity in _read(workspace, name, unlock=False):
                found = public_of(identity) or _beside(name)
                if found:
                    return found
        except Locked as error:
            if error.ssh and (found := _beside(name)):
                return found
            problem = problem or error
        except InputError as error:
            problem = problem or error
    if problem is not None:
        raise problem
    private, public = new_identity()
    workspace.repository.writer.keep(
        Path(_usual()), f"# public key: {public}\n{private}\n".encode()
    )
    return public


def _beside(name: str) -> str:
    """The public key that ssh-keygen has put beside a private one; "" if it is not there."""
    try:
        return read_regular(f"{name}.pub", LIMIT, follow=True).decode("utf-8", "replace").strip()
    except (OSError, InputError):
        return ""


def _usual() -> str:
    """Where an identity file of age's is looked for."""
    settings = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return os.path.join(settings, "seedgit", "identity")


def _read(workspace: Workspace, name: str, *, unlock: bool = True) -> list[Any]:
    """The private keys in a file.

    unlock  those that have a passphrase too, if somebody gives it
    """
    _refuse_tracked(workspace, name)
    try:
        data = read_regular(name, LIMIT, follow=True)
    except OSError as error:
        raise InputError(
            f"the private key cannot be read: {error.strerror}",
            where=name,
            hint=f"{VARIABLE}, or git config {KEY}, names the file",
        ) from None
    try:
        return identities_in(data, name)
    except Locked as locked:
        if not unlock:
            raise
        from seedgit.operations.secrets.locked import unlocked  # late: it starts programs

        return identities_in(unlocked(workspace, data, locked, name), name)


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

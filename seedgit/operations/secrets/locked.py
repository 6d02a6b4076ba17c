"""Private keys with a passphrase: who gives it, and the key without it.

age has no way to ask, neither a person nor an SSH agent. The key without its passphrase is never in
a file: of SSH's keys, `ssh-keygen -p` takes it away in anonymous memory (memfd_create(2)).
"""

from __future__ import annotations

import os
import subprocess

from seedgit.errors import InputError, UsageError
from seedgit.files.safe import read_regular
from seedgit.operations.edits.given import ask
from seedgit.operations.secrets.age import Locked, without_passphrase

TYPE_CHECKING = False
if TYPE_CHECKING:
    from seedgit.operations.workspace import Workspace

VARIABLE = "SEEDGIT_PASSPHRASE_FILE"
LIMIT = 10_000  # bytes of a file with a passphrase
PATIENCE = 60  # seconds; the passphrase of a key may be made slow to try on purpose


def unlocked(workspace: Workspace, data: bytes, locked: Locked, where: str) -> bytes:
    """What a file with a private key holds, without its passphrase.

    The passphrase is in the file that VARIABLE names, or a person at the terminal is asked for it.
    Raises `locked` if nobody gives it, and InputError for a wrong one.
    """
    phrase = _given(workspace, where)
    if phrase is None:
        raise locked
    if not locked.ssh:
        return without_passphrase(data, phrase, where)
    made = _without(data, phrase)
    if made is None:
        raise InputError(
            "is a private key of SSH's with a passphrase, and ssh-keygen did not take it away: the "
            "passphrase may be a wrong one, or this system cannot do it in memory",
            where=where,
            hint="use a key of age's: age-keygen -o ~/.config/seedgit/identity, and have its "
            "public key added with seedgit secret recipients add",
        )
    return made


def _given(workspace: Workspace, where: str) -> str | None:
    name = os.environ.get(VARIABLE)
    if name:
        try:
            text = read_regular(os.path.expanduser(name), LIMIT, follow=True)
        except OSError as error:
            raise InputError(
                f"the passphrase cannot be read: {error.strerror}", where=name, hint=VARIABLE
            ) from None
        return text.decode("utf-8", "surrogateescape").removesuffix("\n").removesuffix("\r")
    if not workspace.asks:
        return None
    try:
        return ask(f"passphrase of {where}: ")
    except UsageError:
        return None


def _without(data: bytes, phrase: str) -> bytes | None:
    """A private key of SSH's without its passphrase; None if that cannot be had."""
    make = getattr(os, "memfd_create", None)
    if make is None:
        return None
    file = make("seedgit", 0)
    try:
        os.fchmod(file, 0o600)  # ssh-keygen refuses what others can read
        os.write(file, data)
        words = ["ssh-keygen", "-p", "-N", "", "-f", f"/proc/self/fd/{file}"]
        asked = phrase.encode("utf-8", "surrogateescape") + b"\n"
        env = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "SSH_ASKPASS")}
        try:
            done = subprocess.run(
                words, input=asked, pass_fds=[file], capture_output=True, check=False,
                start_new_session=True, timeout=PATIENCE, env=env,
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired):
            return None
        if done.returncode:
            return None
        size = os.lseek(file, 0, os.SEEK_END)
        return os.pread(file, size, 0)
    finally:
        os.close(file)

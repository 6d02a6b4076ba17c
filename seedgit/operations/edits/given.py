"""Values that are not on the command line, where everybody on the machine could read them."""

from __future__ import annotations

import sys

from seedgit.errors import InputError, UsageError
from seedgit.operations.workspace import Workspace

STDIN = "-"
LIMIT = 1_000_000  # bytes
EMPTY = "an empty one: VALUE is ''"


def read_value(workspace: Workspace, name: str) -> str:
    """The text in a file, or of standard input (`-`), without the newline at its end.

    Raises InputError, and UsageError where there is nothing at all.
    """
    where = "standard input" if name == STDIN else name
    try:
        if name == STDIN:
            data = sys.stdin.buffer.read(LIMIT + 1)
        else:
            with (workspace.directory / name).open("rb") as file:
                data = file.read(LIMIT + 1)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=where) from None
    if not data:  # as from a command that failed: nobody means that by it
        raise UsageError("no value is given", where=where, hint=EMPTY)
    if len(data) > LIMIT:
        raise InputError(f"a value of over {LIMIT} bytes", where=where)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError("is not UTF-8, so it is no value of a seed", where=where) from None
    return text.removesuffix("\n").removesuffix("\r")


def ask(prompt: str) -> str:
    """A person's answer; it is not shown. Raises UsageError if there is none."""
    from getpass import getpass

    try:
        answer = getpass(prompt)
    except EOFError:
        answer = ""
    if not answer:
        raise UsageError("no value is given", hint=EMPTY)
    return answer

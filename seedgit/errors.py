"""The exceptions of seedgit, with their exit statuses. Imports nothing."""

from __future__ import annotations

OK = 0
ATTENTION = 1  # a conflict, a refused change, drift that needs a person
USAGE = 2  # the command line itself is wrong
INPUT = 3  # a file, the rules or a record cannot be understood
REPOSITORY = 4  # git, or the state of the repository, says no
REFUSED = 5  # a safety check says no; nothing was changed
INTERNAL = 70  # a bug in seedgit
UNSTARTABLE = 127  # the status of a shell for a program that does not exist

EXIT_CODES = {
    OK: "done",
    ATTENTION: "something needs a person: a conflict, a refused change, a finding",
    USAGE: "the command line is wrong",
    INPUT: "a file, the rules or an overlay record cannot be understood",
    REPOSITORY: "git, or the state of the repository, does not allow it",
    REFUSED: "a safety check refused; nothing was changed",
    INTERNAL: "a bug in seedgit",
    UNSTARTABLE: "a part of seedgit, or of what it needs, is missing",
}

INSTALL_ANEW = "install seedgit anew; then, in each clone: seedgit doctor --fix"
MORE_MEMORY = "end other programs, or allow it more (ulimit -v); then run the command again"
SYSTEM_SAYS_NO = "make room, or see who may write there; then run the command again"


def quoted(value: object, most: int = 200) -> str:
    """A value quoted for a message. Of a long one, only the first `most` characters."""
    if isinstance(value, str) and len(value) > most:
        return repr(value[:most]) + "..."
    text = repr(value)
    return text if isinstance(value, str) or len(text) <= most else text[:most] + "..."


class SeedgitError(Exception):
    """An error with a message for a person, and a hint that says what to do next.

    `where` names the file (and `line`, counted from 1) it is about, when there is one.
    """

    exit_code = INTERNAL

    def __init__(
        self, message: str, *, hint: str = "", where: str = "", line: int | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.where = where
        self.line = line

    def __str__(self) -> str:
        place = self.where + (f":{self.line}" if self.line else "")
        return f"{place}: {self.message}" if place else self.message


class UsageError(SeedgitError):
    """The command line asks for something that does not exist or does not fit."""

    exit_code = USAGE


class InputError(SeedgitError):
    """A document, the rules or an overlay record cannot be understood."""

    exit_code = INPUT


class InvalidDocument(InputError):
    """A seed does not parse, or goes over a limit; `line` says where."""


class PatchError(InputError):
    """A pointer or a JSON Patch does not fit the document (RFC 6901, RFC 6902)."""


class RepositoryError(SeedgitError):
    """git, or the state of the repository, does not allow it."""

    exit_code = REPOSITORY


class Refused(SeedgitError):
    """A safety check says no; nothing was changed."""

    exit_code = REFUSED


def of_the_system(
    error: OSError | MemoryError, what: str = "cannot be written", where: str = ""
) -> RepositoryError:
    """The error for a full disk, a file without permission, or too little memory: the system, not
    seedgit, is wrong.

    where  the file; "": the one that the system names
    """
    if isinstance(error, MemoryError):
        return RepositoryError("out of memory", where=where, hint=MORE_MEMORY)
    name = where or error.filename or ""
    where = name.decode("utf-8", "surrogateescape") if isinstance(name, bytes) else str(name)
    why = error.strerror or str(error)
    return RepositoryError(f"{what}: {why}" if what else why, where=where, hint=SYSTEM_SAYS_NO)

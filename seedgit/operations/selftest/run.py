"""Runs the checks of a self-test, in a temporary folder of the file system that is asked about."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from seedgit.errors import RepositoryError, SeedgitError
from seedgit.operations.progress import Progress, quiet
from seedgit.operations.selftest.checks import CHECKS
from seedgit.operations.selftest.model import UNSAFE, NotKept, Trust
from seedgit.operations.selftest.scratch import Scratch


def selftest(directory: Path, progress: Progress = quiet) -> list[Trust]:
    """What of seedgit is safe in a directory, by this git, shell and Python.

    The temporary folder is made in `directory`, and removed. Raises RepositoryError if none can be
    made there.
    """
    try:
        made = TemporaryDirectory(prefix=".seedgit-selftest-", dir=directory)
    except OSError as error:
        message = f"no folder can be made here: {error.strerror}"
        raise RepositoryError(message, where=str(directory)) from None
    with made as name:
        found: list[Trust] = []
        try:
            scratch = Scratch(Path(name).resolve())
        except (NotKept, OSError, SeedgitError) as error:
            return [Trust("set-up", UNSAFE, str(error))]
        for number, (part, check) in enumerate(CHECKS):
            progress(number, len(CHECKS))
            try:
                found.append(check(scratch))
            except (NotKept, OSError, SeedgitError) as error:
                found.append(Trust(part, UNSAFE, str(error)))
        progress(len(CHECKS), len(CHECKS))
    return found

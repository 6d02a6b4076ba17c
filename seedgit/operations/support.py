"""Whether seedgit can work in a repository at all: libgit2 opens less than git does."""

from __future__ import annotations

from importlib.machinery import PathFinder

from seedgit.errors import RepositoryError, Unsupported
from seedgit.git.repository import Repository

# What is missing is told before anything is done. To load it takes longer than most hooks run.
if PathFinder.find_spec("pygit2") is None:
    raise ModuleNotFoundError("No module named 'pygit2'", name="pygit2")

_KNOWN = {"noop", "objectformat", "preciousobjects", "refstorage", "worktreeconfig"}
_SIGNS = ("extension", "object format")  # in what libgit2 says of any other
_HINT = "git itself works here as ever; seedgit needs SHA-1 objects and refs kept as files"


def require_support(repository: Repository) -> None:
    """Raises Unsupported, before anything is written, if objects or refs cannot be read."""
    odd = repository.odd_format()
    if odd:
        message = f"seedgit cannot work in this repository yet: {odd}"
        raise Unsupported(message, where=str(repository.git_dir), hint=_HINT)
    keys = (key.partition(".") for key in set(repository.config.keys()))
    if {name for section, _, name in keys if section == "extensions"} <= _KNOWN:
        return  # libgit2 knows them too
    try:
        repository.store  # noqa: B018
    except RepositoryError as error:
        if not any(sign in error.message for sign in _SIGNS):
            raise
        message = f"seedgit cannot work in this repository yet: {error.message}"
        raise Unsupported(message, where=str(repository.git_dir), hint=_HINT) from None

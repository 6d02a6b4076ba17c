"""Whether seedgit can work in a repository at all: libgit2 opens less than git does."""

from __future__ import annotations

from seedgit.errors import RepositoryError, Unsupported
from seedgit.git.repository import Repository

# git-config(1), extensions.*: the value that libgit2 knows.
_KNOWN = {"extensions.objectFormat": "sha1", "extensions.refStorage": "files"}
_SIGNS = ("extension", "object format")  # in what libgit2 says of any other
_HINT = "git itself works here as ever; seedgit needs SHA-1 objects and refs kept as files"


def require_support(repository: Repository) -> None:
    """Raises Unsupported, before anything is written, where objects or refs cannot be read."""
    for key, known in _KNOWN.items():
        value = repository.config.get(key)
        if value is not None and value.lower() != known:
            message = f"seedgit cannot work in this repository yet: its {key} is {value}"
            raise Unsupported(message, where=str(repository.git_dir), hint=_HINT)
    try:
        repository.store  # noqa: B018
    except RepositoryError as error:
        if not any(sign in error.message for sign in _SIGNS):
            raise
        message = f"seedgit cannot work in this repository yet: {error.message}"
        raise Unsupported(message, where=str(repository.git_dir), hint=_HINT) from None

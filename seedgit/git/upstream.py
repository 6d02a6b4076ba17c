"""Which branch probably holds the package if nobody has said so, and why."""

from __future__ import annotations

from seedgit.git.names import to_text
from seedgit.named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from seedgit.git.repository import Repository

REMOTE: Final = "upstream"  # what people call the remote that a fork was made from
_BRANCHES: Final = f"refs/remotes/{REMOTE}/"
_USUAL: Final = ("main", "master")


class Likely(NamedTuple):
    """The full name of a ref, and why it is taken for the package's."""

    ref: str
    why: str


def likely(repository: Repository) -> Likely | None:
    """The branch of a remote named upstream, or else what the current branch follows, if any.

    A fork's branch follows the fork, which has the site's own changes.
    """
    followed = repository.upstream()
    if (followed or "").startswith(_BRANCHES):
        return Likely(followed or "", "the branch follows it")
    found = _branch_of_remote(repository, followed)
    if found is None and followed:
        return Likely(followed, f"the branch follows it{_unfetched(repository)}")
    if found is None:
        return None
    before = f", before {short(followed)}, which the branch follows" if followed else ""
    return Likely(found, f"of the remote named {REMOTE}, as in a fork{before}")


def _unfetched(repository: Repository) -> str:
    if repository.config.get(f"remote.{REMOTE}.url") is None or repository.refs(_BRANCHES):
        return ""
    return f" (the remote named {REMOTE} comes first, once it is fetched: git fetch {REMOTE})"


def short(ref: str) -> str:
    """A branch as people write it."""
    return ref.removeprefix("refs/remotes/").removeprefix("refs/heads/")


def _branch_of_remote(repository: Repository, followed: str | None) -> str | None:
    """The remote's branch with the same name as the one here, or else its main branch."""
    if repository.config.get(f"remote.{REMOTE}.url") is None:
        return None
    there = repository.refs(_BRANCHES)
    alike = [(ref or "").rpartition("/")[2] for ref in (followed, repository.branch())]
    asked = ("symbolic-ref", "--quiet", f"{_BRANCHES}HEAD")
    main = to_text(repository.git_status(*asked, accept=(0, 1, 128))[1]).strip()
    names = [_BRANCHES + name for name in alike if name]
    names += [main, *(_BRANCHES + name for name in _USUAL)]
    return next((name for name in names if name in there), None)

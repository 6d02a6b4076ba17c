"""Sending one ref to a remote, or fetching it, with git; and why a remote refuses one."""

from __future__ import annotations

import time

from seedgit import codes
from seedgit.errors import RepositoryError
from seedgit.git.locks import STALE_AFTER, clear, lock_of
from seedgit.git.names import to_text
from seedgit.git.process import DAMAGE, GitFailed
from seedgit.git.refs import DURABLE, read_ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

    from seedgit.git.repository import Repository

PATIENCE: Final = STALE_AFTER + 1  # seconds that a fetch waits for a lock
PAUSE: Final = 0.2  # seconds


REMEDIES: Final = {
    codes.FETCH_FIRST: "seedgit pull {remote}, then push again",
    codes.DECLINED: "the remote's own rules said no: see its words, or ask who keeps it",
    codes.LOCKED: "try again; if it stays, a git that died on the remote's side has left the "
    "lock: whoever keeps the remote deletes the file, once no git works there",
    codes.NO_PERMISSION: "ask who keeps the remote for the right to write there",
    codes.DISK_FULL: "free some disk space on the remote's side, then push again",
    codes.DAMAGED: "git fsck, here and where the remote is, names what is damaged",
}

_PORCELAIN_PUSHED: Final = (" ", "*")  # git-push(1), "OUTPUT": fast-forward, new ref
_PORCELAIN_CURRENT: Final = "="
# How git-receive-pack(1) says why, in the ref's line or beside it. The first that fits counts.
_REASONS: Final = (
    (codes.DISK_FULL, ("No space left on device", "Disk quota exceeded")),
    (
        codes.NO_PERMISSION,
        ("Permission denied", "insufficient permission", "Read-only file system"),
    ),
    (codes.LOCKED, ("File exists",)),
    (codes.DAMAGED, ("missing necessary objects", "abnormal exit", "bad pack", *DAMAGE)),
    (codes.DECLINED, ("hook declined",)),
    (
        codes.FETCH_FIRST,
        ("[rejected]", "incorrect old value", "cannot lock ref", "failed to update ref"),
    ),
    (codes.FETCH_FIRST, ("failed to lock",)),
)


def fetch(repository: Repository, remote: str, ref: str, copy: str) -> None:
    """Fetch a ref of a remote into a ref of this clone, as it is there.

    Objects are checked on the way in. Raises GitFailed; Refused for an old lock.
    """
    options = (
        "--quiet",
        "--no-tags",
        "--no-prune",
        "--no-write-fetch-head",
        "--no-recurse-submodules",
        "--no-auto-maintenance",
        "--no-filter",  # a partial clone's overlays are whole
        "--refmap=",  # heads of the fallback are not branches of the remote
    )
    # What is known of main history must not count. A host without filters would leave out bases
    # that belong to a partial clone's commits, but that the clone does not have.
    known = read_ref(repository, copy) is not None
    nothing = () if known else ("-c", "fetch.negotiationAlgorithm=noop")
    tip = (f"--negotiation-tip={copy}",) if known else ()
    # A pack has a .keep until the ref has moved. A gc may remove loose objects before that.
    checked = ("-c", "fetch.fsckObjects=true", "-c", "fetch.unpackLimit=1")
    refspec = f"+{ref}:{copy}"
    before = (*DURABLE, *checked, *nothing)
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            repository.git(*before, "fetch", *options, *tip, "--", remote, refspec)
            return
        except GitFailed:
            lock = lock_of(repository, copy)
            if lock is None or time.monotonic() > deadline:
                raise
            if not clear(repository, lock):
                time.sleep(PAUSE)


def push(repository: Repository, remote: str, commit: str, ref: str) -> tuple[str, str]:
    """Send a commit to a ref of a remote. Never forced: only a descendant is accepted.

    Returns PUSHED, CURRENT, or why it was refused (REMEDIES), and the remote's own words for that.
    Raises RepositoryError if the remote cannot be reached.
    """
    options = ("--porcelain", "--no-follow-tags", "--recurse-submodules=no")
    # A mirror's own refspecs would delete whatever this clone does not have.
    single = ("-c", f"remote.{remote}.mirror=false")
    try:
        out = repository.git(*single, "push", *options, "--", remote, f"{commit}:{ref}")
        text = ""
    except GitFailed as error:
        out, text = error.stdout, error.stderr
        if not any(line.startswith("!") for line in to_text(out).splitlines()):
            raise
    for line in to_text(out).splitlines():
        flag, tab, rest = line.partition("\t")
        if not tab:
            continue
        if flag in _PORCELAIN_PUSHED:
            return codes.PUSHED, ""
        if flag == _PORCELAIN_CURRENT:
            return codes.UP_TO_DATE, ""
        summary = rest.partition("\t")[2]
        return _outcome(summary, text), words_of(summary, text)
    raise RepositoryError(f"git push said nothing about {ref}", where=remote)


def _outcome(summary: str, stderr: str) -> str:
    """Why the remote refused. What one of its hooks prints decides nothing."""
    texts = [summary] if "hook declined" in summary else [summary, stderr]
    for outcome, signs in _REASONS:
        if any(sign in text for sign in signs for text in texts):
            return outcome
    return codes.DECLINED


def words_of(summary: str, stderr: str) -> str:
    """What git and the remote said."""
    parts = [
        line.removeprefix("remote:").strip()
        for line in stderr.splitlines()
        if line.startswith("remote:")
    ]
    return "; ".join(filter(None, [summary, *parts]))

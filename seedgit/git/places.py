"""Where the parts of a clone are, as git itself says: `git rev-parse`."""

from __future__ import annotations

import os

from seedgit.errors import RepositoryError
from seedgit.git.names import to_text
from seedgit.git.process import GitFailed, run_git
from seedgit.named_tuple import NamedTuple
from seedgit.spawn import not_bare

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Final

_ABSOLUTE: Final = "--path-format=absolute"
_NAMED: Final = "GIT_WORK_TREE"  # git(1)
_OBJECTS: Final = "GIT_OBJECT_DIRECTORY"
_COMMON: Final = "commondir"  # gitrepository-layout(5)
_BRANCH: Final = b"ref: refs/"
_TREE: Final = ("--is-bare-repository", "--is-inside-work-tree")


class Places(NamedTuple):
    """The parts of a clone, absolute. They are texts: most commands need no more of a path, and
    `pathlib` takes longer to load than git to answer."""

    git_dir: str
    common_dir: str
    worktree: str
    index_file: str
    object_dir: str


def find(start: str) -> Places:
    """The places of the clone around a directory, or of the one that git's environment names.

    Raises RepositoryError if there is none, if it has no working tree, or if git does not trust it
    (safe.directory).
    """
    questions = [["--git-dir"], ["--git-common-dir"], ["--show-toplevel"]]
    questions += [["--git-path", name] for name in ("index", "objects")]
    words = [word for question in questions for word in question]
    # git prints the first two before it fails because there is no working tree.
    output = ask(start, *_TREE, *words, accept=(0, 128))
    bare, inside, *answers = output.split("\n") if output else ask(start, *_TREE).split("\n")
    # As git itself, it may be run anywhere once the environment names the working tree.
    named = _NAMED in os.environ and len(answers) == len(questions)
    if bare == "true" or (inside != "true" and not named):
        raise RepositoryError(
            "a bare repository has no working tree" if bare == "true" else "not in a working tree",
            where=start,
            hint="run this in a clone that has a working tree",
        )
    if len(answers) != len(questions):  # a directory has a newline in its name
        answers = [ask(start, *question) for question in questions]
    return Places(*answers)


def plain(start: str, top: str, config: bytes) -> Places | None:
    """The places of the clone around a directory, where each is where git puts it; None where that
    may not be so, and git has to say.

    top     the top of the working tree; it has a directory `.git`, which is no link
    config  git's configuration there (`Config.told`). So git trusts the clone. No variable names
            another one.
    """
    git_dir = os.path.join(top, ".git")
    parts = [os.path.join(git_dir, name) for name in ("objects", "refs")]
    bare = config.count(b"\0core.bare") > config.count(b"\0core.bare\nfalse\0")
    named = b"\0core.worktree" in config or os.environ.get(_OBJECTS)
    if bare or named or os.path.lexists(os.path.join(git_dir, _COMMON)) or is_below(start, git_dir):
        return None
    # Without one of these git takes it for no clone, and looks further up.
    if not all(map(os.path.isdir, parts)) or not _has_branch(os.path.join(git_dir, "HEAD")):
        return None
    return Places(git_dir, git_dir, top, os.path.join(git_dir, "index"), parts[0])


def _has_branch(head: str) -> bool:
    try:
        with open(head, "rb") as file:
            return file.read(len(_BRANCH)) == _BRANCH
    except OSError:
        return False


def ask(
    start: str,
    *question: str,
    env: Mapping[str, str] | None = None,
    accept: tuple[int, ...] = (0,),
) -> str:
    """What `git rev-parse` says in a directory; paths are absolute. RepositoryError."""
    try:
        given = {**(env or {}), **not_bare()}
        out = run_git(("rev-parse", _ABSOLUTE, *question), cwd=start, env=given, accept=accept)[1]
    except GitFailed as error:
        if "cannot use bare repository" not in error.stderr:
            raise
        raise RepositoryError(
            "not in a working tree, but in what looks like a bare repository",
            where=start,
            hint="run this in a clone that has a working tree",
        ) from None
    if out.startswith(_ABSOLUTE.encode()):  # rev-parse repeats words that it does not know
        raise RepositoryError("this git is too old", hint="install git 2.31 or newer")
    return to_text(out).removesuffix("\n")


def is_below(place: str, top: str) -> bool:
    """Whether a place is this directory, or in it, by their absolute names."""
    return place == top or place.startswith(os.path.join(top, ""))

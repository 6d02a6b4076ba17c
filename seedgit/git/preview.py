"""What `git merge` would make. git itself makes it, in another place.

git merges into a quarantine: a directory for objects outside the repository, which is thrown away
afterwards. The merge driver runs as in the real merge, through a command that keeps a copy of its
three inputs. Nothing is written to the repository or its working tree.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from seedgit.errors import RepositoryError
from seedgit.files.rules_file import read_rules
from seedgit.git.names import to_bytes, to_text
from seedgit.git.repository import GitEntry, Repository
from seedgit.git.settings import DRIVER_KEY
from seedgit.limits import MARKER_LENGTH
from seedgit.named_tuple import NamedTuple
from seedgit.rules import RULES_FILE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Final

COPIES: Final = "SEEDGIT_COPIES"
ATTRIBUTES: Final = ".gitattributes"
JOURNAL: Final = "SEEDGIT_JOURNAL"  # a preview leaves no trace in the journal either
OLDEST: Final = (2, 38)  # git merge-tree --write-tree

# git makes up the names %O and so on. Only %P comes from the repository, and git quotes it.
_COPY: Final = MARKER_LENGTH + (
    'd="$' + COPIES + '/$$"; mkdir "$d" && cp %O %A %B "$d" && '
    'printf \'%%s\\0\' %O %A %B "$l" %P >"$d/names"; '
)
# git-merge-file(1): its status is the number of conflicts, or over 127 for what is not text.
_BY_LINES: Final = "git merge-file -q --marker-size=$l %A %O %B; test $? -eq 0"


class Inputs(NamedTuple):
    """What the merge driver was given for a file: copies of it, and the marker size."""

    base: Path
    ours: Path
    theirs: Path
    size: int

    def data(self) -> list[bytes]:
        """Base (empty if there was none), ours and theirs."""
        return [file.read_bytes() for file in (self.base, self.ours, self.theirs)]


class GitMessage(NamedTuple):
    """What git says about some paths; `kind` is stable, as in "CONFLICT (modify/delete)"."""

    paths: tuple[str, ...]
    kind: str
    text: str

    @property
    def conflict(self) -> bool:
        return self.kind.startswith("CONFLICT")


class Preview(NamedTuple):
    """The outcome of a merge that has not happened.

    files       the tree it would leave, conflicts with their markers
    tree        its id, or that of its commit
    unmerged    the paths that would be left in conflict, with their stages
    inputs      what the merge driver was given, by path
    """

    files: dict[str, GitEntry]
    unmerged: dict[str, tuple[GitEntry, ...]]
    inputs: dict[str, Inputs]
    remarks: tuple[GitMessage, ...]
    tree: str


@contextmanager
def quarantine(repository: Repository) -> Iterator[tuple[Repository, Path]]:
    """The repository, with a temporary directory that takes whatever is written to it."""
    from tempfile import TemporaryDirectory  # takes a while to load

    with TemporaryDirectory(prefix="seedgit-") as name:
        place = Path(name)
        (place / "objects").mkdir()
        yield repository.writing_to(place / "objects"), place


def merge_preview(repository: Repository, place: Path, name: str, commit: str) -> Preview:
    """What `git merge NAME` would do to HEAD; `repository` is in quarantine, at `place`.

    Raises RepositoryError if git is too old for it.
    """
    driver = repository.config.get(DRIVER_KEY)
    words = ("-c", f"{DRIVER_KEY}={_COPY}{driver}") if driver else ()
    files = _settings(repository)
    return _merge(repository, place, words, files, ("HEAD", name), {f"GITHEAD_{commit}": name})


def merge_again(
    repository: Repository, place: Path, ours: str, theirs: str, files: Mapping[str, bytes]
) -> Preview:
    """How git merges two commits by lines, with copies of what the merge driver would be given.

    As `merge_preview`. `files` are those that git would read in the working tree: attributes.
    """
    words = ("-c", f"{DRIVER_KEY}={_COPY}{_BY_LINES}", "-c", "merge.seedgit.recursive=binary")
    commits = ("--allow-unrelated-histories", ours, theirs)
    return _merge(repository, place, words, files, commits, {})


def _merge(
    repository: Repository,
    place: Path,
    words: tuple[str, ...],
    files: Mapping[str, bytes],
    commits: tuple[str, ...],
    env: dict[str, str],
) -> Preview:
    version = repository.git_version()
    if version < OLDEST:
        raise RepositoryError(
            f"git {'.'.join(map(str, version))} cannot merge without a working tree",
            hint="install git 2.38 or newer",
        )
    top, copies = place / "top", place / "copies"
    top.mkdir(parents=True)
    copies.mkdir()
    for path, data in files.items():
        copy = top / os.fsdecode(to_bytes(path))
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(data)
    env = {
        "GIT_DIR": str(repository.git_dir),
        "GIT_WORK_TREE": str(top),
        COPIES: str(copies),
        JOURNAL: "off",
        **env,
    }
    asked = ("merge-tree", "--write-tree", "-z", "--messages", *commits)
    _, out = repository.git_at(top, *words, *asked, env=env, accept=(0, 1))
    tree, unmerged, remarks = _parse(out)
    return Preview(repository.tree(tree), unmerged, _inputs(copies), remarks, tree)


def _settings(repository: Repository) -> dict[str, bytes]:
    """What git and the driver read in the working tree: attributes, and seedgit's rules."""
    found = to_text(repository.git("ls-files", "-z", "--", f":(glob)**/{ATTRIBUTES}")).split("\0")
    read = {path: repository.read_file(path) for path in {*filter(None, found), ATTRIBUTES}}
    read[RULES_FILE] = read_rules(repository.worktree)
    return {path: data for path, data in read.items() if data is not None}


def _inputs(copies: Path) -> dict[str, Inputs]:
    """By path. If there are two calls for one path (both sides renamed the file), the later one."""
    found: dict[str, Inputs] = {}
    for place in sorted(copies.iterdir(), key=lambda place: place.stat().st_mtime_ns):
        *names, size, path = to_text((place / "names").read_bytes()).split("\0")[:5]
        base, ours, theirs = (place / Path(name).name for name in names)
        found[path] = Inputs(base, ours, theirs, int(size))
    return found


def _parse(out: bytes) -> tuple[str, dict[str, tuple[GitEntry, ...]], tuple[GitMessage, ...]]:
    """git-merge-tree(1), "OUTPUT"."""
    fields = iter(to_text(out).split("\0"))
    tree = next(fields)
    unmerged: dict[str, tuple[GitEntry, ...]] = {}
    for about in fields:
        if not about:
            break
        about, path = about.split("\t", 1)
        mode, id, stage = about.split(" ")
        entry = GitEntry(path, int(mode, 8), id, int(stage))
        unmerged[path] = (*unmerged.get(path, ()), entry)
    remarks = []
    for count in fields:
        if count:
            paths = tuple(next(fields) for _ in range(int(count)))
            remarks.append(GitMessage(paths, next(fields), next(fields).rstrip("\n")))
    return tree, unmerged, tuple(remarks)

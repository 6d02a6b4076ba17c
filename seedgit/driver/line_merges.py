"""git's own merges by lines of many files, by two processes of git.

`git checkout -m` writes the merge of every path that has three versions in an index, by the code
that `git merge-file` has. The index is that of a repository of its own, which reads the objects of
the real one. The paths in it are numbers: no attribute, filter or setting of anybody's applies.
"""

from __future__ import annotations

import os

from seedgit.driver.git import ask, input_file
from seedgit.spawn import output_bytes, start_git

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from seedgit.driver.foreseen import Foreseen

_SIZE = 200  # of markers: no text that is merged here has one of that size
_MARK = b"<" * _SIZE
# What is written here is removed soon: it need not be small or last.
_CONFIG = "[core]\n\tbare = false\n\tautocrlf = false\n\tfileMode = false\n"
_CONFIG += "\tlooseCompression = 0\n\tfsync = none\n"
_SHA256 = "\trepositoryFormatVersion = 1\n[extensions]\n\tobjectFormat = sha256\n"


class LineMerges:
    """A temporary repository in a new folder `place`, whose ids are like `id`."""

    def __init__(self, place: str, id: str) -> None:
        self._git_dir = os.path.abspath(os.path.join(place, "git"))
        self._tree = os.path.abspath(os.path.join(place, "tree"))
        for folder in ("objects", "refs", "info"):
            os.makedirs(os.path.join(self._git_dir, folder), 0o700)
        os.mkdir(self._tree, 0o700)
        for name, text in (
            ("HEAD", "ref: refs/heads/main\n"),
            ("config", _CONFIG + (_SHA256 if len(id) == 64 else "")),
            ("info/attributes", f"* -text -ident !filter !merge conflict-marker-size={_SIZE}\n"),
        ):
            with open(os.path.join(self._git_dir, name), "x", encoding="ascii") as file:
                file.write(text)
        local = {*ask("rev-parse", "--local-env-vars").split()}
        objects = [os.path.abspath(ask("rev-parse", "--git-path", "objects").rstrip("\n"))]
        objects += filter(None, [os.environ.get("GIT_ALTERNATE_OBJECT_DIRECTORIES")])
        self._env = {name: value for name, value in os.environ.items() if name not in local}
        self._env |= {
            "GIT_DIR": self._git_dir,
            "GIT_WORK_TREE": self._tree,
            "GIT_ALTERNATE_OBJECT_DIRECTORIES": os.pathsep.join(objects),
            "GIT_ATTR_NOSYSTEM": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_SYSTEM": os.devnull,
            "GIT_CONFIG_GLOBAL": os.devnull,
        }

    @staticmethod
    def can_merge(data: Sequence[bytes]) -> bool:
        """Whether these versions can be merged here: what git takes for binary cannot."""
        return not any(b"\0" in version or _MARK in version for version in data)

    def put(self, id: str, data: bytes) -> None:
        """Put a blob here that the real repository may not have (gitrepository-layout, objects)."""
        folder = os.path.join(self._git_dir, "objects", id[:2])
        name = os.path.join(folder, id[2:])
        if os.path.exists(name):
            return
        import zlib

        os.makedirs(folder, 0o700, exist_ok=True)
        with open(name, "xb") as file:
            file.write(zlib.compress(b"blob %d\0" % len(data) + data, 0))

    def merged(self, files: Sequence[Foreseen]) -> Iterator[bytes | None]:
        """git's merge of each file, None where that has a conflict; none where git failed.

        An empty base is none.
        """
        lines = []
        for number, file in enumerate(files):
            ids = (file.base if file.data[0] else "", file.ours, file.theirs)
            lines += [f"100644 {id} {n}\t{number}\n" for n, id in enumerate(ids, 1) if id]
        with input_file(self._git_dir, "".join(lines).encode()) as stdin:
            given = stdin.fileno()
            output_bytes(start_git("update-index", "--index-info", stdin=given, env=self._env))
        if not self._checked_out():
            return
        for number in range(len(files)):
            name = os.path.join(self._tree, str(number))
            with open(name, "rb") as text:
                merged = text.read()
            os.unlink(name)
            yield None if _MARK in merged else merged
        os.unlink(os.path.join(self._git_dir, "index"))

    def _checked_out(self) -> bool:
        words = ("-C", self._tree, "checkout", "-q", "-m", "--", ".")
        process, read = start_git(*words, env=self._env)
        os.close(read)
        return bool(process) and os.waitpid(process, 0)[1] == 0

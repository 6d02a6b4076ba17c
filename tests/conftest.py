"""The sealed world every test lives in: real git, nothing of the machine's own configuration."""

from __future__ import annotations

import gc
import hashlib
import itertools
import os
import re
import subprocess
import tempfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from seedgit.git import lock_owners as holders
from seedgit.git.names import to_bytes, to_text
from seedgit.git.repository import Repository
from seedgit.layers import DEFAULT_OVERLAY
from seedgit.operations import init
from tests.built import built, state
from tests.forked_git import begin, forking, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

pytest_plugins = ("tests.started", "tests.site", "tests.tried", "tests.counting", "tests.answers")

# Neither a slow machine nor an unlucky draw is a failure: the same examples are drawn every time,
# other ones with EXPLORE=1 (and by `make fuzz`).
settings.register_profile(
    "seedgit",
    deadline=None,
    derandomize="EXPLORE" not in os.environ,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
settings.load_profile("seedgit")

NAME, EMAIL = "Sam Site", "sam@site.example"
MACHINE_NAME = init.machine_name  # as it is outside the tests
DATE = "1714979289 +0000"  # 2024-05-06T07:08:09Z, as git writes it down
KEPT = ("PATH", "TMPDIR", "VIRTUAL_ENV", "PYTHONPATH", "PYTHONHASHSEED", "SYSTEMROOT")
KEPT += ("GIT_DEFAULT_HASH", "GIT_DEFAULT_REF_FORMAT")  # git-init(1): the tests run in any format
DIGITS = 64 if os.environ.get("GIT_DEFAULT_HASH") == "sha256" else 40  # of an object's id


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What git puts into a new repository, without the sample hooks: they are most of its files."""
    place = tmp_path_factory.mktemp("template")
    for name in ("hooks", "info", "branches"):
        (place / name).mkdir()
    (place / "info" / "exclude").write_text("")
    return place


@pytest.fixture(scope="session", autouse=True)
def sealed_environment(template: Path) -> Iterator[None]:
    """What is the same for every test: nothing of the machine's own, and one date."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name not in (*KEPT, "PYTEST_CURRENT_TEST"):
                patch.delenv(name)
        for name, value in {
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_AUTHOR_DATE": DATE,
            "GIT_COMMITTER_DATE": DATE,
            "GIT_EDITOR": "false",
            "GIT_TERMINAL_PROMPT": "0",
            "LC_ALL": "C",
            "TZ": "UTC",
        }.items():
            patch.setenv(name, value)
        yield


@pytest.fixture(scope="session", autouse=True)
def forked_git(sealed_environment: None) -> Iterator[None]:
    with forking():
        yield


@pytest.fixture(scope="session", autouse=True)
def overlay_name() -> Iterator[None]:
    """`seedgit init` calls an overlay `local`, whatever the machine is called."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(init, "machine_name", lambda: DEFAULT_OVERLAY)
        yield


MOST_OPEN = 200  # descriptors; many systems allow a process 1,024


def _close_what_is_left() -> None:
    """End the gits of clones that were opened in earlier tests: each holds a few descriptors."""
    lowest = os.open(os.devnull, os.O_RDONLY)
    os.close(lowest)
    if lowest > MOST_OPEN:
        gc.collect()


@pytest.fixture(autouse=True)
def sealed_world(sealed_environment: None, tmp_path: Path, template: Path) -> None:
    """A home of its own, with one identity."""
    _close_what_is_left()
    begin()
    home = f"{tmp_path}/home"
    os.mkdir(home)
    config = f"{home}/gitconfig"
    with open(config, "w") as file:
        file.write(
            f"[user]\n\tname = {NAME}\n\temail = {EMAIL}\n"
            "[init]\n\tdefaultBranch = main\n[advice]\n\tdetachedHead = false\n"
            '[protocol "file"]\n\tallow = always\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n'
            f"[core]\n\tfsync = none\n[init]\n\ttemplateDir = {template}\n"
        )
    os.environ["HOME"] = home
    os.environ["XDG_CONFIG_HOME"] = f"{home}/xdg"
    os.environ["GIT_CONFIG_GLOBAL"] = config
    os.environ["GIT_CEILING_DIRECTORIES"] = str(tmp_path.parent)


_numbers = itertools.count()


@pytest.fixture
def tmp_path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As pytest's own, which looks at all the folders of the tests before for the next number."""
    name = re.sub(r"\W", "_", request.node.name)[:30]
    place = tmp_path_factory.getbasetemp() / f"{name}{next(_numbers)}"
    place.mkdir(mode=0o700)
    return place


MEMORY = "/dev/shm"
ROOM = 8 * 2**30  # bytes; a run of all tests takes a quarter of it


def pytest_configure(config: pytest.Config) -> None:
    """A run by several workers keeps its files in memory, where there is room, until its end.

    The tests make a hundred thousand of them, and flush many. TMPDIR chooses another place. A run
    by one process leaves them on the disk, to be looked at.
    """
    if not Path(os.devnull).is_char_device():
        raise pytest.UsageError(
            f"{os.devnull} is an ordinary file, so git and shells read what others wrote there. "
            "As root, git config --global makes it one where GIT_CONFIG_GLOBAL names it. Mend it: "
            f"rm {os.devnull} && mknod -m 666 {os.devnull} c 1 3"
        )
    several = getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput")
    if not several:
        gc.disable()  # until it has collected all tests, of which nothing can go
    if not several or "TMPDIR" in os.environ or not os.access(MEMORY, os.W_OK):
        return
    room = os.statvfs(MEMORY)
    if room.f_bavail * room.f_frsize >= ROOM:
        os.environ["TMPDIR"] = tempfile.tempdir = tempfile.mkdtemp(prefix="seedgit-", dir=MEMORY)
        config.add_cleanup(lambda: subprocess.run(["rm", "-rf", tempfile.tempdir], check=True))


def pytest_collection_finish() -> None:
    """What was loaded and collected stays: the garbage collection need not look at it again."""
    gc.enable()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


class Repo:
    """A clone on the disk, driven by git itself, as a person would.

    `repo("checkout", "-b", "side")` runs git and returns what it prints, without the last newline.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __call__(
        self,
        *arguments: str | Path,
        ok: bool = True,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
    ) -> str:
        """git's standard output. `ok=False` expects git to fail, and returns its errors too."""
        words = ["git", *map(_argument, arguments)]
        done = run(words, cwd=self.path, input=stdin, env={**os.environ, **(env or {})})
        out, errors = to_text(done.stdout), to_text(done.stderr)
        assert (done.returncode == 0) == ok, f"git {arguments} -> {done.returncode}\n{out}{errors}"
        return (out if ok else out + errors).removesuffix("\n")

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Puts files into the working tree."""
        for name, content in files.items():
            place = self.path / os.fsdecode(to_bytes(name))
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content if isinstance(content, bytes) else content.encode())

    def commit(
        self, files: Mapping[str, str | bytes] | None = None, message: str = "change"
    ) -> str:
        """Commits the working tree with these files in it, and returns the commit."""
        self.write(files or {})
        self("add", "--all")
        self("commit", "--quiet", "--allow-empty", "-m", message)
        head = self.path / ".git" / "HEAD"
        text = head.read_text() if head.is_file() else ""  # a linked worktree's is elsewhere
        if not text or text.endswith(".invalid\n"):  # which git writes where refs are in tables
            return self("rev-parse", "HEAD")
        _, ref, name = text.rpartition("ref: ")
        return ((head.parent / name.strip()).read_text() if ref else name).strip()

    def blob(self, content: str | bytes) -> str:
        """The id of a new blob that nothing refers to."""
        data = content if isinstance(content, bytes) else content.encode()
        objects = self.path / ".git" / "objects"
        if (
            not objects.is_dir()
            or "objectformat" in (self.path / ".git/config").read_text().lower()
        ):
            return self("hash-object", "-w", "--stdin", stdin=data)
        whole = b"blob %d\0%s" % (
            len(data),
            data,
        )  # gitformat-loose: a process takes 20 times as long
        id = hashlib.sha1(whole).hexdigest()
        place = objects / id[:2] / id[2:]
        if not place.exists():
            place.parent.mkdir(exist_ok=True)
            place.write_bytes(zlib.compress(whole, 1))
            place.chmod(0o444)
        return id

    def tree(self, entries: Mapping[str, str], mode: str = "") -> str:
        """A tree of any names at all, even those git would refuse; ids tell trees from blobs."""
        asked = "".join(f"{id}\n" for id in entries.values()).encode()
        kinds = self("cat-file", "--batch-check=%(objecttype)", stdin=asked).splitlines()
        lines = []
        for (name, id), kind in zip(entries.items(), kinds, strict=True):
            of_kind = mode or ("040000" if kind == "tree" else "100644")
            lines.append(f"{of_kind} {kind} {id}\t{name}".encode("utf-8", "surrogateescape"))
        return self("mktree", "-z", stdin=b"\0".join(lines))

    def read(self, name: str) -> bytes:
        return (self.path / os.fsdecode(to_bytes(name))).read_bytes()

    def clone(self, name: str, *options: str) -> Repo:
        """A clone of this one beside it, over file://, so that filters and depth count."""
        target = self.path.parent / name
        words = ("clone", "--quiet", *options)
        key = (*words, self.path.name, name, state(self.path))
        built(target, key, lambda: self(*words, f"file://{self.path}", str(target)))
        return Repo(target)

    def worktree(self, name: str, *options: str) -> Repo:
        """A linked worktree beside it."""
        target = self.path.parent / name
        self("worktree", "add", "--quiet", *options, str(target))
        return Repo(target)

    def hook(self, name: str, script: str) -> None:
        """Installs a hook: a shell script without its first line."""
        place = Path(self("rev-parse", "--path-format=absolute", "--git-path", f"hooks/{name}"))
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"#!/bin/sh\n{script}\n")
        place.chmod(0o755)

    def open(self) -> Repository:
        return Repository.discover(self.path)


@pytest.fixture(params=["sha1", "sha256"])
def both_hashes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Repositories with ids of one kind, then of the other; what is cloned has its origin's.

    For what goes through git from end to end: stores, commands, hooks and merges. GIT_DEFAULT_HASH
    has the whole suite use one of them.
    """
    if os.environ.get("GIT_DEFAULT_HASH", "sha1") != request.param:
        monkeypatch.setenv("GIT_DEFAULT_HASH", request.param)


@pytest.fixture
def make_repo(tmp_path: Path) -> Callable[..., Repo]:
    """Makes an empty repository: `make_repo("name", "--bare")`."""

    def make(name: str = "repo", *options: str) -> Repo:
        path = tmp_path / name
        path.mkdir(parents=True)
        repo = Repo(path)
        built(path, ("init", options), lambda: repo("init", "--quiet", *options))
        return repo

    return make


@pytest.fixture
def repo(make_repo: Callable[..., Repo]) -> Repo:
    """An empty repository with a working tree."""
    return make_repo()


def _argument(argument: str | Path) -> bytes:
    return to_bytes(str(argument))


@pytest.fixture
def in_a_container(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where not every process is seen that may hold a lock."""
    monkeypatch.setattr(holders, "_WHOLE_MACHINE", "pid:[0]")


@pytest.fixture
def no_collection() -> Iterator[None]:
    """No garbage collection, as in the merge driver: other tests' objects cost nothing."""
    gc.disable()
    yield
    gc.enable()

"""The one place that starts git."""

from __future__ import annotations

import os
import subprocess
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from seedgit.errors import SYSTEM_SAYS_NO, RepositoryError
from seedgit.git.names import to_bytes, to_text
from seedgit.named_tuple import NamedTuple
from seedgit.spawn import ALWAYS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

# For a command that takes paths: `*` and `:(glob)` are part of a seed's name, not a pattern.
LITERAL = "--literal-pathspecs"

# How git says that an object is damaged or missing.
DAMAGE = (
    "is corrupt",
    "corrupt loose object",
    "unable to read",
    "unable to unpack",
    "not a tree object",
    "bad object",
    "bad tree object",
    "Could not read",
    "could not read",
    "cannot read object",
)
KILLED = "has memory run out, or has somebody ended it? Run the command again"
LOCKED = "is another git at work? If none is, remove the lock: the file's name, and .lock behind it"
DAMAGED = "seedgit doctor says what is damaged, and how to mend it"

HINTS = (
    (
        "detected dubious ownership",
        "if you trust it: git config --global --add safe.directory <directory>",
    ),
    ("not a git repository", "run this inside a clone, or pass -C <directory>"),
    ("must be run in a work tree", "run this in a clone that has a working tree"),
    ("tell me who you are", "git config user.name and user.email say who makes the change"),
    ("unable to auto-detect email", "git config user.name and user.email say who makes the change"),
    ("No space left on device", SYSTEM_SAYS_NO),
    ("Permission denied", SYSTEM_SAYS_NO),
    ("Input/output error", SYSTEM_SAYS_NO),
    # Of what it cannot write, git may not say why.
    ("failed to write", SYSTEM_SAYS_NO),
    ("could not write", SYSTEM_SAYS_NO),
    ("unable to write", SYSTEM_SAYS_NO),
    (".lock': File exists", LOCKED),
    ("could not lock config file", LOCKED),
    ("unknown repository extension", "this git, or libgit2, is too old for the repository"),
    ("Could not read from remote", "check the remote's URL and your access to it"),
    ("unable to access", "check the remote's URL and your access to it"),
    ("--worktree cannot be used", "git config extensions.worktreeConfig true allows it"),
    ("promisor remote", "this clone is partial: the remote must be reachable"),
    # A damaged header may ask for any amount of memory.
    *((sign, DAMAGED) for sign in (*DAMAGE, "Out of memory", "does not exist", "Not a valid")),
)


class GitFailed(RepositoryError):
    """git ended with `status` (negative: a signal); `stderr` and `stdout` are what it said."""

    def __init__(self, command: str, status: int, stdout: bytes, stderr: bytes) -> None:
        self.status = status
        self.stdout = stdout
        self.stderr = to_text(stderr).strip()
        super().__init__(
            f"git {command}: {explain(self.stderr, status)}",
            hint=hint_for(self.stderr) or (KILLED if status < 0 else ""),
        )


def run_git(
    arguments: Iterable[str],
    *,
    cwd: Path,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    accept: tuple[int, ...] = (0,),
    timeout: float | None = None,
) -> tuple[int, bytes]:
    """git's exit status and standard output.

    `arguments` may hold paths that are not UTF-8, as surrogate escapes. `env` is added to the
    process's own environment, so a hook's GIT_DIR and GIT_INDEX_FILE count unless it says
    otherwise. After `timeout` seconds git is killed, so give one only to a git that reads. Raises
    `GitFailed` for a status that is not in `accept`, and TimeoutError.
    """
    words = [to_bytes(word) for word in arguments]
    try:
        with _starting(cwd):
            done = subprocess.run(
                [b"git", *words],
                cwd=cwd,
                input=stdin,
                capture_output=True,
                env={**os.environ, **(env or {}), **ALWAYS},
                check=False,
                timeout=timeout,
            )
    except subprocess.TimeoutExpired:
        raise TimeoutError(f"git {_command(words)} took over {timeout:g} s") from None
    if done.returncode not in accept:
        raise GitFailed(_command(words), done.returncode, done.stdout, done.stderr)
    return done.returncode, done.stdout


def start_git(
    arguments: Iterable[str], *, cwd: Path, env: Mapping[str, str], stderr: IO[bytes]
) -> subprocess.Popen[bytes]:
    """Start a git to talk to through its standard input and output. As `run_git`."""
    with _starting(cwd):
        return subprocess.Popen(
            [b"git", *map(to_bytes, arguments)],
            cwd=cwd,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            env={**os.environ, **env, **ALWAYS},
        )


@contextmanager
def _starting(cwd: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        if not cwd.is_dir():
            raise RepositoryError("no such directory", where=str(cwd)) from None
        raise RepositoryError("git was not found", hint="install git, or add it to PATH") from None
    except NotADirectoryError:
        raise RepositoryError("not a directory", where=str(cwd)) from None
    except PermissionError as error:
        raise RepositoryError(f"cannot run git here: {error.strerror}", where=str(cwd)) from None
    except ValueError:
        raise RepositoryError("a name given to git has a NUL in it") from None


class Ran(NamedTuple):
    """How a program ended: `status` is None if it could not be started, or took too long."""

    status: int | None
    out: str
    errors: str


def run_program(words: Iterable[str], *, cwd: Path, env: Mapping[str, str], timeout: float) -> Ran:
    """Run a program that is only examined: git in a trial, an interpreter, a hook.

    `env` is its whole environment. Nothing is raised; what went wrong is in `errors`.
    """
    try:
        done = subprocess.run(
            [to_bytes(word) for word in words],
            cwd=cwd,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Ran(None, "", f"no answer in {timeout:g} s")
    except (OSError, ValueError) as error:
        return Ran(None, "", str(error))
    return Ran(done.returncode, to_text(done.stdout), to_text(done.stderr))


def _command(words: list[bytes]) -> str:
    """The subcommand: the first word that is neither an option nor `-c`'s value."""
    rest = iter(words)
    for word in rest:
        if word == b"-c":
            next(rest, None)
        elif not word.startswith(b"-"):
            return to_text(word)
    return ""


def explain(stderr: str, status: int = 0) -> str:
    """git's own words for a failure: one line of its output."""
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    for label in ("fatal: ", "error: "):
        for line in lines:
            if line.startswith(label):
                return line.removeprefix(label)
    if lines:
        return lines[0]
    return f"killed by signal {-status}" if status < 0 else f"failed with exit code {status}"


def hint_for(stderr: str) -> str:
    """What to do about what git wrote, if that is known."""
    return next((hint for sign, hint in HINTS if sign in stderr), "")

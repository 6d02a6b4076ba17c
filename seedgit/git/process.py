"""The one place that starts git.

Mostly without `subprocess`: with what it loads, it takes as long as three processes of git.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` takes a while to load
import os
import time
from contextlib import contextmanager, suppress

from seedgit.errors import SYSTEM_SAYS_NO, RepositoryError
from seedgit.git.names import to_bytes, to_text
from seedgit.named_tuple import NamedTuple
from seedgit.spawn import ALWAYS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import IO

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


_FAILED = 128  # git's status for nearly everything
_MOST = 65536  # bytes that are read at once
_PAUSE = 0.001  # seconds
_IGNORED = (_signal.SIGPIPE, _signal.SIGXFSZ)  # by Python, but not by git


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
    cwd: str | Path,
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
    with nameless() as errors, _given(stdin) as given:
        running = _start(words, cwd, env or {}, given, errors)
        try:
            out = running.read(timeout)
            status = running.wait()
        except _TookTooLong:  # no other: an alarm may ring meanwhile
            raise TimeoutError(f"git {_command(words)} took over {timeout:g} s") from None
        finally:
            running.end()
        if status == _FAILED:
            with _starting(cwd):
                os.stat(os.path.join(cwd, "."))  # it may be that git could not go there
        if status not in accept:
            errors.seek(0)
            raise GitFailed(_command(words), status, out, errors.read())
    return status, out


def start_git(
    arguments: Iterable[str], *, cwd: str | Path, env: Mapping[str, str], stderr: IO[bytes]
) -> Running:
    """Start a git to talk to through its standard input and output. As `run_git`."""
    words = [to_bytes(word) for word in arguments]
    read, write = os.pipe()
    talk = os.fdopen(write, "wb")
    try:
        with os.fdopen(read, "rb") as given:
            return _start(words, cwd, env, given, stderr, talk)
    except BaseException:
        talk.close()
        raise


class _TookTooLong(Exception):
    """A git still prints after the time that it was given."""


class Running:
    """A git that was started.

    stdout  what it prints
    stdin   what it reads, if somebody talks to it
    """

    def __init__(self, pid: int, stdout: int, stdin: IO[bytes] | None) -> None:
        self.pid = pid
        self._status: int | None = None
        self.stdout = os.fdopen(stdout, "rb", buffering=0)
        self.stdin = stdin

    def read(self, seconds: float | None = None) -> bytes:
        """All that it prints."""
        if seconds is None:
            return self.stdout.readall()
        from select import poll  # late: few have an end

        ready, end, parts = poll(), time.monotonic() + seconds, [b""]
        ready.register(self.stdout)
        while ready.poll(max(0, end - time.monotonic()) * 1000):
            parts.append(self.stdout.read(_MOST) or b"")
            if not parts[-1]:
                return b"".join(parts)
        raise _TookTooLong

    def wait(self, seconds: float | None = None) -> int:
        """Its exit status, once it has ended: negative for a signal. Raises TimeoutError."""
        end = None if seconds is None else time.monotonic() + seconds
        while self._status is None:
            try:
                pid, state = os.waitpid(self.pid, 0 if end is None else os.WNOHANG)
            except ChildProcessError:  # whoever started us wants to hear of no ends
                pid, state = self.pid, 0
            if pid:  # it has ended
                self._status = os.waitstatus_to_exitcode(state)
            elif end is not None and time.monotonic() > end:
                raise TimeoutError
            else:
                time.sleep(_PAUSE)
        return self._status

    def end(self) -> None:
        """Let go of it; kill it if it still runs."""
        if self._status is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, _signal.SIGKILL)
            self.wait()
        self.close()

    def close(self) -> None:
        """Stop talking to it."""
        for stream in (self.stdin, self.stdout):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()


def nameless() -> IO[bytes]:
    """A file without a name, which is gone once it is closed."""
    _open_streams()
    if hasattr(os, "memfd_create"):
        return open(os.memfd_create("seedgit"), "w+b")
    import tempfile  # takes a while to load

    return tempfile.TemporaryFile()


def _given(data: bytes) -> IO[bytes]:
    if not data:
        return open(os.devnull, "rb")
    file = nameless()
    file.write(data)
    file.seek(0)
    return file


def _start(
    words: list[bytes],
    cwd: str | Path,
    env: Mapping[str, str],
    stdin: IO[bytes],
    stderr: IO[bytes],
    talk: IO[bytes] | None = None,
) -> Running:
    read, write = os.pipe()
    streams = enumerate((stdin.fileno(), write, stderr.fileno()))
    try:
        with _starting(cwd):
            pid = os.posix_spawnp(
                "git",
                [b"git", b"-C", os.fsencode(cwd), *words],
                {**os.environ, **env, **ALWAYS},
                file_actions=[(os.POSIX_SPAWN_DUP2, each, number) for number, each in streams],
                setsigdef=_IGNORED,
            )
    except BaseException:
        os.close(read)
        raise
    finally:
        os.close(write)
    return Running(pid, read, talk)


def _open_streams() -> None:
    """Have no file of ours take the place of a standard stream that somebody has closed."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


@contextmanager
def _starting(cwd: str | Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        if not os.path.isdir(cwd):
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


def run_program(
    words: Iterable[str], *, cwd: str | Path, env: Mapping[str, str], timeout: float
) -> Ran:
    """Run a program that is only examined: git in a trial, an interpreter, a hook.

    `env` is its whole environment. Nothing is raised; what went wrong is in `errors`.
    """
    import subprocess  # late: it takes a while to load

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

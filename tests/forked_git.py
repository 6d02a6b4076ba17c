"""git as the tests start it: a fork of one that is loaded already; see forked_git.c.

Most of what a git costs in the tests is that the system loads it and links it to its libraries, a
hundred thousand times. Here one is loaded, has not begun, and forks for each that is started. The
fork is a child of this process, with the arguments, environment, umask, current directory and
streams that it is given. Its memory is that of a program that is about to begin.

The real one is started where anything is otherwise than when the first was loaded: another PATH,
limits, signals, users or threads, descriptors that a child would inherit, variables that are read
while a program is loaded. So it is in a test with the marker `real_start`, with REAL_START=1, and
where there is no C compiler or no Linux. What git itself starts is started as ever.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # `signal` makes an object of each number
import functools
import os
import resource
import select
import shutil
import socket
import struct
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import pytest

from seedgit.git.process import _IGNORED
from tests.starting import PLACE, forking_library

LINE = 100  # the descriptor that forked_git.c reads from
LOADING = (b"LD_", b"GLIBC_TUNABLES=", b"MALLOC_")  # read while a program is loaded
LIMITS = sorted({getattr(resource, name) for name in dir(resource) if name.startswith("RLIMIT_")})
SIGNALS = sorted(_signal.valid_signals())
IGNORED = _signal.SIG_IGN
PIPE = 4096  # bytes that any pipe takes without a reader
MOST = 65536  # bytes that are read at once
_spawn = os.posix_spawnp
_server: Server | None = None


class Refused(Exception):
    """It has to be the real one."""


class Server:
    """A git that is loaded and forks.

    git        its path
    inherited  the descriptors that it has inherited itself
    """

    def __init__(self, git: str, library: Path) -> None:
        self._line, line = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with line, open(os.devnull, "r+b", buffering=0) as null:
            ends = [(os.POSIX_SPAWN_DUP2, null.fileno(), number) for number in range(3)]
            self.process = os.posix_spawn(
                git,
                ["git"],
                {"LD_PRELOAD": str(library), "LD_BIND_NOW": "1"},
                file_actions=[*ends, (os.POSIX_SPAWN_DUP2, line.fileno(), LINE)],
                setsigdef=_IGNORED,
            )
        self.begin()
        self.inherited = self._left
        self._own = self._circumstances()

    def begin(self) -> None:
        """Called before each test. A thread that lives then is a library's, and starts no git. A
        descriptor that a child would inherit then is of no use to one."""
        self._threads = threading.active_count()
        self._left = inherited()

    def close(self) -> None:
        self._line.close()
        os.waitpid(self.process, 0)

    def start(
        self,
        words: Sequence[Any],
        env: Mapping[Any, Any],
        streams: Sequence[int],
        cwd: str | None = None,
    ) -> int:
        """The number of the new process. Raises Refused and OSError where nothing was started.

        cwd  its current directory, for one that gets no other descriptors, as of `subprocess`
        """
        if threading.active_count() != self._threads:  # first: what follows is for one at a time
            raise Refused
        if self._circumstances() != self._own or inherited() - self._left:
            raise Refused
        pairs = [_pair(name, env[name]) for name in env]
        arguments = [word if type(word) is bytes else os.fsencode(word) for word in words]
        parts = [*arguments, *pairs]
        if not all(arguments[:1]) or any(map(_has_nul, parts)) or any(map(_is_for_loading, pairs)):
            raise Refused
        umask = os.umask(0o77)
        os.umask(umask)
        parts[0] = struct.pack("=4I", umask, len(arguments), len(pairs), cwd is not None) + parts[0]
        place = os.open(cwd or ".", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            rights = struct.pack("=4i", place, *streams)
            data = b"\0".join([*parts, b""])
            self._line.sendmsg([data], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
            (process,) = struct.unpack("=i", self._answer())
        finally:
            os.close(place)
        if process < 0:
            raise Refused
        return int(process)

    def _answer(self) -> bytes:
        try:
            answer = self._line.recv(4)
        except BaseException:  # whoever is next would get this answer
            self._line.close()
            raise
        if not answer:
            raise Refused
        return answer

    def _circumstances(self) -> list[object]:
        """What a child gets from the process that starts it, but for its umask."""
        return [
            os.getpid(),
            os.getsid(0),
            os.getpgrp(),
            os.getresuid(),
            os.getresgid(),
            os.getgroups(),
            os.sched_getaffinity(0),
            os.environ.get("PATH"),
            *map(resource.getrlimit, LIMITS),
            [_signal.getsignal(each) is IGNORED for each in SIGNALS],
            _signal.pthread_sigmask(_signal.SIG_BLOCK, ()),
        ]


def inherited() -> set[int]:
    """The descriptors that a child inherits beside its standard streams."""
    found = set()
    for file in map(int, os.listdir("/proc/self/fd")):
        with suppress(OSError):  # that of the folder itself is closed by now
            if file > 2 and os.get_inheritable(file):
                found.add(file)
    return found


@functools.lru_cache(maxsize=1000)
def _pair(name: str | bytes, value: str | bytes) -> bytes:
    return b"%s=%s" % (os.fsencode(name), os.fsencode(value))


def _has_nul(part: bytes) -> bool:
    return b"\0" in part


def _is_for_loading(pair: bytes) -> bool:
    return pair.startswith(LOADING)


def spawn(path: Any, words: Any, env: Any, **how: Any) -> int:
    """As os.posix_spawnp."""
    streams = _streams(how.get("file_actions", ()))
    if path == "git" and streams and set(how) <= {"file_actions", "setsigdef"}:
        if tuple(how.get("setsigdef", ())) == _IGNORED:
            with suppress(Refused):
                return fork(words, env, streams)
    return _spawn(path, words, env, **how)


def fork(
    words: Sequence[Any], env: Mapping[Any, Any], streams: Sequence[int], cwd: str | None = None
) -> int:
    """The number of a git that was started. Raises Refused."""
    if _server is None or PLACE not in os.environ:
        raise Refused
    try:
        return _server.start(words, env, streams, cwd)
    except OSError as error:
        if error.errno is None:  # an alarm has rung: no call of the system has failed
            raise
        raise Refused from None


def run(
    words: Sequence[str | bytes], *, cwd: Path, input: bytes, env: Mapping[str, str]
) -> subprocess.CompletedProcess[bytes]:
    """As subprocess.run with capture_output."""
    if len(input) <= PIPE:
        with ExitStack() as stack:
            given, out, errors = (_pipe(stack) for _ in range(3))
            given[1].write(input)
            streams = [given[0].fileno(), out[1].fileno(), errors[1].fileno()]
            try:
                process = fork(words, env, streams, os.fspath(cwd))
            except Refused:
                pass
            else:
                for end in (*given, out[1], errors[1]):
                    end.close()
                said = _both(out[0], errors[0])
                status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
                return subprocess.CompletedProcess(words, status, *said)
    return subprocess.run(words, cwd=cwd, input=input, capture_output=True, env=env, check=False)


def _pipe(stack: ExitStack) -> list[IO[bytes]]:
    read, write = os.pipe()
    ends = (os.fdopen(read, "rb", buffering=0), os.fdopen(write, "wb", buffering=0))
    return [stack.enter_context(end) for end in ends]


def _both(*files: IO[bytes]) -> list[bytes]:
    """All that comes from two pipes, until nobody has their other ends any more."""
    parts: dict[int, list[bytes]] = {file.fileno(): [] for file in files}
    ready, waiting = select.poll(), len(files)
    for file in files:
        ready.register(file, select.POLLIN)
    while waiting:
        for number, _ in ready.poll():
            part = os.read(number, MOST)
            parts[number].append(part)
            if not part:
                ready.unregister(number)
                waiting -= 1
    return [b"".join(each) for each in parts.values()]


def _streams(actions: Sequence[Any]) -> list[int]:
    """The standard streams, if that is all that is done before a process begins."""
    if [each[0] for each in actions] != [os.POSIX_SPAWN_DUP2] * 3:
        return []
    return [each[1] for each in actions] if [each[2] for each in actions] == [0, 1, 2] else []


def begin() -> None:
    """As `Server.begin`, if git is forked."""
    if _server is not None:
        _server.begin()


@contextmanager
def forking() -> Iterator[None]:
    """Has git forked, if it can be, and if a fork does what git does."""
    global _server
    git, library = shutil.which("git"), forking_library()
    if git is None or library is None or Path(git).read_bytes()[:4] != b"\x7fELF":
        yield
        return
    server = Server(git, library)
    try:
        _server = server if _works(server) else None
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "posix_spawnp", spawn)
            yield
    finally:
        _server = None
        server.close()


def _works(server: Server) -> bool:
    words = ["git", "version"]
    done = subprocess.run(words, capture_output=True, check=True)
    read, write = os.pipe()
    with open(read, "rb") as said, open(write, "wb", buffering=0) as end:
        try:
            process = server.start(words, os.environ, [end.fileno()] * 3)
        except (Refused, OSError):
            return False
        end.close()
        return (said.read(), os.waitpid(process, 0)[1]) == (done.stdout, 0)

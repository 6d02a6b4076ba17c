"""Starts seedgit's programs for the tests: a process that has it loaded, and forks.

Most of what a hook, the driver or a command costs in the tests is that Python starts and loads the
package, thousands of times. A fork of a process that has done so costs a third. What the tests
start as Python is `starter.c`. It hands its request to this program, which runs on its own:
`python -I [-S] start_server.py KIND [FILE...]`, with the listening socket as descriptor 0. Given
files, it serves these programs, and loads nothing.

A fork has the arguments, environment, umask, current directory, process group and open files of
the process that asks, new standard streams, and the module path that Python would have. It gets the
signals that the process gets, and dies with it. os.getppid() is that process's parent.

What differs from a real start: modules are loaded already, also those that this start would not
have loaded; all forks have one hash seed; objects are not freed at the end; and the process has
another number than the one that the tests started. A process in other circumstances (limits,
signals, session, user, namespaces, tracer, locale, LD_PRELOAD) is refused: it becomes Python.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]
import _socket
import gc
import os
import select
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PROGRAM = f"{ROOT}/seedgit/__main__.py"
DRIVER = f"{ROOT}/seedgit/merge_driver.py"
BESIDE = os.path.dirname(sys.executable)
SCRIPTS = [
    place for name in ("seedgit", "git-seedgit") if os.path.exists(place := f"{BESIDE}/{name}")
]
ENDED = 1  # a descriptor that nobody reads any more once the tests have ended
STARTED = ("seedgit.__main__", "seedgit.merge_driver", "seedgit.start")  # what a fork runs itself
# A cluster's library takes a second to load, is wanted by few commands, and need not be installed.
CLUSTERS = tuple(f"seedgit.operations.fleet.{kind}_engine" for kind in ("dask", "ray"))
LIBRARIES = "{}/lib/python{}.{}/site-packages".format(os.path.dirname(BESIDE), *sys.version_info)
FREE = 300  # a descriptor above all that are in use
HEAD = 4  # bytes: the size of a request
PEER = 12  # bytes of struct ucred: socket(7)
FILES = 33  # most descriptors in a request

# What a fork does not take over from the process that asks: proc(5).
SAME = ("Uid", "Gid", "Groups", "SigBlk", "SigIgn", "CapInh", "CapPrm", "CapEff", "CapBnd")
SAME += ("CapAmb", "NoNewPrivs", "Seccomp", "TracerPid")
SPACES = ("mnt", "user", "pid", "net", "ipc", "uts")
LOADING = (b"LC_", b"LANG", b"LD_")  # read while a program is loaded
# Python ignores them, whether or not the process that starts it does.
PYTHON_IGNORES = 1 << _signal.SIGPIPE - 1 | 1 << _signal.SIGXFSZ - 1


class Refused(Exception):
    pass


class Request:
    """What a process asks for.

    line  the connection; process, parent: the numbers of the process and its parent
    numbers  which descriptors it has; files  the same ones here, after the one of its directory
    """

    def __init__(self, line: _socket.socket) -> None:
        self.line = line
        ucred = line.getsockopt(_socket.SOL_SOCKET, _socket.SO_PEERCRED, PEER)
        self.process = int.from_bytes(ucred[:4], sys.byteorder)
        self.group = os.getpgid(self.process)
        head, rights, _, _ = line.recvmsg(HEAD, _socket.CMSG_SPACE(4 * FILES))
        data = rights[0][2]
        self.files = [
            int.from_bytes(data[at : at + 4], sys.byteorder) for at in range(0, len(data), 4)
        ]
        size, text = int.from_bytes(head, sys.byteorder), b""
        while len(text) < size:
            got = line.recv(size - len(text))
            if not got:
                raise OSError("half a request")
            text += got
        about, count, *rest = text[:-1].split(b"\0")
        self.umask, self.parent, *self.numbers = map(int, about.split())
        words = int(count)
        self.arguments = [os.fsdecode(word) for word in rest[:words]]
        pairs = [entry.partition(b"=") for entry in rest[words:]]
        self.environment = {name: value for name, _, value in pairs}
        if len(self.environment) != len(pairs):
            raise Refused

    def close(self) -> None:
        for file in self.files:
            os.close(file)


def circumstances(process: int) -> tuple[object, ...]:
    """Of a process: what it does not share with a fork of this one."""
    found: list[object] = [os.getsid(process)]
    with open(f"/proc/{process}/status") as file:
        for row in file:
            name, _, value = row.partition(":\t")
            if name == "SigIgn":
                value = f"{int(value, 16) & ~PYTHON_IGNORES:016x}"
            if name in SAME:
                found.append(value.strip())
    with open(f"/proc/{process}/limits") as file:
        found.append(file.read())
    found += [os.readlink(f"/proc/{process}/ns/{name}") for name in SPACES]
    found.append(os.readlink(f"/proc/{process}/root"))
    return tuple(found)


def loading(environment: dict[bytes, bytes]) -> dict[bytes, bytes]:
    return {name: value for name, value in environment.items() if name.startswith(LOADING)}


# -- in the fork -----------------------------------------------------------------------------------


def take_over(request: Request) -> None:
    """Take the process's descriptors, and close all others. Its directory, umask and so on."""
    import fcntl

    high = [fcntl.fcntl(file, fcntl.F_DUPFD, FREE) for file in request.files]
    os.closerange(0, FREE)
    for number, file in zip(request.numbers, high[1:], strict=True):
        os.dup2(file, number)
    os.fchdir(high[0])
    os.closerange(FREE, FREE + 2 * FILES)
    os.umask(request.umask)
    os.setpgid(0, request.group)
    os.environb.clear()
    os.environb.update(request.environment)
    time.tzset()


def parents(request: Request) -> None:
    """os.getppid() tells the parent of the process that asked, as long as it lives."""
    own, real = os.getpid(), os.getppid

    def parent() -> int:
        if os.getpid() != own:
            return real()
        try:
            with open(f"/proc/{request.process}/stat", "rb") as file:
                return int(file.read().rpartition(b") ")[2].split()[1])
        except OSError:
            return 1

    os.getppid = parent


def libgit2() -> None:
    """Where libgit2 looks for settings: it keeps what HOME was when it was loaded."""
    pygit2 = sys.modules.get("pygit2")
    if pygit2 is not None:
        levels = pygit2.enums.ConfigLevel
        for level in (levels.SYSTEM, levels.XDG, levels.GLOBAL):
            pygit2.option(pygit2.enums.Option.SET_SEARCH_PATH, level, None)


def streams() -> None:
    """Standard streams as Python makes them; None for one that is closed."""
    import io

    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
            raw = io.FileIO(number, mode, closefd=False)
        except OSError:
            stream = None
        else:
            raw.name = f"<{name}>"
            kept = getattr(sys, name)
            buffer = io.BufferedReader(raw) if mode == "r" else io.BufferedWriter(raw)
            lines = name == "stderr" or raw.isatty()
            stream = io.TextIOWrapper(buffer, kept.encoding, kept.errors, line_buffering=lines)
            stream.mode = mode
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)


def run(code: object, module: dict[str, object]) -> int:
    """Run a program's code as Python runs `__main__`. Returns the exit status."""
    try:
        exec(code, module)
        return 0
    except SystemExit as stop:
        if stop.code is None or isinstance(stop.code, int):
            return stop.code or 0
        print(stop.code, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        sys.excepthook(*sys.exc_info())
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
        os.kill(os.getpid(), _signal.SIGINT)
        return 130
    except BaseException:
        sys.excepthook(*sys.exc_info())
        return 1


def end(status: int) -> None:
    """What the interpreter does at its end, without freeing what there is."""
    import atexit

    if "threading" in sys.modules:
        sys.modules["threading"]._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None and not stream.closed:
                stream.flush()
        except Exception as error:
            if stream is sys.stdout and sys.stderr is not None:
                print(
                    f"Exception ignored in: {stream!r}\n{type(error).__name__}: {error}",
                    file=sys.stderr,
                )
            status = 120
    os._exit(status & 0xFF)


# -- the server ------------------------------------------------------------------------------------


class Server:
    def __init__(self, kind: str, *programs: str) -> None:
        self.kind = kind
        self.own = circumstances(os.getpid())
        self.loading = loading(dict(os.environb))
        self.path = list(sys.path)
        self.codes: dict[str, object] = {}
        for name in programs or (PROGRAM, DRIVER, *SCRIPTS):
            with open(name, "rb") as file:
                self.codes[name] = compile(file.read(), name, "exec")
        if not programs:
            sys.path += [ROOT, LIBRARIES]
            (load_driver if kind == "driver" else load_commands)()
            sys.path[:] = self.path
        gc.collect()
        gc.freeze()

    def program(self, request: Request) -> tuple[str, list[str], list[str], str | None]:
        """(the file, sys.argv, sys.path's first places, the package's name) of a request."""
        _, *words = request.arguments
        if self.kind == "driver":
            if words[2] in self.codes:
                return words[2], words[2:], [], None
            raise Refused
        if words[0] == "-I" and words[1] in self.codes:
            return words[1], words[1:], [], None
        if any(name.startswith(b"PYTHON") for name in request.environment):
            raise Refused
        if words[0] in SCRIPTS:
            return words[0], words, [BESIDE], None
        here = os.readlink(f"/proc/{request.process}/cwd")
        if words[0] != "-m" or any(
            name.endswith(".py") or name == "seedgit" for name in os.listdir(here)
        ):
            raise Refused
        return PROGRAM, [PROGRAM, *words[2:]], [here], "seedgit"

    def accept(self, listener: _socket.socket) -> Fork | None:
        """Fork for a request; None if it is refused."""
        number, _ = listener._accept()
        line = _socket.socket(fileno=number)
        request = None
        try:
            request = Request(line)
            if circumstances(request.process) != self.own:
                raise Refused
            if loading(request.environment) != self.loading:
                raise Refused
            program = self.program(request)
        except (Refused, OSError):
            if request:
                request.close()
            line.close()
            return None
        fork = os.fork()
        if not fork:
            self.become(request, *program)
        request.close()
        line.send(b"Y", _socket.MSG_NOSIGNAL)
        return Fork(fork, line)

    def become(
        self, request: Request, file: str, words: list[str], first: list[str], package: str | None
    ) -> None:
        try:
            take_over(request)
            parents(request)
            streams()
            libgit2()
            sys.argv, sys.orig_argv = words, request.arguments
            sys.path[:] = [*first, *self.path]
            sys.modules.pop("seedgit.start", None)
            main = type(sys)("__main__")
            main.__file__, main.__package__ = file, package
            main.__builtins__ = sys.modules["builtins"]
            sys.modules["__main__"] = main
            if _signal.getsignal(_signal.SIGINT) != _signal.SIG_IGN:
                _signal.signal(_signal.SIGINT, _signal.default_int_handler)
            gc.enable()
            end(run(self.codes[file], main.__dict__))
        finally:
            os._exit(70)

    def serve(self, listener: _socket.socket) -> None:
        poll = select.epoll()
        poll.register(listener.fileno(), select.EPOLLIN)
        poll.register(ENDED, 0)  # EPOLLERR
        forks: dict[int, Fork] = {}  # by both descriptors
        while True:
            for file, _ in poll.poll():
                if file == ENDED:
                    return
                if file == listener.fileno():
                    fork = self.accept(listener)
                    for each in fork.files if fork else ():
                        poll.register(each, select.EPOLLIN)
                        forks[each] = fork
                elif file not in forks:
                    continue
                elif file == forks[file].line.fileno():
                    if not forks[file].signalled():
                        poll.unregister(file)
                        del forks[file]
                else:
                    fork = forks.pop(file)
                    poll.unregister(file)
                    if forks.pop(fork.line.fileno(), None):
                        poll.unregister(fork.line.fileno())
                    fork.answer()


class Fork:
    """A fork at work: `process` is its number, `ended` a descriptor that tells its end."""

    def __init__(self, process: int, line: _socket.socket) -> None:
        self.process = process
        self.line = line
        self.ended = os.pidfd_open(process)
        self.files = (self.ended, line.fileno())

    def signalled(self) -> bool:
        """Hand on what the process got. False where it was killed: then the fork is, too."""
        try:
            numbers = self.line.recv(16)
        except OSError:
            numbers = b""
        for number in numbers or [_signal.SIGKILL]:
            os.kill(self.process, number)
        return bool(numbers)

    def answer(self) -> None:
        """Tell how the fork has ended."""
        _, status = os.waitpid(self.process, 0)
        try:
            self.line.send(status.to_bytes(4, sys.byteorder), _socket.MSG_NOSIGNAL)
        except OSError:  # nobody waits any more
            self.line.close()
        self.line.close()
        os.close(self.ended)


def modules(*folders: str) -> list[str]:
    """The names of seedgit's modules in these folders."""
    found = []
    for folder in folders:
        for top, _, names in os.walk(f"{ROOT}/seedgit/{folder}".rstrip("/")):
            package = os.path.relpath(top, ROOT).replace("/", ".")
            names = [name[:-3] for name in sorted(names) if name.endswith(".py")]
            found += [f"{package}.{name}" for name in names if name != "__init__"]
    return [name for name in found if name not in STARTED + CLUSTERS]


def load_driver() -> None:
    """What merges load, as they load it."""
    from seedgit.formats.merge import merge_texts
    from seedgit.formats.registry import format_named

    for name, line in (("toml", "%s = %d"), ("yaml", "%s: %d"), ("json", '"%s": %d')):
        texts = []
        for numbers in ((1, 1, 1), (2, 1, 1), (1, 1, 3)):
            lines = [line % pair for pair in zip("abc", numbers, strict=True)]
            whole = ["{", ",\n".join(lines), "}"] if name == "json" else lines
            texts.append("".join(f"{line}\n" for line in whole).encode())
        assert merge_texts(format_named(name), f"f.{name}", texts).clean
    for name in modules("values", "rules", "merge", "formats", "driver", "files"):
        __import__(name)


def load_commands() -> None:
    """All of seedgit, and what its commands load."""
    from seedgit.formats.yaml.events import library

    library()
    for name in modules(""):
        __import__(name)


if __name__ == "__main__":
    server = Server(*sys.argv[1:])
    server.serve(_socket.socket(fileno=0))

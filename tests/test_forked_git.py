"""A git that was forked does what one does that was started."""

from __future__ import annotations

import os
import resource
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seedgit.git.names import to_text
from seedgit.git.process import GitFailed, run_git, start_git
from tests import forked_git
from tests.conftest import Repo
from tests.starting import PLACE

# What a program of git's sees, of itself and of git, which is its parent's parent or its parent.
REPORT = """
umask; pwd; id; env | sort; ls /proc/$$/fd; ls /proc/$PPID/fd; cat /proc/self/limits
grep -E "^(Sig...:|Shd|Cap|NoNew|Seccomp|Groups|Cpus|Umask)" /proc/self/status
cut -d" " -f5,6 /proc/self/stat
tr "\\0" "\\n" </proc/$PPID/cmdline; tr "\\0" "\\n" </proc/$PPID/environ | sort
readlink /proc/$PPID/exe; grep -E "^(Name|Umask|Sig...:|Shd|Cap|Threads)" /proc/$PPID/status
cut -d" " -f4 /proc/$PPID/stat
echo"""


@pytest.fixture(autouse=True)
def forks(request: pytest.FixtureRequest) -> None:
    request.getfixturevalue("forked_git")
    server = forked_git._server
    if server is None:
        pytest.skip("no git is forked here")
    for file in forked_git.inherited() - server.inherited:
        os.set_inheritable(file, False)  # another test has left it


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The programs that were started otherwise than by a fork."""
    found: list[str] = []
    spawn = forked_git._spawn

    def started(path: str, *rest: object, **how: object) -> int:
        found.append(path)
        return spawn(path, *rest, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(forked_git, "_spawn", started)
    return found


# Those of the C library's threads (signal(7)). Once the process has cancelled a thread, which a
# library may do, posix_spawn(3) has the new program ignore the first of them. None can be sent it.
OF_THREADS = 1 << 31 | 1 << 32


def _lines(said: bytes) -> list[str]:
    lines = to_text(said).splitlines()
    for number, line in enumerate(lines):
        name, tab, signals = line.partition("\t")
        if name == "SigIgn:":
            lines[number] = f"{name}{tab}{int(signals, 16) & ~OF_THREADS:016x}"
    return lines


def test_what_git_gets(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, real: list[str], tmp_path: Path
) -> None:
    monkeypatch.setenv("ODD", os.fsdecode(b"\xff=\n"))
    monkeypatch.chdir(tmp_path)
    before, found = os.umask(0o26), []
    try:
        for _ in range(2):
            script = "; ".join(REPORT.splitlines()[1:])
            words = ["-c", f"alias.report=!{script}", "report", "ü", "", "a b"]
            _, said = run_git(words, cwd=repo.path, env={"MORE": "1"}, stdin=b"in")
            done = forked_git.run(["git", *words], cwd=repo.path, input=b"in", env={**os.environ})
            found.append((_lines(said), _lines(done.stdout), done.stderr))
            monkeypatch.setattr(forked_git, "_server", None)
    finally:
        os.umask(before)
    assert found[0] == found[1]
    assert real == ["git"]
    assert {"0026", "ü", "MORE=1", str(os.getpid())} <= {*found[0][0]}
    assert "LD_PRELOAD" not in "".join(found[0][0])


@pytest.mark.parametrize(
    "words",
    [
        ["rev-parse", "HEAD"],
        ["nonsense"],
        ["rev-parse", "--verify", "nonsense"],
        ["-c", "alias.k=!kill -9 $PPID", "k"],
        ["-c", "alias.b=!head -c 300000 /dev/zero; head -c 300000 /dev/zero >&2; exit 3", "b"],
        ["hash-object", "--stdin"],
    ],
    ids=lambda words: words[-1],
)
def test_how_it_ends(
    repo: Repo, words: list[str], monkeypatch: pytest.MonkeyPatch, real: list[str]
) -> None:
    repo.commit({"a": "b"})
    real.clear()
    found = []
    for _ in range(2):
        for input in (b"", b"text", b"much" * 100_000):
            env = {**os.environ, "X": "1"}
            done = forked_git.run(["git", *words], cwd=repo.path, input=input, env=env)
            found.append((done.returncode, done.stdout, done.stderr))
        try:
            found.append(run_git(words, cwd=repo.path))
        except GitFailed as failed:
            found.append((failed.status, failed.stdout, failed.stderr))
        monkeypatch.setattr(forked_git, "_server", None)
    assert found[:4] == found[4:]
    assert real == ["git"]


def test_a_git_that_is_talked_to(repo: Repo, real: list[str], tmp_path: Path) -> None:
    id = repo.blob("text")
    with open(tmp_path / "errors", "w+b") as errors:
        running = start_git(["cat-file", "--batch"], cwd=repo.path, env={}, stderr=errors)
        assert running.stdin is not None
        for _ in range(2):
            running.stdin.write(f"{id}\n".encode())
            running.stdin.flush()
            answer = f"{id} blob 4\ntext\n".encode()
            assert b"".join(running.stdout.read(1) or b"" for _ in answer) == answer
        running.end()
        assert running.wait() == -signal.SIGKILL
    assert real == []


def _limits() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0 if soft else min(hard, 1) or -1, hard))
    yield
    resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))


def _ignored() -> Iterator[None]:
    before = signal.signal(signal.SIGUSR2, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGUSR2, before)


def _blocked() -> Iterator[None]:
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
    yield
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGUSR2})


def _inherited() -> Iterator[None]:
    file = os.open(os.devnull, os.O_RDONLY)
    os.set_inheritable(file, True)
    yield
    os.close(file)


def _path() -> Iterator[None]:
    before = os.environ["PATH"]
    os.environ["PATH"] = f"{before}:/nowhere"
    yield
    os.environ["PATH"] = before


def _marked() -> Iterator[None]:
    place = os.environ.pop(PLACE)
    yield
    os.environ[PLACE] = place


def _preloaded() -> Iterator[None]:
    os.environ["LD_PRELOAD"] = ""
    yield
    del os.environ["LD_PRELOAD"]


def _threads() -> Iterator[None]:
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    yield
    end.set()
    thread.join()


OTHERWISE = (_limits, _ignored, _blocked, _inherited, _path, _marked, _preloaded, _threads)


@pytest.mark.parametrize("otherwise", OTHERWISE, ids=lambda change: change.__name__)
def test_otherwise_the_real_one_is_started(
    repo: Repo, otherwise: Callable[[], Iterator[None]], real: list[str]
) -> None:
    change = otherwise()
    next(change)
    try:
        run_git(["version"], cwd=repo.path)
    finally:
        next(change, None)
    assert real == ["git"]
    run_git(["version"], cwd=repo.path)
    assert real == ["git"]


def test_many_threads_at_once(repo: Repo, real: list[str]) -> None:
    said: list[tuple[int, bytes]] = []
    threads = [
        threading.Thread(
            target=lambda: said.extend(run_git(["version"], cwd=repo.path) for _ in range(20))
        )
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert said == [run_git(["version"], cwd=repo.path)] * 80
    assert real == ["git"] * 80


def test_an_alarm_that_rings_meanwhile_is_heard(
    repo: Repo, real: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def ring(number: int, frame: object) -> None:
        raise TimeoutError("over")

    def start(*rest: object) -> int:
        signal.raise_signal(signal.SIGALRM)
        return 0

    before = signal.signal(signal.SIGALRM, ring)
    monkeypatch.setattr(forked_git._server, "start", start)
    try:
        with pytest.raises(TimeoutError, match="over"):
            run_git(["version"], cwd=repo.path)
        with pytest.raises(TimeoutError, match="over"):
            repo("version")
    finally:
        signal.signal(signal.SIGALRM, before)
    assert real == []


def test_what_is_too_long_for_a_message(repo: Repo, real: list[str]) -> None:
    words = ["-c", "alias.x=!true", "x", *["x" * 100_000] * 4]
    run_git(words, cwd=repo.path)
    run_git(["version"], cwd=repo.path)
    assert real == ["git"]


@pytest.mark.real_start
def test_a_test_can_ask_for_the_real_one(repo: Repo, real: list[str]) -> None:
    run_git(["version"], cwd=repo.path)
    assert real == ["git"]

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from seedgit.errors import Refused, RepositoryError
from seedgit.git import locks, refs, turns
from seedgit.git.refs import attempts, may_have, read_ref
from seedgit.git.store import Overlay
from seedgit.git.stored_record import StoredRecord
from tests.conftest import Repo
from tests.git.overlay_helpers import bodies, put, record, store, update

REF = "refs/seedgit/overlays/local"
LOCK = f".git/{REF}.lock"

WRITER = """
import sys
from seedgit.git.store import Store
from seedgit.git.repository import Repository
from seedgit.git.stored_record import StoredRecord

who, times, base = sys.argv[1], int(sys.argv[2]), sys.argv[3]
store = Store(Repository.discover())
sys.stdin.readline()
for number in range(times):
    for update in store.updates("local"):
        path = f"flows/{number % 3}.yaml"
        old = update.overlay.records.get(path)
        body = {**(old.body if old else {}), f"{who}.{number}": number}
        update.write({path: StoredRecord(path, base, body)}, f"{who} sets {number}")
"""


def writer(repo: Repo, who: str, times: int, base: str) -> subprocess.Popen[bytes]:
    """Another process, that changes an overlay as soon as it is sent a line."""
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, who, str(times), base],
        cwd=repo.path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def go(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.write(b"\n")
    process.stdin.flush()


def test_sixteen_writers_lose_nothing(repo: Repo) -> None:
    repo.commit()
    side = repo.worktree("side", "-b", "side")
    base = repo.blob("a: 1\n")
    writers = [writer((repo, side)[n % 2], f"w{n}", 15, base) for n in range(16)]
    for process in writers:
        go(process)
    for process in writers:
        _, errors = process.communicate(timeout=120)
        assert process.returncode == 0, errors.decode()
    found = store(repo).read("local")
    fields = [field for body in bodies(found).values() for field in body]
    assert len(fields) == len(set(fields)) == 240
    assert len(store(repo).log("local")) == 240
    assert len(repo("reflog", "show", REF).splitlines()) == 240
    assert found.problems == ()


def test_killed_writers_leave_a_readable_store(repo: Repo) -> None:
    base = repo.blob("a: 1\n")
    chance = random.Random(7)
    put(repo, record(repo, "kept.yaml", v=1))
    for round in range(12):
        before = store(repo).tip("local")
        process = writer(repo, f"w{round}", 1000, base)
        go(process)
        while store(repo).tip("local") == before:
            assert process.poll() is None
            time.sleep(0.01)
        time.sleep(chance.random() * 0.03)  # an update takes a third of that
        process.kill()
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        found = store(repo).read("local")
        assert found.problems == ()
        assert bodies(found)["kept.yaml"] == {"v": 1}
        # The git that it had started lives on, and may hold the lock: `put` waits for it.
        put(repo, record(repo, "kept.yaml", v=1, round=round))
        put(repo, record(repo, "kept.yaml", v=1))
    repo("fsck", "--strict", "--connectivity-only")


@pytest.mark.usefixtures("in_a_container")
def test_a_lock_that_a_dead_process_left(repo: Repo) -> None:
    before = put(repo, record(repo, v=1))
    lock = repo.path / LOCK
    lock.write_text("")
    os.utime(lock, (time.time() - 90, time.time() - 90))
    with pytest.raises(Refused) as caught:
        put(repo, record(repo, v=2))
    assert caught.value.where == str(lock)
    assert "locked for 90 seconds" in caught.value.message
    assert "delete this file" in caught.value.hint
    assert store(repo).tip("local") == before
    assert bodies(store(repo).read("local")) == {"a.yaml": {"v": 1}}
    lock.unlink()
    put(repo, record(repo, v=2))


def test_a_lock_that_is_let_go_in_time(repo: Repo) -> None:
    put(repo, record(repo, v=1))
    lock = repo.path / LOCK
    lock.write_text("")
    with subprocess.Popen([sys.executable, "-c", REMOVE, str(lock)]):
        put(repo, record(repo, v=2))
    assert bodies(store(repo).read("local")) == {"a.yaml": {"v": 2}}


REMOVE = "import os, sys, time; time.sleep(0.4); os.remove(sys.argv[1])"


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that waits for nobody's turn."""
    monkeypatch.setattr(turns, "LONGEST", 0)


@pytest.mark.usefixtures("hasty")
def test_the_change_is_made_again_on_what_another_writer_left(repo: Repo) -> None:
    put(repo, record(repo, v=1))
    seen: list[dict[str, object]] = []

    def slow(overlay: Overlay) -> dict[str, StoredRecord]:
        seen.append(bodies(overlay)["a.yaml"])
        if len(seen) == 1:
            put(repo, record(repo, v=2))
        return {"b.yaml": record(repo, "b.yaml", seen=len(seen))}

    update(store(repo), slow, "slow")
    assert seen == [{"v": 1}, {"v": 2}]
    assert bodies(store(repo).read("local")) == {"a.yaml": {"v": 2}, "b.yaml": {"seen": 2}}


@pytest.mark.usefixtures("hasty")
def test_two_first_changes(repo: Repo) -> None:
    calls: list[int] = []

    def slow(overlay: Overlay) -> dict[str, StoredRecord]:
        calls.append(len(overlay.records))
        if len(calls) == 1:
            put(repo, record(repo, "first.yaml"))
        return {"b.yaml": record(repo, "b.yaml")}

    update(store(repo), slow, "slow")
    assert calls == [0, 1]
    assert set(store(repo).read("local").records) == {"first.yaml", "b.yaml"}


def test_a_writer_that_always_loses_gives_up(repo: Repo) -> None:
    found = repo.open()
    commits = [put(repo, record(repo, v=n), name=f"n{n}") for n in range(2)]

    def lose() -> None:
        for attempt in attempts(found, REF, patience=0.3):
            other = commits[0] if attempt.old == commits[1] else commits[1]
            repo("update-ref", REF, other)
            attempt.new = repo("commit-tree", f"{other}^{{tree}}", "-p", other, "-m", "x")
            attempt.why = "x"

    with pytest.raises(Refused, match="other processes kept changing it") as caught:
        lose()
    assert "nothing was changed" in caught.value.hint


def test_what_git_refuses_is_not_tried_for_ever(repo: Repo) -> None:
    before = put(repo, record(repo, v=1))
    repo.hook("reference-transaction", 'test "$1" != prepared')
    started = time.monotonic()
    with pytest.raises(RepositoryError, match="aborted by hook"):
        put(repo, record(repo, v=2))
    assert time.monotonic() - started < 5
    assert store(repo).tip("local") == before


def test_a_packed_ref(repo: Repo) -> None:
    commit = put(repo, record(repo, v=1))
    repo("pack-refs", "--all")
    assert not (repo.path / ".git" / REF).exists()
    assert read_ref(repo.open(), REF) == commit
    put(repo, record(repo, v=2))
    assert bodies(store(repo).read("local")) == {"a.yaml": {"v": 2}}


def test_a_long_lived_reader_sees_what_others_write(repo: Repo) -> None:
    reader = store(repo)
    for value in range(4):
        put(repo, record(repo, v=value))
        if value == 2:
            repo("gc", "--quiet", "--prune=now")
        assert bodies(reader.read("local")) == {"a.yaml": {"v": value}}


def test_everything_is_flushed_to_the_disk(repo: Repo, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    base = repo.blob("a: 1\n")
    process = writer(repo, "w", 1, base)
    tracer = _strace(process.pid, trace)
    if tracer is None:
        process.kill()
        process.communicate()
        pytest.skip("strace is needed, and must be allowed")
    go(process)
    process.communicate(timeout=60)
    tracer.wait(timeout=10)
    assert process.returncode == 0
    flushed = re.findall(r"fsync\(\d+<(.*?)>", trace.read_text(errors="replace"))
    assert str(repo.path / LOCK) in flushed
    # The pack has everything that the ref keeps from now on, the base too.
    packs = repo.path / ".git" / "objects" / "pack"
    assert str(packs) in flushed
    assert all(any(f"/tmp_{kind}_" in name for name in flushed) for kind in ("pack", "idx"))
    (index,) = packs.glob("*.idx")
    assert base in repo("show-index", stdin=index.read_bytes())


def _strace(pid: int, trace: Path) -> subprocess.Popen[bytes] | None:
    command = ["strace", "-f", "-e", "trace=fsync", "-y", "-o", str(trace), "-p", str(pid)]
    try:
        tracer = subprocess.Popen(command, stderr=subprocess.PIPE)
    except FileNotFoundError:
        return None
    assert tracer.stderr is not None
    return tracer if b"attached" in tracer.stderr.readline() else None


def test_limits_fit_together() -> None:
    assert locks.STALE_AFTER < refs.PATIENCE


class TestReading:
    """As git itself reads a ref that every worktree shares."""

    REF = "refs/seedgit/overlays/local"

    @pytest.mark.parametrize("packed", [False, True])
    def test_where_it_is(self, repo: Repo, packed: bool) -> None:
        commits = [repo.commit({"a": str(n)}) for n in range(2)]
        for name in ("refs/seedgit/overlays/loca", self.REF, self.REF + "s"):
            repo("update-ref", name, commits[name == self.REF])
        if packed:
            repo("pack-refs", "--all")
        other = repo.worktree("other")
        for place in (repo, other):
            assert read_ref(place.open(), self.REF) == commits[1]
            assert read_ref(place.open(), "refs/seedgit/overlays") is None
            assert read_ref(place.open(), self.REF + "/below") is None
            assert read_ref(place.open(), "refs/seedgit/overlays/loc") is None
        repo("update-ref", self.REF, commits[0])
        assert read_ref(repo.open(), self.REF) == commits[0]

    @pytest.mark.parametrize("end", ["", "\n", " # of old"])
    def test_what_it_may_look_like(self, repo: Repo, end: str) -> None:
        id = repo.commit({"a": "1"})
        repo("update-ref", self.REF, id)
        (repo.path / ".git" / self.REF).write_text(id.upper() + end)
        assert read_ref(repo.open(), self.REF) == repo("rev-parse", self.REF) == id

    @pytest.mark.parametrize("content", ["", "ref: refs/heads/a\n", "1" * 41, "x" * 40, "1" * 9])
    def test_what_it_may_not(self, repo: Repo, content: str) -> None:
        repo("update-ref", self.REF, repo.commit({"a": "1"}))
        (repo.path / ".git" / self.REF).write_text(content)
        with pytest.raises(RepositoryError, match=r"cannot be read|symbolic"):
            read_ref(repo.open(), self.REF)

    def test_no_link_is_followed(self, repo: Repo) -> None:
        repo("update-ref", self.REF, repo.commit({"a": "1"}))
        place = repo.path / ".git" / self.REF
        place.unlink()
        place.symlink_to(repo.path / ".git/refs/heads/main")
        with pytest.raises(RepositoryError, match="cannot be read"):
            read_ref(repo.open(), self.REF)

    def test_git_is_asked_where_refs_are_in_tables(self, make_repo: Callable[..., Repo]) -> None:
        """This git may know no tables, and then ignores the setting: so it says what it has.

        It ignores it only where nothing else makes the repository one of version 1.
        """
        repo = make_repo("repo", "--object-format=sha1")
        commit = repo.commit({"a": "1"})
        repo("update-ref", f"{self.REF}/below", commit)
        repo("symbolic-ref", "refs/seedgit/symbolic", f"{self.REF}/below")
        repo("config", "extensions.refStorage", "reftable")
        assert read_ref(repo.open(), f"{self.REF}/below") == commit
        assert read_ref(repo.open(), self.REF) is None
        with pytest.raises(RepositoryError, match="symbolic"):
            read_ref(repo.open(), "refs/seedgit/symbolic")


def test_whether_there_may_be_a_ref_is_told_from_files(repo: Repo) -> None:
    commit = repo.commit({"a.yaml": "a: 1\n"})
    found = repo.open()
    assert not may_have(found, "refs/seedgit/remotes/")
    repo("update-ref", "refs/seedgit/remotes/origin/local", commit)
    assert may_have(found, "refs/seedgit/remotes/")
    repo("pack-refs", "--all")
    assert may_have(found, "refs/seedgit/remotes/")
    assert not may_have(found, "refs/seedgit/overlays/")

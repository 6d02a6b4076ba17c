"""What of an object may be damaged, and that reading it ends at once, with its name."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from pathlib import Path
from shutil import which

import pytest

from seedgit.errors import RepositoryError
from seedgit.git.objects import DamagedObject
from seedgit.git.process import DAMAGED
from seedgit.git.repository import Repository
from tests.conftest import Repo
from tests.counting import Counted
from tests.damage import WAYS, damage, loosen, place
from tests.git.overlay_helpers import bodies, put, record, store

TEXT = "a: 1\n" * 40


def kinds(repo: Repo) -> dict[str, str]:
    commit = repo.commit({"a.yaml": TEXT, "b.yaml": "b: 1\n"})
    return {
        "commit": commit,
        "tree": repo("rev-parse", "HEAD^{tree}"),
        "blob": repo("rev-parse", "HEAD:a.yaml"),
    }


def refused(repository: Repository, id: str) -> RepositoryError:
    with pytest.raises(RepositoryError) as caught:
        repository.object(id)
    assert id in caught.value.message
    assert caught.value.hint == DAMAGED
    return caught.value


def test_an_object_that_is_too_large_is_not_read(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = kinds(repo)
    large = repo.blob("x" * 200_000)
    monkeypatch.setattr("seedgit.git.objects.READ_LIMIT", 100_000)
    repository = repo.open()
    with pytest.raises(
        RepositoryError, match=f"{large} is damaged, or too large to be read: it says 200,000"
    ):
        repository.blob(large)
    assert repository.blob(ids["blob"]) == TEXT.encode()


@pytest.mark.parametrize("kind", ["commit", "tree", "blob"])
@pytest.mark.parametrize("way", WAYS)
def test_a_damaged_object(repo: Repo, kind: str, way: str) -> None:
    ids = kinds(repo)
    damage(repo, ids[kind], way)
    found = repo.open()
    assert isinstance(refused(found, ids[kind]), DamagedObject)
    # The git that gave up is followed by another.
    assert all(found.object(id) for name, id in ids.items() if name != kind)
    assert isinstance(refused(found, ids[kind]), DamagedObject)
    if kind == "blob":
        with pytest.raises(DamagedObject, match=ids[kind]):
            found.blob(ids[kind])
    elif kind == "commit":
        with pytest.raises(RepositoryError, match=ids[kind]):
            found.head()


@pytest.mark.parametrize("kind", ["commit", "tree", "blob"])
def test_cut_off_at_every_length(repo: Repo, kind: str) -> None:
    id = kinds(repo)[kind]
    file = place(repo, id)
    whole = file.read_bytes()
    file.chmod(0o644)
    found = repo.open()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        assert isinstance(refused(found, id), DamagedObject)
    file.write_bytes(whole)
    assert found.object(id)


def test_in_an_alternate(repo: Repo, make_repo: Callable[..., Repo]) -> None:
    id = kinds(repo)["blob"]
    borrower = make_repo("borrower")
    (borrower.path / ".git/objects/info/alternates").write_text(f"{repo.path}/.git/objects\n")
    assert borrower.open().blob(id) == TEXT.encode()
    damage(repo, id, "last bytes missing")
    assert isinstance(refused(borrower.open(), id), DamagedObject)


def test_damaged_where_a_pack_has_it_whole(repo: Repo) -> None:
    id = kinds(repo)["blob"]
    data = place(repo, id).read_bytes()
    repo("repack", "-a", "-d", "--quiet")
    place(repo, id).parent.mkdir(exist_ok=True)
    place(repo, id).write_bytes(data[:9])
    assert repo.open().blob(id) == TEXT.encode()


@pytest.mark.parametrize("suffix", [".pack", ".idx"])
def test_damaged_packs(repo: Repo, suffix: str) -> None:
    ids = kinds(repo)
    for number in range(30):
        repo.commit({"a.yaml": TEXT + f"n: {number}\n"})
    repo("repack", "-a", "-d", "--quiet", "--window=10")
    (pack,) = (repo.path / ".git/objects/pack").glob(f"*{suffix}")
    whole = pack.read_bytes()
    pack.chmod(0o644)
    drawn = random.Random(5)
    cuts = [whole[:length] for length in (0, 3, 8, 20, len(whole) // 2, len(whole) - 1)]
    flips = []
    for _ in range(20):
        at = drawn.randrange(len(whole))
        flips.append(whole[:at] + bytes([whole[at] ^ 0xFF]) + whole[at + 1 :])
    for data in [*cuts, *flips, b"\xff" * len(whole)]:
        pack.write_bytes(data)
        found = repo.open()
        for id in ids.values():
            try:
                found.object(id)
            except RepositoryError as error:
                assert id in error.message and error.hint
            found.objects.has(id)


def test_what_is_written_again_after_a_power_cut(repo: Repo) -> None:
    """libgit2 and git take an object for there when its file is, and write none."""
    commit = put(repo, record(repo, v=1))
    tree = f"{commit}:records/a.yaml"
    ids = [repo("rev-parse", name) for name in (f"{tree}/record.json", tree, f"{commit}^{{tree}}")]
    repo("update-ref", "-d", "refs/seedgit/overlays/local")
    loosen(repo)
    for id, way in zip(ids, ("empty", "last bytes missing", "zeros"), strict=True):
        damage(repo, id, way)
    put(repo, record(repo, v=1))
    assert bodies(store(repo).read("local")) == {"a.yaml": {"v": 1}}
    repo("fsck", "--full", "--strict")


def test_a_replaced_object_is_not_damaged(repo: Repo) -> None:
    ids = kinds(repo)
    repo("replace", ids["blob"], repo.blob("b: 2\n"))
    assert repo.open().blob(ids["blob"]) == TEXT.encode()


def test_the_reader_is_not_left_behind(repo: Repo) -> None:
    id = kinds(repo)["blob"]
    found = repo.open()
    assert found.blob(id)
    child = found.objects._child(content=True)
    process = child._process
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with pytest.raises(RepositoryError):
        found.blob(id)
    assert found.blob(id)  # by another
    del found, child


def test_an_interrupted_answer_is_nobody_elses(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = kinds(repo)
    found = repo.open()
    found.blob(ids["blob"])
    child = found.objects._child(content=True)
    assert child._process.stdin is not None

    def interrupted() -> None:
        raise KeyboardInterrupt

    flush = child._process.stdin.flush
    monkeypatch.setattr(child, "_process", _Process(child._process, flush, interrupted))
    with pytest.raises(KeyboardInterrupt):
        found.blob(ids["blob"])
    assert found.object(ids["tree"])


class _Process:
    """A process whose answer a person does not wait for."""

    def __init__(self, process: object, flush: Callable[[], None], then: Callable[[], None]):
        self.process, self.flush_, self.then = process, flush, then
        self.stdin = self
        self.stdout = process.stdout  # type: ignore[attr-defined]

    def write(self, data: bytes) -> None:
        self.process.stdin.write(data)  # type: ignore[attr-defined]

    def flush(self) -> None:
        self.flush_()
        self.then()


class TestRevisions:
    def test_a_branch_whose_commit_is_gone_has_commits(self, repo: Repo) -> None:
        """ "No commits" would let a hook compare with nothing."""
        ids = kinds(repo)
        damage(repo, ids["commit"], "gone")
        with pytest.raises(RepositoryError, match=ids["commit"]):
            repo.open().head()

    def test_head_that_is_no_commit(self, repo: Repo) -> None:
        ids = kinds(repo)
        (repo.path / ".git/refs/heads/main").write_text(ids["blob"] + "\n")
        with pytest.raises(RepositoryError, match="not a commit"):
            repo.open().head()

    def test_the_target_of_a_tag(self, repo: Repo) -> None:
        ids = kinds(repo)
        repo("tag", "-a", "-m", "one", "v1")
        damage(repo, ids["commit"], "empty")
        with pytest.raises(RepositoryError, match=ids["commit"]):
            repo.open().tag("v1")

    def test_the_tree_of_a_commit(self, repo: Repo) -> None:
        ids = kinds(repo)
        damage(repo, ids["tree"], "gone")
        with pytest.raises(RepositoryError, match=ids["tree"]):
            repo.open().tree("HEAD")

    def test_nothing_at_all(self, repo: Repo) -> None:
        assert repo.open().head() is None
        assert repo.open().resolve("f" * 40) is None
        assert repo.open().resolve("nothing") is None


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("at", [0, 3, 7])
def test_what_is_read_ahead_is_what_is_read_one_by_one(repo: Repo, way: str, at: int) -> None:
    texts = {repo.blob(f"a: {n}\n" * 50): f"a: {n}\n" * 50 for n in range(8)}
    bad = list(texts)[at]
    damage(repo, bad, way)
    objects = repo.open().objects
    objects.size_ahead(texts)
    objects.read_ahead([*texts, "f" * 40])
    with pytest.raises(RepositoryError):
        objects.load(bad)
    for id, text in texts.items():
        if id != bad:
            assert objects.load(id)[1] == text.encode()
            assert objects.load(id)[1] == text.encode()
            assert objects.size(id) == len(text)


@pytest.fixture
def git_2_35(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A git that does not know `cat-file --batch-command`, as before 2.36."""
    script = f'case " $* " in *" --batch-command "*) exit 129;; esac\nexec {which("git")} "$@"\n'
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/git").write_text(f"#!/bin/sh\n{script}")
    (tmp_path / "bin/git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")


def test_an_older_git_reads_as_well(repo: Repo, counted: Counted, git_2_35: None) -> None:
    ids = kinds(repo)
    loose = repo.blob("d: 1\n" * 40)
    damage(repo, loose, "empty")
    found = repo.open()
    counted.clear()
    assert found.blob(ids["blob"]) == TEXT.encode()
    assert found.objects.size(ids["blob"]) == len(TEXT)
    found.objects.read_ahead([ids["tree"]])
    found.objects.size_ahead([ids["tree"]])
    assert counted.git.count("cat-file") == 3  # one says that it is old, then one for each use
    with pytest.raises(KeyError):
        found.objects.load("f" * 40)
    refused(found, loose)


def test_an_older_git_that_is_asked_for_many(repo: Repo, git_2_35: None) -> None:
    id = kinds(repo)["blob"]
    objects = repo.open().objects
    objects.size_ahead([id])
    objects.read_ahead([id])
    assert (objects.size(id), objects.load(id)[1]) == (len(TEXT), TEXT.encode())


def test_contents_and_sizes_come_from_one_process(repo: Repo, counted: Counted) -> None:
    ids = kinds(repo)
    objects = repo.open().objects
    counted.clear()
    objects.size_ahead(ids.values())
    objects.read_ahead([ids["tree"]])
    assert objects.size(ids["blob"]) == len(objects.load(ids["blob"])[1])
    assert counted.git == ["cat-file"]


def test_more_is_read_ahead_than_a_pipe_holds(repo: Repo) -> None:
    texts = {repo.blob(text): text for text in (f"{n}" * 3000 for n in range(450))}
    objects = repo.open().objects
    objects.read_ahead(texts)
    assert {id: objects.load(id)[1].decode() for id in texts} == texts

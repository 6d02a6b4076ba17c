from __future__ import annotations

import gc
import os
import weakref
from collections.abc import Callable
from pathlib import Path

import pytest

from seedgit.errors import RepositoryError
from seedgit.git.repository import (
    MODE_EXECUTABLE,
    MODE_FILE,
    MODE_LINK,
    MODE_TREE,
    STAGE_BASE,
    STAGE_OURS,
    STAGE_THEIRS,
    GitEntry,
    Repository,
)
from tests.conftest import DATE, EMAIL, NAME, Repo

HOSTILE = [
    "a\nb.yaml",
    'quote".yaml',
    "$(touch x).yaml",
    "-dash.yaml",
    "tab\t.yaml",
    "*.yaml",
    ":(glob)x.yaml",
    "\udcff\udcfe.yaml",
    "é.yaml",
    "back\\slash.yaml",
]


class TestDiscover:
    def test_from_a_subdirectory(self, repo: Repo) -> None:
        repo.commit({"flows/a.yaml": "a: 1\n"})
        found = Repository.discover(repo.path / "flows")
        assert found.worktree == repo.path
        assert found.git_dir == found.common_dir == repo.path / ".git"
        assert found.index_file == repo.path / ".git" / "index"

    def test_no_repository(self, tmp_path: Path) -> None:
        with pytest.raises(RepositoryError, match="not a git repository") as caught:
            Repository.discover(tmp_path)
        assert caught.value.hint

    def test_no_directory(self, tmp_path: Path) -> None:
        with pytest.raises(RepositoryError, match="no such directory"):
            Repository.discover(tmp_path / "gone")

    def test_an_old_git(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        old = tmp_path / "git"
        old.write_text("#!/bin/sh\nshift 3\nprintf '%s\\n' \"$@\"\n")
        old.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        with pytest.raises(RepositoryError, match="too old") as caught:
            Repository.discover(tmp_path)
        assert "2.31" in caught.value.hint

    def test_bare(self, make_repo: Callable[..., Repo]) -> None:
        with pytest.raises(RepositoryError, match="bare repository") as caught:
            make_repo("bare", "--bare").open()
        assert "working tree" in caught.value.hint

    def test_inside_the_git_directory(self, repo: Repo) -> None:
        with pytest.raises(RepositoryError, match="not in a working tree"):
            Repository.discover(repo.path / ".git")

    def test_not_trusted_by_git(self, repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
        # git's own switch for its own tests of safe.directory.
        monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
        with pytest.raises(RepositoryError, match="dubious ownership") as caught:
            repo.open()
        assert "safe.directory" in caught.value.hint

    def test_a_newline_in_the_directory(self, make_repo: Callable[..., Repo]) -> None:
        repo = make_repo("two\nlines")
        repo.commit({"a.yaml": "a: 1\n"})
        found = repo.open()
        assert found.worktree == repo.path
        assert found.read("HEAD", "a.yaml") == b"a: 1\n"

    def test_a_linked_worktree(self, repo: Repo) -> None:
        repo.commit({"a.yaml": "a: 1\n"})
        side = repo.worktree("side", "-b", "side").open()
        assert side.worktree == repo.path.parent / "side"
        assert side.common_dir == repo.path / ".git"
        assert side.git_dir == repo.path / ".git" / "worktrees" / "side"
        assert side.branch() == "refs/heads/side"
        assert side.read("HEAD", "a.yaml") == b"a: 1\n"

    def test_as_a_hook_sees_it(
        self, repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        repo.commit({"a.yaml": "a: 1\n"})
        repo.write({"a.yaml": "a: 2\n"})
        repo("add", "a.yaml", env={"GIT_INDEX_FILE": ".git/other"})
        monkeypatch.chdir(repo.path)
        monkeypatch.setenv("GIT_DIR", ".git")
        monkeypatch.setenv("GIT_INDEX_FILE", ".git/other")
        found = Repository.discover()
        monkeypatch.chdir(tmp_path)  # what was relative must not follow the process about
        assert found.index_file == repo.path / ".git" / "other"
        assert found.read_index("a.yaml") == b"a: 2\n"
        assert found.read("HEAD", "a.yaml") == b"a: 1\n"

    @pytest.mark.skipif(os.getuid() != 0, reason="only root can give a directory away")
    def test_somebody_else_s_that_git_trusts(
        self, repo: Repo, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        id = repo.blob("a: 1\n")
        os.chown(repo.path, 1234, 1234)
        os.chown(repo.path / ".git", 1234, 1234)
        with pytest.raises(RepositoryError, match="dubious ownership"):
            repo.open()
        monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
        monkeypatch.setenv("GIT_CONFIG_KEY_0", "safe.directory")
        monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(repo.path))
        assert repo.open().blob(id) == b"a: 1\n"

    def test_a_work_tree_elsewhere(
        self, repo: Repo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        repo.commit({"a.yaml": "a: 1\n"})
        place = tmp_path / "elsewhere"
        place.mkdir()
        (place / "a.yaml").write_bytes(b"a: 3\n")
        monkeypatch.setenv("GIT_DIR", str(repo.path / ".git"))
        monkeypatch.setenv("GIT_WORK_TREE", str(place))
        found = Repository.discover(place)
        assert found.worktree == place
        assert found.read_file("a.yaml") == b"a: 3\n"


class TestRevisions:
    def test_resolve(self, repo: Repo) -> None:
        first = repo.commit({"a": "1"})
        second = repo.commit({"a": "2"})
        found = repo.open()
        assert found.resolve("HEAD~1") == first
        assert found.head() == second
        assert found.resolve("HEAD", "tree") == repo("rev-parse", "HEAD^{tree}")
        for wrong in ("nothing", "HEAD~9", "", "--help", "-1", "a b", "HEAD:a"):
            assert found.resolve(wrong) is None

    def test_a_branch_without_commits(self, repo: Repo) -> None:
        found = repo.open()
        assert found.head() is None
        assert found.branch() == "refs/heads/main"
        assert found.upstream() is None

    def test_a_detached_head(self, repo: Repo) -> None:
        id = repo.commit()
        repo("checkout", "--quiet", id)
        found = repo.open()
        assert found.branch() is None
        assert found.upstream() is None

    def test_upstream(self, repo: Repo) -> None:
        repo.commit()
        assert repo.open().upstream() is None
        clone = repo.clone("clone")
        assert clone.open().upstream() == "refs/remotes/origin/main"
        clone("update-ref", "-d", "refs/remotes/origin/main")
        assert clone.open().upstream() is None

    def test_merge_base(self, repo: Repo) -> None:
        base = repo.commit({"a": "1"})
        repo("checkout", "--quiet", "-b", "side")
        side = repo.commit({"b": "1"})
        repo("checkout", "--quiet", "main")
        main = repo.commit({"a": "2"})
        repo("checkout", "--quiet", "--orphan", "other")
        other = repo.commit({"c": "1"})
        found = repo.open()
        assert found.merge_base(side, main) == base
        assert found.merge_base(side, other) is None
        assert found.is_ancestor(base, side)
        assert found.is_ancestor(side, side)
        assert not found.is_ancestor(side, main)

    def test_commit(self, repo: Repo) -> None:
        first = repo.commit({"a": "1"}, "one")
        second = repo.commit({"a": "2"}, "two\n\nwhy: é\n")
        found = repo.open().commit("HEAD")
        assert found.id == second
        assert found.parents == (first,)
        assert found.message == "two\n\nwhy: é\n"
        assert (found.author.name, found.author.email) == (NAME, EMAIL)
        assert found.author.time == int(repo("log", "-1", "--format=%at"))
        assert found.author.offset == 0
        assert DATE.endswith("+0000")
        with pytest.raises(RepositoryError, match="no such commit"):
            repo.open().commit("nothing")
        with pytest.raises(RepositoryError, match="no such commit"):
            repo.open().commit(found.tree)

    def test_refs(self, repo: Repo) -> None:
        id = repo.commit()
        repo("update-ref", "refs/seedgit/overlays/x", id)
        repo("update-ref", "refs/seedgit/overlays/y/z", id)
        repo("update-ref", "refs/seedgit/overlays-not", id)
        found = repo.open().refs("refs/seedgit/overlays/")
        assert found == {"refs/seedgit/overlays/x": id, "refs/seedgit/overlays/y/z": id}

    def test_git_version(self, repo: Repo) -> None:
        assert repo.open().git_version() >= (2, 31)


class TestObjects:
    def test_blob(self, repo: Repo) -> None:
        found = repo.open()
        id = found.write_blob(b"a: 1\n")
        assert id == repo("hash-object", "--stdin", stdin=b"a: 1\n") == found.blob_id(b"a: 1\n")
        assert found.blob(id) == b"a: 1\n"

    def test_what_is_not_a_blob(self, repo: Repo) -> None:
        id = repo.commit()
        for wrong in (id, "1" * 40, "nonsense", ""):
            with pytest.raises(RepositoryError):
                repo.open().blob(wrong)

    def test_a_damaged_object(self, repo: Repo) -> None:
        id = repo.blob("a: 1\n")
        place = repo.path / ".git" / "objects" / id[:2] / id[2:]
        place.chmod(0o644)
        place.write_bytes(b"rubbish")
        with pytest.raises(RepositoryError, match=id):
            repo.open().blob(id)

    def test_objects_packed_by_another_process_meanwhile(self, repo: Repo) -> None:
        found = repo.open()
        first = repo.commit({"a": "1"})
        assert found.read(first, "a") == b"1"
        second = repo.commit({"a": "2"})
        repo("gc", "--quiet", "--prune=now")
        assert found.read(first, "a") == b"1"
        assert found.read(second, "a") == b"2"

    def test_a_partial_clone_fetches_what_it_lacks(self, repo: Repo) -> None:
        repo("config", "uploadpack.allowFilter", "true")
        repo("config", "uploadpack.allowAnySHA1InWant", "true")
        old = repo.commit({"a.yaml": "a: 1\n"})
        repo.commit({"a.yaml": "a: 2\n"})
        clone = repo.clone("partial", "--filter=blob:none")
        entry = clone.open().entry(old, "a.yaml")
        assert entry is not None
        assert not clone.open().objects.has(entry.id)
        assert clone.open().blob(entry.id) == b"a: 1\n"

    def test_a_partial_clone_whose_remote_is_gone(self, repo: Repo) -> None:
        repo("config", "uploadpack.allowFilter", "true")
        old = repo.commit({"a.yaml": "a: 1\n"})
        repo.commit({"a.yaml": "a: 2\n"})
        clone = repo.clone("partial", "--filter=blob:none")
        repo.path.rename(repo.path.parent / "moved")
        with pytest.raises(RepositoryError, match="is missing") as caught:
            clone.open().read(old, "a.yaml")
        assert "remote" in caught.value.hint


class TestTrees:
    @pytest.mark.parametrize("name", HOSTILE)
    def test_hostile_names(self, repo: Repo, name: str) -> None:
        repo.commit({name: "a: 1\n", "x.yaml": "other\n"})
        found = repo.open()
        blob = repo("hash-object", "--stdin", stdin=b"a: 1\n")
        assert found.entry("HEAD", name) == GitEntry(name, MODE_FILE, blob)
        assert found.tree("HEAD")[name] == GitEntry(name, MODE_FILE, blob)
        assert found.index(name) == [GitEntry(name, MODE_FILE, blob)]
        assert found.read("HEAD", name) == b"a: 1\n"
        assert found.read_index(name) == b"a: 1\n"
        assert found.read_file(name) == b"a: 1\n"
        assert set(found.attributes([name], "text")) == {name}

    def test_kinds(self, repo: Repo) -> None:
        repo.write({"run.yaml": "a\n", "dir/b.yaml": "b\n"})
        (repo.path / "run.yaml").chmod(0o755)
        (repo.path / "link.yaml").symlink_to("run.yaml")
        repo.commit()
        found = repo.open()
        tree = found.tree("HEAD")
        assert set(tree) == {"run.yaml", "dir/b.yaml", "link.yaml"}
        assert tree["run.yaml"].mode == MODE_EXECUTABLE
        assert tree["link.yaml"].mode == MODE_LINK
        assert found.read("HEAD", "link.yaml") is None
        assert found.read_index("link.yaml") is None
        assert found.read_file("link.yaml") is None
        directory = found.entry("HEAD", "dir")
        assert directory is not None
        assert directory.mode == MODE_TREE
        assert found.read("HEAD", "dir") is None
        assert found.read("HEAD", "nothing") is None
        assert [found.file_mode(n) for n in ("run.yaml", "link.yaml", "dir", "nothing")] == [
            MODE_EXECUTABLE,
            MODE_LINK,
            MODE_TREE,
            None,
        ]

    def test_the_index_while_unmerged(self, repo: Repo) -> None:
        repo.commit({"a.yaml": "a: 1\n", "b.yaml": "b\n"})
        repo("checkout", "--quiet", "-b", "side")
        repo.commit({"a.yaml": "a: 2\n"})
        repo("checkout", "--quiet", "main")
        repo.commit({"a.yaml": "a: 3\n"})
        repo("merge", "side", ok=False)
        found = repo.open()
        assert [entry.stage for entry in found.index("a.yaml")] == [1, 2, 3]
        assert found.read_index("a.yaml") is None
        assert found.read_index("a.yaml", STAGE_BASE) == b"a: 1\n"
        assert found.read_index("a.yaml", STAGE_OURS) == b"a: 3\n"
        assert found.read_index("a.yaml", STAGE_THEIRS) == b"a: 2\n"
        assert [entry.path for entry in found.index()] == ["a.yaml"] * 3 + ["b.yaml"]

    def test_a_directory_does_not_stand_for_its_files(self, repo: Repo) -> None:
        repo.commit({"a/b.yaml": "b\n"})
        assert repo.open().index("a") == []

    def test_an_empty_repository(self, repo: Repo) -> None:
        assert repo.open().index() == []

    def test_sparse_and_split_indexes(self, repo: Repo) -> None:
        repo.commit({"in/a.yaml": "a\n", "out/deep/b.yaml": "b\n"})
        repo("sparse-checkout", "set", "--cone", "--sparse-index", "in")
        assert [entry.path for entry in repo.open().index()] == ["in/a.yaml", "out/deep/b.yaml"]
        assert repo.open().read_index("out/deep/b.yaml") == b"b\n"
        assert repo.open().read_file("out/deep/b.yaml") is None
        repo("sparse-checkout", "disable")
        repo("update-index", "--split-index")
        assert [entry.path for entry in repo.open().index()] == ["in/a.yaml", "out/deep/b.yaml"]


class TestFiles:
    def test_nothing_lies_beyond_a_symbolic_link(self, repo: Repo, tmp_path: Path) -> None:
        outside = tmp_path / "outside"
        outside.mkdir()
        (outside / "secret.yaml").write_text("s: 1\n")
        (repo.path / "dir").symlink_to(outside)
        assert repo.open().read_file("dir/secret.yaml") is None
        assert repo.open().file_mode("dir") == MODE_LINK

    @pytest.mark.parametrize(
        "path", ["../x", "a/../x", "/etc/passwd", "", "a//b", "./a", ".git/config", ".GIT/config"]
    )
    def test_a_path_that_leads_outside(self, repo: Repo, path: str) -> None:
        with pytest.raises(RepositoryError, match="not a path inside"):
            repo.open().read_file(path)

    def test_a_file_where_a_directory_was(self, repo: Repo) -> None:
        repo.write({"a": "1"})
        assert repo.open().read_file("a/b") is None

    def test_a_pipe(self, repo: Repo) -> None:
        os.mkfifo(repo.path / "pipe.yaml")
        assert repo.open().read_file("pipe.yaml") is None

    def test_bytes_are_not_touched(self, repo: Repo) -> None:
        repo("config", "core.autocrlf", "true")
        repo.write({"a.yaml": b"\xef\xbb\xbfa: 1\r\n"})
        assert repo.open().read_file("a.yaml") == b"\xef\xbb\xbfa: 1\r\n"


class TestAttributes:
    def test_values(self, repo: Repo) -> None:
        rules = "*.yaml merge=seedgit text -diff\nb.yaml !merge\n"
        repo.write({".gitattributes": rules})
        found = repo.open().attributes(["a.yaml", "b.yaml", "c.txt"], "merge", "text", "diff")
        assert found == {
            "a.yaml": {"merge": "seedgit", "text": True, "diff": False},
            "b.yaml": {"text": True, "diff": False},
            "c.txt": {},
        }

    def test_of_nothing(self, repo: Repo) -> None:
        assert repo.open().attributes([], "merge") == {}


class TestPlaces:
    def test_hooks(self, repo: Repo) -> None:
        repo.commit()
        assert repo.open().hooks_dir == repo.path / ".git" / "hooks"
        side = repo.worktree("side", "-b", "side")
        assert side.open().hooks_dir == repo.path / ".git" / "hooks"
        repo("config", "core.hooksPath", "tools/hooks")
        assert repo.open().hooks_dir == repo.path / "tools" / "hooks"
        assert side.open().hooks_dir == side.path / "tools" / "hooks"

    def test_git_dir_files(self, repo: Repo) -> None:
        repo.commit()
        side = repo.worktree("side", "-b", "side").open()
        assert side.path_of("MERGE_HEAD") == side.git_dir / "MERGE_HEAD"
        assert side.path_of("info/attributes") == side.common_dir / "info" / "attributes"


def test_a_clone_that_asked_for_history_can_go(repo: Repo) -> None:
    """With it goes git, which it has started to read objects."""
    first, second = repo.commit(message="a"), repo.commit(message="b")
    clone = Repository.discover(repo.path)
    assert clone.objects.load(first)
    assert clone.backend.descends(second, first)
    left = weakref.ref(clone)
    del clone
    gc.collect()
    assert left() is None

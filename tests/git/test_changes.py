from __future__ import annotations

import pytest

from seedgit.git.changes import FileChange, diff, follow, staged
from seedgit.git.repository import MODE_EXECUTABLE, MODE_FILE, MODE_LINK
from tests.conftest import Repo

LONG = "".join(f"key{n}: {n}\n" for n in range(30))
EDITED = LONG.replace("key3: 3", "key3: three")


def brief(changes: list[FileChange]) -> list[tuple[str, str | None, str | None]]:
    return [
        (c.status, c.old.path if c.old else None, c.new.path if c.new else None) for c in changes
    ]


class TestDiff:
    def test_each_kind(self, repo: Repo) -> None:
        old = repo.commit(
            {"gone": "g\n", "kept": "k\n", "was": LONG, "edited": "1\n", "run": "r\n"}
        )
        (repo.path / "gone").unlink()
        (repo.path / "was").rename(repo.path / "now")
        (repo.path / "run").chmod(0o755)
        (repo.path / "edited").unlink()
        (repo.path / "edited").symlink_to("kept")
        new = repo.commit({"now": EDITED, "new": "n\n"})
        found = diff(repo.open(), old, new)
        assert sorted(brief(found), key=str) == sorted(
            [
                ("A", None, "new"),
                ("D", "gone", None),
                ("M", "run", "run"),
                ("R", "was", "now"),
                ("T", "edited", "edited"),
            ],
            key=str,
        )
        by_status = {change.status: change for change in found}
        assert 50 <= by_status["R"].similarity < 100
        run, edited = by_status["M"], by_status["T"]
        assert run.old
        assert run.new
        assert edited.new
        assert (run.old.mode, run.new.mode) == (MODE_FILE, MODE_EXECUTABLE)
        assert run.old.id == run.new.id
        assert edited.new.mode == MODE_LINK

    def test_an_exact_rename(self, repo: Repo) -> None:
        old = repo.commit({"was": LONG})
        (repo.path / "was").rename(repo.path / "now")
        (change,) = diff(repo.open(), old, repo.commit())
        assert (change.status, change.similarity) == ("R", 100)

    def test_how_similar(self, repo: Repo) -> None:
        old = repo.commit({"was": LONG})
        (repo.path / "was").unlink()
        new = repo.commit({"now": EDITED})
        assert brief(diff(repo.open(), old, new)) == [("R", "was", "now")]
        strict = diff(repo.open(), old, new, similar=100)
        assert brief(strict) == [("A", None, "now"), ("D", "was", None)]

    def test_more_renames_than_git_s_limit(self, repo: Repo) -> None:
        repo("config", "diff.renameLimit", "1")
        files = {f"old/{n}": LONG + f"only: {n}\n" for n in range(5)}
        old = repo.commit(files)
        repo("rm", "-r", "--quiet", "old")
        # Other names altogether: git finds those that kept their base name without counting.
        new = repo.commit({f"new/x{n}": EDITED + f"only: {n}\n" for n in range(5)})
        found = brief(diff(repo.open(), old, new))
        assert sorted(path for _, path, _ in found if path) == [f"old/{n}" for n in range(5)]
        assert {status for status, _, _ in found} == {"R"}

    @pytest.mark.parametrize("name", ["a\nb", "-x", "\udcff", "tab\t", ":old"])
    def test_hostile_names(self, repo: Repo, name: str) -> None:
        old = repo.commit({"was": LONG})
        (repo.path / "was").unlink()
        new = repo.commit({name: LONG})
        assert brief(diff(repo.open(), old, new)) == [("R", "was", name)]

    def test_nothing(self, repo: Repo) -> None:
        id = repo.commit({"a": "1"})
        assert diff(repo.open(), id, id) == []


class TestStaged:
    def test_against_head(self, repo: Repo) -> None:
        repo.commit({"was": LONG, "a": "1\n"})
        repo("mv", "was", "now")
        repo.write({"a": "2\n", "untracked": "u\n"})
        assert brief(staged(repo.open())) == [("R", "was", "now")]
        repo("add", "a")
        assert brief(staged(repo.open())) == [("M", "a", "a"), ("R", "was", "now")]

    def test_before_the_first_commit(self, repo: Repo) -> None:
        repo.write({"a": "1\n"})
        repo("add", "a")
        assert brief(staged(repo.open())) == [("A", None, "a")]

    def test_against_what_a_commit_amends(self, repo: Repo) -> None:
        repo.commit({"a": "1\n"})
        repo.commit({"b": "1\n"})
        assert staged(repo.open()) == []
        assert brief(staged(repo.open(), "HEAD~1")) == [("A", None, "b")]

    def test_unmerged(self, repo: Repo) -> None:
        repo.commit({"a": "1\n"})
        repo("checkout", "--quiet", "-b", "side")
        repo.commit({"a": "2\n"})
        repo("checkout", "--quiet", "main")
        repo.commit({"a": "3\n"})
        repo("merge", "side", ok=False)
        assert {change.status for change in staged(repo.open())} == {"U"}


class TestFollow:
    def move(self, repo: Repo, old: str, new: str, text: str | None = None) -> str:
        content = (repo.path / old).read_text() if text is None else text
        (repo.path / old).unlink()
        return repo.commit({new: content}, f"{old} is {new} now")

    def test_still_there(self, repo: Repo) -> None:
        repo.commit({"a": LONG})
        assert follow(repo.open(), "a", "HEAD") == "a"

    def test_a_chain_of_renames(self, repo: Repo) -> None:
        repo.commit({"a": LONG})
        self.move(repo, "a", "dir/b", EDITED)
        repo.commit({"dir/b": EDITED + "more: 1\n"})
        self.move(repo, "dir/b", "c")
        assert follow(repo.open(), "a", "HEAD") == "c"
        assert follow(repo.open(), "dir/b", "HEAD") == "c"
        assert follow(repo.open(), "a", "HEAD~1") == "dir/b"

    def test_deleted(self, repo: Repo) -> None:
        repo.commit({"a": LONG, "b": "b\n"})
        (repo.path / "a").unlink()
        repo.commit()
        assert follow(repo.open(), "a", "HEAD") is None

    def test_never_there(self, repo: Repo) -> None:
        repo.commit({"a": LONG})
        assert follow(repo.open(), "b", "HEAD") is None

    def test_renamed_and_then_deleted(self, repo: Repo) -> None:
        repo.commit({"a": LONG})
        self.move(repo, "a", "b")
        (repo.path / "b").unlink()
        repo.commit()
        assert follow(repo.open(), "a", "HEAD") is None

    def test_back_and_forth(self, repo: Repo) -> None:
        repo.commit({"a": LONG})
        self.move(repo, "a", "b")
        self.move(repo, "b", "a")
        assert follow(repo.open(), "b", "HEAD") == "a"
        (repo.path / "a").unlink()
        repo.commit()
        assert follow(repo.open(), "a", "HEAD") is None
        assert follow(repo.open(), "b", "HEAD") is None

    def test_renamed_upstream_and_merged(self, repo: Repo) -> None:
        repo.commit({"a": LONG})
        repo("checkout", "--quiet", "-b", "upstream")
        self.move(repo, "a", "b")
        repo("checkout", "--quiet", "main")
        repo.commit({"a": EDITED})
        repo("merge", "--quiet", "--no-edit", "upstream")
        assert follow(repo.open(), "a", "HEAD") == "b"

    def test_renamed_in_the_merge_itself(self, repo: Repo) -> None:
        repo.commit({"a": LONG})
        repo("checkout", "--quiet", "-b", "side")
        repo.commit({"x": "1"})
        repo("checkout", "--quiet", "main")
        repo.commit({"y": "1"})
        repo("merge", "--quiet", "--no-commit", "--no-ff", "side")
        repo("mv", "a", "b")
        repo("commit", "--quiet", "-m", "merge")
        assert follow(repo.open(), "a", "HEAD") == "b"

    def test_a_shallow_clone_has_no_history_to_go_by(self, repo: Repo) -> None:
        repo.commit({"a": LONG})
        self.move(repo, "a", "b")
        clone = repo.clone("shallow", "--depth=1")
        assert follow(clone.open(), "a", "HEAD") is None

    @pytest.mark.parametrize("name", ["a\nb", "-x", "*", "\udcff"])
    def test_hostile_names(self, repo: Repo, name: str) -> None:
        repo.commit({name: LONG, "other": "o\n"})
        repo("mv", "--", name, "now")
        repo.commit()
        assert follow(repo.open(), name, "HEAD") == "now"

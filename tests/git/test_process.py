from __future__ import annotations

from pathlib import Path

import pytest

from seedgit.errors import SYSTEM_SAYS_NO, RepositoryError
from seedgit.git.process import KILLED, LOCKED, GitFailed, run_git
from tests.conftest import Repo


def test_output_and_status(repo: Repo) -> None:
    assert run_git(["rev-parse", "--is-inside-work-tree"], cwd=repo.path) == (0, b"true\n")
    asked = ["rev-parse", "--verify", "--quiet", "nothing"]
    assert run_git(asked, cwd=repo.path, accept=(0, 1)) == (1, b"")


def test_a_failure_says_which_command_why_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(GitFailed) as caught:
        run_git(["-c", "a.b=c", "status"], cwd=tmp_path)
    assert caught.value.message.startswith("git status: not a git repository")
    assert "-C" in caught.value.hint
    assert caught.value.status == 128


def test_the_message_does_not_depend_on_the_locale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("LANGUAGE", "de")
    with pytest.raises(GitFailed, match="not a git repository"):
        run_git(["status"], cwd=tmp_path)


def test_git_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RepositoryError, match="git was not found"):
        run_git(["status"], cwd=tmp_path)


def test_a_directory_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match="no such directory"):
        run_git(["status"], cwd=tmp_path / "gone")
    (tmp_path / "file").write_text("")
    with pytest.raises(RepositoryError, match="not a directory"):
        run_git(["status"], cwd=tmp_path / "file")


def test_a_nul_in_an_argument(repo: Repo) -> None:
    with pytest.raises(RepositoryError, match="NUL"):
        run_git(["rev-parse", "a\0b"], cwd=repo.path)


def test_a_name_that_is_not_utf8_arrives_as_it_is(repo: Repo) -> None:
    _, out = run_git(["rev-parse", "--sq-quote", "\udcff\udcfe $(x)"], cwd=repo.path)
    assert out == b" '\xff\xfe $(x)'\n"


@pytest.mark.parametrize(
    ("status", "said", "hint"),
    [
        (-9, "", KILLED),
        (255, "error: could not lock config file .git/config: File exists", LOCKED),
        (128, "fatal: Unable to create '/x/.git/index.lock': File exists.", LOCKED),
        (4, "error: failed to write new configuration file .git/config.lock", SYSTEM_SAYS_NO),
        (128, "fatal: unable to write new index file", SYSTEM_SAYS_NO),
        (1, "error: something else", ""),
    ],
)
def test_what_the_system_refuses_to_git_says_what_to_do(status: int, said: str, hint: str) -> None:
    assert GitFailed("config", status, b"", said.encode()).hint == hint

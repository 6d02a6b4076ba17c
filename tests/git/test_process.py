from __future__ import annotations

import os
import subprocess
import sys
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


def test_a_git_that_takes_too_long_is_killed(repo: Repo) -> None:
    repo("config", "alias.slow", "!printf x; exec sleep 60")
    with pytest.raises(TimeoutError, match=r"git slow took over 0\.5 s"):
        run_git(["slow"], cwd=repo.path, timeout=0.5)
    asked = ["rev-parse", "--is-inside-work-tree"]
    assert run_git(asked, cwd=repo.path, timeout=60)[1] == b"true\n"


def test_what_it_reads_and_writes_may_be_long(repo: Repo) -> None:
    data = b"line\n" * 100_000  # more than a pipe holds
    asked = ["hash-object", "-w", "--stdin"]
    id = run_git(asked, cwd=repo.path, stdin=data)[1].decode().strip()
    assert run_git(["cat-file", "blob", id], cwd=repo.path)[1] == data


PROGRAM = """
import os, signal, sys
import os
import subprocess
import sys
from pathlib import Path
closed, ignored = eval(sys.argv[2])
for number in closed:
    os.close(number)
if ignored:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
from seedgit.git.process import GitFailed, run_git
where = Path(sys.argv[1])
words = ["-c", "alias.x=!cat; echo out; echo error >&2; exit 3", "x"]
try:
    told = run_git(words, cwd=where, stdin=b"in ")
except GitFailed as error:
    told = error.status, error.stdout, error.stderr
Path(sys.argv[3]).write_text(repr(told))
"""


@pytest.mark.parametrize("closed", [(0,), (1,), (2,), (0, 1, 2), ()])
@pytest.mark.parametrize("ignored", [False, True])
def test_whatever_it_was_started_with(
    repo: Repo, tmp_path: Path, closed: tuple[int, ...], ignored: bool
) -> None:
    """A standard stream may be closed, and somebody may want to hear of no child's end."""
    words = [sys.executable, "-c", PROGRAM, str(repo.path), repr((closed, ignored))]
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    subprocess.run([*words, str(tmp_path / "told")], env=env, check=True)
    told = (tmp_path / "told").read_text()
    assert told == repr((0, b"in out\n") if ignored else (3, b"in out\n", "error"))


def test_a_closed_pipe_ends_git_as_it_ends_any_program(repo: Repo) -> None:
    """Python ignores SIGPIPE, and so would all that it starts."""
    words = ["-c", "alias.x=!kill -s PIPE $$; echo lives", "x"]
    assert run_git(words, cwd=repo.path, accept=(141,)) == (141, b"")

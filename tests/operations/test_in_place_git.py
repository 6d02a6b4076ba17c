"""What each git command does with a file that is live in place: the table of docs/live.md."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from seedgit.git import spool as spool_module
from seedgit.git.settings import FILTER_PROCESS
from seedgit.operations.in_place.filter_settings import filter_command, filter_line
from tests import cut
from tests.conftest import Repo
from tests.operations.test_in_place import is_clean, live, ok, spooled
from tests.operations.test_sync import FILES, RULES, SEED, swap
from tests.site import PATH, package, seedgit, site_of

DOCS = Path(__file__).parents[2] / "docs" / "live.md"
UPGRADE = SEED.replace("timeout: 30", "timeout: 60")
# One that git does not see by the size, and one that it does.
SAME, LONGER = ("paused: true", "paused: null"), ("queue: []", "queue: [one]")


@pytest.fixture
def owner(repo: Repo) -> Repo:
    """A site with one override, and without hooks: nothing but git runs. Upstream is ahead."""
    files = {**FILES, ".seedgit.yaml": RULES + "    live: true\n"}
    site = site_of(package(repo, files))
    site("branch", "other")
    site("checkout", "--quiet", "other")
    site.commit({"other": "x\n", PATH: UPGRADE}, "other")
    site("checkout", "--quiet", "main")
    assert seedgit(site, "set", PATH, "/paused", "true").status == 0
    ok(site, "live", "--in-place")
    repo.commit({PATH: UPGRADE}, "v2")
    site("fetch", "--quiet")
    return site


def refused(site: Repo, *words: str) -> None:
    site(*words, ok=False)


def clone(site: Repo) -> None:
    """A clone has neither the overlay nor the filter."""
    other = site.clone("clone")
    assert (other.path / PATH).read_text() == SEED


def worktree(site: Repo) -> None:
    """One configuration: the new working tree is live too, and reads the same overlay."""
    place = site.path.parent / "second"
    site("worktree", "add", "--quiet", str(place), "other")
    assert (
        "paused: true" in (place / PATH).read_text() or "paused: null" in (place / PATH).read_text()
    )
    assert "timeout: 60" in (place / PATH).read_text()


def run(*words: str) -> Callable[[Repo], object]:
    return lambda site: site(*words)


def refuses(*words: str) -> Callable[[Repo], object]:
    return lambda site: refused(site, *words)


KEPT, LOST = True, False
# command: after a write of the same size, after one that the size tells; what becomes of the write
ROWS: dict[str, tuple[Callable[[Repo], object], Callable[[Repo], object], bool]] = {
    "status": (run("status"), run("status"), KEPT),
    "diff": (run("diff", "--exit-code"), run("diff", "--exit-code"), KEPT),
    "add": (run("add", "--all"), run("add", "--all"), KEPT),
    "commit -am": (
        run("commit", "--quiet", "--allow-empty", "-am", "x"),
        run("commit", "--quiet", "--allow-empty", "-am", "x"),
        KEPT,
    ),
    "checkout BRANCH": (run("checkout", "--quiet", "other"), refuses("checkout", "other"), KEPT),
    "switch BRANCH": (run("switch", "--quiet", "other"), refuses("switch", "other"), KEPT),
    "merge": (
        run("merge", "--quiet", "origin/main"), refuses("merge", "origin/main"), KEPT,
    ),
    "pull": (
        run("pull", "--quiet", "--no-rebase"), refuses("pull", "--no-rebase"), KEPT,
    ),
    "rebase": (run("rebase", "--quiet", "origin/main"), refuses("rebase", "origin/main"), KEPT),
    "cherry-pick": (
        run("cherry-pick", "origin/main"), refuses("cherry-pick", "origin/main"), KEPT,
    ),
    "stash": (run("stash"), run("stash"), KEPT),
    "reset --mixed": (run("reset", "--quiet"), run("reset", "--quiet"), KEPT),
    "reset --hard": (
        run("reset", "--quiet", "--hard", "other"),
        run("reset", "--quiet", "--hard", "other"),
        LOST,
    ),
    "checkout --force": (
        run("checkout", "--quiet", "--force", "other"),
        run("checkout", "--quiet", "--force", "other"),
        LOST,
    ),
    "restore": (run("restore", PATH), run("restore", PATH), LOST),
    "clone": (clone, clone, KEPT),
    "worktree add": (worktree, worktree, KEPT),
}  # fmt: skip


@pytest.mark.parametrize("longer", [False, True], ids=["same size", "another size"])
@pytest.mark.parametrize("command", ROWS)
def test_what_a_git_command_does(owner: Repo, command: str, longer: bool) -> None:
    old, new = LONGER if longer else SAME
    swap(owner.path / PATH, old, new)
    ROWS[command][longer](owner)
    for name in ("HEAD", "refs/stash"):
        committed = owner("log", "-p", "--format=", name, "--") if name in known(owner) else ""
        assert "one]" not in committed and "paused: null" not in committed
    ok(owner, "sync")
    kept = "- one" in live(owner) or "[one]" in live(owner) or "paused: null" in live(owner)
    assert kept or ROWS[command][2] is LOST
    assert is_clean(owner)
    assert not spooled(owner)


def known(site: Repo) -> list[str]:
    return ["HEAD", *site("for-each-ref", "--format=%(refname)").splitlines()]


def test_the_table_of_the_page_has_these_commands() -> None:
    table = DOCS.read_text().partition("| git command |")[2].partition("\n\n")[0]
    said = re.findall(r"^\| `git ([^`]+)`", table, re.M)
    assert said == list(ROWS)


# -- what may go wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize("size", [10, 60, 120, 200, 400])
def test_a_filter_that_is_killed_loses_nothing(owner: Repo, size: int) -> None:
    swap(owner.path / PATH, *LONGER)
    command = f"{sys.executable} -S {cut.__file__} {size} {filter_command()}"
    before = live(owner)
    subprocess.run(
        ["git", "-c", f"{FILTER_PROCESS}={command}", "stash"], cwd=owner.path, capture_output=True
    )
    assert live(owner) == before or spooled(owner)
    ok(owner, "sync")
    assert "one" in live(owner)
    assert is_clean(owner)


def test_on_a_full_disk_nothing_is_taken_away(owner: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """The filter of this test cannot write the spool: its folder is a file."""
    for name in owner("ls-files").split():  # else git asks about files as young as the index
        os.utime(owner.path / name, (1, 1))
    owner("update-index", "-q", "--refresh")
    place = owner.path / ".git" / "seedgit" / spool_module.FOLDER
    place.write_text("")
    swap(owner.path / PATH, *SAME)
    said = subprocess.run(
        ["git", "checkout", "other"], cwd=owner.path, capture_output=True, text=True
    )
    assert said.returncode == 128 and "clean filter 'seedgit' failed" in said.stderr
    assert f"{PATH}: " in said.stderr and "git stops here" in said.stderr
    assert "paused: null" in live(owner)
    tree = owner("rev-parse", "HEAD^{tree}")
    refused(owner, "commit", "--quiet", "--no-verify", "-am", "it would have the site's values")
    assert (owner("rev-parse", "HEAD^{tree}"), owner("write-tree")) == (tree, tree)
    place.unlink()
    ok(owner, "sync")
    assert is_clean(owner) and "paused: null" in live(owner)


def test_two_git_commands_at_once(owner: Repo) -> None:
    swap(owner.path / PATH, *SAME)
    started = [
        subprocess.Popen(
            ["git", "diff"], cwd=owner.path, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(4)
    ]
    said = [process.communicate() for process in started]
    assert all(process.returncode == 0 for process in started), said
    assert all(out == b"" for out, _ in said)
    ok(owner, "sync")
    assert not spooled(owner) and is_clean(owner)
    assert "paused: null" in live(owner)


def test_two_worktrees_share_what_is_in_the_spool(owner: Repo) -> None:
    swap(owner.path / PATH, *SAME)
    owner("diff")
    assert len(spooled(owner)) == 1
    place = owner.path.parent / "second"
    owner("worktree", "add", "--quiet", str(place), "other")
    second = Repo(place)
    assert "paused: null" in live(second)
    ok(second, "sync")
    assert not spooled(owner) and is_clean(second)
    ok(owner, "sync")
    assert "paused: null" in live(owner) and is_clean(owner)


def test_a_filter_ends_with_git(owner: Repo) -> None:
    process = subprocess.Popen(
        filter_command(), shell=True, cwd=owner.path, stdin=subprocess.PIPE, stderr=subprocess.PIPE
    )
    _, said = process.communicate(b"0015git-filter-cli")
    assert process.returncode not in (0, -signal.SIGKILL)
    assert said.decode().count("\n") == 1 and "the filter stopped" in said.decode()


@pytest.mark.parametrize("missing", [("/nowhere/python",), (sys.executable, "/nowhere/filter.py")])
def test_once_seedgit_is_gone_git_says_so_and_stages_no_live_file(
    owner: Repo, missing: tuple[str, ...]
) -> None:
    owner("config", FILTER_PROCESS, filter_line(*missing))
    swap(owner.path / PATH, *LONGER)
    done = subprocess.run(
        ["git", "add", PATH], cwd=owner.path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 128
    line = next(each for each in done.stderr.splitlines() if each.startswith("seedgit: "))
    assert " cannot be run, and files are live in place." in line
    assert "Once seedgit is installed again: seedgit doctor --fix." in line
    assert seedgit(owner, "doctor", "--fix").status == 0
    assert owner("config", FILTER_PROCESS) == filter_line()
    owner("add", PATH)
    owner("config", FILTER_PROCESS, filter_line(*missing))
    swap(owner.path / PATH, "timeout: 30", "timeout: 31")
    command = line.rpartition(": ")[2]
    assert command.startswith("git config --remove-section ")
    subprocess.run(["sh", "-c", command], cwd=owner.path, check=True)
    owner("add", PATH)


def test_what_is_noted_stays_short_where_no_hook_runs_a_sync(owner: Repo) -> None:
    """git notes a content with each checkout. Only its last ones say anything."""
    ok(owner, "sync")
    owner("config", "core.hooksPath", "/nonexistent")
    [notes] = (owner.path / ".git" / "seedgit" / "live").glob("*/notes")
    last = notes.read_bytes().splitlines()[-1]
    with notes.open("ab") as file:
        file.write(b"\n".join([last] * 1000) + b"\n")
    os.utime(owner.path / PATH)
    owner("checkout", "--quiet", "--force", "HEAD", "--", PATH)
    assert len(notes.read_bytes().splitlines()) < 20
    assert owner("status", "--porcelain") == ""

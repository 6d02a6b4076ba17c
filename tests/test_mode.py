"""off is git to the byte; dry-run computes beside it, writes nothing, and can harm nothing."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedgit import merge_driver
from seedgit.journal import Journal
from seedgit.journal_file import FILE
from seedgit.limits import Limit
from tests.conftest import DIGITS, Repo
from tests.site import FLOW, PATH, data, package, seedgit, site_of

pytestmark = pytest.mark.real_start

STYLES = ("merge", "diff3", "zdiff3")
CHANGES = {
    "far": (("small", "large"), ("limit: 5", "limit: 6")),
    "adjacent": (("30", "45"), ("small", "large")),
    "same": (("30", "45"), ("30", "60")),
    "owned": (("50", "1"), ("50", "80")),
}


def diverge(upstream: Repo, site: Repo, change: str) -> None:
    ours, theirs = CHANGES[change]
    site.commit({PATH: FLOW.replace(*ours)}, "ours")
    upstream.commit({PATH: FLOW.replace(*theirs)}, "theirs (with brackets)")
    site("fetch", "--quiet")


def outcome(repo: Repo, command: tuple[str, ...], env: dict[str, str]) -> tuple[Any, ...]:
    """Everything a merge leaves behind: status, index, files, trees, messages."""
    done = subprocess.run(
        ["git", *command],
        cwd=repo.path,
        capture_output=True,
        env={**os.environ, **env},
        check=False,
    )
    files = {
        str(p.relative_to(repo.path)): p.read_bytes()
        for p in sorted(repo.path.rglob("*"))
        if p.is_file() and ".git" not in p.parts
    }
    tree = repo("rev-parse", "HEAD^{tree}")
    return done.returncode, repo("ls-files", "--stage"), files, tree, done.stdout


@pytest.mark.parametrize("how", ["switched", "environment"])
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("command", [("merge", "origin/main"), ("rebase", "origin/main")])
def test_off_is_git_without_seedgit(
    upstream: Repo, site: Repo, how: str, style: str, change: str, command: tuple[str, ...]
) -> None:
    diverge(upstream, site, change)
    plain = Repo(site.path.parent / "plain")
    site("clone", "--quiet", str(site.path), str(plain.path))
    plain("remote", "set-url", "origin", str(upstream.path))
    plain("fetch", "--quiet")
    env = {}
    if how == "switched":
        assert seedgit(site, "mode", "off").status == 0
    else:
        env["SEEDGIT_MODE"] = "off"
    words = ("-c", f"merge.conflictStyle={style}", *command)
    assert outcome(site, words, env) == outcome(plain, words, {})


@pytest.mark.parametrize("change", CHANGES)
def test_dry_run_leaves_gits_result_and_records_both(
    upstream: Repo, site: Repo, change: str
) -> None:
    diverge(upstream, site, change)
    plain = site.clone("plain")
    plain("remote", "set-url", "origin", str(upstream.path))
    plain("fetch", "--quiet")
    seedgit(site, "mode", "dry-run")
    words = ("merge", "origin/main")
    assert outcome(site, words, {}) == outcome(plain, words, {})
    (row,) = Journal(site.path / ".git").rows(entry="merge-driver")
    wanted = {
        "far": "agree",
        "adjacent": "seedgit-only",
        "same": "neither",
        "owned": "seedgit-only",
    }
    assert row["verdict"] == wanted[change]
    assert row["mode"] == "dry-run"
    assert row["ours"] == site("rev-parse", "ORIG_HEAD:" + PATH)
    assert row["theirs"] == site("rev-parse", "origin/main:" + PATH)
    assert row["base"] == site("rev-parse", upstream("rev-parse", "main~1") + ":" + PATH)
    assert row["decisions"]
    assert row["ms"] > 0


@given(
    lines=st.lists(st.sampled_from(["a: 1", "b: 2", "- x", "c:", "  d: 3", "e: [1]"]), max_size=4)
)
@settings(max_examples=6)
def test_off_is_git_whatever_the_documents_hold(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    place = tmp_path_factory.mktemp("law")
    repo = Repo(place / "package")
    repo.path.mkdir()
    repo("init", "--quiet")
    package(repo)
    site = repo.clone("site")
    plain = repo.clone("plain")
    assert seedgit(site, "init").status == 0
    assert seedgit(site, "mode", "off").status == 0
    text = "\n".join(lines) + "\n"
    repo.commit({PATH: FLOW + text}, "theirs")
    for clone in (site, plain):
        clone.commit({PATH: FLOW.replace("30", "31") + text.upper()}, "ours")
        clone("fetch", "--quiet")
    words = ("merge", "origin/main")
    assert outcome(site, words, {}) == outcome(plain, words, {})


@pytest.mark.parametrize("how", ["killed", "broken", "corrupt", "locked", "unwritable"])
def test_dry_run_cannot_harm_a_merge(upstream: Repo, site: Repo, tmp_path: Path, how: str) -> None:
    diverge(upstream, site, "same")
    seedgit(site, "mode", "dry-run")
    place = site.path / ".git" / FILE
    connection = None
    if how in ("killed", "broken"):
        program = (
            "import os; os.kill(os.getpid(), 9)" if how == "killed" else "raise SystemExit(99)"
        )
        (tmp_path / "driver.py").write_text(program)
        command = site("config", "merge.seedgit.driver")
        changed = command.replace(merge_driver.__file__, str(tmp_path / "driver.py"))
        site("config", "merge.seedgit.driver", changed)
    elif how == "corrupt":
        for beside in place.parent.iterdir():
            beside.unlink()
        place.write_bytes(b"no database at all, but long enough to be looked at" * 50)
    elif how == "locked":
        connection = sqlite3.connect(place, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
    else:
        for beside in place.parent.iterdir():
            beside.unlink()
        place.parent.rmdir()
        place.parent.write_text("a file where the directory should be")
    site("merge", "origin/main", ok=False)
    assert b"<<<<<<< HEAD\ntimeout: 45\n=======\ntimeout: 60\n>>>>>>> " in site.read(PATH)
    assert site("ls-files", "--others") == ""
    if connection:
        connection.close()


def test_dry_run_has_a_bound(upstream: Repo, site: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    with pytest.raises(TimeoutError), Limit(0.05):
        time.sleep(5)
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


def snapshot(repo: Repo) -> dict[str, bytes]:
    """Every file of the clone but the journal and what reading it touches."""
    return {
        str(p): p.read_bytes()
        for p in sorted(repo.path.rglob("*"))
        if p.is_file() and p.parent.name != "seedgit"
    }


def test_in_dry_run_no_command_writes(upstream: Repo, site: Repo) -> None:
    seedgit(site, "set", PATH, "/paused", "true")
    edited = FLOW.replace("limit: 5", "limit: 7")
    upstream.commit({PATH: FLOW.replace("name: wiki", "name: Wiki")}, "theirs")
    site("pull", "--quiet")
    site("config", "user.name", "Sam Site")
    site.write({PATH: site.read(PATH).decode().replace("limit: 5", "limit: 7")})
    seedgit(site, "mode", "dry-run")
    before = snapshot(site)
    there = upstream("for-each-ref")
    commands = (
        ("set", PATH, "/limit", "9"),
        ("unset", PATH, "/paused"),
        ("capture", PATH),
        ("rebase",),
        ("undo",),
        ("push",),
        ("pull",),
        ("init",),
        ("init", "--undo"),
    )
    for words in commands:
        said = seedgit(site, *words)
        assert said.status == 0, (words, said)
        assert snapshot(site) == before, words
        assert upstream("for-each-ref") == there
        (row,) = Journal(site.path / ".git").rows(limit=1)
        assert row["entry"] == words[0]
        assert row["mode"] == "dry-run"
        if words[0] not in ("pull",) and words != ("init",):
            assert "dry-run: nothing was written" in said.err, words
            assert any(row["intended"].values()), words
    (row,) = Journal(site.path / ".git").rows(entry="set", limit=1)
    (write,) = row["intended"]["refs"]
    assert write["ref"] == "refs/seedgit/overlays/local"
    assert write["old"] == site("rev-parse", "refs/seedgit/overlays/local")
    assert len(write["new"]) == DIGITS
    assert edited


def test_in_dry_run_a_conflict_is_not_resolved(upstream: Repo, site: Repo) -> None:
    diverge(upstream, site, "same")
    site("merge", "origin/main", ok=False)
    before = snapshot(site)
    said = seedgit(
        site, "conflicts", PATH, "--take", "all=ours", "--add", env={"SEEDGIT_MODE": "dry-run"}
    )
    assert "dry-run: nothing was written" in said.err
    assert snapshot(site) == before


def test_mode_shows_where_it_comes_from(site: Repo) -> None:
    assert data(site, "mode")["mode"] == "live"
    said = seedgit(site, "mode", "dry-run")
    assert "mode dry-run" in said.out
    assert data(site, "status")["mode"]["value"] == "dry-run"
    assert "mode dry-run" in seedgit(site, "status").out
    said = seedgit(site, "mode", env={"SEEDGIT_MODE": "off"})
    assert "mode off (SEEDGIT_MODE)" in said.out
    assert "warning: seedgit.mode is dry-run" in said.err


def test_mode_live_is_refused_where_the_agreement_is_poor(site: Repo) -> None:
    seedgit(site, "mode", "dry-run")
    kept = Journal(site.path / ".git")
    for verdict in ("agree", "diverge"):
        kept.add("merge-driver", "done", path=PATH, verdict=verdict)
    said = seedgit(site, "mode", "live")
    assert said.status == 5
    assert "agreement 50.0%" in said.err
    assert data(site, "mode")["mode"] == "dry-run"
    assert seedgit(site, "mode", "live", "--force").status == 0
    assert data(site, "mode")["mode"] == "live"


def test_live_needs_a_record_unless_it_is_live_already(upstream: Repo, site: Repo) -> None:
    assert seedgit(site, "mode", "live").status == 0  # by default it is
    seedgit(site, "mode", "dry-run")
    said = seedgit(site, "mode", "live")
    assert said.status == 5
    assert "seedgit mode live --force" in said.err
    assert site("config", "seedgit.mode") == "dry-run"
    diverge(upstream, site, "far")
    site("merge", "--quiet", "origin/main")
    assert seedgit(site, "mode", "live").status == 0
    assert site("config", "seedgit.mode") == "live"


def test_a_worktree_of_its_own_mode(site: Repo) -> None:
    for worktree in (site, site.worktree("two", "-b", "two")):
        said = seedgit(worktree, "mode", "off", "--worktree")
        assert said.status == 4
        assert "git keeps one configuration for all worktrees" in said.err
        assert site("config", "--get-all", "seedgit.mode", ok=False) == ""
    hint = said.err.partition("hint: ")[2].partition(" lets")[0]
    worktree(*hint.split()[1:])
    assert seedgit(worktree, "mode", "off", "--worktree").status == 0
    assert worktree("config", "--show-scope", "seedgit.mode") == "worktree\toff"
    assert "config.worktree" in worktree("config", "--show-origin", "seedgit.mode")
    assert site("config", "--get-all", "seedgit.mode", ok=False) == ""
    assert data(site, "mode")["mode"] == "live"
    assert data(worktree, "mode")["mode"] == "off"
    site("config", "seedgit.mode", "live")
    said = seedgit(worktree, "status")
    assert said.err == ""  # that it has one of its own is nothing to warn of


def test_a_worktree_that_git_has_to_be_prepared_for(site: Repo) -> None:
    site("config", "core.worktree", str(site.path))
    said = seedgit(site, "mode", "off", "--worktree")
    assert "move core.worktree as `git help worktree` says" in said.err


def test_off_and_on_again(upstream: Repo, site: Repo) -> None:
    diverge(upstream, site, "adjacent")
    seedgit(site, "mode", "off")
    assert site("config", "--get-regexp", "^merge[.]seedgit", ok=False) == ""
    assert "left" in seedgit(site, "init").out
    assert "nothing is on record yet" in seedgit(site, "mode", "live").err
    assert data(site, "mode")["mode"] == "off"
    assert seedgit(site, "mode", "live", "--force").status == 0
    site("merge", "origin/main")
    assert b"timeout: 45\nmodel: large" in site.read(PATH)


def test_a_hook_passes_everything_when_off_and_says_so_in_dry_run(upstream: Repo) -> None:
    site = site_of(upstream, hooks=True)
    site.write({PATH: FLOW.replace("30", "31")})
    site("add", PATH)
    site("commit", "-m", "x", ok=False)
    seedgit(site, "mode", "dry-run")
    assert seedgit(site, "hook", "pre-commit").status == 0
    assert "would be refused" in seedgit(site, "hook", "pre-commit").out
    seedgit(site, "mode", "off")
    said = seedgit(site, "-v", "hook", "pre-commit")
    assert (said.status, said.out) == (0, "")
    assert "skip: mode-off" in said.err
    site("commit", "--quiet", "-m", "x")


def test_shadow_keeps_gits_verdict_in_live(upstream: Repo, site: Repo) -> None:
    site("config", "seedgit.shadow", "true")
    diverge(upstream, site, "adjacent")
    site("merge", "origin/main")
    (row,) = Journal(site.path / ".git").rows(entry="merge-driver")
    assert row["verdict"] == "seedgit-only"
    assert row["seedgit_result"] == site("rev-parse", "HEAD:" + PATH)


def test_the_journal_is_json_for_machines(site: Repo) -> None:
    seedgit(site, "set", PATH, "/paused", "true")
    lines = seedgit(site, "journal", "export").out.splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["entry"] for row in rows][-1] == "set"

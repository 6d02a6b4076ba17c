"""seedgit is gone: its environment was moved, its package removed, Python upgraded. git goes on."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedgit.mode import KEY, MODES, VARIABLE, resolve_mode
from seedgit.operations.install import unstarted
from seedgit.operations.install.hook_scripts import HOOKS
from tests.conftest import Repo
from tests.lost import WAYS, Environment
from tests.site import FLOW, PATH, Said, seedgit, site_of
from tests.test_mode import CHANGES, STYLES, diverge, outcome

pytestmark = pytest.mark.real_start

EDIT = {PATH: FLOW.replace("30", "45")}


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return Environment(tmp_path / "it's $(here)")


@pytest.fixture
def site(upstream: Repo, environment: Environment) -> Repo:
    site = site_of(upstream)
    environment.install(site)
    return site


def git(repo: Repo, *words: str, **env: str) -> Said:
    done = subprocess.run(
        ["git", *words],
        cwd=repo.path,
        capture_output=True,
        text=True,
        env={**os.environ, **env},
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def stage(repo: Repo, files: dict[str, str] | None = None) -> None:
    repo.write(files or EDIT)
    repo("add", "--all")


def ways_on(said: Said) -> list[str]:
    """What a refusal gives to be pasted."""
    return re.findall(r"^  ((?:seedgit|git|\().*?)(?:  |$)", said.err, re.M)


# -- hooks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", WAYS)
def test_live_refuses_and_names_three_ways_on(
    site: Repo, environment: Environment, how: str
) -> None:
    environment.lose(how)
    stage(site)
    said = git(site, "commit", "-m", "edit")
    assert said.status == 1
    lines = said.err.splitlines()
    if how == "libraries":
        assert lines.pop(0) == "seedgit: cannot start: No module named 'pygit2'"
        assert lines.pop(0).startswith("hint: install seedgit anew")
    assert lines[0].startswith("seedgit: the pre-commit hook checked nothing: ")
    assert str(environment.place) in lines[0] and lines[0].endswith("What to do:")
    assert [way.split()[:2] for way in ways_on(said)] == [
        ["seedgit", "doctor"],
        ["git", "commit"],
        ["git", "config"],
    ]
    assert site("log", "-1", "--format=%s") == "v1"


@pytest.mark.parametrize("how", WAYS)
@pytest.mark.parametrize("where", ["configuration", "environment", "command", "user"])
def test_off_and_dry_run_stop_nothing(
    site: Repo, environment: Environment, how: str, where: str
) -> None:
    environment.lose(how)
    for n, mode in enumerate(("dry-run", "off")):
        env, words = {}, []
        if where == "environment":
            env = {VARIABLE: mode}
        elif where == "command":
            words = ["-c", f"{KEY}={mode}"]
        else:
            site("config", "--global" if where == "user" else "--local", KEY, mode)
        stage(site, {PATH: FLOW.replace("30", str(n))})
        said = git(site, *words, "commit", "--quiet", "-m", mode, **env)
        assert said.status == 0
        told = [line for line in said.err.splitlines() if "pre-commit hook" in line]
        assert len(told) == (mode == "dry-run")
        assert all("the commit goes on" in line for line in told)
        if mode == "off" and how != "libraries":
            assert said.err == ""


def test_each_hook_says_it_in_one_line(site: Repo, environment: Environment) -> None:
    """Whatever git runs, in every mode: hooks that only spare time never stop it."""
    environment.lose("moved")
    run = {"commit-msg": "message", "post-rewrite": "rebase"}
    for name in HOOKS:
        place = site.path / ".git/hooks" / name
        for mode in MODES:
            words = [place, *([run[name]] if name in run else [])]
            env = {**os.environ, VARIABLE: mode, "SEEDGIT_ALLOW": "why"}
            done = subprocess.run(words, cwd=site.path, env=env, capture_output=True, text=True)
            refuses = mode == "live" and not name.startswith("post")
            assert done.returncode == refuses, (name, mode, done.stderr)
            lines = done.stderr.splitlines()
            assert len(lines) == (0 if mode == "off" else 5 if refuses else 1), (name, mode)
            assert done.stdout == ""


def test_a_merge_and_a_rebase_that_hooks_follow(
    upstream: Repo, site: Repo, environment: Environment
) -> None:
    upstream.commit({"README": "x\n"}, "v2")
    site("fetch", "--quiet")
    environment.lose("moved")
    said = git(site, "merge", "--ff-only", "origin/main")
    assert said.status == 0
    assert said.err.count("seedgit: the post-merge hook did nothing: ") == 1
    said = git(site, "commit", "--amend", "--no-verify", "-m", "x")
    assert said.status == 0
    assert said.err.count("seedgit: the post-rewrite hook did nothing: ") == 1


def test_a_merge_that_is_refused_can_be_committed(
    upstream: Repo, site: Repo, environment: Environment
) -> None:
    diverge_far(upstream, site)
    environment.lose("moved")
    said = git(site, "merge", "origin/main")
    assert said.status == 1
    assert "the pre-merge-commit hook checked nothing" in said.err
    paste(site, ways_on(said)[1], "-m", "merged")
    assert site("log", "-1", "--format=%s") == "merged"


def test_the_reason_of_an_allowed_change_is_not_lost(site: Repo, environment: Environment) -> None:
    environment.lose("moved")
    (site.path / ".git/hooks/pre-commit").unlink()  # as where another program runs that
    stage(site)
    said = git(site, "commit", "-m", "x", SEEDGIT_ALLOW="why")
    assert said.status == 1
    assert "the commit-msg hook checked nothing" in said.err
    assert git(site, "commit", "-m", "x").status == 0


def test_as_long_as_seedgit_runs_the_shell_starts_nothing_else(
    site: Repo, environment: Environment
) -> None:
    environment.python.unlink()
    environment.python.write_text('#!/bin/sh\necho "$@" >>"$0.log"\nexit 0\n')
    environment.python.chmod(0o755)
    (site.path / ".git/seedgit/live").mkdir(parents=True)  # a live tree, for post-checkout
    for name in HOOKS:
        place = site.path / ".git/hooks" / name
        env = {"PATH": "/nonexistent", "SEEDGIT_ALLOW": "why"}
        subprocess.run([place, "x"], cwd=site.path, env=env, check=True)
    log = environment.python.with_name("python.log").read_text().splitlines()
    assert log == [f"-I {environment.program} hook {name} x" for name in HOOKS]


def test_seedgits_own_refusal_and_errors_are_not_mistaken(site: Repo) -> None:
    stage(site)
    said = git(site, "commit", "-m", "x")
    assert said.status == 1
    assert "hook checked nothing" not in said.err
    site.write({".seedgit.yaml": "version: 9\n"})
    said = git(site, "commit", "-m", "x")
    assert said.status == 1
    assert "hook checked nothing" not in said.err and "error: " in said.err
    site("config", KEY, "dry-run")
    said = git(site, "commit", "-m", "x")
    assert said.status == 0
    assert "the pre-commit hook failed: .seedgit.yaml" in said.err


# -- the three ways on -----------------------------------------------------------------------------


def paste(repo: Repo, line: str, *more: str) -> None:
    done = subprocess.run(
        ["sh", "-c", f'{line} "$@"' if more else line, "sh", *more],
        cwd=repo.path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr


def refusal(site: Repo, environment: Environment) -> list[str]:
    environment.lose("moved")
    stage(site)
    return ways_on(git(site, "commit", "-m", "edit"))


def test_doctor_mends_it_once_it_is_installed_again(site: Repo, environment: Environment) -> None:
    assert refusal(site, environment)[0] == "seedgit doctor --fix"
    said = seedgit(site, "doctor").out
    assert "what it is: seedgit: the pre-commit hook checked nothing: " in said
    assert seedgit(site, "doctor", "--fix").status == 0
    said = git(site, "commit", "-m", "edit")
    assert "/timeout: 30 -> 45" in said.out + said.err


def test_git_commits_unchecked(site: Repo, environment: Environment) -> None:
    paste(site, refusal(site, environment)[1], "-m", "edit")
    assert site("log", "-1", "--format=%s") == "edit"


def test_seedgit_is_taken_out_without_it(
    upstream: Repo, site: Repo, environment: Environment
) -> None:
    mine = "#!/bin/sh\n# mine\nexit 0\n"
    site.hook("post-merge", "# mine\nexit 0")
    site.hook("pre-push", "# mine\nexit 0")
    hooks = site.path / ".git/hooks"
    command = refusal(site, environment)[2]
    paste(Repo(site.path / "flows"), command)  # from any directory
    assert sorted(place.name for place in hooks.iterdir()) == ["post-merge", "pre-push"]
    assert {place.read_text() for place in hooks.iterdir()} == {mine}
    assert git(site, "commit", "-m", "edit").err == ""
    upstream.commit({PATH: FLOW.replace("30", "60")}, "theirs")
    said = git(site, "pull", "--quiet", "--no-rebase")
    assert "seedgit" not in said.err
    assert b"\n=======\n" in site.read(PATH)


# -- the driver ------------------------------------------------------------------------------------


def diverge_far(upstream: Repo, site: Repo) -> None:
    site("config", KEY, "off")
    diverge(upstream, site, "far")
    site("config", "--unset", KEY)


def plain_copy(upstream: Repo, site: Repo) -> Repo:
    plain = site.clone("plain")
    plain("remote", "set-url", "origin", str(upstream.path))
    plain("fetch", "--quiet")
    return plain


@pytest.mark.parametrize("how", ["moved", "broken"])
@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("change", CHANGES)
def test_a_merge_ends_as_gits_in_every_mode(
    upstream: Repo, site: Repo, environment: Environment, how: str, style: str, change: str
) -> None:
    for name in HOOKS:
        (site.path / ".git/hooks" / name).unlink()
    diverge(upstream, site, change)
    plain = plain_copy(upstream, site)
    environment.lose(how)
    words = ("-c", f"merge.conflictStyle={style}", "merge", "origin/main")
    wanted = outcome(plain, words, {})
    for mode in MODES:
        site("config", KEY, mode)
        said = git(site, *words)
        told = [line for line in said.err.splitlines() if line.startswith("seedgit: ")]
        assert len(told) == (mode != "off"), said.err
        if told:
            assert told[0].startswith(f"seedgit: {PATH}: merged by git alone, by lines: ")
            assert told[0].endswith("seedgit doctor --fix")
        assert said.out == wanted[-1].decode()
        site("merge", "--abort") if said.status else site("reset", "--quiet", "--hard", "ORIG_HEAD")
        assert outcome(site, words, {}) == wanted
        site("merge", "--abort") if said.status else site("reset", "--quiet", "--hard", "ORIG_HEAD")
    assert site("status", "--short", "--ignored") == ""


def test_a_name_that_a_terminal_would_obey(upstream: Repo, environment: Environment) -> None:
    name = "flows/a\x1b[2J\n::error::é'$(touch pwned).yaml"
    upstream.commit({name: FLOW}, "more")
    site = site_of(upstream)
    environment.install(site)
    environment.lose("package")
    site("config", KEY, "dry-run")
    site.commit({name: FLOW.replace("30", "45")}, "ours")
    upstream.commit({name: FLOW.replace("small", "large")}, "theirs")
    site("fetch", "--quiet")
    site("config", KEY, "live")
    said = git(site, "merge", "origin/main")
    line = next(line for line in said.err.splitlines() if "merged by git alone" in line)
    assert line.isprintable() and line.startswith("seedgit: flows/a?[2J?::error::??'$(touch pwned)")
    assert not list(site.path.rglob("pwned*"))


# -- off takes them out ----------------------------------------------------------------------------


def listed(directory: Path) -> dict[str, bytes]:
    files = (place for place in directory.iterdir() if place.suffix != ".sample")
    return {place.name: place.read_bytes() for place in files}


def test_off_leaves_the_hooks_as_they_were_before(upstream: Repo) -> None:
    site = upstream.clone("site")
    hooks = site.path / ".git/hooks"
    site.hook("pre-commit", "exit 0 # mine")
    site.hook("post-merge", "seedgit hook post-merge || : # mine too")
    before = listed(hooks)
    assert seedgit(site, "init").status == 0
    live = listed(hooks)
    assert live.keys() >= before.keys() and live != before
    assert seedgit(site, "mode", "off").status == 0
    assert listed(hooks) == before
    assert seedgit(site, "init").status == 0
    assert listed(hooks) == before
    assert seedgit(site, "mode", "dry-run").status == 0
    assert listed(hooks) == live
    assert seedgit(site, "mode", "off").status == 0
    assert seedgit(site, "mode", "live", "--force").status == 0
    assert listed(hooks) == live


def test_off_elsewhere(upstream: Repo, tmp_path: Path) -> None:
    site = upstream.clone("site")
    own, shared = site.path / ".husky", tmp_path / "shared"
    for directory in (own, shared):
        directory.mkdir()
        site("config", "core.hooksPath", str(directory))
        assert seedgit(site, "init", "--hooks").status == 0
        assert sorted(listed(directory)) == sorted(HOOKS)
        said = seedgit(site, "mode", "off")
        if directory == own:
            assert listed(own) == {}
        else:  # other repositories run them
            assert sorted(listed(shared)) == sorted(HOOKS)
            assert "they do nothing here" in said.out
        assert seedgit(site, "mode", "live", "--force").status == 0
        assert sorted(listed(directory)) == sorted(HOOKS)


def test_hooks_that_the_framework_found_go_and_come_back_too(upstream: Repo) -> None:
    site = site_of(upstream, hooks=True)
    hooks = site.path / ".git/hooks"
    (hooks / "pre-commit").rename(hooks / "pre-commit.legacy")
    site.hook("pre-commit", "exec python -m pre_commit hook-impl")
    framework = {"pre-commit": (hooks / "pre-commit").read_bytes()}
    live = listed(hooks)
    assert seedgit(site, "init").status == 0
    assert listed(hooks) == live
    assert seedgit(site, "mode", "off").status == 0
    assert listed(hooks) == framework
    assert seedgit(site, "mode", "live", "--force").status == 0
    assert listed(hooks) == live


class TestWorktrees:
    @pytest.fixture
    def two(self, site: Repo) -> Repo:
        """A second worktree; each has a configuration of its own."""
        site("config", "extensions.worktreeConfig", "true")
        return site.worktree("two", "-b", "two")

    def test_off_in_one_and_live_in_another(
        self, site: Repo, two: Repo, environment: Environment
    ) -> None:
        assert seedgit(two, "mode", "off", "--worktree").status == 0
        assert "hooks" in [p.name for p in (site.path / ".git").iterdir()]
        for gone in (False, True):
            if gone:
                environment.lose("moved")
            stage(two, {PATH: FLOW.replace("30", f"4{gone:d}")})
            said = git(two, "commit", "--quiet", "-m", "x")
            assert said == (0, "", ""), gone
            stage(site)
            assert git(site, "commit", "-m", "x").status == 1

    def test_off_for_all_but_one(self, site: Repo, two: Repo, environment: Environment) -> None:
        assert seedgit(two, "mode", "live", "--worktree").status == 0
        said = seedgit(site, "mode", "off")
        assert "two/config.worktree; where it is off they do nothing" in said.out
        assert sorted(listed(site.path / ".git/hooks")) == sorted(HOOKS)
        assert seedgit(two, "mode", "off", "--worktree").status == 0
        assert listed(site.path / ".git/hooks") == {}
        assert site("config", "merge.seedgit.driver", ok=False) == ""
        assert seedgit(two, "mode", "dry-run", "--worktree").status == 0
        assert sorted(listed(site.path / ".git/hooks")) == sorted(HOOKS)
        assert git(site, "config", KEY).out == "off\n"
        assert seedgit(site, "init", "--undo").status == 0
        assert git(two, "config", KEY).out == ""


# -- which mode counts, without Python -------------------------------------------------------------

SETTINGS = st.lists(
    st.tuples(
        st.sampled_from(["--system", "--global", "--local", "--worktree"]),
        st.sampled_from([*MODES, "", "on", "live ", "LIVE"]),
    ),
    max_size=4,
)


def shell_mode(repo: Repo, script: str, words: Sequence[str], env: dict[str, str]) -> str:
    place = repo.path / "ask"
    place.write_text(f'#!/bin/sh\n{script}\nprintf %s "$mode"\n')
    place.chmod(0o755)
    return repo(*words, "-c", "alias.ask=!./ask", "ask", env=env)


@pytest.mark.parametrize("script", [unstarted.MODE, unstarted.MODE_ON_A_LINE])
@given(
    found=SETTINGS,
    variable=st.sampled_from(["", *MODES, "lively", "live\toff"]),
    command=st.sampled_from([None, *MODES]),
    installed=st.booleans(),
)
@settings(max_examples=25)
def test_the_shell_and_mode_py_agree(
    tmp_path_factory: pytest.TempPathFactory,
    script: str,
    found: list[tuple[str, str]],
    variable: str,
    command: str | None,
    installed: bool,
) -> None:
    place = tmp_path_factory.mktemp("mode")
    repo = Repo(place / "repo")
    repo.path.mkdir()
    repo("init", "--quiet")
    repo("config", "extensions.worktreeConfig", "true")
    if installed:
        repo("config", "merge.seedgit.driver", "x")
    env = {
        "GIT_CONFIG_GLOBAL": str(place / "global"),
        "GIT_CONFIG_SYSTEM": str(place / "system"),
        "GIT_CONFIG_NOSYSTEM": "",
        VARIABLE: variable,
    }
    for scope, value in found:
        repo("config", scope, "--add", KEY, value, env=env)
    words = ["-c", f"{KEY}={command}"] if command else []
    scopes = [(scope.removeprefix("--"), "x", value) for scope, value in found]
    scopes += [("command", "x", command)] if command else []
    wanted = resolve_mode(variable, scopes, installed=installed).value
    assert shell_mode(repo, script, words, env) == wanted

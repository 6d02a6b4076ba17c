"""Hooks that have nothing to do end in the shell; what they do is not the less for it.

Python is started here by a program that puts down each start, and git is asked to put down its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedgit.operations.check import check_staged
from seedgit.operations.install.hook_notes import MOST_PATTERNS, pathspecs
from seedgit.operations.install.hook_scripts import HOOKS, PROGRAM, hook_script
from seedgit.operations.workspace import Workspace
from tests.conftest import Repo
from tests.counting import command_of
from tests.operations.test_rules import OWN, give_rules
from tests.site import FLOW, PATH, RULES, Said, override, package, seedgit, site_of

OTHER = "flows/b.yaml"
CHANGED = FLOW.replace("timeout: 30", "timeout: 45")
OWNED = FLOW.replace("paused: false", "paused: true")
NO_REVIEW = RULES.replace("        on-seed-change: review\n", "")
NOTES = ".git/seedgit/seeds"


class Starts:
    """What a git command starts: Python by a hook, and git by anything."""

    def __init__(self, place: Path) -> None:
        self._python, self._git = place / "started", place / "trace"
        self.python = place / "python"
        self.python.write_text(
            f'#!/bin/sh\necho "$4" >>{self._python}\nexec {sys.executable} "$@"\n'
        )
        self.python.chmod(0o755)

    def install(self, repo: Repo, hooks: Path | None = None) -> None:
        for name in HOOKS:
            place = (hooks or repo.path / ".git/hooks") / name
            place.write_text(hook_script(name, str(self.python)))
            place.chmod(0o755)

    def of(self, action: Callable[[], object]) -> tuple[list[str], list[str]]:
        """(the hooks that started Python, the commands of git that hooks started)."""
        for log in (self._python, self._git):
            log.unlink(missing_ok=True)
        os.environ["GIT_TRACE2_EVENT"] = str(self._git)
        try:
            action()
        finally:
            del os.environ["GIT_TRACE2_EVENT"]
        events = map(json.loads, self._git.read_text().splitlines())
        # The session of a process begins with that of its parent; a hook is a child of git's.
        started = [(e["sid"], e["argv"]) for e in events if e["event"] == "start"]
        top = {sid for sid, _ in started if "/" not in sid}
        gits = [command_of(argv) for sid, argv in started if sid not in top]
        python = self._python.read_text().split() if self._python.exists() else []
        return python, [git for git in gits if git not in _GITS_OWN]


_GITS_OWN = ("maintenance", "stash", "notes", "rebase", "merge", "checkout", "commit")


@pytest.fixture
def starts(tmp_path: Path) -> Starts:
    return Starts(tmp_path)


@pytest.fixture
def site(upstream: Repo, starts: Starts) -> Repo:
    """A site that has its notes."""
    site = site_of(upstream)
    starts.install(site)
    site.commit({"README": "0\n"}, "site")
    return site


def readme(site: Repo, text: str = "1\n") -> None:
    site.write({"README": text})
    site("add", "--all")


def commit(site: Repo, *words: str, ok: bool = True, env: dict[str, str] | None = None) -> str:
    return site("commit", "--quiet", *(words or ("-m", "x")), ok=ok, env=env)


# -- what is started -------------------------------------------------------------------------------


@pytest.mark.usefixtures("both_hashes")
def test_a_commit_without_seeds(site: Repo, starts: Starts) -> None:
    readme(site)
    assert starts.of(lambda: commit(site)) == ([], ["diff-index"])
    override(site, "/paused", "true")
    readme(site, "2\n")
    assert starts.of(lambda: commit(site)) == ([], ["diff-index"])
    assert starts.of(lambda: commit(site, "--amend", "--no-edit"))[0] == ["post-rewrite"]
    readme(site, "3\n")
    asked = {"SEEDGIT_ALLOW": "why"}
    assert starts.of(lambda: commit(site, env=asked)) == ([], ["diff-index", "diff-index"])
    assert "Seed-Change" not in site("log", "-1", "--format=%B")


def test_a_commit_of_a_seed_that_only_the_site_has(site: Repo, starts: Starts) -> None:
    """The rules of any layer count, also of one that is none just now."""
    seedgit(site, "layer", "add", "night", "--when", "env=SHIFT")
    site.write({"own/a.yaml": "a: 1\n"})
    site("add", "--all")
    assert starts.of(lambda: commit(site))[0] == []
    give_rules(site, OWN, "--overlay", "night", env={"SHIFT": ""})
    site.write({"own/a.yaml": "a: 2\n"})
    site("add", "--all")
    assert starts.of(lambda: commit(site))[0] == ["pre-commit"]
    site.write({"own/a.yaml": "a: 3\n"})
    site("add", "--all")
    assert starts.of(lambda: commit(site))[0] == ["pre-commit"]
    readme(site)
    assert starts.of(lambda: commit(site))[0] == []


@pytest.mark.parametrize("text", [OWNED, FLOW + "# more\n"])
def test_a_commit_of_a_seed_starts_python_once(site: Repo, starts: Starts, text: str) -> None:
    site.write({PATH: text})
    site("add", "--all")
    python, gits = starts.of(lambda: commit(site))
    assert python == ["pre-commit"]
    asked = ["diff-index", "rev-parse", "config", "cat-file", "diff-index", "ls-files"]
    assert gits == [*asked, "rev-parse", "ls-tree"]
    assert site("log", "-1", "--format=%s") == "x"


def test_a_commit_of_a_seed_loads_no_library_but_the_parser(site: Repo) -> None:
    site.write({PATH: OWNED})
    site("add", "--all")
    words = [sys.executable, "-X", "importtime", "-I", PROGRAM, "hook", "pre-commit"]
    done = subprocess.run(words, cwd=site.path, capture_output=True, text=True, check=True)
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "yaml" in {name.partition(".")[0] for name in loaded}
    assert not loaded & {"pygit2", "ssl", "ruamel.yaml", "jsonpatch", "rich", "dataclasses"}
    assert not loaded & {f"seedgit.{name}" for name in ("operations.status", "merge.decide")}


@pytest.mark.usefixtures("both_hashes")
def test_a_seed_that_is_refused(site: Repo, starts: Starts) -> None:
    site.write({PATH: CHANGED})
    site("add", "--all")
    assert starts.of(lambda: commit(site, ok=False))[0] == ["pre-commit"]
    assert site("log", "-1", "--format=%s") == "site"


def diverged(upstream: Repo, site: Repo, theirs: dict[str, str]) -> None:
    upstream.commit(theirs, "theirs")
    site("fetch", "--quiet")


def merge(site: Repo, *words: str) -> None:
    site("merge", "--quiet", "--no-edit", *words, "origin/main")


def test_a_merge_without_seeds(upstream: Repo, site: Repo, starts: Starts) -> None:
    override(site, "/paused", "true")
    diverged(upstream, site, {"other": "1\n"})
    python, _ = starts.of(lambda: merge(site))
    assert python == ["post-merge"]  # there is no note yet that nothing waits
    diverged(upstream, site, {"other": "2\n"})
    wanted = ([], ["diff-index", "for-each-ref", "rev-list"])
    assert starts.of(lambda: merge(site)) == wanted
    override(site, "/paused", "false", "--until", "2999-01-01")
    for n in range(2):  # that may come to wait by itself
        diverged(upstream, site, {"other": f"until {n}\n"})
        assert starts.of(lambda: merge(site))[0] == ["post-merge"]


def test_a_merge_of_a_seed_that_only_upstream_changed(
    upstream: Repo, site: Repo, starts: Starts
) -> None:
    diverged(upstream, site, {PATH: CHANGED})
    python, gits = starts.of(lambda: merge(site))
    assert python == ["post-merge"]
    assert gits[:2] == ["diff-index", "diff-index"]
    assert site.read(PATH).decode() == CHANGED


def test_a_merge_of_a_seed_where_nothing_is_under_review(repo: Repo, starts: Starts) -> None:
    upstream = package(repo, {".seedgit.yaml": NO_REVIEW})
    site = site_of(upstream)
    starts.install(site)
    site.commit({"README": "0\n"}, "site")
    diverged(upstream, site, {PATH: CHANGED})
    assert starts.of(lambda: merge(site)) == ([], ["diff-index", "diff-index", "for-each-ref"])
    diverged(upstream, site, {PATH: FLOW})
    site("reset", "--quiet", "--hard", "origin/main~1")
    assert starts.of(lambda: merge(site)) == ([], ["for-each-ref"])  # fast-forward


@pytest.mark.usefixtures("both_hashes")
def test_a_merge_of_a_seed_that_both_changed(upstream: Repo, site: Repo, starts: Starts) -> None:
    site.commit({PATH: OWNED}, "ours")
    diverged(upstream, site, {PATH: CHANGED})
    python, _ = starts.of(lambda: merge(site))
    assert python == ["pre-merge-commit", "post-merge"]


@pytest.mark.usefixtures("both_hashes")
def test_what_a_merge_kept_under_review_is_told(upstream: Repo, site: Repo, starts: Starts) -> None:
    """The merge leaves the seed as it was here: only history has changed."""
    site.commit({PATH: FLOW.replace("max_items: 50", "max_items: 1")}, "ours")
    assert seedgit(site, "hook", "post-merge", "0").err == ""
    assert starts.of(lambda: run_hook(site, "post-merge"))[0] == []
    diverged(upstream, site, {PATH: FLOW.replace("max_items: 50", "max_items: 80")})
    said: list[str] = []
    done = starts.of(lambda: said.append(merged_says(site)))[0]
    assert done == ["post-merge"]
    assert "for you to decide: 1 moved under" in said[0]


def merged_says(site: Repo) -> str:
    words = ["git", "merge", "--no-edit", "origin/main"]
    done = subprocess.run(words, cwd=site.path, capture_output=True, text=True, check=True)
    return done.stderr


def test_a_rebase_without_seeds(upstream: Repo, site: Repo, starts: Starts) -> None:
    for n in range(5):
        site.commit({"README": f"{n}\n"}, f"site {n}")
    diverged(upstream, site, {"other": "1\n"})
    assert starts.of(lambda: site("rebase", "--quiet", "origin/main"))[0] == ["post-rewrite"]
    diverged(upstream, site, {"other": "2\n"})
    wanted = ([], ["for-each-ref", "rev-list"])
    assert starts.of(lambda: site("rebase", "--quiet", "origin/main")) == wanted
    diverged(upstream, site, {PATH: CHANGED})
    assert starts.of(lambda: site("rebase", "--quiet", "origin/main"))[0] == ["post-rewrite"]


def test_what_a_killed_driver_left_is_swept(upstream: Repo, site: Repo, starts: Starts) -> None:
    seedgit(site, "hook", "post-merge", "0")
    left = site.path / ".merge_file_x.seedgit-999999999-00"
    diverged(upstream, site, {"other": "1\n"})
    left.write_text("")
    assert starts.of(lambda: merge(site))[0] == ["post-merge"]
    assert not left.exists()


ALLOW = {"SEEDGIT_ALLOW": "  hotfix: 812 'x' "}


def trailers(site: Repo) -> str:
    return site("log", "-1", "--format=%(trailers:key=Seed-Change)").strip()


def test_an_allowed_change_starts_python_once(site: Repo, starts: Starts) -> None:
    site.write({PATH: CHANGED})
    python, gits = starts.of(lambda: commit(site, "-am", "x", env=ALLOW))
    assert python == ["pre-commit"]
    assert gits[-3:] == ["diff-index", "write-tree", "interpret-trailers"]
    assert trailers(site) == "Seed-Change: hotfix: 812 'x'"
    assert seedgit(site, "verify", "HEAD^!").status == 0
    # What the site owns is not refused, and needs no trailer.
    site.write({PATH: CHANGED.replace("paused: false", "paused: true"), "README": "more\n"})
    assert starts.of(lambda: commit(site, "-m", "x", PATH, env=ALLOW))[0] == ["pre-commit"]
    assert trailers(site) == ""


@pytest.mark.parametrize("what", ["run", "index", "reason", "mode", "cut", "rules"])
def test_a_note_of_another_run_is_not_believed(site: Repo, starts: Starts, what: str) -> None:
    site.write({PATH: CHANGED})
    site("add", "--all")
    env = {**ALLOW, "SEEDGIT_RUN_BY": str(os.getpid())}
    assert seedgit(site, "hook", "pre-commit", env=env).status == 0
    note, message = site.path / ".git/seedgit/allowed", site.path / "message"
    message.write_text("x\n")
    if what == "run":
        note.write_text(note.read_text().replace(str(os.getpid()), "1"))
    elif what == "index":
        site.write({PATH: CHANGED + "more: 1\n"})
        site("add", "--all")
    elif what == "reason":
        env["SEEDGIT_ALLOW"] = "another"
    elif what == "mode":
        env["SEEDGIT_MODE"] = "on"
    elif what == "cut":
        note.write_bytes(note.read_bytes()[:-2])
    else:
        rules_of_another_version(site)
    words = [str(site.path / ".git/hooks/commit-msg"), "message"]
    run = lambda: subprocess.run(words, cwd=site.path, env={**os.environ, **env}, check=True)  # noqa: E731
    assert starts.of(run)[0] == ["commit-msg"]
    wanted = {"reason": "Seed-Change: another", "mode": ""}.get(
        what, "Seed-Change: hotfix: 812 'x'"
    )
    assert message.read_text().partition("\n\n")[2].strip() == wanted


# -- when it is not certain ------------------------------------------------------------------------


def run_hook(site: Repo, name: str = "pre-commit", **how: object) -> Said:
    words = [str(site.path / ".git/hooks" / name), *(["rebase"] if name == "post-rewrite" else [])]
    env = {**os.environ, **how.pop("env", {})}  # type: ignore[dict-item]
    options = {"cwd": site.path, "env": env, **how}
    done = subprocess.run(words, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]
    return Said(done.returncode, done.stdout, done.stderr)


def rules_of_another_version(site: Repo) -> None:
    site.write({".seedgit.yaml": RULES + "# more\n"})


def a_link_as_rules(site: Repo) -> None:
    place = site.path / ".seedgit.yaml"
    place.rename(site.path / "rules.yaml")
    place.symlink_to("rules.yaml")


def no_rules(site: Repo) -> None:
    (site.path / ".seedgit.yaml").unlink()


def notes_cut(site: Repo) -> None:
    place = site.path / NOTES
    place.write_bytes(place.read_bytes()[:-5])


def notes_of_a_later_seedgit(site: Repo) -> None:
    place = site.path / NOTES
    place.write_text(place.read_text().replace("hook notes, ", "hook notes, 9"))


def notes_of_another_place(site: Repo) -> None:
    place = site.path / NOTES
    place.write_text(place.read_text().replace(str(site.path), str(site.path.parent)))


def notes_gone(site: Repo) -> None:
    (site.path / NOTES).unlink()


def copy_damaged(site: Repo) -> None:
    (copy,) = (site.path / ".git/seedgit").glob("rules-*")
    copy.write_bytes(copy.read_bytes()[:-1])


UNCERTAIN = [
    rules_of_another_version, a_link_as_rules, no_rules, notes_cut, notes_of_a_later_seedgit,
    notes_of_another_place, notes_gone, copy_damaged,
]  # fmt: skip


@pytest.mark.parametrize("name", ["pre-commit", "post-merge"])
@pytest.mark.parametrize("how", UNCERTAIN, ids=lambda how: how.__name__)
def test_in_doubt_python_is_asked(
    site: Repo, starts: Starts, how: Callable[[Repo], None], name: str
) -> None:
    run_hook(site, name)
    assert starts.of(lambda: run_hook(site, name))[0] == []
    how(site)
    assert starts.of(lambda: run_hook(site, name))[0] == [name]


def test_notes_are_mended(site: Repo, starts: Starts) -> None:
    place = site.path / NOTES
    before = place.read_bytes(), sorted(place.parent.glob("rules-*"))
    for how in (notes_cut, notes_of_a_later_seedgit, notes_of_another_place, notes_gone):
        how(site)
        run_hook(site)
        assert (place.read_bytes(), sorted(place.parent.glob("rules-*"))) == before
    copy_damaged(site)
    run_hook(site)
    assert before[1][0].read_text() == RULES
    site.write({".seedgit.yaml": RULES + "# more\n"})
    run_hook(site)
    (copy,) = place.parent.glob("rules-*")
    assert copy.read_text() == RULES + "# more\n"
    assert place.stat().st_mode & 0o777 == copy.stat().st_mode & 0o777 == 0o600


def test_a_clone_that_cannot_be_written(site: Repo, starts: Starts) -> None:
    notes_gone(site)
    place = site.path / NOTES
    place.mkdir()
    (place / "in the way").touch()
    for _ in range(2):
        assert starts.of(lambda: run_hook(site))[0] == ["pre-commit"]
        assert run_hook(site) == (0, "", "")
    site.write({PATH: CHANGED})
    site("add", "--all")
    assert run_hook(site).status == 1


def test_without_rules_nothing_is_a_seed(site: Repo, starts: Starts) -> None:
    no_rules(site)
    run_hook(site)
    assert starts.of(lambda: run_hook(site))[0] == []
    site("add", "--all")  # the rules themselves
    assert starts.of(lambda: run_hook(site))[0] == ["pre-commit"]
    commit(site)
    readme(site)
    assert starts.of(lambda: commit(site))[0] == []
    site.write({".seedgit.yaml": RULES, PATH: CHANGED})
    site("add", "--all")
    assert starts.of(lambda: commit(site, ok=False))[0] == ["pre-commit"]


@pytest.mark.parametrize(
    "env",
    [
        {"GIT_LITERAL_PATHSPECS": "1"},
        {"GIT_GLOB_PATHSPECS": "1"},
        {"GIT_NOGLOB_PATHSPECS": "1"},
        {"GIT_ICASE_PATHSPECS": "1"},
        {"GITHEAD_" + "0" * 40: "main"},
        {"OTHER": "GITHEAD_" + "0" * 40},
        {"GIT_DIR": "."},
        {"PATH": "/nonexistent"},
    ],
)
def test_whatever_the_environment_says(site: Repo, env: dict[str, str]) -> None:
    site.write({PATH: CHANGED})
    site("add", "--all")
    assert run_hook(site).status == 1
    assert run_hook(site, env=env).status != 0
    assert run_hook(site, "pre-merge-commit", env=env).status != 0


def test_a_mode_that_is_none_is_told(site: Repo, starts: Starts) -> None:
    readme(site)
    assert "SEEDGIT_MODE is 'on'" in run_hook(site, env={"SEEDGIT_MODE": "on"}).err
    assert starts.of(lambda: run_hook(site, env={"SEEDGIT_MODE": "off"}))[0] == []
    assert starts.of(lambda: run_hook(site, env={"SEEDGIT_MODE": "dry-run"}))[0] == []


@pytest.mark.parametrize("mode", ["off", "dry-run"])
def test_only_in_live_there_are_notes(site: Repo, mode: str) -> None:
    notes_gone(site)
    before = sorted((site.path / ".git/seedgit").iterdir())
    for name in HOOKS:
        run_hook(site, name, env={"SEEDGIT_MODE": mode})
    assert sorted((site.path / ".git/seedgit").iterdir()) == before


def test_rules_that_are_not_valid_are_not_noted(site: Repo) -> None:
    before = (site.path / NOTES).read_bytes()
    readme(site)
    site.write({".seedgit.yaml": "version: 9\n"})
    assert run_hook(site).status not in (0, 1)
    assert (site.path / NOTES).read_bytes() == before


# -- ways to commit --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words", [("-am", "x"), ("-m", "x", PATH), ("-im", "x", PATH), ("-am", "x", "--amend")]
)
def test_however_it_is_staged(site: Repo, words: tuple[str, ...]) -> None:
    """git gives the hook the index that it commits."""
    site.write({PATH: CHANGED})
    assert f"{PATH}:3: /timeout: 30 -> 45" in commit(site, *words, ok=False)


def test_a_part_of_what_is_staged(site: Repo, starts: Starts) -> None:
    site.write({PATH: CHANGED, "README": "part\n"})
    site("add", "--all")
    assert starts.of(lambda: commit(site, "-m", "x", "README"))[0] == []
    assert site("diff", "--cached", "--name-only") == PATH
    commit(site, ok=False)


def test_another_worktree(site: Repo, starts: Starts) -> None:
    two = site.worktree("two", "-b", "two")
    two.write({"README": "two\n"})
    for wanted in (["pre-commit"], []):
        assert starts.of(lambda: commit(two, "-am", "x", "--allow-empty"))[0] == wanted
    two.write({PATH: CHANGED})
    commit(two, "-am", "x", ok=False)
    # Each worktree has its own rules.
    two.write({PATH: FLOW, ".seedgit.yaml": RULES.replace("flows/**", "texts/**")})
    commit(two, "-am", "x")
    two.write({PATH: CHANGED})
    commit(two, "-am", "x")
    site.write({PATH: CHANGED})
    commit(site, "-am", "x", ok=False)


def test_a_sparse_checkout(site: Repo, starts: Starts) -> None:
    for more in ((), ("--sparse-index",)):
        site("sparse-checkout", "set", "--cone", *more, "texts")
        readme(site, str(more))
        assert starts.of(lambda: commit(site))[0] == []
        site.write({PATH: CHANGED})
        site("add", "--sparse", PATH)
        assert f"{PATH}:3: /timeout: 30 -> 45" in commit(site, ok=False)
        site("reset", "--quiet", "--", ".")


@pytest.mark.usefixtures("both_hashes")
def test_the_first_commit(make_repo: Callable[..., Repo], starts: Starts) -> None:
    repo = make_repo("new")
    assert seedgit(repo, "init").status == 0
    starts.install(repo)
    repo.write({".seedgit.yaml": RULES, PATH: "a: [\n"})
    repo("add", "--all")
    for _ in range(2):
        assert "seed-unparseable" in commit(repo, ok=False)


def test_a_seed_that_is_only_intended(site: Repo, starts: Starts) -> None:
    site.write({OTHER: FLOW})
    site("add", "--intent-to-add", OTHER)
    assert starts.of(lambda: run_hook(site))[0] == ["pre-commit"]


def test_a_submodule_as_a_seed(site: Repo) -> None:
    site("config", "diff.ignoreSubmodules", "all")
    site("update-index", "--add", "--cacheinfo", f"160000,{site('rev-parse', 'HEAD')},flows/sub")
    assert "seed-linked" in run_hook(site).out


def test_from_another_directory(site: Repo) -> None:
    """As where a person's hook changes directory, and then calls it."""
    site.write({PATH: CHANGED, "flows/.seedgit.yaml": "x"})
    site("add", PATH)
    assert run_hook(site, cwd=site.path / "flows").status == 1
    assert run_hook(site, cwd=site.path / ".git/hooks").status != 0


# -- the law ---------------------------------------------------------------------------------------

NAMES = (
    "flows/a.yaml", "flows/b/c.yaml", "flows/b/c.json", "Flows/a.yaml", "a.yaml", "x/flows/a.yaml",
    "flows/two words.yaml", "flows/new\nline.yaml", "flows/é.yaml", "fl*ws/a.yaml", "README",
    "flows/[a].yaml", "é/a.yaml", "-a.yaml", ":(top)a.yaml", "flowsa.yaml", "b/flows",
    'flows/"a".yaml', "flows/\\a.yaml", "deep/er/and/deeper/a.yaml", ".seedgit.yaml",
)  # fmt: skip
GLOBS = (
    "flows/**", "flows/*.yaml", "**/*.yaml", "*", "**/a.*", "flows/[ab]*.yaml", "/a.yaml", "**",
    "flows/b/", "flows/\\[a\\].yaml", "fl\\*ws/*", "*/a.yaml", "flows/**/c.?s*", "é/*", "*/é.yaml",
    "[é-ü]/a.yaml", "-a.yaml", ":(top)*", "flows/two words.yaml", "deep/**/deeper/*.yaml",
    "x**/a.yaml",
)  # fmt: skip
TEXTS = ("a: 1\n", "a: 2\n", "b: [\n")
CONTENTS = st.dictionaries(st.sampled_from(NAMES[:-1]), st.sampled_from(TEXTS), max_size=8)


def rules_of(globs: list[str]) -> str:
    return f"version: 1\nseeds:\n  - files: {json.dumps(globs)}\n"


@pytest.fixture(scope="module")
def stub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stands in for Python: it refuses everything, quickly."""
    stub = tmp_path_factory.mktemp("stub") / "python"
    stub.write_text("#!/bin/sh\nexit 5\n")
    stub.chmod(0o755)
    return stub


@given(
    globs=st.lists(st.sampled_from(GLOBS), min_size=1, max_size=3, unique=True),
    before=CONTENTS,
    theirs=CONTENTS,
    after=CONTENTS,
    merged=st.sampled_from(["", "MERGE_HEAD", "GITHEAD"]),
)
@settings(max_examples=40)
def test_the_shell_ends_only_where_python_finds_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    stub: Path,
    globs: list[str],
    before: dict[str, str],
    theirs: dict[str, str],
    after: dict[str, str],
    merged: str,
) -> None:
    repo = Repo(tmp_path_factory.mktemp("law"))
    repo("init", "--quiet")
    repo("config", "merge.seedgit.driver", "x")
    commits = [
        stored(repo, {**files, ".seedgit.yaml": rules_of(globs)}) for files in (before, theirs)
    ]
    repo("update-ref", "HEAD", commits[0])
    repo.write({".seedgit.yaml": rules_of(globs)})
    names = ("pre-commit", "pre-merge-commit", "commit-msg")
    (repo.path / ".git/hooks").mkdir(exist_ok=True)
    for name in names:
        place = repo.path / ".git/hooks" / name
        place.write_text(hook_script(name, str(stub)))
        place.chmod(0o755)
    index(repo, {**after, ".seedgit.yaml": rules_of(globs)})
    env = {"SEEDGIT_ALLOW": "why"}  # without it, commit-msg has nothing to do
    if merged == "MERGE_HEAD":
        (repo.path / ".git/MERGE_HEAD").write_text(commits[1] + "\n")
    elif merged:
        env[f"GITHEAD_{commits[1]}"] = "main"
    assert seedgit(repo, "hook", "pre-commit", env=env).status == 0  # which notes the seeds
    assert (repo.path / NOTES).exists()
    os.environ.update(env)
    try:
        findings = check_staged(Workspace.open(str(repo.path))).findings
    finally:
        for name in env:
            del os.environ[name]
    for name in names:
        said = run_hook(repo, name, env=env)
        assert said.status == 5 or (said.status == 0 and not findings), (name, findings)
        if before == after:
            assert said.status == 0
        if theirs == after and merged == "GITHEAD" and name == "pre-merge-commit":
            assert said.status == 0


def stored(repo: Repo, files: dict[str, str]) -> str:
    index(repo, files)
    return repo("commit-tree", "-m", "x", repo("write-tree"))


def index(repo: Repo, files: dict[str, str]) -> None:
    """Makes these the files of the index; names that no checkout may have are no trouble there."""
    repo("read-tree", "--empty")
    lines = [
        f"100644 {repo('hash-object', '-w', '--stdin', stdin=text.encode())}\t{name}\0".encode()
        for name, text in files.items()
        if name not in {str(parent) for other in files for parent in Path(other).parents}
    ]
    repo("update-index", "-z", "--index-info", stdin=b"".join(lines))


def test_many_patterns_become_few_that_match_no_less(repo: Repo) -> None:
    many = [f"d{n}/[ab]/file.yaml" for n in range(MOST_PATTERNS)]
    assert len(pathspecs(many)) == MOST_PATTERNS + 1
    assert pathspecs([*many, "d/*.json"])[1:] == [":(top,glob)**/*.yaml", ":(top,glob)**/*.json"]
    assert pathspecs([f"x.{n}" for n in range(MOST_PATTERNS + 1)])[1:] == [":(top,glob)**"]
    repo.commit({"d1/a/file.yaml": "x", "d/a.json": "x", "d/a.toml": "x"})
    found = repo("ls-files", "--", *pathspecs([*many, "d/*.json"]))
    assert found.splitlines() == ["d/a.json", "d1/a/file.yaml"]

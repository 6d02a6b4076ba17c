"""Options of git's that no driver is told: where git's result counts, it is the one with them."""

from __future__ import annotations

import pytest

from seedgit.driver import untold_options
from seedgit.journal import Journal
from tests.conftest import Repo
from tests.site import FLOW, PATH, site_of
from tests.test_mode import outcome

# Each line means something under one of the options.
OURS = FLOW.replace("timeout: 30", "timeout: 45").replace("model: small", "model:   small")
THEIRS = (
    FLOW.replace("timeout: 30", "timeout:  30")
    .replace("limit: 5", "limit: 6")
    .replace("model: small", "model: large")
)
BOTH = OURS.replace("limit: 5", "limit: 7")

OPTIONS = ["ours", "theirs", "ignore-space-change", "ignore-all-space", "patience"]


@pytest.fixture
def clones(upstream: Repo) -> tuple[Repo, Repo]:
    """A site whose driver is in, and the same without one."""
    site = site_of(upstream)
    site("config", "seedgit.mode", "off")
    site.commit({PATH: OURS}, "ours")
    site.commit({PATH: BOTH}, "ours too")
    upstream.commit({PATH: THEIRS}, "theirs (v2)")
    site("fetch", "--quiet")
    plain = site.clone("plain")
    plain("remote", "set-url", "origin", str(upstream.path))
    plain("fetch", "--quiet")
    return site, plain


def alike(clones: tuple[Repo, Repo], mode: str, *words: str) -> None:
    site, plain = clones
    site("config", "seedgit.mode", mode)
    assert site("config", "merge.seedgit.driver")
    assert outcome(site, words, {}) == outcome(plain, words, {})


@pytest.mark.parametrize("mode", ["off", "dry-run"])
@pytest.mark.parametrize("option", OPTIONS)
@pytest.mark.parametrize("style", ["merge", "diff3"])
def test_a_merge(clones: tuple[Repo, Repo], mode: str, option: str, style: str) -> None:
    alike(clones, mode, "-c", f"merge.conflictStyle={style}", "merge", "-X", option, "origin/main")


@pytest.mark.parametrize(
    "words",
    [
        ("merge", "-Xtheirs", "origin/main"),
        ("merge", "--strategy-option=ours", "-q", "origin/main"),
        ("merge", "--strategy-opt", "ours", "-m", "x", "origin/main"),
        ("merge", "-qX", "theirs", "-X", "ignore-space-change", "origin/main"),
        ("pull", "--quiet", "--no-rebase", "-X", "theirs"),
        ("rebase", "-X", "theirs", "origin/main"),
        ("rebase", "-X", "ignore-space-change", "origin/main"),
        ("cherry-pick", "-X", "ours", "origin/main"),
        ("merge", "-m", "-X ours", "origin/main"),
        ("merge", "-s", "ours", "origin/main"),
    ],
    ids=" ".join,
)
def test_other_ways_to_say_it(clones: tuple[Repo, Repo], words: tuple[str, ...]) -> None:
    alike(clones, "dry-run", *words)


def test_off_for_one_command(clones: tuple[Repo, Repo]) -> None:
    site, plain = clones
    site("config", "seedgit.mode", "live")
    words = ("merge", "-X", "theirs", "origin/main")
    assert outcome(site, words, {"SEEDGIT_MODE": "off"}) == outcome(plain, words, {})


def test_the_branchs_own_options(clones: tuple[Repo, Repo]) -> None:
    for clone in clones:
        clone("config", "branch.main.mergeOptions", "-X ours --no-ff")
        clone("config", "branch.other.mergeOptions", "-X theirs")
    alike(clones, "dry-run", "merge", "origin/main")


@pytest.mark.parametrize("start", ["rebase", "cherry-pick"])
def test_what_goes_on_goes_on_with_them(clones: tuple[Repo, Repo], start: str) -> None:
    """The first commit conflicts in a file of no seed; the second is merged by --continue."""
    site, plain = clones
    for clone in clones:
        clone("checkout", "--quiet", "-b", "more", "origin/main~1")
        clone.commit({"README": "ours\n"}, "first")
        clone.commit({PATH: BOTH}, "second")
        clone("checkout", "--quiet", "-b", "target", "origin/main")
        clone.commit({"README": "theirs\n"}, "target")
    words = ("rebase", "-X", "ignore-space-change", "target", "more")
    if start == "cherry-pick":  # of a conflict git does not say what it calls the sides there
        words = ("cherry-pick", "-X", "theirs", "more~1", "more")
    alike(clones, "dry-run", *words)
    for clone in clones:
        clone.write({"README": "both\n"})
        clone("add", "README")
    env = {"GIT_EDITOR": "true"}
    wanted, found = (outcome(clone, (start, "--continue"), env) for clone in (plain, site))
    assert found == wanted


def test_the_journal_has_gits_verdict_with_them(clones: tuple[Repo, Repo]) -> None:
    site, _ = clones
    site("config", "seedgit.mode", "dry-run")
    site("merge", "--quiet", "-X", "ours", "origin/main")
    (row,) = Journal(site.path / ".git").rows(entry="merge-driver")
    assert (row["status"], row["verdict"]) == (0, "diverge")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["git", "merge", "x"], []),
        (["git", "-c", "a=b", "merge", "-Xours", "x"], ["ours"]),
        (["git", "merge", "-X", "find-renames=50", "-X", "renormalize", "x"], []),
        (["git", "merge", "-X", "diff-algorithm=histogram", "x"], ["diff-algorithm=histogram"]),
        (["git", "merge", "-X", "ours", "-X", "ours", "x"], ["ours"]),
        (["git", "merge", "-X"], []),
        (["git", "merge", "--", "-X", "ours"], []),
        ([], []),
    ],
)
def test_what_is_read(words: list[str], found: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(untold_options, "_git_above", lambda: words)
    assert untold_options.options("", lambda *_: "nowhere") == found

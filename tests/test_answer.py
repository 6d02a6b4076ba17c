"""An answer that is printed again is the one that would be worked out, whatever has changed."""

from __future__ import annotations

import contextlib
import io
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from seedgit.answer import Invocation
from seedgit.cli.main import main
from seedgit.journal import Journal
from tests import damage
from tests.conftest import Repo
from tests.counting import Counted
from tests.site import FLOW, PATH, package, seedgit, site_of

WORDS = ("status", "--overlay")
OTHERS = [("status", *words) for words in ((), ("--json",), ("--overlay", "--json"), ("-v",))]


class Asked(NamedTuple):
    again: bool  # whether the answer was printed again
    status: int
    out: str
    err: str


@pytest.fixture
def site(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repo]:
    """A clone whose files may be taken for granted at once: a test does not wait for the clock."""
    monkeypatch.setattr("seedgit.answer.RACY", -(10**18))
    found = site_of(package(repo, {PATH: FLOW, "flows/other.yaml": FLOW, "README": "a\n"}))
    assert seedgit(found, "set", PATH, "/timeout", "45", "--why", "slow").status == 0
    monkeypatch.chdir(found.path)
    yield found


def ask(*words: str, remembered: bool = True) -> Asked:
    """What `seedgit` prints in the current folder; as seedgit/start.py does it."""
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        invocation = Invocation.of(words) if remembered else None
        status = invocation.answered() if invocation else None
        again = status is not None
        if status is None:
            status = main(words, invocation=invocation)
    said = [stream.buffer.getvalue().decode() for stream in (out, err)]  # type: ignore[attr-defined]
    return Asked(again, status, *said)


def place(*words: str) -> str:
    """Where the answer to these words is kept."""
    invocation = Invocation.of(words)
    assert invocation
    return invocation._place


def true(*words: str) -> Asked:
    """What is printed where nothing is kept."""
    return ask(*words, remembered=False)


def test_an_answer_is_printed_again_and_recorded(site: Repo) -> None:
    first, second = ask(*WORDS), ask(*WORDS)
    assert (first.again, second.again) == (False, True)
    assert first[1:] == second[1:] == true(*WORDS)[1:] and "45" in second.out
    rows = Journal(site.path / ".git").rows(entry="status", limit=2)
    kept = ("arguments", "mode", "outcome", "reason", "status")
    assert [rows[0][name] for name in kept] == [rows[1][name] for name in kept]
    # Another call, but one whose answer does not take the place of this one.
    here = place(*WORDS)
    other = next(words for words in OTHERS if place(*words) != here)
    assert ask(*other).again is False
    assert ask(*WORDS).again and ask(*other).again


# -- what changes it -------------------------------------------------------------------------------


def commit(site: Repo) -> None:
    site.commit({PATH: FLOW.replace("timeout: 30", "timeout: 60")}, "v2")


def edit(site: Repo) -> None:
    (site.path / PATH).write_text(FLOW.replace("paused: false", "paused: true"))


def restored(site: Repo) -> None:
    """The same size and content, but another file."""
    place = site.path / PATH
    shutil.copy(place, place.with_suffix(".new"))
    os.replace(place.with_suffix(".new"), place)


def elsewhere(site: Repo) -> None:
    """A folder becomes a link to where it went."""
    os.rename(site.path / "flows", site.path / "there")
    (site.path / "flows").symlink_to("there")


def written(site: Repo) -> None:
    path = site.path / ".seedgit.yaml"
    path.write_text(path.read_text() + "# v2\n")


def diverged(site: Repo) -> None:
    Journal(site.path / ".git").add("merge-driver", "merged", verdict="diverge", path=PATH)


def lost(site: Repo) -> None:
    """The overlay's commit, which only says that something is wrong when it is read."""
    damage.loosen(site)
    damage.place(site, site("rev-parse", "refs/seedgit/overlays/local").strip()).unlink()


CHANGES: dict[str, Callable[[Repo], object]] = {
    "another version": commit,
    "an edit": edit,
    "a new inode": restored,
    "a folder that is a link": elsewhere,
    "the rules": written,
    "no rules": lambda site: (site.path / ".seedgit.yaml").unlink(),
    "no seed": lambda site: (site.path / PATH).unlink(),
    "staged": lambda site: site("rm", "-q", "--cached", PATH),
    "another override": lambda site: seedgit(site, "set", PATH, "/limit", "6"),
    "one less": lambda site: seedgit(site, "undo"),
    "a date": lambda site: seedgit(site, "set", PATH, "/limit", "6", "--until", "2999-01-01"),
    "the mode": lambda site: site("config", "seedgit.mode", "dry-run"),
    "the upstream": lambda site: site("config", "seedgit.upstream", "origin/nowhere"),
    "an upstream": lambda site: site("config", "seedgit.upstream", "HEAD~0"),
    "a layer": lambda site: site("config", "--add", "seedgit.overlay", "site"),
    "a condition": lambda site: site("config", "seedgit-layer.local.when", "env=SITE"),
    "fetched": lambda site: site(
        "update-ref",
        "refs/remotes/origin/main",
        site("commit-tree", "-m", "v2", "HEAD^{tree}").strip(),
    ),
    "a merge": lambda site: (site.path / ".git/MERGE_HEAD").write_text(site("rev-parse", "HEAD")),
    "a divergence": diverged,
    "no object": lost,
    "a shallow clone": lambda site: (site.path / ".git/shallow").write_text(
        site("rev-parse", "HEAD")
    ),
    "the environment": lambda site: os.environ.__setitem__("SEEDGIT_MODE", "off"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_no_answer_outlives_what_it_depends_on(
    site: Repo, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(os, "environ", os.environ.copy())
    ask(*WORDS)
    assert ask(*WORDS).again
    CHANGES[name](site)
    wanted, found = true(*WORDS), ask(*WORDS)
    assert not found.again
    assert found[1:] == wanted[1:]
    assert ask(*WORDS)[1:] == wanted[1:]  # also if that was kept


def test_another_folder_is_another_question(site: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(*WORDS)
    monkeypatch.chdir(site.path / "flows")
    assert not ask(*WORDS).again and ask(*WORDS).again


def test_a_file_that_was_just_written_is_not_taken_for_granted(
    site: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seedgit.answer.RACY", 10**18)
    ask(*WORDS)
    assert not ask(*WORDS).again


@pytest.mark.parametrize("how", ["edit", "commit"])
def test_what_changes_meanwhile_is_not_kept(
    site: Repo, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    keep = Invocation.keep

    def late(self: Invocation, *rest: object) -> None:
        {"edit": edit, "commit": commit}[how](site)
        keep(self, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Invocation, "keep", late)
    ask(*WORDS)
    monkeypatch.setattr(Invocation, "keep", keep)
    found = ask(*WORDS)
    assert not found.again and found[1:] == true(*WORDS)[1:]


@pytest.mark.parametrize("words", [("symbolic-ref", "HEAD"), ("update-ref", "--no-deref", "HEAD")])
def test_a_branch_that_was_left_meanwhile_keeps_nothing(
    site: Repo, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """Also if it is checked out again before anybody asks, and even if the index stays."""
    keep = Invocation.keep
    site("branch", "other")

    def late(self: Invocation, *rest: object) -> None:
        site(*words, "refs/heads/other")
        keep(self, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Invocation, "keep", late)
    ask(*WORDS)
    monkeypatch.setattr(Invocation, "keep", keep)
    site("symbolic-ref", "HEAD", "refs/heads/main")
    assert not ask(*WORDS).again and ask(*WORDS).again


def test_an_empty_commit_meanwhile_is_another_state(
    site: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep, before = Invocation.keep, site("rev-parse", "HEAD").strip()

    def late(self: Invocation, *rest: object) -> None:
        site("commit", "-q", "--allow-empty", "-m", "nothing")
        keep(self, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Invocation, "keep", late)
    ask(*WORDS)
    monkeypatch.setattr(Invocation, "keep", keep)
    site("update-ref", "refs/heads/main", before)
    assert not ask(*WORDS).again and ask(*WORDS).again


def test_git_looks_once_for_what_differs_from_the_commit(site: Repo, counted: Counted) -> None:
    edit(site)
    found = ask(*WORDS)
    assert counted.git.count("status") == 1 and "seedgit capture" in found.out
    assert found[1:] == true(*WORDS)[1:]


def test_an_answer_that_is_damaged_is_worked_out(site: Repo) -> None:
    first = ask(*WORDS)
    (place,) = (site.path / ".git" / "seedgit").glob("answer-*")
    place.write_bytes(place.read_bytes().replace(b"45", b"46"))
    found = ask(*WORDS)
    assert not found.again and found[1:] == first[1:]


def test_a_folder_that_looks_like_a_bare_repository_answers_nothing(site: Repo) -> None:
    """Its configuration could name a program for git to run."""
    ask(*WORDS)
    bare = Path(site.path, "bare")
    bare.mkdir()
    for name in ("objects", "refs"):
        (bare / name).mkdir()
    (bare / "HEAD").write_text("ref: refs/heads/main\n")
    ran = site.path / "ran"
    (bare / "config").write_text(f"[core]\nbare=false\nworktree=..\nfsmonitor=touch {ran}\n")
    os.chdir(bare)
    assert Invocation.of(WORDS) is None
    assert not ran.exists()

"""That nothing is to be done is said again only while that is so, whatever has changed."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from seedgit.answer_sync import SyncInvocation
from seedgit.cli.main import main
from seedgit.digest import blob_id
from seedgit.journal import Journal
from tests.conftest import DIGITS, Repo
from tests.site import FLOW, PATH, package, seedgit, site_of


@pytest.fixture
def site(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> Iterator[Repo]:
    """A site with a live tree, whose files may be taken for granted at once."""
    monkeypatch.setattr("seedgit.answer.RACY", -(10**18))
    monkeypatch.setattr("seedgit.operations.live_tree.in_step.RACY", -(10**18))
    found = site_of(package(repo, {PATH: FLOW, "flows/other.yaml": FLOW}))
    assert seedgit(found, "set", PATH, "/timeout", "45").status == 0
    assert seedgit(found, "live", "../app").status == 0
    monkeypatch.chdir(found.path)
    yield found


def ask(*words: str) -> bool:
    """Whether the answer is given again; as seedgit/start.py does it."""
    out = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
    with contextlib.redirect_stdout(out):
        invocation = SyncInvocation.of(["sync", *words])
        status = invocation.answered() if invocation else None
        again = status is not None
        if status is None:
            status = main(["sync", *words], invocation=invocation)
    assert status == 0
    assert not again or b"in step" in out.buffer.getvalue()  # type: ignore[attr-defined]
    return again


def settle(*words: str) -> None:
    """Until it is said again. The first sync looks, the second one is kept."""
    assert [ask(*words) for _ in range(4)][-2:] == [True, True]


def test_an_answer_is_given_again_and_recorded(site: Repo) -> None:
    settle()
    with Journal(site.path / ".git") as journal:
        last = next(iter(journal.rows()))
    assert last["status"] == 0


APP = Path("../app")
EMPTY = blob_id(b"", DIGITS // 2)


def edited(place: Path, old: str, new: str) -> None:
    place.write_text(place.read_text().replace(old, new))


CHANGES: dict[str, Callable[[Repo], object]] = {
    "a program": lambda _: edited(APP / PATH, "paused: false", "paused: true"),
    "the times": lambda _: os.utime(APP / PATH, (1, 1)),
    "no file": lambda _: (APP / PATH).unlink(),
    "a seed": lambda site: (
        edited(Path(PATH), "model: small", "model: large"),
        site("add", PATH),
    ),
    "an override": lambda site: seedgit(site, "set", PATH, "/timeout", "46"),
    "undo": lambda site: seedgit(site, "undo"),
    "the rules": lambda _: edited(Path(".seedgit.yaml"), "version: 1", "version: 1 #"),
    "another tree": lambda site: seedgit(site, "live", "../other"),
    "a layer": lambda site: site("config", "seedgit.overlay", "other"),
    "the mode": lambda site: site("config", "seedgit.mode", "dry-run"),
    "a merge": lambda site: (site.path / ".git/MERGE_HEAD").write_text("x"),
    "in place": lambda site: site("config", "--add", "seedgit-live...pattern", ""),
}


@pytest.mark.parametrize("change", CHANGES)
def test_no_answer_outlives_what_it_depends_on(site: Repo, change: str) -> None:
    settle()
    CHANGES[change](site)
    invocation = SyncInvocation.of(["sync"])
    assert invocation is None or invocation.answered() is None


IN_PLACE: dict[str, Callable[[Repo], object]] = {
    "a program": lambda _: edited(Path(PATH), "paused: false", "paused: true"),
    "the times": lambda _: os.utime(PATH, (1, 1)),
    "what git took away": lambda site: (site.path / ".git/seedgit/spool/1-1-0.entry").touch(),
    "the filter's attributes": lambda site: (site.path / ".git/info/attributes").write_text(""),
    "another version": lambda site: site("update-index", "--cacheinfo", f"100644,{EMPTY},{PATH}"),
    "an override": CHANGES["an override"],
}


@pytest.mark.parametrize("change", IN_PLACE)
def test_files_in_place_have_an_answer_too(site: Repo, change: str) -> None:
    assert seedgit(site, "live", "--in-place").status == 0
    site("config", "--remove-section", f"seedgit-live.{site.path.parent / 'app'}")
    (site.path / ".git/seedgit/spool").mkdir(exist_ok=True)
    settle()
    IN_PLACE[change](site)
    invocation = SyncInvocation.of(["sync"])
    assert invocation is None or invocation.answered() is None


def test_a_change_in_place_that_is_told_is_told_each_time(site: Repo) -> None:
    assert seedgit(site, "live", "--in-place").status == 0
    edited(Path(PATH), "model: small", "model: large")
    for _ in range(3):
        assert not ask()
        assert "run-time drift" in seedgit(site, "sync").out


def test_a_sync_that_is_asked_for_more_has_no_answer() -> None:
    for words in (["--dry-run"], ["--watch"], [PATH], ["--restore", PATH], ["-v"]):
        assert SyncInvocation.of(["sync", *words]) is None

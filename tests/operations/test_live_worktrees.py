"""Live trees of a clone with several worktrees: each has its own, and ends its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Repo
from tests.operations.test_in_place import is_clean, live, ok
from tests.site import FLOW, PATH, seedgit

OWN = ("config", "extensions.worktreeConfig", "true")
OVERRIDE = "paused: true"


def trees(site: Repo) -> list[str]:
    """The folders of the live trees."""
    return [line.split()[0] for line in ok(site, "live").splitlines() if "file" in line]


@pytest.fixture
def app(site: Repo) -> Path:
    place = site.path.parent / "app"
    assert seedgit(site, "set", PATH, "/paused", "true").status == 0
    ok(site, "live", str(place))
    return place / PATH


@pytest.mark.parametrize("own", [False, True])
def test_a_folder_is_the_main_worktrees_alone(site: Repo, app: Path, own: bool) -> None:
    """Another one has other versions of the seeds."""
    if own:
        site(*OWN)
    other = site.worktree("other", "-b", "other")
    other.commit({PATH: FLOW.replace("timeout: 30", "timeout: 60")}, "another version")
    assert ok(other, "live") == "no live tree; to make one: seedgit live DIR\n"
    assert seedgit(other, "sync").status == 2
    assert seedgit(other, "set", PATH, "/limit", "6").status == 0
    ok(site, "sync")
    assert app.read_text() == FLOW.replace("paused: false", OVERRIDE).replace("5\n", "6\n", 1)


@pytest.mark.parametrize("own", [False, True])
def test_the_main_worktree_changes_and_ends_what_it_began_before_there_were_others(
    site: Repo, app: Path, own: bool
) -> None:
    site.worktree("other", "-b", "other")
    if own:
        site(*OWN)
    folder = app.parents[1]
    ok(site, "live", str(folder), "flows/*.yaml")
    assert trees(site) == [str(folder)]
    ok(site, "live", "--undo", str(folder))
    assert trees(site) == []
    assert "seedgit-live" not in site("config", "--list")


def test_another_worktree_has_folders_of_its_own(site: Repo, app: Path) -> None:
    other = site.worktree("other", "-b", "other")
    place = app.parents[1].with_name("place")
    said = seedgit(other, "live", str(place))
    assert said.status == 4 and not place.exists()
    other(*OWN)
    ok(other, "live", str(place))
    assert (trees(other), trees(site)) == ([str(place)], [str(app.parents[1])])
    ok(other, "live", "--undo", str(place))
    assert trees(other) == []


@pytest.fixture
def here(site: Repo) -> Repo:
    """Live in place, with another worktree that is so too, as they share their settings."""
    assert seedgit(site, "set", PATH, "/paused", "true").status == 0
    ok(site, "live", "--in-place")
    return site


def leaks_nothing(site: Repo) -> None:
    assert OVERRIDE in live(site)
    site("add", "--all")
    assert is_clean(site) and OVERRIDE not in site("show", f":{PATH}")
    assert "filter-" not in seedgit(site, "doctor").out


def ended(site: Repo) -> None:
    assert live(site) == FLOW and is_clean(site)
    assert trees(site) == []
    assert "filter-" not in seedgit(site, "doctor").out


@pytest.mark.parametrize("first", [0, 1])
def test_one_worktree_ends_and_the_others_stay_live_in_place(here: Repo, first: int) -> None:
    both = [here, here.worktree("other", "-b", "other")]
    one, two = both[first], both[1 - first]
    said = seedgit(one, "live", "--undo", "--in-place")
    assert said.status == 4
    for site in both:
        leaks_nothing(site)  # as it says, nothing was changed
    hint = said.err.partition("hint: ")[2].partition(" lets")[0]
    one(*hint.split()[1:])
    ok(one, "live", "--undo", "--in-place")
    ended(one)
    leaks_nothing(two)
    seedgit(one, "doctor", "--fix")
    leaks_nothing(two)
    ok(two, "live", "--undo", "--in-place")
    ended(two)
    assert "filter.seedgit" not in here("config", "--list")
    assert "filter" not in (here.path / ".git/info/attributes").read_text()


def test_each_has_settings_of_its_own_from_the_start(site: Repo) -> None:
    site(*OWN)
    other = site.worktree("other", "-b", "other")
    assert seedgit(site, "set", PATH, "/paused", "true").status == 0
    for one in (site, other):
        ok(one, "live", "--in-place")
    ok(other, "live", "--undo", "--in-place")
    ended(other)
    leaks_nothing(site)


def test_a_filter_that_worktrees_share_is_mended(here: Repo) -> None:
    other = here.worktree("other", "-b", "other")
    other("config", "filter.seedgit.process", "false")
    seedgit(other, "doctor", "--fix")
    leaks_nothing(here)

"""Effective files in a folder, one way."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Repo
from tests.site import PATH, SEEDS, package, seedgit, site_of


@pytest.fixture
def many(repo: Repo) -> Repo:
    return site_of(package(repo, SEEDS))


def out(site: Repo) -> Path:
    return site.path.parent / "out"


def test_every_file_at_its_path(many: Repo) -> None:
    assert seedgit(many, "set", PATH, "/paused", "true").status == 0
    said = seedgit(many, "render", "--all", "--out", "../out")
    assert said.status == 0, said.err
    for path in SEEDS:
        assert (out(many) / path).read_text() == seedgit(many, "render", path).out
    assert said.out.count("was written") == len(SEEDS)


def test_only_what_changed_is_written(many: Repo) -> None:
    seedgit(many, "render", "--all", "--out", "../out")
    before = {path: (out(many) / path).stat().st_ino for path in SEEDS}
    seedgit(many, "set", PATH, "/paused", "true")
    said = seedgit(many, "render", "--all", "--out", "../out")
    assert said.out == f"{out(many) / PATH} was written\n"
    changed = [path for path in SEEDS if (out(many) / path).stat().st_ino != before[path]]
    assert changed == [PATH]


def test_files_of_seeds_that_are_gone_go_if_seedgit_wrote_them(many: Repo) -> None:
    seedgit(many, "render", "--all", "--out", "../out")
    first, second, *_ = SEEDS
    (out(many) / second).write_text("somebody's\n")
    (out(many) / "other.yaml").write_text("somebody's\n")
    many("rm", "--quiet", first, second)
    for removed in (f"{out(many) / first} was removed\n", ""):  # it is told until it is gone
        said = seedgit(many, "render", "--all", "--out", "../out")
        assert (said.status, said.out) == (1, removed)
        assert said.err == (
            f"error: {out(many) / second}: its seed is gone, but somebody changed it: "
            "it is left, remove it by hand\n"
        )
    assert not (out(many) / first).exists()
    assert (out(many) / second).read_text() == "somebody's\n"
    assert (out(many) / "other.yaml").exists()
    (out(many) / second).unlink()
    said = seedgit(many, "render", "--all", "--out", "../out")
    assert (said.status, said.out, said.err) == (0, "", "")


def test_strict_tells_of_overrides_that_are_left_out(many: Repo) -> None:
    seedgit(many, "set", PATH, "/steps/[id=fetch]/mode", "drain")
    upstream = Repo(many.path.parent / "repo")
    text = (upstream.path / PATH).read_text()
    upstream.commit({PATH: text.replace("id: fetch", "id: other")}, "v2")
    many("pull", "--quiet", "--no-rebase")
    said = seedgit(many, "render", PATH, "--out", "../out", "--strict")
    assert said.status == 1
    assert "is parked" in said.err


@pytest.mark.parametrize(
    "words",
    [
        ["--all"],
        ["--out", "../out"],
        [],
        [PATH, "--all", "--out", "../out"],
        ["--out", "flows", "--all"],
    ],
)
def test_what_makes_no_sense_is_refused(many: Repo, words: list[str]) -> None:
    assert seedgit(many, "render", *words).status == 2
    assert many("status", "--porcelain") == ""


def test_a_live_tree_is_not_written_one_way(many: Repo) -> None:
    assert seedgit(many, "live", "../app").status == 0
    assert seedgit(many, "render", "--all", "--out", "../app").status == 2


def test_in_mode_dry_run_nothing_is_written_or_removed(many: Repo) -> None:
    seedgit(many, "render", "--all", "--out", "../out")
    first, second, *_ = SEEDS
    before = (out(many) / second).read_text()
    assert seedgit(many, "mode", "dry-run").status == 0
    many("rm", "--quiet", first)
    (many.path / second).write_text(before.replace("wiki", "other").replace("one", "other"))
    said = seedgit(many, "render", "--all", "--out", "../out")
    assert said.status == 0, said.err
    assert (out(many) / first).exists()
    assert (out(many) / second).read_text() == before
    assert seedgit(many, "mode", "live", "--force").status == 0
    assert seedgit(many, "render", "--all", "--out", "../out").status == 0
    assert not (out(many) / first).exists()


def test_a_seed_in_conflict_is_told_and_its_file_stays(many: Repo) -> None:
    seedgit(many, "render", "--all", "--out", "../out")
    before = (out(many) / PATH).read_text()
    upstream = Repo(many.path.parent / "repo")
    text = SEEDS[PATH]
    upstream.commit({PATH: text.replace("small", "large")}, "v2")
    many.commit({PATH: text.replace("small", "mine")}, "site")
    many("fetch", "--quiet")
    many("merge", "origin/main", ok=False)
    said = seedgit(many, "render", "--all", "--out", "../out")
    assert said.status == 1
    assert f"error: {PATH}: is in conflict" in said.err
    assert (out(many) / PATH).read_text() == before


def test_overrides_whose_whole_seed_is_gone_are_told(many: Repo) -> None:
    seedgit(many, "render", "--all", "--out", "../out")
    seedgit(many, "set", PATH, "/paused", "true")
    Repo(many.path.parent / "repo")("rm", "--quiet", PATH)
    Repo(many.path.parent / "repo")("commit", "--quiet", "--message", "v2")
    many("pull", "--quiet", "--ff-only")
    for _ in range(2):  # also once the file has been removed
        said = seedgit(many, "render", "--all", "--out", "../out", "--strict")
        assert said.status == 1
        assert f"warning: {PATH}: /paused of overlay local is parked" in said.err
        assert not (out(many) / PATH).exists()

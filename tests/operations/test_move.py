"""seedgit move: a person says which file a seed has become."""

from __future__ import annotations

import os
import subprocess

import pytest

from tests.built import prepared
from tests.conftest import Repo
from tests.site import FLOW, data, package, program_path, seedgit, site_of, statuses

OLD, NEW = "flows/old.yaml", "flows/new.yaml"
OTHER = """\
flow: other
paused: false
limit: 5
"""


@pytest.fixture
@prepared
def site(repo: Repo) -> Repo:
    """A site whose seed is gone, and another file is there, which looks like nothing known."""
    site = site_of(package(repo, {OLD: FLOW}))
    for pointer, value in (("/paused", "true"), ("/steps/[id=rank]/mode", "drain")):
        assert seedgit(site, "set", OLD, pointer, value, "--why", "burn-in").status == 0
    repo("rm", "--quiet", OLD)
    repo.commit({NEW: OTHER}, "v2")
    site("pull", "--quiet")
    return site


def test_overrides_go_where_a_person_says(site: Repo) -> None:
    assert set(statuses(site).values()) == {"seed-gone"}
    done = data(site, "move", OLD, NEW, "--why", "rewritten")
    (moved,) = done["overlays"]
    assert (done["old"], done["new"], moved["overlay"]) == (OLD, NEW, "local")
    assert (moved["pointers"], moved["parked"]) == (["/paused"], ["/steps/1/mode"])
    assert moved["commit"] == site("rev-parse", "refs/seedgit/overlays/local")
    assert seedgit(site, "render", NEW).out == OTHER.replace("false", "true")
    assert statuses(site) == {f"{NEW}/paused": "unchanged", f"{NEW}/steps/1/mode": "orphaned"}
    log = seedgit(site, "log", "-n", "1").out
    assert f"move {OLD} {NEW}" in log and "rewritten" in log
    assert seedgit(site, "undo").status == 0
    assert set(statuses(site).values()) == {"seed-gone"}


def test_it_is_said_what_was_moved_and_what_waits(site: Repo) -> None:
    said = seedgit(site, "move", OLD, NEW).out
    assert said.splitlines() == [
        f"{OLD} -> {NEW}: 1 override in overlay local",
        "  /steps/1/mode has no place there: seedgit pending",
        "seedgit undo     takes it back",
    ]


@pytest.fixture
@prepared
def layers(site: Repo) -> Repo:
    """The site with another overlay above, which has an override of the old seed too."""
    site("config", "--add", "seedgit.overlay", "local")
    site("config", "--add", "seedgit.overlay", "top")
    site("checkout", "--quiet", "HEAD~1")
    seedgit(site, "set", OLD, "/limit", "9")
    site("checkout", "--quiet", "main")
    return site


def tips(site: Repo) -> str:
    return site("for-each-ref", "refs/seedgit/overlays")


def test_every_active_overlay_is_moved(layers: Repo) -> None:
    assert [m["overlay"] for m in data(layers, "move", OLD, NEW)["overlays"]] == ["local", "top"]
    assert seedgit(layers, "render", NEW).out == OTHER.replace("false", "true").replace("5", "9")


def test_what_takes_it_back_is_said_for_every_overlay(layers: Repo) -> None:
    before = statuses(layers)
    said = seedgit(layers, "move", OLD, NEW).out.splitlines()
    commands = [line.partition("     ")[0] for line in said if line.endswith("takes it back")]
    assert commands == ["git -c seedgit.overlay=local seedgit undo", "seedgit undo"]
    env = {**os.environ, "PATH": program_path()}
    for command in commands:
        subprocess.run(["sh", "-c", command], cwd=layers.path, env=env, check=True)
    assert statuses(layers) == before


def test_where_one_overlay_refuses_none_is_moved(layers: Repo) -> None:
    seedgit(layers, "set", NEW, "/limit", "7")
    before = tips(layers)
    said = seedgit(layers, "move", OLD, NEW)
    assert said.status == 5 and "overlay top has an override at /limit" in said.err
    assert tips(layers) == before


def test_in_a_dry_run_nothing_is_written(site: Repo) -> None:
    tip = site("rev-parse", "refs/seedgit/overlays/local")
    site("config", "seedgit.mode", "dry-run")
    said = seedgit(site, "move", OLD, NEW)
    assert said.status == 0
    assert "1 override in overlay local" in said.out and "nothing was written" in said.err
    assert site("rev-parse", "refs/seedgit/overlays/local") == tip


def test_a_seed_with_overrides_of_its_own_keeps_them(site: Repo) -> None:
    seedgit(site, "set", NEW, "/limit", "9")
    assert seedgit(site, "move", OLD, NEW).status == 0
    assert seedgit(site, "render", NEW).out == OTHER.replace("false", "true").replace("5", "9")


def test_two_overrides_of_one_place_are_refused(site: Repo) -> None:
    seedgit(site, "set", NEW, "/paused", "false")
    tip = site("rev-parse", "refs/seedgit/overlays/local")
    said = seedgit(site, "move", OLD, NEW)
    assert said.status == 5
    assert "/paused" in said.err and f"seedgit unset {NEW} /paused" in said.err
    assert site("rev-parse", "refs/seedgit/overlays/local") == tip


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("flows/none.yaml", NEW), "no active overlay has overrides"),
        ((OLD, "flows/none.yaml"), "there is no such file"),
        ((OLD, "README"), "not a seed"),
        ((NEW, NEW), "are one file"),
    ],
)
def test_what_cannot_be_moved(site: Repo, words: tuple[str, str], why: str) -> None:
    said = seedgit(site, "move", *words)
    assert said.status == 2
    assert why in said.err


def test_older_versions_still_have_it_at_the_old_path(site: Repo) -> None:
    seedgit(site, "move", OLD, NEW)
    site("checkout", "--quiet", "HEAD~1")
    assert "paused: true" in seedgit(site, "render", OLD).out

"""Adopt and demote: a seed with the site's state in it becomes a pure seed and overrides."""

from __future__ import annotations

import json
import os

import pytest

from seedgit.files.safe import TEMPORARY
from tests.conftest import Repo
from tests.site import (
    FLOW,
    FLOW_TOML,
    PATH,
    RULES,
    SEEDS,
    TOML,
    data,
    package,
    seedgit,
    site_of,
    statuses,
)


def drain(text: str) -> str:
    """The site's state: a mode, in the first step, and a pause."""
    for old, new in (
        ("mode: live", "mode: drain"),
        ('"mode": "live"', '"mode": "drain"'),
        ('mode = "live"', 'mode = "drain"'),
    ):
        text = text.replace(old, new, 1)
    for sign in (": ", '": ', " = "):
        text = text.replace(f"paused{sign}false", f"paused{sign}true")
    return text


def slow(text: str) -> str:
    """An edit of what the package owns."""
    for sign in (": ", '": ', " = "):
        text = text.replace(f"timeout{sign}30", f"timeout{sign}45")
    return text


@pytest.fixture
def upstream(repo: Repo) -> Repo:
    return package(repo, SEEDS)


def values(site: Repo, path: str) -> object:
    return json.loads(seedgit(site, "render", path, "--json").out)


@pytest.mark.parametrize("path", SEEDS)
def test_a_mixed_file_becomes_the_upstream_bytes_and_overrides(site: Repo, path: str) -> None:
    mixed = drain(SEEDS[path])
    assert mixed != SEEDS[path]
    site.commit({path: mixed}, "state")
    site("config", "core.hooksPath", "/nonexistent")
    said = seedgit(site, "adopt", path, "--why", "inherited")
    assert said.status == 0, said.err
    assert site.read(path).decode() == SEEDS[path]
    assert seedgit(site, "render", path).out == mixed
    assert statuses(site) == {f"{path}/steps/0/mode": "unchanged", f"{path}/paused": "unchanged"}
    assert site("diff", "--cached", "--name-only") == ""
    assert {f["why"] for f in data(site, "status", "--overlay")["fields"]} == {"inherited"}
    assert len(data(site, "log")) == 1
    assert "nothing is staged" in said.out
    assert "SEEDGIT_ALLOW" not in said.out


@pytest.mark.parametrize("path", SEEDS)
def test_seed_owned_edits_stay_in_the_file(site: Repo, path: str) -> None:
    mixed = slow(drain(SEEDS[path]))
    site.commit({path: mixed}, "state and an edit")
    done = data(site, "adopt", path)
    assert site.read(path).decode() == slow(SEEDS[path])
    assert seedgit(site, "render", path).out == mixed
    assert [(o["pointer"], o["reason"]) for o in done["left"]] == [("/timeout", "seed-owned")]
    assert [item["pure"] for item in done["adopted"]] == [False]


def test_all_files_are_one_overlay_commit_and_the_check_lets_them_pass(upstream: Repo) -> None:
    site = site_of(upstream, hooks=True)
    site.write({path: drain(text) for path, text in SEEDS.items()})
    site("add", "--all")
    site("commit", "--quiet", "-m", "state", env={"SEEDGIT_ALLOW": "state"})
    done = data(site, "adopt")
    assert sorted(item["path"] for item in done["adopted"]) == sorted(SEEDS)
    assert len(data(site, "log")) == 1
    assert data(site, "log")[0]["seeds"] == sorted(SEEDS)
    site("add", "--all")
    site("commit", "--quiet", "-m", "pure")
    assert site("diff", "--name-only", "origin/main") == ""
    assert data(site, "status")["package-drift"] == []
    for path, text in SEEDS.items():
        assert seedgit(site, "render", path).out == drain(text)


def test_it_takes_the_version_of_the_merge_base_not_of_the_tip(upstream: Repo, site: Repo) -> None:
    site.commit({PATH: drain(FLOW)}, "state")
    upstream.commit({PATH: FLOW.replace("timeout: 30", "timeout: 60")}, "v2")
    site("fetch", "--quiet")
    assert seedgit(site, "adopt").status == 0
    assert site.read(PATH).decode() == FLOW
    site.commit(message="pure")
    site("merge", "--quiet", "origin/main")
    assert site.read(PATH).decode() == FLOW.replace("timeout: 30", "timeout: 60")
    assert "mode: drain" in seedgit(site, "render", PATH).out


def test_another_upstream_can_be_named(upstream: Repo, site: Repo) -> None:
    upstream("tag", "v1")
    site("fetch", "--quiet", "--tags")
    site("branch", "--unset-upstream")
    site.commit({PATH: drain(FLOW)}, "state")
    assert seedgit(site, "adopt").status == 2
    assert seedgit(site, "adopt", "--from", "nowhere").status == 2
    assert data(site, "adopt", "--from", "v1")["from"] == "v1"
    assert site.read(PATH).decode() == FLOW


def test_what_cannot_be_attributed_is_left_and_listed(upstream: Repo) -> None:
    upstream.commit({"flows/gone.yaml": "paused: false\n", "flows/old.yaml": FLOW + "x: 1\n"}, "v1")
    upstream.commit({"flows/broken.yaml": "paused: false\n", "flows/note.yaml": "limit: 1\n"}, "v1")
    site = site_of(upstream)
    site("mv", "flows/old.yaml", "flows/moved.yaml")
    site("rm", "--quiet", "flows/gone.yaml")
    files = {
        "flows/new.yaml": "brand: new\n",
        "flows/broken.yaml": "paused: [\n",
        "flows/note.yaml": "limit: 1  # ours\n",
        PATH: slow(FLOW),
    }
    site.commit(files, "much")
    before = site("status", "--porcelain")
    done = data(site, "adopt")
    assert done["adopted"] == []
    assert {(o["path"], o["reason"]) for o in done["left"]} == {
        ("flows/new.yaml", "seed-added"),
        ("flows/broken.yaml", "not-parseable"),
        ("flows/note.yaml", "format-only"),
        ("flows/moved.yaml", "seed-renamed"),
        ("flows/gone.yaml", "seed-deleted"),
        (PATH, "seed-owned"),
    }
    assert site("status", "--porcelain") == before
    assert site("for-each-ref", "refs/seedgit") == ""
    assert "nothing-to-adopt" in seedgit(site, "-v", "adopt").err


@pytest.mark.parametrize("staged", [False, True])
def test_uncommitted_changes_are_refused(site: Repo, staged: bool) -> None:
    site.commit({PATH: drain(FLOW)}, "state")
    site.write({PATH: drain(FLOW) + "# more\n"})
    if staged:
        site("add", PATH)
    said = seedgit(site, "adopt")
    assert said.status == 5
    assert "uncommitted" in said.err
    assert site.read(PATH).decode() == drain(FLOW) + "# more\n"
    assert site("for-each-ref", "refs/seedgit") == ""


def test_uncommitted_changes_elsewhere_are_no_obstacle(site: Repo) -> None:
    site.commit({PATH: drain(FLOW)}, "state")
    site.write({TOML: FLOW_TOML + "x = 1\n"})
    assert seedgit(site, "adopt").status == 0
    assert site.read(TOML).decode() == FLOW_TOML + "x = 1\n"


def test_a_dry_run_changes_nothing(site: Repo) -> None:
    site.commit({PATH: slow(drain(FLOW))}, "state")
    objects = site("count-objects", "-v")
    done = data(site, "adopt", "--dry-run")
    assert [o["pointer"] for o in done["adopted"][0]["overrides"]] == ["/paused", "/steps/0/mode"]
    assert not done["written"]
    assert site("status", "--porcelain") == ""
    assert site("for-each-ref", "refs/seedgit") == ""
    assert site("count-objects", "-v") == objects
    assert seedgit(site, "mode", "dry-run").status == 0
    said = seedgit(site, "adopt")
    assert "dry-run" in said.err
    assert site("status", "--porcelain") == ""
    assert site("for-each-ref", "refs/seedgit") == ""


def test_overrides_that_lie_over_the_mixed_file_keep_their_values(site: Repo) -> None:
    site.commit({PATH: drain(FLOW)}, "state")
    seedgit(site, "set", PATH, "/paused", "false", "--why", "night", "--until", "2999-12-01")
    seedgit(site, "set", PATH, "/steps/1/mode", "off", "--why", "broken")
    seedgit(site, "set", PATH, "/model", "large")
    before = seedgit(site, "render", PATH).out
    assert seedgit(site, "adopt", "--why", "inherited").status == 0
    assert site.read(PATH).decode() == FLOW
    assert seedgit(site, "render", PATH).out == before
    whys = {f["pointer"]: f["why"] for f in data(site, "status", "--overlay")["fields"]}
    assert whys["/steps/1/mode"] == "broken"
    assert whys["/steps/0/mode"] == "inherited"
    assert whys["/paused"] == "night"


def test_a_lower_overlay_that_hides_the_state_is_not_overruled(site: Repo) -> None:
    site.commit({PATH: drain(FLOW), TOML: drain(FLOW_TOML)}, "state")
    seedgit(site, "set", PATH, "/paused", "false")
    site("config", "seedgit.overlay", "local")
    site("config", "--add", "seedgit.overlay", "night")
    before = seedgit(site, "render", PATH).out
    done = data(site, "adopt")
    assert [(o["path"], o["reason"]) for o in done["left"]] == [(PATH, "overlaid")]
    assert [o["path"] for o in done["adopted"]] == [TOML]
    assert seedgit(site, "render", PATH).out == before


def test_it_can_be_run_again_after_it_was_cut_short(site: Repo) -> None:
    site.commit({PATH: drain(FLOW), TOML: drain(FLOW_TOML)}, "state")
    seedgit(site, "adopt", "--why", "first")
    site("restore", PATH)  # as if the run had ended before this file was written
    assert seedgit(site, "render", PATH).out == drain(FLOW)
    said = seedgit(site, "adopt")
    assert said.status == 0, said.err
    assert (site.read(PATH).decode(), site.read(TOML).decode()) == (FLOW, FLOW_TOML)
    assert len(data(site, "log")) == 1
    site("add", TOML)
    assert seedgit(site, "adopt").status == 0
    site.write({TOML: FLOW_TOML + "x = 1\n"})
    assert seedgit(site, "adopt").status == 5
    assert {f["why"] for f in data(site, "status", "--overlay")["fields"]} == {"first"}


def test_items_the_site_owns_come_and_go(upstream: Repo) -> None:
    rules = RULES + "      - path: /tags\n      - path: /steps/[id=probe]\n"
    flow = FLOW + "tags: [a, b]\n"
    upstream.commit({".seedgit.yaml": rules, PATH: flow}, "v2")
    site = site_of(upstream)
    mixed = flow.replace("[a, b]", "[z, a, m]").replace(
        "steps:\n", "steps:\n  - id: probe\n    mode: live\n"
    )
    site.commit({PATH: mixed}, "state")
    before = seedgit(site, "render", PATH).out
    assert seedgit(site, "adopt").status == 0
    assert site.read(PATH).decode() == flow
    after = seedgit(site, "render", PATH).out
    assert after.replace(" ", "") == before.replace(" ", "")


def test_a_value_json_cannot_say_stays_in_the_file(site: Repo) -> None:
    mixed = drain(FLOW).replace("limit: 5", "limit: !secret limit")
    site.commit({PATH: mixed}, "state")
    done = data(site, "adopt")
    assert [(o["pointer"], o["reason"]) for o in done["left"]] == [("/limit", "not-plain")]
    assert site.read(PATH).decode() == FLOW.replace("limit: 5", "limit: !secret limit")
    assert seedgit(site, "render", PATH).out == mixed


def test_line_ends_are_those_of_a_checkout(upstream: Repo) -> None:
    upstream.commit({".gitattributes": "*.toml text eol=crlf\n"}, "crlf")
    site = site_of(upstream)
    site.commit({TOML: drain(FLOW_TOML).replace("\n", "\r\n")}, "state")
    assert seedgit(site, "adopt").status == 0
    assert site.read(TOML).decode() == FLOW_TOML.replace("\n", "\r\n")
    site("add", TOML)
    assert site("diff", "--cached", "--name-only", "origin/main") == ""


def test_undo_and_restore_take_it_back(site: Repo) -> None:
    site.commit({PATH: drain(FLOW)}, "state")
    seedgit(site, "adopt")
    assert seedgit(site, "undo").status == 0
    site("restore", PATH)
    assert statuses(site) == {}
    assert seedgit(site, "render", PATH).out == drain(FLOW)


# -- demote --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", SEEDS)
def test_demote_makes_an_override_of_one_edit(site: Repo, path: str) -> None:
    mixed = slow(drain(SEEDS[path]))
    site.commit({path: mixed}, "edits")
    said = seedgit(site, "demote", path, "/timeout", "--why", "slow network")
    assert said.status == 0, said.err
    assert site.read(path).decode() == drain(SEEDS[path])
    assert seedgit(site, "render", path).out == mixed
    assert statuses(site) == {f"{path}/timeout": "unchanged"}
    assert "SEEDGIT_ALLOW" in said.out


@pytest.mark.parametrize("path", SEEDS)
def test_demote_all(site: Repo, path: str) -> None:
    mixed = slow(drain(SEEDS[path]))
    site.commit({path: mixed}, "edits")
    said = seedgit(site, "demote", path, "--all")
    assert said.status == 0
    assert site.read(path).decode() == SEEDS[path]
    assert seedgit(site, "render", path).out == mixed
    assert "SEEDGIT_ALLOW" not in said.out  # upstream has that very file


def test_demote_names_places_as_the_file_has_them(site: Repo) -> None:
    mixed = FLOW.replace("steps:\n", "steps:\n  - id: new\n    mode: x\n")
    mixed = mixed.replace("- id: rank\n    mode: live", "- id: rank\n    mode: stop")
    site.commit({PATH: mixed}, "edits")
    assert seedgit(site, "demote", PATH, "/steps/1/mode").status == 2
    assert seedgit(site, "demote", PATH, "/steps/2/mode").status == 0
    assert statuses(site) == {f"{PATH}/steps/2/mode": "unchanged"}
    assert seedgit(site, "render", PATH).out == mixed
    site("restore", PATH)
    seedgit(site, "undo")
    assert seedgit(site, "demote", PATH, "/steps/[id=new]").status == 0
    assert site.read(PATH).decode() == mixed.replace("  - id: new\n    mode: x\n", "")


def test_demote_says_what_there_is(site: Repo) -> None:
    site.commit({PATH: slow(FLOW)}, "edit")
    said = seedgit(site, "demote", PATH, "/model")
    assert (said.status, "/timeout" in said.err) == (2, True)
    assert seedgit(site, "demote", PATH).status == 2
    assert seedgit(site, "demote", PATH, "/timeout", "--all").status == 2
    site.write({PATH: FLOW + "# more\n"})
    assert seedgit(site, "demote", PATH, "/timeout").status == 5


def test_a_file_that_cannot_be_written_leaves_every_value_as_it_is(
    site: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.commit({PATH: drain(FLOW), TOML: drain(FLOW_TOML)}, "state")
    blocker = (site.path / PATH).with_name(f"{TEMPORARY}{os.getpid()}-{bytes(8).hex()}")
    blocker.mkdir()
    with monkeypatch.context() as known:
        known.setattr(os, "urandom", bytes)
        said = seedgit(site, "adopt")
    assert said.status == 4
    assert "run the command again" in said.err
    for path, text in ((PATH, FLOW), (TOML, FLOW_TOML)):
        assert seedgit(site, "render", path).out == drain(text)
    blocker.rmdir()
    assert seedgit(site, "adopt").status == 0
    assert (site.read(PATH).decode(), site.read(TOML).decode()) == (FLOW, FLOW_TOML)
    assert len(data(site, "log")) == 1


@pytest.mark.parametrize("path", SEEDS)
def test_what_is_said_of_the_check_is_what_it_does(upstream: Repo, path: str) -> None:
    site = site_of(upstream, hooks=True)
    allow = {"SEEDGIT_ALLOW": "mixed"}
    mixed = slow(drain(SEEDS[path])).replace("wiki", "ours")
    site.write({path: mixed})
    site("add", "--all")
    site("commit", "--quiet", "-m", "mixed", env=allow)
    assert not data(site, "adopt")["adopted"][0]["needs-allow"]
    site("commit", "--quiet", "-am", "without the state")
    assert data(site, "demote", path, "/timeout")["adopted"][0]["needs-allow"]
    site("commit", "--quiet", "-am", "refused", ok=False)
    site("commit", "--quiet", "-am", "one edit less", env=allow)
    assert not data(site, "demote", path, "--all")["adopted"][0]["needs-allow"]
    site("commit", "--quiet", "-am", "as upstream has it")
    assert site("diff", "--name-only", "origin/main") == ""
    assert seedgit(site, "render", path).out == mixed

"""`seedgit fleet approve`, `resolve` and `undo`: one decision for all sites of a group."""

from __future__ import annotations

import json
from typing import Any

import pytest

from seedgit.errors import Refused
from seedgit.git.stored_record import to_store
from seedgit.operations.workspace import Workspace
from tests.conftest import Repo
from tests.operations.test_fleet import MOVED, OVERLAYS, REF, broken, groups, override, ship
from tests.operations.test_fleet import planned as _planned
from tests.site import FLOW, PATH, data, seedgit

ITEMS = "/steps/[id=fetch]/max_items"


def planned(site: Repo) -> Any:
    return _planned(site, REF)


def group(site: Repo, name: str) -> dict[str, Any]:
    """The group that a site is in."""
    found: dict[str, Any]
    (found,) = [g for g in planned(site)["groups"] if name in g["sites"]]
    return found


def tips(site: Repo) -> dict[str, str]:
    asked = ("for-each-ref", "--format=%(refname) %(objectname)", OVERLAYS)
    lines = site(*asked).splitlines()
    return {line.split()[0].removeprefix(OVERLAYS): line.split()[1] for line in lines}


@pytest.fixture
def fleet(upstream: Repo, site: Repo) -> Repo:
    """Three sites that wait for the same decision, two of them with one value; and another one."""
    for name, value in (("lima", "1"), ("oslo", "2"), ("rome", "2")):
        override(site, name, (ITEMS, value))
    override(site, "calm", ("/model", "big"))
    ship(upstream, site)
    return site


def moved(before: dict[str, str], site: Repo) -> set[str]:
    return {name for name, commit in tips(site).items() if before.get(name) != commit}


def findings(site: Repo, name: str) -> list[tuple[str, str]]:
    made = planned(site)
    (numbers,) = [g["findings"] for g in made["groups"] if name in g["sites"]]
    found = [made["findings"][number] for number in numbers]
    return [(f["reason"], f.get("detail", "")) for f in found]


# -- the groups ----------------------------------------------------------------------------------


def test_a_group_names_a_site_that_is_like_most_of_it(fleet: Repo) -> None:
    found = group(fleet, "lima")
    assert found["sites"] == ["lima", "oslo", "rome"]
    assert found["representative"] == "oslo"
    said = seedgit(fleet, "fleet", "plan", REF).out
    assert f"      group {found['id']}, represented by oslo\n" in said


def test_the_name_of_a_group_is_bound_to_what_was_seen(fleet: Repo, upstream: Repo) -> None:
    first = group(fleet, "lima")["id"]
    assert group(fleet, "lima")["id"] == first
    override(fleet, "calm", ("/model", "small"))
    assert group(fleet, "lima")["id"] == first
    override(fleet, "oslo", ("/paused", "true"))
    second = group(fleet, "lima")["id"]
    assert second != first
    upstream.commit({"README": "other"}, "v3")
    fleet("fetch", "--quiet")
    assert group(fleet, "lima")["id"] not in (first, second)


# -- decisions -------------------------------------------------------------------------------------


def test_a_group_is_approved_at_once_and_the_sites_take_it_over(fleet: Repo) -> None:
    before = tips(fleet)
    found = group(fleet, "lima")
    assert seedgit(fleet, "fleet", "plan", REF, "--exit-code").status == 1
    said = data(fleet, "fleet", "approve", found["id"], REF, "--why", "tried at oslo")
    assert said["choice"] == "keep-local" and said["left"] == []
    assert said["findings"] == [{"path": PATH, "pointer": ITEMS, "reason": "moved-under"}]
    assert moved(before, fleet) == {"lima", "oslo", "rome"} == set(said["overlays"])
    assert findings(fleet, "rome") == [("moved-under", "decided before: keep-local")]
    assert seedgit(fleet, "fleet", "plan", REF, "--exit-code").status == 0
    assert "tried at oslo" in fleet("log", "-1", "--format=%B", OVERLAYS + "rome")
    # At a site, the upgrade finds the decision.
    fleet("config", "seedgit.overlay", "oslo")
    fleet("merge", "--quiet", "--ff-only", REF)
    (waits,) = data(fleet, "pending")["items"]
    assert waits["proposal"] == "keep-local" and waits["pointer"] == "/steps/0/max_items"
    assert seedgit(fleet, "approve", "--known").status == 0
    assert data(fleet, "pending")["items"] == []
    assert "max_items: 2\n" in seedgit(fleet, "render", PATH).out


@pytest.mark.parametrize(
    ("words", "value"), [(["--take-seed"], 80), (["--value", "7"], 7), (["--keep-local"], 1)]
)
def test_a_group_is_resolved(fleet: Repo, words: list[str], value: int) -> None:
    found = group(fleet, "lima")
    said = data(fleet, "fleet", "resolve", found["id"], REF, *words)
    assert set(said["overlays"]) == {"lima", "oslo", "rome"}
    assert findings(fleet, "lima") == [("moved-under", f"decided before: {said['choice']}")]
    fleet("config", "seedgit.overlay", "lima")
    fleet("merge", "--quiet", "--ff-only", REF)
    data(fleet, "pending")
    assert seedgit(fleet, "approve", "--known").status == 0
    assert f"max_items: {value}\n" in seedgit(fleet, "render", PATH).out


def test_one_pointer_of_a_group(fleet: Repo) -> None:
    for name in ("one", "two"):
        override(fleet, name, (ITEMS, "3"), ("/steps/[id=rank]/mode", "drain"))
    id = group(fleet, "one")["id"]
    data(fleet, "fleet", "resolve", id, REF, "--only", ITEMS, "--take-seed")
    assert findings(fleet, "two") == [
        ("moved-under", "decided before: take-seed"),
        ("orphaned", ""),
    ]
    id = group(fleet, "one")["id"]
    said = seedgit(fleet, "fleet", "resolve", id, REF, "--only", ITEMS, "--take-seed")
    assert said.status == 2 and "nothing waits" in said.err
    data(fleet, "fleet", "approve", id, REF)
    assert ("orphaned", "decided before: keep-local") in findings(fleet, "two")


def test_what_changed_since_is_refused(fleet: Repo) -> None:
    id = group(fleet, "lima")["id"]
    override(fleet, "rome", (ITEMS, "5"))
    before = tips(fleet)
    said = seedgit(fleet, "fleet", "approve", id, REF)
    assert said.status == 5 and "no group has the id" in said.err
    assert tips(fleet) == before
    calm = group(fleet, "calm")["id"]
    assert seedgit(fleet, "fleet", "approve", calm, REF).status == 2  # nothing waits there


def test_all_overlays_move_or_none(fleet: Repo) -> None:
    """As where somebody writes to one of them while the others are written."""
    workspace = Workspace.open(str(fleet.path))
    names = ("lima", "oslo", "rome")
    overlays = [workspace.store.read(name) for name in names]
    override(fleet, "rome", (ITEMS, "5"))
    before = tips(fleet)
    changes = []
    for overlay in overlays:
        record = overlay.records[PATH].record
        shorter = record._replace(overrides=record.overrides[:0], was=("x.yaml",))
        changes.append((overlay, {PATH: to_store(shorter)}))
    with pytest.raises(Refused, match="has changed meanwhile"):
        workspace.store.change_together(changes, "x")
    assert tips(fleet) == before
    assert set(workspace.store.change_together(changes[:2], "x")) == {"lima", "oslo"}


def test_in_dry_run_nothing_moves(fleet: Repo) -> None:
    id = group(fleet, "lima")["id"]
    seedgit(fleet, "mode", "dry-run")
    before = tips(fleet)
    said = seedgit(fleet, "fleet", "approve", id, REF)
    assert said.status == 0
    assert said.err.count(f"ref {OVERLAYS}") == 3
    assert tips(fleet) == before


def test_fetched_overlays_are_left_to_a_layer(fleet: Repo) -> None:
    fleet("update-ref", "refs/seedgit/remotes/hub/far", tips(fleet)["oslo"])
    id = group(fleet, "hub/far")["id"]
    said = seedgit(fleet, "fleet", "approve", id, REF)
    assert "decided in 3 overlays" in said.out
    assert "left, as their overlays are elsewhere: hub/far" in said.out


# -- taken back ------------------------------------------------------------------------------------


def test_a_decision_is_taken_back_at_all_sites(fleet: Repo) -> None:
    trees = {name: fleet("rev-parse", f"{OVERLAYS}{name}^{{tree}}") for name in tips(fleet)}
    id = group(fleet, "lima")["id"]
    data(fleet, "fleet", "approve", id, REF)
    assert seedgit(fleet, "fleet", "undo", "00000000").status == 4
    said = data(fleet, "fleet", "undo")
    assert (said["group"], set(said["overlays"])) == (id, {"lima", "oslo", "rome"})
    assert {n: fleet("rev-parse", f"{OVERLAYS}{n}^{{tree}}") for n in tips(fleet)} == trees
    assert findings(fleet, "lima") == [("moved-under", "")]
    assert seedgit(fleet, "fleet", "undo").status == 4
    # What is undone is undone for `seedgit undo` too: the change before it is next.
    fleet("config", "seedgit.overlay", "lima")
    assert "undo: set" in seedgit(fleet, "undo").out


def test_what_changed_since_a_decision_is_left(fleet: Repo) -> None:
    id = group(fleet, "lima")["id"]
    data(fleet, "fleet", "approve", id, REF)
    override(fleet, "rome", ("/paused", "true"))
    kept = tips(fleet)["rome"]
    assert set(data(fleet, "fleet", "undo", id)["overlays"]) == {"lima", "oslo"}
    assert tips(fleet)["rome"] == kept


# -- layers ----------------------------------------------------------------------------------------


@pytest.fixture
def layered(fleet: Repo) -> Repo:
    """The same, where all sites lie over a layer of the fleet."""
    override(fleet, "fleet", ("/steps/[id=rank]/mode", "hold"), ("/paused", "true"))
    override(fleet, "oslo", ("/paused", "false"), ("/steps/[id=rank]/mode", "drain"))
    for name in ("fleet", "local"):
        fleet("config", "--add", "seedgit.overlay", name)
    return fleet


def test_a_layer_decides_for_all_sites(layered: Repo) -> None:
    layered("update-ref", "refs/seedgit/remotes/hub/far", tips(layered)["rome"])
    before = tips(layered)
    id = group(layered, "rome")["id"]
    assert seedgit(layered, "fleet", "approve", id, REF, "--layer", "other").status == 2
    said = data(layered, "fleet", "approve", id, REF, "--layer", "fleet")
    assert set(said["overlays"]) == {"fleet"} == moved(before, layered)
    assert ("moved-under", "decided before: keep-local") in findings(layered, "lima")
    assert ("moved-under", "decided before: keep-local") in findings(layered, "hub/far")
    assert set(data(layered, "fleet", "undo")["overlays"]) == {"fleet"}


def test_sites_with_another_stack_have_a_plan_of_their_own(layered: Repo) -> None:
    """What `git -c seedgit.overlay=...` gives a command, with a pattern of their names."""
    override(layered, "south", ("/steps/[id=fetch]/max_items", "3"))
    stack = ("", "fleet", "south", "none")
    env = {"GIT_CONFIG_COUNT": str(len(stack))}
    for number, name in enumerate(stack):
        env |= {f"GIT_CONFIG_KEY_{number}": "seedgit.overlay", f"GIT_CONFIG_VALUE_{number}": name}
    words = ("fleet", "plan", REF, "--json", "--sites", "r*")
    (mine,) = json.loads(seedgit(layered, *words, env=env).out)["groups"]
    assert mine["sites"] == ["rome"]
    whole = json.loads(seedgit(layered, *words[:-2], env=env).out)
    layers = {f["layer"] for f in whole["findings"] if "layer" in f}
    assert layers == {"fleet", "south"}
    (other,) = data(layered, *words[:3], "--sites", "rome")["groups"]
    assert other["id"] != mine["id"]
    # A decision is about the group as it was planned.
    words = ("fleet", "approve", mine["id"], REF, "--json")
    assert seedgit(layered, *words, env=env).status == 5
    assert seedgit(layered, *words, "--sites", "r*").status == 5
    said = json.loads(seedgit(layered, *words, "--sites", "r*", env=env).out)
    assert set(said["overlays"]) == {"rome"}


def test_a_pattern_that_no_site_fits_is_told(layered: Repo) -> None:
    said = seedgit(layered, "fleet", "plan", REF, "--sites", "none-*")
    assert said.status == 2 and "no site has a name like 'none-*'" in said.err
    assert seedgit(layered, "fleet", "plan", REF, "--sites", "fleet").status == 2
    same = seedgit(layered, "fleet", "overrides", "--sites", "none-*")
    assert (same.status, same.err) == (said.status, said.err)
    assert seedgit(layered, "fleet", "overrides", "--sites", "fleet").status == 2


def test_the_plan_of_a_part_does_not_replace_what_is_remembered(
    layered: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seedgit.operations.fleet.plan.KEPT", 1)
    kept = layered.path / ".git" / "seedgit" / "fleet"
    data(layered, "fleet", "plan", REF, "--sites", "r*")
    assert not kept.exists()
    whole = data(layered, "fleet", "plan", REF)
    before = kept.read_bytes()
    part = data(layered, "fleet", "plan", REF, "--sites", "r*")
    assert kept.read_bytes() == before
    assert [g["sites"] for g in part["groups"]] == [["rome"]]
    assert data(layered, "fleet", "plan", REF) == whole


def test_the_stack_of_a_site_is_planned_as_a_whole(layered: Repo) -> None:
    made = planned(layered)
    assert "fleet" not in [name for g in made["groups"] for name in g["sites"]]
    orphan = {"reason": "orphaned", "layer": "fleet"}
    for name, covered in (("lima", None), ("calm", None)):
        (numbers,) = [g["findings"] for g in made["groups"] if name in g["sites"]]
        found = [made["findings"][n] for n in numbers]
        assert any(orphan.items() <= f.items() and f.get("covered-by") == covered for f in found)
    # What the site's own plan says of both layers, the fleet's says.
    for name in ("oslo", "lima", "calm"):
        layered("config", "--unset-all", "seedgit.overlay")
        for layer in ("fleet", name):
            layered("config", "--add", "seedgit.overlay", layer)
        own = data(layered, "plan", REF)
        mine = {
            (bucket, d["reason"], d["overlay"] if d["overlay"] == "fleet" else "")
            for bucket in ("needs_approval", "warnings", "auto_apply")
            for d in own[bucket]
            if "overlay" in d
        }
        again = planned(layered)
        (numbers,) = [g["findings"] for g in again["groups"] if name in g["sites"]]
        found = [again["findings"][n] for n in numbers]
        assert {(f["bucket"], f["reason"], f.get("layer", "")) for f in found} == mine


def test_a_layer_that_a_site_covers(layered: Repo, upstream: Repo) -> None:
    text = FLOW.replace("paused: false", "paused: null").replace("max_items: 50", "max_items: 80")
    upstream.commit({PATH: text}, "v3")
    layered("fetch", "--quiet")
    made = planned(layered)
    found = {
        name: {
            (f["pointer"], f.get("layer", ""), f.get("covered-by", ""))
            for g in made["groups"]
            if name in g["sites"]
            for f in (made["findings"][n] for n in g["findings"])
        }
        for name in ("oslo", "lima")
    }
    assert ("/paused", "fleet", "the site's own") in found["oslo"]
    assert ("/paused", "fleet", "") in found["lima"]
    said = seedgit(layered, "-v", "fleet", "plan", REF).out
    assert "/paused moved-under (layer fleet; covered by the site's own)" in said


def test_a_layer_that_cannot_be_used_is_told_at_each_site(layered: Repo) -> None:
    broken(layered, "fleet", json.dumps({"version": 1}))
    seedgit(layered, "status")  # it notes the rules that the overlay has now
    made = planned(layered)
    assert all(
        any(
            made["findings"][n]["reason"] == "unusable-record"
            and made["findings"][n]["layer"] == "fleet"
            for n in g["findings"]
        )
        for g in made["groups"]
    )
    assert any(MOVED in found for found in groups(made).values())

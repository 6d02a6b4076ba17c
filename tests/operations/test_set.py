"""Overrides through whatever git does, with every hook disabled."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seedgit.formats.document import Document
from seedgit.git.repository import Repository
from seedgit.git.store import Store
from seedgit.git.stored_record import StoredRecord
from seedgit.operations.set import set_override
from seedgit.operations.workspace import Workspace
from tests.built import prepared
from tests.conftest import Repo
from tests.counting import Counted
from tests.site import FLOW, PATH, SEEDS, TOML, data, override, package, seedgit, site_of, statuses


def refs(site: Repo) -> str:
    return site("for-each-ref", "refs/seedgit")


def test_an_override_changes_the_effective_file_and_nothing_git_tracks(site: Repo) -> None:
    override(site, "/steps/[id=fetch]/mode", "drain", "--why", "burn-in")
    assert seedgit(site, "render", PATH).out == FLOW.replace("mode: live", "mode: drain", 1)
    assert site("status", "--porcelain") == ""
    entry = data(site, "log")[0]
    assert (entry["author"], entry["why"], entry["seeds"]) == ("Sam Site", "burn-in", [PATH])


def test_it_holds_after_a_fast_forward_that_moves_its_item(upstream: Repo, site: Repo) -> None:
    override(site, "/steps/[id=rank]/mode", "drain")
    upstream.commit({PATH: FLOW.replace("steps:\n", "steps:\n  - id: new\n    mode: live\n")}, "v2")
    before = refs(site)
    site("pull", "--quiet", "--ff-only")
    assert refs(site) == before
    assert "  - id: rank\n    mode: drain\n" in seedgit(site, "render", PATH).out
    assert statuses(site) == {f"{PATH}/steps/2/mode": "moved"}


def test_it_holds_after_a_rename_and_on_an_older_branch(upstream: Repo, site: Repo) -> None:
    override(site, "/paused", "true")
    upstream("mv", PATH, "flows/renamed.yaml")
    upstream.commit({"flows/renamed.yaml": FLOW.replace("wiki", "wiki-2")}, "v2")
    site("branch", "older")
    site("pull", "--quiet", "--ff-only")
    assert "paused: true" in seedgit(site, "render", "flows/renamed.yaml").out
    assert seedgit(site, "rebase").status == 0
    assert "paused: true" in seedgit(site, "render", "flows/renamed.yaml").out
    site("checkout", "--quiet", "older")
    assert "paused: true" in seedgit(site, "render", PATH).out


def test_what_a_seed_change_does_follows_the_rules(upstream: Repo, site: Repo) -> None:
    override(site, "/steps/[id=fetch]/max_items", "1")
    override(site, "/limit", "2")
    override(site, "/paused", "true")
    new = FLOW.replace("50", "80").replace("limit: 5", "limit: 9").replace("false", "true")
    upstream.commit({PATH: new}, "v2")
    site("pull", "--quiet", "--ff-only")
    for _ in ("derived", "stored"):
        assert statuses(site) == {
            f"{PATH}/steps/0/max_items": "moved-under",
            f"{PATH}/limit": "yielded",
            f"{PATH}/paused": "redundant",
        }
        rendered = seedgit(site, "render", PATH).out
        assert "max_items: 1\n" in rendered
        assert "limit: 9\n" in rendered
        assert seedgit(site, "status", "--exit-code").status == 1
        assert seedgit(site, "rebase").status == 0


def test_a_removed_seed_keeps_its_overrides(upstream: Repo, site: Repo) -> None:
    override(site, "/paused", "true")
    upstream("rm", "--quiet", PATH)
    upstream.commit(message="gone")
    site("pull", "--quiet", "--ff-only")
    assert statuses(site) == {f"{PATH}/paused": "seed-gone"}
    assert seedgit(site, "rebase").status == 0
    upstream.commit({PATH: FLOW}, "back")
    site("pull", "--quiet", "--ff-only")
    assert "paused: true" in seedgit(site, "render", PATH).out


def test_no_git_operation_moves_an_overlay(upstream: Repo, site: Repo) -> None:
    override(site, "/paused", "true")
    before = refs(site)
    site.commit({PATH: FLOW.replace("timeout: 30", "timeout: 45")}, "ours")
    upstream.commit({PATH: FLOW.replace("timeout: 30", "timeout: 60")}, "theirs")
    site("fetch", "--quiet")
    site("merge", "origin/main", ok=False)
    site("merge", "--abort")
    site("merge-tree", "--write-tree", "HEAD", "origin/main", ok=False)
    site("rebase", "origin/main", ok=False)
    site("rebase", "--abort")
    site("cherry-pick", "origin/main", ok=False)
    site("cherry-pick", "--abort")
    site.write({PATH: FLOW})
    site("stash", "--quiet")
    site("stash", "pop", "--quiet")
    assert refs(site) == before


def test_overlays_lie_over_one_another(site: Repo) -> None:
    override(site, "/paused", "true")
    override(site, "/steps/0/mode", "drain")
    site("config", "seedgit.overlay", "local")
    site("config", "--add", "seedgit.overlay", "night")
    override(site, "/steps/0/mode", "off")
    rendered = seedgit(site, "render", PATH).out
    assert "paused: true" in rendered
    assert 'mode: "off"' in rendered


def test_linked_worktrees_share_the_overlay(site: Repo) -> None:
    override(site, "/paused", "true")
    other = site.worktree("other", "-b", "other")
    assert "paused: true" in seedgit(other, "render", PATH).out
    assert seedgit(other, "unset", PATH, "/paused").status == 0
    assert seedgit(site, "render", PATH).out == FLOW


def test_it_works_in_shallow_and_partial_clones(upstream: Repo) -> None:
    upstream("config", "uploadpack.allowFilter", "true")
    upstream.commit({PATH: FLOW.replace("wiki", "w")}, "v1.1")
    for name, option in (("shallow", "--depth=1"), ("partial", "--filter=blob:none")):
        site = upstream.clone(name, option)
        override(site, "/paused", "true")
        assert "paused: true" in seedgit(site, "render", PATH).out


def test_undo_takes_back_one_change_after_the_other(site: Repo) -> None:
    override(site, "/paused", "true")
    override(site, "/limit", "1")
    assert seedgit(site, "undo").status == 0
    assert statuses(site) == {f"{PATH}/paused": "unchanged"}
    assert seedgit(site, "undo").status == 0
    assert statuses(site) == {}
    assert seedgit(site, "undo").status == 4


def test_a_selector_that_names_nothing_says_what_came_close(site: Repo) -> None:
    said = seedgit(site, "set", PATH, "/steps/[id=fetsch]/mode", "drain")
    assert said.status == 2
    assert "[id=fetch]" in said.err


def test_capture_moves_owned_edits_and_leaves_the_rest(site: Repo) -> None:
    edited = FLOW.replace("paused: false", "paused: true").replace("timeout: 30", "timeout: 45")
    site.write({PATH: edited})
    assert seedgit(site, "capture", PATH).status == 0
    assert site.read(PATH).decode() == FLOW.replace("timeout: 30", "timeout: 45")
    assert statuses(site) == {f"{PATH}/paused": "unchanged"}
    assert seedgit(site, "render", PATH).out == edited


OWNED_STEPS = """\
version: 1
seeds:
  - files: "flows/**"
    keys: {/steps: id}
    overlay:
      - path: /steps
      - path: /hosts
      - path: /schedule
      - path: /ports
"""
STEPS = """\
steps:
  - id: fetch
    mode: live
  - id: store
    mode: live
hosts: [a, b]
schedule:
  paused: false
"""
ZERO = "  - id: zero\n    mode: live\n"
WITH_ZERO = STEPS.replace("steps:\n", "steps:\n" + ZERO)


@pytest.fixture
@prepared
def owner(repo: Repo) -> Repo:
    """A site that owns the lists of its seed."""
    repo.commit({".seedgit.yaml": OWNED_STEPS, PATH: STEPS}, "v1")
    return site_of(repo)


@pytest.mark.parametrize(
    "edited",
    [
        WITH_ZERO,
        STEPS.replace("hosts", ZERO + "hosts"),
        STEPS.replace("  - id: store", ZERO + "  - id: store"),
        STEPS.replace("[a, b]", "[x, a, b]"),
        STEPS.replace("[a, b]", "[a, x, c, b, z]"),
        STEPS.replace("  - id: fetch\n    mode: live\n", ZERO),
        WITH_ZERO.replace("store\n    mode: live", "store\n    mode: drain"),
    ],
)
def test_a_captured_item_stands_beside_the_seeds(owner: Repo, edited: str) -> None:
    owner.write({PATH: edited})
    assert seedgit(owner, "capture", PATH).status == 0
    assert owner.read(PATH).decode() == STEPS
    assert seedgit(owner, "render", PATH).out == edited
    # A rendered file is what the overlay makes already.
    owner.write({PATH: edited})
    assert seedgit(owner, "capture", PATH).status == 0
    assert seedgit(owner, "render", PATH).out == edited


def test_one_captured_item_after_another(owner: Repo) -> None:
    override(owner, "/schedule/paused", "true")
    for name in ("zero", "one"):
        owner.write({PATH: WITH_ZERO.replace("zero", name)})
        assert seedgit(owner, "capture", PATH).status == 0
    assert "paused: true" in seedgit(owner, "render", PATH).out
    assert [step["id"] for step in steps(owner)] == ["zero", "one", "fetch", "store"]


def test_no_edit_is_captured_into_a_list_that_is_overridden_as_a_whole(owner: Repo) -> None:
    override(owner, "/steps", '[{"id": "store", "mode": "x"}, {"id": "fetch", "mode": "y"}]')
    before = refs(owner)
    edited = STEPS.replace("mode: live", "mode: off", 1)
    owner.write({PATH: edited})
    said = seedgit(owner, "capture", PATH)
    assert (said.status, refs(owner)) == (3, before)
    assert PATH in said.err
    assert "/steps" in said.err
    assert owner.read(PATH).decode() == edited


def ids(site: Repo) -> list[str]:
    return [step["id"] for step in steps(site)]


def test_an_item_of_the_overlays_is_named_by_its_identity(owner: Repo) -> None:
    """Never by the index of another item: neither is hit for the other."""
    owner.write({PATH: WITH_ZERO})
    assert f"{PATH}/steps/[id=zero] is in the overlay" in seedgit(owner, "capture", PATH).out
    said = seedgit(owner, "set", PATH, "/steps/[id=fetch]/mode", "drain")
    assert f"{PATH}/steps/[id=fetch]/mode = " in said.out
    said = seedgit(owner, "set", PATH, "/steps/[id=zero]/mode", "slow", "--why", "new")
    assert f"{PATH}/steps/[id=zero]/mode = " in said.out
    assert [step["mode"] for step in steps(owner)] == ["slow", "drain", "live"]
    before = refs(owner)
    for words in (
        ("set", PATH, "/steps/0/mode", "x"),
        ("set", PATH, "/steps/0", "x"),
        ("set", PATH, "/steps/0/mode", "--delete"),
        ("unset", PATH, "/steps/0"),
        ("promote", PATH, "/steps/0", "--from", "main"),
        ("set", PATH, "/steps/2", "x"),
        ("set", PATH, "/steps/[id=zero]", "--delete"),
        ("set", PATH, "/steps/[id=zero]/mode", "x", "--if-seed-is", "live"),
    ):
        said = seedgit(owner, *words)
        assert said.status == 2, words
        assert PATH in said.err
        assert "[id=zero]" in said.err or "/steps/-" in said.err
        assert "hint: " in said.err
    assert refs(owner) == before
    assert seedgit(owner, "set", PATH, "/steps/*/mode", "all").status == 0
    assert [step["mode"] for step in steps(owner)] == ["all"] * 3
    assert seedgit(owner, "set", PATH, "/steps/[id=zero]/mode", "--delete").status == 0
    assert steps(owner)[0] == {"id": "zero"}
    assert seedgit(owner, "unset", PATH, "/steps/[id=fetch]").status == 0
    assert [step.get("mode") for step in steps(owner)] == [None, "live", "all"]
    assert seedgit(owner, "unset", PATH, "/steps/[id=zero]").status == 0
    assert ids(owner) == ["fetch", "store"]


def test_an_item_has_the_identity_that_an_override_gives_it_too(owner: Repo) -> None:
    override(owner, "/steps/[id=fetch]/id", "fetch-2")
    override(owner, "/steps/[id=fetch-2]/mode", "x")
    override(owner, "/steps/[id=store]", '{"id": "store-2"}')
    override(owner, "/steps/[id=store-2]/mode", "y")
    assert steps(owner) == [{"id": "fetch-2", "mode": "x"}, {"id": "store-2", "mode": "y"}]
    for name in ("store-2", "fetch-2"):
        assert seedgit(owner, "unset", PATH, f"/steps/[id={name}]").status == 0
    assert seedgit(owner, "render", PATH).out == STEPS


def test_setting_twice_at_the_end_of_a_list_sets_once(owner: Repo) -> None:
    for name in ("one", "two"):
        override(owner, "/steps/2", f'{{"id": "{name}"}}')
    assert ids(owner) == ["fetch", "store", "two"]
    override(owner, "/steps/-", '{"id": "three"}')
    override(owner, "/steps/4", '{"id": "four"}')
    said = seedgit(owner, "unset", PATH, "/steps/2")
    assert said.status == 2
    assert "/steps/[id=two], /steps/[id=three], /steps/[id=four]" in said.err
    assert seedgit(owner, "set", PATH, "/steps/2", "x").status == 2
    override(owner, "/steps/3/mode", "live")
    assert steps(owner)[3] == {"id": "three", "mode": "live"}
    assert seedgit(owner, "unset", PATH, "/steps/[id=three]").status == 0
    assert ids(owner) == ["fetch", "store", "two", "four"]


def test_plain_items_are_named_by_their_place_in_the_effective_file(owner: Repo) -> None:
    override(owner, "/hosts/-", "c")
    override(owner, "/hosts/-", "d")
    override(owner, "/hosts/3", "D")
    assert "[a, b, c, D]" in seedgit(owner, "render", PATH).out
    assert seedgit(owner, "unset", PATH, "/hosts/2").status == 0
    assert "[a, b, D]" in seedgit(owner, "render", PATH).out


def test_no_orphan_goes_with_an_override_of_the_item_at_its_old_index(owner: Repo) -> None:
    override(owner, "/steps/[id=store]/mode", "drain")
    owner.commit({PATH: STEPS.replace("id: store", "id: other")}, "v2")
    assert seedgit(owner, "rebase").status == 0
    override(owner, "/steps/[id=other]/mode", "off")
    before = refs(owner)
    said = seedgit(owner, "unset", PATH, "/steps/1/mode")
    assert (said.status, refs(owner)) == (2, before)
    assert "parked" in said.err
    assert seedgit(owner, "unset", PATH, "/steps/[id=other]/mode").status == 0
    assert statuses(owner) == {f"{PATH}/steps/1/mode": "orphaned"}
    assert seedgit(owner, "unset", PATH, "/steps/1/mode").status == 0
    assert statuses(owner) == {}


def test_what_the_overlay_adds_can_be_set_within(owner: Repo) -> None:
    override(owner, "/schedule/window", '{"from": 1}')
    override(owner, "/schedule/window/to", "2")
    assert seedgit(owner, "set", PATH, "/schedule/window/from", "--delete").status == 0
    assert "window:\n    to: 2\n" in seedgit(owner, "render", PATH).out
    override(owner, "/steps", '[{"id": "store"}, {"id": "fetch"}]')
    override(owner, "/steps/[id=fetch]/mode", "x")
    assert steps(owner) == [{"id": "store"}, {"id": "fetch", "mode": "x"}]
    override(owner, "/steps/*/mode", "y")
    assert [step["mode"] for step in steps(owner)] == ["y", "y"]
    assert seedgit(owner, "set", PATH, "/schedule/window", "--delete").status == 2


@pytest.mark.parametrize("gone", ["/schedule", "/steps/0", "/steps/[id=fetch]"])
def test_nothing_is_set_below_what_an_override_takes_away(owner: Repo, gone: str) -> None:
    assert seedgit(owner, "set", PATH, gone, "--delete").status == 0
    before = refs(owner)
    below = f"{gone}/{'paused' if gone == '/schedule' else 'mode'}"
    for words in ((below, "true", "--as-json"), (below, "--delete")):
        said = seedgit(owner, "set", PATH, *words)
        assert (said.status, refs(owner)) == (3, before)
        assert PATH in said.err
        assert "unset" in said.err
    owner.write({PATH: STEPS.replace("false", "true").replace("mode: live", "mode: x", 1)})
    assert seedgit(owner, "capture", PATH).status == 3
    assert refs(owner) == before
    # The place itself may be set again, and every other one.
    override(owner, gone, '{"id": "fetch", "paused": 1}')
    assert "paused: 1" in seedgit(owner, "render", PATH).out
    assert seedgit(owner, "set", PATH, gone, "--delete").status == 0
    override(owner, "/steps/*/mode", "y")


@pytest.mark.parametrize(
    ("path", "pointer", "value", "words"),
    [
        (TOML, "/paused", "null", "TOML has no null"),
        (TOML, "/paused", '{"a": [1, null]}', "TOML has no null"),
        (TOML, "/paused", "12345678901234567890123", "64 bits"),
        (TOML, "/steps/2", '{"id": "x", "mode": null}', "TOML has no null"),
        (PATH, "/paused", '"\\ud800"', "UTF-8"),
        (PATH, "/paused", '{"\\ud800": 1}', "UTF-8"),
        (PATH, "/paused", "caf\udce9", "UTF-8"),
        (PATH, "/caf\udce9", "1", "UTF-8"),
        (PATH, "/paused", "[" * 128 + "]" * 128, "levels"),
        ("flows/one.jsonc", "/paused", '"\\ud800"', "UTF-8"),
    ],
)
def test_what_the_format_cannot_say_is_not_stored(
    repo: Repo, path: str, pointer: str, value: str, words: str
) -> None:
    site = site_of(package(repo, SEEDS))
    assert seedgit(site, "set", path, "/limit", "1").status == 0
    before = refs(site)
    meant = "--text" if value.startswith("caf") else "--as-json"
    said = seedgit(site, "set", path, pointer, value, "--new", meant)
    assert (said.status, refs(site)) == (3, before)
    assert pointer.split("\udce9")[0] in said.err
    assert path in said.err
    assert words in said.err
    assert "hint: " in said.err
    assert seedgit(site, "render", path).status == 0


def test_what_json_cannot_say_of_the_seed_is_named(repo: Repo) -> None:
    site = site_of(package(repo, {TOML: "when = 2024-05-06\n[at]\nday = 2024-05-06\n"}))
    before = refs(site)
    for words in (("/when", "5"), ("/at", "5", "--as-json"), ("/when", "--delete")):
        said = seedgit(site, "set", TOML, *words)
        assert (said.status, refs(site)) == (3, before)
        assert f"error: {TOML}: of the seed's value, {words[0]}" in said.err
        assert "hint: keep it in the file" in said.err


def test_a_record_that_cannot_be_written_can_be_mended(repo: Repo) -> None:
    """An older seedgit, or a merge of two sites, may have stored it."""
    site = site_of(package(repo, SEEDS))
    nulls = {"paused": False, "limit": 5}
    patch = [
        operation
        for name, value in nulls.items()
        for operation in (
            {"op": "test", "path": f"/{name}", "value": value},
            {"op": "replace", "path": f"/{name}", "value": None},
        )
    ]
    store(site, TOML, {"patch": patch})
    said = seedgit(site, "render", TOML)
    assert said.status == 3
    assert f"{TOML}: /paused: overlay local: TOML has no null" in said.err
    assert "seedgit unset" in said.err
    assert seedgit(site, "set", TOML, "/timeout", "1").status == 3
    for name in nulls:
        assert seedgit(site, "unset", TOML, f"/{name}").status == 0
    assert seedgit(site, "render", TOML).out == SEEDS[TOML]


@pytest.mark.parametrize(
    "patch",
    [
        [
            {"op": "test", "path": "/schedule", "value": {"paused": False}},
            {"op": "remove", "path": "/schedule"},
            {"op": "add", "path": "/schedule/paused", "value": True},
        ],
        [{"op": "add", "path": "/schedule/note", "value": "\ud800"}],
    ],
)
def test_overrides_that_cannot_be_applied_are_counted_and_told(
    owner: Repo, patch: list[dict[str, Any]]
) -> None:
    store(owner, PATH, {"patch": patch})
    found = data(owner, "status")
    count = sum(operation["op"] != "test" for operation in patch)
    assert (found["overrides"]["active"], found["overrides"]["unreadable"]) == (0, count)
    said = seedgit(owner, "status", "--exit-code")
    assert (said.status, f"problem: {PATH}: /schedule" in said.out) == (1, True)
    assert f"{count} unreadable" in said.out
    assert "unreadable  /schedule" in said.out
    said = seedgit(owner, "pending", "--exit-code")
    assert (said.status, f"problem: {PATH}: /schedule" in said.out) == (1, True)
    assert "nothing waits" not in said.out
    findings = data(owner, "doctor")["findings"]
    (finding,) = (f for f in findings if f["code"] == "overlay-unusable")
    assert PATH in finding["detail"]
    assert "seedgit unset" in finding["remedy"]
    pointer = patch[-1]["path"]
    assert seedgit(owner, "unset", PATH, pointer).status == 0
    assert data(owner, "status")["overrides"]["unreadable"] == 0
    assert seedgit(owner, "status").status == 0


def test_rebase_says_which_seed_it_left(owner: Repo) -> None:
    override(owner, "/schedule/paused", "true")
    owner.write({PATH: "a: [\n"})
    owner("add", PATH)
    said = seedgit(owner, "rebase")
    assert (said.status, said.out) == (1, "")
    assert f"overlay local: stays as it is: {PATH}:" in said.err
    said = seedgit(owner, "rebase", "--json")
    (entry,) = json.loads(said.out)
    assert entry["path"] == PATH
    assert entry["left"].startswith(PATH)
    assert data(owner, "status")["overrides"]["unreadable"] == 1


def store(site: Repo, path: str, body: dict[str, Any]) -> None:
    """A record as it is, whatever it says."""
    base = site("rev-parse", f"HEAD:{path}")
    for update in Store(Repository.discover(site.path)).updates("local"):
        update.write({path: StoredRecord(path, base, body)}, "stored\n")


def steps(site: Repo) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = Document.parse(
        seedgit(site, "render", PATH).out.encode(), PATH
    ).value["steps"]
    return found


def test_push_and_pull_carry_overlays_between_sites(make_repo: object, tmp_path: Path) -> None:
    make = make_repo
    assert callable(make)
    hub = make("hub", "--bare")
    one = package(make("one"))
    one("remote", "add", "origin", f"file://{hub.path}")
    one("push", "--quiet", "-u", "origin", "main")
    two = hub.clone("two")
    override(one, "/paused", "true")
    assert seedgit(one, "push").status == 0
    override(two, "/limit", "1")
    assert seedgit(two, "push").status == 5
    assert seedgit(two, "pull").status == 5  # it began apart
    assert seedgit(two, "pull", "--join").status == 0
    assert set(statuses(two)) == {f"{PATH}/paused", f"{PATH}/limit"}
    assert seedgit(two, "push").status == 0
    override(one, "/steps/0/mode", "x")
    assert seedgit(one, "pull").status == 0
    assert len(statuses(one)) == 3
    override(two, "/limit", "7")
    override(one, "/limit", "8")
    seedgit(two, "push")
    said = seedgit(one, "pull")
    assert said.status == 1
    assert "/limit" in said.out
    assert "limit: 8" in seedgit(one, "render", PATH).out


@pytest.mark.parametrize(("one", "other"), [("true", "1"), ("1", "1.0"), ("0", "false")])
def test_values_that_python_takes_for_equal_are_not_one_value(
    site: Repo, one: str, other: str
) -> None:
    override(site, "/paused", one, "--as-json")
    override(site, "/paused", other, "--as-json")
    assert f"paused: {other}\n" in seedgit(site, "render", PATH).out


def test_one_set_after_the_other_reads_each_object_once(site: Repo, counted: Counted) -> None:
    """A change reads the commit that the one before has made, and knows the trees."""
    workspace = Workspace.open(str(site.path))
    for number in range(4):
        set_override(workspace, PATH, "/timeout", number, "again")
        read, counted.trees = counted.trees, []
    assert len(read) == len(set(read)) == 1

"""Live trees: a program and git change the same values, and sync loses neither's."""

from __future__ import annotations

import json
import os
import re
import shlex
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from seedgit.files import contested
from seedgit.git import live_files
from seedgit.git.files import REPLACED
from seedgit.git.live_tree import live_trees
from seedgit.operations import sync as module
from seedgit.operations.live_tree import sync_run
from seedgit.operations.live_tree.ledger import Ledger
from seedgit.operations.live_tree.live_file import Synced
from seedgit.operations.set import set_override
from seedgit.operations.stack.effective import effective
from seedgit.operations.undo import undo
from seedgit.operations.workspace import Workspace
from tests.conftest import Repo
from tests.killed import killed
from tests.site import PATH, TOML, package, seedgit, site_of

RULES = """\
version: 1
seeds:
  - files: "flows/**"
    keys: {/steps: id}
    overlay:
      - path: /paused
      - path: /queue
      - path: /steps/*/mode
"""
SEED = """\
# A flow.
name: wiki
timeout: 30   # seconds
paused: false
queue: []
steps:
  - id: fetch
    mode: live
  - id: rank
    mode: live
"""
JSON = "flows/one.json"
FILES = {
    ".seedgit.yaml": RULES,
    PATH: SEED,
    JSON: '{\n  "name": "one",\n  "paused": false\n}\n',
    TOML: "name = 'two'\npaused = false\n",
}


@pytest.fixture
def owner(repo: Repo) -> Repo:
    return site_of(package(repo, FILES))


@pytest.fixture
def app(owner: Repo) -> Path:
    """The folder of a program, a live tree."""
    place = owner.path.parent / "app"
    said = seedgit(owner, "live", str(place))
    assert said.status == 0, said.err
    return place


def synced(site: Repo, *words: str, status: int = 0) -> list[dict[str, Any]]:
    said = seedgit(site, "sync", *words, "--json")
    assert said.status == status, said.out + said.err
    return [file for tree in json.loads(said.out) for file in tree["files"]]


def rendered(site: Repo, path: str = PATH) -> str:
    said = seedgit(site, "render", path)
    assert said.status == 0, said.err
    return said.out


def swap(place: Path, old: str, new: str) -> None:
    """A program that replaces a piece of its file."""
    text = place.read_text()
    assert old in text
    place.write_text(text.replace(old, new))


# -- the tree ----------------------------------------------------------------------------------


def test_a_live_tree_has_each_seeds_effective_file(owner: Repo) -> None:
    seedgit(owner, "set", PATH, "/paused", "true")
    said = seedgit(owner, "live", "../app")
    assert said.status == 0
    app = owner.path.parent / "app"
    for path in (PATH, JSON, TOML):
        assert (app / path).read_text() == rendered(owner, path)
    assert "paused: true" in (app / PATH).read_text()
    assert owner("status", "--porcelain") == ""


def test_a_pattern_chooses_the_seeds_and_a_map_their_places(owner: Repo) -> None:
    other = owner.path.parent / "etc" / "wiki.yaml"
    done = seedgit(owner, "live", "../app", "flows/*.yaml", "--map", f"{PATH}={other}")
    assert done.status == 0, done.err
    assert other.read_text() == SEED
    assert not (owner.path.parent / "app").exists()
    [tree] = live_trees(Workspace.open(str(owner.path)).repository)
    assert tree.patterns == ("flows/*.yaml",)


@pytest.mark.parametrize("place", [".", "flows", ".git/live", "..", "new"])
def test_a_folder_that_git_would_track_is_refused(owner: Repo, place: str) -> None:
    said = seedgit(owner, "live", place)
    assert said.status == 2
    assert not live_trees(Workspace.open(str(owner.path)).repository)
    assert owner("status", "--porcelain") == ""


def test_an_ignored_folder_of_the_working_tree_may_be_one(owner: Repo) -> None:
    (owner.path / ".git" / "info" / "exclude").write_text("/run/\n")
    assert seedgit(owner, "live", "run").status == 0
    assert (owner.path / "run" / PATH).read_text() == SEED
    assert owner("status", "--porcelain") == ""


def test_undo_leaves_the_files(owner: Repo, app: Path) -> None:
    assert seedgit(owner, "live", "--undo", str(app)).status == 0
    assert (app / PATH).read_text() == SEED
    assert seedgit(owner, "sync").status == 2
    assert not (owner.path / ".git" / "seedgit" / "live").exists()


def test_a_tracked_file_cannot_make_a_live_tree_or_name_a_command(owner: Repo, app: Path) -> None:
    """Only the clone's own configuration counts, not what a user's or the system's says."""
    config = Path(os.environ["GIT_CONFIG_GLOBAL"])
    config.write_text(config.read_text() + '[seedgit-live "/tmp/x"]\n\texec = touch /tmp/x/owned\n')
    trees = live_trees(Workspace.open(str(owner.path)).repository)
    assert [tree.directory for tree in trees] == [str(app)]


# -- what a program writes ----------------------------------------------------------------------


def test_what_the_site_owns_goes_into_the_overlay(owner: Repo, app: Path) -> None:
    swap(app / PATH, "mode: live\n  - id: rank", "mode: drain\n  - id: rank")
    [file] = synced(owner)
    assert [item["pointer"] for item in file["captured"]] == ["/steps/0/mode"]
    assert rendered(owner) == (app / PATH).read_text()
    why = seedgit(owner, "why", PATH, "/steps/0/mode").out
    assert re.search(r"written at run time, seen \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00\n", why)
    assert synced(owner) == []


def test_a_value_back_at_the_seeds_ends_its_override(owner: Repo, app: Path) -> None:
    seedgit(owner, "set", PATH, "/queue", '["item"]')
    assert "- item" in (app / PATH).read_text() or '["item"]' in (app / PATH).read_text()
    value = yaml.safe_load((app / PATH).read_text())
    value["queue"] = []
    (app / PATH).write_text(yaml.safe_dump(value))
    [file] = synced(owner)
    assert [item["pointer"] for item in file["ended"]] == ["/queue"]
    assert rendered(owner) == SEED


def test_writes_of_one_sync_are_one_commit(owner: Repo, app: Path) -> None:
    swap(app / PATH, "paused: false", "paused: true")
    swap(app / JSON, "false", "true")
    swap(app / TOML, "false", "true")
    assert len(synced(owner)) == 3
    assert len(owner("rev-list", "refs/seedgit/overlays/local").split()) == 1


def test_what_the_package_owns_is_told_and_stays(owner: Repo, app: Path) -> None:
    swap(app / PATH, "timeout: 30", "timeout: 99")
    for _ in range(2):
        [file] = synced(owner)
        assert file["drift"] == [{"pointer": "/timeout", "effective": 30, "live": 99}]
        assert not file["written"]
    assert "timeout: 99" in (app / PATH).read_text()
    assert rendered(owner) == SEED
    assert seedgit(owner, "sync", "--check").status == 0
    assert seedgit(owner, "sync", "--restore", PATH).status == 0
    assert (app / PATH).read_text() == SEED


def test_overrides_that_the_program_left_alone_stay_as_they_were_made(
    owner: Repo, app: Path
) -> None:
    """A lower layer has come since: over other values, and with no place for one of them."""
    for pointer, value in (("/paused", "true"), ("/steps/0/mode", "drain"), ("/queue", "[1]")):
        assert seedgit(owner, "set", PATH, pointer, value).status == 0
    for name in ("fleet", "local"):
        owner("config", "--add", "seedgit.overlay", name)
    for change in (["/paused", "--delete"], ["/steps/0/mode", "hold"]):
        assert seedgit(owner, "set", PATH, *change, "--overlay", "fleet").status == 0
    made = owner("rev-parse", "refs/seedgit/overlays/local")
    swap(app / PATH, "timeout: 30", "timeout: 99")
    [file] = synced(owner)
    assert [item["pointer"] for item in file["drift"]] == ["/timeout"]
    assert owner("rev-parse", "refs/seedgit/overlays/local") == made


def test_a_rewritten_file_is_no_drift_until_there_is_something_to_write(
    owner: Repo, app: Path
) -> None:
    value = yaml.safe_load(SEED)
    dumped = yaml.safe_dump(value, default_flow_style=True)
    (app / PATH).write_text(dumped)
    assert synced(owner) == []
    assert (app / PATH).read_text() == dumped
    seedgit(owner, "set", PATH, "/paused", "true")
    assert (app / PATH).read_text() == SEED.replace("paused: false", "paused: true")


@pytest.mark.parametrize(
    "text", ["name: [\n", "", "- a list\n", "name: \xff", "name: a\nname: b\n  c: d\n"]
)
def test_what_is_no_version_of_the_seed_is_left_alone(owner: Repo, app: Path, text: str) -> None:
    (app / PATH).write_bytes(text.encode("latin-1"))
    [file] = synced(owner, status=1)
    assert file["reason"] == "live-unreadable"
    assert (app / PATH).read_bytes() == text.encode("latin-1")
    assert rendered(owner) == SEED
    (app / PATH).write_text(SEED.replace("paused: false", "paused: true"))
    [file] = synced(owner)
    assert file["captured"]


def test_drift_is_not_removed_with_its_seed(owner: Repo, app: Path, repo: Repo) -> None:
    swap(app / PATH, "timeout: 30", "timeout: 99")
    assert synced(owner)[0]["drift"]
    repo("rm", "-q", PATH)
    repo.commit({}, "it is gone")
    owner("pull", "-q", "--no-rebase")
    [file] = synced(owner, status=1)
    assert file["reason"] == "live-orphaned"
    assert "timeout: 99" in (app / PATH).read_text()
    (app / PATH).unlink()
    synced(owner)


def test_a_file_follows_a_seed_that_becomes_another_kind_of_document(
    owner: Repo, app: Path, repo: Repo
) -> None:
    repo.commit({PATH: "- one\n- two\n"}, "a list from now on")
    owner("pull", "-q", "--no-rebase")
    [file] = synced(owner)
    assert (file["written"], file["problem"]) == (True, None)
    assert (app / PATH).read_text() == "- one\n- two\n"
    (app / PATH).write_text("one: 1\n")
    [file] = synced(owner, status=1)
    assert file["reason"] == "live-unreadable" and (app / PATH).read_text() == "one: 1\n"


@pytest.mark.parametrize("text", ["", "\n"])
def test_an_empty_file_is_left_alone_where_nothing_is_a_document_too(
    owner: Repo, app: Path, text: str
) -> None:
    """A program that was killed, or whose disk was full, just when it had emptied its file."""
    swap(app / TOML, "paused = false", "paused = true")
    assert synced(owner)
    (app / TOML).write_text(text)
    [file] = synced(owner, status=1)
    assert (file["reason"], file["captured"]) == ("live-unreadable", [])
    assert "paused = true" in rendered(owner, TOML)
    [file] = synced(owner, "--restore", TOML, status=1)
    assert "correct it, or move it away" in file["problem"]
    (app / TOML).unlink()
    assert synced(owner)[0]["written"]
    assert "paused = true" in (app / TOML).read_text()


def test_what_is_too_large_is_left_alone(owner: Repo, app: Path) -> None:
    with (app / PATH).open("a") as file:
        file.truncate(9 << 20)
    [file_] = synced(owner, status=1)
    assert file_["reason"] == "live-unreadable"
    assert "over 8388608 bytes" in file_["problem"]
    (app / PATH).write_text(SEED.replace("paused: false", "paused: true"))
    [file_] = synced(owner)
    assert file_["captured"]


def test_after_ten_minutes_a_person_has_to_look(
    owner: Repo, app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (app / PATH).write_text("name: [\n")
    [file] = synced(owner, status=1)
    assert "a person" not in file["problem"]
    monkeypatch.setattr(sync_run, "LONG", -1.0)
    [file] = synced(owner, status=1)
    assert "a person has to look at it" in file["problem"]


def test_a_file_that_was_there_before_is_the_programs(owner: Repo) -> None:
    app = owner.path.parent / "app"
    (app / "flows").mkdir(parents=True)
    (app / PATH).write_text(SEED.replace("paused: false", "paused: true").replace("30", "45"))
    assert seedgit(owner, "live", str(app)).status == 0
    assert "paused: true" in rendered(owner)
    assert "timeout: 45" in (app / PATH).read_text()


def test_a_file_that_somebody_removed_comes_back(owner: Repo, app: Path) -> None:
    (app / PATH).unlink()
    [file] = synced(owner)
    assert file["written"]
    assert (app / PATH).read_text() == SEED


# -- what git and the overlay bring -------------------------------------------------------------


def upgrade(site: Repo, old: str, new: str) -> None:
    upstream = Repo(site.path.parent / "repo")
    if not upstream.path.exists():
        upstream = Repo(Path(site("config", "remote.origin.url").strip()))
    text = (upstream.path / PATH).read_text()
    assert old in text
    upstream.commit({PATH: text.replace(old, new)}, f"{old} becomes {new}")
    site("pull", "--quiet", "--no-rebase")


def test_an_upgrade_reaches_the_file_beside_the_programs_changes(owner: Repo, app: Path) -> None:
    swap(app / PATH, "paused: false", "paused: true")
    upgrade(owner, "timeout: 30", "timeout: 60")
    [file] = synced(owner)
    assert file["captured"]
    assert file["written"]
    text = SEED.replace("paused: false", "paused: true").replace("timeout: 30", "timeout: 60")
    assert (app / PATH).read_text() == text == rendered(owner)


def test_drift_stays_where_upstream_changed_something_else(owner: Repo, app: Path) -> None:
    swap(app / PATH, "timeout: 30", "timeout: 99")
    synced(owner)
    upgrade(owner, "name: wiki", "name: wiki2")
    [file] = synced(owner)
    assert file["written"]
    assert [item["pointer"] for item in file["drift"]] == ["/timeout"]
    assert (app / PATH).read_text() == SEED.replace("30", "99").replace("wiki", "wiki2")


def test_a_place_that_both_changed_waits_for_a_person(owner: Repo, app: Path) -> None:
    swap(app / PATH, "timeout: 30", "timeout: 99")
    upgrade(owner, "timeout: 30", "timeout: 60")
    for _ in range(2):
        [file] = synced(owner, status=1)
        assert file["clashes"] == [{"pointer": "/timeout", "effective": 60, "live": 99}]
        assert "timeout: 99" in (app / PATH).read_text()
        said = seedgit(owner, "pending", "--exit-code")
        assert said.status == 1
        assert "/timeout is 99 here, 60 in effect" in said.out
        assert seedgit(owner, "status", "--exit-code").status == 1
    assert seedgit(owner, "sync", "--restore", PATH).status == 0
    assert "timeout: 60" in (app / PATH).read_text()
    assert seedgit(owner, "pending", "--exit-code").status == 0
    assert synced(owner) == []


def test_a_clash_of_the_sites_values_is_not_captured_and_the_next_set_decides(
    owner: Repo, app: Path
) -> None:
    seedgit(owner, "set", PATH, "/queue", '["a"]')
    swap(app / PATH, "paused: false", "paused: 7")
    workspace = Workspace.open(str(owner.path))
    from seedgit.operations.set import set_override  # changes the overlay, and syncs nothing

    set_override(workspace, PATH, "/paused", True)
    for _ in range(2):
        [file] = synced(owner, status=1)
        assert file["clashes"] == [{"pointer": "/paused", "effective": True, "live": 7}]
    assert yaml.safe_load(rendered(owner))["paused"] is True
    assert seedgit(owner, "set", PATH, "/paused", "7", "--as-json").status == 0
    assert synced(owner) == []
    assert yaml.safe_load((app / PATH).read_text())["paused"] == 7


def test_items_of_lists_are_told_by_identity_and_what_is_advised_can_be_pasted(
    owner: Repo, app: Path
) -> None:
    swap(app / PATH, "id: rank\n    mode: live", "id: rank\n    mode: 7\n    retries: 3")
    set_override(Workspace.open(str(owner.path)), PATH, "/steps/1/mode", "drain")  # without a sync
    said = seedgit(owner, "sync").out.splitlines()
    assert any('/steps/[id=rank]/mode is 7 here, "drain" in effect: both' in line for line in said)
    assert any("/steps/[id=rank]/retries is 3 here, (absent) in effect" in line for line in said)
    told = [*said, *seedgit(owner, "status").out.splitlines()]
    for advice in ("seedgit set --as-json", "seedgit set --new --as-json"):
        line = next(each for each in told if advice in each)
        words = shlex.split(line.partition("seedgit ")[2])
        assert seedgit(owner, *words).status == 0, words
    assert synced(owner) == []
    steps = yaml.safe_load((app / PATH).read_text())["steps"]
    assert steps[1] == {"id": "rank", "mode": 7, "retries": 3}


def test_what_a_program_writes_after_a_clash_is_not_lost(owner: Repo, app: Path) -> None:
    from seedgit.operations.set import set_override  # changes the overlay, and syncs nothing
    from seedgit.operations.undo import undo

    swap(app / PATH, "paused: false", "paused: 7")
    set_override(Workspace.open(str(owner.path)), PATH, "/paused", True)
    synced(owner, status=1)
    undo(Workspace.open(str(owner.path)))
    swap(app / PATH, "paused: 7", "paused: 8")
    [file] = synced(owner, status=1)
    assert file["clashes"] == [{"pointer": "/paused", "effective": False, "live": 8}]
    assert "paused: 8" in (app / PATH).read_text()


@pytest.mark.parametrize("later", ["paused: 8", ""])
def test_who_decides_a_clash_does_not_decide_over_what_was_written_since(
    owner: Repo, app: Path, later: str
) -> None:
    """Nobody has seen that. It may be another value, or none."""
    swap(app / PATH, "paused: false", "paused: 7")
    set_override(Workspace.open(str(owner.path)), PATH, "/paused", True)  # without a sync
    synced(owner, status=1)
    swap(app / PATH, "paused: 7", later)
    set_override(Workspace.open(str(owner.path)), PATH, "/paused", 9)
    text = (app / PATH).read_text()
    clash: dict[str, Any] = {"pointer": "/paused", "effective": 9}
    for _ in range(2):
        [file] = synced(owner, status=1)
        assert file["clashes"] == [clash | ({"live": 8} if later else {})]
        assert (app / PATH).read_text() == text
    assert seedgit(owner, "set", PATH, "/paused", "10", "--as-json").status == 0
    assert synced(owner) == []
    assert "paused: 10" in (app / PATH).read_text()


def test_an_upgrade_decides_no_clash(owner: Repo, app: Path) -> None:
    upgrade(owner, "timeout: 30", "timeout: 1")
    swap(app / PATH, "timeout: 30", "timeout: drain")
    synced(owner, status=1)
    upgrade(owner, "timeout: 1", "timeout: 2")
    [file] = synced(owner, status=1)
    assert file["clashes"] == [{"pointer": "/timeout", "effective": 2, "live": "drain"}]
    assert "timeout: drain" in (app / PATH).read_text()


def colleague(owner: Repo, make_repo: Callable[..., Repo]) -> Repo:
    """Another clone of the site; both have the remote `hub`."""
    hub = make_repo("hub", "--bare")
    other = owner.clone("other")
    assert seedgit(other, "init").status == 0
    for site in (owner, other):
        site("remote", "add", "hub", f"file://{hub.path}")
    return other


def test_what_a_colleague_set_decides_no_clash(
    owner: Repo, app: Path, make_repo: Callable[..., Repo]
) -> None:
    """Nobody knew there what a program had written here."""
    other = colleague(owner, make_repo)
    seedgit(owner, "set", PATH, "/queue", '["a"]')
    seedgit(owner, "push", "hub")
    seedgit(other, "pull", "hub")
    swap(app / PATH, "paused: false", "paused: 7")
    set_override(Workspace.open(str(owner.path)), PATH, "/paused", 1)  # without a sync
    synced(owner, status=1)
    undo(Workspace.open(str(owner.path)))
    assert seedgit(owner, "push", "hub").status == 0
    assert seedgit(other, "pull", "hub").status == 0
    seedgit(other, "set", PATH, "/paused", "true")
    assert seedgit(other, "push", "hub").status == 0
    assert seedgit(owner, "pull", "hub").status == 0
    for _ in range(2):
        [file] = synced(owner, status=1)
        assert file["clashes"] == [{"pointer": "/paused", "effective": True, "live": 7}]
        assert "paused: 7" in (app / PATH).read_text()
    assert seedgit(owner, "set", PATH, "/paused", "9", "--as-json").status == 0
    assert synced(owner) == []
    assert "paused: 9" in (app / PATH).read_text()


@pytest.mark.parametrize("here", [False, True])
def test_what_is_brought_back_decides_no_clash(
    owner: Repo, app: Path, make_repo: Callable[..., Repo], here: bool
) -> None:
    """Even if it was set here once: a colleague who brings it back does not know what the program
    wrote, and who takes a change back here has not chosen that over what the program wrote."""
    other = colleague(owner, make_repo)
    assert seedgit(owner, "set", PATH, "/paused", "5", "--as-json").status == 0
    swap(app / PATH, "paused: 5", "paused: 7")
    undo(Workspace.open(str(owner.path)))  # without a sync
    synced(owner, status=1)
    assert seedgit(owner, "push", "hub").status == 0
    last = owner("rev-parse", "refs/seedgit/overlays/local")
    if here:
        assert seedgit(owner, "undo", last).status == 0
    else:
        assert seedgit(other, "pull", "hub").status == 0
        assert seedgit(other, "undo", last).status == 0
        assert seedgit(other, "push", "hub").status == 0
        assert seedgit(owner, "pull", "hub").status == 0
    for _ in range(2):
        [file] = synced(owner, status=1)
        assert file["clashes"] == [{"pointer": "/paused", "effective": 5, "live": 7}]
        assert "paused: 7" in (app / PATH).read_text()


@pytest.mark.parametrize("value", ["6", "5"])
def test_what_a_program_wrote_stays_when_a_person_takes_back_what_clashed_with_it(
    owner: Repo, app: Path, value: str
) -> None:
    """A simulated history found it: the value below came back, and counted as a decision."""
    assert seedgit(owner, "set", PATH, "/paused", "5", "--as-json").status == 0
    swap(app / PATH, "paused: 5", "paused: 7")
    seedgit(owner, "set", PATH, "/paused", "9", "--as-json")
    assert seedgit(owner, "undo").status == 0
    for _ in range(2):
        [file] = synced(owner, status=1)
        assert file["clashes"] == [{"pointer": "/paused", "effective": 5, "live": 7}]
        assert "paused: 7" in (app / PATH).read_text()
    assert seedgit(owner, "set", PATH, "/paused", value, "--as-json", "--why", "it is").status == 0
    assert synced(owner) == []
    assert f"paused: {value}" in (app / PATH).read_text()


def test_what_a_program_wrote_stays_when_a_lower_layer_s_value_is_back(
    owner: Repo, app: Path
) -> None:
    """A simulated history found it: it had been set here too, long before."""
    for layer in ("fleet", "local"):
        owner("config", "--add", "seedgit.overlay", layer)
    set_fleet = ("set", PATH, "/paused", "5", "--as-json", "--overlay", "fleet")
    assert seedgit(owner, *set_fleet).status == 0
    swap(app / PATH, "paused: 5", "paused: 7")
    seedgit(owner, "set", PATH, "/paused", "9", "--as-json")
    assert seedgit(owner, "undo").status == 0
    for _ in range(2):
        [file] = synced(owner, status=1)
        assert file["clashes"] == [{"pointer": "/paused", "effective": 5, "live": 7}]
        assert "paused: 7" in (app / PATH).read_text()
    assert seedgit(owner, "set", PATH, "/paused", "5", "--as-json").status == 0
    assert synced(owner) == []
    assert "paused: 5" in (app / PATH).read_text()


def ruled(site: Repo, policy: str) -> None:
    """A rule for /paused, of the site's own."""
    changed = RULES.replace("path: /paused", f"path: /paused\n        on-seed-change: {policy}")
    (site.path / ".seedgit.yaml").write_text(changed)


@pytest.mark.parametrize("policy", ["preserve", "review"])
@pytest.mark.parametrize("value", ["7", "false"])
@pytest.mark.parametrize("first", ["program", "sync"])
def test_what_a_program_wrote_over_an_older_seed_follows_the_rule(
    owner: Repo, app: Path, policy: str, value: str, first: str
) -> None:
    """It has read the file of version 1, and writes all of it, before or after the sync."""
    ruled(owner, policy)
    old = (app / PATH).read_text()
    upgrade(owner, "paused: false", "paused: 1")
    if first == "sync":
        synced(owner)
    elif value == "false":
        return  # it has changed nothing
    (app / PATH).write_text(old.replace("paused: false", f"paused: {value}").replace("[]", "[a]"))
    [file] = synced(owner)
    assert not file["clashes"]
    found = yaml.safe_load(rendered(owner))
    assert (found["paused"], found["queue"]) == (yaml.safe_load(value), ["a"])
    assert yaml.safe_load((app / PATH).read_text()) == found
    if value == "7" and first == "sync":
        return  # it is no value of version 1
    assert "1 moved under" in seedgit(owner, "status").out
    waits = seedgit(owner, "pending", "--exit-code")
    assert waits.status == (1 if policy == "review" else 0)
    if policy == "review":
        assert "moved under  /paused  seed false => 1" in waits.out


def test_where_the_seed_wins_a_program_that_wrote_meanwhile_waits(owner: Repo, app: Path) -> None:
    ruled(owner, "yield")
    upgrade(owner, "paused: false", "paused: 1")
    swap(app / PATH, "paused: false", "paused: 7")
    [file] = synced(owner, status=1)
    assert file["clashes"] == [{"pointer": "/paused", "effective": 1, "live": 7}]
    assert "paused: 7" in (app / PATH).read_text()


def test_the_file_of_a_seed_that_is_gone_goes_too(owner: Repo, app: Path) -> None:
    owner("rm", "--quiet", JSON)
    [file] = synced(owner)
    assert file["removed"]
    assert not (app / JSON).exists()


def test_the_file_of_a_seed_that_is_gone_stays_if_a_program_changed_it(
    owner: Repo, app: Path
) -> None:
    swap(app / JSON, "false", "true")
    owner("rm", "--quiet", JSON)
    [file] = synced(owner, status=1)
    assert file["reason"] == "live-orphaned"
    assert "true" in (app / JSON).read_text()


def test_a_command_that_changes_the_overlay_syncs(owner: Repo, app: Path) -> None:
    said = seedgit(owner, "set", PATH, "/paused", "true")
    assert "1 file written" in said.err
    assert "paused: true" in (app / PATH).read_text()
    assert seedgit(owner, "undo").status == 0
    assert (app / PATH).read_text() == SEED


# -- the file itself ----------------------------------------------------------------------------


def test_mode_and_links_of_a_live_file_stay(owner: Repo, app: Path) -> None:
    real = app.parent / "real.yaml"
    (app / PATH).rename(real)
    (app / PATH).symlink_to(real)
    real.chmod(0o640)
    seedgit(owner, "set", PATH, "/paused", "true")
    assert (app / PATH).is_symlink()
    assert "paused: true" in real.read_text()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_a_write_that_comes_while_seedgit_writes_is_not_lost(
    owner: Repo, app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seedgit(owner, "set", PATH, "/queue", '["a"]')
    real = live_files.Swap
    writes = iter(["paused: true"])

    def late(*words: Any) -> Any:
        for write in writes:
            swap(app / PATH, "paused: false", write)
        return real(*words)

    monkeypatch.setattr(live_files, "Swap", late)
    assert seedgit(owner, "set", PATH, "/queue", '["b"]').status == 0
    found = yaml.safe_load((app / PATH).read_text())
    assert found["paused"] is True
    assert found["queue"] == ["b"]
    assert yaml.safe_load(rendered(owner)) == found


def test_a_file_that_a_program_makes_while_seedgit_makes_it_is_the_programs(
    owner: Repo, app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (app / PATH).unlink()
    real = live_files._create
    writes = iter([SEED.replace("paused: false", "paused: true")])

    def late(*words: Any) -> Any:
        for write in writes:
            (app / PATH).write_text(write)
        return real(*words)

    monkeypatch.setattr(live_files, "_create", late)
    [file] = synced(owner)
    assert [taking["pointer"] for taking in file["captured"]] == ["/paused"]
    assert "paused: true" in (app / PATH).read_text()
    assert synced(owner) == []


def test_a_program_that_writes_one_place_again_and_again_clashes_with_nobody(
    owner: Repo, app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = live_files.Swap
    writes = iter(["paused: 2", "paused: 3"])
    texts = iter(["paused: 1", "paused: 2"])

    def late(*words: Any) -> Any:
        for write in writes:
            swap(app / PATH, next(texts), write)
            break
        return real(*words)

    swap(app / PATH, "paused: false", "paused: 1")
    upgrade(owner, "timeout: 30", "timeout: 60")
    monkeypatch.setattr(live_files, "Swap", late)
    [file] = synced(owner)
    assert not file["clashes"]
    assert yaml.safe_load((app / PATH).read_text()) == yaml.safe_load(rendered(owner))
    assert yaml.safe_load(rendered(owner))["paused"] == 3


def die_before_writing(site: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sync is killed once the overlay has what a program wrote, before its file is written."""

    class Killed(BaseException):
        pass

    def die(*_: Any) -> None:
        raise Killed

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(live_files, "replace_live", die)
        seedgit(site, "sync")


def test_killed_after_the_overlay_was_written_a_further_write_is_no_clash(
    owner: Repo, app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    swap(app / PATH, "paused: false", "paused: 1")
    upgrade(owner, "timeout: 30", "timeout: 60")
    die_before_writing(owner, monkeypatch)
    swap(app / PATH, "paused: 1", "paused: 2")
    [file] = synced(owner)
    assert not file["clashes"]
    assert yaml.safe_load(rendered(owner))["paused"] == 2


def test_where_a_person_has_decided_the_programs_other_changes_are_captured_too(
    owner: Repo, app: Path
) -> None:
    swap(app / PATH, "paused: false", "paused: 7")
    set_override(Workspace.open(str(owner.path)), PATH, "/paused", True)  # without a sync
    synced(owner, status=1)
    swap(app / PATH, "queue: []", "queue: [x]")
    assert seedgit(owner, "set", PATH, "/paused", "9", "--as-json").status == 0
    synced(owner)
    found = yaml.safe_load((app / PATH).read_text())
    assert (found["paused"], found["queue"]) == (9, ["x"])
    assert found == yaml.safe_load(rendered(owner))


@pytest.mark.parametrize("drift", ["timeout: 31", "timeout: 30\nnew: 1", ""])
def test_killed_after_the_overlay_was_written_drift_stays_drift(
    owner: Repo, app: Path, monkeypatch: pytest.MonkeyPatch, drift: str
) -> None:
    """Whatever a program changed, put in or took away of the package's."""
    swap(app / PATH, "paused: false", "paused: 1")
    swap(app / PATH, "timeout: 30", drift)
    swap(app / PATH, "queue: []", "queue: [x]")
    upgrade(owner, "name: wiki", "name: wiki2")
    die_before_writing(owner, monkeypatch)
    swap(app / PATH, "paused: 1", "paused: 2")
    [file] = synced(owner)
    assert not file["clashes"]
    assert [each["pointer"] for each in file["drift"]] == ["/new" if "new" in drift else "/timeout"]
    assert yaml.safe_load(rendered(owner))["paused"] == 2
    found, expected = (yaml.safe_load(text) for text in ((app / PATH).read_text(), rendered(owner)))
    expected.pop("timeout")
    assert found == expected | (yaml.safe_load(drift) or {})


def test_killed_after_the_overlay_was_written_drift_stays_in_its_item(
    owner: Repo, app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Upstream has put an item before it: at its old place there is another one."""
    for name in ("fetch", "rank"):
        upgrade(owner, f"  - id: {name}\n", f"  - id: {name}\n    kind: a\n")
    synced(owner)
    swap(app / PATH, "  - id: fetch\n    kind: a\n", "  - id: fetch\n    kind: b\n")
    swap(app / PATH, "paused: false", "paused: 1")
    upgrade(owner, "steps:\n", "steps:\n  - id: first\n    kind: a\n")
    die_before_writing(owner, monkeypatch)
    swap(app / PATH, "paused: 1", "paused: 2")
    [file] = synced(owner)
    assert [each["pointer"] for each in file["drift"]] == ["/steps/1/kind"]
    found = yaml.safe_load((app / PATH).read_text())
    assert [step["kind"] for step in found["steps"]] == ["a", "b", "a"]
    assert found["paused"] == yaml.safe_load(rendered(owner))["paused"] == 2


def test_what_a_program_changed_in_an_item_that_is_gone_stays_until_it_is_given_up(
    owner: Repo, app: Path
) -> None:
    """And only that is given up: what else it wrote is the site's, as ever."""
    swap(app / PATH, "- id: rank\n    mode: live", "- id: rank\n    mode: slow")
    swap(app / PATH, "paused: false", "paused: true")
    upgrade(owner, "  - id: rank\n    mode: live\n", "")
    text = (app / PATH).read_text()
    [file] = synced(owner, status=1)
    assert "/steps/1/mode: a program changed what is gone" in file["problem"]
    assert f"seedgit sync --restore {PATH} gives that up" in file["problem"]
    assert (app / PATH).read_text() == text
    assert "paused: false" in rendered(owner)
    [file] = synced(owner, "--restore", PATH)
    assert [each["pointer"] for each in file["captured"]] == ["/paused"]
    assert (app / PATH).read_text() == rendered(owner)
    assert yaml.safe_load(rendered(owner))["paused"] is True
    assert "rank" not in rendered(owner)
    assert synced(owner) == []


@pytest.mark.parametrize("then", ["the program", "a person"])
def test_killed_anywhere_what_is_written_then_clashes_with_nothing_known(
    owner: Repo, app: Path, then: str
) -> None:
    """What a sync has captured is captured, wherever it died."""
    died, point = True, 0
    while died:
        point += 1 if then == "the program" else 3
        first, last = point * 10, point * 10 + 1
        swap(app / PATH, "paused: ", f"paused: {first} # ")
        swap(owner.path / PATH, "timeout: ", f"timeout: {point} # ")
        owner("add", PATH)
        died = killed(lambda: in_step(owner), point)
        captured = paused(owner) == first
        if then == "the program":
            swap(app / PATH, f"paused: {first}", f"paused: {last}")
        else:
            set_override(Workspace.open(str(owner.path)), PATH, "/paused", last)
        clashes = [clash.pointer for file in in_step(owner) for clash in file.clashes]
        assert clashes == ([] if captured or then == "the program" else ["/paused"])
        if clashes:
            in_step(owner, restore=True)
        assert yaml.safe_load((app / PATH).read_text())["paused"] == paused(owner) == last
        assert len(os.listdir(app / "flows")) == 3
    assert point > 10


def test_what_a_program_writes_is_its_own_even_if_a_killed_sync_was_about_to(
    owner: Repo, app: Path
) -> None:
    """As far as the file that was never put in its place tells. And nothing stays beside it."""
    died, point, known = True, 0, 0
    while died:
        point += 1
        set_override(Workspace.open(str(owner.path)), PATH, "/paused", point)
        died = killed(lambda: in_step(owner), point)
        left = any(name.startswith(REPLACED) for name in os.listdir(app / "flows"))
        undo(Workspace.open(str(owner.path)))
        before = yaml.safe_load((app / PATH).read_text())["paused"]
        swap(app / PATH, f"paused: {str(before).lower()}", f"paused: {point}")
        in_step(owner)
        found = yaml.safe_load((app / PATH).read_text())["paused"]
        assert found == paused(owner)
        if left and before != point:  # else it wrote nothing
            known += 1
            assert found == point
        assert len(os.listdir(app / "flows")) == 3
    assert point > 5 and known


def in_step(site: Repo, *, restore: bool = False) -> tuple[Synced, ...]:
    workspace = Workspace.open(str(site.path))
    [tree] = live_trees(workspace.repository)
    return module.sync(workspace, tree, [PATH], restore=restore).files


def paused(site: Repo) -> Any:
    """The effective value."""
    value: Any = effective(Workspace.open(str(site.path)), PATH).document.value
    return value["paused"]


def test_a_list_that_slides_under_a_sync_is_no_clash(
    owner: Repo, app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A queue: at each write the first item goes, and one comes to the end."""
    seedgit(owner, "set", PATH, "/queue", "[1, 2, 3]")
    upgrade(owner, "timeout: 30", "timeout: 60")
    real = live_files.Swap

    def slide(first: int, timeout: int) -> None:
        value = yaml.safe_load((app / PATH).read_text())
        value |= {"queue": [first, first + 1, first + 2], "timeout": timeout}
        (app / PATH).write_text(yaml.safe_dump(value))

    numbers = iter([3, 4, 5])

    def late(*words: Any) -> Any:
        for number in numbers:
            slide(number, 30)
            break
        return real(*words)

    slide(2, 30)
    monkeypatch.setattr(live_files, "Swap", late)
    [file] = synced(owner)
    assert not file["clashes"]
    assert yaml.safe_load(rendered(owner))["queue"] == [5, 6, 7]
    assert yaml.safe_load((app / PATH).read_text())["queue"] == [5, 6, 7]


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_beside_the_replacement_the_next_sync_goes_on(
    owner: Repo, app: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    """The program's change is in the overlay or in the file, and nothing is taken for drift."""

    class Killed(BaseException):
        pass

    real = live_files.replace_live

    def die(*words: Any) -> None:
        if when == "after":
            real(*words)
        raise Killed

    swap(app / PATH, "paused: false", "paused: true")
    upgrade(owner, "timeout: 30", "timeout: 60")
    monkeypatch.setattr(live_files, "replace_live", die)
    with pytest.raises(Killed):
        seedgit(owner, "sync")
    monkeypatch.undo()
    upgrade(owner, "timeout: 60", "timeout: 90")
    assert all(not file["drift"] and not file["clashes"] for file in synced(owner))
    text = SEED.replace("paused: false", "paused: true").replace("timeout: 30", "timeout: 90")
    assert (app / PATH).read_text() == text == rendered(owner)


def test_a_torn_or_damaged_ledger_loses_nothing(owner: Repo, app: Path) -> None:
    [ledger] = (owner.path / ".git" / "seedgit" / "live").iterdir()
    swap(app / PATH, "paused: false", "paused: true")
    swap(app / JSON, "false", "true")
    rows = ledger / "rows"
    whole = rows.read_bytes()
    for cut in range(0, len(whole), 97):
        rows.write_bytes(whole[:cut])
        Ledger(
            Workspace.open(str(owner.path)).repository,
            live_trees(Workspace.open(str(owner.path)).repository)[0],
        ).load()
    rows.write_bytes(b"\xff{[\n" + whole[: len(whole) // 2])
    synced(owner)
    assert "paused: true" in rendered(owner)
    assert '"paused": true' in rendered(owner, JSON)


def test_no_effective_value_becomes_an_object_of_git(owner: Repo, app: Path) -> None:
    swap(app / PATH, "timeout: 30", "timeout: 987654321")
    upgrade(owner, "name: wiki", "name: wiki2")
    synced(owner)
    seen = owner("cat-file", "--batch-all-objects", "--batch-check=%(objectname)").split()
    for id in seen:
        assert "987654321" not in owner("cat-file", "-p", id)


def test_what_is_effective_is_worked_out_before_a_capture_and_after_it(
    owner: Repo, app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    real = module.effective

    def counted(workspace: Workspace, path: str, *more: Any) -> Any:
        asked.append(path)
        return real(workspace, path, *more)

    swap(app / PATH, "paused: false", "paused: true")
    monkeypatch.setattr(module, "effective", counted)
    assert synced(owner)
    assert asked == [PATH, PATH]


def test_nothing_to_do_reads_no_file(
    owner: Repo, app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in (PATH, JSON, TOML):
        os.utime(app / path, ns=(1, 1))
    synced(owner)
    monkeypatch.setattr(module, "read_live", None)
    assert synced(owner) == []


def test_the_command_runs_once_with_the_changed_files(owner: Repo) -> None:
    out = owner.path.parent / "out"
    app = owner.path.parent / "app"
    said = seedgit(owner, "live", str(app), "--exec", f"cat > {out}")
    assert said.status == 0
    assert sorted(out.read_text().split()) == sorted(str(app / p) for p in (PATH, JSON, TOML))
    out.unlink()
    synced(owner)
    assert not out.exists()
    seedgit(owner, "set", PATH, "/paused", "true")
    assert out.read_text() == f"{app / PATH}\n"


def test_dry_run_and_check_change_nothing(owner: Repo, app: Path) -> None:
    swap(app / PATH, "paused: false", "paused: true")
    before = subprocess.run(["find", ".", "-newer", "flows"], cwd=app, capture_output=True).stdout
    for words, status in ((["--dry-run"], 0), (["--check"], 1)):
        [file] = synced(owner, *words, status=status)
        assert file["captured"]
    [tree] = json.loads(seedgit(owner, "sync", "--dry-run", "--json").out)
    assert tree["commit"] is None  # none is made
    assert rendered(owner) == SEED
    after = subprocess.run(["find", ".", "-newer", "flows"], cwd=app, capture_output=True).stdout
    assert before == after


def test_in_mode_dry_run_sync_only_says(owner: Repo, app: Path) -> None:
    assert seedgit(owner, "mode", "dry-run").status == 0
    swap(app / PATH, "paused: false", "paused: true")
    assert "would be in the overlay" in seedgit(owner, "sync").out
    assert rendered(owner) == SEED


# -- hooks --------------------------------------------------------------------------------------


def test_git_brings_live_files_into_step_by_its_hooks(repo: Repo) -> None:
    site = site_of(package(repo, FILES), hooks=True)
    app = site.path.parent / "app"
    assert seedgit(site, "live", str(app)).status == 0
    swap(app / PATH, "paused: false", "paused: true")
    upgrade(site, "timeout: 30", "timeout: 60")
    text = SEED.replace("paused: false", "paused: true").replace("timeout: 30", "timeout: 60")
    assert (app / PATH).read_text() == text
    site("checkout", "--quiet", "-b", "older", "HEAD~1")
    assert (app / PATH).read_text() == text.replace("timeout: 60", "timeout: 30")
    site("checkout", "--quiet", "main")
    assert (app / PATH).read_text() == text
    assert site("status", "--porcelain") == ""


def test_half_of_a_new_file_is_nothing_that_a_program_wrote(
    owner: Repo, app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed while it writes the new file, a sync leaves half of it beside the old one."""
    assert seedgit(owner, "set", PATH, "/queue", "[1]").status == 0
    swap(owner.path / PATH, "timeout: 30", "timeout: 45")
    owner("commit", "--quiet", "--no-verify", "-am", "v2")
    whole = contested.new_file

    def half(name: str, data: bytes, *rest: Any, **more: Any) -> None:
        whole(name, data.partition(b"\n  - id")[0], *rest, **more)
        os._exit(9)

    if not (child := os.fork()):
        monkeypatch.setattr(contested, "new_file", half)
        seedgit(owner, "sync")
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert seedgit(owner, "sync").status == 0
    assert (app / PATH).read_text() == seedgit(owner, "render", PATH).out
    assert "timeout: 45" in (app / PATH).read_text()
    names = sorted(place.name for place in (app / PATH).parent.iterdir())
    assert names == ["one.json", "one.toml", "wiki.yaml"]

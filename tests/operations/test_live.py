"""Live trees as a user meets them: what is said, and what the command of a tree may do."""

from __future__ import annotations

import errno
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from seedgit.files import flush as flush_module
from seedgit.files.safe import TEMPORARY
from seedgit.git import config_file, live_files
from seedgit.operations import sync
from seedgit.operations.live import begin
from seedgit.operations.workspace import Workspace
from tests.conftest import Repo
from tests.site import FLOW, FLOW_TOML, PATH, TOML, data, package, process, seedgit, site_of


@pytest.fixture
def app(site: Repo) -> Path:
    """The folder of a program, a live tree."""
    place = site.path.parent / "app"
    assert seedgit(site, "live", str(place)).status == 0
    return place


def test_undo_needs_a_folder(site: Repo, app: Path) -> None:
    said = seedgit(site, "live", "--undo")
    assert (said.status, said.out) == (2, "")
    assert str(app) in seedgit(site, "live").out


@pytest.mark.parametrize("words", [("--exec", "true"), ("--map", f"{PATH}=/srv/wiki.yaml")])
def test_what_belongs_to_a_tree_needs_its_folder(site: Repo, words: tuple[str, ...]) -> None:
    assert seedgit(site, "live", *words).status == 2


def test_what_is_said_of_a_folder_is_changed_in_one_step(
    site: Repo, app: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a half of it, the next sync would write files where they do not belong."""
    place = app / "old.yaml"
    words = ("live", str(app), "flows/*.yaml", "--exec", "true", "--map", f"{PATH}={place}")
    assert seedgit(site, *words).status == 0
    before = site("config", "--get-regexp", "^seedgit-live")
    assert str(place) in before and "exec true" in before

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(config_file, "_put", full)
    said = seedgit(site, "live", str(app), "flows/**", "--map", f"{PATH}={app}/new.yaml")
    assert said.status == 4 and "hint:" in said.err
    assert site("config", "--get-regexp", "^seedgit-live") == before


def test_a_folder_beside_one_whose_name_goes_on(site: Repo, app: Path) -> None:
    beside = app.with_name("app.d")
    assert seedgit(site, "live", str(beside)).status == 0
    assert seedgit(site, "live", str(app), "flows/**").status == 0
    assert seedgit(site, "live", "--undo", str(app)).status == 0
    assert seedgit(site, "live", str(app)).status == 0
    listed = seedgit(site, "live").out
    assert f"{app}  all seeds" in listed and f"{beside}  all seeds" in listed


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["{0}", "--map", PATH + "={0}/x", "--map", TOML + "={0}/x"], "is the live file of"),
        (["{0}", "--map", PATH + "={0}/" + TOML], "is the live file of"),
        (["{0}", "--map", PATH + "={1}/" + PATH], "is the live file of"),
        (["{0}", "--map", PATH + "={0}/../links/wiki.yaml"], "is the live file of"),
        (["{0}", "flows/*.toml", "--map", PATH + "={0}/x"], "do not match this seed"),
    ],
)
def test_two_seeds_have_no_file_in_common(
    site: Repo, app: Path, words: list[str], error: str
) -> None:
    new = app.parent / "new"
    site.commit({TOML: FLOW_TOML}, "another seed")
    (app.parent / "links").mkdir()
    (app.parent / "links/wiki.yaml").symlink_to(app / PATH)
    said = seedgit(site, "live", *(word.format(new, app) for word in words))
    assert (said.status, new.exists()) == (2, False)
    assert error in said.err
    assert str(new) not in seedgit(site, "live").out
    assert seedgit(site, "live", str(app), "--map", f"{PATH}={app}/x").status == 0  # made anew


def test_a_seed_that_an_upgrade_brings_gets_no_file_of_another_seed(
    site: Repo, upstream: Repo, app: Path
) -> None:
    place = app / "flows/new.yaml"
    assert seedgit(site, "live", str(app), "--map", f"{PATH}={place}").status == 0
    before = place.read_text()
    upstream.commit({"flows/new.yaml": FLOW.replace("limit: 5", "limit: 9")}, "a new flow")
    site("pull", "--quiet", "--no-rebase")
    for _ in range(2):
        said = seedgit(site, "sync", "--json")
        [file] = json.loads(said.out)[0]["files"]
        assert (said.status, file["path"], file["reason"]) == (1, "flows/new.yaml", "live-shared")
        assert place.read_text() == before
    place.write_text(before.replace("paused: false", "paused: true"))
    assert seedgit(site, "sync").status == 1
    assert "paused: true" in seedgit(site, "render", PATH).out
    assert "limit: 9" in seedgit(site, "render", "flows/new.yaml").out
    apart = app / "wiki.yaml"
    assert seedgit(site, "live", str(app), "--map", f"{PATH}={apart}").status == 0
    assert seedgit(site, "sync").status == 0
    assert "limit: 9" in place.read_text()
    assert "paused: true" in apart.read_text()


def test_a_file_that_is_mapped_elsewhere_goes_if_nobody_changed_it(site: Repo, app: Path) -> None:
    site.commit({TOML: FLOW_TOML}, "another seed")
    assert seedgit(site, "sync").status == 0
    maps = [f"--map={path}={app}/{name}" for path, name in ((PATH, "one"), (TOML, "two"))]
    assert seedgit(site, "live", str(app), *maps).status == 0
    assert not (app / PATH).exists() and not (app / TOML).exists()
    assert (app / "one").read_text() == FLOW
    assert seedgit(site, "sync", "--check").status == 0


# -- several trees -------------------------------------------------------------------------------


def test_what_a_program_writes_into_the_last_tree_is_in_all_of_them_after_one_sync(
    site: Repo, app: Path
) -> None:
    last = app.parent / "last"
    log = app.parent / "log"
    assert seedgit(site, "live", str(app), "--exec", f"cat >> '{log}'").status == 0
    assert seedgit(site, "live", str(last)).status == 0
    (app / PATH).write_text(FLOW.replace("timeout: 30", "timeout: 99"))
    (last / PATH).write_text(FLOW.replace("paused: false", "paused: true"))
    would = json.loads(seedgit(site, "sync", "--dry-run", "--json").out)
    [first, second] = json.loads(seedgit(site, "sync", "--json").out)
    changed = {"commit": None, "exec": None}
    assert would == [first | changed, second | changed]
    [one], [two] = first["files"], second["files"]
    assert (one["written"], one["captured"], len(one["drift"])) == (True, [], 1)
    assert (two["written"], len(two["captured"])) == (False, 1)
    assert (first["exec"], second["exec"]) == (0, None)
    assert log.read_text() == f"{app / PATH}\n"
    assert "paused: true" in (app / PATH).read_text()
    assert seedgit(site, "sync", "--check").status == 0


def test_a_dry_run_says_of_several_trees_what_is_done(site: Repo, app: Path) -> None:
    last = app.parent / "last"
    assert seedgit(site, "live", str(app)).status == 0
    assert seedgit(site, "live", str(last)).status == 0
    (app / PATH).write_text(FLOW.replace("mode: live", "mode: drain", 1))
    (last / PATH).write_text(FLOW.replace("paused: false", "paused: true"))
    would = json.loads(seedgit(site, "sync", "--dry-run", "--json").out)
    assert (app / PATH).read_text() != (last / PATH).read_text()
    done = json.loads(seedgit(site, "sync", "--json").out)
    assert would == [tree | {"commit": None} for tree in done]
    assert [len(tree["files"][0]["captured"]) for tree in done] == [1, 1]


def test_what_another_command_captures_is_in_all_trees(site: Repo, app: Path) -> None:
    """`live`, of what was in the folder; and whatever syncs after a change of its own."""
    last = app.parent / "last" / PATH
    last.parent.mkdir(parents=True)
    last.write_text(FLOW.replace("paused: false", "paused: true"))
    assert seedgit(site, "live", str(app.parent / "last")).status == 0
    assert "paused: true" in (app / PATH).read_text()
    last.write_text(last.read_text().replace("mode: live", "mode: none"))
    assert seedgit(site, "set", PATH, "/limit", "6").status == 0
    assert (app / PATH).read_text() == last.read_text()
    assert last.read_text().count("none") == 2
    assert seedgit(site, "sync", "--check").status == 0


# -- the command of a tree ------------------------------------------------------------------------


def test_the_command_runs_at_the_top_and_its_output_is_not_seedgits(site: Repo, app: Path) -> None:
    assert seedgit(site, "live", str(app), "--exec", "pwd; cat").status == 0
    (app / PATH).unlink()
    said = process(site, "-C", "flows", "sync", "--json")
    assert [file["path"] for tree in json.loads(said.out) for file in tree["files"]] == [PATH]
    assert said.err == f"{site.path}\n{app / PATH}\n"


def test_the_command_may_sync_itself(site: Repo, app: Path) -> None:
    """Other syncs do not wait for it."""
    command = f"timeout 20 '{sys.executable}' -m seedgit sync"
    assert seedgit(site, "live", str(app), "--exec", command).status == 0
    (app / PATH).unlink()
    said = process(site, "sync")
    assert (said.status, said.err) == (0, "in step\n")


def test_a_command_that_fails_is_told(site: Repo, app: Path) -> None:
    assert seedgit(site, "live", str(app), "--exec", "exit 3").status == 0
    (app / PATH).unlink()
    said = seedgit(site, "sync")
    warning = f"warning: the command of live tree {app} ended with 3: exit 3\n"
    assert (said.status, said.err) == (1, warning)
    said = seedgit(site, "set", PATH, "/paused", "true")
    assert said.status == 0
    assert warning in said.err


# -- what is in step --------------------------------------------------------------------------


@pytest.mark.parametrize("call", ["read_live", "replace_live"])
def test_what_is_written_just_after_a_look_is_seen_by_the_next_one(
    site: Repo, app: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """However long it took from the look to the note of it."""
    owner = sync if call == "read_live" else live_files
    real = getattr(owner, call)

    def then_written(repository: Any, name: str, *data: Any) -> Any:
        found = real(repository, name, *data)
        monkeypatch.setattr(owner, call, real)
        place = Path(name)
        fresh = place.with_name("fresh")
        fresh.write_text(place.read_text().replace("paused: false", "paused: true"))
        os.utime(fresh, (1, 1))
        fresh.replace(place)  # a file that is there already may be leased
        return found

    monkeypatch.setattr(owner, call, then_written)
    what = ["set", PATH, "/limit", "6"] if call == "replace_live" else ["sync"]
    assert seedgit(site, *what).status == 0
    assert seedgit(site, "sync").status == 0
    assert "paused: true" in seedgit(site, "render", PATH).out


# -- what waits -----------------------------------------------------------------------------------


def test_status_tells_what_waits_in_a_live_tree(site: Repo, upstream: Repo, app: Path) -> None:
    text = FLOW.replace("timeout: 30", "timeout: 99")
    (app / PATH).write_text(text)
    upstream.commit({PATH: FLOW.replace("timeout: 30", "timeout: 60")}, "v2")
    site("pull", "--quiet", "--no-rebase")
    said = seedgit(site, "status", "--exit-code")
    assert said.status == 1
    assert "Live files that need you:\n" in said.out
    assert "/timeout is 99 here, 60 in effect: both changed it" in said.out
    assert f"seedgit sync --restore {PATH}" in said.out
    assert said.out.endswith("0 overrides active, 1 live file left alone\n")
    (app / PATH).write_text("{")
    said = seedgit(site, "status")
    assert "not valid YAML" in said.out
    assert "nothing needs you" not in said.out
    assert seedgit(site, "sync", "--restore", PATH).out.endswith("correct it, or move it away\n")


# -- many new files --------------------------------------------------------------------------------

MANY = {f"flows/{n:02}.yaml": FLOW.replace("wiki", f"unit-{n}") for n in range(20)}


@pytest.fixture
def many(repo: Repo) -> Repo:
    site = site_of(package(repo, MANY))
    assert seedgit(site, "set", "flows/0*.yaml", "/paused", "true").status == 0
    return site


class Disk:
    """The order in which files reached the disk and got their names; `die` ends it all there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.done: list[str] = []
        self.die = -1
        fsync_file, link, syncfs = os.fsync, os.link, flush_module._syncfs()

        def fsync(file: int) -> None:
            self.note("fsync")
            fsync_file(file)

        def synced(file: int) -> None:
            self.note("syncfs")
            syncfs(file)

        def linked(*words: Any, **options: Any) -> None:
            self.note("link")
            link(*words, **options)

        monkeypatch.setattr(os, "fsync", fsync)
        monkeypatch.setattr(os, "link", linked)
        monkeypatch.setattr(flush_module, "_syncfs", lambda: synced)

    def note(self, what: str) -> None:
        if len(self.done) == self.die:
            raise KeyboardInterrupt
        self.done.append(what)


def test_many_new_files_reach_the_disk_at_once(many: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk(monkeypatch)
    app = many.path.parent / "app"
    workspace = Workspace.open(str(many.path))
    tree = begin(workspace, str(app), (), "", ())
    assert disk.done == ["fsync"]  # of the configuration
    disk.done.clear()
    sync.sync(workspace, tree)
    files = [place for place in app.glob("**/*") if place.is_file()]
    assert len(files) >= len(MANY)
    # The kept documents, the rows that say what is intended, the new files, and that it is done.
    assert disk.done == ["syncfs", "fsync", "syncfs", *["link"] * len(files), "fsync"]


@pytest.mark.parametrize("die", [0, 1, 2, 3, 9])
def test_a_first_sync_that_is_killed(many: Repo, monkeypatch: pytest.MonkeyPatch, die: int) -> None:
    app = many.path.parent / "app"
    workspace = Workspace.open(str(many.path))
    tree = begin(workspace, str(app), (), "", ())
    with monkeypatch.context() as patch:
        Disk(patch).die = die
        with pytest.raises(KeyboardInterrupt):
            sync.sync(workspace, tree)
    for path in MANY:
        assert not (app / path).exists() or (app / path).read_text() == _rendered(many, path)
    (app / "flows").mkdir(parents=True, exist_ok=True)
    (app / "flows" / f"{TEMPORARY}999999999-0").touch()  # as a process leaves it that is gone
    assert sync.sync(Workspace.open(str(many.path)), tree).in_step is False
    assert {path: (app / path).read_text() for path in MANY} == {
        path: _rendered(many, path) for path in MANY
    }
    assert not [place for place in app.glob("**/.*") if place.is_file()]


def _rendered(site: Repo, path: str) -> str:
    return MANY[path].replace("paused: false", "paused: true" if "/0" in path else "paused: false")


# -- lists ----------------------------------------------------------------------------------------

RULES = """\
version: 1
seeds:
  - files: "flows/**"
    overlay: [{path: /queue}, {path: /stages}, {path: /schedule}]
"""
LISTS = """\
queue: [a, b]
stages: [{id: fetch, mode: live}, {id: rank, mode: live}]
schedule: {days: [mon, tue]}
"""


@pytest.fixture
def lists(repo: Repo) -> tuple[Repo, Path]:
    """A site whose rules give it whole lists, and the live file."""
    site = site_of(package(repo, {".seedgit.yaml": RULES, PATH: LISTS}))
    assert seedgit(site, "live", "../app").status == 0
    return site, site.path.parent / "app" / PATH


def overrides(site: Repo) -> dict[str, Any]:
    fields = data(site, "status", "--overlay")["fields"]
    return {field["pointer"]: field["value"] for field in fields}


def test_a_list_that_is_the_sites_as_a_whole_is_one_value(lists: tuple[Repo, Path]) -> None:
    site, file = lists
    file.write_text(LISTS.replace("[a, b]", "[b, {x: 1}, c]").replace("[mon, tue]", "[tue]"))
    said = seedgit(site, "sync").out
    assert f'{PATH}/queue is in the overlay (["a", "b"] -> ["b", {{"x": 1}}, "c"])\n' in said
    assert overrides(site) == {"/queue": ["b", {"x": 1}, "c"], "/schedule/days": ["tue"]}
    file.write_text(LISTS.replace("[a, b]", "[c]"))
    seedgit(site, "sync")
    assert overrides(site) == {"/queue": ["c"]}
    file.write_text(LISTS)
    seedgit(site, "sync")
    assert overrides(site) == {}


def test_a_consumed_item_does_not_come_back_with_an_upgrade(
    lists: tuple[Repo, Path], repo: Repo
) -> None:
    site, file = lists
    file.write_text(LISTS.replace("[a, b]", "[b]"))
    seedgit(site, "sync")
    repo.commit({PATH: LISTS.replace("[a, b]", "[a, b, a]")}, "v2")
    site("pull", "--quiet", "--no-rebase")
    seedgit(site, "sync")
    assert "queue: [b]\n" in file.read_text()
    assert "moved under" in seedgit(site, "status").out


def test_items_that_have_an_identity_are_told_apart(lists: tuple[Repo, Path]) -> None:
    site, file = lists
    file.write_text(LISTS.replace("rank, mode: live", "rank, mode: drain"))
    seedgit(site, "sync")
    assert overrides(site) == {"/stages/1/mode": "drain"}


def test_a_program_takes_over_items_that_people_have_set(lists: tuple[Repo, Path]) -> None:
    site, file = lists
    assert seedgit(site, "set", PATH, "/queue/-", "c").status == 0
    assert seedgit(site, "set", PATH, "/queue/0", "z").status == 0
    assert "queue: [z, b, c]" in file.read_text()
    file.write_text(file.read_text().replace("[z, b, c]", "[b, c, d]"))
    assert seedgit(site, "sync").status == 0
    assert overrides(site) == {"/queue": ["b", "c", "d"]}
    assert seedgit(site, "render", PATH).out == file.read_text()


# -- where files are ------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [("sync",), ("why",), ("capture",)])
def test_who_names_a_live_file_is_told_its_seed(
    site: Repo, app: Path, words: tuple[str, ...]
) -> None:
    pointer = ["/paused"] if words == ("why",) else []
    said = seedgit(site, *words, str(app / PATH), *pointer)
    assert said.status == 2
    assert said.err.endswith(f"hint: it is a live file: name its seed, {PATH}\n")
    other = site.path.parent / "etc" / "wiki.yaml"
    assert seedgit(site, "live", str(app), "--map", f"{PATH}={other}").status == 0
    assert f"name its seed, {PATH}" in seedgit(site, *words, str(other), *pointer).err


def test_a_tree_that_is_made_anew_takes_along_what_was_written_in_the_old_one(
    site: Repo, app: Path
) -> None:
    text = FLOW.replace("paused: false", "paused: true")
    (app / PATH).write_text(text)
    other = site.path.parent / "etc" / "wiki.yaml"
    assert seedgit(site, "live", str(app), "--map", f"{PATH}={other}").status == 0
    assert other.read_text() == text


def test_a_file_that_the_tree_no_longer_has_goes(site: Repo, upstream: Repo, app: Path) -> None:
    upstream.commit({TOML: "name = 'two'\n"}, "v2")
    site("pull", "--quiet", "--no-rebase")
    seedgit(site, "sync")
    said = seedgit(site, "live", str(app), "flows/*.toml")
    assert f"{app / PATH} was removed: the tree has no such seed\n" in said.out
    assert [file.name for file in (app / "flows").iterdir()] == ["one.toml"]


def test_why_tells_what_a_program_has_in_its_file(site: Repo, app: Path) -> None:
    (app / PATH).write_text(FLOW.replace("timeout: 30", "timeout: 99"))
    seedgit(site, "sync")
    said = seedgit(site, "why", PATH, "/timeout").out
    assert f"live file  99, by a program, in {app / PATH}; see: seedgit sync\n" in said
    assert "live file" not in seedgit(site, "why", PATH, "/paused").out

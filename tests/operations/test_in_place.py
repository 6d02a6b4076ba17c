"""The live tree in place: programs write the files of the working tree, and git sees the seeds."""

from __future__ import annotations

import errno
import os
import re
import shlex
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from seedgit import codes
from seedgit.files.safe import TEMPORARY
from seedgit.git import config_file
from seedgit.git.live_tree import in_place_tree
from seedgit.git.settings import FILTER_PROCESS
from seedgit.git.spool import Spool
from seedgit.journal import Journal
from seedgit.operations.in_place import put_seed, run, setup
from seedgit.operations.in_place.content import LiveContent
from seedgit.operations.in_place.filter_settings import filter_line
from seedgit.operations.in_place.notes import Notes
from seedgit.operations.install.info_attributes import FILTER, write_lines
from seedgit.operations.live_tree.live_file import Synced
from seedgit.operations.set import set_override
from seedgit.operations.stack.effective import effective
from seedgit.operations.sync import sync
from seedgit.operations.workspace import Workspace
from tests.conftest import Repo
from tests.killed import Stopped, killed
from tests.operations.live_tree.test_late_writes import Late, left_behind
from tests.operations.test_sync import FILES, JSON, RULES, SEED, swap
from tests.site import PATH, TOML, package, seedgit, site_of


@pytest.fixture
def owner(repo: Repo) -> Repo:
    """A site whose working tree is live, with one override; its program has written nothing yet."""
    site = site_of(package(repo, FILES), hooks=True)
    assert seedgit(site, "set", PATH, "/paused", "true").status == 0
    said = seedgit(site, "live", "--in-place")
    assert said.status == 0, said.err
    return site


def live(site: Repo, path: str = PATH) -> str:
    return (site.path / path).read_text()


def spooled(site: Repo) -> list[Path]:
    return sorted((site.path / ".git" / "seedgit" / "spool").glob("*"))


def ok(site: Repo, *words: str) -> str:
    said = seedgit(site, *words)
    assert said.status == 0, said.out + said.err
    return said.out


def is_clean(site: Repo) -> bool:
    return site("status", "--porcelain") == "" and site("diff", "HEAD", "--stat") == ""


# -- both ways -------------------------------------------------------------------------------------


def test_the_file_is_effective_and_git_sees_the_seed(owner: Repo) -> None:
    assert live(owner) == SEED.replace("paused: false", "paused: true")
    assert live(owner, JSON) == FILES[JSON]
    assert is_clean(owner)
    assert owner("show", f":{PATH}") == SEED.rstrip()


def test_what_a_program_writes_goes_into_the_overlay(owner: Repo) -> None:
    swap(owner.path / PATH, "- id: fetch\n    mode: live", "- id: fetch\n    mode: drain")
    assert "/steps/[id=fetch]/mode is in the overlay" in ok(owner, "sync")
    assert is_clean(owner)
    assert "mode: drain" in live(owner)
    assert "in step" in ok(owner, "sync", "--check")
    assert not spooled(owner)


def test_a_value_back_at_the_seeds_ends_its_override(owner: Repo) -> None:
    swap(owner.path / PATH, "paused: true", "paused: false")
    assert "/paused follows the seed again" in ok(owner, "sync")
    assert live(owner) == SEED
    assert is_clean(owner)
    assert "filter=seedgit" not in (owner.path / ".git" / "info" / "attributes").read_text()


def test_a_command_that_changes_an_overlay_changes_the_file(owner: Repo) -> None:
    ok(owner, "set", PATH, "/queue", "--as-json", '["a"]')
    assert "a" in live(owner)
    ok(owner, "set", JSON, "/paused", "true")
    assert '"paused": true' in live(owner, JSON)
    assert is_clean(owner)
    ok(owner, "undo")
    ok(owner, "unset", PATH, "/paused")
    assert '"paused": false' in live(owner, JSON)
    assert is_clean(owner)


def test_an_edit_of_the_seed_is_an_ordinary_change(owner: Repo) -> None:
    swap(owner.path / PATH, "timeout: 30   # seconds", "timeout: 60   # one minute")
    swap(owner.path / PATH, "paused: true", "paused: false")
    ok(owner, "sync")
    assert "timeout: 60   # one minute" in live(owner)
    changed = SEED.replace("timeout: 30   # seconds", "timeout: 60   # one minute")
    owner("commit", "--quiet", "--all", "--message", "mine", env={"SEEDGIT_ALLOW": "mine"})
    assert owner("show", f"HEAD:{PATH}") == changed.rstrip()
    assert is_clean(owner)


def test_a_dumped_file_is_no_change(owner: Repo) -> None:
    value = yaml.safe_load(live(owner))
    value["queue"] = ["x"]
    (owner.path / PATH).write_text(yaml.safe_dump(value))
    ok(owner, "sync")
    assert is_clean(owner)
    assert live(owner) == yaml.safe_dump(value)


# -- git, with no sync between ---------------------------------------------------------------------


def test_what_git_takes_away_is_in_the_spool_until_it_is_in_the_overlay(owner: Repo) -> None:
    owner("branch", "other")
    (owner.path / ".git" / "hooks" / "post-checkout").unlink()
    swap(owner.path / PATH, "- id: fetch\n    mode: live", "- id: fetch\n    mode: stop")  # no size
    owner("commit", "--quiet", "--allow-empty", "--message", "x", "--all")
    assert len(spooled(owner)) == 1
    os.utime(owner.path / PATH)
    owner("checkout", "--quiet", "--force", "other", "--", PATH)
    assert "mode: stop" in live(owner)
    assert "/steps/[id=fetch]/mode is in the overlay" in ok(owner, "sync")
    assert not spooled(owner)
    assert is_clean(owner)


def test_an_upgrade_comes_into_the_live_file(owner: Repo, repo: Repo) -> None:
    swap(owner.path / PATH, "queue: []", "queue: [one]")
    ok(owner, "sync")
    repo.commit({PATH: SEED.replace("timeout: 30", "timeout: 60")}, "v2")
    owner("pull", "--quiet", "--no-rebase")
    assert "timeout: 60" in live(owner)
    assert "- one" in live(owner)
    assert is_clean(owner)


def test_killed_after_the_overlay_was_written_a_persons_value_is_no_clash(
    owner: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    swap(owner.path / PATH, "queue: []", "queue: [one]")

    def die(*_: object) -> None:
        raise Stopped

    with monkeypatch.context() as patch, pytest.raises(Stopped):
        patch.setattr(Spool, "settle", die)
        seedgit(owner, "sync")
    assert spooled(owner)
    assert "one" in ok(owner, "render", PATH)
    ok(owner, "set", PATH, "/queue", "--as-json", '["two"]')
    assert "two" in live(owner)
    assert "in step" in ok(owner, "sync", "--check")
    assert not spooled(owner)
    assert is_clean(owner)


def test_killed_at_any_point_of_a_sync_nothing_is_lost(owner: Repo) -> None:
    """As kill -9 would, after each change of a file or a ref in turn, until a sync gets through."""
    file, died, point = owner.path / PATH, True, 0
    repository = Workspace.open(str(owner.path)).repository
    while died:
        point += 1
        first, last = point * 10, point * 10 + 1
        text = re.sub(r"paused: \w+", f"paused: {first}", file.read_text())
        file.write_text(re.sub(r"queue:[^:]*\n", f"queue: [{first}]\n", text))
        died = killed(lambda: in_step(Workspace(repository, owner.path)), point)
        now = in_effect(Workspace(repository, owner.path))
        captured = now["paused"] == first
        assert (now["queue"] == [first]) == captured  # all of one commit, or nothing
        found = yaml.safe_load(file.read_text())
        assert captured or (found["paused"], found["queue"]) == (first, [first])
        swap(file, f"paused: {first}", f"paused: {last}")
        again = Workspace(repository, owner.path)
        told = in_step(again)
        assert not any(each.clashes or each.problem or each.drift for each in told)
        now, found = in_effect(again), yaml.safe_load(file.read_text())
        assert found == now and (now["paused"], now["queue"]) == (last, [first])
        assert not spooled(owner) and owner("status", "--porcelain") == ""
        assert len(os.listdir(file.parent)) == 3
    assert point > 10
    assert owner("show", f":{PATH}") == SEED.rstrip()


def in_step(workspace: Workspace) -> tuple[Synced, ...]:
    tree = in_place_tree(workspace.repository)
    assert tree is not None
    return sync(workspace, tree, [PATH]).files


def in_effect(workspace: Workspace) -> Any:
    """The effective document."""
    return effective(workspace, PATH).document.value


def test_a_change_of_what_the_package_owns_is_told(owner: Repo) -> None:
    swap(owner.path / PATH, "timeout: 30", "timeout: 99")
    told = f"{owner.path / PATH}: /timeout is 99 here, 30 in effect: run-time drift"
    for words in (("sync",), ("sync",), ("status",)):
        assert told in ok(owner, *words)
    owner("add", PATH)
    assert told not in ok(owner, "status")


def write_unseen(site: Repo) -> None:
    """A program's change of the same size, which keeps git from nothing."""
    swap(site.path / PATH, "- id: fetch\n    mode: live", "- id: fetch\n    mode: stop")


def test_what_a_program_wrote_follows_a_file_that_git_renames(owner: Repo, repo: Repo) -> None:
    new = "flows/renamed.yaml"
    write_unseen(owner)
    repo("mv", PATH, new)
    repo("commit", "--quiet", "--message", "v2")
    owner("pull", "--quiet", "--ff-only")
    ok(owner, "sync")
    assert "- id: fetch\n    mode: stop" in live(owner, new)
    assert "mode: stop" in ok(owner, "render", new)
    assert not spooled(owner)
    assert "in step" in ok(owner, "sync", "--check")
    assert is_clean(owner)


def test_what_a_program_wrote_to_a_file_that_git_removes_is_told(owner: Repo, repo: Repo) -> None:
    write_unseen(owner)
    repo("rm", "--quiet", PATH)
    repo("commit", "--quiet", "--message", "v2")
    owner("pull", "--quiet", "--ff-only")
    for words in (("sync",), ("sync", "--check"), ("status",)):
        said = seedgit(owner, *words)
        (kept,) = spooled(owner)
        assert "its seed is gone; what a program wrote before that is kept in" in said.out
        assert kept.name in said.out
    repo("revert", "--no-edit", "HEAD")
    owner("pull", "--quiet", "--ff-only")
    ok(owner, "sync")
    assert "- id: fetch\n    mode: stop" in live(owner)
    assert not spooled(owner)


def test_an_empty_file_is_left_alone_where_nothing_is_a_document_too(owner: Repo) -> None:
    assert seedgit(owner, "set", TOML, "/paused", "true").status == 0
    (owner.path / TOML).write_text("")
    said = seedgit(owner, "sync")
    assert said.status == 1
    assert "is not a version of its seed: it is empty" in said.out
    assert not spooled(owner)
    assert "paused = true" in ok(owner, "render", TOML)


def test_git_refuses_what_would_overwrite_a_file_of_another_size(owner: Repo, repo: Repo) -> None:
    repo.commit({PATH: SEED.replace("timeout: 30", "timeout: 60")}, "v2")
    swap(owner.path / PATH, "queue: []", "queue: [one]")
    said = owner("pull", "--quiet", "--no-rebase", ok=False)
    assert "would be overwritten by merge" in said
    assert "queue: [one]" in live(owner)
    ok(owner, "sync")
    owner("pull", "--quiet", "--no-rebase")
    assert "- one" in live(owner) and "timeout: 60" in live(owner)
    assert is_clean(owner)


def test_killed_while_a_file_is_replaced_nothing_is_left_beside_it(owner: Repo) -> None:
    """It has the site's values, and git would add it."""
    died, point = True, 0
    repository = Workspace.open(str(owner.path)).repository
    while died:
        point += 1
        set_override(Workspace(repository, owner.path), PATH, "/paused", point)
        died = killed(lambda: in_step(Workspace(repository, owner.path)), point)
        told = in_step(Workspace(repository, owner.path))
        assert not any(each.clashes or each.problem or each.drift for each in told)
        assert f"paused: {point}" in live(owner)
        assert sorted(os.listdir(owner.path / "flows")) == ["one.json", "one.toml", "wiki.yaml"]
        assert owner("status", "--porcelain") == "" and not spooled(owner)
    assert point > 5


@pytest.mark.parametrize("words", ["", "status", "commit --allow-empty -qam x"])
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("queue: []", "queue: [late]"),
        ("timeout: 30", "timeout: 99"),
        ("rank\n    mode: live", "rank\n    mode: late"),
    ],
)
def test_killed_when_a_program_had_just_written_to_the_old_file_that_is_taken_along(
    owner: Repo, monkeypatch: pytest.MonkeyPatch, words: str, old: str, new: str
) -> None:
    """Whether a sync looks next, or git does."""

    def die() -> None:
        swap(owner.path / PATH, "paused: true", "paused: 7")  # in the new one
        raise Stopped

    Late(monkeypatch, owner.path / PATH, die, change=(old, new))
    with pytest.raises(Stopped):
        seedgit(owner, "set", PATH, "/steps/[id=rank]/mode", "seven")
    monkeypatch.undo()
    assert new in left_behind(owner.path)
    if words:
        owner(*words.split())
    said = seedgit(owner, "sync")
    assert ("both changed it" in said.out) == ("rank" in old)  # a person has set that
    now = yaml.safe_load(live(owner))
    assert "late" in (*now["queue"], now["steps"][1]["mode"]) or now["timeout"] == 99
    assert now["paused"] == 7
    assert sorted(os.listdir(owner.path / "flows")) == ["one.json", "one.toml", "wiki.yaml"]
    assert "late" not in owner("diff", "HEAD") and "seven" not in owner("diff", "HEAD")


CUT_OFF = [(Notes, "add"), (run, "replace_live_at_once"), (put_seed, "replace_live_at_once")]


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def cut_off(patch: pytest.MonkeyPatch, step: tuple[Any, str], at: int) -> None:
    """Let a step fail when it is done for the time numbered `at`."""
    real, made = getattr(*step), []

    def failing(*words: Any) -> Any:
        made.append(1)
        if len(made) == at:
            full()
        return real(*words)

    patch.setattr(*step, failing)


@pytest.mark.parametrize("step", CUT_OFF)
@pytest.mark.parametrize("at", [1, 2, 3])
def test_what_a_sync_that_is_cut_off_has_put_into_a_file_is_no_programs(
    owner: Repo, step: tuple[Any, str], at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between putting a content into a file and noting it, whichever comes first."""
    swap(owner.path / PATH, "queue: []", "queue: [one]")
    with monkeypatch.context() as patch:
        cut_off(patch, step, at)
        seedgit(owner, "set", PATH, "/steps/[id=rank]/mode", "seven")
    ok(owner, "set", PATH, "/steps/[id=rank]/mode", "nine")
    ok(owner, "sync")
    assert "mode: nine" in ok(owner, "render", PATH) and "mode: nine" in live(owner)
    assert "- one" in ok(owner, "render", PATH) and is_clean(owner)


# -- the end of it ---------------------------------------------------------------------------------


def test_undo_gives_the_files_the_seeds_content(owner: Repo) -> None:
    swap(owner.path / PATH, "queue: []", "queue: [one]")
    ok(owner, "live", "--undo", "--in-place")
    assert live(owner) == SEED
    assert is_clean(owner)
    assert owner("config", "--get-regexp", "^filter", ok=False) == ""
    assert "filter=" not in (owner.path / ".git" / "info" / "attributes").read_text()
    assert "- one" in ok(owner, "render", PATH)


@pytest.mark.parametrize(
    "step", [*CUT_OFF, (setup, "write_lines"), (setup, "stale"), (config_file, "_put")]
)
@pytest.mark.parametrize("at", [1, 2, 3, 4])
@pytest.mark.parametrize("drift", ["", "timeout: 99"])
def test_an_undo_that_is_cut_off_is_done_when_it_is_given_again(
    owner: Repo, step: tuple[Any, str], at: int, drift: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if drift:
        swap(owner.path / PATH, "timeout: 30", drift)
        ok(owner, "sync")
    with monkeypatch.context() as patch:
        cut_off(patch, step, at)
        seedgit(owner, "live", "--undo", "--in-place")
    seedgit(owner, "live", "--undo", "--in-place")
    assert live(owner) == SEED.replace("timeout: 30", drift or "timeout: 30")
    assert is_clean(owner) == (not drift)
    assert "paused: true" in ok(owner, "render", PATH)
    assert owner("config", "--get-regexp", "^(filter|seedgit-live)", ok=False) == ""
    assert "filter=" not in (owner.path / ".git" / "info" / "attributes").read_text()


@pytest.mark.parametrize("at", ["before", "while", "late", "late and again"])
def test_what_a_program_writes_while_an_undo_puts_the_seeds_back_is_not_lost(
    owner: Repo, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    """Once the filter is gone, nobody would look for it in the spool."""
    place, put, replace = owner.path / PATH, setup.put_seed, put_seed.replace_live_at_once

    def write() -> None:
        swap(place, "paused: true", "paused: false")  # it ends the override
        swap(place, "queue: []", "queue: [one]")

    def before(content: LiveContent, path: str) -> None:
        if path == PATH:
            write()
        put(content, path)

    def meanwhile(*words: Any) -> None:
        if words[1] == str(place):
            write()
        replace(*words)

    also = [partial(swap, place, "timeout: 30", "timeout: 99")] if "again" in at else []
    with monkeypatch.context() as patch:
        if at == "before":
            patch.setattr(setup, "put_seed", before)
        elif at == "while":
            patch.setattr(put_seed, "replace_live_at_once", meanwhile)
        else:
            Late(patch, place, *also, change=("queue: []", "queue: [one]"))
        said = seedgit(owner, "live", "--undo", "--in-place")
    assert said.status == 5 and "a program changed it meanwhile" in said.err
    ok(owner, "live", "--undo", "--in-place")
    assert not spooled(owner)
    now = yaml.safe_load(ok(owner, "render", PATH))
    assert (now["queue"], now["paused"]) == (["one"], "late" in at)
    assert ("timeout: 99" in live(owner)) == ("again" in at)
    assert "one" not in live(owner) and "paused: false" in live(owner)


def test_a_pattern_that_no_seed_matches_is_refused(owner: Repo) -> None:
    assert seedgit(owner, "live", "--in-place", "nothing/*").status == 2


# -- what must not be committed --------------------------------------------------------------------


def test_an_effective_value_is_not_committed_and_the_advice_captures_it(owner: Repo) -> None:
    swap(owner.path / JSON, '"paused": false', '"paused": true')  # nothing lies over it: no filter
    said = owner("commit", "--all", "--message", "x", ok=False)
    assert "/paused: false -> true" in said
    advice = [line.strip() for line in said.splitlines() if line.startswith("  ")]
    assert advice[:2] == [f"git restore --staged {JSON}", f"seedgit sync {JSON}"]
    (row,) = Journal(owner.path / ".git").rows(entry="hook pre-commit", limit=1)
    assert (row["reason"], row["outcome"]) == (codes.REFUSED_EFFECTIVE_VALUE, "attention")
    owner("restore", "--staged", JSON)
    ok(owner, "sync", JSON)
    assert "/paused" in ok(owner, "status", "--overlay").partition(JSON)[2]
    assert is_clean(owner)
    assert '"paused": true' in live(owner, JSON)


def test_a_file_without_the_filter_takes_what_upstream_says(owner: Repo, repo: Repo) -> None:
    repo.commit({JSON: FILES[JSON].replace("false", "true")}, "v2")
    owner("pull", "--quiet", "--no-rebase")
    ok(owner, "sync")
    assert is_clean(owner)
    assert '"paused": true' in live(owner, JSON)
    assert "one.json" not in ok(owner, "status", "--overlay")


def test_a_rule_may_say_that_programs_write_its_files(repo: Repo) -> None:
    files = {**FILES, ".seedgit.yaml": RULES + "    live: true\n"}
    site = site_of(package(repo, files), hooks=True)
    ok(site, "live", "--in-place")
    swap(site.path / JSON, '"paused": false', '"paused": null')  # of the same size
    site("stash", "--quiet", "--include-untracked", ok=True)
    site("commit", "--quiet", "--allow-empty", "--all", "--message", "x")
    assert site("show", f"HEAD:{JSON}") == FILES[JSON].rstrip()


NO_SEED = RULES.replace("flows/**", "flows/*.json")
SECRET = RULES + "      - {path: /token, secret: true}\n"


@pytest.mark.parametrize("rules", [NO_SEED, SECRET, ""])
@pytest.mark.parametrize("wrote", ["", "known", "unknown"])
def test_a_file_that_is_live_no_more_is_its_seed(
    owner: Repo, repo: Repo, rules: str, wrote: str
) -> None:
    """By rules that come with an upgrade, or by the patterns of the tree: git would commit it."""
    if wrote == "known":
        write_unseen(owner)
        ok(owner, "sync")
    if rules:
        (owner.path / ".git/hooks/post-merge").unlink()
        repo.commit({".seedgit.yaml": rules}, "v2")
        owner("pull", "--quiet", "--ff-only")
    else:
        owner("config", "seedgit-live...pattern", "flows/*.json")
    if wrote == "unknown":
        swap(owner.path / PATH, "queue: []", "queue: [1]")
    os.utime(owner.path / PATH)
    assert wrote == "unknown" or owner("diff") == ""  # no sync has looked yet
    said = seedgit(owner, "sync")
    if wrote == "unknown":
        assert "is live no more, and a program has changed it since" in said.out
        assert said.status == 1 and "queue: [1]" in live(owner)
        advice = re.search(r"\((git restore .*) gives up", said.out)
        assert advice
        owner(*shlex.split(advice[1])[1:])
        said = seedgit(owner, "sync")
    assert f"{owner.path / PATH} was written" in said.out or wrote == "unknown"
    assert live(owner) == SEED and is_clean(owner)
    assert "live no more" not in seedgit(owner, "sync").out
    ok(owner, "live", "--undo", "--in-place")
    assert live(owner) == SEED and is_clean(owner)


def test_what_waits_of_a_file_that_is_no_seed_any_more_is_told(owner: Repo, repo: Repo) -> None:
    write_unseen(owner)
    assert is_clean(owner)
    repo.commit({".seedgit.yaml": NO_SEED}, "v2")
    owner("pull", "--quiet", "--ff-only")
    for words in (("sync",), ("status",), ("live", "--undo", "--in-place")):
        said = seedgit(owner, *words)
        (kept,) = spooled(owner)
        assert kept.name in said.out or "waits for a person" in said.err
    assert "mode: stop" in kept.read_text() and live(owner) == SEED
    repo("revert", "--no-edit", "HEAD")
    owner("pull", "--quiet", "--ff-only")
    ok(owner, "sync")
    assert "- id: fetch\n    mode: stop" in live(owner) and is_clean(owner)


def test_without_the_filter_the_hook_refuses_what_would_leak(owner: Repo) -> None:
    owner("config", "--remove-section", "filter.seedgit")
    os.utime(owner.path / PATH, (1, 1))  # so that git looks at it
    said = owner("commit", "--all", "--message", "x", ok=False)
    assert "/paused: false -> true" in said
    assert owner("show", f"HEAD:{PATH}") == SEED.rstrip()


def test_a_sync_puts_a_missing_filter_back(owner: Repo) -> None:
    """Else it would call files in step whose values git is about to commit."""
    ok(owner, "sync")
    owner("config", "--remove-section", "filter.seedgit")
    os.utime(owner.path / PATH, (1, 1))  # so that git looks at it
    assert not is_clean(owner)
    said = seedgit(owner, "doctor")
    assert "filter-missing" in said.out
    assert "take it out of the attributes" not in said.out
    ok(owner, "sync", "--dry-run")
    assert owner("config", "--get-regexp", "^filter", ok=False) == ""
    ok(owner, "sync")
    assert owner("config", FILTER_PROCESS) == filter_line()
    assert is_clean(owner)


@pytest.mark.parametrize("staged", [False, True])
@pytest.mark.parametrize("missing", ["settings", "attributes"])
def test_what_the_hook_advises_without_the_filter_can_be_pasted(
    owner: Repo, missing: str, staged: bool
) -> None:
    """Also once a sync has seen what was staged."""
    if missing == "settings":
        owner("config", "--remove-section", "filter.seedgit")
    else:
        write_lines(Workspace.open(str(owner.path)).repository, [], FILTER)
    os.utime(owner.path / PATH, (1, 1))
    if staged:
        owner("add", "--all")
        ok(owner, "sync")
    said = owner("commit", "--all", "--message", "x", ok=False)
    for line in said.splitlines():
        program, *words = shlex.split(line) if line.startswith("  ") else [""]
        if program == "git":
            owner(*words)
        elif program == "seedgit":
            ok(owner, *words)
    assert is_clean(owner)
    assert "paused: true" in live(owner)
    assert ok(owner, "sync") == "in step\n"
    os.utime(owner.path / PATH, (2, 2))
    owner("add", "--all")
    assert is_clean(owner)


@pytest.mark.parametrize("mode", ["off", "dry-run"])
def test_without_the_mode_live_there_is_no_live_tree_in_place(owner: Repo, mode: str) -> None:
    said = seedgit(owner, "mode", mode)
    assert said.status != 0
    assert "seedgit live --undo --in-place" in said.err
    assert is_clean(owner) and "paused: true" in live(owner)
    ok(owner, "live", "--undo", "--in-place")
    ok(owner, "mode", mode)


def test_capture_leaves_a_file_in_place_to_sync(owner: Repo) -> None:
    swap(owner.path / PATH, "queue: []", "queue: [one]")
    said = seedgit(owner, "capture", PATH)
    assert said.status != 0 and f"seedgit sync {PATH}" in said.err
    assert "queue: [one]" in live(owner)


def test_the_folder_of_a_tree_in_place_is_no_live_tree_to_undo(owner: Repo) -> None:
    assert seedgit(owner, "live", "--undo", ".").status == 2
    assert "paused: true" in live(owner) and is_clean(owner)


# -- a conflict ------------------------------------------------------------------------------------


def test_a_conflict_is_resolved_in_the_seed_and_no_override_ends(owner: Repo, repo: Repo) -> None:
    swap(owner.path / PATH, "timeout: 30", "timeout: 45")
    owner("commit", "--quiet", "-am", "mine", env={"SEEDGIT_ALLOW": "mine"})
    repo.commit({PATH: SEED.replace("timeout: 30", "timeout: 60")}, "v2")
    owner("pull", "--quiet", "--no-rebase", ok=False)
    text = live(owner)
    assert "<<<<<<<" in text and "paused: false" in text  # it is the seed, with markers
    start, end = text.index("<<<<<<<"), text.index("\n", text.index(">>>>>>>")) + 1
    (owner.path / PATH).write_text(text[:start] + "timeout: 60   # seconds\n" + text[end:])
    owner("add", PATH)
    owner("commit", "--quiet", "--no-edit", env={"SEEDGIT_ALLOW": "mine", "GIT_EDITOR": "true"})
    assert owner("show", f"HEAD:{PATH}") == SEED.replace("timeout: 30", "timeout: 60").rstrip()
    ok(owner, "sync")
    assert "paused: true" in live(owner) and "timeout: 60" in live(owner)
    assert is_clean(owner)


def test_a_clash_holds_nothing_else_back(owner: Repo) -> None:
    swap(owner.path / PATH, "- id: fetch\n    mode: live", "- id: fetch\n    mode: stop")
    swap(owner.path / PATH, "queue: []", "queue: [1]")
    said = seedgit(owner, "set", PATH, "/steps/[id=fetch]/mode", "drain")
    assert said.status == 0
    assert seedgit(owner, "sync").status == 1  # both changed it
    assert "mode: stop" in live(owner) and len(spooled(owner)) == 1
    swap(owner.path / PATH, "paused: true", "paused: null")
    assert "/paused is in the overlay" in seedgit(owner, "sync").out
    assert "mode: stop" in live(owner) and len(spooled(owner)) == 1
    ok(owner, "sync", "--restore", PATH)
    assert "mode: drain" in live(owner) and "paused: null" in live(owner)
    assert not spooled(owner) and is_clean(owner)


def test_what_a_program_changed_in_an_item_that_is_gone_waits_until_it_is_given_up(
    owner: Repo, repo: Repo
) -> None:
    swap(owner.path / PATH, "- id: rank\n    mode: live", "- id: rank\n    mode: slow")
    swap(owner.path / PATH, "queue: []", "queue: [1]")
    owner("add", "--all")  # git has seen it: it is in the spool, and upstream may change the file
    repo.commit({PATH: SEED.replace("  - id: rank\n    mode: live\n", "")}, "v2")
    owner("pull", "--quiet", "--no-rebase")
    for text in ("timeout: 30", "timeout: 30 ", "timeout: 30  "):
        swap(owner.path / PATH, "timeout: 30", text)
        said = seedgit(owner, "sync")
        assert (said.status, "/steps/1/mode: a program changed what is gone" in said.out) == (
            1,
            True,
        )
        assert f"seedgit sync --restore {PATH} gives that up" in said.out
        assert len(spooled(owner)) == 1
        assert "a program changed what is gone" in ok(owner, "status")
    assert "/queue is in the overlay" in ok(owner, "sync", "--restore", PATH)
    assert not spooled(owner) and is_clean(owner)
    assert "rank" not in live(owner) and "- 1" in live(owner)


def test_what_was_only_begun_in_the_spool_goes_with_the_next_sync(owner: Repo) -> None:
    swap(owner.path / PATH, "- id: fetch\n    mode: live", "- id: fetch\n    mode: drain")
    owner("add", "--all")
    gone = subprocess.Popen(["true"])
    gone.wait()
    (kept,) = spooled(owner)
    begun = kept.with_name(f"{TEMPORARY}{gone.pid}-0123456789abcdef")
    begun.write_text("half of what a program wr")
    ok(owner, "sync")
    assert "mode: drain" in live(owner)
    assert not spooled(owner)
    assert not begun.exists()


def test_what_holds_many_files_back_is_told_once(owner: Repo) -> None:
    """Here git cannot run the filter: no file's index entry can be brought up to date."""
    paths = [f"flows/{n}.yaml" for n in range(9)]
    owner.commit(dict.fromkeys(paths, SEED))
    ok(owner, "sync")
    for path in paths:
        swap(owner.path / path, "paused: false", "paused: 1")
    owner("config", "filter.seedgit.process", "/nonexistent/filter")
    said = seedgit(owner, "sync")
    assert said.status == 1
    lines = [line for line in said.out.splitlines() if "git could not look at it" in line]
    assert [line.split(": ")[0] for line in lines[-1:]] == ["and 6 more files"]
    assert len(lines) == 4

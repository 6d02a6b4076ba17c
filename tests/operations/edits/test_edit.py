"""The one way to change an overlay: what is put is stored in one commit, whoever else writes."""

from __future__ import annotations

import inspect
from typing import Any

import pytest

from seedgit.errors import UsageError
from seedgit.formats.document import Document
from seedgit.git import refs, turns
from seedgit.operations.edits.edit import Edit, edit_records, overlay_edits, try_edit
from seedgit.operations.workspace import Workspace
from seedgit.overlay.edit import differences
from seedgit.overlay.record import Record
from tests.built import prepared
from tests.conftest import Repo
from tests.site import FLOW, PATH, package, seedgit, site_of

NEW = "flows/new.yaml"
REF = "refs/seedgit/overlays/local"


@pytest.fixture
@prepared
def site(repo: Repo) -> Repo:
    site = site_of(package(repo))
    assert seedgit(site, "set", PATH, "/paused", "true").status == 0
    return site


def limit(record: Record, seed: Document, stored: Record | None) -> tuple[Record, str]:
    """Lays a limit of 9 over a seed, once; tells what overrides there were before."""
    wanted = Document.parse(FLOW.replace("limit: 5", "limit: 9").encode(), seed.path)
    made = differences(seed.value, wanted.value, (), lambda _: None)
    known = {override.pointer for override in record.overrides}
    overrides = (*record.overrides, *(o for o in made if o.pointer not in known))
    told = " ".join(sorted(known))
    return Record(record.path, record.base, overrides, was=record.was), told


def edit_of(workspace: Workspace, path: str = PATH) -> Edit[str]:
    return Edit(path, *workspace.staged(path), limit)


def test_an_edit_is_one_commit_and_tells_what_its_change_does(site: Repo) -> None:
    workspace = Workspace.open(str(site.path))
    commit, told = edit_records(workspace, [edit_of(workspace)], "limit\n")
    assert (commit, told) == (site("rev-parse", REF), ["/paused"])
    assert edit_records(workspace, [edit_of(workspace)], "again\n") == (None, ["/limit /paused"])
    assert "limit: 9" in seedgit(site, "render", PATH).out


def test_a_change_is_asked_again_of_what_a_faster_writer_has_left(
    site: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LONGEST", 0)
    workspace = Workspace.open(str(site.path))
    seen: list[str] = []

    def slow(record: Record, seed: Document, stored: Record | None) -> tuple[Record, str]:
        made, told = limit(record, seed, stored)
        if not seen:
            assert seedgit(site, "set", PATH, "/timeout", "60").status == 0
        seen.append(told)
        return made, told

    edit = Edit(PATH, *workspace.staged(PATH), slow)
    assert edit_records(workspace, [edit], "limit\n")[1] == ["/paused /timeout"]
    assert seen == ["/paused", "/paused /timeout"]
    found = seedgit(site, "render", PATH).out
    assert "limit: 9" in found and "timeout: 60" in found and "paused: true" in found


def test_a_renamed_seeds_record_leaves_its_old_path(site: Repo, repo: Repo) -> None:
    repo("mv", PATH, NEW)
    repo.commit({}, "v2")
    site("config", "core.hooksPath", "/dev/null")  # no hook stores the rebase before
    site("pull", "--quiet")
    workspace = Workspace.open(str(site.path))
    edit_records(workspace, [edit_of(workspace, NEW)], "limit\n")
    assert site("ls-tree", "--name-only", f"{REF}:records") == "flows%2Fnew.yaml"


def test_few_functions_lie_between_the_command_and_the_moved_ref(
    site: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """CONTRIBUTING.md follows them ("Follow an override"): each is one more to read."""
    move, seen = refs._move, []

    def moved(*words: Any) -> None:
        frames = [frame for frame in inspect.stack()[1:] if "/seedgit/" in frame.filename]
        names = [frame.function for frame in frames]
        seen.append(["_move", *names[: names.index("run") + 1]])
        move(*words)

    monkeypatch.setattr(refs, "_move", moved)
    assert seedgit(site, "set", PATH, "/limit", "7").status == 0
    assert seen and len(seen[0]) <= 10, seen


def test_who_leaves_the_loop_changes_nothing_and_lets_the_turn_go(site: Repo) -> None:
    workspace = Workspace.open(str(site.path))
    tip = site("rev-parse", REF)

    def left() -> None:
        for edit in overlay_edits(workspace, "local"):
            edit.make(edit_of(workspace))
            raise UsageError("not meant")

    with pytest.raises(UsageError, match="not meant"):
        left()
    for edit in overlay_edits(workspace, "local"):
        edit.make(edit_of(workspace))
        break
    assert site("rev-parse", REF) == tip
    assert try_edit(workspace, edit_of(workspace)) == "/paused"
    assert site("rev-parse", REF) == tip
    said = seedgit(site, "set", PATH, "/limit", "7")
    assert (said.status, "went on without" in said.err) == (0, False)  # waits for nobody

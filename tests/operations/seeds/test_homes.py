"""An override stays in its file: it goes to another one only where history shows the rename."""

from __future__ import annotations

from typing import Any

import pytest

from seedgit.operations.workspace import Workspace
from tests.built import prepared
from tests.conftest import Repo
from tests.site import FLOW, PATH, data, package, seedgit, site_of

A, B = "flows/a.yaml", "flows/b.yaml"
MOVED = "new/flows/b.yaml"
EDITED = FLOW.replace("timeout: 30", "timeout: 60").replace("limit: 5", "limit: 7")
WIDER = """\
version: 1
policy: burn-in-safe
seeds:
  - files: "**/*.yaml"
    keys: {/steps: id}
    overlay: [{path: /paused}, {path: /steps/*/mode}]
"""


@pytest.fixture
def upstream(repo: Repo) -> Repo:
    """Two seeds alike."""
    return package(repo, {".seedgit.yaml": WIDER, A: FLOW, B: FLOW})


@pytest.fixture
@prepared
def site(upstream: Repo) -> Repo:
    site = site_of(upstream, hooks=True)
    assert seedgit(site, "set", B, "/paused", "true").status == 0
    return site


def paused(site: Repo, path: str) -> bool:
    said = seedgit(site, "render", path)
    assert said.status == 0, said.err
    return "paused: true" in said.out


def record(site: Repo) -> list[str]:
    names = site("ls-tree", "--name-only", "refs/seedgit/overlays/local:records")
    return [name.replace("%2F", "/") for name in names.splitlines()]


def upgrade(upstream: Repo, site: Repo, *, own: bool = False) -> None:
    """The site takes what upstream has; with a commit of its own first, by a true merge."""
    if own:
        site.commit({"README": "ours\n"}, "ours")
    site("pull", "--quiet", "--no-rebase", "--no-edit", "origin", "main")


def orphan(site: Repo, path: str = B) -> dict[str, Any]:
    (field,) = (f for f in data(site, "status")["fields"] if f["path"] == path)
    assert field["status"] == "seed-gone"
    return field


@pytest.mark.parametrize("own", [False, True])
def test_a_look_alike_gets_nothing(upstream: Repo, site: Repo, own: bool) -> None:
    upstream("rm", "--quiet", B)
    upstream.commit(message="v2")
    site("fetch", "--quiet")
    made = data(site, "plan", "origin/main")
    (lost,) = made["needs_approval"]
    assert (lost["path"], lost["pointer"], lost["reason"]) == (B, "/paused", "orphaned")
    assert A in lost["candidates"]
    upgrade(upstream, site, own=own)
    assert not paused(site, A)
    assert record(site) == [B]
    assert A in orphan(site)["candidates"]
    (item,) = data(site, "pending")["items"]
    assert (item["path"], item["reason"], item["candidates"]) == (B, "seed-gone", [A, PATH])
    for command in ("status", "pending", "plan"):
        assert f"seedgit move {B} {A}" in seedgit(site, command).out or command == "plan"
    for words in (("render", B), ("set", B, "/paused", "false"), ("unset", B, "/paused")):
        said = seedgit(site, *words)
        assert said.status == 2
        assert f"{B}: is not here any more; its overrides are parked" in said.err
        assert "hint: seedgit pending" in said.err


def test_of_several_files_the_one_of_its_name_comes_first(upstream: Repo, site: Repo) -> None:
    """git pairs two files that are alike with two new ones by chance."""
    (upstream.path / "new/flows").mkdir(parents=True)
    upstream("mv", A, "flows/0.yaml")
    upstream("mv", B, MOVED)
    upstream("mv", PATH, "flows/1.yaml")
    upstream.commit({MOVED: EDITED}, "v2")
    upgrade(upstream, site)
    assert orphan(site)["candidates"][0] == MOVED


@pytest.mark.parametrize("stored", [False, True])
def test_the_old_name_of_a_seed_says_the_new_one(upstream: Repo, site: Repo, stored: bool) -> None:
    (upstream.path / "new/flows").mkdir(parents=True)
    upstream("mv", B, MOVED)
    upstream.commit(message="v2")
    upgrade(upstream, site)
    if not stored:
        ref = "refs/seedgit/overlays/local"  # as it was before the hook
        site("update-ref", ref, f"{ref}^")
    said = seedgit(site, "render", B)
    assert (said.status, record(site)) == (2, [MOVED if stored else B])
    assert f"{B}: is not here any more: its overrides lie over {MOVED}" in said.err


@pytest.mark.parametrize("own", [False, True])
def test_a_look_alike_does_not_beat_a_rename(upstream: Repo, site: Repo, own: bool) -> None:
    (upstream.path / "new/flows").mkdir(parents=True)
    upstream("mv", B, MOVED)
    upstream.commit({MOVED: EDITED}, "v2")
    site("fetch", "--quiet")
    assert "orphaned" not in {
        d["reason"] for d in data(site, "plan", "origin/main")["needs_approval"]
    }
    upgrade(upstream, site, own=own)
    assert paused(site, MOVED)
    assert not paused(site, A)
    assert record(site) == [MOVED]


def test_a_rename_and_a_new_look_alike_in_one_merge(upstream: Repo, site: Repo) -> None:
    upstream("mv", B, "flows/c.yaml")
    upstream.commit({"flows/c.yaml": EDITED}, "v2")
    upstream.commit({"flows/d.yaml": FLOW}, "v3")
    upgrade(upstream, site, own=True)
    assert paused(site, "flows/c.yaml")
    assert not paused(site, "flows/d.yaml")


def test_a_rename_and_a_new_look_alike_in_one_commit(upstream: Repo, site: Repo) -> None:
    upstream("mv", B, "flows/c.yaml")
    upstream.commit({"flows/c.yaml": EDITED, "flows/d.yaml": FLOW}, "v2")
    upgrade(upstream, site, own=True)
    assert not paused(site, "flows/c.yaml")
    assert not paused(site, "flows/d.yaml")
    assert orphan(site)["candidates"] == ["flows/c.yaml", "flows/d.yaml"]


def test_first_copied_and_then_deleted_is_no_rename(upstream: Repo, site: Repo) -> None:
    upstream.commit({"flows/c.yaml": FLOW}, "v2")
    upstream("rm", "--quiet", B)
    upstream.commit(message="v3")
    upgrade(upstream, site, own=True)
    assert not paused(site, "flows/c.yaml")
    assert "flows/c.yaml" in orphan(site)["candidates"]


def test_two_twins_and_one_place(upstream: Repo, site: Repo) -> None:
    seedgit(site, "set", A, "/paused", "true")
    upstream("rm", "--quiet", A)
    upstream("mv", B, "flows/c.yaml")
    upstream.commit(message="v2")
    upgrade(upstream, site)
    assert not paused(site, "flows/c.yaml")
    assert orphan(site)["candidates"] == orphan(site, A)["candidates"] == ["flows/c.yaml"]


def test_the_place_has_overrides_already(upstream: Repo, site: Repo) -> None:
    upstream("mv", B, "flows/c.yaml")
    upstream.commit(message="v2")
    for hook in (site.path / ".git/hooks").iterdir():
        hook.unlink()
    site("checkout", "--quiet", "-b", "other")
    upgrade(upstream, site)
    site("checkout", "--quiet", "main")
    site.commit({"flows/c.yaml": FLOW}, "a file of that name")
    seedgit(site, "set", "flows/c.yaml", "/steps/[id=rank]/mode", "drain")
    site("checkout", "--quiet", "other")
    assert orphan(site)["candidates"] == ["flows/c.yaml"]
    assert not paused(site, "flows/c.yaml")


@pytest.mark.parametrize("own", [False, True])
def test_a_folder_of_files_alike_is_renamed(upstream: Repo, site: Repo, own: bool) -> None:
    seedgit(site, "set", A, "/steps/[id=rank]/mode", "drain")
    upstream("mv", "flows", "pipelines")
    upstream.commit({"pipelines/z.yaml": FLOW}, "v2")
    upgrade(upstream, site, own=own)
    assert paused(site, "pipelines/b.yaml")
    assert not paused(site, "pipelines/a.yaml")
    assert record(site) == ["pipelines/a.yaml", "pipelines/b.yaml"]


def test_renamed_again_and_again(upstream: Repo, site: Repo) -> None:
    for hook in (site.path / ".git/hooks").iterdir():
        hook.unlink()
    name = B
    for number in range(4):
        upstream("mv", name, f"flows/b{number}.yaml")
        name = f"flows/b{number}.yaml"
        upstream.commit({name: FLOW.replace("wiki", f"wiki-{number}")}, f"v{number + 2}")
        if number % 2:
            upgrade(upstream, site, own=number == 1)
            assert paused(site, name)
    assert record(site) == [B]


def test_the_old_path_comes_back(upstream: Repo, site: Repo) -> None:
    upstream("mv", B, "flows/c.yaml")
    upstream.commit(message="v2")
    upgrade(upstream, site)
    assert record(site) == ["flows/c.yaml"]
    upstream.commit({B: FLOW}, "v3")
    upgrade(upstream, site)
    assert paused(site, "flows/c.yaml")
    assert not paused(site, B)


def test_deleted_and_another_file_of_that_name_renamed(upstream: Repo, site: Repo) -> None:
    upstream("rm", "--quiet", B)
    upstream.commit(message="v2")
    upstream.commit({B: FLOW.replace("wiki", "other")}, "v3")
    upstream("mv", B, "flows/c.yaml")
    upstream.commit(message="v4")
    upgrade(upstream, site, own=True)
    assert paused(site, "flows/c.yaml")  # it would have been at its path in between


@pytest.mark.parametrize("hooks", [False, True])
def test_an_older_version_and_back(upstream: Repo, site: Repo, hooks: bool) -> None:
    if not hooks:
        for hook in (site.path / ".git/hooks").iterdir():
            hook.unlink()
    old = site("rev-parse", "HEAD")
    upstream("mv", B, "flows/c.yaml")
    upstream.commit(message="v2")
    upgrade(upstream, site, own=True)
    tip = site("rev-parse", "refs/seedgit/overlays/local")
    assert paused(site, "flows/c.yaml")
    site("checkout", "--quiet", old)
    assert paused(site, B)
    assert not paused(site, A)
    assert seedgit(site, "rebase").status == 0
    site("checkout", "--quiet", "main")
    assert paused(site, "flows/c.yaml")
    assert site("rev-parse", "refs/seedgit/overlays/local") == tip
    # a roll-back by a commit
    site("revert", "--no-edit", "-m", "1", "HEAD")
    assert paused(site, B)


def test_a_version_from_before_the_file_changes_nothing(upstream: Repo, site: Repo) -> None:
    first = upstream("rev-parse", "HEAD")
    upstream.commit({"flows/c.yaml": FLOW.replace("wiki", "c")}, "v2")
    upgrade(upstream, site)
    seedgit(site, "set", "flows/c.yaml", "/paused", "true")
    tip = site("rev-parse", "refs/seedgit/overlays/local")
    site("checkout", "--quiet", "-b", "past", first)
    site.commit({"README": "past\n"}, "past")
    site("checkout", "--quiet", "-b", "side", first)
    site.commit({"other": "side\n"}, "side")
    site("merge", "--quiet", "--no-edit", "past")  # and its hook stores
    assert not paused(site, A)
    assert site("rev-parse", "refs/seedgit/overlays/local") == tip
    site("checkout", "--quiet", "main")
    assert paused(site, "flows/c.yaml")


def test_worktrees_of_two_versions_share_an_overlay(upstream: Repo, site: Repo) -> None:
    older = site.worktree("older", "-b", "older")
    upstream("mv", B, "flows/c.yaml")
    upstream.commit(message="v2")
    upgrade(upstream, site)
    assert record(site) == ["flows/c.yaml"]
    assert paused(older, B)
    assert seedgit(older, "set", B, "/steps/[id=rank]/mode", "drain").status == 0
    assert paused(site, "flows/c.yaml")
    assert "mode: drain" in seedgit(site, "render", "flows/c.yaml").out
    assert seedgit(site, "rebase").status == 0
    assert record(site) == ["flows/c.yaml"]
    assert paused(older, B)


def test_a_person_s_own_rename_before_the_commit_and_after(site: Repo) -> None:
    site("mv", B, "flows/c.yaml")
    assert paused(site, "flows/c.yaml")
    site("commit", "--quiet", "-m", "ours", "--no-verify")
    assert paused(site, "flows/c.yaml")


def test_a_merge_that_waits(upstream: Repo, site: Repo) -> None:
    upstream("mv", B, "flows/c.yaml")
    upstream.commit({"README": "theirs\n"}, "v2")
    site.commit({"README": "ours\n"}, "ours")
    site("pull", "--quiet", "--no-rebase", "--no-edit", "origin", "main", ok=False)
    assert paused(site, "flows/c.yaml")
    site.commit({"README": "both\n"}, "merged")
    assert paused(site, "flows/c.yaml")


def test_a_rename_in_conflict(upstream: Repo, site: Repo) -> None:
    upstream("mv", B, "flows/c.yaml")
    upstream.commit({"flows/c.yaml": FLOW.replace("30", "60")}, "v2")
    site("commit", "--quiet", "--no-verify", "-am", "ours", "--allow-empty")
    site.write({B: FLOW.replace("30", "45")})
    site("commit", "--quiet", "--no-verify", "-am", "ours")
    site("pull", "--quiet", "--no-rebase", "--no-edit", "origin", "main", ok=False)
    found = data(site, "status")
    assert found["fields"] == []
    assert found["problems"] == [
        f"{B}: flows/c.yaml is in conflict; its overrides wait for the merge"
    ]
    assert data(site, "pending")["items"] == []


def test_a_file_that_is_no_seed_any_more_is_not_gone(upstream: Repo, site: Repo) -> None:
    narrow = WIDER.replace('"**/*.yaml"', '"flows/[ac]*.yaml"')
    upstream.commit({".seedgit.yaml": narrow, "flows/c.yaml": FLOW}, "v2")
    upgrade(upstream, site)
    assert not paused(site, A)
    assert not paused(site, "flows/c.yaml")
    assert record(site) == [B]


def test_a_shallow_clone_says_nothing_it_does_not_know(upstream: Repo, site: Repo) -> None:
    upstream("mv", B, "flows/c.yaml")
    upstream.commit(message="v2")
    upstream.commit({"README": "x\n"}, "v3")
    site("push", "--quiet", "origin", "refs/seedgit/overlays/local:refs/seedgit/overlays/local")
    shallow = upstream.clone("shallow", "--depth", "1")
    shallow("fetch", "--quiet", "origin", "refs/seedgit/overlays/*:refs/seedgit/overlays/*")
    assert not paused(shallow, A)
    assert not paused(shallow, "flows/c.yaml")
    assert orphan(shallow)["candidates"]
    shallow("fetch", "--quiet", "--unshallow")
    assert paused(shallow, "flows/c.yaml")


@pytest.mark.parametrize("count", [3, 30])
def test_many_at_once_ask_git_no_more_often(
    repo: Repo, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"flows/{n}.yaml" for n in range(count)]
    package(repo, {".seedgit.yaml": WIDER, **{n: FLOW.replace("wiki", n) for n in names}})
    site = site_of(repo)
    for name in names:
        assert seedgit(site, "set", name, "/paused", "true").status == 0
    repo("mv", "flows", "pipelines")
    for number, name in enumerate(names):
        repo.write(
            {name.replace("flows", "pipelines"): FLOW.replace("limit: 5", f"limit: {number + 10}")}
        )
    repo.commit(message="v2")
    upgrade(repo, site)
    workspace = Workspace.open(str(site.path))
    overlay = workspace.store.read("local")
    _ = workspace.tracked
    asked: list[tuple[str, ...]] = []
    ask = workspace.repository.git_status

    def counted(*words: str, **more: Any) -> tuple[int, bytes]:
        asked.append(words)
        return ask(*words, **more)

    monkeypatch.setattr(workspace.repository, "git_status", counted)
    placed = workspace.placed(overlay)
    assert {item.path for item in placed} == {n.replace("flows", "pipelines") for n in names}
    assert len(asked) <= 6, asked

"""`seedgit undo` after an upgrade: a stored rebase is nobody's change; undo goes through it."""

from __future__ import annotations

import pytest

from tests.conftest import Repo
from tests.site import FLOW, PATH, RULES, data, override, seedgit, site_of, statuses

MODE = "/steps/[id=rank]/mode"
TOP = FLOW.replace("steps:\n", "steps:\n  - id: new\n    mode: live\n")
NO_LIMIT = FLOW.replace("limit: 5\n", "")


@pytest.fixture
def site(upstream: Repo) -> Repo:
    return site_of(upstream, hooks=True)


def upgrade(upstream: Repo, site: Repo, text: str, path: str = PATH) -> None:
    """A release of upstream's, merged: the hook stores the rebase."""
    upstream.commit({path: text}, "release")
    before = tip(site)
    site("pull", "--quiet", "--no-rebase", "--no-edit")
    assert site("log", "-1", "--format=%s", tip(site)).startswith("rebase onto ")
    assert tip(site) != before


def tip(site: Repo) -> str:
    return site("rev-parse", "refs/seedgit/overlays/local")


def undone(site: Repo) -> str:
    """What an undo says that it took back."""
    said = seedgit(site, "undo")
    assert said.status == 0, said.err
    return said.out.partition(" undo: ")[2].strip()


def test_it_takes_back_ones_own_last_change_and_leaves_the_rebase(
    upstream: Repo, site: Repo
) -> None:
    override(site, MODE, "drain")
    override(site, "/paused", "true")
    upgrade(upstream, site, TOP)
    assert undone(site) == f"set {PATH} /paused"
    assert statuses(site) == {f"{PATH}/steps/2/mode": "unchanged"}
    base = site("rev-parse", "refs/seedgit/overlays/local:records/flows%2Fwiki.yaml/base")
    assert base == site("rev-parse", f"HEAD:{PATH}")
    assert undone(site) == f"set {PATH} {MODE}"
    assert statuses(site) == {}
    said = seedgit(site, "undo")
    assert (said.status, "nothing to undo" in said.err) == (4, True)


def test_the_value_before_it_is_back_on_the_seed_of_today(upstream: Repo, site: Repo) -> None:
    override(site, MODE, "drain", "--why", "burn-in")
    override(site, MODE, "off")
    upgrade(upstream, site, TOP)
    seedgit(site, "unset", PATH, MODE)
    upgrade_again = TOP.replace("timeout: 30", "timeout: 60")
    override(site, "/paused", "true")
    upgrade(upstream, site, upgrade_again)
    for change in (f"set {PATH} /paused", f"unset {PATH} {MODE}", f"set {PATH} {MODE}"):
        assert undone(site) == change
    assert seedgit(site, "render", PATH).out == upgrade_again.replace(
        "rank\n    mode: live", "rank\n    mode: drain"
    )


@pytest.mark.parametrize("reflog", [True, False])
def test_what_an_upgrade_left_without_a_place_goes_too(
    upstream: Repo, site: Repo, reflog: bool
) -> None:
    """Also where a later one brings the place back: that is told step by step, as it came."""
    override(site, "/paused", "true")
    override(site, "/limit", "9")
    upgrade(upstream, site, NO_LIMIT)
    assert statuses(site)[f"{PATH}/limit"] == "orphaned"
    upgrade(upstream, site, FLOW.replace("limit: 5", "limit: 6"))
    upgrade(upstream, site, NO_LIMIT)
    if not reflog:
        site("reflog", "expire", "--expire=now", "--all")
    assert undone(site) == f"set {PATH} /limit"
    assert statuses(site) == {f"{PATH}/paused": "unchanged"}


@pytest.mark.parametrize("first", [True, False])
def test_a_seed_that_was_renamed(upstream: Repo, site: Repo, first: bool) -> None:
    if not first:
        override(site, MODE, "drain")
    override(site, "/paused", "true")
    upstream("mv", PATH, "flows/new.yaml")
    upgrade(upstream, site, TOP, "flows/new.yaml")
    assert statuses(site)["flows/new.yaml/paused"] == "unchanged"
    assert undone(site) == f"set {PATH} /paused"
    assert statuses(site) == ({} if first else {"flows/new.yaml/steps/2/mode": "unchanged"})


def test_a_decision_that_gave_a_map_goes_through_a_rebase(upstream: Repo, site: Repo) -> None:
    override(site, MODE, "drain", "--why", "burn-in")
    gone = FLOW.replace("  - id: rank\n    mode: live\n", "")
    upgrade(upstream, site, gone)
    words = ("--value", '{"a": 1}', "--at", "/model")
    said = seedgit(site, "pending")
    said = seedgit(site, "resolve", "1", *words)
    assert said.status == 0, said.err
    upgrade(upstream, site, gone.replace("limit: 5", "limit: 6"))
    assert undone(site).startswith("resolve: value ")
    assert statuses(site) == {f"{PATH}/steps/1/mode": "orphaned"}


@pytest.mark.parametrize("earlier", [False, True])
def test_where_it_is_in_doubt_nothing_is_undone(upstream: Repo, site: Repo, earlier: bool) -> None:
    """By the rules as they are now, the hook would have put it elsewhere."""
    if earlier:
        override(site, "/timeout", "9")
    override(site, "/paused", "true")
    renames = '    renames: {"/paused": /halted}\n'
    upstream.commit({".seedgit.yaml": RULES + renames})
    upgrade(upstream, site, FLOW.replace("paused", "halted"))
    assert statuses(site)[f"{PATH}/halted"] == "unchanged"
    site.write({".seedgit.yaml": RULES})
    before = tip(site)
    said = seedgit(site, "undo")
    assert (said.status, tip(site)) == (5, before)
    assert "cannot tell where that change is now: nothing was undone" in said.err
    assert "hint: seedgit status --overlay shows it; seedgit unset" in said.err
    site("restore", ".seedgit.yaml")
    assert undone(site) == f"set {PATH} /paused"


def test_seedgit_rebase_is_passed_over_as_the_hook_is(upstream: Repo, site: Repo) -> None:
    for hook in (site.path / ".git" / "hooks").iterdir():
        hook.unlink()
    override(site, "/paused", "true")
    upstream.commit({PATH: TOP}, "release")
    site("pull", "--quiet")
    assert seedgit(site, "rebase").status == 0
    assert undone(site) == f"set {PATH} /paused"
    assert statuses(site) == {}


def test_a_commit_that_only_says_so_is_a_change(upstream: Repo, site: Repo) -> None:
    """Whoever wrote it: what it did to a value counts."""
    override(site, "/limit", "1")
    override(site, "/limit", "2")
    tree = site("rev-parse", f"{tip(site)}^{{tree}}")
    lie = site("commit-tree", tree, "-p", f"{tip(site)}^", "-m", "rebase onto 0123456789ab")
    site("update-ref", "refs/seedgit/overlays/local", lie)
    assert undone(site) == "rebase onto 0123456789ab"
    assert "limit: 1\n" in seedgit(site, "render", PATH).out


# -- any change, by its commit ---------------------------------------------------------------------


def commit_of(site: Repo, subject: str) -> str:
    return str(next(e["commit"] for e in data(site, "log") if e["subject"] == subject))


def test_any_change_is_taken_back_and_the_later_ones_stay(site: Repo) -> None:
    override(site, "/limit", "9")
    override(site, "/paused", "true")
    override(site, "/timeout", "60")
    commit = commit_of(site, f"set {PATH} /paused")
    said = seedgit(site, "undo", commit[:9])
    assert said.out.endswith(f"undo: set {PATH} /paused\n")
    assert set(statuses(site)) == {f"{PATH}/limit", f"{PATH}/timeout"}
    again = seedgit(site, "undo", commit)
    assert again.status == 4
    assert f"nothing of {commit[:12]} is left: set {PATH} /paused" in again.err
    assert seedgit(site, "undo").out.endswith(f"undo: set {PATH} /timeout\n")
    assert seedgit(site, "undo").out.endswith(f"undo: set {PATH} /limit\n")


def test_a_change_that_a_later_one_stands_on_is_not_taken_back(site: Repo) -> None:
    override(site, "/limit", "9")
    override(site, "/limit", "10")
    first = data(site, "log")[1]["commit"]
    said = seedgit(site, "undo", first)
    assert said.status == 5
    assert "/limit was changed again since: nothing was undone" in said.err
    assert data(site, "why", PATH, "/limit")[0]["value"] == 10


def test_only_a_change_of_the_overlay_can_be_named(site: Repo) -> None:
    override(site, "/limit", "9")
    for name in (site("rev-parse", "HEAD"), "nowhere", "--all"):
        said = seedgit(site, "undo", "--", name)
        assert said.status == 2
        assert f"{name!r} is no change of the overlay 'local'" in said.err
    assert set(statuses(site)) == {f"{PATH}/limit"}
